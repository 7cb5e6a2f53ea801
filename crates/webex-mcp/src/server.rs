//! The composition root: configuration becomes parts, parts become doors; start, drain, stop.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use webex::{AccessToken, Settings, Transport, Webex, WebexError};
use webex_sandbox::Sandbox;

use crate::auth::{Authentication, BudgetBounds, Passthrough, PrincipalKey, SandboxPeople, Static};
use crate::call::Dispatcher;
use crate::call::admit::Gate;
use crate::config::{AuthMode, Config, Loaded};
use crate::edge::http::{self, BadAllowance, Bounds, Layers, Mount, Proxies, Router};
pub use crate::edge::mcp::definition;
use crate::edge::mcp::{
    self, Broken, Endpoint, Handler, Shared, SharedBounds, Visibility, serve_stdio,
};
use crate::identity::{Caller, Credential};
use crate::keys::{self, KeyError, Source};
use crate::seal::{CryptographyFailed, Sealer};
use crate::servers::{self, VirtualServer};
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
    pub servers: Vec<Arc<VirtualServer>>,
    sealer: Arc<Sealer>,
    webex: Webex,
    /// How callers are known who bring a token of their own.
    passthrough: Arc<Passthrough>,
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
            config, secrets, ..
        } = loaded;
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
                let alone = Static::new(token.map(Credential::Token), false).caller();
                (Webex::new(&config.webex.base_url)?, alone)
            }
            Upstream::Sandbox(sandbox) => {
                let transport = Transport::in_process(sandbox.router());
                let base_url = format!("{SANDBOX_ORIGIN}/v1");
                let token = AccessToken::new(SANDBOX_CALLER)?;
                let alone = SandboxPeople::person(token);
                (
                    Webex::with_transport(&base_url, transport, Settings::default())?,
                    alone,
                )
            }
        };
        let principals = PrincipalKey::derived(&key);
        let passthrough = Passthrough::new(webex.clone(), principals, BudgetBounds::default());
        let servers = servers::all().map_err(StartError::Catalogue)?;
        Ok(Core {
            servers,
            sealer,
            webex,
            passthrough: Arc::new(passthrough),
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
        let authentication = Arc::new(self.authentication(address));
        let bounds = match &*authentication {
            Authentication::Static(_) => SharedBounds::for_one_principal(),
            Authentication::Passthrough(_) | Authentication::Sandbox(_) => SharedBounds::default(),
        };
        let shared = Shared::new(bounds, drain.clone());
        let mounts = self
            .servers
            .iter()
            .map(|server| mount(server, &authentication, &dispatcher, &shared));
        let proxies = Proxies::new(&self.config.server.trusted_proxies);
        let layers = Layers::new(
            &self.hosts(address),
            &self.config.server.allowed_origins,
            proxies.clone(),
        )?;
        let router = http::router(mounts.collect(), layers, http::files(links), drain.clone());
        Ok(Http {
            listener,
            router,
            proxies,
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
        let handler = Handler::new(dispatcher, server.clone(), Visibility::Same, alone);
        let drain = CancellationToken::new();
        let serving = serve_stdio(Arc::new(handler), drain.clone());
        tokio::pin!(serving);
        tokio::select! {
            done = &mut serving => return done,
            () = told_to_end() => drain.cancel(),
        }
        serving.await
    }

    fn authentication(&self, address: SocketAddr) -> Authentication {
        let is_here = address.ip().is_loopback();
        match (self.is_sandbox, self.config.auth.mode) {
            (true, _) => {
                let local = is_here.then(|| self.alone.clone());
                Authentication::Sandbox(SandboxPeople::new(local))
            }
            (false, AuthMode::Static) => {
                Authentication::Static(Static::new(self.alone.credential.clone(), !is_here))
            }
            (false, AuthMode::Passthrough) => Authentication::Passthrough(self.passthrough.clone()),
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
    listener: TcpListener,
    router: Router,
    proxies: Proxies,
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
        serve_by(self.listener, self.router, self.proxies, self.drain).await;
    }
}

/// Serves any router in the same way: one signal drains, a second ends.
pub async fn serve_until_told(listener: TcpListener, router: Router, drain: CancellationToken) {
    serve_by(listener, router, Proxies::default(), drain).await;
}

async fn serve_by(
    listener: TcpListener,
    router: Router,
    proxies: Proxies,
    drain: CancellationToken,
) {
    let serving = http::serve(listener, router, Bounds::default(), proxies, drain.clone());
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

fn mount(
    server: &Arc<VirtualServer>,
    authentication: &Arc<Authentication>,
    dispatcher: &Arc<Dispatcher>,
    shared: &Arc<Shared>,
) -> Mount {
    let handler = Handler::new(dispatcher.clone(), server.clone(), Visibility::Same, None);
    let endpoint = Arc::new(Endpoint::new(
        server.slug,
        Arc::new(handler),
        shared.clone(),
    ));
    let answer = move |caller, request| {
        let endpoint = endpoint.clone();
        async move { endpoint.answer(caller, request).await }
    };
    Mount::new(path(server), authentication.clone(), mcp::refused, answer)
}

/// Where a virtual server is mounted.
pub fn path(server: &VirtualServer) -> String {
    format!("/mcp/{}", server.slug)
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
    use crate::auth;
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

    async fn served(http: Http) {
        let bounds = Bounds::default();
        http::serve(http.listener, http.router, bounds, http.proxies, http.drain).await;
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
        let serving = tokio::spawn(served(http));
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
        let open = core.authentication(everywhere);
        let nothing = Default::default();
        let head = auth::Head {
            headers: &nothing,
            address: Some([127, 0, 0, 1].into()),
            is_forwarded: false,
        };
        assert!(open.caller(&head).await.is_err());
    }

    #[tokio::test]
    async fn a_static_server_beyond_loopback_has_several_people_behind_one_caller() {
        let environment = Environment::of([("WEBEX_ACCESS_TOKEN", "token")]);
        let loaded = Loaded::read(None, &environment, vec![]).unwrap();
        let core = Core::new(loaded, &Upstream::Webex).unwrap();
        for (listen, is_shared) in [("127.0.0.1:1", false), ("0.0.0.0:1", true)] {
            let Authentication::Static(one) = core.authentication(listen.parse().unwrap()) else {
                panic!("the default is static");
            };
            assert_eq!(one.caller().is_shared, is_shared, "{listen}");
        }
    }

    /// A server for people's own tokens, before a Webex that listens on this machine.
    async fn passthrough(upstream: &str, secrets: &[&str]) -> String {
        let names = ["WEBEX_MCP_SECRET_KEY", "WEBEX_MCP_SECRET_PREVIOUS_KEY"];
        let [current, previous] = [0, 1].map(|at| secrets.get(at).copied().unwrap_or(""));
        let environment = Environment::of([
            ("WEBEX_MCP_SERVER_LISTEN", "127.0.0.1:0"),
            ("WEBEX_MCP_AUTH_MODE", "passthrough"),
            ("WEBEX_BASE_URL", upstream),
            (names[0], current),
            (names[1], previous),
        ]);
        let loaded = Loaded::read(None, &environment, vec![]).unwrap();
        let http = Core::new(loaded, &Upstream::Webex)
            .unwrap()
            .http()
            .await
            .unwrap();
        let base = http.base.clone();
        tokio::spawn(served(http));
        base
    }

    #[tokio::test]
    async fn a_rolled_key_keeps_principals_cursors_and_refusals() {
        let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let upstream = format!("http://{}/v1", listener.local_addr().unwrap());
        let sandbox = Sandbox::new(webex_sandbox::Options::default());
        let drain = CancellationToken::new();
        tokio::spawn(serve_until_told(listener, sandbox.router(), drain));
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let before = passthrough(&upstream, &[&old]).await;
        let after = passthrough(&upstream, &[&new, &old]).await;
        let (alice, find) = (Some("sandbox-alice"), "webex-get-space");
        let first = call(&before, alice, find, json!({"max": 1})).await;
        let cursor = &first["result"]["structuredContent"]["page"]["cursor"];
        let next = json!({"max": 1, "cursor": cursor});
        let second = call(&after, alice, find, next.clone()).await;
        let spaces = &second["result"]["structuredContent"]["spaces"];
        assert_eq!(spaces.as_array().map(Vec::len), Some(1), "{first} {second}");
        let stolen = call(&after, Some("sandbox-harold"), find, next).await;
        assert_eq!(stolen["result"]["isError"], true, "{stolen}");
        // Whom Webex does not know never comes to a tool.
        let nobody = call(&after, Some("made-up"), find, json!({})).await;
        assert_eq!(nobody["error"]["code"], -32600, "{nobody}");
    }
}
