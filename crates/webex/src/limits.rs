//! Every limit of the client. The name ends with the unit, and the comment gives the reason.

use std::time::Duration;

/// The largest JSON answer that is read: a page of 1,000 messages of full length fits in it.
pub const MAX_JSON_BYTES: usize = 16 * 1024 * 1024;

/// The largest error body that is read: Webex's are a few hundred bytes, a proxy's page a few KB.
pub const MAX_ERROR_BYTES: usize = 64 * 1024;

/// Webex refuses a longer `text` or `markdown`; counted in UTF-8 bytes, not in characters.
pub const MAX_MESSAGE_BYTES: usize = 7439;

/// Webex refuses a larger file in a message.
pub const MAX_FILE_BYTES: u64 = 100 * 1024 * 1024;

/// Webex shows one file or one card in a message.
pub const MAX_ATTACHMENTS_COUNT: usize = 1;

/// Webex accepts no more ids in one `GET /people?id=…`.
pub const MAX_PEOPLE_IDS_COUNT: usize = 85;

/// The longest wait for consent on another device: Webex itself gives 5 minutes.
pub const MAX_DEVICE_WAIT: Duration = Duration::from_secs(30 * 60);

/// The shortest pause between two questions about a consent; Webex asks for 2 s.
pub const MIN_DEVICE_INTERVAL: Duration = Duration::from_secs(1);

/// The longest pause between these questions, whatever failed: a person is waiting.
pub const MAX_DEVICE_INTERVAL: Duration = Duration::from_secs(60);

/// How much `slow_down` lengthens the pause (RFC 8628, section 3.5).
pub const DEVICE_SLOW_DOWN: Duration = Duration::from_secs(5);

/// Webex accepts no more people in one bulk insert of invitees.
pub const MAX_BULK_INVITEES_COUNT: usize = 100;

/// Webex admits no more people from the lobby in one request.
pub const MAX_ADMITTED_COUNT: usize = 100;

/// Webex refuses a longer window of joining times.
pub const MAX_JOIN_WINDOW_DAYS: i64 = 90;

/// Webex refuses a longer name of a person who is called.
pub const MAX_CALLOUT_NAME_CHARS: usize = 32;

/// Webex accepts no more recordings in one request that moves or purges them.
pub const MAX_BULK_RECORDINGS_COUNT: usize = 100;

/// Webex refuses a longer window for the recordings of a site or a group.
pub const MAX_RECORDINGS_WINDOW_DAYS: i64 = 30;

/// Webex accepts no more addresses in each list of a request that shares a recording.
pub const MAX_SHARED_EMAILS_COUNT: usize = 100;

/// Webex refuses a longer comment on a deletion.
pub const MAX_DELETION_COMMENT_CHARS: usize = 255;

/// A page may be empty and still have a next one; after this many empty pages in a row, the caller
/// decides.
pub const MAX_EMPTY_PAGES_COUNT: usize = 10;

/// A next link is a URL of a few hundred bytes; proxies limit URLs to 8 KiB.
pub const MAX_NEXT_PAGE_BYTES: usize = 8 * 1024;

/// How often one request is sent in all, whatever the reason to repeat it. After four failures in a
/// row the caller decides, and Webex counts each attempt against the user's rate.
pub const MAX_SENDS_COUNT: usize = 4;

/// The wait before the first repeat, in addition to what Webex asks for. It doubles each time, with
/// jitter, so that callers that were refused together do not repeat together.
pub const MIN_BACKOFF: Duration = Duration::from_millis(200);

/// The longest backoff, so that a deadline of a few seconds still allows a repeat.
pub const MAX_BACKOFF: Duration = Duration::from_secs(3);

/// A longer `Retry-After` is reduced to this: nobody waits longer than a day on purpose.
pub const MAX_RETRY_AFTER_SECONDS: u64 = 24 * 60 * 60;

/// A tracking id is shown to people and logged; Webex's ids have about 50 characters.
pub const MAX_TRACKING_ID_BYTES: usize = 128;

/// A longer file name is cut: no file system accepts it.
pub const MAX_FILE_NAME_BYTES: usize = 255;

/// How much is read from a file at once during an upload: enough for few system calls.
pub const UPLOAD_CHUNK_BYTES: usize = 64 * 1024;

/// Idle connections kept open for one host: a normal number of calls in flight.
pub const MAX_IDLE_CONNECTIONS_COUNT: usize = 256;

/// Idle connections are closed before common load balancers close them (60 s), so that few calls
/// use a dead one.
pub const MAX_IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// How often an HTTP/2 connection is checked: calls on a dead one would get no answer.
pub const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);

/// How long the check may take; well below the interval.
pub const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(5);

/// Webex refuses a longer title of a meeting.
pub const MAX_MEETING_TITLE_CHARS: usize = 128;

/// Webex refuses a longer agenda of a meeting.
pub const MAX_AGENDA_CHARS: usize = 1300;

/// Webex refuses more invitees when a meeting is scheduled.
pub const MAX_INVITEES_COUNT: usize = 1000;

/// Webex refuses a longer name of an invitee or of a person who joins.
pub const MAX_DISPLAY_NAME_CHARS: usize = 128;

/// Webex refuses a shorter meeting.
pub const MIN_MEETING_MINUTES: i64 = 10;

/// Webex refuses a longer meeting: 23 hours and 59 minutes.
pub const MAX_MEETING_MINUTES: i64 = 23 * 60 + 59;

/// Webex ends every series this many years from now.
pub const MAX_SERIES_YEARS: i32 = 5;

/// Webex cuts a daily series after this many meetings.
pub const MAX_DAILY_MEETINGS_COUNT: u32 = 1826;

/// Webex cuts a weekly series after this many meetings.
pub const MAX_WEEKLY_MEETINGS_COUNT: u32 = 261;

/// Webex cuts a monthly series after this many meetings.
pub const MAX_MONTHLY_MEETINGS_COUNT: u32 = 60;

/// Webex cuts a yearly series after this many meetings.
pub const MAX_YEARLY_MEETINGS_COUNT: u32 = 5;

/// Webex stores no more integration tags for a meeting.
pub const MAX_INTEGRATION_TAGS_COUNT: usize = 3;

/// Webex refuses a longer integration tag.
pub const MAX_INTEGRATION_TAG_CHARS: usize = 64;

/// Webex refuses a fainter watermark.
pub const MIN_WATERMARK_OPACITY_PERCENT: u32 = 5;

/// Webex refuses a stronger watermark.
pub const MAX_WATERMARK_OPACITY_PERCENT: u32 = 80;

/// How many minutes before the host people may join: 0 to 15 for meetings, 0 to 60 for webinars.
pub const JOIN_BEFORE_HOST_MINUTES: [u32; 7] = [0, 5, 10, 15, 30, 45, 60];

/// Webex refuses more breakout sessions in a meeting.
pub const MAX_BREAKOUT_SESSIONS_COUNT: usize = 100;

/// Webex makes no more survey links at once.
pub const MAX_SURVEY_EMAILS_COUNT: usize = 100;

/// Webex reassigns no more meetings at once.
pub const MAX_REASSIGNED_MEETINGS_COUNT: usize = 100;

/// Webex makes no join link that is valid for longer.
pub const MAX_JOIN_LINK_MINUTES: u32 = 60;

/// Webex lists registrants of no longer window.
pub const MAX_REGISTRATION_WINDOW_DAYS: i64 = 90;

/// Webex refuses a longer name or value of a tracking code.
pub const MAX_TRACKING_CODE_CHARS: usize = 120;

/// How deep the place of an unreadable value is looked for: Webex nests less than ten levels.
pub const MAX_PLACE_DEPTH: usize = 32;
