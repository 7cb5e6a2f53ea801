//! `config`: checks the configuration, or shows the settings in force and their origins.

use clap::{Args, Subcommand};

use super::output::{say, warn};
use super::{Failure, Sources};
use crate::config::settings::{Kind, SETTINGS};
use crate::config::tables::{KEYS, SCOPE, SCOPE_KEYS, SECTION};
use crate::config::{ConfigError, Environment, Loaded, clients};
use crate::server;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  webex-mcp config check --config /etc/webex-mcp.toml
  webex-mcp config show")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say ok, or what would stop `serve` and where that is; exit code 2 if anything would
    Check(Sources),
    /// Show every setting in force and where it was set; secrets are never shown
    Show(Sources),
}

/// # Errors
/// The mistakes in the configuration, each with its file and line or its variable.
pub fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    match arguments.action {
        Action::Check(sources) => {
            let loaded = sources.load_aloud(environment, Vec::new())?;
            let token = server::check_token(&loaded);
            if token.is_err() {
                warn(format_args!(
                    "`serve` would not start here. If only its own environment holds a token, run this with that \
                     environment."
                ));
            }
            ConfigError::gather([server::check(&loaded), server::check_key(&loaded), token])?;
            say(format_args!("ok: the configuration is sound."))?;
        }
        Action::Show(sources) => {
            for line in shown(&sources.load_aloud(environment, Vec::new())?) {
                say(format_args!("{line}"))?;
            }
        }
    }
    Ok(())
}

/// One line for each setting, as TOML with its origin in a comment.
fn shown(loaded: &Loaded) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = "";
    for setting in SETTINGS {
        if setting.section != section {
            section = setting.section;
            lines.push(format!("[{section}]"));
        }
        let name = setting.name();
        lines.push(match (setting.kind, loaded.layers.get(&name)) {
            (Kind::Secret, _) => match loaded.secrets.origin(&name) {
                Some(origin) => format!("# {}: set, by {origin}", setting.key),
                None => format!("# {}: not set", setting.key),
            },
            (_, Some(value)) => {
                let origin = loaded.layers.origin(&name);
                format!("{} = {value}  # {origin}", setting.key)
            }
            (_, None) if name == "data.dir" => match &loaded.config.data.dir {
                Some(directory) => {
                    format!("# {}: not set, so {}", setting.key, directory.display())
                }
                None => format!("# {}: not set, and nothing is kept", setting.key),
            },
            (_, None) => format!("# {}: not set", setting.key),
        });
    }
    for id in loaded.config.broker.clients.keys() {
        let table = format!("{}.{id}", clients::TABLES.prefix);
        show_table(loaded, &table, &clients::KEYS, &mut lines);
    }
    for slug in loaded.config.servers.keys() {
        let table = format!("{SECTION}.{slug}");
        show_table(loaded, &table, &KEYS, &mut lines);
        let scope = format!("{table}.{SCOPE}");
        if loaded.layers.get(&scope).is_some() {
            show_table(loaded, &scope, &SCOPE_KEYS, &mut lines);
        }
    }
    lines
}

fn show_table(loaded: &Loaded, table: &str, keys: &[&str], lines: &mut Vec<String>) {
    lines.push(format!("[{table}]  # {}", loaded.layers.origin(table)));
    for key in keys {
        let name = format!("{table}.{key}");
        if let Some(value) = loaded.layers.get(&name) {
            let origin = loaded.layers.origin(&name);
            lines.push(format!("{key} = {value}  # {origin}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_fails_where_serve_would_not_start() {
        let directory = tempfile::tempdir().unwrap();
        let check = |environment: &Environment| {
            let sources = Sources {
                config: None,
                data_dir: Some(directory.path().to_owned()),
            };
            let action = Action::Check(sources);
            run(Arguments { action }, environment)
        };
        let refused = check(&Environment::default()).unwrap_err();
        assert_eq!(refused.code(), 2);
        assert!(refused.to_string().contains("no Webex token"), "{refused}");
        for set in [
            ("WEBEX_ACCESS_TOKEN", "token"),
            ("WEBEX_MCP_AUTH_MODE", "passthrough"),
        ] {
            check(&Environment::of([set])).unwrap();
        }
    }

    #[test]
    fn show_names_origins_and_hides_secrets() {
        let environment = Environment::of([
            ("WEBEX_ACCESS_TOKEN", "very-secret"),
            ("WEBEX_MCP_LOG_LEVEL", "debug"),
            ("HOME", "/h"),
        ]);
        let loaded = Sources::default().load(&environment, Vec::new()).unwrap();
        let lines = shown(&loaded);
        for expected in [
            "[server]",
            "listen = \"127.0.0.1:8484\"  # the default",
            "# public_url: not set",
            "# dir: not set, so /h/.local/share/webex-mcp",
            "# access_token: set, by WEBEX_ACCESS_TOKEN",
            "# key: not set",
            "level = \"debug\"  # WEBEX_MCP_LOG_LEVEL",
        ] {
            assert!(
                lines.iter().any(|line| line == expected),
                "{expected}\n{lines:#?}"
            );
        }
        assert_eq!(
            lines.iter().filter(|line| !line.starts_with('[')).count(),
            SETTINGS.len()
        );
        assert!(!lines.join("\n").contains("very-secret"));
        // The output can be read back as a file.
        toml::from_str::<toml::Table>(&lines.join("\n")).unwrap();
    }

    #[test]
    fn servers_are_shown_with_their_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s.toml");
        std::fs::write(
            &path,
            "[servers.desk]\ntools = [\"read\"]\nconfirm = \"write\"\n\
             [servers.desk.scope]\ndirect_messages = false\n",
        )
        .unwrap();
        let sources = Sources {
            config: Some(path.clone()),
            data_dir: None,
        };
        let lines = shown(&sources.load(&Environment::default(), Vec::new()).unwrap());
        let at = |line: u32| format!("{}, line {line}", path.display());
        let expected = [
            format!("[servers.desk]  # {}", at(1)),
            format!("tools = [\"read\"]  # {}", at(2)),
            format!("confirm = \"write\"  # {}", at(3)),
            format!("[servers.desk.scope]  # {}", at(4)),
            format!("direct_messages = false  # {}", at(5)),
        ];
        assert_eq!(lines[lines.len() - 5..], expected);
        toml::from_str::<toml::Table>(&lines.join("\n")).unwrap();
    }
}
