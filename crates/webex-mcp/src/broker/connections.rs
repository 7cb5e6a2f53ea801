//! Connections: what a client got for one person and one virtual server.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::Owner;
use super::codes::Promise;
use super::connected::Connected;
use super::known::Known;
use super::machines::{Acting, Source};
use super::more::boxed;
use super::refusal::Refused;
use super::{Broker, milliseconds};
use crate::grants::Grant;
use crate::identity::{
    Absentee, Caller, Credential, CredentialTag, GrantId, Obtainable, has_scope,
};
use crate::limits;
use crate::seal::hex;
use crate::stores::records::Record;
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// The kind of the private records.
pub(super) const KIND: &str = "connection";

/// The record of a connection, which is encrypted as a whole. Times are milliseconds since 1970.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Connection {
    pub(super) owner: Owner,
    /// Empty for a connection token, as its name is.
    pub(super) client_id: String,
    client_name: String,
    pub(super) server: String,
    /// `None` where nobody knows them: Webex decides what it may.
    pub(super) scopes: Option<Vec<String>>,
    pub(super) grant: String,
    /// Of a client that acts without a person: the mark of its configuration. Then the grant is not the
    /// connection's own.
    #[serde(default)]
    pub(super) machine: Option<String>,
    /// The sign-in whose grant it acts with; it ends with that.
    #[serde(default)]
    pub(super) source: Option<Source>,
    pub(super) made_at: i64,
    pub(super) used_at: i64,
    /// Present for a connection token.
    pub(super) by_hand: Option<ByHand>,
    /// The number of the refresh token that is valid now.
    pub(super) serial: u64,
    /// When it took the place of the one before, for clients that did not get the answer to that.
    pub(super) replaced_at: i64,
    /// Its text: the same one is given again.
    pub(super) refresh_token: String,
}

/// What a connection token is besides: it has an end, and no refresh token.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ByHand {
    pub(super) name: String,
    pub(super) is_read_only: bool,
    pub(super) ends_at: i64,
    /// The client whose grant it acts with; `None` where the grant is its own.
    pub(super) shares_with: Option<String>,
}

/// A connection that is still one, as it was read.
pub(super) struct Found {
    pub(super) record: Record,
    pub(super) connection: Connection,
    grant: Grant,
}

impl Connection {
    pub(super) fn new(
        promise: Promise,
        owner: &Owner,
        scopes: Vec<String>,
        grant: String,
        now: i64,
    ) -> Self {
        Connection {
            owner: owner.clone(),
            client_id: promise.client_id,
            client_name: promise.client_name,
            server: promise.server,
            scopes: Some(scopes),
            grant,
            made_at: now,
            machine: None,
            source: None,
            used_at: now,
            by_hand: None,
            serial: 1,
            replaced_at: now,
            refresh_token: String::new(),
        }
    }

    /// The same for a connection token, which has no client.
    pub(super) fn by_hand(self, token: ByHand, source: Option<Source>) -> Self {
        Connection {
            by_hand: Some(token),
            source,
            ..self
        }
    }

    /// Of a client that acts without a person.
    pub(super) fn of_machine(
        (client_id, known): (&str, &Known),
        server: &str,
        acting: &Acting,
        now: i64,
    ) -> Self {
        Connection {
            owner: acting.owner.clone(),
            client_id: client_id.to_owned(),
            client_name: known.name.clone(),
            server: server.to_owned(),
            scopes: acting.scopes.clone(),
            grant: acting.grant.clone(),
            machine: Some(known.mark()),
            source: acting.source.clone(),
            made_at: now,
            used_at: now,
            by_hand: None,
            serial: 1,
            replaced_at: now,
            refresh_token: String::new(),
        }
    }

    /// The name that its owner reads.
    pub(super) fn shown_name(&self) -> &str {
        match &self.by_hand {
            Some(token) => &token.name,
            None => &self.client_name,
        }
    }

    pub(super) fn owner(&self) -> Owner {
        self.owner.clone()
    }

    /// Whether its grant ends with it.
    pub(super) fn has_own_grant(&self) -> bool {
        let by_hand = self.by_hand.as_ref();
        self.machine.is_none() && by_hand.is_none_or(|token| token.shares_with.is_none())
    }

    fn ends_at(&self) -> i64 {
        match &self.by_hand {
            Some(token) => token.ends_at,
            None => self.used_at + milliseconds(limits::CONNECTION_SECONDS),
        }
    }

    fn caller(&self, id: Uuid, grant: &Grant) -> Caller {
        let tenant = self.owner.tenant();
        let credential = Credential::Grant(tenant.clone(), GrantId::new(&*self.grant));
        let principal = self.owner.principal();
        let tag = CredentialTag::new(hex(id.as_bytes()));
        let mut caller = Caller::new(principal, Some(credential)).tagged(tag);
        caller.tenant = tenant;
        caller.display = self.owner.display.as_deref().map(Arc::from);
        // Webex may have taken some of them back.
        caller.scopes = self.scopes.as_deref().map(|scopes| {
            let left = scopes
                .iter()
                .filter(|scope| has_scope(&grant.scopes, scope));
            boxed(&left.collect::<Vec<_>>())
        });
        caller.is_read_only = self.by_hand.as_ref().is_some_and(|it| it.is_read_only);
        // Its tokens are renewed, and after a restart they are still there.
        caller.is_lasting = true;
        caller
    }
}

impl Broker {
    /// Keeps a new connection.
    pub(super) async fn connect(&self, id: Uuid, made: &Connection) -> Result<(), Refused> {
        self.enlist(&made.owner, id).await?;
        self.put_connection(id, 0, made).await?;
        self.signed_in_now(made);
        Ok(())
    }

    /// The connection with this id; known for a while without reading its record.
    ///
    /// # Errors
    /// The records cannot be read.
    pub(super) async fn connected(&self, id: Uuid) -> Result<Option<Arc<Connected>>, Unavailable> {
        match self.0.known.get(&id) {
            Some(known) => Ok(Some(known)),
            None => self.read_connected(id).await,
        }
    }

    /// The same from its record, whatever is known.
    pub(super) async fn read_connected(
        &self,
        id: Uuid,
    ) -> Result<Option<Arc<Connected>>, Unavailable> {
        let Some(found) = self.connection(id).await? else {
            self.0.known.invalidate(&id);
            return Ok(None);
        };
        let connection = self.limited(found.connection);
        let mut caller = connection.caller(id, &found.grant);
        caller.obtainable = connection.machine.is_none().then(|| Obtainable {
            registered: self.registered_for(&connection),
            signs_in: connection.by_hand.is_none(),
            ..self.obtainable(boxed(&found.grant.refused), Some(id))
        });
        let connected = Arc::new(Connected {
            caller,
            is_by_hand: connection.by_hand.is_some(),
            ends_at: connection.ends_at(),
            used_at: connection.used_at,
            is_noted: AtomicBool::new(false),
            server: connection.server.into(),
        });
        self.0.known.insert(id, connected.clone());
        Ok(Some(connected))
    }

    /// The caller of a connection, read again: something goes on for them on this server that was begun
    /// with it. `None` where the connection has ended, or is another one's or another server's.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn lasting(
        &self,
        absentee: &Absentee,
        slug: &str,
    ) -> Result<Option<Caller>, Unavailable> {
        let Ok(id) = Uuid::try_parse(absentee.credential.as_str()) else {
            return Ok(None);
        };
        let found = self.connection(id).await?;
        let found = found.filter(|found| found.connection.server == slug);
        let caller = found.map(|found| self.limited(found.connection).caller(id, &found.grant));
        Ok(caller.filter(|caller| Absentee::of(caller) == *absentee))
    }

    /// Whether there is a connection with this id.
    pub(super) async fn is_connected(&self, id: Uuid) -> Result<bool, Unavailable> {
        Ok(self.0.records.get(&name(id)).await?.is_some())
    }

    /// Whether a connection is this client's.
    pub(super) async fn is_of(&self, id: Uuid, client_id: &str) -> Result<bool, Unavailable> {
        Ok(self.client_of(id).await?.as_deref() == Some(client_id))
    }

    /// The id of the client that a connection is of.
    pub(super) async fn client_of(&self, id: Uuid) -> Result<Option<String>, Unavailable> {
        let found = self.connection(id).await?;
        Ok(found.map(|found| found.connection.client_id))
    }

    /// Adds scopes to a connection, whose grant has them.
    pub(super) async fn add_scopes(&self, id: Uuid, scopes: &[String]) -> Result<(), Refused> {
        for _ in 0..limits::BROKER_WRITE_ATTEMPTS {
            let found = self.connection(id).await?;
            let Found {
                record,
                mut connection,
                ..
            } = found.ok_or_else(Refused::invalid_grant)?;
            if let Some(known) = &mut connection.scopes {
                known.extend_from_slice(scopes);
                known.sort_unstable();
                known.dedup();
            }
            match self.put_connection(id, record.version, &connection).await {
                Ok(()) => return Ok(()),
                // It was refreshed meanwhile.
                Err(NotWritten::Changed(_)) => {}
                Err(_) => break,
            }
        }
        Err(Refused::unavailable())
    }

    /// Deletes the grant of a connection, if it is its own, and then the connection, also of one that
    /// has expired.
    ///
    /// # Errors
    /// `temporarily_unavailable`; then the connection is still there.
    pub(super) async fn withdraw(&self, id: &str) -> Result<(), Refused> {
        let id = Uuid::try_parse(id).map_err(|_| Refused::unavailable())?;
        for _ in 0..limits::BROKER_WRITE_ATTEMPTS {
            let Some(record) = self.0.records.get(&name(id)).await? else {
                self.0.known.invalidate(&id);
                return Ok(());
            };
            let connection = serde_json::from_slice::<Connection>(&record.content).ok();
            if let Some(own) = connection.as_ref().filter(|it| it.has_own_grant()) {
                let grant = GrantId::new(&*own.grant);
                self.0.vault.delete(&own.owner.tenant(), &grant).await?;
            }
            match self.0.records.delete(&name(id), record.version).await {
                Err(NotWritten::Changed(_)) => {}
                Err(NotWritten::Unavailable) => break,
                _ => {
                    self.0.known.invalidate(&id);
                    if let Some(connection) = connection {
                        self.unlist(&connection.owner, id).await;
                    }
                    return Ok(());
                }
            }
        }
        Err(Refused::unavailable())
    }

    /// A connection that is valid now, with its record.
    pub(super) async fn connection(&self, id: Uuid) -> Result<Option<Found>, Unavailable> {
        let Some((record, connection)) = self.current(id).await? else {
            return Ok(None);
        };
        if let Some(source) = &connection.source
            && self.current(source.id).await?.is_none()
        {
            return Ok(None);
        }
        let (tenant, grant) = (connection.owner.tenant(), GrantId::new(&*connection.grant));
        let grant = self.0.vault.alive(&tenant, &grant).await?;
        Ok(grant.map(|grant| Found {
            record,
            connection,
            grant,
        }))
    }

    /// A connection that has not ended by itself. The operator may have removed its organization or its
    /// client since, and Webex may have given up the grant: its client hears that when it comes, and
    /// lets the person sign in again.
    async fn current(&self, id: Uuid) -> Result<Option<(Record, Connection)>, Unavailable> {
        let record = self.0.records.get(&name(id)).await?;
        let found = record.and_then(|record| {
            let connection: Connection = serde_json::from_slice(&record.content).ok()?;
            Some((record, connection))
        });
        let found = found.filter(|(_, it)| self.now() < it.ends_at() && self.may_go_on(it));
        match found {
            Some((_, it)) if it.made_at < self.terms_since(&it.client_id).await? => Ok(None),
            found => Ok(found),
        }
    }

    pub(super) async fn put_connection(
        &self,
        id: Uuid,
        expected: u64,
        connection: &Connection,
    ) -> Result<(), NotWritten> {
        let content = serde_json::to_vec(connection).map_err(|_| NotWritten::Unavailable)?;
        let (records, due) = (&self.0.records, Some(connection.ends_at()));
        let put = records.put_until(&name(id), expected, &content, due).await;
        // What is known of it is older: its end, for one.
        self.0.known.invalidate(&id);
        put.map(drop)
    }
}

pub(super) fn name(id: Uuid) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hex(id.as_bytes()),
    }
}
