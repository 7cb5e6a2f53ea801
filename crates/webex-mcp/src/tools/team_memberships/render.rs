//! What answers about the members of teams tell a reader.

use super::Membership;
use super::get::Memberships;
use super::update::Changed;
use crate::tool::member::render_who;
use crate::tool::{Lines, Render, render_rows};

impl Render for Membership {
    fn render(&self, out: &mut Lines) {
        let address = self.person_email.as_deref();
        render_who(out, self.name.as_ref(), address, self.person_id.as_ref());
        if self.is_moderator == Some(true) {
            out.add(&[", moderator"]);
        }
        out.fact("team", self.team_id.as_ref());
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        out.line(&[match self.already_so {
            true => "Nothing changed: it was so before.",
            false => "Changed; it is now:",
        }]);
        self.membership.render(out);
        if self.membership.is_moderator.is_none() {
            out.line(&["no moderator of it"]);
        }
        if let Some(team) = &self.team {
            out.line(&["in the team:"]);
            out.theirs(team);
        }
    }
}

impl Render for Memberships {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.memberships, "No members.");
        self.page.render(out);
    }
}
