//! Connections: what a client got for one person and one virtual server. Its refresh tokens replace
//! each other; one that comes back after its successor was used ends the whole connection, since a
//! copy of it is about.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codes::Promise;
use super::refusal::Refused;
use super::{Broker, milliseconds};
use crate::identity::{Caller, Credential, CredentialTag, GrantId, Principal, Tenant};
use crate::limits;
use crate::seal::Purpose;
use crate::stores::records::Record;
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// The kind of the private records.
pub(super) const KIND: &str = "connection";

/// The record of a connection. Times are milliseconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Connection {
    pub(super) tenant: String,
    pub(super) principal: String,
    display: Option<String>,
    pub(super) client_id: String,
    client_name: String,
    pub(super) server: String,
    pub(super) scopes: Vec<String>,
    pub(super) grant: String,
    made_at: i64,
    used_at: i64,
    /// The number of the refresh token that is valid now.
    serial: u64,
    /// The one before, for clients that did not get the answer to it.
    before: Option<Before>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Before {
    /// The token that took its place.
    successor: String,
    at: i64,
}

/// What a refresh token says.
#[derive(Serialize, Deserialize)]
struct Sealed {
    connection: Uuid,
    serial: u64,
}

/// A connection as it is used: the caller that it stands for.
#[derive(Debug)]
pub struct Connected {
    pub server: String,
    pub caller: Caller,
}

impl Connection {
    pub(super) fn new(
        promise: Promise,
        (tenant, principal, display): (String, String, Option<String>),
        scopes: Vec<String>,
        grant: String,
        now: i64,
    ) -> Self {
        Connection {
            tenant,
            principal,
            display,
            client_id: promise.client_id,
            client_name: promise.client_name,
            server: promise.server,
            scopes,
            grant,
            made_at: now,
            used_at: now,
            serial: 1,
            before: None,
        }
    }

    fn ends_at(&self) -> i64 {
        self.used_at + milliseconds(limits::CONNECTION_SECONDS)
    }

    fn caller(&self, id: Uuid) -> Caller {
        let tenant = Tenant::new(&*self.tenant);
        let credential = Credential::Grant(tenant.clone(), GrantId::new(&*self.grant));
        let principal = Principal::new(&*self.principal);
        let tag = CredentialTag::new(id.simple().to_string());
        let mut caller = Caller::new(principal, Some(credential)).tagged(tag);
        caller.tenant = tenant;
        caller.display = self.display.as_deref().map(Arc::from);
        let scopes = self.scopes.iter().map(|scope| Box::from(scope.as_str()));
        caller.scopes = Some(scopes.collect());
        caller
    }
}

impl Broker {
    /// Keeps a new connection.
    pub(super) async fn connect(&self, id: Uuid, made: &Connection) -> Result<(), Refused> {
        self.put_connection(id, 0, made).await?;
        Ok(())
    }

    /// The connection with this id; known for a while without reading its record.
    ///
    /// # Errors
    /// The records cannot be read.
    pub(super) async fn connected(&self, id: Uuid) -> Result<Option<Arc<Connected>>, Unavailable> {
        if let Some(known) = self.0.known.get(&id) {
            return Ok(Some(known));
        }
        let Some((_, connection)) = self.connection(id).await? else {
            return Ok(None);
        };
        let connected = Arc::new(Connected {
            caller: connection.caller(id),
            server: connection.server,
        });
        self.0.known.insert(id, connected.clone());
        Ok(Some(connected))
    }

    /// Replaces a refresh token of this client: the connection, and the token that takes its place.
    ///
    /// # Errors
    /// `invalid_grant` for a token that is none, or none any more.
    pub(super) async fn refreshed(
        &self,
        client_id: &str,
        token: &str,
    ) -> Result<(Uuid, Connection, String), Refused> {
        let sealed = self.opened_refresh(client_id, token)?;
        let id = sealed.connection;
        for _ in 0..limits::BROKER_WRITE_ATTEMPTS {
            let found = self.connection(id).await?;
            let (record, mut connection) = found.ok_or_else(Refused::invalid_grant)?;
            let now = self.now();
            if sealed.serial + 1 == connection.serial
                && let Some(before) = &connection.before
                && now - before.at <= limits::REFRESH_REPEATED_SECONDS * 1_000
            {
                let successor = before.successor.clone();
                return Ok((id, connection, successor));
            }
            if sealed.serial != connection.serial {
                tracing::warn!("a refresh token was used again: its connection was withdrawn");
                self.withdraw(&record.id).await;
                return Err(Refused::invalid_grant());
            }
            connection.serial += 1;
            connection.used_at = now;
            let successor = self.refresh_token(client_id, id, connection.serial)?;
            connection.before = Some(Before {
                successor: successor.clone(),
                at: now,
            });
            match self.put_connection(id, record.version, &connection).await {
                Ok(()) => return Ok((id, connection, successor)),
                // The same token came twice at once: the other one's successor is given.
                Err(NotWritten::Changed(_)) => {}
                Err(_) => return Err(Refused::unavailable()),
            }
        }
        Err(Refused::unavailable())
    }

    /// Whether a connection is this client's.
    pub(super) async fn is_of(&self, id: Uuid, client_id: &str) -> Result<bool, Unavailable> {
        let found = self.connection(id).await?;
        Ok(found.is_some_and(|(_, connection)| connection.client_id == client_id))
    }

    /// Ends the connection that a refresh token of this client belongs to; says nothing of others.
    pub(super) async fn revoke_refresh(&self, client_id: &str, token: &str) {
        if let Ok(sealed) = self.opened_refresh(client_id, token) {
            self.withdraw(&sealed.connection.simple().to_string()).await;
        }
    }

    /// Ends a connection and deletes its grant.
    pub(super) async fn withdraw(&self, id: &str) {
        let Ok(uuid) = Uuid::try_parse(id) else {
            return;
        };
        for _ in 0..limits::BROKER_WRITE_ATTEMPTS {
            let Ok(Some((record, connection))) = self.connection(uuid).await else {
                break;
            };
            let (tenant, grant) = (
                Tenant::new(&*connection.tenant),
                GrantId::new(&*connection.grant),
            );
            if self.0.vault.delete(&tenant, &grant).await.is_err() {
                tracing::warn!("a grant could not be deleted with its connection");
            }
            match self.0.records.delete(&name(uuid), record.version).await {
                Err(NotWritten::Changed(_)) => {}
                Err(NotWritten::Unavailable) => {
                    tracing::warn!("a connection could not be withdrawn");
                    break;
                }
                _ => break,
            }
        }
        self.0.known.invalidate(&uuid);
    }

    pub(super) fn refresh_token(
        &self,
        client_id: &str,
        connection: Uuid,
        serial: u64,
    ) -> Result<String, Refused> {
        let lifetime = Duration::from_secs(limits::CONNECTION_SECONDS);
        let payload = serde_json::to_vec(&Sealed { connection, serial });
        let payload = payload.map_err(|_| Refused::unavailable())?;
        let (sealer, context) = (&self.0.sealer, client_id.as_bytes());
        let sealed = sealer.seal(Purpose::RefreshToken, context, lifetime, &payload);
        sealed.map_err(|_| Refused::unavailable())
    }

    fn opened_refresh(&self, client_id: &str, token: &str) -> Result<Sealed, Refused> {
        let (sealer, context) = (&self.0.sealer, client_id.as_bytes());
        let opened = sealer.open(Purpose::RefreshToken, context, token);
        let payload = opened.map_err(|_| Refused::invalid_grant())?;
        serde_json::from_slice(&payload).map_err(|_| Refused::invalid_grant())
    }

    async fn connection(&self, id: Uuid) -> Result<Option<(Record, Connection)>, Unavailable> {
        let record = self.0.records.get(&name(id)).await?;
        Ok(record.and_then(|record| {
            let connection: Connection = serde_json::from_slice(&record.content).ok()?;
            let is_alive = self.now() < connection.ends_at();
            is_alive.then_some((record, connection))
        }))
    }

    async fn put_connection(
        &self,
        id: Uuid,
        expected: u64,
        connection: &Connection,
    ) -> Result<(), NotWritten> {
        let content = serde_json::to_vec(connection).map_err(|_| NotWritten::Unavailable)?;
        let (records, due) = (&self.0.records, Some(connection.ends_at()));
        records
            .put_until(&name(id), expected, &content, due)
            .await
            .map(drop)
    }
}

fn name(id: Uuid) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: id.simple().to_string(),
    }
}
