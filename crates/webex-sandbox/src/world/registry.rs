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
    by_token: HashMap<String, AuthorizationKey>,
}

impl Registry {
    pub(crate) fn new(namespace: Uuid) -> Self {
        Registry {
            applications: Table::new(namespace),
            authorizations: Table::new(namespace),
            codes: HashMap::new(),
            devices: HashMap::new(),
            by_token: HashMap::new(),
        }
    }

    /// Registers an integration, or changes the one that has its client id.
    pub(crate) fn register(&mut self, integration: Integration) -> Result<(), Full> {
        let key = self.application_named(&integration.client_id);
        if let Some(known) = key.and_then(|key| self.applications.get_mut(key)) {
            known.integration = integration;
            return Ok(());
        }
        if self.applications.len() >= MAX_APPLICATIONS {
            return Err(Full);
        }
        let make = |id| Application { id, integration };
        self.applications.insert_with(make).map(drop)
    }

    pub(crate) fn application_named(&self, client_id: &str) -> Option<ApplicationKey> {
        let mut all = self.applications.iter();
        let found = all.find(|(_, application)| application.integration.client_id == client_id);
        found.map(|(key, _)| key)
    }

    pub(crate) fn integration(&self, key: ApplicationKey) -> Result<&Integration, Gone> {
        Ok(&self.applications.row(key)?.integration)
    }

    /// Checks an application from a file; `None` if it is malformed or one too many, or its client
    /// id is in use.
    pub(crate) fn check_application(&self, key: ApplicationKey) -> Option<()> {
        let integration = &self.applications.get(key)?.integration;
        integration.check().ok()?;
        let is_first = self.application_named(&integration.client_id) == Some(key);
        (is_first && self.applications.len() <= MAX_APPLICATIONS).then_some(())
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
        self.remove(|known, row| known == key || row.kind == Kind::Access(key));
    }

    pub(crate) fn revoke_all(&mut self, application: ApplicationKey) {
        self.remove(|_, row| row.application == application);
    }

    fn remove(&mut self, is_meant: impl Fn(AuthorizationKey, &Authorization) -> bool) {
        let all = self.authorizations.iter();
        let meant = all.filter(|(key, row)| is_meant(*key, row));
        for key in meant.map(|(key, _)| key).collect::<Vec<_>>() {
            if let Some(row) = self.authorizations.remove(key) {
                self.by_token.remove(&row.token);
            }
        }
    }

    /// Drops what has expired; called before anything is added, so that the limits count only valid
    /// entries.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        self.codes.retain(|_, code| now < code.expires);
        self.devices.retain(|_, device| now < device.expires);
        self.remove(|_, row| row.expires <= now);
    }
}

pub(crate) fn later(now: Timestamp, secs: i64) -> Timestamp {
    moment::later(now, SignedDuration::from_secs(secs))
}
