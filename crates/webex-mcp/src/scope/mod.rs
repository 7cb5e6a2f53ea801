//! The data scope of a virtual server: the spaces and people that its operator allows, for every
//! caller and whatever their tokens can do. The gate enforces it; `reach` says how.

pub mod lockdown;
pub mod reach;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use url::form_urlencoded;
use webex::id::ResourceId;

use self::lockdown::Authors;
use crate::identity::CredentialTag;
use crate::limits;

type Set = BTreeSet<String>;

/// What an operator allows. An empty list sets no limit, except for `spaces`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Only these spaces.
    pub spaces: Option<Set>,
    pub exclude_spaces: Set,
    /// Only these people, besides those of `domains`.
    pub people: Set,
    pub exclude_people: Set,
    /// Only people with addresses of these domains, besides `people`.
    pub domains: Set,
    pub exclude_domains: Set,
    /// Direct spaces with the people that are allowed.
    pub direct_messages: bool,
    /// The most members of a space in which something may be changed.
    pub max_audience: Option<u32>,
    /// The most members of a space in which something may be changed without asking.
    pub ask_above: Option<u32>,
    /// Whether people of other organizations may be added to a space.
    pub outside_people: Permission,
    /// Whether messages may mention everybody in a space.
    pub mention_all: Permission,
    /// Whose content is shown; `None` for everybody's.
    pub authors: Option<Authors>,
}

/// What an operator says of a kind of change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    #[default]
    Allowed,
    /// Only after a person has agreed.
    Asked,
    Refused,
}

impl Default for Scope {
    /// Allows everything.
    fn default() -> Self {
        Scope {
            spaces: None,
            exclude_spaces: Set::new(),
            people: Set::new(),
            exclude_people: Set::new(),
            domains: Set::new(),
            exclude_domains: Set::new(),
            direct_messages: true,
            max_audience: None,
            ask_above: None,
            outside_people: Permission::Allowed,
            mention_all: Permission::Allowed,
            authors: None,
        }
    }
}

/// Whether something lies in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Inside,
    Outside,
    /// More has to be read to decide.
    Unknown,
}

use Verdict::{Inside, Outside, Unknown};

/// The part of an id by which things are compared: two ids of one thing may name other clusters.
pub fn key(id: &str) -> String {
    let id = id.trim();
    let key = ResourceId::parse(id).map(|parsed| parsed.key);
    key.unwrap_or_else(|| id.to_owned()).to_lowercase()
}

impl Scope {
    /// Whether it says anything about people.
    pub fn limits_people(&self) -> bool {
        let sets = [
            &self.people,
            &self.exclude_people,
            &self.domains,
            &self.exclude_domains,
        ];
        sets.into_iter().any(|set| !set.is_empty())
    }

    /// Whether there are spaces that it does not allow.
    pub fn limits_spaces(&self) -> bool {
        self.spaces.is_some()
            || !self.exclude_spaces.is_empty()
            || !self.direct_messages
            || self.limits_people()
    }

    /// Whether some changes need a person who agrees.
    pub fn asks(&self) -> bool {
        let permissions = [self.outside_people, self.mention_all];
        self.ask_above.is_some() || permissions.contains(&Permission::Asked)
    }

    /// Whether it leaves out what others than its authors wrote.
    pub fn is_locked(&self) -> bool {
        self.authors.is_some()
    }

    /// Whether it names spaces: of what tells of no space, it is then not known whether it is in one
    /// of them.
    pub fn names_spaces(&self) -> bool {
        self.spaces.is_some() || !self.exclude_spaces.is_empty()
    }

    /// Whether a team of these spaces lies inside; `is_whole` says whether these are all of them.
    pub fn team<'i>(&self, spaces: impl IntoIterator<Item = &'i str>, is_whole: bool) -> bool {
        let keys: Set = spaces.into_iter().map(key).collect();
        let has_excluded = !keys.is_disjoint(&self.exclude_spaces);
        if has_excluded || (!is_whole && !self.exclude_spaces.is_empty()) {
            return false;
        }
        let allowed = self.spaces.as_ref();
        allowed.is_none_or(|allowed| !keys.is_disjoint(allowed))
    }

    /// `Unknown` without `is_direct`: the type of the space decides. With it: the other person.
    pub fn space(&self, id: &str, is_direct: Option<bool>) -> Verdict {
        let key = key(id);
        if self.exclude_spaces.contains(&key) {
            return Outside;
        }
        let group = match &self.spaces {
            Some(spaces) if spaces.contains(&key) => return Inside,
            Some(_) => Outside,
            None => Inside,
        };
        match is_direct {
            Some(false) => group,
            Some(true) => self.direct(),
            None if group == self.direct() => group,
            None => Unknown,
        }
    }

    /// `Unknown`: the other person decides.
    fn direct(&self) -> Verdict {
        match (self.direct_messages, self.limits_people()) {
            (false, _) => Outside,
            (true, false) => Inside,
            (true, true) => Unknown,
        }
    }

    /// `Unknown` where the address of the person decides and is not given.
    pub fn person(&self, id: Option<&str>, email: Option<&str>) -> Verdict {
        let email = email.map(|email| email.trim().to_lowercase());
        let id = id.map(key);
        let domain = email.as_deref().and_then(|email| email.rsplit_once('@'));
        let domain = domain.map(|(_, domain)| domain);
        let is_among = |set: &Set| {
            [&id, &email]
                .into_iter()
                .flatten()
                .any(|it| set.contains(it))
        };
        let is_of = |set: &Set| domain.is_some_and(|domain| set.contains(domain));
        if is_among(&self.exclude_people) || is_of(&self.exclude_domains) {
            return Outside;
        }
        // A set may name a person by the half that is not known.
        let half = |set: &Set| match (&id, &email) {
            (Some(_), Some(_)) => false,
            (Some(_), None) => set.iter().any(|it| it.contains('@')),
            _ => set.iter().any(|it| !it.contains('@')),
        };
        let lacks_domain = domain.is_none();
        if half(&self.exclude_people) || (lacks_domain && !self.exclude_domains.is_empty()) {
            return Unknown;
        }
        if self.people.is_empty() && self.domains.is_empty() {
            return Inside;
        }
        if is_among(&self.people) || is_of(&self.domains) {
            return Inside;
        }
        match half(&self.people) || (lacks_domain && !self.domains.is_empty()) {
            true => Unknown,
            false => Outside,
        }
    }

    /// The single space that a webhook tells of; `None` where it tells of others as well.
    pub fn space_of_webhook(resource: Option<&str>, filter: Option<&str>) -> Option<String> {
        const BY_SPACE: [&str; 3] = ["messages", "memberships", "attachmentActions"];
        if !BY_SPACE.contains(&resource?) {
            return None;
        }
        let pairs = form_urlencoded::parse(filter?.as_bytes());
        let mut spaces = pairs.filter(|(name, _)| name == "roomId");
        match (spaces.next(), spaces.next()) {
            (Some((_, id)), None) => Some(id.into_owned()),
            _ => None,
        }
    }
}

/// What was read about a thing to decide about it.
#[derive(Debug, Clone)]
pub enum Fact {
    Group,
    /// With the other person; of somebody who is not in it, with both.
    Direct(Arc<[Person]>),
    Person(Arc<Person>),
    Meeting(Arc<Meeting>),
    /// Of a team: whether it lies inside.
    Team(bool),
    /// Of a participant who lies inside: the meeting.
    Participant(Arc<str>),
    /// Of a transcript: whether all who speak in it lie inside.
    Speakers(bool),
}

/// A meeting, with what it counts through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meeting {
    pub host: Person,
    /// The space that it was made from.
    pub room_id: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub id: Option<String>,
    pub email: Option<String>,
    pub org_id: Option<String>,
}

/// What is known through one token is not known through another.
type Key = (CredentialTag, String);

/// A scope while its server is served, with what was learned lately.
#[derive(Debug)]
pub struct Scoped {
    pub scope: Scope,
    pub facts: moka::sync::Cache<Key, Fact>,
    /// Files of messages, and transcripts, that were read here: they themselves do not say where they
    /// belong.
    pub seen: moka::sync::Cache<Key, ()>,
    /// Of people: whether they are among the authors; of a space, a team, a meeting or a card: whether
    /// all are who can have given it its words.
    pub authors: moka::sync::Cache<Key, bool>,
    refused: AtomicU64,
}

impl Scoped {
    pub fn new(scope: Scope) -> Self {
        let facts = moka::sync::Cache::builder()
            .max_capacity(limits::SCOPE_FACTS_REMEMBERED)
            .time_to_live(Duration::from_secs(limits::SCOPE_FACT_SECONDS));
        let seen = moka::sync::Cache::builder()
            .max_capacity(limits::SCOPE_FILES_REMEMBERED)
            .time_to_live(Duration::from_secs(limits::SCOPE_FILE_SECONDS));
        let authors = moka::sync::Cache::builder()
            .max_capacity(limits::LOCKDOWN_PEOPLE_REMEMBERED)
            .time_to_live(Duration::from_secs(limits::LOCKDOWN_PERSON_SECONDS));
        Scoped {
            scope,
            facts: facts.build(),
            seen: seen.build(),
            authors: authors.build(),
            refused: AtomicU64::new(0),
        }
    }

    /// Counts a call that reached for what lies outside; how many did so far.
    pub fn count_refused(&self) -> u64 {
        self.refused.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set<const N: usize>(of: [&str; N]) -> Set {
        of.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn spaces_are_decided_by_their_id_and_else_by_their_type() {
        let only = Scope {
            spaces: Some(set(["a"])),
            exclude_spaces: set(["x"]),
            ..Scope::default()
        };
        let no_direct = Scope {
            direct_messages: false,
            ..only.clone()
        };
        let people = Scope {
            domains: set(["example.com"]),
            ..Scope::default()
        };
        for (scope, id, is_direct, verdict) in [
            (&Scope::default(), "a", None, Inside),
            (&only, "a", None, Inside),
            (&only, "x", None, Outside),
            (&only, "b", None, Unknown),
            (&only, "b", Some(false), Outside),
            (&only, "b", Some(true), Inside),
            (&no_direct, "a", Some(true), Inside),
            (&no_direct, "b", None, Outside),
            (&people, "b", None, Unknown),
            (&people, "b", Some(false), Inside),
            (&people, "b", Some(true), Unknown),
        ] {
            assert_eq!(
                scope.space(id, is_direct),
                verdict,
                "{id} {is_direct:?} {scope:?}"
            );
        }
        let (one, other) = ("abc", webex::id::encode("us", "ROOM", "ABC"));
        assert_eq!(
            key(one),
            key(&other),
            "the cluster of an id does not matter"
        );
    }

    #[test]
    fn people_are_decided_by_all_that_is_known_and_by_nothing_that_is_not() {
        let domain = Scope {
            domains: set(["example.com"]),
            exclude_people: set(["eve@example.com"]),
            ..Scope::default()
        };
        let named = Scope {
            people: set(["p1", "bob@other.com"]),
            ..Scope::default()
        };
        for (scope, id, email, verdict) in [
            (&Scope::default(), Some("p"), None, Inside),
            (&domain, None, Some("Alice@Example.com"), Inside),
            (&domain, None, Some("eve@example.com"), Outside),
            (&domain, None, Some("alice@example.com.evil.org"), Outside),
            (&domain, None, Some("alice@evil-example.com"), Outside),
            (&domain, Some("p"), None, Unknown),
            (&domain, Some("p"), Some("eve@example.com"), Outside),
            (&named, Some("P1"), None, Inside),
            (&named, Some("p2"), None, Unknown),
            (&named, Some("p2"), Some("bob@other.com"), Inside),
            (&named, Some("p2"), Some("ann@other.com"), Outside),
            (&named, None, Some("ann@other.com"), Unknown),
        ] {
            assert_eq!(
                scope.person(id, email),
                verdict,
                "{id:?} {email:?} {scope:?}"
            );
        }
    }

    #[test]
    fn a_team_is_decided_by_the_spaces_that_are_known_of_it() {
        let only = Scope {
            spaces: Some(set(["a", "b"])),
            ..Scope::default()
        };
        let without = Scope {
            exclude_spaces: set(["x"]),
            ..Scope::default()
        };
        let both = Scope {
            exclude_spaces: set(["x"]),
            ..only.clone()
        };
        for (scope, spaces, is_whole, is_inside) in [
            (&Scope::default(), &[][..], true, true),
            (&only, &[], true, false),
            (&only, &["c"], true, false),
            (&only, &["c", "B"], false, true),
            (&without, &[], true, true),
            (&without, &["a"], true, true),
            (&without, &["a"], false, false),
            (&without, &["a", "x"], true, false),
            (&both, &["a", "c"], true, true),
            (&both, &["a", "x"], true, false),
            (&both, &["c"], true, false),
        ] {
            let found = scope.team(spaces.iter().copied(), is_whole);
            assert_eq!(found, is_inside, "{spaces:?} {is_whole} {scope:?}");
        }
    }

    /// Some of these; ids and addresses of people, so that sets name either half.
    fn some_of(all: &'static [&'static str]) -> impl Strategy<Value = Set> {
        let some = proptest::sample::subsequence(all, 0..=all.len());
        some.prop_map(|some| some.into_iter().map(key).collect())
    }

    fn scopes() -> impl Strategy<Value = Scope> {
        const PEOPLE: &[&str] = &["p1", "p2", "ann@a.org", "ben@b.org"];
        const DOMAINS: &[&str] = &["a.org", "b.org"];
        const SPACES: &[&str] = &["s1", "s2", "s3"];
        let people = (some_of(PEOPLE), some_of(PEOPLE));
        let domains = (some_of(DOMAINS), some_of(DOMAINS));
        let spaces = (proptest::option::of(some_of(SPACES)), some_of(SPACES));
        (people, domains, spaces, any::<bool>()).prop_map(|(people, domains, spaces, direct)| {
            Scope {
                people: people.0,
                exclude_people: people.1,
                domains: domains.0,
                exclude_domains: domains.1,
                spaces: spaces.0,
                exclude_spaces: spaces.1,
                direct_messages: direct,
                ..Scope::default()
            }
        })
    }

    proptest! {
        #[test]
        fn to_know_more_of_somebody_or_something_overturns_no_verdict(
            scope in scopes(),
            id in proptest::sample::select(&["p1", "p2", "p3"][..]),
            email in proptest::sample::select(&["ann@a.org", "ben@b.org", "eve@c.org"][..]),
            space in proptest::sample::select(&["s1", "s2", "s4"][..]),
            is_direct in any::<bool>(),
        ) {
            let whole = scope.person(Some(id), Some(email));
            prop_assert_ne!(whole, Unknown);
            for half in [scope.person(Some(id), None), scope.person(None, Some(email))] {
                prop_assert!(half == Unknown || half == whole);
            }
            let typed = scope.space(space, Some(is_direct));
            let untyped = scope.space(space, None);
            prop_assert!([Unknown, typed].contains(&untyped));
            // A team is none of the spaces that are named only if nothing is said of it.
            if scope.team([space], false) {
                prop_assert_ne!(scope.space(space, Some(false)), Outside);
            }
        }

        #[test]
        fn to_allow_less_lets_nothing_in(
            scope in scopes(),
            id in proptest::option::of(proptest::sample::select(&["p1", "p3"][..])),
            email in proptest::option::of(proptest::sample::select(&["ann@a.org", "eve@c.org"][..])),
            space in proptest::sample::select(&["s1", "s4"][..]),
        ) {
            let mut less = scope.clone();
            less.exclude_people.insert("p3".to_owned());
            less.exclude_domains.insert("c.org".to_owned());
            less.exclude_spaces.insert("s4".to_owned());
            less.direct_messages = false;
            if less.person(id, email) == Inside {
                prop_assert_eq!(scope.person(id, email), Inside);
            }
            for is_direct in [Some(false), Some(true), None] {
                if less.space(space, is_direct) == Inside {
                    prop_assert_eq!(scope.space(space, is_direct), Inside);
                }
            }
            for is_whole in [false, true] {
                if less.team([space, "s1"], is_whole) {
                    prop_assert!(scope.team([space, "s1"], is_whole));
                }
            }
        }
    }

    #[test]
    fn a_webhook_tells_of_one_space_only_if_its_filter_says_so() {
        for (resource, filter, space) in [
            ("messages", Some("roomId=a"), Some("a")),
            ("messages", Some("mentionedPeople=me&roomId=a"), Some("a")),
            ("memberships", Some("roomId=a%2Bb"), Some("a+b")),
            ("messages", Some("roomId=a&roomId=b"), None),
            ("messages", Some("roomType=group"), None),
            ("messages", None, None),
            ("rooms", Some("roomId=a"), None),
            ("all", Some("roomId=a"), None),
        ] {
            let found = Scope::space_of_webhook(Some(resource), filter);
            assert_eq!(found.as_deref(), space, "{resource} {filter:?}");
        }
    }
}
