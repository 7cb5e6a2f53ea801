//! What a lookup tells a reader.

use super::{Kind, Match, Matches};
use crate::tool::{Lines, Render, render_rows};

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Kind::Space => "space",
            Kind::Person => "person",
            Kind::Team => "team",
            Kind::Meeting => "meeting",
        }
    }
}

impl Render for Match {
    fn render(&self, out: &mut Lines) {
        out.theirs(&self.name);
        out.line(&[match self.is_direct {
            true => "direct space with this person",
            false => self.kind.word(),
        }]);
        for (words, fact) in [
            (", ", &self.email),
            (", starts at ", &self.start),
            (", last active at ", &self.last_activity),
        ] {
            if let Some(fact) = fact {
                out.add(&[words, fact]);
            }
        }
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Matches {
    fn render(&self, out: &mut Lines) {
        let none = "Nothing has this name. People are found by how their name begins, or by their whole address.";
        render_rows(out, &self.matches, none);
        for unseen in &self.unseen {
            out.line(&["Not all of kind ", unseen.kind.word(), ": ", &unseen.why]);
        }
    }
}
