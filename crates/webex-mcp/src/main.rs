//! The `webex-mcp` command: parses the arguments, runs, and reports an error in one sentence.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use webex_mcp::commands::{self, CommandLine};
use webex_mcp::config::Environment;

/// Takes half as long as the system allocator for small, short-lived allocations, which JSON needs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    match commands::run(line, &Environment::of_process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if failure.is_untold() {
                // If stderr is closed, the exit code still reports the failure.
                let _ = writeln!(std::io::stderr(), "webex-mcp: {failure}");
            }
            ExitCode::from(failure.code())
        }
    }
}
