//! `keys`: shows the keys of the vault, and makes a new one beside running servers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::output::say;
use super::{Failure, Sources};
use crate::config::{Environment, Loaded};
use crate::identity::{Principal, Tenant};
use crate::journal::{Journal, Note, StartError, Unavailable};
use crate::keys;
use crate::tool::counted;

/// Whoever may run commands in the data directory, in the journal.
const OPERATOR: &str = "operator";

/// A server that was started before the secret was changed cannot open the new key.
const RESTART: &str = "\
The previous secret is still set. If a server runs that was started before the secret was changed, restart it now: it \
cannot open the new key, and writes nothing until then.";

#[derive(Debug, Args)]
#[command(after_help = "\
What is stored encrypted, such as people's tokens, is encrypted with a key for each record. The key
of the vault wraps these, and the server's secret (secret.key, WEBEX_MCP_SECRET_KEY, …) encrypts the
key of the vault. `keys rotate` makes a new key of the vault; servers that run learn of it by
themselves. docs/hosting.md says how to change the secret.

Examples:
  webex-mcp keys status
  webex-mcp keys rotate")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the keys of the vault, and how many values each of them wraps
    Status(Sources),
    /// Make a new key, move everything to it while servers run, and remove the old one; may be
    /// interrupted and repeated
    Rotate(Sources),
}

/// # Errors
/// There are no records, the secret is not theirs, or they cannot be written.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    match arguments.action {
        Action::Status(sources) => {
            let loaded = sources.load_aloud(environment, Vec::new())?;
            say(format_args!("{}", status(&open(&loaded)?.0).await?))?;
        }
        Action::Rotate(sources) => {
            let loaded = sources.load_aloud(environment, Vec::new())?;
            let (journal, is_secret_changing) = open(&loaded)?;
            say(format_args!("{}", rotate(&journal).await?))?;
            if is_secret_changing {
                say(format_args!("{RESTART}"))?;
            }
        }
    }
    Ok(())
}

/// The journal, and whether the secret is being changed.
fn open(loaded: &Loaded) -> Result<(Journal, bool), Failure> {
    let found: Option<PathBuf> = loaded.config.data.dir.clone();
    let directory = found
        .ok_or_else(|| Failure::Usage("no data directory is known; set --data-dir.".to_owned()))?;
    let secrets = keys::existing(&loaded.secrets, &directory)?;
    let secrets = secrets.ok_or_else(|| {
        Failure::other(format!(
            "there is nothing encrypted in {}; name the server's --data-dir.",
            directory.display()
        ))
    })?;
    let journal = Journal::start(Some(&directory), &secrets.secret, secrets.previous.as_ref());
    let (journal, _) = journal.map_err(|error: StartError| Failure::other(format!("{error}.")))?;
    Ok((journal, secrets.previous.is_some()))
}

fn unreachable(_: Unavailable) -> Failure {
    Failure::other(
        "the records cannot be read or written now; what was done so far stays. Run the command again: it goes on \
         from there.",
    )
}

async fn status(journal: &Journal) -> Result<String, Failure> {
    let keys = journal.records().vault_keys().await.map_err(unreachable)?;
    let mut lines: Vec<String> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let made = Timestamp::from_millisecond(key.made_at).unwrap_or(Timestamp::UNIX_EPOCH);
            let what = if at == 0 { "current" } else { "old" };
            let wraps = counted(key.wraps, "value");
            format!("key {}  made {made:.0}  {what}  wraps {wraps}", key.number)
        })
        .collect();
    if keys.len() > 1 {
        lines.push("A rotation was interrupted: `webex-mcp keys rotate` finishes it.".to_owned());
    }
    Ok(lines.join("\n"))
}

async fn rotate(journal: &Journal) -> Result<String, Failure> {
    let mut rotation = journal.records().rotation().await.map_err(unreachable)?;
    let done = rotation.finish().await;
    journal.note(Note {
        reason: rotation
            .made
            .map(|number| format!("key {number} is current")),
        ..Note::new(Tenant::single(), Principal::new(OPERATOR), "keys_rotated")
    });
    journal.flush().await;
    done.map_err(unreachable)?;
    let mut told = vec![match rotation.made {
        Some(number) => {
            format!("Key {number} was made and is used from now on; no server has to be restarted.")
        }
        None => "A rotation that was interrupted is finished; no new key was made.".to_owned(),
    }];
    let moved = counted(rotation.moved, "value");
    told.push(format!("Moved to the current key: {moved}."));
    if rotation.removed > 0 {
        let removed = counted(rotation.removed, "old key");
        told.push(format!("Removed, as nothing is left under it: {removed}."));
    }
    match stays(rotation.stuck, rotation.unopened) {
        None => Ok(told.join("\n")),
        Some(why) => Err(Failure::other(format!("{}\n{why}", told.join("\n")))),
    }
}

/// Why so many old keys stay, where this many values did not open.
fn stays(stuck: usize, unopened: u64) -> Option<&'static str> {
    match (stuck, unopened) {
        (0, _) => None,
        (_, 0) => Some(WRITTEN_MEANWHILE),
        _ => Some(DAMAGED),
    }
}

const DAMAGED: &str = "\
An old key stays: something under it does not open, so it was damaged before. It does no harm; `webex-mcp keys status` \
counts it.";
const WRITTEN_MEANWHILE: &str = "\
An old key stays: servers wrote under it until the end. Run the command again: it moves that too.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flag;

    fn loaded(directory: &std::path::Path) -> Loaded {
        let flag = Flag {
            flag: "--data-dir",
            section: "data",
            key: "dir",
            value: directory.display().to_string().into(),
        };
        Loaded::read(None, &Environment::default(), vec![flag]).unwrap()
    }

    #[tokio::test]
    async fn the_key_is_rotated_beside_a_server_and_the_journal_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let loaded = loaded(directory.path());
        let nothing = open(&loaded).unwrap_err().to_string();
        assert!(nothing.contains("nothing encrypted"), "{nothing}");
        assert!(
            std::fs::read_dir(directory.path())
                .unwrap()
                .next()
                .is_none()
        );

        let (secret, _) = keys::obtain(Some(directory.path())).unwrap();
        let (server, _) = Journal::start(Some(directory.path()), &secret, None).unwrap();
        let before = status(&open(&loaded).unwrap().0).await.unwrap();
        assert!(before.starts_with("key 1  made "), "{before}");
        // The digest key of the journal.
        assert!(before.ends_with("current  wraps 1 value"), "{before}");
        let (journal, is_secret_changing) = open(&loaded).unwrap();
        assert!(!is_secret_changing);
        let told = rotate(&journal).await.unwrap();
        assert!(told.contains("Key 2 was made"), "{told}");
        assert!(
            told.contains("Removed, as nothing is left under it: 1 old key."),
            "{told}"
        );
        let after = status(&open(&loaded).unwrap().0).await.unwrap();
        assert!(
            after.starts_with("key 2  made ") && !after.contains("old"),
            "{after}"
        );
        let entries = crate::journal::audit::Book::open(directory.path());
        let mut told = Vec::new();
        let read = entries.unwrap().unwrap().each(&Default::default(), |line| {
            told.extend(line.entry.decision.as_deref().map(str::to_owned));
            true
        });
        read.unwrap();
        assert_eq!(told, ["keys_rotated"]);
        drop(server);
    }

    #[test]
    fn a_key_that_stays_is_told_with_its_reason() {
        assert_eq!(stays(0, 0), None);
        assert_eq!(stays(0, 3), None);
        assert_eq!(stays(1, 0), Some(WRITTEN_MEANWHILE));
        assert_eq!(stays(1, 3), Some(DAMAGED));
    }

    #[tokio::test]
    async fn without_its_secret_nothing_is_opened_and_nothing_is_made() {
        let directory = tempfile::tempdir().unwrap();
        let (secret, _) = keys::obtain(Some(directory.path())).unwrap();
        let (server, _) = Journal::start(Some(directory.path()), &secret, None).unwrap();
        server.flush().await;
        let key = directory.path().join("secret.key");
        let saved = std::fs::read(&key).unwrap();
        std::fs::remove_file(&key).unwrap();
        let lost = open(&loaded(directory.path())).unwrap_err();
        assert!(matches!(
            lost,
            Failure::Key(keys::KeyError::Lost("records.db"))
        ));
        assert!(!key.exists());
        std::fs::write(&key, "ab".repeat(32)).unwrap();
        let wrong = open(&loaded(directory.path())).unwrap_err().to_string();
        assert!(wrong.contains("another secret"), "{wrong}");
        std::fs::write(&key, saved).unwrap();
        open(&loaded(directory.path())).unwrap();
    }

    #[tokio::test]
    async fn while_the_secret_is_changed_it_says_who_has_to_be_restarted() {
        let directory = tempfile::tempdir().unwrap();
        let (old, new) = ("ab".repeat(32), "cd".repeat(32));
        let loaded = |settings: &[(&str, &str)]| {
            let mut variables: std::collections::BTreeMap<_, _> = settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let data = directory.path().display().to_string();
            variables.insert("WEBEX_MCP_DATA_DIR".to_owned(), data);
            Loaded::read(None, &Environment::with(variables), vec![]).unwrap()
        };
        let before = loaded(&[("WEBEX_MCP_SECRET_KEY", &old)]);
        let secrets = keys::deployment(&before.secrets, None).unwrap();
        let (server, _) = Journal::start(Some(directory.path()), &secrets.secret, None).unwrap();
        let changing = loaded(&[
            ("WEBEX_MCP_SECRET_KEY", &new),
            ("WEBEX_MCP_SECRET_PREVIOUS_KEY", &old),
        ]);
        assert!(open(&changing).unwrap().1);
        drop(server);
    }
}
