//! What a scope has to know and a request does not say: it is read once and kept for a minute.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;
use webex::Client;
use webex::memberships::ListMemberships;
use webex::people::ListPeople;
use webex::rooms::RoomType;

use super::guard::Guard;
use crate::error::{CallError, Code};
use crate::identity::CredentialTag;
use crate::limits;
use crate::scope::{self, Fact, Person};

impl Guard {
    /// What is known of a thing, read if it is not. `None` where the caller cannot read it, or the
    /// call has read as much as it may: then it counts as outside.
    pub(super) async fn fact(
        &self,
        id: &str,
        read: impl Future<Output = Result<Option<Fact>, CallError>>,
    ) -> Result<Option<Fact>, CallError> {
        let key = self.key(&scope::key(id));
        if let Some(fact) = self.scoped.facts.get(&key) {
            return Ok(Some(fact));
        }
        let fact = match read.await {
            Err(error) if matches!(error.code, Code::Forbidden | Code::NotFound) => None,
            read => read?,
        };
        if let Some(fact) = &fact {
            self.scoped.facts.insert(key, fact.clone());
        }
        Ok(fact)
    }

    pub(super) async fn read_space(
        &self,
        id: &str,
        is_direct: Option<bool>,
    ) -> Result<Option<Fact>, CallError> {
        let is_direct = match is_direct {
            Some(is_direct) => is_direct,
            None => match self.another_read().await? {
                Some(client) => client.rooms().get(id).await?.room_type == Some(RoomType::Direct),
                None => return Ok(None),
            },
        };
        if !is_direct {
            return Ok(Some(Fact::Group));
        }
        if !self.scoped.scope.limits_people() {
            return Ok(Some(Fact::Direct(Arc::default())));
        }
        let Some(Fact::Person(own)) = Box::pin(self.fact("me", self.read_me())).await? else {
            return Ok(None);
        };
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let query = ListMemberships {
            room_id: Some(id.to_owned()),
            ..ListMemberships::default()
        };
        let members = client.memberships().list(&query).await?.items.into_iter();
        let mut others = members.filter(|member| member.person_id != own.id);
        Ok(others.next().map(|member| {
            Fact::Direct(Arc::new(Person {
                id: member.person_id,
                email: member.person_email,
                org_id: member.person_org_id,
            }))
        }))
    }

    pub(super) async fn read_person(&self, who: &str) -> Result<Option<Fact>, CallError> {
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let found = match who.contains('@') {
            false => Some(client.people().get(who).await?),
            true => {
                let query = ListPeople {
                    email: Some(who.to_owned()),
                    ..ListPeople::default()
                };
                client.people().list(&query).await?.items.into_iter().next()
            }
        };
        Ok(found.map(fact_of))
    }

    pub(super) async fn read_me(&self) -> Result<Option<Fact>, CallError> {
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        Ok(Some(fact_of(client.people().me().await?)))
    }

    /// A client for one more read, if the call may make one.
    async fn another_read(&self) -> Result<Option<Client>, CallError> {
        match self.reads.fetch_add(1, Ordering::Relaxed) < limits::SCOPE_READS_PER_CALL {
            true => self.reader().await.map(Some),
            false => Ok(None),
        }
    }

    /// Webex as the caller, past the gate.
    pub(super) async fn reader(&self) -> Result<Client, CallError> {
        let token = self.tokens.token(&self.credential).await?;
        let client = self.webex.client(token);
        Ok(client.with_deadline(Instant::now() + limits::CALL_DEADLINE))
    }

    pub(super) fn key(&self, id: &str) -> (CredentialTag, String) {
        (self.tag.clone(), id.to_owned())
    }
}

fn fact_of(person: webex::people::Person) -> Fact {
    Fact::Person(Arc::new(Person {
        id: Some(person.id),
        email: person.emails.and_then(|emails| emails.into_iter().next()),
        org_id: person.org_id,
    }))
}
