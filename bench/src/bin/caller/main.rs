//! The client and its limit, a bare hyper request with serde, each in a process of its own: what a
//! call, a long list and a large file cost the side that asks.

mod bare;
mod calls;
mod flat;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};

/// The server is measured with this allocator, so its client is too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about = "Calls Webex and measures itself")]
struct Arguments {
    /// The base of the Webex API, with `/v1`.
    #[arg(long)]
    upstream: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes one call as often as the callers can.
    Calls {
        #[arg(long, value_enum)]
        side: Side,
        #[arg(long, value_enum)]
        call: Call,
        #[arg(long)]
        callers: usize,
        #[arg(long)]
        seconds: f64,
    },
    /// Reads a list to its end, page by page.
    Pages,
    /// Downloads a large file, and forgets it while it arrives.
    Download,
    /// Uploads a large file.
    Upload {
        #[arg(long)]
        path: PathBuf,
    },
}

/// Who is measured.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Side {
    /// hyper and serde.
    Bare,
    /// The client.
    Ours,
}

/// The calls that figures are about.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Call {
    /// Forty rooms.
    List,
    /// One room.
    Get,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { upstream, command } = Arguments::parse();
    let report = match command {
        Command::Calls {
            side,
            call,
            callers,
            seconds,
        } => {
            let seconds = Duration::from_secs_f64(seconds);
            match side {
                Side::Bare => {
                    calls::measure(&bare::Bare::new(upstream)?, call, callers, seconds).await?
                }
                Side::Ours => {
                    calls::measure(&calls::ours(&upstream)?, call, callers, seconds).await?
                }
            }
        }
        Command::Pages => flat::pages(&upstream).await?,
        Command::Download => flat::download(&upstream).await?,
        Command::Upload { path } => flat::upload(&upstream, &path).await?,
    };
    println!("{report}");
    Ok(())
}
