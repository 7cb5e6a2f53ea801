//! What the tool that catches up tells a reader: what waits for an answer stands first.

use super::missed::{Busy, CatchUp, Missed};
use crate::tool::{Lines, Render, counted};

impl Render for CatchUp {
    fn render(&self, out: &mut Lines) {
        out.line(&["Since ", &self.since, ":"]);
        let left_out = &self.left_out;
        for (heading, none, all, more) in [
            (
                "Mentions of you:",
                "Nobody mentioned you.",
                &self.mentions,
                left_out.more_mentions,
            ),
            (
                "Direct messages:",
                "No direct messages.",
                &self.direct_messages,
                left_out.more_direct_messages,
            ),
            (
                "New in your threads, the latest reply of each:",
                "Nothing new in your threads.",
                &self.threads,
                left_out.more_threads,
            ),
        ] {
            out.gap();
            if all.is_empty() {
                out.line(&[none]);
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
            true => out.line(&["No messages of others in any space."]),
            false => out.line(&["Spaces with the most messages of others:"]),
        }
        self.spaces.iter().for_each(|one| one.render(out));
        if left_out.more_spaces > 0 {
            let more = counted(left_out.more_spaces, "more space");
            out.line(&[&more, " with messages."]);
        }
        if left_out.spaces_not_read > 0 || left_out.more_not_seen {
            let at_least = if left_out.more_not_seen {
                "at least "
            } else {
                ""
            };
            let spaces = counted(left_out.spaces_not_read, "space");
            out.gap();
            out.line(&["Not looked into: ", at_least, &spaces, " with activity; "]);
            out.add(&["webex-get-space lists them."]);
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
