//! The limits of servers with a data scope, and of those in lockdown.

/// Reads that one call may cost to find out what lies in its server's scope; what is not known by
/// then counts as outside.
pub const SCOPE_READS_PER_CALL: u32 = 40;
/// The same for a long work: several for each of its up to 1,000 changes, when it is planned, when that
/// plan is compared with the world, and when it is made.
pub const SCOPE_READS_PER_WORK: u32 = 10_000;
/// The same for a call in lockdown, where a full list of spaces or meetings costs a read of the people of each, and
/// one more of cohosts who are in no space of the caller.
pub const LOCKDOWN_READS_PER_CALL: u32 = 200;
/// How many of these run at the same time: a full list takes two seconds, and the user's other calls
/// still get through.
pub const LOCKDOWN_READS_AT_ONCE: usize = 8;
/// Pages of 1,000 members that are read of a space or team to count whom a change reaches; one with more
/// members reaches more than any limit.
pub const AUDIENCE_MEMBER_PAGES: u32 = 20;
/// The largest page of them.
pub const AUDIENCE_PAGE_ENTRIES: u32 = 1_000;
/// How long the type of a space, the address of a person or the host of a meeting is believed: none
/// changes often.
pub const SCOPE_FACT_SECONDS: u64 = 60;
/// Such facts of one server; a forgotten one is read again.
pub const SCOPE_FACTS_REMEMBERED: u64 = 10_000;
/// How long a file counts as one of a message that was read, and a transcript as one that was listed.
pub const SCOPE_FILE_SECONDS: u64 = 60 * 60;
/// Such files and transcripts of one server.
pub const SCOPE_FILES_REMEMBERED: u64 = 20_000;
/// Entries of one list of a scope.
pub const SCOPE_ENTRIES_MAX: usize = 1_000;

/// Pages of 1,000 members that are read of a space or a team to find out who of them belongs to the
/// organization. Somebody beyond is looked up alone.
pub const LOCKDOWN_MEMBER_PAGES: u32 = 3;
/// People of one server of whom it is remembered whether they belong, by id and by address, and
/// spaces, teams and meetings, whether all of theirs do: about 200 bytes each.
pub const LOCKDOWN_PEOPLE_REMEMBERED: u64 = 50_000;
/// How long that is believed: hardly anybody changes the organization, and whoever is removed from
/// it is to be outside soon.
pub const LOCKDOWN_PERSON_SECONDS: u64 = 5 * 60;
