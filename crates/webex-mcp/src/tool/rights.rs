//! What Webex lets only some people do: found out before a person is asked about it.

use webex::memberships::ListMemberships;
use webex::people::Person as Account;

use super::{Context, Question};
use crate::error::{CallError, Code};

/// Scopes with one of these words reach what belongs to others.
const OVERSEEING: [&str; 2] = ["admin", "compliance"];

impl Context {
    /// The caller's own account, as far as it can be read.
    pub async fn me(&self) -> Option<Account> {
        self.best_effort(self.webex.people().me()).await
    }

    /// The caller's own id, as far as it can be read.
    pub async fn own_id(&self) -> Option<String> {
        if let Some(me) = self.me().await {
            return Some(me.id);
        }
        // Without a space in the query Webex lists the caller's own, which says who that is.
        let own = ListMemberships {
            max: Some(1),
            ..ListMemberships::default()
        };
        let memberships = self.webex.memberships();
        let found = self.best_effort(memberships.list(&own)).await?;
        found.items.into_iter().next()?.person_id
    }

    /// Whether this person moderates a space; `None` where that is not known.
    pub async fn moderates(&self, person_id: Option<&str>, room_id: Option<&str>) -> Option<bool> {
        let own = ListMemberships {
            person_id: Some(person_id?.to_owned()),
            room_id: Some(room_id?.to_owned()),
            ..ListMemberships::default()
        };
        let memberships = self.webex.memberships();
        let found = self.best_effort(memberships.list(&own)).await?;
        found.items.first()?.is_moderator
    }

    /// Goes on with the question about what only `who` may do, and this caller is none of them.
    ///
    /// # Errors
    /// `forbidden` where no scope of the caller's could allow it all the same. Where its scopes are not
    /// known, the question says so instead.
    pub fn without_role(&self, question: Question, who: &str) -> Result<Question, CallError> {
        let oversees = |scope: &str| OVERSEEING.iter().any(|word| scope.contains(word));
        match &self.caller.scopes {
            Some(scopes) if !scopes.iter().any(|scope| oversees(scope)) => Err(only(who)),
            _ => {
                let question = question.and(" Webex allows it only to ").and(who);
                Ok(question.and(", or with more rights from the organization."))
            }
        }
    }
}

/// Of somebody who is certainly none of those who may do it.
pub fn only(who: &str) -> CallError {
    CallError::new(
        Code::Forbidden,
        format!("Webex does not allow this to this user: only {who} may do it."),
        "Do not repeat the call; tell the user, who can ask one of them. Nothing was done.",
    )
}
