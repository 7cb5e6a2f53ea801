//! Long work as clients see it that know the extension for tasks: they get a task, and follow it.

use axum::http::StatusCode;
use serde_json::{Value, json};
use webex_mcp::servers;
use webex_sandbox::Fault;

use crate::door::{Door, next_event, read};
use crate::world::World;

const BROADCAST: &str = "webex-broadcast-message";
const UNKNOWN: &str = "0190a3c4-0000-7000-8000-000000000000";

fn knows_tasks() -> Value {
    json!({"extensions": {"io.modelcontextprotocol/tasks": {}}})
}

/// A door to every tool, whose next messages are slow.
fn slow(messages: u32) -> Door {
    let world = World::hurried().with_every_tool();
    slower(&world, messages);
    Door::of(world)
}

fn slower(world: &World, messages: u32) {
    let slow = Fault::Slow { delay_ms: 200 };
    let faults = world.sandbox.faults();
    faults.next_on(messages, "POST", "/v1/messages", slow);
}

fn broadcast(text: &str) -> Value {
    let emails = ["bob@example.com", "carol@example.com", "dave@example.com"];
    json!({"name": BROADCAST, "arguments": {"toPersonEmails": emails, "text": text}})
}

/// The task that Alice gets for a broadcast.
async fn begun(door: &Door, text: &str) -> Value {
    let asked = door.modern_by("alice", "tools/call", broadcast(text), knows_tasks());
    let task = asked.await.1["result"].take();
    assert_eq!(task["resultType"], "task", "{task}");
    task
}

/// The same for a client that shows forms as well.
fn knows_both() -> Value {
    let mut both = knows_tasks();
    both["elicitation"] = json!({});
    both
}

async fn about(door: &Door, who: &str, method: &str, id: &Value) -> (StatusCode, Value) {
    let params = match method {
        "tasks/update" => json!({"taskId": id, "inputResponses": {}}),
        _ => json!({"taskId": id}),
    };
    door.modern_by(who, method, params, knows_tasks()).await
}

/// The state of a task, once it is over.
async fn over(door: &Door, id: &Value) -> Value {
    for _ in 0..2_000 {
        let state = about(door, "alice", "tasks/get", id).await.1["result"].take();
        if state["status"] != "working" {
            return state;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("it did not end");
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_knows_tasks_follows_one_to_its_result() {
    let door = slow(1);
    let found = door.modern_by("alice", "server/discover", json!({}), json!({}));
    let capabilities = found.await.1["result"]["capabilities"].take();
    let declared = &capabilities["extensions"]["io.modelcontextprotocol/tasks"];
    assert_eq!(declared, &json!({}));
    let task = begun(&door, "a task").await;
    let id = &task["taskId"];
    assert_eq!(task["status"], "working");
    assert!(
        task["ttlMs"].as_u64().unwrap() >= 24 * 60 * 60 * 1_000,
        "{task}"
    );
    assert!(task["pollIntervalMs"].as_u64().unwrap() > 0);
    let state = about(&door, "alice", "tasks/get", id).await.1["result"].take();
    assert_eq!(
        (&state["taskId"], &state["status"]),
        (id, &json!("working"))
    );
    assert_eq!(state["resultType"], "complete");
    assert_eq!(state["statusMessage"], "Still running: 0 of 3 done.");
    assert_eq!(state["createdAt"], task["createdAt"]);
    // The same call again is the same work.
    assert_eq!(&begun(&door, "a task").await["taskId"], id);
    let acknowledged = about(&door, "alice", "tasks/update", id).await.1["result"].take();
    assert_eq!(acknowledged["resultType"], "complete");
    assert_eq!(acknowledged["taskId"], Value::Null);
    let state = over(&door, id).await;
    assert_eq!(state["status"], "completed", "{state}");
    let result = &state["result"];
    assert_eq!(result["structuredContent"]["sent"], 3, "{result}");
    assert_eq!(result["structuredContent"]["status"], "finished");
    assert!(result["content"][0]["text"].is_string() && result["isError"] != true);
    // The tool tells the same by the id.
    let look = json!({"name": BROADCAST, "arguments": {"workId": id}});
    let looked = door.modern_by("alice", "tools/call", look, knows_tasks());
    let looked = looked.await.1["result"].take();
    assert_eq!(looked["structuredContent"], result["structuredContent"]);
}

#[tokio::test(crate = "crate::journey")]
async fn a_task_is_its_owners_and_its_servers() {
    let door = slow(1);
    let id = begun(&door, "mine").await["taskId"].take();
    let other = servers::all().into_iter();
    let mut other = other.filter(|server| &*server.slug == "webex-workflows");
    let elsewhere = Door::of(World {
        sandbox: door.world.sandbox.clone(),
        dispatcher: door.world.dispatcher.clone(),
        server: other.next().unwrap(),
        is_lasting: false,
    });
    // The same call there is the same work, which no task of that server stands for.
    let asked = elsewhere.modern_by("alice", "tools/call", broadcast("mine"), knows_tasks());
    let answer = asked.await.1["result"].take();
    assert_eq!(answer["structuredContent"]["workId"], id, "{answer}");
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let strangers = [
            about(&door, "bob", method, &id).await,
            about(&elsewhere, "alice", method, &id).await,
            about(&door, "alice", method, &json!(UNKNOWN)).await,
            about(&door, "alice", method, &json!("none at all")).await,
        ];
        for (status, told) in strangers {
            assert_eq!(
                (status, &told["error"]["code"]),
                (StatusCode::OK, &json!(-32602))
            );
            assert!(
                told["error"]["message"]
                    .as_str()
                    .unwrap()
                    .contains("no such task")
            );
        }
    }
    assert_eq!(over(&door, &id).await["status"], "completed");
}

#[tokio::test(crate = "crate::journey")]
async fn a_stopped_task_is_cancelled_and_its_tool_tells_what_was_done() {
    let door = slow(1);
    let id = begun(&door, "stop").await["taskId"].take();
    for _ in 0..2 {
        let (_, told) = about(&door, "alice", "tasks/cancel", &id).await;
        assert_eq!(told["result"]["resultType"], "complete", "{told}");
        assert_eq!(told["result"]["status"], Value::Null);
    }
    let state = over(&door, &id).await;
    assert_eq!(state["status"], "cancelled", "{state}");
    assert_eq!(state["result"], Value::Null);
    assert!(
        state["statusMessage"].as_str().unwrap().contains(BROADCAST),
        "{state}"
    );
    let (_, told) = about(&door, "alice", "tasks/cancel", &id).await;
    assert_eq!(told["result"]["resultType"], "complete", "{told}");
    let look = json!({"name": BROADCAST, "arguments": {"workId": id}});
    let looked = door
        .modern_by("alice", "tools/call", look, json!({}))
        .await
        .1;
    let facts = &looked["result"]["structuredContent"];
    assert_eq!(
        (&facts["status"], facts["notSent"] != 0),
        (&json!("cancelled"), true)
    );
}

#[tokio::test(crate = "crate::journey")]
async fn who_does_not_know_tasks_gets_what_it_got() {
    let door = slow(1);
    let asked = door.modern_by("alice", "tools/call", broadcast("plain"), json!({}));
    let answer = asked.await.1["result"].take();
    assert_eq!(answer["resultType"], "complete");
    assert_eq!(answer["structuredContent"]["status"], "running");
    let id = answer["structuredContent"]["workId"].clone();
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let params = json!({"taskId": id, "inputResponses": {}});
        let (status, told) = door.modern_by("alice", method, params, json!({})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(told["error"]["code"], -32021, "{told}");
        assert_eq!(told["error"]["data"]["requiredCapabilities"], knows_tasks());
    }
    // Such a client changes its mind with any request.
    assert_eq!(over(&door, &id).await["status"], "completed");
    // What is done at once is answered at once.
    let patient = Door::of(World::new().with_every_tool());
    let asked = patient.modern_by("alice", "tools/call", broadcast("quick"), knows_tasks());
    let answer = asked.await.1["result"].take();
    assert_eq!(
        answer["structuredContent"]["status"], "finished",
        "{answer}"
    );
}

#[tokio::test(crate = "crate::journey")]
async fn an_error_of_the_tool_completes_its_task() {
    let door = slow(0);
    let room = door.world.space("Project Unicorn").await;
    let faults = door.world.sandbox.faults();
    faults.next_on(1, "GET", "/v1/rooms", Fault::Slow { delay_ms: 200 });
    faults.next_on(1, "POST", "/v1/messages", Fault::status(401));
    let called = json!({"name": BROADCAST, "arguments": {"roomIds": [room], "text": "refused"}});
    let asked = door.modern_by("alice", "tools/call", called, knows_tasks());
    let id = asked.await.1["result"]["taskId"].take();
    let state = over(&door, &id).await;
    assert_eq!(state["status"], "completed", "{state}");
    assert_eq!(state["result"]["isError"], true);
    assert_eq!(state["result"]["structuredContent"]["code"], "unauthorized");
    assert_eq!(state["error"], Value::Null);
}

#[tokio::test(crate = "crate::journey")]
async fn looks_at_tasks_count_against_the_rate() {
    let world = World::new().with_calls_per_minute(2).with_every_tool();
    let door = Door::of(world);
    let mut codes = Vec::new();
    for _ in 0..3 {
        let (_, told) = about(&door, "alice", "tasks/get", &json!(UNKNOWN)).await;
        codes.push((
            told["error"]["code"] == -32602,
            told["error"]["data"]["code"].clone(),
        ));
    }
    let unknown = (true, Value::Null);
    assert_eq!(
        codes,
        [unknown.clone(), unknown, (false, json!("rate_limited"))]
    );
}

#[tokio::test(crate = "crate::journey")]
async fn the_id_in_the_header_is_the_one_in_the_body() {
    let door = slow(0);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": knows_tasks()
    });
    let params = json!({"taskId": UNKNOWN, "_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": params});
    for name in [Some("another"), None] {
        let mut headers = vec![
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tasks/get"),
        ];
        headers.extend(name.map(|name| ("mcp-name", name)));
        let (status, told) = read(door.post(&headers, &body).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(told["error"]["code"], -32020, "{told}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn sessions_and_servers_without_long_work_know_no_tasks() {
    let door = slow(1);
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": knows_tasks(),
        "clientInfo": {"name": "test", "version": "1"}}});
    let opened = door.post(&[], &initialize).await;
    let session = opened.headers()["mcp-session-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let capabilities = read(opened).await.1["result"]["capabilities"].take();
    assert_eq!(capabilities["extensions"], Value::Null, "{capabilities}");
    let in_session = [
        ("mcp-session-id", &*session),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": broadcast("old")});
    let answer = read(door.post(&in_session, &call).await).await.1["result"].take();
    assert_eq!(answer["structuredContent"]["status"], "running", "{answer}");
    let get = json!({"jsonrpc": "2.0", "id": 3, "method": "tasks/get",
        "params": {"taskId": answer["structuredContent"]["workId"]}});
    let told = read(door.post(&in_session, &get).await).await.1;
    assert_eq!(told["error"]["code"], -32601, "{told}");
    let id = answer["structuredContent"]["workId"].clone();
    assert_eq!(over(&door, &id).await["status"], "completed");

    let messaging = Door::new();
    let found = messaging.modern_by("alice", "server/discover", json!({}), knows_tasks());
    let capabilities = found.await.1["result"]["capabilities"].take();
    assert_eq!(capabilities["extensions"], Value::Null);
    let (status, told) = about(&messaging, "alice", "tasks/get", &json!(UNKNOWN)).await;
    assert_eq!(
        (status, &told["error"]["code"]),
        (StatusCode::NOT_FOUND, &json!(-32601))
    );
}

#[tokio::test(crate = "crate::journey")]
async fn a_task_through_a_general_tool_has_its_result() {
    let mut world = World::hurried();
    let mut all = servers::all().into_iter();
    world.server = all.find(|server| &*server.slug == "webex-compact").unwrap();
    slower(&world, 1);
    let door = Door::of(world);
    let mut called = broadcast("general");
    called = json!({"name": "webex-use-tool", "arguments":
        {"tool": BROADCAST, "arguments": called["arguments"].take()}});
    let asked = door
        .modern_by("alice", "tools/call", called, knows_tasks())
        .await;
    let id = asked.1["result"]["taskId"].clone();
    let state = over(&door, &id).await;
    let facts = &state["result"]["structuredContent"];
    assert_eq!(
        (&facts["tool"], &facts["result"]["sent"]),
        (&json!(BROADCAST), &json!(3))
    );
}

#[tokio::test(crate = "crate::journey")]
async fn who_listens_to_tasks_has_to_know_them_and_is_promised_none() {
    let door = slow(0);
    let listen = json!({"notifications": {"toolsListChanged": true, "taskIds": [UNKNOWN]}});
    let method = "subscriptions/listen";
    let (status, told) = door
        .modern_by("alice", method, listen.clone(), json!({}))
        .await;
    assert_eq!(
        (status, &told["error"]["code"]),
        (StatusCode::BAD_REQUEST, &json!(-32021))
    );
    let mut stream = door.stream(method, listen, knows_tasks()).await;
    let acknowledged = next_event(&mut stream).await;
    let promised = &acknowledged["params"]["notifications"];
    assert_eq!(
        promised,
        &json!({"toolsListChanged": true}),
        "{acknowledged}"
    );
}

/// A door, where the answer to the second message is lost.
fn losing() -> Door {
    let world = World::today().with_every_tool();
    let faults = world.sandbox.faults();
    faults.next_on(1, "POST", "/v1/messages", Fault::Slow { delay_ms: 0 });
    faults.next_on(1, "POST", "/v1/messages", Fault::status(504));
    Door::of(world)
}

async fn got(door: &Door, id: &Value, capabilities: Value) -> Value {
    let get = json!({"taskId": id});
    let got = door.modern_by("alice", "tasks/get", get, capabilities);
    got.await.1["result"].take()
}

/// What an answer to the questions of a task is answered with.
async fn update(door: &Door, who: &str, id: &Value, responses: Value) -> Value {
    let params = json!({"taskId": id, "inputResponses": responses});
    let told = door.modern_by(who, "tasks/update", params, knows_both());
    told.await.1
}

fn accepted(confirm: bool) -> Value {
    json!({"action": "accept", "content": {"confirm": confirm}})
}

#[tokio::test(crate = "crate::journey")]
async fn a_task_asks_and_goes_on_with_the_answer() {
    let door = losing();
    let id = begun(&door, "asks").await["taskId"].take();
    let state = got(&door, &id, knows_both()).await;
    assert_eq!(state["status"], "input_required", "{state}");
    let requests = state["inputRequests"].as_object().unwrap();
    assert_eq!(requests.len(), 1);
    let (key, request) = requests.iter().next().unwrap();
    assert_eq!(request["method"], "elicitation/create");
    assert_eq!(
        request["params"]["message"],
        "For 1 of 3 it is not known whether it was done: “carol@example.com”. Do it again? It may then be done twice."
    );
    let form = &request["params"]["requestedSchema"];
    assert_eq!(form["properties"]["confirm"]["type"], "boolean");
    // The question is its owner's, and only an answer to it is one.
    let foreign = update(&door, "bob", &id, json!({key: accepted(true)})).await;
    assert_eq!(foreign["error"]["code"], -32602, "{foreign}");
    for malformed in [
        json!(7),
        json!({"action": "maybe"}),
        json!({"action": "accept"}),
        json!({"action": "accept", "content": {"confirm": "yes"}}),
    ] {
        let told = update(&door, "alice", &id, json!({key: malformed})).await;
        assert_eq!(told["error"]["code"], -32602, "{told}");
    }
    let other = update(&door, "alice", &id, json!({"another": accepted(true)})).await;
    assert_eq!(other["result"]["resultType"], "complete", "{other}");
    let same = got(&door, &id, knows_both()).await;
    assert_eq!(same["inputRequests"], state["inputRequests"]);
    // Two at once: one counts, and both are acknowledged.
    let (one, two) = tokio::join!(
        update(
            &door,
            "alice",
            &id,
            json!({key: accepted(true), "another": 1})
        ),
        update(&door, "alice", &id, json!({key: accepted(true)})),
    );
    for told in [one, two] {
        assert_eq!(told["result"]["resultType"], "complete", "{told}");
    }
    let state = over(&door, &id).await;
    let facts = &state["result"]["structuredContent"];
    assert_eq!(
        (&facts["status"], &facts["sent"]),
        (&json!("finished"), &json!(3)),
        "{state}"
    );
    let late = update(&door, "alice", &id, json!({key: accepted(false)})).await;
    assert_eq!(late["result"]["resultType"], "complete", "{late}");
    assert_eq!(&over(&door, &id).await["result"], &state["result"]);
    let posts = door.world.wire_calls();
    let posts = posts.iter().filter(|call| *call == "POST /v1/messages");
    assert_eq!(posts.count(), 4);
}

#[tokio::test(crate = "crate::journey")]
async fn a_no_ends_a_task_with_what_is_known() {
    for no in [
        accepted(false),
        json!({"action": "decline"}),
        json!({"action": "cancel"}),
    ] {
        let door = losing();
        let id = begun(&door, "no").await["taskId"].take();
        let told = update(&door, "alice", &id, json!({"question": no})).await;
        assert_eq!(told["result"]["resultType"], "complete", "{told}");
        let state = over(&door, &id).await;
        let facts = &state["result"]["structuredContent"];
        assert_eq!(
            (&facts["sent"], &facts["deliveries"][1]["became"]),
            (&json!(2), &json!("unknown")),
            "{state}"
        );
    }
}

#[tokio::test(crate = "crate::journey")]
async fn who_shows_no_forms_is_told_how_to_answer_a_task() {
    let door = losing();
    let id = begun(&door, "told").await["taskId"].take();
    let state = got(&door, &id, knows_tasks()).await;
    assert_eq!(
        (&state["status"], &state["inputRequests"]),
        (&json!("working"), &Value::Null),
        "{state}"
    );
    let message = state["statusMessage"].as_str().unwrap();
    let named = format!("workId {} alone", id.as_str().unwrap());
    assert!(message.contains(&named), "{message}");
    // It was not asked, so it does not answer.
    let params = json!({"taskId": id, "inputResponses": {"question": accepted(false)}});
    let told = door.modern_by("alice", "tasks/update", params, knows_tasks());
    assert_eq!(told.await.1["result"]["resultType"], "complete");
    let state = got(&door, &id, knows_both()).await;
    assert_eq!(state["status"], "input_required", "{state}");
    let stop = json!({"taskId": id});
    let stopped = door.modern_by("alice", "tasks/cancel", stop, knows_tasks());
    assert_eq!(stopped.await.1["result"]["resultType"], "complete");
    assert_eq!(over(&door, &id).await["status"], "cancelled");
}
