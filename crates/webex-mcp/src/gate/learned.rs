//! What a scope has to know and a request does not say: it is read once and kept for a minute.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::time::Instant;
use webex::Client;
use webex::meetings::{GetMeeting, Meeting as Found};
use webex::memberships::ListMemberships;
use webex::people::ListPeople;
use webex::rooms::{ListRooms, RoomType};
use webex::transcripts::snippets;

use super::guard::Guard;
use super::within::team_key;
use crate::error::{CallError, Code};
use crate::identity::CredentialTag;
use crate::limits;
use crate::scope::{self, Fact, Meeting, Person};

impl Guard {
    /// What is known of a thing, read if it is not. `None` where the caller cannot read it, or the
    /// call has read as much as it may: then it counts as outside.
    pub(super) async fn fact(
        &self,
        id: &str,
        read: BoxFuture<'_, Result<Option<Fact>, CallError>>,
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
        self.read_others(id).await
    }

    /// The other people in a direct space.
    pub(super) async fn read_others(&self, id: &str) -> Result<Option<Fact>, CallError> {
        let Some(Fact::Person(own)) = self.fact("me", Box::pin(self.read_me())).await? else {
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
        let others = members.filter(|member| member.person_id != own.id);
        let others = others.map(|member| Person {
            id: member.person_id,
            email: member.person_email,
            org_id: member.person_org_id,
        });
        Ok(Some(Fact::Direct(others.collect())))
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

    /// Whether the team lies inside, by those of its spaces that the caller is in.
    pub(super) async fn read_team(&self, id: &str) -> Result<Option<Fact>, CallError> {
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let query = ListRooms {
            team_id: Some(id.to_owned()),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListRooms::default()
        };
        let page = client.rooms().list(&query).await?;
        let spaces = page.items.iter().map(|room| room.id.as_str());
        let is_inside = self.scoped.scope.team(spaces, page.next.is_none());
        Ok(Some(Fact::Team(is_inside)))
    }

    /// The same for many teams in one read, where one page holds all spaces of the caller.
    pub(super) async fn learn_teams(&self, teams: &[Value]) -> Result<(), CallError> {
        let scope = &self.scoped.scope;
        if !scope.names_spaces() || teams.len() < 2 {
            return Ok(());
        }
        let Some(client) = self.another_read().await? else {
            return Ok(());
        };
        let query = ListRooms {
            room_type: Some(RoomType::Group),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListRooms::default()
        };
        let page = match client.rooms().list(&query).await.map_err(CallError::from) {
            // Nothing is known of any of them.
            Err(error) if error.code == Code::Forbidden => return Ok(()),
            page => page?,
        };
        if page.next.is_some() {
            return Ok(());
        }
        let mut spaces: HashMap<String, Vec<&str>> = HashMap::new();
        for room in &page.items {
            if let Some(team_id) = &room.team_id {
                spaces.entry(team_key(team_id)).or_default().push(&room.id);
            }
        }
        for id in teams.iter().filter_map(|team| team.get("id")?.as_str()) {
            let team = team_key(id);
            let own = spaces.get(&team).into_iter().flatten().copied();
            let fact = Fact::Team(scope.team(own, true));
            self.scoped.facts.insert(self.key(&team), fact);
        }
        Ok(())
    }

    /// `host` is whom an administrator acts for.
    pub(super) async fn read_meeting(
        &self,
        id: &str,
        host: Option<&str>,
    ) -> Result<Option<Fact>, CallError> {
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let query = GetMeeting {
            host_email: host.map(str::to_owned),
            ..GetMeeting::default()
        };
        let found = client.meetings().get(id, &query).await?;
        Ok(Some(Fact::Meeting(Arc::new(meeting_of(found)))))
    }

    /// `None` for somebody outside.
    pub(super) async fn read_participant(&self, id: &str) -> Result<Option<Fact>, CallError> {
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let found = client.participants().get(id, None).await?;
        let is_inside = self.person(None, found.email.as_deref()).await?;
        let meeting_id = found.meeting_id.filter(|_| is_inside);
        Ok(meeting_id.map(|id| Fact::Participant(id.into())))
    }

    /// Whether all who speak in a transcript lie inside, and are people whose content is shown.
    pub(super) async fn read_speakers(&self, id: &str) -> Result<Option<Fact>, CallError> {
        let Some(mut client) = self.another_read().await? else {
            return Ok(None);
        };
        let max = Some(limits::SNIPPET_PAGE_ENTRIES);
        let mut page = client.transcripts().snippets(id, max).await?;
        let mut speakers = BTreeSet::new();
        loop {
            for snippet in &page.items {
                let email = snippet.person_email.as_deref();
                if !self.person(None, email).await? {
                    return Ok(Some(Fact::Speakers(false)));
                }
                speakers.insert(email.unwrap_or_default().to_lowercase());
            }
            let Some(next) = page.next else {
                return Ok(Some(Fact::Speakers(self.all_belong(speakers).await?)));
            };
            client = match self.another_read().await? {
                Some(client) => client,
                None => return Ok(None),
            };
            page = client.next_page(&snippets::LIST, &next).await?;
        }
    }

    /// A client for one more read, if the call may make one.
    pub(super) async fn another_read(&self) -> Result<Option<Client>, CallError> {
        match self.reads.fetch_add(1, Ordering::Relaxed) < self.reads_max {
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

/// What a meeting counts through.
pub(super) fn meeting_of(found: Found) -> Meeting {
    Meeting {
        host: Person {
            id: found.host_user_id,
            email: found.host_email,
            org_id: None,
        },
        room_id: found.room_id,
    }
}
