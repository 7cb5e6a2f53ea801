//! `sandbox`: only the simulated Webex REST API, for anyone who tests a bot.

use std::fmt::Write as _;
use std::net::SocketAddr;

use clap::Args;
use tokio_util::sync::CancellationToken;
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
Faults, time and files can be steered under /_sandbox, which is there on loopback addresses only.
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
    write(&greeting(&sandbox, address, is_local));
    serve_until_told(listener, router, CancellationToken::new()).await;
    Ok(())
}

fn greeting(sandbox: &Sandbox, address: SocketAddr, is_local: bool) -> String {
    let mut text = format!("A simulated Webex is ready: http://{address}/v1\n");
    if is_local {
        let _ = writeln!(text, "Administration: http://{address}/_sandbox");
    }
    text.push('\n');
    for person in sandbox.people() {
        let _ = writeln!(
            text,
            "  {:18} {:20} {:26} {}",
            person.token, person.display_name, person.email, person.title
        );
    }
    for integration in sandbox.integrations() {
        let _ = writeln!(
            text,
            "\nAn integration to sign in with: client id {}, secret {}\n  http://{address}/v1/authorize",
            integration.client_id, integration.client_secret
        );
    }
    let _ = writeln!(
        text,
        "\nTry it:\n  curl -H 'Authorization: Bearer sandbox-alice' http://{address}/v1/rooms"
    );
    text
}
