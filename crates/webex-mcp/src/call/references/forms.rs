//! What a reference is by its form: an id, a link, a bare uuid, or something else.

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
        return Ok(Some(reference.to_owned()));
    }
    match ResourceId::parse(reference) {
        // Nothing else is called like a meeting's id.
        // As answers show it.
        None if !is_meeting(reference) => return Ok(text::whole_id(kind.id_type(), reference)),
        Some(id)
            if id.kind == kind.id_type() || (kind == Kind::Person && id.kind == "APPLICATION") =>
        {
            return Ok(Some(reference.to_owned()));
        }
        _ => {}
    }
    Err(CallError::new(
        Code::InvalidArguments,
        format!("This is not the id of a {}.", kind.word()),
        "Pass an id of the right kind, or the name.",
    ))
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
    let (parameter, folder) = match kind {
        Kind::Space => ("space", "spaces"),
        Kind::Person => ("person", "people"),
        Kind::Team => ("team", "teams"),
        Kind::Meeting => return None,
    };
    bare_uuid(reference)
        .or_else(|| linked_uuid(reference, parameter, folder))
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
            for other in [Kind::Space, Kind::Person, Kind::Team] {
                let is_own = kind == other;
                assert_eq!(as_id(kind, &typed(other)).is_ok(), is_own, "{kind:?}");
            }
            // Names, which may look like the beginning of an id.
            for name in ["deadbeefdeadbeef", "Engineering", "0ed74a1c"] {
                let is_short_meeting = kind == Kind::Meeting && id::is_meeting_id(name);
                assert_eq!(as_id(kind, name).unwrap().is_some(), is_short_meeting);
            }
        }
    }
}
