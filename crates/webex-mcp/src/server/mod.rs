//! The composition root: it builds the parts from the configuration, and the doors from the parts.

mod absentees;
mod check;
mod clients;
mod doors;
mod operator;
mod own_token;
mod signals;
mod ways;

use std::net::SocketAddr;
use std::sync::Arc;

use webex::{AccessToken, Settings, Transport, Webex, WebexError};
use webex_sandbox::Sandbox;

pub use self::check::{check, check_key, check_token};
pub use self::doors::{Http, listen, path, path_of, serve_until_told};
pub use self::operator::Operator;
pub use self::own_token::{Knowledge, OwnToken, TokenState, is_signed_in, login};
use crate::auth::{
    Authentication, BudgetBounds, Passthrough, PrincipalKey, SandboxPeople, Static, TokenHeader,
    Tokens,
};
use crate::broker::Broker;
use crate::call::admission::Admission;
use crate::call::{Dispatcher, Parts};
use crate::config::{AuthMode, Config, ConfigError, Loaded, Origin};
use crate::edge::http::{BadAllowance, BadCertificate, Proxies, Wire};
pub use crate::edge::http::{Callback, Returned};
pub use crate::edge::mcp::{beside_tools, definition, listed_tools};
use crate::gate::Gate;
use crate::hooks::Hooks;
use crate::identity::{Caller, Credential};
use crate::idp::Idp;
use crate::journal::{self, DurableKey, Journal};
use crate::keys::{self, KeyError, Source};
use crate::limits;
use crate::login::Login;
use crate::outbound::WrongProxy;
use crate::seal::{CryptographyFailed, Sealer, Secret};
use crate::servers::registry::Unservable;
use crate::servers::{Catalogue, Definition, Otherwise, VirtualServer, tables};
use crate::stores::artifacts::ArtifactStore;
use crate::stores::outbox::{Fetching, MadeFiles};
use crate::tool::{FileShelf, Inbox, Outbox, Rules};

/// The sandbox's address inside this process. Its file URLs begin with it; nothing listens there.
const SANDBOX_ORIGIN: &str = "https://webex-sandbox.invalid";
/// The sandbox person that a caller without a token acts as.
const SANDBOX_CALLER: &str = "sandbox-alice";

/// The Webex that the tools use.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// The Webex that the configuration names.
    Webex,
    /// A simulated one in this process; the configured token is ignored.
    Sandbox(Sandbox),
}

impl Upstream {
    /// A fresh sandbox with the demo company.
    pub fn sandbox() -> Self {
        Upstream::Sandbox(Sandbox::new(webex_sandbox::Options::default()))
    }
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{0}.")]
    Webex(#[from] WebexError),
    #[error("{0}.")]
    Cryptography(#[from] CryptographyFailed),
    #[error("{0}.")]
    Allowance(#[from] BadAllowance),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("`{}`: {why}.", why.setting())]
    Certificate {
        #[from]
        why: BadCertificate,
    },
    #[error("{0}.")]
    Servers(#[from] Unservable),
    #[error(transparent)]
    Outbound(#[from] WrongProxy),
    #[error("{0}.")]
    Journal(#[from] journal::StartError),
    #[error("cannot listen on {address}: {reason}. Choose another address with --listen.")]
    Listen {
        address: SocketAddr,
        reason: std::io::Error,
    },
}

/// The parts that every door needs.
#[derive(Debug)]
pub struct Core {
    /// With the defaults of stdio, which serves one's own machine.
    pub servers: Vec<Arc<VirtualServer>>,
    catalogue: Catalogue,
    definitions: Vec<Definition>,
    sealer: Arc<Sealer>,
    journal: Journal,
    digests: DurableKey,
    webex: Webex,
    config: Config,
    /// The caller where callers bring no token.
    alone: Caller,
    /// Where the token of this caller is configured.
    origin: Option<Origin>,
    /// The sign-in that this caller acts with, where there is no configured token.
    login: Option<Login>,
    /// Finds the callers that bring their own token.
    passthrough: Arc<Passthrough>,
    /// In which header a token may come beside `Authorization`.
    token_header: Option<TokenHeader>,
    /// Where people sign in, if they do.
    broker: Option<Broker>,
    /// Whose tokens callers bring, if they do.
    idp: Option<Idp>,
    /// The Webex in this process, if there is one.
    sandbox: Option<Sandbox>,
}

impl Core {
    /// Builds the parts; nothing is sent yet. Blocks while the data directory is opened.
    ///
    /// # Errors
    /// [`StartError`], which says what to do.
    pub fn new(loaded: Loaded, upstream: &Upstream) -> Result<Self, StartError> {
        let (config, secrets, layers) = (loaded.config, loaded.secrets, loaded.layers);
        let catalogue = Catalogue::whole();
        let definitions = tables::definitions(&config, &layers, &catalogue)?;
        ways::check_rules(&config, &layers, &definitions)?;
        let servers = serve_all(&catalogue, &definitions, Otherwise::Token);
        let is_sandbox = matches!(upstream, Upstream::Sandbox(_));
        // Sealed data of the sandbox is useless after its process ends, so no key is written.
        let directory = config.data.dir.as_deref().filter(|_| !is_sandbox);
        let kept = keys::deployment(&secrets, directory)?;
        let (key, previous) = (kept.secret, kept.previous.as_ref());
        if kept.source == Source::Ephemeral && !is_sandbox {
            warn_of_fleeting_key();
        }
        let sealer = Arc::new(Sealer::new(&key, previous)?);
        let (journal, digests) = match is_sandbox {
            true => Journal::start(None, &key, previous)?,
            false => open_journal(&config, kept.source, &key, previous)?,
        };
        let origin = secrets.origin("webex.access_token").cloned();
        let (webex, alone, login) = match upstream {
            Upstream::Webex => {
                let webex = Webex::new(&config.webex.base_url)?;
                let (credential, login) = match secrets.access_token {
                    Some((token, _)) => (Some(Credential::Token(token)), None),
                    None => {
                        let login = own_token::kept_login(&config, (&key, previous), &webex)?;
                        (login.is_some().then_some(Credential::Login), login)
                    }
                };
                (webex, Static::new(credential, false).caller(), login)
            }
            Upstream::Sandbox(sandbox) => {
                let token = AccessToken::new(SANDBOX_CALLER)?;
                (webex_in(sandbox)?, SandboxPeople::person(token), None)
            }
        };
        let (known, token_header) =
            clients::read(&config, &layers, &secrets.clients, &webex, &definitions)?;
        let broker = match secrets.broker_secret.filter(|_| !is_sandbox) {
            Some((secret, _)) => ways::broker(&config, (secret, known), &webex, &journal, &sealer)?,
            None => None,
        };
        let idp = ways::idp(&config, secrets.idp_secret, broker.as_ref(), &sealer)?;
        let principals = Secret::new(Box::new(digests.digest(b"webex-mcp principals")));
        let (key, bounds) = (PrincipalKey::new(&principals), BudgetBounds::default());
        let organizations = config.passthrough.organizations.clone();
        let passthrough = Passthrough::new(webex.clone(), key, bounds).only_of(organizations);
        Ok(Core {
            servers,
            catalogue,
            definitions,
            sealer,
            journal,
            digests,
            webex,
            config,
            alone,
            origin,
            login,
            passthrough: Arc::new(passthrough),
            token_header,
            broker,
            idp,
            sandbox: match upstream {
                Upstream::Sandbox(sandbox) => Some(sandbox.clone()),
                Upstream::Webex => None,
            },
        })
    }

    /// The token of callers that bring none, to be tried at the start.
    pub fn own_token(&self) -> Option<OwnToken> {
        let is_own = self.sandbox.is_none() && self.config.auth.mode == AuthMode::Static;
        let credential = self.alone.credential.clone().filter(|_| is_own)?;
        let own = (credential, self.origin.clone());
        Some(OwnToken::new(self.webex.clone(), self.tokens(), own))
    }

    /// What turns every credential of this server into a token.
    fn tokens(&self) -> Tokens {
        let tokens = Authentication::Passthrough(self.passthrough.clone()).tokens();
        let vault = self.broker.as_ref().map(|broker| broker.vault().clone());
        tokens.with_vault(vault).with_login(self.login.clone())
    }

    fn dispatcher(
        &self,
        local: bool,
        shelf: Arc<dyn FileShelf>,
        inbox: Option<Arc<dyn Inbox>>,
        outbox: Option<MadeFiles>,
        hooks: Hooks,
    ) -> Arc<Dispatcher> {
        let rules = Rules {
            private_webhook_targets: self.may_be_private(),
            upload_directories: self.config.files.upload_dirs.clone(),
            local,
        };
        Arc::new(Dispatcher::new(Parts {
            gate: Gate::new(self.webex.clone(), self.tokens()),
            sealer: self.sealer.clone(),
            admission: Admission::new(self.config.limits.calls_per_minute),
            journal: self.journal.clone(),
            digests: self.digests.clone(),
            rules: Arc::new(rules),
            shelf,
            inbox,
            outbox: outbox.map(|it| -> Arc<dyn Outbox> { Arc::new(it) }),
            hooks,
            broker: self.broker.clone(),
            work_answered_within: limits::WORK_ANSWERED_WITHIN,
            // Over stdio, the process ends with its client.
            makes_scheduled_calls: !local,
        }))
    }

    /// Files of the sandbox are useless after its process ends, so they go to a temporary folder.
    async fn artifacts(&self) -> Option<ArtifactStore> {
        let kept = self.config.data.dir.as_deref();
        let directory = kept.filter(|_| self.sandbox.is_none());
        match ArtifactStore::at(directory).await {
            Ok(artifacts) => Some(artifacts),
            Err(error) => {
                tracing::warn!(
                    cause = error.why(),
                    "no uploads and exports: there is no directory for files"
                );
                None
            }
        }
    }

    /// Whether webhooks may target private addresses.
    fn may_be_private(&self) -> bool {
        self.sandbox.is_some() || self.config.webhooks.allow_private_targets
    }

    /// Webhooks that come in. Webex needs a public address for them, or the operator says that it
    /// reaches private ones.
    fn hooks(&self, address: Option<SocketAddr>) -> Hooks {
        let is_reached = self.config.server.public_url.is_some() || self.may_be_private();
        let base = address
            .filter(|_| is_reached)
            .map(|at| self.public_base(at));
        let records = self.journal.records().clone();
        Hooks::new(records, base, self.config.webhooks.automatic)
    }

    /// The files that tools make. Those of the sandbox need not outlive it.
    fn made_files(&self, artifacts: ArtifactStore, fetching: Fetching) -> MadeFiles {
        let is_fleeting = artifacts.is_temporary() && self.sandbox.is_none();
        let made = MadeFiles::new(artifacts, fetching);
        match is_fleeting {
            true => made.fleeting(),
            false => made,
        }
    }

    /// What is between the sockets and their clients. Blocks while files are read.
    fn wire(&self) -> Result<Wire, BadCertificate> {
        let server = &self.config.server;
        let tls = check::tls(server)?;
        let public = server.public_url.as_ref();
        Ok(Wire {
            proxies: Proxies::new(&server.trusted_proxies),
            is_https: tls.is_some() || public.is_some_and(|url| url.scheme() == "https"),
            tls,
        })
    }

    /// The origins of pages that may call here: those of the operator, and our own.
    fn origins(&self) -> Vec<String> {
        let mut origins = self.config.server.allowed_origins.clone();
        if let (Some(url), Some(_)) = (&self.config.server.public_url, &self.broker) {
            origins.push(url.origin().ascii_serialization());
        }
        origins
    }

    /// The names that requests may use for this server, besides loopback.
    fn hosts(&self, address: SocketAddr) -> Vec<String> {
        let mut hosts = self.config.server.allowed_hosts.clone();
        let public = self.config.server.public_url.as_ref();
        hosts.extend(public.and_then(|url| url.host_str()).map(str::to_owned));
        if !address.ip().is_unspecified() {
            hosts.push(address.to_string());
        }
        hosts
    }

    /// The address at which others find this server; a wildcard address is replaced by loopback.
    fn public_base(&self, address: SocketAddr) -> String {
        let scheme = match self.config.server.tls_certificate {
            Some(_) => "https",
            None => "http",
        };
        match &self.config.server.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None if address.ip().is_unspecified() => {
                format!("{scheme}://127.0.0.1:{}", address.port())
            }
            None => format!("{scheme}://{address}"),
        }
    }
}

fn warn_of_fleeting_key() {
    tracing::warn!(
        "no secret key is set and none could be kept in the data directory: cursors and confirmations end \
         with this process; set WEBEX_MCP_SECRET_KEY or --data-dir"
    );
}

/// The Webex in this process.
fn webex_in(sandbox: &Sandbox) -> Result<Webex, WebexError> {
    let transport = Transport::in_process(sandbox.router_at(SANDBOX_ORIGIN));
    let base_url = format!("{SANDBOX_ORIGIN}/v1");
    Webex::with_transport(&base_url, transport, Settings::default())
}

/// The journal in the data directory; in memory, with a warning, where there is no directory.
fn open_journal(
    config: &Config,
    source: Source,
    key: &Secret,
    previous: Option<&Secret>,
) -> Result<(Journal, DurableKey), StartError> {
    // With a key that ends with the process, the next process could not open these records.
    let directory = config.data.dir.as_deref();
    let directory = directory.filter(|_| source == Source::Kept);
    let why = match Journal::start(directory, key, previous) {
        Ok(opened) if directory.is_some() => return Ok(opened),
        Ok(opened) if !config.journal.required => {
            tracing::warn!(
                "the journal is in memory and ends with this process: there is no data directory that can be written"
            );
            return Ok(opened);
        }
        Ok(_) => journal::StartError::NotWritable(std::io::ErrorKind::NotFound),
        Err(why) => why,
    };
    let may_do_without =
        matches!(why, journal::StartError::NotWritable(_)) && !config.journal.required;
    if !may_do_without {
        return Err(why.into());
    }
    tracing::warn!(%why, "the journal is in memory and ends with this process");
    Ok(Journal::start(None, key, previous)?)
}

fn serve_all(
    catalogue: &Catalogue,
    definitions: &[Definition],
    otherwise: Otherwise,
) -> Vec<Arc<VirtualServer>> {
    let served = definitions.iter();
    served
        .map(|definition| catalogue.serve(definition, otherwise))
        .collect()
}

#[cfg(test)]
mod tests;
