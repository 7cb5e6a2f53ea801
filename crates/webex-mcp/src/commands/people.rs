//! `people`: lists the people who signed in to a server of many, and deletes what is kept of one.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use super::acting::clean;
use super::output::{say, table, warn};
use super::{Failure, Sources};
use crate::broker::{self, Access, AtWebex, Broker, OWN_CONSENTS, Owner};
use crate::config::{Environment, Loaded};
use crate::identity::{Principal, Tenant};
use crate::keys;
use crate::limits;
use crate::server::Operator;

#[derive(Debug, Args)]
#[command(after_help = "\
Run it with the configuration and the data directory of the server; the server may run meanwhile.

Examples:
  webex-mcp people list
  webex-mcp people delete bob@example.com --yes")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show who signed in, and who is named in the journal
    List(List),
    /// Delete the sign-ins, clients and tokens of a person, and their name in the journal
    Delete(Delete),
}

#[derive(Debug, Args)]
struct List {
    /// The same as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Args)]
struct Delete {
    /// The person's e-mail address, or the pseudonym that `people list` shows
    who: String,
    /// Delete it; without this, only tell what would be deleted
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    sources: Sources,
}

/// Somebody of whom something is kept.
#[derive(Debug)]
struct Row {
    tenant: Tenant,
    pseudonym: Principal,
    name: Option<String>,
    /// Present for those who signed in here.
    owner: Option<Owner>,
    accesses: Vec<Access>,
    /// The same person, as somebody for whom their account is connected.
    others: Vec<(Tenant, Principal)>,
}

/// # Errors
/// There is no such person, or the data directory cannot be opened.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    match arguments.action {
        Action::List(list) => {
            let loaded = list.sources.load_aloud(environment, Vec::new())?;
            let operator = operator(loaded).await?;
            let rows = rows(&operator).await?;
            match list.json {
                true => say(format_args!("{:#}", as_json(&rows)))?,
                false => say(format_args!("{}", as_table(&rows).join("\n")))?,
            }
            Ok(())
        }
        Action::Delete(delete) => {
            let loaded = delete.sources.load_aloud(environment, Vec::new())?;
            let operator = operator(loaded).await?;
            let all = rows(&operator).await?;
            let row = chosen(&all, &delete.who)?;
            if !delete.yes {
                say(format_args!("{}", planned(row)))?;
                return Err(Failure::Usage(
                    "Nothing was deleted; repeat it with --yes.".to_owned(),
                ));
            }
            let told = deleted(&operator, row).await;
            operator.journal.flush().await;
            say(format_args!("{}", told?))?;
            Ok(())
        }
    }
}

/// The people of the data directory that the configuration names.
pub(super) async fn operator(loaded: Loaded) -> Result<Operator, Failure> {
    let directory: PathBuf =
        loaded.config.data.dir.clone().ok_or_else(|| {
            Failure::Usage("no data directory is known; set --data-dir.".to_owned())
        })?;
    let secrets = keys::existing(&loaded.secrets, &directory)?.ok_or_else(|| {
        Failure::other(format!(
            "nothing is kept in {}; name the server's --data-dir.",
            directory.display()
        ))
    })?;
    let operator = Operator::new(&loaded, &secrets)?;
    let has_any = broker::has_any(operator.journal.records()).await;
    if operator.broker.is_none() && has_any.map_err(|_| unreadable())? {
        return Err(Failure::Usage(
            "people have signed in here, and this configuration does not say how: name the server's own, with --config \
             or in the environment (auth.mode = \"broker\", and the integration's id and secret)."
                .to_owned(),
        ));
    }
    Ok(operator)
}

async fn rows(operator: &Operator) -> Result<Vec<Row>, Failure> {
    let everyone = match &operator.broker {
        Some(broker) => broker.everyone().await.map_err(|_| unreadable())?,
        None => Vec::new(),
    };
    let mut rows: Vec<Row> = everyone
        .into_iter()
        .map(|(owner, accesses)| Row {
            others: others(operator, &accesses),
            tenant: owner.tenant(),
            pseudonym: operator.journal.pseudonym(&owner.principal()),
            name: owner.display.clone(),
            owner: Some(owner),
            accesses,
        })
        .collect();
    let named = operator.journal.people().await;
    let known: HashSet<_> = rows
        .iter()
        .flat_map(|row| {
            let own = (row.tenant.clone(), row.pseudonym.clone());
            row.others.iter().cloned().chain([own])
        })
        .collect();
    for (tenant, pseudonym, name) in named.map_err(|_| unreadable())? {
        if !known.contains(&(tenant.clone(), pseudonym.clone())) {
            rows.push(Row {
                tenant,
                pseudonym,
                name: Some(name),
                owner: None,
                accesses: Vec::new(),
                others: Vec::new(),
            });
        }
    }
    rows.sort_by_cached_key(|row| row.name.clone().unwrap_or_default().to_lowercase());
    Ok(rows)
}

/// The pseudonyms of those for whom these accounts are connected.
fn others(operator: &Operator, accesses: &[Access]) -> Vec<(Tenant, Principal)> {
    let accounts = accesses.iter().filter_map(|it| it.account.as_ref());
    let pseudonym = |principal| operator.journal.pseudonym(principal);
    accounts
        .map(|it| (it.tenant.clone(), pseudonym(&it.principal)))
        .collect()
}

fn chosen<'r>(rows: &'r [Row], who: &str) -> Result<&'r Row, Failure> {
    let is_meant = |row: &&Row| {
        let name = row.name.as_deref();
        let others = row.others.iter().map(|(_, pseudonym)| pseudonym);
        let mut pseudonyms = others.chain([&row.pseudonym]);
        name.is_some_and(|name| name.eq_ignore_ascii_case(who))
            || pseudonyms.any(|pseudonym| pseudonym.as_str() == who)
    };
    let mut found = rows.iter().filter(is_meant);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::other(
            "nobody of this name is known here; `webex-mcp people list` shows who is.",
        )),
        (Some(_), Some(_)) => Err(Failure::other(
            "several people have this name; give the pseudonym that `webex-mcp people list` shows.",
        )),
    }
}

async fn deleted(operator: &Operator, row: &Row) -> Result<String, Failure> {
    let name = shown(row);
    let Some((broker, owner)) = broker_of(operator, row) else {
        let forgotten = operator.journal.forget(&row.tenant, &row.pseudonym).await;
        forgotten.map_err(|_| unreadable())?;
        return Ok(format!("deleted: the name {name} in the journal."));
    };
    let forgotten = broker.forget(owner).await;
    let forgotten = forgotten.map_err(|why| Failure::other(why.description))?;
    let at_webex = match forgotten.at_webex {
        AtWebex::Revoked => "Their consent at Webex was revoked too.".to_owned(),
        AtWebex::StillUsed | AtWebex::Remains => format!(
            "Their consent is still listed at Webex: they revoke it at {OWN_CONSENTS}, or an administrator does. It is \
             revoked from here where an administrator is signed in with identity:tokens_read and identity:tokens_write."
        ),
    };
    Ok(format!(
        "deleted: {name}, with {} clients, {} tokens, {} connected accounts, every sign-in, and the name in the journal. Servers that run \
         accept them for at most {} seconds more. {at_webex}",
        forgotten.clients,
        forgotten.tokens,
        forgotten.accounts,
        limits::CONNECTION_READ_AGAIN_SECONDS
    ))
}

fn broker_of<'o>(operator: &'o Operator, row: &'o Row) -> Option<(&'o Broker, &'o Owner)> {
    Some((operator.broker.as_ref()?, row.owner.as_ref()?))
}

fn planned(row: &Row) -> String {
    let (clients, tokens, accounts) = counts(row);
    format!(
        "{} ({}): {clients} clients, {tokens} tokens, {accounts} connected accounts, and the name in the journal would be deleted.",
        shown(row),
        row.pseudonym.as_str()
    )
}

/// Clients, tokens and connected accounts.
fn counts(row: &Row) -> (usize, usize, usize) {
    let count = |is_meant: fn(&&Access) -> bool| row.accesses.iter().filter(is_meant).count();
    let tokens = count(|it| it.token.is_some());
    let accounts = count(|it| it.account.is_some());
    (row.accesses.len() - tokens - accounts, tokens, accounts)
}

fn shown(row: &Row) -> String {
    clean(row.name.clone().unwrap_or_else(|| "somebody".to_owned()))
}

/// When anything of theirs was last used.
fn used_at(row: &Row) -> Option<i64> {
    row.accesses.iter().filter_map(|it| it.used_at).max()
}

/// A time in milliseconds since 1970.
pub(super) fn time(at: i64) -> String {
    let at = Timestamp::from_millisecond(at);
    at.map(|at| format!("{at:.0}")).unwrap_or_default()
}

fn as_table(rows: &[Row]) -> Vec<String> {
    let head = ["who", "clients", "tokens", "accounts", "used", "pseudonym"].map(str::to_owned);
    let rows = rows.iter().map(|row| {
        let (clients, tokens, accounts) = counts(row);
        [
            shown(row),
            clients.to_string(),
            tokens.to_string(),
            accounts.to_string(),
            used_at(row).map(time).unwrap_or_default(),
            row.pseudonym.as_str().to_owned(),
        ]
    });
    table(std::iter::once(head).chain(rows).collect())
}

fn as_json(rows: &[Row]) -> serde_json::Value {
    let people: Vec<_> = rows
        .iter()
        .map(|row| {
            let (clients, tokens, accounts) = counts(row);
            json!({
                "name": row.name.clone().map(clean),
                "clients": clients,
                "tokens": tokens,
                "accounts": accounts,
                "usedAt": used_at(row).map(time),
                "pseudonym": row.pseudonym.as_str(),
            })
        })
        .collect();
    json!({ "people": people })
}

fn unreadable() -> Failure {
    warn(format_args!("the records could not be read or written"));
    Failure::other(
        "nothing more was done; see whether the data directory can be written, and repeat it.",
    )
}
