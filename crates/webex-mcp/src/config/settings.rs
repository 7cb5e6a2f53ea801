//! The list of all settings: their names, how a variable's text is read, and which are secret.

use toml::{Table, Value};

/// How the text of a variable becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Switch,
    /// In a variable, the entries are separated by commas.
    List,
    /// Tables, in a variable as TOML writes them in one line: `[{ a = "b" }]`.
    Tables,
    /// Text that comes from the environment only and is never shown.
    Secret,
}

/// One setting: `[section] key` in a file, `WEBEX_MCP_SECTION_KEY` in the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub section: &'static str,
    pub key: &'static str,
    pub kind: Kind,
    /// A second variable, where a common one exists.
    pub alias: Option<&'static str>,
}

/// The prefix of all our variables.
pub const PREFIX: &str = "WEBEX_MCP_";

impl Setting {
    const fn new(section: &'static str, key: &'static str, kind: Kind) -> Self {
        Setting {
            section,
            key,
            kind,
            alias: None,
        }
    }

    const fn also(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    /// `section.key`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The environment variable of the setting.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}_{}", self.section, self.key).to_ascii_uppercase()
    }

    /// The value of a variable's text.
    ///
    /// # Errors
    /// What it has to be.
    pub fn typed(&self, text: &str) -> Result<Value, &'static str> {
        let text = text.trim();
        if is_quoted(text) {
            return Err(
                "it stands in quotes, which a shell would have taken away; write it without them",
            );
        }
        if is_reference(text) {
            return Err(
                "this is the name of a variable, not its value; write the value, or let a shell put it there",
            );
        }
        match self.kind {
            Kind::Text | Kind::Secret => Ok(Value::String(text.to_owned())),
            Kind::Number => text
                .parse()
                .map(Value::Integer)
                .map_err(|_| "it must be a whole number"),
            Kind::Switch => text
                .parse()
                .map(Value::Boolean)
                .map_err(|_| "it must be true or false"),
            Kind::Tables => {
                let read: Result<Table, _> = toml::from_str(&format!("tables = {text}"));
                let tables = read.ok().and_then(|mut read| read.remove("tables"));
                tables.ok_or("it must be TOML in one line, as [{ key = \"value\" }]")
            }
            Kind::List => Ok(Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|entry| !entry.is_empty())
                    .map(|entry| Value::String(entry.to_owned()))
                    .collect(),
            )),
        }
    }
}

/// As in a file of variables that a program other than a shell reads.
fn is_quoted(text: &str) -> bool {
    let quotes = ['"', '\'', '`'].into_iter();
    let mut inner = quotes.filter_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inner.next().is_some()
}

/// `$NAME`, `${NAME}` or `%NAME%`, which nobody replaced.
fn is_reference(text: &str) -> bool {
    let braced = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    let percent = text
        .strip_prefix('%')
        .and_then(|rest| rest.strip_suffix('%'));
    let name = braced.or(percent).or_else(|| text.strip_prefix('$'));
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.is_some_and(|name| {
        name.starts_with(|c: char| !c.is_ascii_digit()) && name.chars().all(is_of_name)
    })
}

/// In the order of `config.default.toml`.
pub const SETTINGS: &[Setting] = &[
    Setting::new("server", "listen", Kind::Text),
    Setting::new("server", "public_url", Kind::Text),
    Setting::new("server", "allowed_hosts", Kind::List),
    Setting::new("server", "allowed_origins", Kind::List),
    Setting::new("server", "trusted_proxies", Kind::List),
    Setting::new("server", "tls_certificate", Kind::Text),
    Setting::new("server", "tls_key", Kind::Text),
    Setting::new("server", "plain_http_beyond_loopback", Kind::Switch),
    Setting::new("server", "drain_seconds", Kind::Number),
    Setting::new("data", "dir", Kind::Text),
    Setting::new("webex", "base_url", Kind::Text).also("WEBEX_BASE_URL"),
    Setting::new("webex", "access_token", Kind::Secret).also("WEBEX_ACCESS_TOKEN"),
    Setting::new("webex", "access_token_file", Kind::Text).also("WEBEX_ACCESS_TOKEN_FILE"),
    Setting::new("auth", "mode", Kind::Text),
    Setting::new("auth", "static_beyond_loopback", Kind::Switch),
    Setting::new("auth", "header", Kind::Text),
    Setting::new("passthrough", "organizations", Kind::List),
    Setting::new("broker", "client_id", Kind::Text),
    Setting::new("broker", "client_secret", Kind::Secret),
    Setting::new("broker", "client_secret_file", Kind::Text),
    Setting::new("broker", "registered_scopes", Kind::List),
    Setting::new("broker", "organizations", Kind::List),
    Setting::new("jwt", "issuer", Kind::Text),
    Setting::new("jwt", "jwks_url", Kind::Text),
    Setting::new("jwt", "audience", Kind::Text),
    Setting::new("jwt", "types", Kind::List),
    Setting::new("jwt", "clock_skew_seconds", Kind::Number),
    Setting::new("jwt", "subject", Kind::Text),
    Setting::new("jwt", "scopes", Kind::List),
    Setting::new("jwt", "rules", Kind::Tables),
    Setting::new("jwt", "private_hosts", Kind::List),
    Setting::new("jwt", "client_id", Kind::Text),
    Setting::new("jwt", "client_secret", Kind::Secret),
    Setting::new("jwt", "client_secret_file", Kind::Text),
    Setting::new("login", "callback", Kind::Text),
    Setting::new("login", "client_id", Kind::Text),
    Setting::new("login", "client_secret", Kind::Secret),
    Setting::new("login", "client_secret_file", Kind::Text),
    Setting::new("secret", "key", Kind::Secret),
    Setting::new("secret", "key_file", Kind::Text),
    Setting::new("secret", "key_command", Kind::List),
    Setting::new("secret", "previous_key", Kind::Secret),
    Setting::new("secret", "previous_key_file", Kind::Text),
    Setting::new("secret", "previous_key_command", Kind::List),
    Setting::new("journal", "required", Kind::Switch),
    Setting::new("webhooks", "allow_private_targets", Kind::Switch),
    Setting::new("webhooks", "automatic", Kind::Switch),
    Setting::new("files", "upload_dirs", Kind::List),
    Setting::new("outbound", "proxy", Kind::Text),
    Setting::new("outbound", "proxy_hosts", Kind::List),
    Setting::new("limits", "calls_per_minute", Kind::Number),
    Setting::new("log", "level", Kind::Text),
    Setting::new("log", "format", Kind::Text),
];

/// The setting of that section and key.
pub fn find(section: &str, key: &str) -> Option<&'static Setting> {
    SETTINGS
        .iter()
        .find(|setting| setting.section == section && setting.key == key)
}

/// A question after the name that was probably meant; `otherwise` if none is similar enough.
pub fn nearest_of<'n>(
    wrong: &str,
    known: impl IntoIterator<Item = &'n str>,
    otherwise: &str,
) -> String {
    match nearest(wrong, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.to_owned(),
    }
}

/// The name that was probably meant, if one is similar enough.
pub fn nearest<N: AsRef<str>>(wrong: &str, known: impl IntoIterator<Item = N>) -> Option<String> {
    /// Below this similarity, a suggestion confuses more than it helps.
    const NEAR: f64 = 0.75;
    const SHORTEST_END_BYTES: usize = 3;
    known
        .into_iter()
        .map(|name| {
            let name = name.as_ref();
            // A name without its section means the key.
            let is_end = name.ends_with(wrong) && wrong.len() >= SHORTEST_END_BYTES;
            // One letter too many, too few, wrong or swapped: short names are otherwise unlike.
            let is_slip =
                wrong.len() >= SHORTEST_END_BYTES && strsim::osa_distance(wrong, name) == 1;
            let likeness = if is_end || is_slip {
                1.0
            } else {
                strsim::jaro_winkler(wrong, name)
            };
            (likeness, name.to_owned())
        })
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(one, _), (two, _)| one.total_cmp(two))
        .map(|(_, name)| name)
}
