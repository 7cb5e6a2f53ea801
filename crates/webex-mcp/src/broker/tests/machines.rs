//! Clients that act without a person, as somebody whom the operator chose.

use secrecy::ExposeSecret as _;

use super::*;
use crate::identity::{Absentee, Caller, CredentialTag, Principal, Tenant};

const SECRET: &str = "a-secret-of-the-operator-0123456789";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn known(machine: Option<Machine>) -> Known {
    Known {
        name: "Nightly report".to_owned(),
        secret: Some(digest(SECRET.as_bytes())),
        redirect_uris: Vec::new(),
        limits: Limits::default(),
        machine,
    }
}

fn bot() -> Known {
    let token = webex::AccessToken::new("sandbox-bob").unwrap();
    known(Some(Machine::Token(token)))
}

fn person(email: &str) -> Known {
    known(Some(Machine::Person(email.to_owned())))
}

fn wanted(id: &str) -> Wanted {
    Wanted {
        grant_type: Some("client_credentials".to_owned()),
        client_id: Some(id.to_owned()),
        client_secret: Some(SECRET.to_owned().into()),
        server: Some(Ok("webex".to_owned())),
        ..Wanted::default()
    }
}

impl World {
    /// The same server with this client, `report`, in its configuration.
    fn knowing(&self, known: Known) -> World {
        let mut settings = self.broker.settings().clone();
        settings.clients.insert("report".to_owned(), known);
        self.with_settings(settings)
    }

    fn with_settings(&self, settings: Settings) -> World {
        World {
            place: self.place.clone(),
            broker: World::broker(&self.place, settings),
        }
    }

    async fn machine_token(&self) -> Result<String, &'static str> {
        let given = self.given(wanted("report")).await?;
        Ok(text(&given, "access_token"))
    }

    /// The token that calls of this caller are made with.
    async fn token_of(&self, caller: &Caller) -> Result<String, crate::error::Code> {
        let Some(Credential::Grant(tenant, id)) = &caller.credential else {
            panic!("{caller:?}");
        };
        let token = self.broker.vault().token(tenant, id).await;
        token
            .map(|token| token.expose().to_owned())
            .map_err(|error| error.code)
    }
}

#[tokio::test]
async fn a_machine_acts_as_the_owner_of_its_token() {
    let world = World::new().knowing(bot());
    assert!(world.broker.has_machines());
    let given = world.given(wanted("report")).await.unwrap();
    assert_eq!(given["expires_in"], limits::ACCESS_TOKEN_SECONDS);
    assert_eq!(given["refresh_token"], Value::Null);
    // Nobody knows the scopes of a bot: here it may do at most what the tools need.
    assert_eq!(given["scope"], "spark:messages_read spark:rooms_read");
    let token = text(&given, "access_token");
    let caller = world.caller(&token).await;
    assert_eq!(caller.display.as_deref(), Some("bob@example.com"));
    assert!(caller.principal.as_str().starts_with("person:"));
    assert!(caller.scopes.is_none() && caller.is_lasting);
    assert_eq!(world.token_of(&caller).await.unwrap(), "sandbox-bob");
    let elsewhere = world.broker.accepted(&token, "webex-messaging").await;
    assert!(elsewhere.is_err());
    // The next token is for the same connection, and Webex is not asked again.
    let asked = world.place.sandbox.faults().calls().len();
    let next = world.machine_token().await.unwrap();
    assert_ne!(next, token);
    assert_eq!(world.count("connection").await, 1);
    assert_eq!(world.place.sandbox.faults().calls().len(), asked);
    assert_eq!(
        world.caller(&next).await.credential_tag,
        caller.credential_tag
    );
    // What the operator limits it to.
    let limited = Known {
        limits: Limits {
            servers: Some(vec!["webex".to_owned()]),
            scopes: Some(words("spark:rooms_read")),
        },
        ..bot()
    };
    let limited = world.knowing(limited);
    let unnamed = Wanted {
        server: None,
        ..wanted("report")
    };
    let given = limited.given(unnamed).await.unwrap();
    assert_eq!(given["scope"], "spark:rooms_read");
    let caller = limited.caller(&text(&given, "access_token")).await;
    let missing = caller.lacks(&["spark:rooms_read", "spark:messages_read"]);
    assert_eq!(missing, ["spark:messages_read"]);
}

#[tokio::test]
async fn who_is_no_machine_or_does_not_prove_it_gets_nothing() {
    let world = World::new();
    let registered = world.client().await;
    let mut settings = world.broker.settings().clone();
    let of_people = Known {
        redirect_uris: vec![REDIRECT.to_owned()],
        ..known(None)
    };
    let limited = Known {
        limits: Limits {
            servers: Some(vec!["webex-messaging".to_owned()]),
            scopes: None,
        },
        ..bot()
    };
    settings.clients = BTreeMap::from([
        ("report".to_owned(), bot()),
        ("people".to_owned(), of_people),
        ("limited".to_owned(), limited),
    ]);
    let world = world.with_settings(settings);
    let secret = |secret: Option<&str>| Wanted {
        client_secret: secret.map(|secret| secret.to_owned().into()),
        ..wanted("report")
    };
    let server = |server: Option<Result<&str, ()>>| Wanted {
        server: server.map(|server| server.map(str::to_owned)),
        ..wanted("report")
    };
    let near = &SECRET[1..];
    for (wanted, error) in [
        (secret(None), "invalid_client"),
        (secret(Some("")), "invalid_client"),
        (secret(Some(near)), "invalid_client"),
        (wanted("Report"), "invalid_client"),
        (wanted("people"), "unauthorized_client"),
        (
            Wanted {
                client_secret: None,
                ..wanted(&registered)
            },
            "unauthorized_client",
        ),
        (server(None), "invalid_target"),
        (server(Some(Err(()))), "invalid_target"),
        (wanted("limited"), "invalid_target"),
        (
            Wanted {
                refresh_token: Some("x".to_owned()),
                ..wanted("report")
            },
            "invalid_request",
        ),
    ] {
        assert_eq!(world.given(wanted).await.unwrap_err(), error);
    }
    assert_eq!(world.count("connection").await, 0);
    // And nobody signs in with a machine.
    let asked = world.broker.ask(world.question("report"), offer).await;
    assert!(matches!(asked, Err(NotAsked::Here(_))), "{asked:?}");
}

#[tokio::test]
async fn a_revoked_token_ends_at_once_and_the_next_one_is_another() {
    let world = World::new().knowing(bot());
    let token = world.machine_token().await.unwrap();
    assert!(world.is_accepted(&token).await);
    let secret = SecretString::from(SECRET);
    let slugs = [Arc::from("webex")];
    let revoke = async |secret| world.broker.revoke("report", secret, &token, &slugs).await;
    assert_eq!(revoke(None).await.unwrap_err().error, "invalid_client");
    assert!(world.is_accepted(&token).await);
    revoke(Some(&secret)).await.unwrap();
    assert!(!world.is_accepted(&token).await);
    let next = world.machine_token().await.unwrap();
    assert!(world.is_accepted(&next).await && !world.is_accepted(&token).await);
    assert_eq!(world.grants().await, 1);
}

#[tokio::test]
async fn what_the_operator_changes_ends_what_was_given_before() {
    let world = World::new();
    let first = world.knowing(bot());
    let token = first.machine_token().await.unwrap();
    let other = webex::AccessToken::new("sandbox-alice").unwrap();
    for changed in [
        Known {
            secret: Some(digest(b"another secret of the operator")),
            ..bot()
        },
        known(Some(Machine::Token(other))),
        person("bob@example.com"),
        Known {
            limits: Limits {
                servers: None,
                scopes: Some(words("spark:rooms_read")),
            },
            ..bot()
        },
        Known {
            limits: Limits {
                servers: Some(vec!["webex-messaging".to_owned()]),
                scopes: None,
            },
            ..bot()
        },
    ] {
        assert!(!world.knowing(changed).is_accepted(&token).await);
    }
    assert!(!world.is_accepted(&token).await, "without the client");
    // Another process has the same table.
    assert!(world.knowing(bot()).is_accepted(&token).await);
}

impl World {
    /// The same server, started a second later with this client in its configuration or without it.
    async fn started_with(&self, known: Option<Known>) -> World {
        self.place.advance(Duration::from_secs(1));
        let started = match known {
            Some(known) => self.knowing(known),
            None => self.with_settings(World::settings()),
        };
        started.broker.note_tables().await.unwrap();
        started
    }
}

#[tokio::test]
async fn an_old_table_that_is_put_back_brings_no_token_back() {
    let other_server = || Known {
        limits: Limits {
            servers: Some(vec!["webex-messaging".to_owned()]),
            scopes: None,
        },
        ..bot()
    };
    let other_secret = || Known {
        secret: Some(digest(b"another secret of the operator")),
        ..bot()
    };
    for between in [
        None,
        Some(other_server()),
        Some(other_secret()),
        Some(person("bob@example.com")),
    ] {
        let world = World::new();
        let first = world.started_with(Some(bot())).await;
        let token = first.machine_token().await.unwrap();
        // A restart changes nothing.
        let again = world.started_with(Some(bot())).await;
        assert!(again.is_accepted(&token).await);
        let changed = world.started_with(between).await;
        assert!(!changed.is_accepted(&token).await);
        let back = world.started_with(Some(bot())).await;
        assert!(!back.is_accepted(&token).await);
        world.place.advance(Duration::from_secs(1));
        let next = back.machine_token().await.unwrap();
        assert!(back.is_accepted(&next).await);
        let again = world.started_with(Some(bot())).await;
        assert!(again.is_accepted(&next).await && !again.is_accepted(&token).await);
    }
}

#[tokio::test]
async fn people_who_signed_in_with_a_client_that_was_removed_sign_in_again_once_it_is_back() {
    let world = World::new();
    let client = || limited("spark:rooms_read");
    let first = world.started_with(Some(client())).await;
    let (access, refresh_token) = first.signed_in_with_report().await;
    let refreshing = || Wanted {
        client_secret: Some(SECRET.to_owned().into()),
        ..refresh("report", &refresh_token)
    };
    // What they agreed to outlives other limits and another secret of their client.
    let other_secret = Known {
        secret: None,
        ..limited("spark:messages_read")
    };
    let changed = world.started_with(Some(other_secret)).await;
    assert!(changed.is_accepted(&access).await);
    let without = world.started_with(None).await;
    assert!(!without.is_accepted(&access).await);
    let back = world.started_with(Some(client())).await;
    assert!(!back.is_accepted(&access).await);
    let refused = back.given(refreshing()).await;
    assert_eq!(refused.unwrap_err(), "invalid_grant");
    world.place.advance(Duration::from_secs(1));
    let (access, _) = back.signed_in_with_report().await;
    assert!(back.is_accepted(&access).await);
}

#[tokio::test]
async fn a_command_with_another_configuration_ends_nothing() {
    let world = World::new();
    let serving = world.started_with(Some(bot())).await;
    let token = serving.machine_token().await.unwrap();
    world.place.advance(Duration::from_secs(1));
    let command = world.with_settings(World::settings());
    command.broker.everyone().await.unwrap();
    assert!(!command.is_accepted(&token).await);
    let again = world.started_with(Some(bot())).await;
    assert!(again.is_accepted(&token).await);
}

#[tokio::test]
async fn a_machine_gets_what_there_is_of_the_scopes_that_it_asks_for_and_hears_which() {
    let long = "spark:rooms_read ".repeat(limits::SIGN_IN_SCOPES_MAX + 1);
    let both = "spark:messages_read spark:rooms_read";
    for (may, asked, told) in [
        (None, "", Ok(both)),
        (None, "spark:rooms_read", Ok("spark:rooms_read")),
        (
            None,
            "spark:unknown spark:rooms_read",
            Ok("spark:rooms_read"),
        ),
        (None, "spark:all", Ok(both)),
        (None, "spark:unknown", Err("invalid_scope")),
        (None, &*long, Err("invalid_scope")),
        (Some("spark:rooms_read"), "", Ok("spark:rooms_read")),
        (
            Some("spark:rooms_read"),
            "spark:messages_read",
            Err("invalid_scope"),
        ),
        (
            Some("spark:rooms_read spark:rooms_write"),
            "spark:rooms_write spark:kms",
            Ok("spark:rooms_write"),
        ),
        (
            Some("spark:all"),
            "spark:rooms_read",
            Ok("spark:rooms_read"),
        ),
    ] {
        let mut known = bot();
        known.limits.scopes = may.map(words);
        let world = World::new().knowing(known);
        let given = world.given(Wanted {
            scope: Some(asked.to_owned()),
            ..wanted("report")
        });
        let given = given.await;
        let heard = given.clone().map(|given| text(&given, "scope"));
        assert_eq!(
            heard.as_deref().map_err(|error| *error),
            told,
            "{may:?} {asked}"
        );
        let (Ok(given), false) = (given, asked.is_empty() || asked == "spark:all") else {
            continue;
        };
        let caller = world.caller(&text(&given, "access_token")).await;
        let all = [
            "spark:rooms_read",
            "spark:messages_read",
            "spark:rooms_write",
        ];
        let mut lacking = all.to_vec();
        lacking.retain(|scope| !told.unwrap_or_default().contains(scope));
        assert_eq!(caller.lacks(&all), lacking, "{may:?} {asked}");
        assert!(caller.is_beyond(&lacking), "no consent gives it more");
    }
}

#[tokio::test]
async fn a_machine_of_a_person_and_an_app_get_fewer_scopes_too() {
    let world = World::new().knowing(person("bob@example.com"));
    world.connected().await;
    let apps = World::new();
    let app = app(&apps).await;
    let apps = apps.knowing(known(Some(Machine::App(app))));
    for (world, asked, told) in [
        (&world, "spark:rooms_read", Ok("spark:rooms_read")),
        (&world, "spark:rooms_write", Err("invalid_scope")),
        (&apps, "spark:people_read", Ok("spark:people_read")),
        (&apps, "spark:rooms_read", Err("invalid_scope")),
    ] {
        let given = world.given(Wanted {
            scope: Some(asked.to_owned()),
            ..wanted("report")
        });
        let given = given.await;
        let heard = given.clone().map(|given| text(&given, "scope"));
        assert_eq!(heard.as_deref().map_err(|error| *error), told, "{asked}");
        if let Ok(given) = given {
            let caller = world.caller(&text(&given, "access_token")).await;
            assert_eq!(caller.lacks(&["spark:kms"]), ["spark:kms"]);
        }
    }
}

/// A service app that has what every sign-in has.
async fn app(world: &World) -> App {
    let kept = world.place.signed_in("bob").await.to_bytes().unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    App {
        id: "sandbox-integration".to_owned(),
        integration: world.place.integration(),
        refresh_token: text(&kept, "refresh_token").into(),
    }
}

#[test]
fn the_scope_for_all_of_messaging_counts_in_limits_and_in_what_they_limit() {
    for (has, allowed, left) in [
        ("spark:all", "spark:all", "spark:all"),
        (
            "spark:all meeting:schedules_read",
            "spark:rooms_read",
            "spark:rooms_read spark:people_read spark:kms",
        ),
        ("spark:rooms_read", "spark:all", "spark:rooms_read"),
        ("spark:kms", "meeting:schedules_read", "spark:kms"),
        ("meeting:schedules_read", "spark:all", ""),
    ] {
        let limits = Limits {
            servers: None,
            scopes: Some(words(allowed)),
        };
        let mut scopes = words(has);
        limits.narrow(&mut scopes);
        assert_eq!(scopes.join(" "), left, "{has} within {allowed}");
    }
}

#[tokio::test]
async fn an_app_that_has_nothing_of_what_it_may_do_may_do_nothing() {
    let world = World::new();
    let app = app(&world).await;
    let limited = |scopes: &str| Known {
        limits: Limits {
            servers: None,
            scopes: Some(words(scopes)),
        },
        ..known(Some(Machine::App(app.clone())))
    };
    let world = world.knowing(limited("spark:rooms_read"));
    let token = world.machine_token().await.unwrap();
    let caller = world.caller(&token).await;
    let wanted = ["spark:rooms_read", "spark:messages_read"];
    assert_eq!(caller.lacks(&wanted), wanted);
    // Nor where it does not even have what every sign-in has.
    let id = Uuid::try_parse(caller.credential_tag.as_str()).unwrap();
    let mut found = world.broker.connection(id).await.unwrap().unwrap();
    found.connection.scopes = Some(Vec::new());
    let put = world
        .broker
        .put_connection(id, found.record.version, &found.connection);
    put.await.unwrap();
    assert_eq!(world.caller(&token).await.lacks(&wanted), wanted);
}

#[tokio::test]
async fn a_service_app_is_renewed_by_its_own_integration() {
    let world = World::new();
    let app = app(&world).await;
    let world = world.knowing(known(Some(Machine::App(app))));
    let given = world.given(wanted("report")).await.unwrap();
    assert_eq!(given["scope"], "spark:kms spark:people_read");
    let caller = world.caller(&text(&given, "access_token")).await;
    let first = world.token_of(&caller).await.unwrap();
    // Webex's tokens end after two weeks, ours in an hour.
    world.place.advance(15 * DAY);
    let token = world.machine_token().await.unwrap();
    let caller = world.caller(&token).await;
    let second = world.token_of(&caller).await.unwrap();
    assert_ne!(first, second);
    let second = webex::AccessToken::new(second).unwrap();
    assert!(world.place.accepts(&second).await);
    // A server without the app, which another one still has, cannot renew it.
    world.place.advance(15 * DAY);
    let without = world.with_settings(World::settings());
    assert_eq!(
        without.token_of(&caller).await.unwrap_err(),
        crate::error::Code::NotConfigured
    );
    assert!(world.token_of(&caller).await.is_ok());
}

#[tokio::test]
async fn a_machine_acts_for_a_person_as_long_as_they_are_signed_in() {
    let world = World::new().knowing(person("Bob@Example.com"));
    assert_eq!(world.machine_token().await.unwrap_err(), "invalid_grant");
    let (client, access, _) = world.connected().await;
    let given = world.given(wanted("report")).await.unwrap();
    assert_eq!(
        given["scope"],
        "spark:kms spark:messages_read spark:people_read spark:rooms_read"
    );
    let token = text(&given, "access_token");
    let (persons, machines) = (world.caller(&access).await, world.caller(&token).await);
    assert_eq!(persons.principal, machines.principal);
    assert_ne!(persons.credential_tag, machines.credential_tag);
    // They signed in for this server only.
    let elsewhere = Wanted {
        server: Some(Ok("webex-messaging".to_owned())),
        ..wanted("report")
    };
    assert_eq!(world.given(elsewhere).await.unwrap_err(), "invalid_grant");
    // The end of the machine's token leaves the person signed in; the other way round it does not.
    let slugs = [Arc::from("webex")];
    let secret = SecretString::from(SECRET);
    let revoked = world.broker.revoke("report", Some(&secret), &token, &slugs);
    revoked.await.unwrap();
    assert!(world.is_accepted(&access).await);
    let token = world.machine_token().await.unwrap();
    assert!(world.is_accepted(&token).await);
    let revoked = world.broker.revoke(&client, None, &access, &slugs);
    revoked.await.unwrap();
    assert!(world.again().accepted(&token, "webex").await.is_err());
    assert_eq!(world.machine_token().await.unwrap_err(), "invalid_grant");
}

#[tokio::test]
async fn whom_a_machine_acts_for_sees_it_and_ends_it_with_their_sign_in_only() {
    let world = World::new().knowing(person("bob@example.com"));
    world.connected().await;
    let token = world.machine_token().await.unwrap();
    let (owner, accesses) = world.broker.everyone().await.unwrap().remove(0);
    let id_of = |is_machine| {
        let mut all = accesses.iter();
        &all.find(|it| it.is_machine == is_machine).unwrap().id
    };
    let revoke = async |id| world.broker.revoke_access(&owner, id).await.unwrap();
    // It would get another token at once.
    assert_eq!(revoke(id_of(true)).await, None);
    assert!(world.is_accepted(&token).await);
    assert!(revoke(id_of(false)).await.is_some());
    assert!(world.again().accepted(&token, "webex").await.is_err());
    assert_eq!(world.machine_token().await.unwrap_err(), "invalid_grant");
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_is_not_looked_for_at_each_request() {
    let world = World::new().knowing(person("Bob@Example.com"));
    let other = world.with_settings(world.broker.settings().clone());
    assert_eq!(world.machine_token().await.unwrap_err(), "invalid_grant");
    // They sign in with another process, which this one has not heard of.
    other.connected().await;
    assert_eq!(world.machine_token().await.unwrap_err(), "invalid_grant");
    assert!(other.machine_token().await.is_ok());
    // Of a sign-in of its own it knows at once.
    let third = world.with_settings(world.broker.settings().clone());
    let owner = third.broker.everyone().await.unwrap().remove(0).0;
    third.broker.forget(&owner).await.unwrap();
    assert_eq!(third.machine_token().await.unwrap_err(), "invalid_grant");
    third.connected().await;
    assert!(third.machine_token().await.is_ok());
}

#[tokio::test]
async fn an_organization_that_was_removed_takes_its_peoples_machines_along_but_no_bot() {
    let world = World::new();
    let bots = world.knowing(bot());
    let persons = world.knowing(person("bob@example.com"));
    persons.connected().await;
    for (world, is_left) in [(bots, true), (persons, false)] {
        let token = world.machine_token().await.unwrap();
        let mut settings = world.broker.settings().clone();
        settings.organizations = vec!["another".to_owned()];
        let stricter = world.with_settings(settings);
        assert_eq!(stricter.is_accepted(&token).await, is_left);
    }
}

#[tokio::test]
async fn a_token_that_webex_does_not_accept_is_the_operators_to_replace() {
    let world = World::new();
    let made_up = webex::AccessToken::new("made-up").unwrap();
    let wrong = world.knowing(known(Some(Machine::Token(made_up))));
    let refused = wrong
        .broker
        .give(&wanted("report"), need)
        .await
        .unwrap_err();
    assert_eq!(refused.error, "invalid_grant");
    assert!(!refused.description.contains("made-up"));
    assert_eq!(wrong.count("connection").await, 0);
    let down = webex_sandbox::Fault::status(503);
    let faults = world.place.sandbox.faults();
    faults.next_on(10, "GET", "/v1/people/me", down);
    let bots = world.knowing(bot());
    assert_eq!(
        bots.machine_token().await.unwrap_err(),
        "temporarily_unavailable"
    );
}

#[tokio::test]
async fn two_processes_give_a_machine_one_connection() {
    let world = World::new().knowing(bot());
    let other = world.again();
    let (one, two) = (wanted("report"), wanted("report"));
    let (one, two) = tokio::join!(world.broker.give(&one, need), other.give(&two, need));
    for given in [one.unwrap(), two.unwrap()] {
        let given = serde_json::to_value(given).unwrap();
        assert!(world.is_accepted(&text(&given, "access_token")).await);
    }
    assert_eq!(
        (world.count("connection").await, world.grants().await),
        (1, 1)
    );
}

#[tokio::test]
async fn a_machine_that_is_used_lasts_and_another_one_is_forgotten() {
    let world = World::new().knowing(bot());
    let first = world.machine_token().await.unwrap();
    let tag = world.caller(&first).await.credential_tag;
    for _ in 0..4 {
        world.place.advance(60 * DAY);
        world.broker.sweep().await;
        let token = world.machine_token().await.unwrap();
        assert_eq!(world.caller(&token).await.credential_tag, tag);
    }
    world.place.advance(91 * DAY);
    world.broker.sweep().await;
    for kind in ["machine", "connection"] {
        assert_eq!(world.count(kind).await, 0, "{kind}");
    }
    assert_eq!(world.grants().await, 0);
}

/// Its grant is no orphan while its record has it, also without a connection; one that a process made
/// which ended before it wrote that is.
#[tokio::test]
async fn the_grant_of_a_machine_stays_as_long_as_its_record() {
    let world = World::new().knowing(bot());
    let token = world.machine_token().await.unwrap();
    let caller = world.caller(&token).await;
    let Some(Credential::Grant(tenant, id)) = &caller.credential else {
        panic!("{caller:?}");
    };
    let vault = world.broker.vault();
    let grant = vault.kept(tenant, id).await.unwrap().unwrap();
    let unwritten = vault.new_id(&caller.principal);
    vault.keep(tenant, &unwritten, &grant).await.unwrap();
    world
        .broker
        .withdraw(caller.credential_tag.as_str())
        .await
        .unwrap();
    assert_eq!(
        (world.count("connection").await, world.grants().await),
        (0, 2)
    );
    world.place.advance(2 * DAY);
    world.broker.sweep().await;
    assert_eq!(world.grants().await, 1);
    assert!(vault.kept(tenant, id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_machine_whose_tokens_were_just_used_lasts_too() {
    let world = World::new().knowing(bot());
    let token = world.machine_token().await.unwrap();
    let tag = world.caller(&token).await.credential_tag;
    let id = Uuid::try_parse(tag.as_str()).unwrap();
    for _ in 0..4 {
        world.place.advance(60 * DAY);
        world.broker.sweep().await;
        let connected = world.broker.connected(id).await.unwrap().unwrap();
        world.broker.note_use(id, &connected);
        while world.broker.connected(id).await.unwrap().unwrap().used_at == connected.used_at {
            tokio::task::yield_now().await;
        }
        let token = world.machine_token().await.unwrap();
        assert_eq!(world.caller(&token).await.credential_tag, tag);
    }
    assert_eq!(world.grants().await, 1);
}

#[tokio::test]
async fn people_sign_in_with_a_client_that_the_operator_knows() {
    let world = World::new().knowing(Known {
        redirect_uris: vec![REDIRECT.to_owned()],
        limits: Limits {
            servers: Some(vec!["webex".to_owned()]),
            scopes: Some(words("spark:rooms_read")),
        },
        ..known(None)
    });
    assert!(!world.broker.has_machines());
    let (_, client, offer_made) = world
        .broker
        .ask(world.question("report"), offer)
        .await
        .unwrap();
    assert_eq!(
        (&*client.name, client.vouched),
        ("Nightly report", Vouched::Operator)
    );
    assert_eq!(offer_made.base, words("spark:rooms_read"));
    let code = world.code("report", "bob").await;
    let exchanged = Wanted {
        client_secret: Some(SECRET.to_owned().into()),
        ..exchange("report", &code)
    };
    let given = world.given(exchanged).await.unwrap();
    assert_eq!(
        given["scope"],
        "spark:kms spark:people_read spark:rooms_read"
    );
    let token = text(&given, "access_token");
    assert!(world.is_accepted(&token).await);
    // Without the client, or where it may use other servers only, its people are out.
    assert!(
        World::broker(&world.place, World::settings())
            .accepted(&token, "webex")
            .await
            .is_err()
    );
    let other = world.knowing(Known {
        redirect_uris: vec![REDIRECT.to_owned()],
        limits: Limits {
            servers: Some(vec!["webex-messaging".to_owned()]),
            scopes: None,
        },
        ..known(None)
    });
    assert!(!other.is_accepted(&token).await);
    let asked = other.broker.ask(other.question("report"), offer).await;
    let Err(NotAsked::There(url)) = asked else {
        panic!("{asked:?}");
    };
    assert!(url.contains("error=invalid_target"), "{url}");
}

/// A client that people sign in with, which may have these scopes.
fn limited(scopes: &str) -> Known {
    Known {
        redirect_uris: vec![REDIRECT.to_owned()],
        limits: Limits {
            servers: None,
            scopes: Some(words(scopes)),
        },
        ..known(None)
    }
}

impl World {
    /// Bob signs in with the client of the configuration: its access token and its refresh token.
    async fn signed_in_with_report(&self) -> (String, String) {
        let code = self.code("report", "bob").await;
        let exchanged = Wanted {
            client_secret: Some(SECRET.to_owned().into()),
            ..exchange("report", &code)
        };
        let given = self.given(exchanged).await.unwrap();
        (text(&given, "access_token"), text(&given, "refresh_token"))
    }
}

#[tokio::test]
async fn no_consent_gives_a_client_more_than_the_operator_lets_it_have() {
    const READ: &[&str] = &["spark:messages_read"];
    const WRITE: &[&str] = &["spark:messages_write"];
    for registered in [Integration::demo().scopes, words("spark:all")] {
        let world = World::with(|settings| settings.registered_scopes = registered);
        let world = world.knowing(limited("spark:rooms_read spark:messages_read"));
        let (access, refresh_token) = world.signed_in_with_report().await;
        let caller = world.caller(&access).await;
        assert!(caller.lacks(READ).is_empty() && caller.is_beyond(WRITE));
        assert!(world.broker.link(&caller, "webex", WRITE).is_none());
        // The operator allows less: that counts for whoever signed in before.
        let narrower = world.knowing(limited("spark:rooms_read"));
        let caller = narrower.caller(&access).await;
        assert!(caller.lacks(&["spark:rooms_read"]).is_empty());
        assert!(caller.is_beyond(READ));
        let absentee = Absentee::of(&caller);
        let found = narrower.broker.lasting(&absentee, "webex").await.unwrap();
        assert_eq!(found.unwrap().lacks(READ), READ);
        let again = |scope: Option<&str>| Wanted {
            client_secret: Some(SECRET.to_owned().into()),
            scope: scope.map(str::to_owned),
            ..refresh("report", &refresh_token)
        };
        let refused = narrower.given(again(Some(READ[0]))).await;
        assert_eq!(refused.unwrap_err(), "invalid_scope");
        let given = narrower.given(again(None)).await.unwrap();
        assert!(!text(&given, "scope").contains("messages"), "{given}");
        // And what they agreed to is there again when it is allowed again.
        let caller = world.again().accepted(&access, "webex").await.unwrap();
        assert!(caller.caller.lacks(READ).is_empty());
    }
}

#[tokio::test]
async fn what_acts_with_a_sign_in_ends_when_the_operator_removes_its_client() {
    const READ: &[&str] = &["spark:messages_read"];
    let world = World::new().knowing(limited("spark:rooms_read spark:messages_read"));
    let (access, _) = world.signed_in_with_report().await;
    let mut settings = world.broker.settings().clone();
    let machine = ("machine".to_owned(), person("bob@example.com"));
    settings.clients.extend([machine]);
    let world = world.with_settings(settings.clone());
    let given = world.given(wanted("machine")).await.unwrap();
    let machine = text(&given, "access_token");
    let owner = world.broker.everyone().await.unwrap().remove(0).0;
    let wish = Wish::new("CI", "webex", 7, false, words(READ[0])).unwrap();
    let token = world.broker.share(&owner, wish).await.unwrap();
    let all = [&*access, &machine, token.text.expose_secret()];
    for token in all {
        assert!(world.caller(token).await.lacks(READ).is_empty());
    }
    let narrower = world.knowing(limited("spark:rooms_read"));
    for token in all {
        assert!(narrower.caller(token).await.is_beyond(READ));
    }
    settings.clients.remove("report");
    let without = world.with_settings(settings);
    for token in all {
        assert!(!without.is_accepted(token).await);
    }
    let refused = without.given(wanted("machine")).await;
    assert_eq!(refused.unwrap_err(), "invalid_grant");
}

#[tokio::test]
async fn what_a_connection_began_goes_on_while_it_lasts() {
    let world = World::new();
    let (client, access, _) = world.connected().await;
    let caller = world.caller(&access).await;
    assert!(caller.is_lasting);
    let absentee = Absentee::of(&caller);
    let next = world.again();
    let found = next.lasting(&absentee, "webex").await.unwrap().unwrap();
    assert_eq!(Absentee::of(&found), absentee);
    assert_eq!(found.scopes, caller.scopes);
    assert!(world.token_of(&found).await.is_ok());
    let stranger = |change: fn(&mut Absentee)| {
        let mut stranger = absentee.clone();
        change(&mut stranger);
        stranger
    };
    for (absentee, slug) in [
        (absentee.clone(), "webex-messaging"),
        (
            stranger(|it| it.principal = Principal::new("person:other")),
            "webex",
        ),
        (stranger(|it| it.tenant = Tenant::single()), "webex"),
        (
            stranger(|it| it.credential = CredentialTag::new("")),
            "webex",
        ),
    ] {
        assert!(next.lasting(&absentee, slug).await.unwrap().is_none());
    }
    let mut settings = world.broker.settings().clone();
    settings.organizations = vec!["another".to_owned()];
    let stricter = World::broker(&world.place, settings);
    assert!(
        stricter
            .lasting(&absentee, "webex")
            .await
            .unwrap()
            .is_none()
    );
    let slugs = [Arc::from("webex")];
    let revoked = world.broker.revoke(&client, None, &access, &slugs);
    revoked.await.unwrap();
    // It is read again, however lately it was used.
    assert!(next.lasting(&absentee, "webex").await.unwrap().is_none());
    // Nor does anything for somebody whose tokens were deleted.
    let (_, access, _) = world.connected().await;
    let caller = world.caller(&access).await;
    let Some(Credential::Grant(tenant, id)) = &caller.credential else {
        panic!("{caller:?}");
    };
    world.broker.vault().delete(tenant, id).await.unwrap();
    let absentee = Absentee::of(&caller);
    assert!(next.lasting(&absentee, "webex").await.unwrap().is_none());
}
