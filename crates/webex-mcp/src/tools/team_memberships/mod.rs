//! Who belongs to which team. What it looks like in answers, and how one membership is named.

mod add;
mod get;
mod named;
mod remove;
mod render;
mod update;

use schemars::JsonSchema;
use serde::Serialize;
use webex::team_memberships as api;

use crate::error::CallError;
use crate::tool::member::{Member, Team};
use crate::tool::{Context, Entry, Question, Row, ShortId, Theirs, lengths};

pub const TOOLS: &[Entry] = &[
    Entry::of::<add::AddTeamMembership>(),
    Entry::of::<get::GetTeamMembership>(),
    Entry::of::<update::UpdateTeamMembership>(),
    Entry::of::<remove::RemoveTeamMembership>(),
];

/// A membership as an answer tells it; what is absent is unknown or false.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// Short id.
    id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_email: Option<String>,
    /// The person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_moderator: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

impl Membership {
    /// The facts of Webex's membership; `known_team` is left out, it was in the question.
    fn of(membership: api::TeamMembership, known_team: Option<&str>) -> Self {
        Membership {
            id: membership.id.into(),
            team_id: ShortId::other_than(membership.team_id, known_team),
            person_id: membership.person_id.map(ShortId::from),
            person_email: membership.person_email,
            name: membership.person_display_name.map(Theirs::from),
            is_moderator: membership.is_moderator.filter(|is| *is),
            created: membership.created.map(|time| time.to_string()),
        }
    }
}

impl Row for Membership {
    fn bytes(&self) -> usize {
        let plain = [
            self.team_id.as_deref(),
            self.person_id.as_deref(),
            self.person_email.as_deref(),
            self.created.as_deref(),
        ];
        self.id.len() + lengths(plain) + self.name.as_ref().map_or(0, Theirs::shown_bytes)
    }
}

/// What is asked before somebody is taken out of a team, or the caller leaves it.
async fn removal(context: &Context, member: api::TeamMembership) -> Result<Question, CallError> {
    let team = named::team_of(context, &member).await?;
    let me = context.me().await.map(|me| me.id);
    if me.is_some() && me == member.person_id {
        let question = Question::new("Leave ").named("the team", team);
        return Ok(question.and(" and its General space?"));
    }
    let (name, address) = (member.person_display_name, member.person_email);
    let question = Question::new("Remove ").person(name, address.as_deref());
    let question = question.named(" from the team", team);
    let question = question.and(" and from its General space?");
    match named::moderates(context, me.as_deref(), member.team_id.as_deref()).await {
        Some(false) => context.without_role(question, "the moderators of the team"),
        _ => Ok(question),
    }
}

/// The person of a membership.
fn member(membership: api::TeamMembership, team: Option<Theirs>) -> Member<Team> {
    Member {
        name: membership.person_display_name.map(Theirs::from),
        person_email: membership.person_email,
        of: Team { team },
    }
}
