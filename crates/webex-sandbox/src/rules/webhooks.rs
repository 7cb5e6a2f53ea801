//! Notifies webhooks: which of them watch a change, with which filter, and which are disabled after
//! failures.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::rows::{Delivery, PersonKey, Webhook, WebhookKey, moment};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// The integration that counts as the actor of everything in the sandbox.
const APPLICATION_UUID: &str = "6f2d4a51-7f0c-5d3a-9f43-5a0d0b0a5eed";

pub(crate) fn application_id() -> String {
    webex::id::encode("us", "APPLICATION", APPLICATION_UUID)
}

pub(crate) fn show(world: &World, webhook: &Webhook) -> Shown {
    let owner = world.people.get(webhook.owner);
    shown(json!({
        "id": webhook.id,
        "name": webhook.name,
        "targetUrl": webhook.target_url,
        "resource": webhook.resource,
        "event": webhook.event,
        "filter": webhook.filter,
        "secret": webhook.secret,
        "status": if webhook.is_active { "active" } else { "inactive" },
        "created": moment::text(webhook.created),
        "ownedBy": if webhook.is_org_wide { "org" } else { "creator" },
        "orgId": world.organization_id,
        "createdBy": owner.map(|owner| &owner.id),
        "appId": application_id(),
    }))
}

/// This many failures within five minutes disable a webhook.
pub(crate) const MAX_FAILURES: usize = 100;

/// The resources of a webhook for all resources.
const FIREHOSE: &[&str] = &["memberships", "messages", "rooms"];

/// The events that happen here and are delivered, by resource.
const FIRED: &[(&str, &[&str])] = &[
    ("attachmentActions", &["created"]),
    ("memberships", &["created", "updated", "deleted"]),
    ("messages", &["created", "deleted"]),
    ("rooms", &["created", "updated"]),
    (
        "meetings",
        &["created", "updated", "deleted", "started", "ended"],
    ),
    ("meetingParticipants", &["joined", "left"]),
    ("recordings", &["created", "deleted"]),
    ("meetingTranscripts", &["created"]),
];

const FAILURE_WINDOW_SECS: i64 = 5 * 60;

/// Whether a webhook for this is ever notified.
pub(crate) fn fires(resource: &str, event: &str) -> bool {
    let mut fired = FIRED.iter();
    fired.any(|(known, events)| *known == resource && events.contains(&event))
}

/// Creates the deliveries of one change for the webhooks of these people that watch it.
pub(crate) fn announce(
    world: &mut World,
    resource: &'static str,
    event: &'static str,
    actor: PersonKey,
    audience: &[PersonKey],
    data: impl FnOnce(&World) -> Option<Shown>,
) {
    debug_assert!(fires(resource, event), "FIRED lacks {resource} {event}");
    if world.webhooks.len() == 0 {
        return;
    }
    // A person with a webhook is stored; the others need not be generated for this.
    let personal = audience
        .iter()
        .filter_map(|person| world.people.kept(*person));
    let personal = personal.flat_map(|person| person.webhooks.iter());
    let webhooks = world.webhooks.all(personal.chain(&world.org_wide_webhooks));
    let wanted = webhooks.filter(|(_, webhook)| wants(webhook, resource, event));
    let wanted: Vec<(WebhookKey, &Webhook)> = wanted.collect();
    if wanted.is_empty() {
        return;
    }
    let Some(data) = data(world) else {
        return;
    };
    let actor_id = world.people.get(actor).map(|actor| actor.id.as_str());
    let mut due = Vec::new();
    for (key, webhook) in wanted {
        let owner = world.people.get(webhook.owner);
        let owner_id = owner.map(|owner| owner.id.as_str()).unwrap_or_default();
        if !passes(webhook.filter.as_deref(), &data, owner_id) {
            continue;
        }
        // The webhook's own description, and the event.
        let mut body = show(world, webhook);
        body.remove("secret");
        // A webhook for all resources gets the actual resource and event.
        body.insert("resource".to_owned(), resource.into());
        body.insert("event".to_owned(), event.into());
        body.insert("actorId".to_owned(), actor_id.into());
        body.insert("data".to_owned(), data.clone().into());
        due.push(Delivery {
            webhook: key,
            target_url: webhook.target_url.clone(),
            body: Value::Object(body).to_string(),
            secret: webhook.secret.clone(),
        });
    }
    world.outbox.append(&mut due);
}

fn wants(webhook: &Webhook, resource: &str, event: &str) -> bool {
    let is_hosed = FIREHOSE.contains(&resource);
    let is_resource = webhook.resource == resource || (webhook.resource == "all" && is_hosed);
    let is_event = webhook.event == event || webhook.event == "all";
    webhook.is_active && is_resource && is_event
}

/// Whether every `name=value` of a filter matches the event.
fn passes(filter: Option<&str>, data: &Shown, owner_id: &str) -> bool {
    let pairs = filter.unwrap_or_default().split('&');
    let mut pairs = pairs.filter(|pair| !pair.is_empty());
    pairs.all(|pair| {
        let (name, wanted) = pair.split_once('=').unwrap_or((pair, ""));
        let has = |field: &str| data.get(field).is_some_and(Value::is_array).to_string();
        let wanted = match (name, wanted) {
            ("mentionedPeople", "me") => owner_id,
            (_, wanted) => wanted,
        };
        match name {
            "hasFiles" => has("files").eq_ignore_ascii_case(wanted),
            "hasAttachments" => has("attachments").eq_ignore_ascii_case(wanted),
            name => match data.get(name) {
                Some(Value::String(value)) => value.eq_ignore_ascii_case(wanted),
                Some(Value::Bool(value)) => value.to_string().eq_ignore_ascii_case(wanted),
                Some(Value::Array(values)) => values.iter().any(|value| value == wanted),
                _ => false,
            },
        }
    })
}

/// Counts a failed delivery; the hundredth within five minutes disables the webhook.
///
/// A webhook that was enabled again within that time keeps its failures, so the next one disables
/// it again.
pub(crate) fn note_failure(world: &mut World, key: WebhookKey, now: Timestamp) {
    let Some(webhook) = world.webhooks.get_mut(key) else {
        return;
    };
    let window = SignedDuration::from_secs(FAILURE_WINDOW_SECS);
    let is_old = |moment: &Timestamp| now.duration_since(*moment) > window;
    while webhook.failures.front().is_some_and(is_old) || webhook.failures.len() >= MAX_FAILURES {
        webhook.failures.pop_front();
    }
    webhook.failures.push_back(now);
    if webhook.failures.len() >= MAX_FAILURES {
        webhook.is_active = false;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{passes, shown};

    #[test]
    fn every_pair_of_a_filter_must_hold() {
        let data = shown(json!({
            "roomId": "R", "roomType": "group", "personEmail": "bob@example.com",
            "mentionedPeople": ["ME", "OTHER"], "files": ["u"], "isLocked": false,
        }));
        for (filter, expected) in [
            (None, true),
            (Some(""), true),
            (Some("roomId=R"), true),
            (Some("roomId=S"), false),
            (Some("roomId=R&roomType=direct"), false),
            (Some("personEmail=Bob@Example.com&roomType=group"), true),
            (Some("mentionedPeople=me"), true),
            (Some("mentionedPeople=nobody"), false),
            (Some("hasFiles=true&hasAttachments=false"), true),
            (Some("hasFiles=false"), false),
            (Some("isLocked=False&hasFiles=True"), true),
            (Some("isLocked=true"), false),
            (Some("unknown=1"), false),
        ] {
            assert_eq!(passes(filter, &data, "ME"), expected, "{filter:?}");
        }
    }
}
