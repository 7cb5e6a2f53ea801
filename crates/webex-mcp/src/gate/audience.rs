//! How many people a change reaches.

use std::collections::HashSet;

use webex::invitees::{self, ListInvitees};
use webex::memberships::ListMemberships;
use webex::team_memberships::ListTeamMemberships;

use super::asked::Asked;
use super::guard::Guard;
use crate::error::CallError;
use crate::limits::{INVITEE_LIST_MAX_PAGES, LIST_MAX_ENTRIES};
use crate::scope::Reason;

/// Whose people a change reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Container {
    Space(String),
    Team(String),
    Meeting(String),
    NewMeeting,
}

impl Container {
    fn too_large(&self) -> &'static str {
        match self {
            Container::Space(_) => {
                "The space has more members than this server may reach with a change."
            }
            Container::Team(_) => {
                "The team has more members than this server may reach with a change."
            }
            Container::Meeting(_) => {
                "The meeting has more people than this server may reach with a change."
            }
            Container::NewMeeting => {
                "The meeting would have more people than this server may reach."
            }
        }
    }
}

impl Guard {
    /// Refuses a change that reaches more people than the operator allows, and asks about one that
    /// reaches more than the operator lets pass.
    pub(super) async fn audience(
        &self,
        of: &Container,
        newcomers: &[String],
        asked: &Asked<'_>,
    ) -> Result<(), CallError> {
        let scope = &self.scoped.scope;
        if let Some(most) = scope.max_audience
            && !self.is_small(of, newcomers, asked, most).await?
        {
            return Err(self.refused(
                of.too_large(),
                "Tell the user; the operator of this server decides it.",
            ));
        }
        match scope.ask_above {
            Some(most) if !self.is_small(of, newcomers, asked, most).await? => {
                self.asks(Reason::Audience(most))
            }
            _ => Ok(()),
        }
    }

    async fn is_small(
        &self,
        of: &Container,
        newcomers: &[String],
        asked: &Asked<'_>,
        most: u32,
    ) -> Result<bool, CallError> {
        match of {
            Container::Space(id) => self.has_few_members(id, most).await,
            Container::Team(id) => self.has_few_in_team(id, most).await,
            Container::Meeting(id) => {
                self.has_few_invitees(Some(id), newcomers, asked, most)
                    .await
            }
            Container::NewMeeting => self.has_few_invitees(None, newcomers, asked, most).await,
        }
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
