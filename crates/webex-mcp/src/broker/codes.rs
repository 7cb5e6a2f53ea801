//! Codes: what a client exchanges for its tokens. A code works once; a second use takes back what the
//! first one gave, since one of the two was a thief.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::Owner;
use super::clients::Client;
use super::connections::Connection;
use super::refusal::Refused;
use super::{Broker, hashed, milliseconds};
use crate::grants::Grant;
use crate::identity::GrantId;
use crate::limits;
use crate::seal::{digest, hex, is_equal, random_word};
use crate::stores::records::change::{RecordName, Refused as NotWritten};

/// The kind of the private records.
pub(super) const KIND: &str = "code";

/// What a code stands for, besides a grant.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Promise {
    pub(super) client_id: String,
    pub(super) client_name: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) server: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    promise: Promise,
    owner: Owner,
    scopes: Vec<String>,
    grant: String,
    /// The connection that the code leads to.
    connection: Uuid,
    expires: i64,
    is_used: bool,
}

/// A client that brings a code. It is a secret, so it is not printed.
pub struct Exchange<'a> {
    pub code: &'a str,
    pub redirect_uri: Option<&'a str>,
    pub verifier: &'a str,
    /// The slug of the server that the client names.
    pub server: Option<&'a str>,
}

impl Broker {
    /// Keeps the grant, and gives a code for a connection with these scopes.
    pub(super) async fn promise(
        &self,
        promise: Promise,
        scopes: Vec<String>,
        grant: &Grant,
    ) -> Result<String, Refused> {
        let code = random_word().map_err(|_| Refused::unavailable())?;
        let owner = Owner::of(&grant.person);
        let id = self.0.vault.new_id(&owner.principal());
        let stored = Stored {
            promise,
            owner: owner.clone(),
            scopes,
            grant: id.as_str().to_owned(),
            connection: Uuid::new_v4(),
            expires: self.now() + milliseconds(limits::CODE_SECONDS),
            is_used: false,
        };
        // The code first: what is found with it is deleted with it.
        self.put_code(&name(&code), 0, &stored).await?;
        self.0.vault.keep(&owner.tenant(), &id, grant).await?;
        Ok(code)
    }

    /// Exchanges a code for a connection. Whatever is wrong with the exchange, the code is used up.
    pub(super) async fn redeem(
        &self,
        client: &Client,
        exchange: &Exchange<'_>,
    ) -> Result<(Uuid, Connection), Refused> {
        let name = name(exchange.code);
        let record = self.0.records.get(&name).await?;
        let record = record.ok_or_else(Refused::invalid_grant)?;
        let mut stored: Stored =
            serde_json::from_slice(&record.content).map_err(|_| Refused::invalid_grant())?;
        if stored.is_used {
            self.take_back(&stored).await?;
            return Err(Refused::invalid_grant());
        }
        let expected = exchange.server;
        if expected.is_some_and(|server| server != stored.promise.server) {
            return Err(Refused::invalid_target());
        }
        stored.is_used = true;
        match self.put_code(&name, record.version, &stored).await {
            Ok(()) => {}
            Err(NotWritten::Unavailable) => return Err(Refused::unavailable()),
            // Somebody else uses it at the same moment.
            Err(_) => return Err(Refused::invalid_grant()),
        }
        if self.now() >= stored.expires || !stored.promise.is_kept_by(client, exchange) {
            self.take_back(&stored).await?;
            return Err(Refused::invalid_grant());
        }
        let Stored {
            promise,
            owner,
            scopes,
            grant,
            connection,
            ..
        } = stored;
        let now = self.now();
        let mut made = Connection::new(promise, &owner, scopes, grant, now);
        made.refresh_token = self.refresh_token(&client.id, connection, 1)?;
        self.connect(connection, &made).await?;
        Ok((connection, made))
    }

    /// Deletes what the code gave, or would have given.
    async fn take_back(&self, stored: &Stored) -> Result<(), Refused> {
        self.withdraw(&hex(stored.connection.as_bytes())).await?;
        let grant = GrantId::new(&*stored.grant);
        self.0.vault.delete(&stored.owner.tenant(), &grant).await?;
        Ok(())
    }

    /// Deletes the grant of a code that led to no connection, once nobody can use the code.
    pub(super) async fn forget_code(&self, content: &[u8]) -> Result<(), Refused> {
        let Ok(stored) = serde_json::from_slice::<Stored>(content) else {
            return Ok(());
        };
        match self.is_connected(stored.connection).await? {
            true => Ok(()),
            false => self.take_back(&stored).await,
        }
    }

    async fn put_code(
        &self,
        name: &RecordName,
        expected: u64,
        stored: &Stored,
    ) -> Result<(), NotWritten> {
        let content = serde_json::to_vec(stored).map_err(|_| NotWritten::Unavailable)?;
        let remembered = stored.expires + milliseconds(limits::CODE_REMEMBERED_SECONDS);
        let put = self
            .0
            .records
            .put_until(name, expected, &content, Some(remembered));
        put.await.map(drop)
    }
}

impl Promise {
    fn is_kept_by(&self, client: &Client, exchange: &Exchange<'_>) -> bool {
        let challenge = BASE64.encode(digest(exchange.verifier.as_bytes()));
        let is_proven = is_equal(challenge.as_bytes(), self.challenge.as_bytes());
        let is_same = exchange
            .redirect_uri
            .is_none_or(|uri| uri == self.redirect_uri);
        is_proven && is_same && client.id == self.client_id
    }
}

/// Whether a record of a code is of this person.
pub(super) fn is_of(content: &[u8], owner: &Owner) -> bool {
    let stored = serde_json::from_slice::<Stored>(content);
    stored.is_ok_and(|stored| stored.owner.is(owner))
}

fn name(code: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hashed(code),
    }
}
