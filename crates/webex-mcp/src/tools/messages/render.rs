//! What answers about messages tell a reader.

use super::delete::Deleted;
use super::edit::Edited;
use super::search::Matches;
use super::writing::{Mentioned, notify_nobody};
use super::{Message, Messages, Sent};
use crate::tool::{Lines, Render, counted};

/// What the message before said, so that the next need not say it again.
#[derive(Debug, Default)]
struct Said<'m> {
    day: &'m str,
    thread: Option<&'m str>,
}

impl Message {
    /// By itself: who, when, in which thread, what.
    fn alone(&self, out: &mut Lines) {
        self.author(out);
        if let Some(created) = &self.created {
            out.add(&[" at ", to_the_second(created), "Z"]);
        }
        if let Some(thread) = &self.parent_id {
            out.add(&[", reply to ", thread]);
        }
        self.content(out);
    }

    /// Among others: the same, without the day and the thread of the one before.
    fn listed_after<'m>(&'m self, said: &mut Said<'m>, out: &mut Lines) {
        let created = self
            .created
            .as_deref()
            .and_then(|time| time.split_once('T'));
        let (day, time) = created.unwrap_or((said.day, ""));
        if day != said.day {
            out.gap();
            out.line(&[day]);
            said.day = day;
        }
        self.author(out);
        if !time.is_empty() {
            out.add(&[" ", to_the_second(time), "Z"]);
        }
        let thread = self.parent_id.as_deref();
        match thread {
            Some(_) if thread == said.thread => out.add(&[", same thread"]),
            Some(thread) => out.add(&[", reply to ", thread]),
            None => {}
        }
        said.thread = thread;
        self.content(out);
    }

    fn author(&self, out: &mut Lines) {
        out.address(self.from.as_deref().unwrap_or("Somebody"));
    }

    fn content(&self, out: &mut Lines) {
        if self.updated.is_some() {
            out.add(&[", edited"]);
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

/// A time in UTC without its zone, and without fractions of a second, which nobody reads.
fn to_the_second(time: &str) -> &str {
    time.split(['.', 'Z']).next().unwrap_or(time)
}

impl Render for Messages {
    fn render(&self, out: &mut Lines) {
        render_messages(out, &self.messages, "No messages.");
        out.fact("space", self.room_id.as_ref());
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
            out.line(&[&notify_nobody(&self.mentions_nobody), " ", note]);
        }
    }
}

/// Messages of one space, day by day.
pub fn render_messages(out: &mut Lines, messages: &[Message], none: &str) {
    match messages {
        [] => out.line(&[none]),
        [one] => one.alone(out),
        messages => {
            let mut said = Said::default();
            for message in messages {
                message.listed_after(&mut said, out);
            }
            out.gap();
        }
    }
    let mut rooms = messages.iter().filter_map(|one| one.room_id.as_ref());
    out.fact("space", rooms.next());
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
        if let Some(title) = &self.space {
            out.add(&[", in the space:"]);
            out.theirs(title);
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
