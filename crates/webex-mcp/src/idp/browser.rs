//! The person in a browser proves at the provider who they are: we are a client there (authorization
//! code with PKCE and a nonce; OpenID Connect Core, 3.1).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::provider::{BOUNDS, Described};
use super::token::{self, Expected, NotVerified};
use super::{Client, Idp};
use crate::broker::Refused;
use crate::identity::Principal;
use crate::outbound::NotFetched;
use crate::seal::{CryptographyFailed, digest, random_word};

/// The path at which the provider sends people back. It is registered there.
pub const CALLBACK: &str = "/link/callback";

/// What binds an answer of the provider to its question. Both words are secret until then.
#[derive(Serialize, Deserialize)]
pub(super) struct Proof {
    verifier: String,
    nonce: String,
}

impl Proof {
    pub(super) fn new() -> Result<Self, CryptographyFailed> {
        Ok(Proof {
            verifier: random_word()?,
            nonce: random_word()?,
        })
    }
}

#[derive(Deserialize)]
struct Given {
    id_token: Option<String>,
}

impl Idp {
    /// The address at the provider where the person signs in.
    ///
    /// # Errors
    /// Where we are no client there, or it does not say where people sign in.
    pub(super) async fn asked_at(&self, proof: &Proof, state: &str) -> Result<String, Refused> {
        let (client, described) = self.client().await?;
        let endpoint = described.authorization_endpoint.clone();
        let mut url = endpoint.filter(|url| url.has_host()).ok_or_else(unusable)?;
        // Some providers name a person otherwise only with their profile.
        let scope = match &*self.0.settings.subject {
            "sub" => "openid",
            _ => "openid profile",
        };
        let challenge = BASE64.encode(digest(proof.verifier.as_bytes()));
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("response_mode", "query"),
            ("client_id", &client.id),
            ("redirect_uri", &self.callback()),
            ("scope", scope),
            ("state", state),
            ("nonce", &proof.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url.into())
    }

    /// Who signed in at the provider.
    ///
    /// # Errors
    /// Where the provider gives no ID token for the code, or it is not one for this sign-in.
    pub(super) async fn signed_in(&self, code: &str, proof: &Proof) -> Result<Principal, Refused> {
        let (client, described) = self.client().await?;
        let endpoint = described.token_endpoint.as_ref().ok_or_else(unusable)?;
        let callback = self.callback();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &callback),
            ("code_verifier", &proof.verifier),
        ];
        let secret = client.secret.as_ref();
        let header = secret.filter(|_| takes_header(&described));
        let header = header.map(|secret| basic(&client.id, secret));
        if header.is_none() {
            form.push(("client_id", &client.id));
            form.extend(secret.map(|secret| ("client_secret", secret.expose_secret())));
        }
        let outbound = &self.0.provider.outbound;
        let given = outbound.post_form(endpoint, &form, header.as_ref(), BOUNDS);
        let given = given.await.map_err(|why| {
            tracing::warn!(%why, "a code was not exchanged at the identity provider");
            match why {
                NotFetched::Status(status) if status.is_client_error() => Refused::new(
                    "server_error",
                    "The identity provider did not accept the sign-in; the operator should compare jwt.client_id, its secret and the redirect address with those at the provider.",
                ),
                _ => silent(),
            }
        })?;
        let given: Option<Given> = serde_json::from_slice(&given.body).ok();
        let token = given.and_then(|given| given.id_token).map(Zeroizing::new);
        let token = token.ok_or_else(wrong_token)?;
        let (audiences, types) = ([client.id.clone()], ["JWT".to_owned()]);
        let expected = Expected {
            audiences: &audiences,
            types: &types,
            nonce: Some(&proof.nonce),
            ..self.expected()
        };
        let claims = token::verified(&self.0.provider, &token, &expected).await;
        let claims = claims.map_err(|why| match why {
            NotVerified::Wrong | NotVerified::Ended => wrong_token(),
            NotVerified::Unreachable => silent(),
        })?;
        Ok(self.principal(&claims.subject))
    }

    /// As it is registered at the provider.
    fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.0.broker.settings().base)
    }

    async fn client(&self) -> Result<(&Client, std::sync::Arc<Described>), Refused> {
        let client = self.0.settings.client.as_ref();
        let client = client.ok_or_else(super::linking::not_offered)?;
        let described = self.0.provider.described().await.ok_or_else(silent)?;
        Ok((client, described))
    }
}

/// Without a word about it, a client's secret is taken in the header (RFC 8414, 2).
fn takes_header(described: &Described) -> bool {
    let methods = described.token_endpoint_auth_methods_supported.as_ref();
    methods.is_none_or(|methods| {
        let has = |method: &str| methods.iter().any(|one| one == method);
        has("client_secret_basic") || !has("client_secret_post")
    })
}

/// Id and secret as fields of a form, in the header (RFC 6749, 2.3.1).
fn basic(id: &str, secret: &SecretString) -> SecretString {
    let field = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let secret = Zeroizing::new(field(secret.expose_secret()));
    let pair = Zeroizing::new(format!("{}:{}", field(id), *secret));
    SecretString::from(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

fn unusable() -> Refused {
    Refused::new(
        "server_error",
        "The identity provider's metadata does not say where people sign in; the operator should compare jwt.issuer with the provider.",
    )
}

fn silent() -> Refused {
    Refused::new(
        "temporarily_unavailable",
        "The identity provider does not answer; try again in a minute.",
    )
}

fn wrong_token() -> Refused {
    Refused::new(
        "server_error",
        "The identity provider did not say who signed in in a way that can be trusted; tell the operator.",
    )
}
