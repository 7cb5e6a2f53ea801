//! What a token opens: the scopes of every operation as data, and the scopes that each role has.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock};

use http::Method;

use crate::world::Role;

/// Scopes of one token; Webex has about a hundred in all.
const MAX_SCOPES: usize = 200;

/// Who signed in; every person's own token tells it all.
const OPEN_ID: [&str; 3] = ["openid", "profile", "email"];

/// Everything that a user's token can be allowed of messaging.
const WHOLE_MESSAGING: &str = "spark:all";

/// Reading what is encrypted; Webex gives it to every integration.
const KEYS: &str = "spark:kms";

/// Sets of scopes, each of which suffices; one with nothing in it is open to any token.
type Alternatives = Vec<Vec<&'static str>>;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(include_str!("scopes.txt")));

/// The scopes that a token carries, each once. Clones share them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scopes(Arc<BTreeSet<String>>);

impl Scopes {
    pub(crate) fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Scopes(Arc::new(names.into_iter().map(Into::into).collect()))
    }

    /// Reads words between spaces; `None` where there are none or too many.
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

    /// Everything that the tables name and this role may use.
    pub(crate) fn of_role(role: Role) -> Self {
        let rules = RULES.operations.values().chain(RULES.watches.values());
        let named = rules.flatten().flatten().copied();
        let named = named.chain([WHOLE_MESSAGING, KEYS]).chain(OPEN_ID);
        Scopes::new(named.filter(|scope| serves(scope, role) && is_given(scope, role)))
    }

    /// Whether these scopes, in the hands of somebody of this role, allow one thing.
    pub(crate) fn allow(&self, scope: &str, role: Role) -> bool {
        let is_covered = scope.starts_with("spark:") && self.has(WHOLE_MESSAGING);
        serves(scope, role) && (is_covered || self.has(scope))
    }

    /// Whether they open an operation; `path` is below `/v1`, ids as `{anything}`.
    pub(crate) fn open(&self, method: &Method, path: &str, role: Role) -> bool {
        // A HEAD is a GET without the body.
        let method = match *method {
            Method::HEAD => &Method::GET,
            _ => method,
        };
        self.meet(
            RULES.operations.get(&operation(method.as_str(), path)),
            role,
        )
    }

    /// Whether they allow a webhook for this resource; those without a rule are open to any token.
    pub(crate) fn watch(&self, resource: &str, role: Role) -> bool {
        let rule = RULES.watches.get(resource);
        rule.is_none() || self.meet(rule, role)
    }

    fn meet(&self, alternatives: Option<&Alternatives>, role: Role) -> bool {
        let mut alternatives = alternatives.into_iter().flatten();
        alternatives.any(|needed| needed.iter().all(|scope| self.allow(scope, role)))
    }
}

/// As OAuth writes them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{scope}")?;
        }
        Ok(())
    }
}

/// Scopes of administration and compliance serve nobody without the role.
fn serves(scope: &str, role: Role) -> bool {
    if scope.starts_with("spark-compliance:") {
        return role == Role::ComplianceOfficer;
    }
    let is_administrative =
        scope.starts_with("spark-admin:") || scope.starts_with("meeting:admin_");
    !is_administrative || role == Role::Administrator
}

/// A bot has no meetings, and only service apps speak for a group.
fn is_given(scope: &str, role: Role) -> bool {
    match role {
        Role::Bot => !scope.starts_with("meeting:"),
        _ => !scope.starts_with("meeting:group_"),
    }
}

/// The key of an operation: its method and its path with every id as `{}`.
fn operation(method: &str, path: &str) -> String {
    let mut key = String::with_capacity(method.len() + path.len() + 1);
    key.push_str(method);
    key.push(' ');
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        key.push_str(before);
        key.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    key.push_str(rest);
    key
}

#[derive(Debug, Default)]
struct Rules {
    operations: HashMap<String, Alternatives>,
    watches: HashMap<String, Alternatives>,
}

impl Rules {
    fn read(table: &'static str) -> Self {
        let mut rules = Rules::default();
        for line in table.lines() {
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
        rules
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
        let read = RULES.operations.len() + RULES.watches.len();
        assert_eq!(read, written.count());
        let named = RULES.operations.values().chain(RULES.watches.values());
        for scope in named.flatten().flatten() {
            let is_word = |word: &str| !word.is_empty() && !word.contains(' ');
            assert!(scope.split(':').all(is_word), "{scope}");
        }
    }

    #[test]
    fn the_client_asks_for_scopes_that_open_its_operations() {
        for operation in webex::operations::ALL {
            let is_signing_in =
                operation.path.ends_with("/authorize") || operation.path.ends_with("token");
            if is_signing_in {
                continue;
            }
            let asked = Scopes::new(operation.scopes.iter().copied());
            let roles = [Role::User, Role::Administrator, Role::ComplianceOfficer];
            let is_open = |role| asked.open(&operation.method, operation.path, role);
            // A service app of a group is none of the sandbox's people.
            assert!(roles.into_iter().any(is_open), "{}", operation.name);
        }
    }

    #[test]
    fn roles_and_scopes_are_both_needed() {
        let events = |scopes: &Scopes, role| scopes.open(&Method::GET, "/events", role);
        let everything = Scopes::new(["spark:all", "spark-compliance:events_read"]);
        assert!(events(&everything, Role::ComplianceOfficer));
        assert!(!events(&everything, Role::Administrator));
        assert!(!events(
            &Scopes::new(["spark:all"]),
            Role::ComplianceOfficer
        ));
        let rooms = Scopes::new(["spark:rooms_read"]);
        assert!(rooms.open(&Method::HEAD, "/rooms/{roomId}", Role::User));
        assert!(!rooms.open(&Method::DELETE, "/rooms/{roomId}", Role::User));
        assert!(!Scopes::of_role(Role::Administrator).open(&Method::GET, "/nowhere", Role::User));
        assert!(!rooms.watch("all", Role::User) && rooms.watch("rooms", Role::User));
        assert!(!Scopes::of_role(Role::Bot).open(&Method::GET, "/meetings", Role::Bot));
        assert!(Scopes::of_role(Role::User).open(&Method::GET, "/meetings", Role::User));
    }
}
