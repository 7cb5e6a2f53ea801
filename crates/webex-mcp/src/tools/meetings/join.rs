//! Links to join a meeting; nobody joins by asking for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::meetings::Password;
use webex::meetings::join::{JOIN, JoinMeeting, MeetingReference};

use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

const NAMED: &str = "give exactly one of meetingId, meetingNumber and webLink";

/// Gets the link with which you join a meeting, session or call in the browser: how you get in,
/// enter or dial into it; for hosts also one to start it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// Id or title; for one date: title 2026-01-06.
    meeting_id: Option<String>,
    /// The meeting's number; it works without an invitation too.
    meeting_number: Option<String>,
    /// The meeting's link.
    web_link: Option<String>,
    /// Where the user is not invited.
    password: Option<String>,
    /// Minutes that the link works; default and at most 60.
    #[schemars(range(min = 1, max = 60))]
    expiration_minutes: Option<u32>,
    /// Admins: e-mail address of another host.
    #[schemars(extend("format" = "email"))]
    host_email: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// For the user alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) join_link: Option<String>,
    /// For hosts: starts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expiration: Option<String>,
}

pub struct JoinMeetingTool;

impl Tool for JoinMeetingTool {
    const NAME: &'static str = "webex-join-meeting";
    const TITLE: &'static str = "Get a link to join a meeting";
    const POLICY: Policy = Policy {
        operations: &[&JOIN],
        answers_secrets: true,
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Links;

    async fn call(context: &Context, arguments: Arguments) -> Result<Links, CallError> {
        let Arguments {
            meeting_id,
            meeting_number,
            web_link,
            ..
        } = arguments;
        let meeting = match (meeting_id, meeting_number, web_link) {
            (Some(id), None, None) => MeetingReference::MeetingId(id),
            (None, Some(number), None) => MeetingReference::MeetingNumber(number),
            (None, None, Some(link)) => MeetingReference::WebLink(link),
            _ => return Err(CallError::invalid("meetingId", NAMED)),
        };
        let join = JoinMeeting {
            password: arguments.password.map(Password::from),
            expiration_minutes: arguments.expiration_minutes,
            host_email: arguments.host_email,
            ..JoinMeeting::new(meeting)
        };
        let links = context.webex.meetings().join(&join).await?;
        let told = |link: Password| link.as_str().to_owned();
        Ok(Links {
            join_link: links.join_link.map(told),
            start_link: links.start_link.map(told),
            expiration: links.expiration.map(|time| time.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};

    #[tokio::test]
    async fn hosts_get_two_links_and_others_one() {
        let world = World::new();
        let id = world.meeting("carol", "Design Review").await;
        let asked = webex::meetings::GetMeeting::default();
        let review = world
            .client("carol")
            .meetings()
            .get(&id, &asked)
            .await
            .unwrap();
        let number = review.meeting_number.clone().unwrap();
        let spaced = format!("{} {}", &number[..4], &number[4..]);
        let password = review.password.as_ref().unwrap().as_str();
        let joins = json!({"joinLink": "*", "startLink": null, "expiration": "*"});
        check::<JoinMeetingTool>(
            &world,
            [
                by("carol", json!({"meetingId": id, "expirationMinutes": 60}))
                    .answers(json!({"joinLink": "*", "startLink": "*", "expiration": "2026-01-05T10:00:00Z"}))
                    .calls(1),
                alice(json!({"meetingId": id})).answers(joins.clone()),
                alice(json!({"meetingNumber": spaced})).answers(joins.clone()),
                alice(json!({"webLink": review.web_link})).answers(joins.clone()),
                bob(json!({"meetingNumber": number})).refused(Forbidden, ""),
                bob(json!({"meetingNumber": number, "password": password})).answers(joins),
                by("ada", json!({"meetingId": id, "hostEmail": "carol@example.com"}))
                    .answers(json!({"startLink": "*"})),
                alice(json!({"meetingNumber": "25500009999"})).refused(NotFound, ""),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_no_meeting_two_and_a_span_out_of_bounds() {
        let id = "0ed74a1c0551494fb7a04e2881bf50ae";
        let cases = [
            (json!({}), "`meetingId`"),
            (
                json!({"meetingId": id, "meetingNumber": "2550000001"}),
                "`meetingId`",
            ),
            (
                json!({"meetingId": id, "expirationMinutes": 61}),
                "`expirationMinutes`",
            ),
            (
                json!({"meetingId": id, "expirationMinutes": 0}),
                "`expirationMinutes`",
            ),
            (json!({"meetingId": " "}), "`meetingId`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<JoinMeetingTool>(&World::new(), cases).await;
    }
}
