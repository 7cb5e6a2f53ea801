//! How callers are known, for each virtual server, and what signing in needs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use webex::Webex;

use super::clients::apps;
use super::{Core, StartError};
use crate::auth::{Authentication, Brokered, Jwt, SandboxPeople, Static};
use crate::broker::{Broker, Known, Settings};
use crate::config::settings::nearest_of;
use crate::config::{AuthMode, Config, ConfigError, JwtRule, Layers, Origin};
use crate::edge::http::SERVERS_PATH;
use crate::edge::mcp::SharedBounds;
use crate::edge::oauth::{self, SignedInFor};
use crate::grants::Vault;
use crate::idp::{self, EVERY_SERVER, Idp};
use crate::journal::Journal;
use crate::limits;
use crate::outbound::{Outbound, Rules};
use crate::seal::Sealer;
use crate::servers::{AuthenticationChoice, Definition, Registry, VirtualServer};

/// The servers that people sign in for, as they are served now.
pub(super) struct SignIns(pub Arc<Registry>, pub Ways);

impl SignIns {
    fn is_one(&self, server: &VirtualServer) -> bool {
        self.1.of(server.authentication).broker().is_some()
    }
}

impl SignedInFor for SignIns {
    fn find(&self, slug: &str) -> Option<Arc<VirtualServer>> {
        self.0.get(slug).filter(|server| self.is_one(server))
    }

    fn all(&self) -> Vec<Arc<VirtualServer>> {
        let mut servers = self.0.all();
        servers.retain(|server| self.is_one(server));
        servers
    }

    fn of_provider(&self) -> Vec<Arc<VirtualServer>> {
        let mut servers = self.0.all();
        servers.retain(|server| self.1.of(server.authentication).idp().is_some());
        servers
    }
}

/// The kinds of authentication that a server may choose.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    inherit: Arc<Authentication>,
    fixed: Arc<Authentication>,
    passthrough: Arc<Authentication>,
    broker: Arc<Authentication>,
    jwt: Arc<Authentication>,
}

impl Ways {
    pub fn new(core: &Core, address: SocketAddr) -> Self {
        let of = |mode| Arc::new(core.authentication(address, mode));
        let (fixed, passthrough) = (of(AuthMode::Static), of(AuthMode::Passthrough));
        let (broker, jwt) = (of(AuthMode::Broker), of(AuthMode::Jwt));
        Ways {
            inherit: match core.config.auth.mode {
                AuthMode::Static => fixed.clone(),
                AuthMode::Passthrough => passthrough.clone(),
                AuthMode::Broker => broker.clone(),
                AuthMode::Jwt => jwt.clone(),
            },
            fixed,
            passthrough,
            broker,
            jwt,
        }
    }

    pub fn of(&self, choice: AuthenticationChoice) -> Arc<Authentication> {
        match choice {
            AuthenticationChoice::Inherit => self.inherit.clone(),
            AuthenticationChoice::Static => self.fixed.clone(),
            AuthenticationChoice::Passthrough => self.passthrough.clone(),
            AuthenticationChoice::Broker => self.broker.clone(),
            AuthenticationChoice::Jwt => self.jwt.clone(),
        }
    }

    /// Limits for each principal are not needed where all servers have the same single caller.
    pub fn bounds(&self, servers: &[Arc<VirtualServer>]) -> SharedBounds {
        let mut ways = servers.iter().map(|server| self.of(server.authentication));
        match ways.all(|way| matches!(*way, Authentication::Static(_))) {
            true => SharedBounds::for_one_principal(),
            false => SharedBounds::default(),
        }
    }
}

impl Core {
    /// What knows the callers of servers with this kind of authentication.
    pub(super) fn authentication(&self, address: SocketAddr, mode: AuthMode) -> Authentication {
        let is_here = address.ip().is_loopback();
        match (self.sandbox.is_some(), mode) {
            (true, _) => {
                let local = is_here.then(|| self.alone.clone());
                Authentication::Sandbox(SandboxPeople::new(local))
            }
            (false, AuthMode::Static) => {
                Authentication::Static(Static::new(self.alone.credential.clone(), !is_here))
            }
            (false, AuthMode::Passthrough) => Authentication::Passthrough(self.passthrough.clone()),
            (false, AuthMode::Broker) => match &self.broker {
                Some(broker) => Authentication::Broker(Brokered::new(broker.clone())),
                // `serve` has checked that this does not happen.
                None => Authentication::Nobody,
            },
            (false, AuthMode::Jwt) => match &self.idp {
                Some(idp) => Authentication::Jwt(Jwt::new(idp.clone())),
                None => Authentication::Nobody,
            },
        }
    }
}

/// Where people sign in, if any server wants that.
pub(super) fn broker(
    config: &Config,
    (secret, clients): (SecretString, BTreeMap<String, Known>),
    webex: &Webex,
    journal: &Journal,
    sealer: &Arc<Sealer>,
) -> Result<Option<Broker>, StartError> {
    if !config.has_broker() {
        return Ok(None);
    }
    let integration = config.broker.client_id.clone().unwrap_or_default();
    let integration = webex.integration(integration, secret)?;
    let apps = apps(&clients);
    let vault = Vault::with_apps(journal.records().clone(), integration, apps);
    let rules = Rules {
        proxy: config.outbound.proxy(),
        may_be_private: false,
        private_hosts: Vec::new(),
    };
    let outbound = Outbound::new(rules)?;
    let (settings, webex) = (settings(config, clients), webex.clone());
    let journal = journal.clone();
    let broker = Broker::new(settings, vault, webex, sealer.clone(), outbound, journal);
    Ok(Some(broker))
}

/// The identity provider, if any server wants its tokens.
pub(super) fn idp(
    config: &Config,
    secret: Option<(SecretString, Origin)>,
    broker: Option<&Broker>,
    sealer: &Arc<Sealer>,
) -> Result<Option<Idp>, StartError> {
    let jwt = &config.jwt;
    let issuer = jwt.issuer.clone().filter(|_| config.has_idp());
    let (Some(issuer), Some(broker)) = (issuer, broker) else {
        return Ok(None);
    };
    let rules = Rules {
        proxy: config.outbound.proxy(),
        may_be_private: false,
        private_hosts: jwt.private_hosts(),
    };
    let outbound = Outbound::new(rules)?;
    let (client, secret) = (jwt.client_id.clone(), secret.map(|(secret, _)| secret));
    let settings = idp::Settings {
        issuer,
        jwks_url: jwt.jwks_url.clone(),
        servers_at: format!("{}{SERVERS_PATH}", broker.settings().base),
        audience: jwt.audience.clone(),
        types: jwt.types.clone(),
        clock_skew: Duration::from_secs(jwt.clock_skew_seconds),
        subject: jwt.subject.clone(),
        scopes: jwt.scopes.clone(),
        rules: jwt.rules.iter().map(rule).collect(),
        client: client.map(|id| idp::Client { id, secret }),
    };
    Ok(Some(Idp::new(
        settings,
        outbound,
        broker.clone(),
        sealer.clone(),
    )))
}

fn rule(rule: &JwtRule) -> idp::Rule {
    idp::Rule {
        claim: rule.claim.clone().zip(rule.value.clone()),
        servers: rule.servers.clone(),
        tenant: rule.tenant.clone(),
    }
}

/// The rules of the identity provider name servers that there are: a slip of the pen would keep people
/// out, or let them into a server that is made later.
pub(super) fn check_rules(
    config: &Config,
    layers: &Layers,
    definitions: &[Definition],
) -> Result<(), ConfigError> {
    let named = config.jwt.rules.iter().flat_map(|rule| &rule.servers);
    let slugs = definitions.iter().map(|definition| &*definition.slug);
    let is_known =
        |name: &&String| *name == EVERY_SERVER || slugs.clone().any(|slug| slug == **name);
    match named.clone().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let meant = nearest_of(name, slugs.clone(), "name it by its slug");
            let reason = format!("there is no server `{name}`; {meant}");
            Err(layers.refuse("jwt.rules", reason))
        }
    }
}

fn settings(config: &Config, clients: BTreeMap<String, Known>) -> Settings {
    let base = config
        .server
        .public_url
        .as_ref()
        .map_or("", |url| url.as_str());
    Settings {
        base: base.trim_end_matches('/').to_owned(),
        registered_scopes: config.broker.registered_scopes.clone(),
        organizations: config.broker.organizations.clone(),
        clients,
    }
}

/// Tells the operator of servers that nobody can sign in for.
pub(super) fn warn_of_closed(broker: &Broker, servers: &SignIns) {
    let registered = &broker.settings().registered_scopes;
    for server in servers.all() {
        if oauth::is_closed(&server, registered) {
            let server = &*server.slug;
            tracing::warn!(
                server,
                "nobody can sign in for this server: none of the scopes that its tools need is in broker.registered_scopes; `webex-mcp tools --scopes` lists them"
            );
        }
    }
}

/// What the clients of the operator were given under other terms ends.
pub(super) async fn note_tables(broker: &Broker) {
    if broker.note_tables().await.is_err() {
        tracing::warn!(
            "the tables of clients could not be noted: what was given under an old one counts again where that is put back"
        );
    }
}

/// Deletes what has expired of sign-ins, now and then.
pub(super) async fn sweep(broker: Option<&Broker>, drain: &CancellationToken) {
    let Some(broker) = broker else { return };
    let every = Duration::from_secs(limits::BROKER_SWEPT_SECONDS);
    while tokio::time::timeout(every, drain.cancelled())
        .await
        .is_err()
    {
        broker.sweep().await;
    }
}
