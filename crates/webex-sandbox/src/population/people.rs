//! Generated people: names, addresses and tokens, each of which identifies the person; and the spaces
//! in which they are, with all their messages.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::population::{Choice, FOUNDED_DAYS, Generator, Population, TOKEN_PREFIX};
use crate::rows::moment::earlier;
use crate::rows::{Membership, MessageKey, Person, PersonKey, Profile, Room, RoomKind};
use crate::table::Key;

/// Everyone was active within the last two weeks.
const LAST_SEEN_MINUTES: u32 = 14 * 24 * 60;

const EMAIL_HOST: &str = "example.com";

/// The spaces are older than all messages.
const SPACES_OPENED_DAYS: i64 = 130;

impl Generator {
    pub(crate) fn first_name(&self, person: u32) -> &'static str {
        let name = self.pick(&self.words.first_names, Choice::FirstName, person);
        name.unwrap_or_default()
    }

    pub(crate) fn last_name(&self, person: u32) -> &'static str {
        let name = self.pick(&self.words.last_names, Choice::LastName, person);
        name.unwrap_or_default()
    }

    /// Whether the display name begins with a prefix in lower case.
    pub(crate) fn is_named(&self, person: u32, prefix: &str) -> bool {
        let (first, last) = (self.first_name(person), self.last_name(person));
        let name = first.bytes().chain([b' ']).chain(last.bytes());
        let mut name = name.map(|byte| byte.to_ascii_lowercase());
        prefix.bytes().all(|byte| name.next() == Some(byte))
    }

    pub(super) fn email(&self, person: u32) -> String {
        let (first, last) = (self.first_name(person), self.last_name(person));
        let mut email = format!("{first}.{last}.{person:06}@{EMAIL_HOST}");
        email.make_ascii_lowercase();
        email
    }

    /// The person to whom this address was given at creation.
    pub(crate) fn person_with_email(&self, email: &str) -> Option<u32> {
        let (name, _) = email.split_once('@')?;
        let person = name.rsplit_once('.')?.1.parse().ok()?;
        let is_theirs = || self.email(person).eq_ignore_ascii_case(email);
        (person < self.population.people() && is_theirs()).then_some(person)
    }

    pub(crate) fn person_with_token(&self, token: &str) -> Option<u32> {
        let person = token.strip_prefix(TOKEN_PREFIX)?.parse().ok()?;
        let is_theirs = person < self.population.people() && Population::token(person) == token;
        is_theirs.then_some(person)
    }

    pub(crate) fn person(&self, person: u32) -> Person {
        let (first, last) = (self.first_name(person), self.last_name(person));
        let created = self.before(FOUNDED_DAYS);
        let unseen_minutes = self.below(LAST_SEEN_MINUTES, Choice::LastSeen, person);
        let unseen = SignedDuration::from_mins(unseen_minutes.into());
        let seats = self.plan.seats_of(person);
        let job = self.pick(&self.words.jobs, Choice::Job, person);
        Person {
            display_name: format!("{first} {last}"),
            email: self.email(person),
            token: Population::token(person),
            profile: Profile {
                title: job.map(str::to_owned),
                ..Profile::default()
            },
            last_activity: earlier(self.until, unseen),
            rooms: seats.map(|seat| Key::from_ordinal(seat.space)).collect(),
            ..Person::new(self.ids.id::<Person>(person), created)
        }
    }

    pub(crate) fn membership(&self, membership: u32) -> Membership {
        let seat = self.plan.seat(membership);
        Membership {
            id: self.ids.id::<Membership>(membership),
            room: Key::from_ordinal(seat.space),
            person: Key::from_ordinal(seat.person),
            is_moderator: false,
            is_room_hidden: false,
            created: self.before(SPACES_OPENED_DAYS),
        }
    }

    fn title(&self, space: u32) -> String {
        let words = &self.words;
        let pick = |list, choice| self.pick(list, choice, space).unwrap_or_default();
        let title = |list| pick(list, Choice::SpaceTitle);
        let topic = pick(&words.topics, Choice::SpaceTopic);
        let number = space + 1;
        match self.plan.kind_of(space) {
            0 => format!("Everybody in {} {number}", title(&words.towns)),
            1 => format!("{} {number}", title(&words.departments)),
            2 => format!("Project {} {number}", title(&words.projects)),
            _ => format!("{} {topic} {number}", title(&words.towns)),
        }
    }

    pub(crate) fn space(&self, space: u32) -> Room {
        let opened = self.before(SPACES_OPENED_DAYS);
        let seats = self.plan.memberships_in(space).map(|at| self.plan.seat(at));
        let members = seats.map(|seat| {
            let membership = Key::from_ordinal(seat.membership);
            (Key::from_ordinal(seat.person), membership)
        });
        let creator = self.plan.seat(self.plan.memberships_in(space).start).person;
        let positions = 0..self.plan.messages_in(space);
        let messages: Vec<MessageKey> = positions
            .map(|position| Key::from_ordinal(self.plan.message_at(space, position)))
            .collect();
        let mut mentions: HashMap<PersonKey, Vec<MessageKey>> = HashMap::new();
        for message in &messages {
            if let Some(person) = self.mentioned(message.ordinal()) {
                let of_person = mentions.entry(Key::from_ordinal(person)).or_default();
                of_person.push(*message);
            }
        }
        let last = messages.last().map(|last| self.moment(last.ordinal()));
        let id = self.ids.id::<Room>(space);
        Room {
            title: self.title(space),
            last_activity: last.unwrap_or(opened),
            members: members.collect(),
            messages,
            mentions,
            ..Room::new(id, RoomKind::Group, Key::from_ordinal(creator), opened)
        }
    }
}
