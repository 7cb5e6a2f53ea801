//! `install`: puts this server into a client's own configuration, or shows what it would put there.

mod clients;
mod merge;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use self::clients::{Client, System};
use self::merge::{Entry, MergeError};
use crate::commands::Failure;
use crate::commands::output::say;
use crate::commands::tools::find;
use crate::config::settings::{Kind, SETTINGS};
use crate::config::{Environment, Loaded};
use crate::servers;

/// Claude Code keeps its history beside its servers: megabytes happen, more is something else.
const FILE_MAX_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Debug, Args)]
#[command(after_help = "\
The entry starts `webex-mcp stdio`. Variables of the environment that begin with WEBEX_ and are set
now become part of it, except secrets: for the token, set WEBEX_ACCESS_TOKEN_FILE to a file that
holds it. They are checked before anything is written. The file as it was before the first
time is kept beside the new one. An entry `webex` that starts another program is never touched.

Examples:
  webex-mcp install claude-code --sandbox
  WEBEX_ACCESS_TOKEN_FILE=~/.webex-token webex-mcp install claude-desktop
  webex-mcp install codex --print
  webex-mcp install cursor --remove")]
pub struct Arguments {
    /// The client to configure
    #[arg(value_enum)]
    client: clients::Name,
    /// Show the file and what would stand in it, and write nothing
    #[arg(long)]
    print: bool,
    /// Act on a simulated Webex, which needs no token
    #[arg(long)]
    sandbox: bool,
    /// The server, by the last part of its path: webex-messaging, or webex for everything
    /// [default: webex-messaging]
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Take the entry out again
    #[arg(long, conflicts_with_all = ["print", "sandbox", "server"])]
    remove: bool,
}

/// # Errors
/// The file is not where it should be, not readable, or has an entry of someone else.
pub fn run(arguments: &Arguments, environment: &Environment) -> Result<(), Failure> {
    let client = arguments.client.client();
    let file = client
        .file(environment, System::current())
        .ok_or_else(|| Failure::other("The home directory is not known: set HOME."))?;
    // A link, as in a folder of dotfiles, stays a link: what it points to is changed.
    let file = fs::canonicalize(&file).unwrap_or(file);
    if arguments.remove {
        return remove(&client, &file);
    }
    let entry = entry(arguments, &client, environment)?;
    check(&entry, arguments.server.as_deref())?;
    let before = read(&file)?;
    let text = before.as_deref().unwrap_or_default();
    let after = merge::merge(client.form, text, &entry)
        .map_err(|error| refused(&file, &error, || by_hand(&client, &entry)))?;
    if arguments.print {
        say(format_args!(
            "{}:\n\n{}",
            file.display(),
            alone(&client, &entry)
        ));
        return Ok(());
    }
    if before.as_deref() == Some(after.as_str()) {
        say(format_args!(
            "{} already has it; nothing was changed.",
            file.display()
        ));
        return Ok(());
    }
    replace(&file, before.as_deref(), &after)?;
    if !arguments.sandbox && !entry.env.contains_key("WEBEX_ACCESS_TOKEN_FILE") {
        say(format_args!(
            "The entry names no token. Start {} where WEBEX_ACCESS_TOKEN is set, or run this again with\n\
             WEBEX_ACCESS_TOKEN_FILE set to a file that holds the token.",
            client.title
        ));
    }
    say(format_args!("{}", client.then));
    Ok(())
}

fn remove(client: &Client, file: &Path) -> Result<(), Failure> {
    let before = read(file)?;
    let text = before.as_deref().unwrap_or_default();
    let by_hand = || "Take the entry out by hand.".to_owned();
    let after = match text.trim().is_empty() {
        true => None,
        false => {
            merge::remove(client.form, text).map_err(|error| refused(file, &error, by_hand))?
        }
    };
    let Some(after) = after else {
        say(format_args!(
            "{} has no entry of ours; nothing was changed.",
            file.display()
        ));
        return Ok(());
    };
    replace(file, before.as_deref(), &after)
}

fn replace(file: &Path, before: Option<&str>, after: &str) -> Result<(), Failure> {
    let backup = write(file, before, after).map_err(|error| {
        Failure::other(format!("{} could not be written: {error}.", file.display()))
    })?;
    say(format_args!("Wrote {}.", file.display()));
    if let Some(backup) = backup {
        say(format_args!("What was there is in {}.", backup.display()));
    }
    Ok(())
}

/// What the client will start has to start: a token file that is not there is told here.
fn check(entry: &Entry, server: Option<&str>) -> Result<(), Failure> {
    Loaded::read(None, &Environment::with(entry.env.clone()), Vec::new())?;
    if let Some(server) = server {
        let servers = servers::all().map_err(Failure::Other)?;
        find(&servers, server)?;
    }
    Ok(())
}

/// This program, and the settings that are in force where `install` was called.
fn entry(
    arguments: &Arguments,
    client: &Client,
    environment: &Environment,
) -> Result<Entry, Failure> {
    let program = Environment::program().map_err(|error| {
        Failure::other(format!("The path of this program is not known: {error}."))
    })?;
    let shown = SETTINGS
        .iter()
        .filter(|setting| setting.kind != Kind::Secret)
        // The sandbox takes no token, so none has to be there.
        .filter(|setting| !arguments.sandbox || setting.section != "webex");
    let env: BTreeMap<_, _> = shown
        .flat_map(|setting| [Some(setting.variable()), setting.alias.map(str::to_owned)])
        .flatten()
        .filter_map(|variable| {
            let value = environment.get(&variable)?;
            Some((variable.clone(), absolute(&variable, value)))
        })
        .collect();
    let mut further = Vec::new();
    if arguments.sandbox {
        further.push("--sandbox".to_owned());
    }
    if let Some(server) = &arguments.server {
        further.extend(["--server".to_owned(), server.clone()]);
    }
    let program = program.display().to_string();
    Ok(Entry::new(client.form, program, further, env))
}

/// A client starts us in a directory of its own: a file or directory gets its whole path, also one
/// that is not there yet.
fn absolute(variable: &str, value: &str) -> String {
    let is_path = ["_FILE", "_DIR"].iter().any(|end| variable.ends_with(end));
    match std::path::absolute(value) {
        Ok(whole) if is_path => whole.display().to_string(),
        _ => value.to_owned(),
    }
}

fn read(file: &Path) -> Result<Option<String>, Failure> {
    let unreadable =
        |why: String| Failure::other(format!("{} cannot be read: {why}.", file.display()));
    match fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(metadata) if metadata.len() > FILE_MAX_BYTES => {
            return Err(unreadable("it is larger than 64 MiB".to_owned()));
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    Ok(Some(text))
}

fn by_hand(client: &Client, entry: &Entry) -> String {
    format!("Add this by hand:\n\n{}", alone(client, entry))
}

/// The file with our entry alone: what a person would add by hand.
fn alone(client: &Client, entry: &Entry) -> String {
    merge::merge(client.form, "", entry).unwrap_or_default()
}

fn refused(file: &Path, error: &MergeError, by_hand: impl Fn() -> String) -> Failure {
    let advice = match error {
        MergeError::Foreign => "Rename or remove that entry, then run this again.".to_owned(),
        MergeError::Unreadable { .. } | MergeError::NoTable(_) => by_hand(),
    };
    Failure::other(format!(
        "{} was left as it is: {error}. {advice}",
        file.display()
    ))
}

/// Complete or not at all: a temporary file takes the place of the old one, which is kept beside it.
fn write(file: &Path, before: Option<&str>, after: &str) -> std::io::Result<Option<PathBuf>> {
    let directory = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut backup = None;
    if before.is_some() {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".before-webex-mcp");
        let kept = file.with_file_name(name);
        // The first one has what was there before us; a second run must not replace it.
        if !kept.exists() {
            fs::copy(file, &kept)?;
            backup = Some(kept);
        }
    }
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(after.as_bytes())?;
    if before.is_some() {
        temporary
            .as_file()
            .set_permissions(fs::metadata(file)?.permissions())?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(backup)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    fn install(name: clients::Name, home: &Path, print: bool) -> Result<(), Failure> {
        let home = home.to_str().unwrap();
        let environment = Environment::of([
            ("HOME", home),
            ("APPDATA", home),
            ("WEBEX_ACCESS_TOKEN", "very-secret"),
            ("WEBEX_MCP_LOG_LEVEL", "warn"),
        ]);
        run(&asked(name, print), &environment)
    }

    fn asked(client: clients::Name, print: bool) -> Arguments {
        Arguments {
            client,
            print,
            sandbox: false,
            server: None,
            remove: false,
        }
    }

    /// The entry as it stands in Claude Code's file, if there is a file.
    fn written(home: &Path) -> Option<serde_json::Value> {
        let text = fs::read_to_string(home.join(".claude.json")).ok()?;
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        Some(file["mcpServers"]["webex"].clone())
    }

    #[test]
    fn what_could_not_start_is_told_before_anything_is_written() {
        for (variable, value, expected) in [
            (
                "WEBEX_ACCESS_TOKEN_FILE",
                "/does/not/exist",
                "the file cannot be read",
            ),
            (
                "WEBEX_BASE_URL",
                "https://example.com",
                "it must end with /v1",
            ),
            ("WEBEX_MCP_LOG_LEVEL", "loud", "unknown variant"),
        ] {
            let home = tempfile::tempdir().unwrap();
            let environment =
                Environment::of([("HOME", home.path().to_str().unwrap()), (variable, value)]);
            let failure = run(&asked(clients::Name::ClaudeCode, false), &environment).unwrap_err();
            assert_eq!(failure.code(), 2);
            assert!(failure.to_string().contains(expected), "{failure}");
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn the_sandbox_and_a_server_become_arguments() {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment::of([
            ("HOME", home.path().to_str().unwrap()),
            ("WEBEX_ACCESS_TOKEN_FILE", "/does/not/exist"),
        ]);
        let mut arguments = asked(clients::Name::ClaudeCode, false);
        arguments.sandbox = true;
        arguments.server = Some("webex".to_owned());
        run(&arguments, &environment).unwrap();
        let entry = written(home.path()).unwrap();
        let args = serde_json::json!(["stdio", "--sandbox", "--server", "webex"]);
        assert_eq!(entry["args"], args);
        assert!(entry.get("env").is_none(), "{entry}");

        arguments.server = Some("webx".to_owned());
        let failure = run(&arguments, &environment).unwrap_err();
        assert!(failure.to_string().contains("webex-messaging"), "{failure}");
    }

    #[test]
    fn an_entry_of_ours_can_be_taken_out_again() {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment::of([("HOME", home.path().to_str().unwrap())]);
        let mut arguments = asked(clients::Name::ClaudeCode, false);
        arguments.remove = true;
        // Without a file, without an entry, and then with one.
        run(&arguments, &environment).unwrap();
        assert_eq!(written(home.path()), None);
        let file = home.path().join(".claude.json");
        fs::write(&file, "{\"mine\": true}").unwrap();
        run(&arguments, &environment).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "{\"mine\": true}");
        let ours = r#"{"mcpServers": {"webex": {"command": "/bin/webex-mcp"}, "other": {}}}"#;
        fs::write(&file, ours).unwrap();
        run(&arguments, &environment).unwrap();
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            r#"{"mcpServers": { "other": {}}}"#
        );
        let theirs = r#"{"mcpServers": {"webex": {"command": "npx"}}}"#;
        fs::write(&file, theirs).unwrap();
        let failure = run(&arguments, &environment).unwrap_err();
        assert!(
            failure.to_string().contains("something else wrote"),
            "{failure}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
    }

    #[test]
    fn every_client_gets_its_entry_and_keeps_the_rest() {
        for &name in clients::Name::value_variants() {
            let home = tempfile::tempdir().unwrap();
            let environment = Environment::of([("HOME", home.path().to_str().unwrap())]);
            let file = name.client().file(&environment, System::current()).unwrap();
            install(name, home.path(), true).unwrap();
            assert!(!file.exists(), "--print writes nothing");
            install(name, home.path(), false).unwrap();
            let made = fs::read_to_string(&file).unwrap();
            assert!(
                made.contains("stdio") && made.contains("WEBEX_MCP_LOG_LEVEL"),
                "{made}"
            );
            assert!(!made.contains("very-secret"), "{made}");

            let mine = match name.client().form {
                clients::Form::Json { .. } => "{\"mine\": true}",
                clients::Form::Toml => "mine = true\n",
            };
            fs::write(&file, mine).unwrap();
            // The test program has another name than the server: its entry counts as foreign.
            install(name, home.path(), false).unwrap();
            assert!(fs::read_to_string(&file).unwrap().contains("mine"));
            let backup = format!("{}.before-webex-mcp", file.display());
            assert_eq!(fs::read_to_string(backup).unwrap(), mine);
            let left = fs::read_dir(file.parent().unwrap()).unwrap();
            let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
            assert!(
                left.iter()
                    .all(|name| !name.to_string_lossy().starts_with(".tmp")),
                "{left:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_merged_is_left_as_it_is() {
        for (text, advice) in [
            (
                r#"{"mcpServers": {"webex": {"url": "https://example.com"}}}"#,
                "something else wrote",
            ),
            ("{ 'quoted': 1 }", "Add this by hand:"),
        ] {
            let home = tempfile::tempdir().unwrap();
            let file = home.path().join(".claude.json");
            fs::write(&file, text).unwrap();
            let failure = install(clients::Name::ClaudeCode, home.path(), false).unwrap_err();
            assert_eq!(failure.code(), 1);
            assert!(failure.to_string().contains(advice), "{failure}");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn only_files_and_directories_get_their_whole_path() {
        for variable in ["WEBEX_MCP_DATA_DIR", "WEBEX_ACCESS_TOKEN_FILE"] {
            let whole = absolute(variable, "not-made-yet");
            assert!(Path::new(&whole).is_absolute(), "{whole}");
        }
        // There is a directory of this name where tests run.
        assert_eq!(absolute("WEBEX_MCP_AUTH_MODE", "src"), "src");
    }

    #[test]
    fn a_second_run_keeps_the_first_backup() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("client.json");
        fs::write(&file, "mine").unwrap();
        let kept = write(&file, Some("mine"), "ours").unwrap().unwrap();
        assert_eq!(write(&file, Some("ours"), "newer").unwrap(), None);
        assert_eq!(fs::read_to_string(kept).unwrap(), "mine");
        assert_eq!(fs::read_to_string(file).unwrap(), "newer");
    }
}
