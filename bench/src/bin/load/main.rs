//! The driver: callers of an MCP endpoint or of a REST API, on one thread, who check every answer.
//!
//! Each command prints one JSON object; `bench/run` puts them together.

mod calls;
mod connection;
mod hold;
mod protocol;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::calls::Waiting;
use crate::protocol::Request;

#[derive(Debug, Parser)]
#[command(about = "Drives a server and measures it")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Who is measured.
#[derive(Debug, Args)]
struct Target {
    /// The server's address.
    #[arg(long)]
    address: SocketAddr,
    /// The server's process id: its time and memory are read from /proc.
    #[arg(long)]
    pid: u32,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Calls one tool as often as the connections allow.
    Calls {
        #[command(flatten)]
        target: Target,
        #[arg(long, value_enum)]
        tool_call: ToolCall,
        /// The bearer token; none is sent without one.
        #[arg(long)]
        token: Option<String>,
        #[arg(long)]
        connections: usize,
        #[arg(long)]
        seconds: f64,
    },
    /// Reads one path of a REST API as often as the connections allow.
    Reads {
        #[command(flatten)]
        target: Target,
        /// Path and query.
        #[arg(long)]
        path: String,
        /// The bearer token.
        #[arg(long)]
        token: String,
        #[arg(long)]
        connections: usize,
        #[arg(long)]
        seconds: f64,
    },
    /// Opens sessions of the 2025-11-25 revision and leaves them idle.
    Sessions {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        count: usize,
        /// How many the server may hold: the one after them has to be refused.
        #[arg(long)]
        cap: usize,
        /// How many one caller may hold.
        #[arg(long)]
        caller_cap: usize,
    },
    /// Opens `subscriptions/listen` streams and holds them.
    Listen {
        #[command(flatten)]
        target: Target,
        #[arg(long)]
        count: usize,
        #[arg(long)]
        hold_seconds: u64,
    },
}

/// The calls that figures are about.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ToolCall {
    /// One message of 2 KB by its id.
    Message,
    /// The newest 100 messages of a space by its id.
    List,
    /// The newest message of a space by the space's name.
    Named,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let report = match Arguments::parse().command {
        Command::Calls {
            target,
            tool_call,
            token,
            connections,
            seconds,
        } => {
            let seconds = Duration::from_secs_f64(seconds);
            let token = token.as_deref();
            let request = |number| Request::tool_call(target.address, tool_call, token, number);
            calls::measure(&target, request, connections, seconds, Waiting::Asleep).await?
        }
        Command::Reads {
            target,
            path,
            token,
            connections,
            seconds,
        } => {
            let seconds = Duration::from_secs_f64(seconds);
            let request = |_| Request::read(target.address, &path, &token);
            calls::measure(&target, request, connections, seconds, Waiting::Awake).await?
        }
        Command::Sessions {
            target,
            count,
            cap,
            caller_cap,
        } => hold::sessions(&target, count, cap, caller_cap).await?,
        Command::Listen {
            target,
            count,
            hold_seconds,
        } => hold::listen(&target, count, Duration::from_secs(hold_seconds)).await?,
    };
    println!("{report}");
    Ok(())
}
