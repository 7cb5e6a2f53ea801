//! The options with which a sandbox starts.

use crate::{Clock, Population};

/// The options with which a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// All ids are a function of this number: two sandboxes with the same seed have the same ids.
    pub seed: u64,
    /// The clock; the demo company's history ends shortly before its current time.
    pub clock: Clock,
    /// Scheme and host for links and file URLs, such as `http://127.0.0.1:8485`, without `/v1`.
    /// Without it, each request's own host is used.
    pub base_url: Option<String>,
    /// A generated world besides the demo company; it is not kept in memory.
    pub population: Option<Population>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            seed: 1,
            clock: Clock::Real,
            base_url: None,
            population: None,
        }
    }
}

impl Options {
    /// The same, with the clock pinned to 2026-01-05T09:00:00Z.
    pub fn for_tests() -> Self {
        Options {
            clock: Clock::for_tests(),
            ..Options::default()
        }
    }
}
