//! What answers about messages tell a reader.

use super::delete::Deleted;
use super::edit::Edited;
use super::search::Matches;
use super::writing::Mentioned;
use super::{Message, Messages, Sent};
use crate::tool::{Lines, Render, counted, render_rows};

/// Who, when, in which thread, what. The space is told once for all messages.
impl Render for Message {
    fn render(&self, out: &mut Lines) {
        out.line(&[self.from.as_deref().unwrap_or("Somebody")]);
        if let Some(created) = &self.created {
            out.add(&[" at ", created]);
        }
        if self.updated.is_some() {
            out.add(&[", edited"]);
        }
        if let Some(parent_id) = &self.parent_id {
            out.add(&[", reply to ", parent_id]);
        }
        if self.has_card {
            out.add(&[", with a card"]);
        }
        match &self.text {
            Some(text) => out.theirs(text),
            None => out.add(&[", without text"]),
        }
        for file in &self.files {
            out.line(&["file: ", file]);
        }
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Messages {
    fn render(&self, out: &mut Lines) {
        render_messages(out, &self.messages, "No messages.");
        self.page.render(out);
    }
}

/// Where it went first, and whom it mentions: what a person would check.
impl Render for Sent {
    fn render(&self, out: &mut Lines) {
        out.line(&["Sent"]);
        if let (None, Some(address)) = (&self.space, &self.to_person_email) {
            out.add(&[" to ", address]);
        }
        if let Some(created) = &self.created {
            out.add(&[" at ", created]);
        }
        match &self.space {
            Some(title) => {
                out.add(&[" to the space:"]);
                out.theirs(title);
            }
            None => out.add(&["."]),
        }
        self.mentioned.render(out);
        if let Some(thread) = &self.used_parent_id {
            out.line(&["It is a reply in the thread ", thread]);
        }
        out.line(&["id: ", &self.id]);
        out.fact("space", self.room_id.as_ref());
    }
}

impl Render for Mentioned {
    fn render(&self, out: &mut Lines) {
        if !self.mentions.is_empty() {
            out.line(&["It mentions ", &self.mentions.join(", "), "."]);
        }
        if let Some(note) = self.note {
            out.line(&[
                "mentionsNobody: ",
                &self.mentions_nobody.join(", "),
                ". ",
                note,
            ]);
        }
    }
}

/// Messages of one space.
pub fn render_messages(out: &mut Lines, messages: &[Message], none: &str) {
    match messages {
        [one] => one.render(out),
        messages => render_rows(out, messages, none),
    }
    out.fact(
        "space",
        messages.first().and_then(|first| first.room_id.as_ref()),
    );
}

impl Render for Deleted {
    fn render(&self, out: &mut Lines) {
        out.line(&["Deleted for everybody: the message"]);
        if let Some(from) = &self.from {
            out.add(&[" of ", from]);
        }
        if let Some(created) = &self.created {
            out.add(&[" at ", created]);
        }
        out.fact("space", self.room_id.as_ref());
    }
}

impl Render for Edited {
    fn render(&self, out: &mut Lines) {
        out.line(&["Edited your message"]);
        match &self.space {
            Some(title) => {
                out.add(&[" in the space:"]);
                out.theirs(title);
            }
            None => out.add(&["."]),
        }
        self.mentioned.render(out);
    }
}

impl Render for Matches {
    fn render(&self, out: &mut Lines) {
        render_messages(out, &self.messages, "No match");
        if !self.messages.is_empty() {
            out.line(&[&self.messages.len().to_string(), " found"]);
        }
        out.add(&[" in ", &counted(self.read, "message")]);
        if let Some(time) = &self.read_back_to {
            out.add(&[", back to ", time]);
        }
        self.page.render_on(out);
    }
}
