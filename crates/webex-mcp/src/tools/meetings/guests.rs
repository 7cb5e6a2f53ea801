//! Whom a new meeting invites: people who are named, and the members of a team or a space.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::WebexError;
use webex::limits::MAX_BULK_INVITEES_COUNT;
use webex::meetings::schedule::PlannedInvitee;
use webex::memberships::ListMemberships;
use webex::people::ListPeople;
use webex::team_memberships::ListTeamMemberships;

use crate::error::{CallError, Code};
use crate::limits::{NAME_LOOKUP_PAGE_ENTRIES, PEOPLE_LOOKUP_IDS, QUOTED_MAX_VALUES};
use crate::tool::{Context, Theirs, counted};

/// The domains in which Webex gives bots their addresses.
const BOT_DOMAINS: [&str; 2] = ["@webex.bot", "@sparkbot.io"];

/// Whether an address is that of a bot; bots do not come to meetings.
pub fn is_bot(email: &str) -> bool {
    let email = email.to_lowercase();
    BOT_DOMAINS.iter().any(|domain| email.ends_with(domain))
}

// A person to invite. What the names say needs no words in a schema that a model reads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guest {
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// The person: id or full name.
    person_id: Option<String>,
    display_name: Option<String>,
    co_host: Option<bool>,
}

impl Guest {
    /// The address, where the person is named by it.
    pub fn address(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

/// How many were invited, and where they come from.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    pub(super) total: usize,
    /// By the arguments.
    pub(super) named: usize,
    /// The first of them.
    #[serde(skip)]
    pub(super) addresses: Vec<String>,
    /// Others, who are members of the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of_team: Option<usize>,
    /// Others, who are members of the space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of_space: Option<usize>,
    /// The team's or the space's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Theirs>,
}

/// Where more people than those who are named come from.
#[derive(Debug)]
pub enum Source {
    Team(String),
    Space(String),
}

impl Source {
    /// # Errors
    /// `invalid_arguments` where both are given.
    pub fn of(team_id: Option<String>, room_id: Option<String>) -> Result<Option<Self>, CallError> {
        match (team_id, room_id) {
            (Some(_), Some(_)) => Err(CallError::invalid(
                "teamId",
                "give it or roomId, not both; name the others in invitees",
            )),
            (team, room) => Ok(team.map(Source::Team).or(room.map(Source::Space))),
        }
    }
}

/// Refuses entries that name nobody or one person in two ways, before anything is read.
///
/// # Errors
/// `invalid_arguments`, naming the entry.
pub fn check(list: &str, guests: &[Guest]) -> Result<(), CallError> {
    let is_wrong = |guest: &Guest| guest.email.is_some() == guest.person_id.is_some();
    match guests.iter().position(is_wrong) {
        Some(at) => Err(CallError::invalid(
            &format!("{list}[{at}]"),
            "each entry names one person; give email or personId",
        )),
        None => Ok(()),
    }
}

/// Says what a token lacks that does not tell a person's address.
pub fn unread_person(error: WebexError) -> CallError {
    let error = CallError::from(error);
    match error.code {
        Code::Forbidden => error.advise(
            "To find a person's address by personId, the scope spark:people_read is needed: give the address as email, or ask the user to sign in with that scope.",
        ),
        _ => error,
    }
}

/// The people who are named, with their addresses, each once.
///
/// # Errors
/// `not_found` for a person without a known address.
pub async fn named(
    context: &Context,
    guests: Vec<Guest>,
) -> Result<Vec<PlannedInvitee>, CallError> {
    let met = |id: &String| context.met(id).and_then(|met| met.email.clone());
    let unknown: Vec<_> = guests
        .iter()
        .filter_map(|guest| guest.person_id.clone())
        .collect();
    let unknown: Vec<_> = unknown.into_iter().filter(|id| met(id).is_none()).collect();
    let mut read = Vec::new();
    for ids in unknown.chunks(PEOPLE_LOOKUP_IDS) {
        let query = ListPeople {
            id: Some(ids.join(",")),
            ..ListPeople::default()
        };
        let people = context.webex.people().list(&query).await;
        read.extend(people.map_err(unread_person)?.items);
    }
    let address = |id: &String| {
        let person = read.iter().find(|person| person.id == *id);
        let emails = person.and_then(|person| person.emails.as_ref());
        met(id).or_else(|| emails.and_then(|emails| emails.first().cloned()))
    };
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(guests.len());
    for guest in guests {
        let email = guest
            .email
            .or_else(|| guest.person_id.as_ref().and_then(address));
        let email = email.ok_or_else(no_address)?;
        if seen.insert(email.trim().to_lowercase()) {
            all.push(PlannedInvitee {
                email: email.trim().to_owned(),
                display_name: guest.display_name,
                co_host: guest.co_host,
                panelist: None,
            });
        }
    }
    Ok(all)
}

/// Everybody to invite: those who are named, and then the members of the source; without the host.
///
/// # Errors
/// `too_large` for more people than one call invites, with their number.
pub async fn planned(
    context: &Context,
    guests: Vec<Guest>,
    source: Option<Source>,
    host_email: Option<&str>,
) -> Result<(Vec<PlannedInvitee>, Invited), CallError> {
    let mut all = named(context, guests).await?;
    let mut invited = Invited {
        named: all.len(),
        addresses: all
            .iter()
            .take(QUOTED_MAX_VALUES)
            .map(|one| one.email.clone())
            .collect(),
        ..Invited::default()
    };
    if let Some(source) = source {
        let (members, host) =
            tokio::try_join!(members(context, &source), host(context, host_email))?;
        let mut seen: HashSet<_> = all.iter().map(|one| one.email.to_lowercase()).collect();
        seen.extend(host.map(|host| host.to_lowercase()));
        let is_new = |email: &String| !is_bot(email) && seen.insert(email.to_lowercase());
        let members: Vec<_> = members.into_iter().filter(is_new).collect();
        let count = members.len();
        if all.len() + count > MAX_BULK_INVITEES_COUNT {
            return Err(too_many(all.len() + count));
        }
        all.extend(members.into_iter().map(|email| PlannedInvitee {
            email,
            ..PlannedInvitee::default()
        }));
        (invited.of_team, invited.of_space) = match source {
            Source::Team(_) => (Some(count), None),
            Source::Space(_) => (None, Some(count)),
        };
        invited.title = title(context, &source).await;
    }
    invited.total = all.len();
    Ok((all, invited))
}

/// The addresses of the members; the first page has as many as a meeting may invite.
async fn members(context: &Context, source: &Source) -> Result<Vec<String>, CallError> {
    let max = Some(NAME_LOOKUP_PAGE_ENTRIES);
    let (emails, has_more): (Vec<_>, bool) = match source {
        Source::Team(id) => {
            let query = ListTeamMemberships {
                team_id: id.clone(),
                max,
            };
            let page = context.webex.team_memberships().list(&query).await?;
            let members = page.items.into_iter();
            (
                members.map(|one| one.person_email).collect(),
                page.next.is_some(),
            )
        }
        Source::Space(id) => {
            let query = ListMemberships {
                room_id: Some(id.clone()),
                max,
                ..ListMemberships::default()
            };
            let page = context.webex.memberships().list(&query).await?;
            let members = page.items.into_iter();
            (
                members.map(|one| one.person_email).collect(),
                page.next.is_some(),
            )
        }
    };
    if has_more {
        return Err(too_many(emails.len()));
    }
    Ok(emails.into_iter().flatten().collect())
}

/// The address of the host: who is named, else the caller, whose own memberships Webex lists.
async fn host(context: &Context, named: Option<&str>) -> Result<Option<String>, CallError> {
    if let Some(named) = named {
        return Ok(Some(named.to_owned()));
    }
    let own = ListMemberships {
        max: Some(1),
        ..ListMemberships::default()
    };
    let own = context.webex.memberships().list(&own).await?;
    Ok(own.items.into_iter().find_map(|one| one.person_email))
}

async fn title(context: &Context, source: &Source) -> Option<Theirs> {
    match source {
        Source::Space(id) => context.space_title(Some(id)).await,
        Source::Team(id) => {
            if let Some(met) = context.met(id) {
                return Some(met.name.clone());
            }
            let team = context.best_effort(context.webex.teams().get(id)).await?;
            team.name.map(Theirs::from)
        }
    }
}

fn too_many(count: usize) -> CallError {
    CallError::new(
        Code::TooLarge,
        format!(
            "This would invite {} or more, and one call invites at most {MAX_BULK_INVITEES_COUNT}.",
            counted(count, "person")
        ),
        "Nothing was scheduled. Name a smaller space or team, or schedule without it and add people with webex-add-meeting-invitees.",
    )
}

fn no_address() -> CallError {
    CallError::new(
        Code::NotFound,
        "Webex tells no e-mail address of one of these people.",
        "Give email in place of personId; nothing was changed.",
    )
}
