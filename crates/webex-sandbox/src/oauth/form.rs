//! OAuth's requests: forms, with the application's credentials in the form or in a header.

use axum::extract::{FromRequest, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::is_media_type;
use crate::rows::oauth::ApplicationKey;
use crate::world::registry::Registry;

/// A form with tokens, a redirect URI and every scope is far smaller.
const MAX_FORM_BYTES: usize = 32 * 1024;

/// A form; unknown names are ignored, as in Webex.
#[derive(Debug)]
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Sandbox> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Self, Self::Rejection> {
        let is_form = is_media_type(request.headers(), "application/x-www-form-urlencoded");
        let description = "Content type not supported. Send application/x-www-form-urlencoded.";
        Problem::unsupported(description).unless(is_form)?;
        let body = axum::body::to_bytes(request.into_body(), MAX_FORM_BYTES).await;
        let body = body.map_err(|_| Problem::too_large("The request body is too large."))?;
        let form = serde_urlencoded::from_bytes(&body);
        form.map(Form)
            .map_err(|_| Problem::bad_request("invalid_request: The form could not be read."))
    }
}

/// Client id and secret.
#[derive(Debug)]
pub(super) struct Credentials {
    client_id: String,
    client_secret: String,
}

impl Credentials {
    /// The credentials of an `Authorization: Basic` header.
    pub(super) fn of_header(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, pair) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let pair = String::from_utf8(STANDARD.decode(pair.trim()).ok()?).ok()?;
        let (client_id, client_secret) = pair.split_once(':')?;
        Some(Credentials {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
        })
    }

    /// The credentials of a form, if it has both.
    pub(super) fn of_form(client_id: Option<&str>, client_secret: Option<&str>) -> Option<Self> {
        Some(Credentials {
            client_id: client_id?.to_owned(),
            client_secret: client_secret?.to_owned(),
        })
    }
}

impl Registry {
    /// The application that asks for consent.
    pub(super) fn asking(&self, client_id: Option<&str>) -> Result<ApplicationKey> {
        let known = self.application_named(client_id.unwrap_or_default());
        known.ok_or_else(|| Problem::bad_request("Client Id is invalid"))
    }

    /// The application that these credentials belong to.
    pub(super) fn authenticate(&self, credentials: Option<Credentials>) -> Result<ApplicationKey> {
        let refused = || {
            let description = "invalid_client: Client Id or client secret is invalid";
            Problem::new(StatusCode::UNAUTHORIZED, description)
        };
        let credentials = credentials.ok_or_else(refused)?;
        let key = self.application_named(&credentials.client_id);
        let key = key.ok_or_else(refused)?;
        let integration = self.integration(key)?;
        refused().unless(integration.client_secret == credentials.client_secret)?;
        Ok(key)
    }
}
