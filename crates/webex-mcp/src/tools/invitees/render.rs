//! What answers about invitees tell a reader.

use super::change::Changed;
use super::get::Invitees;
use super::plan::{Added, Guest, Outcome};
use super::remove::Removed;
use super::{About, Invitee};
use crate::tool::{Lines, Render, Theirs, counted, render_rows};

/// Name and address.
fn render_person(out: &mut Lines, name: Option<&Theirs>, email: Option<&str>) {
    if let Some(name) = name {
        out.theirs(name);
    }
    out.line(&[email.unwrap_or("of unknown address")]);
}

impl Render for Invitee {
    fn render(&self, out: &mut Lines) {
        render_person(out, self.display_name.as_ref(), self.email.as_deref());
        out.add(&[self.role()]);
        out.line(&["id: ", &self.id]);
        out.fact("meeting", self.meeting_id.as_ref());
    }
}

impl About {
    /// `preposition` leads to the meeting.
    fn render(&self, out: &mut Lines, preposition: &str) {
        match (self.whole_series, &self.start) {
            (Some(true), _) => out.line(&[preposition, " every meeting of the series"]),
            (_, Some(start)) => out.line(&[preposition, " the meeting at ", start]),
            (_, None) => out.line(&[preposition, " the meeting"]),
        }
        if let Some(title) = &self.title {
            out.add(&[":"]);
            out.theirs(title);
        }
    }
}

impl Render for Guest {
    fn render(&self, out: &mut Lines) {
        render_person(out, self.display_name.as_ref(), Some(&self.email));
        out.add(&[match self.outcome {
            Outcome::Invited => "",
            Outcome::AlreadyInvited => ", invited before",
            Outcome::NotConfirmed => {
                ", not in Webex's answer: check with webex-get-meeting-invitee"
            }
        }]);
    }
}

impl Render for Added {
    fn render(&self, out: &mut Lines) {
        match self.invited {
            0 => out.line(&["Nobody new was invited"]),
            count => out.line(&["Invited ", &counted(count, "person")]),
        }
        self.meeting.render(out, "to");
        if self.already_invited > 0 {
            out.line(&[
                "Invited before: ",
                &counted(self.already_invited, "person"),
                ".",
            ]);
        }
        if self.left_out > 0 {
            let left_out = counted(self.left_out, "member");
            out.line(&["Left out, as host or bot: ", &left_out, "."]);
        }
        out.gap();
        for guest in &self.invitees {
            guest.render(out);
        }
    }
}

impl Render for Invitees {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.invitees, "Nobody is invited.");
        self.page.render(out);
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        match self.changed {
            true => out.line(&["Changed the invitee; it is now:"]),
            false => out.line(&["Nothing changed: the invitee is so already:"]),
        }
        self.invitee.render(out);
        self.meeting.render(out, "of");
    }
}

impl Render for Removed {
    fn render(&self, out: &mut Lines) {
        out.line(&["Taken off the invitees:"]);
        render_person(out, self.display_name.as_ref(), self.email.as_deref());
        self.meeting.render(out, "of");
    }
}
