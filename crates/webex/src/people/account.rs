//! The data that administrators send to create or change an account.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{Address, Person, PhoneNumber};
use crate::error::WebexError;

/// Additional contents of an answer about an account.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Include Webex Calling details.
    pub calling_data: Option<bool>,
    /// Include roles such as `#attendee` of a site, which otherwise cannot be removed; only for
    /// updates.
    pub show_all_types: Option<bool>,
    /// Return only the id, which is faster.
    pub min_response: Option<bool>,
}

/// An account to create: one address and at least one of the three names.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePerson {
    /// The address; a list with one entry.
    pub emails: Vec<String>,
    /// Telephone numbers; only with a Webex Calling license.
    pub phone_numbers: Option<Vec<PhoneNumber>>,
    /// The extension; only with a Webex Calling license.
    pub extension: Option<String>,
    /// The location in Webex Calling.
    pub location_id: Option<String>,
    /// The full name.
    pub display_name: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The URL of a picture in PNG.
    pub avatar: Option<String>,
    /// The organization.
    pub org_id: Option<String>,
    /// Roles, by id.
    pub roles: Option<Vec<String>>,
    /// Licenses, by id.
    pub licenses: Option<Vec<String>>,
    /// The department.
    pub department: Option<String>,
    /// The manager's name.
    pub manager: Option<String>,
    /// The manager's id.
    pub manager_id: Option<String>,
    /// The job title.
    pub title: Option<String>,
    /// Postal addresses.
    pub addresses: Option<Vec<Address>>,
    /// Meeting sites; `mysite.webex.com#attendee` makes the person an attendee of the site.
    pub site_urls: Option<Vec<String>>,
}

impl CreatePerson {
    pub(super) fn check(&self) -> Result<(), WebexError> {
        if self.emails.len() != 1 || self.emails[0].trim().is_empty() {
            return Err(WebexError::invalid("emails", "give exactly one address"));
        }
        let names = [&self.display_name, &self.first_name, &self.last_name];
        if names
            .into_iter()
            .flatten()
            .all(|name| name.trim().is_empty())
        {
            return Err(WebexError::invalid(
                "displayName",
                "give a display name, a first name or a last name",
            ));
        }
        Ok(())
    }
}

/// All details that an account will have; Webex removes the absent ones.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePerson {
    /// The address; a list with one entry.
    pub emails: Option<Vec<String>>,
    /// Telephone numbers of the type `work`; only with a Webex Calling license.
    pub phone_numbers: Option<Vec<PhoneNumber>>,
    /// The extension without the location's prefix; only with a Webex Calling license.
    pub extension: Option<String>,
    /// The location in Webex Calling; only together with a new Calling license.
    pub location_id: Option<String>,
    /// The full name.
    pub display_name: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The short name; Webex always sets it to the first name.
    pub nick_name: Option<String>,
    /// The URL of a picture in PNG.
    pub avatar: Option<String>,
    /// The organization.
    pub org_id: Option<String>,
    /// Roles, by id.
    pub roles: Option<Vec<String>>,
    /// Licenses, by id.
    pub licenses: Option<Vec<String>>,
    /// The department.
    pub department: Option<String>,
    /// The manager's name.
    pub manager: Option<String>,
    /// The manager's id.
    pub manager_id: Option<String>,
    /// The job title.
    pub title: Option<String>,
    /// Postal addresses.
    pub addresses: Option<Vec<Address>>,
    /// Meeting sites; `mysite.webex.com#attendee` makes the person an attendee of the site.
    pub site_urls: Option<Vec<String>>,
    /// The account may sign in.
    pub login_enabled: Option<bool>,
}

impl UpdatePerson {
    /// The current details of a person, to change and send back.
    ///
    /// Numbers of types other than `work` are left out: Webex returns them, but does not accept
    /// them.
    pub fn of(person: &Person) -> Self {
        let person = person.clone();
        let is_work = |number: &PhoneNumber| number.number_type.as_deref() == Some("work");
        let numbers = person.phone_numbers.map(|numbers| {
            let numbers = numbers.into_iter().filter(is_work);
            let settable = |number| PhoneNumber {
                primary: None,
                ..number
            };
            numbers.map(settable).collect()
        });
        Self {
            emails: person.emails,
            phone_numbers: numbers,
            extension: person.extension,
            location_id: person.location_id,
            display_name: person.display_name.unwrap_or_default(),
            first_name: person.first_name,
            last_name: person.last_name,
            nick_name: person.nick_name,
            avatar: person.avatar,
            org_id: person.org_id,
            roles: person.roles,
            licenses: person.licenses,
            department: person.department,
            manager: person.manager,
            manager_id: person.manager_id,
            title: person.title,
            addresses: person.addresses,
            site_urls: person.site_urls,
            login_enabled: person.login_enabled,
        }
    }

    pub(super) fn check(&self) -> Result<(), WebexError> {
        if self.display_name.trim().is_empty() {
            return Err(WebexError::invalid(
                "displayName",
                "Webex requires it, even if it does not change",
            ));
        }
        if self.emails.as_ref().is_some_and(|emails| emails.len() > 1) {
            return Err(WebexError::invalid("emails", "give exactly one address"));
        }
        Ok(())
    }
}
