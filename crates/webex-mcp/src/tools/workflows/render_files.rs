//! What workflows that make files answer.

use super::export::Answered;
use super::export::space_file::Exported;
use super::get_artifact::Shown;
use crate::tool::{Lines, Render, counted, with_commas};

impl Render for Shown {
    fn render(&self, out: &mut Lines) {
        self.artifact.render(out);
        if let Some(text) = &self.text {
            out.line(&["Its text:"]);
            out.theirs(text);
        }
    }
}

impl Render for Answered {
    fn render(&self, out: &mut Lines) {
        self.0.render(out);
    }
}

impl Render for Exported {
    fn render(&self, out: &mut Lines) {
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        let messages = counted(with_commas(self.messages), "message");
        out.line(&[&messages, " exported, newest first"]);
        if let (Some(newest), Some(oldest)) = (&self.newest, &self.oldest) {
            out.add(&[", from ", newest, " back to ", oldest]);
        }
        out.add(&["."]);
        if !self.is_complete {
            let most = " Older ones are missing: export them with until set to the oldest time.";
            out.add(&[most]);
        }
        for (count, one, what) in [
            (
                self.unreadable,
                "message",
                "Could not be decrypted by Webex: ",
            ),
            (
                self.files_kept,
                "file",
                "Kept beside it, with artifactIds in it: ",
            ),
            (self.files_linked, "file", "In it as links only: "),
        ] {
            if count > 0 {
                out.line(&[what, &counted(with_commas(count), one), "."]);
            }
        }
        out.line(&["The file:"]);
        self.artifact.render(out);
    }
}
