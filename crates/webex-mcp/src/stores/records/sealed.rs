//! Private records: encrypted before they reach the database, bound to tenant, kind, id and
//! version.

use aws_lc_rs::rand;
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::change::{Change, RecordName, Refused, Unavailable};
use super::open::{OpenError, unopened};
use super::private::{self, PrivateRow};
use super::{RecordStore as _, Records};
use crate::limits;
use crate::seal::{CryptographyFailed, DigestKey, RecordKeys, Unopened};

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
        self.keys.seal(&bound(name, 0), content)
    }

    /// Opens a value that [`Records::seal`] made.
    pub fn unseal(&self, name: &RecordName, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let opened = self.keys.open(&bound(name, 0), sealed)?;
        Ok(opened.content.to_vec())
    }

    /// The record of that name; `None` where there is none, or where this secret does not open it.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn get(&self, name: &RecordName) -> Result<Option<Record>, Unavailable> {
        let row = self.store().private(name.clone()).await?;
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
        let sealed = self.keys.seal(&bound(name, version), content);
        let change = Change::Put {
            name: name.clone(),
            expected,
            sealed: sealed.map_err(|_| Refused::Unavailable)?,
            due,
        };
        self.commit(change).await?;
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

    /// A page of records of a kind, ordered by id, after `after`.
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
        let rows = self
            .store()
            .private_list(tenant.to_owned(), kind.to_owned(), after.to_owned(), most)
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| self.opened(row))
            .collect())
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

    /// Records of a kind, of all tenants, that are due until a time, with their tenants; the most
    /// overdue first, and at most a page.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn due(&self, kind: &str, until: i64) -> Result<Vec<(String, Record)>, Unavailable> {
        let most = limits::RECORDS_PAGE_ROWS;
        let rows = self
            .store()
            .private_due(kind.to_owned(), until, most)
            .await?;
        // One that does not open stays due, and is not worth a warning each time.
        let rows = rows.into_iter().filter_map(
            |PrivateRow {
                 name,
                 version,
                 sealed,
             }| {
                let opened = self.keys.open(&bound(&name, version), &sealed).ok()?;
                let record = Record {
                    id: name.id,
                    version,
                    content: opened.content,
                };
                Some((name.tenant, record))
            },
        );
        Ok(rows.collect())
    }

    fn opened(&self, row: PrivateRow) -> Option<Record> {
        match self.keys.open(&bound(&row.name, row.version), &row.sealed) {
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
}

/// The digest key: made once, stored as a private record, and the same under every secret.
pub fn digest_key(database: &Connection, keys: &RecordKeys) -> Result<DigestKey, OpenError> {
    let name = RecordName {
        tenant: String::new(),
        kind: "key".to_owned(),
        id: "digest".to_owned(),
    };
    let found = |row: PrivateRow| {
        let opened = keys.open(&bound(&name, row.version), &row.sealed);
        let opened = opened.map_err(|_| OpenError::OtherSecret)?;
        Ok(DigestKey::new(&opened.content))
    };
    let get = || private::get(database, &name).map_err(|error| unopened(&error));
    if let Some(row) = get()? {
        return found(row);
    }
    let mut key = Zeroizing::new([0; 32]);
    rand::fill(key.as_mut_slice()).map_err(|_| CryptographyFailed)?;
    let sealed = keys.seal(&bound(&name, 1), key.as_slice())?;
    // If another process was faster, its key is used.
    let _ = private::put(database, &name, 0, &sealed, None).map_err(|error| unopened(&error))?;
    get()?.map_or(Err(OpenError::OtherSecret), found)
}

/// Seals what the previous secret sealed under the current one. A record that neither opens stays
/// as it is.
pub fn rewrap(database: &Connection, keys: &RecordKeys) -> Result<(), OpenError> {
    let mut after = RecordName {
        tenant: String::new(),
        kind: String::new(),
        id: String::new(),
    };
    let most = limits::RECORDS_PAGE_ROWS;
    loop {
        let rows = private::wrapped_before(database, keys.current_id(), &after, most)
            .map_err(|error| unopened(&error))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.name.clone();
        let transaction = database
            .unchecked_transaction()
            .map_err(|error| unopened(&error))?;
        for PrivateRow {
            name,
            version,
            sealed,
        } in rows
        {
            if let Ok(sealed) = keys.rewrap(&bound(&name, version), &sealed) {
                let change = Change::Rewrap {
                    name,
                    version,
                    sealed,
                };
                let _ = private::apply(&transaction, &change).map_err(|error| unopened(&error))?;
            }
        }
        transaction.commit().map_err(|error| unopened(&error))?;
    }
}
