//! Scopes: those of every operation, as data, and those that each role has.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::rows::Role;

/// Scopes of one token; Webex has about a hundred in all.
const MAX_SCOPES: usize = 200;

/// The scopes for signing in; every person's own token has them.
const OPEN_ID: [&str; 3] = ["openid", "profile", "email"];

/// The scope for everything that a user may do in messaging.
const WHOLE_MESSAGING: &str = "spark:all";

/// Reading encrypted content; Webex gives it to every integration.
const KEYS: &str = "spark:kms";

/// Scopes that open nothing: a webhook needs the scope for reading what it watches.
const OF_WEBHOOKS: [&str; 4] = [
    "spark:webhooks_read",
    "spark:webhooks_write",
    "spark-compliance:webhooks_read",
    "spark-compliance:webhooks_write",
];

/// Sets of scopes, each of which is sufficient; an empty set allows any token.
type Alternatives = Vec<Vec<&'static str>>;

/// The scopes of a token, each once. Clones share them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scopes(Arc<BTreeSet<String>>);

impl Scopes {
    pub(crate) fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Scopes(Arc::new(names.into_iter().map(Into::into).collect()))
    }

    /// Parses words separated by spaces; `None` where there are none or too many.
    pub(crate) fn parse(words: &str) -> Option<Self> {
        let words = words.split_ascii_whitespace().take(MAX_SCOPES + 1);
        let scopes = Scopes::new(words);
        (1..=MAX_SCOPES).contains(&scopes.0.len()).then_some(scopes)
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether these scopes allow one thing to a person with this role.
    pub(crate) fn allow(&self, scope: &str, role: Role) -> bool {
        let is_covered = scope.starts_with("spark:") && self.has(WHOLE_MESSAGING);
        serves(scope, role) && (is_covered || self.has(scope))
    }

    fn meet(&self, alternatives: Option<&Alternatives>, role: Role) -> bool {
        let mut alternatives = alternatives.into_iter().flatten();
        alternatives.any(|needed| needed.iter().all(|scope| self.allow(scope, role)))
    }
}

/// In OAuth's form.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().collect::<Vec<_>>().join(" "))
    }
}

/// Scopes of administration and compliance have no effect without the role.
fn serves(scope: &str, role: Role) -> bool {
    if scope.starts_with("spark-compliance:") {
        return role == Role::ComplianceOfficer;
    }
    let is_administrative =
        scope.starts_with("spark-admin:") || scope.starts_with("meeting:admin_");
    !is_administrative || role == Role::Administrator
}

/// A bot has no meetings, and only service apps act for a group.
fn is_given(scope: &str, role: Role) -> bool {
    match role {
        Role::Bot => !scope.starts_with("meeting:"),
        _ => !scope.starts_with("meeting:group_"),
    }
}

/// The key of an operation: its method, and its path with every id as `{}`.
fn operation(method: &str, path: &str) -> String {
    let mut key = method.to_owned();
    for part in path.trim_start_matches('/').split('/') {
        let part = if part.starts_with('{') { "{}" } else { part };
        key.push('/');
        key.push_str(part);
    }
    key
}

/// The table of scopes and operations, parsed once for each world.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    operations: HashMap<String, Alternatives>,
    watches: HashMap<String, Alternatives>,
    /// All scopes that a person without a role may use.
    pub(crate) of_users: Scopes,
}

impl Rules {
    pub(crate) fn read() -> Self {
        let mut rules = Rules::default();
        for line in include_str!("scopes.txt").lines() {
            let line = line.split_once('#').map_or(line, |(line, _)| line).trim();
            let Some((method, rest)) = line.split_once(' ') else {
                continue;
            };
            let Some((name, needed)) = rest.trim().split_once(' ') else {
                continue;
            };
            let needed = alternatives(needed);
            match method {
                "WATCH" => rules.watches.insert(name.to_owned(), needed),
                _ => rules.operations.insert(operation(method, name), needed),
            };
        }
        rules.of_users = rules.of_role(Role::User);
        rules
    }

    /// All scopes in the table, and those for signing in.
    fn all(&self) -> impl Iterator<Item = &'static str> {
        let rules = self.operations.values().chain(self.watches.values());
        let named = rules.flatten().flatten().copied();
        named.chain([WHOLE_MESSAGING, KEYS]).chain(OPEN_ID)
    }

    /// All scopes in the table that this role may use.
    pub(crate) fn of_role(&self, role: Role) -> Scopes {
        let is_for = |scope: &&str| serves(scope, role) && is_given(scope, role);
        Scopes::new(self.all().filter(is_for))
    }

    /// The scopes of these names, or a sentence about the first that there is not.
    pub(crate) fn known(&self, names: Vec<String>) -> Result<Scopes, String> {
        let there = Scopes::new(self.all().chain(OF_WEBHOOKS));
        let unknown = names.iter().find(|name| !there.has(name));
        unknown.map_or(Ok(()), |name| Err(format!("There is no scope {name}.")))?;
        Ok(Scopes::new(names))
    }

    /// All scopes that Webex lets an integration register.
    pub(crate) fn of_integrations(&self) -> Scopes {
        let known = self.all().chain(OF_WEBHOOKS);
        Scopes::new(known.filter(|scope| is_given(scope, Role::User)))
    }

    /// Whether scopes allow an operation; `path` is below `/v1`, with ids as `{anything}`.
    pub(crate) fn open(&self, method: &Method, path: &str, scopes: &Scopes, role: Role) -> bool {
        // A HEAD is a GET without the body.
        let method = match *method {
            Method::HEAD => &Method::GET,
            _ => method,
        };
        let rule = self.operations.get(&operation(method.as_str(), path));
        scopes.meet(rule, role)
    }

    /// Whether scopes allow a webhook for this resource; without a rule, any token may have one.
    pub(crate) fn watch(&self, resource: &str, scopes: &Scopes, role: Role) -> bool {
        let rule = self.watches.get(resource);
        rule.is_none() || scopes.meet(rule, role)
    }
}

fn alternatives(text: &'static str) -> Alternatives {
    let sets = text.split('|').map(|set| {
        let names = set.split('+').map(str::trim);
        names.filter(|name| *name != "any").collect()
    });
    sets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_rule() {
        let lines = include_str!("scopes.txt").lines();
        let written = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rules = Rules::read();
        let read = rules.operations.len() + rules.watches.len();
        assert_eq!(read, written.count());
        let named = rules.operations.values().chain(rules.watches.values());
        for scope in named.flatten().flatten() {
            let is_word = |word: &str| !word.is_empty() && !word.contains(' ');
            assert!(scope.split(':').all(is_word), "{scope}");
        }
    }

    #[test]
    fn roles_and_scopes_are_both_needed() {
        let rules = Rules::read();
        let (user, officer) = (Role::User, Role::ComplianceOfficer);
        let both = "spark:all spark-compliance:events_read";
        let cases = [
            ("GET /events", both, officer, true),
            ("GET /events", both, user, false),
            ("GET /events", "spark:all", officer, false),
            ("HEAD /rooms/{roomId}", "spark:rooms_read", user, true),
            ("DELETE /rooms/{roomId}", "spark:rooms_read", user, false),
            ("DELETE /rooms/{roomId}", "spark:all", user, true),
            ("GET /nowhere", "spark:all", user, false),
        ];
        for (line, scopes, role, expected) in cases {
            let (method, path) = line.split_once(' ').unwrap();
            let method = method.parse().unwrap();
            let scopes = Scopes::parse(scopes).unwrap();
            let is_open = rules.open(&method, path, &scopes, role);
            assert_eq!(is_open, expected, "{line} {scopes}");
        }
        for (role, expected) in [(Role::Bot, false), (Role::User, true)] {
            let scopes = rules.of_role(role);
            let has_meetings = rules.open(&Method::GET, "/meetings", &scopes, role);
            assert_eq!(has_meetings, expected, "{role:?}");
        }
        let rooms = Scopes::parse("spark:rooms_read").unwrap();
        assert!(rules.watch("rooms", &rooms, user) && !rules.watch("all", &rooms, user));
    }
}
