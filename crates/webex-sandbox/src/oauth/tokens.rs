//! Tokens: how they are made, renewed and returned by `/access_token`, and the person who signed in.

use aws_lc_rs::hmac;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, Uri};
use serde::{Deserialize, Serialize};
use serde_json::json;
use webex::id::ResourceId;

use crate::Sandbox;
use crate::oauth::basic_credentials;
use crate::pages::random;
use crate::problem::{Problem, Result};
use crate::request::{Call, Form, base};
use crate::rows::Person;
use crate::rows::oauth::{ApplicationKey, Authorization, AuthorizationKey, Code, Consent, Kind};
use crate::rules::shown::{Shown, shown};
use crate::table::Full;
use crate::world::World;
use crate::world::registry::later;

/// An access token is valid for 14 days, as in Webex's examples.
const ACCESS_LIFETIME_SECS: i64 = 14 * 24 * 60 * 60;

/// A refresh token is valid for 90 days after its last use.
const REFRESH_LIFETIME_SECS: i64 = 90 * 24 * 60 * 60;

/// An id token says who signed in; it is used at once.
const ID_LIFETIME_SECS: i64 = 60 * 60;

/// The answer of both token endpoints.
#[derive(Debug, Serialize)]
pub(super) struct Tokens {
    access_token: String,
    expires_in: i64,
    refresh_token: String,
    refresh_token_expires_in: i64,
    token_type: &'static str,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// Tokens must not be cached on the way.
impl IntoResponse for Tokens {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}

/// Makes a refresh token and its first access token.
pub(super) fn grant(world: &mut World, consent: Consent, issuer: &str) -> Result<Tokens> {
    let now = world.now;
    world.oauth.sweep(now);
    world.people.row(consent.person)?;
    let is_signed_in = consent.scopes.has("openid");
    let id_token = is_signed_in.then(|| id_token(world, &consent, issuer));
    let id_token = id_token.transpose()?;
    let refresh = world.oauth.add(|id| Authorization {
        id,
        application: consent.application,
        person: consent.person,
        kind: Kind::Refresh,
        token: random(),
        scopes: consent.scopes,
        created: now,
        expires: later(now, REFRESH_LIFETIME_SECS),
    });
    let refresh = refresh.map_err(too_many_tokens)?;
    let tokens = access(world, refresh)?;
    Ok(Tokens { id_token, ..tokens })
}

/// Makes an access token from a refresh token, whose lifetime starts anew.
pub(super) fn renew(
    world: &mut World,
    application: ApplicationKey,
    refresh_token: &str,
) -> Result<Tokens> {
    let now = world.now;
    world.oauth.sweep(now);
    let found = world.oauth.alive(refresh_token, now);
    let found = found.filter(|(_, row)| {
        row.kind == Kind::Refresh
            && row.application == application
            && world.people.get(row.person).is_some_and(Person::consents)
    });
    let refused = "invalid_grant: The refresh token is invalid, has expired or was revoked.";
    let (key, _) = found.ok_or_else(|| Problem::bad_request(refused))?;
    access(world, key)
}

fn access(world: &mut World, refresh: AuthorizationKey) -> Result<Tokens> {
    let now = world.now;
    let row = world.oauth.authorizations.row_mut(refresh)?;
    row.expires = later(now, REFRESH_LIFETIME_SECS);
    let row = row.clone();
    let tokens = Tokens {
        access_token: random(),
        expires_in: ACCESS_LIFETIME_SECS,
        refresh_token: row.token.clone(),
        refresh_token_expires_in: REFRESH_LIFETIME_SECS,
        token_type: "Bearer",
        scope: row.scopes.to_string(),
        id_token: None,
    };
    let added = world.oauth.add(|id| Authorization {
        id,
        kind: Kind::Access(refresh),
        token: tokens.access_token.clone(),
        created: now,
        expires: later(now, ACCESS_LIFETIME_SECS),
        ..row
    });
    added.map(|_| tokens).map_err(too_many_tokens)
}

fn too_many_tokens(_: Full) -> Problem {
    Problem::bad_request("tokenlimit_reached: Revoke tokens that are no longer used.")
}

/// The person who signed in, signed with the client secret (HS256), as OpenID Connect allows.
fn id_token(world: &World, consent: &Consent, issuer: &str) -> Result<String> {
    let integration = world.oauth.integration(consent.application)?;
    let person = world.people.row(consent.person)?;
    let issued_secs = world.now.as_second();
    let mut claims = json!({
        "iss": issuer,
        "sub": subject(person),
        "aud": integration.client_id,
        "iat": issued_secs,
        "exp": issued_secs + ID_LIFETIME_SECS,
    });
    if let Some(nonce) = &consent.nonce {
        claims["nonce"] = json!(nonce);
    }
    let header = URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "typ": "JWT"}).to_string());
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{claims}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, integration.client_secret.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}

/// The permanent id of the person: the uuid alone, which no other call accepts.
fn subject(person: &Person) -> String {
    let id = ResourceId::parse(&person.id);
    id.map_or_else(|| person.id.clone(), |id| id.key)
}

/// `/userinfo`: the person who signed in, as OpenID Connect describes it.
pub(super) fn user_info(world: &World, call: &Call) -> Result<Shown> {
    let has = |scope| call.scopes.has(scope);
    let person = world.people.row(call.person)?;
    let name = person.display_name.split_once(' ');
    let (with_profile, with_email) = (has("profile"), has("email"));
    Ok(shown(json!({
        "sub": subject(person),
        "name": with_profile.then_some(&person.display_name),
        "given_name": name.filter(|_| with_profile).map(|(given, _)| given),
        "family_name": name.filter(|_| with_profile).map(|(_, family)| family),
        "preferred_username": with_profile.then_some(&person.email),
        "email": with_email.then_some(&person.email),
        "email_verified": with_email.then_some(true),
    })))
}

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

/// `/access_token`: codes and refresh tokens become access tokens.
pub(super) async fn exchange(
    State(sandbox): State<Sandbox>,
    uri: Uri,
    headers: HeaderMap,
    Form(request): Form<Request>,
) -> Result<Tokens> {
    let issuer = base(sandbox.base_url(), &uri, &headers);
    let in_form = || request.client_id.clone().zip(request.client_secret.clone());
    let credentials = basic_credentials(&headers).or_else(in_form);
    sandbox.write_apart(|world| {
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
    })
}

/// Takes a code. It is gone after the first try, right or wrong, so that nobody can guess again.
fn redeem(world: &mut World, application: ApplicationKey, request: &Request) -> Result<Consent> {
    let missing = || Problem::bad_request("invalid_request: code is missing.");
    let code = request.code.as_deref().ok_or_else(missing)?;
    let now = world.now;
    let code = world.oauth.codes.remove(code);
    let is_valid = |code: &Code| code.consent.application == application && now < code.expires;
    let code = code.filter(is_valid).ok_or_else(|| {
        Problem::bad_request("invalid_grant: The code is invalid, has expired or was used.")
    })?;
    check_redirect(&code, request.redirect_uri.as_deref())?;
    let verifier = request.code_verifier.as_deref().unwrap_or_default();
    let challenge = code.challenge.as_ref();
    Problem::bad_request("invalid_grant: code_verifier does not fit the code_challenge.")
        .when(challenge.is_some_and(|challenge| !challenge.is_met_by(verifier)))?;
    Ok(code.consent)
}

fn check_redirect(code: &Code, redirect_uri: Option<&str>) -> Result<()> {
    let is_same = redirect_uri.map_or(!code.is_redirect_named, |uri| uri == code.redirect_uri);
    Problem::bad_request("invalid_grant: redirect_uri is not the one that the code was sent to.")
        .unless(is_same)
}
