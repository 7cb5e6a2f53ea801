//! How many people a change reaches.

use std::collections::HashSet;

use webex::invitees::{self, ListInvitees};
use webex::memberships::ListMemberships;
use webex::team_memberships::ListTeamMemberships;

use super::asked::Asked;
use super::guard::Guard;
use crate::error::CallError;
use crate::limits::{INVITEE_LIST_MAX_PAGES, LIST_MAX_ENTRIES};

/// Whose people a change reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Container {
    Space(String),
    Team(String),
    Meeting(String),
    NewMeeting,
}

impl Guard {
    /// Refuses a change that reaches more people than the operator allows.
    pub(super) async fn audience(
        &self,
        of: &Container,
        newcomers: &[String],
        asked: &Asked<'_>,
        most: u32,
    ) -> Result<(), CallError> {
        let (is_few, message) = match of {
            Container::Space(id) => (
                self.has_few_members(id, most).await?,
                "The space has more members than this server may reach with a change.",
            ),
            Container::Team(id) => (
                self.has_few_in_team(id, most).await?,
                "The team has more members than this server may reach with a change.",
            ),
            Container::Meeting(id) => (
                self.has_few_invitees(Some(id), newcomers, asked, most)
                    .await?,
                "The meeting has more people than this server may reach with a change.",
            ),
            Container::NewMeeting => (
                self.has_few_invitees(None, newcomers, asked, most).await?,
                "The meeting would have more people than this server may reach.",
            ),
        };
        is_few.then_some(()).ok_or_else(|| {
            self.refused(
                message,
                "Tell the user; the operator of this server decides it.",
            )
        })
    }

    async fn has_few_members(&self, room_id: &str, most: u32) -> Result<bool, CallError> {
        let query = ListMemberships {
            room_id: Some(room_id.to_owned()),
            max: Some(most.saturating_add(1)),
            ..ListMemberships::default()
        };
        let page = self.reader().await?.memberships().list(&query).await?;
        Ok(page.next.is_none() && page.items.len() <= most as usize)
    }

    async fn has_few_in_team(&self, team_id: &str, most: u32) -> Result<bool, CallError> {
        let query = ListTeamMemberships {
            team_id: team_id.to_owned(),
            max: Some(most.saturating_add(1)),
        };
        let members = self.reader().await?;
        let page = members.team_memberships().list(&query).await?;
        Ok(page.next.is_none() && page.items.len() <= most as usize)
    }

    /// The host counts too, and whoever is to be invited.
    async fn has_few_invitees(
        &self,
        meeting_id: Option<&str>,
        newcomers: &[String],
        asked: &Asked<'_>,
        most: u32,
    ) -> Result<bool, CallError> {
        let most = (most as usize).saturating_sub(1);
        let new = newcomers.iter().map(|email| email.trim().to_lowercase());
        let mut people: HashSet<_> = new.collect();
        let Some(meeting_id) = meeting_id else {
            return Ok(people.len() <= most);
        };
        let client = self.reader().await?;
        let query = ListInvitees {
            meeting_id: meeting_id.to_owned(),
            max: Some(LIST_MAX_ENTRIES),
            host_email: asked.host(),
            panelist: None,
        };
        let mut page = client.invitees().list(&query).await?;
        for read in 1.. {
            let emails = page.items.into_iter().filter_map(|one| one.email);
            people.extend(emails.map(|email| email.to_lowercase()));
            match page.next {
                _ if people.len() > most => return Ok(false),
                None => return Ok(true),
                Some(_) if read >= INVITEE_LIST_MAX_PAGES => return Ok(false),
                Some(next) => {
                    let next = next.asking(&query)?;
                    page = client.next_page(&invitees::LIST, &next).await?;
                }
            }
        }
        Ok(false)
    }
}
