//! The tables of a world in the order of a file: each after the tables to which its rows refer. And
//! how a row of a file becomes part of its world again: what it needs, and which lists contain it.

use std::io::Write;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::rows::meetings::{Instance, Invitee, Participant, Recording, Series, Transcript};
use crate::rows::oauth::{Application, Authorization};
use crate::rows::preparations::{Callout, Registrant, SurveyResult};
use crate::rows::{
    AttachmentAction, Event, File, Membership, Message, Person, Room, Team, TeamMembership, Webhook,
};
use crate::storage::{Storage, Stored};
use crate::table::{Key, Row, Table};
use crate::world::World;
use crate::world::file::error::{DAMAGED, Fault, MISPLACED, TOO_LARGE};
use crate::world::file::write::Writer;
use crate::world::file::{Line, WorldFileError};

/// A row that a file can have.
pub(super) trait Linked: Row + Serialize + DeserializeOwned {
    /// Adds a row of a table to the lists and indices that contain it; `None` if something is
    /// missing that it depends on.
    fn link(_: &mut World, _: Key<Self>) -> Option<()> {
        Some(())
    }

    /// Removes a generated row, which was removed from the world, from the lists that contain it.
    fn unlink(_: &mut World, _: Key<Self>, _: &Self) {}

    /// Takes over the fields that a file does not have from the generated row.
    fn inherit(&mut self, _original: Self) {}

    /// The bytes that belong to the row.
    fn stored(&self) -> Option<&Stored> {
        None
    }

    fn stored_mut(&mut self) -> Option<&mut Stored> {
        None
    }
}

impl Linked for Person {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        let email = world.people.get(key)?.email.to_lowercase();
        world.by_email.insert(email, key).is_none().then_some(())
    }

    fn inherit(&mut self, original: Self) {
        self.rooms = original.rooms;
    }
}

impl Linked for Room {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        match world.rooms.get(key)?.team {
            Some(team) => world.teams.get(team).map(drop),
            None => Some(()),
        }
    }

    fn inherit(&mut self, original: Self) {
        self.members = original.members;
        self.messages = original.messages;
        self.mentions = original.mentions;
    }
}

impl Linked for Membership {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        let membership = world.memberships.get(key)?;
        let members = &world.rooms.get(membership.room)?.members;
        match members.get(&membership.person) {
            // A generated membership that was changed.
            Some(known) => (*known == key).then_some(()),
            None => world.link_membership(key),
        }
    }

    fn unlink(world: &mut World, key: Key<Self>, original: &Self) {
        world.unlink_membership(key, original);
    }
}

impl Linked for TeamMembership {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        let membership = world.team_memberships.get(key)?;
        world.people.get(membership.person)?;
        let team = world.teams.get_mut(membership.team)?;
        let before = team.members.insert(membership.person, key);
        before.is_none().then_some(())
    }
}

impl Linked for File {
    fn stored(&self) -> Option<&Stored> {
        Some(&self.stored)
    }

    fn stored_mut(&mut self) -> Option<&mut Stored> {
        Some(&mut self.stored)
    }
}

impl Linked for Message {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        let mut files = world.messages.get(key)?.files.iter();
        if !files.all(|file| world.files.get(*file).is_some()) {
            return None;
        }
        let original = world.messages.original(key);
        let mentioned_before = original.map(|original| original.mentioned);
        world.link_message(key, &mentioned_before.unwrap_or_default())
    }

    fn unlink(world: &mut World, key: Key<Self>, original: &Self) {
        world.unlink_message(key, original);
    }

    fn inherit(&mut self, original: Self) {
        self.replies = original.replies;
    }
}

impl Linked for AttachmentAction {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        let message = world.actions.get(key)?.message;
        world.messages.get_mut(message)?.actions.push(key);
        Some(())
    }
}

impl Linked for Webhook {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        world.link_webhook(key)
    }
}

/// Rows of meetings that are found through another row, or listed in it.
macro_rules! parts {
    ($($part:ty: $table:ident of $whole:ident in $owners:ident $(listed as $list:ident)?;)+) => {
        $(impl Linked for $part {
            fn link(world: &mut World, key: Key<Self>) -> Option<()> {
                let meetings = &mut world.meetings;
                let whole = meetings.$table.get(key)?.$whole;
                meetings.$owners.get_mut(whole)?$(.$list.push(key))?;
                Some(())
            }
        })+
    };
}

parts! {
    Instance: instances of series in series listed as instances;
    Invitee: invitees of series in series listed as invitees;
    Participant: participants of instance in instances listed as participants;
    Recording: recordings of instance in instances;
    Transcript: transcripts of instance in instances;
    Registrant: registrants of series in series;
    SurveyResult: survey_results of instance in instances;
    Callout: callouts of instance in instances;
}

impl Linked for Team {}
impl Linked for Event {}
impl Linked for Series {}

impl Linked for Application {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        world.oauth.check_application(key)
    }
}

impl Linked for Authorization {
    fn link(world: &mut World, key: Key<Self>) -> Option<()> {
        world.oauth.index_authorization(key)
    }
}

/// One line for each table: its name in files, and its field in the world.
macro_rules! tables {
    ($($name:literal => $($place:ident).+;)+) => {
        pub(super) fn write_all(
            world: &World,
            out: &mut Writer<impl Write>,
        ) -> Result<(), WorldFileError> {
            $(out.table($name, &world.$($place).+)?;)+
            Ok(())
        }

        /// Whether every table has room for the rows of one change, so that no change fails
        /// halfway.
        pub(crate) fn has_space(world: &World) -> bool {
            $(world.$($place).+.has_space() &&)+ true
        }

        /// Whether generated rows fill more memory than they should between two requests.
        pub(crate) fn holds_too_many(world: &World) -> bool {
            $(world.$($place).+.holds_too_many() ||)+ false
        }

        /// Drops the generated rows that are held, if they are too many.
        pub(crate) fn let_go(world: &mut World) {
            $(world.$($place).+.let_go();)+
        }

        /// Reads a line of a table; `None` if there is no such table.
        pub(super) fn take(world: &mut World, storage: &Storage, line: &Line) -> Option<Result<(), Fault>> {
            match line.table.as_ref() {
                $($name => Some(take_line(world, storage, |world| &mut world.$($place).+, line)),)+
                _ => None,
            }
        }
    };
}

tables! {
    "people" => people;
    "teams" => teams;
    "rooms" => rooms;
    "memberships" => memberships;
    "teamMemberships" => team_memberships;
    "files" => files;
    "messages" => messages;
    "attachmentActions" => actions;
    "webhooks" => webhooks;
    "events" => events;
    "meetings" => meetings.series;
    "meetingInstances" => meetings.instances;
    "meetingInvitees" => meetings.invitees;
    "meetingParticipants" => meetings.participants;
    "recordings" => meetings.recordings;
    "transcripts" => meetings.transcripts;
    "registrants" => meetings.registrants;
    "surveyResults" => meetings.survey_results;
    "callouts" => meetings.callouts;
    "applications" => oauth.applications;
    "authorizations" => oauth.authorizations;
}

fn take_line<R: Linked>(
    world: &mut World,
    storage: &Storage,
    table: fn(&mut World) -> &mut Table<R>,
    line: &Line,
) -> Result<(), Fault> {
    if let Some(next) = line.next {
        return table(world).restore_next(next).ok_or(MISPLACED);
    }
    if let Some(removed) = &line.removed {
        for key in removed.iter().map(|ordinal| Key::from_ordinal(*ordinal)) {
            // Only a generated row that is not stored leaves a gap.
            let is_kept = table(world).kept(key).is_some();
            let original = table(world).original(key).filter(|_| !is_kept);
            R::unlink(world, key, &original.ok_or(MISPLACED)?);
            table(world).remove(key);
        }
        return Ok(());
    }
    let ordinal = line.key.ok_or(DAMAGED)?;
    let key = Key::from_ordinal(ordinal);
    if let Some(piece) = &line.bytes {
        let row = table(world).get_mut(key).ok_or(MISPLACED)?;
        let stored = row.stored_mut().ok_or(MISPLACED)?;
        let piece = BASE64_STANDARD
            .decode(piece.as_ref())
            .map_err(|_| DAMAGED)?;
        return storage.append(stored, &piece).map_err(|_| TOO_LARGE);
    }
    let row = line.row.ok_or(DAMAGED)?;
    let mut row: R = serde_json::from_str(row.get()).map_err(|_| DAMAGED)?;
    if let Some(generated) = table(world).take_generated(key) {
        row.inherit(generated);
    }
    table(world).restore(ordinal, row).ok_or(MISPLACED)?;
    R::link(world, key).ok_or(MISPLACED)
}
