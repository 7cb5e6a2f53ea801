//! A caller connects an account at Webex: only they themselves, in one browser, once.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::*;
use crate::broker::{Arrived, Returned};
use crate::error::Code;
use crate::identity::{Credential, Link};

const BROWSER: &str = "browser";

fn scopes(owner: &Owner) -> Vec<String> {
    assert!(owner.may_use("webex") && !owner.may_use("webex-meeting"));
    ["spark:people_read", "spark:kms"]
        .map(str::to_owned)
        .to_vec()
}

fn pairs(url: &Url) -> Value {
    let pairs: HashMap<_, _> = url.query_pairs().into_owned().collect();
    json!(pairs)
}

impl World {
    async fn link(&self, who: &str) -> String {
        let known = self.known(who).await.unwrap();
        let Link::Page(url) = self.idp.link(&known) else {
            panic!("there is no page");
        };
        let url = Url::parse(&url).unwrap();
        assert!(url.as_str().starts_with(&format!("{BASE}/link?request=")));
        pairs(&url)["request"].as_str().unwrap().to_owned()
    }

    /// From the page to the provider.
    async fn at_provider(&self, link: &str) -> Url {
        let owner = self.idp.owner(link).unwrap();
        let form = self.idp.form(&owner, BROWSER).unwrap();
        Url::parse(&self.idp.go_on(&form, BROWSER).await.unwrap()).unwrap()
    }

    async fn proved(&self, back: &Url, browser: &str) -> Result<Next, &'static str> {
        let returned: Returned = serde_json::from_value(pairs(back)).unwrap();
        let told = self.idp.returned(&returned, browser, scopes).await;
        told.map_err(|refused| refused.error)
    }

    /// The same for somebody who has connected no account.
    async fn returned(&self, back: &Url, browser: &str) -> Result<String, &'static str> {
        match self.proved(back, browser).await? {
            Next::AtWebex(url) => Ok(url),
            other => panic!("{other:?}"),
        }
    }

    /// The form of the question whether another account takes the place of this one.
    async fn asked_to_replace(&self, who: &str, connected: &str) -> String {
        let at_provider = self.at_provider(&self.link(who).await).await;
        let back = self.provider.approve(&at_provider, who);
        match self.proved(&back, BROWSER).await {
            Ok(Next::Replaces { account, form }) => {
                assert_eq!(account, format!("{connected}@example.com"));
                form
            }
            other => panic!("{other:?}"),
        }
    }

    async fn linked(&self, back: &Url, browser: &str) -> Result<String, &'static str> {
        let returned: Returned = serde_json::from_value(pairs(back)).unwrap();
        match self.idp.broker().returned(returned, browser).await {
            Ok(Arrived::Linked(account)) => Ok(account),
            Ok(other) => panic!("{other:?}"),
            Err(refused) => Err(refused.error),
        }
    }

    /// The whole way of a person who is `who` at the provider and `account` at Webex.
    pub(crate) async fn connected(&self, who: &str, account: &str) {
        let at_provider = self.at_provider(&self.link(who).await).await;
        let back = self.provider.approve(&at_provider, who);
        let at_webex = self.returned(&back, BROWSER).await.unwrap();
        self.connects(&at_webex, account).await.unwrap();
    }

    /// Somebody signs in at Webex with this account.
    async fn connects(&self, at_webex: &str, account: &str) -> Result<(), &'static str> {
        let back = self.place.approve(at_webex, account).await;
        let linked = self.linked(&back, BROWSER).await?;
        assert_eq!(linked, format!("{account}@example.com"));
        Ok(())
    }

    async fn account(&self, who: &str) -> Option<crate::broker::Account> {
        let known = self.known(who).await.unwrap();
        self.idp.account(&known).await.unwrap()
    }

    /// Whose token calls of this person are made with.
    async fn acts_as(&self, who: &str) -> String {
        let Credential::Grant(tenant, id) = self.account(who).await.unwrap().credential else {
            panic!("no grant");
        };
        assert_eq!(tenant.as_str(), "acme");
        let token = self.idp.broker().vault().token(&tenant, &id).await.unwrap();
        let webex = self.place.webex();
        let me = webex.client(token).people().me().await.unwrap();
        me.emails.unwrap().remove(0)
    }
}

#[tokio::test]
async fn each_person_connects_their_own_account() {
    let world = World::new().await;
    assert!(world.account("alice at the provider").await.is_none());
    world.connected("alice at the provider", "alice").await;
    world.connected("bob at the provider", "bob").await;
    assert_eq!(
        world.acts_as("alice at the provider").await,
        "alice@example.com"
    );
    assert_eq!(
        world.acts_as("bob at the provider").await,
        "bob@example.com"
    );
    let account = world.account("bob at the provider").await.unwrap();
    assert_eq!(account.display.as_deref(), Some("bob@example.com"));
    assert_eq!(account.scopes.len(), 2);
    assert!(world.account("carol at the provider").await.is_none());
    // Another process knows it too, without having seen any of it.
    let known = world.known("bob at the provider").await.unwrap();
    let other = world.again().account(&known).await.unwrap().unwrap();
    assert_eq!(other.tag, account.tag);
}

#[tokio::test]
async fn another_person_in_the_browser_is_refused() {
    let world = World::new().await;
    let at_provider = world.at_provider(&world.link("alice").await).await;
    let back = world.provider.approve(&at_provider, "eve");
    assert_eq!(world.returned(&back, BROWSER).await, Err("access_denied"));
    for who in ["alice", "eve"] {
        assert!(world.account(who).await.is_none());
    }
}

#[tokio::test]
async fn every_step_is_for_one_browser_and_works_once() {
    let world = World::new().await;
    let link = world.link("alice").await;
    let owner = world.idp.owner(&link).unwrap();
    let form = world.idp.form(&owner, BROWSER).unwrap();
    // Nothing of one step opens at another.
    for (form, browser) in [(&form, "other"), (&form, ""), (&link, BROWSER)] {
        let refused = world.idp.go_on(form, browser).await.unwrap_err();
        assert_eq!(refused.error, "invalid_request");
    }
    for wrong in ["", "x", &link[1..], &form] {
        assert_eq!(world.idp.owner(wrong).unwrap_err().error, "invalid_request");
    }
    let at_provider = world.at_provider(&link).await;
    let back = world.provider.approve(&at_provider, "alice");
    for browser in ["other", ""] {
        assert_eq!(world.returned(&back, browser).await, Err("invalid_request"));
    }
    let at_webex = world.returned(&back, BROWSER).await.unwrap();
    // The provider takes its code once.
    assert_eq!(world.returned(&back, BROWSER).await, Err("server_error"));
    let back = world.place.approve(&at_webex, "alice").await;
    assert_eq!(world.linked(&back, "other").await, Err("invalid_request"));
    assert!(world.linked(&back, BROWSER).await.is_ok());
    assert_eq!(world.linked(&back, BROWSER).await, Err("invalid_request"));
}

#[tokio::test]
async fn who_declines_at_the_provider_or_at_webex_connects_nothing() {
    let world = World::new().await;
    let at_provider = world.at_provider(&world.link("alice").await).await;
    let mut back = world.provider.approve(&at_provider, "alice");
    let state = pairs(&back)["state"].as_str().unwrap().to_owned();
    for (query, error) in [
        ("error=access_denied", "access_denied"),
        ("error=login_required", "server_error"),
        ("", "server_error"),
        ("code=made-up", "server_error"),
        ("code=x&iss=https%3A%2F%2Fother.example", "invalid_request"),
    ] {
        back.set_query(Some(query));
        back.query_pairs_mut().append_pair("state", &state);
        assert_eq!(world.returned(&back, BROWSER).await, Err(error), "{query}");
    }
    let at_provider = world.at_provider(&world.link("alice").await).await;
    let back = world.provider.approve(&at_provider, "alice");
    let at_webex = Url::parse(&world.returned(&back, BROWSER).await.unwrap()).unwrap();
    let state = pairs(&at_webex)["state"].as_str().unwrap().to_owned();
    let back = Url::parse_with_params(
        &format!("{BASE}/oauth/callback"),
        [("error", "access_denied"), ("state", &state)],
    );
    let told = world.linked(&back.unwrap(), BROWSER).await;
    assert_eq!(told, Err("access_denied"));
    assert!(world.account("alice").await.is_none());
}

/// ID tokens are looked at as closely as access tokens.
#[tokio::test]
async fn an_id_token_that_is_wrong_proves_nothing() {
    let world = World::new().await;
    for changes in [
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"aud": "another client"}),
        json!({"azp": "another client"}),
        json!({"aud": format!("{BASE}/mcp/webex")}),
        json!({"iss": "https://other.example"}),
        json!({"exp": now() - 120}),
        json!({"nbf": now() + 120}),
        json!({"iat": now() + 120}),
        json!({"sub": null}),
        json!({"head.alg": "none"}),
        json!({"head.alg": "RS256"}),
        json!({"head.typ": "at+jwt"}),
        json!({"head.kid": "another"}),
    ] {
        let at_provider = world.at_provider(&world.link("alice").await).await;
        let back = world.provider.approve(&at_provider, "alice");
        world.provider.change(changes.clone());
        let told = world.returned(&back, BROWSER).await;
        assert_eq!(told, Err("server_error"), "{changes}");
        world.provider.change(Value::Null);
    }
    world.connected("alice", "alice").await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_to_the_person() {
    let world = World::new().await;
    let link = world.link("alice").await;
    let at_provider = world.at_provider(&link).await;
    let back = world.provider.approve(&at_provider, "alice");
    world.provider.set_down(true);
    let told = world.returned(&back, BROWSER).await;
    assert_eq!(told, Err("temporarily_unavailable"));
    assert!(world.account("alice").await.is_none());
}

#[tokio::test]
async fn without_a_client_no_account_is_connected() {
    let world = World::with(|settings| settings.client = None).await;
    let known = world.known("alice").await.unwrap();
    assert!(matches!(world.idp.link(&known), Link::NotOffered));
    let refused = world.idp.owner("x").unwrap_err();
    assert!(refused.description.contains("jwt.client_id"), "{refused:?}");
}

/// Webex gave the account up, or it is deleted here: the next call asks again.
#[tokio::test]
async fn a_lost_account_is_asked_for_again() {
    let world = World::new().await;
    world.connected("alice", "alice").await;
    let first = world.account("alice").await.unwrap();
    let Credential::Grant(tenant, id) = &first.credential else {
        panic!("no grant");
    };
    let vault = world.idp.broker().vault();
    // Longer than Webex's refresh tokens live.
    world.place.advance(Duration::from_secs(100 * 24 * 60 * 60));
    let error = vault.token(tenant, id).await.unwrap_err();
    assert_eq!(error.code, Code::Unauthorized);
    assert!(world.account("alice").await.is_none());
    world.connected("alice", "alice").await;
    let second = world.account("alice").await.unwrap();
    assert_ne!(first.tag, second.tag, "caches are for one consent");
    assert_eq!(world.acts_as("alice").await, "alice@example.com");
    vault.delete(tenant, id).await.unwrap();
    assert!(world.account("alice").await.is_none());
}

/// Somebody who has connected an account hears which, once it is certain who they are. Another takes its
/// place only if they say so; then the one before ends as if it was revoked.
#[tokio::test]
async fn another_account_takes_the_place_of_the_one_before_if_its_person_says_so() {
    let world = World::new().await;
    let broker = world.idp.broker();
    world.connected("somebody", "alice").await;
    let known = world.known("somebody").await.unwrap();
    let owner = broker.account_owner(&known.tenant, &known.principal).await;
    let alice = owner.unwrap().unwrap();
    let form = world.asked_to_replace("somebody", "alice").await;
    for (wrong, browser) in [(&*form, "other"), ("", BROWSER), (&form[1..], BROWSER)] {
        let refused = world.idp.replace(wrong, browser, scopes).await;
        assert_eq!(refused.unwrap_err().error, "invalid_request");
    }
    assert!(world.idp.go_on(&form, BROWSER).await.is_err());
    assert_eq!(world.acts_as("somebody").await, "alice@example.com");
    assert_eq!(broker.accesses(&alice).await.unwrap().len(), 1);
    let at_webex = world.idp.replace(&form, BROWSER, scopes).await.unwrap();
    world.connects(&at_webex, "bob").await.unwrap();
    assert_eq!(world.acts_as("somebody").await, "bob@example.com");
    assert!(broker.accesses(&alice).await.unwrap().is_empty());
    let everyone = broker.everyone().await.unwrap();
    assert_eq!(everyone.len(), 1, "nothing is left of the one before");
}

/// What was connected while somebody was at Webex is not replaced without their word.
#[tokio::test]
async fn an_account_that_was_connected_meanwhile_stays() {
    let world = World::new().await;
    let mut at_webex = Vec::new();
    for _ in 0..2 {
        let at_provider = world.at_provider(&world.link("somebody").await).await;
        let back = world.provider.approve(&at_provider, "somebody");
        at_webex.push(world.returned(&back, BROWSER).await.unwrap());
    }
    world.connects(&at_webex[0], "alice").await.unwrap();
    let refused = world.connects(&at_webex[1], "bob").await;
    assert_eq!(refused, Err("access_denied"));
    assert_eq!(world.acts_as("somebody").await, "alice@example.com");
    // Who agreed to replace one account has not agreed to replace the next.
    let forms = [(); 2].map(|()| world.asked_to_replace("somebody", "alice"));
    let [first, second]: [String; 2] = futures::future::join_all(forms).await.try_into().unwrap();
    for (form, account, expected) in [
        (&first, "bob", Ok(())),
        (&second, "carol", Err("access_denied")),
        // The same account once more is no other.
        (&second, "bob", Ok(())),
    ] {
        let form: &String = form;
        let at_webex = world.idp.replace(form, BROWSER, scopes).await.unwrap();
        assert_eq!(world.connects(&at_webex, account).await, expected);
        assert_eq!(world.acts_as("somebody").await, "bob@example.com");
    }
}

/// The page's address stays short, however many servers somebody may use.
#[tokio::test]
async fn the_address_of_the_page_fits_everywhere() {
    let slug = |number: usize| format!("{number:0>64}");
    for count in [
        0,
        1,
        limits::LINK_SERVERS_MAX - 1,
        limits::LINK_SERVERS_MAX,
        100,
    ] {
        let mut servers: Vec<_> = (0..count).map(slug).collect();
        servers.push("webex".to_owned());
        let world = World::with(|settings| {
            settings.rules[0].servers = servers;
            settings.rules[0].tenant = Some("an organization of usual length".to_owned());
        });
        let world = world.await;
        let known = world.known("alice").await.unwrap();
        let Link::Page(url) = world.idp.link(&known) else {
            panic!("there is no page");
        };
        assert!(url.len() <= limits::URL_MAX_CHARS, "{count}: {}", url.len());
        let request = pairs(&Url::parse(&url).unwrap())["request"].clone();
        let owner = world.idp.owner(request.as_str().unwrap()).unwrap();
        assert!(owner.may_use("webex"));
        assert_eq!(owner.may_use(&slug(0)), count > 0);
    }
}
