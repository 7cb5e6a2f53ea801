//! A browser that is signed in on our page. Its cookie holds a random word; the records hold the
//! digest of that.

use serde::{Deserialize, Serialize};

use super::access::Owner;
use super::places::Places;
use super::refusal::Refused;
use super::{Broker, hashed, milliseconds};
use crate::limits;
use crate::seal::{is_equal, random_word};
use crate::stores::records::change::{RecordName, Unavailable};

/// The kind of the private records.
pub(super) const KIND: &str = "session";

#[derive(Serialize, Deserialize)]
struct Stored {
    owner: Owner,
    expires: i64,
    /// Its place among those of its owner.
    place: Option<String>,
}

/// Browsers that are signed in.
const PLACES: Places = Places {
    kind: KIND,
    each: limits::SESSIONS_PER_PERSON,
    in_all: limits::SESSIONS_MAX,
};

impl Broker {
    /// Signs a browser in; gives its word.
    pub(super) async fn open_session(&self, owner: Owner) -> Result<String, Refused> {
        let word = random_word().map_err(|_| Refused::unavailable())?;
        let (name, expires) = (
            name(&word),
            self.now() + milliseconds(limits::SESSION_SECONDS),
        );
        let holder = owner.prefix();
        let place = self.take_place(&PLACES, Some(&holder), &name, expires);
        let place = place.await?;
        let stored = Stored {
            owner,
            expires,
            place,
        };
        let content = serde_json::to_vec(&stored).map_err(|_| Refused::unavailable())?;
        let records = &self.0.records;
        records.put_until(&name, 0, &content, Some(expires)).await?;
        Ok(word)
    }

    /// Who is signed in in the browser with this word.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn session(&self, word: &str) -> Result<Option<Owner>, Unavailable> {
        let record = self.0.records.get(&name(word)).await?;
        let stored = record.and_then(|it| serde_json::from_slice::<Stored>(&it.content).ok());
        let is_valid = |it: &Stored| self.now() < it.expires && self.allows(Some(&it.owner.tenant));
        Ok(stored.filter(is_valid).map(|stored| stored.owner))
    }

    /// Signs the browser with this word out.
    pub async fn close_session(&self, word: &str) {
        let name = name(word);
        if let Ok(Some(record)) = self.0.records.get(&name).await {
            let _ = self.0.records.delete(&name, record.version).await;
            let stored = serde_json::from_slice::<Stored>(&record.content).ok();
            let place = stored.and_then(|stored| stored.place);
            self.leave_place(place.as_deref()).await;
        }
    }

    /// Signs a person out of every browser.
    pub(super) async fn close_sessions(&self, owner: &Owner) -> Result<(), Unavailable> {
        let is_theirs = |content: &[u8]| {
            let stored = serde_json::from_slice::<Stored>(content);
            stored.is_ok_and(|stored| stored.owner.is(owner))
        };
        self.delete_where(KIND, is_theirs).await?;
        self.leave_places(KIND, &owner.prefix()).await
    }
}

/// What the forms of a page carry, so that no other site can send them: it follows from the
/// browser's word, which no page can read.
pub fn form_word(word: &str) -> String {
    hashed(&format!("form {word}"))
}

/// Whether a form came from a page of the browser with this word.
pub fn is_form_word(sent: &str, word: &str) -> bool {
    is_equal(sent.as_bytes(), form_word(word).as_bytes())
}

fn name(word: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hashed(word),
    }
}
