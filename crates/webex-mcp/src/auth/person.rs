//! Finds the person behind a Webex token.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use webex::memberships::{ListMemberships, Membership};
use webex::{AccessToken, Client, Webex, WebexError};

use super::{Reason, Unknown};
use crate::identity::{Caller, Credential, CredentialTag, Principal, Tenant};
use crate::limits;

pub(super) const REFUSED: Unknown = Unknown::new(
    Reason::Refused,
    "Webex does not accept this access token; sign in again, or send a valid one.",
);

/// The person that a token acts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    principal: Principal,
    tenant: Tenant,
    /// Whether Webex told the organization, whose name the tenant then has.
    is_told: bool,
    display: Option<Arc<str>>,
}

impl Person {
    fn new(id: &str, organisation: Option<&str>) -> Self {
        Person {
            principal: Principal::new(format!("person:{id}")),
            tenant: organisation.map_or_else(Tenant::single, Tenant::new),
            is_told: organisation.is_some(),
            display: None,
        }
    }

    /// Whether the person is known to be of one of these organizations; true where there are none.
    pub(super) fn is_of_one(&self, organizations: &[String]) -> bool {
        let is_own = |one: &String| self.is_told && one == self.tenant.as_str();
        organizations.is_empty() || organizations.iter().any(is_own)
    }

    pub(super) fn acting_with(self, token: AccessToken, tag: CredentialTag) -> Caller {
        let mut caller = Caller::new(self.principal, Some(Credential::Bearer(token))).tagged(tag);
        caller.tenant = self.tenant;
        caller.display = self.display;
        caller
    }
}

/// Asks Webex who the caller is. If the token may not ask that, the person is found in the caller's
/// own memberships. If that fails too, the token itself is the principal.
///
/// # Errors
/// `Refused` where Webex does not accept the token, `Busy` and `Unreachable` where it does not
/// answer.
pub(super) async fn behind(
    webex: &Webex,
    token: &AccessToken,
    tag: &CredentialTag,
) -> Result<Person, Unknown> {
    let deadline = Instant::now() + Duration::from_secs(limits::PERSON_LOOKUP_SECONDS);
    let client = webex.client(token.clone()).with_deadline(deadline);
    match client.people().me().await {
        Ok(me) => {
            let mut person = Person::new(&me.id, me.org_id.as_deref());
            person.display = me.emails.into_iter().flatten().next().map(Arc::from);
            Ok(person)
        }
        Err(error) if error.status() == Some(403) => by_memberships(&client, tag).await,
        Err(error) => Err(unknown(&error)),
    }
}

async fn by_memberships(client: &Client, tag: &CredentialTag) -> Result<Person, Unknown> {
    let own = ListMemberships {
        max: Some(limits::PERSON_LOOKUP_ENTRIES),
        ..Default::default()
    };
    let agreed = match client.memberships().list(&own).await {
        Ok(page) => whose(&page.items),
        Err(error) if error.status() == Some(403) => None,
        Err(error) => return Err(unknown(&error)),
    };
    Ok(agreed.unwrap_or_else(|| Person {
        principal: Principal::new(format!("token:{}", tag.as_str())),
        tenant: Tenant::single(),
        is_told: false,
        display: None,
    }))
}

/// The person of all rows. Rows of several people say nothing about the caller.
fn whose(rows: &[Membership]) -> Option<Person> {
    let first = rows.first()?;
    let id = first.person_id.as_deref().filter(|id| !id.is_empty())?;
    let agree = |row: &Membership| {
        (&row.person_id, &row.person_org_id) == (&first.person_id, &first.person_org_id)
    };
    rows.iter()
        .all(agree)
        .then(|| Person::new(id, first.person_org_id.as_deref()))
}

fn unknown(error: &WebexError) -> Unknown {
    let usual = Duration::from_secs(limits::PERSON_LOOKUP_RETRY_SECONDS);
    let retry_after = error.retry_after().unwrap_or(usual);
    match error {
        WebexError::Refused { status: 401, .. } => REFUSED,
        WebexError::Throttled { .. } | WebexError::Locked { .. } => Unknown::new(
            Reason::Busy { retry_after },
            "Webex is limiting requests, so the owner of this token cannot be looked up now; try again after the time given.",
        ),
        _ => {
            tracing::warn!(%error, "the owner of a token could not be looked up at Webex");
            Unknown::new(
                Reason::Unreachable { retry_after },
                "The owner of this token cannot be looked up at Webex now; try again after the time given.",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memberships_name_a_person_only_where_all_agree() {
        let row = |person: Option<&str>, organisation: Option<&str>| Membership {
            person_id: person.map(str::to_owned),
            person_org_id: organisation.map(str::to_owned),
            ..Default::default()
        };
        let a = row(Some("a"), Some("x"));
        assert_eq!(
            whose(&[a.clone(), a.clone()]),
            Some(Person::new("a", Some("x")))
        );
        assert_eq!(whose(&[row(Some("a"), None)]), Some(Person::new("a", None)));
        for rows in [
            vec![],
            vec![row(None, Some("x"))],
            vec![row(Some(""), None)],
            vec![a.clone(), row(Some("b"), Some("x"))],
            vec![a.clone(), row(Some("a"), Some("y"))],
            vec![a.clone(), row(None, None)],
        ] {
            assert_eq!(whose(&rows), None, "{rows:?}");
        }
    }
}
