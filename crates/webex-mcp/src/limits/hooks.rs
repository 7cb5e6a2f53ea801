//! The limits of webhooks that come in, and of the subscriptions that they feed.

/// A delivery: Webex's have one or two kilobytes, those of meetings a few more.
pub const HOOK_BODY_MAX_BYTES: usize = 64 * 1024;
/// How long the body of a delivery may take to arrive: Webex sends it at once.
pub const HOOK_BODY_SECONDS: u64 = 5;
/// When a delivery is answered at the latest once its body is here; what is not stored by then is
/// sent again.
pub const HOOK_STORED_WITHIN_MILLISECONDS: u64 = 1_000;
/// Deliveries that arrive at once, over all webhooks; each may fill its body.
pub const HOOKS_AT_ONCE: usize = 512;
/// The same for one webhook: somebody who knows one address does not keep others' deliveries out.
pub const HOOKS_AT_ONCE_PER_WEBHOOK: usize = 64;
/// Addresses that are looked up at once: a flood of made-up ones leaves the records to others.
pub const HOOK_LOOKUPS_AT_ONCE: usize = 8;
/// Addresses that had a signed delivery lately, which are looked up without waiting behind made-up
/// ones; and how long that is.
pub const HOOKS_PROVEN: u64 = 10_000;
pub const HOOK_PROVEN_SECONDS: u64 = 24 * 60 * 60;
/// How long a delivery may wait to be looked up.
pub const HOOK_LOOKUP_WAIT_MILLISECONDS: u64 = 1_000;
/// The wait before a delivery is sent again that could not be stored.
pub const HOOK_RETRY_SECONDS: u64 = 5;
/// An id, a resource or an event in a delivery; Webex's ids have about 80 bytes.
pub const HOOK_WORD_MAX_BYTES: usize = 512;

/// Webhooks of one principal that come in here: several for each of its important spaces.
pub const HOOKS_PER_PRINCIPAL: usize = 100;
/// How long a webhook counts whose creation was cut off, so that nobody knows whether Webex has it.
pub const HOOK_UNCONFIRMED_SECONDS: i64 = 60 * 60;
/// Attempts to write the record of a webhook: a delivery may write it too.
pub const HOOK_WRITE_ATTEMPTS: u32 = 3;

/// Deliveries that are kept of one webhook; the oldest go first. At a hundred in a second this is
/// more than a minute, in which Webex repeats what it got no answer for.
pub const INBOX_PER_WEBHOOK_ENTRIES: u64 = 10_000;
/// The same over all webhooks: about 70 MB.
pub const INBOX_MAX_ENTRIES: u64 = 100_000;
/// How long a delivery is kept: an answer to a card is asked for within the day.
pub const INBOX_KEPT_SECONDS: i64 = 24 * 60 * 60;
/// Deliveries that are read in one step when they are passed on.
pub const INBOX_PAGE_ROWS: usize = 256;
/// How often the deliveries are looked for that other processes stored.
pub const INBOX_LOOK_SECONDS: u64 = 1;

/// Deliveries that wait for one listener. Whoever is further behind hears that everything it asked
/// about may have changed.
pub const HEARING_QUEUE: usize = 256;
/// Resources that one stream or session subscribes to; each was read once.
pub const SUBSCRIPTIONS_MAX: usize = 32;
/// How long a stream may take to settle what it subscribes to before it acknowledges the rest.
pub const SUBSCRIBED_WITHIN_SECONDS: u64 = 20;

/// How often the server looks whether Webex has disabled a webhook, and how many it looks at: Webex
/// gives up after minutes of refusals, and each look is a request.
pub const HOOKS_CHECKED_SECONDS: u64 = 10 * 60;
pub const HOOKS_KEPT_ACTIVE: usize = 1_000;

/// How long a call waits for an answer to a card: it then still has time to read it.
pub const CARD_WAIT_MAX_SECONDS: u64 = 10;
/// Answers to one card that are told: a poll has more readers than one answer can show.
pub const CARD_ANSWERS_MAX: usize = 50;

const _: () = assert!(HOOKS_AT_ONCE_PER_WEBHOOK < HOOKS_AT_ONCE);
const _: () = assert!(INBOX_PER_WEBHOOK_ENTRIES < INBOX_MAX_ENTRIES);
const _: () = assert!(CARD_WAIT_MAX_SECONDS < super::CALL_DEADLINE_SECONDS);
