//! Turns references in the arguments (names, addresses, links) into ids, with bounded reading, and
//! with no more guessing than the effect allows.

mod completion;
mod filter;
mod fit;
mod forms;
mod identifiers;
mod meetings;
mod names;
mod people;
mod slots;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use webex::meetings::series;
use webex::{invitees, memberships, people as people_api, rooms, teams};

pub(super) use self::completion::Completed;
pub use self::completion::Lists;
use self::names::Found;
pub use self::names::Names;
pub(super) use self::slots::thing_of;
use crate::error::{CallError, Candidate, Code};
use crate::gate::Declared;
use crate::identity::Caller;
use crate::tool::{Effect, Met};

/// The Webex operations that resolving a reference may use.
pub(super) const OPERATIONS: Declared = Declared {
    operations: &[
        &rooms::LIST,
        &rooms::GET,
        &teams::LIST,
        &teams::GET,
        &people_api::LIST,
        &people_api::GET,
        &people_api::ME,
        &memberships::LIST,
        &series::LIST,
        &invitees::LIST,
    ],
    courtesy: &[],
    is_work: false,
};

/// A reference that a person has to decide.
#[derive(Debug)]
pub(super) struct Undecided {
    /// Its place, as errors name it.
    pub argument: Cow<'static, str>,
    /// What it names: `space`, `person`, …
    pub thing: &'static str,
    /// The name that was given.
    pub given: String,
    pub candidates: Vec<Candidate>,
    /// The error for a caller that cannot be asked.
    pub error: CallError,
}

/// Resolves the references of one call.
#[derive(Debug)]
pub(super) struct Looking<'a> {
    pub names: &'a Names,
    pub client: &'a webex::Client,
    pub caller: &'a Caller,
    /// What the call will do with the thing: the more it does, the less is guessed.
    pub effect: Effect,
}

/// What the call says beside a reference, and where that leads.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    /// People who are not in the directory are looked for in this space.
    room_id: Option<&'a str>,
    /// Or among the invitees of this meeting.
    meeting_id: Option<&'a str>,
    /// Meetings are looked for among this host's; for administrators.
    host_email: Option<&'a str>,
}

/// Refuses a value that cannot be what its argument asks for, without asking Webex.
///
/// # Errors
/// `invalid_arguments`, naming the argument.
pub(super) fn check(arguments: &Map<String, Value>) -> Result<(), CallError> {
    filter::check(arguments)?;
    for slot in slots::slots(arguments) {
        let given = slot.read(arguments);
        if given.is_some_and(|text| text.trim().is_empty()) {
            return Err(CallError::invalid(
                &slot.path,
                "it is empty; give an id, a link or a name",
            ));
        }
    }
    identifiers::check(arguments)
}

/// Whether an entry of this list can only be an id.
pub(super) fn is_id(list: &str, entry: &str) -> bool {
    let is_plain = || identifiers::Thing::Participant.read(entry).is_some();
    forms::is_id(entry) || !slots::is_list(list) && is_plain()
}

/// How many references the arguments may have, counting identifiers that are not ids yet.
pub(super) fn count(arguments: &Map<String, Value>) -> usize {
    slots::count(arguments) + identifiers::count(arguments)
}

impl Looking<'_> {
    /// Replaces names and links by ids. `settled` holds the references decided in earlier rounds
    /// and gets those found now; `met` gets the other facts learned about them.
    ///
    /// # Errors
    /// The errors of looking a name up. `Ok(Some(…))` is a reference that fits several things.
    pub(super) async fn resolve(
        &self,
        arguments: &mut Map<String, Value>,
        settled: &mut BTreeMap<Cow<'static, str>, String>,
        met: &mut BTreeMap<String, Met>,
    ) -> Result<Option<Undecided>, CallError> {
        let (mut room_id, mut meeting_id): (Option<String>, Option<String>) = (None, None);
        let host_email = arguments.get("hostEmail").and_then(Value::as_str);
        let host_email = host_email.map(str::to_owned);
        for slot in slots::slots(arguments) {
            let Some(reference) = slot.read(arguments) else {
                continue;
            };
            let id = if let Some(id) = settled.get(&slot.path) {
                id.clone()
            } else {
                let beside = Beside {
                    room_id: room_id.as_deref(),
                    // In a list they are those who are to be invited.
                    meeting_id: meeting_id.as_deref().filter(|_| slot.path == "personId"),
                    host_email: host_email.as_deref(),
                };
                let found = self.find(slot.kind, reference, beside).await;
                let found = found.map_err(|error| of_several(&slot, reference, error));
                let id = match found.map_err(|error| naming(&slot.path, error))? {
                    Found::Id(id) => id,
                    Found::Named(named) => {
                        let name = named.name.into();
                        let email = named.email;
                        met.insert(named.id.clone(), Met { name, email });
                        named.id
                    }
                    Found::Several(candidates, error) => {
                        return Ok(Some(Undecided {
                            error: naming(&slot.path, error),
                            argument: slot.path,
                            thing: slot.kind.word(),
                            given: reference.trim().to_owned(),
                            candidates,
                        }));
                    }
                };
                if *reference != id {
                    settled.insert(slot.path.clone(), id.clone());
                }
                id
            };
            slot.write(arguments, &id);
            match &*slot.path {
                "roomId" => room_id = Some(id),
                "meetingId" => meeting_id = Some(id),
                _ => {}
            }
        }
        self.identify(arguments, settled).await?;
        self.settle_filter(arguments).await?;
        Ok(None)
    }
}

/// Of an entry that nothing is called like: it may be several names in one text.
fn of_several(slot: &slots::Slot, reference: &str, error: CallError) -> CallError {
    if error.code != Code::NotFound || !slot.is_of_list() || !reference.contains(',') {
        return error;
    }
    error.advise(match slot.kind {
        names::Kind::Person => {
            "If these are several people, give each in an entry of its own: [\"Bob Smith\", \"Carol Diaz\"]."
        }
        _ => {
            "If these are several, give each in an entry of its own: [\"General\", \"Engineering\"]."
        }
    })
}

/// Puts the name of the argument in front of the sentence.
fn naming(argument: &str, mut error: CallError) -> CallError {
    error.message = format!("`{argument}`: {}", error.message).into();
    error
}
