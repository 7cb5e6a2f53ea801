//! References in the arguments become ids: what people say is turned into what Webex wants, with
//! bounded reading, and no more guessing than the effect allows.

mod fit;
mod identifiers;
mod names;
mod people;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use webex::{memberships, people as people_api, rooms, teams};

pub(super) use self::identifiers::check;
pub use self::names::Names;
use self::names::{Found, Kind};
use crate::error::{CallError, Candidate};
use crate::gate::Declared;
use crate::identity::Caller;
use crate::tool::{Effect, Met};

/// The arguments that may hold a name or a link instead of an id. The space stands first: who is
/// not found elsewhere is looked for among its members.
const REFERENCES: [(&str, Kind); 4] = [
    ("roomId", Kind::Space),
    ("teamId", Kind::Team),
    ("personId", Kind::Person),
    ("toPersonId", Kind::Person),
];

/// What looking a reference up may use of Webex.
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
    ],
    courtesy: &[],
};

/// A reference that somebody has to decide on.
#[derive(Debug)]
pub(super) struct Undecided {
    pub argument: &'static str,
    pub candidates: Vec<Candidate>,
    /// What a caller is told that cannot be asked.
    pub error: CallError,
}

/// One call's way of looking references up.
#[derive(Debug)]
pub(super) struct Looking<'a> {
    pub names: &'a Names,
    pub client: &'a webex::Client,
    pub caller: &'a Caller,
    /// What will be done with what is found: the more it does, the less is guessed.
    pub effect: Effect,
}

/// How many references the arguments may have, and identifiers that are no ids yet.
pub(super) fn count(arguments: &Map<String, Value>) -> usize {
    let has = |(argument, _): &&(&str, Kind)| arguments.contains_key(*argument);
    REFERENCES.iter().filter(has).count() + identifiers::count(arguments)
}

impl Looking<'_> {
    /// Puts ids where names and links were; `settled` has the references decided in earlier rounds
    /// and gets those found now, `met` what else was learnt of them.
    ///
    /// # Errors
    /// What looking a name up met. `Ok(Some(…))` is a reference that fits several.
    pub(super) async fn resolve(
        &self,
        arguments: &mut Map<String, Value>,
        settled: &mut BTreeMap<Cow<'static, str>, String>,
        met: &mut BTreeMap<String, Met>,
    ) -> Result<Option<Undecided>, CallError> {
        let mut room_id = None;
        for (argument, kind) in REFERENCES {
            let Some(Value::String(reference)) = arguments.get_mut(argument) else {
                continue;
            };
            if let Some(id) = settled.get(argument) {
                reference.clone_from(id);
            } else {
                let found = self.find(kind, reference, room_id.as_deref()).await;
                let id = match found.map_err(|error| naming(argument, error))? {
                    Found::Id(id) => id,
                    Found::Named(named) => {
                        let name = named.name.into();
                        let email = named.email;
                        met.insert(named.id.clone(), Met { name, email });
                        named.id
                    }
                    Found::Several(candidates, error) => {
                        return Ok(Some(Undecided {
                            argument,
                            candidates,
                            error: naming(argument, error),
                        }));
                    }
                };
                if *reference != id {
                    settled.insert(Cow::Borrowed(argument), id.clone());
                    *reference = id;
                }
            }
            if kind == Kind::Space {
                room_id = Some(reference.clone());
            }
        }
        self.identify(arguments, settled).await?;
        Ok(None)
    }
}

/// Says which argument it was, in front of the sentence.
fn naming(argument: &'static str, mut error: CallError) -> CallError {
    error.message = format!("`{argument}`: {}", error.message).into();
    error
}
