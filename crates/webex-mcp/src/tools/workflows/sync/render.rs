//! What a synchronization of members answers.

use schemars::JsonSchema;
use serde::Serialize;

use super::members::{Change, Kind, Syncing};
use crate::tool::{Became, Lines, Render, ShortId, Theirs, counted, render_failed_first};

/// Members that were changed, or the plan for it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synced {
    /// To apply what is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<String>,
    /// The members have changed since the plan that was to be applied: look at this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    has_changed: bool,
    #[serde(skip)]
    is_plan: bool,
    /// The space's or team's.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Theirs>,
    added: usize,
    removed: usize,
    /// Who became a moderator, or is none any more.
    #[serde(skip_serializing_if = "is_zero")]
    roles_changed: usize,
    failed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    staying: Option<usize>,
    /// Of roomIds, spaces where the person is no member whom you can see.
    #[serde(skip_serializing_if = "is_zero")]
    not_member_of: usize,
    /// Of roomIds, direct spaces: their two members stay.
    #[serde(skip_serializing_if = "is_zero")]
    direct_spaces: usize,
    /// What ended it before the rest was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_because: Option<String>,
    changes: Vec<Changed>,
}

/// One member.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Theirs>,
    /// Which of many spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<ShortId>,
    /// `add`, `remove`, `makeModerator` or `makeMember`.
    change: &'static str,
    /// `planned`, `notNeeded` any more, `done`, `refused`, `unknown` or `notDone`.
    became: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Changed {
    fn new(change: Change, became: Option<Became<()>>, is_plan: bool, is_of_many: bool) -> Self {
        let (became, why) = match is_plan {
            true => ("planned", None),
            false => Became::told(became, |()| "done"),
        };
        Changed {
            email: change.email,
            name: change.name.map(Theirs::from),
            space: change.space.map(Theirs::from),
            room_id: is_of_many.then(|| ShortId::from(change.place.id())),
            change: match change.kind {
                Kind::Add => "add",
                Kind::Remove => "remove",
                Kind::Promote => "makeModerator",
                Kind::Demote => "makeMember",
            },
            became,
            why,
        }
    }

    /// Of an earlier plan.
    fn fallen(change: Change, is_of_many: bool) -> Self {
        Changed {
            why: Some(change.why_settled().to_owned()),
            became: "notNeeded",
            ..Changed::new(change, None, true, is_of_many)
        }
    }

    fn has_failed(&self) -> bool {
        !matches!(self.became, "done" | "planned" | "notNeeded")
    }
}

impl Synced {
    /// `fallen` was in an earlier plan.
    pub fn planned(
        syncing: Syncing,
        plan_id: Option<String>,
        has_changed: bool,
        fallen: Vec<Change>,
    ) -> Self {
        let changes = syncing.changes.into_iter();
        let is_of_many = syncing.staying.is_none();
        Synced {
            plan_id,
            has_changed,
            is_plan: true,
            title: syncing.title.map(Theirs::from),
            staying: syncing.staying,
            not_member_of: syncing.absent,
            direct_spaces: syncing.direct,
            changes: changes
                .map(|change| Changed::new(change, None, true, is_of_many))
                .chain(
                    fallen
                        .into_iter()
                        .map(|change| Changed::fallen(change, is_of_many)),
                )
                .collect(),
            ..Synced::default()
        }
    }

    /// `outcomes` has `None` for what was not done, because the work was stopped.
    pub fn of(
        staying: Option<usize>,
        title: Option<String>,
        outcomes: impl Iterator<Item = (Change, Option<Became<()>>)>,
    ) -> Self {
        let changes: Vec<_> = outcomes
            .map(|(change, became)| Changed::new(change, became, false, staying.is_none()))
            .collect();
        let done = |kind: &str| {
            let of_kind = changes.iter().filter(|one| one.change == kind);
            of_kind.filter(|one| !one.has_failed()).count()
        };
        Synced {
            title: title.map(Theirs::from),
            added: done("add"),
            removed: done("remove"),
            roles_changed: done("makeModerator") + done("makeMember"),
            failed: changes.iter().filter(|one| one.has_failed()).count(),
            staying,
            changes,
            ..Synced::default()
        }
    }
}

impl Synced {
    pub fn without(self, not_member_of: usize, direct_spaces: usize) -> Self {
        Synced {
            not_member_of,
            direct_spaces,
            ..self
        }
    }

    pub fn ended(self, ended_because: Option<String>) -> Self {
        Synced {
            ended_because,
            ..self
        }
    }
}

impl Render for Synced {
    fn render(&self, out: &mut Lines) {
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        let staying = match self.staying {
            Some(staying) => format!("; members who stay as they are: {staying}"),
            None => String::new(),
        };
        match (self.is_plan && self.has_changed, &self.plan_id) {
            (false, _) => {}
            (true, Some(_)) => {
                out.line(&["The members have changed since the plan; this is the new one."]);
            }
            (true, None) => {
                out.line(&["The members have changed since the plan; nothing was done."]);
            }
        }
        match &self.plan_id {
            Some(plan_id) => {
                let planned = self.changes.iter().filter(|one| one.became == "planned");
                let changes = counted(planned.count(), "change");
                out.line(&["Nothing is done yet: ", &changes, &staying, "."]);
                out.line(&["To apply it, call again with planId alone: ", plan_id]);
            }
            None if self.is_plan => out.line(&["There is nothing to change", &staying, "."]),
            None => {
                let [added, removed, failed] =
                    [self.added, self.removed, self.failed].map(|count| count.to_string());
                out.line(&["Added ", &added, ", removed ", &removed, &staying, "."]);
                if self.roles_changed > 0 {
                    out.line(&["Roles changed: ", &self.roles_changed.to_string(), "."]);
                }
                if self.failed > 0 {
                    out.line(&["Not done: ", &failed, "."]);
                }
            }
        }
        if self.not_member_of > 0 {
            let spaces = self.not_member_of.to_string();
            out.line(&[
                "Spaces where this is no member that you can see: ",
                &spaces,
                ".",
            ]);
        }
        if self.direct_spaces > 0 {
            let spaces = self.direct_spaces.to_string();
            out.line(&[
                "Direct spaces, whose two members always stay: ",
                &spaces,
                ".",
            ]);
        }
        if let Some(because) = &self.ended_because {
            out.line(&["It ended before the rest: ", because]);
        }
        render_failed_first(out, &self.changes, Changed::has_failed);
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        out.line(&[self.change, " ", &self.email, ": ", self.became]);
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        if let Some(room_id) = &self.room_id {
            out.line(&["from the space ", room_id]);
        }
        if let Some(space) = &self.space {
            out.theirs(space);
        }
        if let Some(why) = &self.why {
            out.line(&[why]);
        }
    }
}
