//! What a change of many accounts answers.

use schemars::JsonSchema;
use serde::Serialize;

use super::profiles::{self, Profile};
use crate::tool::{Became, Lines, Render, Theirs, counted, render_failed_first};

/// Accounts that were changed, or the plan for it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// To apply what is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<String>,
    /// The directory has changed since the plan that was to be applied: look at this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    has_changed: bool,
    #[serde(skip)]
    is_plan: bool,
    changed: usize,
    failed: usize,
    /// What ended it before the rest was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_because: Option<String>,
    people: Vec<Account>,
}

/// One line of the list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    /// What the list says otherwise than the directory.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    /// `planned`, `changed`, `alreadySo`, `notFound`, `refused`, `unknown` or `notDone`.
    became: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Account {
    fn new(profile: Profile, became: &'static str, why: Option<String>) -> Self {
        Account {
            email: profile.email,
            name: profile.name.map(Theirs::from),
            fields: profile.fields,
            became,
            why,
        }
    }

    fn planned(profile: Profile) -> Self {
        match (&profile.person_id, profile.fields.is_empty()) {
            (None, _) => Account::not_found(profile),
            (Some(_), true) => Account::new(profile, "alreadySo", None),
            (Some(_), false) => Account::new(profile, "planned", None),
        }
    }

    fn not_found(profile: Profile) -> Self {
        let why = profiles::nobody().with_advice();
        Account::new(profile, "notFound", Some(why))
    }

    fn of((profile, became): (Profile, Option<Became<bool>>)) -> Self {
        let done = |was_so| if was_so { "alreadySo" } else { "changed" };
        if profile.person_id.is_none() {
            return Account::not_found(profile);
        }
        let (became, why) = Became::told(became, done);
        Account::new(profile, became, why)
    }

    fn has_failed(&self) -> bool {
        !matches!(self.became, "planned" | "changed" | "alreadySo")
    }
}

impl Changed {
    pub fn planned(people: Vec<Profile>, plan_id: Option<String>, has_changed: bool) -> Self {
        let people: Vec<_> = people.into_iter().map(Account::planned).collect();
        Changed {
            plan_id,
            has_changed,
            is_plan: true,
            failed: people.iter().filter(|one| one.has_failed()).count(),
            people,
            ..Changed::default()
        }
    }

    /// `outcomes` has `None` for what was not done, because the work was stopped.
    pub fn of(
        outcomes: impl Iterator<Item = (Profile, Option<Became<bool>>)>,
        ended_because: Option<String>,
    ) -> Self {
        let people: Vec<_> = outcomes.map(Account::of).collect();
        Changed {
            changed: people.iter().filter(|one| one.became == "changed").count(),
            failed: people.iter().filter(|one| one.has_failed()).count(),
            ended_because,
            people,
            ..Changed::default()
        }
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        if self.is_plan && self.has_changed {
            out.line(&["The directory has changed since the plan; this is the new one."]);
        }
        let planned = self.people.iter().filter(|one| one.became == "planned");
        match &self.plan_id {
            Some(plan_id) => {
                let accounts = counted(planned.count(), "account");
                out.line(&["Nothing is done yet: ", &accounts, " would change."]);
                out.line(&["To apply it, call again with planId alone: ", plan_id]);
            }
            None if self.is_plan => out.line(&["There is nothing to change."]),
            None => out.line(&["Changed: ", &self.changed.to_string(), "."]),
        }
        if self.failed > 0 {
            out.line(&["Not done: ", &self.failed.to_string(), "."]);
        }
        if let Some(because) = &self.ended_because {
            out.line(&["It ended before the rest: ", because]);
        }
        render_failed_first(out, &self.people, Account::has_failed);
    }
}

impl Render for Account {
    fn render(&self, out: &mut Lines) {
        out.line(&[&self.email, ": ", self.became]);
        if !self.fields.is_empty() {
            out.add(&[" (", &self.fields.join(", "), ")"]);
        }
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        if let Some(why) = &self.why {
            out.line(&[why]);
        }
    }
}
