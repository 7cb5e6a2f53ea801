//! The tracking codes of the demo company's site.

use webex::limits::MAX_TRACKING_CODE_CHARS;

use crate::problem::{Problem, Result};
use crate::rows::meetings::TrackingCode;

/// Id, name, the way a value is entered, and the values to choose from.
pub(crate) const TRACKING_CODES: &[(&str, &str, &str, &[&str])] = &[
    ("1", "Cost Centre", "text", &[]),
    ("2", "Team", "editableSelect", &["Engineering", "Unicorn"]),
    (
        "3",
        "Purpose",
        "select",
        &["Planning", "Review", "Training"],
    ),
];

/// Codes of one meeting; Webex's sites have ten.
const MAX_TRACKING_CODES: usize = 10;

/// Refuses codes that are too long, and values that their code does not offer.
pub(crate) fn check_tracking_codes(codes: &[TrackingCode]) -> Result<()> {
    Problem::bad_request("A meeting has at most 10 tracking codes.")
        .when(codes.len() > MAX_TRACKING_CODES)?;
    let is_text = |text: &String| (1..=MAX_TRACKING_CODE_CHARS).contains(&text.chars().count());
    let mut texts = codes.iter().flat_map(|one| [&one.name, &one.value]);
    Problem::bad_request("Name and value of a tracking code must have 1 to 120 characters.")
        .unless(texts.all(is_text))?;
    let is_offered = |code: &TrackingCode| {
        let known = TRACKING_CODES
            .iter()
            .find(|(_, name, ..)| *name == code.name);
        known.is_none_or(|(_, _, mode, values)| {
            *mode != "select" || values.contains(&code.value.as_str())
        })
    };
    Problem::bad_request("The value is none of the tracking code's options.")
        .unless(codes.iter().all(is_offered))
}
