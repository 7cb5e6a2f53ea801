//! OAuth for an integration: consent, code, refresh, and consent on another device.
//!
//! [`Integration`] is the registered application. Its secret, codes, verifiers and tokens cannot be
//! printed; lifetimes are always those that Webex returned. Webex's OAuth endpoints report errors
//! in Webex's form or in that of RFC 6749: both become [`WebexError::Refused`], whose detail reads
//! both.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method};
pub use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::client::{Client, Webex};
use crate::error::WebexError;
use crate::operation::{Operation, Repeat};

mod consent;
mod device;
mod tokens;
mod user_info;

pub use consent::{AskConsent, Consent, Prompt};
pub use device::{DEVICE_REDIRECTS, DeviceAnswer, DeviceConsent};
pub use tokens::Tokens;
pub use user_info::UserInfo;

/// `GET /authorize`, which a person's browser opens: see [`Integration::consent`].
pub static AUTHORIZE: Operation = Operation {
    name: "oauth.authorize",
    method: Method::GET,
    path: "/authorize",
    repeat: Repeat::Read,
    scopes: &[],
};

/// `POST /access_token` with a code.
pub static EXCHANGE: Operation = Operation {
    name: "oauth.exchange",
    method: Method::POST,
    path: "/access_token",
    repeat: Repeat::Write,
    scopes: &[],
};

/// `POST /access_token` with a refresh token.
pub static REFRESH: Operation = Operation {
    name: "oauth.refresh",
    method: Method::POST,
    path: "/access_token",
    repeat: Repeat::Write,
    scopes: &[],
};

/// `POST /device/authorize`
pub static DEVICE_AUTHORIZE: Operation = Operation {
    name: "oauth.device_authorize",
    method: Method::POST,
    path: "/device/authorize",
    repeat: Repeat::Write,
    scopes: &[],
};

/// `POST /device/token`
pub static DEVICE_TOKEN: Operation = Operation {
    name: "oauth.device_token",
    method: Method::POST,
    path: "/device/token",
    repeat: Repeat::Write,
    scopes: &[],
};

/// `GET /userinfo`
pub static USER_INFO: Operation = Operation {
    name: "oauth.user_info",
    method: Method::GET,
    path: "/userinfo",
    repeat: Repeat::Read,
    scopes: &["openid"],
};

/// An application registered with Webex: its client id and secret, and the Webex it belongs to.
#[derive(Clone, Debug)]
pub struct Integration {
    webex: Webex,
    client_id: String,
    client_secret: SecretString,
}

impl Webex {
    /// An application registered with this Webex. Webex requires a secret, with or without PKCE.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] where the id or the secret is empty or malformed.
    pub fn integration(
        &self,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Result<Integration, WebexError> {
        let (client_id, client_secret) = (client_id.into(), client_secret.into());
        let is_word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        // A colon would end the id in the header that holds both.
        if !is_word(&client_id) || client_id.contains(':') {
            return Err(WebexError::invalid(
                "client_id",
                "copy it from the integration's page",
            ));
        }
        if !is_word(client_secret.expose_secret()) {
            return Err(WebexError::invalid(
                "client_secret",
                "copy it from the integration's page",
            ));
        }
        Ok(Integration {
            webex: self.clone(),
            client_id,
            client_secret,
        })
    }
}

#[derive(Serialize)]
struct Grant<'a> {
    grant_type: &'static str,
    client_id: &'a str,
    client_secret: &'a str,
    code: Option<&'a str>,
    redirect_uri: Option<&'a str>,
    code_verifier: Option<&'a str>,
    refresh_token: Option<&'a str>,
}

impl Integration {
    /// The application's id, as it is registered.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Exchanges the code of a person's consent for tokens.
    ///
    /// A code works once: if the answer is lost, the person has to consent again.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without a code, or with a verifier that PKCE does not allow (43 to
    /// 128 letters, digits and `-._~`); [`WebexError::Refused`] where Webex does not accept the
    /// code, the redirect URI or the verifier.
    pub async fn exchange(
        &self,
        code: &SecretString,
        consent: &Consent,
    ) -> Result<Tokens, WebexError> {
        if code.expose_secret().is_empty() {
            return Err(WebexError::invalid("code", "it is empty"));
        }
        let verifier = consent.verifier.expose_secret();
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
            return Err(WebexError::invalid(
                "code_verifier",
                "it must be the one that the consent was asked with",
            ));
        }
        let grant = Grant {
            grant_type: "authorization_code",
            code: Some(code.expose_secret()),
            redirect_uri: consent.redirect_uri.as_deref(),
            code_verifier: Some(verifier),
            ..self.grant()
        };
        let call = EXCHANGE.call().pairs(&grant)?;
        self.anonymous().reply(call).await
    }

    /// Exchanges a refresh token for new tokens. Keep the refresh token of the answer.
    ///
    /// # Errors
    /// [`WebexError::Refused`] where the token has expired or was revoked: the person has to
    /// consent again.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, WebexError> {
        if refresh_token.expose_secret().is_empty() {
            return Err(WebexError::invalid("refresh_token", "it is empty"));
        }
        let grant = Grant {
            grant_type: "refresh_token",
            refresh_token: Some(refresh_token.expose_secret()),
            ..self.grant()
        };
        let call = REFRESH.call().pairs(&grant)?;
        self.anonymous().reply(call).await
    }

    fn grant(&self) -> Grant<'_> {
        Grant {
            grant_type: "",
            client_id: &self.client_id,
            client_secret: self.client_secret.expose_secret(),
            code: None,
            redirect_uri: None,
            code_verifier: None,
            refresh_token: None,
        }
    }

    /// Makes calls without credentials in the header: they are in the body, or none are needed.
    fn anonymous(&self) -> Client {
        self.webex.caller(None)
    }

    /// Makes calls with the integration's own credentials in the header.
    fn authenticated(&self) -> Result<Client, WebexError> {
        let secret = self.client_secret.expose_secret();
        let pair = SecretString::from(format!("{}:{secret}", self.client_id));
        let basic = SecretString::from(format!("Basic {}", STANDARD.encode(pair.expose_secret())));
        let header = HeaderValue::from_str(basic.expose_secret());
        let mut header =
            header.map_err(|_| WebexError::invalid("client_secret", "it fits no header"))?;
        header.set_sensitive(true);
        Ok(self.webex.caller(Some(header)))
    }
}

/// The scopes in OAuth's form.
fn joined(scopes: &[String]) -> Result<String, WebexError> {
    let is_scope =
        |scope: &String| !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic());
    if scopes.is_empty() || !scopes.iter().all(is_scope) {
        return Err(WebexError::invalid(
            "scope",
            "give scopes of the integration, one word each",
        ));
    }
    Ok(scopes.join(" "))
}
