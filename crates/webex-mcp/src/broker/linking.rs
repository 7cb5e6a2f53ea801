//! An account at Webex of somebody who is known here in another way: they sign in at Webex once, and
//! the grant is kept as theirs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use webex::oauth::Tokens;

use super::Broker;
use super::errand::{Arrived, Errand};
use super::refusal::Refused;
use crate::grants::{Grant, Person};
use crate::identity::{Credential, CredentialTag, Obtainable, Principal, Tenant};
use crate::stores::records::change::Unavailable;

/// Whom an account is connected for, while they are at Webex.
#[derive(Serialize, Deserialize)]
pub(super) struct Linking {
    tenant: String,
    principal: String,
    scopes: Vec<String>,
}

/// An account that is connected.
#[derive(Debug)]
pub struct Account {
    pub credential: Credential,
    pub tag: CredentialTag,
    pub scopes: Arc<[Box<str>]>,
    pub obtainable: Obtainable,
    /// The readable name at Webex; no decision depends on it.
    pub display: Option<Arc<str>>,
}

impl Broker {
    /// The account of this person, if Webex may still accept its grant.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn account(
        &self,
        tenant: &Tenant,
        principal: &Principal,
    ) -> Result<Option<Account>, Unavailable> {
        let vault = self.vault();
        let id = vault.only_id(principal);
        let Some(known) = vault.known(tenant, &id).await? else {
            return Ok(None);
        };
        if !self.allows(known.organization.as_deref()) {
            return Ok(None);
        }
        // Another account, or another consent, must not get what the one before saw.
        let tag = CredentialTag::new(format!("{}-{}", id.as_str(), known.made_at));
        Ok(Some(Account {
            credential: Credential::Grant(tenant.clone(), id),
            tag,
            scopes: known.scopes.clone(),
            obtainable: self.obtainable(known.refused.clone(), None),
            display: known.display.clone(),
        }))
    }

    /// The address at Webex where this person, who is known by now, signs in.
    ///
    /// # Errors
    /// Where nothing can be stored.
    pub async fn connect_account(
        &self,
        tenant: &Tenant,
        principal: &Principal,
        scopes: Vec<String>,
        browser: &str,
    ) -> Result<String, Refused> {
        let linking = Linking {
            tenant: tenant.as_str().to_owned(),
            principal: principal.as_str().to_owned(),
            scopes: scopes.clone(),
        };
        let scopes = self.at_webex(scopes.iter());
        self.leave(Errand::Link(linking), scopes, browser).await
    }

    /// Keeps what Webex gave: the account is connected.
    pub(super) async fn linked(
        &self,
        linking: Linking,
        (person, tokens): (Person, Tokens),
    ) -> Result<Arrived, Refused> {
        let account = person.display.clone().unwrap_or_default();
        let grant = Grant::new(person, tokens, &linking.scopes, self.now());
        let tenant = Tenant::new(&*linking.tenant);
        let id = self.vault().only_id(&Principal::new(&*linking.principal));
        self.vault().keep_as(&tenant, &id, &grant).await?;
        Ok(Arrived::Linked(account))
    }
}
