//! Whether all belong who can have given something its words: the members of a space or a team, the
//! host and the cohosts of a meeting, everybody who was there, whoever sent a card. It is kept for
//! some minutes.

use std::collections::{HashMap, HashSet};

use futures::stream::{self, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use webex::invitees::{self, ListInvitees};
use webex::memberships::{self, ListMemberships};
use webex::participants::{self, ListParticipants};
use webex::team_memberships::{self, ListTeamMemberships};
use webex::{Operation, Page};

use super::authors::{Author, Origin, Writers};
use super::belonging::{Known, all_of, unless_unreadable};
use super::guard::Guard;
use crate::error::CallError;
use crate::limits;
use crate::scope::Fact;
use crate::scope::lockdown::Authors;

impl Guard {
    /// Of each origin of these rows: whether all who can have written it belong. What fails is not
    /// known.
    pub(super) async fn origins(
        &self,
        authors: &Authors,
        writers: &[Writers],
        host: Option<&str>,
    ) -> HashMap<Origin, Option<bool>> {
        let (mut known, mut open) = (HashMap::new(), Vec::new());
        let mut seen = HashSet::new();
        for origin in writers.iter().flat_map(|of_row| &of_row.origins) {
            if !seen.insert(origin) {
                continue;
            }
            if let Some(belongs) = self.scoped.authors.get(&self.key(&origin.key())) {
                known.insert(origin.clone(), Some(belongs));
            } else {
                open.push(origin);
            }
        }
        if open.is_empty() || self.own().await.is_err() {
            return known;
        }
        let read = open.into_iter().map(|origin| async move {
            let belongs = self.origin(authors, origin, host).await;
            (origin.clone(), belongs.unwrap_or_default())
        });
        let read: Vec<_> = read.collect();
        let read = stream::iter(read).buffered(limits::LOCKDOWN_READS_AT_ONCE);
        known.extend(read.collect::<Vec<_>>().await);
        known
    }

    async fn origin(
        &self,
        authors: &Authors,
        origin: &Origin,
        host: Option<&str>,
    ) -> Result<Option<bool>, CallError> {
        let key = self.key(&origin.key());
        if let Some(belongs) = self.scoped.authors.get(&key) {
            return Ok(Some(belongs));
        }
        let writers = self.writers_from(origin, host).await;
        let Some(Writers { people, origins }) = unless_unreadable(writers)? else {
            return Ok(None);
        };
        if let Origin::Space(_) | Origin::DirectSpace(_) | Origin::Team(_) = origin {
            let mut known = Known::of(self.own().await?);
            self.learn_all(authors, &mut known, &people);
        }
        let known = self.learned(authors, people.iter()).await?;
        let verdicts = people.iter().map(|who| self.verdict(authors, &known, who));
        let mut belongs = all_of(verdicts);
        for other in &origins {
            let other = Box::pin(self.origin(authors, other, host)).await?;
            belongs = all_of([belongs, other]);
        }
        if let Some(belongs) = belongs {
            self.scoped.authors.insert(key, belongs);
        }
        Ok(belongs)
    }

    /// Who can have written what comes from there. `None` where the call may read no more.
    async fn writers_from(
        &self,
        origin: &Origin,
        host: Option<&str>,
    ) -> Result<Option<Writers>, CallError> {
        let people = match origin {
            Origin::Space(id) => self.members(id).await?,
            Origin::DirectSpace(id) => {
                let mut members = self.members(id).await?;
                if let Some(members) = members.as_mut().filter(|all| all.len() < 2) {
                    // Whose name it has is not there.
                    members.push(Author::default());
                }
                members
            }
            Origin::Team(id) => self.team_members(id).await?,
            Origin::Meeting(id) => return self.meeting_writers(id, host).await,
            Origin::Talk(id) => self.participants(id, host).await?,
            Origin::Card(id) => match self.another_read().await? {
                None => None,
                Some(client) => {
                    let card = client.messages().get(id).await?;
                    Some(vec![Author {
                        id: card.person_id,
                        email: card.person_email,
                        room_id: card.room_id,
                        ..Author::default()
                    }])
                }
            },
        };
        Ok(people.map(|people| Writers {
            people,
            origins: Vec::new(),
        }))
    }

    pub(super) async fn members(&self, room_id: &str) -> Result<Option<Vec<Author>>, CallError> {
        let query = ListMemberships {
            room_id: Some(room_id.to_owned()),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListMemberships::default()
        };
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let first = client.memberships().list(&query).await?;
        let most = limits::LOCKDOWN_MEMBER_PAGES;
        self.people_in(&memberships::LIST, &query, first, most, |member| {
            Some(Author {
                id: member.person_id,
                email: member.person_email,
                org_id: member.person_org_id,
                room_id: None,
            })
        })
        .await
    }

    async fn team_members(&self, team_id: &str) -> Result<Option<Vec<Author>>, CallError> {
        let query = ListTeamMemberships {
            team_id: team_id.to_owned(),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
        };
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let first = client.team_memberships().list(&query).await?;
        let most = limits::LOCKDOWN_MEMBER_PAGES;
        self.people_in(&team_memberships::LIST, &query, first, most, |member| {
            Some(Author {
                id: member.person_id,
                email: member.person_email,
                org_id: member.person_org_id,
                room_id: None,
            })
        })
        .await
    }

    async fn meeting_writers(
        &self,
        id: &str,
        host: Option<&str>,
    ) -> Result<Option<Writers>, CallError> {
        let fact = self.fact(id, Box::pin(self.read_meeting(id, host))).await?;
        let (Some(Fact::Meeting(meeting)), Some(client)) = (fact, self.another_read().await?)
        else {
            return Ok(None);
        };
        let query = ListInvitees {
            meeting_id: id.to_owned(),
            max: Some(limits::LIST_MAX_ENTRIES),
            host_email: host.map(str::to_owned),
            panelist: None,
        };
        let first = client.invitees().list(&query).await?;
        let most = limits::INVITEES_READ_MAX_PAGES;
        let cohosts = self.people_in(&invitees::LIST, &query, first, most, |invitee| {
            // Whoever may be one counts as one.
            (invitee.co_host != Some(false)).then_some(Author {
                email: invitee.email,
                ..Author::default()
            })
        });
        let Some(mut people) = cohosts.await? else {
            return Ok(None);
        };
        people.push(Author::from(&meeting.host));
        Ok(Some(Writers {
            people,
            origins: meeting
                .room_id
                .clone()
                .map(Origin::Space)
                .into_iter()
                .collect(),
        }))
    }

    async fn participants(
        &self,
        meeting_id: &str,
        host: Option<&str>,
    ) -> Result<Option<Vec<Author>>, CallError> {
        let query = ListParticipants {
            meeting_id: meeting_id.to_owned(),
            max: Some(limits::LIST_MAX_ENTRIES),
            host_email: host.map(str::to_owned),
            ..ListParticipants::default()
        };
        let Some(client) = self.another_read().await? else {
            return Ok(None);
        };
        let first = client.participants().list(&query).await?;
        let most = limits::PARTICIPANTS_READ_MAX_PAGES;
        self.people_in(&participants::LIST, &query, first, most, |one| {
            Some(Author {
                email: one.email,
                org_id: one.org_id,
                ..Author::default()
            })
        })
        .await
    }

    /// The people of a list that begins with this page, and somebody unknown for the pages beyond
    /// `most`. `None` where the call may read no more.
    async fn people_in<T: DeserializeOwned>(
        &self,
        list: &'static Operation,
        query: &impl Serialize,
        first: Page<T>,
        most: u32,
        person: impl Fn(T) -> Option<Author>,
    ) -> Result<Option<Vec<Author>>, CallError> {
        let mut people: Vec<_> = first.items.into_iter().filter_map(&person).collect();
        let mut next = first.next;
        for _ in 1..most {
            let Some(at) = next else { break };
            let Some(client) = self.another_read().await? else {
                return Ok(None);
            };
            let page = client.next_page(list, &at.asking(query)?).await?;
            people.extend(page.items.into_iter().filter_map(&person));
            next = page.next;
        }
        people.extend(next.map(|_| Author::default()));
        Ok(Some(people))
    }
}
