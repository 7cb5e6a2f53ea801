//! Rotation of the vault's key, beside running servers: a new key is made, everything is moved to it in
//! bounded steps, and a key under which nothing is left is removed.
//!
//! What has to be done next follows from the records alone, so a rotation that was cut off is finished
//! by the next one, and two at the same time help each other.

use futures::future::join_all;

use super::change::{Change, Refused, Unavailable};
use super::envelopes::{Position, SealedRow};
use super::{RecordStore as _, Records};
use crate::limits;

/// A key of the vault, and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUse {
    pub number: u64,
    /// Milliseconds since 1970.
    pub made_at: i64,
    /// How many values it wraps.
    pub wraps: u64,
}

/// A rotation, and what it has done so far.
#[derive(Debug)]
pub struct Rotation {
    records: Records,
    next: Next,
    /// An earlier one was cut off before its end.
    pub is_resumed: bool,
    /// The number of the new key, if one was made.
    pub made: Option<u64>,
    /// How many values were moved to the newest key.
    pub moved: u64,
    /// How many keys were removed.
    pub removed: usize,
    /// How many keys stay, because something is under them that does not open.
    pub stuck: usize,
    /// How many values did not open when everything was moved last.
    pub unopened: u64,
    passes: u32,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Make,
    Move { after: Position },
    Remove,
    Nothing,
}

impl Records {
    /// The keys of the vault, the newest first.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn vault_keys(&self) -> Result<Vec<KeyUse>, Unavailable> {
        let mut keys = Vec::new();
        for row in self.store().vault_keys().await? {
            keys.push(KeyUse {
                number: row.number,
                made_at: row.made_at,
                wraps: self.store().sealed_under(row.id).await?,
            });
        }
        Ok(keys)
    }

    /// Begins a rotation, or goes on with one that was cut off.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn rotation(&self) -> Result<Rotation, Unavailable> {
        let is_resumed = self.store().vault_keys().await?.len() > 1;
        Ok(Rotation {
            records: self.clone(),
            next: match is_resumed {
                true => FROM_THE_BEGINNING,
                false => Next::Make,
            },
            is_resumed,
            made: None,
            moved: 0,
            removed: 0,
            stuck: 0,
            unopened: 0,
            passes: 0,
        })
    }
}

const FROM_THE_BEGINNING: Next = Next::Move {
    after: Position::BEGINNING,
};

impl Rotation {
    /// Takes all steps, with a pause for the writers of other processes after each.
    ///
    /// # Errors
    /// The records cannot be read or written; another rotation goes on from there.
    pub async fn finish(&mut self) -> Result<(), Unavailable> {
        while self.step().await? {
            tokio::time::sleep(limits::VAULT_STEP_PAUSE).await;
        }
        Ok(())
    }

    /// Takes one step; `false` where there is none left.
    ///
    /// # Errors
    /// The records cannot be read or written.
    pub async fn step(&mut self) -> Result<bool, Unavailable> {
        self.next = match self.next {
            Next::Make => self.make().await?,
            Next::Move { after } => self.move_page(after).await?,
            Next::Remove => self.remove().await?,
            Next::Nothing => return Ok(false),
        };
        Ok(true)
    }

    async fn make(&mut self) -> Result<Next, Unavailable> {
        let store = self.records.store();
        let newest = store.vault_keys().await?;
        let newest = newest.first().map_or(0, |newest| newest.number);
        let made = self.records.keys.made(newest, self.records.clock.now());
        let made = made.map_err(|_| Unavailable)?;
        let number = made.number;
        match self.records.commit(Change::AddKey(made)).await {
            Ok(()) => self.made = Some(number),
            Err(Refused::Unavailable) => return Err(Unavailable),
            // Another rotation made one at the same moment.
            Err(_) => {}
        }
        Ok(self.begin_anew())
    }

    fn begin_anew(&mut self) -> Next {
        self.unopened = 0;
        FROM_THE_BEGINNING
    }

    async fn move_page(&mut self, after: Position) -> Result<Next, Unavailable> {
        let store = self.records.store();
        let page = store.sealed_before(after, limits::VAULT_STEP_ROWS).await?;
        let Some(last) = page.last() else {
            return Ok(Next::Remove);
        };
        let after = last.at;
        store.follow().await?;
        let keys = self.records.keys.keys();
        let rows = page.len();
        let rewrapped = page.into_iter().filter_map(|row| {
            let SealedRow { at, bound, sealed } = row;
            // One that does not open stays as it is.
            let after = keys.opened.rewrap(&bound, &sealed).ok()?;
            Some(self.records.commit(Change::Rewrap {
                at,
                before: sealed,
                sealed: after,
            }))
        });
        let rewrapped: Vec<_> = rewrapped.collect();
        self.unopened += (rows - rewrapped.len()) as u64;
        for moved in join_all(rewrapped).await {
            match moved {
                Ok(()) => self.moved += 1,
                Err(Refused::Unavailable) => return Err(Unavailable),
                // It was written meanwhile, which moves it too.
                Err(_) => {}
            }
        }
        Ok(Next::Move { after })
    }

    async fn remove(&mut self) -> Result<Next, Unavailable> {
        let keys = self.records.store().vault_keys().await?;
        self.stuck = 0;
        for key in keys.iter().skip(1) {
            match self.records.commit(Change::RemoveKey(key.id)).await {
                Ok(()) => self.removed += 1,
                Err(Refused::Held) => self.stuck += 1,
                Err(Refused::Unavailable) => return Err(Unavailable),
                // Another rotation removed it.
                Err(_) => {}
            }
        }
        self.passes += 1;
        let has_done_nothing = self.made.is_none() && self.moved == 0 && self.removed == 0;
        Ok(match self.stuck {
            // Only what does not open was left by earlier rotations: it is no reason to keep the key.
            _ if has_done_nothing => Next::Make,
            0 => Next::Nothing,
            // An answer may have come under the old key while the others were moved.
            _ if self.passes < limits::VAULT_PASSES => self.begin_anew(),
            _ => Next::Nothing,
        })
    }
}
