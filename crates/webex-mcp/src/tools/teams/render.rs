//! What answers about teams tell a reader.

use super::delete::Deleted;
use super::get::Teams;
use super::{Changed, Created, Team};
use crate::tool::{Lines, Render, render_rows};

impl Render for Team {
    fn render(&self, out: &mut Lines) {
        match &self.name {
            Some(name) => out.theirs(name),
            None => out.line(&["A team whose name is not told."]),
        }
        if let Some(description) = &self.description {
            out.line(&["Its description:"]);
            out.theirs(description);
        }
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Created {
    fn render(&self, out: &mut Lines) {
        out.line(&["Created the team:"]);
        self.0.render(out);
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        out.line(&["Changed the team; it is now:"]);
        self.0.render(out);
    }
}

impl Render for Teams {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.teams, "No teams.");
        self.page.render(out);
    }
}

impl Render for Deleted {
    fn render(&self, out: &mut Lines) {
        out.line(&["Deleted the team; its spaces are archived or deleted:"]);
        if let Some(name) = &self.name {
            out.theirs(name);
        }
    }
}
