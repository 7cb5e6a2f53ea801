//! Refresh tokens, which replace each other: one that comes back after its successor was used ends the
//! whole connection, since somebody else has a copy of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Broker;
use super::connections::{Connection, Found};
use super::refusal::Refused;
use crate::limits;
use crate::seal::{Purpose, hex};
use crate::stores::records::change::Refused as NotWritten;

/// What a refresh token says.
#[derive(Serialize, Deserialize)]
struct Sealed {
    connection: Uuid,
    serial: u64,
}

/// A client that brings a refresh token. It is a secret, so it is not printed.
pub(super) struct Refresh<'a> {
    pub(super) client_id: &'a str,
    pub(super) token: &'a str,
    /// The slug of the server that the client names.
    pub(super) server: Option<&'a str>,
    /// The scopes that the client names, which may be fewer than the connection has.
    pub(super) scope: Option<&'a str>,
}

impl Broker {
    /// Replaces a refresh token of this client, for the expected server if one is named.
    ///
    /// # Errors
    /// `invalid_grant` for a token that is none, or none any more; `invalid_target` for another
    /// server and `invalid_scope` for more scopes, which leave the token as it is.
    pub(super) async fn refreshed(
        &self,
        refresh: &Refresh<'_>,
    ) -> Result<(Uuid, Connection), Refused> {
        let client_id = refresh.client_id;
        let sealed = self.opened_refresh(client_id, refresh.token)?;
        let id = sealed.connection;
        for _ in 0..limits::BROKER_WRITE_ATTEMPTS {
            let found = self.connection(id).await?;
            let Found {
                record,
                mut connection,
                ..
            } = found.ok_or_else(Refused::invalid_grant)?;
            let now = self.now();
            let expected = refresh.server;
            if expected.is_some_and(|server| server != connection.server) {
                return Err(Refused::invalid_target());
            }
            let limited = self.limited(connection.clone());
            limited.scopes_of(refresh.scope)?;
            let is_fresh = now - connection.replaced_at <= limits::REFRESH_REPEATED_SECONDS * 1_000;
            if sealed.serial + 1 == connection.serial && is_fresh {
                return Ok((id, connection));
            }
            if sealed.serial != connection.serial {
                tracing::warn!("a refresh token was used again: its connection was withdrawn");
                self.withdraw(&record.id).await?;
                return Err(Refused::invalid_grant());
            }
            connection.serial += 1;
            (connection.used_at, connection.replaced_at) = (now, now);
            connection.refresh_token = self.refresh_token(client_id, id, connection.serial)?;
            match self.put_connection(id, record.version, &connection).await {
                Ok(()) => return Ok((id, connection)),
                // The same token came twice at once: the other one's successor is given.
                Err(NotWritten::Changed(_)) => {}
                Err(_) => return Err(Refused::unavailable()),
            }
        }
        Err(Refused::unavailable())
    }

    /// Ends the connection that a refresh token of this client belongs to; says nothing of others.
    pub(super) async fn revoke_refresh(&self, client_id: &str, token: &str) -> Result<(), Refused> {
        match self.opened_refresh(client_id, token) {
            Ok(sealed) => self.withdraw(&hex(sealed.connection.as_bytes())).await,
            Err(_) => Ok(()),
        }
    }

    pub(super) fn refresh_token(
        &self,
        client_id: &str,
        connection: Uuid,
        serial: u64,
    ) -> Result<String, Refused> {
        let lifetime = Duration::from_secs(limits::CONNECTION_SECONDS);
        let content = Sealed { connection, serial };
        let (sealer, context) = (&self.0.sealer, client_id.as_bytes());
        let sealed = sealer.seal_json(Purpose::RefreshToken, context, lifetime, &content);
        sealed.map_err(|_| Refused::unavailable())
    }

    fn opened_refresh(&self, client_id: &str, token: &str) -> Result<Sealed, Refused> {
        let (sealer, context) = (&self.0.sealer, client_id.as_bytes());
        let opened = sealer.open_json(Purpose::RefreshToken, context, token);
        opened.map_err(|_| Refused::invalid_grant())
    }
}
