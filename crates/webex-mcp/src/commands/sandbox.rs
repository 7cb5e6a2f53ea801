//! `sandbox`: only the simulated Webex REST API, for anyone who tests a bot.

mod greeting;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio_util::sync::CancellationToken;
use url::Url;
use webex_sandbox::{AdminToken, KeptWorld, Options, Population, Sandbox, WorldFileError};

use self::greeting::Administration;

use super::Failure;
use super::output::write;
use crate::config::{Log, LogFormat, LogLevel, listen_address};
use crate::folders::cause;
use crate::observe::{self, Calls};
use crate::server::{listen, serve_until_told};

/// Next to the server's default port, so that both can run.
const DEFAULT_LISTEN: &str = "127.0.0.1:8485";

/// The value of `--admin-token` without a value.
const MADE: &str = "";

#[derive(Debug, Args)]
#[command(after_help = "\
The page /_sandbox/ shows what happens while it happens, and lets one act; the administration
beside it sets faults, the clock and more. On a loopback address both are open; on others they are
served only with --admin-token. docs/sandbox.md is the manual.
Without --world nothing is kept: each start begins with the same company.

Examples:
  webex-mcp sandbox
  webex-mcp sandbox --listen 0.0.0.0:8485 --public-url http://sandbox:8485 --admin-token
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
    /// Ask for this token where the page or the administration is opened, and serve them beyond
    /// loopback too; without a value one is made and printed
    #[arg(long, value_name = "TOKEN", num_args = 0..=1, default_missing_value = MADE)]
    admin_token: Option<String>,
    /// Where others reach it, for links, file URLs and the greeting [default: what a request names]
    #[arg(long, value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
}

/// Scheme and host of an address, as links begin.
fn public_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| {
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let ends_there = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && ends_there && !has_credentials
    });
    match url {
        Some(url) => Ok(url.origin().ascii_serialization()),
        None => Err("write scheme, host and port only, such as http://sandbox:8485".to_owned()),
    }
}

impl Arguments {
    /// Who may use the administration of a sandbox at this address.
    fn administration(&self, address: SocketAddr) -> Result<Administration, Failure> {
        match self.admin_token.as_deref() {
            Some(MADE) => Ok(Administration::Made(AdminToken::random())),
            Some(token) => AdminToken::new(token)
                .map(Administration::Given)
                .ok_or_else(|| {
                    let message = "--admin-token: write a token of printable ASCII without blanks";
                    Failure::Usage(message.to_owned())
                }),
            None if address.ip().is_loopback() => Ok(Administration::Open),
            None => Ok(Administration::Closed),
        }
    }
}

/// # Errors
/// It cannot listen on the address, or cannot read or write the world's file.
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
    let administration = arguments.administration(address)?;
    let base = arguments.public_url.clone();
    let options = Options {
        population: arguments.population,
        base_url: base.clone(),
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
    if !has_asked(arguments.population, &sandbox) {
        tracing::warn!(
            "--population is not used: the file of --world has a world of another size; give another file for a new world"
        );
    }
    let router = match &administration {
        Administration::Open => sandbox.router().merge(sandbox.admin_router()),
        Administration::Given(token) | Administration::Made(token) => {
            let administration = sandbox.admin_router_behind(token);
            sandbox.router().merge(administration)
        }
        Administration::Closed => sandbox.router(),
    };
    let base = base.unwrap_or_else(|| greeting::base(address));
    greet(
        &greeting::greeting(&sandbox, &base, &administration),
        &administration,
    )?;
    let ending = sandbox.ending().clone();
    let served = CancellationToken::new();
    let keeping = kept.map(|kept| tokio::spawn(kept.keep(served.clone().cancelled_owned())));
    serve_until_told(listener, router, ending).await;
    served.cancel();
    match keeping {
        Some(keeping) => match keeping.await {
            Ok(written) => written.map_err(|error| Failure::other(error.to_string())),
            Err(_) => Err(Failure::other(
                "The world's file could not be written at the end.",
            )),
        },
        None => Ok(()),
    }
}

/// # Errors
/// Nobody sees the token that was made. Without one, it is no reason to serve nobody.
fn greet(text: &str, administration: &Administration) -> Result<(), Failure> {
    match (write(text), administration) {
        (Err(unwritten), Administration::Made(_)) => Err(unwritten),
        (Err(unwritten), _) => {
            tracing::warn!("{unwritten}");
            Ok(())
        }
        (Ok(()), _) => Ok(()),
    }
}

/// Whether the world has the generated people, spaces and messages that were asked for, if any were.
fn has_asked(asked: Option<Population>, sandbox: &Sandbox) -> bool {
    asked.is_none() || sandbox.population() == asked
}

/// Reading a large world takes a while and blocks.
async fn open(path: PathBuf, options: Options) -> Result<KeptWorld, Failure> {
    let opening = tokio::task::spawn_blocking(move || KeptWorld::open(&path, options));
    match opening.await {
        Ok(opened) => opened.map_err(|error| Failure::Usage(unopened(&error))),
        Err(_) => Err(Failure::other("The world's file could not be opened.")),
    }
}

fn unopened(error: &WorldFileError) -> String {
    match error {
        WorldFileError::Read(kind) | WorldFileError::Write(kind) => {
            let cause = cause(*kind);
            format!("--world: the file cannot be used ({cause}); check its path and the free space")
        }
        error => format!("--world: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn read(line: &[&str]) -> Result<Arguments, clap::Error> {
        Line::try_parse_from(line).map(|line| line.arguments)
    }

    #[test]
    fn beyond_loopback_the_administration_needs_a_token() {
        let everywhere: SocketAddr = ([0, 0, 0, 0], 8485).into();
        let here: SocketAddr = ([127, 0, 0, 1], 8485).into();
        for (line, address, expected) in [
            (&["x"][..], here, "Open"),
            (&["x"], everywhere, "Closed"),
            (&["x", "--admin-token", "abc"], everywhere, "Given"),
            (&["x", "--admin-token", "abc"], here, "Given"),
            (&["x", "--admin-token"], everywhere, "Made"),
            (&["x", "--admin-token", "--listen", "8485"], here, "Made"),
        ] {
            let administration = read(line).unwrap().administration(address).unwrap();
            let said = format!("{administration:?}");
            assert!(said.starts_with(expected), "{line:?} {said}");
            assert!(!said.contains("abc"), "{said}");
        }
        let blank = read(&["x", "--admin-token", "two words"]).unwrap();
        assert!(blank.administration(here).is_err());
    }

    #[tokio::test]
    async fn a_population_that_a_kept_world_has_not_is_noticed() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("world.jsonl");
        let asked = |line: &[&str]| read(line).unwrap().population;
        let small = asked(&["x", "--population", "20,10,30"]);
        let options = Options {
            population: small,
            ..Options::default()
        };
        let begun = open(path.clone(), options).await.unwrap();
        assert!(has_asked(small, begun.sandbox()));
        // The next start finds the file.
        let other = asked(&["x", "--population", "30,10,30"]);
        for (asked, is_used) in [(small, true), (other, false), (None, true)] {
            let options = Options {
                population: asked,
                ..Options::default()
            };
            let kept = open(path.clone(), options).await.unwrap();
            assert_eq!(has_asked(asked, kept.sandbox()), is_used, "{asked:?}");
        }
    }

    #[test]
    fn a_public_url_is_scheme_host_and_port() {
        for (url, expected) in [
            ("http://sandbox:8485", Some("http://sandbox:8485")),
            ("https://Sandbox.example/", Some("https://sandbox.example")),
            ("http://sandbox:8485/v1", None),
            ("http://sandbox:8485?x", None),
            ("http://me@sandbox:8485", None),
            ("sandbox:8485", None),
            ("ftp://sandbox", None),
        ] {
            let read = read(&["x", "--public-url", url]).ok();
            let read = read.and_then(|arguments| arguments.public_url);
            assert_eq!(read.as_deref(), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_folder_that_is_missing_is_told_in_plain_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/world");
        let Err(Failure::Usage(told)) = open(path, Options::default()).await else {
            panic!("there is no such folder");
        };
        assert!(told.contains("there is no such file or folder"), "{told}");
    }
}
