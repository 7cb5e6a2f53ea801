//! The authorization server for MCP clients. Its people sign in at Webex; it keeps the tokens that
//! Webex gives, and gives clients tokens of its own, for one virtual server each.

mod access;
mod at_webex;
mod clients;
mod codes;
mod connected;
mod connection_tokens;
mod connections;
mod documents;
mod errand;
mod forget;
mod known;
mod linking;
mod machines;
mod more;
mod once;
mod orphans;
mod places;
mod question;
mod redirects;
mod refreshing;
mod refusal;
mod returned;
mod scopes;
mod sessions;
mod sign_in;
mod tables;
mod tokens;
mod uses;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;
use webex::Webex;

pub use self::access::{Access, AccountAccess, Owner, TokenAccess};
pub use self::at_webex::{AtWebex, OWN_CONSENTS};
pub use self::clients::{Client, Registered, Registration, Vouched};
pub use self::connected::Connected;
pub use self::connection_tokens::{Made, Wish};
use self::documents::Kept;
pub use self::errand::Arrived;
pub use self::forget::{Forgotten, has_any};
pub use self::known::{App, Known, Limits, Machine};
pub use self::linking::Account;
pub use self::more::{Asking, More, Widened};
pub use self::question::{Offer, Question};
pub use self::redirects::{check as check_redirect, shown as shown_redirect, with_answer};
pub use self::refusal::Refused;
pub use self::returned::Returned;
pub use self::sessions::{form_word, is_form_word};
pub use self::sign_in::{Asked, NotAsked};
pub use self::tokens::{Given, NotAccepted, Wanted};
use crate::grants::{Position, Vault};
use crate::journal::Journal;
use crate::limits;
use crate::outbound::Outbound;
use crate::seal::{Sealer, digest, hex};
use crate::stores::records::Records;
pub use crate::stores::records::change::Unavailable;
use crate::stores::records::change::{RecordName, Refused as NotWritten};

/// What the operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and host before every path, without a final slash. It is the issuer of our tokens.
    pub base: String,
    /// The scopes that the integration was registered with at Webex.
    pub registered_scopes: Vec<String>,
    /// The organizations whose people may sign in; all where it is empty.
    pub organizations: Vec<String>,
    /// The clients that the operator knows, by id.
    pub clients: BTreeMap<String, Known>,
}

/// The path at which Webex sends people back. It is registered with the integration.
pub const CALLBACK: &str = "/oauth/callback";

/// The path of the page on which a person gives a program more scopes.
pub const MORE_SCOPES: &str = "/oauth/scopes";

/// What the path of a document about a server begins with (RFC 9728).
pub const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";

/// The authorization server. Clones share it.
#[derive(Debug, Clone)]
pub struct Broker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    /// Those of the settings, as callers have them.
    registered: Arc<[Box<str>]>,
    records: Records,
    vault: Vault,
    webex: Webex,
    sealer: Arc<Sealer>,
    known: Cache<Uuid, Arc<Connected>>,
    /// Who was not found signed in, by e-mail address and server, of those whom machines act for.
    absent: Cache<(String, String), ()>,
    /// Places for uses that are being written down.
    noting: Arc<Semaphore>,
    journal: Journal,
    /// Fetches the documents of clients.
    outbound: Outbound,
    documents: Cache<String, Kept>,
    /// How far this process has looked for grants that nothing refers to.
    looked_at: Mutex<Position>,
    /// Read once: a configuration does not change while a process runs.
    tables: OnceCell<tables::Since>,
}

impl Broker {
    /// `outbound` is used for nothing else: it has places for slow servers of its own.
    pub fn new(
        settings: Settings,
        vault: Vault,
        webex: Webex,
        sealer: Arc<Sealer>,
        outbound: Outbound,
        journal: Journal,
    ) -> Self {
        let read_again = Duration::from_secs(limits::CONNECTION_READ_AGAIN_SECONDS);
        Broker(Arc::new(Inner {
            registered: more::boxed(&settings.registered_scopes),
            settings,
            records: vault.records().clone(),
            vault,
            webex,
            sealer,
            known: Cache::builder()
                .max_capacity(limits::CONNECTIONS_KNOWN)
                .time_to_live(read_again)
                .build(),
            absent: Cache::builder()
                .max_capacity(limits::ABSENT_KEPT)
                .time_to_live(Duration::from_secs(limits::ABSENT_LOOKED_FOR_SECONDS))
                .build(),
            noting: Arc::new(Semaphore::new(limits::USES_WRITTEN_AT_ONCE)),
            journal,
            outbound,
            documents: Cache::new(limits::CLIENT_DOCUMENTS_KEPT),
            looked_at: Mutex::default(),
            tables: OnceCell::new(),
        }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Where the document about the server at this path is (RFC 9728, 3.1).
    pub fn resource_metadata(&self, path: &str) -> String {
        format!("{}{RESOURCE_METADATA}{path}", self.0.settings.base)
    }

    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// Deletes what has expired, which counts as that anyway, and some grants that nothing refers to.
    pub async fn sweep(&self) {
        let kinds = [
            clients::KIND,
            sign_in::KIND,
            sign_in::PAGE,
            more::KIND,
            codes::KIND,
            connections::KIND,
            machines::KIND,
            sessions::KIND,
            places::KIND,
        ];
        for kind in kinds {
            for _ in 0..limits::BROKER_SWEPT_PAGES {
                match self.swept(kind).await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(_) => {
                        tracing::warn!("sign-ins that have expired could not be deleted");
                        return;
                    }
                }
            }
        }
        if self.sweep_orphans().await.is_err() {
            tracing::warn!("tokens of Webex that nothing refers to could not be looked for");
        }
    }

    /// A page of one kind; returns how many there were.
    async fn swept(&self, kind: &str) -> Result<usize, Refused> {
        let due = self.0.records.due(kind, self.now()).await?;
        let count = due.len();
        for (tenant, record) in due {
            match kind {
                connections::KIND => self.withdraw(&record.id).await?,
                codes::KIND => self.forget_code(&record.content).await?,
                machines::KIND => self.forget_machine(&record.content).await?,
                _ => {}
            }
            let name = RecordName {
                tenant,
                kind: kind.to_owned(),
                id: record.id,
            };
            // Whoever changed it meanwhile has moved its end.
            let deleted = self.0.records.delete(&name, record.version).await;
            if deleted == Err(NotWritten::Unavailable) {
                return Err(Refused::unavailable());
            }
        }
        Ok(count)
    }

    /// Whether one more record of this kind may be written for somebody who is not known.
    async fn has_room(&self, kind: &str, most: usize) -> Result<(), Refused> {
        let count = self.0.records.count("", kind, ("", "\u{10ffff}")).await?;
        match count < most {
            true => Ok(()),
            false => Err(Refused::new(
                "temporarily_unavailable",
                "Too many are waiting here; try again later.",
            )),
        }
    }

    /// Whether people of this organization may sign in.
    fn allows(&self, organization: Option<&str>) -> bool {
        let allowed = &self.0.settings.organizations;
        let is_own = |organization: &str| allowed.iter().any(|own| own == organization);
        allowed.is_empty() || organization.is_some_and(is_own)
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.0.records.clock().now()
    }
}

/// What a secret is looked up by: the records never hold it.
fn hashed(secret: &str) -> String {
    hex(&digest(secret.as_bytes()))
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) mod tests;
