//! Exports the messages of a space into a file.

mod message_rows;
pub mod space_file;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::{contents, messages, rooms};

use crate::error::CallError;
use crate::limits::ARTIFACT_KEPT_SECONDS;
use crate::tool::{Block, Context, Policy, Span, Tool};
use crate::tools::workflows::formats::Format;
use space_file::{Exported, Wanted, export};

/// Exports (saves, backs up, downloads) the whole conversation of a space (room, channel, chat) to a
/// file, newest message first, with threads and links to what people sent. Answers its artifactId
/// and a link. To read some messages: webex-get-message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
    /// Default json, one object a line.
    #[schemars(extend("enum" = Format::NAMES))]
    format: Option<String>,
    /// Only from this time (2026-01-05T09:00:00Z).
    since: Option<Timestamp>,
    /// Only before this time (2026-01-12T09:00:00Z).
    until: Option<Timestamp>,
    /// true: also people's files, at most 200.
    with_files: Option<bool>,
}

/// What was exported, and where it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Answered(pub(super) Exported);

pub struct ExportSpace;

impl Tool for ExportSpace {
    const NAME: &'static str = "webex-export-space";
    const TITLE: &'static str = "Export a space to a file";
    const POLICY: Policy = Policy {
        span: Span::Work,
        operations: &[&messages::LIST, &contents::GET],
        courtesy: &[&rooms::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Answered;

    async fn call(context: &Context, arguments: Arguments) -> Result<Answered, CallError> {
        let now = Timestamp::now();
        let wanted = Wanted {
            room_id: arguments.room_id,
            format: Format::named(arguments.format.as_deref()),
            since: arguments.since,
            // The file says of which time it is; of what is still to come it has nothing.
            until: arguments.until.filter(|until| *until < now),
            with_files: arguments.with_files == Some(true),
            kept_seconds: ARTIFACT_KEPT_SECONDS,
        };
        wanted.check(now)?;
        let told = |done, about| context.reached_about(done, about, "messages exported");
        let mut exported = export(context, &wanted, &told).await?;
        exported.artifact = context.linked(exported.artifact).await;
        Ok(Answered(exported))
    }

    fn blocks(output: Answered) -> Vec<Block> {
        vec![output.0.artifact.block()]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{
        InvalidArguments, NotConfigured, NotFound, Unauthorized, Unavailable,
    };
    use crate::tools::check::{World, alice, bob, by, check, with};

    const PERSON: &str = "person-000000";

    async fn exported(world: &World, who: &str, arguments: Value) -> Value {
        world.facts(who, ExportSpace::NAME, arguments).await
    }

    async fn said(world: &World, room: &str) -> Vec<messages::Message> {
        let query = messages::ListMessages {
            max: Some(100),
            ..messages::ListMessages::in_room(room)
        };
        let listed = world.client("alice").messages().list(&query).await;
        listed.unwrap().items
    }

    #[tokio::test]
    async fn a_space_is_exported_in_every_format() {
        let world = World::new().with_files().await;
        let room = world.space("Project Unicorn").await;
        let all = said(&world, &room).await;
        for (format, name) in [
            ("json", "Project Unicorn.jsonl"),
            ("markdown", "Project Unicorn.md"),
            ("csv", "Project Unicorn.csv"),
            ("html", "Project Unicorn.html"),
        ] {
            let asked = json!({"roomId": "Project Unicorn", "format": format});
            let told = json!({"status": "finished", "title": "Project Unicorn", "messages": all.len(),
                "isComplete": true, "artifact": {"name": name, "url": "*", "expiresAt": "*"}});
            check::<ExportSpace>(&world, [alice(asked.clone()).answers(told)]).await;
            let made = exported(&world, "alice", asked).await;
            let text = world.text_of("alice", &made["artifact"]).await;
            for message in &all {
                assert!(text.contains(&message.id), "{format}: {text}");
            }
        }
    }

    #[tokio::test]
    async fn every_message_is_there_once_newest_first() {
        let world = World::with_messages(250).with_files().await;
        let rooms = world.client(PERSON).rooms().list(&Default::default()).await;
        let room = rooms.unwrap().items.remove(0).id;
        let made = exported(&world, PERSON, json!({"roomId": room})).await;
        assert_eq!(
            (&made["messages"], &made["isComplete"]),
            (&json!(250), &json!(true))
        );
        let text = world.text_of(PERSON, &made["artifact"]).await;
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 252);
        assert_eq!(lines[0]["export"]["order"], "newest first");
        assert_eq!(
            lines[251]["end"],
            json!({"messages": 250, "isComplete": true, "filesKept": 0, "filesLinked": 0})
        );
        let rows = &lines[1..251];
        let times: Vec<_> = rows
            .iter()
            .map(|row| row["created"].as_str().unwrap())
            .collect();
        assert!(times.is_sorted_by(|one, next| one >= next));
        let ids: std::collections::BTreeSet<_> =
            rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 250);
        // A part of it, by the times of two of its messages.
        let period = json!({"roomId": room, "since": times[149], "until": times[99]});
        let part = exported(&world, PERSON, period).await;
        assert_eq!(
            part["messages"],
            times
                .iter()
                .filter(|time| **time >= times[149] && **time < times[99])
                .count()
        );
        assert_eq!(
            (&part["oldest"], &part["isComplete"]),
            (&json!(times[149].replace(".000Z", "Z")), &json!(true))
        );
    }

    #[tokio::test]
    async fn a_file_claims_no_time_that_is_still_to_come() {
        let world = World::today().with_files().await;
        let asked = json!({"roomId": "Project Unicorn", "until": "2999-01-01T00:00:00Z"});
        let made = exported(&world, "alice", asked).await;
        let text = world.text_of("alice", &made["artifact"]).await;
        let head: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(head["export"]["until"], Value::Null, "{head}");
        let all = exported(&world, "alice", json!({"roomId": "Project Unicorn"})).await;
        assert_eq!(made["messages"], all["messages"]);
    }

    #[tokio::test]
    async fn files_are_kept_beside_it_on_request() {
        let world = World::new().with_files().await;
        let room = world.space("Project Unicorn").await;
        let count: usize = said(&world, &room)
            .await
            .iter()
            .flat_map(|one| &one.files)
            .map(Vec::len)
            .sum();
        assert!(count > 0);
        let asked = json!({"roomId": room});
        let plain = exported(&world, "alice", asked.clone()).await;
        assert_eq!(
            (&plain["filesLinked"], &plain["filesKept"]),
            (&json!(count), &Value::Null)
        );
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/contents*", Fault::status(404));
        let whole = exported(&world, "alice", with(asked, "withFiles", true)).await;
        let counts = ["filesKept", "filesLinked"].map(|field| whole[field].as_u64().unwrap_or(0));
        assert_eq!(counts, [count as u64 - 1, 1], "{whole}");
        let asked = json!({"roomId": "Project Unicorn"});
        let text = world
            .call("alice", ExportSpace::NAME, asked)
            .await
            .unwrap()
            .text;
        let told = format!(
            "In it as links only: {}.",
            crate::tool::counted(count, "file")
        );
        assert!(text.contains(&told), "{text}");
        let text = world.text_of("alice", &whole["artifact"]).await;
        let kept = text.lines().filter_map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            row["keptFiles"].as_array().cloned()
        });
        let kept: Vec<Value> = kept.flatten().collect();
        assert_eq!(kept.len() as u64, whole["filesKept"].as_u64().unwrap_or(0));
        for file in &kept {
            let asked = json!({"artifactId": file["artifactId"]});
            let opened = world
                .facts("alice", "webex-get-artifact", asked.clone())
                .await;
            assert_eq!(opened["name"], file["name"]);
            let others = world.call("bob", "webex-get-artifact", asked).await;
            assert_eq!(others.unwrap_err().code, NotFound);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_exported_is_told_and_leaves_nothing() {
        let world = World::with_messages(250).with_files().await;
        let rooms = world.client(PERSON).rooms().list(&Default::default()).await;
        let room = rooms.unwrap().items.remove(0).id;
        let turned = json!({"roomId": room, "since": "2026-01-05T09:00:00Z", "until": "2026-01-05T09:00:00Z"});
        check::<ExportSpace>(
            &world,
            [
                by(PERSON, turned).refused(InvalidArguments, "`since`"),
                by(
                    PERSON,
                    json!({"roomId": room, "since": "2999-01-01T00:00:00Z"}),
                )
                .refused(InvalidArguments, "`since`: it has to lie in the past")
                .calls(0),
                by(PERSON, json!({"roomId": room, "format": "pdf"}))
                    .refused(InvalidArguments, "`format`"),
                by(PERSON, json!({"roomId": room, "since": "yesterday"}))
                    .refused(InvalidArguments, "`since`"),
                alice(json!({"roomId": "No such space"})).refused(NotFound, "`roomId`"),
                bob(json!({"roomId": room})).refused(NotFound, ""),
            ],
        )
        .await;
        // Webex refuses the token at the second page.
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/messages", Fault::Slow { delay_ms: 0 });
        faults.next_on(1, "GET", "/v1/messages", Fault::status(401));
        check::<ExportSpace>(
            &world,
            [by(PERSON, json!({"roomId": room})).refused(Unauthorized, "")],
        )
        .await;
        // Where the rate is limited, it goes on with the same page.
        let limited = Fault::Status {
            code: 429,
            retry_after_secs: Some(0),
            html: false,
        };
        faults.next_on(1, "GET", "/v1/messages", Fault::Slow { delay_ms: 0 });
        faults.next_on(5, "GET", "/v1/messages", limited);
        let made = exported(&world, PERSON, json!({"roomId": room})).await;
        assert_eq!(made["messages"], 250);
        let none = World::new();
        check::<ExportSpace>(
            &none,
            [alice(json!({"roomId": "Engineering"})).refused(NotConfigured, "directory")],
        )
        .await;
    }

    #[tokio::test]
    async fn without_room_it_ends_with_the_reason() {
        let world = World::with_messages(250).with_room_for(20_000).await;
        let rooms = world.client(PERSON).rooms().list(&Default::default()).await;
        let room = json!({"roomId": rooms.unwrap().items.remove(0).id});
        let full = || by(PERSON, room.clone()).refused(Unavailable, "as many files");
        check::<ExportSpace>(&world, [full(), full()]).await;
    }

    #[tokio::test]
    async fn it_is_looked_at_and_stopped_between_two_pages() {
        let world = World::with_messages(5_000).hurrying().with_files().await;
        let rooms = world.client(PERSON).rooms().list(&Default::default()).await;
        let room = rooms.unwrap().items.remove(0).id;
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/messages", Fault::Slow { delay_ms: 200 });
        let running = exported(&world, PERSON, json!({"roomId": room})).await;
        assert_eq!(running["status"], "running", "{running}");
        let stop = json!({"workId": running["workId"], "cancel": true});
        let mut looked = world.call(PERSON, ExportSpace::NAME, stop).await;
        for _ in 0..1_000 {
            match looked {
                Ok(answer) if answer.facts.to_value()["status"] == "running" => {
                    let look = json!({"workId": running["workId"]});
                    looked = world.call(PERSON, ExportSpace::NAME, look).await;
                }
                _ => break,
            }
        }
        assert_eq!(looked.unwrap_err().code, crate::error::Code::Cancelled);
    }
}
