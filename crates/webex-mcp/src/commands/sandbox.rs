//! `sandbox`: only the simulated Webex REST API, for anyone who tests a bot.

mod greeting;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio_util::sync::CancellationToken;
use webex_sandbox::{KeptWorld, Options, Population, Sandbox};

use super::Failure;
use super::output::write;
use crate::config::{Log, LogFormat, LogLevel, listen_address};
use crate::observe::{self, Calls};
use crate::server::{listen, serve_until_told};

/// Beside the server's own port, so that both can run.
const DEFAULT_LISTEN: &str = "127.0.0.1:8485";

#[derive(Debug, Args)]
#[command(after_help = "\
A page under /_sandbox/ shows live what happens; faults, time and files are steered there too.
It is there on loopback addresses only; docs/sandbox.md tells all of it.
Without --world nothing is kept: each start begins with the same company.

Example:
  webex-mcp sandbox
  curl -H 'Authorization: Bearer sandbox-alice' http://127.0.0.1:8485/v1/rooms")]
pub struct Arguments {
    /// Where to listen, as 127.0.0.1:8485, localhost:8485 or 8485 alone
    #[arg(long, value_name = "ADDR", value_parser = listen_address, default_value = DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// Keep the world in this file: loaded if it is there, written soon after each change
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// Add so many generated people, spaces and messages to a new world, such as 1000,50,20000;
    /// large stands for 100000,10000,5000000
    #[arg(long, value_name = "PEOPLE,SPACES,MESSAGES")]
    population: Option<Population>,
}

/// # Errors
/// The address cannot be listened on, or the world's file not be read or written.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let log = Log {
        level: LogLevel::Info,
        format: LogFormat::Human,
    };
    let _logging = observe::start(&log, Calls::Told);
    let listener = listen(arguments.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::other(format!("The address is not known: {error}.")))?;
    let options = Options {
        population: arguments.population,
        ..Options::default()
    };
    let kept = match arguments.world {
        Some(path) => Some(open(path, options.clone()).await?),
        None => None,
    };
    let sandbox = match &kept {
        Some(kept) => kept.sandbox().clone(),
        None => Sandbox::new(options),
    };
    let is_local = address.ip().is_loopback();
    let router = match is_local {
        true => sandbox.router().merge(sandbox.admin_router()),
        false => sandbox.router(),
    };
    write(&greeting::greeting(&sandbox, address, is_local));
    let ending = sandbox.ending().clone();
    let served = CancellationToken::new();
    let keeping = kept.map(|kept| tokio::spawn(kept.keep(served.clone().cancelled_owned())));
    serve_until_told(listener, router, ending).await;
    served.cancel();
    match keeping {
        Some(keeping) => match keeping.await {
            Ok(written) => written.map_err(|error| Failure::other(error.to_string())),
            Err(_) => Err(Failure::other("The world was not written at the end.")),
        },
        None => Ok(()),
    }
}

/// Reading a large world takes a while and blocks.
async fn open(path: PathBuf, options: Options) -> Result<KeptWorld, Failure> {
    let opening = tokio::task::spawn_blocking(move || KeptWorld::open(&path, options));
    match opening.await {
        Ok(opened) => opened.map_err(|error| Failure::Usage(format!("--world: {error}"))),
        Err(_) => Err(Failure::other("The world was not opened.")),
    }
}
