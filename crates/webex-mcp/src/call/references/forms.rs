//! What a reference is by its form: an id, a link, a bare uuid, or something else.

use percent_encoding::percent_decode_str;
use uuid::Uuid;
use webex::id::{self, ResourceId};

use super::names::Kind;
use crate::error::{CallError, Code};
use crate::text;

/// The hexadecimal digits that the id of a meeting begins with.
const MEETING_ID_DIGITS: usize = 32;

/// An id is recognized by its form and passed on unchanged, or made whole if it is as answers show
/// it; an id of another kind is refused here.
pub(super) fn as_id(kind: Kind, reference: &str) -> Result<Option<String>, CallError> {
    if kind == Kind::Meeting && id::is_meeting_id(reference) {
        return Ok(Some(with_small_digits(reference)));
    }
    match ResourceId::parse(reference) {
        // As answers show it; nothing else is called like a meeting's id.
        None if !is_meeting(reference) => return Ok(text::whole_id(kind.id_type(), reference)),
        Some(id)
            if id.kind == kind.id_type() || (kind == Kind::Person && id.kind == "APPLICATION") =>
        {
            // Without the padding that other programs write.
            return Ok(Some(id.encode()));
        }
        _ => {}
    }
    Err(CallError::new(
        Code::InvalidArguments,
        format!("This is not the id of a {}.", kind.word()),
        "Pass an id of the right kind, or the name.",
    ))
}

/// An id of what belongs to meetings, as Webex compares it: its hexadecimal digits are small.
pub(super) fn with_small_digits(id: &str) -> String {
    match id.split_once('_') {
        _ if !id::is_meeting_id(id) => id.to_owned(),
        Some((digits, rest)) => format!("{}_{rest}", digits.to_ascii_lowercase()),
        None => id.to_ascii_lowercase(),
    }
}

/// Whether a text can only be an id, whole or as answers show it.
pub(super) fn is_id(text: &str) -> bool {
    let is_short = |kind: &Kind| text::whole_id(kind.id_type(), text).is_some();
    ResourceId::parse(text).is_some()
        || is_meeting(text)
        || bare_uuid(text).is_some()
        || [Kind::Space, Kind::Person, Kind::Team].iter().any(is_short)
}

/// The value in an address of ours, such as `webex://spaces/…`.
pub(super) fn addressed(reference: &str, folder: &str) -> Option<String> {
    let path = reference.strip_prefix("webex://")?.strip_prefix(folder)?;
    let value = path.strip_prefix('/')?.split('/').next()?;
    let value = percent_decode_str(value).decode_utf8().ok()?;
    (!value.is_empty()).then(|| value.into_owned())
}

/// Whether it has the form of the id of a meeting of any kind, in its full length.
fn is_meeting(reference: &str) -> bool {
    let series = reference.split('_').next().unwrap_or_default();
    series.len() == MEETING_ID_DIGITS && id::is_meeting_id(reference)
}

pub(super) enum Target {
    Uuid(Uuid),
    Email(String),
}

/// A bare uuid, or `webexteams://im?space=…`, `https://web.webex.com/spaces/…`,
/// `webexteams://im?email=…`, `…/teams/…`.
pub(super) fn link_target(kind: Kind, reference: &str) -> Option<Target> {
    if kind == Kind::Person
        && let Ok(url) = url::Url::parse(reference)
        && let Some(email) = parameter(&url, "email")
    {
        return Some(Target::Email(email));
    }
    let parameter = match kind {
        Kind::Space | Kind::Person | Kind::Team => kind.word(),
        Kind::Meeting => return None,
    };
    bare_uuid(reference)
        .or_else(|| linked_uuid(reference, parameter, kind.folder()))
        .map(Target::Uuid)
}

fn parameter(url: &url::Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// The uuid of a link, in this parameter or behind this folder.
pub(super) fn linked_uuid(link: &str, name: &str, folder: &str) -> Option<Uuid> {
    let url = url::Url::parse(link).ok()?;
    let from_path = || {
        let mut parts = url.path_segments()?.skip_while(|part| *part != folder);
        parts.nth(1).map(str::to_owned)
    };
    let uuid = parameter(&url, name).or_else(from_path)?;
    Uuid::try_parse(&uuid).ok()
}

/// A uuid as people copy it, with its hyphens.
pub(super) fn bare_uuid(text: &str) -> Option<Uuid> {
    const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;
    let uuid = Uuid::try_parse(text).ok()?;
    (text.len() == LENGTH).then_some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_for_its_own_kind_only() {
        let hex = "0ed74a1c0551494fb7a04e2881bf50ae";
        let instance = format!("{hex}_I_166022169160077044");
        let date = format!("{hex}_20260106T093000Z");
        let typed = |kind: Kind| id::encode("us", kind.id_type(), Uuid::nil());
        let all = [Kind::Space, Kind::Person, Kind::Team, Kind::Meeting];
        for kind in all {
            for meeting in [hex, &instance, &date] {
                let found = as_id(kind, meeting);
                match kind {
                    Kind::Meeting => assert_eq!(found.unwrap().as_deref(), Some(meeting)),
                    _ => assert_eq!(found.unwrap_err().code, Code::InvalidArguments),
                }
            }
            assert_eq!(
                as_id(Kind::Meeting, &instance.to_uppercase())
                    .unwrap()
                    .as_ref(),
                Some(&instance)
            );
            for other in [Kind::Space, Kind::Person, Kind::Team] {
                let padded = format!("{}=", typed(other));
                let found = as_id(other, &padded).unwrap();
                assert_eq!(found, Some(typed(other)));
                let is_own = kind == other;
                assert_eq!(as_id(kind, &typed(other)).is_ok(), is_own, "{kind:?}");
            }
            // Names, which may look like the beginning of an id.
            assert!(
                as_id(kind, &format!("ROOM/{}", Uuid::nil()))
                    .unwrap()
                    .is_none()
            );
            for name in ["deadbeefdeadbeef", "Engineering", "0ed74a1c"] {
                let is_short_meeting = kind == Kind::Meeting && id::is_meeting_id(name);
                assert_eq!(as_id(kind, name).unwrap().is_some(), is_short_meeting);
            }
        }
    }

    #[test]
    fn an_address_of_ours_is_what_it_leads_to() {
        for (reference, folder, value) in [
            ("webex://spaces/us%2F1", "spaces", Some("us/1")),
            ("webex://spaces/Design/members", "spaces", Some("Design")),
            ("webex://spaces/", "spaces", None),
            ("webex://spaces", "spaces", None),
            ("webex://people/x", "spaces", None),
            ("https://web.webex.com/spaces/x", "spaces", None),
        ] {
            assert_eq!(
                addressed(reference, folder).as_deref(),
                value,
                "{reference}"
            );
        }
    }
}
