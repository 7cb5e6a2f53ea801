//! Tests of the identity provider: its keys, and the accounts that its people connect. Which tokens
//! are refused, and how, is tested where callers are known (`auth::jwt`).

mod linking;
mod provider;
mod rotation;

use url::Host;
use webex_sandbox::Integration;

pub(crate) use self::provider::{CLIENT, Signer, TestProvider, now, unsigned};
use super::*;
use crate::broker;
use crate::grants::Vault;
use crate::grants::tests::Place;
use crate::identity::SIGN_IN_SCOPES;
use crate::journal::{DurableKey, Journal};
use crate::outbound::Rules;
use crate::seal::Secret;

pub(crate) const BASE: &str = "https://mcp.example.com";

/// A provider, a Webex, and what stands between them.
pub(crate) struct World {
    pub(crate) provider: TestProvider,
    pub(crate) place: Place,
    pub(crate) idp: Idp,
}

impl World {
    pub(crate) async fn new() -> Self {
        World::with(|_| ()).await
    }

    pub(crate) async fn with(set: impl FnOnce(&mut Settings)) -> Self {
        let provider = TestProvider::start().await;
        let place = Place::new();
        let mut integration = Integration::demo();
        integration.redirect_uris = vec![format!("{BASE}/oauth/callback")];
        integration.client_id = "hosted".to_owned();
        integration.client_secret = "hosted-secret".to_owned();
        place.sandbox.register(integration).unwrap();
        let mut settings = Settings {
            issuer: provider.issuer.clone(),
            jwks_url: None,
            servers_at: format!("{BASE}/mcp"),
            audience: None,
            types: vec!["at+jwt".to_owned(), "JWT".to_owned()],
            clock_skew: Duration::from_secs(60),
            subject: "sub".to_owned(),
            scopes: Vec::new(),
            rules: vec![Rule {
                claim: Some(("groups".to_owned(), "staff".to_owned())),
                servers: vec!["webex".to_owned(), "webex-messaging".to_owned()],
                tenant: Some("acme".to_owned()),
            }],
            client: Some(Client {
                id: CLIENT.0.to_owned(),
                secret: Some(CLIENT.1.to_owned().into()),
            }),
        };
        set(&mut settings);
        let idp = World::process(&place, settings);
        World {
            provider,
            place,
            idp,
        }
    }

    fn process(place: &Place, settings: Settings) -> Idp {
        let webex = place.webex();
        let integration = webex.integration("hosted", "hosted-secret").unwrap();
        let (records, digests) = place.records.records();
        let journal = Journal::over(records.clone(), DurableKey::new(digests));
        let vault = Vault::new(records, integration);
        let sealer = Sealer::new(&Secret::new(Box::new([7; 32])), None).unwrap();
        let sealer = Arc::new(sealer);
        let own = broker::Settings {
            base: BASE.to_owned(),
            registered_scopes: SIGN_IN_SCOPES.map(str::to_owned).to_vec(),
            organizations: Vec::new(),
            clients: std::collections::BTreeMap::new(),
        };
        let strangers = Outbound::new(Rules::default()).unwrap();
        let broker = Broker::new(own, vault, webex, sealer.clone(), strangers, journal);
        let rules = Rules {
            private_hosts: vec![Host::parse("127.0.0.1").unwrap()],
            ..Rules::default()
        };
        Idp::new(settings, Outbound::new(rules).unwrap(), broker, sealer)
    }

    /// The same as another process has it.
    pub(crate) fn again(&self) -> Idp {
        World::process(&self.place, self.idp.settings().clone())
    }

    /// A token for which everything is right.
    pub(crate) fn token(&self, who: &str) -> String {
        self.provider.token(who, &format!("{BASE}/mcp/webex"))
    }

    pub(crate) async fn known(&self, who: &str) -> Result<Arc<Known>, NotAccepted> {
        self.idp.accepted(&self.token(who), "webex").await
    }
}

/// Time passes for keys that are kept; sockets do not notice.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
