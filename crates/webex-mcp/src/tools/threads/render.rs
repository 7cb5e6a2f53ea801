//! What answers about threads tell a reader.

use super::get::Thread;
use crate::tool::{Lines, Render};
use crate::tools::messages::render_messages;

impl Render for Thread {
    fn render(&self, out: &mut Lines) {
        render_messages(out, &self.messages, "No further replies.");
        if self.older_omitted {
            out.line(&["The oldest replies are left out, after the first message."]);
        }
        self.page.render(out);
    }
}
