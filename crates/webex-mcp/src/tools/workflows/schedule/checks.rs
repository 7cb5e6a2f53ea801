//! What is checked of a space when a message to it is scheduled: what would be refused at its time,
//! when nobody looks, is told now.

use webex::memberships::ListMemberships;
use webex::messages::Destination;

use super::scheduling::Message;
use crate::error::{CallError, Code};
use crate::tool::{Container, Context, Foreseen};
use crate::tools::messages::check_first;

impl Message {
    /// Whether this server allows its audience and its mentions. Who has to agree is asked elsewhere.
    ///
    /// # Errors
    /// `forbidden` where it allows less.
    pub async fn check_reach(&self, context: &Context) -> Result<(), CallError> {
        let words = [&self.words.text, &self.words.markdown];
        let mut changes = Foreseen {
            words: words.into_iter().flatten().map(String::as_str).collect(),
            ..Foreseen::default()
        };
        match &self.destination {
            Destination::Room(id) => changes.containers.push(Container::Space(id.clone())),
            Destination::Email(email) => changes.directly.push(email),
            Destination::Person(_) => {}
        }
        context.foresee(&changes).await.map(drop)
    }

    /// Hangs it on the first message of the thread that is meant, as a message that is sent now.
    ///
    /// # Errors
    /// `not_found` for a message that there is not, `invalid_arguments` for one of another space.
    pub async fn check_thread(&mut self, context: &Context) -> Result<(), CallError> {
        let Some(parent_id) = &self.parent_id else {
            return Ok(());
        };
        let messages = context.webex.messages();
        let Some(mut parent) = context.courtesy(messages.get(parent_id)).await? else {
            return Ok(());
        };
        if let Some(thread) = parent.parent_id.take() {
            self.parent_id = Some(thread);
        }
        let room_id = match &self.destination {
            Destination::Room(id) => Some(id.as_str()),
            Destination::Person(_) | Destination::Email(_) => None,
        };
        check_first(&parent, room_id)
    }

    /// What the space or the person is called, where a message may be posted as far as reads tell it.
    ///
    /// # Errors
    /// `not_found` for a space that the caller is not in, `forbidden` for one where only others post.
    pub async fn title(&self, context: &Context) -> Result<Option<String>, CallError> {
        let met = |id: &str| context.met(id).map(|met| met.name.as_str().to_owned());
        let id = match &self.destination {
            Destination::Email(_) => return Ok(None),
            Destination::Person(id) => return Ok(met(id)),
            Destination::Room(id) => id,
        };
        let room = context.courtesy(context.webex.rooms().get(id)).await?;
        let Some(room) = room else {
            return Ok(met(id));
        };
        if room.is_read_only == Some(true) {
            return Err(closed("Nobody may post in this space: it is read-only."));
        }
        if room.is_announcement_only == Some(true) && moderates(context, id).await? == Some(false) {
            return Err(closed("Only moderators may post in this space."));
        }
        Ok(met(id).or_else(|| room.title().map(str::to_owned)))
    }
}

/// Whether the caller is a moderator of the space; `None` where that cannot be read.
async fn moderates(context: &Context, room_id: &str) -> Result<Option<bool>, CallError> {
    let Some(me) = context.courtesy(context.webex.people().me()).await? else {
        return Ok(None);
    };
    let query = ListMemberships {
        room_id: Some(room_id.to_owned()),
        person_id: Some(me.id),
        ..ListMemberships::default()
    };
    let mine = context
        .courtesy(context.webex.memberships().list(&query))
        .await?;
    let mine = mine.and_then(|page| page.items.into_iter().next());
    Ok(mine.map(|mine| mine.is_moderator == Some(true)))
}

fn closed(message: &'static str) -> CallError {
    CallError::new(
        Code::Forbidden,
        message,
        "Nothing was scheduled. Ask a moderator of the space to post it, or choose another space.",
    )
}
