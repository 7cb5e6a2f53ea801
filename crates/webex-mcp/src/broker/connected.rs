//! A connection as it is used: the caller that it stands for, whole or as a token with fewer scopes has
//! it.

use super::hashed;
use crate::identity::{Caller, CredentialTag};

/// A connection as it is used.
#[derive(Debug)]
pub struct Connected {
    pub caller: Caller,
}

impl Connected {
    /// The same connection for a token with only these scopes. What is cached for it is apart: it must
    /// not see what the whole connection saw.
    pub(super) fn narrowed(&self, scopes: &str) -> Self {
        let mut caller = self.caller.clone();
        let tag = format!("{} {}", caller.credential_tag.as_str(), hashed(scopes));
        let wanted: Vec<&str> = scopes.split(' ').collect();
        let has = self.caller.scopes.iter().flat_map(|scopes| scopes.iter());
        let kept = has.filter(|scope| wanted.contains(&&***scope)).cloned();
        caller.scopes = Some(kept.collect());
        if let Some(obtainable) = &mut caller.obtainable {
            obtainable.is_narrowed = true;
        }
        Connected {
            caller: caller.tagged(CredentialTag::new(tag)),
        }
    }
}
