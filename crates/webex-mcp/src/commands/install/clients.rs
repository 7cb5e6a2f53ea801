//! The clients that `install` knows: where each stores its servers, and in which form.

use std::path::PathBuf;

use crate::config::Environment;

/// The operating systems whose paths are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    pub const fn current() -> Self {
        if cfg!(target_os = "macos") {
            System::MacOs
        } else if cfg!(windows) {
            System::Windows
        } else {
            System::Linux
        }
    }
}

/// The directory in which a client's file is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    /// The user's home directory, or the directory in this variable.
    Home { moved_by: Option<&'static str> },
    /// The system's directory for the settings of applications.
    Settings,
}

/// The form in which a client stores its servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An object of servers under this key; some clients require each server to have a `type`.
    Json { servers: &'static str, typed: bool },
    /// A table of tables under `mcp_servers`.
    Toml,
}

/// One client, as data.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    pub title: &'static str,
    pub form: Form,
    base: Base,
    path: &'static [&'static str],
    /// Whether its file may have the address of an HTTP server.
    pub has_addresses: bool,
    /// How its file names a variable of its own environment, where it would withhold a token otherwise.
    pub token_reference: Option<&'static str>,
    /// How the user makes the client read its file again.
    pub then: &'static str,
}

/// The names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Name {
    ClaudeCode,
    ClaudeDesktop,
    Vscode,
    Cursor,
    Gemini,
    Codex,
}

const fn json(servers: &'static str, typed: bool) -> Form {
    Form::Json { servers, typed }
}
const HOME: Base = Base::Home { moved_by: None };

impl Name {
    pub const fn client(self) -> Client {
        match self {
            Name::ClaudeCode => Client {
                title: "Claude Code",
                has_addresses: true,
                token_reference: None,
                form: json("mcpServers", true),
                base: HOME,
                path: &[".claude.json"],
                then: "Start a new session, then /mcp shows it.",
            },
            Name::ClaudeDesktop => Client {
                title: "Claude Desktop",
                has_addresses: false,
                token_reference: None,
                form: json("mcpServers", false),
                base: Base::Settings,
                path: &["Claude", "claude_desktop_config.json"],
                then: "Quit Claude Desktop completely and start it again.",
            },
            Name::Vscode => Client {
                title: "VS Code",
                has_addresses: true,
                token_reference: None,
                form: json("servers", true),
                base: Base::Settings,
                path: &["Code", "User", "mcp.json"],
                then: "Run `MCP: List Servers` and start webex.",
            },
            Name::Cursor => Client {
                title: "Cursor",
                has_addresses: true,
                token_reference: None,
                form: json("mcpServers", true),
                base: HOME,
                path: &[".cursor", "mcp.json"],
                then: "Switch webex on in Cursor's settings under Tools & MCP.",
            },
            Name::Gemini => Client {
                title: "Gemini CLI",
                has_addresses: true,
                token_reference: Some("$WEBEX_ACCESS_TOKEN"),
                form: json("mcpServers", false),
                base: HOME,
                path: &[".gemini", "settings.json"],
                then: "Start a new session, then /mcp shows it.",
            },
            Name::Codex => Client {
                title: "Codex",
                has_addresses: true,
                token_reference: None,
                form: Form::Toml,
                base: Base::Home {
                    moved_by: Some("CODEX_HOME"),
                },
                path: &[".codex", "config.toml"],
                then: "Start a new session, then /mcp shows it.",
            },
        }
    }
}

impl Client {
    /// The client's file for this user; `None` where the home directory is not known.
    pub fn file(&self, environment: &Environment, system: System) -> Option<PathBuf> {
        let path = self.path.iter();
        match self.base {
            Base::Home { moved_by } => {
                let moved = moved_by.and_then(|variable| environment.path(variable));
                match moved {
                    // The variable replaces the first part of the path: `CODEX_HOME` is `~/.codex`.
                    Some(directory) => Some(directory.join(path.skip(1).collect::<PathBuf>())),
                    None => Some(environment.home()?.join(path.collect::<PathBuf>())),
                }
            }
            Base::Settings => {
                let settings = match system {
                    System::Linux => environment
                        .path("XDG_CONFIG_HOME")
                        .or_else(|| Some(environment.home()?.join(".config")))?,
                    System::MacOs => environment
                        .home()?
                        .join("Library")
                        .join("Application Support"),
                    System::Windows => environment.path("APPDATA")?,
                };
                Some(settings.join(path.collect::<PathBuf>()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_file_on_each_system() {
        let unix = Environment::of([("HOME", "/h")]);
        let windows = Environment::of([("USERPROFILE", "/u"), ("APPDATA", "/a")]);
        use System::{Linux, MacOs, Windows};
        for (name, system, environment, expected) in [
            (Name::ClaudeCode, Linux, &unix, "/h/.claude.json"),
            (Name::ClaudeCode, Windows, &windows, "/u/.claude.json"),
            (
                Name::ClaudeDesktop,
                Linux,
                &unix,
                "/h/.config/Claude/claude_desktop_config.json",
            ),
            (
                Name::ClaudeDesktop,
                MacOs,
                &unix,
                "/h/Library/Application Support/Claude/claude_desktop_config.json",
            ),
            (
                Name::ClaudeDesktop,
                Windows,
                &windows,
                "/a/Claude/claude_desktop_config.json",
            ),
            (Name::Vscode, Linux, &unix, "/h/.config/Code/User/mcp.json"),
            (
                Name::Vscode,
                MacOs,
                &unix,
                "/h/Library/Application Support/Code/User/mcp.json",
            ),
            (Name::Vscode, Windows, &windows, "/a/Code/User/mcp.json"),
            (Name::Cursor, MacOs, &unix, "/h/.cursor/mcp.json"),
            (Name::Gemini, Linux, &unix, "/h/.gemini/settings.json"),
            (Name::Codex, Linux, &unix, "/h/.codex/config.toml"),
        ] {
            let file = name.client().file(environment, system).unwrap();
            assert_eq!(file, PathBuf::from(expected));
        }
        let moved = Environment::of([
            ("HOME", "/h"),
            ("CODEX_HOME", "/c"),
            ("XDG_CONFIG_HOME", "/x"),
        ]);
        let codex = Name::Codex.client().file(&moved, Linux).unwrap();
        assert_eq!(codex, PathBuf::from("/c/config.toml"));
        let vscode = Name::Vscode.client().file(&moved, Linux).unwrap();
        assert_eq!(vscode, PathBuf::from("/x/Code/User/mcp.json"));
        assert!(
            Name::Cursor
                .client()
                .file(&Environment::default(), Linux)
                .is_none()
        );
    }
}
