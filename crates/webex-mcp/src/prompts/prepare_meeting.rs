//! What to know before a meeting.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::meetings::{GetMeeting, series};
use webex::{invitees, meeting_summaries};

use super::meeting::{invited, last, tell, tell_summary};
use crate::briefs::Brief;
use crate::briefs::news::written;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};
use crate::tools::workflows::ended::summary;

/// Prepares you for a meeting: what it is about, who comes, and what was left open last time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The meeting: id, number, link or title.
    meeting_id: String,
}

pub struct PrepareMeeting;

const TASK: &str = "Prepare me for this Webex meeting, from the facts below: what it is for, who comes and what they will want, what was left open last time and who had it, the questions that I should be ready for, and a short agenda if there is none. Keep it to what fits on one screen.";

impl Tool for PrepareMeeting {
    const NAME: &'static str = "webex-prepare-meeting";
    const TITLE: &'static str = "Prepare for a meeting";
    const POLICY: Policy = Policy {
        operations: &[&series::GET, &series::LIST, &invitees::LIST],
        courtesy: &[&meeting_summaries::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Brief;

    async fn call(context: &Context, arguments: Arguments) -> Result<Brief, CallError> {
        let id = &arguments.meeting_id;
        let (meetings, asked) = (context.webex.meetings(), GetMeeting::default());
        let (meeting, invited, ended) = futures::join!(
            meetings.get(id, &asked),
            invited(context, id),
            last(context, id)
        );
        let (meeting, invited, ended) = (meeting?, invited?, ended?);

        let mut brief = Brief::new(TASK);
        tell(&mut brief, meeting);
        invited.tell(&mut brief);
        match ended {
            Some(ended) => {
                let start = ended.start.map(written).unwrap_or_default();
                brief.section(format!("Last time: {start} (meetingId {})", ended.id));
                tell_summary(&mut brief, summary(context, &ended).await?);
            }
            None => brief.section("No earlier meeting of it has ended, as far as I can see."),
        }
        Ok(brief)
    }
}
