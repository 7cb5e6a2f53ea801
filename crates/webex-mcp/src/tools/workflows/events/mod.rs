//! Reports what happened in the organization over a period, to a file.

mod report;

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{events, people};

use crate::error::CallError;
use crate::tool::{Artifact, Block, Context, Policy, Span, Tool};
use crate::tools::events::Filters;
use crate::tools::workflows::formats::Format;
use report::{EventsReport, report};

/// Reports all compliance events of a period (audit log, activity) into a file for download, and
/// counts them by kind and person. Needs from. Only for compliance officers. A few: webex-get-event.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    filters: Filters,
    /// Of the file: json (default) or csv.
    #[schemars(extend("enum" = ["json", "csv"]))]
    format: Option<String>,
}

pub struct ReportEvents;

impl Tool for ReportEvents {
    const NAME: &'static str = "webex-report-events";
    const TITLE: &'static str = "Report events of a period";
    const POLICY: Policy = Policy {
        span: Span::Work,
        operations: &[&events::LIST],
        // Addresses of those who did most.
        courtesy: &[&people::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = EventsReport;

    async fn call(context: &Context, arguments: Arguments) -> Result<EventsReport, CallError> {
        let format = Format::named(arguments.format.as_deref());
        report(context, arguments.filters, format).await
    }

    fn blocks(output: EventsReport) -> Vec<Block> {
        output.file.iter().map(Artifact::block).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};
    use webex::messages::{CreateMessage, Destination};
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{Cancelled, Forbidden, InvalidArguments, NotConfigured, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    const FROM: &str = "2025-12-01T00:00:00Z";
    const TO: &str = "2026-01-05T09:00:00Z";

    fn period() -> Value {
        json!({"from": FROM, "to": TO})
    }

    async fn text(world: &World, report: &Value) -> String {
        let file = json!({"artifactId": report["file"]["artifactId"]});
        let opened = world.facts("grace", "webex-get-artifact", file).await;
        opened["text"].as_str().unwrap().to_owned()
    }

    fn sum(rows: &Value) -> u64 {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["events"].as_u64().unwrap()).sum()
    }

    async fn say(world: &World, count: u32) {
        let room = world.space("Engineering").await;
        for number in 0..count {
            let message = CreateMessage {
                text: Some(format!("=event {number}")),
                ..CreateMessage::to(Destination::Room(room.clone()))
            };
            world
                .client("alice")
                .messages()
                .create(&message)
                .await
                .unwrap();
        }
    }

    #[tokio::test]
    async fn an_officer_gets_every_event_and_how_many_of_each() {
        let world = World::new().with_files().await;
        let day = with(period(), "from", "2026-01-04T12:00:00Z");
        let asked = with(day, "resource", "messages");
        let report = world.facts("grace", ReportEvents::NAME, asked).await;
        let count = report["events"].as_u64().unwrap();
        assert!(count > 0);
        assert_eq!(sum(&report["byKind"]), count);
        let of_others = report["ofOthers"].as_u64().unwrap_or_default();
        assert_eq!(sum(&report["byActor"]) + of_others, count);
        let first = &report["byActor"][0];
        assert!(first["email"].as_str().unwrap().contains('@'), "{first}");
        let lines = text(&world, &report).await;
        assert_eq!(lines.lines().count() as u64, count);
        for line in lines.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            assert_eq!(event["resource"], "messages");
        }
        let deleted = with(with(period(), "type", "deleted"), "format", "csv");
        let none = json!({"events": 0, "byKind": [], "byActor": [], "hasMore": null, "file": null});
        check::<ReportEvents>(&world, [by("grace", deleted).answers(none)]).await;
    }

    /// What Alice did in the last hour.
    async fn lately(world: &World) -> Value {
        world.sandbox.clock().advance(Duration::from_secs(300));
        let ago = |minutes| (Timestamp::now() - SignedDuration::from_mins(minutes)).to_string();
        let asked = json!({"from": ago(60), "to": ago(-1), "actorId": "alice@example.com",
            "type": "created", "format": "csv"});
        world.facts("grace", ReportEvents::NAME, asked).await
    }

    #[tokio::test]
    async fn it_goes_over_all_pages() {
        let world = World::today().with_files().await;
        say(&world, 1_100).await;
        let report = lately(&world).await;
        let messages =
            json!([{"resource": "messages", "type": "created", "events": report["events"]}]);
        assert_eq!(report["byKind"], messages);
        assert!(report["events"].as_u64().unwrap() >= 1_100, "{report}");
        assert_eq!(report["byActor"][0]["email"], "alice@example.com");
        assert_eq!(report["file"]["name"], "Events.csv.gz", "{report}");
    }

    #[tokio::test]
    async fn a_spreadsheet_finds_no_formula() {
        let world = World::today().with_files().await;
        say(&world, 2).await;
        let report = lately(&world).await;
        let csv = text(&world, &report).await;
        let header = "id,created,resource,type,actorId,resourceId,roomId,personEmail,text";
        assert_eq!(csv.lines().next(), Some(header));
        assert!(
            csv.contains(",alice@example.com,'=event 1") && !csv.contains(",=event "),
            "{csv}"
        );
    }

    #[tokio::test]
    async fn refuses_periods_that_hold_nothing_and_people_who_may_not() {
        let world = World::new().with_files().await;
        let grace =
            |arguments, named: &str| by("grace", arguments).refused(InvalidArguments, named);
        check::<ReportEvents>(
            &world,
            [
                grace(json!({}), "`from`"),
                grace(json!({"to": TO}), "`from`"),
                grace(json!({"from": TO, "to": FROM}), "`from`"),
                grace(json!({"from": TO, "to": TO}), "`from`"),
                grace(json!({"from": "2999-01-01T00:00:00Z"}), "`from`"),
                grace(
                    with(period(), "to", "2999-01-01T00:00:00Z"),
                    "`to`: it lies in the future",
                ),
                grace(with(period(), "resource", "cats"), "`resource`"),
                grace(with(period(), "format", "html"), "`format`"),
                grace(with(period(), "max", 3), "`max`"),
                by("grace", with(period(), "actorId", "Nobody Known"))
                    .refused(NotFound, "`actorId`"),
                alice(period()).refused(Forbidden, "Only compliance officers"),
            ],
        )
        .await;
        let refused = by("grace", period()).refused(NotConfigured, "directory");
        check::<ReportEvents>(&World::new(), [refused]).await;
    }

    #[tokio::test]
    async fn it_is_stopped_between_two_pages_and_leaves_no_file() {
        let world = World::hurried().with_files().await;
        say(&world, 1_100).await;
        let slow = Fault::Slow { delay_ms: 300 };
        world.sandbox.faults().next_on(1, "GET", "/v1/events", slow);
        let running = world.facts("grace", ReportEvents::NAME, period()).await;
        assert_eq!(running["status"], "running");
        let stop = json!({"workId": running["workId"], "cancel": true});
        let over = loop {
            match world.call("grace", ReportEvents::NAME, stop.clone()).await {
                Ok(answer) => assert_eq!(answer.facts.to_value()["status"], "running"),
                Err(error) => break error,
            }
        };
        assert_eq!(over.code, Cancelled);
    }
}
