//! Changes of who is invited to a meeting: each person for themself, as far as it goes.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::WebexError;
use webex::invitees::{
    self, CreateInvitees, DeleteInvitee, Invitee, ListInvitees, NewInvitee, UpdateInvitee,
};
use webex::meetings::schedule::PlannedInvitee;

use super::guests::{self, Guest};
use super::patch::Update;
use crate::error::{CallError, Code};
use crate::limits::{INVITEE_LIST_MAX_PAGES, LIST_MAX_ENTRIES};
use crate::tool::{Container, Context, Foreseen, Theirs};

// Somebody who is invited, and whether they may act as host.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    #[schemars(extend("format" = "email"))]
    email: String,
    co_host: bool,
}

/// The three lists of an update.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Up to 100.
    #[schemars(length(max = 100))]
    pub(super) add_invitees: Option<Vec<Guest>>,
    /// Up to 20: cohosts or not.
    #[schemars(length(max = 20))]
    pub(super) change_invitees: Option<Vec<Change>>,
    /// E-mail addresses.
    #[schemars(length(max = 20), inner(email))]
    pub(super) remove_invitees: Option<Vec<String>>,
}

/// What became of one person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    pub(super) email: String,
    pub(super) outcome: What,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) webex_message: Option<Theirs>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum What {
    Invited,
    AlreadyInvited,
    Changed,
    Removed,
    NotInvited,
    Failed,
    // Webex's answer was lost.
    Unknown,
}

impl What {
    pub const fn words(self) -> &'static str {
        match self {
            What::Invited => "invited",
            What::AlreadyInvited => "was invited before",
            What::Changed => "changed",
            What::Removed => "not invited any more",
            What::NotInvited => "was not invited",
            What::Failed => "failed",
            What::Unknown => "may have been done or not",
        }
    }
}

impl Outcome {
    fn new(email: &str, outcome: What) -> Self {
        Outcome {
            email: email.to_owned(),
            outcome,
            problem: None,
            webex_message: None,
        }
    }

    fn of<T>(email: &str, done: What, result: Result<T, WebexError>) -> Self {
        match result {
            Ok(_) => Outcome::new(email, done),
            Err(error) if error.status() == Some(409) && done == What::Invited => {
                Outcome::new(email, What::AlreadyInvited)
            }
            Err(error) => Outcome::failed(email, &error.into()),
        }
    }

    fn failed(email: &str, error: &CallError) -> Self {
        let outcome = match error.code {
            Code::OutcomeUnknown => What::Unknown,
            _ => What::Failed,
        };
        Outcome {
            problem: Some(error.with_advice()),
            webex_message: error.webex_message.as_deref().cloned(),
            ..Outcome::new(email, outcome)
        }
    }
}

/// The meeting, and how its invitees are changed.
#[derive(Debug)]
pub struct Of<'a> {
    context: &'a Context,
    meeting_id: &'a str,
    host_email: Option<String>,
    send_email: Option<bool>,
}

impl<'a> Of<'a> {
    pub fn new(context: &'a Context, update: &'a Update) -> Self {
        Of {
            context,
            meeting_id: &update.meeting_id,
            host_email: update.plan.host_email.clone(),
            send_email: update.plan.send_email,
        }
    }
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        let is_none = |length: Option<usize>| length.unwrap_or(0) == 0;
        is_none(self.add_invitees.as_ref().map(Vec::len))
            && is_none(self.change_invitees.as_ref().map(Vec::len))
            && is_none(self.remove_invitees.as_ref().map(Vec::len))
    }

    /// # Errors
    /// `invalid_arguments` for an entry that names nobody, and for a person who is named twice.
    pub fn check(&self) -> Result<(), CallError> {
        let guests = self.add_invitees.as_deref().unwrap_or_default();
        guests::check("addInvitees", guests)?;
        self.check_once(guests.iter().filter_map(Guest::address))
    }

    /// One call says one thing about a person: of two, the order would decide.
    fn check_once<'e>(&'e self, added: impl Iterator<Item = &'e str>) -> Result<(), CallError> {
        let folded = |email: &str| email.trim().to_lowercase();
        // Somebody who is added twice is added once.
        let mut seen: HashSet<_> = added.map(folded).collect();
        let changed = self.change_invitees.iter().flatten();
        let changed = changed.map(|one| one.email.as_str()).enumerate();
        let removed = self.remove_invitees.iter().flatten();
        let removed = removed.map(String::as_str).enumerate();
        let changed = changed.map(|(at, email)| ("changeInvitees", at, email));
        let removed = removed.map(|(at, email)| ("removeInvitees", at, email));
        for (list, at, email) in changed.chain(removed) {
            if !seen.insert(folded(email)) {
                let wrong = "this person is named twice; name each once, in one of the lists";
                return Err(CallError::invalid(&format!("{list}[{at}]"), wrong));
            }
        }
        Ok(())
    }

    /// Reads whom they are about, before anything is changed.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn read<'a>(mut self, of: Of<'a>) -> Result<Ready<'a>, CallError> {
        let (people, present) = match self.is_empty() {
            true => (Vec::new(), Present::new()),
            false => {
                let guests = self.add_invitees.take().unwrap_or_default();
                let people = guests::named(of.context, guests).await?;
                // Those who were named by id have addresses by now.
                self.check_once(people.iter().map(|one| one.email.as_str()))?;
                (people, of.present().await?)
            }
        };
        Ok(Ready {
            of,
            people,
            present,
            changes: self.change_invitees.unwrap_or_default(),
            removals: self.remove_invitees.unwrap_or_default(),
        })
    }
}

/// Changes that can be made.
#[derive(Debug)]
pub struct Ready<'a> {
    of: Of<'a>,
    people: Vec<PlannedInvitee>,
    present: Present,
    changes: Vec<Change>,
    removals: Vec<String>,
}

impl Ready<'_> {
    /// Whether they may be made is settled before the first change of the meeting.
    ///
    /// # Errors
    /// `forbidden` for more people than the server allows, and where nobody has agreed.
    pub async fn agreed(&self) -> Result<(), CallError> {
        let is_new = |email: &&str| !self.present.contains_key(&email.to_lowercase());
        let people = self.people.iter().map(|one| one.email.as_str());
        let newcomers: Vec<_> = people.filter(is_new).collect();
        if newcomers.is_empty() {
            return Ok(());
        }
        let changes = Foreseen {
            containers: vec![Container::Meeting(self.of.meeting_id.to_owned())],
            host: self.of.host_email.as_deref(),
            newcomers,
            ..Foreseen::default()
        };
        let context = self.of.context;
        context.agreed(&context.foresee(&changes).await?)
    }

    /// Makes the changes, one outcome for each person.
    pub async fn make(self) -> Vec<Outcome> {
        let Ready {
            of,
            people,
            present,
            changes,
            removals,
        } = self;
        let mut outcomes = of.add(people, &present).await;
        for change in changes {
            outcomes.push(of.change(change, &present).await);
        }
        for email in removals {
            outcomes.push(of.remove(&email, &present).await);
        }
        outcomes
    }
}

/// By address, in small letters.
type Present = HashMap<String, Invitee>;

impl Of<'_> {
    pub(super) async fn present(&self) -> Result<Present, CallError> {
        let query = ListInvitees {
            meeting_id: self.meeting_id.to_owned(),
            max: Some(LIST_MAX_ENTRIES),
            host_email: self.host_email.clone(),
            panelist: None,
        };
        let webex = &self.context.webex;
        let mut present = Present::new();
        let mut page = webex.invitees().list(&query).await?;
        for read in 1.. {
            let invitees = page.items.into_iter();
            present
                .extend(invitees.filter_map(|one| Some((one.email.as_ref()?.to_lowercase(), one))));
            match page.next {
                Some(next) if read < INVITEE_LIST_MAX_PAGES => {
                    let next = next.asking(&query)?;
                    page = webex.next_page(&invitees::LIST, &next).await?;
                }
                _ => break,
            }
        }
        Ok(present)
    }

    /// All at once; where Webex refuses that, one after the other, so that one address does not
    /// keep out the others.
    async fn add(&self, people: Vec<PlannedInvitee>, present: &Present) -> Vec<Outcome> {
        let is_present = |one: &PlannedInvitee| present.contains_key(&one.email.to_lowercase());
        let (known, new): (Vec<_>, Vec<_>) = people.into_iter().partition(is_present);
        let known = known
            .iter()
            .map(|one| Outcome::new(&one.email, What::AlreadyInvited));
        let mut outcomes: Vec<_> = known.collect();
        let new: Vec<_> = new.into_iter().map(|one| self.invitation(one)).collect();
        if new.is_empty() {
            return outcomes;
        }
        let mut all = CreateInvitees {
            meeting_id: self.meeting_id.to_owned(),
            host_email: self.host_email.clone(),
            invitees: new,
        };
        let api = self.context.webex.invitees();
        let made = api.create_many(&all).await;
        let is_refused = made.as_ref().is_err_and(|error| match error {
            WebexError::Invalid { .. } | WebexError::Withheld { .. } => true,
            error => matches!(error.status(), Some(400 | 409)),
        });
        if !is_refused || all.invitees.len() == 1 {
            let emails = all.invitees.iter().map(|one| one.email.as_str());
            let made = made.map_err(CallError::from);
            outcomes.extend(emails.map(|email| shared(email, &made)));
            return outcomes;
        }
        for one in std::mem::take(&mut all.invitees) {
            let email = one.email.clone();
            all.invitees = vec![one];
            let made = api.create_many(&all).await;
            outcomes.push(Outcome::of(&email, What::Invited, made));
        }
        outcomes
    }

    fn invitation(&self, one: PlannedInvitee) -> NewInvitee {
        NewInvitee {
            email: one.email,
            display_name: one.display_name,
            co_host: one.co_host,
            send_email: self.send_email,
            panelist: one.panelist,
        }
    }

    async fn change(&self, change: Change, present: &Present) -> Outcome {
        let invitee = match self.own(&change.email, present) {
            Ok(invitee) => invitee,
            Err(outcome) => return outcome,
        };
        let update = UpdateInvitee {
            host_email: self.host_email.clone(),
            invitee: NewInvitee {
                email: change.email.clone(),
                display_name: invitee.display_name.clone(),
                co_host: Some(change.co_host),
                send_email: self.send_email,
                panelist: invitee.panelist,
            },
        };
        let changed = self
            .context
            .webex
            .invitees()
            .update(&invitee.id, &update)
            .await;
        Outcome::of(&change.email, What::Changed, changed)
    }

    async fn remove(&self, email: &str, present: &Present) -> Outcome {
        let invitee = match self.own(email, present) {
            Ok(invitee) => invitee,
            Err(outcome) => return outcome,
        };
        let options = DeleteInvitee {
            host_email: self.host_email.clone(),
            send_email: self.send_email,
        };
        let invitees = self.context.webex.invitees();
        let removed = invitees.delete(&invitee.id, &options).await;
        Outcome::of(email, What::Removed, removed)
    }

    /// The invitee of this address. One of the whole series is not changed by way of one occurrence.
    pub(super) fn own<'p>(
        &self,
        email: &str,
        present: &'p Present,
    ) -> Result<&'p Invitee, Outcome> {
        let found = present.get(&email.trim().to_lowercase());
        let invitee = found.ok_or_else(|| Outcome::new(email, What::NotInvited))?;
        match invitee.meeting_id.as_deref() {
            Some(of) if of != self.meeting_id => Err(Outcome {
                problem: Some(
                    "Invited to the whole series: name the series to change that.".into(),
                ),
                ..Outcome::new(email, What::Failed)
            }),
            _ => Ok(invitee),
        }
    }
}

/// The outcome for one of several who were invited at once.
fn shared(email: &str, made: &Result<Vec<Invitee>, CallError>) -> Outcome {
    let is_them = |one: &Invitee| {
        let own = one.email.as_deref();
        own.is_some_and(|own| own.eq_ignore_ascii_case(email))
    };
    match made {
        Ok(made) if made.iter().any(is_them) => Outcome::new(email, What::Invited),
        Ok(_) => Outcome {
            problem: Some("Webex accepted the invitations and did not name this one.".into()),
            ..Outcome::new(email, What::Unknown)
        },
        Err(error) => Outcome::failed(email, error),
    }
}
