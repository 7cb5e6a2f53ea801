//! How a tool is tested: cases as data through the real pipeline and the real client, answered by
//! the sandbox in process, at a pinned time.
//!
//! ```ignore
//! let world = World::new();
//! check::<GetSpace>(&world, [
//!     alice(json!({"roomId": "Engineering"})).answers(json!({"spaces": [{"title": "Engineering"}]})).calls(2),
//!     bob(json!({"roomId": ""})).refused(Code::InvalidArguments, "`roomId`"),
//! ]).await;
//! ```

mod calls;
mod files;
mod time;
mod webhooks;
mod world;

use serde_json::{Map, Value};

use self::calls::told;
pub use self::files::Upload;
pub use self::world::World;
use crate::error::Code;
use crate::tool::{Kind, ShortId, Tool};

/// One call and what has to come of it.
#[derive(Debug)]
pub struct Case {
    who: &'static str,
    arguments: Value,
    is_confirmed: bool,
    expected: Expected,
    calls: Option<usize>,
}

#[derive(Debug)]
enum Expected {
    Nothing,
    Facts(Value),
    Refusal(Code, String),
}

pub fn alice(arguments: Value) -> Case {
    by("alice", arguments)
}

pub fn bob(arguments: Value) -> Case {
    by("bob", arguments)
}

/// A call by `sandbox-<who>`.
pub fn by(who: &'static str, arguments: Value) -> Case {
    Case {
        who,
        arguments,
        is_confirmed: false,
        expected: Expected::Nothing,
        calls: None,
    }
}

impl Case {
    /// These facts stand in the answer, among others; a list is as long as given, and `"*"` is anything.
    pub fn answers(mut self, facts: Value) -> Self {
        self.expected = Expected::Facts(facts);
        self
    }

    /// Refused with this code and these words in the message. Bad arguments reach nobody, unless
    /// [`Case::calls`] says otherwise.
    pub fn refused(mut self, code: Code, words: impl Into<String>) -> Self {
        self.expected = Expected::Refusal(code, words.into());
        self
    }

    /// The user is asked, with nothing done before, and agrees.
    pub fn confirmed(mut self) -> Self {
        self.is_confirmed = true;
        self
    }

    /// Webex is called so many times.
    pub fn calls(mut self, count: usize) -> Self {
        self.calls = Some(count);
        self
    }
}

/// Makes the calls one after the other and holds each to what was expected.
pub async fn check<T: Tool>(world: &World, cases: impl IntoIterator<Item = Case>) {
    let listed = world
        .server
        .find(Kind::Tool, T::NAME)
        .expect("the tool is listed");
    let schema = Value::Object((*listed.output_schema).clone());
    let schema = jsonschema::validator_for(&schema).unwrap();
    for case in cases {
        let at = format!("{} by {}: {}", T::NAME, case.who, case.arguments);
        world.sandbox.faults().forget_calls();
        let arguments = case.arguments.clone();
        let outcome = match case.is_confirmed {
            true => world.call_confirmed(case.who, T::NAME, arguments).await,
            false => world.call(case.who, T::NAME, arguments).await,
        };
        let calls = world.sandbox.faults().calls();
        match (&outcome, &case.expected) {
            (Ok(answer), Expected::Facts(facts)) => {
                let answered = answer.facts.to_value();
                if let Err(error) = schema.validate(&answered) {
                    panic!("{at}\nbreaks its schema: {error}\n{answered}");
                }
                let missing = difference(facts, &answered, "");
                assert_eq!(missing, None, "{at}\nanswered {answered}");
            }
            (Err(error), Expected::Refusal(code, words)) => {
                assert_eq!(error.code, *code, "{at}\n{}", told(error));
                assert!(error.message.contains(words), "{at}\n{}", told(error));
                assert!(!error.advice.is_empty(), "{at}\nno advice");
                if *code == Code::InvalidArguments && case.calls.is_none() {
                    assert!(calls.is_empty(), "{at}\nreached Webex: {calls:?}");
                }
            }
            (Ok(answer), expected) => {
                panic!("{at}\nexpected {expected:?}: {}", answer.facts.as_str())
            }
            (Err(error), expected) => panic!("{at}\nexpected {expected:?}: {}", told(error)),
        }
        if let Some(count) = case.calls {
            assert_eq!(calls.len(), count, "{at}\ncalled {calls:?}");
        }
    }
}

/// The first place where the answer lacks what was expected.
fn difference(expected: &Value, got: &Value, path: &str) -> Option<String> {
    match (expected, got) {
        (Value::String(any), got) if any == "*" && !got.is_null() => None,
        (Value::Object(fields), Value::Object(got)) => fields.iter().find_map(|(name, field)| {
            let missing = Value::Null;
            difference(
                field,
                got.get(name).unwrap_or(&missing),
                &format!("{path}.{name}"),
            )
        }),
        (Value::Array(items), Value::Array(got)) if items.len() == got.len() => items
            .iter()
            .zip(got)
            .enumerate()
            .find_map(|(at, (item, got))| difference(item, got, &format!("{path}[{at}]"))),
        (expected, got) if expected == got => None,
        // Answers show ids short.
        (Value::String(expected), Value::String(got))
            if ShortId::from(expected.as_str()) == ShortId::from(got.as_str()) =>
        {
            None
        }
        (expected, got) => Some(format!("{path}: expected {expected}, got {got}")),
    }
}

/// The id as Webex has it, of a thing of this kind that an answer shows.
pub fn whole(kind: &str, id: &Value) -> String {
    ShortId::from(id.as_str().unwrap()).whole(kind)
}

/// The same object with one more field, for cases that differ little.
pub fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    let fields: &mut Map<String, Value> = object.as_object_mut().unwrap();
    fields.insert(name.into(), value.into());
    object
}
