//! Resources: the answers of read tools under addresses of their own, in both eras.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use webex_mcp::call::consent::Ask;
use webex_mcp::call::{Call, Reply};
use webex_mcp::error::Code;
use webex_mcp::limits::{ANSWER_TEXT_MAX_BYTES, RESOURCE_MESSAGES, RESOURCES_LISTED};
use webex_mcp::servers::{self, VirtualServer};
use webex_mcp::text::whole_id;
use webex_mcp::tool::Kind;
use webex_sandbox::Fault;

use crate::scoped::{limit, only, without};
use crate::servers::{Desk, read};
use crate::world::{World, error_of};

const PATH: &str = "/mcp/webex";

fn whole() -> Arc<VirtualServer> {
    let mut servers = servers::all().into_iter();
    servers.find(|server| &*server.slug == "webex").unwrap()
}

fn desk() -> Desk {
    Desk::of(World::today().with_every_tool(), vec![whole()])
}

async fn asked(served: &Desk, method: &str, params: Value) -> Value {
    served.modern(PATH, method, params).await.1
}

/// The text of a resource, as a client of 2026-07-28 gets it.
async fn text(served: &Desk, uri: &str) -> String {
    let answer = asked(served, "resources/read", json!({"uri": uri})).await;
    let content = &answer["result"]["contents"][0];
    assert_eq!(content["uri"], uri, "{answer}");
    assert_eq!(content["mimeType"], "text/plain");
    assert_eq!(answer["result"]["cacheScope"], "private");
    assert!(answer["result"]["ttlMs"].is_u64(), "{answer}");
    content["text"].as_str().unwrap().to_owned()
}

async fn facts(served: &Desk, tool: &str, arguments: Value) -> Value {
    let params = json!({"name": tool, "arguments": arguments});
    let answer = asked(served, "tools/call", params).await;
    let facts = answer["result"]["structuredContent"].clone();
    assert!(facts["code"].is_null(), "{tool}: {facts}");
    facts
}

/// The errors of both eras, of which the older one has another code for what is not found.
async fn errors(served: &Desk, session: &str, method: &str, params: Value) -> [Value; 2] {
    let new = asked(served, method, params.clone()).await;
    let (_, old) = served.in_session(PATH, session, method, params).await;
    [new["error"].clone(), old["error"].clone()]
}

#[tokio::test(crate = "crate::journey")]
async fn a_server_has_the_resources_and_prompts_of_its_tools() {
    for server in servers::all() {
        let has = |tool: &str| server.behind(tool).is_some();
        let of = |kind| server.others(kind).map(|listed| listed.entry.name);
        let names: Vec<_> = of(Kind::Resource).chain(of(Kind::Prompt)).collect();
        for entry in whole().others.iter().map(|listed| listed.entry) {
            let is_expected = entry.needs.iter().all(|tool| has(tool));
            assert!(!entry.needs.is_empty(), "{}", entry.name);
            assert_eq!(
                names.contains(&entry.name),
                is_expected,
                "{}: {}",
                server.slug,
                entry.name
            );
            assert_eq!(server.find(entry.kind, entry.name).is_some(), is_expected);
        }
        assert_eq!(server.completes(), !names.is_empty(), "{}", server.slug);
    }
    let counts = |slug: &str| {
        let mut servers = servers::all().into_iter();
        let server = servers.find(|server| &*server.slug == slug).unwrap();
        let count = |kind| server.others(kind).count();
        (count(Kind::Resource), count(Kind::Prompt))
    };
    assert_eq!(counts("webex"), (10, 7));
    assert_eq!(counts("webex-compact"), (10, 7));
    assert_eq!(counts("webex-messaging"), (5, 5));
    assert_eq!(counts("webex-compliance"), (0, 0));
}

#[tokio::test(crate = "crate::journey")]
async fn a_resource_reads_what_its_tool_reads_in_both_eras() {
    let served = desk();
    let session = served.open_session(PATH).await;
    let said = facts(
        &served,
        "webex-get-message",
        json!({"roomId": "Project Unicorn", "max": 1}),
    )
    .await;
    let message = said["messages"][0]["id"].as_str().unwrap().to_owned();
    let recordings = facts(&served, "webex-list-recordings", json!({})).await;
    let recording = recordings["recordings"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let transcripts = facts(&served, "webex-list-transcripts", json!({})).await;
    let transcript = transcripts["transcripts"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let space = facts(
        &served,
        "webex-get-space",
        json!({"roomId": "Project Unicorn"}),
    )
    .await;
    let space = space["spaces"][0]["id"].as_str().unwrap().to_owned();
    let rows = [
        (
            "webex://spaces".to_owned(),
            "webex-get-space",
            json!({"max": RESOURCES_LISTED}),
        ),
        (
            format!("webex://spaces/{}", whole_id("ROOM", &space).unwrap()),
            "webex-get-space",
            json!({"roomId": space}),
        ),
        // A client that fills in a template encodes the slash of an id as answers show it.
        (
            format!("webex://spaces/{}", space.replace('/', "%2F")),
            "webex-get-space",
            json!({"roomId": space}),
        ),
        (
            format!("webex://spaces/{}", space.trim_start_matches("us/")),
            "webex-get-space",
            json!({"roomId": space}),
        ),
        (
            "webex://spaces/CI%2FCD".to_owned(),
            "webex-get-space",
            json!({"roomId": "CI/CD"}),
        ),
        (
            "webex://spaces/Project%20Unicorn/messages".to_owned(),
            "webex-get-message",
            json!({"roomId": "Project Unicorn", "max": 50}),
        ),
        (
            "webex://spaces/project unicorn/members".to_owned(),
            "webex-get-membership",
            json!({"roomId": "Project Unicorn", "max": 100}),
        ),
        (
            format!("webex://messages/{message}"),
            "webex-get-message",
            json!({"messageId": message}),
        ),
        (
            "webex://people/harold%40example.com".to_owned(),
            "webex-get-person",
            json!({"personId": "harold@example.com"}),
        ),
        (
            "webex://people/me".to_owned(),
            "webex-get-person",
            json!({}),
        ),
        (
            "webex://meetings/Daily%20Standup".to_owned(),
            "webex-get-meeting-status",
            json!({"meetingId": "Daily Standup"}),
        ),
        (
            format!("webex://recordings/{recording}"),
            "webex-get-recording",
            json!({"recordingId": recording}),
        ),
        (
            format!("webex://transcripts/{transcript}"),
            "webex-get-transcript",
            json!({"transcriptId": transcript}),
        ),
    ];
    let (mut reads, templates) = (0, whole().others(Kind::Resource).count());
    for (uri, tool, arguments) in rows {
        let params = json!({"name": tool, "arguments": arguments});
        let told = asked(&served, "tools/call", params).await;
        let told = told["result"]["content"][0]["text"]
            .as_str()
            .unwrap()
            .to_owned();
        // Links and cursors are made anew for each answer.
        let is_new = |line: &str| {
            ["cursor", "http", "until"]
                .iter()
                .any(|word| line.contains(word))
        };
        let lines = |text: &str| {
            let lines = text.lines().filter(|line| !is_new(line));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(&text(&served, &uri).await), lines(&told), "{uri}");
        let params = json!({"uri": uri});
        let (_, old) = served
            .in_session(PATH, &session, "resources/read", params)
            .await;
        let content = &old["result"]["contents"][0];
        assert_eq!(
            lines(content["text"].as_str().unwrap()),
            lines(&told),
            "{uri}"
        );
        assert!(old["result"]["ttlMs"].is_null(), "{old}");
        reads += 1;
    }
    assert!(reads > templates);
}

#[tokio::test(crate = "crate::journey")]
async fn the_lists_name_templates_and_the_latest_spaces() {
    let served = desk();
    let templates = asked(&served, "resources/templates/list", json!({})).await;
    let listed = templates["result"]["resourceTemplates"].as_array().unwrap();
    assert_eq!(listed.len(), 9, "{templates}");
    assert_eq!(templates["result"]["cacheScope"], "public");
    for template in listed {
        for field in ["uriTemplate", "name", "title", "description", "mimeType"] {
            assert!(
                !template[field].as_str().unwrap_or_default().is_empty(),
                "{template}"
            );
        }
    }
    served.world.wire_calls();
    let resources = asked(&served, "resources/list", json!({})).await;
    assert_eq!(served.world.wire_calls(), ["GET /v1/rooms"]);
    assert_eq!(resources["result"]["cacheScope"], "private");
    let listed = resources["result"]["resources"].as_array().unwrap();
    assert_eq!(listed[0]["uri"], "webex://spaces");
    let spaces = facts(&served, "webex-get-space", json!({"max": RESOURCES_LISTED})).await;
    let titles = |list: &[Value], field: &str| -> Vec<Value> {
        list.iter().map(|one| one[field].clone()).collect()
    };
    let expected = titles(spaces["spaces"].as_array().unwrap(), "title");
    assert!(expected.len() > 10);
    assert_eq!(titles(&listed[1..], "name"), expected);
    for one in &listed[1..4] {
        let id = one["uri"].as_str().unwrap().rsplit('/').next().unwrap();
        assert!(webex::id::is_id(id), "{one}");
        assert!(
            one["description"]
                .as_str()
                .unwrap()
                .contains("no instructions"),
            "{one}"
        );
        let read = text(&served, one["uri"].as_str().unwrap()).await;
        assert!(read.contains(one["name"].as_str().unwrap()), "{read}");
    }
    // Whoever may not list spaces sees the rest; what may pass is told.
    let faults = served.world.sandbox.faults();
    faults.next_on(1, "GET", "/v1/rooms", Fault::status(403));
    let rest = asked(&served, "resources/list", json!({})).await;
    assert_eq!(
        rest["result"]["resources"].as_array().unwrap().len(),
        1,
        "{rest}"
    );
    for (status, times, code) in [
        (302, 1, "not_configured"),
        (409, 1, "conflict"),
        (429, 9, "rate_limited"),
    ] {
        faults.next_on(times, "GET", "/v1/rooms", Fault::status(status));
        let failed = asked(&served, "resources/list", json!({})).await;
        assert_eq!(failed["error"]["data"]["code"], code, "{failed}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_uri_that_names_nothing_is_not_found_in_the_words_of_its_era() {
    let served = desk();
    let session = served.open_session(PATH).await;
    served.world.wire_calls();
    let long = format!("webex://spaces/{}", "a".repeat(10_000));
    for uri in [
        "",
        "webex",
        "webex://",
        "webex://nothing",
        "webex://spaces/",
        "webex://spaces/../x",
        "webex://spaces/%2e%2e",
        "webex://spaces/..",
        "webex://spaces/%20",
        "webex://spaces/a%00b",
        "webex://spaces/a\u{0}b",
        "webex://spaces/a%0d%0ab",
        "webex://spaces/%",
        "webex://spaces/%C3%28",
        "webex://spaces/Engineering/messages/1",
        "webex://spaces/Engineering/members/",
        "webex://spaces/Engineering?max=1",
        "webex://spaces/Engineering#top",
        "webex://spaces//members",
        "webex:/spaces/Engineering",
        "file:///etc/passwd",
        "https://webexapis.com/v1/rooms",
        "webex://artifacts/",
        "webex://artifacts/1/2",
        &long,
    ] {
        let [new, old] = errors(&served, &session, "resources/read", json!({"uri": uri})).await;
        assert_eq!(new["code"], -32602, "{uri}: {new}");
        assert_eq!(old["code"], -32002, "{uri}: {old}");
        let told = new["data"]["uri"].as_str().unwrap();
        assert!(told.len() <= 2_048, "{uri}");
        let message = new["message"].as_str().unwrap();
        assert!(message.contains("resources/templates/list"), "{new}");
        assert!(
            message.len() < 300 && !message.contains(char::is_control),
            "{new}"
        );
    }
    assert!(
        served.world.wire_calls().is_empty(),
        "nothing reached Webex"
    );
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_not_there_or_not_theirs_is_not_found_and_a_wrong_id_is_named() {
    let served = desk();
    let session = served.open_session(PATH).await;
    let own = facts(&served, "webex-get-space", json!({"max": 100})).await;
    let own: Vec<_> = own["spaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    let theirs = served
        .world
        .facts("bob", "webex-get-space", json!({"max": 100}))
        .await;
    let mut theirs = theirs["spaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"]);
    let theirs = theirs
        .find(|id| !own.contains(id))
        .unwrap()
        .as_str()
        .unwrap();
    let gone = webex::id::encode("us", "MESSAGE", "bbceb1ad-43f1-3b58-9147-f14bb0c4d154");
    let theirs = whole_id("ROOM", theirs).unwrap();
    for uri in [
        format!("webex://spaces/{theirs}"),
        format!("webex://spaces/{theirs}/messages"),
        format!("webex://spaces/{theirs}/members"),
        format!("webex://messages/{gone}"),
        "webex://spaces/No such space".to_owned(),
        "webex://spaces/..%2Fpeople%2Fme".to_owned(),
        "webex://meetings/0ed74a1c0551494fb7a04e2881bf50ae".to_owned(),
        "webex://people/nobody%40example.com".to_owned(),
        "webex://transcripts/0ed74a1c0551494fb7a04e2881bf50ae".to_owned(),
    ] {
        let [new, old] = errors(&served, &session, "resources/read", json!({"uri": uri})).await;
        assert_eq!(new["code"], -32602, "{uri}: {new}");
        assert_eq!(old["code"], -32002, "{uri}: {old}");
        assert_eq!(new["data"]["code"], "not_found");
        assert!(!new["data"]["advice"].as_str().unwrap().is_empty());
        if !uri.contains(' ') {
            assert_eq!(new["data"]["uri"], uri);
        }
    }
    for (uri, named) in [
        (format!("webex://spaces/{gone}"), "`roomId`"),
        (format!("webex://messages/{theirs}"), "`messageId`"),
        (
            "webex://messages/..%2F..%2Fpeople%2Fme".to_owned(),
            "`messageId`",
        ),
        ("webex://recordings/last week".to_owned(), "`recordingId`"),
        (format!("webex://spaces/{}", "a".repeat(1_500)), "`roomId`"),
    ] {
        for error in errors(&served, &session, "resources/read", json!({"uri": uri})).await {
            assert_eq!(error["code"], -32602, "{uri}: {error}");
            assert_eq!(error["data"]["code"], "invalid_arguments");
            assert!(
                error["message"].as_str().unwrap().contains(named),
                "{error}"
            );
        }
    }
    let [several, _] = errors(
        &served,
        &session,
        "resources/read",
        json!({"uri": "webex://spaces/Design"}),
    )
    .await;
    assert_eq!(several["data"]["code"], "ambiguous", "{several}");
    assert_eq!(several["data"]["candidates"].as_array().unwrap().len(), 2);
}

#[tokio::test(crate = "crate::journey")]
async fn a_long_list_says_which_tool_reads_the_rest_and_its_cursor_goes_on() {
    let served = desk();
    let room = json!({"roomId": "Engineering", "text": "x".repeat(7_000)});
    for _ in 0..60 {
        served
            .world
            .facts("alice", "webex-create-message", room.clone())
            .await;
    }
    let read = text(&served, "webex://spaces/Engineering/messages").await;
    assert!(read.len() <= ANSWER_TEXT_MAX_BYTES, "{}", read.len());
    let last = read.lines().last().unwrap();
    assert_eq!(
        last,
        "The rest: webex-get-message with the same roomId and this cursor."
    );
    let cursor = read
        .split("more: cursor ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let rest = json!({"roomId": "Engineering", "cursor": cursor, "max": RESOURCE_MESSAGES});
    let rest = facts(&served, "webex-get-message", rest).await;
    assert!(!rest["messages"].as_array().unwrap().is_empty());
    let other = json!({"name": "webex-get-message", "arguments": {"roomId": "Leadership", "cursor": cursor}});
    let other = asked(&served, "tools/call", other).await;
    assert_eq!(
        other["result"]["structuredContent"]["code"],
        "invalid_arguments"
    );
    let short = text(&served, "webex://spaces/Leadership/members").await;
    assert!(!short.contains("The rest"), "{short}");
}

#[tokio::test(crate = "crate::journey")]
async fn what_a_client_leaves_out_is_not_listed_and_not_read() {
    let served = desk();
    let without = [("x-mcp-exclude-tools", "webex-get-message,webex-get-space")];
    let ask = async |method: &str, params: Value| {
        read(served.send(PATH, &without, method, params).await)
            .await
            .1
    };
    let templates = ask("resources/templates/list", json!({})).await;
    let uris = templates["result"]["resourceTemplates"]
        .as_array()
        .unwrap()
        .iter();
    let uris: Vec<_> = uris
        .map(|one| one["uriTemplate"].as_str().unwrap())
        .collect();
    assert_eq!(
        uris,
        [
            "webex://spaces/{roomId}/members",
            "webex://people/{personId}",
            "webex://meetings/{meetingId}",
            "webex://recordings/{recordingId}",
            "webex://transcripts/{transcriptId}",
            "webex://artifacts/{artifactId}",
        ]
    );
    assert_eq!(templates["result"]["cacheScope"], "private");
    served.world.wire_calls();
    let resources = ask("resources/list", json!({})).await;
    assert_eq!(resources["result"]["resources"], json!([]));
    let prompts = ask("prompts/list", json!({})).await;
    let prompts = prompts["result"]["prompts"].as_array().unwrap().clone();
    let names: Vec<_> = prompts
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["webex-prepare-meeting", "webex-recap-meeting"]);
    let space = ask(
        "resources/read",
        json!({"uri": "webex://spaces/Engineering"}),
    )
    .await;
    assert_eq!(space["error"]["code"], -32602, "{space}");
    let prompt = ask("prompts/get", json!({"name": "webex-catch-me-up"})).await;
    assert_eq!(prompt["error"]["code"], -32602, "{prompt}");
    let begun = json!({"ref": {"type": "ref/resource", "uri": "webex://spaces/{roomId}"},
        "argument": {"name": "roomId", "value": "E"}});
    let begun = ask("completion/complete", begun).await;
    assert_eq!(begun["error"]["code"], -32602, "{begun}");
    assert!(served.world.wire_calls().is_empty());
}

fn of_kind(world: &World, kind: Kind, name: &str, arguments: Value) -> Call {
    Call {
        kind,
        ..world.call("alice", name, arguments, Ask::Nobody)
    }
}

const BEGUN: &str = r#"{"argument": "roomId", "value": "e"}"#;

/// One call of each kind that is not of a tool.
fn others(world: &World) -> [Call; 3] {
    let begun: Value = serde_json::from_str(BEGUN).unwrap();
    [
        of_kind(
            world,
            Kind::Resource,
            "webex://spaces/Engineering/messages",
            json!({}),
        ),
        of_kind(
            world,
            Kind::Prompt,
            "webex-weekly-status",
            json!({"roomId": "Engineering"}),
        ),
        of_kind(world, Kind::Completion, "webex://spaces/{roomId}", begun),
    ]
}

#[tokio::test(crate = "crate::journey")]
async fn the_scopes_of_a_token_decide_as_for_tools() {
    let world = World::today().with_every_tool();
    for (at, mut call) in others(&world).into_iter().enumerate() {
        call.caller.scopes = Some(Arc::from(["spark:people_read".into()]));
        let body = error_of(world.dispatcher.answer(call).await, Code::Forbidden);
        let missing = body["missingScopes"].as_array().unwrap();
        assert!(!missing.is_empty(), "{at}: {body:?}");
    }
    assert!(world.wire_calls().is_empty());
}

#[tokio::test(crate = "crate::journey")]
async fn a_call_of_any_kind_ends_when_its_caller_leaves() {
    let world = World::today().with_every_tool();
    for call in others(&world) {
        let cancel = CancellationToken::new();
        let call = Call {
            cancel: cancel.clone(),
            ..call
        };
        world.sandbox.faults().next(9, Fault::Hang);
        let answering = world.dispatcher.answer(call);
        let leaving = async {
            // It has reached Webex by now, or will find that its caller is gone.
            tokio::task::yield_now().await;
            cancel.cancel();
        };
        let (reply, ()) = futures::join!(answering, leaving);
        error_of(reply, Code::Cancelled);
    }
}

#[tokio::test(crate = "crate::journey", start_paused = true)]
async fn a_webex_that_does_not_answer_is_told_at_the_deadline() {
    let world = World::today().with_every_tool();
    for call in others(&world) {
        world.sandbox.faults().next(20, Fault::Hang);
        error_of(world.dispatcher.answer(call).await, Code::Timeout);
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_server_with_a_scope_shows_nothing_outside_it() {
    let mut world = World::today().with_every_tool();
    let unicorn = world.space("Project Unicorn").await;
    limit(&mut world, only(&unicorn));
    let unicorn = whole_id("ROOM", &unicorn).unwrap();
    let answer = async |kind, name: &str, arguments: Value| {
        let call = of_kind(&world, kind, name, arguments);
        world.dispatcher.answer(call).await
    };
    for uri in [
        "webex://spaces/Leadership",
        "webex://spaces/Leadership/messages",
        "webex://spaces/Leadership/members",
    ] {
        error_of(answer(Kind::Resource, uri, json!({})).await, Code::NotFound);
    }
    let inside = format!("webex://spaces/{unicorn}/messages");
    let Reply::Answer(inside) = answer(Kind::Resource, &inside, json!({})).await else {
        panic!("the space is inside");
    };
    assert!(inside.text.contains("> "), "{}", inside.text);
    let begun = json!({"argument": "roomId", "value": ""});
    let Reply::Answer(begun) = answer(Kind::Completion, "webex://spaces/{roomId}", begun).await
    else {
        panic!("names are completed");
    };
    assert_eq!(begun.facts.to_value()["values"], json!(["Project Unicorn"]));
    let Reply::Answer(brief) = answer(Kind::Prompt, "webex-catch-me-up", json!({"days": 31})).await
    else {
        panic!("the prompt is offered");
    };
    assert!(brief.text.contains("> Project Unicorn"), "{}", brief.text);
    for outside in ["Leadership", "Engineering", "Direct messages"] {
        assert!(!brief.text.contains(outside), "{}", brief.text);
    }
    limit(&mut world, without("carol"));
    let read = async |who: &str| {
        let uri = format!("webex://people/{who}%40example.com");
        let call = of_kind(&world, Kind::Resource, &uri, json!({}));
        world.dispatcher.answer(call).await
    };
    assert!(matches!(read("bob").await, Reply::Answer(_)));
    error_of(read("carol").await, Code::NotFound);
}
