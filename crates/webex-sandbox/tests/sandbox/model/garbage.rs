//! Nonsense on every operation: it is refused in Webex's own shape, and the world goes on.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use url::form_urlencoded::byte_serialize;
use webex::operations::ALL;
use webex_sandbox::Sandbox;

use super::{live, lives};
use crate::{Answer, Person, items, person, start, text};

/// Everybody who may send nonsense; whoever is in none of these lists tells afterwards how the world is.
const TOKENS: &[&str] = &[
    "sandbox-alice",
    "sandbox-alice",
    "sandbox-alice",
    "sandbox-ada",
    "sandbox-ada",
    "sandbox-grace",
    "sandbox-ci-bot",
    "garbage",
];
const WITNESS: &str = "harold";

/// Names of fields, parameters and headers that mean something somewhere.
const NAMES: &[&str] = &[
    "roomId",
    "personId",
    "personEmail",
    "toPersonEmail",
    "teamId",
    "parentId",
    "messageId",
    "meetingId",
    "meetingSeriesId",
    "meetingNumber",
    "meetingType",
    "title",
    "name",
    "text",
    "markdown",
    "files",
    "attachments",
    "isLocked",
    "isModerator",
    "isRoomHidden",
    "max",
    "cursor",
    "before",
    "beforeMessage",
    "from",
    "to",
    "start",
    "end",
    "timezone",
    "recurrence",
    "invitees",
    "items",
    "email",
    "emails",
    "displayName",
    "targetUrl",
    "resource",
    "event",
    "filter",
    "status",
    "type",
    "sortBy",
    "state",
    "hostEmail",
    "siteUrl",
    "password",
    "id",
    "callingData",
    "code",
    "grant_type",
    "client_id",
    "redirect_uri",
    "scope",
    "format",
    "inputs",
    "current",
    "expel",
];

/// Values that mean something somewhere, and their neighbours.
const WORDS: &[&str] = &[
    "",
    "me",
    "all",
    "true",
    "null",
    "0",
    "1",
    "-1",
    "1000",
    "99999999999999999999",
    "messages",
    "created",
    "meeting",
    "scheduledMeeting",
    "2026-01-05T10:00:00Z",
    "2026-01-05T10:30:00Z",
    "-009999-01-01T00:00:00Z",
    "9999-12-30T22:00:00Z",
    "Europe/Berlin",
    "FREQ=DAILY;COUNT=3",
    "FREQ=YEARLY;INTERVAL=65535",
    "MDo0",
    "LTk6NDI5NDk2NzI5NQ",
    "%00",
    "\u{202e}\u{1f980}\0",
    "alice@example.com",
    "@",
    "https://example.com/hook",
    "<@personEmail:bob@example.com>",
    "application/vnd.microsoft.card.adaptive",
    "*_`[](<@all>",
    "lastactivity",
    "authorization_code",
];

/// The ids that exist, each with the path of its collection.
pub(super) type Ids = Vec<(&'static str, String)>;

/// An id, a word or anything; an id is meant by its number among those that exist.
#[derive(Debug, Clone)]
enum Word {
    Id(usize),
    /// An id of the kind that a path asks for, where there is one.
    Fitting(usize),
    Text(String),
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        1 => any::<usize>().prop_map(Word::Id),
        3 => any::<usize>().prop_map(Word::Fitting),
        3 => select(WORDS).prop_map(|word| Word::Text(word.to_owned())),
        1 => any::<String>().prop_map(Word::Text),
    ]
}

impl Word {
    fn fill<'a>(&'a self, path: &str, ids: &'a Ids) -> &'a str {
        let path = path.strip_prefix("/admin").unwrap_or(path);
        let all: Vec<&str> = ids.iter().map(|(_, id)| id.as_str()).collect();
        let fitting = ids.iter().filter(|(kind, _)| path.starts_with(kind));
        let fitting: Vec<&str> = fitting.map(|(_, id)| id.as_str()).collect();
        match self {
            Word::Text(text) => text,
            Word::Fitting(number) if !fitting.is_empty() => fitting[number % fitting.len()],
            Word::Id(number) | Word::Fitting(number) => all[number % all.len()],
        }
    }
}

/// The collection of what a field names by its id.
fn kind_of(field: &str) -> &'static str {
    match field {
        "roomId" => "/rooms",
        "personId" => "/people",
        "teamId" => "/teams",
        "parentId" | "messageId" | "beforeMessage" => "/messages",
        "meetingId" | "meetingSeriesId" => "/meetings",
        _ => "",
    }
}

/// A body with something right for nearly every operation, which nonsense then spoils in places.
fn plausible(ids: &Ids) -> Map<String, Value> {
    let id = |kind: &str| {
        ids.iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, id)| id)
    };
    let invitee = json!({"email": "zoe@example.net", "participantId": id("/meetingParticipants")});
    let body = json!({
        "roomId": id("/rooms"), "teamId": id("/teams"), "messageId": id("/messages"),
        "meetingId": id("/meetings"), "meetingIds": [id("/meetings")],
        "recordingIds": [id("/recordings")], "personEmail": "dave@example.com",
        "hostEmail": "alice@example.com", "siteUrl": "example.webex.com", "type": "submit",
        "title": "T", "name": "N", "text": "t", "markdown": "**m** <@all>", "description": "d",
        "isModerator": true, "isRoomHidden": false, "isLocked": true, "isPublic": true,
        "start": "2026-01-06T10:00:00Z", "end": "2026-01-06T10:30:00Z",
        "timezone": "Europe/Berlin", "recurrence": "FREQ=WEEKLY;COUNT=3", "email": "yan@example.net",
        "emails": ["new@example.com"], "displayName": "New", "firstName": "New", "items": [invitee],
        "targetUrl": "http://127.0.0.1:9/hook", "resource": "messages", "event": "created",
        "inputs": {"a": "b"}, "muted": true, "addEmails": ["bob@example.com"],
        "locked": true, "recordingStarted": true, "joinDirectly": false,
    });
    body.as_object().unwrap().clone()
}

#[derive(Debug, Clone)]
enum Json {
    Word(Word),
    Other(Value),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    fn fill(&self, kind: &str, ids: &Ids) -> Value {
        match self {
            Json::Word(word) => word.fill(kind, ids).into(),
            Json::Other(value) => value.clone(),
            Json::List(items) => items.iter().map(|item| item.fill(kind, ids)).collect(),
            Json::Object(fields) => {
                let fields = fields.iter();
                let fields = fields
                    .map(|(name, value)| ((*name).to_owned(), value.fill(kind_of(name), ids)));
                Value::Object(fields.collect::<Map<String, Value>>())
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        4 => word().prop_map(Json::Word),
        1 => any::<bool>().prop_map(|value| Json::Other(value.into())),
        1 => any::<i64>().prop_map(|value| Json::Other(value.into())),
        1 => any::<f64>().prop_map(|value| Json::Other(value.into())),
        1 => Just(Json::Other(Value::Null)),
    ];
    let value = leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Json::List),
            vec((select(NAMES), inner), 0..6).prop_map(Json::Object),
        ]
    });
    // Mostly objects, or no handler would ever be reached.
    prop_oneof![
        9 => vec((select(NAMES), value.clone()), 0..14).prop_map(Json::Object),
        1 => value,
    ]
}

#[derive(Debug, Clone)]
enum Content {
    None,
    Json(Json),
    /// The plausible body without some fields, and with nonsense in others.
    Spoilt(Vec<&'static str>, Vec<(&'static str, Json)>),
    Form(Vec<(&'static str, Word)>),
    Bytes(&'static str, Vec<u8>),
}

fn content() -> impl Strategy<Value = Content> {
    let kinds = [
        "application/json",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "text/html",
        ";",
    ];
    prop_oneof![
        1 => Just(Content::None),
        2 => any_json().prop_map(Content::Json),
        7 => (vec(select(NAMES), 0..12), vec((select(NAMES), any_json()), 0..3))
            .prop_map(|(gone, wrong)| Content::Spoilt(gone, wrong)),
        1 => vec((select(NAMES), word()), 0..6).prop_map(Content::Form),
        2 => (select(kinds.to_vec()), vec(any::<u8>(), 0..200)).prop_map(|(kind, bytes)| Content::Bytes(kind, bytes)),
    ]
}

#[derive(Debug, Clone)]
pub(super) struct Nonsense {
    operation: usize,
    /// Another method than the operation's.
    method: Option<&'static str>,
    token: usize,
    in_path: Word,
    /// What most lists ask for stands in the query as well.
    asks: bool,
    query: Vec<(&'static str, Word)>,
    headers: Vec<(&'static str, Vec<u8>)>,
    content: Content,
}

pub(super) fn nonsense() -> impl Strategy<Value = Nonsense> {
    let methods = [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW",
    ];
    let names = [
        "timezone",
        "password",
        "siteurl",
        "hostemail",
        "content-type",
        "host",
        "range",
        "authorization",
        "accept",
    ];
    let method = prop::option::weighted(0.05, select(methods.to_vec()));
    let query = vec((select(NAMES), word()), 0..5);
    let bytes = vec(
        any::<u8>().prop_filter("a header", |byte| *byte >= 32 && *byte != 127),
        0..20,
    );
    let headers = vec((select(names.to_vec()), bytes), 0..2);
    let headers = prop_oneof![3 => Just(Vec::new()), 1 => headers];
    let in_path = prop_oneof![4 => any::<usize>().prop_map(Word::Fitting), 1 => word()];
    (
        0..ALL.len(),
        method,
        0..TOKENS.len(),
        in_path,
        any::<bool>(),
        query,
        headers,
        content(),
    )
        .prop_map(
            |(operation, method, token, in_path, asks, query, headers, content)| Nonsense {
                operation,
                method,
                token,
                in_path,
                asks,
                query,
                headers,
                content,
            },
        )
}

fn encode(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

impl Nonsense {
    /// The target: each `{name}` of the operation's path filled, and the query.
    fn target(&self, ids: &Ids) -> String {
        let mut target = "/v1".to_owned();
        let path = ALL[self.operation].path;
        for (at, part) in path.split(['{', '}']).enumerate() {
            match at % 2 {
                0 => target += part,
                _ => target += &encode(self.in_path.fill(path, ids)),
            }
        }
        let asked = ["roomId", "teamId", "meetingId"].map(|name| (name, Word::Fitting(0)));
        let asked = asked.iter().filter(|_| self.asks);
        let query = asked.chain(&self.query);
        let query =
            query.map(|(name, word)| format!("{name}={}", encode(word.fill(kind_of(name), ids))));
        let query: Vec<String> = query.collect();
        format!("{target}?{}", query.join("&"))
    }

    pub(super) fn request(&self, ids: &Ids) -> Request<Body> {
        let operation = ALL[self.operation];
        let method = self.method.unwrap_or(operation.method.as_str());
        let (kind, body) = match &self.content {
            Content::None => ("", Vec::new()),
            Content::Json(json) => (
                "application/json",
                json.fill("", ids).to_string().into_bytes(),
            ),
            Content::Spoilt(gone, wrong) => {
                let mut body = plausible(ids);
                body.retain(|name, _| !gone.contains(&name.as_str()));
                let wrong = wrong.iter();
                body.extend(
                    wrong.map(|(name, json)| ((*name).to_owned(), json.fill(kind_of(name), ids))),
                );
                (
                    "application/json",
                    Value::Object(body).to_string().into_bytes(),
                )
            }
            Content::Form(pairs) => {
                let pairs = pairs.iter();
                let pairs = pairs.map(|(name, word)| {
                    format!("{name}={}", encode(word.fill(kind_of(name), ids)))
                });
                let pairs: Vec<String> = pairs.collect();
                (
                    "application/x-www-form-urlencoded",
                    pairs.join("&").into_bytes(),
                )
            }
            Content::Bytes(kind, bytes) => (*kind, bytes.clone()),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(self.target(ids))
            .header("host", "webex.test")
            .header("authorization", format!("Bearer {}", TOKENS[self.token]))
            .body(Body::from(body))
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("content-type", HeaderValue::from_static(kind));
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value).unwrap();
            headers.insert(HeaderName::from_static(name), value);
        }
        request
    }
}

/// A refusal is Webex's: a message, at least one description, and the tracking id of the header.
fn check(answer: &Answer, nonsense: &Nonsense) {
    let status = answer.status.as_u16();
    let operation = ALL[nonsense.operation].name;
    assert!(status < 500, "{operation}: {}", answer.text());
    assert!(!answer.header("trackingid").is_empty(), "{operation}");
    let is_bodiless = nonsense.method == Some("HEAD") || ALL[nonsense.operation].method == "HEAD";
    if status < 400 || is_bodiless {
        return;
    }
    // The pages of a consent are for browsers, in HTML also where they refuse.
    if answer.header("content-type").starts_with("text/html") {
        assert!(ALL[nonsense.operation].path == "/authorize", "{operation}");
        return;
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    assert!(
        body["message"].is_string(),
        "{operation}: {}",
        answer.text()
    );
    let described = &body["errors"][0]["description"];
    assert!(
        described.as_str().is_some_and(|text| !text.is_empty()),
        "{operation}"
    );
    assert_eq!(
        body["trackingId"],
        answer.header("trackingid"),
        "{operation}"
    );
}

/// Ids of every kind, none of which is the witness's; a meeting of today is running.
pub(super) async fn some_ids(sandbox: &Sandbox) -> Ids {
    let (alice, grace) = (person(sandbox, "alice"), person(sandbox, "grace"));
    let room = alice.room("Project Unicorn").await;
    let mut ids = vec![("/people", alice.id().await), ("/rooms", room.clone())];
    let soon = json!({"title": "Now", "start": "2026-01-05T09:00:00Z", "end": "2026-01-05T09:30:00Z",
                      "recurrence": "FREQ=DAILY;COUNT=2", "invitees": [{"email": "bob@example.com"}]});
    let meeting = text(&alice.post("/v1/meetings", soon).await.json(200)["id"]);
    ids.push(("/meetings", meeting.clone()));
    let hook =
        json!({"name": "n", "targetUrl": "http://127.0.0.1:9/", "resource": "all", "event": "all"});
    alice.post("/v1/webhooks", hook).await.json(200);
    let card = json!({"roomId": room, "text": "c", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {"type": "AdaptiveCard", "version": "1.3"}}]});
    alice.post("/v1/messages", card).await.json(200);
    let transcripts = alice.get("/v1/meetingTranscripts").await.json(200);
    let transcript = text(&items(&transcripts)[0]["id"]);
    let team = text(&alice.get("/v1/teams").await.json(200)["items"][0]["id"]);
    for (who, kind, query) in [
        (&alice, "/messages", format!("roomId={room}&max=5")),
        (&alice, "/teams", String::new()),
        (&alice, "/team/memberships", format!("teamId={team}&max=3")),
        (&alice, "/memberships", format!("roomId={room}&max=3")),
        (&alice, "/webhooks", String::new()),
        (
            &alice,
            "/meetings",
            "meetingType=scheduledMeeting&max=3".to_owned(),
        ),
        (&alice, "/meetings", "meetingType=meeting&max=2".to_owned()),
        (&alice, "/meetingInvitees", format!("meetingId={meeting}")),
        (
            &alice,
            "/meetingParticipants",
            format!("meetingId={meeting}"),
        ),
        (&alice, "/recordings", String::new()),
        (&alice, "/meetingTranscripts", String::new()),
        (&grace, "/events", "max=2".to_owned()),
    ] {
        let page = who.get(&format!("/v1{kind}?{query}")).await.json(200);
        assert!(!items(&page).is_empty(), "{kind}");
        ids.extend(items(&page).iter().map(|item| (kind, text(&item["id"]))));
    }
    ids.push(("/meetingTranscripts", transcript));
    ids
}

/// The witness still signs in, reads and writes.
async fn check_world(witness: &Person) {
    witness.get("/v1/people/me").await.json(200);
    witness.get("/v1/rooms?max=1000").await.json(200);
    let room = witness
        .post("/v1/rooms", serde_json::json!({"title": "W"}))
        .await
        .json(200);
    let room = text(&room["id"]);
    let said = witness.say(&room, "still here").await;
    let read = witness
        .get(&format!("/v1/messages?roomId={room}"))
        .await
        .json(200);
    assert_eq!(read["items"][0]["id"], said.as_str());
    witness.delete(&format!("/v1/rooms/{room}")).await.json(204);
}

proptest! {
    #![proptest_config(lives(24))]

    #[test]
    fn nonsense_is_refused_and_the_world_goes_on(all in vec(nonsense(), 1..120)) {
        live(async {
            let (sandbox, alice) = start();
            let ids = some_ids(&sandbox).await;
            for one in &all {
                check(&alice.raw(one.request(&ids)).await, one);
            }
            check_world(&person(&sandbox, WITNESS)).await;
        });
    }
}
