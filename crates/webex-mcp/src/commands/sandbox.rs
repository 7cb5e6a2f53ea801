//! `sandbox`: only the simulated Webex REST API, for anyone who tests a bot.

mod greeting;

use std::net::SocketAddr;

use clap::Args;
use webex_sandbox::{Options, Sandbox};

use super::Failure;
use super::output::write;
use crate::config::{Log, LogFormat, LogLevel};
use crate::observe;
use crate::server::{listen, serve_until_told};

/// Beside the server's own port, so that both can run.
const DEFAULT_LISTEN: &str = "127.0.0.1:8485";

#[derive(Debug, Args)]
#[command(after_help = "\
A page under /_sandbox/ shows live what happens; faults, time and files are steered there too.
It is there on loopback addresses only; docs/sandbox.md tells all of it.
Nothing is kept: each start begins with the same company.

Example:
  webex-mcp sandbox
  curl -H 'Authorization: Bearer sandbox-alice' http://127.0.0.1:8485/v1/rooms")]
pub struct Arguments {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_LISTEN)]
    listen: SocketAddr,
}

/// # Errors
/// The address cannot be listened on.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    observe::start(&Log {
        level: LogLevel::Info,
        format: LogFormat::Human,
    });
    let listener = listen(arguments.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::other(format!("The address is not known: {error}.")))?;
    let sandbox = Sandbox::new(Options::default());
    let is_local = address.ip().is_loopback();
    let router = match is_local {
        true => sandbox.router().merge(sandbox.admin_router()),
        false => sandbox.router(),
    };
    write(&greeting::greeting(&sandbox, address, is_local));
    let ending = sandbox.ending().clone();
    serve_until_told(listener, router, ending).await;
    Ok(())
}
