//! The sandbox's own tokens: their owners, their scopes, and when they expire.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rows::PersonKey;
use crate::rows::scopes::Scopes;
use crate::table::Full;

/// Tokens that may be valid at once: far more than any test uses.
const MAX_TOKENS: usize = 100_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) person: PersonKey,
    pub(crate) scopes: Scopes,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Granted {
    #[serde(flatten)]
    pub(crate) access: Access,
    /// Personal tokens expire; those of the demo company do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ends: Option<Timestamp>,
}

/// Every token that was issued, until it is revoked.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    by_text: HashMap<String, Granted>,
    /// The number of tokens that were ever granted.
    pub(crate) granted: u64,
}

impl Tokens {
    /// Makes a text a valid token, until it expires.
    pub(crate) fn grant(
        &mut self,
        text: String,
        person: PersonKey,
        scopes: Scopes,
        ends: Option<Timestamp>,
    ) -> Result<(), Full> {
        let access = Access { person, scopes };
        self.put(text, Granted { access, ends })?;
        self.granted += 1;
        Ok(())
    }

    /// Makes a token valid that was granted before.
    pub(crate) fn put(&mut self, text: String, granted: Granted) -> Result<(), Full> {
        self.check_space()?;
        self.by_text.insert(text, granted);
        Ok(())
    }

    pub(crate) fn check_space(&self) -> Result<(), Full> {
        let has_space = self.by_text.len() < MAX_TOKENS;
        has_space.then_some(()).ok_or(Full)
    }

    /// Every token, in alphabetical order.
    pub(crate) fn all(&self) -> BTreeMap<&str, &Granted> {
        let all = self.by_text.iter();
        all.map(|(text, granted)| (text.as_str(), granted))
            .collect()
    }

    pub(crate) fn find(&self, text: &str, now: Timestamp) -> Option<&Access> {
        let granted = self.by_text.get(text)?;
        let is_over = granted.ends.is_some_and(|ends| ends <= now);
        (!is_over).then_some(&granted.access)
    }

    pub(crate) fn revoke_all(&mut self, person: PersonKey) {
        self.by_text
            .retain(|_, granted| granted.access.person != person);
    }
}
