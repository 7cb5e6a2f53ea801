//! `completions`: a script that lets a shell complete this command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::output::write;
use super::{CommandLine, Failure};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  webex-mcp completions bash > ~/.local/share/bash-completion/completions/webex-mcp
  webex-mcp completions zsh > ~/.zfunc/_webex-mcp
  webex-mcp completions fish > ~/.config/fish/completions/webex-mcp.fish")]
pub struct Arguments {
    /// The shell that reads the script
    #[arg(value_enum)]
    shell: Shell,
}

/// # Errors
/// The script cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut command = CommandLine::command();
    // As text first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "webex-mcp", &mut script);
    write(&String::from_utf8_lossy(&script))
}
