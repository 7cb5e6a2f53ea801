//! Prompts: each gathers its facts in one call, and hands a model a brief to work from.
//!
//! A prompt is written as a tool is, and never changes anything. It is offered where all the tools
//! are whose reads it makes.

mod audit_space;
mod catch_me_up;
mod ended;
mod meeting;
mod onboard_person;
mod prepare_meeting;
mod recap_meeting;
mod triage_mentions;
mod weekly_status;

use crate::tool::Entry;

const SPACES_AND_MESSAGES: &[&str] = &["webex-get-space", "webex-get-message"];

/// Every prompt, in published order.
pub const PROMPTS: &[Entry] = &[
    Entry::prompt::<catch_me_up::CatchMeUp>(SPACES_AND_MESSAGES),
    Entry::prompt::<triage_mentions::TriageMentions>(SPACES_AND_MESSAGES),
    Entry::prompt::<weekly_status::WeeklyStatus>(SPACES_AND_MESSAGES),
    Entry::prompt::<audit_space::AuditSpace>(&["webex-get-space", "webex-get-membership"]),
    Entry::prompt::<onboard_person::OnboardPerson>(&[
        "webex-get-space",
        "webex-get-message",
        "webex-get-membership",
    ]),
    Entry::prompt::<prepare_meeting::PrepareMeeting>(&[
        "webex-get-meeting-status",
        "webex-get-meeting-invitee",
        "webex-get-meeting-summary",
    ]),
    Entry::prompt::<recap_meeting::RecapMeeting>(&[
        "webex-get-meeting-status",
        "webex-get-meeting-summary",
        "webex-list-recordings",
        "webex-list-transcripts",
    ]),
];
