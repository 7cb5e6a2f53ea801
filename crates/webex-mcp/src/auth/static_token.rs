//! `static`: everyone who reaches the server is the one caller of the configuration.

use crate::identity::{Caller, Credential, Principal};

/// The one caller.
#[derive(Debug)]
pub struct Static(Caller);

impl Static {
    /// Without a credential each call is answered `not_configured`. `is_shared` where several people
    /// may stand behind this one caller: beyond loopback nobody knows how many.
    pub fn new(credential: Option<Credential>, is_shared: bool) -> Self {
        let mut caller = Caller::new(Principal::new("static"), credential);
        caller.is_shared = is_shared;
        Static(caller)
    }

    /// Who calls, whoever calls.
    pub fn caller(&self) -> Caller {
        self.0.clone()
    }
}
