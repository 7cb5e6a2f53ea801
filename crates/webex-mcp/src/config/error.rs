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
    #[error("{}`{name}`: {}", placed(place), ended(reason))]
    Refused {
        place: Origin,
        name: String,
        reason: String,
    },
    /// A setting that the command needs is missing.
    #[error("{0}")]
    Missing(&'static str),
    /// Each in a line of its own.
    #[error("{}", lines(.0))]
    Several(Vec<ConfigError>),
}

impl ConfigError {
    /// The mistakes that several checks found.
    ///
    /// # Errors
    /// All of them.
    pub fn gather(
        checks: impl IntoIterator<Item = Result<(), ConfigError>>,
    ) -> Result<(), ConfigError> {
        let found = checks.into_iter().filter_map(Result::err);
        let each = found.flat_map(|mistake| match mistake {
            ConfigError::Several(mistakes) => mistakes,
            one => vec![one],
        });
        Self::all(each.collect())
    }

    /// Where in the file a key is that there is not.
    pub fn line(&self) -> usize {
        match self {
            ConfigError::UnknownKey {
                place: Origin::File { line, .. },
                ..
            } => *line,
            _ => 0,
        }
    }

    /// Nothing where there is no mistake.
    ///
    /// # Errors
    /// All of these mistakes.
    pub fn all(mut mistakes: Vec<ConfigError>) -> Result<(), ConfigError> {
        match (mistakes.pop(), mistakes.is_empty()) {
            (None, _) => Ok(()),
            (Some(only), true) => Err(only),
            (Some(last), false) => {
                mistakes.push(last);
                Err(ConfigError::Several(mistakes))
            }
        }
    }
}

fn lines(mistakes: &[ConfigError]) -> String {
    let lines: Vec<_> = mistakes.iter().map(ConfigError::to_string).collect();
    lines.join("\n")
}

/// A sentence, which may be a question.
fn ended(reason: &str) -> String {
    match reason.ends_with('?') {
        true => reason.to_owned(),
        false => format!("{reason}."),
    }
}

/// A setting that nobody set has no place.
fn placed(place: &Origin) -> String {
    match place {
        Origin::Default => String::new(),
        place => format!("{place}: "),
    }
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

/// A variable that should name a proxy and does not. It never stops the start: other programs may
/// read it in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongProxyVariable(pub &'static str);

impl fmt::Display for WrongProxyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        write!(
            f,
            "{name} is not an address of a proxy, and is ignored; write http://host:port"
        )
    }
}

fn meant(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => "; docs/config.md lists them all.".to_owned(),
    }
}
