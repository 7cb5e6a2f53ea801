//! The application's credentials, in a form or in a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};

use crate::problem::{Problem, Result};
use crate::rows::oauth::ApplicationKey;
use crate::world::registry::Registry;

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
