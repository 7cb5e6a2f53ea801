//! Asking a person for consent: the URL for their browser, with PKCE and state.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use super::{AUTHORIZE, Integration, joined};
use crate::error::WebexError;
use crate::open_enum::open_enum;

/// So many random bytes nobody guesses; as text they are 43 characters, PKCE's minimum.
const RANDOM_BYTES: usize = 32;

open_enum! {
    /// What Webex shows where the person is already signed in.
    Prompt {
        /// The choice between accounts.
        SelectAccount = "select_account",
        /// Nothing: it fails where something would have to be asked.
        None = "none",
    }
}

/// What a person is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskConsent {
    /// Where the browser goes afterwards, as registered; may be absent where exactly one is registered.
    pub redirect_uri: Option<String>,
    /// What the application wants to do; a subset of the integration's scopes.
    pub scopes: Vec<String>,
    /// What Webex shows where the person is already signed in.
    pub prompt: Option<Prompt>,
    /// The person's e-mail address, where it is known.
    pub login_hint: Option<String>,
    /// How old, in seconds, the person's sign-in may be.
    pub max_age: Option<u32>,
}

/// A question to a person. Keep it until the browser comes back, in that browser's session.
#[derive(Clone, Debug)]
pub struct Consent {
    /// What the browser opens.
    pub url: String,
    /// Comes back with the code; a code that comes with another state is not to be used.
    pub state: String,
    /// Stands in the id token; only where the scope `openid` was asked for.
    pub nonce: Option<String>,
    /// Proves, with the code, that it was us who asked (PKCE).
    pub verifier: SecretString,
    /// The redirect URI, which the exchange repeats.
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
    /// Prepares the question to a person; sends nothing.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without scopes, or where the redirect URI is no absolute URL.
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
        // Both forms of a space are legal here, but not every server reads the plus sign.
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

/// What PKCE shows of the verifier in advance (S256).
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
