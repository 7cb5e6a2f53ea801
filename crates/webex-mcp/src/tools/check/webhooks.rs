//! Webhooks that come in.

use serde_json::Value;
use webex_sandbox::Options;

use super::World;
use crate::hooks::{Hooks, Signed, sign};
use crate::identity::{Caller, Principal};
use crate::tool::{Receiver as _, Rules};

/// Where webhooks come in.
const HERE: &str = "http://127.0.0.1:2";

impl World {
    /// A world where webhooks come in.
    pub fn receiving() -> Self {
        let rules = Rules {
            private_webhook_targets: true,
            ..Rules::default()
        };
        World::built(Options::for_tests(), rules, None, |parts| {
            let records = parts.journal.records().clone();
            parts.hooks = Hooks::new(records, Some(HERE.to_owned()), false);
        })
    }

    pub fn hooks(&self) -> &Hooks {
        self.dispatcher.hooks()
    }

    /// How many records of webhooks somebody has.
    pub async fn hooks_of(&self, who: &str) -> usize {
        let caller = Caller::new(Principal::new(who), None);
        let receiver = self.dispatcher.hooks().of(&caller, &self.server.slug);
        receiver.all().await.unwrap().len()
    }

    /// A delivery of Webex's to this address, signed with this secret.
    pub async fn deliver(&self, address: &str, secret: &str, body: &Value) {
        let hooks = self.dispatcher.hooks();
        let id = address.rsplit('/').next().unwrap();
        let known = hooks.find(id).await.unwrap().expect("the address is known");
        let body = body.to_string();
        let tag = sign(secret, &body);
        let signed = Signed {
            sha1: Some(&tag),
            sha256: None,
        };
        hooks
            .receive(&known, &signed, body.as_bytes())
            .await
            .unwrap();
    }
}
