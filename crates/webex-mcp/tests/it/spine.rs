//! The life of one call: references, questions in three ways, refusals before the wire, cursors.

use serde_json::{Value, json};
use webex::id::ResourceId;
use webex_mcp::call::Reply;
use webex_mcp::call::consent::{Ask, Response, Round};
use webex_mcp::error::Code;
use webex_sandbox::Fault;

use crate::world::{Says, World, accepted, error_of};

const DELETE: &str = "webex-delete-space";
const CREATE: &str = "webex-create-message";

fn rounds(state: &str, response: Option<Response>) -> Ask {
    Ask::Rounds {
        previous: Some(Round {
            state: state.into(),
            response,
        }),
    }
}

async fn asked(world: &World, person: &str, tool: &str, arguments: Value) -> (String, String) {
    let ask = Ask::Rounds { previous: None };
    match world.reply(person, tool, arguments, ask).await {
        Reply::Ask { form, state } => (form.message, state),
        other => panic!("expected a question, got {other:?}"),
    }
}

#[tokio::test(crate = "crate::journey")]
async fn arguments_are_refused_by_name_before_the_wire() {
    let world = World::new();
    let long = "ü".repeat(3_720);
    let cases = [
        (
            CREATE,
            json!({"roomId": "Engineering", "txt": "hi"}),
            "`txt`",
        ),
        (CREATE, json!({"text": true, "roomId": "x"}), "`text`"),
        (CREATE, json!({"text": "hi"}), "roomId"),
        (DELETE, json!({}), "`roomId`"),
        (CREATE, json!({"roomId": "", "text": "hi"}), "roomId"),
        ("webex-get-space", json!({"max": 101}), "`max`"),
        ("webex-get-space", json!({"max": "12px"}), "`max`"),
        ("webex-get-space", json!({"max": 5.5}), "`max`"),
        (
            "webex-search-messages",
            json!({"roomId": "Engineering", "hasFiles": 1}),
            "`hasFiles`",
        ),
        ("webex-get-space", json!({"type": "huge"}), "`type`"),
        ("webex-get-space", json!({"cursor": "AAAA"}), "`cursor`"),
        (
            CREATE,
            json!({"toPersonEmail": "bob@example.com", "text": long}),
            "7440 bytes",
        ),
    ];
    for (tool, arguments, named) in cases {
        let body = match world
            .reply("alice", tool, arguments.clone(), Ask::Nobody)
            .await
        {
            Reply::Failed(error) => serde_json::to_value(error.body()).unwrap(),
            other => panic!("{arguments}: {other:?}"),
        };
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(named), "{arguments}: {message}");
        assert_eq!(world.wire_calls(), Vec::<String>::new(), "{arguments}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn arguments_get_the_types_that_the_schema_declares() {
    let world = World::new();
    let card = json!({"type": "AdaptiveCard", "version": "1.3", "body": []}).to_string();
    let space = "Project Unicorn";
    let (list, search) = ("webex-get-message", "webex-search-messages");
    let cases = [
        (
            "webex-get-space",
            json!({"max": "5"}),
            json!({"max": 5.0, "type": ""}),
        ),
        (
            search,
            json!({"roomId": space, "hasFiles": "true"}),
            json!({"roomId": [space], "hasFiles": [true], "after": "null", "parentId": ""}),
        ),
        (
            list,
            json!({"roomId": space, "mentionedPeople": ["me"], "max": ["3"]}),
            json!({"roomId": space, "mentionedPeople": "me", "max": 3, "personId": null}),
        ),
    ];
    for (tool, one, other) in cases {
        let answers = [
            world.facts("alice", tool, one.clone()).await,
            world.facts("alice", tool, other).await,
        ];
        let without_cursor = answers.map(|mut facts| {
            facts["page"]["cursor"] = Value::Null;
            facts
        });
        assert_eq!(without_cursor[0], without_cursor[1], "{tool}: {one}");
    }
    for (name, value) in [
        ("files", json!("https://example.com/a.pdf")),
        ("files", json!("[\"https://example.com/a.pdf\"]")),
        ("attachments", json!(card)),
        ("attachments", json!([card])),
        ("attachments", json!(format!("[{card}]"))),
    ] {
        let sent = json!({"roomId": space, name: value, "html": "", "toPersonEmail": ""});
        world.facts("alice", CREATE, sent).await;
    }
}

#[tokio::test(crate = "crate::journey")]
async fn all_unknown_arguments_are_named_with_what_was_probably_meant() {
    let world = World::new();
    let cases = [
        (
            CREATE,
            json!({"room": "Engineering", "message": "hi"}),
            vec![
                "`message` (perhaps `text`)",
                "`room` (perhaps `roomId`)",
                "such arguments",
            ],
        ),
        (
            CREATE,
            json!({"room_id": "Engineering", "txt": "hi", "colour": "red"}),
            vec![
                "`colour`,",
                "`room_id` (perhaps `roomId`)",
                "`txt` (perhaps `text`)",
            ],
        ),
        (
            "webex-get-space",
            json!({"limit": 5}),
            vec![
                "`limit` (perhaps `max`)",
                "such argument; there are cursor, max",
            ],
        ),
    ];
    for (tool, arguments, told) in cases {
        let body = world
            .error("alice", tool, arguments, Code::InvalidArguments)
            .await;
        let message = body["message"].as_str().unwrap();
        for words in told {
            assert!(message.contains(words), "{words}: {message}");
        }
    }
    // What an error shows does not grow with what came.
    let many = (0..500).map(|at| (format!("argument{at}"), json!(1)));
    let body = world
        .error(
            "alice",
            CREATE,
            Value::Object(many.collect()),
            Code::InvalidArguments,
        )
        .await;
    let message = body["message"].as_str().unwrap();
    assert!(
        message.contains("490 more") && message.len() < 1_000,
        "{message}"
    );
    assert_eq!(world.wire_calls(), Vec::<String>::new());
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_written_otherwise_is_the_same_call() {
    // A key: the answer of the first call comes again.
    let world = World::new();
    let keyed = |arguments| {
        let mut call = world.call("alice", "webex-create-space", arguments, Ask::Nobody);
        call.key = Some("once".into());
        call
    };
    let plain = json!({"title": "Made once", "isLocked": true});
    let quoted = json!({"title": ["Made once"], "isLocked": "true", "description": ""});
    let mut made = Vec::new();
    for arguments in [plain, quoted] {
        match world.dispatcher.answer(keyed(arguments)).await {
            Reply::Answer(answer) => made.push(answer.facts.to_value()["id"].clone()),
            other => panic!("{other:?}"),
        }
        world.dispatcher.settled().await;
    }
    assert_eq!(made[0], made[1]);
    // A confirmation: what was agreed to is what is done, however it is written.
    let room = space(&world).await["roomId"].clone();
    let body = world
        .error(
            "alice",
            DELETE,
            json!({"roomId": [room]}),
            Code::ConfirmationRequired,
        )
        .await;
    let token = &body["confirmationToken"];
    world
        .facts(
            "alice",
            DELETE,
            json!({"roomId": room, "confirmationToken": [token]}),
        )
        .await;
    // A cursor: the filters are the same.
    let listed = json!({"type": "group", "max": "2"});
    let first = world.facts("alice", "webex-get-space", listed).await;
    let cursor = &first["page"]["cursor"];
    let next = json!({"type": ["group"], "max": 2, "sortBy": "", "cursor": cursor});
    world.facts("alice", "webex-get-space", next).await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_value_never_stands_in_an_error() {
    let world = World::new();
    let body = world
        .error(
            "alice",
            CREATE,
            json!({"roomId": "x", "text": "hi", "attachments": "the secret plan"}),
            Code::InvalidArguments,
        )
        .await;
    assert!(
        !serde_json::to_string(&body)
            .unwrap()
            .contains("secret plan")
    );
}

#[tokio::test(crate = "crate::journey")]
async fn a_name_is_found_once_and_then_known() {
    let world = World::new();
    let arguments = json!({"roomId": "project unicorn"});
    let (read, members) = ("webex-get-message", "GET /v1/messages");
    world.facts("alice", read, arguments.clone()).await;
    assert_eq!(world.wire_calls(), ["GET /v1/rooms", members]);
    world.facts("alice", read, arguments.clone()).await;
    assert_eq!(world.wire_calls(), [members]);
    // What Alice found is not what Bob finds, and what changes something looks again.
    world.facts("bob", read, arguments.clone()).await;
    assert_eq!(world.wire_calls().len(), 2);
    let note = json!({"roomId": "project unicorn", "text": "hello"});
    world.facts("alice", CREATE, note).await;
    assert_eq!(world.wire_calls(), ["GET /v1/rooms", "POST /v1/messages"]);
}

#[tokio::test(crate = "crate::journey")]
async fn links_and_addresses_are_references_too() {
    let world = World::new();
    let space = world
        .facts("alice", "webex-get-space", json!({"roomId": "Engineering"}))
        .await;
    let id = space["spaces"][0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{space}"));
    let uuid = id.strip_prefix("us/").unwrap();
    for link in [
        format!("webexteams://im?space={uuid}"),
        format!("https://web.webex.com/spaces/{uuid}"),
        format!("https://teams.webex.com/spaces/{uuid}/chat"),
    ] {
        let sent = world
            .facts("alice", CREATE, json!({"roomId": link, "text": "hi"}))
            .await;
        assert_eq!(sent["roomId"], id, "{link}");
    }
    let sent = world
        .facts(
            "alice",
            CREATE,
            json!({"toPersonId": "bob@example.com", "text": "hi"}),
        )
        .await;
    assert!(sent["roomId"].is_string());
}

#[tokio::test(crate = "crate::journey")]
async fn a_uuid_stands_for_what_it_is_the_uuid_of() {
    let world = World::new();
    let room_id = world.space("Engineering").await;
    let room = room_id.strip_prefix("us/").unwrap();
    let sent = json!({"roomId": room, "text": "first"});
    let sent = world.facts("alice", CREATE, sent).await;
    assert_eq!(sent["roomId"], room_id.as_str());
    let message = sent["id"].as_str().unwrap().to_owned();

    let link = format!("webexteams://im?space={room}&message={message}");
    let other = format!("https://web.webex.com/spaces/{room}/messages/{message}");
    for (said, space) in [
        (&message, None),
        (&link, Some(&link)),
        (&other, Some(&other)),
    ] {
        let read = json!({"messageId": said});
        let read = world.facts("alice", "webex-get-message", read).await;
        assert_eq!(read["messages"][0]["id"], sent["id"], "{said}");
        let edit = json!({"messageId": said, "roomId": space, "text": "second"});
        world.facts("alice", "webex-edit-message", edit).await;
        let reply = json!({"roomId": room_id, "parentId": said, "text": "third"});
        world
            .facts("alice", "webex-create-thread-reply", reply)
            .await;
    }
    let mut deletion = json!({"messageId": message});
    let body = world
        .error(
            "alice",
            "webex-delete-message",
            deletion.clone(),
            Code::ConfirmationRequired,
        )
        .await;
    deletion["confirmationToken"] = body["confirmationToken"].clone();
    world.facts("alice", "webex-delete-message", deletion).await;
    assert_eq!(deletions(&world), 1);

    let people = world.sandbox.people();
    let bob = people.iter().find(|one| one.token == "sandbox-bob");
    let note =
        json!({"toPersonId": ResourceId::parse(&bob.unwrap().id).unwrap().key, "text": "hi"});
    world.facts("alice", CREATE, note).await;
    let nobody = json!({"toPersonId": uuid::Uuid::nil(), "text": "hi"});
    world.error("alice", CREATE, nobody, Code::NotFound).await;
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_no_id_by_its_form_reaches_nobody() {
    let world = World::new();
    let space = webex::id::encode("us", "ROOM", uuid::Uuid::nil());
    let cases = [
        ("webex-get-message", json!({"messageId": "the last"})),
        ("webex-get-message", json!({"messageId": space})),
        ("webex-edit-message", json!({"messageId": 5, "text": "x"})),
        ("webex-delete-message", json!({"messageId": ""})),
        ("webex-get-thread", json!({"parentId": "x", "roomId": "x"})),
        ("webex-get-webhook", json!({"webhookId": "Build Hook"})),
        ("webex-delete-webhook", json!({"webhookId": "../people/me"})),
        ("webex-get-membership", json!({"membershipId": "alice"})),
        ("webex-remove-membership", json!({"membershipId": space})),
        (DELETE, json!({"roomId": " "})),
    ];
    for (tool, arguments) in cases {
        let body = world
            .error("alice", tool, arguments.clone(), Code::InvalidArguments)
            .await;
        let (named, _) = arguments.as_object().unwrap().iter().next().unwrap();
        let message = body["message"].as_str().unwrap();
        let at = format!("{tool} {arguments}: {message}");
        assert!(message.starts_with(&format!("`{named}`")), "{at}");
        assert_eq!(world.wire_calls(), Vec::<String>::new(), "{at}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn an_ambiguous_name_is_answered_with_candidates() {
    let world = World::new();
    let arguments = json!({"toPersonId": "Carol", "text": "hi"});
    let body = world
        .error("alice", CREATE, arguments, Code::Ambiguous)
        .await;
    let candidates = body["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 2, "{body:?}");
    assert!(
        candidates
            .iter()
            .all(|one| one["id"].is_string() && one["name"].is_string())
    );
    assert!(
        !world
            .wire_calls()
            .iter()
            .any(|call| call.starts_with("POST"))
    );
}

#[tokio::test(crate = "crate::journey")]
async fn an_ambiguous_name_is_asked_where_the_client_can() {
    let world = World::new();
    let arguments = json!({"toPersonId": "Carol", "text": "hi"});
    let ask = Ask::Rounds { previous: None };
    let Reply::Ask { form, state } = world.reply("alice", CREATE, arguments.clone(), ask).await
    else {
        panic!("expected a question");
    };
    let offered = form.schema["properties"]["choice"]["oneOf"][0]["const"].clone();
    let chosen = accepted(json!({"choice": offered}));
    let reply = world
        .reply(
            "alice",
            CREATE,
            arguments.clone(),
            rounds(&state, Some(chosen)),
        )
        .await;
    assert!(matches!(reply, Reply::Answer(_)), "{reply:?}");
    // What was not offered is asked again; a "no" ends it.
    let foreign = accepted(json!({"choice": "elsewhere"}));
    let again = world
        .reply(
            "alice",
            CREATE,
            arguments.clone(),
            rounds(&state, Some(foreign)),
        )
        .await;
    assert!(matches!(again, Reply::Ask { .. }), "{again:?}");
    let no = world
        .reply(
            "alice",
            CREATE,
            arguments.clone(),
            rounds(&state, Some(Response::Declined)),
        )
        .await;
    error_of(no, Code::Declined);
    // Also for somebody who thinks better of it.
    let late = accepted(json!({"choice": offered}));
    world.wire_calls();
    let late = world
        .reply("alice", CREATE, arguments, rounds(&state, Some(late)))
        .await;
    error_of(late, Code::InvalidArguments);
    let sent = world.wire_calls();
    assert!(sent.iter().all(|call| call.starts_with("GET")), "{sent:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn what_cannot_be_undone_takes_exact_names_only() {
    let world = World::new();
    let body = world
        .error(
            "alice",
            DELETE,
            json!({"roomId": "Unicorn"}),
            Code::Ambiguous,
        )
        .await;
    assert!(
        body["message"].as_str().unwrap().contains("exactly"),
        "{body:?}"
    );
}

/// A space of Alice's own, which she may delete.
async fn space(world: &World) -> Value {
    let made = world
        .facts(
            "alice",
            "webex-create-space",
            json!({"title": "Short-lived"}),
        )
        .await;
    world.wire_calls();
    json!({"roomId": made["id"].as_str().unwrap_or_else(|| panic!("{made}"))})
}

fn deletions(world: &World) -> usize {
    world
        .wire_calls()
        .iter()
        .filter(|call| call.starts_with("DELETE"))
        .count()
}

#[tokio::test(crate = "crate::journey")]
async fn confirmation_in_rounds() {
    let world = World::new();
    let arguments = space(&world).await;
    let (message, state) = asked(&world, "alice", DELETE, arguments.clone()).await;
    assert!(message.contains("Short-lived"), "{message}");
    assert_eq!(deletions(&world), 0);

    let yes = || Some(accepted(json!({"confirm": true})));
    let other = if state.ends_with('A') { 'B' } else { 'A' };
    let tampered = format!("{}{other}", &state[..state.len() - 1]);
    let elsewhere = json!({"roomId": "Engineering"});
    let refused = [
        (
            "alice",
            arguments.clone(),
            rounds(&tampered, yes()),
            Code::InvalidArguments,
        ),
        (
            "bob",
            arguments.clone(),
            rounds(&state, yes()),
            Code::InvalidArguments,
        ),
        (
            "alice",
            elsewhere,
            rounds(&state, yes()),
            Code::InvalidArguments,
        ),
    ];
    for (person, arguments, ask, code) in refused {
        error_of(world.reply(person, DELETE, arguments, ask).await, code);
    }
    // A state without an answer that can be read is asked again, and is no token.
    for unread in [
        None,
        Some(accepted(json!({}))),
        Some(accepted(json!({"confirm": "sure"}))),
    ] {
        let again = world
            .reply("alice", DELETE, arguments.clone(), rounds(&state, unread))
            .await;
        assert!(matches!(again, Reply::Ask { .. }), "{again:?}");
    }
    let mut smuggled = arguments.clone();
    smuggled["confirmationToken"] = json!(state);
    let smuggled = world
        .reply("alice", DELETE, smuggled, Ask::Rounds { previous: None })
        .await;
    assert!(matches!(smuggled, Reply::Ask { .. }), "{smuggled:?}");
    assert_eq!(deletions(&world), 0);

    // A "no" ends the question it answers, and no other.
    for no in [
        Response::Declined,
        Response::Cancelled,
        accepted(json!({"confirm": false})),
    ] {
        let (_, declined) = asked(&world, "alice", DELETE, arguments.clone()).await;
        for (response, code) in [(Some(no), Code::Declined), (yes(), Code::InvalidArguments)] {
            let ask = rounds(&declined, response);
            error_of(
                world.reply("alice", DELETE, arguments.clone(), ask).await,
                code,
            );
        }
    }
    assert_eq!(deletions(&world), 0);

    let done = world
        .reply("alice", DELETE, arguments.clone(), rounds(&state, yes()))
        .await;
    assert!(matches!(done, Reply::Answer(_)), "{done:?}");
    assert_eq!(deletions(&world), 1);
    error_of(
        world
            .reply("alice", DELETE, arguments.clone(), rounds(&state, yes()))
            .await,
        Code::InvalidArguments,
    );
    // A late "no" is not told that nothing was done.
    let no = rounds(&state, Some(Response::Declined));
    let no = world.reply("alice", DELETE, arguments, no).await;
    error_of(no, Code::InvalidArguments);
    assert_eq!(deletions(&world), 0);
}

#[tokio::test(crate = "crate::journey")]
async fn confirmation_on_a_session() {
    let world = World::new();
    let arguments = space(&world).await;
    for (answer, code) in [
        (Response::Declined, Code::Declined),
        (Response::Cancelled, Code::Declined),
        (accepted(json!({"confirm": false})), Code::Declined),
        (accepted(json!({"confirm": "false"})), Code::Declined),
        // Neither a yes nor a no.
        (accepted(json!({})), Code::InvalidArguments),
        (accepted(json!({"confirm": "sure"})), Code::InvalidArguments),
    ] {
        let ask = Ask::Session(Box::new(Says(answer)));
        error_of(
            world.reply("alice", DELETE, arguments.clone(), ask).await,
            code,
        );
    }
    assert_eq!(deletions(&world), 0);
    let ask = Ask::Session(Box::new(Says(accepted(json!({"confirm": "true"})))));
    let done = world.reply("alice", DELETE, arguments, ask).await;
    assert!(matches!(done, Reply::Answer(_)), "{done:?}");
    assert_eq!(deletions(&world), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn confirmation_by_token_works_once() {
    let world = World::new();
    let mut arguments = space(&world).await;
    let body = world
        .error(
            "alice",
            DELETE,
            arguments.clone(),
            Code::ConfirmationRequired,
        )
        .await;
    assert_eq!(
        body["question"],
        "Delete the space “Short-lived”, with all its messages and files? This cannot be undone."
    );
    assert_eq!(deletions(&world), 0);
    arguments["confirmationToken"] = body["confirmationToken"].clone();
    world.facts("alice", DELETE, arguments.clone()).await;
    assert_eq!(deletions(&world), 1);
    world
        .error("alice", DELETE, arguments, Code::InvalidArguments)
        .await;
    assert_eq!(deletions(&world), 0);
}

#[tokio::test(crate = "crate::journey")]
async fn what_webex_answers_becomes_our_error() {
    let cases = [
        (401, Code::Unauthorized),
        (403, Code::Forbidden),
        (404, Code::NotFound),
        (409, Code::Conflict),
        (410, Code::Gone),
        (400, Code::InvalidArguments),
        (500, Code::Unavailable),
    ];
    for (status, code) in cases {
        let world = World::new();
        world.sandbox.faults().next(3, Fault::status(status));
        let body = world
            .error("alice", "webex-get-space", json!({}), code)
            .await;
        assert!(
            body["advice"]
                .as_str()
                .is_some_and(|advice| advice.len() > 20)
        );
        assert!(body["trackingId"].is_string(), "{status}: {body:?}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_write_whose_answer_is_lost_is_not_repeated() {
    let world = World::new();
    world
        .sandbox
        .faults()
        .next_on(9, "POST", "/v1/messages", Fault::status(502));
    let arguments = json!({"toPersonEmail": "bob@example.com", "text": "hi"});
    let body = world
        .error("alice", CREATE, arguments, Code::OutcomeUnknown)
        .await;
    assert_eq!(body["retryable"], false);
    assert_eq!(world.wire_calls().len(), 1);
}

#[tokio::test(crate = "crate::journey", start_paused = true)]
async fn a_silent_webex_ends_at_the_deadline() {
    let world = World::new();
    world.sandbox.faults().next(9, Fault::Hang);
    world
        .error("alice", "webex-get-space", json!({}), Code::Timeout)
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_cancelled_call_says_so() {
    let world = World::new();
    world.sandbox.faults().next(1, Fault::Hang);
    let call = world.call("alice", "webex-get-space", json!({}), Ask::Nobody);
    call.cancel.cancel();
    error_of(world.dispatcher.answer(call).await, Code::Cancelled);
}

#[tokio::test(crate = "crate::journey")]
async fn a_caller_without_a_token_is_told_what_to_set() {
    let world = World::new();
    let mut call = world.call("alice", "webex-get-space", json!({}), Ask::Nobody);
    call.caller.credential = None;
    let body = error_of(world.dispatcher.answer(call).await, Code::NotConfigured);
    assert!(
        body["advice"]
            .as_str()
            .unwrap()
            .contains("WEBEX_ACCESS_TOKEN")
    );
    assert_eq!(world.wire_calls().len(), 0);
}

#[tokio::test(crate = "crate::journey")]
async fn a_cursor_is_of_one_caller_one_tool_and_the_same_filters() {
    let world = World::new();
    let first = world
        .facts(
            "alice",
            "webex-get-space",
            json!({"type": "group", "max": 2}),
        )
        .await;
    let cursor = first["page"]["cursor"].as_str().unwrap().to_owned();
    let next = json!({"type": "group", "max": 2, "cursor": cursor});
    let second = world.facts("alice", "webex-get-space", next.clone()).await;
    assert_ne!(first["spaces"], second["spaces"]);
    world.wire_calls();
    let foreign = [
        ("bob", next),
        ("alice", json!({"type": "direct", "cursor": cursor})),
        ("alice", json!({"cursor": cursor})),
        (
            "alice",
            json!({"type": "group", "cursor": format!("{cursor}A")}),
        ),
    ];
    for (person, arguments) in foreign {
        let body = world
            .error(person, "webex-get-space", arguments, Code::InvalidArguments)
            .await;
        assert!(body["message"].as_str().unwrap().contains("`cursor`"));
    }
    assert_eq!(world.wire_calls().len(), 0);
}
