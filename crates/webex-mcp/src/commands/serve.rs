//! `serve`: MCP over HTTP, on a real Webex or on the sandbox.

use std::fmt::Write as _;
use std::net::SocketAddr;

use clap::{Args, ValueEnum};
use serde_json::json;
use webex_sandbox::Sandbox;

use super::acting::announce;
use super::output::write;
use super::{
    Failure, Sources, check_sandbox, log_unknown, log_unused_in_sandbox, unused_in_sandbox,
    upstream_flag,
};
use crate::config::{AuthMode, Environment, Flag, Loaded, LogFormat, listen_address};
use crate::observe::{self, Calls};
use crate::server::{self, Core, Http, Upstream, path};
use crate::tool::counted;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  webex-mcp serve --sandbox                 a simulated company; needs nothing
  webex-mcp login && webex-mcp serve        everything acts as you
  WEBEX_ACCESS_TOKEN=… webex-mcp serve      everything acts with this token
  webex-mcp serve --auth passthrough        each caller sends its own Webex token
  webex-mcp serve --upstream http://127.0.0.1:8485/v1

Endpoints: /mcp/webex-messaging, /mcp/webex-meeting, /mcp/webex-directory, /mcp/webex-compliance,
/mcp/webex-workflows, /mcp/webex-suite, /mcp/webex-compact, /mcp/webex (all tools), /healthz,
/readyz; with --sandbox on a loopback address also the live page /_sandbox/ and the REST API /v1.
SIGTERM, ctrl-c or a closed terminal drains: calls in flight finish first; a second signal ends at
once.")]
pub struct Arguments {
    /// Where to listen, as 127.0.0.1:8484, localhost:8484 or 8484 alone [default: 127.0.0.1:8484]
    #[arg(long, value_name = "ADDR", value_parser = listen_address)]
    listen: Option<SocketAddr>,
    /// Act on a simulated Webex in this process; WEBEX_ACCESS_TOKEN is ignored
    #[arg(long, conflicts_with_all = ["upstream", "auth"])]
    sandbox: bool,
    /// Webex's REST API, /v1 included [default: https://webexapis.com/v1]
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// With whose token calls act [default: static]
    #[arg(long, value_enum, value_name = "MODE")]
    auth: Option<Auth>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Auth {
    /// One token for every call: of the environment, or of `webex-mcp login`
    Static,
    /// Each caller's bearer token, forwarded to Webex
    Passthrough,
    /// Callers sign in here, at Webex, and each acts as themselves
    Broker,
    /// Callers bring tokens of your identity provider, and connect their accounts at Webex once
    Jwt,
}

impl Arguments {
    fn flags(&self) -> Vec<Flag> {
        let flag = |flag, section, key, value: String| Flag {
            flag,
            section,
            key,
            value: value.into(),
        };
        let auth = self.auth.map(|mode| match mode {
            Auth::Static => "static",
            Auth::Passthrough => "passthrough",
            Auth::Broker => "broker",
            Auth::Jwt => "jwt",
        });
        [
            self.listen
                .map(|listen| flag("--listen", "server", "listen", listen.to_string())),
            self.upstream.clone().map(upstream_flag),
            auth.map(|mode| flag("--auth", "auth", "mode", mode.to_owned())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// # Errors
/// A mistake in the configuration, or an address that it cannot listen on.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let flags = arguments.flags();
    let loaded = arguments.sources.clone().load(environment, flags)?;
    let _logging = observe::start(&loaded.config.log, Calls::Told);
    log_unknown(&loaded);
    let format = loaded.config.log.format;
    let served = serve(arguments, loaded).await;
    served.map_err(|failure| failure.in_log(format))
}

async fn serve(arguments: Arguments, loaded: Loaded) -> Result<(), Failure> {
    let upstream = if arguments.sandbox {
        check_sandbox(&loaded)?;
        Upstream::sandbox()
    } else {
        server::check(&loaded)?;
        server::check_token(&loaded)?;
        Upstream::Webex
    };
    let unused = match arguments.sandbox {
        true => unused_in_sandbox(&loaded),
        false => Vec::new(),
    };
    let format = loaded.config.log.format;
    let authentication = match (&upstream, loaded.config.auth.mode) {
        (Upstream::Sandbox(_), _) => "sandbox",
        (Upstream::Webex, AuthMode::Static) => "static",
        (Upstream::Webex, AuthMode::Passthrough) => "passthrough",
        (Upstream::Webex, AuthMode::Broker) => "broker",
        (Upstream::Webex, AuthMode::Jwt) => "jwt",
    };
    let core = Core::new(loaded, &upstream)?;
    let http = core.http().await?;
    match format {
        LogFormat::Human => {
            // A full disk under its output is no reason to serve nobody.
            if let Err(unwritten) = write(&greeting(&core, &http, &upstream)) {
                tracing::warn!("{unwritten}");
            }
        }
        LogFormat::Json => observe::tell_start(&observe::Start {
            address: Some(http.address),
            base: Some(&http.base),
            servers: core.servers.iter().map(|server| &*server.slug).collect(),
            authentication,
        }),
    }
    log_unused_in_sandbox(&unused);
    let checking = core
        .own_token()
        .map(|token| tokio::spawn(announce(token, http.token_state.clone(), format)));
    http.run().await;
    if let Some(checking) = checking {
        checking.abort();
    }
    Ok(())
}

/// What a person needs to connect a client.
fn greeting(core: &Core, http: &Http, upstream: &Upstream) -> String {
    let mut text = format!("webex-mcp {} is ready.\n\n", env!("CARGO_PKG_VERSION"));
    for server in &core.servers {
        let url = format!("{}{}", http.base, path(server));
        let (title, tools) = (&server.title, counted(server.tools.len(), "tool"));
        let _ = writeln!(text, "  {title:16} {url}  ({tools})");
    }
    if core.servers.len() > 1
        && let Some(first) = core.servers.first()
    {
        let url = format!("{}{}", http.base, path(first));
        let _ = writeln!(text, "\nConnect your client to {url}");
    }
    let Upstream::Sandbox(sandbox) = upstream else {
        return text;
    };
    let is_local = http.address.ip().is_loopback();
    text.push_str(&people(sandbox, is_local));
    if is_local {
        // With exactly this address: the page refuses every name that is not this machine's.
        let here = format!("http://{}", http.address);
        let _ = writeln!(text, "\nWatch and act in a browser:  {here}/_sandbox/");
        let _ = writeln!(text, "The same Webex over REST:    {here}/v1");
    }
    text.push_str("\nFor your client:\n\n");
    let _ = writeln!(text, "{:#}", snippet(core, http));
    text
}

fn people(sandbox: &Sandbox, is_local: bool) -> String {
    let people = sandbox.people();
    let mut text =
        String::from("\nThis is the sandbox: a simulated company, gone when this process ends.\n");
    if is_local && let Some(first) = people.first() {
        let _ = writeln!(
            text,
            "Without a token you are {}; with a bearer token you are:\n",
            first.display_name
        );
    } else {
        text.push_str("Every caller needs one of these bearer tokens:\n\n");
    }
    for person in people {
        let _ = writeln!(
            text,
            "  {:18} {:20} {:26} {}",
            person.token, person.display_name, person.email, person.title
        );
    }
    text
}

fn snippet(core: &Core, http: &Http) -> serde_json::Value {
    let slug = core
        .servers
        .first()
        .map(|server| path(server))
        .unwrap_or_default();
    json!({
        "mcpServers": {
            "webex": {
                "type": "http",
                "url": format!("{}{slug}", http.base),
                "headers": { "Authorization": "Bearer sandbox-alice" },
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_greeting_is_all_a_newcomer_needs() {
        let arguments = Arguments {
            listen: Some(([127, 0, 0, 1], 0).into()),
            sandbox: true,
            upstream: None,
            auth: None,
            sources: Sources::default(),
        };
        let flags = arguments.flags();
        let loaded = arguments
            .sources
            .load(&Environment::default(), flags)
            .unwrap();
        let upstream = Upstream::sandbox();
        let core = Core::new(loaded, &upstream).unwrap();
        let http = core.http().await.unwrap();
        let text = greeting(&core, &http, &upstream);
        let url = format!(
            "http://127.0.0.1:{}/mcp/webex-messaging",
            http.address.port()
        );
        assert!(http.address.port() != 0 && text.contains(&url), "{text}");
        assert!(
            text.contains("Without a token you are Alice Johnson"),
            "{text}"
        );
        for person in ["sandbox-alice", "sandbox-bob", "sandbox-carol"] {
            assert!(text.contains(person), "{text}");
        }
        for path in ["_sandbox/", "v1"] {
            let url = format!(" http://127.0.0.1:{}/{path}\n", http.address.port());
            assert!(text.contains(&url), "{text}");
        }
        assert!(
            text.contains(&format!("\nConnect your client to {url}\n")),
            "{text}"
        );
        let (_, json) = text.split_once("For your client:").unwrap();
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(json["mcpServers"]["webex"]["url"], url);
    }
}
