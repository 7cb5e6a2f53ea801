//! A connection as it is used: the caller that it stands for, whole or as a token with fewer scopes has
//! it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::hashed;
use super::more::boxed;
use crate::identity::{Caller, CredentialTag, scopes_in_both};

/// A connection as it is used.
#[derive(Debug)]
pub struct Connected {
    pub caller: Caller,
    pub(super) server: Box<str>,
    pub(super) is_by_hand: bool,
    pub(super) ends_at: i64,
    /// As it was written when this was read.
    pub(super) used_at: i64,
    /// Whether a later use is being written down.
    pub(super) is_noted: AtomicBool,
}

impl Connected {
    /// As a token has it that is limited to these scopes, if it is.
    pub(super) fn for_token(self: Arc<Self>, narrowed: Option<String>) -> Arc<Self> {
        match narrowed {
            Some(scopes) => Arc::new(self.narrowed(&scopes)),
            None => self,
        }
    }

    /// The same connection for a token with only these scopes. What is cached for it is apart: it must
    /// not see what the whole connection saw.
    fn narrowed(&self, scopes: &str) -> Self {
        let mut caller = self.caller.clone();
        let tag = format!("{} {}", caller.credential_tag.as_str(), hashed(scopes));
        let wanted: Vec<&str> = scopes.split(' ').collect();
        caller.scopes = Some(match &self.caller.scopes {
            Some(has) => boxed(&scopes_in_both(has, &wanted)),
            // Nobody knows what the connection may, which is for Webex to say.
            None => boxed(&wanted),
        });
        // The next process knows the connection, and not this token.
        caller.is_lasting = false;
        if let Some(obtainable) = &mut caller.obtainable {
            obtainable.is_narrowed = true;
        }
        Connected {
            caller: caller.tagged(CredentialTag::new(tag)),
            server: self.server.clone(),
            is_by_hand: self.is_by_hand,
            ends_at: self.ends_at,
            used_at: self.used_at,
            is_noted: AtomicBool::new(true),
        }
    }
}
