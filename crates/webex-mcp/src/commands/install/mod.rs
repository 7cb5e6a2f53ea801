//! `install`: adds this server to a client's own configuration, or shows what it would add.

mod clients;
mod entry;
mod file;
mod merge;
mod trial;

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use self::clients::{Client, System};
use self::entry::Entry;
use self::file::{read, replace, target};
use self::merge::MergeError;
use crate::commands::Failure;
use crate::commands::acting::{self, Owner};
use crate::commands::output::say;
use crate::commands::tools::{DEFAULT_SERVER, find};
use crate::config::settings::{Kind, SETTINGS};
use crate::config::{Environment, Loaded, Origin};
use crate::server;
use crate::servers;

#[derive(Debug, Args)]
#[command(after_help = "\
The entry starts `webex-mcp stdio`, which acts with the sign-in of `webex-mcp login`. Variables of
the environment that begin with WEBEX_ and are set now become part of it, except secrets: for a
token, set WEBEX_ACCESS_TOKEN_FILE to a file that holds it. They are checked before anything is
written, and what was written is tried at once, with HTTPS_PROXY, SSL_CERT_FILE and the like as
they are here: a client may start it without them. The file as it was before the first time is kept
beside the new one. An entry `webex` that starts another program or has another address is never
touched.

Examples:
  webex-mcp install claude-code --sandbox
  WEBEX_ACCESS_TOKEN_FILE=~/.webex-token webex-mcp install claude-desktop
  webex-mcp install vscode --url https://webex-mcp.example.com
  webex-mcp install codex --print
  webex-mcp install cursor --remove")]
pub struct Arguments {
    /// The client to configure
    #[arg(value_enum)]
    client: clients::Name,
    /// Show the file and its new content, and write nothing
    #[arg(long)]
    print: bool,
    /// Act on a simulated Webex, which needs no token
    #[arg(long)]
    sandbox: bool,
    /// A server that runs elsewhere, in place of a program to start: its address, with or without
    /// the path of an endpoint
    #[arg(long, value_name = "URL", value_parser = address, conflicts_with = "sandbox")]
    url: Option<url::Url>,
    /// The server, by the last part of its path: webex-messaging, or webex for everything
    /// [default: webex-messaging]
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Take the entry out again
    #[arg(long, conflicts_with_all = ["print", "sandbox", "server"])]
    remove: bool,
}

fn address(text: &str) -> Result<url::Url, &'static str> {
    let read = text.parse();
    read.map_err(
        |_| "write the whole address, beginning with https://, as https://webex-mcp.example.com",
    )
}

/// # Errors
/// The file is missing, not readable, or has a foreign entry with our name; or the new entry does
/// not work.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let client = arguments.client.client();
    let Some(entry) = install(&arguments, &client, environment)? else {
        return Ok(());
    };
    say(format_args!("Trying it …"))?;
    let tried = trial::run(&entry, environment).await;
    let tried =
        tried.map_err(|why| Failure::other(format!("The entry does not work yet: {why}.")))?;
    say(format_args!("{tried}"))?;
    if let Some((client, origin)) = token_of(&entry, environment).await? {
        match acting::owner(&client).await {
            Ok(Owner::Person(who) | Owner::Bot(who)) => say(format_args!("It acts as {who}."))?,
            Ok(Owner::Unknown(why)) => say(format_args!(
                "Webex accepts its token; whose it is, is not known: {why}."
            ))?,
            Err(error) => {
                let what = match error.status() {
                    Some(401) => "does not work",
                    _ => "could not be tried",
                };
                let why = acting::refusal(&error, origin.as_ref());
                return Err(Failure::other(format!(
                    "The entry was written, but its token {what}: {why}."
                )));
            }
        }
    }
    say(format_args!("{}", client.then))?;
    Ok(())
}

/// A client with the token that the program of an entry gets, and where that is configured; or with that
/// of the sign-in.
async fn token_of(
    entry: &Entry,
    environment: &Environment,
) -> Result<Option<(webex::Client, Option<Origin>)>, Failure> {
    let Some(loaded) = loaded(entry, environment)? else {
        return Ok(None);
    };
    let webex = webex::Webex::new(&loaded.config.webex.base_url)
        .map_err(|error| Failure::other(format!("{error}.")))?;
    if let Some((token, origin)) = loaded.secrets.access_token {
        return Ok(Some((webex.client(token), Some(origin))));
    }
    if !is_sandbox(entry) && server::is_signed_in(loaded.config.data.dir.as_deref()) {
        let login = server::login(&loaded, &webex)?;
        if let Some(login) = login {
            let token = login.token().await;
            let token = token.map_err(|error| Failure::other(acting::sentences(&error)))?;
            return Ok(Some((webex.client(token), None)));
        }
    }
    Ok(None)
}

fn is_sandbox(entry: &Entry) -> bool {
    matches!(entry, Entry::Program(program) if program.args.iter().any(|it| it == "--sandbox"))
}

/// The settings that the program of the entry will have.
fn loaded(entry: &Entry, environment: &Environment) -> Result<Option<Loaded>, Failure> {
    let Entry::Program(program) = entry else {
        return Ok(None);
    };
    let own = Environment::with(program.variables(environment));
    let mut loaded = Loaded::read(None, &own, Vec::new())?;
    // A client starts it as the same user.
    loaded.config.data.dir = loaded.config.data.dir.or_else(|| environment.data_dir());
    Ok(Some(loaded))
}

/// Whether calls of the entry's program need a token that it does not name.
fn lacks_token(arguments: &Arguments, loaded: Option<&Loaded>) -> bool {
    let lacks = |loaded: &Loaded| {
        let is_signed_in = server::is_signed_in(loaded.config.data.dir.as_deref());
        loaded.secrets.access_token.is_none() && !is_signed_in
    };
    !arguments.sandbox && loaded.is_some_and(lacks)
}

/// Writes, shows or removes the entry; returns the one that the client's file has afterwards.
fn install(
    arguments: &Arguments,
    client: &Client,
    environment: &Environment,
) -> Result<Option<Entry>, Failure> {
    let file = client
        .file(environment, System::current())
        .ok_or_else(|| Failure::other("The home directory is not known: set HOME."))?;
    let file = target(file)?;
    let entry = entry(arguments, client, environment)?;
    if arguments.remove {
        remove(client, &file, &entry)?;
        return Ok(None);
    }
    // A missing token file is reported here.
    let loaded = loaded(&entry, environment)?;
    if let (Some(_), Some(server)) = (&loaded, &arguments.server) {
        find(&servers::all(), server)?;
    }
    let before = read(&file)?;
    let text = before.as_deref().unwrap_or_default();
    let after = merge::merge(client.form, text, &entry).map_err(|error| {
        let foreign = "Rename or remove that entry, then run this again.";
        refused(&file, &error, foreign, || by_hand(client, &entry))
    })?;
    if arguments.print {
        say(format_args!(
            "{}:\n\n{}",
            file.display(),
            alone(client, &entry)
        ))?;
        return Ok(None);
    }
    if before.as_deref() == Some(after.as_str()) {
        say(format_args!(
            "{} already has it; nothing was changed.",
            file.display()
        ))?;
        return Ok(Some(entry));
    }
    replace(
        &file,
        before.as_deref(),
        &after,
        "Wrote the entry `webex` to",
    )?;
    if lacks_token(arguments, loaded.as_ref()) {
        say(format_args!(
            "The entry names no token. Run `webex-mcp login`, or {}, or\n\
             run this again with WEBEX_ACCESS_TOKEN_FILE set to a file that holds the token.",
            match client.token_reference {
                Some(_) => "run this again where WEBEX_ACCESS_TOKEN is set".to_owned(),
                None => format!("start {} where WEBEX_ACCESS_TOKEN is set", client.title),
            }
        ))?;
    }
    Ok(Some(entry))
}

fn remove(client: &Client, file: &Path, entry: &Entry) -> Result<(), Failure> {
    let before = read(file)?;
    let text = before.as_deref().unwrap_or_default();
    let by_hand = || "Take the entry out by hand.".to_owned();
    let after = match text.trim().is_empty() {
        true => None,
        false => merge::remove(client.form, text, entry)
            .map_err(|error| refused(file, &error, "It is not ours to take out.", by_hand))?,
    };
    let Some(after) = after else {
        say(format_args!(
            "{} has no entry of ours; nothing was changed.",
            file.display()
        ))?;
        return Ok(());
    };
    replace(
        file,
        before.as_deref(),
        &after,
        "Took the entry `webex` out of",
    )
}

/// This program, with the settings in force where `install` was called.
fn entry(
    arguments: &Arguments,
    client: &Client,
    environment: &Environment,
) -> Result<Entry, Failure> {
    if let Some(url) = &arguments.url {
        let url = endpoint(url, arguments.server.as_deref())?;
        return Entry::address(client, url).ok_or_else(|| {
            let title = client.title;
            Failure::Usage(format!(
                "{title} has no addresses in its file: add the server there as a connector, or install without --url."
            ))
        });
    }
    let program = Environment::program().map_err(|error| {
        Failure::other(format!("The path of this program is not known: {error}."))
    })?;
    let shown = SETTINGS
        .iter()
        .filter(|setting| setting.kind != Kind::Secret)
        // The sandbox needs no token, so none has to exist.
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
    let names_token = env.keys().any(|name| name.ends_with("ACCESS_TOKEN_FILE"));
    // Some clients take a name that is not set for the token itself.
    let is_set =
        client.token_reference.is_none() || environment.get("WEBEX_ACCESS_TOKEN").is_some();
    let program = Entry::program(client.form, program, further, env);
    Ok(Entry::Program(
        match arguments.sandbox || names_token || !is_set {
            true => program,
            false => program.passing_token(client),
        },
    ))
}

/// The address of one virtual server. Tokens are sent to it, so beyond this machine it must be
/// encrypted.
fn endpoint(url: &url::Url, server: Option<&str>) -> Result<String, Failure> {
    let is_local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let wrong = |why: &str| Failure::Usage(format!("--url: {why}."));
    match url.scheme() {
        "https" => {}
        "http" if is_local => {}
        _ => {
            return Err(wrong(
                "it has to begin with https://, or with http:// on this machine",
            ));
        }
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(wrong("it may hold a host and a path, and nothing secret"));
    }
    let mut url = url.clone();
    url.set_fragment(None);
    match (url.path(), server) {
        ("" | "/", server) => {
            let path = server::path_of(server.unwrap_or(DEFAULT_SERVER));
            url.set_path(&path);
        }
        (_, Some(_)) => return Err(wrong("its path names a server already; leave out --server")),
        (_, None) => {}
    }
    Ok(url.into())
}

/// Makes a path absolute, because a client starts this server in another directory. The file or
/// directory does not have to exist yet.
fn absolute(variable: &str, value: &str) -> String {
    let is_path = ["_FILE", "_DIR"].iter().any(|end| variable.ends_with(end));
    match std::path::absolute(value) {
        Ok(whole) if is_path => whole.display().to_string(),
        _ => value.to_owned(),
    }
}

fn by_hand(client: &Client, entry: &Entry) -> String {
    format!("Add this by hand:\n\n{}", alone(client, entry))
}

/// The file with our entry alone: the part that a person would add by hand.
fn alone(client: &Client, entry: &Entry) -> String {
    merge::merge(client.form, "", entry).unwrap_or_default()
}

fn refused(
    file: &Path,
    error: &MergeError,
    foreign: &str,
    by_hand: impl Fn() -> String,
) -> Failure {
    let advice = match error {
        MergeError::Foreign => foreign.to_owned(),
        MergeError::Twice(_) => "Delete one of the two, then run this again.".to_owned(),
        MergeError::Program => "Run this with `--remove` alone to take it out.".to_owned(),
        MergeError::Address(url) => {
            format!("If it is ours, run this with `--remove --url {url}` to take it out.")
        }
        MergeError::Unreadable { .. } | MergeError::NoTable(_) => by_hand(),
    };
    Failure::other(format!(
        "{} was left as it is: {error}. {advice}",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::file::write;
    use super::*;
    use clap::ValueEnum as _;

    /// Everything but the trial: here the running program is the test.
    fn write_entry(arguments: &Arguments, environment: &Environment) -> Result<(), Failure> {
        install(arguments, &arguments.client.client(), environment).map(drop)
    }

    fn installed(name: clients::Name, home: &Path, print: bool) -> Result<(), Failure> {
        let home = home.to_str().unwrap();
        let environment = Environment::of([
            ("HOME", home),
            ("APPDATA", home),
            ("WEBEX_ACCESS_TOKEN", "very-secret"),
            ("WEBEX_MCP_LOG_LEVEL", "warn"),
        ]);
        write_entry(&asked(name, print), &environment)
    }

    fn asked(client: clients::Name, print: bool) -> Arguments {
        Arguments {
            client,
            print,
            sandbox: false,
            url: None,
            server: None,
            remove: false,
        }
    }

    /// The entry in Claude Code's file, if there is a file.
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
            ("WEBEX_MCP_LOG_LEVEL", "loud", "none of its values"),
        ] {
            let home = tempfile::tempdir().unwrap();
            let environment =
                Environment::of([("HOME", home.path().to_str().unwrap()), (variable, value)]);
            let failure =
                write_entry(&asked(clients::Name::ClaudeCode, false), &environment).unwrap_err();
            assert_eq!(failure.code(), 2);
            assert!(failure.to_string().contains(expected), "{failure}");
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_token_is_missing_only_where_no_setting_names_one() {
        let home = tempfile::tempdir().unwrap();
        let token = home.path().join("token");
        fs::write(&token, "a-token").unwrap();
        for (variable, sandbox, lacks) in [
            ("WEBEX_ACCESS_TOKEN_FILE", false, false),
            ("WEBEX_MCP_WEBEX_ACCESS_TOKEN_FILE", false, false),
            ("WEBEX_UNRELATED", false, true),
            ("WEBEX_UNRELATED", true, false),
        ] {
            let home = home.path().to_str().unwrap();
            let environment =
                Environment::of([("HOME", home), (variable, token.to_str().unwrap())]);
            let mut arguments = asked(clients::Name::Cursor, false);
            arguments.sandbox = sandbox;
            let client = arguments.client.client();
            let entry = entry(&arguments, &client, &environment).unwrap();
            let loaded = loaded(&entry, &environment).unwrap();
            assert_eq!(
                lacks_token(&arguments, loaded.as_ref()),
                lacks,
                "{variable}"
            );
        }
    }

    /// As the client's file has it.
    fn entry_of(arguments: &Arguments, environment: &Environment) -> String {
        let client = arguments.client.client();
        alone(&client, &entry(arguments, &client, environment).unwrap())
    }

    #[test]
    fn a_token_is_passed_on_by_its_name_and_decides_who_acts() {
        use clients::Name;
        let set = Environment::of([("WEBEX_ACCESS_TOKEN", "very-secret")]);
        let named = r#""env": {
        "WEBEX_ACCESS_TOKEN": "$WEBEX_ACCESS_TOKEN"
      }"#;
        for (name, environment, expected, decides) in [
            (Name::Gemini, &set, Some(named), true),
            // The client would take the name for the token.
            (Name::Gemini, &Environment::default(), None, false),
            (
                Name::Codex,
                &set,
                Some("env_vars = [\"WEBEX_ACCESS_TOKEN\"]"),
                true,
            ),
            (Name::Cursor, &set, None, false),
        ] {
            let arguments = asked(name, false);
            let text = entry_of(&arguments, environment);
            let has = expected.unwrap_or("WEBEX_ACCESS_TOKEN");
            assert_eq!(text.contains(has), expected.is_some(), "{text}");
            assert!(!text.contains("very-secret"), "{text}");
            let entry = entry(&arguments, &name.client(), environment).unwrap();
            let loaded = loaded(&entry, environment).unwrap().unwrap();
            assert_eq!(loaded.secrets.access_token.is_some(), decides, "{name:?}");
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
        write_entry(&arguments, &environment).unwrap();
        let entry = written(home.path()).unwrap();
        let args = serde_json::json!(["stdio", "--sandbox", "--server", "webex"]);
        assert_eq!(entry["args"], args);
        assert!(entry.get("env").is_none(), "{entry}");
        for name in [clients::Name::Codex, clients::Name::Gemini] {
            let mut arguments = asked(name, false);
            arguments.sandbox = true;
            let token = [("WEBEX_ACCESS_TOKEN", "very-secret")];
            let entry = entry_of(&arguments, &Environment::of(token));
            assert!(!entry.contains("TOKEN"), "{entry}");
        }

        arguments.server = Some("webx".to_owned());
        let failure = write_entry(&arguments, &environment).unwrap_err();
        assert!(failure.to_string().contains("webex-messaging"), "{failure}");
    }

    #[test]
    fn an_address_stands_as_each_client_wants_it() {
        use clients::Name;
        let url = "https://mcp.example.com/mcp/webex-messaging";
        let json = |servers: &str, entry: &str| format!("{{\"{servers}\":{{\"webex\":{entry}}}}}");
        let typed = format!(r#"{{"type":"http","url":"{url}"}}"#);
        for (name, expected) in [
            (Name::ClaudeCode, json("mcpServers", &typed)),
            (Name::Vscode, json("servers", &typed)),
            (Name::Cursor, json("mcpServers", &typed)),
            (Name::Gemini, json("mcpServers", &typed)),
            (Name::Codex, format!("[mcp_servers.webex]\nurl=\"{url}\"")),
        ] {
            let home = tempfile::tempdir().unwrap();
            let environment = Environment::of([("HOME", home.path().to_str().unwrap())]);
            let mut arguments = asked(name, false);
            arguments.url = Some("https://mcp.example.com".parse().unwrap());
            write_entry(&arguments, &environment).unwrap();
            let file = name.client().file(&environment, System::current()).unwrap();
            let text = fs::read_to_string(&file).unwrap();
            let text: Vec<_> = text.lines().map(str::trim).collect();
            let glue = if name == Name::Codex { "\n" } else { "" };
            let text = text.join(glue).replace("\": ", "\":").replace(" = ", "=");
            assert_eq!(text.trim(), expected);

            // Without the address, the answer says how to name it.
            let mut remove = asked(name, false);
            remove.remove = true;
            let failure = write_entry(&remove, &environment).unwrap_err().to_string();
            let advice = format!(
                "names the address {url}. If it is ours, run this with `--remove --url {url}`"
            );
            assert!(failure.contains(&advice), "{failure}");
            // An entry with another address is foreign; one with the same address is ours.
            arguments.url = Some("https://elsewhere.example.com".parse().unwrap());
            assert!(write_entry(&arguments, &environment).is_err());
            arguments.remove = true;
            assert!(write_entry(&arguments, &environment).is_err());
            arguments.url = Some(url.parse().unwrap());
            write_entry(&arguments, &environment).unwrap();
            assert!(!fs::read_to_string(&file).unwrap().contains("webex"));
        }
        let mut arguments = asked(Name::ClaudeDesktop, false);
        arguments.url = Some(url.parse().unwrap());
        let failure = write_entry(&arguments, &Environment::of([("HOME", "/nowhere")]));
        let failure = failure.unwrap_err().to_string();
        assert!(failure.contains("as a connector"), "{failure}");
    }

    #[test]
    fn an_address_gets_the_path_of_its_server() {
        for (url, server, expected) in [
            (
                "https://a.example",
                None,
                Some("https://a.example/mcp/webex-messaging"),
            ),
            (
                "https://a.example/",
                Some("webex"),
                Some("https://a.example/mcp/webex"),
            ),
            (
                "https://a.example/x/mcp/desk#y",
                None,
                Some("https://a.example/x/mcp/desk"),
            ),
            (
                "http://127.0.0.1:8484",
                None,
                Some("http://127.0.0.1:8484/mcp/webex-messaging"),
            ),
            (
                "http://[::1]:1/mcp/webex",
                None,
                Some("http://[::1]:1/mcp/webex"),
            ),
            ("https://a.example/mcp/webex", Some("webex"), None),
            ("http://a.example", None, None),
            ("https://me:secret@a.example", None, None),
            ("https://a.example/mcp/webex?token=x", None, None),
            ("file:///etc/passwd", None, None),
        ] {
            let found = endpoint(&url.parse().unwrap(), server);
            let code = found.as_ref().err().map(Failure::code);
            assert!(code.is_none_or(|code| code == 2), "{url}");
            assert_eq!(found.as_deref().ok(), expected, "{url}");
        }
    }

    #[test]
    fn an_entry_of_ours_can_be_taken_out_again() {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment::of([("HOME", home.path().to_str().unwrap())]);
        let mut arguments = asked(clients::Name::ClaudeCode, false);
        arguments.remove = true;
        // Without a file, without an entry, and with an entry.
        write_entry(&arguments, &environment).unwrap();
        assert_eq!(written(home.path()), None);
        let file = home.path().join(".claude.json");
        fs::write(&file, "{\"mine\": true}").unwrap();
        write_entry(&arguments, &environment).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "{\"mine\": true}");
        let ours = r#"{"mcpServers": {"webex": {"command": "/bin/webex-mcp"}, "other": {}}}"#;
        fs::write(&file, ours).unwrap();
        write_entry(&arguments, &environment).unwrap();
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            r#"{"mcpServers": { "other": {}}}"#
        );
        let theirs = r#"{"mcpServers": {"webex": {"command": "npx"}}}"#;
        fs::write(&file, theirs).unwrap();
        let failure = write_entry(&arguments, &environment).unwrap_err();
        assert!(
            failure.to_string().contains("something else wrote"),
            "{failure}"
        );
        assert!(!failure.to_string().contains("run this again"), "{failure}");
        assert_eq!(fs::read_to_string(&file).unwrap(), theirs);
        // An entry that starts our program is none with that address.
        fs::write(&file, ours).unwrap();
        arguments.url = Some("https://mcp.example.com".parse().unwrap());
        let failure = write_entry(&arguments, &environment).unwrap_err();
        assert!(
            failure.to_string().contains("`--remove` alone"),
            "{failure}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), ours);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_left() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".claude.json");
        std::os::unix::fs::symlink(home.path().join("dotfiles"), &file).unwrap();
        let failure = installed(clients::Name::ClaudeCode, home.path(), false).unwrap_err();
        assert!(failure.to_string().contains("not there"), "{failure}");
        assert!(file.is_symlink() && !file.exists());
    }

    #[test]
    fn every_client_gets_its_entry_and_keeps_the_rest() {
        for &name in clients::Name::value_variants() {
            let home = tempfile::tempdir().unwrap();
            let environment = Environment::of([("HOME", home.path().to_str().unwrap())]);
            let file = name.client().file(&environment, System::current()).unwrap();
            installed(name, home.path(), true).unwrap();
            assert!(!file.exists(), "--print writes nothing");
            installed(name, home.path(), false).unwrap();
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
            // The test program has another name than the server, so its entry counts as foreign.
            installed(name, home.path(), false).unwrap();
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
                "`--remove --url https://example.com`",
            ),
            (
                r#"{"mcpServers": {"webex": {"command": "npx"}}}"#,
                "something else wrote",
            ),
            ("{ 'quoted': 1 }", "Add this by hand:"),
        ] {
            let home = tempfile::tempdir().unwrap();
            let file = home.path().join(".claude.json");
            fs::write(&file, text).unwrap();
            let failure = installed(clients::Name::ClaudeCode, home.path(), false).unwrap_err();
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
        // A directory of this name exists where tests run.
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
