use proptest::prelude::*;

use super::listed::CONFIRMATION_ARGUMENT;
use super::*;
use crate::tool::Entry;

fn serve(definition: &Definition) -> Arc<VirtualServer> {
    Catalogue::whole().serve(definition, Otherwise::Token)
}

#[test]
fn narrowing_binds_what_is_found_and_makes_the_list_private() {
    let server = serve(&Definition::new("webex", "Webex"));
    assert!(!server.is_filtered());
    let narrow = server.narrowed(&Selection::default().read_only(true));
    assert!(narrow.is_filtered());
    for tool in &server.tools {
        let name = tool.entry.name;
        let stays = tool.entry.policy.effect == Effect::Read;
        assert_eq!(narrow.find(Kind::Tool, name).is_some(), stays, "{name}");
        let is_listed = narrow.tools.iter().any(|tool| tool.entry.name == name);
        assert_eq!(is_listed, stays, "{name}");
    }
    assert_eq!(narrow.policy_version, server.policy_version);
    // Narrowing again never adds tools.
    let again = narrow.narrowed(&Selection::default());
    assert_eq!(again.tools.len(), narrow.tools.len());
}

#[test]
fn the_policy_version_covers_each_part_of_an_entry() {
    const OTHERS: &[&webex::Operation] = &[&webex::messages::GET];
    let tools = crate::tools::catalogue();
    let mut named = tools.filter(|entry| entry.name == "webex-delete-message");
    let entry = *named.next().unwrap();
    let changes: [fn(&mut Entry); 8] = [
        |_| {},
        |entry| entry.kind = Kind::Resource,
        |entry| entry.name = "webex-delete-messages",
        |entry| entry.policy.effect = Effect::Write,
        |entry| entry.policy.idempotent ^= true,
        |entry| entry.policy.operations = &[],
        |entry| entry.policy.operations = OTHERS,
        |entry| entry.policy.extra_scopes = &["spark:more"],
    ];
    let settings = serde_json::json!([]);
    let versions = changes.map(|change| {
        let mut changed = entry;
        change(&mut changed);
        policy_version([&Arc::new(Listed::new(changed))].into_iter(), &settings)
    });
    let distinct: std::collections::HashSet<_> = versions.iter().collect();
    assert_eq!(distinct.len(), versions.len(), "{versions:?}");
}

#[test]
fn a_token_is_an_argument_exactly_where_it_may_be_given() {
    for (ask, otherwise, taking) in [
        (AskBefore::Destroy, Otherwise::Token, &[Effect::Destroy][..]),
        (
            AskBefore::Write,
            Otherwise::Token,
            &[Effect::Write, Effect::Destroy],
        ),
        (AskBefore::Never, Otherwise::Token, &[]),
        (AskBefore::Write, Otherwise::Refuse, &[]),
    ] {
        let server = serve(&Definition {
            ask,
            otherwise: Some(otherwise),
            ..Definition::new("webex", "Webex")
        });
        for tool in &server.tools {
            let has = tool.input_schema["properties"]
                .get(CONFIRMATION_ARGUMENT)
                .is_some();
            let effect = tool.entry.policy.effect;
            let name = tool.entry.name;
            assert_eq!(
                has,
                taking.contains(&effect),
                "{name} {ask:?} {otherwise:?}"
            );
        }
        let told = server.instructions.contains("confirmationToken");
        assert_eq!(told, !taking.is_empty(), "{}", server.instructions);
    }
}

/// The parts of a definition that affect decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decisive {
    tools: Vec<bool>,
    authentication: AuthenticationChoice,
    limits: ServerLimits,
    confirmation: (AskBefore, Otherwise),
}

prop_compose! {
    fn decisive()(
        tools in proptest::collection::vec(any::<bool>(), 3),
        authentication in prop_oneof![
            Just(AuthenticationChoice::Inherit),
            Just(AuthenticationChoice::Static),
            Just(AuthenticationChoice::Passthrough),
            Just(AuthenticationChoice::Broker),
            Just(AuthenticationChoice::Jwt),
        ],
        calls in 0..3u32,
        concurrent in proptest::option::of(1..3usize),
        ask in prop_oneof![Just(AskBefore::Destroy), Just(AskBefore::Write), Just(AskBefore::Never)],
        otherwise in prop_oneof![Just(Otherwise::Token), Just(Otherwise::Refuse)],
    ) -> Decisive {
        Decisive {
            tools,
            authentication,
            limits: ServerLimits {
                calls_per_minute: NonZeroU32::new(calls),
                concurrent_calls: concurrent,
            },
            confirmation: (ask, otherwise),
        }
    }
}

const CHOICES: [&str; 3] = [
    "webex-get-space",
    "webex-create-space",
    "webex-delete-space",
];

fn version(decisive: &Decisive, title: &str, catalogue: &Catalogue) -> Arc<str> {
    let mut names = vec!["webex-get-message"];
    names.extend(
        CHOICES
            .iter()
            .zip(&decisive.tools)
            .filter_map(|(name, chosen)| chosen.then_some(*name)),
    );
    let definition = Definition {
        selection: Selection::names(&names),
        description: Some(title.into()),
        instructions: Some(title.into()),
        authentication: decisive.authentication,
        limits: decisive.limits,
        ask: decisive.confirmation.0,
        otherwise: Some(decisive.confirmation.1),
        ..Definition::new("some", title)
    };
    let server = catalogue.serve(&definition, Otherwise::Token);
    server.policy_version.clone()
}

impl Decisive {
    /// This with one part of another, so that no other part hides its effect.
    fn with_one_of(&self, other: &Decisive, which: usize) -> Decisive {
        let mut changed = self.clone();
        match which {
            0 => changed.tools[0] = other.tools[0],
            1 => changed.tools[2] = other.tools[2],
            2 => changed.authentication = other.authentication,
            3 => changed.limits.calls_per_minute = other.limits.calls_per_minute,
            4 => changed.limits.concurrent_calls = other.limits.concurrent_calls,
            5 => changed.confirmation.0 = other.confirmation.0,
            _ => changed.confirmation.1 = other.confirmation.1,
        }
        changed
    }
}

proptest! {
    #[test]
    fn the_policy_version_changes_when_and_only_when_a_decision_may(
        one in decisive(),
        two in decisive(),
        which in 0..7usize,
        titles in ("[a-z]{1,8}", "[a-z]{1,8}"),
    ) {
        let catalogue = Catalogue::whole();
        let first = version(&one, &titles.0, &catalogue);
        prop_assert_eq!(&first, &version(&one, &titles.1, &catalogue), "words decide nothing");
        for other in [one.with_one_of(&two, which), two] {
            let second = version(&other, &titles.0, &catalogue);
            prop_assert_eq!(first == second, one == other);
        }
    }
}
