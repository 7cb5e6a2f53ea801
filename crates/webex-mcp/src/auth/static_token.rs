//! `static`: everyone who reaches the server is the one caller of the configuration.

use crate::identity::{Caller, Credential, Principal};

/// The only caller.
#[derive(Debug)]
pub struct Static(Caller);

impl Static {
    /// Without a credential, each call is answered with `not_configured`. `is_shared` says that
    /// several people may be behind this caller: beyond loopback nobody knows how many.
    pub fn new(credential: Option<Credential>, is_shared: bool) -> Self {
        let mut caller = Caller::new(Principal::new("static"), credential);
        caller.is_shared = is_shared;
        caller.is_lasting = true;
        Static(caller)
    }

    /// The same caller for every request.
    pub fn caller(&self) -> Caller {
        self.0.clone()
    }
}
