//! How each of the three kinds of meeting is shown, to its host and to others.

use jiff::Timestamp;
use webex::meetings::meeting::{CallInNumber, Link, Telephony, TollType};
use webex::meetings::{
    Meeting, MeetingSettings, MeetingState, MeetingType, Password, ScheduledType,
};

use crate::rows::meetings::{Instance, Occurrence, Series, Target};
use crate::rules::caller::API_PATH;
use crate::rules::meetings::registrants;
use crate::world::World;

/// The site of the demo company; a name that belongs to nobody.
pub(crate) const SITE: &str = "example.webex.com";

const HOST_KEY_DIGITS: usize = 6;

/// The meeting; passwords and settings only for its host and cohosts.
pub(crate) fn show(world: &World, target: Target, is_host: bool) -> Option<Meeting> {
    let series = world.meetings.series_of(target)?;
    let (_, occurrence) = world.meetings.place_of(target)?;
    let common = prepared(series, occurrence, common(world, series, is_host), is_host);
    Some(match target {
        Target::Series(_) => of_series(world, series, common),
        Target::Occurrence(_, name) => {
            let occurrence = series.occurrence(name)?;
            of_occurrence(world, series, occurrence, common)
        }
        Target::Instance(key) => {
            let instance = world.meetings.instances.get(key)?;
            of_instance(world, series, instance, common)
        }
    })
}

/// What administrators see of the meetings of others: not what they are about, nor how to come in.
pub(crate) fn for_administrators(meeting: Meeting) -> Meeting {
    Meeting {
        agenda: None,
        web_link: None,
        sip_address: None,
        ..meeting
    }
}

fn common(world: &World, series: &Series, is_host: bool) -> Meeting {
    let plan = &series.plan;
    let host = world.people.get(series.host);
    Meeting {
        meeting_number: Some(series.number.clone()),
        title: Some(plan.title.clone()),
        agenda: plan.agenda.clone(),
        password: is_host.then(|| plan.password.clone()),
        scheduled_type: Some(plan.scheduled_type.clone()),
        timezone: Some(plan.timezone.clone()),
        host_user_id: host.map(|host| host.id.clone()),
        host_display_name: host.map(|host| host.display_name.clone()),
        host_email: host.map(|host| host.email.clone()),
        site_url: Some(SITE.to_owned()),
        web_link: Some(web_link(series)),
        sip_address: Some(format!("{}@{SITE}", series.number)),
        room_id: plan.room_id.clone(),
        tracking_codes: plan.tracking_codes.clone().filter(|_| is_host),
        host_key: is_host.then(|| host_key(series)),
        telephony: Some(telephony(series)),
        settings: match is_host {
            true => plan.settings.clone(),
            false => MeetingSettings::default(),
        },
        ..Meeting::default()
    }
}

/// With what was prepared for it, of which others than the host see no people.
fn prepared(
    series: &Series,
    occurrence: Option<Timestamp>,
    meeting: Meeting,
    is_host: bool,
) -> Meeting {
    let setup = series.setup(occurrence);
    let id = occurrence.map_or_else(|| series.id.clone(), |name| series.occurrence_id(name));
    let has_breakouts = !setup.breakouts.is_empty();
    let form = &series.preparations.registration;
    let link = || Link {
        rel: Some("breakoutSessions".to_owned()),
        href: Some(format!("{API_PATH}/meetings/{id}/breakoutSessions")),
        method: Some("GET".to_owned()),
    };
    Meeting {
        registration: form.clone().filter(|_| is_host),
        register_link: form.as_ref().map(|_| register_link(series)),
        simultaneous_interpretation: is_host.then(|| setup.interpretation.clone()),
        links: has_breakouts.then(|| vec![link()]),
        settings: MeetingSettings {
            enabled_breakout_sessions: Some(has_breakouts),
            ..meeting.settings
        },
        ..meeting
    }
}

/// Where people register; the series' id stands in it.
pub(crate) fn register_link(series: &Series) -> String {
    format!("https://{SITE}/example/j.php?RGID=r{}", series.id)
}

/// Six digits, as Webex has them; the sandbox accepts them nowhere.
fn host_key(series: &Series) -> Password {
    let start = series.number.len().saturating_sub(HOST_KEY_DIGITS);
    series.number[start..].into()
}

/// One number that belongs to nobody: those with 555-01 are kept for fiction.
fn telephony(series: &Series) -> Telephony {
    Telephony {
        access_code: Some(series.number.as_str().into()),
        call_in_numbers: vec![CallInNumber {
            label: Some("United States Toll".to_owned()),
            call_in_number: Some("+1-202-555-0142".to_owned()),
            toll_type: Some(TollType::Toll),
        }],
        links: Some(Vec::new()),
    }
}

/// Where people join; the series' id stands in it.
pub(crate) fn web_link(series: &Series) -> String {
    format!("https://{SITE}/example/j.php?MTID=m{}", series.id)
}

fn of_series(world: &World, series: &Series, common: Meeting) -> Meeting {
    let plan = &series.plan;
    Meeting {
        id: series.id.clone(),
        meeting_type: Some(MeetingType::MeetingSeries),
        state: Some(world.meetings.series_state(series, world.now)),
        start: Some(plan.start),
        end: plan.start.checked_add(plan.length).ok(),
        recurrence: plan.recurrence.clone(),
        ..common
    }
}

fn of_occurrence(
    world: &World,
    series: &Series,
    occurrence: Occurrence,
    common: Meeting,
) -> Meeting {
    let state = world
        .meetings
        .occurrence_state(series, &occurrence, world.now);
    Meeting {
        id: series.occurrence_id(occurrence.name),
        meeting_series_id: Some(series.id.clone()),
        meeting_type: Some(MeetingType::ScheduledMeeting),
        state: Some(state),
        title: Some(occurrence.title.to_owned()),
        agenda: occurrence.agenda.map(str::to_owned),
        is_modified: Some(occurrence.is_modified),
        start: Some(occurrence.start),
        end: Some(occurrence.end),
        ..common
    }
}

fn of_instance(world: &World, series: &Series, instance: &Instance, common: Meeting) -> Meeting {
    let has_ended = instance.ended.is_some();
    let is_anybody_in = instance.participants.iter().any(|key| {
        let participant = world.meetings.participants.get(*key);
        participant.is_some_and(|participant| participant.joined.is_some())
    });
    let state = match (has_ended, is_anybody_in) {
        (true, _) => MeetingState::Ended,
        (false, true) => MeetingState::InProgress,
        (false, false) => MeetingState::Lobby,
    };
    let has_transcript = instance.transcript.is_some();
    let form = &series.preparations.registration;
    let is_webinar = series.plan.scheduled_type == ScheduledType::Webinar;
    let mut registrants = registrants::of_series(world, instance.series);
    Meeting {
        id: instance.id.clone(),
        meeting_series_id: Some(series.id.clone()),
        scheduled_meeting_id: Some(series.occurrence_id(instance.name)),
        meeting_type: Some(MeetingType::Meeting),
        state: Some(state),
        title: Some(instance.title.clone()),
        start: Some(instance.started),
        end: Some(instance.ended.unwrap_or(instance.planned_end)),
        has_chat: has_ended.then_some(false),
        has_recording: has_ended.then_some(instance.recording.is_some()),
        has_transcription: has_ended.then_some(has_transcript),
        has_summary: has_ended.then_some(has_transcript),
        has_closed_caption: has_ended.then_some(false),
        has_polls: has_ended.then_some(false),
        has_qa: has_ended.then_some(false),
        has_registration: has_ended.then_some(form.is_some()),
        has_registrants: has_ended.then(|| registrants.next().is_some()),
        has_post_event_survey: (has_ended && is_webinar).then_some(true),
        ..common
    }
}
