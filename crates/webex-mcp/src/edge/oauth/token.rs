//! What programs send: requests for tokens, revocations and registrations.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::form::{Form, collected};
use super::{Asker, Desk};
use crate::broker::{Given, Refused, Wanted};
use crate::limits;

/// Tokens for a code or a refresh token.
pub async fn give(
    State(desk): State<Desk>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut client = None;
    match given(&desk, &headers, body, &mut client).await {
        Ok(given) => private((StatusCode::OK, Json(given)).into_response()),
        Err(why) => desk.refused(&why, asker, client.as_deref()).await,
    }
}

/// Tells in `named` which client asks.
async fn given(
    desk: &Desk,
    headers: &HeaderMap,
    body: Body,
    named: &mut Option<String>,
) -> Result<Given, Refused> {
    let mut form = Form::read(headers, body).await?;
    let (client_id, client_secret) = form.client(headers)?;
    named.clone_from(&client_id);
    let resource = form.take("resource");
    let wanted = Wanted {
        grant_type: form.take("grant_type"),
        client_id,
        client_secret,
        code: form.take("code"),
        redirect_uri: form.take("redirect_uri"),
        code_verifier: form.take("code_verifier"),
        refresh_token: form.take("refresh_token"),
        scope: form.take("scope"),
        server: resource.map(|resource| desk.slug(&resource).map(str::to_owned).ok_or(())),
    };
    // In a task of its own: a code or a token that is used up is not lost if the client leaves.
    let desk = desk.clone();
    let given = tokio::spawn(async move {
        let need = |slug: &str| desk.needed_at(slug);
        desk.broker().give(&wanted, need).await
    });
    given.await.unwrap_or_else(|_| Err(Refused::unavailable()))
}

/// Ends the connection that a token belongs to. For a token that is none, there is nothing to do.
pub async fn revoke(
    State(desk): State<Desk>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut named = None;
    let revoked = async {
        let mut form = Form::read(&headers, body).await?;
        let (client_id, secret) = form.client(&headers)?;
        named.clone_from(&client_id);
        let missing = || Refused::invalid_request("token is missing.");
        let token = form.take("token").ok_or_else(missing)?;
        let servers = desk.0.servers.all();
        let slugs: Vec<_> = servers.iter().map(|server| server.slug.clone()).collect();
        let client_id = client_id.unwrap_or_default();
        desk.broker()
            .revoke(&client_id, secret.as_ref(), &token, &slugs)
            .await
    };
    match revoked.await {
        Ok(()) => private(StatusCode::OK.into_response()),
        Err(why) => desk.refused(&why, asker, named.as_deref()).await,
    }
}

/// Registers a client (RFC 7591).
pub async fn register(
    State(desk): State<Desk>,
    Extension(Asker(from)): Extension<Asker>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if !desk.signs_in() {
        let why =
            "No server here has clients that register; ask its operator how to prove who calls.";
        let body = json!({"error": "invalid_request", "error_description": why});
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    }
    let registered = async {
        // Without this type, a page would need no leave of the browser to register.
        if !is_json(&headers) {
            let why = "Send the registration as application/json.";
            return Err(Refused::new("invalid_client_metadata", why));
        }
        let body = collected(body, limits::REGISTRATION_MAX_BYTES).await?;
        let registration = serde_json::from_slice(&body).map_err(|_| {
            Refused::new(
                "invalid_client_metadata",
                "The registration is not JSON with redirect_uris, a list of texts.",
            )
        })?;
        desk.broker().register(registration, from).await
    };
    match registered.await {
        Ok(registered) => private((StatusCode::CREATED, Json(registered)).into_response()),
        Err(why) => refused(status(&why), &why),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// A refusal in the form of RFC 6749, 5.2.
pub(super) fn refused(status: StatusCode, why: &Refused) -> Response {
    let body = json!({"error": why.error, "error_description": why.description});
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"webex-mcp\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    private(response)
}

pub(super) fn status(why: &Refused) -> StatusCode {
    match why.error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "server_error" => StatusCode::BAD_GATEWAY,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Nobody on the way keeps it.
fn private(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}
