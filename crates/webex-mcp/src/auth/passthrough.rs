//! `passthrough`: each caller sends its own Webex token. The server asks Webex once whose token it
//! is. It stores only the tag of a token that Webex refused.

use std::time::Duration;

use moka::sync::Cache;
use tokio::time::Instant;
use webex::{AccessToken, Webex};

use super::budget::{Budget, BudgetBounds};
use super::flights::Flights;
use super::person::{self, Person, REFUSED};
use super::{Head, PrincipalKey, Reason, Unknown, bearer};
use crate::identity::{Caller, CredentialTag};
use crate::limits;

const FOREIGN: Unknown = Unknown::new(
    Reason::NotAllowed,
    "The owner of this token is not of a Webex organization that may use this server; ask its operator.",
);

/// Finds callers by their tokens. Both caches are keyed by tags and hold no token.
#[derive(Debug)]
pub struct Passthrough {
    webex: Webex,
    key: PrincipalKey,
    known: Cache<CredentialTag, Known>,
    refused: Cache<CredentialTag, ()>,
    flights: Flights<Result<Person, Unknown>>,
    budget: Budget,
    /// The organizations whose people may come; all where it is empty.
    organizations: Vec<String>,
}

#[derive(Debug, Clone)]
struct Known {
    person: Person,
    /// After this, Webex has to be asked again.
    good_until: Instant,
}

impl Passthrough {
    pub fn new(webex: Webex, key: PrincipalKey, budget: BudgetBounds) -> Self {
        Passthrough {
            webex,
            key,
            known: Cache::builder()
                .max_capacity(limits::TOKENS_KNOWN)
                .time_to_live(Duration::from_secs(limits::TOKEN_KNOWN_SECONDS))
                .build(),
            refused: Cache::builder()
                .max_capacity(limits::TOKENS_REFUSED)
                .time_to_live(Duration::from_secs(limits::TOKEN_REFUSED_SECONDS))
                .build(),
            flights: Flights::default(),
            budget: Budget::new(budget),
            organizations: Vec::new(),
        }
    }

    /// The same, for people of these organizations only; for all where there are none.
    pub fn only_of(mut self, organizations: Vec<String>) -> Self {
        self.organizations = organizations;
        self
    }

    pub(super) async fn caller(&self, head: &Head<'_>) -> Result<Caller, Unknown> {
        let token = bearer::read(head)?.ok_or(Unknown::new(
            Reason::NotSent,
            "Send your Webex access token as `Authorization: Bearer <token>`.",
        ))?;
        let tag = self.key.tag(&token);
        let person = match self.known.get(&tag) {
            Some(known) if Instant::now() < known.good_until => known.person,
            // This is rare, and so boxed: every request reserves space for the parts that are not
            // boxed.
            Some(known) => Box::pin(self.verified(head, &token, &tag, known.person)).await?,
            None => Box::pin(self.found(head, &token, &tag)).await?,
        };
        match person.is_of_one(&self.organizations) {
            true => Ok(person.acting_with(token, tag)),
            false => Err(FOREIGN),
        }
    }

    /// Webex refused this token in a call, so the next request asks Webex about it again.
    pub(super) fn doubt(&self, token: &AccessToken) {
        let tag = self.key.tag(token);
        if let Some(known) = self.known.get(&tag) {
            self.keep(&tag, &known.person, Duration::ZERO);
        }
    }

    /// Asks Webex again. If Webex cannot answer, the person stays valid for a while longer: Webex
    /// checks the token at every call anyway.
    async fn verified(
        &self,
        head: &Head<'_>,
        token: &AccessToken,
        tag: &CredentialTag,
        person: Person,
    ) -> Result<Person, Unknown> {
        match self.found(head, token, tag).await {
            Err(unknown) if unknown.reason != Reason::Refused => {
                let later = Duration::from_secs(limits::TOKEN_UNVERIFIED_SECONDS);
                self.keep(tag, &person, later);
                Ok(person)
            }
            told => told,
        }
    }

    async fn found(
        &self,
        head: &Head<'_>,
        token: &AccessToken,
        tag: &CredentialTag,
    ) -> Result<Person, Unknown> {
        if self.refused.contains_key(tag) {
            return Err(REFUSED);
        }
        self.flights
            .join(tag, || async {
                let was_known = match self.known.get(tag) {
                    // Another request got the answer while this one was on its way here.
                    Some(known) if Instant::now() < known.good_until => return Ok(known.person),
                    Some(_) => true,
                    None => false,
                };
                if !was_known {
                    self.budget.spend(head.address)?;
                }
                let found = person::behind(&self.webex, token, tag).await;
                match &found {
                    Ok(person) => {
                        let good = Duration::from_secs(limits::TOKEN_VERIFIED_SECONDS);
                        self.keep(tag, person, good);
                        if !was_known {
                            self.budget.give_back(head.address);
                        }
                    }
                    Err(unknown) if unknown.reason == Reason::Refused => {
                        self.known.invalidate(tag);
                        self.refused.insert(tag.clone(), ());
                    }
                    Err(_) => {}
                }
                match was_known {
                    true => found.map_err(Unknown::once_known),
                    false => found,
                }
            })
            .await
    }

    fn keep(&self, tag: &CredentialTag, person: &Person, good: Duration) {
        let known = Known {
            person: person.clone(),
            good_until: Instant::now() + good,
        };
        self.known.insert(tag.clone(), known);
    }
}
