//! What a webhook can watch, for which events and with which filters: Webex's table as data.

use crate::error::WebexError;
use crate::webhooks::{WebhookEvent, WebhookResource};

/// One row: a resource, some of its events, and the filters for them.
#[derive(Clone, Debug)]
pub struct Watchable {
    /// The resource.
    pub resource: WebhookResource,
    /// Events that have the same filters.
    pub events: &'static [WebhookEvent],
    /// Names that a filter may have.
    pub filters: &'static [&'static str],
}

const fn row(
    resource: WebhookResource,
    events: &'static [WebhookEvent],
    filters: &'static [&'static str],
) -> Watchable {
    Watchable {
        resource,
        events,
        filters,
    }
}

use WebhookEvent as Event;
use WebhookResource as On;

/// Everything that can be watched, in the order of Webex's guide.
pub const WATCHABLE: &[Watchable] = &[
    row(
        On::AttachmentActions,
        &[Event::Created],
        &["messageId", "personId", "roomId"],
    ),
    row(
        On::Memberships,
        &[Event::Created, Event::Updated, Event::Deleted, Event::All],
        &["roomId", "personId", "personEmail", "isModerator"],
    ),
    row(
        On::Messages,
        &[Event::Created, Event::Deleted, Event::All],
        &[
            "roomId",
            "roomType",
            "personId",
            "personEmail",
            "mentionedPeople",
            "hasFiles",
            "hasAttachments",
        ],
    ),
    row(
        On::Rooms,
        &[Event::Created, Event::Updated, Event::All],
        &["type", "isLocked"],
    ),
    row(On::Rooms, &[Event::Migrated], &[]),
    row(
        On::Meetings,
        &[
            Event::Created,
            Event::Updated,
            Event::Deleted,
            Event::Started,
            Event::Ended,
        ],
        &[
            "id",
            "meetingNumber",
            "meetingType",
            "state",
            "hostEmail",
            "hostUserId",
            "siteUrl",
        ],
    ),
    row(
        On::MeetingParticipants,
        &[Event::Joined, Event::Left],
        &[
            "id",
            "meetingId",
            "state",
            "hostEmail",
            "hostPersonId",
            "siteUrl",
        ],
    ),
    row(
        On::Recordings,
        &[Event::Created, Event::Updated, Event::Deleted],
        &[
            "id",
            "meetingId",
            "scheduledMeetingId",
            "meetingSeriesId",
            "hostEmail",
            "hostUserId",
            "siteUrl",
        ],
    ),
    row(
        On::MeetingTranscripts,
        &[Event::Created],
        &[
            "id",
            "meetingId",
            "scheduledMeetingId",
            "meetingSeriesId",
            "hostEmail",
            "hostUserId",
            "siteUrl",
        ],
    ),
    row(
        On::ConvergedRecordings,
        &[Event::Created, Event::Updated, Event::Deleted],
        &[
            "recordingId",
            "ownerId",
            "ownerEmail",
            "ownerType",
            "storageRegion",
            "serviceType",
            "locationId",
        ],
    ),
    row(
        On::DataSources,
        &[Event::Created, Event::Updated, Event::Deleted],
        &["id", "schemaId", "appId", "orgId"],
    ),
    row(
        On::ServiceApp,
        &[Event::Authorized, Event::Deauthorized],
        &[
            "id",
            "friendlyName",
            "trainSiteNames",
            "adminTrainSiteNames",
        ],
    ),
    row(
        On::TelephonyCalls,
        &[Event::Created, Event::Updated, Event::Deleted],
        &["personality", "state", "number", "personId", "callType"],
    ),
    row(
        On::TelephonyConference,
        &[Event::Created, Event::Updated, Event::Deleted],
        &[],
    ),
    row(On::TelephonyMwi, &[Event::Updated], &[]),
    row(
        On::UcCounters,
        &[Event::Updated],
        &["clusterName", "hostName", "nodeType", "agentId"],
    ),
    row(
        On::UcCounter,
        &[Event::Updated],
        &["clusterName", "hostName", "nodeType", "agentId"],
    ),
    row(On::AdminBatchJobs, &[Event::StatusChanged], &["jobType"]),
    row(On::All, &[Event::All], &[]),
];

/// Filters that only a webhook of the whole organization may have (`ownedBy=org`).
pub const ORG_FILTERS: &[&str] = &["hostEmail", "hostUserId", "ownerEmail", "ownerId"];

/// Checks whether Webex can watch this, before anything is sent.
///
/// `filter` is `name=value`, several joined by `&`.
///
/// # Errors
/// [`WebexError::Invalid`], which names the field and its allowed values.
pub fn validate(
    resource: &WebhookResource,
    event: &WebhookEvent,
    filter: Option<&str>,
) -> Result<(), WebexError> {
    let rows = || WATCHABLE.iter().filter(|row| row.resource == *resource);
    if rows().next().is_none() {
        let known = WATCHABLE.iter().map(|row| row.resource.as_str());
        return Err(WebexError::invalid("resource", one_of(known)));
    }
    let Some(row) = rows().find(|row| row.events.contains(event)) else {
        let known = rows().flat_map(|row| row.events).map(WebhookEvent::as_str);
        return Err(WebexError::invalid("event", one_of(known)));
    };
    let Some(filter) = filter else {
        return Ok(());
    };
    if filter.contains(breaks_line) {
        return Err(WebexError::invalid(
            "filter",
            "it must not have a line break or another control character",
        ));
    }
    for condition in filter.split('&') {
        let (name, value) = condition.split_once('=').unwrap_or((condition, ""));
        if row.filters.is_empty() {
            return Err(WebexError::invalid("filter", "this event takes no filter"));
        }
        if !row.filters.contains(&name) {
            let known = row.filters.iter().copied();
            return Err(WebexError::invalid(
                "filter",
                format!("each name in it {}", one_of(known)),
            ));
        }
        if value.is_empty() {
            return Err(WebexError::invalid(
                "filter",
                "each name needs a value: name=value&name=value",
            ));
        }
    }
    Ok(())
}

/// Control characters, and the line breaks that Unicode does not count as such.
fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Refuses a filter for a whole organization on a webhook that is not for one.
pub(super) fn check_owner(filter: Option<&str>, owned_by: Option<&str>) -> Result<(), WebexError> {
    let conditions = filter.unwrap_or_default().split('&');
    let mut names = conditions.filter_map(|condition| Some(condition.split_once('=')?.0));
    if owned_by != Some("org") && names.any(|name| ORG_FILTERS.contains(&name)) {
        return Err(WebexError::invalid(
            "ownedBy",
            format!("it must be org with a filter of {}", ORG_FILTERS.join(", ")),
        ));
    }
    Ok(())
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = Vec::new();
    for word in words {
        if !known.contains(&word) {
            known.push(word);
        }
    }
    format!("must be one of {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_decides() {
        let cases = [
            ("messages", "created", None, None),
            ("messages", "created", Some("roomId=x&hasFiles=true"), None),
            ("messages", "all", Some("roomType=group"), None),
            ("all", "all", None, None),
            ("rooms", "migrated", None, None),
            ("messages", "updated", None, Some("event")),
            ("rooms", "migrated", Some("type=group"), Some("filter")),
            ("messages", "created", Some("colour=red"), Some("filter")),
            ("messages", "created", Some("roomId"), Some("filter")),
            ("messages", "created", Some("roomId="), Some("filter")),
            ("messages", "created", Some(""), Some("filter")),
            ("messages", "created", Some("roomId=x&"), Some("filter")),
            ("messages", "created", Some("roomId=x\n"), Some("filter")),
            ("messages", "created", Some("roomId=x\r\ny"), Some("filter")),
            ("messages", "created", Some("roomId=\0"), Some("filter")),
            (
                "messages",
                "created",
                Some("roomId=a\u{2028}b"),
                Some("filter"),
            ),
            ("messages", "created", Some("personEmail=a b@c.d"), None),
            ("cats", "created", None, Some("resource")),
            ("all", "created", None, Some("event")),
        ];
        for (resource, event, filter, wrong) in cases {
            let found = validate(&resource.into(), &event.into(), filter);
            let field = found.err().map(|error| match error {
                WebexError::Invalid { field, .. } => field,
                error => panic!("{error}"),
            });
            assert_eq!(field, wrong, "{resource} {event} {filter:?}");
        }
    }

    #[test]
    fn an_error_says_what_would_be_right() {
        let error = validate(&On::Rooms, &Event::Deleted, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "event is not valid: must be one of created, updated, all, migrated"
        );
    }

    #[test]
    fn every_known_resource_has_a_row() {
        for resource in WebhookResource::KNOWN {
            assert!(
                WATCHABLE.iter().any(|row| row.resource == *resource),
                "{resource}"
            );
        }
    }
}
