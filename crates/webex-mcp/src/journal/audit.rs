//! Reads the whole journal, for `audit list`, `export` and `verify`.

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;

use super::verify::{NotedHead, Stop, Verified, verify};
use super::{Entry, StartError, Unavailable};
use crate::seal::{HeadSigner, Secret, hex};
use crate::stores::records::Snapshot;

/// The journal of a data directory at one moment. Blocking.
#[derive(Debug)]
pub struct Book {
    snapshot: Snapshot,
    /// Names by tenant and pseudonym.
    people: HashMap<(String, String), String>,
}

/// Selects entries; a field that is `None` matches all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// A pseudonym, or the name behind it.
    pub principal: Option<String>,
    pub tool: Option<String>,
    /// The result of a call or a write, or the decision.
    pub outcome: Option<String>,
}

/// An entry and its position in the chain.
#[derive(Debug)]
pub struct Line<'l> {
    pub seq: u64,
    pub hash: String,
    /// The exact bytes that were written.
    pub body: &'l str,
    pub entry: &'l Entry<'l>,
    /// The name behind the pseudonym, unless it was deleted.
    pub name: Option<&'l str>,
}

impl Book {
    /// Opens the journal of a data directory that this process does not serve; `None` where there
    /// is none yet.
    ///
    /// # Errors
    /// [`StartError`], which says what to do.
    pub fn open(directory: &Path) -> Result<Option<Self>, StartError> {
        let Some(snapshot) = Snapshot::open(directory)? else {
            return Ok(None);
        };
        let people = snapshot.people().unwrap_or_default();
        let people = people
            .into_iter()
            .map(|person| ((person.tenant, person.principal), person.name))
            .collect();
        Ok(Some(Book { snapshot, people }))
    }

    /// Verifies the chain. If secrets are given, one of them must have signed it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, secrets: &[&Secret], noted: Option<NotedHead>) -> Result<Verified, Stop> {
        let mut trusted = Vec::new();
        for secret in secrets {
            let signer = HeadSigner::new(secret).map_err(|_| Stop::Unavailable)?;
            trusted.push(signer.public_key().to_vec());
        }
        verify(&self.snapshot, &trusted, noted)
    }

    /// Passes every matching entry to `take`, oldest first, until it returns false.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn each(
        &self,
        filter: &Filter,
        mut take: impl FnMut(Line<'_>) -> bool,
    ) -> Result<(), Unavailable> {
        let mut after = 0;
        loop {
            let page = self.snapshot.entries(after)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.seq;
            for row in &page {
                let Ok(body) = std::str::from_utf8(&row.body) else {
                    continue;
                };
                let Some(entry) = Entry::from_bytes(&row.body) else {
                    continue;
                };
                let name = self.name(&entry);
                if !filter.fits(&entry, name) {
                    continue;
                }
                let line = Line {
                    seq: row.seq,
                    hash: hex(&row.hash),
                    body,
                    entry: &entry,
                    name,
                };
                if !take(line) {
                    return Ok(());
                }
            }
        }
    }

    fn name(&self, entry: &Entry<'_>) -> Option<&str> {
        let tenant = entry.tenant.as_deref()?.to_owned();
        let principal = entry.principal.as_deref()?.to_owned();
        self.people.get(&(tenant, principal)).map(String::as_str)
    }
}

impl Filter {
    fn fits(&self, entry: &Entry<'_>, name: Option<&str>) -> bool {
        let is = |wish: &Option<String>, values: &[Option<&str>]| {
            wish.as_deref()
                .is_none_or(|wish| values.contains(&Some(wish)))
        };
        self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
            && is(&self.principal, &[entry.principal.as_deref(), name])
            && is(&self.tool, &[entry.tool.as_deref()])
            && is(
                &self.outcome,
                &[entry.outcome.as_deref(), entry.decision.as_deref()],
            )
    }
}
