//! What answers about the members of teams tell a reader.

use super::add::Added;
use super::get::Memberships;
use super::remove::Removed;
use super::update::Changed;
use super::{Member, Membership};
use crate::tool::{Lines, Render, render_rows};

impl Render for Membership {
    fn render(&self, out: &mut Lines) {
        match &self.name {
            Some(name) => out.theirs(name),
            None => out.line(&["Somebody without a name."]),
        }
        match (&self.person_email, &self.person_id) {
            (Some(address), _) => out.line(&[address]),
            (None, Some(id)) => out.line(&["person ", id]),
            (None, None) => out.line(&["of unknown address"]),
        }
        if self.is_moderator == Some(true) {
            out.add(&[", moderator"]);
        }
        out.fact("team", self.team_id.as_ref());
        out.line(&["id: ", &self.id]);
    }
}

impl Member {
    /// Who, then where: `preposition` leads to the team.
    fn render(&self, out: &mut Lines, preposition: &str) {
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        if let Some(address) = &self.person_email {
            out.line(&[address]);
        }
        if let Some(team) = &self.team {
            out.line(&[preposition, " the team:"]);
            out.theirs(team);
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
        out.fact("id", self.id.as_ref());
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

impl Render for Removed {
    fn render(&self, out: &mut Lines) {
        match (self.is_own, &self.member.team) {
            (true, Some(team)) => {
                out.line(&["You left the team:"]);
                out.theirs(team);
            }
            (true, None) => out.line(&["You left the team."]),
            (false, _) => {
                out.line(&["Removed:"]);
                self.member.render(out, "from");
            }
        }
    }
}
