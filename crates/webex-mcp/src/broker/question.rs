//! A client's request for a person's consent, and what of it is wrong.

use serde::Deserialize;

use super::Broker;
use super::clients::Client;
use super::redirects::is_registered;
use super::refusal::Refused;
use crate::identity::SIGN_IN_SCOPES;
use crate::limits;

/// A client's request for a person's consent, as the browser brings it (RFC 6749, 4.1.1).
#[derive(Clone, Default, Deserialize)]
pub struct Question {
    pub response_type: Option<String>,
    pub client_id: Option<String>,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
    pub state: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    /// The server that the tokens are for (RFC 8707).
    pub resource: Option<String>,
    pub response_mode: Option<String>,
    pub request: Option<String>,
    pub request_uri: Option<String>,
    pub prompt: Option<String>,
}

/// A parameter that could ask for something which does not happen here. Those that are not known at all
/// are ignored (RFC 6749, 3.1).
struct Offered {
    value: fn(&Question) -> &Option<String>,
    is_offered: fn(&str) -> bool,
    error: &'static str,
    description: &'static str,
}

const OFFERED: [Offered; 4] = [
    Offered {
        value: |question| &question.request,
        is_offered: |_| false,
        error: "request_not_supported",
        description: "Send the parameters themselves; a request object is not read.",
    },
    Offered {
        value: |question| &question.request_uri,
        is_offered: |_| false,
        error: "request_uri_not_supported",
        description: "Send the parameters themselves; a request_uri is not read.",
    },
    Offered {
        value: |question| &question.response_mode,
        is_offered: |mode| mode == "query",
        error: "invalid_request",
        description: "Only response_mode=query is offered.",
    },
    // Everybody is asked on our page, which is what the other prompts want.
    Offered {
        value: |question| &question.prompt,
        is_offered: |prompts| !prompts.split_ascii_whitespace().any(|one| one == "none"),
        error: "interaction_required",
        description: "Nobody signs in here without a page; leave prompt=none out.",
    },
];

/// What a client made up to recognize the answer is nobody else's business.
impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What a virtual server offers to those who sign in for it.
#[derive(Debug, Clone)]
pub struct Offer {
    pub slug: String,
    pub title: String,
    /// What a client gets that asks for nothing.
    pub base: Vec<String>,
    /// What it may ask for.
    pub all: Vec<String>,
    /// None of the scopes that its tools need is registered with the integration.
    pub is_closed: bool,
}

impl Question {
    /// The client, and where its answer goes.
    pub(super) async fn client(&self, broker: &Broker) -> Result<(Client, String), Refused> {
        let client = broker
            .client(self.client_id.as_deref().unwrap_or_default())
            .await?;
        let redirect = match (&self.redirect_uri, client.redirect_uris.as_slice()) {
            (Some(asked), registered) if is_registered(registered, asked) => asked,
            (None, [only]) => only,
            (Some(_), _) => {
                return Err(Refused::invalid_request(
                    "The program wants its answer at an address (redirect_uri) that it did not register, so it gets none; start again in it, unless somebody sent you this link.",
                ));
            }
            (None, _) => return Err(Refused::invalid_request("The redirect_uri is missing.")),
        };
        let redirect = redirect.clone();
        Ok((client, redirect))
    }

    pub(super) fn check(&self) -> Result<&str, Refused> {
        for one in OFFERED {
            let value = (one.value)(self).as_deref().unwrap_or_default();
            if !value.is_empty() && !(one.is_offered)(value) {
                return Err(Refused::new(one.error, one.description));
            }
        }
        if self.response_type.as_deref() != Some("code") {
            return Err(Refused::new(
                "unsupported_response_type",
                "Only response_type=code is offered.",
            ));
        }
        let is_challenge = |text: &&str| {
            let is_word = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
            text.len() == 43 && text.bytes().all(is_word)
        };
        let challenge = self.code_challenge.as_deref().filter(is_challenge);
        match (challenge, self.code_challenge_method.as_deref()) {
            (Some(challenge), Some("S256")) => Ok(challenge),
            _ => Err(Refused::invalid_request(
                "A code_challenge with code_challenge_method=S256 is needed (PKCE).",
            )),
        }
    }

    pub(super) fn is_too_long(&self) -> bool {
        let words = [&self.state, &self.scope, &self.resource, &self.redirect_uri];
        let most = limits::SIGN_IN_WORD_MAX_BYTES;
        words
            .iter()
            .any(|word| word.as_ref().is_some_and(|word| word.len() > most))
    }

    /// What the client gets: what it asked for as far as there is that, or what everybody gets.
    pub(super) fn scopes(&self, offer: &Offer) -> Result<Vec<String>, Refused> {
        let asked = self.scope.as_deref().unwrap_or_default();
        let asked: Vec<&str> = asked.split_ascii_whitespace().collect();
        if asked.len() > limits::SIGN_IN_SCOPES_MAX {
            return Err(Refused::new(
                "invalid_scope",
                "Too many scopes were asked for.",
            ));
        }
        let is_whole = asked.contains(&"spark:all");
        let is_asked = |scope: &&String| {
            asked.contains(&scope.as_str()) || (is_whole && scope.starts_with("spark:"))
        };
        let mut given: Vec<String> = match asked.is_empty() {
            true => offer.base.clone(),
            false => offer.all.iter().filter(is_asked).cloned().collect(),
        };
        if given.is_empty() {
            return Err(Refused::new(
                "invalid_scope",
                "None of these scopes is offered here; see scopes_supported.",
            ));
        }
        let always = SIGN_IN_SCOPES
            .iter()
            .filter(|scope| offer.all.iter().any(|one| one == *scope));
        given.extend(always.map(|scope| (*scope).to_owned()));
        given.sort_unstable();
        given.dedup();
        Ok(given)
    }
}
