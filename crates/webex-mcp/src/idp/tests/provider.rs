//! A small identity provider for tests, which listens on this machine. It signs whatever it is told to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// As it is registered here: its id, and its secret.
pub const CLIENT: (&str, &str) = ("our client", "our secret:%");

/// A key with which tokens are signed.
pub struct Signer {
    pub name: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    pub fn rsa(name: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Signer::new(name, Pair::Rsa(Box::new(pair)))
    }

    pub fn ec(name: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Signer::new(name, Pair::Ec(pair))
    }

    pub fn ed(name: &str) -> Self {
        Signer::new(name, Pair::Ed(Ed25519KeyPair::generate().unwrap()))
    }

    fn new(name: &str, pair: Pair) -> Self {
        Signer {
            name: name.to_owned(),
            pair,
        }
    }

    /// What everybody may know of it.
    pub fn public(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub fn jwk(&self) -> Value {
        let public = self.public();
        let text = |bytes: &[u8]| BASE64.encode(bytes);
        let mut jwk = match &self.pair {
            // A sequence of two numbers: 256 bytes behind the first head, and 65537.
            Pair::Rsa(_) => json!({"kty": "RSA", "n": text(&public[9..265]), "e": "AQAB"}),
            Pair::Ec(_) => json!({
                "kty": "EC", "crv": "P-256", "x": text(&public[1..33]), "y": text(&public[33..]),
            }),
            Pair::Ed(_) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(&public)}),
        };
        jwk["kid"] = json!(self.name);
        jwk["use"] = json!("sig");
        jwk
    }

    /// The algorithm that it is usually used with.
    pub fn algorithm(&self) -> &'static str {
        match &self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Ec(_) => "ES256",
            Pair::Ed(_) => "EdDSA",
        }
    }

    pub fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let padding = match algorithm {
                    "PS256" => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A token with this head, whatever it says.
    pub fn token(&self, head: &Value, claims: &Value) -> String {
        let message = unsigned(head, claims);
        let algorithm = head["alg"].as_str().unwrap_or_default();
        let signature = BASE64.encode(self.sign(algorithm, message.as_bytes()));
        format!("{message}.{signature}")
    }
}

/// Head and claims as they are signed.
pub fn unsigned(head: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    format!("{}.{}", part(head), part(claims))
}

pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// The provider. Clones share it.
#[derive(Clone)]
pub struct TestProvider {
    pub issuer: String,
    state: Arc<Inner>,
    /// Without it, the provider ends.
    _alive: Option<Arc<DropGuard>>,
}

struct Inner {
    keys: Mutex<Vec<Arc<Signer>>>,
    /// How often the keys were asked for.
    asked: AtomicUsize,
    is_down: AtomicBool,
    /// An answer about keys waits for a place.
    places: Semaphore,
    is_slow: AtomicBool,
    /// For each code: who signed in, and what was asked with.
    codes: Mutex<HashMap<String, Code>>,
    /// What the next ID token says otherwise.
    changes: Mutex<Value>,
}

struct Code {
    subject: String,
    asked: HashMap<String, String>,
}

impl TestProvider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ending = CancellationToken::new();
        let provider = TestProvider {
            _alive: None,
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::new(Inner {
                keys: Mutex::new(vec![Arc::new(Signer::ec("first"))]),
                asked: AtomicUsize::new(0),
                is_down: AtomicBool::new(false),
                places: Semaphore::new(0),
                is_slow: AtomicBool::new(false),
                codes: Mutex::default(),
                changes: Mutex::default(),
            }),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        let serving = axum::serve(listener, router);
        let serving = serving.with_graceful_shutdown(ending.clone().cancelled_owned());
        tokio::spawn(async move { serving.await });
        TestProvider {
            _alive: Some(Arc::new(ending.drop_guard())),
            ..provider
        }
    }

    /// The key that tokens are signed with now.
    pub fn signer(&self) -> Arc<Signer> {
        self.state.keys.lock()[0].clone()
    }

    /// Signs with this key from now on; the ones before can still be asked for.
    pub fn roll(&self, signer: Signer) {
        self.state.keys.lock().insert(0, Arc::new(signer));
    }

    /// Only the key of now is given.
    pub fn withdraw(&self) {
        self.state.keys.lock().truncate(1);
    }

    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    pub fn set_down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Answers about keys wait until they are let go.
    pub fn set_slow(&self, is_slow: bool) {
        self.state.is_slow.store(is_slow, Ordering::SeqCst);
        if !is_slow {
            self.state.places.add_permits(100);
        }
    }

    /// What the next ID tokens say otherwise.
    pub fn change(&self, changes: Value) {
        *self.state.changes.lock() = changes;
    }

    /// What a token of this provider says for everything that is right.
    pub fn claims(&self, subject: &str, audience: &str) -> Value {
        json!({
            "iss": self.issuer, "sub": subject, "aud": audience, "exp": now() + 600, "iat": now(),
            "groups": ["staff"],
        })
    }

    /// The head that goes with it.
    pub fn head(&self) -> Value {
        let signer = self.signer();
        json!({"alg": signer.algorithm(), "kid": signer.name, "typ": "at+jwt"})
    }

    /// A token for which everything is right.
    pub fn token(&self, subject: &str, audience: &str) -> String {
        let claims = self.claims(subject, audience);
        self.signer().token(&self.head(), &claims)
    }

    /// A person signs in in the browser: where it goes then.
    pub fn approve(&self, url: &Url, subject: &str) -> Url {
        assert!(
            url.as_str()
                .starts_with(&format!("{}/authorize?", self.issuer)),
            "{url}"
        );
        let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT.0);
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut codes = self.state.codes.lock();
        let code = format!("code {}", codes.len());
        let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
        back.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &asked["state"])
            .append_pair("iss", &self.issuer);
        let subject = subject.to_owned();
        codes.insert(code, Code { subject, asked });
        back
    }

    /// The ID token for a code; `None` where anything does not match.
    fn id_token(&self, headers: &HeaderMap, form: &HashMap<String, String>) -> Option<String> {
        let field = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        let pair = format!("{}:{}", field(CLIENT.0), field(CLIENT.1));
        let expected = base64::engine::general_purpose::STANDARD.encode(pair);
        let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        // A code works once.
        let Code { subject, asked } = self.state.codes.lock().remove(form.get("code")?)?;
        let challenge = digest(&SHA256, form.get("code_verifier")?.as_bytes());
        let is_right = sent == format!("Basic {expected}")
            && form.get("grant_type")? == "authorization_code"
            && form.get("redirect_uri") == asked.get("redirect_uri")
            && asked["code_challenge"] == BASE64.encode(challenge);
        let mut claims = self.claims(&subject, CLIENT.0);
        claims["nonce"] = json!(asked["nonce"]);
        let mut head = self.head();
        head["typ"] = json!("JWT");
        let changes = self.state.changes.lock().clone();
        for (name, value) in changes.as_object().into_iter().flatten() {
            match name.strip_prefix("head.") {
                Some(name) => head[name] = value.clone(),
                None => claims[name] = value.clone(),
            }
        }
        is_right.then(|| self.signer().token(&head, &claims))
    }
}

async fn metadata(State(provider): State<TestProvider>) -> Response {
    let base = &provider.issuer;
    answer(&provider, || {
        json!({
            "issuer": base, "jwks_uri": format!("{base}/keys"),
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
        })
    })
}

async fn keys(State(provider): State<TestProvider>) -> Response {
    provider.state.asked.fetch_add(1, Ordering::SeqCst);
    if provider.state.is_slow.load(Ordering::SeqCst) {
        let _place = provider.state.places.acquire().await;
    }
    answer(&provider, || {
        let keys = provider.state.keys.lock();
        json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()})
    })
}

async fn token(
    State(provider): State<TestProvider>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    match provider.id_token(&headers, &form) {
        Some(token) => answer(&provider, || json!({"id_token": token})),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn answer(provider: &TestProvider, document: impl FnOnce() -> Value) -> Response {
    match provider.state.is_down.load(Ordering::SeqCst) {
        true => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        false => axum::Json(document()).into_response(),
    }
}
