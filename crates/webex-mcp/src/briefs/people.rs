//! Who the caller is, and who is in a space.

use webex::memberships::{ListMemberships, Membership};
use webex::people::Person;

use super::{Brief, Item, id, joined};
use crate::error::CallError;
use crate::tool::{Context, Theirs, counted};

/// The caller, where its token may say so. Whoever calls it declares [`webex::people::ME`] as a
/// courtesy.
///
/// # Errors
/// Any failure but a missing scope.
pub async fn own(context: &Context) -> Result<Option<Person>, CallError> {
    context.courtesy(context.webex.people().me()).await
}

/// The members of a space.
#[derive(Debug)]
pub struct Members {
    pub all: Vec<Membership>,
    /// There are more.
    pub has_more: bool,
}

/// The members of a space, up to `max`.
///
/// # Errors
/// Whatever Webex refuses.
pub async fn members(context: &Context, room_id: &str, max: u32) -> Result<Members, CallError> {
    let query = ListMemberships {
        room_id: Some(room_id.to_owned()),
        max: Some(max),
        ..ListMemberships::default()
    };
    let page = context.webex.memberships().list(&query).await?;
    Ok(Members {
        has_more: page.next.is_some(),
        all: page.items,
    })
}

impl Members {
    /// How many there are, in words.
    pub fn count(&self) -> String {
        let of_all = if self.has_more { "at least " } else { "" };
        format!("{of_all}{}", counted(self.all.len(), "member"))
    }
}

/// Tells these members, in at most `max_bytes`.
pub fn tell<'m>(
    brief: &mut Brief,
    members: impl Iterator<Item = &'m Membership>,
    max_bytes: usize,
) {
    let items = members.map(|member| Item {
        line: joined(&[
            member.person_email.clone(),
            member
                .is_moderator
                .filter(|is| *is)
                .map(|_| "moderator".to_owned()),
            Some(id("membershipId", &member.id)),
        ]),
        words: member.person_display_name.as_deref().map(Theirs::from),
    });
    let rest = "webex-get-membership with this roomId has them.";
    brief.items(items.collect(), max_bytes, "None.", rest);
}
