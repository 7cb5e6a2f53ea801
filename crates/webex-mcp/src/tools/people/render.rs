//! What answers about people tell a reader.

use super::search::Found;
use super::update::Updated;
use super::{People, Person};
use crate::tool::{Lines, Render, render_rows};

/// Who it is and whether they are there, how to reach them, and then the rest.
impl Render for Person {
    fn render(&self, out: &mut Lines) {
        match &self.display_name {
            Some(name) => out.theirs(name),
            None => out.line(&["Somebody whose name Webex does not tell."]),
        }
        match (&self.status, self.is_looked_at) {
            (Some(status), _) => out.line(&[status]),
            (None, true) => out.line(&["presence not shown"]),
            (None, false) => {}
        }
        if let Some(time) = &self.last_activity {
            out.add(&[", last active at ", time]);
        }
        out.fact("type", self.kind.as_ref());
        if self.login_enabled == Some(false) {
            out.line(&["may not sign in"]);
        }
        if !self.emails.is_empty() {
            out.line(&[&self.emails.join(", ")]);
        }
        for number in &self.phone_numbers {
            out.line(&[number.kind.as_deref().unwrap_or("phone"), " number:"]);
            out.theirs(&number.value);
        }
        for (label, fact) in [
            ("extension:", &self.extension),
            ("first name:", &self.first_name),
            ("last name:", &self.last_name),
            ("title:", &self.title),
            ("department:", &self.department),
            ("manager:", &self.manager),
        ] {
            if let Some(fact) = fact {
                out.line(&[label]);
                out.theirs(fact);
            }
        }
        out.fact("timezone", self.timezone.as_ref());
        out.line(&["id: ", &self.id]);
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
        render_rows(out, &self.people, "Nobody found");
        for id in &self.not_found_ids {
            out.line(&["nobody has the id ", id]);
        }
        if !self.people.is_empty() {
            out.line(&[&self.people.len().to_string(), " found"]);
        }
        if let Some(read) = self.read {
            let among = if read == 1 { "person" } else { "people" };
            out.add(&[" among ", &read.to_string(), " ", among]);
        }
        self.page.render_on(out);
    }
}

impl Render for Updated {
    fn render(&self, out: &mut Lines) {
        out.line(&[match self.already_so {
            true => "Nothing changed: it was so before.",
            false => "Changed the account; it is now:",
        }]);
        self.person.render(out);
    }
}
