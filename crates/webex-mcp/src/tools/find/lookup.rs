//! Reads the lists in which a name may stand, all at once.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use webex::meetings::ListMeetings;
use webex::people::ListPeople;
use webex::rooms::{self, ListRooms, RoomOrder, RoomType};
use webex::teams::ListTeams;

use super::names::Arguments;
use super::{Kind, Match, Matches, Unseen};
use crate::error::CallError;
use crate::limits;
use crate::text;
use crate::tool::{Context, Theirs};

const DEFAULT_MATCHES: u32 = 5;

/// What a list has of the name, and whether all of it was read.
struct Seen {
    matches: Vec<Match>,
    is_whole: bool,
}

/// Looks a name up in every list that is wanted. A list that cannot be read is told, and hides no
/// other.
///
/// # Errors
/// Webex's error if no list could be read.
pub(super) async fn lookup(
    context: &Context,
    arguments: &Arguments,
    words: &[String],
) -> Result<Matches, CallError> {
    let wants = |kind| arguments.kinds.is_empty() || arguments.kinds.contains(&kind);
    let (spaces, people, teams, meetings) = futures::join!(
        wanted(wants(Kind::Space), spaces(context, words)),
        wanted(wants(Kind::Person), people(context, words)),
        wanted(wants(Kind::Team), teams(context, words)),
        wanted(wants(Kind::Meeting), meetings(context, words)),
    );
    let looked = [
        (Kind::Space, spaces),
        (Kind::Person, people),
        (Kind::Team, teams),
        (Kind::Meeting, meetings),
    ];
    let max = arguments.max.unwrap_or(DEFAULT_MATCHES) as usize;
    let mut found = Matches {
        matches: Vec::new(),
        unseen: Vec::new(),
    };
    let (mut was_read, mut failure) = (false, None);
    for (kind, seen) in looked
        .into_iter()
        .filter_map(|(kind, seen)| Some((kind, seen?)))
    {
        let reason = match seen {
            Ok(mut seen) => {
                was_read = true;
                let is_cut = seen.matches.len() > max;
                seen.matches.truncate(max);
                found.matches.append(&mut seen.matches);
                match (is_cut, seen.is_whole) {
                    (true, _) => "more match: give more of the name, or a larger max".to_owned(),
                    (false, false) => "the list is longer than what was read".to_owned(),
                    (false, true) => continue,
                }
            }
            Err(error) => {
                let reason = error.message.to_string();
                failure = failure.or(Some(error));
                reason
            }
        };
        found.unseen.push(Unseen { kind, why: reason });
    }
    match failure {
        Some(error) if !was_read => Err(error),
        _ => Ok(found),
    }
}

async fn wanted<T>(is_wanted: bool, look: impl Future<Output = T>) -> Option<T> {
    match is_wanted {
        true => Some(look.await),
        false => None,
    }
}

/// Whether a name has all the words.
fn fits(name: Option<&str>, words: &[String]) -> bool {
    let name = name.map(text::fold).unwrap_or_default();
    words.iter().all(|word| name.contains(word.as_str()))
}

fn matched(kind: Kind, id: String, name: String) -> Match {
    Match {
        kind,
        id: id.into(),
        name: Theirs::from(name),
        email: None,
        start: None,
        last_activity: None,
        is_direct: false,
    }
}

async fn spaces(context: &Context, words: &[String]) -> Result<Seen, CallError> {
    let query = ListRooms {
        sort_by: Some(RoomOrder::LastActivity),
        max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
        ..ListRooms::default()
    };
    let mut matches = Vec::new();
    let mut page = context.webex.rooms().list(&query).await?;
    for read in 1.. {
        let fitting = page
            .items
            .into_iter()
            .filter(|room| fits(room.title(), words));
        matches.extend(fitting.filter_map(|room| {
            let name = room.title()?.to_owned();
            Some(Match {
                last_activity: room.last_activity.map(|time| time.to_string()),
                is_direct: room.room_type == Some(RoomType::Direct),
                ..matched(Kind::Space, room.id, name)
            })
        }));
        match page.next {
            Some(next) if read < limits::NAME_LOOKUP_MAX_PAGES => {
                page = context.webex.next_page(&rooms::LIST, &next).await?;
            }
            rest => {
                return Ok(Seen {
                    matches,
                    is_whole: rest.is_none(),
                });
            }
        }
    }
    Err(CallError::internal("the pages of spaces have no end"))
}

/// Webex itself finds people by the beginning of their name, or by their whole address.
async fn people(context: &Context, words: &[String]) -> Result<Seen, CallError> {
    let address = words.iter().find(|word| word.contains('@')).cloned();
    let asked = ListPeople {
        display_name: address.is_none().then(|| words.join(" ")),
        email: address,
        exclude_status: Some(true),
        ..ListPeople::default()
    };
    let page = context.webex.people().list(&asked).await?;
    let matches = page.items.into_iter().filter_map(|person| {
        let email = person.emails.and_then(|emails| emails.into_iter().next());
        let name = person.display_name.or_else(|| email.clone())?;
        Some(Match {
            email,
            ..matched(Kind::Person, person.id, name)
        })
    });
    Ok(Seen {
        matches: matches.collect(),
        is_whole: page.next.is_none(),
    })
}

async fn teams(context: &Context, words: &[String]) -> Result<Seen, CallError> {
    let query = ListTeams {
        max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
    };
    let page = context.webex.teams().list(&query).await?;
    let fitting = page
        .items
        .into_iter()
        .filter(|team| fits(team.name.as_deref(), words));
    let matches = fitting.filter_map(|team| Some(matched(Kind::Team, team.id, team.name?)));
    Ok(Seen {
        matches: matches.collect(),
        is_whole: page.next.is_none(),
    })
}

async fn meetings(context: &Context, words: &[String]) -> Result<Seen, CallError> {
    let now = Timestamp::now();
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let query = ListMeetings {
        from: now
            .checked_sub(days(limits::MEETING_LOOKUP_DAYS_BEFORE))
            .ok(),
        to: now
            .checked_add(days(limits::MEETING_LOOKUP_DAYS_AHEAD))
            .ok(),
        max: Some(limits::MEETING_LOOKUP_PAGE_ENTRIES),
        ..ListMeetings::default()
    };
    let page = context.webex.meetings().list(&query).await?;
    let fitting = page
        .items
        .into_iter()
        .filter(|one| fits(one.title.as_deref(), words));
    let matches = fitting.filter_map(|meeting| {
        Some(Match {
            start: meeting.start.map(|start| start.to_string()),
            ..matched(Kind::Meeting, meeting.id, meeting.title?)
        })
    });
    Ok(Seen {
        matches: matches.collect(),
        is_whole: page.next.is_none(),
    })
}
