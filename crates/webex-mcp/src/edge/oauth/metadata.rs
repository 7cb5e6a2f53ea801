//! The documents by which clients find out how their people sign in: about each server (RFC 9728),
//! and about the authorization server (RFC 8414).

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Desk, about, slug_of};
use crate::broker::RESOURCE_METADATA;
use crate::edge::http::SERVERS_PATH;
use crate::limits;

/// Clients look for a document before the path of a server and behind it.
pub fn routes() -> Router<Desk> {
    let server = "/.well-known/oauth-authorization-server";
    Router::new()
        .route(&format!("{RESOURCE_METADATA}/{{*path}}"), get(resource))
        .route(
            &format!("{SERVERS_PATH}/{{slug}}{RESOURCE_METADATA}"),
            get(resource),
        )
        .route(server, get(authorization_server))
        .route(&format!("{server}/{{*path}}"), get(authorization_server))
        .route(
            &format!("{SERVERS_PATH}/{{slug}}{server}"),
            get(authorization_server),
        )
}

/// The document about a server. Its address is that which was asked about, to the byte: clients
/// compare it with theirs.
async fn resource(State(desk): State<Desk>, uri: Uri) -> Response {
    let Some(path) = about(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let base = &desk.broker().settings().base;
    let found = slug_of(path).and_then(|slug| {
        if let Some(server) = desk.0.servers.find(slug) {
            let scopes = desk.offer_of(&server).base;
            return Some((server, base, scopes));
        }
        let mut servers = desk.0.servers.of_provider().into_iter();
        let server = servers.find(|server| *server.slug == *slug)?;
        let provider = desk.0.idp.as_ref()?.settings();
        Some((server, &provider.issuer, provider.scopes.clone()))
    });
    let Some((server, issuer, scopes)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut about = json!({
        "resource": format!("{base}{path}"),
        "resource_name": server.title,
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
    });
    // What has no values is left out (RFC 9728, 3.2).
    if !scopes.is_empty() {
        about["scopes_supported"] = json!(scopes);
    }
    fresh(about)
}

async fn authorization_server(State(desk): State<Desk>) -> Response {
    let base = &desk.broker().settings().base;
    if !desk.signs_in() {
        // Nobody signs in here for a client: the identity provider is where they do.
        return StatusCode::NOT_FOUND.into_response();
    }
    let servers = desk.0.servers.all();
    let mut scopes: Vec<String> = servers
        .iter()
        .flat_map(|server| desk.offer_of(server).base)
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    let mut grants = vec!["authorization_code", "refresh_token"];
    if desk.broker().has_machines() {
        grants.push("client_credentials");
    }
    let methods = ["none", "client_secret_post", "client_secret_basic"];
    fresh(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "registration_endpoint": format!("{base}/oauth/register"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        // Said because OpenID Connect takes the second for true where nothing is said.
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "grant_types_supported": grants,
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
    }))
}

fn fresh(document: Value) -> Response {
    let mut response = Json(document).into_response();
    let fresh = format!("public, max-age={}", limits::METADATA_FRESH_SECONDS);
    if let Ok(fresh) = HeaderValue::from_str(&fresh) {
        response.headers_mut().insert(header::CACHE_CONTROL, fresh);
    }
    response
}
