//! `completions`: a script that lets a shell complete this command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::CommandLine;

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

pub fn run(arguments: &Arguments) {
    let mut command = CommandLine::command();
    clap_complete::generate(
        arguments.shell,
        &mut command,
        "webex-mcp",
        &mut std::io::stdout(),
    );
}
