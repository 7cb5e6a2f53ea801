//! `stdio`: MCP on stdin and stdout, for the client that started this process.

use clap::Args;

use super::tools::{DEFAULT_SERVER, find};
use super::{Failure, Sources, log_unknown};
use crate::config::{Environment, LogFormat};
use crate::observe::{self, Calls};
use crate::server::{Core, Upstream};

#[derive(Debug, Args)]
#[command(after_help = "\
Desktop clients start this themselves; `webex-mcp install <client>` tells them to. Without a token
it starts all the same, and every call says what to set. Logs go to stderr.

Examples:
  WEBEX_ACCESS_TOKEN=… webex-mcp stdio
  webex-mcp stdio --sandbox")]
pub struct Arguments {
    /// The server, by the last part of its path: webex-messaging, or webex for everything
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SERVER)]
    server: String,
    /// Act on a simulated Webex in this process, as Alice
    #[arg(long)]
    sandbox: bool,
    #[command(flatten)]
    sources: Sources,
}

/// # Errors
/// A mistake in the configuration, or a client that speaks no MCP.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let loaded = arguments.sources.load(environment, Vec::new())?;
    let _logging = observe::start(&loaded.config.log, Calls::Untold);
    log_unknown(&loaded);
    let format = loaded.config.log.format;
    let (upstream, authentication) = match arguments.sandbox {
        true => (Upstream::sandbox(), "sandbox"),
        // On stdio there is one caller, whatever the way over HTTP.
        false => (Upstream::Webex, "static"),
    };
    let core = Core::new(loaded, &upstream)?;
    let server = find(&core.servers, &arguments.server)?;
    if format == LogFormat::Json {
        observe::tell_start(&observe::Start {
            address: None,
            base: None,
            servers: vec![&server.slug],
            authentication,
        });
    }
    let served = core.stdio(server).await;
    served.map_err(|error| Failure::other(format!("{error}.")))
}
