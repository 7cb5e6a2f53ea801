//! What a delivery says: ids and words. Texts that people wrote are not in it, or are left out.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits;
use crate::seal::digest;
use crate::stores::records::change::Digest;
use crate::text::ShortId;

/// One change in Webex, as a webhook tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The webhook's id.
    pub webhook: Option<String>,
    /// The webhook's organization; it is compared and not kept.
    #[serde(skip)]
    pub org: Option<String>,
    pub resource: String,
    pub event: String,
    /// What was changed.
    pub id: Option<String>,
    pub room: Option<String>,
    /// The card that was answered.
    pub message: Option<String>,
    /// The series and the occurrence that a meeting belongs to, or what belongs to a meeting.
    pub meetings: Vec<String>,
}

impl Delivery {
    /// Reads the body of a delivery. Unknown fields are ignored, and so are known ones of another
    /// type.
    pub fn read(body: &[u8]) -> Option<Self> {
        let body: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let nothing = Map::new();
        let data = body.get("data").and_then(Value::as_object);
        let data = data.unwrap_or(&nothing);
        let meetings = ["meetingId", "meetingSeriesId", "scheduledMeetingId"];
        let resource = word(&body, "resource")?;
        Some(Delivery {
            webhook: word(&body, "id"),
            org: word(&body, "orgId"),
            event: word(&body, "event")?,
            id: word(data, "id"),
            room: match &*resource {
                "rooms" => word(data, "id"),
                _ => word(data, "roomId"),
            },
            message: word(data, "messageId"),
            meetings: meetings
                .iter()
                .filter_map(|name| word(data, name))
                .collect(),
            resource,
        })
    }

    /// Something comes into being once, so its deliveries are repetitions. What is changed or
    /// removed may be so again.
    pub fn key(&self) -> Option<Digest> {
        let id = self.id.as_deref().filter(|_| self.event == "created")?;
        Some(joined(&[&self.resource, &self.event, id]))
    }

    /// The card that was answered, by which its answers are found.
    pub fn topic(&self) -> Option<Digest> {
        let is_answer = self.resource == "attachmentActions" && self.event == "created";
        let message = self.message.as_deref().filter(|_| is_answer)?;
        Some(answers_to(message))
    }
}

/// The topic of the answers to a card.
pub fn answers_to(message: &str) -> Digest {
    joined(&["attachmentActions", &ShortId::from(message)])
}

/// The digest of a list; the lengths separate its parts.
fn joined(parts: &[&str]) -> Digest {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    digest(&bytes)
}

fn word(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?;
    let is_short = (1..=limits::HOOK_WORD_MAX_BYTES).contains(&text.len());
    // Ids are told in answers, as one word of a line.
    let is_word = is_short && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_word.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Option<Delivery> {
        Delivery::read(body.to_string().as_bytes())
    }

    #[test]
    fn a_delivery_is_read_without_peoples_texts() {
        let body = json!({"id": "W", "name": "Hook", "resource": "messages", "event": "created",
            "actorId": "A", "data": {"id": "M", "roomId": "R", "text": "secret plans"}});
        let delivery = read(&body).unwrap();
        assert_eq!(
            (delivery.id.as_deref(), delivery.room.as_deref()),
            (Some("M"), Some("R"))
        );
        assert!(!serde_json::to_string(&delivery).unwrap().contains("secret"));
        let room = json!({"resource": "rooms", "event": "updated", "data": {"id": "R"}});
        assert_eq!(read(&room).unwrap().room.as_deref(), Some("R"));
    }

    #[test]
    fn what_is_no_delivery_is_not_read() {
        let long = "x".repeat(limits::HOOK_WORD_MAX_BYTES + 1);
        for body in [
            json!([]),
            json!("messages"),
            json!({}),
            json!({"resource": "messages"}),
            json!({"resource": 1, "event": "created"}),
            json!({"resource": "", "event": "created"}),
            json!({"resource": long, "event": "created"}),
            json!({"resource": "two words", "event": "created"}),
        ] {
            assert_eq!(read(&body), None, "{body}");
        }
        for body in [
            &b""[..],
            b"{",
            b"{\"resource\":\"messages\",\"event\":\"cre",
            b"\xff",
        ] {
            assert_eq!(Delivery::read(body), None);
        }
        for data in [json!([1]), json!({"id": "two\nlines"}), json!({"id": {}})] {
            let odd = json!({"resource": "messages", "event": "created", "id": 7, "data": data});
            let odd = read(&odd).unwrap();
            assert_eq!((odd.webhook, odd.id), (None, None));
        }
    }

    #[test]
    fn only_what_was_created_is_known_again() {
        let of = |event: &str, id: &str| {
            let data = json!({"id": id, "messageId": "C"});
            read(&json!({"resource": "attachmentActions", "event": event, "data": data})).unwrap()
        };
        assert_eq!(of("created", "1").key(), of("created", "1").key());
        assert_ne!(of("created", "1").key(), of("created", "2").key());
        assert_eq!(of("updated", "1").key(), None);
        assert_eq!(of("deleted", "1").key(), None);
        assert_eq!(of("created", "1").topic(), Some(answers_to("C")));
        assert_eq!(of("deleted", "1").topic(), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Delivery::read(&body);
        }
    }
}
