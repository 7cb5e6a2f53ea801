//! What answers about events tell a reader.

use super::Event;
use super::get::Events;
use crate::tool::{Lines, Render, render_rows};

/// What happened when, by whom, to what.
impl Render for Event {
    fn render(&self, out: &mut Lines) {
        let resource = self.resource.as_deref().unwrap_or("unknown");
        let kind = self.kind.as_deref().unwrap_or("unknown");
        out.line(&[resource, " ", kind]);
        if let Some(created) = &self.created {
            out.add(&[" at ", created]);
        }
        if let Some(address) = &self.person_email {
            // A member did not add themselves: who did it stands below.
            let whose = match resource {
                "memberships" => ", member: ",
                _ => ", author: ",
            };
            out.add(&[whose, address]);
        }
        if let Some(text) = &self.text {
            out.theirs(text);
        }
        out.fact("done by", self.actor_id.as_ref());
        out.fact("what it happened to", self.resource_id.as_ref());
        out.fact("space", self.room_id.as_ref());
        if let Some(data) = &self.data {
            out.line(&["All that Webex tells of it:"]);
            out.theirs(data);
        }
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Events {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.events, "No events.");
        self.page.render(out);
    }
}
