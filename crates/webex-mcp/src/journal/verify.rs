//! Verifies the journal: every hash, the sequence, the head and the signed heads.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;

use super::Unavailable;
use crate::seal::{HeadSigner, hex};
use crate::stores::records::Snapshot;
use crate::stores::records::chain::{
    self, BEGINNING, ENTRY_OVERHEAD_BYTES, Head, KEY_ENTRY_BEGINS, SignedHead,
    TRUNCATED_ENTRY_BEGINS,
};
use crate::stores::records::change::EntryRow;

/// A head that was noted elsewhere: only with one can it be found that a journal was cut after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedHead {
    pub seq: u64,
    pub hash: [u8; 32],
}

impl std::str::FromStr for NotedHead {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a head is a number and 64 hexadecimal digits: 1234:0f3a…";
        let (seq, digits) = text.split_once(':').ok_or(wrong)?;
        let mut hash = [0; 32];
        if digits.len() != 2 * hash.len() {
            return Err(wrong);
        }
        for (at, byte) in hash.iter_mut().enumerate() {
            let pair = digits.get(2 * at..2 * at + 2).ok_or(wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong)?;
        }
        let seq = seq.parse().map_err(|_| wrong)?;
        Ok(NotedHead { seq, hash })
    }
}

/// The result for a journal without faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub entries: u64,
    /// The last entry that retention removed; 0 if there is none.
    pub removed_through: u64,
    pub head: u64,
    pub hash: String,
    pub signed_heads: u64,
    /// The last entry that a signature covers.
    pub signed_through: u64,
}

/// What is wrong, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub seq: u64,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Changed,
    Missing,
    /// The entry is after the head, or before the beginning.
    Added,
    /// Earlier entries were removed, and no signed entry says that retention did it.
    Removed,
    /// The row that holds the beginning and the end of the chain.
    HeadRow,
    /// A signed head differs, or is not signed by a key of this journal.
    Signature,
    /// The last signature was not made with the key of this deployment's secret.
    OtherSecret,
    /// The head that was noted elsewhere differs, or is missing here.
    NotedHead,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.seq;
        match self.what {
            What::Changed => write!(f, "entry {seq} was changed"),
            What::Missing => write!(f, "entry {seq} is missing"),
            What::Added => write!(f, "entry {seq} was added"),
            What::Removed => write!(
                f,
                "the entries up to {seq} were removed, and nothing signed says that retention did it"
            ),
            What::HeadRow => write!(f, "the head does not fit entry {seq}"),
            What::Signature => write!(f, "the signed head at entry {seq} does not hold"),
            What::OtherSecret => write!(
                f,
                "the signed head at entry {seq} is not signed by the key of this deployment's secret"
            ),
            What::NotedHead => write!(f, "the noted head does not fit entry {seq}"),
        }
    }
}

/// Walks the chain from its beginning; the first fault ends the walk.
struct Walk<'s> {
    snapshot: &'s Snapshot,
    head: Head,
    seq: u64,
    hash: Vec<u8>,
    bytes: u64,
    keys: HashSet<String>,
    /// The position of the entry that says why the chain begins at its base.
    truncated_at: Option<u64>,
    signed: std::vec::IntoIter<SignedHead>,
    next_signed: Option<SignedHead>,
    signed_heads: u64,
    last_signed: Option<SignedHead>,
    noted: Option<NotedHead>,
}

/// A key that an entry introduced.
#[derive(Deserialize)]
struct Introduced {
    public_key: String,
}

/// What retention removed, according to an entry.
#[derive(Deserialize)]
struct Truncated {
    through: u64,
    hash: String,
}

/// Why a walk did not reach the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    Wrong(Wrong),
    Unavailable,
}

impl From<Unavailable> for Stop {
    fn from(_: Unavailable) -> Self {
        Stop::Unavailable
    }
}

fn wrong(seq: u64, what: What) -> Stop {
    Stop::Wrong(Wrong { seq, what })
}

/// Verifies the journal. `trusted` are the public keys of this deployment's secrets; if there are
/// any, one of them must have signed last.
///
/// # Errors
/// The first fault, or that the records cannot be read.
pub fn verify(
    snapshot: &Snapshot,
    trusted: &[Vec<u8>],
    noted: Option<NotedHead>,
) -> Result<Verified, Stop> {
    let head = snapshot.head()?;
    // The head at the base is the first one to check.
    let before = head.base_seq.saturating_sub(1);
    let mut walk = Walk {
        seq: head.base_seq,
        hash: head.base_hash.clone(),
        signed: snapshot.signed_heads(before)?.into_iter(),
        snapshot,
        head,
        bytes: 0,
        keys: HashSet::new(),
        truncated_at: None,
        next_signed: None,
        signed_heads: 0,
        last_signed: None,
        noted,
    };
    walk.next_signed = walk.signed.next();
    walk.run(trusted)
}

impl Walk<'_> {
    fn run(mut self, trusted: &[Vec<u8>]) -> Result<Verified, Stop> {
        let base = self.head.base_seq;
        if let Some(first) = self.snapshot.first_entry()?
            && first <= base
        {
            return Err(wrong(first, What::Added));
        }
        self.begin()?;
        loop {
            let page = self.snapshot.entries(self.seq)?;
            if page.is_empty() {
                break;
            }
            for entry in page {
                self.step(&entry)?;
            }
        }
        if self.seq < self.head.seq {
            return Err(wrong(self.seq + 1, What::Missing));
        }
        if self.hash != self.head.hash || self.bytes != self.head.bytes {
            return Err(wrong(self.seq, What::HeadRow));
        }
        if let Some(beyond) = self.next_signed.take() {
            return Err(wrong(beyond.seq, What::Signature));
        }
        if let Some(noted) = self.noted.take() {
            return Err(wrong(noted.seq, What::NotedHead));
        }
        self.end(trusted)
    }

    /// The remaining chain begins at the start, or at a signed head.
    fn begin(&mut self) -> Result<(), Stop> {
        let base = self.head.base_seq;
        if base == 0 {
            if self.hash != BEGINNING {
                return Err(wrong(0, What::HeadRow));
            }
            return self.look_at_noted();
        }
        let Some(first) = self.next_signed.as_ref().filter(|first| first.seq == base) else {
            return Err(wrong(base, What::HeadRow));
        };
        // The entry that introduced its key was removed; the key counts if the chain continues from
        // this head.
        self.keys.insert(hex(&first.public_key));
        self.bytes = first.bytes;
        self.look_at_signed()?;
        self.look_at_noted()
    }

    fn step(&mut self, entry: &EntryRow) -> Result<(), Stop> {
        let expected = self.seq + 1;
        if expected > self.head.seq {
            return Err(wrong(entry.seq, What::Added));
        }
        if entry.seq != expected {
            return Err(wrong(expected, What::Missing));
        }
        let hash = chain::link(&self.hash, expected, &entry.body);
        if entry.hash != hash {
            return Err(wrong(expected, What::Changed));
        }
        self.seq = expected;
        self.hash.copy_from_slice(&hash);
        self.bytes += entry.body.len() as u64 + ENTRY_OVERHEAD_BYTES;
        if entry.body.starts_with(KEY_ENTRY_BEGINS)
            && let Ok(introduced) = serde_json::from_slice::<Introduced>(&entry.body)
        {
            self.keys.insert(introduced.public_key);
        }
        if entry.body.starts_with(TRUNCATED_ENTRY_BEGINS)
            && let Ok(truncated) = serde_json::from_slice::<Truncated>(&entry.body)
            && truncated.through == self.head.base_seq
            && truncated.hash == hex(&self.head.base_hash)
        {
            self.truncated_at = Some(expected);
        }
        self.look_at_signed()?;
        self.look_at_noted()
    }

    /// A signed head at this position must be equal, and signed by a key that was introduced.
    fn look_at_signed(&mut self) -> Result<(), Stop> {
        let Some(signed) = self.next_signed.take_if(|next| next.seq <= self.seq) else {
            return Ok(());
        };
        let message = chain::signed_bytes(signed.seq, &signed.hash, signed.bytes, signed.at);
        let holds = signed.seq == self.seq
            && signed.hash == self.hash
            && signed.bytes == self.bytes
            && self.keys.contains(&hex(&signed.public_key))
            && HeadSigner::is_signed(&signed.public_key, &message, &signed.signature);
        if !holds {
            return Err(wrong(signed.seq, What::Signature));
        }
        self.signed_heads += 1;
        self.next_signed = match self.signed.next() {
            Some(next) => Some(next),
            None => {
                self.signed = self.snapshot.signed_heads(signed.seq)?.into_iter();
                self.signed.next()
            }
        };
        self.last_signed = Some(signed);
        Ok(())
    }

    fn look_at_noted(&mut self) -> Result<(), Stop> {
        match self.noted.take_if(|noted| noted.seq <= self.seq) {
            Some(noted) if noted.seq != self.seq || self.hash != noted.hash => {
                Err(wrong(noted.seq, What::NotedHead))
            }
            _ => Ok(()),
        }
    }

    fn end(self, trusted: &[Vec<u8>]) -> Result<Verified, Stop> {
        let signed_through = self.last_signed.as_ref().map_or(0, |signed| signed.seq);
        let base = self.head.base_seq;
        // Retention signs its entry at once.
        if base > 0 && self.truncated_at.is_none_or(|at| at > signed_through) {
            return Err(wrong(base, What::Removed));
        }
        match &self.last_signed {
            // The first commit signs, so we did not write a chain without a signature.
            None if self.seq > 0 => return Err(wrong(self.seq, What::Signature)),
            Some(signed) if !trusted.is_empty() && !trusted.contains(&signed.public_key) => {
                return Err(wrong(signed.seq, What::OtherSecret));
            }
            _ => {}
        }
        Ok(Verified {
            entries: self.seq - base,
            removed_through: base,
            head: self.seq,
            hash: hex(&self.hash),
            signed_heads: self.signed_heads,
            signed_through,
        })
    }
}
