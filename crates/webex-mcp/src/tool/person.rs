//! One person, as a caller names them.

use super::Context;
use crate::error::CallError;
use crate::text;

/// By an id, or by an e-mail address.
#[derive(Debug)]
pub enum Person<'a> {
    Id(&'a str),
    Email(&'a str),
}

impl Person<'_> {
    /// Whether somebody with this id and this address is meant.
    pub fn is(&self, id: Option<&str>, email: Option<&str>) -> bool {
        match self {
            Person::Id(own) => id == Some(*own),
            Person::Email(own) => email.is_some_and(|email| email.eq_ignore_ascii_case(own)),
        }
    }
}

/// The one person that the arguments name.
///
/// # Errors
/// `invalid_arguments` where they name none, or name one in two ways.
pub fn one_person<'a>(
    person_id: Option<&'a str>,
    person_email: Option<&'a str>,
) -> Result<Person<'a>, CallError> {
    let wrong = match (person_id, person_email) {
        (Some(id), None) => return Ok(Person::Id(id)),
        (None, Some(email)) => return Ok(Person::Email(email)),
        (None, None) => "a person is missing; give personId or personEmail",
        (Some(_), Some(_)) => "give personId or personEmail, not both",
    };
    Err(CallError::invalid("personId", wrong))
}

/// An address as it is compared: without what stands around it, in small letters. `None` for what is
/// no address.
pub fn email_address(given: &str) -> Option<String> {
    text::address(given).map(str::to_lowercase)
}

impl Context {
    /// Whether this person is the caller, as far as that can be read.
    pub async fn is_me(&self, person_id: Option<&str>) -> bool {
        let Some(person_id) = person_id else {
            return false;
        };
        self.me().await.is_some_and(|me| me.id == person_id)
    }
}
