//! What a server with a scope publishes, and the compact one.

use serde_json::{Value, json};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::scope::{Scope, reach};
use webex_mcp::servers::{Catalogue, Definition, Otherwise, built_in};

use super::{only, refuse_all, traces, without};
use crate::world::World;

#[test]
fn a_scope_takes_no_tool_away_and_publishes_what_it_leaves_out() {
    let catalogue = Catalogue::whole();
    let plain = Definition::new("desk", "Desk");
    let scoped = Definition {
        scope: Some(Scope::default()),
        ..plain.clone()
    };
    let plain = catalogue.serve(&plain, Otherwise::Token);
    let scoped = catalogue.serve(&scoped, Otherwise::Token);
    let names = |server: &webex_mcp::servers::VirtualServer| {
        let tools = server.tools.iter();
        tools.map(|tool| tool.entry.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&plain), names(&scoped));
    for (plain, scoped) in plain.tools.iter().zip(&scoped.tools) {
        let name = plain.entry.name;
        let policy = &plain.entry.policy;
        let mut operations = policy.operations.iter().chain(policy.courtesy);
        let is_list = operations.any(|operation| reach::is_list(operation));
        let mut expected = (*plain.output_schema).clone();
        let own = expected["properties"].get("leftOut").cloned();
        let published = &scoped.output_schema["properties"];
        if is_list {
            let field = &published["leftOut"];
            assert_eq!(field["type"], "integer", "{name}");
            let words = field["description"].as_str().unwrap();
            assert!(
                words.ends_with("outside the reach of this server."),
                "{name}"
            );
            let own = own.and_then(|own| Some(own.get("description")?.as_str()?.to_owned()));
            assert!(
                words.starts_with(&own.unwrap_or_default()),
                "{name}: {words}"
            );
            expected["properties"]["leftOut"] = field.clone();
        }
        // Nothing else is different.
        assert_eq!(*scoped.output_schema, expected, "{name}");
        assert_eq!(scoped.input_schema, plain.input_schema, "{name}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_a_compact_server_runs_is_held_to_its_scope() {
    let mut world = World::new();
    let (review, standup, unicorn) = (
        world.meeting("carol", "Design Review").await,
        world.meeting("alice", "Daily Standup").await,
        world.space("Project Unicorn").await,
    );
    let serve = |world: &mut World, scope| {
        let catalogue = Catalogue::whole();
        let all = built_in(&catalogue).into_iter();
        let mut compact = all.filter(|one| &*one.slug == "webex-compact");
        let compact = Definition {
            scope: Some(scope),
            ..compact.next().unwrap()
        };
        world.server = catalogue.serve(&compact, Otherwise::Token);
    };
    let absent = traces(&world, "carol");
    serve(&mut world, without("carol"));
    let run = |tool: &str, arguments: Value| json!({"tool": tool, "arguments": arguments});
    let read = "webex-use-read-tool";
    for (tool, arguments) in [
        ("webex-get-meeting-invitee", json!({"meetingId": standup})),
        (
            "webex-get-team-membership",
            json!({"teamId": "Engineering"}),
        ),
        ("webex-find", json!({"query": "Carol", "kinds": ["person"]})),
    ] {
        let call = world.reply("alice", read, run(tool, arguments), Ask::Nobody);
        let answer = match call.await {
            Reply::Answer(answer) => answer,
            other => panic!("{tool}: {other:?}"),
        };
        let facts = answer.facts.to_value();
        assert_eq!(facts["result"]["leftOut"], 1, "{facts}");
        let everything = format!("{}\n{facts}", answer.text);
        for word in &absent {
            assert!(!everything.contains(word.as_str()), "{everything}");
        }
    }
    let invite = json!({"meetingId": standup, "invitees": [{"email": "carol@example.com"}]});
    refuse_all(
        &world,
        Code::NotFound,
        [
            (
                read,
                run("webex-get-meeting-status", json!({"meetingId": review})),
            ),
            (
                read,
                run(
                    "webex-get-meeting-status",
                    json!({"meetingId": "Design Review 2026-01-06"}),
                ),
            ),
            ("webex-use-tool", run("webex-add-meeting-invitees", invite)),
            (
                "webex-use-tool",
                run(
                    "webex-update-meeting",
                    json!({"meetingId": review, "title": "x"}),
                ),
            ),
        ],
    )
    .await;
    serve(&mut world, only(&unicorn));
    let rename = json!({"teamId": "Engineering", "name": "x"});
    let rename = [("webex-use-tool", run("webex-update-team", rename))];
    refuse_all(&world, Code::NotFound, rename).await;
}
