//! What answers about cards tell a reader.

use super::{Response, Submitted};
use crate::tool::{Lines, Render, counted};

impl Render for Submitted {
    fn render(&self, out: &mut Lines) {
        out.line(&["Submitted the card"]);
        if let Some(from) = &self.card_from {
            out.add(&[" of ", from]);
        }
        if let Some(created) = &self.created {
            out.add(&[" at ", created]);
        }
        match &self.space {
            Some(title) => {
                out.add(&[", in the space:"]);
                out.theirs(title);
            }
            None => out.add(&["."]),
        }
        out.line(&["attachmentActionId: ", &self.id]);
        out.fact("space", self.room_id.as_ref());
    }
}

/// Who, when, what; then of which card.
impl Render for Response {
    fn render(&self, out: &mut Lines) {
        if self.is_waiting {
            out.line(&["No answer to this card has come in yet. Ask again later."]);
            return;
        }
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        match (&self.person_email, &self.person_id) {
            (Some(address), _) => out.line(&[address]),
            (None, Some(id)) => out.line(&["person ", id]),
            (None, None) => out.line(&["Somebody"]),
        }
        if let Some(created) = &self.created {
            out.add(&[" at ", created]);
        }
        out.add(&[match self.inputs.is_empty() {
            true => " entered nothing.",
            false => " entered:",
        }]);
        for entered in &self.inputs {
            out.gap();
            out.theirs(&entered.id);
            out.line(&["is:"]);
            out.theirs(&entered.value);
        }
        out.gap();
        if let Some(left_out) = self.left_out {
            out.line(&[&counted(left_out, "value"), " more."]);
        }
        out.fact("message with the card", self.message_id.as_ref());
        out.fact("space", self.room_id.as_ref());
        for id in &self.earlier {
            out.line(&["earlier answer: ", id]);
        }
    }
}
