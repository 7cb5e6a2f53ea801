//! The allowed values of query parameters that Cisco's document lists and that nothing else checks.

use url::form_urlencoded;

use crate::problem::{Problem, Result};

/// The spellings of booleans; some SDKs write them with a capital letter.
const BOOLEANS: &str = "callingData, excludeStatus, showAllTypes, minResponse, current, sendEmail, \
    isDefault, isStandard, orgPublicSpaces";

const FORMATS: &str = "MP4, ARF";
const STATUSES: &str = "available, deleted, purged";
const SERVICES: &str = "MeetingCenter, EventCenter, SupportCenter, TrainingCenter";
const TRACKED_SERVICES: &str = "All, MeetingCenter, EventCenter, TrainingCenter, SupportCenter";
const TYPES: &str = "meetingSeries, scheduledMeeting, meeting";
const STATES: &str = "active, scheduled, ready, lobby, inProgress, ended, missed, expired";
const SCHEDULED_TYPES: &str = "meeting, webinar, personalRoomMeeting";

/// One parameter of one route, and its values.
type Choice = (&'static str, &'static str, &'static str);

fn has(words: &str, word: &str) -> bool {
    words.split(", ").any(|known| known == word)
}

const CHOICES: [Choice; 15] = [
    ("/rooms", "type", "direct, group"),
    ("/rooms", "sortBy", "id, lastactivity, created"),
    ("/meetings", "meetingType", TYPES),
    ("/meetings", "state", STATES),
    ("/meetings", "scheduledType", SCHEDULED_TYPES),
    ("/meetings/templates", "templateType", "meeting, webinar"),
    ("/meetings/trackingCodes", "service", TRACKED_SERVICES),
    ("/recordings", "format", FORMATS),
    ("/recordings", "serviceType", SERVICES),
    ("/recordings", "status", STATUSES),
    ("/admin/recordings", "format", FORMATS),
    ("/admin/recordings", "serviceType", SERVICES),
    ("/admin/recordings", "status", STATUSES),
    ("/group/recordings", "format", FORMATS),
    ("/group/recordings", "serviceType", SERVICES),
];

/// Refuses a value that the parameter of this route does not have. Unknown names are ignored, as in
/// Webex.
pub(crate) fn check(route: &str, query: &str) -> Result<()> {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let is_bool = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
        Problem::bad_request(format!("{name} must be true or false."))
            .when(has(BOOLEANS, &name) && !is_bool)?;
        let mut choices = CHOICES.iter();
        let choice = choices.find(|(path, known, _)| *path == route && *known == name);
        let values = choice.map_or("", |(.., values)| values);
        Problem::bad_request(format!("{name} must be one of {values}."))
            .when(choice.is_some() && !has(values, &value))?;
    }
    Ok(())
}
