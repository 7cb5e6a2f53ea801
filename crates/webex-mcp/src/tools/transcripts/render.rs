//! What answers about transcripts tell a reader.

use super::get::Said;
use super::{Snippet, Snippets, Transcript, Transcripts};
use crate::tool::{Lines, Render, counted, render_rows};

/// Of which meeting, when, and what was said.
impl Render for Transcript {
    fn render(&self, out: &mut Lines) {
        match &self.topic {
            Some(topic) => out.theirs(topic),
            None => out.line(&["A transcript of a meeting without a topic."]),
        }
        let time = self.start_time.as_deref();
        out.line(&["begins at ", time.unwrap_or("an unknown time")]);
        if let Some(status) = &self.status {
            out.add(&[", ", status]);
        }
        if let Some(text) = &self.text {
            out.line(&["What was said:"]);
            out.theirs(text);
        }
        out.line(&["id: ", &self.id]);
        out.fact("meeting", self.meeting_id.as_ref());
    }
}

impl Render for Transcripts {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.transcripts, &self.none);
        self.page.render(out);
    }
}

impl Render for Said {
    fn render(&self, out: &mut Lines) {
        out.theirs(&self.text);
        let lines = counted(self.page.returned, "line");
        match &self.page.cursor {
            Some(cursor) => out.line(&[&lines, " here; it goes on: cursor ", cursor]),
            None => out.line(&[&lines, " here; no more."]),
        }
    }
}

/// Who, when, what.
impl Render for Snippet {
    fn render(&self, out: &mut Lines) {
        match &self.speaker {
            Some(name) => out.theirs(name),
            None => out.line(&["Somebody without a name."]),
        }
        out.line(&[self.person_email.as_deref().unwrap_or("of unknown address")]);
        match (&self.start, &self.end) {
            (Some(start), Some(end)) => out.add(&[", ", start, " to ", end]),
            (Some(start), None) => out.add(&[", from ", start]),
            _ => {}
        }
        if let Some(text) = &self.text {
            out.theirs(text);
        }
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Snippets {
    fn render(&self, out: &mut Lines) {
        let Some(read) = self.read else {
            render_rows(out, &self.snippets, "No snippets.");
            self.page.render(out);
            return;
        };
        render_rows(out, &self.snippets, "No match");
        if !self.snippets.is_empty() {
            out.line(&[&self.snippets.len().to_string(), " found"]);
        }
        out.add(&[" in ", &counted(read, "snippet")]);
        self.page.render_on(out);
    }
}
