//! What answers about people tell a reader.

use super::account::Updated;
use super::search::Found;
use super::update::Answered;
use super::{People, Person, Who};
use crate::tool::{Lines, Render, Theirs, counted, render_rows};

impl Who {
    /// The name, as the first line.
    fn render_name(&self, out: &mut Lines) {
        match &self.display_name {
            Some(name) => out.theirs(name),
            None => out.line(&["Somebody whose name is not told."]),
        }
    }

    /// What tells them from others, and their addresses.
    fn render_kind(&self, out: &mut Lines) {
        out.fact("type", self.kind.as_ref());
        if self.login_enabled == Some(false) {
            out.line(&["may not sign in"]);
        }
        if !self.emails.is_empty() {
            out.line(&[&self.emails.join(", ")]);
        }
        labelled(out, "title:", self.title.as_ref());
        labelled(out, "department:", self.department.as_ref());
    }
}

fn labelled(out: &mut Lines, label: &str, fact: Option<&Theirs>) {
    if let Some(fact) = fact {
        out.line(&[label]);
        out.theirs(fact);
    }
}

impl Render for Who {
    fn render(&self, out: &mut Lines) {
        self.render_name(out);
        self.render_kind(out);
        out.line(&["id: ", &self.id]);
    }
}

/// Who it is and whether they are there, how to reach them, and then the rest.
impl Render for Person {
    fn render(&self, out: &mut Lines) {
        self.who.render_name(out);
        out.line(&[self.status.as_deref().unwrap_or("presence not shown")]);
        if let Some(time) = &self.last_activity {
            out.add(&[", last active at ", time]);
        }
        self.who.render_kind(out);
        for number in &self.phone_numbers {
            out.line(&[number.kind.as_deref().unwrap_or("phone"), " number:"]);
            out.theirs(&number.value);
        }
        labelled(out, "extension:", self.extension.as_ref());
        labelled(out, "manager:", self.manager.as_ref());
        out.fact("timezone", self.timezone.as_ref());
        out.line(&["id: ", &self.who.id]);
    }
}

impl Render for People {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.people, "Nobody.");
        self.page.render(out);
    }
}

impl Render for Found {
    fn render(&self, out: &mut Lines) {
        let none = match self.is_by_name {
            true => "Nobody found whose name begins so, first name first",
            false => "Nobody found",
        };
        render_rows(out, &self.people, none);
        for id in &self.not_found_ids {
            out.line(&["nobody has the id ", id]);
        }
        if !self.people.is_empty() {
            out.line(&[&self.people.len().to_string(), " found"]);
        }
        if let Some(read) = self.read {
            out.add(&[" among ", &counted(read, "person")]);
        }
        self.page.render_on(out);
    }
}

impl Render for Answered {
    fn render(&self, out: &mut Lines) {
        if let Some(one) = &self.one {
            one.render(out);
        }
        if let Some(many) = &self.many {
            many.render(out);
        }
    }
}

impl Render for Updated {
    fn render(&self, out: &mut Lines) {
        out.line(&[match self.already_so {
            true => "Nothing changed: it was so before.",
            false => "Changed the account; it is now:",
        }]);
        labelled(out, "first name:", self.first_name.as_ref());
        labelled(out, "last name:", self.last_name.as_ref());
        self.person.render(out);
    }
}
