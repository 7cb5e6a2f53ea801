//! `token`: makes, lists and revokes connection tokens for people who signed in to a server of many.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::acting::clean;
use super::output::{hand_over, say, table, warn};
use super::people::{operator, time};
use super::{Failure, Sources};
use crate::broker::{Access, Broker, Owner, Refused, Wish};
use crate::config::Environment;
use crate::config::settings::nearest;
use crate::limits;
use crate::server::{Operator, path_of};

/// As many letters of an id as tell tokens apart.
const SHOWN_ID_CHARACTERS: usize = 12;

#[derive(Debug, Args)]
#[command(after_help = "\
A connection token lets a client act as a person on one server, by a header, if it cannot sign in:
  Authorization: Bearer wxm_…
People make their own at the path /account of the server. A token that is made here acts with the
sign-in of a client of that person, and ends with it. Run this with the configuration and the data
directory of the server; the server may run meanwhile.

Examples:
  webex-mcp token create CI --for bob@example.com --server webex-messaging --days 30 --read-only
  webex-mcp token list
  webex-mcp token revoke 3f9a01c2d4e5")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and write it to stdout; it is not shown again
    Create(Create),
    /// Show the tokens that are valid, with whose they are and when they were used
    List(List),
    /// Revoke a token; servers that run accept it for at most 30 seconds more
    Revoke(Revoke),
}

#[derive(Debug, Args)]
struct Create {
    /// What it is for, as its owner will read it
    name: String,
    /// The e-mail address of a person who is signed in with a client
    #[arg(long = "for", value_name = "WHO")]
    who: String,
    /// The server that it is for, by the last part of its path
    #[arg(long, value_name = "NAME")]
    server: String,
    /// How long it is valid: 7, 30, 90 or 365 days
    #[arg(long, value_name = "N", default_value_t = 90)]
    days: u32,
    /// It may only read
    #[arg(long)]
    read_only: bool,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Args)]
struct List {
    /// Only those of this person
    #[arg(long = "for", value_name = "WHO")]
    who: Option<String>,
    /// The same as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Args)]
struct Revoke {
    /// Its id, or the beginning of it, as `token list` shows it
    id: String,
    #[command(flatten)]
    sources: Sources,
}

/// # Errors
/// There is no such person, server or token, or the data directory cannot be opened.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let (sources, action) = match arguments.action {
        Action::Create(mut create) => (std::mem::take(&mut create.sources), Action::Create(create)),
        Action::List(mut list) => (std::mem::take(&mut list.sources), Action::List(list)),
        Action::Revoke(mut revoke) => (std::mem::take(&mut revoke.sources), Action::Revoke(revoke)),
    };
    let loaded = sources.load_aloud(environment, Vec::new())?;
    let base = loaded.config.server.public_url.clone();
    let base = base.map_or_else(String::new, |url| {
        url.as_str().trim_end_matches('/').to_owned()
    });
    let operator = operator(loaded).await?;
    let Some(broker) = &operator.broker else {
        return Err(Failure::Usage(
            "connection tokens are for people who sign in, and nobody does with this configuration: set auth.mode = \
             \"broker\", or name the server's configuration with --config."
                .to_owned(),
        ));
    };
    let done = match &action {
        Action::Create(create) => created(&operator, broker, create, &base).await,
        Action::List(list) => listed(broker, list).await,
        Action::Revoke(revoke) => revoked(broker, &revoke.id).await,
    };
    operator.journal.flush().await;
    done
}

async fn created(
    operator: &Operator,
    broker: &Broker,
    create: &Create,
    base: &str,
) -> Result<(), Failure> {
    let scopes = operator.scopes(&create.server, create.read_only);
    let scopes = scopes.ok_or_else(|| Failure::Usage(no_server(operator, &create.server)))?;
    let Create {
        name,
        server,
        days,
        read_only,
        ..
    } = create;
    let wish = Wish::new(name, server, *days, *read_only, scopes);
    let wish = wish.map_err(|why| Failure::Usage(why.description.into_owned()))?;
    let owner = person(broker, &create.who).await?;
    let made = broker.share(&owner, wish).await.map_err(failed)?;
    if let Err(unwritten) = hand_over(made.text.expose_secret()) {
        // A token that nobody has seen can only be found by somebody else.
        let revoked = broker.revoke_access(&owner, &made.id).await;
        let left = revoked
            .is_err()
            .then_some(" The token could not be revoked either: `webex-mcp token list` shows it.");
        return Err(Failure::other(format!(
            "{unwritten}{}",
            left.unwrap_or(" The token was revoked.")
        )));
    }
    warn(format_args!(
        "it acts as {} at {base}{} until {}, as long as {} stays signed in; send it as `Authorization: Bearer …`. It is \
         not shown again.",
        clean(create.who.clone()),
        path_of(&made.server),
        time(made.ends_at),
        clean(made.shares_with.unwrap_or_default()),
    ));
    Ok(())
}

/// Why nobody makes a token for this server, with those that take some.
fn no_server(operator: &Operator, slug: &str) -> String {
    let why = match operator.is_other(slug) {
        true => "callers of this server are known in another way than by signing in here",
        false => "there is no server of this name",
    };
    match operator.slugs().as_slice() {
        [] => format!(
            "{why}, and none takes connection tokens: set authentication = \"broker\" for one."
        ),
        slugs => {
            let all = format!("connection tokens are for {}.", slugs.join(", "));
            match nearest(slug, slugs.iter().filter(|known| **known != slug)) {
                Some(near) => format!("{why}; did you mean `{near}`? {all}"),
                None => format!("{why}; {all}"),
            }
        }
    }
}

/// The person of that name who has something signed in.
async fn person(broker: &Broker, who: &str) -> Result<Owner, Failure> {
    let everyone = broker.everyone().await;
    let everyone = everyone.map_err(|_| failed(Refused::unavailable()))?;
    let mut owners = everyone.into_iter().map(|(owner, _)| owner);
    let mut found = owners
        .by_ref()
        .filter(|owner| is_named(owner, who))
        .collect::<Vec<_>>();
    match (found.pop(), found.is_empty()) {
        (Some(owner), true) => Ok(owner),
        (Some(_), false) => Err(Failure::other(
            "people of several organizations have this name; they can make tokens at the path /account of the server.",
        )),
        (None, _) => Err(Failure::other(
            "nobody of this name is signed in here with a client, and a token acts with a sign-in: let them sign in with \
             a client first, or make a token themselves at the path /account of the server.",
        )),
    }
}

fn is_named(owner: &Owner, who: &str) -> bool {
    let name = owner.display.as_deref();
    name.is_some_and(|name| name.eq_ignore_ascii_case(who))
}

/// Every token, with whose it is.
async fn tokens(broker: &Broker) -> Result<Vec<(Owner, Access)>, Failure> {
    let everyone = broker.everyone().await;
    let everyone = everyone.map_err(|_| failed(Refused::unavailable()))?;
    let all = everyone.into_iter().flat_map(|(owner, accesses)| {
        let tokens = accesses.into_iter().filter(|it| it.token.is_some());
        tokens.map(move |token| (owner.clone(), token))
    });
    Ok(all.collect())
}

async fn listed(broker: &Broker, list: &List) -> Result<(), Failure> {
    let mut tokens = tokens(broker).await?;
    if let Some(who) = &list.who {
        tokens.retain(|(owner, _)| is_named(owner, who));
    }
    tokens.sort_by_key(|(_, token)| token.made_at);
    if list.json {
        let tokens: Vec<_> = tokens.into_iter().map(as_json).collect();
        say(format_args!("{:#}", json!({ "tokens": tokens })))?;
        return Ok(());
    }
    let head = ["id", "name", "who", "server", "may", "ends", "used"].map(str::to_owned);
    let rows = tokens.into_iter().map(|(owner, access)| {
        let token = access.token.as_ref();
        let is_read_only = token.is_some_and(|token| token.is_read_only);
        [
            access.id.chars().take(SHOWN_ID_CHARACTERS).collect(),
            clean(access.name),
            clean(owner.display.unwrap_or_default()),
            access.server,
            if is_read_only { "read" } else { "change" }.to_owned(),
            token.map(|token| time(token.ends_at)).unwrap_or_default(),
            access.used_at.map_or_else(|| "never".to_owned(), time),
        ]
    });
    let lines = table(std::iter::once(head).chain(rows).collect());
    say(format_args!("{}", lines.join("\n")))?;
    Ok(())
}

fn as_json((owner, access): (Owner, Access)) -> serde_json::Value {
    let token = access.token.as_ref();
    json!({
        "id": access.id,
        "name": clean(access.name),
        "person": owner.display.map(clean),
        "server": access.server,
        "readOnly": token.map(|token| token.is_read_only),
        "madeAt": time(access.made_at),
        "endsAt": token.map(|token| time(token.ends_at)),
        "usedAt": access.used_at.map(time),
        "endsWith": token.and_then(|token| token.shares_with.clone()).map(clean),
    })
}

async fn revoked(broker: &Broker, id: &str) -> Result<(), Failure> {
    let mut found = tokens(broker).await?;
    found.retain(|(_, token)| !id.is_empty() && token.id.starts_with(id));
    let (owner, token) = match (found.pop(), found.is_empty()) {
        (Some(one), true) => one,
        (Some(_), false) => {
            return Err(Failure::other(
                "several tokens begin so; give more letters of the id.",
            ));
        }
        (None, _) => {
            return Err(Failure::other(
                "there is no such token, or it has ended; `webex-mcp token list` shows those that there are.",
            ));
        }
    };
    let revoked = broker.revoke_access(&owner, &token.id).await;
    revoked.map_err(failed)?;
    say(format_args!(
        "revoked: {}. Servers that run accept it for at most {} seconds more.",
        clean(token.name),
        limits::CONNECTION_READ_AGAIN_SECONDS
    ))?;
    Ok(())
}

fn failed(why: Refused) -> Failure {
    Failure::other(why.description)
}
