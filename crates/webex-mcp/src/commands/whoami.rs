//! `whoami`: tells who is signed in, with which scopes, until when, and where that is kept.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use webex::Webex;

use super::acting::{self, Owner};
use super::output::say;
use super::{Failure, Sources, upstream_flag};
use crate::config::{Environment, Loaded};
use crate::login::{Kept, Place};
use crate::server;

const NOBODY: &str = "Nobody is signed in here: run `webex-mcp login`.";

#[derive(Debug, Args)]
#[command(after_help = "\
A token in WEBEX_ACCESS_TOKEN is used instead of the sign-in; then Webex is asked whose it is. Exit
code 1 if nobody is signed in, or Webex no longer accepts it.

Examples:
  webex-mcp whoami
  webex-mcp whoami --json | jq -r .person")]
pub struct Arguments {
    /// The same as one JSON object
    #[arg(long)]
    json: bool,
    /// Webex's REST API, /v1 included [default: https://webexapis.com/v1]
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    #[command(flatten)]
    sources: Sources,
}

/// # Errors
/// Nobody is signed in, or not any more.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let flags = arguments.upstream.map(upstream_flag).into_iter().collect();
    let loaded = arguments.sources.load_aloud(environment, flags)?;
    let webex = Webex::new(&loaded.config.webex.base_url)
        .map_err(|error| Failure::other(format!("{error}.")))?;
    let kept = kept(&loaded, &webex).await;
    let shown = match &loaded.secrets.access_token {
        Some((token, origin)) => {
            let owner = acting::owner(&webex.client(token.clone())).await;
            let owner = owner.map_err(|error| {
                Failure::other(format!("{}.", acting::refusal(&error, Some(origin))))
            })?;
            let who = match owner {
                Owner::Person(who) | Owner::Bot(who) => Some(who),
                Owner::Unknown(_) => None,
            };
            let unused = kept.ok().flatten();
            of_token(who, &origin.to_string(), unused.as_ref())
        }
        None => {
            let kept = kept?.ok_or_else(|| Failure::other(NOBODY))?;
            let shown = of_login(&kept);
            if kept.0.grant.is_lost() {
                return Err(Failure::other(format!(
                    "{} was signed in, and Webex no longer accepts it: run `webex-mcp login` again.",
                    name(&kept.0)
                )));
            }
            shown
        }
    };
    match arguments.json {
        true => say(format_args!("{:#}", shown.json))?,
        false => say(format_args!("{}", shown.lines.join("\n")))?,
    }
    Ok(())
}

/// The same in both forms.
struct Shown {
    json: Value,
    lines: Vec<String>,
}

async fn kept(loaded: &Loaded, webex: &Webex) -> Result<Option<(Kept, Place)>, Failure> {
    if !server::is_signed_in(loaded.config.data.dir.as_deref()) {
        return Ok(None);
    }
    match server::login(loaded, webex)? {
        Some(login) => Ok(login.get().await?),
        None => Ok(None),
    }
}

fn name(kept: &Kept) -> String {
    let display = kept.grant.person.display.clone();
    acting::clean(display.unwrap_or_else(|| "Somebody whose name Webex did not tell".to_owned()))
}

fn place(place: Place) -> (&'static str, &'static str) {
    match place {
        Place::Keyring => ("keyring", "in the system's keyring"),
        Place::File => (
            "file",
            "encrypted, in the file login.sealed of the data directory",
        ),
    }
}

fn time(milliseconds: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds?).ok()
}

fn of_login((kept, at): &(Kept, Place)) -> Shown {
    let grant = &kept.grant;
    let (token_until, until) = (time(grant.access_until()), time(grant.refresh_until()));
    let (word, told) = place(*at);
    let or_unsaid = |time: Option<Timestamp>| match time {
        Some(time) => format!("until {time:.0}"),
        None => "Webex did not say until when".to_owned(),
    };
    Shown {
        json: json!({
            "by": "login",
            "person": name(kept),
            "scopes": grant.scopes,
            "tokenUntil": token_until.map(|time| format!("{time:.0}")),
            "signInUntil": until.map(|time| format!("{time:.0}")),
            "keptIn": word,
            "upstream": kept.base_url,
        }),
        lines: vec![
            name(kept),
            format!("scopes   {}", grant.scopes.join(" ")),
            format!("token    {}; it is renewed before", or_unsaid(token_until)),
            format!(
                "sign-in  {}, unless a renewal lengthens it",
                or_unsaid(until)
            ),
            format!("kept     {told}"),
            format!("Webex    {}", kept.base_url),
        ],
    }
}

fn of_token(who: Option<String>, origin: &str, unused: Option<&(Kept, Place)>) -> Shown {
    let told = who.clone();
    let told = told.unwrap_or_else(|| "Somebody: the token may not read its owner".to_owned());
    let mut lines = vec![told, format!("token    set, by {origin}")];
    if let Some((kept, _)) = unused {
        lines.push(format!(
            "sign-in  of {}, not used while that is set",
            name(kept)
        ));
    }
    Shown {
        json: json!({
            "by": origin,
            "person": who,
            "unusedSignIn": unused.map(|(kept, _)| name(kept)),
        }),
        lines,
    }
}
