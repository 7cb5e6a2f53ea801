//! OAuth for Webex's integrations: consent, codes, tokens, devices, and the person who signed in.
//!
//! There are no passwords: anyone who opens a consent page chooses a person. Errors have Webex's
//! form; their description starts with OAuth's word for them.

mod authorize;
mod device;
mod pages;
mod pkce;
mod tokens;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::{Routes, authorization};
use crate::rows::oauth::ApplicationKey;
use crate::world::registry::Registry;

/// The page on which people type in the code of a device.
const DEVICE_PAGE_PATH: &str = "/device";

pub(crate) fn routes() -> Router<Sandbox> {
    let pages = Router::new()
        .route("/authorize", get(authorize::ask).post(authorize::decide))
        .route(DEVICE_PAGE_PATH, get(device::ask).post(device::decide))
        .layer(from_fn(pages::for_browsers));
    Router::new()
        .merge(pages)
        .route("/access_token", post(tokens::exchange))
        .route("/device/authorize", post(device::authorize))
        .route("/device/token", post(device::token))
        .merge(Routes::default().get("/userinfo", tokens::user_info))
}

/// The client id and the client secret.
type Credentials = (String, String);

/// The credentials of an `Authorization: Basic` header.
fn basic_credentials(headers: &HeaderMap) -> Option<Credentials> {
    let pair = STANDARD.decode(authorization(headers, "basic")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (client_id, client_secret) = pair.split_once(':')?;
    Some((client_id.to_owned(), client_secret.to_owned()))
}

impl Registry {
    /// The application that asks for consent.
    fn asking(&self, client_id: Option<&str>) -> Result<ApplicationKey> {
        let known = self.application_named(client_id.unwrap_or_default());
        known.ok_or_else(|| Problem::bad_request("Client Id is invalid"))
    }

    /// The application that these credentials belong to.
    fn authenticate(&self, credentials: Option<Credentials>) -> Result<ApplicationKey> {
        let refused = || {
            let description = "invalid_client: Client Id or client secret is invalid";
            Problem::new(StatusCode::UNAUTHORIZED, description)
        };
        let (client_id, client_secret) = credentials.ok_or_else(refused)?;
        let key = self.application_named(&client_id).ok_or_else(refused)?;
        refused().unless(self.integration(key)?.client_secret == client_secret)?;
        Ok(key)
    }
}
