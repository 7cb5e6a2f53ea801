//! Tests of grants: kept, renewed once, and given up where Webex wants that.

mod renewal;

use axum::body::Body;
use http::{Request, header};
use tower::ServiceExt as _;
use url::Url;
use webex::oauth::AskConsent;
use webex::{Settings, Transport, Webex};
use webex_sandbox::{Fault, Sandbox};

use super::*;
use crate::error::Code;
use crate::stores::records::Job;
use crate::stores::records::tests::place;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const TOKENS: &str = "/v1/access_token";

/// A sandbox, whose clock is that of the records, and a directory that several processes share.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) records: place::Place,
}

impl Place {
    pub(crate) fn new() -> Self {
        Place {
            sandbox: Sandbox::new(webex_sandbox::Options::for_tests()),
            records: place::Place::disk(),
        }
    }

    pub(crate) fn webex(&self) -> Webex {
        let transport = Transport::in_process(self.sandbox.router());
        let base = "http://127.0.0.1/v1";
        Webex::with_transport(base, transport, Settings::default()).unwrap()
    }

    pub(crate) fn integration(&self) -> Integration {
        let (id, secret) = ("sandbox-integration", "sandbox-integration-secret");
        self.webex().integration(id, secret).unwrap()
    }

    /// What another process on the same records has.
    pub(crate) fn process(&self) -> Vault {
        Vault::new(self.records.records().0, self.integration())
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.sandbox.clock().advance(by);
        self.records.pass(i64::try_from(by.as_millis()).unwrap());
    }

    /// A person agrees on the sandbox's own page: where the browser goes then.
    pub(crate) async fn approve(&self, url: &str, who: &str) -> Url {
        let email = format!("{who}@example.com");
        let people = self.sandbox.people();
        let person = people.iter().find(|person| person.email == email).unwrap();
        let url = Url::parse(url).unwrap();
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        let form = format!("person={}&decision=accept", person.id);
        let request = Request::post(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let answer = self.sandbox.router().oneshot(request).await.unwrap();
        let back = answer.headers()[header::LOCATION].to_str().unwrap();
        Url::parse(back).unwrap()
    }

    /// A person signs in.
    pub(crate) async fn signed_in(&self, who: &str) -> Grant {
        let integration = self.integration();
        let scopes = vec!["spark:people_read".to_owned(), "spark:kms".to_owned()];
        let consent = integration.consent(&AskConsent {
            redirect_uri: Some("http://localhost:3000/callback".to_owned()),
            scopes: scopes.clone(),
            ..AskConsent::default()
        });
        let consent = consent.unwrap();
        let back = self.approve(&consent.url, who).await;
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap();
        let code = code.1.into_owned().into();
        let tokens = integration.exchange(&code, &consent).await.unwrap();
        let person = Person {
            id: who.to_owned(),
            organization: None,
            display: Some(format!("{who}@example.com")),
        };
        Grant::new(person, tokens, &scopes, self.records.now())
    }

    /// How often Webex gave tokens for a refresh token or a code.
    pub(crate) fn asked(&self) -> usize {
        let calls = self.sandbox.faults().calls();
        calls.iter().filter(|call| call.path == TOKENS).count()
    }

    pub(crate) async fn accepts(&self, token: &AccessToken) -> bool {
        let webex = self.webex();
        webex.client(token.clone()).people().me().await.is_ok()
    }
}

fn who(name: &str) -> (Tenant, Principal) {
    (Tenant::single(), Principal::new(name))
}

async fn kept(place: &Place, vault: &Vault, name: &str) -> (Tenant, GrantId) {
    let (tenant, principal) = who(name);
    let grant = place.signed_in(name).await;
    let id = vault.new_id(&principal);
    vault.keep(&tenant, &id, &grant).await.unwrap();
    (tenant, id)
}

async fn refused(vault: &Vault, tenant: &Tenant, id: &GrantId) -> Code {
    vault.token(tenant, id).await.unwrap_err().code
}

#[tokio::test]
async fn one_that_webex_gave_up_is_told_as_that_and_not_asked_about_again() {
    let place = Place::new();
    let vault = place.process();
    let (tenant, id) = kept(&place, &vault, "alice").await;
    place.advance(91 * DAY);
    for _ in 0..2 {
        assert_eq!(refused(&vault, &tenant, &id).await, Code::Unauthorized);
    }
    // It was over by its own time, so nobody asked.
    assert_eq!(place.asked(), 1);
    let (tenant, id) = kept(&place, &vault, "bob").await;
    place.advance(15 * DAY);
    // A refusal that is about the server's own integration loses nothing.
    for status in [400, 401, 403] {
        let wrong = Fault::status(status);
        place.sandbox.faults().next_on(1, "POST", TOKENS, wrong);
        assert_eq!(refused(&vault, &tenant, &id).await, Code::Unavailable);
    }
    let asked = place.asked();
    let ada = place
        .webex()
        .client(AccessToken::new("sandbox-ada").unwrap());
    let authorizations = ada.authorizations();
    let revoked = authorizations.delete_of_client("sandbox-integration", None);
    revoked.await.unwrap();
    for _ in 0..2 {
        assert_eq!(refused(&vault, &tenant, &id).await, Code::Unauthorized);
    }
    assert_eq!(place.asked(), asked + 1);
}

#[tokio::test]
async fn it_is_deleted_alone() {
    let place = Place::new();
    let vault = place.process();
    let (alice, again) = (
        kept(&place, &vault, "alice").await,
        kept(&place, &vault, "alice").await,
    );
    for _ in 0..2 {
        vault.delete(&alice.0, &alice.1).await.unwrap();
        assert_eq!(
            refused(&vault, &alice.0, &alice.1).await,
            Code::Unauthorized
        );
    }
    vault.token(&again.0, &again.1).await.unwrap();
}

#[tokio::test]
async fn the_file_holds_no_token() {
    let place = Place::new();
    let vault = place.process();
    let grant = place.signed_in("alice").await;
    let (tenant, principal) = who("alice");
    let id = vault.new_id(&principal);
    vault.keep(&tenant, &id, &grant).await.unwrap();
    let token = grant.access_token().expose().as_bytes().to_vec();
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(place.records.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
    assert!(holds(b"private") && !holds(&token) && !holds(b"alice"));
}

/// Somebody whom an identity provider places in another organization by another token.
#[tokio::test]
async fn grants_with_the_same_id_in_two_tenants_are_two() {
    let place = Place::new();
    let vault = place.process();
    let id = vault.only_id(&Principal::new("jwt:somebody"));
    let (acme, other) = (Tenant::new("acme"), Tenant::new("other"));
    for (tenant, who) in [(&acme, "alice"), (&other, "bob")] {
        let grant = place.signed_in(who).await;
        vault.keep_as(tenant, &id, &grant).await.unwrap();
    }
    let me = async |tenant: &Tenant| {
        let known = vault.known(tenant, &id).await.unwrap().unwrap();
        let token = vault.token(tenant, &id).await.unwrap();
        let me = place.webex().client(token).people().me().await.unwrap();
        let email = me.emails.unwrap().remove(0);
        assert_eq!(known.display.as_deref(), Some(&*email));
        email
    };
    for _ in 0..2 {
        assert_eq!(me(&acme).await, "alice@example.com");
        assert_eq!(me(&other).await, "bob@example.com");
    }
    vault.delete(&acme, &id).await.unwrap();
    assert_eq!(refused(&vault, &acme, &id).await, Code::Unauthorized);
    assert_eq!(me(&other).await, "bob@example.com");
}
