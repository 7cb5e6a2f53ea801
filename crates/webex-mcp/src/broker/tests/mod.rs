//! Tests of the authorization server without HTTP: a client, a browser and a person, as function
//! calls, with the sandbox as Webex.
mod account;
mod asking;
mod clients;
mod ends;
mod machines;
mod more;
mod places;
mod tokens;

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest as sha};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use webex_sandbox::Integration;

use super::*;
use crate::grants::tests::Place;
use crate::identity::Credential;
use crate::journal::DurableKey;
use crate::outbound::Rules;
use crate::seal::Secret;

const BASE: &str = "https://mcp.example.com";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1:1234/callback";
const MINUTE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) place: Arc<Place>,
    pub(crate) broker: Broker,
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

impl World {
    pub(crate) fn new() -> Self {
        World::with(|_| ())
    }

    fn with(set: impl FnOnce(&mut Settings)) -> Self {
        let place = Place::new();
        let mut integration = Integration::demo();
        integration.redirect_uris = vec![format!("{BASE}{CALLBACK}")];
        integration.client_id = "broker".to_owned();
        integration.client_secret = "broker-secret".to_owned();
        place.sandbox.register(integration).unwrap();
        let mut settings = World::settings();
        set(&mut settings);
        let broker = World::broker(&place, settings);
        let place = Arc::new(place);
        World { place, broker }
    }

    fn settings() -> Settings {
        Settings {
            base: BASE.to_owned(),
            registered_scopes: Integration::demo().scopes,
            organizations: Vec::new(),
            clients: BTreeMap::new(),
        }
    }

    fn broker(place: &Place, settings: Settings) -> Broker {
        World::broker_of(place, place.webex(), settings)
    }

    fn broker_of(place: &Place, webex: Webex, settings: Settings) -> Broker {
        let integration = webex.integration("broker", "broker-secret").unwrap();
        let (records, digests) = place.records.records();
        let journal = Journal::over(records.clone(), DurableKey::new(digests));
        let machines = settings.clients.values();
        let apps = machines.filter_map(|known| match &known.machine {
            Some(Machine::App(app)) => Some((app.id.clone(), app.integration.clone())),
            _ => None,
        });
        let vault = Vault::with_apps(records, integration, apps.collect());
        let sealer = Sealer::new(&Secret::new(Box::new([7; 32])), None).unwrap();
        let outbound = Outbound::new(Rules::default()).unwrap();
        Broker::new(settings, vault, webex, Arc::new(sealer), outbound, journal)
    }

    /// The same as another process has it.
    pub(crate) fn again(&self) -> Broker {
        World::broker(&self.place, self.broker.settings().clone())
    }

    async fn registered(&self, metadata: Value) -> Result<String, Refused> {
        let registration = serde_json::from_value(metadata).unwrap();
        let registered = self.broker.register(registration, None).await?;
        let registered = serde_json::to_value(registered).unwrap();
        Ok(registered["client_id"].as_str().unwrap().to_owned())
    }

    async fn client(&self) -> String {
        let metadata = json!({"client_name": "Agent", "redirect_uris": [REDIRECT]});
        self.registered(metadata).await.unwrap()
    }

    /// The request of a client that does everything right.
    fn question(&self, client: &str) -> Question {
        Question {
            response_type: Some("code".to_owned()),
            client_id: Some(client.to_owned()),
            redirect_uri: Some(REDIRECT.to_owned()),
            scope: None,
            state: Some("the client's".to_owned()),
            code_challenge: Some(BASE64.encode(sha(&SHA256, VERIFIER.as_bytes()))),
            code_challenge_method: Some("S256".to_owned()),
            resource: Some(format!("{BASE}/mcp/webex")),
            ..Question::default()
        }
    }

    /// The whole way of a person through the pages: what the client hears.
    async fn signed_in(&self, question: Question, who: &str) -> HashMap<String, String> {
        let (asked, ..) = self.broker.ask(question, offer).await.unwrap();
        let page = self.broker.seal(&asked, "browser").unwrap();
        let asked = self.broker.unseal(&page, "browser").unwrap();
        let url = self.broker.agreed(asked, "browser", None).await.unwrap();
        let back = self.place.approve(&url, who).await;
        assert!(
            back.as_str().starts_with(&format!("{BASE}{CALLBACK}?")),
            "{back}"
        );
        let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
        pairs(&there(self.broker.returned(returned, "browser").await))
    }

    async fn code(&self, client: &str, who: &str) -> String {
        let mut told = self.signed_in(self.question(client), who).await;
        assert_eq!(told["state"], "the client's");
        assert_eq!(told["iss"], BASE);
        told.remove("code").unwrap()
    }

    /// A client that Bob has signed in with: its id, its access token and its refresh token.
    pub(crate) async fn connected(&self) -> (String, String, String) {
        let client = self.client().await;
        let code = self.code(&client, "bob").await;
        let given = self.given(exchange(&client, &code)).await.unwrap();
        let (access, refresh) = (text(&given, "access_token"), text(&given, "refresh_token"));
        (client, access, refresh)
    }

    async fn given(&self, wanted: Wanted) -> Result<Value, &'static str> {
        let given = self.broker.give(&wanted, need).await;
        let given = given.map_err(|refused| refused.error)?;
        Ok(serde_json::to_value(given).unwrap())
    }

    pub(crate) async fn refreshed(
        &self,
        client: &str,
        token: &str,
    ) -> Result<String, &'static str> {
        let given = self.given(refresh(client, token)).await?;
        Ok(given["refresh_token"].as_str().unwrap().to_owned())
    }

    async fn count(&self, kind: &str) -> usize {
        let records = &self.broker.0.records;
        records.count("", kind, ("", "\u{10ffff}")).await.unwrap()
    }

    /// The grants of everybody in the organization.
    async fn grants(&self) -> usize {
        let people = self.place.webex();
        let token = webex::AccessToken::new("sandbox-bob").unwrap();
        let me = people.client(token).people().me().await.unwrap();
        let tenant = me.org_id.unwrap();
        let records = &self.broker.0.records;
        records
            .count(&tenant, "grant", ("", "\u{10ffff}"))
            .await
            .unwrap()
    }

    /// What is known for a while is read again.
    pub(crate) fn forget_known(&self) {
        self.broker.0.known.invalidate_all();
    }

    async fn is_accepted(&self, token: &str) -> bool {
        self.broker.accepted(token, "webex").await.is_ok()
    }
}

/// The scopes that the tools of each server need.
fn need(_slug: &str) -> Vec<String> {
    words("spark:messages_read spark:rooms_read")
}

fn offer(resource: Option<&str>) -> Option<Offer> {
    (resource? == format!("{BASE}/mcp/webex")).then(|| Offer {
        slug: "webex".to_owned(),
        title: "Webex".to_owned(),
        base: words("spark:rooms_read spark:messages_read"),
        all: words(
            "spark:kms spark:people_read spark:rooms_read spark:messages_read spark-admin:people_read",
        ),
        is_closed: false,
    })
}

/// Where the client hears what became of it.
fn there(arrived: Result<Arrived, Refused>) -> Url {
    match arrived {
        Ok(Arrived::Client(url)) => Url::parse(&url).unwrap(),
        arrived => panic!("{arrived:?}"),
    }
}

#[test]
fn where_somebody_arrives_is_printed_without_what_is_theirs() {
    let client = Arrived::Client(format!("{REDIRECT}?code=secret"));
    let linked = Arrived::Linked("bob@example.com".to_owned());
    assert_eq!(format!("{client:?} {linked:?}"), "Client Linked");
}

fn pairs(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

fn exchange(client: &str, code: &str) -> Wanted {
    Wanted {
        grant_type: Some("authorization_code".to_owned()),
        client_id: Some(client.to_owned()),
        code: Some(code.to_owned()),
        redirect_uri: Some(REDIRECT.to_owned()),
        code_verifier: Some(VERIFIER.to_owned()),
        server: Some(Ok("webex".to_owned())),
        ..Wanted::default()
    }
}

fn refresh(client: &str, token: &str) -> Wanted {
    Wanted {
        grant_type: Some("refresh_token".to_owned()),
        client_id: Some(client.to_owned()),
        refresh_token: Some(token.to_owned()),
        ..Wanted::default()
    }
}

fn text(given: &Value, field: &str) -> String {
    given[field].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_signs_in_and_the_client_acts_as_them() {
    let world = World::new();
    let client = world.client().await;
    let code = world.code(&client, "bob").await;
    let given = world.given(exchange(&client, &code)).await.unwrap();
    assert_eq!(
        given["scope"],
        "spark:kms spark:messages_read spark:people_read spark:rooms_read"
    );
    let token = text(&given, "access_token");
    let connected = world.broker.accepted(&token, "webex").await.unwrap();
    assert_eq!(connected.caller.display.as_deref(), Some("bob@example.com"));
    let Some(Credential::Grant(tenant, id)) = &connected.caller.credential else {
        panic!("{:?}", connected.caller);
    };
    let token = world.broker.vault().token(tenant, id).await.unwrap();
    let me = world
        .place
        .webex()
        .client(token)
        .people()
        .me()
        .await
        .unwrap();
    assert_eq!(me.emails.unwrap(), ["bob@example.com"]);
}
