//! What a subscription to a resource watches, which deliveries are about it, and which webhook
//! tells of it.

use super::{Delivery, Stored};
use crate::text::ShortId;

/// A resource whose changes are told. The id is as answers show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    what: What,
    id: ShortId,
    /// As Webex has it.
    whole: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Space,
    Messages,
    Members,
    Message,
    Meeting,
    Recording,
}

/// A webhook that tells of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub resource: &'static str,
    pub event: &'static str,
    pub filter: Option<String>,
}

/// The templates of resources that can be watched.
const WATCHED: [(&str, What); 6] = [
    ("webex://spaces/{roomId}", What::Space),
    ("webex://spaces/{roomId}/messages", What::Messages),
    ("webex://spaces/{roomId}/members", What::Members),
    ("webex://messages/{messageId}", What::Message),
    ("webex://meetings/{meetingId}", What::Meeting),
    ("webex://recordings/{recordingId}", What::Recording),
];

/// The resources of a webhook for `all` of them.
const IN_ALL: [&str; 3] = ["messages", "memberships", "rooms"];

/// Whether resources of this template can be watched.
pub fn is_watched(template: &str) -> bool {
    WATCHED.iter().any(|(known, _)| *known == template)
}

impl Watch {
    /// A resource by its template and the id in place of the variable; `None` where Webex tells of
    /// no changes.
    pub fn new(template: &str, id: &str) -> Option<Self> {
        let (_, what) = WATCHED.iter().find(|(known, _)| *known == template)?;
        Some(Watch {
            what: *what,
            id: ShortId::from(id),
            whole: id.to_owned(),
        })
    }

    /// Whether the resource may have changed.
    pub fn is_touched_by(&self, delivery: &Delivery) -> bool {
        let is_it = |id: &String| ShortId::from(&**id) == self.id;
        let is_in_room = || delivery.room.as_ref().is_some_and(is_it);
        let is_itself = || delivery.id.as_ref().is_some_and(is_it);
        match (self.what, &*delivery.resource) {
            (What::Space, "rooms")
            | (What::Messages, "messages")
            | (What::Members, "memberships") => is_in_room(),
            (What::Message, "messages") | (What::Recording, "recordings") => is_itself(),
            (What::Meeting, "meetings" | "meetingParticipants") => {
                is_itself() || delivery.meetings.iter().any(is_it)
            }
            _ => false,
        }
    }

    /// The webhook that tells of all changes of the resource, and of little else; `None` where it
    /// would take several.
    pub fn wanted(&self) -> Option<Wanted> {
        let resource = self.resource();
        IN_ALL.contains(&resource).then(|| Wanted {
            resource,
            event: "all",
            filter: self.filter(),
        })
    }

    fn resource(&self) -> &'static str {
        match self.what {
            What::Space => "rooms",
            What::Messages | What::Message => "messages",
            What::Members => "memberships",
            What::Meeting => "meetings",
            What::Recording => "recordings",
        }
    }

    /// The filter that keeps other things out.
    fn filter(&self) -> Option<String> {
        let name = match self.what {
            What::Messages | What::Members => "roomId",
            What::Meeting | What::Recording => "id",
            What::Space | What::Message => return None,
        };
        Some(format!("{name}={}", self.whole))
    }

    /// Events without any of which a subscription would promise too much.
    fn needs(&self) -> &'static [&'static str] {
        match self.what {
            What::Messages | What::Members => &["created"],
            What::Message => &["deleted"],
            What::Space => &["updated"],
            What::Meeting => &["updated", "started", "ended"],
            What::Recording => &["updated", "deleted"],
        }
    }

    /// Whether this webhook tells of the resource.
    pub fn is_covered_by(&self, webhook: &Stored) -> bool {
        let resource = self.resource();
        let of_all = webhook.resource == "all" && IN_ALL.contains(&resource);
        let is_filter_fitting = match webhook.filter.as_deref() {
            None | Some("") => true,
            Some(filter) => self.filter().is_some_and(|wanted| wanted == filter),
        };
        webhook.is_active
            && webhook.webhook.is_some()
            && (webhook.resource == resource || of_all)
            && (webhook.event == "all" || self.needs().contains(&&*webhook.event))
            && is_filter_fitting
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROOM: &str =
        "Y2lzY29zcGFyazovL3VzL1JPT00vNmYyZDRhNTEtN2YwYy01ZDNhLTlmNDMtNWEwZDBiMGE1ZWVk";

    fn delivery(resource: &str, data: serde_json::Value) -> Delivery {
        let body = json!({"resource": resource, "event": "created", "data": data});
        Delivery::read(body.to_string().as_bytes()).unwrap()
    }

    fn webhook(resource: &str, event: &str, filter: Option<&str>) -> Stored {
        Stored {
            tenant: "t".to_owned(),
            principal: "p".to_owned(),
            credential: String::new(),
            server: "webex".to_owned(),
            webhook: Some("W".to_owned()),
            org: None,
            resource: resource.to_owned(),
            event: event.to_owned(),
            filter: filter.map(str::to_owned),
            secret: "s".to_owned(),
            is_active: true,
            made_at: 0,
        }
    }

    #[test]
    fn a_resource_is_touched_by_its_own_deliveries_alone() {
        let messages = Watch::new("webex://spaces/{roomId}/messages", ROOM).unwrap();
        let members = Watch::new("webex://spaces/{roomId}/members", ROOM).unwrap();
        let space = Watch::new("webex://spaces/{roomId}", ROOM).unwrap();
        let meeting = Watch::new("webex://meetings/{meetingId}", "series").unwrap();
        let rows = [
            (
                delivery("messages", json!({"id": "M", "roomId": ROOM})),
                [true, false, false, false],
            ),
            (
                delivery("messages", json!({"id": "M", "roomId": "R"})),
                [false; 4],
            ),
            (delivery("messages", json!({"id": ROOM})), [false; 4]),
            (
                delivery("memberships", json!({"roomId": ROOM})),
                [false, true, false, false],
            ),
            (
                delivery("rooms", json!({"id": ROOM})),
                [false, false, true, false],
            ),
            (
                delivery("meetings", json!({"id": "series"})),
                [false, false, false, true],
            ),
            (
                delivery("meetings", json!({"id": "i", "meetingSeriesId": "series"})),
                [false, false, false, true],
            ),
            (
                delivery("recordings", json!({"id": "x", "meetingId": "series"})),
                [false; 4],
            ),
        ];
        for (delivery, expected) in rows {
            let touched =
                [&messages, &members, &space, &meeting].map(|watch| watch.is_touched_by(&delivery));
            assert_eq!(touched, expected, "{delivery:?}");
        }
    }

    #[test]
    fn a_webhook_covers_what_it_tells_of() {
        let watch = Watch::new("webex://spaces/{roomId}/messages", ROOM).unwrap();
        let of_room = format!("roomId={ROOM}");
        for (hook, expected) in [
            (webhook("messages", "created", None), true),
            (webhook("messages", "all", Some(&of_room)), true),
            (webhook("all", "all", None), true),
            (webhook("messages", "deleted", None), false),
            (webhook("messages", "created", Some("roomId=other")), false),
            (
                webhook("messages", "created", Some("mentionedPeople=me")),
                false,
            ),
            (webhook("memberships", "all", None), false),
        ] {
            assert_eq!(watch.is_covered_by(&hook), expected, "{hook:?}");
        }
        let hook = webhook("messages", "all", None);
        let inactive = Stored {
            is_active: false,
            ..hook.clone()
        };
        let unconfirmed = Stored {
            webhook: None,
            ..hook
        };
        assert!(!watch.is_covered_by(&inactive) && !watch.is_covered_by(&unconfirmed));
        let meeting = Watch::new("webex://meetings/{meetingId}", "series").unwrap();
        assert!(!meeting.is_covered_by(&webhook("all", "all", None)));
        assert!(meeting.is_covered_by(&webhook("meetings", "started", None)));
        assert!(meeting.is_covered_by(&webhook("meetings", "ended", Some("id=series"))));
        assert!(!meeting.is_covered_by(&webhook("meetings", "created", None)));
        assert_eq!(meeting.wanted(), None);
        assert_eq!(watch.wanted().unwrap().filter, Some(of_room));
    }

    #[test]
    fn people_are_not_watched() {
        assert_eq!(Watch::new("webex://people/{personId}", "P"), None);
        assert!(!is_watched("webex://spaces"));
    }
}
