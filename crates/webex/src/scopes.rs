//! Scopes in plain words, for people who are to consent: reading and writing of one thing in one
//! line.

/// The scope for everything that a user may do in messaging.
const WHOLE_MESSAGING: &str = "spark:all";

/// What scopes are about, by the text before `_read` or `_write`, in the order of the page; what
/// [`whose`] adds is left out.
fn nouns() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("scopes.txt").lines();
    lines.filter_map(|line| Some((line.split_once(' ')?.0, line.split_once("  ")?.1.trim())))
}

/// One line for each thing that the scopes open, in an order that does not depend on theirs: first
/// what only some may do, and what there are no words for, so that a long list does not hide it.
pub fn in_words<S: AsRef<str>>(scopes: &[S]) -> Vec<String> {
    let scopes: Vec<&str> = scopes.iter().map(AsRef::as_ref).collect();
    let mut lines = Vec::new();
    if ["openid", "profile", "email"]
        .iter()
        .any(|scope| scopes.contains(scope))
    {
        lines.push("Know who you are".to_owned());
    }
    let has_all = scopes.contains(&WHOLE_MESSAGING);
    if has_all {
        lines.push("See and change all that is yours in messaging: messages, files, spaces, teams, webhooks".to_owned());
    }
    let is_told = |scope: &str| {
        matches!(
            scope,
            "openid" | "profile" | "email" | "spark:kms" | WHOLE_MESSAGING
        ) || (has_all && scope.starts_with("spark:"))
            || nouns().any(|(stem, _)| verb(scope, stem).is_some())
    };
    let words = |(stem, noun): (&str, &str)| {
        let has = |wanted| scopes.iter().any(|scope| verb(scope, stem) == Some(wanted));
        let verbs = match (has("read"), has("write")) {
            (true, true) => "See and change",
            (true, false) => "See",
            (false, true) => "Change",
            (false, false) => return None,
        };
        Some(format!("{verbs} {noun}{}", whose(stem)))
    };
    let (of_roles, usual): (Vec<_>, Vec<_>) = nouns().partition(|(stem, _)| needs_role(stem));
    lines.extend(of_roles.into_iter().filter_map(words));
    let unknown = scopes.iter().copied().filter(|scope| !is_told(scope));
    lines.extend(unknown.map(|scope| format!("Use the scope {scope}")));
    let is_apart = |stem: &str| !(has_all && stem.starts_with("spark:"));
    let usual = usual.into_iter().filter(|(stem, _)| is_apart(stem));
    lines.extend(usual.filter_map(words));
    if lines.is_empty() {
        lines.push("Read what is encrypted".to_owned());
    }
    lines
}

/// Who has scopes that begin so, if not everybody has them.
const ROLES: [(&str, &str); 4] = [
    ("meeting:admin_", " (administrators)"),
    ("spark-admin:", " (administrators)"),
    ("identity:", " (administrators)"),
    ("spark-compliance:", " (compliance officers)"),
];

/// Whether only administrators or compliance officers have this scope.
pub fn needs_role(scope: &str) -> bool {
    !whose(scope).is_empty()
}

fn whose(scope: &str) -> &'static str {
    let role = ROLES.iter().find(|(start, _)| scope.starts_with(start));
    role.map_or("", |(_, words)| words)
}

fn verb<'s>(scope: &'s str, stem: &str) -> Option<&'s str> {
    let verb = scope.strip_prefix(stem)?.strip_prefix('_')?;
    ["read", "write"].contains(&verb).then_some(verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_told_in_words() {
        let all = "See and change all that is yours in messaging: messages, files, spaces, teams, webhooks";
        for (scopes, expected) in [
            ("spark:rooms_read", &["See your spaces"][..]),
            (
                "spark:rooms_write spark:rooms_read",
                &["See and change your spaces"],
            ),
            (
                "spark:messages_write openid email",
                &["Know who you are", "Change your messages and files"],
            ),
            ("spark:all spark:rooms_read spark:kms", &[all]),
            ("spark:kms", &["Read what is encrypted"]),
            ("x:y_read", &["Use the scope x:y_read"]),
            (
                "spark:rooms_read x:y_read spark-compliance:events_read",
                &[
                    "See what everybody did (compliance officers)",
                    "Use the scope x:y_read",
                    "See your spaces",
                ],
            ),
            ("spark:team_memberships_read", &["See who is in your teams"]),
        ] {
            let scopes: Vec<_> = scopes.split(' ').collect();
            assert_eq!(in_words(&scopes), expected, "{scopes:?}");
        }
    }

    #[test]
    fn some_scopes_need_a_role() {
        for (scope, needed) in [
            ("spark:people_read", false),
            ("spark-admin:people_read", true),
            ("spark-compliance:events_read", true),
            ("meeting:schedules_read", false),
            ("meeting:admin_schedule_read", true),
        ] {
            assert_eq!(needs_role(scope), needed, "{scope}");
        }
    }
}
