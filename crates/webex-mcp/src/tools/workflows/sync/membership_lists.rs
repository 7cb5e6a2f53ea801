//! Who is a member of a space or team now, however many pages Webex needs to say so.

use webex::memberships::{self, ListMemberships, Membership};
use webex::rooms::RoomType;
use webex::team_memberships::{self, ListTeamMemberships, TeamMembership};
use webex::{Operation, Page};

use super::members::{Member, Place};
use crate::error::{CallError, Code};
use crate::limits::{SYNC_MEMBERS_READ_PAGES, SYNC_PAGE_ENTRIES};
use crate::tool::Context;

impl Place {
    /// The members, or those of them with this address: none or one.
    ///
    /// # Errors
    /// `too_large` for more members than can be compared; else whatever Webex refuses.
    pub async fn members_with(
        &self,
        context: &Context,
        email: Option<&str>,
    ) -> Result<Vec<Member>, CallError> {
        let members = match self {
            Place::Space(id) => {
                let query = ListMemberships {
                    room_id: Some(id.clone()),
                    person_email: email.map(str::to_owned),
                    max: email.is_none().then_some(SYNC_PAGE_ENTRIES),
                    ..ListMemberships::default()
                };
                let first = context.webex.memberships().list(&query).await;
                let first = match (first, email) {
                    // Webex has no such member, or no such space for the caller.
                    (Err(error), Some(_)) if error.status() == Some(404) => return Ok(Vec::new()),
                    (first, _) => first?,
                };
                whole(context, &memberships::LIST, first, |one: Membership| {
                    Member {
                        email: one.person_email.unwrap_or_default().to_lowercase(),
                        person_id: one.person_id,
                        name: one.person_display_name,
                        is_moderator: one.is_moderator,
                        is_direct: one.room_type == Some(RoomType::Direct),
                        id: one.id,
                    }
                })
                .await?
            }
            Place::Team(id) => {
                let query = ListTeamMemberships {
                    team_id: id.clone(),
                    max: Some(SYNC_PAGE_ENTRIES),
                };
                let first = context.webex.team_memberships().list(&query).await?;
                whole(
                    context,
                    &team_memberships::LIST,
                    first,
                    |one: TeamMembership| Member {
                        email: one.person_email.unwrap_or_default().to_lowercase(),
                        person_id: one.person_id,
                        name: one.person_display_name,
                        is_moderator: one.is_moderator,
                        is_direct: false,
                        id: one.id,
                    },
                )
                .await?
            }
        };
        let is_meant = |member: &Member| email.is_none_or(|email| member.email == email);
        Ok(members.into_iter().filter(is_meant).collect())
    }
}

/// The person id of the caller, as its own memberships say it: no further scope is needed. A server
/// with a data scope leaves out most of them, so the list is read on until there is one.
///
/// # Errors
/// `forbidden` where no own membership can be seen: the caller would count as one of the rest.
pub async fn me(context: &Context) -> Result<String, CallError> {
    let query = ListMemberships {
        max: Some(SYNC_PAGE_ENTRIES),
        ..ListMemberships::default()
    };
    let mut page = context.webex.memberships().list(&query).await?;
    for _ in 0..SYNC_MEMBERS_READ_PAGES {
        if let Some(id) = page.items.iter().find_map(|one| one.person_id.clone()) {
            return Ok(id);
        }
        let Some(next) = page.next else { break };
        page = context.webex.next_page(&memberships::LIST, &next).await?;
    }
    Err(CallError::new(
        Code::Forbidden,
        "None of your own memberships can be seen here, so it cannot be told who you are among the members.",
        "Add or remove people one by one with webex-add-membership and webex-remove-membership.",
    ))
}

/// Every page of a list.
async fn whole<T: serde::de::DeserializeOwned>(
    context: &Context,
    operation: &'static Operation,
    first: Page<T>,
    member: impl Fn(T) -> Member,
) -> Result<Vec<Member>, CallError> {
    let mut page = first;
    let mut members = Vec::new();
    for _ in 0..SYNC_MEMBERS_READ_PAGES {
        members.extend(page.items.into_iter().map(&member));
        match page.next {
            Some(next) => page = context.webex.next_page(operation, &next).await?,
            None => return Ok(members),
        }
    }
    Err(CallError::new(
        Code::TooLarge,
        "There are more members than can be compared with a list.",
        "Add or remove people one by one with webex-add-membership and webex-remove-membership.",
    ))
}
