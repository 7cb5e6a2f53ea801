//! `/authorize`: asks a person for consent, and returns a code with the answer.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::Sandbox;
use crate::oauth::pages::{self, Asking};
use crate::pages::form_token::{self, FormToken};
use crate::pages::{protect, random};
use crate::problem::{Problem, Result};
use crate::request::{Form, Query};
use crate::rows::integration::Integration;
use crate::rows::oauth::{ApplicationKey, Challenge, Code, Consent};
use crate::rows::scopes::Scopes;
use crate::rows::{Person, PersonKey};
use crate::world::World;
use crate::world::registry::{MAX_WAITING, later};

/// How long a code is valid: enough for an application, and for a slow test.
const CODE_LIFETIME_SECS: i64 = 5 * 60;

/// The longest wait that a browser or a device gets if too many others are waiting.
const FULL_RETRY_SECS: u64 = 60;

/// The request for consent, as the browser brings it.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    prompt: Option<String>,
    nonce: Option<String>,
    login_hint: Option<String>,
}

/// A person's answer to it.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// The person's id; declining needs none.
    pub(super) person: Option<String>,
    pub(super) decision: String,
    /// The token of the page's form; only browsers need it.
    #[serde(rename = "sandbox-form")]
    pub(super) form_token: Option<String>,
}

/// Where the browser goes in the end, whatever the answer is.
#[derive(Debug)]
struct Target {
    application: ApplicationKey,
    /// As registered, which may not be the normal form of the URL.
    redirect_uri: String,
    url: Url,
}

impl Target {
    /// The part that a person recognizes: host and port, or the scheme that a program registered.
    fn host(&self) -> String {
        match (self.url.host_str(), self.url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => format!("{}: on this machine", self.url.scheme()),
        }
    }
}

/// An error that the application gets with the redirect.
type Refusal = (&'static str, &'static str);

/// GET: shows the consent page.
pub(super) async fn ask(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(question): Query<Question>,
) -> Result<Response> {
    sandbox.read(|world| {
        let target = question.target(world)?;
        let integration = world.oauth.integration(target.application)?;
        let checked = question.check(integration).and_then(|checked| {
            // Nobody is ever signed in here, so the page is always needed.
            match question.prompt.as_deref() {
                Some("none") => Err(("login_required", "Nobody is signed in.")),
                _ => Ok(checked),
            }
        });
        Ok(match checked {
            Err(refusal) => question.refused(&target, refusal),
            Ok((scopes, _)) => {
                let host = target.host();
                let asking = Asking {
                    name: &integration.name,
                    host: &host,
                    back: &format!("Either way you go back to {host}."),
                    scopes: &scopes,
                    hint: question.login_hint.as_deref(),
                };
                pages::consent(world, &asking, &FormToken::of(&headers))
            }
        })
    })
}

/// POST: takes the answer to the same request and sends the browser back.
pub(super) async fn decide(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(question): Query<Question>,
    Form(answer): Form<Answer>,
) -> Result<Response> {
    form_token::check(&headers, answer.form_token.as_deref())?;
    sandbox.write_apart(|world| {
        let target = question.target(world)?;
        let checked = question.check(world.oauth.integration(target.application)?);
        let (scopes, challenge) = match checked {
            Ok(checked) => checked,
            Err(refusal) => return Ok(question.refused(&target, refusal)),
        };
        let Some(person) = answer.person(world)? else {
            let refusal = ("access_denied", "The person declined.");
            return Ok(question.refused(&target, refusal));
        };
        let now = world.now;
        world.oauth.sweep(now);
        too_many().when(world.oauth.codes.len() >= MAX_WAITING)?;
        let code = random();
        let kept = Code {
            consent: Consent {
                application: target.application,
                person,
                scopes,
                nonce: question.nonce.clone(),
            },
            redirect_uri: target.redirect_uri.clone(),
            is_redirect_named: question.redirect_uri.is_some(),
            challenge,
            expires: later(now, CODE_LIFETIME_SECS),
        };
        world.oauth.codes.insert(code.clone(), kept);
        Ok(question.back(&target, &[("code", &code)]))
    })
}

pub(super) fn too_many() -> Problem {
    let description = "Too many consents are waiting. Try again later.";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, description)
        .retry_after(std::time::Duration::from_secs(FULL_RETRY_SECS))
}

impl Answer {
    /// The person who consented; `None` if the person declined.
    pub(super) fn person(&self, world: &World) -> Result<Option<PersonKey>> {
        if self.decision != pages::ACCEPT {
            return Ok(None);
        }
        let key = self.person.as_deref().and_then(|id| world.people.find(id));
        let key = key.filter(|key| world.people.get(*key).is_some_and(Person::consents));
        Problem::bad_request("Choose one of the people.").when(key.is_none())?;
        Ok(key)
    }
}

impl Question {
    /// The application and its redirect URI. Until both are certain, nobody is redirected.
    fn target(&self, world: &World) -> Result<Target> {
        let application = world.oauth.asking(self.client_id.as_deref())?;
        let registered = &world.oauth.integration(application)?.redirect_uris;
        let refused = || Problem::bad_request("Redirect URI is invalid");
        let uri = match (&self.redirect_uri, registered.as_slice()) {
            (Some(uri), registered) if registered.contains(uri) => uri,
            (None, [only]) => only,
            _ => return Err(refused()),
        };
        Ok(Target {
            application,
            redirect_uri: uri.clone(),
            url: Url::parse(uri).map_err(|_| refused())?,
        })
    }

    fn check(&self, integration: &Integration) -> Result<(Scopes, Option<Challenge>), Refusal> {
        if self.response_type.as_deref() != Some("code") {
            let reason = "Only response_type=code is supported here.";
            return Err(("unsupported_response_type", reason));
        }
        let scopes = integration.allowed(self.scope.as_deref().unwrap_or_default());
        let reason = "Ask for scopes that the integration registered.";
        let scopes = scopes.ok_or(("invalid_scope", reason))?;
        if scopes.has("openid") && self.nonce.is_none() {
            return Err(("invalid_request", "The scope openid needs a nonce."));
        }
        let method = self.code_challenge_method.as_deref();
        let challenge = match &self.code_challenge {
            None if method.is_none() => None,
            None => return Err(("invalid_request", "code_challenge is missing.")),
            Some(challenge) => Some(Challenge::read(challenge, method).ok_or((
                "invalid_request",
                "code_challenge must be 43 to 128 unreserved characters, its method S256 or plain.",
            ))?),
        };
        Ok((scopes, challenge))
    }

    fn refused(&self, target: &Target, (error, description): Refusal) -> Response {
        let pairs = [("error", error), ("error_description", description)];
        self.back(target, &pairs)
    }

    fn back(&self, target: &Target, pairs: &[(&str, &str)]) -> Response {
        let mut url = target.url.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        url.query_pairs_mut()
            .extend_pairs(pairs.iter().copied().chain(state));
        let mut response = (StatusCode::FOUND, [(LOCATION, url.as_str())]).into_response();
        protect(response.headers_mut(), None);
        response
    }
}

impl Integration {
    /// The requested scopes, if the integration registered all of them.
    pub(super) fn allowed(&self, scope: &str) -> Option<Scopes> {
        let scopes = Scopes::parse(scope)?;
        let is_registered = |scope: &str| self.scopes.iter().any(|known| known == scope);
        let is_allowed = scopes.iter().all(is_registered);
        is_allowed.then_some(scopes)
    }
}
