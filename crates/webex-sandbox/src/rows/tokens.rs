//! The sandbox's own tokens: whose they are, what they open, and until when.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rows::PersonKey;
use crate::rows::scopes::Scopes;
use crate::table::Full;

/// Tokens that may be valid at once: far more than any test hands out.
const MAX_TOKENS: usize = 100_000;

/// Whom a token stands for, and what it may do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) person: PersonKey,
    pub(crate) scopes: Scopes,
}

#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) access: Access,
    /// Personal tokens end, those of the demo company do not.
    pub(crate) ends: Option<Timestamp>,
}

/// Every token that was handed out, until it is taken back.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    by_text: HashMap<String, Granted>,
    granted: u64,
}

impl Tokens {
    /// Makes a text a valid token, until it ends.
    pub(crate) fn grant(
        &mut self,
        text: String,
        access: Access,
        ends: Option<Timestamp>,
    ) -> Result<(), Full> {
        self.check_space()?;
        self.by_text.insert(text, Granted { access, ends });
        self.granted += 1;
        Ok(())
    }

    /// Whether there is space for one more.
    pub(crate) fn check_space(&self) -> Result<(), Full> {
        match self.by_text.len() < MAX_TOKENS {
            true => Ok(()),
            false => Err(Full),
        }
    }

    /// How many were handed out so far.
    pub(crate) fn granted(&self) -> u64 {
        self.granted
    }

    /// Every token, in the order of their texts.
    pub(crate) fn all(&self) -> BTreeMap<&str, &Granted> {
        let all = self.by_text.iter();
        all.map(|(text, granted)| (text.as_str(), granted))
            .collect()
    }

    /// Sets how many were handed out so far.
    pub(crate) fn restore_granted(&mut self, granted: u64) {
        self.granted = granted;
    }

    pub(crate) fn find(&self, text: &str, now: Timestamp) -> Option<&Access> {
        let granted = self.by_text.get(text)?;
        let is_over = granted.ends.is_some_and(|ends| ends <= now);
        (!is_over).then_some(&granted.access)
    }

    /// Takes back every token of somebody.
    pub(crate) fn revoke_all(&mut self, person: PersonKey) {
        self.by_text
            .retain(|_, granted| granted.access.person != person);
    }
}
