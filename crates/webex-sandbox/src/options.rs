//! How a sandbox starts.

use crate::{Clock, Population};

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Ids are a function of this number: two sandboxes with one seed name everything alike.
    pub seed: u64,
    /// Where the time comes from; the demo company's history ends shortly before its present.
    pub clock: Clock,
    /// Scheme and host in links and file URLs, such as `http://127.0.0.1:8485`, without `/v1`.
    /// Without it each request's own host is taken.
    pub base_url: Option<String>,
    /// A generated world beside the demo company; nothing of it is kept in memory.
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
