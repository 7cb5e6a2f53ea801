//! Lists meetings: in a window of time, of a series, of a space, or by number or link.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::{ListMeetings, Meeting as Found, MeetingState, MeetingType, series};

use super::{Meeting, Meetings, kinds, times};
use crate::error::CallError;
use crate::tool::{Context, Part, Policy, Tool};

/// Lists your meetings (calls, appointments): what is on your calendar today, tomorrow or this week
/// (upcoming), when you are free, or past ones (last week); in a time window, or of a series, a
/// space, a number or a link. Answers ids, times, state and links. One in detail:
/// webex-get-meeting-status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Start time; default now, for what took place a week ago.
    from: Option<Timestamp>,
    /// End time; default a week after from.
    to: Option<Timestamp>,
    /// meetingSeries (default): each series once. scheduledMeeting: every date. meeting: what runs
    /// or took place.
    #[schemars(with = "Option<String>", extend("enum" = ["meetingSeries", "scheduledMeeting", "meeting"]))]
    meeting_type: Option<MeetingType>,
    /// Only these.
    #[schemars(with = "Option<String>", extend("enum" = ["active", "scheduled", "ready", "lobby", "inProgress", "ended", "missed", "expired"]))]
    state: Option<MeetingState>,
    /// Number to join; no window then.
    meeting_number: Option<String>,
    /// The meeting with this link to join.
    web_link: Option<String>,
    /// Meetings of this space: id, link or title.
    room_id: Option<String>,
    /// Dates of this series: id or title.
    meeting_series_id: Option<String>,
    /// Admins: another host's e-mail address.
    #[schemars(extend("format" = "email"))]
    host_email: Option<String>,
    /// IANA zone to tell times in, such as Europe/Berlin.
    timezone: Option<String>,
    #[serde(flatten)]
    part: Part,
}

pub struct ListMeetingsTool;

impl Tool for ListMeetingsTool {
    const NAME: &'static str = "webex-list-meetings";
    const TITLE: &'static str = "List the meetings on your calendar";
    const POLICY: Policy = Policy {
        operations: &[&series::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Meetings;

    async fn call(context: &Context, arguments: Arguments) -> Result<Meetings, CallError> {
        let zone = arguments.timezone.as_deref().map(times::zone).transpose()?;
        kinds::check_series("meetingSeriesId", arguments.meeting_series_id.as_deref())?;
        let part = context.opened(&arguments.part)?;
        let query = ListMeetings {
            from: arguments.from,
            to: arguments.to,
            meeting_type: arguments.meeting_type,
            state: arguments.state,
            meeting_number: arguments.meeting_number,
            web_link: arguments.web_link,
            room_id: arguments.room_id,
            meeting_series_id: arguments.meeting_series_id,
            host_email: arguments.host_email,
            max: Some(part.page_size),
            ..ListMeetings::default()
        };
        kinds::check_state(&query)?;
        let meetings = context.webex.meetings();
        let first = || meetings.list(&query);
        let entry = |found: Found| Some(Meeting::of(found, zone.as_ref()));
        let (meetings, page) = context.listed(&query, &query, part, first, entry).await?;
        Ok(Meetings {
            meetings,
            page,
            none: kinds::none_of(&query),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Ambiguous, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn lists_series_dates_and_what_took_place() {
        let day = json!({"from": "2026-01-06T00:00:00Z", "to": "2026-01-07T00:00:00Z", "meetingType": "scheduledMeeting"});
        let there = with(day.clone(), "timezone", "Asia/Tokyo");
        let week = json!({"meetings": [
            {"title": "Daily Standup", "meetingType": "meetingSeries", "recurrence": "*", "hostEmail": "alice@example.com"},
            {"title": "Design Review", "hostEmail": "carol@example.com", "timezone": "Europe/London", "webLink": "*", "meetingNumber": "*"},
        ], "page": {"returned": 2, "cursor": null}});
        let dates = json!({"meetings": [
            {"title": "Daily Standup", "start": "2026-01-06T09:30:00+00:00", "meetingType": "scheduledMeeting", "state": "scheduled"},
            {"title": "Design Review", "start": "2026-01-06T15:00:00+00:00"},
        ]});
        let dates_there = json!({"meetings": [{"start": "2026-01-06T18:30:00+09:00"}, {"start": "2026-01-07T00:00:00+09:00"}]});
        let standup = json!({"meetings": [{"title": "Daily Standup"}]});
        let none = json!({"meetings": [], "page": {"returned": 0, "cursor": null}});
        let ended =
            json!({"meetingType": "meeting", "state": "ended", "from": "2026-01-04T00:00:00Z"});
        let planning = json!({"meetings": [{"title": "Project Unicorn Planning", "meetingSeriesId": "*", "hasRecording": true, "hasTranscription": true, "hasSummary": true}]});
        check::<ListMeetingsTool>(
            &World::new(),
            [
                alice(json!({})).answers(week).calls(1),
                alice(day.clone()).answers(dates.clone()).calls(1),
                alice(with(
                    with(day, "from", "2026-01-06"),
                    "to",
                    "2026-01-07 01:00+01:00",
                ))
                .answers(dates),
                alice(there).answers(dates_there),
                alice(ended).answers(planning),
                bob(json!({})).answers(standup),
                by("harold", json!({})).answers(none),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn finds_by_number_link_series_and_space() {
        let world = World::new();
        let all = world
            .facts("alice", ListMeetingsTool::NAME, json!({}))
            .await;
        let review = &all["meetings"][1];
        let one = json!({"meetings": [{"title": "Design Review"}]});
        let number = review["meetingNumber"].as_str().unwrap();
        let link = review["webLink"].as_str().unwrap();
        let spaced = format!(" {}-{} ", &number[..3], &number[3..]);
        let copied = format!("<{}&utm=mail#top>", link.replace("https://", "HTTP://"));
        let room = world.space("Project Unicorn").await;
        let none = json!({"meetings": []});
        let standup = json!({"meetingSeriesId": all["meetings"][0]["id"], "from": "2026-01-05T00:00:00Z", "to": "2026-01-08T00:00:00Z"});
        let dates = json!({"meetings": [{"state": "scheduled"}, {}, {"start": "2026-01-07T09:30:00+00:00"}]});
        check::<ListMeetingsTool>(
            &world,
            [
                alice(json!({"meetingNumber": review["meetingNumber"]})).answers(one.clone()),
                alice(json!({"webLink": review["webLink"]})).answers(one.clone()),
                alice(json!({"meetingNumber": spaced}))
                    .answers(one.clone())
                    .calls(1),
                alice(json!({"webLink": copied})).answers(one).calls(1),
                alice(json!({"webLink": "what"}))
                    .refused(InvalidArguments, "`webLink`")
                    .calls(0),
                alice(json!({"meetingNumber": "abc"})).refused(InvalidArguments, "`meetingNumber`"),
                alice(json!({"roomId": "ROOM/e3694cdf-5f9f-5619-886c-0ccc6a3b58ea"}))
                    .refused(NotFound, "`roomId`"),
                bob(json!({"meetingNumber": review["meetingNumber"]})).answers(none.clone()),
                alice(json!({"roomId": room}))
                    .answers(none.clone())
                    .calls(1),
                alice(json!({"roomId": "Project Unicorn"}))
                    .answers(none)
                    .calls(2),
                alice(json!({"roomId": "Design"})).refused(Ambiguous, "`roomId`"),
                alice(json!({"roomId": "Nowhere"})).refused(NotFound, "`roomId`"),
                alice(standup).answers(dates),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn an_administrator_names_the_host() {
        let of_alice = json!({"hostEmail": "alice@example.com"});
        check::<ListMeetingsTool>(
            &World::new(),
            [
                by("ada", json!({})).answers(json!({"meetings": []})),
                by("ada", of_alice.clone()).answers(json!({"meetings": [{}, {}]})),
                bob(of_alice).refused(Forbidden, ""),
                by("ada", json!({"hostEmail": "alice"})).refused(InvalidArguments, "`hostEmail`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn goes_on_by_cursor_and_refuses_before_anything_is_sent() {
        let world = World::new();
        let asked = json!({"meetingType": "meeting", "from": "2025-12-01T00:00:00Z", "to": "2026-01-05T00:00:00Z", "max": 4});
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        for _ in 0..10 {
            let page = with(asked.clone(), "cursor", cursor);
            let page = world.facts("alice", ListMeetingsTool::NAME, page).await;
            seen.extend(page["meetings"].as_array().unwrap().iter().cloned());
            cursor = page["page"]["cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        let whole = with(asked, "max", 100);
        let whole = world.facts("alice", ListMeetingsTool::NAME, whole).await;
        assert!(seen.len() > 8);
        assert_eq!((&json!(seen), &cursor), (&whole["meetings"], &Value::Null));
        let series = "0ed74a1c0551494fb7a04e2881bf50ae";
        let cases = [
            (json!({"timezone": "Mars/Olympus"}), "`timezone`"),
            (json!({"from": "soon"}), "`from`"),
            (
                json!({"from": "2026-01-06T00:00:00Z", "to": "2026-01-05T00:00:00Z"}),
                "`from`",
            ),
            (
                json!({"meetingNumber": "25500000001", "webLink": "https://example.webex.com/m"}),
                "`meetingNumber`",
            ),
            (
                json!({"meetingSeriesId": format!("{series}_I_1")}),
                "`meetingSeriesId`: this is the id of an instance",
            ),
            (
                json!({"meetingSeriesId": format!("{series}_20260106T093000Z")}),
                "one occurrence of a series; a series is needed",
            ),
            (json!({"meetingType": "webinar"}), "`meetingType`"),
            (json!({"state": "open"}), "`state`"),
            (
                json!({"state": "ended"}),
                "`state`: no meeting of this meetingType",
            ),
            (
                json!({"state": "active", "meetingType": "scheduledMeeting"}),
                "`state`: no meeting",
            ),
            (
                json!({"state": "missed", "meetingType": "meeting"}),
                "`state`: no meeting",
            ),
            (json!({"max": 0}), "`max`"),
            (json!({"cursor": "AAAA"}), "`cursor`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<ListMeetingsTool>(&world, cases).await;
    }
}
