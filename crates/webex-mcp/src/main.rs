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
    let done = match CommandLine::try_parse() {
        Ok(line) => commands::run(line, &Environment::of_process()).map(|()| 0),
        Err(told) => commands::tell(&told),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            if failure.is_untold() {
                // If stderr is closed, the exit code still reports the failure.
                let _ = writeln!(std::io::stderr(), "webex-mcp: {failure}");
            }
            ExitCode::from(failure.code())
        }
    }
}
