//! How one membership of a team is named, and how it is found: Webex itself looks nobody up in a
//! team, so its members are read.

use std::time::Duration;

use tokio::time::Instant;
use webex::team_memberships::{self as api, ListTeamMemberships, TeamMembership};

use crate::error::{CallError, Code};
use crate::limits;
use crate::tool::{Context, Person, one_person};

/// One membership, as a caller names it.
#[derive(Debug)]
pub enum Named<'a> {
    Id(&'a str),
    /// A person in a team.
    Of(&'a str, Person<'a>),
}

impl<'a> Named<'a> {
    /// # Errors
    /// `invalid_arguments` unless it is a membership's id, or a team with one person.
    pub fn new(
        id: Option<&'a str>,
        team_id: Option<&'a str>,
        person_id: Option<&'a str>,
        person_email: Option<&'a str>,
    ) -> Result<Self, CallError> {
        match (id, team_id) {
            (Some(_), _) if team_id.or(person_id).or(person_email).is_some() => Err(lone()),
            (Some(id), _) => Ok(Named::Id(id)),
            (None, Some(team_id)) => Ok(Named::Of(team_id, one_person(person_id, person_email)?)),
            (None, None) if person_id.or(person_email).is_some() => Err(CallError::invalid(
                "teamId",
                "the team is missing; give it, or teamMembershipId alone",
            )),
            (None, None) => Err(CallError::invalid(
                "teamMembershipId",
                "a membership is missing; give teamMembershipId, or teamId and one of personId, personEmail",
            )),
        }
    }

    /// Reads it.
    pub async fn read(&self, context: &Context) -> Result<TeamMembership, CallError> {
        match self {
            Named::Id(id) => Ok(context.webex.team_memberships().get(id).await?),
            Named::Of(team_id, person) => find(context, team_id, person).await,
        }
    }
}

/// Reads the members page by page, within a budget, until the person is among them.
async fn find(
    context: &Context,
    team_id: &str,
    person: &Person<'_>,
) -> Result<TeamMembership, CallError> {
    let until = Instant::now() + Duration::from_secs(limits::SCAN_MAX_SECONDS);
    let query = ListTeamMemberships {
        team_id: team_id.to_owned(),
        max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
    };
    let mut page = context.webex.team_memberships().list(&query).await?;
    let mut read = 0;
    loop {
        read += page.items.len();
        let is_meant = |member: &TeamMembership| {
            person.is(member.person_id.as_deref(), member.person_email.as_deref())
        };
        if let Some(found) = page.items.into_iter().find(is_meant) {
            return Ok(found);
        }
        let Some(next) = page.next else {
            return Err(CallError::new(
                Code::NotFound,
                "This person is not a member of the team.",
                "List the members with webex-get-team-membership and teamId.",
            ));
        };
        if read >= limits::SEARCH_MAX_PEOPLE || Instant::now() >= until {
            return Err(CallError::new(
                Code::NotFound,
                format!(
                    "This person is not among the {read} members of the team that were read, and there are more."
                ),
                "Find the membership with webex-get-team-membership, page by page, and pass teamMembershipId.",
            ));
        }
        let next = next.asking(&query)?;
        page = context.webex.next_page(&api::LIST, &next).await?;
    }
}

/// The name of a member's team, where the token may read it.
pub async fn team_of(
    context: &Context,
    member: &TeamMembership,
) -> Result<Option<String>, CallError> {
    let Some(id) = &member.team_id else {
        return Ok(None);
    };
    let team = context.courtesy(context.webex.teams().get(id)).await?;
    Ok(team.and_then(|team| team.name))
}

/// Whether this person moderates a team; `None` where that is not known, as behind its first members.
pub async fn moderates(
    context: &Context,
    person_id: Option<&str>,
    team_id: Option<&str>,
) -> Option<bool> {
    let person_id = person_id?;
    let query = ListTeamMemberships {
        team_id: team_id?.to_owned(),
        max: Some(limits::LIST_MAX_ENTRIES),
    };
    let listing = context.webex.team_memberships();
    let members = context.best_effort(listing.list(&query)).await?;
    let mut members = members.items.into_iter();
    let member = members.find(|one| one.person_id.as_deref() == Some(person_id));
    member?.is_moderator
}

pub fn lone() -> CallError {
    CallError::invalid(
        "teamMembershipId",
        "it names one membership; leave out team, person and page, or leave it out instead",
    )
}
