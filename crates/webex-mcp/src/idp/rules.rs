//! The operator's rules: who of those whom the provider names may use which server, and whose
//! organization they belong to. Without a rule for them, nobody may anything.

use serde_json::{Map, Value};

/// Stands for every server in a rule.
pub const EVERY_SERVER: &str = "*";

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A claim and the value that it has to have; `None` is for everyone.
    pub claim: Option<(String, String)>,
    /// The slugs of the servers that they may use.
    pub servers: Vec<String>,
    /// The organization that they belong to.
    pub tenant: Option<String>,
}

/// What all rules together give to one person.
#[derive(Debug, Default)]
pub(super) struct Access<'r> {
    pub(super) servers: Vec<&'r str>,
    pub(super) tenant: Option<&'r str>,
}

impl Access<'_> {
    pub(super) fn allows(&self, server: &str) -> bool {
        let is_meant = |one: &&str| *one == server || *one == EVERY_SERVER;
        self.servers.iter().any(is_meant)
    }
}

/// What the rules give to whoever has these claims. The tenant is that of the first rule that has one:
/// it is the same at every server, as are a person's connected account and records.
pub(super) fn access<'r>(rules: &'r [Rule], claims: &Map<String, Value>) -> Access<'r> {
    let mut access = Access::default();
    for rule in rules.iter().filter(|rule| applies(rule, claims)) {
        access
            .servers
            .extend(rule.servers.iter().map(String::as_str));
        access.tenant = access.tenant.or(rule.tenant.as_deref());
    }
    access.servers.sort_unstable();
    access.servers.dedup();
    access
}

fn applies(rule: &Rule, claims: &Map<String, Value>) -> bool {
    match &rule.claim {
        None => true,
        Some((name, value)) => claim(claims, name).is_some_and(|found| has(name, found, value)),
    }
}

/// The claim of this name. Where there is none, dots lead into it: `realm_access.roles`.
pub(super) fn claim<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    if let Some(found) = claims.get(name) {
        return Some(found);
    }
    let (outer, inner) = name.split_once('.')?;
    claim(claims.get(outer)?.as_object()?, inner)
}

/// Whether a claim has this value, or it is among its values.
fn has(name: &str, found: &Value, value: &str) -> bool {
    match found {
        // Scopes are words of one text.
        Value::String(text) if matches!(name, "scope" | "scp") => {
            text.split_ascii_whitespace().any(|word| word == value)
        }
        Value::String(text) => text == value,
        Value::Bool(is_so) => is_so.to_string() == value,
        Value::Number(number) => number.to_string() == value,
        Value::Array(all) => all
            .iter()
            .any(|one| !one.is_array() && has(name, one, value)),
        Value::Null | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(claim: &str, value: &str, servers: &[&str], tenant: Option<&str>) -> Rule {
        Rule {
            claim: (!claim.is_empty()).then(|| (claim.to_owned(), value.to_owned())),
            servers: servers.iter().map(|slug| (*slug).to_owned()).collect(),
            tenant: tenant.map(str::to_owned),
        }
    }

    #[test]
    fn a_rule_applies_where_the_claim_has_its_value() {
        let claims = json!({
            "groups": ["staff", "webex"], "department": "Sales", "scope": "read write", "level": 3,
            "is_employee": true, "realm_access": {"roles": ["agent"]}, "https://a.example/role": "x",
            "nested": [["staff"]], "nothing": null, "object": {"staff": true},
        });
        let Value::Object(claims) = claims else {
            unreachable!()
        };
        for (claim, value, expected) in [
            ("", "", true),
            ("groups", "staff", true),
            ("groups", "Staff", false),
            ("groups", "staf", false),
            ("groups", "staff webex", false),
            ("department", "Sales", true),
            ("department", "Sal", false),
            ("scope", "write", true),
            ("scope", "read write", false),
            ("level", "3", true),
            ("is_employee", "true", true),
            ("is_employee", "1", false),
            ("realm_access.roles", "agent", true),
            ("realm_access", "agent", false),
            ("https://a.example/role", "x", true),
            ("nested", "staff", false),
            ("nothing", "null", false),
            ("object", "staff", false),
            ("absent", "", false),
            ("absent.deeper", "x", false),
        ] {
            let rules = [rule(claim, value, &["webex"], None)];
            let access = access(&rules, &claims);
            assert_eq!(access.allows("webex"), expected, "{claim} {value}");
        }
    }

    #[test]
    fn rules_add_up_and_the_first_tenant_counts() {
        let Value::Object(claims) = json!({"groups": ["a", "b"]}) else {
            unreachable!()
        };
        let rules = [
            rule("groups", "c", &["*"], Some("third")),
            rule("groups", "a", &["webex-messaging"], None),
            rule("groups", "b", &["desk", "webex-messaging"], Some("second")),
            rule("", "", &["webex-meeting"], Some("all")),
        ];
        let access_of = access(&rules, &claims);
        assert_eq!(
            access_of.servers,
            ["desk", "webex-meeting", "webex-messaging"]
        );
        assert_eq!(access_of.tenant, Some("second"));
        assert!(access_of.allows("desk") && !access_of.allows("webex"));
        assert!(!access(&[], &claims).allows("webex"));
    }
}
