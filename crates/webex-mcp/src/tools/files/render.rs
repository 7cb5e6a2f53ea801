//! What answers about files tell a reader.

use super::Facts;
use super::details::Details;
use super::fetched::Fetched;
use super::upload::Uploaded;
use crate::tool::{Block, Lines, Render, render_address, with_commas};

impl Render for Facts {
    fn render(&self, out: &mut Lines) {
        match &self.name {
            Some(name) => out.theirs(name),
            None => out.line(&["A file without a name."]),
        }
        let kind = self.content_type.as_deref();
        out.line(&[kind.unwrap_or("of an unknown type")]);
        if let Some(bytes) = self.size_bytes {
            out.add(&[", ", &with_commas(bytes), " bytes"]);
        }
    }
}

impl Render for Details {
    fn render(&self, out: &mut Lines) {
        self.file.render(out);
        if self.unscannable {
            out.line(&["Webex could not scan it for malware."]);
        }
    }
}

impl Render for Fetched {
    fn render(&self, out: &mut Lines) {
        self.file.render(out);
        if let Some(what) = self.only_details {
            out.line(&["It is ", what, ", so there are only its details here."]);
        }
        if let Some(base64) = &self.base64 {
            let length = with_commas(base64.len());
            let place = " characters, in the structured content";
            out.line(&["base64: ", &length, place]);
        }
        for block in &self.blocks {
            match block {
                Block::Image { .. } => out.line(&["The picture is beside this text."]),
                Block::Audio { .. } => out.line(&["The sound is beside this text."]),
                Block::Link(link) => render_address(out, "uri", &link.uri),
            }
        }
        if let Some(text) = &self.text {
            out.line(&["Its text:"]);
            out.theirs(text);
        }
    }
}

impl Render for Uploaded {
    fn render(&self, out: &mut Lines) {
        if let Some(sent) = &self.sent {
            sent.render(out);
        }
        if let (Some(next), Some(offer)) = (self.next, &self.offer) {
            out.line(&[next]);
            offer.render(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Link;

    #[test]
    fn a_path_and_a_link_are_told_as_what_they_are() {
        for (uri, told) in [
            (
                "file:///downloads/data.bin",
                "file on this machine, for a day: file:///downloads/data.bin",
            ),
            (
                "https://mcp.example.com/files/x",
                "uri, for a short while: https://mcp.example.com/files/x",
            ),
        ] {
            let facts = Facts {
                name: None,
                content_type: None,
                size_bytes: None,
            };
            let mut fetched = Fetched::of(facts, None, false);
            fetched.lies_at(Link {
                uri: uri.to_owned(),
                name: "data.bin".into(),
                mime_type: None,
                size_bytes: None,
            });
            let text = crate::text::told(&fetched).unwrap().text;
            assert!(text.lines().any(|line| line == told), "{text}");
        }
    }
}
