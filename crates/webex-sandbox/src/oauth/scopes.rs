//! Scopes: what a token may do, as words.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Scopes of one token; Webex has about a hundred in all.
const MAX_SCOPES: usize = 200;

/// Some scopes, each once. Clones share them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scopes(Arc<BTreeSet<String>>);

impl Scopes {
    /// Reads words between spaces; `None` where there are none or too many.
    pub(crate) fn parse(words: &str) -> Option<Self> {
        let words = words.split_ascii_whitespace().take(MAX_SCOPES + 1);
        let set: BTreeSet<String> = words.map(str::to_owned).collect();
        (!set.is_empty() && set.len() <= MAX_SCOPES).then(|| Scopes(Arc::new(set)))
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// As OAuth writes them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{scope}")?;
        }
        Ok(())
    }
}
