//! Authorizations: what people let applications do on their behalf; administrators list and revoke
//! them.
//!
//! This is the only revocation that Webex documents: of one authorization, or of all that an
//! application has in an organization. Other users revoke on Webex's own pages.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::client::Client;
use crate::error::WebexError;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /authorizations`
pub static LIST: Operation = Operation {
    name: "authorizations.list",
    method: Method::GET,
    path: "/authorizations",
    repeat: Repeat::Read,
    scopes: &["identity:tokens_read"],
};

/// `DELETE /authorizations/{authorizationId}`
pub static DELETE: Operation = Operation {
    name: "authorizations.delete",
    method: Method::DELETE,
    path: "/authorizations/{authorizationId}",
    repeat: Repeat::Write,
    scopes: &["identity:tokens_write"],
};

/// `DELETE /authorizations`
pub static DELETE_OF_CLIENT: Operation = Operation {
    name: "authorizations.delete_of_client",
    method: Method::DELETE,
    path: "/authorizations",
    repeat: Repeat::Write,
    scopes: &["identity:tokens_write"],
};

open_enum! {
    /// The kind of token.
    AuthorizationType {
        /// A refresh token, with all access tokens made from it.
        Refresh = "refresh",
        /// An access token.
        Access = "access",
    }
}

/// The access that one person gives to one application.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// The authorization's id.
    pub id: String,
    /// The application.
    pub application_id: Option<String>,
    /// The application's name.
    pub application_name: Option<String>,
    /// The person.
    pub person_id: Option<String>,
    /// The application's OAuth client id.
    pub client_id: Option<String>,
    /// The time of creation.
    #[serde(default, with = "crate::timestamp::option")]
    pub created: Option<Timestamp>,
    /// The kind of token.
    #[serde(rename = "type")]
    pub authorization_type: Option<AuthorizationType>,
}

/// Selects the person: set exactly one field.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListAuthorizations {
    /// The person's id.
    pub person_id: Option<String>,
    /// The person's address.
    pub person_email: Option<String>,
}

/// The calls of this noun. A failed call returns a [`WebexError`]; after `Invalid` and `Foreign`,
/// nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Authorizations<'a>(pub(crate) &'a Client);

impl Authorizations<'_> {
    /// Lists the authorizations that a person gave to applications; all on one page. Scope:
    /// `identity:tokens_read`.
    pub async fn list(
        &self,
        query: &ListAuthorizations,
    ) -> Result<Page<Authorization>, WebexError> {
        if query.person_id.is_some() == query.person_email.is_some() {
            return Err(WebexError::invalid(
                "personId",
                "give either personId or personEmail",
            ));
        }
        self.0.page(LIST.call().query(query)?).await
    }

    /// Revokes a token; a refresh token together with all access tokens made from it. Webex's
    /// services may accept it for a short time longer. Scope: `identity:tokens_write`.
    pub async fn delete(&self, authorization_id: &str) -> Result<(), WebexError> {
        self.0.done(DELETE.call().id(authorization_id)?).await
    }

    /// Revokes all authorizations that people of an organization gave to one application, by its
    /// OAuth client id. Without `org_id`, the organization is that of the token. Scope:
    /// `identity:tokens_write`.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without a client id.
    pub async fn delete_of_client(
        &self,
        client_id: &str,
        org_id: Option<&str>,
    ) -> Result<(), WebexError> {
        if client_id.trim().is_empty() {
            return Err(WebexError::invalid(
                "clientId",
                "name the application whose tokens to revoke",
            ));
        }
        let query = [("clientId", Some(client_id)), ("orgId", org_id)];
        self.0.done(DELETE_OF_CLIENT.call().query(&query)?).await
    }
}
