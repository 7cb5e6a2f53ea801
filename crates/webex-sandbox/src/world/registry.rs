//! The tables of OAuth, and the indices for their rows.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::rows::integration::Integration;
use crate::rows::moment;
use crate::rows::oauth::{
    Application, ApplicationKey, Authorization, AuthorizationKey, Code, Device, Kind,
};
use crate::rows::tokens::Access;
use crate::table::{Full, Gone, Table};

/// Applications registered at once; a test needs a few.
const MAX_APPLICATIONS: usize = 100;

/// Codes, and devices, that wait at once: far more than people can click in five minutes.
pub(crate) const MAX_WAITING: usize = 1_000;

/// Tokens that are valid at once.
const MAX_AUTHORIZATIONS: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) applications: Table<Application>,
    pub(crate) authorizations: Table<Authorization>,
    /// By the code itself.
    pub(crate) codes: HashMap<String, Code>,
    /// By the device code.
    pub(crate) devices: HashMap<String, Device>,
    by_client_id: HashMap<String, ApplicationKey>,
    by_token: HashMap<String, AuthorizationKey>,
}

impl Registry {
    pub(crate) fn new(namespace: Uuid) -> Self {
        Registry {
            applications: Table::new(namespace),
            authorizations: Table::new(namespace),
            codes: HashMap::new(),
            devices: HashMap::new(),
            by_client_id: HashMap::new(),
            by_token: HashMap::new(),
        }
    }

    /// Registers an integration, or changes the one that has its client id.
    pub(crate) fn register(&mut self, integration: Integration) -> Result<(), Full> {
        let key = self.by_client_id.get(&integration.client_id);
        if let Some(known) = key.and_then(|key| self.applications.get_mut(*key)) {
            known.integration = integration;
            return Ok(());
        }
        if self.applications.len() >= MAX_APPLICATIONS {
            return Err(Full);
        }
        let client_id = integration.client_id.clone();
        let make = |id| Application { id, integration };
        let key = self.applications.insert_with(make)?;
        self.by_client_id.insert(client_id, key);
        Ok(())
    }

    pub(crate) fn application_named(&self, client_id: &str) -> Option<ApplicationKey> {
        self.by_client_id.get(client_id).copied()
    }

    pub(crate) fn integration(&self, key: ApplicationKey) -> Result<&Integration, Gone> {
        Ok(&self.applications.row(key)?.integration)
    }

    /// Indexes an application from a file by its client id; `None` if that is in use or malformed.
    pub(crate) fn index_application(&mut self, key: ApplicationKey) -> Option<()> {
        let integration = &self.applications.get(key)?.integration;
        integration.check().ok()?;
        let client_id = integration.client_id.clone();
        let before = self.by_client_id.insert(client_id, key);
        before.is_none().then_some(())
    }

    /// Makes a token from a file valid.
    pub(crate) fn index_authorization(&mut self, key: AuthorizationKey) -> Option<()> {
        let authorization = self.authorizations.get(key)?;
        self.applications.get(authorization.application)?;
        let token = authorization.token.clone();
        self.by_token.insert(token, key).is_none().then_some(())
    }

    /// What an access token allows, while it is valid.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Option<Access> {
        let (_, authorization) = self.alive(token, now)?;
        (authorization.kind != Kind::Refresh).then(|| Access {
            person: authorization.person,
            scopes: authorization.scopes.clone(),
        })
    }

    /// The authorization of any kind of token, while it is valid.
    pub(crate) fn alive(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Option<(AuthorizationKey, &Authorization)> {
        let key = *self.by_token.get(token)?;
        let authorization = self.authorizations.get(key)?;
        (now < authorization.expires).then_some((key, authorization))
    }

    pub(crate) fn add(
        &mut self,
        make: impl FnOnce(String) -> Authorization,
    ) -> Result<AuthorizationKey, Full> {
        if self.authorizations.len() >= MAX_AUTHORIZATIONS {
            return Err(Full);
        }
        let key = self.authorizations.insert_with(make)?;
        if let Some(authorization) = self.authorizations.get(key) {
            self.by_token.insert(authorization.token.clone(), key);
        }
        Ok(key)
    }

    /// Revokes a token; a refresh token with all access tokens made from it.
    pub(crate) fn revoke(&mut self, key: AuthorizationKey) {
        let all = self.authorizations.iter();
        let children = all.filter(|(_, row)| row.kind == Kind::Access(key));
        let mut keys: Vec<_> = children.map(|(key, _)| key).collect();
        keys.push(key);
        self.remove(keys);
    }

    fn remove(&mut self, keys: Vec<AuthorizationKey>) {
        for key in keys {
            if let Some(row) = self.authorizations.remove(key) {
                self.by_token.remove(&row.token);
            }
        }
    }

    pub(crate) fn revoke_all(&mut self, application: ApplicationKey) {
        let all = self.authorizations.iter();
        let theirs = all.filter(|(_, row)| row.application == application);
        let keys: Vec<_> = theirs.map(|(key, _)| key).collect();
        for key in keys {
            self.revoke(key);
        }
    }

    /// Drops what has expired; called before anything is added, so that the limits count only valid
    /// entries.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        self.codes.retain(|_, code| now < code.expires);
        self.devices.retain(|_, device| now < device.expires);
        let all = self.authorizations.iter();
        let expired = all.filter(|(_, row)| row.expires <= now);
        self.remove(expired.map(|(key, _)| key).collect());
    }
}

pub(crate) fn later(now: Timestamp, secs: i64) -> Timestamp {
    moment::later(now, SignedDuration::from_secs(secs))
}
