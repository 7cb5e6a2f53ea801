//! The tokens that clients get: given for a code or a refresh token, recognized in each request, and
//! revoked. An access token is sealed for one virtual server and opens for no other.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

use super::Broker;
use super::codes::Exchange;
use super::connected::Connected;
use super::connection_tokens;
use super::connections::Connection;
use super::refreshing::Refresh;
use super::refusal::Refused;
use super::scopes::Granted;
use crate::limits;
use crate::seal::{Purpose, Unopened, hex};
use crate::stores::records::change::Unavailable;

/// A client's request for tokens. It holds secrets, so it is not printed.
#[derive(Default)]
pub struct Wanted {
    pub grant_type: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<SecretString>,
    pub code: Option<String>,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
    pub refresh_token: Option<String>,
    /// The scopes that the client wants of those that it has.
    pub scope: Option<String>,
    /// The slug of the server that the client names; `Err` where the address is none.
    pub server: Option<Result<String, ()>>,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wanted").finish_non_exhaustive()
    }
}

/// The answer to it (RFC 6749, 5.1).
#[derive(Serialize)]
pub struct Given {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    /// A client that acts by itself gets none: it asks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Of a bot, at most these: Webex decides. Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Why an access token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAccepted {
    Refused,
    /// We gave it, and it is over.
    Ended,
    Unavailable,
}

impl Broker {
    /// Gives tokens for a code or a refresh token, or to a client that acts by itself. `need` finds the
    /// scopes that the tools of a server need.
    ///
    /// # Errors
    /// [`Refused`], in OAuth's words.
    pub async fn give(
        &self,
        wanted: &Wanted,
        need: impl FnOnce(&str) -> Vec<String>,
    ) -> Result<Given, Refused> {
        let (id, connection) = self.connection_for(wanted).await?;
        let connection = self.limited(connection);
        let (scopes, named) = (&connection.scopes, wanted.scope.as_deref());
        let granted = match wanted.grant_type.as_deref() {
            Some("client_credentials") => {
                connection.granted_to_machine(named, &need(&connection.server))?
            }
            Some("refresh_token") => match connection.scopes_of(named)? {
                Some(fewer) => Granted::of(&fewer),
                None => scopes.as_deref().map(Granted::whole).unwrap_or_default(),
            },
            // The person agreed to all of it.
            _ => scopes.as_deref().map(Granted::whole).unwrap_or_default(),
        };
        Ok(Given {
            access_token: self.access_token(id, &connection, granted.narrowed.as_deref())?,
            token_type: "Bearer",
            expires_in: limits::ACCESS_TOKEN_SECONDS,
            scope: granted.told,
            refresh_token: connection
                .machine
                .is_none()
                .then_some(connection.refresh_token),
        })
    }

    /// The connection that a client gets tokens for.
    async fn connection_for(&self, wanted: &Wanted) -> Result<(Uuid, Connection), Refused> {
        let client_id = wanted.client_id.as_deref().unwrap_or_default();
        let expected = match &wanted.server {
            Some(Err(())) => return Err(Refused::invalid_target()),
            Some(Ok(slug)) => Some(slug.as_str()),
            None => None,
        };
        let missing = |what: &str| Refused::invalid_request(format!("{what} is missing."));
        match wanted.grant_type.as_deref() {
            Some("authorization_code") => {
                let client = self.client(client_id).await?;
                client.proves(wanted.client_secret.as_ref())?;
                let exchange = Exchange {
                    code: wanted.code.as_deref().ok_or_else(|| missing("code"))?,
                    redirect_uri: wanted.redirect_uri.as_deref(),
                    verifier: wanted.code_verifier.as_deref().unwrap_or_default(),
                    server: expected,
                };
                self.redeem(&client, &exchange).await
            }
            Some("refresh_token") => {
                let token = wanted.refresh_token.as_deref();
                let token = token.ok_or_else(|| missing("refresh_token"))?;
                self.prove(client_id, wanted.client_secret.as_ref()).await?;
                let refresh = Refresh {
                    client_id,
                    token,
                    server: expected,
                    scope: wanted.scope.as_deref(),
                };
                let refreshed = self.refreshed(&refresh).await?;
                self.used(client_id).await;
                Ok(refreshed)
            }
            Some("client_credentials") => {
                let client = self.client(client_id).await?;
                client.proves(wanted.client_secret.as_ref())?;
                self.machine(&client, wanted, expected).await
            }
            _ => Err(Refused::new(
                "unsupported_grant_type",
                "Use authorization_code, refresh_token or client_credentials.",
            )),
        }
    }

    /// The connection that an access token or a connection token stands for, on the server with this
    /// slug.
    ///
    /// # Errors
    /// [`NotAccepted`], which does not say what is wrong with the token.
    pub async fn accepted(&self, token: &str, slug: &str) -> Result<Arc<Connected>, NotAccepted> {
        let (id, connected, narrowed) = self.connected_by(token, slug).await?;
        self.note_use(id, &connected);
        Ok(connected.for_token(narrowed))
    }

    /// The same for something that goes on, such as a stream: it is no further use of the token.
    ///
    /// # Errors
    /// [`NotAccepted`].
    pub async fn still_accepted(
        &self,
        token: &str,
        slug: &str,
    ) -> Result<Arc<Connected>, NotAccepted> {
        let (_, connected, narrowed) = self.connected_by(token, slug).await?;
        Ok(connected.for_token(narrowed))
    }

    /// With the scopes of the token, where it has fewer.
    async fn connected_by(
        &self,
        token: &str,
        slug: &str,
    ) -> Result<(Uuid, Arc<Connected>, Option<String>), NotAccepted> {
        let by_hand = connection_tokens::number(token);
        let (id, narrowed) = match by_hand {
            Some(id) => (id, None),
            None => self.opened_access(token, slug).map_err(|why| match why {
                Unopened::Expired => NotAccepted::Ended,
                Unopened::Foreign => NotAccepted::Refused,
            })?,
        };
        let connected = self.connected(id).await;
        let connected = connected.map_err(|Unavailable| NotAccepted::Unavailable)?;
        // Whoever guesses a connection token guesses its number too: it is none that has ended.
        let connected = connected.ok_or(match by_hand {
            Some(_) => NotAccepted::Refused,
            None => NotAccepted::Ended,
        })?;
        if connected.is_by_hand != by_hand.is_some() || *connected.server != *slug {
            return Err(NotAccepted::Refused);
        }
        if self.now() >= connected.ends_at {
            return Err(NotAccepted::Ended);
        }
        Ok((id, connected, narrowed))
    }

    /// Ends the connection that a token of this client belongs to (RFC 7009). A token that is none
    /// is no error there.
    ///
    /// # Errors
    /// `invalid_client` where the client does not prove itself.
    pub async fn revoke(
        &self,
        client_id: &str,
        secret: Option<&SecretString>,
        token: &str,
        slugs: &[Arc<str>],
    ) -> Result<(), Refused> {
        self.prove(client_id, secret).await?;
        self.revoke_refresh(client_id, token).await?;
        let opened = |slug: &Arc<str>| self.opened_access(token, slug).ok();
        let opened = slugs.iter().find_map(opened);
        if let Some((id, _)) = opened
            && self.is_of(id, client_id).await?
        {
            self.withdraw(&hex(id.as_bytes())).await?;
        }
        Ok(())
    }

    /// Whether the request proves that it comes from this client. One with a document has no secret,
    /// and its tokens are bound to its id, so the document is not read for this.
    async fn prove(&self, client_id: &str, secret: Option<&SecretString>) -> Result<(), Refused> {
        match Broker::has_document(client_id) {
            true => Ok(()),
            false => self.client(client_id).await?.proves(secret),
        }
    }

    /// `narrowed`: the scopes of the token, where the connection has more.
    fn access_token(
        &self,
        id: Uuid,
        connection: &Connection,
        narrowed: Option<&str>,
    ) -> Result<String, Refused> {
        let lifetime = Duration::from_secs(limits::ACCESS_TOKEN_SECONDS);
        let (sealer, slug) = (&self.0.sealer, connection.server.as_bytes());
        let payload = [id.as_bytes(), narrowed.unwrap_or_default().as_bytes()].concat();
        let sealed = sealer.seal(Purpose::AccessToken, slug, lifetime, &payload);
        sealed.map_err(|_| Refused::unavailable())
    }

    /// The connection that a token is of, and its scopes where it has fewer.
    fn opened_access(&self, token: &str, slug: &str) -> Result<(Uuid, Option<String>), Unopened> {
        let sealer = &self.0.sealer;
        let opened = sealer.open(Purpose::AccessToken, slug.as_bytes(), token)?;
        let (id, scopes) = opened.split_first_chunk().ok_or(Unopened::Foreign)?;
        let scopes = std::str::from_utf8(scopes).map_err(|_| Unopened::Foreign)?;
        let narrowed = (!scopes.is_empty()).then(|| scopes.to_owned());
        Ok((Uuid::from_bytes(*id), narrowed))
    }
}
