//! `stdio`: MCP on stdin and stdout, for the client that started this process.

use std::io::IsTerminal as _;

use clap::Args;

use super::tools::{DEFAULT_SERVER, find};
use super::{Failure, Sources, check_sandbox, log_unknown, output};
use crate::config::{Environment, Loaded, LogFormat};
use crate::observe::{self, Calls};
use crate::server::{Core, Upstream};

#[derive(Debug, Args)]
#[command(after_help = "\
Desktop clients start this themselves; `webex-mcp install <client>` tells them to. It acts with
WEBEX_ACCESS_TOKEN, else with the sign-in of `webex-mcp login`. Without both it still starts, and
every call says what to do. Logs go to stderr.

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
/// A mistake in the configuration, or a client that does not speak MCP.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let loaded = arguments.sources.clone().load(environment, Vec::new())?;
    let _logging = observe::start(&loaded.config.log, Calls::Untold);
    log_unknown(&loaded);
    let format = loaded.config.log.format;
    let served = serve(arguments, loaded).await;
    served.map_err(|failure| failure.in_log(format))
}

async fn serve(arguments: Arguments, loaded: Loaded) -> Result<(), Failure> {
    if arguments.sandbox {
        check_sandbox(&loaded)?;
    }
    let format = loaded.config.log.format;
    let (upstream, authentication) = match arguments.sandbox {
        true => (Upstream::sandbox(), "sandbox"),
        // stdio has one caller, whatever the configuration says for HTTP.
        false => (Upstream::Webex, "static"),
    };
    if let Some(hint) = hint(std::io::stdin().is_terminal()) {
        output::warn(format_args!("{hint}"));
    }
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

/// A hint for a person at a terminal, who would otherwise see nothing happen.
fn hint(at_terminal: bool) -> Option<&'static str> {
    at_terminal.then_some(
        "This speaks MCP on stdin and stdout, for a client that starts it: `webex-mcp install <client>` \
         sets one up. To serve over HTTP, run `webex-mcp serve`. Ctrl-d ends it.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_what_it_is_and_a_client_is_told_nothing() {
        let told = hint(true).unwrap();
        assert!(told.contains("install") && !told.contains('\n'), "{told}");
        assert_eq!(hint(false), None);
    }
}
