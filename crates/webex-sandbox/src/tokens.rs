//! Access tokens: whose they are, what they open, and until when.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::problem::Problem;
use crate::scopes::Scopes;
use crate::world::PersonKey;

/// Tokens that may be valid at once: far more than any test signs in.
const MAX_TOKENS: usize = 100_000;

/// What one token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) person: PersonKey,
    pub(crate) scopes: Scopes,
    /// `None` for the demo company's own tokens, which never end.
    pub(crate) expires: Option<Timestamp>,
}

/// Every token that was given out, until it is revoked.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    by_text: HashMap<String, Token>,
    granted: u64,
}

impl Tokens {
    /// Makes a text a valid token.
    pub(crate) fn grant(&mut self, text: String, token: Token) -> Result<(), Problem> {
        if self.by_text.len() >= MAX_TOKENS {
            return Err(Problem::full());
        }
        self.by_text.insert(text, token);
        self.granted += 1;
        Ok(())
    }

    /// How many were given out so far.
    pub(crate) fn granted(&self) -> u64 {
        self.granted
    }

    /// What a text stands for, if it is valid at this moment.
    pub(crate) fn find(&self, text: &str, now: Timestamp) -> Option<&Token> {
        let token = self.by_text.get(text)?;
        let is_valid = token.expires.is_none_or(|expires| now < expires);
        is_valid.then_some(token)
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.by_text.contains_key(text)
    }

    /// Takes away the tokens of which this is true.
    pub(crate) fn revoke_where(&mut self, is_revoked: impl Fn(&str, &Token) -> bool) {
        self.by_text.retain(|text, token| !is_revoked(text, token));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_with_its_time() {
        let at = |second| Timestamp::constant(second, 0);
        let mut tokens = Tokens::default();
        let token = Token {
            person: PersonKey::from_ordinal(0),
            scopes: Scopes::new(["spark:rooms_read"]),
            expires: Some(at(100)),
        };
        tokens.grant("t".to_owned(), token).unwrap();
        assert!(tokens.find("t", at(99)).is_some());
        assert!(tokens.find("t", at(100)).is_none());
        assert!(tokens.find("u", at(0)).is_none());
        tokens.revoke_where(|text, _| text == "t");
        assert!(!tokens.contains("t"));
    }
}
