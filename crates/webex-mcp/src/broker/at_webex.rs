//! The end of a person's consent at Webex. Only administrators may revoke there by the API; others do
//! it on a page of Webex.

use tokio::time::timeout;
use webex::authorizations::{Authorization, AuthorizationType, DELETE, LIST, ListAuthorizations};
use webex::{AccessToken, WebexError};

use super::Broker;
use super::access::Owner;
use crate::identity::Principal;
use crate::limits;

/// The page of Webex on which people revoke what they have consented to.
pub const OWN_CONSENTS: &str = "https://idbroker.webex.com/idb/profile#/tokens";

/// What became of a person's consent at Webex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtWebex {
    /// It was revoked there too.
    Revoked,
    /// Other clients and tokens here act by it.
    StillUsed,
    /// The person can revoke it on Webex's page.
    Remains,
}

/// Somebody who may revoke at Webex.
pub(super) struct Revoker {
    token: AccessToken,
    /// When the grant of the token was made, in milliseconds since 1970.
    made_at: i64,
}

impl Broker {
    /// A token that may revoke at Webex: of this person, or of an administrator of the organization
    /// who signed in here. There may be one that has the scopes and not the role.
    pub(super) async fn revoker(
        &self,
        owner: &Owner,
        principal: Option<&Principal>,
    ) -> Option<Revoker> {
        let scopes: Vec<_> = [LIST.scopes, DELETE.scopes].concat();
        let (tenant, vault) = (owner.tenant(), &self.0.vault);
        let found = vault.with_scopes(&tenant, principal, &scopes).await;
        let (id, made_at) = found.ok().flatten()?;
        let within = limits::SIGN_IN_ANSWERED_WITHIN;
        let token = timeout(within, vault.token(&tenant, &id)).await;
        let token = token.ok()?.ok()?;
        Some(Revoker { token, made_at })
    }

    /// Revokes at Webex everything that a person has consented to for our integration.
    pub(super) async fn revoke_at_webex(&self, owner: &Owner, revoker: Revoker) -> AtWebex {
        let within = limits::SIGN_IN_ANSWERED_WITHIN;
        match timeout(within, self.revoke_all_at_webex(owner, revoker)).await {
            Ok(Ok(())) => AtWebex::Revoked,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a person's consent could not be revoked at Webex");
                AtWebex::Remains
            }
            Err(_elapsed) => AtWebex::Remains,
        }
    }

    async fn revoke_all_at_webex(&self, owner: &Owner, revoker: Revoker) -> Result<(), WebexError> {
        let client = self.0.webex.client(revoker.token);
        let whose = ListAuthorizations {
            person_id: Some(owner.person_id().to_owned()),
            ..ListAuthorizations::default()
        };
        let all = client.authorizations().list(&whose).await?;
        let ours = self.0.vault.integration().client_id();
        // With a refresh token, the access tokens go that were made from it.
        let is_meant = |it: &Authorization| {
            let is_access = it.authorization_type == Some(AuthorizationType::Access);
            it.client_id.as_deref() == Some(ours) && !is_access
        };
        let mut ours: Vec<_> = all.items.into_iter().filter(is_meant).collect();
        // Where the revoker is the person, the token that is used here goes last.
        ours.sort_by_cached_key(|it| {
            let created = it.created.map_or(0, |at| at.as_millisecond());
            std::cmp::Reverse(created.abs_diff(revoker.made_at))
        });
        for authorization in ours {
            match client.authorizations().delete(&authorization.id).await {
                Ok(()) => {}
                // Somebody else revoked it.
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
