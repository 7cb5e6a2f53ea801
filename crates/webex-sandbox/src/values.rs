//! The allowed values of query parameters and of webhook filters that Cisco's documents list and that
//! nothing else checks.

use url::form_urlencoded::{self, Serializer};

use crate::problem::{Problem, Result};

const BOOLEANS: &str = "callingData, excludeStatus, showAllTypes, minResponse, current, sendEmail, \
    isDefault, isStandard, orgPublicSpaces, isModified, hasChat, hasRecording, hasTranscription, \
    hasSummary, hasClosedCaption, hasPolls, hasQA, hasSlido, hasFiles, hasAttachments, isLocked, \
    isModerator";

/// Stands for a route where the filter of a webhook, which is written like a query, is checked.
pub(crate) const WEBHOOK_FILTER: &str = "filter";
const EVENT_RESOURCES: &str = "attachmentActions, businessTexts, call_records, \
    convergedRecordings, file_transcodings, files, meetingMessages, meetings, meetingTranscripts, \
    memberships, messages, rooms, tabs";

const SERVICES: &str = "MeetingCenter, EventCenter, SupportCenter, TrainingCenter";
const TRACKED_SERVICES: &str = "All, MeetingCenter, EventCenter, TrainingCenter, SupportCenter";
const TYPES: &str = "meetingSeries, scheduledMeeting, meeting";
const STATES: &str = "active, scheduled, ready, lobby, inProgress, ended, missed, expired";
const SCHEDULED_TYPES: &str = "meeting, webinar, personalRoomMeeting";

/// The one site of the organization, and the parameters with which Webex ignores a site.
const SITES: &str = "example.webex.com";
const SITE_IS_KNOWN: &str = "meetingId, meetingSeriesId, meetingNumber, webLink";
const OF_SITES: &str = "/meetings, /meetings/templates, /meetings/sessionTypes, \
    /meetings/sessionTypes/{id}, /meetings/trackingCodes, /recordings, /meetingTranscripts";

/// The ends of routes, a parameter and its values.
type Choice = (&'static str, &'static str, &'static str);

fn has(words: &str, word: &str) -> bool {
    words.split(", ").any(|known| known == word)
}

const CHOICES: [Choice; 15] = [
    (OF_SITES, "siteUrl", SITES),
    (WEBHOOK_FILTER, "roomType", "direct, group"),
    (WEBHOOK_FILTER, "mentionedPeople", "me"),
    ("/events", "resource", EVENT_RESOURCES),
    ("/events", "type", "created, updated, deleted, ended"),
    ("filter, /rooms", "type", "direct, group"),
    ("/rooms", "sortBy", "id, lastactivity, created"),
    ("filter, /meetings", "meetingType", TYPES),
    ("/meetings", "state", STATES),
    ("/meetings", "scheduledType", SCHEDULED_TYPES),
    ("/meetings/templates", "templateType", "meeting, webinar"),
    ("/meetings/trackingCodes", "service", TRACKED_SERVICES),
    ("/recordings", "format", "MP4, ARF"),
    ("/recordings", "serviceType", SERVICES),
    ("/recordings", "status", "available, deleted, purged"),
];

/// Refuses a value that the parameter of this route does not have. Unknown names are ignored, as in
/// Webex. Gives the query with its booleans in small letters: some SDKs write a capital one.
pub(crate) fn checked(route: &str, query: &str) -> Result<String> {
    let mut plain = Serializer::new(String::new());
    let given = form_urlencoded::parse(query.as_bytes());
    let is_known = given.clone().any(|(name, _)| has(SITE_IS_KNOWN, &name));
    for (name, value) in given {
        let small = value.to_ascii_lowercase();
        let is_bool = has(BOOLEANS, &name);
        Problem::bad_request(format!("{name} must be true or false."))
            .when(is_bool && !has("true, false", &small))?;
        plain.append_pair(&name, if is_bool { &small } else { &value });
        let mut choices = CHOICES.iter();
        let choice = choices.find(|(paths, known, _)| {
            let is_here = paths.split(", ").any(|path| route.ends_with(path));
            is_here && *known == name && !(is_known && name == "siteUrl")
        });
        let values = choice.map_or("", |(.., values)| values);
        Problem::bad_request(format!("{name} must be one of {values}."))
            .when(choice.is_some() && !has(values, &value))?;
    }
    Ok(plain.finish())
}
