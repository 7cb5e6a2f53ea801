//! Deletes a person: whatever was given to clients in their name, and the name itself.

use super::access::Owner;
use super::at_webex::AtWebex;
use super::connection_tokens::shown;
use super::refusal::Refused;
use super::{Broker, codes, connections, linking};
use crate::stores::records::Records;
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    pub clients: usize,
    pub tokens: usize,
    pub accounts: usize,
    pub at_webex: AtWebex,
}

impl Broker {
    /// Deletes the grants, connections, tokens, connected accounts, codes and browser sessions of a person,
    /// and the names behind their pseudonyms in the journal, and revokes their consent at Webex where a grant of an
    /// administrator allows that. Other processes accept their clients and tokens for at most
    /// [`crate::limits::CONNECTION_READ_AGAIN_SECONDS`].
    ///
    /// # Errors
    /// `temporarily_unavailable`; then something is left, and the same call deletes the rest.
    pub async fn forget(&self, owner: &Owner) -> Result<Forgotten, Refused> {
        let accesses = self.accesses(owner).await?;
        let tokens = accesses.iter().filter(|it| it.token.is_some()).count();
        let accounts = accesses.iter().filter(|it| it.account.is_some()).count();
        // Their own, or else an administrator's; their own is gone afterwards.
        let own = self.revoker(owner, Some(&owner.principal())).await;
        let revoker = match own {
            Some(own) => Some(own),
            None => self.revoker(owner, None).await,
        };
        // In this order, a client that is just being connected is left without a grant.
        let is_theirs = |content: &[u8]| codes::is_of(content, owner);
        self.delete_where(codes::KIND, is_theirs).await?;
        for id in self.ids_of(owner).await? {
            self.withdraw(&shown(id)).await?;
            self.unlist(owner, id).await;
        }
        for (linked, _) in self.accounts_of(owner).await? {
            let pseudonym = self.0.journal.pseudonym(&linked.principal());
            self.0.journal.forget(&linked.tenant(), &pseudonym).await?;
        }
        for linked in self.linked_of(owner).await? {
            self.unlink(&linked).await?;
        }
        let (tenant, principal) = (owner.tenant(), owner.principal());
        self.0.vault.delete_all(&tenant, &principal).await?;
        self.close_sessions(owner).await?;
        let pseudonym = self.0.journal.pseudonym(&principal);
        self.0.journal.forget(&tenant, &pseudonym).await?;
        self.noted(owner, "person deleted", "", None);
        Ok(Forgotten {
            clients: accesses.len() - tokens - accounts,
            tokens,
            accounts,
            at_webex: match revoker {
                Some(revoker) => self.revoke_at_webex(owner, revoker).await,
                None => AtWebex::Remains,
            },
        })
    }

    /// Deletes the records of a kind whose content is meant.
    pub(super) async fn delete_where(
        &self,
        kind: &str,
        is_meant: impl Fn(&[u8]) -> bool,
    ) -> Result<(), Unavailable> {
        let (records, mut after) = (&self.0.records, String::new());
        loop {
            let page = records.list("", kind, &after).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            for record in page.into_iter().filter(|it| is_meant(&it.content)) {
                let name = RecordName {
                    tenant: String::new(),
                    kind: kind.to_owned(),
                    id: record.id,
                };
                // Whoever changed it meanwhile has used it up, and finds no grant.
                let deleted = records.delete(&name, record.version).await;
                if deleted == Err(NotWritten::Unavailable) {
                    return Err(Unavailable);
                }
            }
        }
    }
}

/// Whether these records have anything that people signed in for.
///
/// # Errors
/// The records cannot be read.
pub async fn has_any(records: &Records) -> Result<bool, Unavailable> {
    for kind in [connections::KIND, linking::KIND] {
        if records.count("", kind, ("", "\u{10ffff}")).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
