//! The scopes of a token: those of its connection, or fewer where its client asks for fewer.

use super::connections::Connection;
use super::refusal::Refused;
use crate::identity::{has_scope, scopes_in_both};
use crate::limits;

/// The scopes of a token.
#[derive(Default)]
pub(super) struct Granted {
    /// What the token is limited to; `None` where it has all that its connection has.
    pub(super) narrowed: Option<String>,
    /// What its client is told; `None` where nobody knows it.
    pub(super) told: Option<String>,
}

impl Connection {
    /// Those of its scopes that a client names; all where it names none.
    ///
    /// # Errors
    /// `invalid_scope` where the client names one that the connection does not have.
    pub(super) fn scopes_of(&self, named: Option<&str>) -> Result<Option<Vec<String>>, Refused> {
        let named: Vec<&str> = named.unwrap_or_default().split_ascii_whitespace().collect();
        let is_among = |named: &str, scope: &String| has_scope(std::slice::from_ref(&named), scope);
        let all = self.scopes.as_deref().unwrap_or_default();
        let has = |named: &&str| all.iter().any(|scope| is_among(named, scope));
        if !named.iter().all(has) {
            return Err(Refused::new(
                "invalid_scope",
                "The scope is more than the sign-in was for; sign in again to get more.",
            ));
        }
        let mut scopes = all.to_vec();
        scopes.retain(|scope| has_scope(&named, scope));
        Ok((!named.is_empty() && scopes.len() < all.len()).then_some(scopes))
    }

    /// Those for a client that acts by itself: what there is of the scopes that it names, or all. Where
    /// nobody knows what the connection may, as of a bot, that is what the tools of its server `need`.
    ///
    /// # Errors
    /// `invalid_scope` where there is none of what the client names.
    pub(super) fn granted_to_machine(
        &self,
        named: Option<&str>,
        need: &[String],
    ) -> Result<Granted, Refused> {
        let has = self.scopes.as_deref().unwrap_or(need);
        let text = named.unwrap_or_default();
        let named: Vec<&str> = text.split_ascii_whitespace().collect();
        if text.len() > limits::SIGN_IN_WORD_MAX_BYTES || named.len() > limits::SIGN_IN_SCOPES_MAX {
            let why = "Too many scopes were asked for.";
            return Err(Refused::new("invalid_scope", why));
        }
        let left = scopes_in_both(has, &named);
        if left.is_empty() && !named.is_empty() {
            return Err(Refused::new(
                "invalid_scope",
                "This client can get none of these scopes for this server; leave scope out to get all that it can.",
            ));
        }
        let is_all = named.is_empty() || has.iter().all(|scope| has_scope(&left, scope));
        Ok(match is_all {
            true => Granted::whole(has),
            false => Granted::of(&left),
        })
    }
}

impl Granted {
    /// All that a connection has.
    pub(super) fn whole(scopes: &[String]) -> Self {
        Granted {
            narrowed: None,
            told: (!scopes.is_empty()).then(|| scopes.join(" ")),
        }
    }

    /// Only these of them.
    pub(super) fn of(scopes: &[String]) -> Self {
        let scopes = scopes.join(" ");
        Granted {
            narrowed: Some(scopes.clone()),
            told: Some(scopes),
        }
    }
}
