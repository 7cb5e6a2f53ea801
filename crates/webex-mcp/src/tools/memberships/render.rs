//! What answers about memberships tell a reader.

use super::get::Memberships;
use super::{Changed, Membership};
use crate::tool::member::render_who;
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
        let address = self.person_email.as_deref();
        render_who(out, self.name.as_ref(), address, self.person_id.as_ref());
        out.add(&[self.role(), ", membershipId: ", &self.id]);
        if let Some(room_id) = &self.room_id {
            out.line(&["space: ", room_id]);
        }
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
