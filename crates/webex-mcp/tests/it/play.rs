//! Journeys as data, in the files beside this one: calls, and what is then true in the world.
//!
//! - `before` makes what a journey takes for granted, by a call of somebody or something that happens
//!   in a meeting; its answers are `{b1/…}`, `{b2/…}`.
//! - `calls` do it, as an agent can that knows only the prompt and the answers: `{1/spaces/0/id}`. One
//!   that Webex cannot do is `refused` with that code, and the next one does what the advice says.
//! - `then` looks at Webex (`get`, as somebody) or at an answer. Only there, `{room:TITLE}` and the
//!   like are ids.
//! - `{days:7}` is that many days from now, and `{monday}` the next Monday at nine.
//! - In a path, `/items/title=Retro/id` is of the first with that title, `/items/*/id` of all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use webex_mcp::call::Reply;
use webex_mcp::call::consent::Ask;
use webex_mcp::error::Code;
use webex_mcp::text::{ShortId, whole_id};

use crate::world::World;

/// Posts that change nothing: what they ask is too secret for a URL.
const READING_POSTS: [&str; 1] = ["/meetings/join"];

pub fn file(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let read: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    match read {
        Value::Array(list) => list,
        mut whole => whole["prompts"].as_array_mut().unwrap().split_off(0),
    }
}

pub fn list<'v>(journey: &'v Value, name: &str) -> &'v [Value] {
    journey[name].as_array().map_or(&[], Vec::as_slice)
}

pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// What is at the end of a path.
fn follow(value: &Value, path: &str) -> Option<Value> {
    let Some((first, rest)) = path.trim_start_matches('/').split_once('/') else {
        let last = path.trim_start_matches('/');
        return match last {
            "" => Some(value.clone()),
            last => step(value, last, ""),
        };
    };
    step(value, first, rest)
}

fn step(value: &Value, first: &str, rest: &str) -> Option<Value> {
    match (value, first.split_once('=')) {
        (Value::Array(all), _) if first == "*" => all.iter().map(|one| follow(one, rest)).collect(),
        (Value::Array(all), Some((field, wanted))) => {
            let found = all.iter().find(|one| one[field] == wanted)?;
            follow(found, rest)
        }
        (Value::Array(all), None) => follow(all.get(first.parse::<usize>().ok()?)?, rest),
        (other, _) => follow(other.get(first)?, rest),
    }
}

/// What a call said, for whoever wants to read it.
#[derive(Debug)]
pub struct Said {
    pub who: String,
    pub tool: String,
    pub arguments: Value,
    /// What the user was asked, and agreed to.
    pub question: Option<String>,
    pub text: String,
}

/// One journey on its way.
pub struct Play<'j> {
    world: World,
    journey: &'j Value,
    /// The ids that only checks may use.
    ids: BTreeMap<String, String>,
    answers: BTreeMap<String, Value>,
    pub said: Vec<Said>,
}

impl Play<'_> {
    pub async fn new(journey: &Value) -> Play<'_> {
        let world = World::hosted().await.with_every_tool();
        let mut ids = BTreeMap::new();
        let words = journey.to_string();
        for (kind, path, name) in [
            ("room", "/rooms?max=100", "title"),
            ("team", "/teams?max=100", "name"),
        ] {
            if !words.contains(&format!("{{{kind}:")) {
                continue;
            }
            let (_, all) = get(&world, "alice", path).await;
            for one in list(&all, "items") {
                let key = format!("{kind}:{}", text(one, name));
                ids.insert(key, text(one, "id").to_owned());
            }
        }
        let review = "meeting:Design Review";
        if words.contains(review) {
            ids.insert(
                review.to_owned(),
                world.meeting("alice", "Design Review").await,
            );
        }
        Play {
            world,
            journey,
            ids,
            answers: BTreeMap::new(),
            said: Vec::new(),
        }
    }

    /// What a place stands for; `None` if nothing has said it yet.
    fn known(&self, place: &str, knows_ids: bool) -> Option<Value> {
        if let Some(id) = self.ids.get(place) {
            return knows_ids.then(|| json!(id));
        }
        if let Some(time) = self.time(place) {
            return Some(json!(time));
        }
        let (answer, path) = place.split_once('/')?;
        follow(self.answers.get(answer)?, path)
    }

    fn time(&self, place: &str) -> Option<String> {
        let day =
            |days: i64| self.world.sandbox.clock().now() + SignedDuration::from_hours(24 * days);
        let written = |time: Timestamp, form: &str| time.strftime(form).to_string();
        if let Some(days) = place.strip_prefix("days:") {
            return Some(written(day(days.parse().unwrap()), "%Y-%m-%dT%H:%M:%SZ"));
        }
        let is_monday = |time: &Timestamp| written(*time, "%A") == "Monday";
        let mut next = (1..=7).map(day).filter(is_monday);
        (place == "monday").then(|| written(next.next().unwrap(), "%Y-%m-%dT09:00:00Z"))
    }

    /// A copy with every `{…}` in its texts replaced.
    fn filled(&self, value: &Value, knows_ids: bool) -> Result<Value, String> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, one)| Ok((name.clone(), self.filled(one, knows_ids)?)))
                .collect(),
            Value::Array(all) => all.iter().map(|it| self.filled(it, knows_ids)).collect(),
            Value::String(words) => self.filled_text(words, knows_ids),
            other => Ok(other.clone()),
        }
    }

    fn filled_text(&self, words: &str, knows_ids: bool) -> Result<Value, String> {
        let mut done = String::new();
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            let (place, after) = after.split_once('}').ok_or("a brace stays open")?;
            let value = self.known(place, knows_ids);
            let value = value.ok_or_else(|| format!("nothing says {{{place}}}"))?;
            if before.is_empty() && after.is_empty() && done.is_empty() {
                return Ok(value);
            }
            let said = value
                .as_str()
                .ok_or_else(|| format!("{place} is no text"))?;
            done += before;
            done += &for_webex(before, said);
            rest = after;
        }
        Ok(json!(done + rest))
    }

    fn actor<'v>(&'v self, step: &'v Value) -> &'v str {
        step["as"].as_str().unwrap_or(text(self.journey, "as"))
    }

    /// A call; if the user has to agree, the user does.
    async fn call(&mut self, step: &Value, knows_ids: bool) -> Result<Value, String> {
        let (who, tool) = (self.actor(step).to_owned(), text(step, "tool"));
        let arguments = self.filled(&step["arguments"], knows_ids)?;
        let (mut made, mut question) = (arguments.clone(), None);
        let (facts, text) = loop {
            match self
                .world
                .reply(&who, tool, made.clone(), Ask::Nobody)
                .await
            {
                Reply::Answer(answer) if step.get("refused").is_none() => {
                    break (answer.facts.to_value(), answer.text);
                }
                Reply::Failed(error)
                    if error.code == Code::ConfirmationRequired && question.is_none() =>
                {
                    let body = serde_json::to_value(error.body()).unwrap();
                    made["confirmationToken"] = body["confirmationToken"].clone();
                    question = Some(body["question"].as_str().unwrap_or_default().to_owned());
                }
                Reply::Failed(error) if error.code.name() == text(step, "refused") => {
                    let words = format!("{} {}", error.message, error.advice);
                    break (serde_json::to_value(error.body()).unwrap(), words);
                }
                other => return Err(format!("{tool} {made}: {other:?}")),
            }
        };
        self.said.push(Said {
            who,
            tool: tool.to_owned(),
            arguments,
            question,
            text,
        });
        Ok(facts)
    }

    async fn prepare(&mut self) -> Result<(), String> {
        for (at, step) in list(self.journey, "before").iter().enumerate() {
            let answer = if step["meeting"].is_string() {
                let meeting = self.filled(&step["meeting"], true)?;
                let action = serde_json::from_value(step["happens"].clone());
                let action = action.map_err(|error| error.to_string())?;
                let done = self.world.sandbox.act(meeting.as_str().unwrap(), action);
                json!({"id": done.map_err(|error| error.to_string())?})
            } else {
                self.call(step, true).await?
            };
            self.answers.insert(format!("b{}", at + 1), answer);
        }
        Ok(())
    }

    async fn look(&self, check: &Value) -> Result<(), String> {
        let check = self.filled(check, true)?;
        let there = match check["get"].as_str() {
            Some(path) => {
                let (status, body) = get(&self.world, self.actor(&check), path).await;
                let wanted = check["status"].as_u64().unwrap_or(200);
                if u64::from(status) != wanted {
                    return Err(format!("{path}: HTTP {status}"));
                }
                body
            }
            None => self.answers[text(&check, "answer")].clone(),
        };
        let path = text(&check, "path");
        let found = follow(&there, path).ok_or_else(|| format!("no {path} in {there}"))?;
        let found = with_short_ids(&found);
        let wanted = |name: &str| check.get(name).map(with_short_ids);
        let holds = |wanted: &Value| match &found {
            Value::Array(all) => all.contains(wanted),
            found => found.to_string().contains(wanted.as_str().unwrap()),
        };
        let is_right = match (wanted("is"), wanted("has"), wanted("lacks")) {
            (Some(wanted), None, None) => found == wanted,
            (None, Some(wanted), None) => holds(&wanted),
            (None, None, Some(wanted)) => !holds(&wanted),
            (None, None, None) => check["status"].is_u64(),
            _ => false,
        };
        is_right
            .then_some(())
            .ok_or_else(|| format!("{check}: {found}"))
    }

    /// Whether everything that the prompt wants is so already: then its checks prove nothing.
    async fn is_done_already(&self) -> bool {
        for check in list(self.journey, "then") {
            // There are no answers yet.
            if check["answer"].is_string() || self.look(check).await.is_err() {
                return false;
            }
        }
        true
    }

    pub async fn run(&mut self) -> Result<(), String> {
        self.prepare().await?;
        if self.is_done_already().await {
            return Err("its checks hold before its calls".to_owned());
        }
        self.world.wire_calls();
        self.said.clear();
        for (at, step) in list(self.journey, "calls").iter().enumerate() {
            let answer = self.call(step, false).await?;
            self.answers.insert((at + 1).to_string(), answer);
        }
        let mut calls = self.world.wire_calls();
        calls.retain(|call| {
            let is_read = call.starts_with("GET ") || call.starts_with("HEAD ");
            !is_read && !READING_POSTS.iter().any(|path| call.ends_with(path))
        });
        let reads = self.journey["reads"] == true;
        if reads != calls.is_empty() {
            return Err(format!("reads: {reads}, but it wrote {calls:?}"));
        }
        for check in list(self.journey, "then") {
            self.look(check).await?;
        }
        Ok(())
    }
}

/// Where an id stands in the paths of Webex's REST API, and of what kind it is there.
const PLACES: [(&str, &str); 9] = [
    ("/rooms/", "ROOM"),
    ("roomId=", "ROOM"),
    ("/messages/", "MESSAGE"),
    ("/team/memberships/", "TEAM_MEMBERSHIP"),
    ("/memberships/", "MEMBERSHIP"),
    ("/teams/", "TEAM"),
    ("/webhooks/", "WEBHOOK"),
    ("/events/", "EVENT"),
    ("actorId=", "PEOPLE"),
];

/// An answer's short id as Webex takes it in this place; anything else as it is.
fn for_webex(before: &str, said: &str) -> String {
    let place = PLACES.iter().find(|(place, _)| before.ends_with(place));
    let whole = place.and_then(|(_, kind)| whole_id(kind, said));
    whole.unwrap_or_else(|| said.to_owned())
}

/// The same with ids as answers show them.
fn with_short_ids(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, one)| (name.clone(), with_short_ids(one)))
            .collect(),
        Value::Array(all) => all.iter().map(with_short_ids).collect(),
        Value::String(words) => json!(*ShortId::from(words.as_str())),
        other => other.clone(),
    }
}

/// One request to Webex's REST API, past the server.
async fn get(world: &World, who: &str, path: &str) -> (u16, Value) {
    let request = Request::get(format!("/v1{path}"))
        .header("Authorization", format!("Bearer sandbox-{who}"))
        .body(Body::empty());
    let answer = world.sandbox.router().oneshot(request.unwrap()).await;
    let answer = answer.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}
