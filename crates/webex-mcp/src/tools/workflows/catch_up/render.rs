//! What the tool that catches up tells a reader: what waits for an answer stands first.

use super::missed::{Busy, CatchUp, LeftOut, Missed};
use crate::tool::{Lines, Render, counted};

impl Render for CatchUp {
    fn render(&self, out: &mut Lines) {
        out.line(&["Since ", &self.since, ":"]);
        let left_out = &self.left_out;
        left_out.tell(out);
        // Of what was not read, nothing is known.
        let of_read = match left_out.no_space() {
            true => ".",
            false => " in what was read.",
        };
        let of_threads = match left_out.threads_not_seen {
            true => " in what was read.",
            false => of_read,
        };
        for (heading, none, all, more) in [
            (
                "Mentions of you:",
                ["Nobody mentioned you", of_read],
                &self.mentions,
                left_out.more_mentions,
            ),
            (
                "Direct messages:",
                ["No direct messages", of_read],
                &self.direct_messages,
                left_out.more_direct_messages,
            ),
            (
                "New in your threads, the latest reply of each:",
                ["Nothing new in your threads", of_threads],
                &self.threads,
                left_out.more_threads,
            ),
        ] {
            out.gap();
            if all.is_empty() {
                out.line(&none);
                continue;
            }
            out.line(&[heading]);
            all.iter().for_each(|one| one.render(out));
            if more > 0 {
                let more = more.to_string();
                out.line(&[&more, " more; webex-get-message with a roomId has them."]);
            }
        }
        out.gap();
        match self.spaces.is_empty() {
            true if left_out.no_space() => out.line(&["No messages of others in any space."]),
            true => out.line(&["No messages of others in the spaces that were read."]),
            false => out.line(&["Spaces with the most messages of others:"]),
        }
        self.spaces.iter().for_each(|one| one.render(out));
        if left_out.more_spaces > 0 {
            let more = counted(left_out.more_spaces, "more space");
            out.line(&[&more, " with messages."]);
        }
    }
}

impl LeftOut {
    fn tell(&self, out: &mut Lines) {
        if !self.no_space() {
            let at_least = if self.more_not_seen { "at least " } else { "" };
            let spaces = counted(self.spaces_not_read, "space");
            out.line(&["Not read: ", at_least, &spaces, " with activity; "]);
            out.add(&["webex-get-space lists the spaces."]);
        }
    }
}

impl Render for Missed {
    fn render(&self, out: &mut Lines) {
        if let Some(space) = &self.space {
            out.theirs(space);
        }
        out.address(self.from.as_deref().unwrap_or("somebody"));
        if let Some(created) = &self.created {
            out.add(&[" at ", created]);
        }
        if let Some(replies) = self.replies.filter(|replies| *replies > 1) {
            out.add(&[", the last of ", &replies.to_string()]);
        }
        if self.has_files {
            out.add(&[", with a file"]);
        }
        if self.answered {
            out.add(&[", answered"]);
        }
        out.add(&[": messageId ", &self.id]);
        if let Some(parent) = &self.parent_id {
            out.add(&[", parentId ", parent]);
        }
        out.add(&[", roomId ", &self.room_id]);
        if let Some(text) = &self.text {
            out.theirs(text);
        }
    }
}

impl Render for Busy {
    fn render(&self, out: &mut Lines) {
        if let Some(space) = &self.space {
            out.theirs(space);
        }
        let at_least = if self.has_more { "at least " } else { "" };
        let (messages, people) = (
            counted(self.messages, "message"),
            counted(self.people, "author"),
        );
        out.line(&[at_least, &messages, " of ", &people]);
        if let Some(latest) = &self.latest {
            out.add(&[", the latest at ", latest]);
        }
        out.add(&[": roomId ", &self.room_id]);
    }
}
