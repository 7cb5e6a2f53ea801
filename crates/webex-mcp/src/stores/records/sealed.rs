//! Private records: encrypted before they reach the database, bound to tenant, kind, id and version.
//! Other sealed values, such as answers and deliveries, are bound to a name without a version.

use aws_lc_rs::rand;
use rusqlite::{Connection, TransactionBehavior};
use zeroize::Zeroizing;

use super::change::{Arrival, Change, RecordName, Refused, Unavailable};
use super::envelopes::delivery_name;
use super::open::{OpenError, unopened};
use super::private::{self, PrivateRow};
use super::vault::KeyRing;
use super::{RecordStore as _, Records};
use crate::limits;
use crate::seal::{CryptographyFailed, DigestKey, Unopened};

/// A private record, opened.
pub struct Record {
    pub id: String,
    pub version: u64,
    pub content: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// The context of a sealed value; the lengths separate its parts.
pub fn bound(name: &RecordName, version: u64) -> Vec<u8> {
    let mut bound = Vec::new();
    for part in [&name.tenant, &name.kind, &name.id] {
        bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bound.extend_from_slice(part.as_bytes());
    }
    bound.extend_from_slice(&version.to_be_bytes());
    bound
}

impl Records {
    /// Seals a value that is stored beside the private records, such as an answer.
    pub fn seal(&self, name: &RecordName, content: &[u8]) -> Result<Vec<u8>, CryptographyFailed> {
        self.keys.keys().opened.seal(&bound(name, 0), content)
    }

    /// Opens a value that [`Records::seal`] made, in this process or in another one.
    pub async fn unseal(&self, name: &RecordName, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        self.know([sealed]).await;
        let opened = self.keys.keys().opened.open(&bound(name, 0), sealed)?;
        Ok(opened.content.to_vec())
    }

    /// Stores a delivery of a webhook with this content; returns once it is durable.
    ///
    /// # Errors
    /// [`Refused::Known`] for one that is there already, or [`Refused::Unavailable`].
    pub async fn receive(&self, arrival: Arrival, content: &[u8]) -> Result<(), Refused> {
        let bound = bound(&delivery_name(&arrival.hook), 0);
        let change = |sealed| {
            Change::Receive(Arrival {
                sealed,
                ..arrival.clone()
            })
        };
        self.commit_sealed(&bound, content, change).await
    }

    /// The record of that name; `None` where there is none, or where this secret does not open it.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn get(&self, name: &RecordName) -> Result<Option<Record>, Unavailable> {
        let row = self.store().private(name.clone()).await?;
        self.know(row.iter().map(|row| &*row.sealed)).await;
        Ok(row.and_then(|row| self.opened(row)))
    }

    /// Writes a record over the expected version, 0 for a new one, and returns its new version.
    ///
    /// # Errors
    /// [`Refused::Changed`] with the current version, [`Refused::Absent`], or
    /// [`Refused::Unavailable`].
    pub async fn put(
        &self,
        name: &RecordName,
        expected: u64,
        content: &[u8],
    ) -> Result<u64, Refused> {
        self.put_until(name, expected, content, None).await
    }

    /// The same for a record that somebody has to see to at the time `due`, which is not encrypted.
    ///
    /// # Errors
    /// The errors of [`Records::put`].
    pub async fn put_until(
        &self,
        name: &RecordName,
        expected: u64,
        content: &[u8],
        due: Option<i64>,
    ) -> Result<u64, Refused> {
        let version = expected + 1;
        let change = |sealed| Change::Put {
            name: name.clone(),
            expected,
            sealed,
            due,
        };
        let bound = bound(name, version);
        self.commit_sealed(&bound, content, change).await?;
        Ok(version)
    }

    /// Removes a record of that version.
    ///
    /// # Errors
    /// The errors of [`Records::put`].
    pub async fn delete(&self, name: &RecordName, expected: u64) -> Result<(), Refused> {
        let name = name.clone();
        self.commit(Change::Delete { name, expected }).await
    }

    /// A page of records of a kind, ordered by id, after `after`. Those that this secret does not open
    /// are passed over; it is empty only where there are no more.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn list(
        &self,
        tenant: &str,
        kind: &str,
        after: &str,
    ) -> Result<Vec<Record>, Unavailable> {
        self.list_up_to(tenant, kind, after, limits::RECORDS_PAGE_ROWS)
            .await
    }

    /// The same, of at most so many.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn list_up_to(
        &self,
        tenant: &str,
        kind: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<Record>, Unavailable> {
        let mut after = after.to_owned();
        loop {
            let (tenant, kind) = (tenant.to_owned(), kind.to_owned());
            let rows = self.store().private_list(tenant, kind, after, most).await?;
            let Some(last) = rows.last() else {
                return Ok(Vec::new());
            };
            after = last.name.id.clone();
            self.know(rows.iter().map(|row| &*row.sealed)).await;
            let opened = rows.into_iter().filter_map(|row| self.opened(row));
            let page: Vec<_> = opened.collect();
            if !page.is_empty() {
                return Ok(page);
            }
        }
    }

    /// The records of a kind whose ids begin so, ordered by id, up to `most`; there are fewer only where
    /// there are no more that open.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn with_prefix(
        &self,
        tenant: &str,
        kind: &str,
        prefix: &str,
        most: usize,
    ) -> Result<Vec<Record>, Unavailable> {
        let (mut found, mut after) = (Vec::new(), prefix.to_owned());
        while found.len() < most {
            let left = limits::RECORDS_PAGE_ROWS.min(most - found.len());
            let page = self.list_up_to(tenant, kind, &after, left).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            let own = page.into_iter();
            found.extend(own.take_while(|record| record.id.starts_with(prefix)));
            if !after.starts_with(prefix) {
                break;
            }
        }
        Ok(found)
    }

    /// The first tenant after this one, or of all, that has records of a kind.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn next_tenant(
        &self,
        kind: &str,
        after: Option<&str>,
    ) -> Result<Option<String>, Unavailable> {
        let store = self.store();
        store
            .private_tenant(kind.to_owned(), after.map(str::to_owned))
            .await
    }

    /// How many records of a kind have ids between two.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn count(
        &self,
        tenant: &str,
        kind: &str,
        (after, before): (&str, &str),
    ) -> Result<usize, Unavailable> {
        let between = (after.to_owned(), before.to_owned());
        let store = self.store();
        store
            .private_count(tenant.to_owned(), kind.to_owned(), between)
            .await
    }

    /// A page of records of a kind, of all tenants, that are due until a time, with their tenants; the
    /// most overdue first. Those that this secret does not open are passed over, and stay due; it is
    /// empty only where there are no more.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn due(&self, kind: &str, until: i64) -> Result<Vec<(String, Record)>, Unavailable> {
        let (most, mut after) = (limits::RECORDS_PAGE_ROWS, None);
        loop {
            let rows = self
                .store()
                .private_due(kind.to_owned(), until, after, most);
            let rows = rows.await?;
            let Some(&(_, last)) = rows.last() else {
                return Ok(Vec::new());
            };
            after = Some(last);
            self.know(rows.iter().map(|(row, _)| &*row.sealed)).await;
            let keys = self.keys.keys();
            // One that does not open is not worth a warning each time.
            let opened = rows.into_iter().filter_map(|(row, _)| {
                let PrivateRow {
                    name,
                    version,
                    sealed,
                } = row;
                let opened = keys.opened.open(&bound(&name, version), &sealed).ok()?;
                let record = Record {
                    id: name.id,
                    version,
                    content: opened.content,
                };
                Some((name.tenant, record))
            });
            let page: Vec<_> = opened.collect();
            if !page.is_empty() {
                return Ok(page);
            }
        }
    }

    fn opened(&self, row: PrivateRow) -> Option<Record> {
        let keys = self.keys.keys();
        match keys
            .opened
            .open(&bound(&row.name, row.version), &row.sealed)
        {
            Ok(opened) => Some(Record {
                id: row.name.id,
                version: row.version,
                content: opened.content,
            }),
            Err(_) => {
                tracing::warn!(kind = %row.name.kind, "a private record does not open under this secret");
                None
            }
        }
    }

    /// Seals a content and commits it. If another process has made a new key since this one looked, the
    /// writer has learned of it by refusing, and the content is sealed again.
    async fn commit_sealed(
        &self,
        bound: &[u8],
        content: &[u8],
        change: impl Fn(Vec<u8>) -> Change,
    ) -> Result<(), Refused> {
        for _ in 0..limits::VAULT_SEAL_ATTEMPTS {
            let sealed = self.keys.keys().opened.seal(bound, content);
            let sealed = sealed.map_err(|_| Refused::Unavailable)?;
            match self.commit(change(sealed)).await {
                Err(Refused::OldKey) => {}
                done => return done,
            }
        }
        Err(Refused::Unavailable)
    }

    /// Reads the keys again where another process sealed one of these under a newer one.
    async fn know<'s>(&self, sealed: impl IntoIterator<Item = &'s [u8]>) {
        let keys = self.keys.keys();
        let is_known = sealed.into_iter().all(|it| keys.opened.has_key_of(it));
        if !is_known {
            // What cannot be read now does not open now.
            let _ = self.store().follow().await;
        }
    }
}

/// The record of the digest key.
pub fn digest_name() -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: "key".to_owned(),
        id: "digest".to_owned(),
    }
}

/// The digest key: made once, stored as a private record, and the same under every key and secret.
pub fn digest_key(database: &mut Connection, ring: &KeyRing) -> Result<DigestKey, OpenError> {
    let failed = |error: rusqlite::Error| unopened(&error);
    let begun = database.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = begun.map_err(failed)?;
    let (name, keys) = (digest_name(), ring.follow(&transaction).map_err(failed)?);
    if let Some(row) = private::get(&transaction, &name).map_err(failed)? {
        let opened = keys.opened.open(&bound(&name, row.version), &row.sealed);
        let opened = opened.map_err(|_| OpenError::OtherSecret)?;
        return Ok(DigestKey::new(&opened.content));
    }
    let mut key = Zeroizing::new([0; 32]);
    rand::fill(key.as_mut_slice()).map_err(|_| CryptographyFailed)?;
    let sealed = keys.opened.seal(&bound(&name, 1), key.as_slice())?;
    let put = private::put(&transaction, &name, 0, &sealed, None);
    let _ = put.map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(DigestKey::new(key.as_slice()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seal::{RecordKeys, VaultKey};

    fn name() -> impl Strategy<Value = (RecordName, u64)> {
        // Short words, so that parts of one name are likely to be parts of another.
        let word = || "[ab]{0,3}";
        (word(), word(), word(), 0..3u64)
            .prop_map(|(tenant, kind, id, version)| (RecordName { tenant, kind, id }, version))
    }

    proptest! {
        #[test]
        fn a_record_opens_as_itself_only(
            one in name(),
            other in name(),
            content: Vec<u8>,
            at: usize,
            bit in 0..8u8,
        ) {
            let keys = RecordKeys::new(&[VaultKey::random().unwrap()]).unwrap();
            let sealed = keys.seal(&bound(&one.0, one.1), &content).unwrap();
            let opened = keys.open(&bound(&other.0, other.1), &sealed);
            prop_assert_eq!(opened.is_ok(), one == other);
            let opened = keys.open(&bound(&one.0, one.1), &sealed).unwrap();
            prop_assert_eq!(opened.content.as_slice(), &content);
            let mut changed = sealed.clone();
            changed[at % sealed.len()] ^= 1 << bit;
            prop_assert!(keys.open(&bound(&one.0, one.1), &changed).is_err());
            let rewrapped = keys.rewrap(&bound(&other.0, other.1), &sealed);
            prop_assert_eq!(rewrapped.is_ok(), one == other);
        }
    }
}
