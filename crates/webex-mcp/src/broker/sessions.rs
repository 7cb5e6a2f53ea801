//! A browser that is signed in on our page. Its cookie holds a random word; the records hold the
//! digest of that.

use serde::{Deserialize, Serialize};

use super::access::Owner;
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
}

impl Broker {
    /// Signs a browser in; gives its word.
    pub(super) async fn open_session(&self, owner: Owner) -> Result<String, Refused> {
        self.has_room(KIND, limits::SESSIONS_MAX).await?;
        let word = random_word().map_err(|_| Refused::unavailable())?;
        let expires = self.now() + milliseconds(limits::SESSION_SECONDS);
        let stored = Stored { owner, expires };
        let content = serde_json::to_vec(&stored).map_err(|_| Refused::unavailable())?;
        let records = &self.0.records;
        records
            .put_until(&name(&word), 0, &content, Some(expires))
            .await?;
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
        }
    }

    /// Signs a person out of every browser.
    pub(super) async fn close_sessions(&self, owner: &Owner) -> Result<(), Unavailable> {
        let is_theirs = |content: &[u8]| {
            let stored = serde_json::from_slice::<Stored>(content);
            stored.is_ok_and(|stored| stored.owner.is(owner))
        };
        self.delete_where(KIND, is_theirs).await
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
