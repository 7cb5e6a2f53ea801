//! The demo company: people, spaces, and a few weeks of realistic conversation.

mod company;
mod meetings;
mod script;

use std::collections::HashMap;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::problem::{Problem, Result};
use crate::rows::integration::Integration;
use crate::rows::moment::earlier;
use crate::rows::scopes::Scopes;
use crate::rows::{MessageKey, Person, PersonKey, Profile, RoomKey};
use crate::rules::memberships::join;
use crate::rules::messages::post::{edit, post};
use crate::rules::messages::{NewMessage, Words};
use crate::rules::rooms::{NewRoom, direct, open};
use crate::rules::team_memberships::enter;
use crate::rules::teams::found;
use crate::seed::company::{Company, DIRECT_SCRIPT, FILES, Seeded, Space, TEAM_GENERAL_SPACE};
use crate::seed::script::Line;
use crate::storage::{NewFile, Storage};
use crate::world::{Origin, World};

/// The company is older than its messages.
const FOUNDED_DAYS_AGO: i64 = 200;
const SPACES_OPENED_DAYS_AGO: i64 = 50;

/// Edited messages were edited this long after they were posted.
const EDIT_DELAY_SECS: i64 = 90;

/// A world with the demo company in it, whose history ends shortly before the present.
pub(crate) fn demo_company(origin: Origin, storage: &Storage) -> World {
    let now = origin.started;
    let founded = ago(now, FOUNDED_DAYS_AGO);
    let mut world = World::new(origin, founded);
    if let Err(problem) = fill(&mut world, storage, now) {
        tracing::error!(?problem, "the demo company is incomplete");
    }
    world.begin(now, "");
    world
}

fn fill(world: &mut World, storage: &Storage, now: Timestamp) -> Result<()> {
    let company = Company::read();
    let company = company.map_err(|_| Problem::bad_request("company.json cannot be read."))?;
    let mut seeding = Seeding {
        world,
        storage,
        company: &company,
        people: HashMap::new(),
    };
    seeding.run(now)
}

fn ago(now: Timestamp, days: i64) -> Timestamp {
    earlier(now, SignedDuration::from_hours(days * 24))
}

/// A message that waits for its turn, because all rooms share one order of time.
struct Planned {
    line: Line,
    room: RoomKey,
    thread: usize,
}

struct Seeding<'w> {
    world: &'w mut World,
    storage: &'w Storage,
    company: &'w Company,
    people: HashMap<&'static str, PersonKey>,
}

impl Seeding<'_> {
    fn run(&mut self, now: Timestamp) -> Result<()> {
        self.add_people()?;
        self.world.oauth.register(Integration::demo())?;
        let opened = ago(now, SPACES_OPENED_DAYS_AGO);
        self.world.begin(opened, "");
        let (team_id, general) = self.found_team()?;
        let mut planned = Vec::new();
        for space in &self.company.spaces {
            let room = match space.title {
                TEAM_GENERAL_SPACE => general,
                _ => self.open(space, &team_id)?,
            };
            let lines = readable(space.script(), now).into_iter();
            plan(&mut planned, lines.map(|line| (line, room)));
        }
        let mut direct_lines = Vec::new();
        for line in readable(DIRECT_SCRIPT, now) {
            if let Some((one, other)) = &line.pair {
                let room = direct(self.world, self.named(one)?, self.named(other)?)?;
                direct_lines.push((line, room));
            }
        }
        plan(&mut planned, direct_lines.into_iter());
        self.post_all(planned)?;
        self.schedule_meetings(now)
    }

    fn add_people(&mut self) -> Result<()> {
        let created = self.world.now;
        for seeded in &self.company.people {
            let key = self.world.add_person(|id| Person {
                display_name: seeded.display_name.to_owned(),
                email: seeded.email(),
                token: format!("sandbox-{}", seeded.name),
                role: seeded.role,
                profile: Profile {
                    title: Some(seeded.title.to_owned()),
                    ..Profile::default()
                },
                chosen_status: seeded.chosen_status(),
                ..Person::new(id, created)
            })?;
            self.people.insert(seeded.name, key);
        }
        let reader = self.named(self.company.reader)?;
        let scopes = Scopes::new(self.company.reading.iter().copied());
        let text = format!("sandbox-{}-read", self.company.reader);
        Ok(self.world.tokens.grant(text, reader, scopes, None)?)
    }

    /// Creates the team and its General space, with all members in both.
    fn found_team(&mut self) -> Result<(String, RoomKey)> {
        let mut members = self.company.team_members.iter();
        let creator = self.named(members.next().copied().unwrap_or_default())?;
        let team = found(self.world, creator, self.company.team.to_owned(), None)?;
        for name in members {
            let person = self.named(name)?;
            enter(self.world, creator, team, person, false)?;
        }
        let team = self.world.teams.row(team)?;
        let general = team.general.ok_or_else(Problem::vanished)?;
        Ok((team.id.clone(), general))
    }

    fn named(&self, name: &str) -> Result<PersonKey> {
        self.people.get(name).copied().ok_or_else(Problem::vanished)
    }

    fn open(&mut self, space: &Space, team_id: &str) -> Result<RoomKey> {
        let new = NewRoom {
            title: space.title.to_owned(),
            team_id: space.is_in_team.then(|| team_id.to_owned()),
            is_locked: !space.moderators.is_empty(),
            is_public: space.description.is_some(),
            description: space.description.map(str::to_owned),
            is_announcement_only: space.is_announcement_only,
            classification_id: None,
        };
        let mut members = space.members.iter();
        let creator = members.next().copied().unwrap_or_default();
        let creator = self.named(creator)?;
        let room = open(self.world, creator, new)?;
        for name in members {
            let is_moderator = space.moderators.contains(name);
            join(self.world, creator, room, self.named(name)?, is_moderator)?;
        }
        Ok(room)
    }

    fn post_all(&mut self, mut planned: Vec<Planned>) -> Result<()> {
        planned.sort_by_key(|planned| planned.line.at);
        let people = &self.company.people;
        let mut roots: HashMap<usize, MessageKey> = HashMap::new();
        for Planned { line, room, thread } in planned {
            self.world.begin(line.at, "");
            let author = self.named(&line.author)?;
            let root = roots.get(&thread).filter(|_| line.is_reply);
            let parent = root.and_then(|key| self.world.messages.get(*key));
            let file = line.file.as_deref().and_then(|name| self.file(name));
            let new = NewMessage {
                room_id: Some(self.world.rooms.row(room)?.id.clone()),
                parent_id: parent.map(|parent| parent.id.clone()),
                words: words(people, line.before.as_ref().unwrap_or(&line.text)),
                uploads: file.into_iter().collect(),
                ..NewMessage::default()
            };
            let key = post(self.world, self.storage, author, new)?;
            if !line.is_reply {
                roots.insert(thread, key);
            }
            if line.before.is_some() {
                let edited = line.at + SignedDuration::from_secs(EDIT_DELAY_SECS);
                self.world.begin(edited, "");
                edit(self.world, author, key, words(people, &line.text))?;
            }
        }
        Ok(())
    }

    fn file(&self, name: &str) -> Option<NewFile> {
        let (name, content_type, bytes) = FILES.iter().find(|(known, ..)| *known == name)?;
        Some(NewFile {
            name: (*name).to_owned(),
            content_type: (*content_type).to_owned(),
            stored: self.storage.keep(Bytes::from_static(bytes)).ok()?,
        })
    }
}

fn readable(script: &str, now: Timestamp) -> Vec<Line> {
    script::read(script, now).into_iter().flatten().collect()
}

/// Adds the lines of rooms; each line without `> ` starts its own thread.
fn plan(planned: &mut Vec<Planned>, lines: impl Iterator<Item = (Line, RoomKey)>) {
    let mut thread = planned.len();
    for (line, room) in lines {
        if !line.is_reply {
            thread = planned.len();
        }
        planned.push(Planned { line, room, thread });
    }
}

/// Plain text stays text; a mention or a Markdown mark makes it Markdown.
fn words(people: &[Seeded], text: &str) -> Words {
    let mut markdown = text.replace("@all", "<@all>");
    for person in people {
        let short = format!("@{}", person.name);
        let name = person.display_name.split(' ').next().unwrap_or_default();
        let mention = format!("<@personEmail:{}|{name}>", person.email());
        markdown = replace_word(&markdown, &short, &mention);
    }
    let is_markdown = markdown != text || markdown.contains(['*', '`']);
    Words {
        text: (!is_markdown).then(|| text.to_owned()),
        markdown: is_markdown.then_some(markdown),
        html: None,
    }
}

/// Replaces a word that is not followed by a letter, so that `@carol` is not found in `@caroline`.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        replaced.push_str(before);
        let goes_on = after.starts_with(|next: char| next.is_alphanumeric());
        replaced.push_str(if goes_on { word } else { by });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_script_is_read_and_every_file_exists() {
        let now = "2026-01-05T00:00:30Z".parse().unwrap();
        let company = Company::read().unwrap();
        let scripts = company.spaces.iter().map(Space::script);
        let scripts = scripts.chain([DIRECT_SCRIPT]);
        for line in scripts.flat_map(|script| script::read(script, now)) {
            let line = line.expect("a line that cannot be read");
            assert!(line.at < now, "{line:?} lies in the future");
            let file = line.file.as_deref();
            let is_file = file.is_none_or(|file| FILES.iter().any(|(name, ..)| *name == file));
            let is_author = company.people.iter().any(|it| it.name == line.author);
            assert!(is_file && is_author, "{line:?}");
        }
    }

    #[test]
    fn the_company_is_complete_and_lively() {
        let origin = Origin {
            seed: 1,
            started: "2026-01-05T09:00:00Z".parse().unwrap(),
            population: None,
        };
        let world = demo_company(origin, &Storage::default());
        assert_eq!(world.rooms.len(), Company::read().unwrap().spaces.len() + 7);
        assert!(world.messages.len() >= 400, "{}", world.messages.len());
        let messages = || world.messages.iter().map(|(_, message)| message);
        let replies = messages().filter(|message| message.parent.is_some());
        assert!(replies.count() > 100);
        let mentions = messages().filter(|message| !message.mentioned.is_empty());
        assert!(mentions.count() > 20);

        assert_eq!(messages().filter(|message| message.edits > 0).count(), 1);
        let used = messages().flat_map(|message| &message.files).count();
        assert!(used >= FILES.len() - 1, "{used}");
        let newest = messages().next_back().unwrap();
        assert!(newest.created < world.now);
    }

    #[test]
    fn a_short_name_does_not_hide_in_a_longer_one() {
        let words = words(&Company::read().unwrap().people, "@caroline and @carol");
        assert_eq!(
            words.markdown.unwrap(),
            "<@personEmail:caroline@example.com|Caroline> and <@personEmail:carol@example.com|Carol>"
        );
    }
}
