//! Where a broadcast goes: the spaces and people that were named, and those of a team.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use webex::Page;
use webex::memberships::ListMemberships;
use webex::messages::{self, CreateMessage};
use webex::rooms::{self, ListRooms, Room, RoomType};

use crate::error::{CallError, Code};
use crate::limits::{BROADCAST_MAX_DESTINATIONS, NAME_LOOKUP_MAX_PAGES, NAME_LOOKUP_PAGE_ENTRIES};
use crate::tool::{Context, Item, email_address};

/// What the caller named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub room_ids: Vec<String>,
    pub emails: Vec<String>,
    pub team_id: Option<String>,
}

/// One place that a message goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    pub place: Place,
    /// Of a space, where it is known.
    pub title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    Space(String),
    Person(String),
}

impl Place {
    /// The id or address, which names the item in the notes of the work.
    pub fn key(&self) -> &str {
        match self {
            Place::Space(id) => id,
            Place::Person(email) => email,
        }
    }

    /// A message to there, without words yet.
    pub fn message(&self) -> CreateMessage {
        CreateMessage::to(match self {
            Place::Space(id) => messages::Destination::Room(id.clone()),
            Place::Person(email) => messages::Destination::Email(email.clone()),
        })
    }
}

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Noted")]
pub struct Posted {
    pub id: String,
    pub mentions: Vec<String>,
    pub mentions_nobody: Vec<String>,
}

/// The same in the notes of a work, which an earlier version may have begun.
#[derive(Deserialize)]
#[serde(untagged)]
enum Noted {
    Whole {
        id: String,
        mentions: Vec<String>,
        mentions_nobody: Vec<String>,
    },
    Id(String),
}

impl From<Noted> for Posted {
    fn from(noted: Noted) -> Self {
        let (id, mentions, mentions_nobody) = match noted {
            Noted::Whole {
                id,
                mentions,
                mentions_nobody,
            } => (id, mentions, mentions_nobody),
            Noted::Id(id) => (id, Vec::new(), Vec::new()),
        };
        Posted {
            id,
            mentions,
            mentions_nobody,
        }
    }
}

impl Item for Destination {
    type Made = Posted;

    fn name(&self) -> &str {
        self.title.as_deref().unwrap_or_else(|| self.place.key())
    }
}

impl Named {
    /// # Errors
    /// `invalid_arguments` where nothing is named, or what is no address.
    pub fn check(&self) -> Result<(), CallError> {
        if self.room_ids.is_empty() && self.emails.is_empty() && self.team_id.is_none() {
            let missing =
                "a destination is missing; give one or more of roomIds, toPersonEmails, teamId";
            return Err(CallError::invalid("roomIds", missing));
        }
        match self
            .emails
            .iter()
            .position(|email| email_address(email).is_none())
        {
            Some(index) => Err(CallError::invalid(
                &format!("toPersonEmails[{index}]"),
                "it has to be an e-mail address",
            )),
            None => Ok(()),
        }
    }

    /// The addresses of the people whose direct spaces with the caller are named by id.
    ///
    /// # Errors
    /// Whatever Webex refuses.
    async fn others_in_direct_spaces(
        &self,
        context: &Context,
        known: &HashMap<String, Room>,
    ) -> Result<Vec<String>, CallError> {
        let is_group = |id: &&String| {
            let room = known.get(*id);
            room.is_some_and(|room| room.room_type == Some(RoomType::Group))
        };
        let mut others = Vec::new();
        for id in self.room_ids.iter().filter(|id| !is_group(id)) {
            let query = ListMemberships {
                room_id: Some(id.clone()),
                ..ListMemberships::default()
            };
            let read = context.webex.memberships().list(&query).await;
            let members = match read.map_err(CallError::from) {
                // What cannot be read is told of when it is written to.
                Err(error) if matches!(error.code, Code::Forbidden | Code::NotFound) => continue,
                read => read?.items.into_iter(),
            };
            let direct = members.filter(|one| one.room_type == Some(RoomType::Direct));
            others.extend(direct.filter_map(|one| Some((one.person_id?, one.person_email?))));
        }
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let me = context.courtesy(context.webex.people().me()).await?;
        let me = me.map(|me| me.id);
        let others = others.into_iter().filter(|(id, _)| Some(id) != me.as_ref());
        Ok(others.map(|(_, email)| email.to_lowercase()).collect())
    }

    /// Each place and person once, in the order in which they were named, the spaces of the team at
    /// the end.
    ///
    /// # Errors
    /// `invalid_arguments` for more than [`BROADCAST_MAX_DESTINATIONS`]; else whatever Webex refuses.
    pub async fn destinations(&self, context: &Context) -> Result<Vec<Destination>, CallError> {
        let mut titles = HashMap::new();
        let spaces = self.room_ids.iter().cloned().map(Place::Space);
        let people = self.emails.iter().filter_map(|email| email_address(email));
        let mut places: Vec<_> = spaces.chain(people.map(Place::Person)).collect();
        if self.team_id.is_some() {
            for room in spaces_of(context, self.team_id.as_deref()).await? {
                places.push(Place::Space(room.id.clone()));
                titles.insert(room.id.clone(), room);
            }
        }
        // Whose direct space is named is known by its members alone.
        let has_both = !self.room_ids.is_empty() && !self.emails.is_empty();
        let is_untitled = |id: &String| !titles.contains_key(id) && context.met(id).is_none();
        if has_both || self.room_ids.iter().any(is_untitled) {
            let rooms = spaces_of(context, None).await?;
            titles.extend(rooms.into_iter().map(|room| (room.id.clone(), room)));
        }
        let mut seen = HashSet::new();
        if has_both {
            let others = self.others_in_direct_spaces(context, &titles).await?;
            seen.extend(others.into_iter().map(Place::Person));
        }
        places.retain(|place| seen.insert(place.clone()));
        if places.len() > BROADCAST_MAX_DESTINATIONS {
            return Err(CallError::invalid(
                "roomIds",
                "there are more than 500 destinations; send it in several calls",
            ));
        }
        let title = |place: &Place| match place {
            Place::Person(_) => None,
            Place::Space(id) => match (titles.get(id).and_then(Room::title), context.met(id)) {
                (Some(title), _) => Some(title.to_owned()),
                (None, met) => met.map(|met| met.name.as_str().to_owned()),
            },
        };
        let destinations = places.into_iter().map(|place| Destination {
            title: title(&place),
            place,
        });
        Ok(destinations.collect())
    }
}

/// The spaces that the caller is in, of a team or all, by last activity; as many as a lookup of
/// names reads.
async fn spaces_of(context: &Context, team_id: Option<&str>) -> Result<Vec<Room>, CallError> {
    let query = ListRooms {
        team_id: team_id.map(str::to_owned),
        max: Some(NAME_LOOKUP_PAGE_ENTRIES),
        ..ListRooms::default()
    };
    let mut page: Page<Room> = context.webex.rooms().list(&query).await?;
    let mut found = std::mem::take(&mut page.items);
    for _ in 1..NAME_LOOKUP_MAX_PAGES {
        let Some(next) = &page.next else { break };
        page = context.webex.next_page(&rooms::LIST, next).await?;
        found.append(&mut page.items);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tool::Became;

    #[test]
    fn notes_of_every_version_are_read() {
        let now = Posted {
            id: "1".to_owned(),
            mentions: vec!["@all".to_owned()],
            mentions_nobody: vec!["@Bob".to_owned()],
        };
        let before = Posted {
            mentions: Vec::new(),
            mentions_nobody: Vec::new(),
            ..now.clone()
        };
        let written = serde_json::to_value(Became::Done(now.clone())).unwrap();
        for (noted, posted) in [(written, now), (json!({"done": "1"}), before)] {
            let read = serde_json::from_value(noted.clone()).ok();
            assert_eq!(read, Some(Became::Done(posted)), "{noted}");
        }
        let other: Result<Posted, _> = serde_json::from_value(Value::from(1));
        assert!(other.is_err());
    }
}
