//! What answers about spaces tell a reader.

use super::closing::Closing;
use super::delete::Removed;
use super::search::Found;
use super::{Changed, Created, Space, Spaces};
use crate::tool::{Lines, Render, counted, render_rows};

impl Render for Space {
    fn render(&self, out: &mut Lines) {
        match &self.title {
            Some(title) => out.theirs(title),
            None => out.line(&["A space whose title is not told."]),
        }
        out.line(&[self.kind.as_deref().unwrap_or("a"), " space"]);
        for (is, words) in [
            (self.is_locked, ", moderated"),
            (self.is_announcement_only, ", only moderators post"),
            (self.is_read_only, ", nobody posts"),
            (self.is_public, ", public"),
        ] {
            if is == Some(true) {
                out.add(&[words]);
            }
        }
        if let Some(time) = &self.last_activity {
            out.add(&[", last active at ", time]);
        }
        if let Some(description) = &self.description {
            out.line(&["Its description:"]);
            out.theirs(description);
        }
        out.fact("team", self.team_id.as_ref());
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Created {
    fn render(&self, out: &mut Lines) {
        out.line(&["Created the space:"]);
        self.0.render(out);
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        out.line(&["Changed the space; it is now:"]);
        self.0.render(out);
    }
}

impl Render for Spaces {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.spaces, "No spaces.");
        self.page.render(out);
    }
}

impl Render for Removed {
    fn render(&self, out: &mut Lines) {
        out.line(&[match self.how {
            Some(Closing::Deleted) => "Deleted the space for everybody:",
            Some(Closing::Archived) => {
                "Archived the space; it belongs to a team, so it is not deleted:"
            }
            Some(Closing::Left) => "You left the space; it stays for the others:",
            None => "Done; this space is deleted, archived or left:",
        }]);
        if let Some(title) = &self.title {
            out.theirs(title);
        }
    }
}

impl Render for Found {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.spaces, "No match");
        if !self.spaces.is_empty() {
            out.line(&[&self.spaces.len().to_string(), " found"]);
        }
        out.add(&[" in the titles of ", &counted(self.read, "space")]);
        self.page.render_on(out);
    }
}
