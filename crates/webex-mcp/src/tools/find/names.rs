//! Finds the ids behind a name.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::series;
use webex::{people, rooms, teams};

use super::lookup::lookup;
use super::{Kind, Matches};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool, query_words};

/// Gets the id (identifier) behind a name, when you know only the name and not whether it is a
/// space (room, channel), a person, a team or a meeting, or when several share it: looks among all
/// in one call. Answers each match with its kind, its id and what tells it apart. Most tools take
/// the name itself. It reads no messages: webex-search-messages does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The name or a part of it, or an e-mail address.
    pub(super) query: String,
    /// Only these kinds; without it, all four.
    #[schemars(length(max = 4))]
    #[serde(default)]
    pub(super) kinds: Vec<Kind>,
    /// Of each kind: default 5, at most 20.
    #[schemars(range(min = 1, max = 20))]
    pub(super) max: Option<u32>,
}

#[derive(Debug)]
pub struct Find;

impl Tool for Find {
    const NAME: &'static str = "webex-find";
    const TITLE: &'static str = "Find ids by name";
    const POLICY: Policy = Policy {
        operations: &[&rooms::LIST],
        // A list that the token may not read is told, and hides no other.
        courtesy: &[&people::LIST, &teams::LIST, &series::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Matches;

    async fn call(context: &Context, arguments: Arguments) -> Result<Matches, CallError> {
        let words = query_words(&arguments.query)?;
        if words.is_empty() {
            return Err(CallError::invalid("query", "it needs a word of the name"));
        }
        lookup(context, &arguments, &words).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{InvalidArguments, Unavailable};
    use crate::tools::check::{World, alice, bob, check};

    #[tokio::test]
    async fn finds_what_has_the_name_in_one_call() {
        let world = World::today();
        let of_person = json!({"matches": [{"kind": "person", "name": "Harold Weber", "email": "harold@example.com", "id": world.person("harold")}]});
        let planning = json!({"matches": [{"kind": "space", "name": "Project Unicorn"}, {"kind": "meeting", "name": "Project Unicorn Planning", "start": "*"}]});
        check::<Find>(
            &world,
            [
                alice(json!({"query": "unicorn"}))
                    .answers(planning)
                    .calls(4),
                // The direct space with a person has the person's name.
                alice(json!({"query": "Harold"}))
                    .answers(json!({"matches": [{"kind": "space"}, {"kind": "person"}]})),
                alice(json!({"query": "harold@example.com", "kinds": ["person"]}))
                    .answers(of_person)
                    .calls(1),
                alice(json!({"query": "UNICORN project", "kinds": ["space"]}))
                    .answers(json!({"matches": [{"kind": "space"}]}))
                    .calls(1),
                alice(json!({"query": "no such name"})).answers(json!({"matches": []})),
                bob(json!({"query": "leadership", "kinds": ["space"]}))
                    .answers(json!({"matches": []})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_common_name_is_cut_and_says_so() {
        let world = World::new();
        let asked = json!({"query": "e", "max": 2, "kinds": ["space"]});
        let found = world.facts("alice", Find::NAME, asked).await;
        assert_eq!(found["matches"].as_array().unwrap().len(), 2);
        assert_eq!(found["unseen"][0]["kind"], "space");
        assert!(found["unseen"][0]["why"].as_str().unwrap().contains("max"));
    }

    #[tokio::test]
    async fn one_kind_that_fails_hides_no_other() {
        let world = World::new();
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/people", Fault::status(404));
        let found = world
            .facts("alice", Find::NAME, json!({"query": "unicorn"}))
            .await;
        let kinds: Vec<_> = found["unseen"].as_array().unwrap().iter().collect();
        assert_eq!(kinds.len(), 1, "{found}");
        assert_eq!(kinds[0]["kind"], "person");
        assert_eq!(found["matches"][0]["kind"], json!("space"));
        assert_ne!(found["matches"][0]["id"], Value::Null);
    }

    #[tokio::test]
    async fn refuses_what_names_nothing_and_tells_when_webex_fails() {
        let world = World::new();
        check::<Find>(
            &world,
            [
                alice(json!({"query": " "})).refused(InvalidArguments, "`query`"),
                alice(json!({"query": "a", "kinds": ["file"]})).refused(InvalidArguments, "`kinds"),
                alice(json!({"query": "a", "max": 21})).refused(InvalidArguments, "`max`"),
            ],
        )
        .await;
        world.sandbox.faults().next(20, Fault::status(503));
        let failed = world
            .call("alice", Find::NAME, json!({"query": "unicorn"}))
            .await;
        assert_eq!(failed.unwrap_err().code, Unavailable);
    }
}
