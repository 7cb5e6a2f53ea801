//! The environment of the process as a value: only this file reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::settings::PREFIX;

/// The variables and what follows from them, read once at start.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

/// Names only: values may be secret.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ours = self
            .variables
            .keys()
            .filter(|name| name.starts_with("WEBEX_"));
        f.debug_set().entries(ours).finish()
    }
}

impl Environment {
    pub fn of_process() -> Self {
        Environment {
            variables: std::env::vars_os()
                .map(|(name, value)| {
                    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
                    (text(name), text(value))
                })
                .collect(),
        }
    }

    /// For tests and examples: only these variables.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Environment {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// Only these variables, as another process will have them.
    pub fn with(variables: BTreeMap<String, String>) -> Self {
        Environment { variables }
    }

    /// The value of a variable; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The names that begin with our prefix.
    pub fn own_names(&self) -> impl Iterator<Item = &str> {
        self.names().filter(|name| name.starts_with(PREFIX))
    }

    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.path("USERPROFILE"))
    }

    /// Where an application stores its data by default.
    pub fn data_dir(&self) -> Option<PathBuf> {
        let base = self
            .path("XDG_DATA_HOME")
            .or_else(|| self.path("LOCALAPPDATA"))
            .or_else(|| Some(self.home()?.join(".local").join("share")))?;
        Some(base.join("webex-mcp"))
    }

    /// The path of this program.
    pub fn program() -> std::io::Result<PathBuf> {
        std::env::current_exe()
    }
}
