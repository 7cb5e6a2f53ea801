//! What is asked before a synchronization is applied, and why.

use super::members::{Change, Kind, Place, Syncing};
use super::roster::Wanted;
use crate::error::CallError;
use crate::tool::{Container, Context, Foreseen, Question, counted};

impl Syncing {
    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |one| one.kind == kind)
    }

    fn emails(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.of_kind(kind).map(|one| one.email.as_str())
    }

    pub(super) fn asked(&self) -> Question {
        let count = |kind| counted(self.of_kind(kind).count(), "person");
        match &self.wanted {
            Wanted::Gone { email, .. } => {
                let spaces = counted(self.of_kind(Kind::Remove).count(), "space");
                let question = Question::new("Remove ").and(email).and(" from ");
                let question = question.and(&spaces).and(": ");
                let titles = self.changes.iter().filter_map(|one| one.space.as_deref());
                question.first_of(titles, Question::quote).and("?")
            }
            Wanted::Members { place, .. } => {
                let kind = match place {
                    Place::Space(_) => " in the space",
                    Place::Team(_) => " in the team",
                };
                let question = Question::new("Add ").and(&count(Kind::Add));
                let question = question.and(" and remove ").and(&count(Kind::Remove));
                let question = question.named(kind, self.title.clone()).and("?");
                let listed = [
                    ("Added", Kind::Add),
                    ("Removed", Kind::Remove),
                    ("Made moderator", Kind::Promote),
                    ("No moderator any more", Kind::Demote),
                ];
                listed
                    .into_iter()
                    .fold(question, |question, (label, kind)| {
                        question.listing(label, self.emails(kind))
                    })
            }
        }
    }

    /// The same, with what a person has to agree to besides.
    pub(super) async fn foreseen(self, context: &Context) -> Result<Self, CallError> {
        let reasons = match &self.wanted {
            Wanted::Gone { .. } => {
                let places = self.changes.iter().map(|one| one.place.container());
                context.foresee_each(places.collect()).await?
            }
            Wanted::Members { .. } if self.changes.is_empty() => return Ok(self),
            Wanted::Members { place, .. } => {
                let changes = Foreseen {
                    containers: vec![place.container()],
                    newcomers: self.emails(Kind::Add).collect(),
                    leaving: self.of_kind(Kind::Remove).count(),
                    ..Foreseen::default()
                };
                context.foresee(&changes).await?
            }
        };
        Ok(Syncing { reasons, ..self })
    }
}

impl Place {
    fn container(&self) -> Container {
        match self {
            Place::Space(id) => Container::Space(id.clone()),
            Place::Team(id) => Container::Team(id.clone()),
        }
    }
}
