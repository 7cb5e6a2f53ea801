//! The limits of what is gathered from many places: what was missed, recaps, and reports.

/// How far back somebody catches up: beyond, reading the spaces themselves says more.
pub const CATCH_UP_DAYS_MAX: i64 = 31;
/// How far back without a time: since this hour yesterday.
pub const CATCH_UP_DEFAULT_HOURS: i64 = 24;
/// Spaces that are looked into: each costs a request, two where much was said, and a user has about
/// 300 a minute.
pub const CATCH_UP_SPACES_MAX: usize = 20;
/// Messages that are read of each: one page.
pub const CATCH_UP_MESSAGES_OF_EACH: u32 = 100;
/// First messages of threads that are read to see whether the thread is the caller's.
pub const CATCH_UP_THREADS_READ: usize = 10;
/// Entries of each of the lists of an answer: what somebody reads before the first coffee.
pub const CATCH_UP_SHOWN_OF_EACH: usize = 10;
/// How long spaces are read; the rest is told as not read, within the deadline of the call.
pub const NEWS_READ_SECONDS: u64 = 8;
const _: () =
    assert!(NEWS_READ_SECONDS + 2 * super::COURTESY_WAIT.as_secs() < super::CALL_DEADLINE_SECONDS);

/// Action items that an answer tells of a summary: more are no list of what to do.
pub const SUMMARY_MAX_ACTION_ITEMS: usize = 50;

/// Names of people in a recap: more make a list that nobody reads.
pub const RECAP_PEOPLE_NAMED: usize = 30;
/// Recordings in a recap.
pub const RECAP_RECORDINGS: usize = 5;
/// A title or a name in a recap, before it becomes Markdown.
pub const RECAP_NAME_MAX_CHARS: usize = 200;
/// What action items and names may take of a recap; the summary has the rest.
pub const RECAP_ITEMS_MAX_BYTES: usize = 2_000;
pub const RECAP_PEOPLE_MAX_BYTES: usize = 1_500;
pub const RECAP_RECORDINGS_MAX_BYTES: usize = 1_000;

// A character of a title takes at most five bytes of Markdown; a summary has room beside all that.
const _: () = assert!(
    RECAP_ITEMS_MAX_BYTES
        + RECAP_PEOPLE_MAX_BYTES
        + RECAP_RECORDINGS_MAX_BYTES
        + 5 * RECAP_NAME_MAX_CHARS
        + 1_000
        < super::MESSAGE_MAX_BYTES
);

/// Meetings of one report: each costs two requests at least, and a daily series has 100 in half a
/// year.
pub const ATTENDANCE_MEETINGS_MAX: usize = 100;
/// Pages of 100 that are read of one meeting's participants: three times a large meeting.
pub const ATTENDANCE_PARTICIPANT_PAGES: u32 = 30;
/// People of an answer; the file has all of them.
pub const ATTENDANCE_PEOPLE_SHOWN: usize = 100;
/// Times of joining that an answer tells of one person.
pub const ATTENDANCE_STAYS_SHOWN: usize = 10;

/// Events of one report: about a week of an organization of 10,000 people, in two hours of requests
/// at the rate that Webex allows.
pub const EVENTS_REPORT_MAX: u64 = 1_000_000;
/// Events that are read in one request: the most that Webex gives.
pub const EVENTS_PAGE_ENTRIES: u32 = 1_000;
/// How far our clock may be ahead of Webex's.
pub const EVENTS_CLOCKS_APART_SECONDS: i64 = 60;
/// People who are counted by themselves; what further ones did is counted together.
pub const EVENTS_ACTORS_COUNTED: usize = 50_000;
/// People of an answer, those who did most; their addresses are looked up in one request.
pub const EVENTS_ACTORS_SHOWN: usize = 20;
/// Kinds of events that are counted by themselves: Webex has about 40.
pub const EVENTS_KINDS_COUNTED: usize = 200;

const _: () = assert!(EVENTS_ACTORS_SHOWN <= super::PEOPLE_LOOKUP_IDS);
