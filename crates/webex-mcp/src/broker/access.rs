//! What has access to a person's account: clients, connection tokens, and people of an identity
//! provider for whom it is connected. Their owner lists and revokes them on our page, and the operator
//! on the command line.
//!
//! A connection is found by its number, which says nothing of its owner. So each has a second record
//! among those of its owner. That one is written first and deleted last: where it stands alone, it is
//! passed over.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Broker;
use super::at_webex::AtWebex;
use super::connection_tokens::shown;
use super::connections::{self, Connection};
use super::refusal::Refused;
use crate::grants::Person;
use crate::identity::{Principal, Tenant};
use crate::journal::Note;
use crate::seal::{digest, hex};
use crate::stores::records::Record;
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// The kind of the private records.
pub(super) const KIND: &str = "access";
/// The part of an id that is the same for all of one person.
const OWNER_BYTES: usize = 16;
/// These records never change.
const VERSION: u64 = 1;

/// Somebody who signed in here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Owner {
    pub(super) tenant: String,
    pub(super) principal: String,
    /// The readable name; no decision depends on it.
    pub display: Option<String>,
}

/// A client or a token that acts as its owner. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub id: String,
    /// The name that the client gives itself, or that the owner gave the token.
    pub name: String,
    /// The slug of the server that it is for.
    pub server: String,
    pub made_at: i64,
    /// When it was last used, to the minute; `None` where it never was.
    pub used_at: Option<i64>,
    /// It acts by itself, as the operator set it up: only they can end that. It ends with the sign-in
    /// that it uses, if it uses one.
    pub is_machine: bool,
    /// Present for a connection token.
    pub token: Option<TokenAccess>,
    /// Present for a connected account; then it is for no one server.
    pub account: Option<AccountAccess>,
}

/// Whom somebody's account is connected for, as they are known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAccess {
    pub tenant: Tenant,
    pub principal: Principal,
}

/// What is particular to a connection token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAccess {
    pub is_read_only: bool,
    pub ends_at: i64,
    /// The client whose sign-in it acts with, and ends with.
    pub shares_with: Option<String>,
}

impl Owner {
    pub(super) fn of(person: &Person) -> Self {
        let organization = person.organization.as_deref();
        let tenant = organization.map_or_else(Tenant::single, Tenant::new);
        Owner {
            tenant: tenant.as_str().to_owned(),
            principal: format!("{PERSON}{}", person.id),
            display: person.display.clone(),
        }
    }

    pub fn tenant(&self) -> Tenant {
        Tenant::new(&*self.tenant)
    }

    pub fn principal(&self) -> Principal {
        Principal::new(&*self.principal)
    }

    /// Whether this is the same person, whatever their name is now.
    pub(super) fn is(&self, other: &Owner) -> bool {
        (&self.tenant, &self.principal) == (&other.tenant, &other.principal)
    }

    /// The id at Webex.
    pub(super) fn person_id(&self) -> &str {
        let id = self.principal.strip_prefix(PERSON);
        id.unwrap_or(&self.principal)
    }

    /// What the ids of their records begin with.
    pub(super) fn prefix(&self) -> String {
        hex(&digest(self.principal.as_bytes())[..OWNER_BYTES])
    }
}

/// What the principals of people begin with.
const PERSON: &str = "person:";

impl Access {
    fn of(id: Uuid, connection: Connection) -> Self {
        let is_used = connection.by_hand.is_none() || connection.used_at > connection.made_at;
        Access {
            id: shown(id),
            name: connection.shown_name().to_owned(),
            server: connection.server,
            made_at: connection.made_at,
            used_at: is_used.then_some(connection.used_at),
            is_machine: connection.machine.is_some(),
            token: connection.by_hand.map(|token| TokenAccess {
                is_read_only: token.is_read_only,
                ends_at: token.ends_at,
                shares_with: token.shares_with,
            }),
            account: None,
        }
    }

    fn sooner(&self) -> i64 {
        self.used_at.unwrap_or(self.made_at)
    }
}

impl Broker {
    /// What has access to a person's account now, the latest used first.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn accesses(&self, owner: &Owner) -> Result<Vec<Access>, Unavailable> {
        let all = self.connections_of(owner).await?;
        let accesses = all.into_iter().map(|(id, it)| Access::of(id, it));
        let mut accesses: Vec<_> = accesses.collect();
        let accounts = self.accounts_of(owner).await?;
        accesses.extend(accounts.into_iter().map(|(_, access)| access));
        accesses.sort_by_key(|access| std::cmp::Reverse(access.sooner()));
        Ok(accesses)
    }

    /// Everybody who has signed in, with what has access now: for some, nothing does any more.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn everyone(&self) -> Result<Vec<(Owner, Vec<Access>)>, Unavailable> {
        let mut everyone: HashMap<_, (Owner, Vec<Access>)> = HashMap::new();
        let mut after = String::new();
        loop {
            let records = &self.0.records;
            let page = records.list("", connections::KIND, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            for record in &page {
                let Ok(id) = Uuid::try_parse(&record.id) else {
                    continue;
                };
                let Ok(kept) = serde_json::from_slice::<Connection>(&record.content) else {
                    continue;
                };
                let owner = kept.owner();
                let valid = self.connection(id).await?;
                let access = valid.map(|found| Access::of(id, found.connection));
                let who = (owner.tenant(), owner.principal());
                let known = everyone.entry(who).or_insert((owner, Vec::new()));
                known.1.extend(access);
            }
        }
        for (owner, access) in self.every_account().await? {
            let who = (owner.tenant(), owner.principal());
            let known = everyone.entry(who).or_insert((owner, Vec::new()));
            known.1.extend(access);
        }
        Ok(everyone.into_values().collect())
    }

    /// Revokes a client or a token of this person; `None` where they have none with this id, or it is a
    /// machine of the operator, which would get another token at once. Other processes accept it for at
    /// most [`crate::limits::CONNECTION_READ_AGAIN_SECONDS`].
    ///
    /// # Errors
    /// `temporarily_unavailable`; then it is still there.
    pub async fn revoke_access(&self, owner: &Owner, id: &str) -> Result<Option<AtWebex>, Refused> {
        let Ok(id) = Uuid::try_parse(id) else {
            return Ok(None);
        };
        let all = self.connections_of(owner).await?;
        let accounts = self.accounts_of(owner).await?;
        let own = all.iter().filter(|(_, it)| it.has_own_grant());
        let grants = own.count() + accounts.len();
        if let Some((linked, _)) = accounts.iter().find(|(linked, _)| linked.id() == id) {
            self.unlink(linked).await?;
            self.noted(owner, "access revoked", "", Some(id));
            return Ok(Some(match grants {
                1 => AtWebex::Remains,
                _ => AtWebex::StillUsed,
            }));
        }
        let is_it = |(known, it): &&(Uuid, Connection)| *known == id && it.machine.is_none();
        let Some((_, connection)) = all.iter().find(is_it) else {
            return Ok(None);
        };
        let is_last = connection.has_own_grant() && grants == 1;
        // The token that can do it is gone afterwards.
        let revoker = match is_last {
            true => self.revoker(owner, Some(&owner.principal())).await,
            false => None,
        };
        let server = connection.server.clone();
        self.withdraw(&shown(id)).await?;
        self.noted(owner, "access revoked", &server, Some(id));
        Ok(Some(match (is_last, revoker) {
            (false, _) => AtWebex::StillUsed,
            (true, None) => AtWebex::Remains,
            (true, Some(revoker)) => self.revoke_at_webex(owner, revoker).await,
        }))
    }

    /// The connections of a person that are valid now.
    pub(super) async fn connections_of(
        &self,
        owner: &Owner,
    ) -> Result<Vec<(Uuid, Connection)>, Unavailable> {
        let mut all = Vec::new();
        for id in self.ids_of(owner).await? {
            // One that has ended is deleted when that is due; one that is not there may just be made.
            if let Some(found) = self.connection(id).await? {
                all.push((id, found.connection));
            }
        }
        Ok(all)
    }

    /// The numbers of a person's connections, also of those that have ended.
    pub(super) async fn ids_of(&self, owner: &Owner) -> Result<Vec<Uuid>, Unavailable> {
        let prefix = owner.prefix();
        let records = self.records_of(owner, &owner.tenant, KIND).await?;
        let ids = records.iter().filter_map(|it| it.id.strip_prefix(&*prefix));
        Ok(ids.filter_map(|id| Uuid::try_parse(id).ok()).collect())
    }

    /// The records of a kind that are this person's.
    pub(super) async fn records_of(
        &self,
        owner: &Owner,
        tenant: &str,
        kind: &str,
    ) -> Result<Vec<Record>, Unavailable> {
        let (records, prefix) = (&self.0.records, owner.prefix());
        records.with_prefix(tenant, kind, &prefix, usize::MAX).await
    }

    /// Enters a connection among those of its owner.
    pub(super) async fn enlist(&self, owner: &Owner, id: Uuid) -> Result<(), Refused> {
        match self.0.records.put(&entry(owner, id), 0, b"").await {
            Ok(_) | Err(NotWritten::Changed(_)) => Ok(()),
            Err(_) => Err(Refused::unavailable()),
        }
    }

    /// Takes it out again. What stays is passed over.
    pub(super) async fn unlist(&self, owner: &Owner, id: Uuid) {
        let _ = self.0.records.delete(&entry(owner, id), VERSION).await;
    }

    /// Enters into the journal what became of somebody's access.
    pub(super) fn noted(&self, owner: &Owner, what: &'static str, server: &str, id: Option<Uuid>) {
        let principal = self.0.journal.pseudonym(&owner.principal());
        self.0.journal.note(Note {
            server: Some(server).filter(|slug| !slug.is_empty()).map(Into::into),
            ids: id.map(shown).into_iter().collect(),
            ..Note::new(owner.tenant(), principal, what)
        });
    }
}

fn entry(owner: &Owner, id: Uuid) -> RecordName {
    RecordName {
        tenant: owner.tenant.clone(),
        kind: KIND.to_owned(),
        id: format!("{}{}", owner.prefix(), shown(id)),
    }
}
