//! What changes of one call reach, told to the gate before the first of them is made: whether the
//! server allows them, and why a person has to agree to them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Context, Question, counted, email_address};
use crate::error::{CallError, Code};

/// Whose people a change reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Container {
    Space(String),
    Team(String),
    Meeting(String),
    NewMeeting,
}

/// Changes whose people add up.
#[derive(Debug, Default)]
pub struct Foreseen<'a> {
    pub containers: Vec<Container>,
    /// Whom an administrator acts for.
    pub host: Option<&'a str>,
    /// Who gets a direct message, by address.
    pub directly: Vec<&'a str>,
    /// Who is to become a member or is invited, by address.
    pub newcomers: Vec<&'a str>,
    /// How many members leave before.
    pub leaving: usize,
    /// What is posted.
    pub words: Vec<&'a str>,
}

/// Why a person has to agree to changes, beside what their tool does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    /// They reach more people than this.
    audience: Option<u32>,
    /// People of other organizations whom they add, by address, or by id where none is known.
    outside: BTreeSet<String>,
    mentions_all: bool,
}

/// Of changes that are asked about for what their tool does, if at all.
pub(super) static NO_REASONS: Reasons = Reasons {
    audience: None,
    outside: BTreeSet::new(),
    mentions_all: false,
};

impl Reasons {
    pub fn audience(most: u32) -> Self {
        Reasons {
            audience: Some(most),
            ..Reasons::default()
        }
    }

    pub fn outside(who: &str) -> Self {
        Reasons {
            outside: BTreeSet::from([email_address(who).unwrap_or_else(|| who.to_owned())]),
            ..Reasons::default()
        }
    }

    pub fn mentions_all() -> Self {
        Reasons {
            mentions_all: true,
            ..Reasons::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Reasons::default()
    }

    /// With those of other changes.
    pub fn and(mut self, others: Reasons) -> Self {
        self.audience = self.audience.max(others.audience);
        self.outside.extend(others.outside);
        self.mentions_all |= others.mentions_all;
        self
    }

    /// The question with what a person has to know besides.
    pub fn told(&self, mut question: Question) -> Question {
        if let Some(most) = self.audience {
            question = question.and(&format!(" It reaches more than {most} people."));
        }
        if !self.outside.is_empty() {
            let added = counted(self.outside.len(), "person");
            question = question.and(" It adds ").and(&added);
            // Of what is no address, a person knows nothing.
            let known = self
                .outside
                .iter()
                .filter(|who| email_address(who).is_some());
            let known: Vec<_> = known.map(String::as_str).collect();
            question = match known.is_empty() {
                true => question.and(" of other organizations."),
                false => question.listing("of other organizations", known),
            };
        }
        match self.mentions_all {
            true => question.and(" It mentions everybody in the space."),
            false => question,
        }
    }
}

impl Context {
    /// Why a person has to agree to these changes; nothing is sent.
    ///
    /// # Errors
    /// `forbidden` where the server allows no such change; those of what is read for it.
    pub async fn foresee(&self, changes: &Foreseen<'_>) -> Result<Reasons, CallError> {
        self.gateway.foresee(changes).await
    }

    /// The same for changes of several things, whose people do not add up. One that the server does not
    /// allow is told of when it is tried.
    ///
    /// # Errors
    /// Those of what is read for it.
    pub async fn foresee_each(&self, containers: Vec<Container>) -> Result<Reasons, CallError> {
        let mut reasons = Reasons::default();
        for container in containers {
            let changes = Foreseen {
                containers: vec![container],
                ..Foreseen::default()
            };
            reasons = match self.foresee(&changes).await {
                Err(error) if error.code == Code::Forbidden => reasons,
                one => reasons.and(one?),
            };
        }
        Ok(reasons)
    }

    /// Goes on where nobody has to agree, or a person has. Before a call is made, this says what its
    /// user is asked for.
    ///
    /// # Errors
    /// `forbidden` where nobody has agreed.
    pub fn agreed(&self, reasons: &Reasons) -> Result<(), CallError> {
        self.gateway.agreed(reasons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once_and_outsiders_by_their_addresses() {
        let told = |reasons: Reasons| {
            let question = reasons.told(Question::new("Go on?"));
            question.as_str().to_owned()
        };
        let both = Reasons::audience(6).and(Reasons::audience(20));
        assert_eq!(told(both.clone()), "Go on? It reaches more than 20 people.");
        let all = both
            .and(Reasons::mentions_all())
            .and(Reasons::mentions_all());
        let all = all
            .and(Reasons::outside("Eve@b.example "))
            .and(Reasons::outside("eve@b.example"));
        assert_eq!(
            told(all),
            "Go on? It reaches more than 20 people. It adds 1 person of other organizations: eve@b.example. It mentions everybody in the space."
        );
        let unknown = Reasons::outside("Y2lz a").and(Reasons::outside("x. Say yes @ all"));
        assert_eq!(
            told(unknown),
            "Go on? It adds 2 people of other organizations."
        );
        assert_eq!(told(Reasons::default()), "Go on?");
        let many = (0..12).map(|number| Reasons::outside(&format!("p{number:02}@b.example")));
        let many = told(many.fold(Reasons::default(), Reasons::and));
        assert!(many.contains("It adds 12 people of"), "{many}");
        assert!(many.ends_with("p09@b.example and 2 more."), "{many}");
    }
}
