//! Asks a person for consent: the URL for the browser, with PKCE and state.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use super::{AUTHORIZE, Integration, joined};
use crate::error::WebexError;
use crate::open_enum::open_enum;

/// Enough random bytes that nobody guesses them; as text they have 43 characters, PKCE's minimum.
const RANDOM_BYTES: usize = 32;

open_enum! {
    /// What Webex shows if the person is already signed in.
    Prompt {
        /// The choice between accounts.
        SelectAccount = "select_account",
        /// Nothing: it fails if the person would have to be asked.
        None = "none",
    }
}

/// A request for a person's consent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskConsent {
    /// Where the browser goes afterwards, as registered; may be absent if exactly one URI is
    /// registered.
    pub redirect_uri: Option<String>,
    /// The access that the application wants; a subset of the integration's scopes.
    pub scopes: Vec<String>,
    /// What Webex shows if the person is already signed in.
    pub prompt: Option<Prompt>,
    /// The person's e-mail address, if it is known.
    pub login_hint: Option<String>,
    /// The greatest age of the person's sign-in, in seconds.
    pub max_age: Option<u32>,
}

/// A prepared request for consent. Keep it until the browser returns, in that browser's session.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The URL to open in the browser.
    pub url: String,
    /// Returned with the code; do not use a code that comes with another state.
    pub state: String,
    /// Appears in the id token; only if the scope `openid` was requested.
    pub nonce: Option<String>,
    /// Proves, together with the code, that this application asked (PKCE).
    pub verifier: SecretString,
    /// The redirect URI, which the exchange must repeat.
    pub redirect_uri: Option<String>,
}

#[derive(Serialize)]
struct Query<'a> {
    response_type: &'static str,
    client_id: &'a str,
    redirect_uri: Option<&'a str>,
    scope: &'a str,
    state: &'a str,
    code_challenge: &'a str,
    code_challenge_method: &'static str,
    prompt: Option<&'a Prompt>,
    nonce: Option<&'a str>,
    login_hint: Option<&'a str>,
    max_age: Option<u32>,
}

impl Integration {
    /// Prepares a request for consent; sends nothing.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without scopes, or where the redirect URI is not an absolute URL.
    pub fn consent(&self, ask: &AskConsent) -> Result<Consent, WebexError> {
        let scope = joined(&ask.scopes)?;
        if let Some(uri) = &ask.redirect_uri
            && !Url::parse(uri).is_ok_and(|url| url.fragment().is_none())
        {
            return Err(WebexError::invalid(
                "redirect_uri",
                "it must be an absolute URL without a fragment, as registered",
            ));
        }
        let state = random()?;
        let verifier = SecretString::from(random()?);
        let is_openid = ask.scopes.iter().any(|scope| scope == "openid");
        let nonce = is_openid.then(random).transpose()?;
        let call = AUTHORIZE.call().query(&Query {
            response_type: "code",
            client_id: &self.client_id,
            redirect_uri: ask.redirect_uri.as_deref(),
            scope: &scope,
            state: &state,
            code_challenge: &challenge(&verifier),
            code_challenge_method: "S256",
            prompt: ask.prompt.as_ref(),
            nonce: nonce.as_deref(),
            login_hint: ask.login_hint.as_deref(),
            max_age: ask.max_age,
        })?;
        // Both forms of a space are legal here, but not every server understands the plus sign.
        let target = call.target.replace('+', "%20");
        Ok(Consent {
            url: self.webex.base().uri(&target)?.to_string(),
            state,
            nonce,
            verifier,
            redirect_uri: ask.redirect_uri.clone(),
        })
    }
}

/// The PKCE challenge for a verifier (S256).
fn challenge(verifier: &SecretString) -> String {
    let hash = digest::digest(&digest::SHA256, verifier.expose_secret().as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

fn random() -> Result<String, WebexError> {
    let mut bytes = [0; RANDOM_BYTES];
    rand::fill(&mut bytes)
        .map_err(|_| WebexError::invalid("state", "this machine gives no random numbers"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into();
        let expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(challenge(&verifier), expected);
    }

    #[test]
    fn what_is_random_fits_pkce_and_never_repeats() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
    }
}
