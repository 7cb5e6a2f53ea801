//! Finds a meeting by its number, its link, or its title with or without a day.

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use url::Url;
use webex::meetings::{ListMeetings, Meeting, MeetingType};

use super::Looking;
use super::names::{Found, Kind, Named, Seen, not_found};
use crate::error::{CallError, Code};
use crate::limits;

/// What a reference says about a meeting that is no id.
#[derive(Debug, PartialEq, Eq)]
enum Said<'a> {
    Number(String),
    Link(String),
    /// A title, and the day of one occurrence.
    Title(&'a str, Option<Date>),
}

/// When a meeting takes place whose title is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// Series and single meetings, of any day.
    Whenever,
    On(Date),
    /// On days around this one, each of which becomes the start of what is found.
    Near(Date),
}

impl<'a> Said<'a> {
    fn of(reference: &'a str) -> Self {
        if let Some(link) = link(reference) {
            return Said::Link(link);
        }
        if let Some(number) = number(reference) {
            return Said::Number(number);
        }
        let (title, last) = reference.rsplit_once(' ').unwrap_or(("", reference));
        // The form is checked as well: a title may end with a number that could pass for a date.
        let day = (last.len() == "2026-01-05".len())
            .then(|| last.parse().ok())
            .flatten();
        match day {
            Some(day) if !title.is_empty() => {
                let title = title.strip_suffix(" on").unwrap_or(title);
                Said::Title(title.trim_end_matches([',', ' ', '@']), Some(day))
            }
            _ => Said::Title(reference, None),
        }
    }
}

/// The digits of a meeting's number, which people write in groups.
pub(super) fn number(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || c == ' ' || c == '-';
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = limits::MEETING_NUMBER_DIGITS.contains(&digits.len());
    (is_number && text.chars().all(is_part)).then_some(digits)
}

/// The hosts whose links people copy without their beginning.
const WEBEX_HOSTS: [&str; 2] = [".webex.com", ".webexgov.us"];

/// The parameter that says which meeting a link is of.
const LINKED_MEETING: &str = "MTID";

/// A meeting's link as Webex has it, which compares it to the letter: mail and apps write it in
/// other ways, and add parameters.
pub(super) fn link(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>');
    let mut url = match text.contains("://") {
        true => Url::parse(text).ok()?,
        false => {
            let url = Url::parse(&format!("https://{text}")).ok()?;
            let host = url.host_str()?;
            let is_webex = WEBEX_HOSTS.iter().any(|known| host.ends_with(known));
            (is_webex && text.contains('/')).then_some(url)?
        }
    };
    if url.scheme() == "http" {
        url.set_scheme("https").ok()?;
    }
    url.set_fragment(None);
    let is_meant = |(name, _): &(Cow<'_, str>, _)| name.eq_ignore_ascii_case(LINKED_MEETING);
    let meant = url.query_pairs().find(is_meant);
    if let Some(meeting) = meant.map(|(_, meeting)| meeting.into_owned()) {
        url.query_pairs_mut()
            .clear()
            .append_pair(LINKED_MEETING, &meeting);
    }
    (url.scheme() == "https" && url.has_host()).then(|| url.into())
}

impl Looking<'_> {
    /// The series or single meeting of a number or a link; `None` where there is none, or where the
    /// reference is a title. A title may look like a number or a link.
    pub(super) async fn meeting(
        &self,
        reference: &str,
        host_email: Option<&str>,
    ) -> Result<Option<Found>, CallError> {
        let mut query = ListMeetings {
            host_email: host_email.map(str::to_owned),
            // A title means the whole series as well.
            current: Some(false),
            ..ListMeetings::default()
        };
        match Said::of(reference) {
            Said::Number(number) => query.meeting_number = Some(number),
            Said::Link(link) => query.web_link = Some(link),
            Said::Title(..) => return Ok(None),
        }
        let found = self.client.meetings().list(&query).await?.items;
        let found = found.into_iter().filter_map(named).next();
        Ok(found.map(Found::Named))
    }

    /// The meetings whose title contains the reference's, and that title.
    pub(super) async fn look_at_meetings<'r>(
        &self,
        reference: &'r str,
        host_email: Option<&str>,
    ) -> Result<(&'r str, Seen), CallError> {
        let (title, day) = match Said::of(reference) {
            Said::Title(title, day) => (title, day),
            _ => (reference, None),
        };
        let when = day.map_or(When::Whenever, When::On);
        let seen = self.titled(title, when, host_email).await?;
        let Some(day) = day.filter(|_| !seen.has(title)) else {
            return Ok((title, seen));
        };
        // People also write a day into a title.
        let whole = self.titled(reference, When::Whenever, host_email).await?;
        match whole.has(reference) {
            true => Ok((reference, whole)),
            false if seen.fitting.is_empty() && seen.whole => {
                let near = self.titled(title, When::Near(day), host_email).await?;
                Err(not_that_day(title, day, near))
            }
            false => Ok((title, seen)),
        }
    }

    /// The meetings whose title contains this one: with a day, what takes place on it or near it.
    async fn titled(
        &self,
        title: &str,
        when: When,
        host_email: Option<&str>,
    ) -> Result<Seen, CallError> {
        let (from, to) = when.window(Timestamp::now());
        let query = ListMeetings {
            from: Some(from),
            to: Some(to),
            meeting_type: (when != When::Whenever).then_some(MeetingType::ScheduledMeeting),
            max: Some(limits::MEETING_LOOKUP_PAGE_ENTRIES),
            host_email: host_email.map(str::to_owned),
            ..ListMeetings::default()
        };
        let is_then = |meeting: &Meeting| match when {
            When::On(day) => own_day(meeting) == Some(day),
            When::Whenever | When::Near(_) => true,
        };
        let named = |meeting: Meeting| {
            let day = own_day(&meeting);
            let mut named = named(meeting)?;
            if let When::Near(_) = when {
                named.detail = day.map(|day| day.to_string());
            }
            Some(named)
        };
        let mut seen = Seen::of(false);
        let mut page = self.client.meetings().list(&query).await?;
        for read in 1.. {
            page.items.retain(is_then);
            seen.take(Some(title), page.items, named);
            match page.next {
                Some(next) if read < limits::NAME_LOOKUP_MAX_PAGES => {
                    page = self.client.next_page(&query, &next).await?;
                }
                rest => {
                    seen.whole = rest.is_none();
                    break;
                }
            }
        }
        Ok(seen)
    }
}

/// Whether a reference is looked up as a title, on any day.
pub(super) fn is_title(reference: &str) -> bool {
    !webex::id::is_meeting_id(reference) && matches!(Said::of(reference), Said::Title(_, None))
}

impl When {
    /// The time in which a title is looked for.
    fn window(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let (from, before, after) = match self {
            When::Whenever => (
                now,
                days(limits::MEETING_LOOKUP_DAYS_BEFORE),
                days(limits::MEETING_LOOKUP_DAYS_AHEAD),
            ),
            // The day of the earliest and of the latest zone.
            When::On(day) => (
                midnight(day, now),
                SignedDuration::from_hours(14),
                SignedDuration::from_hours(24 + 12),
            ),
            When::Near(day) => {
                let around = days(limits::MEETING_LOOKUP_DAYS_NEAR);
                (midnight(day, now), around, around)
            }
        };
        let start = from.saturating_sub(before).unwrap_or(from);
        (start, from.saturating_add(after).unwrap_or(from))
    }
}

fn midnight(day: Date, now: Timestamp) -> Timestamp {
    let midnight = day.to_zoned(TimeZone::UTC);
    midnight.map_or(now, |midnight| midnight.timestamp())
}

/// The day on which a meeting begins, in its own zone.
fn own_day(meeting: &Meeting) -> Option<Date> {
    let zone = meeting.timezone.as_deref();
    let zone = zone.and_then(|name| TimeZone::get(name).ok());
    let start = meeting.start?.to_zoned(zone.unwrap_or(TimeZone::UTC));
    Some(start.date())
}

/// Why a title with a day is no meeting: `near` has the days around it on which there is one.
fn not_that_day(title: &str, day: Date, mut near: Seen) -> CallError {
    // Beside an exact name, the others do not count.
    if near.has(title) {
        near.fitting.retain(|named| named.is_called(title));
    }
    let starts = near
        .fitting
        .iter()
        .filter_map(|named| named.detail.as_deref());
    let mut days: Vec<Date> = starts.filter_map(|start| start.parse().ok()).collect();
    days.sort_unstable();
    days.dedup();
    // Of two that are as near, the later one may still be planned.
    days.sort_by_key(|near| (near.duration_since(day).abs(), *near < day));
    days.truncate(limits::MEETING_DAYS_TOLD);
    days.sort_unstable();
    let days: Vec<_> = days.iter().map(Date::to_string).collect();
    match days.is_empty() {
        true => not_found(Kind::Meeting),
        false => CallError::new(
            Code::NotFound,
            format!("No meeting of this title takes place on {day}."),
            "",
        )
        .advise(format!(
            "It takes place on {}: call again with the title and one of these days.",
            days.join(", ")
        )),
    }
}

/// Whether it is a series, and its start, tell meetings of the same title apart.
fn named(meeting: Meeting) -> Option<Named> {
    let is_series = meeting.meeting_type == Some(MeetingType::MeetingSeries);
    let kind = match is_series && meeting.recurrence.is_some() {
        true => "a series, ",
        false => "",
    };
    let detail = meeting.start.map(|start| format!("{kind}{start}"));
    let named = Named::thing(meeting.title?, meeting.id);
    Some(Named { detail, ..named })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_links_titles_and_days_are_told_apart() {
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        let number = |text: &str| Said::Number(text.to_owned());
        for (reference, said) in [
            ("25125551234", number("25125551234")),
            ("2512 555 1234", number("25125551234")),
            ("2512-555-1234", number("25125551234")),
            ("2512", Said::Title("2512", None)),
            (
                "https://a.webex.com/m/1",
                Said::Link("https://a.webex.com/m/1".to_owned()),
            ),
            ("Design Review", Said::Title("Design Review", None)),
            (
                "Design Review 2026-01-06",
                Said::Title("Design Review", day("2026-01-06")),
            ),
            (
                "Design Review, 2026-01-06",
                Said::Title("Design Review", day("2026-01-06")),
            ),
            (
                "Design Review on 2026-01-06",
                Said::Title("Design Review", day("2026-01-06")),
            ),
            ("2026-01-06", Said::Title("2026-01-06", None)),
            (
                "Release 2026-13-40",
                Said::Title("Release 2026-13-40", None),
            ),
            ("Sprint 20260106", Said::Title("Sprint 20260106", None)),
            ("日本 営業", Said::Title("日本 営業", None)),
        ] {
            assert_eq!(Said::of(reference), said, "{reference}");
        }
    }

    #[test]
    fn a_link_is_known_in_every_way_of_writing_it() {
        let whole = "https://example.webex.com/example/j.php?MTID=m7c5c";
        for text in [
            whole,
            " https://example.webex.com/example/j.php?MTID=m7c5c ",
            "https://example.webex.com/example/j.php?MTID=m7c5c&foo=1",
            "https://example.webex.com/example/j.php?foo=1&mtid=m7c5c#top",
            "http://example.webex.com/example/j.php?MTID=m7c5c",
            "HTTPS://Example.Webex.COM/example/j.php?MTID=m7c5c",
            "example.webex.com/example/j.php?MTID=m7c5c",
            "<https://example.webex.com/example/j.php?MTID=m7c5c>",
        ] {
            assert_eq!(link(text).as_deref(), Some(whole), "{text}");
        }
        let own = "https://example.webex.com/meet/alice";
        assert_eq!(link("example.webex.com/meet/alice#x").as_deref(), Some(own));
        for text in [
            "what",
            "Design Review",
            "Q3/Q4 planning",
            "example.com/j.php?MTID=m7c5c",
            "example.webex.com",
            "ftp://example.webex.com/x",
            "https://",
        ] {
            assert_eq!(link(text), None, "{text}");
        }
    }
}
