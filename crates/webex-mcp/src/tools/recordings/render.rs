//! What answers about recordings tell a reader.

use super::delete::Deleted;
use super::get::{Details, Links};
use super::{Recording, Recordings, in_words};
use crate::tool::{Lines, Render, render_rows, with_commas};

/// What about, when, how long; then what the file is.
impl Render for Recording {
    fn render(&self, out: &mut Lines) {
        match &self.topic {
            Some(topic) => out.theirs(topic),
            None => out.line(&["A recording without a topic."]),
        }
        let time = self.time_recorded.as_deref();
        out.line(&["recorded at ", time.unwrap_or("an unknown time")]);
        if let Some(seconds) = self.duration_seconds {
            out.add(&[", ", &in_words(seconds)]);
        }
        if let Some(format) = &self.format {
            out.add(&[", ", format]);
        }
        if let Some(bytes) = self.size_bytes {
            out.add(&[", ", &with_commas(bytes), " bytes"]);
        }
        if let Some(host) = &self.host_email {
            out.add(&[", host ", host]);
        }
        if self.share_to_me {
            out.add(&[", shared with you"]);
        }
        match self.status.as_deref() {
            Some("deleted") => out.add(&[", in the recycle bin"]),
            Some(status) => out.add(&[", ", status]),
            None => {}
        }
        out.line(&["id: ", &self.id]);
        out.fact("meeting", self.meeting_id.as_ref());
    }
}

impl Render for Recordings {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.recordings, &self.none);
        self.page.render(out);
    }
}

impl Render for Details {
    fn render(&self, out: &mut Lines) {
        self.recording.render(out);
        out.fact("page to watch it", self.playback_url.as_ref());
        match &self.download_links {
            Some(links) => links.render(out),
            None => out.line(&[
                "No download links: downloading is prevented, or it is in the recycle bin.",
            ]),
        }
    }
}

impl Render for Links {
    fn render(&self, out: &mut Lines) {
        out.line(&["Download links; whoever has one needs no token"]);
        match &self.expiration {
            Some(time) => out.add(&[", until ", time, ":"]),
            None => out.add(&[", for 3 hours:"]),
        }
        out.fact("video", self.recording.as_ref());
        out.fact("audio", self.audio.as_ref());
        out.fact("transcript", self.transcript.as_ref());
    }
}

impl Render for Deleted {
    fn render(&self, out: &mut Lines) {
        out.line(&["Deleted for good; it is not in the recycle bin:"]);
        self.recording.render(out);
    }
}
