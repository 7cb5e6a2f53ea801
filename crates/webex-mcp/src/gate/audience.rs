//! How many people changes reach, each of them counted once.

use std::collections::HashSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use webex::invitees::{self, Invitee, ListInvitees};
use webex::memberships::{self, ListMemberships, Membership};
use webex::team_memberships::{self, ListTeamMemberships, TeamMembership};
use webex::{Client, Operation, Page};

use super::guard::{Agreement, Guard};
use crate::error::CallError;
use crate::limits::{
    AUDIENCE_MEMBER_PAGES, AUDIENCE_PAGE_ENTRIES, INVITEE_LIST_MAX_PAGES, LIST_MAX_ENTRIES,
};
use crate::scope::Scope;
use crate::tool::{Container, Reasons};

/// Stands for the host of a meeting, who is none of its invitees.
const HOST: &str = "host";

/// People, as far as it takes to know whether they are more than `most`.
#[derive(Debug)]
pub(super) struct Audience {
    people: HashSet<String>,
    most: usize,
    /// There are more than can be read.
    is_endless: bool,
}

impl Audience {
    fn up_to(most: u32) -> Self {
        Audience {
            people: HashSet::new(),
            most: most as usize,
            is_endless: false,
        }
    }

    /// Of a server with limits of audiences.
    pub(super) fn within(scope: &Scope) -> Option<Self> {
        let limits = [scope.max_audience, scope.ask_above];
        limits.into_iter().flatten().max().map(Audience::up_to)
    }

    /// People by address, or by id where that is not known.
    pub(super) fn add(&mut self, people: impl IntoIterator<Item = impl AsRef<str>>) {
        let people = people.into_iter();
        self.people
            .extend(people.map(|one| one.as_ref().trim().to_lowercase()));
    }

    pub(super) fn count(&self) -> usize {
        match self.is_endless {
            true => usize::MAX,
            false => self.people.len(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.count() > self.most
    }

    /// Adds everybody of a list, until they are too many. A list with more than these pages is one of
    /// too many as well.
    async fn read<T: DeserializeOwned>(
        &mut self,
        client: &Client,
        (operation, query, pages): (&'static Operation, &impl Serialize, u32),
        first: Page<T>,
        who: impl Fn(T) -> Option<String>,
    ) -> Result<(), CallError> {
        let mut page = first;
        for read in 1.. {
            self.add(page.items.into_iter().filter_map(&who));
            page = match page.next {
                Some(_) if read >= pages => break,
                Some(next) if !self.is_over() => {
                    client.next_page(operation, &next.asking(query)?).await?
                }
                _ => return Ok(()),
            };
        }
        self.is_endless = true;
        Ok(())
    }

    /// No page is longer than it takes to know.
    fn page_entries(&self) -> Option<u32> {
        let needed = u32::try_from(self.most).unwrap_or(u32::MAX);
        Some(needed.saturating_add(1).min(AUDIENCE_PAGE_ENTRIES))
    }
}

/// Whether people are more than a limit of the scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowd {
    No,
    Asked(u32),
    Refused(u32),
}

impl Guard {
    /// Refuses a change that reaches more people than the operator allows, and asks about one that
    /// reaches more than the operator lets pass.
    pub(super) async fn audience(
        &self,
        of: &Container,
        newcomers: &[String],
        host: Option<String>,
    ) -> Result<(), CallError> {
        let scope = &self.scoped.scope;
        let is_settled = scope.max_audience.is_none() && self.agreement == Agreement::Given;
        let Some(mut audience) = Audience::within(scope).filter(|_| !is_settled) else {
            return Ok(());
        };
        if matches!(of, Container::Meeting(_) | Container::NewMeeting) {
            audience.add(newcomers);
        }
        self.reached(of, host.as_deref(), &mut audience).await?;
        match self.is_crowd(audience.count()) {
            Crowd::Refused(_) => Err(self.refused(
                too_large(of),
                "Tell the user; the operator of this server decides it.",
            )),
            Crowd::Asked(most) => self.asks(&Reasons::audience(most)),
            Crowd::No => Ok(()),
        }
    }

    /// What the operator says of so many people.
    pub(super) fn is_crowd(&self, people: usize) -> Crowd {
        let scope = &self.scoped.scope;
        let over = |most: &u32| people > *most as usize;
        match (
            scope.max_audience.filter(over),
            scope.ask_above.filter(over),
        ) {
            (Some(most), _) => Crowd::Refused(most),
            (None, Some(most)) => Crowd::Asked(most),
            (None, None) => Crowd::No,
        }
    }

    /// Adds whom a change reaches, until they are too many.
    pub(super) async fn reached(
        &self,
        of: &Container,
        host: Option<&str>,
        audience: &mut Audience,
    ) -> Result<(), CallError> {
        match of {
            Container::Space(id) => self.add_members(id, audience).await,
            Container::Team(id) => self.add_team_members(id, audience).await,
            Container::Meeting(id) => {
                audience.add([HOST]);
                self.add_invitees(id, host, audience).await
            }
            Container::NewMeeting => {
                audience.add([HOST]);
                Ok(())
            }
        }
    }

    async fn add_members(&self, room_id: &str, audience: &mut Audience) -> Result<(), CallError> {
        let query = ListMemberships {
            room_id: Some(room_id.to_owned()),
            max: audience.page_entries(),
            ..ListMemberships::default()
        };
        let client = self.reader().await?;
        let first = client.memberships().list(&query).await?;
        let who = |one: Membership| Some(one.person_email.or(one.person_id).unwrap_or(one.id));
        let list = (&memberships::LIST, &query, AUDIENCE_MEMBER_PAGES);
        audience.read(&client, list, first, who).await
    }

    async fn add_team_members(
        &self,
        team_id: &str,
        audience: &mut Audience,
    ) -> Result<(), CallError> {
        let query = ListTeamMemberships {
            team_id: team_id.to_owned(),
            max: audience.page_entries(),
        };
        let client = self.reader().await?;
        let first = client.team_memberships().list(&query).await?;
        let who = |one: TeamMembership| Some(one.person_email.or(one.person_id).unwrap_or(one.id));
        let list = (&team_memberships::LIST, &query, AUDIENCE_MEMBER_PAGES);
        audience.read(&client, list, first, who).await
    }

    async fn add_invitees(
        &self,
        meeting_id: &str,
        host: Option<&str>,
        audience: &mut Audience,
    ) -> Result<(), CallError> {
        let query = ListInvitees {
            meeting_id: meeting_id.to_owned(),
            max: Some(LIST_MAX_ENTRIES),
            host_email: host.map(str::to_owned),
            panelist: None,
        };
        let client = self.reader().await?;
        let first = client.invitees().list(&query).await?;
        let who = |one: Invitee| one.email;
        let list = (&invitees::LIST, &query, INVITEE_LIST_MAX_PAGES);
        audience.read(&client, list, first, who).await
    }
}

fn too_large(of: &Container) -> &'static str {
    match of {
        Container::Space(_) => {
            "The space has more members than this server may reach with a change."
        }
        Container::Team(_) => "The team has more members than this server may reach with a change.",
        Container::Meeting(_) => {
            "The meeting has more people than this server may reach with a change."
        }
        Container::NewMeeting => "The meeting would have more people than this server may reach.",
    }
}
