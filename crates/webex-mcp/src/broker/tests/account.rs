//! What somebody does on their account page, and the operator on the command line: connection tokens,
//! revocation, and the end of everything that is kept of a person.

use secrecy::ExposeSecret as _;

use super::*;
use crate::identity::{Principal, Tenant};
use crate::stores::records::tests::place::files_with;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ADMINISTRATORS: &str = "identity:tokens_read identity:tokens_write";

impl World {
    fn hosted() -> Self {
        World::with(|settings| {
            settings.registered_scopes = words("spark:people_read spark:kms");
            settings.registered_scopes.extend(words(ADMINISTRATORS));
        })
    }

    /// What becomes of an errand of this person's at Webex.
    async fn back_from_webex(&self, url: &str, who: &str) -> Result<Arrived, Refused> {
        let back = self.place.approve(url, who).await;
        let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
        self.broker.returned(returned, "browser").await
    }

    /// The word of a browser in which this person has signed in.
    async fn browser(&self, who: &str) -> String {
        let url = self.broker.account_wanted("browser", None).await.unwrap();
        let Ok(Arrived::Account(word)) = self.back_from_webex(&url, who).await else {
            panic!("{who} is not signed in");
        };
        word.expose_secret().to_owned()
    }

    async fn owner(&self, who: &str) -> Owner {
        let word = self.browser(who).await;
        self.broker.session(&word).await.unwrap().unwrap()
    }

    async fn token(&self, owner: &Owner, who: &str, wish: Wish) -> Result<Made, Refused> {
        let url = self.broker.token_wanted(owner.clone(), wish, "browser");
        match self.back_from_webex(&url.await?, who).await? {
            Arrived::Token(made) => Ok(made),
            other => panic!("{other:?}"),
        }
    }

    /// A token of Bob's, for a week.
    async fn of_bob(&self) -> (Owner, String) {
        let owner = self.owner("bob").await;
        let made = self.token(&owner, "bob", wish("CI")).await.unwrap();
        (owner, made.text.expose_secret().to_owned())
    }

    /// A client that Ada has signed in with, with what an administrator may do at Webex.
    async fn administrator(&self) {
        let client = self.client().await;
        let question = Question {
            scope: Some(ADMINISTRATORS.to_owned()),
            ..self.question(&client)
        };
        let offered = |resource: Option<&str>| {
            offer(resource).map(|mut offer| {
                offer.all.extend(words(ADMINISTRATORS));
                offer
            })
        };
        let (asked, ..) = self.broker.ask(question, offered).await.unwrap();
        let url = self.broker.agreed(asked, "browser", None).await.unwrap();
        let told = there(self.back_from_webex(&url, "ada").await);
        let code = pairs(&told).remove("code").unwrap();
        self.given(exchange(&client, &code)).await.unwrap();
    }

    /// Of everything that is kept of people: how much there is.
    async fn left(&self) -> Vec<(&'static str, usize)> {
        let mut left = Vec::new();
        for kind in ["code", "connection", "session"] {
            left.push((kind, self.count(kind).await));
        }
        left.push(("grant", self.grants().await));
        left
    }

    /// What has access, once the last use is written down.
    async fn used(&self, owner: &Owner) -> Access {
        loop {
            let access = self.broker.accesses(owner).await.unwrap().remove(0);
            if access.used_at == Some(self.place.records.now()) {
                return access;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn wish(name: &str) -> Wish {
    let scopes = words("spark:people_read spark:kms");
    Wish::new(name, "webex", 7, false, scopes).unwrap()
}

#[tokio::test]
async fn a_token_acts_as_its_owner_on_one_server_until_its_end() {
    let world = World::hosted();
    let (owner, token) = world.of_bob().await;
    let connected = world.broker.accepted(&token, "webex").await.unwrap();
    let caller = &connected.caller;
    assert_eq!(caller.display.as_deref(), Some("bob@example.com"));
    assert!(!caller.is_read_only);
    let Some(Credential::Grant(tenant, id)) = &caller.credential else {
        panic!("{caller:?}");
    };
    let at_webex = world.broker.vault().token(tenant, id).await.unwrap();
    assert!(world.place.accepts(&at_webex).await);
    for (token, server) in [
        (&*token, "webex-messaging"),
        (&token[..token.len() - 1], "webex"),
        (&token.replace("wxm_", "wxn_"), "webex"),
        // Right in form, and nobody's.
        (
            "wxm_00000000000000000000000000000000000000002kaqcA",
            "webex",
        ),
        ("", "webex"),
    ] {
        let refused = world.broker.accepted(token, server).await;
        assert_eq!(refused.unwrap_err(), NotAccepted::Refused, "{token}");
    }
    // It is found and accepted by every process, and no process can tell it.
    assert!(world.again().accepted(&token, "webex").await.is_ok());
    let access = world.broker.accesses(&owner).await.unwrap().remove(0);
    assert_eq!((&*access.name, access.used_at), ("CI", None));
    world.place.advance(7 * DAY - MINUTE);
    assert!(world.is_accepted(&token).await);
    world.place.advance(MINUTE);
    assert!(
        !world.is_accepted(&token).await,
        "it is known here, and ended"
    );
    assert!(world.again().accepted(&token, "webex").await.is_err());
    assert!(world.broker.accesses(&owner).await.unwrap().is_empty());
    world.broker.sweep().await;
    assert_eq!(world.grants().await, 0, "its grant went with it");
}

#[tokio::test]
async fn a_token_only_reads_if_its_owner_wants_that() {
    let world = World::hosted();
    let owner = world.owner("bob").await;
    let scopes = words("spark:people_read");
    let reading = Wish::new("reads", "webex", 365, true, scopes).unwrap();
    let made = world.token(&owner, "bob", reading).await.unwrap();
    let token = made.text.expose_secret();
    let connected = world.broker.accepted(token, "webex").await.unwrap();
    assert!(made.is_read_only && connected.caller.is_read_only);
    let scopes = connected.caller.scopes.as_deref().unwrap();
    assert_eq!(scopes, [Box::from("spark:people_read")]);
}

#[tokio::test]
async fn a_token_that_is_revoked_ends_here_at_once_and_elsewhere_when_it_is_read_again() {
    let world = World::hosted();
    let (owner, token) = world.of_bob().await;
    let other = world.again();
    assert!(world.is_accepted(&token).await);
    assert!(other.accepted(&token, "webex").await.is_ok());
    let alice = world.owner("alice").await;
    let id = world.broker.accesses(&owner).await.unwrap().remove(0).id;
    for (owner, id) in [(&alice, &*id), (&owner, "made-up"), (&owner, "")] {
        let revoked = world.broker.revoke_access(owner, id).await;
        assert_eq!(revoked.unwrap(), None, "{id}");
    }
    let revoked = world.broker.revoke_access(&owner, &id).await.unwrap();
    assert_eq!(revoked, Some(AtWebex::Remains));
    assert!(!world.is_accepted(&token).await);
    // What the other process knows has an end, and then it reads the record again.
    other.0.known.invalidate_all();
    assert!(other.accepted(&token, "webex").await.is_err());
    assert_eq!(world.grants().await, 0);
}

#[tokio::test]
async fn nobody_gets_a_token_for_somebody_else_or_more_than_there_may_be() {
    let world = World::hosted();
    let owner = world.owner("bob").await;
    let refused = world.token(&owner, "alice", wish("Alice")).await;
    assert_eq!(refused.unwrap_err().error, "access_denied");
    assert_eq!(world.grants().await, 0);
    // Asked for while there was room, and agreed to when there was none.
    let late = world
        .broker
        .token_wanted(owner.clone(), wish("late"), "browser");
    let late = late.await.unwrap();
    for number in 0..limits::CONNECTION_TOKENS_MAX {
        let wish = wish(&number.to_string());
        world.token(&owner, "bob", wish).await.unwrap();
    }
    let refused = world.token(&owner, "bob", wish("more")).await.unwrap_err();
    assert!(refused.description.contains("revoke one"), "{refused:?}");
    assert!(world.back_from_webex(&late, "bob").await.is_err());
    assert_eq!(world.grants().await, limits::CONNECTION_TOKENS_MAX);
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let world = World::hosted();
    let (owner, token) = world.of_bob().await;
    world.place.advance(MINUTE);
    assert!(world.is_accepted(&token).await);
    let used = world.used(&owner).await;
    let commits = world.broker.0.journal.commits();
    world.place.advance(MINUTE / 2);
    for process in [&world.again(), &world.broker] {
        assert!(process.accepted(&token, "webex").await.is_ok());
    }
    assert_eq!(world.broker.accesses(&owner).await.unwrap(), [used]);
    assert_eq!(world.broker.0.journal.commits(), commits);
    world.place.advance(MINUTE / 2);
    assert!(world.again().accepted(&token, "webex").await.is_ok());
    world.used(&owner).await;
}

#[tokio::test]
async fn a_token_of_the_operator_ends_with_the_client_whose_sign_in_it_shares() {
    let world = World::hosted();
    let owner = world.owner("bob").await;
    let refused = world.broker.share(&owner, wish("CI")).await.unwrap_err();
    assert!(refused.description.contains("signed in"), "{refused:?}");
    let (_, access, _) = world.connected().await;
    let mut made = Vec::new();
    for name in ["one", "two"] {
        let token = world.broker.share(&owner, wish(name)).await.unwrap();
        assert_eq!(token.shares_with.as_deref(), Some("Agent"));
        made.push(token.text.expose_secret().to_owned());
        assert!(world.is_accepted(&made[made.len() - 1]).await);
    }
    assert_eq!(world.grants().await, 1);
    let id_of = async |name: &str| {
        let all = world.broker.accesses(&owner).await.unwrap();
        all.into_iter().find(|it| it.name == name).unwrap().id
    };
    // Its end leaves the client signed in; the end of the client takes the other along.
    let one = id_of("one").await;
    let revoked = world.broker.revoke_access(&owner, &one).await.unwrap();
    assert_eq!(revoked, Some(AtWebex::StillUsed));
    assert!(world.is_accepted(&access).await && !world.is_accepted(&made[0]).await);
    let client = id_of("Agent").await;
    let revoked = world.broker.revoke_access(&owner, &client).await.unwrap();
    assert_eq!(revoked, Some(AtWebex::Remains));
    world.broker.0.known.invalidate_all();
    assert!(!world.is_accepted(&made[1]).await);
    assert!(world.broker.accesses(&owner).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_browser_is_signed_in_for_an_hour_and_only_with_its_own_word() {
    let world = World::hosted();
    let (bob, alice) = (world.browser("bob").await, world.browser("alice").await);
    let is_in = async |word: &str| world.broker.session(word).await.unwrap().is_some();
    assert!(is_in(&bob).await && is_in(&alice).await && !is_in("made-up").await);
    assert!(is_form_word(&form_word(&bob), &bob));
    for wrong in [form_word(&alice), bob.clone(), String::new()] {
        assert!(!is_form_word(&wrong, &bob));
    }
    world.broker.close_session(&alice).await;
    assert!(!is_in(&alice).await);
    world.place.advance(60 * MINUTE);
    assert!(!is_in(&bob).await);
    world.broker.sweep().await;
    assert_eq!(world.count("session").await, 0);
    let stricter = Settings {
        organizations: vec!["another".to_owned()],
        ..world.broker.settings().clone()
    };
    let word = world.browser("bob").await;
    let stricter = World::broker(&world.place, stricter);
    assert_eq!(stricter.session(&word).await.unwrap(), None);
}

#[tokio::test]
async fn a_person_is_deleted_with_everything_that_was_given_in_their_name() {
    let world = World::hosted();
    let (owner, token) = world.of_bob().await;
    let (client, access, refresh) = world.connected().await;
    let code = world.code(&client, "bob").await;
    let alice = world.owner("alice").await;
    world.token(&alice, "alice", wish("mine")).await.unwrap();
    let everyone = world.broker.everyone().await.unwrap();
    let counts: Vec<_> = everyone.iter().map(|(_, all)| all.len()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 3, "{everyone:?}");
    let forgotten = world.broker.forget(&owner).await.unwrap();
    assert_eq!(
        forgotten,
        Forgotten {
            clients: 1,
            tokens: 1,
            accounts: 0,
            at_webex: AtWebex::Remains,
        }
    );
    assert!(!world.is_accepted(&token).await && !world.is_accepted(&access).await);
    assert!(world.refreshed(&client, &refresh).await.is_err());
    assert!(world.given(exchange(&client, &code)).await.is_err());
    // Alice's are there as before.
    let left = [("code", 0), ("connection", 1), ("session", 1), ("grant", 1)];
    assert_eq!(world.left().await, left);
    let again = world.broker.forget(&owner).await.unwrap();
    assert_eq!((again.clients, again.tokens), (0, 0));
}

#[tokio::test]
async fn the_name_behind_the_pseudonym_is_deleted_too() {
    let world = World::hosted();
    let owner = world.owner("bob").await;
    let journal = &world.broker.0.journal;
    let mut intent = crate::journal::tests::intent("a call of Bob's");
    intent.tenant = owner.tenant();
    intent.principal = journal.pseudonym(&owner.principal());
    intent.display = Some("bob@example.com".to_owned());
    crate::journal::tests::run(journal, intent, b"").await;
    world.of_bob().await;
    world.connected().await;
    let names = async || journal.people().await.unwrap().len();
    let readable = || files_with(world.place.records.path(), "bob@example.com");
    assert_eq!(names().await, 1);
    assert!(!readable().is_empty());
    world.broker.forget(&owner).await.unwrap();
    assert_eq!(names().await, 0);
    assert_eq!(readable(), Vec::<String>::new());
}

#[tokio::test]
async fn a_consent_is_revoked_at_webex_by_the_grant_of_an_administrator() {
    let world = World::hosted();
    let (owner, token) = world.of_bob().await;
    let connected = world.broker.accepted(&token, "webex").await.unwrap();
    let Some(Credential::Grant(tenant, id)) = &connected.caller.credential else {
        panic!("{connected:?}");
    };
    let at_webex = world.broker.vault().token(tenant, id).await.unwrap();
    assert!(world.place.accepts(&at_webex).await);
    let ada = world.owner("ada").await;
    world.token(&ada, "ada", wish("CI")).await.unwrap();
    world.place.advance(MINUTE);
    world.administrator().await;
    let forgotten = world.broker.forget(&owner).await.unwrap();
    assert_eq!(forgotten.at_webex, AtWebex::Revoked);
    assert!(!world.place.accepts(&at_webex).await);
    // Her own, with the last of what she has here: by the token that is revoked last.
    for expected in [AtWebex::StillUsed, AtWebex::Revoked] {
        let all = world.broker.accesses(&ada).await.unwrap();
        let id = match expected {
            AtWebex::StillUsed => all.iter().find(|it| it.token.is_some()),
            _ => all.first(),
        };
        let revoked = world.broker.revoke_access(&ada, &id.unwrap().id).await;
        assert_eq!(revoked.unwrap(), Some(expected));
    }
}

/// A connection is written after its entry among those of its owner, who may look between the two.
#[tokio::test]
async fn one_that_is_just_made_is_listed_although_its_owner_looked_before() {
    let world = World::hosted();
    let (owner, token) = world.of_bob().await;
    let id = world.broker.accesses(&owner).await.unwrap().remove(0).id;
    let id = Uuid::try_parse(&id).unwrap();
    let made = world.broker.connection(id).await.unwrap().unwrap();
    let next = Uuid::new_v4();
    world.broker.enlist(&owner, next).await.unwrap();
    assert_eq!(world.broker.accesses(&owner).await.unwrap().len(), 1);
    let put = world.broker.put_connection(next, 0, &made.connection);
    put.await.unwrap();
    let all = world.broker.accesses(&owner).await.unwrap();
    assert!(all.iter().any(|access| access.id == hex(next.as_bytes())));
    world.broker.forget(&owner).await.unwrap();
    assert!(!world.is_accepted(&token).await);
    assert_eq!(world.count("connection").await, 0);
}

/// Also where they have more than a page of them, and one on it is none.
#[tokio::test]
async fn everything_of_a_person_is_deleted_whatever_else_is_on_its_pages() {
    let world = World::hosted();
    let (owner, token) = world.of_bob().await;
    let all = world.broker.ids_of(&owner).await.unwrap();
    let records = &world.broker.0.records;
    let name = |id: String| RecordName {
        tenant: owner.tenant().as_str().to_owned(),
        kind: "access".to_owned(),
        id: format!("{}{id}", owner.prefix()),
    };
    let names = (0..limits::RECORDS_PAGE_ROWS).map(|number| name(format!("{number:032x}")));
    let names: Vec<_> = names.chain([name("0".repeat(31))]).collect();
    let puts = names.iter().map(|name| records.put(name, 0, b""));
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    let found = world.broker.ids_of(&owner).await.unwrap();
    assert_eq!(found.len(), limits::RECORDS_PAGE_ROWS + 1);
    assert_eq!(found.last(), all.last());
    assert_eq!(world.broker.accesses(&owner).await.unwrap().len(), 1);
    world
        .broker
        .revoke_access(&owner, &hex(all[0].as_bytes()))
        .await
        .unwrap();
    assert!(!world.is_accepted(&token).await);
}

impl World {
    /// Somebody of an identity provider connects this person's account.
    async fn link_account(&self, principal: &Principal, who: &str) {
        let (tenant, scopes) = (Tenant::new("acme"), words("spark:people_read"));
        let before = self.broker.account_owner(&tenant, principal).await.unwrap();
        let broker = &self.broker;
        let url = broker.connect_account(&tenant, principal, scopes, before, "browser");
        let arrived = self.back_from_webex(&url.await.unwrap(), who).await;
        assert!(matches!(arrived, Ok(Arrived::Linked(_))), "{arrived:?}");
    }

    async fn is_linked(&self, principal: &Principal) -> bool {
        let account = self.broker.account(&Tenant::new("acme"), principal).await;
        account.unwrap().is_some()
    }
}

#[tokio::test]
async fn whose_account_is_connected_sees_it_and_revokes_it() {
    let world = World::hosted();
    let (one, two) = (Principal::new("jwt:one"), Principal::new("jwt:two"));
    world.link_account(&one, "bob").await;
    world.link_account(&two, "alice").await;
    let (bob, alice) = (world.owner("bob").await, world.owner("alice").await);
    let [account] = &world.broker.accesses(&bob).await.unwrap()[..] else {
        panic!("there is one");
    };
    let whose = account.account.as_ref().unwrap();
    assert_eq!((&whose.principal, whose.tenant.as_str()), (&one, "acme"));
    let everyone = world.broker.everyone().await.unwrap();
    let of_bob = everyone.iter().find(|(owner, _)| owner.is(&bob)).unwrap();
    assert_eq!((everyone.len(), &of_bob.1), (2, &vec![account.clone()]));
    let revoked = world.broker.revoke_access(&alice, &account.id).await;
    assert_eq!(revoked.unwrap(), None);
    let revoked = world.broker.revoke_access(&bob, &account.id).await;
    assert_eq!(revoked.unwrap(), Some(AtWebex::Remains));
    assert!(!world.is_linked(&one).await && world.is_linked(&two).await);
    assert!(world.broker.accesses(&bob).await.unwrap().is_empty());
    assert_eq!(world.count("linked-account").await, 1);
}

#[tokio::test]
async fn a_person_is_deleted_with_the_accounts_that_act_as_them() {
    let world = World::hosted();
    let (one, two) = (Principal::new("jwt:one"), Principal::new("jwt:two"));
    // The account of before is nobody's any more.
    for who in ["alice", "bob"] {
        world.link_account(&one, who).await;
    }
    world.link_account(&two, "alice").await;
    let (bob, alice) = (world.owner("bob").await, world.owner("alice").await);
    assert_eq!(world.broker.accesses(&alice).await.unwrap().len(), 1);
    let journal = &world.broker.0.journal;
    let mut intent = crate::journal::tests::intent("a call of Bob's");
    intent.tenant = Tenant::new("acme");
    intent.principal = journal.pseudonym(&one);
    intent.display = Some("bob@example.com".to_owned());
    crate::journal::tests::run(journal, intent, b"").await;
    assert_eq!(journal.people().await.unwrap().len(), 1);
    let forgotten = world.broker.forget(&bob).await.unwrap();
    let counts = (forgotten.clients, forgotten.tokens, forgotten.accounts);
    assert_eq!(counts, (0, 0, 1));
    assert!(!world.is_linked(&one).await && world.is_linked(&two).await);
    let records = &world.broker.0.records;
    let grants = records.count("acme", "grant", ("", "\u{10ffff}"));
    assert_eq!(grants.await.unwrap(), 1);
    assert_eq!(world.count("linked-account").await, 1);
    assert_eq!(journal.people().await.unwrap().len(), 0);
}

/// What an account does goes on when a person revokes their last client.
#[tokio::test]
async fn a_consent_that_a_connected_account_acts_by_is_not_revoked_at_webex() {
    let world = World::hosted();
    world.administrator().await;
    let account = Principal::new("jwt:ada");
    world.link_account(&account, "ada").await;
    let ada = world.owner("ada").await;
    let all = world.broker.accesses(&ada).await.unwrap();
    let client = all.iter().find(|access| access.account.is_none()).unwrap();
    let revoked = world.broker.revoke_access(&ada, &client.id).await.unwrap();
    assert_eq!(revoked, Some(AtWebex::StillUsed));
    assert!(world.is_linked(&account).await);
}
