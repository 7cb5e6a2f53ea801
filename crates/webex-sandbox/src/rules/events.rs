//! Records events for the compliance officer.

use serde_json::Value;

use crate::problem::Result;
use crate::rows::{Event, Happening, PersonKey};
use crate::rules::caller::API_PATH;
use crate::rules::shown::{Shown, whole};
use crate::world::World;

/// Events that are kept; beyond this, the oldest are dropped.
pub(crate) const MAX_EVENTS: usize = 200_000;

impl Happening {
    pub(crate) fn resource(&self) -> &'static str {
        match self {
            Happening::Message(..) => "messages",
            Happening::Membership(_) => "memberships",
            Happening::Room(_) => "rooms",
            Happening::AttachmentAction(_) => "attachmentActions",
            Happening::Meeting(_) => "meetings",
            Happening::Transcript(_) => "meetingTranscripts",
        }
    }

    /// The thing itself; its links and the URLs of its files have the host of the request.
    pub(crate) fn data(&self, base: &str) -> Shown {
        match self {
            Happening::Message(posted, files) => {
                let mut data = whole(posted.as_ref());
                if !files.is_empty() {
                    let url = |id: &String| format!("{base}{API_PATH}/contents/{id}");
                    data.insert("files".to_owned(), files.iter().map(url).collect());
                }
                data
            }
            Happening::Membership(data)
            | Happening::Room(data)
            | Happening::AttachmentAction(data)
            | Happening::Meeting(data) => data.clone(),
            Happening::Transcript(data) => {
                let mut data = data.clone();
                for name in ["vttDownloadLink", "txtDownloadLink"] {
                    if let Some(Value::String(link)) = data.get_mut(name) {
                        link.replace_range(..link.find(API_PATH).unwrap_or_default(), base);
                    }
                }
                data
            }
        }
    }
}

pub(crate) fn record(
    world: &mut World,
    kind: &'static str,
    actor: PersonKey,
    happening: Happening,
) -> Result<()> {
    let actor_id = world.people.row(actor)?.id.clone();
    let oldest = world.events.own().next().map(|(key, _)| key);
    if let Some(oldest) = oldest.filter(|_| world.events.len() >= MAX_EVENTS) {
        world.events.remove(oldest);
    }
    let created = world.now;
    world.events.insert_with(|id| Event {
        id,
        kind: kind.into(),
        actor_id,
        created,
        happening,
    })?;
    Ok(())
}

/// Sorts events by time, after the history was written in another order.
pub(crate) fn sort(world: &mut World) -> Result<()> {
    let keys: Vec<_> = world.events.iter().map(|(key, _)| key).collect();
    let events = keys.into_iter().filter_map(|key| world.events.remove(key));
    let mut events: Vec<Event> = events.collect();
    events.sort_by_key(|event| event.created);
    for event in events {
        world.events.insert_with(|id| Event { id, ..event })?;
    }
    Ok(())
}
