//! What answers about memberships tell a reader.

use super::add::Added;
use super::get::Memberships;
use super::remove::Removed;
use super::{Changed, Member, Membership};
use crate::tool::{Lines, Render, render_rows};

/// A name, an address, a role; and the space, where it was not asked for. Callers know themselves.
impl Render for Membership {
    fn render(&self, out: &mut Lines) {
        if let (true, Some(room_id)) = (self.is_own, &self.room_id) {
            match &self.space {
                Some(title) => {
                    out.theirs(title);
                    out.line(&[room_id, self.role()]);
                }
                None => out.line(&["space ", room_id, self.role()]),
            }
            out.add(&[", membershipId: ", &self.id]);
            return;
        }
        match &self.name {
            Some(name) => out.theirs(name),
            None => out.line(&["Somebody without a name."]),
        }
        match (&self.person_email, &self.person_id) {
            (Some(address), _) => out.line(&[address]),
            (None, Some(id)) => out.line(&["person ", id]),
            (None, None) => out.line(&["of unknown address"]),
        }
        out.add(&[self.role(), ", membershipId: ", &self.id]);
        if let Some(room_id) = &self.room_id {
            out.line(&["space: ", room_id]);
        }
    }
}

impl Member {
    /// Who, then where: `preposition` leads to the space.
    fn render(&self, out: &mut Lines, preposition: &str) {
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        if let Some(address) = &self.person_email {
            out.line(&[address]);
        }
        if let Some(space) = &self.space {
            out.line(&[preposition, " the space:"]);
            out.theirs(space);
        }
    }
}

impl Render for Added {
    fn render(&self, out: &mut Lines) {
        match self.already_member {
            true => {
                out.line(&["Nothing changed: this person is a member already."]);
                self.member.render(out, "of");
            }
            false => {
                let role = if self.is_moderator {
                    " as a moderator"
                } else {
                    ""
                };
                out.line(&["Added", role, ":"]);
                self.member.render(out, "to");
            }
        }
        out.fact("membershipId", self.id.as_ref());
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        out.line(&["Changed; it is now:"]);
        self.membership.render(out);
        if self.is_dismissed {
            out.line(&["no moderator of it any more"]);
        }
        if let Some(space) = &self.space {
            out.line(&["in the space:"]);
            out.theirs(space);
        }
    }
}

impl Render for Memberships {
    fn render(&self, out: &mut Lines) {
        let none = match self.is_of_one_person {
            true => "This person is not a member of the space.",
            false => "No memberships.",
        };
        render_rows(out, &self.memberships, none);
        self.page.render(out);
    }
}

impl Render for Removed {
    fn render(&self, out: &mut Lines) {
        match (self.is_own, &self.member.space) {
            (true, Some(space)) => {
                out.line(&["You left the space:"]);
                out.theirs(space);
            }
            (true, None) => out.line(&["You left the space."]),
            (false, _) => {
                out.line(&["Removed:"]);
                self.member.render(out, "from");
            }
        }
    }
}
