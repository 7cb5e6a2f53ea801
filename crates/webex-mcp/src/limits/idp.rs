//! The limits of what an organization's identity provider is asked, and of its tokens.

use std::time::Duration;

/// A token of an identity provider. Those with some two hundred groups have ten kilobytes; providers
/// name further groups elsewhere.
pub const IDP_TOKEN_MAX_BYTES: usize = 12 * 1024;
/// The value of the claim that names a person; an e-mail address has up to 254 bytes.
pub const IDP_SUBJECT_MAX_BYTES: usize = 512;
/// The name of a key; those in use are short.
pub const IDP_KEY_NAME_MAX_BYTES: usize = 256;
/// The most that the clocks of the provider and of this machine may differ by setting: a longer time
/// only lengthens what was meant to end.
pub const IDP_CLOCK_SKEW_MAX_SECONDS: u64 = 5 * 60;

/// A document of the provider: its metadata has up to ten kilobytes, its keys with their
/// certificates some more.
pub const IDP_DOCUMENT_MAX_BYTES: usize = 256 * 1024;
/// Keys of one provider; those in use have up to ten.
pub const IDP_KEYS_MAX: usize = 100;
/// How long a document, or the answer to a code, may take to come: somebody waits for it.
pub const IDP_ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// How long keys are used without being looked at again, whatever the provider says: not for less,
/// so that it is not asked all the time, and not for longer, so that a key that was withdrawn ends.
pub const IDP_KEYS_FRESH_AT_LEAST: Duration = Duration::from_secs(60);
pub const IDP_KEYS_FRESH_AT_MOST: Duration = Duration::from_secs(15 * 60);
/// How long where the provider does not say.
pub const IDP_KEYS_FRESH_USUALLY: Duration = Duration::from_secs(5 * 60);
/// How long keys are still used while the provider cannot be asked: an outage of a night.
pub const IDP_KEYS_USED_AT_MOST: Duration = Duration::from_secs(12 * 60 * 60);
/// The time between two questions for keys. A token with a new key is known after it, and tokens with
/// made-up keys cost the provider no more than this.
pub const IDP_ASKED_EVERY: Duration = Duration::from_secs(10);
/// How long to wait before a request makes sense again for which there are no keys.
pub const IDP_RETRY: Duration = Duration::from_secs(10);

/// How long a token counts as verified without being looked at again, within its own time: a key or a
/// rule that is withdrawn ends by then.
pub const IDP_TOKEN_KNOWN: Duration = Duration::from_secs(60);
/// Tokens that are known at the same time, a few hundred bytes each, without the token.
pub const IDP_TOKENS_KNOWN: u64 = 50_000;

/// Rules, and the names in one of them: a deployment has a few.
pub const IDP_RULES_MAX: usize = 200;
pub const IDP_RULE_SERVERS_MAX: usize = 100;

/// How long the page for connecting a Webex account may be opened after a tool asked for it: the
/// person reads what their program says first.
pub const LINK_SECONDS: u64 = 15 * 60;
/// Servers that the address of that page names; for somebody who may use more, it stands for all. With
/// the longest names it fits into [`URL_MAX_CHARS`](super::URL_MAX_CHARS).
pub const LINK_SERVERS_MAX: usize = 16;
