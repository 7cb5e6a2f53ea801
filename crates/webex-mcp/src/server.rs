//! The composition root: configuration becomes parts, parts become doors; start, drain, stop.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use webex::{AccessToken, Settings, Transport, Webex, WebexError};
use webex_sandbox::Sandbox;

use crate::call::Dispatcher;
use crate::call::admit::Gate;
use crate::config::{AuthMode, Config, ConfigError, Loaded};
use crate::edge::http::{self, Authentication, BadAllowance, Layers, Mount, Router};
pub use crate::edge::mcp::definition;
use crate::edge::mcp::{Broken, Handler, Served, Shared, SharedBounds, serve_stdio};
use crate::identity::{Caller, Credential, Principal};
use crate::keys::{self, KeyError, Source};
use crate::seal::{CryptographyFailed, Sealer};
use crate::servers::registry::Unservable;
use crate::servers::{
    AuthenticationChoice, Catalogue, Definition, Otherwise, Registry, VirtualServer, tables,
};
use crate::stores::downloads::Downloads;
use crate::stores::links::Links;
use crate::tool::{FileShelf, Rules};

/// The sandbox's address inside this process: its file URLs begin with it, nothing listens there.
const SANDBOX_ORIGIN: &str = "https://webex-sandbox.invalid";
/// Whom the sandbox takes a caller for who says nothing.
const SANDBOX_CALLER: &str = "sandbox-alice";

/// Which Webex stands behind the tools.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// The one that the configuration names.
    Webex,
    /// A simulated one in this process; the configured token is ignored.
    Sandbox(Sandbox),
}

impl Upstream {
    /// A fresh sandbox with the demo company.
    pub fn sandbox() -> Self {
        Upstream::Sandbox(Sandbox::new(webex_sandbox::Options {
            base_url: Some(SANDBOX_ORIGIN.to_owned()),
            ..Default::default()
        }))
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
    #[error("{0}.")]
    Servers(#[from] Unservable),
    #[error("the catalogue is broken: {0}.")]
    Catalogue(String),
    #[error("{address} cannot be listened on: {reason}. Choose another with --listen.")]
    Listen {
        address: SocketAddr,
        reason: std::io::Error,
    },
}

/// What every door needs.
#[derive(Debug)]
pub struct Core {
    /// As stdio serves them, on one's own machine.
    pub servers: Vec<Arc<VirtualServer>>,
    catalogue: Catalogue,
    definitions: Vec<Definition>,
    sealer: Arc<Sealer>,
    webex: Webex,
    config: Config,
    /// Who calls where callers bring no token.
    alone: Caller,
    is_sandbox: bool,
}

impl Core {
    /// Makes the parts; nothing is sent anywhere yet.
    ///
    /// # Errors
    /// [`StartError`], with what to do.
    pub fn new(loaded: Loaded, upstream: &Upstream) -> Result<Self, StartError> {
        let Loaded {
            config,
            secrets,
            layers,
        } = loaded;
        let catalogue = Catalogue::whole();
        let definitions = tables::definitions(&config, &layers, &catalogue)?;
        let is_sandbox = matches!(upstream, Upstream::Sandbox(_));
        let (key, source) = match secrets.key {
            Some((key, _)) => (key, Source::Kept),
            // What the sandbox seals is worthless with its process: nothing is written.
            None if is_sandbox => keys::obtain(None)?,
            None => keys::obtain(config.data.dir.as_deref())?,
        };
        if source == Source::Ephemeral && !is_sandbox {
            tracing::warn!(
                "no secret key is set and none could be kept in the data directory: cursors and confirmations end \
                 with this process; set WEBEX_MCP_SECRET_KEY or --data-dir"
            );
        }
        let previous = secrets.previous_key.as_ref().map(|(key, _)| key);
        let sealer = Arc::new(Sealer::new(&key, previous)?);
        let (webex, alone) = match upstream {
            Upstream::Webex => {
                let token = secrets.access_token.map(|(token, _)| token);
                let credential = token.map(Credential::Token);
                let alone = Caller::new(Principal::new("static"), credential);
                (Webex::new(&config.webex.base_url)?, alone)
            }
            Upstream::Sandbox(sandbox) => {
                let transport = Transport::in_process(sandbox.router());
                let base_url = format!("{SANDBOX_ORIGIN}/v1");
                let token = AccessToken::new(SANDBOX_CALLER)?;
                let principal = sealer.principal_of(&token);
                let alone = Caller::new(principal, Some(Credential::Token(token)));
                (
                    Webex::with_transport(&base_url, transport, Settings::default())?,
                    alone,
                )
            }
        };
        Ok(Core {
            servers: serve_all(&catalogue, &definitions, Otherwise::Token)?,
            catalogue,
            definitions,
            sealer,
            webex,
            config,
            alone,
            is_sandbox,
        })
    }

    fn dispatcher(&self, local: bool, shelf: Arc<dyn FileShelf>) -> Arc<Dispatcher> {
        let rules = Rules {
            private_webhook_targets: self.is_sandbox || self.config.webhooks.allow_private_targets,
            upload_directories: self.config.files.upload_dirs.clone(),
            local,
        };
        let gate = Gate::new(self.config.limits.calls_per_minute);
        Arc::new(Dispatcher::new(
            self.webex.clone(),
            self.sealer.clone(),
            gate,
            rules,
            shelf,
        ))
    }

    /// Opens the HTTP door; it serves when [`Http::run`] is awaited. Must be called inside a Tokio
    /// runtime.
    ///
    /// # Errors
    /// The address is taken or not this machine's.
    pub async fn http(&self) -> Result<Http, StartError> {
        let wanted = self.config.server.listen;
        let listener = listen(wanted).await?;
        let address = listener.local_addr().map_err(|reason| StartError::Listen {
            address: wanted,
            reason,
        })?;
        let base = self.public_base(address);
        let links = Links::new(&base);
        let dispatcher = self.dispatcher(false, Arc::new(links.clone()));
        let drain = CancellationToken::new();
        let shared = Shared::new(SharedBounds::default(), drain.clone());
        let otherwise = Otherwise::by_default(address.ip());
        let servers = Registry::new(serve_all(&self.catalogue, &self.definitions, otherwise)?)?;
        let served = Served::new(servers.clone(), dispatcher, shared);
        let doors = vec![mount(served, self.guards(address)?)];
        let layers = self.layers(address, self.config.auth.mode)?;
        let router = http::router(doors, layers, http::files(links), drain.clone());
        Ok(Http {
            servers,
            listener,
            router,
            drain,
            address,
            base,
        })
    }

    /// Serves one virtual server on stdin and stdout until the client leaves or a signal comes.
    ///
    /// # Errors
    /// What came in was no MCP.
    pub async fn stdio(&self, server: &Arc<VirtualServer>) -> Result<(), Broken> {
        let shelf = Downloads::new(self.config.data.dir.as_deref());
        let dispatcher = self.dispatcher(true, Arc::new(shelf));
        let alone = Some(self.alone.clone());
        let handler = Handler::new(dispatcher, server.clone(), alone);
        let drain = CancellationToken::new();
        let serving = serve_stdio(Arc::new(handler), drain.clone());
        tokio::pin!(serving);
        tokio::select! {
            done = &mut serving => return done,
            () = told_to_end() => drain.cancel(),
        }
        serving.await
    }

    /// What guards a server that chose this way of knowing its callers.
    fn guards(&self, address: SocketAddr) -> Result<Guards, BadAllowance> {
        let fixed = Arc::new(self.layers(address, AuthMode::Static)?);
        let passthrough = Arc::new(self.layers(address, AuthMode::Passthrough)?);
        Ok(Guards {
            inherit: match self.config.auth.mode {
                AuthMode::Static => fixed.clone(),
                AuthMode::Passthrough => passthrough.clone(),
            },
            fixed,
            passthrough,
        })
    }

    fn layers(&self, address: SocketAddr, mode: AuthMode) -> Result<Layers, BadAllowance> {
        let origins = &self.config.server.allowed_origins;
        let authentication = self.authentication(address, mode);
        Layers::new(&self.hosts(address), origins, authentication)
    }

    fn authentication(&self, address: SocketAddr, mode: AuthMode) -> Authentication {
        let sealer = self.sealer.clone();
        match (self.is_sandbox, mode) {
            (true, _) => Authentication::Sandbox {
                sealer,
                local: address.ip().is_loopback().then(|| self.alone.clone()),
            },
            (false, AuthMode::Static) => Authentication::Static(self.alone.clone()),
            (false, AuthMode::Passthrough) => Authentication::Passthrough(sealer),
        }
    }

    /// The names under which requests may come in, besides loopback.
    fn hosts(&self, address: SocketAddr) -> Vec<String> {
        let mut hosts = self.config.server.allowed_hosts.clone();
        let public = self.config.server.public_url.as_ref();
        hosts.extend(public.and_then(|url| url.host_str()).map(str::to_owned));
        if !address.ip().is_unspecified() {
            hosts.push(address.to_string());
        }
        hosts
    }

    /// Where others find this server; an address that stands for all is reached on this machine.
    fn public_base(&self, address: SocketAddr) -> String {
        match &self.config.server.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None if address.ip().is_unspecified() => format!("http://127.0.0.1:{}", address.port()),
            None => format!("http://{address}"),
        }
    }
}

/// The HTTP door, open and not yet served.
#[derive(Debug)]
pub struct Http {
    /// What is served; it may change while it is.
    pub servers: Arc<Registry>,
    listener: TcpListener,
    router: Router,
    drain: CancellationToken,
    /// Where it listens; the port is the real one where 0 was wanted.
    pub address: SocketAddr,
    /// Scheme and host before every path.
    pub base: String,
}

impl Http {
    /// Serves until a signal comes, then drains: readiness off, calls in flight finish, streams are
    /// closed. A second signal ends it at once.
    pub async fn run(self) {
        serve_until_told(self.listener, self.router, self.drain).await;
    }
}

/// Serves any router in the same way: one signal drains, a second ends.
pub async fn serve_until_told(listener: TcpListener, router: Router, drain: CancellationToken) {
    let serving = http::serve(listener, router, drain.clone());
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => return,
        () = told_to_end() => {}
    }
    tracing::info!("draining: calls in flight may finish");
    drain.cancel();
    tokio::select! {
        () = serving => {}
        () = told_to_end() => tracing::warn!("told twice: ending at once"),
    }
}

/// # Errors
/// The address is taken or not this machine's.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|reason| StartError::Listen { address, reason })
}

fn serve_all(
    catalogue: &Catalogue,
    definitions: &[Definition],
    otherwise: Otherwise,
) -> Result<Vec<Arc<VirtualServer>>, StartError> {
    let served = definitions.iter();
    served
        .map(|definition| catalogue.serve(definition, otherwise))
        .collect::<Result<_, _>>()
        .map_err(StartError::Catalogue)
}

/// The layers in front of servers, by the way in which they know their callers.
struct Guards {
    inherit: Arc<Layers>,
    fixed: Arc<Layers>,
    passthrough: Arc<Layers>,
}

impl Guards {
    fn of(&self, choice: AuthenticationChoice) -> Arc<Layers> {
        match choice {
            AuthenticationChoice::Inherit => self.inherit.clone(),
            AuthenticationChoice::Static => self.fixed.clone(),
            AuthenticationChoice::Passthrough => self.passthrough.clone(),
        }
    }
}

/// The one route of all servers, which asks at each request what is served.
fn mount(served: Served, guards: Guards) -> Mount {
    let find = move |slug: &str| {
        let (registered, endpoint) = served.find(slug)?;
        Some((guards.of(registered.server.authentication), endpoint))
    };
    Mount::by_slug(SERVERS_PATH, find, |endpoint, caller, request| async move {
        endpoint.answer(caller, request).await
    })
}

/// What the path of every virtual server begins with.
const SERVERS_PATH: &str = "/mcp";

/// Where a virtual server is mounted.
pub fn path(server: &VirtualServer) -> String {
    format!("{SERVERS_PATH}/{}", server.slug)
}

/// SIGTERM or ctrl-c. Where the system gives no signals, only the process's end ends it.
async fn told_to_end() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = terminated => {}
        () = interrupted => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flag};
    use serde_json::{Value, json};

    async fn sandbox() -> (Core, Http) {
        let listen = Flag {
            flag: "--listen",
            section: "server",
            key: "listen",
            value: "127.0.0.1:0".into(),
        };
        let loaded = Loaded::read(None, &Environment::default(), vec![listen]).unwrap();
        let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
        let http = core.http().await.unwrap();
        (core, http)
    }

    async fn call(base: &str, token: Option<&str>, tool: &str, arguments: Value) -> Value {
        let version = "2026-07-28";
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": tool, "arguments": arguments, "_meta": meta}});
        let mut request = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .post(format!("{base}/mcp/webex-messaging"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", version)
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool)
            .body(body.to_string());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[tokio::test]
    async fn the_sandbox_serves_its_people_until_it_is_drained() {
        let (_core, http) = sandbox().await;
        let (base, drain) = (http.base.clone(), http.drain.clone());
        let serving = tokio::spawn(http::serve(http.listener, http.router, http.drain));
        let titles = |answer: &Value| {
            let spaces = answer["result"]["structuredContent"]["spaces"].clone();
            spaces.as_array().map_or(0, Vec::len)
        };
        let query = json!({"query": "Leadership"});
        // Without a token the caller is Alice; Harold sees what he is a member of.
        let alice = call(&base, None, "webex-search-spaces", query.clone()).await;
        let as_alice = call(
            &base,
            Some("sandbox-alice"),
            "webex-search-spaces",
            query.clone(),
        )
        .await;
        assert_eq!(
            alice["result"]["structuredContent"],
            as_alice["result"]["structuredContent"]
        );
        let harold = call(&base, Some("sandbox-harold"), "webex-search-spaces", query).await;
        assert_eq!(titles(&harold), 1, "{harold}");
        drain.cancel();
        tokio::time::timeout(std::time::Duration::from_secs(5), serving)
            .await
            .expect("nothing is in flight, so it ends at once")
            .unwrap();
    }

    #[tokio::test]
    async fn each_server_knows_callers_in_its_own_way() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s.toml");
        let file = "[server]\nlisten = \"127.0.0.1:0\"\n[auth]\nmode = \"passthrough\"\n\
                    [servers.desk]\nauthentication = \"static\"\ntools = [\"spaces\"]\n";
        std::fs::write(&path, file).unwrap();
        let environment = Environment::of([
            ("WEBEX_ACCESS_TOKEN", "tok"),
            ("WEBEX_MCP_SECRET_KEY", &"07".repeat(32)),
        ]);
        let loaded = Loaded::read(Some(&path), &environment, vec![]).unwrap();
        let core = Core::new(loaded, &Upstream::Webex).unwrap();
        let http = core.http().await.unwrap();
        let status = async |slug: &str| {
            use tower::ServiceExt as _;
            let body = json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }}});
            let request = axum::http::Request::post(format!("/mcp/{slug}"))
                .header("host", "localhost")
                .header("content-type", "application/json")
                .header("mcp-protocol-version", "2026-07-28")
                .header("mcp-method", "server/discover")
                .body(axum::body::Body::from(body.to_string()))
                .unwrap();
            http.router.clone().oneshot(request).await.unwrap().status()
        };
        assert_eq!(status("webex").await, 401, "as auth.mode says");
        assert_eq!(
            status("desk").await,
            200,
            "with the token of the configuration"
        );
        assert_eq!(status("nothing").await, 404);
        let slugs = |servers: Vec<Arc<VirtualServer>>| {
            servers
                .iter()
                .map(|server| server.slug.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            slugs(http.servers.all()),
            ["webex-messaging", "webex", "desk"]
        );
        assert_eq!(slugs(core.servers.clone()), slugs(http.servers.all()));
    }

    #[tokio::test]
    async fn beyond_loopback_no_token_stands_for_a_yes() {
        for (listen, expected) in [
            ("127.0.0.1:0", Otherwise::Token),
            ("0.0.0.0:0", Otherwise::Refuse),
        ] {
            let environment = Environment::of([("WEBEX_MCP_SERVER_LISTEN", listen)]);
            let loaded = Loaded::read(None, &environment, vec![]).unwrap();
            let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
            let http = core.http().await.unwrap();
            for server in http.servers.all() {
                assert_eq!(server.confirmation.otherwise, expected, "{listen}");
            }
            // stdio has one user, who is at this machine.
            for server in &core.servers {
                assert_eq!(server.confirmation.otherwise, Otherwise::Token);
            }
        }
    }

    #[tokio::test]
    async fn a_taken_address_is_told() {
        let (_core, http) = sandbox().await;
        let error = listen(http.address).await.unwrap_err().to_string();
        assert!(error.contains("--listen"), "{error}");
    }

    #[tokio::test]
    async fn the_public_address_stands_in_links_and_hosts() {
        let environment = Environment::of([
            ("WEBEX_MCP_SERVER_PUBLIC_URL", "https://example.com/webex/"),
            ("WEBEX_MCP_SERVER_ALLOWED_HOSTS", "other.example:8443"),
        ]);
        let loaded = Loaded::read(None, &environment, vec![]).unwrap();
        let core = Core::new(loaded, &Upstream::sandbox()).unwrap();
        let everywhere = ([0, 0, 0, 0], 8484).into();
        assert_eq!(core.public_base(everywhere), "https://example.com/webex");
        assert_eq!(
            core.hosts(everywhere),
            ["other.example:8443", "example.com"]
        );
        // Beyond loopback nobody is Alice for want of a token.
        let open = core.authentication(everywhere, AuthMode::Static);
        assert!(matches!(open, Authentication::Sandbox { local: None, .. }));
    }
}
