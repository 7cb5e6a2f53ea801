//! Why a configuration is refused, always with the file and line or the variable.

use std::fmt;
use std::path::PathBuf;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("the default"),
            Origin::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Origin::Variable(name) => f.write_str(name),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A mistake in the configuration; the command exits with 2. One sentence, without any secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: the file cannot be read ({reason}).", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{place}: this is not TOML: {reason}.")]
    Malformed { place: Origin, reason: String },
    #[error("{place}: there is no setting `{name}`{}", meant(nearest.as_deref()))]
    UnknownKey {
        place: Origin,
        name: String,
        nearest: Option<String>,
    },
    #[error("{place}: `{name}`: {reason}.")]
    Refused {
        place: Origin,
        name: String,
        reason: String,
    },
    /// A setting that the command needs is missing.
    #[error("{0}")]
    Missing(&'static str),
}

/// A variable that has our prefix but is not a setting. It never stops the start: the environment
/// may have it for other reasons, as Kubernetes sets such variables for a Service of our name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVariable {
    pub name: String,
    /// The name that was probably meant.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownVariable { name, nearest } = self;
        let meant = meant(nearest.as_deref());
        write!(f, "{name} is ignored: there is no such variable{meant}")
    }
}

fn meant(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => "; docs/config.md lists them all.".to_owned(),
    }
}
