//! The `webex-mcp` command: parses the arguments, runs, and reports an error in one sentence.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use webex_mcp::commands::{self, CommandLine};
use webex_mcp::config::Environment;

/// Half the system allocator's time on small, short-lived pieces, which is what JSON is made of.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    match commands::run(line, &Environment::of_process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where stderr is closed, the exit code still tells.
            let _ = writeln!(std::io::stderr(), "webex-mcp: {failure}");
            ExitCode::from(failure.code())
        }
    }
}
