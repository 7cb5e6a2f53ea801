//! The command line: its grammar and its help, and one file for each command.

mod acting;
mod audit;
mod completions;
mod config;
mod docs;
mod doctor;
mod install;
mod keys;
mod login;
mod logout;
mod output;
mod people;
mod sandbox;
mod serve;
mod stdio;
mod token;
mod tools;
mod whoami;

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigError, Environment, Flag, Loaded, LogFormat, Origin};
use crate::error::CallError;
use crate::keys::KeyError;
use crate::server::StartError;

/// The server through which AI agents work in Cisco Webex
#[derive(Debug, Parser)]
#[command(
    name = "webex-mcp",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "\
Try it without a Webex account:
  webex-mcp serve --sandbox

With your own Webex account:
  webex-mcp login
  webex-mcp install claude-code

With a token, such as a bot's (from https://developer.webex.com):
  WEBEX_ACCESS_TOKEN=… webex-mcp serve

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.")]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP over HTTP
    Serve(serve::Arguments),
    /// Serve MCP over stdin and stdout, as desktop clients start it
    Stdio(stdio::Arguments),
    /// Serve only the simulated Webex REST API, for anyone who tests a bot
    Sandbox(sandbox::Arguments),
    /// Sign in to Webex with an integration of your own, once
    Login(login::Arguments),
    /// Delete the sign-in that is kept here
    Logout(logout::Arguments),
    /// Tell who is signed in, with which scopes, until when
    Whoami(whoami::Arguments),
    /// Make, list or revoke connection tokens of people who sign in to this server
    Token(token::Arguments),
    /// List people who signed in to this server, or delete what is kept of one
    People(people::Arguments),
    /// List the tools, as a table or as published
    Tools(tools::Arguments),
    /// Test the connection to Webex: token, identity, scopes, latency, clock
    Doctor(doctor::Arguments),
    /// Check or show the configuration
    Config(config::Arguments),
    /// Verify, list or export the journal of effects
    Audit(audit::Arguments),
    /// Show the keys of what is stored encrypted, or make a new one
    Keys(keys::Arguments),
    /// Put this server into a client's configuration
    Install(install::Arguments),
    /// Write a shell's completion script to stdout
    Completions(completions::Arguments),
    /// Write one of the generated documents to stdout
    #[command(hide = true)]
    Docs(docs::Arguments),
}

/// Why a command failed; the text goes to stderr.
#[derive(Debug)]
pub enum Failure {
    Config(ConfigError),
    Key(KeyError),
    /// Wrong usage that the grammar cannot catch.
    Usage(String),
    Other(String),
    /// The log has it already; the exit code is left.
    Logged(u8),
}

impl Failure {
    fn other(text: impl Into<String>) -> Self {
        Failure::Other(text.into())
    }

    /// 2 where the caller has to change the command line or the configuration, otherwise 1.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Config(_) | Failure::Key(_) | Failure::Usage(_) => 2,
            Failure::Other(_) => 1,
            Failure::Logged(code) => *code,
        }
    }

    /// The same for a command whose log collectors read: there it is a line like all others.
    fn in_log(self, format: LogFormat) -> Self {
        if format == LogFormat::Human || !tracing::enabled!(tracing::Level::ERROR) {
            return self;
        }
        tracing::error!("{self}");
        Failure::Logged(self.code())
    }

    /// Whether nobody was told yet.
    pub fn is_untold(&self) -> bool {
        !matches!(self, Failure::Logged(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Config(error) => error.fmt(f),
            Failure::Key(error) => error.fmt(f),
            Failure::Usage(text) | Failure::Other(text) => f.write_str(text),
            Failure::Logged(_) => f.write_str("the log says why"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Config(error)
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Failure::Key(error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Key(error) => Failure::Key(error),
            StartError::Config(error) => Failure::Config(error),
            StartError::Webex(_) | StartError::Allowance(_) => Failure::Usage(error.to_string()),
            error => Failure::Other(error.to_string()),
        }
    }
}

/// Tells what the grammar has to tell in place of a command, and gives the exit code.
///
/// # Errors
/// Help or version cannot be written.
pub fn tell(told: &clap::Error) -> Result<u8, Failure> {
    output::tell(told)?;
    Ok(told.exit_code().try_into().unwrap_or(1))
}

/// Runs the command to its end.
///
/// # Errors
/// [`Failure`], with its exit code.
pub fn run(line: CommandLine, environment: &Environment) -> Result<(), Failure> {
    match line.command {
        Command::Serve(arguments) => wait(serve::run(arguments, environment)),
        Command::Stdio(arguments) => wait(stdio::run(arguments, environment)),
        Command::Sandbox(arguments) => wait(sandbox::run(arguments)),
        Command::Login(arguments) => wait(login::run(arguments, environment)),
        Command::Logout(arguments) => wait(logout::run(arguments, environment)),
        Command::Whoami(arguments) => wait(whoami::run(arguments, environment)),
        Command::Token(arguments) => wait(token::run(arguments, environment)),
        Command::People(arguments) => wait(people::run(arguments, environment)),
        Command::Tools(arguments) => tools::run(arguments, environment),
        Command::Doctor(arguments) => wait(doctor::run(arguments, environment)),
        Command::Config(arguments) => config::run(arguments, environment),
        Command::Audit(arguments) => audit::run(arguments, environment),
        Command::Keys(arguments) => wait(keys::run(arguments, environment)),
        Command::Install(arguments) => wait(install::run(arguments, environment)),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Docs(arguments) => docs::run(&arguments),
    }
}

/// Uses as many threads as there are cores.
fn wait(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime =
        runtime.map_err(|error| Failure::other(format!("The runtime did not start: {error}.")))?;
    let done = runtime.block_on(command);
    // For example, a blocked read of stdin must not delay the end.
    runtime.shutdown_background();
    done
}

/// Where the configuration is read from; the same for every command that needs one.
#[derive(Debug, Clone, Default, Args)]
struct Sources {
    /// A TOML file of settings; docs/config.md lists them all
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the secret key and downloaded files live [default: $XDG_DATA_HOME/webex-mcp]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Sources {
    /// All settings, with the command's own flags on top.
    fn load(self, environment: &Environment, mut flags: Vec<Flag>) -> Result<Loaded, ConfigError> {
        if let Some(directory) = self.data_dir {
            flags.push(Flag {
                flag: "--data-dir",
                section: "data",
                key: "dir",
                value: directory.display().to_string().into(),
            });
        }
        Loaded::read(self.config.as_deref(), environment, flags)
    }

    /// Like [`Sources::load`], for commands without a log: warnings go to stderr at once.
    fn load_aloud(
        self,
        environment: &Environment,
        flags: Vec<Flag>,
    ) -> Result<Loaded, ConfigError> {
        let loaded = self.load(environment, flags)?;
        for unknown in &loaded.layers.unknown {
            output::warn(format_args!("{unknown}"));
        }
        if let Some(wrong) = loaded.layers.wrong_proxy {
            output::warn(format_args!("{wrong}"));
        }
        Ok(loaded)
    }
}

/// `--upstream`, the same for every command that talks to Webex.
fn upstream_flag(url: String) -> Flag {
    Flag {
        flag: "--upstream",
        section: "webex",
        key: "base_url",
        value: url.into(),
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Failure::Other(acting::sentences(&error))
    }
}

/// Logs the variables with our prefix that are not settings.
fn log_unknown(loaded: &Loaded) {
    for unknown in &loaded.layers.unknown {
        tracing::warn!("{unknown}");
    }
    if let Some(wrong) = loaded.layers.wrong_proxy {
        tracing::warn!("{wrong}");
    }
}

/// Settings that say where real data is and how it is reached: the sandbox needs none of them.
const UNUSED_IN_SANDBOX: [&str; 3] = ["data.dir", "webex.base_url", "auth.mode"];

/// What was set and is not used with `--sandbox`, each with where it was set.
fn unused_in_sandbox(loaded: &Loaded) -> Vec<(String, Origin)> {
    let settings = UNUSED_IN_SANDBOX.map(|name| (name.to_owned(), loaded.layers.origin(name)));
    let token = loaded.secrets.access_token.as_ref();
    let token = token.map(|(_, origin)| ("webex.access_token".to_owned(), origin.clone()));
    let all = settings.into_iter().chain(token);
    all.filter(|(_, origin)| *origin != Origin::Default)
        .collect()
}

/// A flag is meant for this start, and is refused; the environment and a file may be there for
/// others, and are told in the log.
///
/// # Errors
/// A flag that `--sandbox` would ignore.
fn check_sandbox(loaded: &Loaded) -> Result<(), Failure> {
    let unused = unused_in_sandbox(loaded);
    let flag = unused.iter().find_map(|(_, origin)| match origin {
        Origin::Flag(flag) => Some(flag),
        _ => None,
    });
    match flag {
        Some(flag) => Err(Failure::Usage(format!(
            "{flag} is not used with --sandbox, which keeps nothing when it ends: leave out one of the two."
        ))),
        None => Ok(()),
    }
}

/// After the start was told, which programs look for in the first line.
fn log_unused_in_sandbox(unused: &[(String, Origin)]) {
    for (name, origin) in unused {
        tracing::warn!("{origin}: `{name}` is not used with --sandbox");
    }
}

#[cfg(test)]
mod tests;
