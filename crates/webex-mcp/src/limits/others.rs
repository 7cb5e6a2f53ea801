//! The limits of resources, prompts and completion, of lists that come as CSV, and of the start.

use std::time::Duration;

/// The URI of a resource: a name of 128 characters in percent-encoding fits, and a longer URI names
/// nothing.
pub const RESOURCE_URI_MAX_BYTES: usize = 2 * 1_024;
/// Spaces of a list of resources: those that somebody used last are the ones they look for.
pub const RESOURCES_LISTED: u32 = 50;
/// Members of a space, and messages of it, that a resource has: as many as are worth reading at once.
pub const RESOURCE_MEMBERS: u32 = 100;
pub const RESOURCE_MESSAGES: u32 = 50;
/// How long a transcript may be shown from a cache: its words do not change, but the right to read
/// them may end.
pub const TRANSCRIPT_FRESH_MILLISECONDS: u64 = 60 * 1_000;

/// A name that is compared with those of a server, to say which was meant: none of them is as long,
/// and comparing takes longer the longer it is.
pub const NAME_COMPARED_MAX_BYTES: usize = 128;

/// How long a completion may take: somebody is typing.
pub const COMPLETION_DEADLINE: Duration = Duration::from_secs(5);
/// Values of a completion: the protocol allows no more.
pub const COMPLETION_MAX_VALUES: usize = 100;
/// Lists of names that are kept for the next letters, over all principals. A list of 1,000 spaces
/// has about 200 KB.
pub const COMPLETION_LISTS_MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The text of a prompt: about 2,000 tokens, which leave a model room for its work.
pub const BRIEF_MAX_BYTES: usize = 8_000;
/// The length to which a message in a prompt is shortened: what it is about, in about three lines.
pub const BRIEF_MESSAGE_MAX_BYTES: usize = 280;
/// The length to which an agenda in a prompt is shortened: Webex's own limit for one.
pub const BRIEF_AGENDA_MAX_BYTES: usize = 1_300;
/// The length to which notes in a prompt are shortened: half of what the prompt has room for.
pub const BRIEF_NOTES_MAX_BYTES: usize = 3_000;
/// Spaces that a prompt looks into: each costs a request.
pub const BRIEF_SPACES_MAX: usize = 8;
/// Spaces that a prompt looks at to find those where something happened: one page.
pub const BRIEF_SPACES_SEEN: u32 = 100;
/// Spaces that are read at the same time: a few, because the rate limits are the user's.
pub const BRIEF_SPACES_AT_ONCE: usize = 4;
/// Messages that are read of each of several spaces.
pub const BRIEF_MESSAGES_OF_EACH: u32 = 20;
/// Messages that are read of the only space of a prompt: one page.
pub const BRIEF_MESSAGES_OF_ONE: u32 = 100;
/// People of a space or a meeting that a prompt reads: one page.
pub const BRIEF_PEOPLE_SEEN: u32 = 100;
/// How far back a prompt looks: beyond, its facts would no longer fit.
pub const BRIEF_DAYS_MAX: u32 = 31;

/// A list as CSV in an argument: about 1,000 people with their names.
pub const CSV_TEXT_MAX_CHARS: usize = 64 * 1024;
/// The same as an uploaded file: every column of as many people.
pub const CSV_FILE_MAX_BYTES: u64 = 1024 * 1024;
/// People of one list of accounts: each costs three requests.
pub const PROFILES_MAX_LINES: usize = 500;
/// Lines of a list whose faults are told: who corrects these sees the others.
pub const CSV_LINES_TOLD: usize = 10;

/// The slips, each a letter, with which a variable is still taken for one of ours: those of other
/// programs differ by words.
pub const VARIABLE_SLIPS_MAX: usize = 2;

/// Outcomes and decisions of a journal that are told where none fits: a few lines.
pub const OUTCOMES_TOLD: usize = 40;

/// How long `install` waits for the server of its new entry: a client gives up after a similar
/// time.
pub const INSTALL_TRIAL_SECONDS: u64 = 20;
/// How much it reads of an answer: ten times the size of all tools.
pub const INSTALL_TRIAL_ANSWER_BYTES: u64 = 2 * 1024 * 1024;
/// How often a starting server asks Webex for the owner of its token until it gets an answer, and
/// the pause in between: the network may come up later than the server, and a wrong address never
/// works.
pub const TOKEN_CHECK_TRIES: u32 = 20;
pub const TOKEN_CHECK_WAIT_SECONDS: u64 = 30;
