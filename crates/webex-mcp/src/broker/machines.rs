//! Clients that act without a person at a browser (RFC 6749, 4.4), as somebody whom the operator chose.
//! They get access tokens only, for a connection that is there once for each of their servers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;
use webex::WebexError;
use webex::oauth::Tokens;

use super::access::Owner;
use super::clients::Client;
use super::connections::{self, Connection, Found};
use super::known::{App, Known, Machine};
use super::refusal::Refused;
use super::tokens::Wanted;
use super::{Broker, hashed, milliseconds};
use crate::grants::{Grant, Person};
use crate::identity::{GrantId, Tenant};
use crate::limits;
use crate::seal::hex;
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// The kind of the private records.
pub(super) const KIND: &str = "machine";

/// The record of a client.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    /// As whom it acts, where the configuration has the token for that.
    own: Option<Acting>,
    /// Its connections, by the slugs of their servers.
    connections: BTreeMap<String, Uuid>,
    /// When this was written, in milliseconds since 1970.
    #[serde(default)]
    written_at: i64,
}

/// As whom it acts, and with which grant.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Acting {
    pub owner: Owner,
    /// `None` where nobody knows them.
    pub scopes: Option<Vec<String>>,
    pub grant: String,
    /// The sign-in of the person whom it acts for.
    #[serde(default)]
    pub source: Option<Source>,
}

/// The sign-in that another connection acts with.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Source {
    pub id: Uuid,
    pub client_id: String,
}

impl Acting {
    fn grant(&self) -> (Tenant, GrantId) {
        (self.owner.tenant(), GrantId::new(&*self.grant))
    }
}

impl Connection {
    /// Whose connection it is, for a client that may act as the same person.
    pub(super) fn acting(&self, id: Uuid) -> Acting {
        Acting {
            owner: self.owner.clone(),
            scopes: self.scopes.clone(),
            grant: self.grant.clone(),
            source: Some(self.source_of(id)),
        }
    }

    /// This connection with this id, for another one that acts with its grant.
    pub(super) fn source_of(&self, id: Uuid) -> Source {
        let client_id = self.client_id.clone();
        Source { id, client_id }
    }

    /// Whether the person with this e-mail address signed in here for this server.
    pub(super) fn is_of_person(&self, email: &str, server: &str) -> bool {
        let display = self.owner.display.as_deref().unwrap_or_default();
        self.is_sign_in() && self.server == server && display.eq_ignore_ascii_case(email)
    }

    fn is_sign_in(&self) -> bool {
        self.machine.is_none() && self.by_hand.is_none()
    }
}

impl Broker {
    /// Whether the operator lets any client act without a person.
    pub fn has_machines(&self) -> bool {
        let mut clients = self.0.settings.clients.values();
        clients.any(|known| known.machine.is_some())
    }

    /// The connection of a client that proved itself, on the server that it names, or on the only one
    /// that it may use.
    ///
    /// # Errors
    /// [`Refused`], in OAuth's words.
    pub(super) async fn machine(
        &self,
        client: &Client,
        wanted: &Wanted,
        expected: Option<&str>,
    ) -> Result<(Uuid, Connection), Refused> {
        let known = self.0.settings.clients.get(&client.id);
        let found = known.and_then(|known| Some((known, known.machine.as_ref()?)));
        let Some((known, machine)) = found else {
            return Err(Refused::new(
                "unauthorized_client",
                "This client may not act by itself: people sign in with it.",
            ));
        };
        let slug = expected.or_else(|| known.limits.only_server());
        let slug = slug.filter(|slug| known.limits.allows_server(slug));
        let slug = slug.ok_or_else(|| {
            let why = "The resource has to be the address of a server that this client may use.";
            Refused::new("invalid_target", why)
        })?;
        if wanted.code.is_some() || wanted.refresh_token.is_some() {
            let why = "client_credentials goes without a code and without a refresh_token.";
            return Err(Refused::invalid_request(why));
        }
        let name = name(&client.id, known);
        for _ in 0..limits::BROKER_WRITE_ATTEMPTS {
            let record = self.0.records.get(&name).await?;
            let version = record.as_ref().map_or(0, |record| record.version);
            let stored = record.and_then(|record| serde_json::from_slice(&record.content).ok());
            let mut stored: Stored = stored.unwrap_or_default();
            let at = stored.connections.get(slug).copied();
            if let Some(id) = at {
                if let Some(connection) = self.kept_up((&name, version), &mut stored, id).await? {
                    return Ok((id, connection));
                }
                // Its grant is lost, or somebody revoked it.
                self.withdraw(&hex(id.as_bytes())).await?;
            }
            let (acting, is_new) = self.acting(known, machine, &mut stored, slug).await?;
            let id = Uuid::new_v4();
            let made = Connection::of_machine((&client.id, known), slug, &acting, self.now());
            self.connect(id, &made).await?;
            stored.connections.insert(slug.to_owned(), id);
            match self.put_machine(&name, version, &mut stored).await {
                Ok(()) => return Ok((id, made)),
                // Another process was faster; its connection is used.
                Err(why) => {
                    self.withdraw(&hex(id.as_bytes())).await?;
                    if is_new {
                        let (tenant, grant) = acting.grant();
                        self.0.vault.delete(&tenant, &grant).await?;
                    }
                    if !matches!(why, NotWritten::Changed(_) | NotWritten::Absent) {
                        return Err(Refused::unavailable());
                    }
                }
            }
        }
        Err(Refused::unavailable())
    }

    /// A connection that is still good. Once a day it is written down that it was used.
    async fn kept_up(
        &self,
        (name, version): (&RecordName, u64),
        stored: &mut Stored,
        id: Uuid,
    ) -> Result<Option<Connection>, Refused> {
        let Some(Found {
            record,
            mut connection,
            ..
        }) = self.connection(id).await?
        else {
            return Ok(None);
        };
        // The use of its tokens is written by itself, and says nothing of this record.
        let now = self.now();
        if now - stored.written_at >= limits::CLIENT_USE_WRITTEN_SECONDS * 1_000 {
            connection.used_at = now;
            // Whoever else writes them writes the same.
            let _ = self.put_connection(id, record.version, &connection).await;
            let _ = self.put_machine(name, version, stored).await;
        }
        Ok(Some(connection))
    }

    /// As whom the client acts now; says whether there is a new grant for it.
    async fn acting(
        &self,
        known: &Known,
        machine: &Machine,
        stored: &mut Stored,
        slug: &str,
    ) -> Result<(Acting, bool), Refused> {
        if let Machine::Person(email) = machine {
            let mut acting = self.signed_in_as(email, slug).await?;
            if let Some(scopes) = &mut acting.scopes {
                known.limits.narrow(scopes);
            }
            return Ok((acting, false));
        }
        if let Some(own) = &stored.own {
            let (tenant, grant) = own.grant();
            if self.0.vault.alive(&tenant, &grant).await?.is_some() {
                return Ok((own.clone(), false));
            }
            self.0.vault.delete(&tenant, &grant).await?;
        }
        let until = Instant::now() + limits::SIGN_IN_ANSWERED_WITHIN;
        let grant = timeout_at(until, self.granted(known, machine)).await;
        let (grant, scopes) = grant.map_err(|_elapsed| Refused::unavailable())??;
        let owner = Owner::of(&grant.person);
        let (tenant, id) = (owner.tenant(), self.0.vault.new_id(&owner.principal()));
        let acting = Acting {
            owner,
            scopes,
            grant: id.as_str().to_owned(),
            source: None,
        };
        self.0.vault.keep(&tenant, &id, &grant).await?;
        stored.own = Some(acting.clone());
        Ok((acting, true))
    }

    /// The grant of the tokens in the configuration, with whose they are, and the scopes that the client
    /// has of it; `None` where neither Webex nor the operator names any.
    async fn granted(
        &self,
        known: &Known,
        machine: &Machine,
    ) -> Result<(Grant, Option<Vec<String>>), Refused> {
        let tokens = match machine {
            Machine::App(app) => app.integration.refresh(&app.refresh_token).await,
            Machine::Token(token) => Ok(Tokens {
                access_token: token.clone(),
                expires_in: None,
                refresh_token: None,
                refresh_token_expires_in: None,
                scopes: None,
                id_token: None,
            }),
            Machine::Person(_) => return Err(Refused::unavailable()),
        };
        let mut tokens = tokens.map_err(|error| not_accepted(&error))?;
        if let Machine::App(app) = machine {
            tokens
                .refresh_token
                .get_or_insert(app.refresh_token.clone());
        }
        let client = self.0.webex.client(tokens.access_token.clone());
        let me = client.people().me().await;
        let me = me.map_err(|error| not_accepted(&error))?;
        let person = Person {
            id: me.id,
            organization: me.org_id,
            display: me.emails.into_iter().flatten().next(),
        };
        let limits = &known.limits;
        let is_known = tokens.scopes.is_some() || limits.scopes.is_some();
        let asked = limits.scopes.clone().unwrap_or_default();
        let mut grant = Grant::new(person, tokens, &asked, self.now());
        limits.narrow(&mut grant.scopes);
        let scopes = is_known.then(|| grant.scopes.clone());
        let grant = match machine {
            Machine::App(App { id, .. }) => grant.of_app(id),
            _ => grant,
        };
        Ok((grant, scopes))
    }

    /// The person with this e-mail address, as they signed in last for this server.
    async fn signed_in_as(&self, email: &str, slug: &str) -> Result<Acting, Refused> {
        let who = (email.to_ascii_lowercase(), slug.to_owned());
        if !self.0.absent.contains_key(&who) {
            if let Some(acting) = self.found_signed_in(email, slug).await? {
                return Ok(acting);
            }
            self.0.absent.insert(who, ());
        }
        Err(Refused::new(
            "invalid_grant",
            "The person whom this client acts for is not signed in for this server; they have to sign in with a program of their own first.",
        ))
    }

    /// Somebody signed in: whoever acts for them need not wait until they are looked for again.
    pub(super) fn signed_in_now(&self, made: &Connection) {
        if made.is_sign_in() {
            let email = made.owner.display.as_deref().unwrap_or_default();
            let who = (email.to_ascii_lowercase(), made.server.clone());
            self.0.absent.invalidate(&who);
        }
    }

    async fn found_signed_in(&self, email: &str, slug: &str) -> Result<Option<Acting>, Refused> {
        let mut found: Vec<(i64, Uuid)> = Vec::new();
        let mut after = String::new();
        for _ in 0..limits::MACHINE_PERSON_PAGES {
            let page = self.0.records.list("", connections::KIND, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            found.extend(page.iter().filter_map(|record| {
                let connection: Connection = serde_json::from_slice(&record.content).ok()?;
                let is_it = connection.is_of_person(email, slug);
                is_it.then_some((connection.used_at, Uuid::try_parse(&record.id).ok()?))
            }));
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        for (_, id) in found {
            if let Some(found) = self.connection(id).await? {
                return Ok(Some(self.limited(found.connection).acting(id)));
            }
        }
        Ok(None)
    }

    /// Deletes the grant of a client that has not been used for long.
    pub(super) async fn forget_machine(&self, content: &[u8]) -> Result<(), Unavailable> {
        match grant_of(content) {
            Some((tenant, grant)) => self.0.vault.delete(&tenant, &grant).await,
            None => Ok(()),
        }
    }

    async fn put_machine(
        &self,
        name: &RecordName,
        expected: u64,
        stored: &mut Stored,
    ) -> Result<(), NotWritten> {
        stored.written_at = self.now();
        let content = serde_json::to_vec(stored).map_err(|_| NotWritten::Unavailable)?;
        let until = self.now() + milliseconds(limits::CONNECTION_SECONDS);
        let records = &self.0.records;
        let put = records.put_until(name, expected, &content, Some(until));
        put.await.map(drop)
    }
}

/// The grant in the record of a client, where it has one of its own.
pub(super) fn grant_of(content: &[u8]) -> Option<(Tenant, GrantId)> {
    let stored = serde_json::from_slice::<Stored>(content).ok()?;
    stored.own.map(|own| own.grant())
}

/// Webex did not accept what the operator gave for a client. What it says is for the log.
fn not_accepted(error: &WebexError) -> Refused {
    tracing::warn!(%error, "Webex does not accept the identity of a client of the configuration");
    match error.status() {
        Some(400..=499) => Refused::new(
            "invalid_grant",
            "Webex does not accept the token of the identity that this client acts as; the operator has to replace it.",
        ),
        _ => Refused::new(
            "temporarily_unavailable",
            "Webex does not answer; try again in a minute.",
        ),
    }
}

/// Another record once the operator changes what the client acts as.
fn name(id: &str, known: &Known) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hashed(&format!("{id} {}", known.mark())),
    }
}
