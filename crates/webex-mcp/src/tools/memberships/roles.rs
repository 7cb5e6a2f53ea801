//! How a membership is changed, and what is asked before somebody moderates a space no more.

use webex::memberships::{ListMemberships, Membership, UpdateMembership};

use super::Named;
use crate::error::CallError;
use crate::limits::LIST_MAX_ENTRIES;
use crate::tool::{Context, Question, tell_arguments};

/// Which membership it is, and both of its flags: what is left out stays, and is read.
///
/// # Errors
/// `invalid_arguments` where nothing changes, and those of reading.
pub async fn flags(
    context: &Context,
    named: Named,
    is_moderator: Option<bool>,
    is_room_hidden: Option<bool>,
) -> Result<(String, UpdateMembership), CallError> {
    let (id, is_moderator, is_room_hidden) = match (named, is_moderator, is_room_hidden) {
        (_, None, None) => {
            return Err(CallError::invalid(
                "isModerator",
                "nothing to change; give isModerator, isRoomHidden or both",
            ));
        }
        (Named::Id(id), Some(is_moderator), Some(is_room_hidden)) => {
            (id, is_moderator, is_room_hidden)
        }
        (named, ..) => {
            let present = named.read(context).await?;
            let or = |wanted: Option<bool>, present: Option<bool>| {
                wanted.or(present).unwrap_or_default()
            };
            (
                present.id,
                or(is_moderator, present.is_moderator),
                or(is_room_hidden, present.is_room_hidden),
            )
        }
    };
    let flags = UpdateMembership {
        is_moderator,
        is_room_hidden,
    };
    Ok((id, flags))
}

/// What is asked before somebody moderates a space no more; needless where others do who could give
/// the role back.
pub async fn demotion(
    context: &Context,
    named: &Named,
    is_room_hidden: Option<bool>,
) -> Result<Question, CallError> {
    let member = named.read(context).await?;
    let (Some(true), Some(room_id)) = (member.is_moderator, &member.room_id) else {
        return Ok(Question::needless());
    };
    let me = context.own_id().await;
    let is_own = me.is_some() && me == member.person_id;
    let query = ListMemberships {
        room_id: Some(room_id.clone()),
        max: Some(LIST_MAX_ENTRIES),
        ..ListMemberships::default()
    };
    let members = context.webex.memberships().list(&query).await?;
    let is_other = |one: &Membership| one.is_moderator == Some(true) && one.id != member.id;
    let others = members.items.iter().any(is_other);
    let lost = match (is_own, others, &members.next) {
        (false, true, _) => return Ok(Question::needless()),
        (true, true, _) => " You could not undo that yourself; another moderator could.",
        (_, false, None) => " Nobody else moderates it, so nobody could undo that.",
        (true, false, Some(_)) => " You could not undo that yourself.",
        (false, false, Some(_)) => " None of the members that were looked at moderates it too.",
    };
    let title = context.space_title(Some(room_id)).await;
    let question = match is_own {
        true => Question::new("Give up moderating "),
        false => {
            let question = Question::new("Let ");
            let name = member.person_display_name.as_deref();
            let question = question.person(name, member.person_email.as_deref());
            question.and(" no longer moderate ")
        }
    };
    let question = question.named("the space", title).and("?").and(lost);
    let others = serde_json::json!({"isRoomHidden": is_room_hidden});
    Ok(tell_arguments(context, question, &others).await)
}
