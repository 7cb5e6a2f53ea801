//! A server in lockdown, in front of a hostile Webex: outsiders, a bot of another organization, people
//! of whom no organization is told, and members who left. Whatever they can write has a canary, and no
//! answer may have it.

mod asking;
mod mentions;
mod titles;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Response;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::map_response;
use parking_lot::Mutex;
use serde_json::{Value, json};
use webex_mcp::call::consent::Ask;
use webex_mcp::call::{Call, Reply};
use webex_mcp::error::Code;
use webex_mcp::scope::Scope;
use webex_mcp::scope::lockdown::Authors;
use webex_mcp::tool::Kind;

use crate::answers::{calls, guest_calls, records};
use crate::scoped::limit;
use crate::world::World;

const CANARY: &str = "cuckoo";
const WORDS: &str = "cuckoo <b>cuckoo</b> [cuckoo](javascript:cuckoo)\n> cuckoo";

/// Fields that people word freely, and one that Webex does not have yet.
const THEIRS: [&str; 18] = [
    "text",
    "markdown",
    "html",
    "title",
    "name",
    "description",
    "displayName",
    "personDisplayName",
    "firstName",
    "lastName",
    "nickName",
    "personName",
    "hostDisplayName",
    "agenda",
    "topic",
    "meetingTopic",
    "content",
    "inputs",
];

/// Who is outside: by name, and how an answer tells their organization.
const OUTSIDE: [(&str, Option<&str>); 3] = [
    ("bob", Some("another-organization")),
    ("dave", None),
    ("ci-bot", Some("another-organization")),
];

#[derive(Debug, Clone)]
struct Outsider {
    traces: [String; 3],
    organization: Option<&'static str>,
}

/// Nobody is outside before this is filled.
type Outsiders = Arc<Mutex<Vec<Outsider>>>;

/// Who wrote an object, by the first field that names somebody.
fn author<'o>(
    object: &serde_json::Map<String, Value>,
    all: &'o [Outsider],
) -> Option<&'o Outsider> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let by = |who: &str| {
        let mut all = all.iter();
        all.find(|one| one.traces.iter().any(|trace| trace == who))
    };
    if let Some(emails) = object.get("emails").and_then(Value::as_array) {
        return by(emails.first()?.as_str()?);
    }
    if text("type") == Some("direct") {
        return by(text("title")?);
    }
    if let Some(data) = object.get("data").and_then(Value::as_object) {
        let of_data = ["personId", "personEmail"].map(|name| data.get(name)?.as_str());
        let mut of_data = of_data.into_iter().flatten();
        return of_data.find_map(by).or_else(|| by(text("actorId")?));
    }
    let names = [
        "personEmail",
        "personId",
        "email",
        "hostEmail",
        "hostUserId",
        "creatorId",
    ];
    by(names.into_iter().find_map(text)?)
}

fn plant(value: &mut Value) {
    match value {
        Value::String(words) => *words = WORDS.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(plant),
        Value::Object(fields) => fields.values_mut().for_each(plant),
        _ => {}
    }
}

fn plant_theirs(object: &mut serde_json::Map<String, Value>) {
    for (name, field) in object.iter_mut() {
        match field {
            Value::Object(inner) if name == "data" => plant_theirs(inner),
            field if THEIRS.contains(&name.as_str()) => plant(field),
            _ => {}
        }
    }
    object.insert("anythingNew".to_owned(), json!(WORDS));
}

/// Gives whom a message mentions a name of their choice in it, whoever wrote it.
fn plant_names(message: &mut serde_json::Map<String, Value>, all: &[Outsider]) {
    let is_mentioned = |one: &&Outsider| {
        let ids = message.get("mentionedPeople").and_then(Value::as_array);
        ids.is_some_and(|ids| ids.iter().any(|id| *id == one.traces[0]))
    };
    let named: Vec<_> = all.iter().filter(is_mentioned).collect();
    // What the caller typed is shown as it is.
    let is_own = message.get("personEmail") == Some(&json!("alice@example.com"));
    let fields = ["text", "html", "markdown"].into_iter();
    let fields: Vec<_> = fields.filter(|one| !is_own || *one != "markdown").collect();
    for [_, email, name] in named.into_iter().map(|one| &one.traces) {
        for field in &fields {
            if let Some(Value::String(words)) = message.get_mut(*field) {
                let typed = format!("<@personEmail:{email}|{name}>");
                let mention = format!("<@personEmail:{email}>");
                *words = words.replace(&mention, &typed).replace(name, CANARY);
            }
        }
    }
}

fn corrupt(value: &mut Value, all: &[Outsider]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| corrupt(item, all)),
        Value::Object(object) => {
            plant_names(object, all);
            if let Some(Value::Object(data)) = object.get_mut("data") {
                plant_names(data, all);
            }
            // The assistant wrote it of what everybody said.
            if object.contains_key("actionItems") {
                object
                    .values_mut()
                    .filter(|it| !it.is_string())
                    .for_each(plant);
            } else if let Some(outsider) = author(object, all) {
                for field in ["orgId", "personOrgId"] {
                    match (object.get_mut(field), outsider.organization) {
                        (Some(org), Some(other)) => *org = json!(other),
                        (Some(_), None) => drop(object.remove(field)),
                        (None, _) => {}
                    }
                }
                plant_theirs(object);
            }
            for (name, field) in object {
                if name != "data" {
                    corrupt(field, all);
                }
            }
        }
        _ => {}
    }
}

async fn hostile(response: Response<Body>, outsiders: Outsiders) -> Response<Body> {
    let all = outsiders.lock().clone();
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let kind = parts.headers.get(CONTENT_TYPE);
    let is_transcript = kind.is_some_and(|kind| kind == "text/vtt");
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut value) if !all.is_empty() => {
            corrupt(&mut value, &all);
            Body::from(value.to_string())
        }
        _ if is_transcript && !all.is_empty() => Body::from(format!(
            "{}\n\n9999\n00:00:01.000 --> 00:00:02.000\nBob: {CANARY}\n",
            String::from_utf8_lossy(&bytes)
        )),
        _ => return Response::from_parts(parts, Body::from(bytes)),
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, body)
}

/// A world that turns hostile once [`turn`] says so.
async fn world() -> (World, Outsiders) {
    let outsiders = Outsiders::default();
    let switch = outsiders.clone();
    let layer = move |router: Router| {
        router.layer(map_response(move |response: Response<Body>| {
            hostile(response, switch.clone())
        }))
    };
    let (world, _files) = World::new()
        .with_every_tool()
        .with_files_through(layer)
        .await;
    (world, outsiders)
}

fn turn(world: &World, outsiders: &Outsiders) {
    turn_to(world, outsiders, &OUTSIDE);
}

fn turn_to(world: &World, outsiders: &Outsiders, outside: &[(&'static str, Option<&'static str>)]) {
    let people = world.sandbox.people();
    let of = |(name, organization): &(&'static str, Option<&'static str>)| {
        let token = format!("sandbox-{name}");
        let person = people.iter().find(|one| one.token == token).unwrap();
        Outsider {
            traces: [
                person.id.clone(),
                person.email.clone(),
                person.display_name.clone(),
            ],
            organization: *organization,
        }
    };
    *outsiders.lock() = outside.iter().map(of).collect();
}

fn locked() -> Scope {
    locked_to(true, &[])
}

fn locked_to(organization: bool, domains: &[&str]) -> Scope {
    Scope {
        authors: Some(Authors {
            organization,
            domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
        }),
        ..Scope::default()
    }
}

/// One request of any kind, by somebody.
type Request = (&'static str, Kind, String, Value);

/// Everything that a client is told by it, after a "yes" where one is wanted.
async fn told(
    world: &World,
    (who, kind, name, arguments): Request,
) -> Result<String, (Code, String)> {
    let asked = |arguments: Value| Call {
        kind,
        ..world.call(who, &name, arguments, Ask::Nobody)
    };
    let mut reply = world.dispatcher.answer(asked(arguments.clone())).await;
    if let Reply::Failed(error) = &reply {
        let body = serde_json::to_value(error.body()).unwrap();
        assert!(!body.to_string().contains(CANARY), "{name}: {body}");
        if body["confirmationToken"].is_string() {
            let mut confirmed = arguments.clone();
            confirmed["confirmationToken"] = body["confirmationToken"].clone();
            reply = world.dispatcher.answer(asked(confirmed)).await;
        }
    }
    match reply {
        Reply::Answer(answer) => Ok(format!("{}\n{}", answer.text, answer.facts.as_str())),
        Reply::Failed(error) => {
            let body = serde_json::to_string(&error.body()).unwrap();
            Err((error.code, body))
        }
        other => panic!("{name} {arguments}: {other:?}"),
    }
}

/// Things of Alice's that somebody outside may have worded since.
async fn plant_titles(world: &World) {
    let bob = "bob@example.com";
    let space = world.facts("alice", "webex-create-space", json!({"title": CANARY}));
    let space = space.await["id"].clone();
    let team = world.facts("alice", "webex-create-team", json!({"name": CANARY}));
    let team = team.await["id"].clone();
    for (tool, member) in [
        (
            "webex-add-membership",
            json!({"roomId": space, "personEmail": bob}),
        ),
        (
            "webex-add-team-membership",
            json!({"teamId": team, "personEmail": bob}),
        ),
    ] {
        world.facts("alice", tool, member).await;
    }
    let meeting = json!({"title": CANARY, "agenda": CANARY, "start": "2026-01-07T12:00:00Z",
    "durationMinutes": 30, "invitees": [
        {"email": bob, "coHost": true},
        {"email": "erin@example.com", "displayName": CANARY},
    ]});
    world.facts("alice", "webex-create-meeting", meeting).await;
}

/// What is in the demo company already, of insiders and of outsiders.
async fn reads(world: &World) -> Vec<Request> {
    let tool = |who, name: &str, arguments| (who, Kind::Tool, name.to_owned(), arguments);
    let room = world.space("Project Unicorn").await;
    let in_room = |max: u32| json!({"roomId": room, "max": max});
    let all = world
        .facts("alice", "webex-get-message", in_room(100))
        .await;
    let by = |email: &str, field: &str| {
        let mut all = all["messages"].as_array().unwrap().iter();
        let found = all.find(|one| one["from"] == email && one[field].is_string());
        found.map(|one| one[field].clone())
    };
    let of_bob = by("bob@example.com", "id").unwrap();
    let thread = by("bob@example.com", "parentId").unwrap();
    let standup = world.meeting("alice", "Daily Standup").await;
    let transcripts = world.facts("alice", "webex-list-transcripts", json!({}));
    let transcript = json!({"transcriptId": transcripts.await["transcripts"][0]["id"]});
    let card = json!({"roomId": room, "title": "Lunch?", "buttons": [{"title": "Yes"}],
        "inputs": [{"id": "dish", "label": "Dish", "kind": "text"}]});
    let card = world.facts("alice", "webex-send-card", card).await;
    let answer = json!({"messageId": card["id"], "inputs": {"dish": "soup"}});
    let answer = world.facts("bob", "webex-submit-card", answer).await;
    let mention = json!({"roomId": room, "markdown": "<@personEmail:alice@example.com> look"});
    world.facts("bob", "webex-create-message", mention).await;
    let to_alice = json!({"toPersonEmail": "alice@example.com", "text": "psst"});
    world.facts("bob", "webex-create-message", to_alice).await;
    let mention = json!({"roomId": room, "markdown": "<@personEmail:bob@example.com> look"});
    world.facts("erin", "webex-create-message", mention).await;
    plant_titles(world).await;
    let week = json!({"resource": "messages", "max": 20});
    let period = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-05T08:00:00Z"});
    let mut found: Vec<Request> = vec![
        tool("alice", "webex-get-message", in_room(100)),
        tool("alice", "webex-get-message", json!({"messageId": of_bob})),
        tool(
            "alice",
            "webex-get-message",
            json!({"personEmail": "bob@example.com"}),
        ),
        tool(
            "alice",
            "webex-search-messages",
            json!({"roomId": room, "query": "cuckoo"}),
        ),
        tool(
            "alice",
            "webex-get-thread",
            json!({"roomId": room, "parentId": thread}),
        ),
        tool("alice", "webex-get-membership", in_room(50)),
        tool("alice", "webex-get-space", json!({"max": 50})),
        tool("alice", "webex-find", json!({"query": "bob"})),
        tool("alice", "webex-catch-up", json!({})),
        tool("alice", "webex-export-space", json!({"roomId": room})),
        tool("alice", "webex-list-meetings", json!({"max": 50})),
        tool("alice", "webex-get-team", json!({})),
        tool("alice", "webex-list-recordings", json!({})),
        tool(
            "alice",
            "webex-report-attendance",
            json!({"meetingId": standup}),
        ),
        tool(
            "alice",
            "webex-publish-recap",
            json!({"meetingId": standup, "roomId": room, "dryRun": true}),
        ),
        tool("alice", "webex-get-transcript", transcript.clone()),
        tool("alice", "webex-get-transcript-snippet", transcript.clone()),
        tool(
            "alice",
            "webex-get-card-response",
            json!({"attachmentActionId": answer["id"]}),
        ),
        tool("grace", "webex-get-event", week),
        tool("grace", "webex-report-events", period),
    ];
    let vars = [
        ("roomId", json!(room)),
        ("messageId", of_bob),
        ("meetingId", json!(standup)),
        ("transcriptId", transcript["transcriptId"].clone()),
    ];
    for listed in world.server.others(Kind::Resource) {
        let address = listed.entry.address;
        let uri = vars
            .iter()
            .fold(listed.entry.name.to_owned(), |uri, (name, id)| {
                uri.replace(
                    &format!("{{{name}}}"),
                    &id.as_str().unwrap().replace('/', "%2F"),
                )
            });
        if address.is_some() && !uri.contains('{') {
            found.push(("alice", Kind::Resource, uri, json!({})));
        }
    }
    for (prompt, arguments) in [
        ("webex-catch-me-up", json!({"days": "20"})),
        ("webex-triage-mentions", json!({"days": "20"})),
        ("webex-weekly-status", json!({"roomId": room, "days": "31"})),
        ("webex-audit-space", json!({"roomId": room})),
        (
            "webex-onboard-person",
            json!({"personId": "bob@example.com", "roomId": room}),
        ),
        ("webex-prepare-meeting", json!({"meetingId": standup})),
        ("webex-recap-meeting", json!({"meetingId": standup})),
    ] {
        found.push(("alice", Kind::Prompt, prompt.to_owned(), arguments));
    }
    found
}

/// Every request of this test.
async fn requests(world: &World) -> Vec<Request> {
    let mut all = reads(world).await;
    let mut tools = records(world).await;
    tools.extend(guest_calls(world).await);
    // What destroys comes last.
    tools.extend(calls(world).await);
    let of_alice =
        |(name, arguments): (&str, Value)| ("alice", Kind::Tool, name.to_owned(), arguments);
    all.extend(tools.into_iter().map(of_alice));
    all
}

/// What the walk does not call: they plan or keep what their arguments say, and read people and spaces
/// through the operations that others are called for.
const NOT_CALLED: [&str; 6] = [
    "webex-archive-spaces",
    "webex-broadcast-message",
    "webex-schedule-message",
    "webex-submit-card",
    "webex-sync-memberships",
    "webex-update-person",
];

/// What a server in lockdown refuses altogether here: somebody outside took part.
const REFUSED: [&str; 5] = [
    "webex-get-transcript ",
    "webex://transcripts/",
    "webex-get-meeting-summary ",
    // Webex wants the title again, which is withheld, as is the name of a team.
    "webex-update-space ",
    "webex-update-team ",
];

#[tokio::test(crate = "crate::journey")]
async fn nothing_that_outsiders_wrote_is_in_any_answer() {
    let (mut world, outsiders) = world().await;
    let all = requests(&world).await;
    let called: BTreeSet<_> = all.iter().map(|(_, _, name, _)| name.as_str()).collect();
    let every: Vec<_> = world
        .server
        .every_tool()
        .map(|one| one.entry.name)
        .collect();
    for tool in every {
        assert!(
            called.contains(tool) || NOT_CALLED.contains(&tool) || tool == "webex-get-artifact",
            "{tool} is not called"
        );
    }
    turn(&world, &outsiders);
    limit(&mut world, locked());
    let (mut withheld, mut failed, mut made) = (0, Vec::new(), None);
    for request in all {
        let (who, _, name, arguments) = request.clone();
        match told(&world, request).await {
            Ok(told) => {
                assert!(!told.contains(CANARY), "{name} {arguments}: {told}");
                withheld += usize::from(told.contains("Withheld, as people outside wrote it: "));
                if name == "webex-export-space" {
                    let (_, facts) = told.rsplit_once("\n{").unwrap();
                    let facts: Value = serde_json::from_str(&format!("{{{facts}")).unwrap();
                    made = Some((who, facts["artifact"]["artifactId"].clone()));
                    assert!(facts["messagesWithheld"].as_u64() > Some(5), "{facts}");
                }
            }
            Err((code, body)) => {
                assert!(!body.contains(CANARY), "{name} {arguments}: {body}");
                if name == "webex-get-meeting-summary" {
                    let told = "Withheld, as people outside wrote it: 1 summary.";
                    assert!(body.contains(told), "{body}");
                }
                failed.push(format!("{name} {code:?} {body}"));
            }
        }
    }
    let unexpected: Vec<_> = failed
        .iter()
        .filter(|failed| !REFUSED.iter().any(|tool| failed.starts_with(*tool)))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert!(withheld >= 18, "{withheld}");
    let (who, id) = made.unwrap();
    let file = (
        who,
        Kind::Tool,
        "webex-get-artifact".to_owned(),
        json!({"artifactId": id}),
    );
    let file = told(&world, file).await.unwrap();
    assert!(
        !file.contains(CANARY) && file.contains("Welcome to"),
        "{file}"
    );
}

/// The test above would also pass if the canary had gone nowhere.
#[tokio::test(crate = "crate::journey")]
async fn without_lockdown_it_is_in_many() {
    let (world, outsiders) = world().await;
    let all = reads(&world).await;
    turn(&world, &outsiders);
    let mut found = 0;
    for request in all {
        let told = told_or_refused(&world, request).await;
        found += usize::from(told.contains(CANARY));
    }
    assert!(found >= 18, "{found}");
}

async fn told_or_refused(world: &World, (who, kind, name, arguments): Request) -> String {
    let call = Call {
        kind,
        ..world.call(who, &name, arguments, Ask::Nobody)
    };
    match world.dispatcher.answer(call).await {
        Reply::Answer(answer) => format!("{}\n{}", answer.text, answer.facts.as_str()),
        other => format!("{other:?}"),
    }
}

#[tokio::test(crate = "crate::journey")]
async fn the_rest_is_there_and_the_count_says_of_what_kind_it_is() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    let list = json!({"roomId": room, "max": 50});
    let open = world
        .facts("alice", "webex-get-message", list.clone())
        .await;
    let of = |facts: &Value, is_outside: bool| -> Vec<Value> {
        let rows = facts["messages"].as_array().unwrap().iter();
        let is = |one: &&Value| {
            let from = one["from"].as_str().unwrap();
            OUTSIDE.iter().any(|(name, _)| from.starts_with(name)) == is_outside
        };
        rows.filter(is).map(|one| one["id"].clone()).collect()
    };
    turn(&world, &outsiders);
    limit(&mut world, locked());
    let answer = world
        .answer("alice", "webex-get-message", list.clone())
        .await;
    let facts = answer.facts.to_value();
    assert_eq!(of(&facts, false), of(&open, false));
    assert_eq!(of(&facts, true), Vec::<Value>::new());
    let count = of(&open, true).len();
    // Two of the rest mention somebody outside.
    assert_eq!(facts["withheld"], json!(count + 2), "{facts}");
    let line = format!("Withheld, as people outside wrote it: {count} messages, 2 names.");
    assert!(answer.text.ends_with(&line), "{}", answer.text);
    // One by itself is told without its words; who is in a space is told without their names.
    let one = json!({"messageId": of(&open, true)[0]});
    let one = world.facts("alice", "webex-get-message", one).await;
    let message = &one["messages"][0];
    assert!(
        message["text"].is_null() && message["from"].is_string(),
        "{one}"
    );
    assert_eq!(one["withheld"], json!(1));
    let members = world.facts("alice", "webex-get-membership", list).await;
    let rows = members["memberships"].as_array().unwrap();
    for row in rows {
        let email = row["personEmail"].as_str().unwrap();
        let is_outside = OUTSIDE.iter().any(|(name, _)| email.starts_with(name));
        assert_eq!(row["name"].is_null(), is_outside, "{row}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn who_belongs_is_read_once_and_only_in_lockdown() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    let list = json!({"roomId": room});
    turn(&world, &outsiders);
    let mut counts = Vec::new();
    for scope in [
        Scope::default(),
        locked(),
        locked_to(false, &["example.com"]),
    ] {
        limit(&mut world, scope);
        for _ in 0..2 {
            world.wire_calls();
            world
                .facts("alice", "webex-get-message", list.clone())
                .await;
            counts.push(world.wire_calls().len());
        }
    }
    // The caller, and the members of the space. An address needs no request, but those whom a message
    // mentions have only ids.
    assert_eq!(counts, [1, 1, 3, 1, 3, 1]);
}

#[tokio::test(crate = "crate::journey")]
async fn who_left_belongs_as_before_and_who_is_unknown_does_not() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    let list = json!({"roomId": room, "max": 100});
    for who in ["erin", "bob"] {
        let member = json!({"roomId": room, "personEmail": format!("{who}@example.com")});
        let found = world.facts("alice", "webex-get-membership", member).await;
        let member = json!({"membershipId": found["memberships"][0]["id"]});
        let leave = (
            "alice",
            Kind::Tool,
            "webex-remove-membership".to_owned(),
            member,
        );
        told(&world, leave).await.unwrap();
    }
    turn(&world, &outsiders);
    limit(&mut world, locked());
    let facts = world
        .facts("alice", "webex-get-message", list.clone())
        .await;
    let rows = facts["messages"].as_array().unwrap();
    let from = |who: &str| {
        let email = format!("{who}@example.com");
        rows.iter().any(|one| one["from"] == email)
    };
    assert!(
        from("erin") && from("frank") && !from("bob") && !from("dave"),
        "{facts}"
    );
    // Where nobody can be looked up, everybody but the caller is outside.
    limit(&mut world, locked());
    for path in ["/v1/memberships", "/v1/people"] {
        let fault = webex_sandbox::Fault::status(403);
        world.sandbox.faults().next_on(5, "GET", path, fault);
    }
    let facts = world.facts("alice", "webex-get-message", list).await;
    let rows = facts["messages"].as_array().unwrap();
    assert!(!rows.is_empty(), "{facts}");
    assert!(
        rows.iter().all(|one| one["from"] == "alice@example.com"),
        "{facts}"
    );
}

#[tokio::test(crate = "crate::journey")]
async fn a_domain_is_allowed_beside_or_without_the_organization() {
    let (mut world, outsiders) = world().await;
    let room = world.space("CI/CD").await;
    let robot = json!({"roomId": room, "text": "build 7 is green"});
    world.facts("ci-bot", "webex-create-message", robot).await;
    let said = json!({"roomId": room, "text": "thanks"});
    world
        .facts("bob", "webex-create-message", said.clone())
        .await;
    world.facts("alice", "webex-create-message", said).await;
    turn(&world, &outsiders);
    for (scope, shown) in [
        (locked_to(true, &["webex.bot"]), [true, false, true]),
        (locked_to(false, &["webex.bot"]), [true, false, true]),
        (locked_to(false, &["example.com"]), [false, true, true]),
        (locked_to(true, &[]), [false, false, true]),
    ] {
        limit(&mut world, scope);
        let facts = world.facts("alice", "webex-get-message", json!({"roomId": room}));
        let facts = facts.await;
        let mut rows = facts["messages"].as_array().unwrap().iter();
        let from = |end: &str| {
            let mut rows = rows.clone();
            rows.any(|one| one["from"].as_str().unwrap().ends_with(end))
        };
        let found = ["@webex.bot", "bob@example.com", "alice@example.com"].map(from);
        assert_eq!(found, shown, "{facts}");
        assert!(rows.next().is_some());
    }
}

#[tokio::test(crate = "crate::journey")]
async fn files_of_outsiders_are_not_there_and_files_of_insiders_are() {
    let (mut world, outsiders) = world().await;
    let room = world.space("Project Unicorn").await;
    let mut files = Vec::new();
    for who in ["bob", "alice"] {
        let file = json!({"roomId": room, "fileName": "notes.txt", "content": "aGVsbG8="});
        let sent = world.facts(who, "webex-upload-file", file).await;
        let read = json!({"messageId": sent["id"]});
        let read = world.facts(who, "webex-get-message", read).await;
        files.push(json!({"fileUrl": read["messages"][0]["files"][0]}));
    }
    turn(&world, &outsiders);
    limit(&mut world, locked());
    let list = json!({"roomId": room, "max": 5});
    let facts = world.facts("alice", "webex-get-message", list).await;
    let url = |at: usize| files[at]["fileUrl"].as_str().unwrap();
    assert!(!facts.to_string().contains(url(0)), "{facts}");
    for tool in ["webex-get-file-details", "webex-download-file"] {
        world
            .error("alice", tool, files[0].clone(), Code::NotFound)
            .await;
        let inside = world.facts("alice", tool, files[1].clone()).await;
        assert_eq!(inside["name"], "notes.txt");
    }
}

/// Answers with lists under another name than theirs.
async fn without_items(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    if let Some(items) = value.get_mut("items").map(Value::take) {
        value = json!({"elements": items, "words": WORDS});
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

#[tokio::test(crate = "crate::journey")]
async fn an_answer_that_is_no_list_where_one_was_asked_for_is_refused() {
    let room = World::new().space("Project Unicorn").await;
    let layer = |router: Router| router.layer(map_response(without_items));
    for scope in [locked(), crate::scoped::only(&room)] {
        let mut world = World::through(layer);
        limit(&mut world, scope);
        let list = json!({"roomId": room, "max": 5});
        let error = world
            .error("alice", "webex-get-message", list, Code::Unavailable)
            .await;
        let error = json!(error).to_string();
        assert!(
            error.contains("no list") && !error.contains(CANARY),
            "{error}"
        );
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_group_space_has_its_title_only_if_all_its_members_belong() {
    let (mut world, outsiders) = world().await;
    let mixed = json!({"title": "Budget with guests"});
    let mixed = world.facts("alice", "webex-create-space", mixed).await["id"].clone();
    let bob = json!({"roomId": mixed, "personEmail": "bob@example.com"});
    world.facts("alice", "webex-add-membership", bob).await;
    let own = json!({"title": "Budget"});
    let own = world.facts("alice", "webex-create-space", own).await["id"].clone();
    let erin = json!({"roomId": own, "personEmail": "erin@example.com"});
    world.facts("alice", "webex-add-membership", erin).await;
    turn(&world, &outsiders);
    // Alice made both, so only the members tell them apart.
    for (scope, shown) in [
        (Scope::default(), [true, true]),
        (locked(), [false, true]),
        (locked_to(false, &["example.com"]), [true, true]),
    ] {
        limit(&mut world, scope);
        let list = json!({"max": 50});
        let facts = world.facts("alice", "webex-get-space", list).await;
        let of = |id: &Value| {
            let mut all = facts["spaces"].as_array().unwrap().iter();
            all.find(|one| one["id"] == *id).unwrap()["title"].is_string()
        };
        assert_eq!([of(&mixed), of(&own)], shown, "{facts}");
    }
    // Where its members cannot be read, nobody knows.
    limit(&mut world, locked());
    let fault = webex_sandbox::Fault::status(403);
    let faults = world.sandbox.faults();
    faults.next_on(50, "GET", "/v1/memberships", fault);
    let one = json!({"roomId": own});
    let facts = world.facts("alice", "webex-get-space", one.clone()).await;
    assert!(facts["spaces"][0]["title"].is_null(), "{facts}");
    world.sandbox.faults().clear();
    let facts = world.facts("alice", "webex-get-space", one).await;
    assert_eq!(facts["spaces"][0]["title"], "Budget", "{facts}");
}
