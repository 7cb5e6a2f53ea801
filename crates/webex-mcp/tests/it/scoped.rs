//! A server with a data scope: what lies outside is not found, not listed and not changed, whatever
//! the caller's token can do and whichever way a call takes.

mod alike;
mod directory;
mod listing;
mod meetings;
mod records;
mod teams;

use std::collections::BTreeSet;

use jsonschema::validator_for;
use serde_json::{Value, json};
use webex::{AccessToken, Client, Settings, Transport, Webex};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::scope::{Permission, Scope, key, reach};
use webex_mcp::servers::{AskBefore, Catalogue, Definition, Otherwise};
use webex_mcp::text::{ShortId, whole_id};
use webex_mcp::tool::Kind;

use crate::world::World;

/// The world's server, limited to this scope from now on.
pub fn limit(world: &mut World, scope: Scope) {
    limit_asking(world, scope, AskBefore::Destroy);
}

/// The same, where nobody is asked: what refuses a call then is no question about it.
fn limit_unasked(world: &mut World, scope: Scope) {
    limit_asking(world, scope, AskBefore::Never);
}

fn limit_asking(world: &mut World, scope: Scope, ask: AskBefore) {
    let definition = Definition {
        scope: Some(scope),
        ask,
        ..Definition::new("desk", "Desk")
    };
    let catalogue = Catalogue::whole();
    world.server = catalogue.serve(&definition, Otherwise::Token);
}

/// Spaces as answers show them, or people by address.
fn set<const N: usize>(of: [&str; N]) -> BTreeSet<String> {
    let whole = |one: &str| whole_id("ROOM", one).unwrap_or_else(|| one.to_owned());
    of.into_iter().map(|one| key(&whole(one))).collect()
}

pub fn only(space: &str) -> Scope {
    Scope {
        spaces: Some(set([space])),
        direct_messages: false,
        ..Scope::default()
    }
}

/// Everybody of the company but this person.
pub fn without(name: &str) -> Scope {
    Scope {
        domains: set(["example.com"]),
        exclude_people: set([&*format!("{name}@example.com")]),
        ..Scope::default()
    }
}

/// Webex as a person, without a server in between.
pub fn client(world: &World, who: &str) -> Client {
    let transport = Transport::in_process(world.sandbox.router());
    let webex =
        Webex::with_transport("http://127.0.0.1:1/v1", transport, Settings::default()).unwrap();
    webex.client(AccessToken::new(format!("sandbox-{who}")).unwrap())
}

/// The words by which a person is known.
pub fn traces(world: &World, name: &str) -> Vec<String> {
    let email = format!("{name}@example.com");
    let people = world.sandbox.people();
    let person = people.iter().find(|one| one.email == email).unwrap();
    let short = ShortId::from(&*person.id).to_string();
    vec![person.display_name.clone(), person.id.clone(), email, short]
}

/// What the server tells, held against its published schema; it has none of these words.
async fn told(world: &World, who: &str, tool: &str, arguments: Value, absent: &[String]) -> Value {
    let call = format!("{tool} {arguments}");
    let answer = world.answer(who, tool, arguments).await;
    let facts = answer.facts.to_value();
    let listed = world.server.find(Kind::Tool, tool).unwrap();
    let schema = Value::Object((*listed.output_schema).clone());
    let validator = validator_for(&schema).unwrap();
    assert!(validator.is_valid(&facts), "{call}: {facts}");
    let is_published = schema["properties"].get("leftOut").is_some();
    assert!(
        is_published || facts["leftOut"].is_null(),
        "{call}: {schema}"
    );
    let everything = format!("{}\n{facts}", answer.text);
    for word in absent {
        assert!(
            !everything.contains(word.as_str()),
            "{call}: {word}: {everything}"
        );
    }
    facts
}

/// What the rows of a list have in a field.
fn column<'f>(facts: &'f Value, list: &str, field: &str) -> Vec<&'f str> {
    let rows = facts[list].as_array().unwrap_or_else(|| panic!("{facts}"));
    rows.iter().filter_map(|row| row[field].as_str()).collect()
}

/// Every call has to fail in this way, with an error that names nobody, and none may write.
async fn refuse_all(world: &World, code: Code, calls: impl IntoIterator<Item = (&str, Value)>) {
    let people = world.sandbox.people();
    world.wire_calls();
    for (tool, arguments) in calls {
        let told = format!("{tool} {arguments}");
        match world.reply("alice", tool, arguments, Ask::Nobody).await {
            Reply::Failed(error) => {
                assert_eq!(error.code, code, "{told}: {error:?}");
                let body = serde_json::to_string(&error.body()).unwrap();
                let is_named = people.iter().any(|one| {
                    let names = [&one.email, &one.display_name, &one.id];
                    names.into_iter().any(|name| body.contains(name.as_str()))
                });
                assert!(!is_named, "{told}: {body}");
            }
            other => panic!("{told}: {other:?}"),
        }
        for sent in world.wire_calls() {
            assert!(
                sent.starts_with("GET ") || sent.starts_with("HEAD "),
                "{told}: {sent}"
            );
        }
    }
}

fn ids<'f>(facts: &'f Value, list: &str) -> Vec<&'f str> {
    let rows = facts[list].as_array().unwrap_or_else(|| panic!("{facts}"));
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test(crate = "crate::journey")]
async fn only_the_allowed_space_is_there() {
    let mut world = World::new();
    let (unicorn, general) = (
        world.space("Project Unicorn").await,
        world.space("General").await,
    );
    let in_general = json!({"roomId": general, "max": 1});
    let message = world
        .facts("alice", "webex-get-message", in_general.clone())
        .await;
    let message = ids(&message, "messages")[0].to_owned();
    let member = world
        .facts("alice", "webex-get-membership", in_general)
        .await;
    let member = ids(&member, "memberships")[0].to_owned();
    limit(&mut world, only(&unicorn));

    let spaces = world.answer("alice", "webex-get-space", json!({})).await;
    let facts = spaces.facts.to_value();
    assert_eq!(ids(&facts, "spaces"), [&*unicorn]);
    let left_out = facts["leftOut"].as_u64().unwrap();
    let line = format!("{left_out} left out: outside the reach of this server.");
    assert!(
        left_out > 5 && spaces.text.ends_with(&line),
        "{}",
        spaces.text
    );
    let inside = world
        .facts("alice", "webex-get-message", json!({"roomId": unicorn}))
        .await;
    assert!(
        !ids(&inside, "messages").is_empty() && inside["leftOut"].is_null(),
        "{inside}"
    );
    let text = "inside";
    let sent = json!({"roomId": "Project Unicorn", "text": text});
    world.facts("alice", "webex-create-message", sent).await;

    let to_bob = json!({"toPersonEmail": "bob@example.com", "text": text});
    refuse_all(
        &world,
        Code::NotFound,
        [
            ("webex-get-space", json!({"roomId": general})),
            ("webex-get-space", json!({"roomId": "General"})),
            (
                "webex-update-space",
                json!({"roomId": general, "title": "x"}),
            ),
            ("webex-delete-space", json!({"roomId": general})),
            ("webex-get-message", json!({"roomId": general})),
            ("webex-get-message", json!({"messageId": message})),
            (
                "webex-get-message",
                json!({"personEmail": "bob@example.com"}),
            ),
            (
                "webex-search-messages",
                json!({"roomId": general, "query": "the"}),
            ),
            (
                "webex-get-thread",
                json!({"roomId": general, "parentId": message}),
            ),
            (
                "webex-create-message",
                json!({"roomId": general, "text": text}),
            ),
            ("webex-create-message", to_bob),
            (
                "webex-edit-message",
                json!({"messageId": message, "text": text}),
            ),
            ("webex-delete-message", json!({"messageId": message})),
            ("webex-get-membership", json!({"membershipId": member})),
            ("webex-get-membership", json!({"roomId": general})),
            (
                "webex-update-membership",
                json!({"membershipId": member, "isModerator": true}),
            ),
            ("webex-remove-membership", json!({"membershipId": member})),
            (
                "webex-add-membership",
                json!({"roomId": general, "personEmail": "ada@example.com"}),
            ),
            (
                "webex-upload-file",
                json!({"roomId": general, "fileName": "a.txt", "content": "YQ=="}),
            ),
        ],
    )
    .await;
    let new = json!({"title": "Another"});
    refuse_all(&world, Code::Forbidden, [("webex-create-space", new)]).await;
}

#[tokio::test(crate = "crate::journey")]
async fn webhooks_tell_of_an_allowed_space_only() {
    let mut world = World::new();
    let (unicorn, general) = (
        world.space("Project Unicorn").await,
        world.space("General").await,
    );
    let webhook = |resource: &str, filter: Option<String>| {
        let mut asked = json!({
            "name": "w", "targetUrl": "https://hooks.example.com/w",
            "resource": resource, "event": "created",
        });
        if let Some(filter) = filter {
            asked["filter"] = filter.into();
        }
        ("webex-create-webhook", asked)
    };
    let (tool, everything) = webhook("messages", None);
    let outside = world.facts("alice", tool, everything.clone()).await;
    let outside = outside["id"].as_str().unwrap();
    limit(&mut world, only(&unicorn));

    let (_, asked) = webhook("messages", Some(format!("roomId={unicorn}")));
    let inside = world.facts("alice", tool, asked).await;
    let listed = world.facts("alice", "webex-get-webhook", json!({})).await;
    assert_eq!(ids(&listed, "webhooks"), [inside["id"].as_str().unwrap()]);
    assert_eq!(listed["leftOut"], 1);
    let new = ["messages", "memberships", "rooms"].map(|resource| webhook(resource, None));
    refuse_all(&world, Code::Forbidden, new).await;
    refuse_all(
        &world,
        Code::NotFound,
        [
            webhook("messages", Some(format!("roomId={general}"))),
            ("webex-get-webhook", json!({"webhookId": outside})),
            (
                "webex-update-webhook",
                json!({"webhookId": outside, "name": "x"}),
            ),
            ("webex-delete-webhook", json!({"webhookId": outside})),
        ],
    )
    .await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_file_is_as_far_away_as_its_message() {
    let mut world = World::new();
    let (unicorn, general) = (
        world.space("Project Unicorn").await,
        world.space("General").await,
    );
    let mut urls = Vec::new();
    for room in [&unicorn, &general] {
        let file = json!({"roomId": room, "fileName": "a.txt", "content": "YQ=="});
        let sent = world.facts("alice", "webex-upload-file", file).await;
        let asked = json!({"messageId": sent["id"]});
        let message = world.facts("alice", "webex-get-message", asked).await;
        urls.push((
            sent["id"].clone(),
            message["messages"][0]["files"][0].clone(),
        ));
    }
    limit(&mut world, only(&unicorn));
    let files = || {
        urls.iter()
            .map(|(_, url)| ("webex-get-file-details", json!({"fileUrl": url})))
    };
    refuse_all(&world, Code::NotFound, files()).await;
    for (message, _) in &urls {
        let asked = json!({"messageId": message});
        world
            .reply("alice", "webex-get-message", asked, Ask::Nobody)
            .await;
    }
    let (tool, inside) = files().next().unwrap();
    assert_eq!(world.facts("alice", tool, inside).await["name"], "a.txt");
    refuse_all(&world, Code::NotFound, files().skip(1)).await;
}

#[tokio::test(crate = "crate::journey")]
async fn people_outside_are_neither_shown_nor_reached() {
    let mut world = World::new();
    let ci = world.space("CI/CD").await;
    let scope = Scope {
        domains: set(["example.com"]),
        exclude_people: set(["carol@example.com"]),
        ..Scope::default()
    };
    limit(&mut world, scope);
    let members = world
        .facts("alice", "webex-get-membership", json!({"roomId": ci}))
        .await;
    assert_eq!(
        (ids(&members, "memberships").len(), &members["leftOut"]),
        (5, &json!(1))
    );
    let text = "hello";
    let to = |who: &str| json!({"toPersonEmail": who, "text": text});
    world
        .facts("alice", "webex-create-message", to("bob@example.com"))
        .await;
    let of_bob = json!({"personEmail": "bob@example.com"});
    let direct = world.facts("alice", "webex-get-message", of_bob).await;
    assert!(!ids(&direct, "messages").is_empty());
    let add = json!({"roomId": ci, "personEmail": "carol@example.com"});
    refuse_all(
        &world,
        Code::NotFound,
        [
            ("webex-create-message", to("carol@example.com")),
            ("webex-create-message", to("ci-bot@webex.bot")),
            (
                "webex-get-message",
                json!({"personEmail": "carol@example.com"}),
            ),
            ("webex-add-membership", add),
        ],
    )
    .await;
    // Whose direct space it is has to be read, once for each.
    let listed = json!({"type": "direct", "max": 100});
    let shown = world
        .facts("alice", "webex-get-space", listed.clone())
        .await;
    let titles: Vec<_> = shown["spaces"].as_array().unwrap().iter().collect();
    assert!(
        titles.iter().any(|space| space["title"] == "Bob Smith"),
        "{shown}"
    );
    assert!(
        !titles.iter().any(|space| space["title"] == "Carol Diaz"),
        "{shown}"
    );
    world.wire_calls();
    world.facts("alice", "webex-get-space", listed).await;
    let again = world.wire_calls();
    assert!(again.len() < 4, "{again:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn changes_reach_few_people_and_only_ones_own() {
    let mut world = World::new();
    let (large, small) = (
        world.space("General").await,
        world.space("Design Review").await,
    );
    let scope = Scope {
        max_audience: Some(4),
        outside_people: Permission::Refused,
        ..Scope::default()
    };
    limit(&mut world, scope);
    let text = "hello";
    world
        .facts(
            "alice",
            "webex-create-message",
            json!({"roomId": small, "text": text}),
        )
        .await;
    world
        .facts("alice", "webex-get-message", json!({"roomId": large}))
        .await;
    let guest = json!({"roomId": small, "personEmail": "guest@partner.example.org"});
    refuse_all(
        &world,
        Code::Forbidden,
        [
            (
                "webex-create-message",
                json!({"roomId": large, "text": text}),
            ),
            ("webex-update-space", json!({"roomId": large, "title": "x"})),
            ("webex-add-membership", guest),
        ],
    )
    .await;
    let colleague = json!({"roomId": small, "personEmail": "dave@example.com"});
    world
        .facts("alice", "webex-add-membership", colleague)
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn a_server_with_a_scope_has_no_tool_that_could_leave_it() {
    let mut world = World::new();
    let whole = world.server.tools.len();
    limit(&mut world, only("x"));
    for tool in &world.server.tools {
        let policy = &tool.entry.policy;
        for operation in policy.operations.iter().chain(policy.courtesy) {
            let name = operation.name;
            assert!(
                reach::of(operation).is_some(),
                "{}: {name}",
                tool.entry.name
            );
        }
    }
    assert!(world.server.tools.len() >= whole, "all of messaging stays");
    assert!(
        world
            .server
            .instructions
            .contains("only some spaces and people")
    );
}

#[tokio::test(crate = "crate::journey")]
async fn what_lies_outside_is_told_like_what_does_not_exist() {
    let mut world = World::new();
    let (unicorn, general) = (
        world.space("Project Unicorn").await,
        world.space("General").await,
    );
    let newest = json!({"roomId": general, "max": 1});
    let message = world.facts("alice", "webex-get-message", newest).await;
    let message = ids(&message, "messages")[0].to_owned();
    let nobody = uuid::Uuid::nil();
    let none = |kind| webex::id::encode("us", kind, nobody);
    limit(&mut world, only(&unicorn));
    for (tool, argument, outside, missing) in [
        ("webex-get-space", "roomId", &general, none("ROOM")),
        ("webex-get-message", "messageId", &message, none("MESSAGE")),
        (
            "webex-delete-message",
            "messageId",
            &message,
            none("MESSAGE"),
        ),
        ("webex-get-message", "roomId", &general, none("ROOM")),
        ("webex-delete-space", "roomId", &general, none("ROOM")),
    ] {
        let told = async |id: &str| {
            let asked = json!({argument: id});
            world.error("alice", tool, asked, Code::NotFound).await
        };
        assert_eq!(
            told(outside).await,
            told(&missing).await,
            "{tool} {argument}"
        );
    }
}
