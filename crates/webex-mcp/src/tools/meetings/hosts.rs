//! Who may change a meeting: found out before a person is asked about it.

use webex::invitees::ListInvitees;
use webex::meetings::Meeting;

use crate::error::CallError;
use crate::limits::LIST_MAX_ENTRIES;
use crate::tool::{Context, Question};

/// Goes on with a question about what only the host and the cohosts of a meeting may do.
///
/// # Errors
/// `forbidden` for a caller who is certainly none of them.
pub async fn by_host(
    context: &Context,
    question: Question,
    meeting: &Meeting,
) -> Result<Question, CallError> {
    match is_of_others(context, meeting).await {
        true => context.without_role(question, "the host and the cohosts of the meeting"),
        false => Ok(question),
    }
}

/// Whether the caller certainly neither hosts the meeting nor is a cohost.
async fn is_of_others(context: &Context, meeting: &Meeting) -> bool {
    let Some(host) = meeting.host_email.as_deref() else {
        return false;
    };
    let Some(me) = context.me().await else {
        return false;
    };
    let own = me.emails.unwrap_or_default();
    let is_mine = |email: &str| own.iter().any(|own| own.eq_ignore_ascii_case(email));
    if own.is_empty() || is_mine(host) || meeting.host_user_id.as_ref() == Some(&me.id) {
        return false;
    }
    let query = ListInvitees {
        meeting_id: meeting.id.clone(),
        max: Some(LIST_MAX_ENTRIES),
        ..ListInvitees::default()
    };
    let invitees = context.webex.invitees();
    let Some(invited) = context.best_effort(invitees.list(&query)).await else {
        return false;
    };
    let is_cohost = invited.items.iter().any(|one| {
        let email = one.email.as_deref();
        one.co_host == Some(true) && email.is_some_and(is_mine)
    });
    invited.next.is_none() && !is_cohost
}
