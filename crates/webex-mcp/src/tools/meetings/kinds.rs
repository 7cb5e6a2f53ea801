//! Tells the ids of series, occurrences and instances apart, and finds the instance that ended last.

use jiff::{SignedDuration, Timestamp};
use webex::Client;
use webex::meetings::{
    GetMeeting, ListMeetings, Meeting, MeetingState, MeetingType, is_instance_id,
};

use super::times;
use crate::error::{CallError, Code};
use crate::limits::{
    ENDED_LOOKUP_DAYS, ENDED_LOOKUP_MAX_PAGES, MEETING_LOOKUP_PAGE_ENTRIES, OCCURRENCE_MOVED_DAYS,
};
use crate::tool::Theirs;

/// What a meeting's id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A scheduled meeting as a whole, even if it happens once.
    Series,
    /// One date of a series.
    Occurrence,
    /// A meeting that is running or has ended.
    Instance,
}

impl Kind {
    /// By the form of the id.
    pub fn of(meeting_id: &str) -> Self {
        match meeting_id.contains('_') {
            _ if is_instance_id(meeting_id) => Kind::Instance,
            true => Kind::Occurrence,
            false => Kind::Series,
        }
    }

    /// As errors name it.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::Series => "a series (or a meeting that happens once)",
            Kind::Occurrence => "one occurrence of a series",
            Kind::Instance => "an instance: a meeting that is running or has ended",
        }
    }
}

/// The kind of an id where Webex takes a series or an occurrence.
///
/// # Errors
/// `invalid_arguments` for an instance, naming the kind that was given.
pub fn scheduled(meeting_id: &str) -> Result<Kind, CallError> {
    match Kind::of(meeting_id) {
        Kind::Instance => Err(not_of_kind(
            Kind::Instance,
            "a series or of one occurrence is needed here",
        )),
        kind => Ok(kind),
    }
}

/// Refuses an id that is no series' where one is given.
///
/// # Errors
/// `invalid_arguments`, naming the kind that was given.
pub fn check_series(argument: &str, id: Option<&str>) -> Result<(), CallError> {
    match id.map(Kind::of) {
        None | Some(Kind::Series) => Ok(()),
        Some(kind) => {
            let right = format!("this is the id of {}; a series is needed", kind.words());
            Err(CallError::invalid(argument, right))
        }
    }
}

/// Refuses a state in which no listed meeting can be: an empty list would read as if there were none.
///
/// # Errors
/// `invalid_arguments`, with the kinds that go with each state.
pub fn check_state(query: &ListMeetings) -> Result<(), CallError> {
    let named = [&query.meeting_number, &query.web_link, &query.room_id];
    // Webex ignores the state of a meeting that is named, and lists every kind of a series.
    let is_open = named.into_iter().any(Option::is_some)
        || query.meeting_series_id.is_some() && query.meeting_type.is_none();
    let (Some(state), false) = (&query.state, is_open) else {
        return Ok(());
    };
    let kind = query.meeting_type.as_ref();
    let is_possible = match kind.unwrap_or(&MeetingType::MeetingSeries) {
        MeetingType::MeetingSeries => !matches!(
            state,
            MeetingState::Scheduled
                | MeetingState::Ready
                | MeetingState::Lobby
                | MeetingState::Ended
                | MeetingState::Missed
        ),
        MeetingType::ScheduledMeeting => {
            !matches!(state, MeetingState::Active | MeetingState::Expired)
        }
        MeetingType::Meeting => !matches!(
            state,
            MeetingState::Active
                | MeetingState::Expired
                | MeetingState::Scheduled
                | MeetingState::Ready
                | MeetingState::Missed
        ),
        _ => true,
    };
    match is_possible {
        true => Ok(()),
        false => Err(CallError::invalid(
            "state",
            "no meeting of this meetingType is ever so: ended, inProgress and lobby go with meeting; scheduled, ready and missed with scheduledMeeting; active and expired with meetingSeries",
        )),
    }
}

/// The refusal of an id of the wrong kind; `needed` goes on after "the id of".
pub fn not_of_kind(given: Kind, needed: &str) -> CallError {
    let message = format!(
        "`meetingId`: this is the id of {}; the id of {needed}.",
        given.words()
    );
    CallError::new(
        Code::InvalidArguments,
        message,
        "Take the id that fits from webex-list-meetings: its meetingType chooses series, occurrences or instances, and meetingSeriesId one series. Nothing was changed.",
    )
}

/// The date of a series that runs or comes next; `None` where there is none any more.
///
/// # Errors
/// Those of reading.
pub async fn next_date(
    webex: &Client,
    series_id: &str,
    asked: GetMeeting,
) -> Result<Option<Meeting>, CallError> {
    let current = GetMeeting {
        current: Some(true),
        ..asked
    };
    match webex.meetings().get(series_id, &current).await {
        Ok(next) => Ok(Some(next)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An instance that has ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Ended {
    pub id: String,
    /// Unknown where the id of the instance itself was given.
    pub title: Option<Theirs>,
    pub start: Option<Timestamp>,
    pub host_email: Option<String>,
    pub host_name: Option<String>,
}

/// The instance of this id; of a series or an occurrence, the one that ended last. A tool that calls
/// it declares [`webex::meetings::series::LIST`].
///
/// # Errors
/// `not_found` where nothing has ended, or not long enough ago for Webex to tell it.
pub async fn last_ended(
    webex: &Client,
    meeting_id: &str,
    host_email: Option<&str>,
) -> Result<Ended, CallError> {
    let (series, occurrence) = match Kind::of(meeting_id) {
        Kind::Instance => {
            return Ok(Ended {
                id: meeting_id.to_owned(),
                ..Ended::default()
            });
        }
        Kind::Occurrence => (meeting_id.split('_').next(), Some(meeting_id)),
        Kind::Series => (Some(meeting_id), None),
    };
    let ended = ListMeetings {
        meeting_series_id: series.map(str::to_owned),
        meeting_type: Some(MeetingType::Meeting),
        state: Some(MeetingState::Ended),
        max: Some(MEETING_LOOKUP_PAGE_ENTRIES),
        host_email: host_email.map(str::to_owned),
        ..ListMeetings::default()
    };
    let is_meant = |one: &Meeting| {
        let of = one.scheduled_meeting_id.as_deref();
        one.state != Some(MeetingState::InProgress)
            && occurrence.is_none_or(|occurrence| of == Some(occurrence))
    };
    let mut pages = 0;
    for (from, to) in windows(meeting_id, Timestamp::now()) {
        let query = ListMeetings {
            from: Some(from),
            to: Some(to),
            ..ended.clone()
        };
        let mut last = None;
        let mut page = webex.meetings().list(&query).await?;
        loop {
            pages += 1;
            let meant = page.items.into_iter().filter(is_meant);
            last = meant.chain(last).max_by_key(|one| one.start);
            match page.next {
                Some(next) if pages < ENDED_LOOKUP_MAX_PAGES => {
                    // Webex leaves filters out of its links.
                    let next = next.asking(&query)?;
                    page = webex.next_page(&query, &next).await?;
                }
                _ => break,
            }
        }
        if let Some(last) = last {
            return Ok(Ended {
                id: last.id,
                title: last.title.map(Theirs::from),
                start: last.start,
                host_email: last.host_email,
                host_name: last.host_display_name,
            });
        }
    }
    Err(nothing_ended())
}

/// Where to look, the latest first: Webex lists by start, the oldest first.
fn windows(meeting_id: &str, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let day = |from: Timestamp, days: i64| {
        let span = SignedDuration::from_hours(24 * days);
        from.saturating_add(span).unwrap_or(from)
    };
    let named = meeting_id.split_once('_').map(|(_, start)| start);
    if let Some(start) = named.and_then(|start| start.parse::<Timestamp>().ok()) {
        let around = OCCURRENCE_MOVED_DAYS;
        return vec![(day(start, -around), day(start, around))];
    }
    let mut to = day(now, 1);
    let ends = ENDED_LOOKUP_DAYS.map(|days| day(now, -days));
    ends.map(|from| (from, std::mem::replace(&mut to, from)))
        .to_vec()
}

fn nothing_ended() -> CallError {
    CallError::new(
        Code::NotFound,
        "No meeting of this id that you can see has ended yet; Webex tells of one 15 minutes after its end.",
        "webex-list-meetings with meetingType meeting lists what has taken place; webex-get-meeting-status says whether it is running.",
    )
}

/// What is said where there are none. A meeting that is named is looked for at any time.
pub fn none_of(query: &ListMeetings) -> String {
    let named = [
        &query.meeting_number,
        &query.web_link,
        &query.room_id,
        &query.meeting_series_id,
    ];
    let is_past = query.meeting_type == Some(MeetingType::Meeting);
    match (query.from.or(query.to), is_past) {
        _ if named.into_iter().any(Option::is_some) => "No meetings.".to_owned(),
        (None, false) => {
            "No meetings in the next 7 days; from and to give another time.".to_owned()
        }
        _ => times::none_of("meetings", query.from, query.to),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use webex::meetings::CreateMeeting;

    use super::*;
    use crate::tools::check::World;

    const SERIES: &str = "0ed74a1c0551494fb7a04e2881bf50ae";

    #[test]
    fn three_kinds_are_told_by_their_form() {
        let occurrence = format!("{SERIES}_20260105T090000Z");
        let instance = format!("{SERIES}_I_166022169160077044");
        assert_eq!(Kind::of(SERIES), Kind::Series);
        assert_eq!(Kind::of(&occurrence), Kind::Occurrence);
        assert_eq!(Kind::of(&instance), Kind::Instance);
        assert_eq!(scheduled(&occurrence).unwrap(), Kind::Occurrence);
        let error = scheduled(&instance).unwrap_err();
        assert_eq!(error.code, Code::InvalidArguments);
        assert!(error.message.contains("an instance"), "{}", error.message);
        assert!(!error.message.contains(SERIES));
    }

    #[test]
    fn windows_lie_one_behind_the_other_and_cover_five_years() {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let all = windows(SERIES, now);
        assert!(all[0].1 > now);
        assert!(all.windows(2).all(|pair| pair[0].0 == pair[1].1));
        let oldest = all.last().unwrap().0;
        assert!(now.duration_since(oldest) > SignedDuration::from_hours(24 * 365 * 5));
        let one = windows(&format!("{SERIES}_20200105T090000Z"), now);
        assert_eq!(one.len(), 1);
        let planned: Timestamp = "2020-01-05T09:00:00Z".parse().unwrap();
        assert!(one[0].0 < planned && planned < one[0].1 && one[0].1 < now);
    }

    #[tokio::test]
    async fn the_last_one_that_ended_is_found() {
        let world = World::today();
        let alice = world.client("alice");
        let standup = world.meeting("alice", "Daily Standup").await;
        let last = last_ended(&alice, &standup, None).await.unwrap();
        assert_eq!(Kind::of(&last.id), Kind::Instance);
        let all = ListMeetings {
            meeting_series_id: Some(standup.clone()),
            meeting_type: Some(MeetingType::Meeting),
            state: Some(MeetingState::Ended),
            from: Some(Timestamp::now() - SignedDuration::from_hours(24 * 20)),
            to: Some(Timestamp::now()),
            max: Some(100),
            ..ListMeetings::default()
        };
        let all = alice.meetings().list(&all).await.unwrap().items;
        assert!(all.len() > 5);
        assert_eq!(all.last().map(|one| &one.id), Some(&last.id));
        // One date of it, and the instance itself, which needs no look.
        let first = all[0].scheduled_meeting_id.clone().unwrap();
        let found = last_ended(&alice, &first, None).await.unwrap();
        assert_eq!(found.id, all[0].id);
        world.sandbox.faults().forget_calls();
        let itself = last_ended(&alice, &last.id, None).await.unwrap();
        assert_eq!((itself.id, itself.title), (last.id, None));
        assert!(world.sandbox.faults().calls().is_empty());
    }

    #[tokio::test]
    async fn the_last_one_of_many_is_found_over_pages() {
        let world = World::new();
        let alice = world.client("alice");
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let daily = CreateMeeting {
            recurrence: Some("FREQ=DAILY;COUNT=150".to_owned()),
            ..CreateMeeting::new(
                "Daily",
                at("2026-01-06T10:00:00Z"),
                at("2026-01-06T10:15:00Z"),
            )
        };
        let daily = alice.meetings().create(&daily).await.unwrap().id;
        let days = Duration::from_secs(160 * 24 * 60 * 60);
        world.sandbox.clock().advance(days);
        let last = last_ended(&alice, &daily, None).await.unwrap();
        assert_eq!(last.start, Some(at("2026-06-04T10:00:00Z")));
    }

    #[tokio::test]
    async fn what_has_not_ended_or_is_of_others_is_not_found() {
        let world = World::today();
        let review = world.meeting("alice", "Design Review").await;
        let standup = world.meeting("alice", "Daily Standup").await;
        for (who, meeting) in [("alice", &review), ("harold", &standup)] {
            let error = last_ended(&world.client(who), meeting, None).await;
            assert_eq!(error.unwrap_err().code, Code::NotFound, "{who}");
        }
        // An administrator names the host.
        let host = Some("alice@example.com");
        let ada = world.client("ada");
        assert!(last_ended(&ada, &standup, None).await.is_err());
        let found = last_ended(&ada, &standup, host).await;
        assert_eq!(Kind::of(&found.unwrap().id), Kind::Instance);
    }
}
