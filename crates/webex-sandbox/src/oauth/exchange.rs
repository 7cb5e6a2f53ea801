//! `/access_token`: codes and refresh tokens become access tokens.

use axum::Json;
use axum::extract::State;
use http::header::{CACHE_CONTROL, HeaderName};
use http::{HeaderMap, Uri};
use serde::Deserialize;

use crate::Sandbox;
use crate::oauth::form::{Credentials, Form};
use crate::oauth::tokens::{Consent, Tokens, grant, renew};
use crate::problem::{Problem, Result};
use crate::request::base;
use crate::rows::oauth::{ApplicationKey, Code};
use crate::world::World;

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

/// Tokens must not be cached on the way.
pub(super) type Answer = ([(HeaderName, &'static str); 1], Json<Tokens>);

pub(super) fn answer(tokens: Tokens) -> Answer {
    ([(CACHE_CONTROL, "no-store")], Json(tokens))
}

pub(super) async fn exchange(
    State(sandbox): State<Sandbox>,
    uri: Uri,
    headers: HeaderMap,
    Form(request): Form<Request>,
) -> Result<Answer> {
    let issuer = base(sandbox.base_url(), &uri, &headers);
    let credentials = Credentials::of_header(&headers).or_else(|| {
        let (id, secret) = (&request.client_id, &request.client_secret);
        Credentials::of_form(id.as_deref(), secret.as_deref())
    });
    let tokens = sandbox.write_apart(|world| {
        let application = world.oauth.authenticate(credentials)?;
        match request.grant_type.as_deref() {
            Some("authorization_code") => {
                let consent = redeem(world, application, &request)?;
                grant(world, consent, &issuer)
            }
            Some("refresh_token") => {
                let missing = || Problem::bad_request("invalid_request: refresh_token is missing.");
                let token = request.refresh_token.as_deref().ok_or_else(missing)?;
                renew(world, application, token)
            }
            _ => Err(Problem::bad_request(
                "unsupported_grant_type: Use authorization_code or refresh_token.",
            )),
        }
    })?;
    Ok(answer(tokens))
}

/// Takes a code. It is gone after the first try, right or wrong, so that nobody can guess again.
fn redeem(world: &mut World, application: ApplicationKey, request: &Request) -> Result<Consent> {
    let missing = || Problem::bad_request("invalid_request: code is missing.");
    let code = request.code.as_deref().ok_or_else(missing)?;
    let now = world.now;
    let code = world.oauth.codes.remove(code);
    let code = code.filter(|code| code.application == application && now < code.expires);
    let code = code.ok_or_else(|| {
        Problem::bad_request("invalid_grant: The code is invalid, has expired or was used.")
    })?;
    check_redirect(&code, request.redirect_uri.as_deref())?;
    let verifier = request.code_verifier.as_deref().unwrap_or_default();
    let challenge = code.challenge.as_ref();
    Problem::bad_request("invalid_grant: code_verifier does not fit the code_challenge.")
        .when(challenge.is_some_and(|challenge| !challenge.is_met_by(verifier)))?;
    Ok(Consent {
        application,
        person: code.person,
        scopes: code.scopes,
        nonce: code.nonce,
    })
}

fn check_redirect(code: &Code, redirect_uri: Option<&str>) -> Result<()> {
    let is_same = match redirect_uri {
        Some(uri) => uri == code.redirect_uri,
        None => !code.is_redirect_named,
    };
    Problem::bad_request("invalid_grant: redirect_uri is not the one that the code was sent to.")
        .unless(is_same)
}
