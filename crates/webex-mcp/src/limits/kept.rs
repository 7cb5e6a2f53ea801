//! The limits of what is kept: the journal, and the records that it is stored in.

use std::time::Duration;

/// Entries after which the journal's head is signed again: an attacker would have to forge this
/// many.
pub const JOURNAL_SIGNED_EVERY_ENTRIES: u64 = 1_000;
/// The longest time that a growing journal stays unsigned.
pub const JOURNAL_SIGNED_EVERY_SECONDS: i64 = 5 * 60;
/// How long entries are kept.
pub const JOURNAL_KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How many bytes of entries are kept on a disk, and in memory where there is no disk.
pub const JOURNAL_KEPT_BYTES: u64 = 1024 * 1024 * 1024;
pub const JOURNAL_IN_MEMORY_BYTES: u64 = 16 * 1024 * 1024;
/// Answers kept for keys, and the same for undelivered outcomes; beyond it only ids are kept.
pub const JOURNAL_ANSWERS_KEPT_BYTES: u64 = 256 * 1024 * 1024;
pub const JOURNAL_ANSWERS_IN_MEMORY_BYTES: u64 = 8 * 1024 * 1024;
/// Rows that one step of cleaning removes from a table: the writer's other work waits meanwhile.
pub const JOURNAL_FORGOTTEN_AT_ONCE_ROWS: u64 = 10_000;
/// How long a key stands for its call.
pub const JOURNAL_KEY_SECONDS: i64 = 24 * 60 * 60;
/// How long an identical call can get an undelivered outcome.
pub const JOURNAL_UNDELIVERED_SECONDS: i64 = 10 * 60;
/// How long a used confirmation is remembered: longer than any confirmation is valid.
pub const JOURNAL_NONCE_SECONDS: i64 = 60 * 60;
/// A longer answer is not stored; its ids are.
pub const JOURNAL_ANSWER_MAX_BYTES: usize = 64 * 1024;
/// Calls with an effect that run at the same time; the first write of the next one waits.
pub const JOURNAL_OPEN_CALLS: usize = 8_192;
/// Writes that are in flight at the same time; the next one waits.
pub const JOURNAL_WRITES_IN_FLIGHT: usize = 4_096;
/// Entries outside calls that wait for the writer; further ones are counted, and the count is
/// written.
pub const JOURNAL_WAITING_NOTES: usize = 1_024;
/// Calls of a dead process that are settled in one step; the rest follows.
pub const JOURNAL_RECOVERED_AT_ONCE_CALLS: usize = 1_024;
/// Ids in an outcome, and the length of an id, of a target or of a caller's word in an entry.
pub const JOURNAL_IDS_MAX: usize = 100;
pub const JOURNAL_TEXT_MAX_BYTES: usize = 512;

/// Changes in one transaction of the records: larger batches would delay their callers noticeably.
pub const RECORDS_BATCH_CHANGES: usize = 1_024;
/// Changes outside the journal that wait for the writer.
pub const RECORDS_WAITING_CHANGES: usize = 1_024;
/// Reads that wait for the reading thread; the next one waits for a place.
pub const RECORDS_WAITING_READS: usize = 1_024;
/// A change without a waiting caller goes along with the next commit, which comes after this time
/// at the latest.
pub const RECORDS_RIDE_MILLIS: u64 = 20;
/// The pause between attempts while the disk is full or read-only, and between steps of a long
/// cleaning.
pub const RECORDS_AGAIN_MILLIS: u64 = 250;
/// The time from the start to the first cleaning: a starting server has more urgent work.
pub const RECORDS_FIRST_TIDYING_SECONDS: u64 = 10;
/// The time between cleanings.
pub const RECORDS_TIDYING_SECONDS: u64 = 60;
/// Changes after which the write-ahead log is moved into the database, between two batches.
pub const RECORDS_CHECKPOINT_CHANGES: usize = 1_000;
/// The size that the log's file may keep on the disk when it is empty.
pub const RECORDS_LOG_KEPT_BYTES: i64 = 16 * 1024 * 1024;
/// How long the writer waits for readers until it can empty the log, after a person was deleted: other
/// changes wait meanwhile, and reads take milliseconds.
pub const RECORDS_LOG_EMPTIED_WITHIN_MILLIS: u64 = 250;
/// How long another process of this machine may hold the database.
pub const RECORDS_BUSY_MILLIS: u64 = 5_000;
/// How often it is looked whether the file is still where it was opened, at most; a look is one call of
/// the system.
pub const RECORDS_FILE_LOOKED_AT_SECONDS: u64 = 1;
/// Attempts to open the database while other processes start too, and the pause between them.
pub const RECORDS_OPEN_ATTEMPTS: u32 = 100;
pub const RECORDS_OPEN_PAUSE_MILLIS: u64 = 20;
/// How long a program may take that prints a key: a key management service answers in a second, and may
/// be called again a few times.
pub const KEY_COMMAND_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked whether that program has ended, once it has closed its output.
pub const KEY_COMMAND_LOOK: Duration = Duration::from_millis(2);
/// What it may print: a key with some space around it.
pub const KEY_COMMAND_MAX_BYTES: usize = 1_024;
/// How often a value is sealed again whose key was replaced before it was written: each time takes a
/// rotation in between.
pub const VAULT_SEAL_ATTEMPTS: u32 = 3;
/// Values that one step of a rotation moves to the new key: other writers wait for a few milliseconds.
pub const VAULT_STEP_ROWS: usize = 200;
/// The pause after each step, in which the writers of other processes get their turn.
pub const VAULT_STEP_PAUSE: Duration = Duration::from_millis(10);
/// How often a rotation looks for values that came under the old key while it moved the others.
pub const VAULT_PASSES: u32 = 3;
/// Rows that one read takes.
pub const RECORDS_PAGE_ROWS: usize = 1_000;
/// Names that a listing looks up.
pub const RECORDS_PEOPLE_SHOWN: usize = 100_000;
/// Files of dead processes that one sweep removes.
pub const RECORDS_DEAD_AT_ONCE: usize = 1_000;

// The journal remembers the key of a scheduled call for as long as it may be made.
const _: () = assert!(SCHEDULE_LATE_SECONDS + SCHEDULE_LEASE_SECONDS < JOURNAL_KEY_SECONDS);
// Two processes are not at work on one call, as a rule: the journal's key is for the exceptions.
const _: () = assert!(
    super::CALL_DEADLINE_SECONDS as i64 * 2
        + super::RECALL_WAIT.as_secs() as i64
        + (super::DEADLINE_GRACE.as_secs() as i64)
        < SCHEDULE_LEASE_SECONDS
);
// One step of cleaning reaches a signed head.
const _: () = assert!(JOURNAL_FORGOTTEN_AT_ONCE_ROWS > 2 * JOURNAL_SIGNED_EVERY_ENTRIES);

/// How long a work may take: an export of a million messages under Webex's limits, with a margin.
pub const WORK_DEADLINE_SECONDS: u64 = 12 * 60 * 60;
/// How long one operation of a work may take, waits of Webex included: it asks for minutes at most.
pub const WORK_OPERATION_SECONDS: u64 = 5 * 60;
/// When a call of a work is answered at the latest: the strictest hosts give up after a minute.
pub const WORK_ANSWERED_WITHIN_SECONDS: u64 = 45;
/// When a client that follows tasks by itself gets one in place of an answer: a short work needs none.
pub const TASK_BEGUN_WITHIN: Duration = Duration::from_secs(2);
/// How often such a client is told to look.
pub const TASK_POLL_MILLISECONDS: u64 = 2_000;
/// The longest wait that Webex may ask a work for, the wait where it does not say, and how often one
/// item is waited for: a work has hours, but its owner is to know when it does not go on.
pub const WORK_WAIT_MAX_SECONDS: u64 = 60 * 60;
pub const WORK_WAIT_UNSAID_SECONDS: u64 = 60;
pub const WORK_WAITS_PER_ITEM: u32 = 8;
/// Principals whose pace is known, and how long it stays so after Webex has last limited the rate: a
/// limit that was met a while ago is met again when it is met.
pub const PACES_REMEMBERED: u64 = 10_000;
pub const PACE_LEARNED: Duration = Duration::from_secs(10 * 60);
/// The time in which requests are counted: Webex counts by the minute.
pub const PACE_COUNTED: Duration = Duration::from_secs(60);
/// Requests from which a rate can be told: after fewer, others have used up the limit.
pub const PACE_LEARNED_FROM_REQUESTS: u32 = 10;
/// The longest pause between two requests of works: they go on, whatever was learned.
pub const PACE_GAP_MAX: Duration = Duration::from_secs(1);
/// How much later works go on than Webex asks: calls that wait come first.
pub const WORKS_BEHIND_CALLS: Duration = Duration::from_millis(500);
/// The longest wait before a request of a work, which is part of its operation's time, and how often
/// it may be moved.
pub const PACE_WAIT_MAX: Duration = Duration::from_secs(WORK_OPERATION_SECONDS / 2);
pub const PACE_TURNS: u32 = 8;
/// How long a look at a running work waits for its end: the agent would only ask again.
pub const WORK_LOOK_WAIT_SECONDS: u64 = 20;
/// Works of one principal that run at the same time.
pub const WORKS_RUNNING_PER_PRINCIPAL: usize = 16;
/// Works that ended while nothing could be written: their outcomes are kept in this process.
pub const WORKS_UNWRITTEN: usize = 64;
/// How often it is written down how far a work is, for other processes and after a crash.
pub const WORK_SAVED_EVERY_SECONDS: u64 = 5;
/// How long a work waits for the answer to its question: somebody who is at work sees it in that time,
/// and whoever does not is better told what is known than nothing.
pub const WORK_QUESTION_WAIT: Duration = Duration::from_secs(15 * 60);
const _: () = assert!(WORK_QUESTION_WAIT.as_secs() < WORK_DEADLINE_SECONDS);
/// How often such a work looks for an answer that another process took.
pub const WORK_QUESTION_LOOK_SECONDS: u64 = 3;
/// Attempts to write the record of a work: somebody who cancels or answers may write it too.
pub const WORK_WRITE_ATTEMPTS: u32 = 3;
/// How long the outcome of a work is kept.
pub const WORK_KEPT_SECONDS: i64 = 24 * 60 * 60;
pub const WORK_DEADLINE: Duration = Duration::from_secs(WORK_DEADLINE_SECONDS);
pub const WORK_OPERATION: Duration = Duration::from_secs(WORK_OPERATION_SECONDS);
pub const WORK_WAIT_MAX: Duration = Duration::from_secs(WORK_WAIT_MAX_SECONDS);
pub const WORK_WAIT_UNSAID: Duration = Duration::from_secs(WORK_WAIT_UNSAID_SECONDS);
pub const WORK_ANSWERED_WITHIN: Duration = Duration::from_secs(WORK_ANSWERED_WITHIN_SECONDS);
pub const WORK_KEPT: Duration = Duration::from_secs(WORK_KEPT_SECONDS.unsigned_abs());
/// A longer answer is not kept.
pub const WORK_ANSWER_MAX_BYTES: usize = 512 * 1024;
/// Works of one organization that one start looks through.
pub const WORKS_LISTED: usize = 10_000;
/// Organizations whose works one start looks through.
pub const WORK_TENANTS_LISTED: usize = 10_000;
/// Old works that the beginning of a new one deletes.
pub const WORKS_FORGOTTEN_AT_ONCE: usize = 4;
/// How long after its time a scheduled call is still made: a message that comes later surprises.
pub const SCHEDULE_LATE_SECONDS: i64 = 60 * 60;
/// How long one process may take for a scheduled call before others look what became of it: longer
/// than its deadline and its waits for a place and for an earlier try.
pub const SCHEDULE_LEASE_SECONDS: i64 = 60;
/// How often a process looks for schedules that others made or took: its own it knows at once.
pub const SCHEDULES_LOOK_SECONDS: u64 = 5;
/// The wait before a call that could not be made is tried again, where Webex does not say.
pub const SCHEDULE_AGAIN_SECONDS: u64 = 60;
/// Scheduled calls that one process makes at the same time: their rate limits are often one user's.
pub const SCHEDULES_AT_ONCE: usize = 16;
/// Schedules of one principal, with those that have ended: a server with a token of its own is one
/// principal for everybody who uses it.
pub const SCHEDULES_PER_PRINCIPAL: usize = 1_000;
/// How long a schedule that has ended can be looked at.
pub const SCHEDULE_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Schedules that have ended and make room for a new one where there are too many.
pub const SCHEDULES_FORGOTTEN_AT_ONCE: usize = 4;
/// Records of one principal that are read for a list: several processes may each let one too many
/// in.
pub const SCHEDULES_READ: usize = 2 * SCHEDULES_PER_PRINCIPAL;
/// Outcomes that a schedule keeps: the last week of a daily one.
pub const SCHEDULE_RECENT_KEPT: usize = 7;
/// How often one schedule may send: each workday of a year, and a margin.
pub const SCHEDULE_TIMES_MAX: usize = 400;
/// How far ahead a message may be scheduled: further than people plan, and than tokens last.
pub const SCHEDULE_AHEAD_DAYS: i64 = 366;
/// The time between two messages of one schedule: more often is a program's work.
pub const SCHEDULE_APART_SECONDS: i64 = 5 * 60;
/// A recurrence rule that has every part once is far shorter.
pub const RULE_MAX_BYTES: usize = 512;
/// Schedules that one entry of a list tells with their next times; by its id, one tells more.
pub const SCHEDULE_NEXT_TOLD: usize = 5;
/// How long a plan can be applied: what it saw changes.
pub const PLAN_KEPT_SECONDS: i64 = 60 * 60;
/// Destinations or members above which a call makes a plan first.
pub const PLANNED_ABOVE_ITEMS: usize = 10;
/// Destinations of one broadcast.
pub const BROADCAST_MAX_DESTINATIONS: usize = 500;
/// People of one list of members, and spaces that one person is taken out of.
pub const SYNC_MAX_MEMBERS: usize = 1_000;
/// Changes of one list of members: all of them stand in the plan and in the answer.
pub const SYNC_MAX_CHANGES: usize = 1_000;
/// The largest page of members, and how many pages are compared with a list.
pub const SYNC_PAGE_ENTRIES: u32 = 1_000;
pub const SYNC_MEMBERS_READ_PAGES: usize = 20;

/// A file that a tool makes: an export of a million messages, compressed, with a margin.
pub const ARTIFACT_MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Rows end before it: what is still in memory has to fit, compressed or not.
pub const ARTIFACT_FULL_BYTES: u64 = ARTIFACT_MAX_BYTES - 8 * 1024 * 1024;
/// How long such a file is kept: the working day on which it was asked for, and the night before.
pub const ARTIFACT_KEPT_SECONDS: u64 = 24 * 60 * 60;
/// A longer one is compressed: up to this size an answer may show its text.
pub const ARTIFACT_PLAIN_MAX_BYTES: usize = 256 * 1024;
/// How much of it is written at once.
pub const ARTIFACT_PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait for the disk; whoever writes more waits too.
pub const ARTIFACT_WAITING_PIECES: usize = 4;
/// The title in its name; the rest of a file's name says what it is.
pub const ARTIFACT_TITLE_MAX_BYTES: usize = 120;
/// Messages of one export: twice as many as the largest spaces have.
pub const EXPORT_MAX_MESSAGES: u64 = 2_000_000;
/// Pages of one export: even those that Webex fills by a tenth reach the limit of messages.
pub const EXPORT_MAX_PAGES: u64 = 200_000;
/// Files that one export keeps beside it; the links to others stay in it.
pub const EXPORT_MAX_FILES: usize = 200;
/// How long the file of an archived space is kept: until somebody misses the space.
pub const ARCHIVE_KEPT_SECONDS: u64 = 30 * 24 * 60 * 60;
/// Spaces of one plan to archive: as many as a person looks through.
pub const ARCHIVE_MAX_SPACES: usize = 50;
/// Inactive spaces that are looked at for one plan: each costs three requests.
pub const ARCHIVE_MAX_LOOKED_AT: usize = 200;
/// Pages of 1,000 spaces that are read for it: the inactive ones are at the end.
pub const ARCHIVE_READ_PAGES: usize = 20;
