//! An account at Webex of somebody who is known here in another way: they sign in at Webex once, and
//! the grant is kept as theirs.
//!
//! The account is somebody's at Webex, who may delete here what acts as them. So each has a record
//! among those of its owner there. It is written first and deleted last: where it stands alone, or
//! another account has taken the place, it is passed over.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use webex::oauth::Tokens;

use super::Broker;
use super::access::{Access, AccountAccess, Owner};
use super::connection_tokens::shown;
use super::errand::{Arrived, Errand};
use super::refusal::Refused;
use crate::grants::{Grant, Person};
use crate::identity::{Credential, CredentialTag, GrantId, Obtainable, Principal, Tenant};
use crate::seal::digest;
use crate::stores::records::Record;
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// The kind of the private records.
pub(super) const KIND: &str = "linked-account";
/// These records never change.
const VERSION: u64 = 1;

/// Whom an account is connected for, while they are at Webex.
#[derive(Serialize, Deserialize)]
pub(super) struct Linking {
    tenant: String,
    principal: String,
    scopes: Vec<String>,
    /// Whose account they agreed to put another in the place of.
    replaces: Option<Owner>,
}

/// Whose account at Webex is connected, and for whom.
#[derive(Serialize, Deserialize)]
pub(super) struct Linked {
    owner: Owner,
    tenant: String,
    principal: String,
}

impl Linked {
    fn read(record: &Record) -> Option<Self> {
        serde_json::from_slice(&record.content).ok()
    }

    pub(super) fn tenant(&self) -> Tenant {
        Tenant::new(&*self.tenant)
    }

    pub(super) fn principal(&self) -> Principal {
        Principal::new(&*self.principal)
    }

    /// The same for one pair of people at any time.
    pub(super) fn id(&self) -> Uuid {
        let whole = [self.tenant.as_bytes(), b"\0", self.principal.as_bytes()].concat();
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(digest(&whole)) {
            *to = from;
        }
        Uuid::from_bytes(id)
    }

    fn name(&self) -> RecordName {
        RecordName {
            tenant: String::new(),
            kind: KIND.to_owned(),
            id: format!("{}{}", self.owner.prefix(), shown(self.id())),
        }
    }
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

    /// Whose account at Webex is connected for this person now.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn account_owner(
        &self,
        tenant: &Tenant,
        principal: &Principal,
    ) -> Result<Option<Owner>, Unavailable> {
        let id = self.vault().only_id(principal);
        let grant = self.vault().alive(tenant, &id).await?;
        let grant = grant.filter(|it| self.allows(it.person.organization.as_deref()));
        Ok(grant.map(|grant| Owner::of(&grant.person)))
    }

    /// The address at Webex where this person, who is known by now, signs in. `replaces` is whose account
    /// another may take the place of.
    ///
    /// # Errors
    /// Where nothing can be stored.
    pub async fn connect_account(
        &self,
        tenant: &Tenant,
        principal: &Principal,
        scopes: Vec<String>,
        replaces: Option<Owner>,
        browser: &str,
    ) -> Result<String, Refused> {
        let linking = Linking {
            tenant: tenant.as_str().to_owned(),
            principal: principal.as_str().to_owned(),
            scopes: scopes.clone(),
            replaces,
        };
        let scopes = self.at_webex(scopes.iter());
        let errand = Errand::Link(linking);
        self.leave(errand, scopes, browser, None).await
    }

    /// Keeps what Webex gave: the account is connected. The one before ends as if it was revoked.
    pub(super) async fn linked(
        &self,
        linking: Linking,
        (person, tokens): (Person, Tokens),
    ) -> Result<Arrived, Refused> {
        let account = person.display.clone().unwrap_or_default();
        let linked = Linked {
            owner: Owner::of(&person),
            tenant: linking.tenant,
            principal: linking.principal,
        };
        let connected = self
            .account_owner(&linked.tenant(), &linked.principal())
            .await?;
        let may_be_replaced = |now: &Owner| {
            let agreed = linking.replaces.iter().chain([&linked.owner]);
            agreed.into_iter().any(|one| one.is(now))
        };
        if !connected.as_ref().is_none_or(may_be_replaced) {
            return Err(Refused::new("access_denied", ANOTHER_ACCOUNT));
        }
        let grant = Grant::new(person, tokens, &linking.scopes, self.now());
        let (tenant, id) = self.grant_of_linked(&linked);
        let before = self.vault().kept(&tenant, &id).await?;
        self.enlist_linked(&linked).await?;
        self.vault().keep_as(&tenant, &id, &grant).await?;
        // Its owner may have deleted what there was until then.
        self.enlist_linked(&linked).await?;
        let before = before.map(|grant| Owner::of(&grant.person));
        if let Some(owner) = before.filter(|owner| !owner.is(&linked.owner)) {
            let replaced = Linked { owner, ..linked };
            self.unlist_linked(&replaced).await?;
            self.noted(&replaced.owner, "access revoked", "", Some(replaced.id()));
        }
        Ok(Arrived::Linked(account))
    }

    /// The accounts of a person that are connected, for themselves or whomever they signed in for.
    pub(super) async fn accounts_of(
        &self,
        owner: &Owner,
    ) -> Result<Vec<(Linked, Access)>, Unavailable> {
        let mut all = Vec::new();
        for linked in self.linked_of(owner).await? {
            if let Some(access) = self.access_of_linked(&linked).await? {
                all.push((linked, access));
            }
        }
        Ok(all)
    }

    /// Everybody whose account was connected, with it where it still is.
    pub(super) async fn every_account(&self) -> Result<Vec<(Owner, Option<Access>)>, Unavailable> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.0.records.list("", KIND, &after).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after.clone_from(&last.id);
            for linked in page.iter().filter_map(Linked::read) {
                let access = self.access_of_linked(&linked).await?;
                all.push((linked.owner, access));
            }
        }
    }

    /// What is kept of a person's accounts, also of those that are connected no longer.
    pub(super) async fn linked_of(&self, owner: &Owner) -> Result<Vec<Linked>, Unavailable> {
        let records = self.records_of(owner, "", KIND).await?;
        let all = records.iter().filter_map(Linked::read);
        Ok(all.filter(|linked| linked.owner.is(owner)).collect())
    }

    /// Deletes the grant of an account, if it is still the one that is connected.
    ///
    /// # Errors
    /// `temporarily_unavailable`; then it is still listed.
    pub(super) async fn unlink(&self, linked: &Linked) -> Result<(), Refused> {
        if self.access_of_linked(linked).await?.is_some() {
            let (tenant, id) = self.grant_of_linked(linked);
            self.vault().delete(&tenant, &id).await?;
        }
        self.unlist_linked(linked).await
    }

    async fn access_of_linked(&self, linked: &Linked) -> Result<Option<Access>, Unavailable> {
        let (tenant, id) = self.grant_of_linked(linked);
        let kept = self.vault().kept(&tenant, &id).await?;
        let kept = kept.filter(|grant| Owner::of(&grant.person).is(&linked.owner));
        Ok(kept.map(|grant| Access {
            is_machine: false,
            id: shown(linked.id()),
            name: "Connected account".to_owned(),
            server: String::new(),
            made_at: grant.made_at,
            used_at: None,
            token: None,
            account: Some(AccountAccess {
                tenant,
                principal: linked.principal(),
            }),
        }))
    }

    fn grant_of_linked(&self, linked: &Linked) -> (Tenant, GrantId) {
        let id = self.vault().only_id(&linked.principal());
        (linked.tenant(), id)
    }

    async fn enlist_linked(&self, linked: &Linked) -> Result<(), Refused> {
        let content = serde_json::to_vec(linked).map_err(|_| Refused::unavailable())?;
        match self.0.records.put(&linked.name(), 0, &content).await {
            Ok(_) | Err(NotWritten::Changed(_)) => Ok(()),
            Err(_) => Err(Refused::unavailable()),
        }
    }

    async fn unlist_linked(&self, linked: &Linked) -> Result<(), Refused> {
        match self.0.records.delete(&linked.name(), VERSION).await {
            Err(NotWritten::Unavailable) => Err(Refused::unavailable()),
            _ => Ok(()),
        }
    }
}

const ANOTHER_ACCOUNT: &str = "Another Webex account was connected for you meanwhile, so this one was not; open the page that your program showed once more, if you want this one in its place.";
