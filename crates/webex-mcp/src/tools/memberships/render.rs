//! What answers about memberships tell a reader.

use super::Membership;
use super::add::Added;
use super::get::Memberships;
use super::remove::Removed;
use crate::tool::{Lines, Render, render_rows};

/// A name, an address, a role; and the space, where it was not asked for. Callers know themselves.
impl Render for Membership {
    fn render(&self, out: &mut Lines) {
        if let (true, Some(room_id)) = (self.is_own, &self.room_id) {
            out.line(&["space ", room_id, self.role()]);
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
        out.add(&[self.role()]);
        if let Some(room_id) = &self.room_id {
            out.line(&["in the space ", room_id]);
        }
    }
}

impl Render for Added {
    fn render(&self, out: &mut Lines) {
        match self.already_member {
            true => out.line(&["Was a member already; nothing changed."]),
            false => out.line(&["Added."]),
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
        out.line(&["Removed."]);
    }
}
