//! What archiving spaces answers.

use schemars::JsonSchema;
use serde::Serialize;

use super::archiving::Outcome;
use super::inactive::{Closing, Count, Inactive, Space};
use crate::tool::{Became, Lines, Render, ShortId, Theirs, counted, with_commas};

/// Spaces that were archived, or the plan for it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Archived {
    /// To apply what is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<String>,
    /// The spaces have changed since the plan that was to be applied: look at this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    has_changed: bool,
    #[serde(skip)]
    is_plan: bool,
    /// Exported and closed.
    archived: usize,
    /// Not closed.
    kept: usize,
    /// Inactive ones that you cannot read, or not close so.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_yours: Option<usize>,
    /// There are more: call again for them afterwards.
    more: bool,
    /// What ended it before the rest was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_because: Option<String>,
    spaces: Vec<Fate>,
}

/// One space.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fate {
    room_id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Theirs>,
    last_activity: String,
    members: String,
    /// 100+: at least so many.
    messages: String,
    then: Closing,
    /// `planned`, `deleted`, `archived`, `left`, `kept`, `unknown` or `notDone`.
    became: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Of its file: webex-get-artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_id: Option<String>,
    /// Until when its file is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl Fate {
    fn planned(space: Space) -> Self {
        let text = |count: Count| match count.is_all {
            true => with_commas(count.counted),
            false => format!("{}+", with_commas(count.counted)),
        };
        Fate {
            room_id: ShortId::from(space.room_id),
            title: space.title.map(Theirs::from),
            last_activity: space.last_activity.to_string(),
            members: text(space.members),
            messages: text(space.messages),
            then: space.closing,
            became: "planned",
            why: None,
            artifact_id: None,
            expires_at: None,
        }
    }

    /// It was in an earlier plan.
    pub fn spared(space: Space, why: &str) -> Self {
        Fate::planned(space).kept(format!("{why} So it was kept."))
    }

    /// `None`: it was not begun.
    pub fn of(space: Space, became: Option<Became<Outcome>>) -> Self {
        let closed = match space.closing {
            Closing::Delete => "deleted",
            Closing::Archive => "archived",
            Closing::Leave => "left",
        };
        let fate = Fate::planned(space);
        match became {
            None => Fate {
                became: "notDone",
                ..fate
            },
            Some(Became::Refused { message, .. }) => fate.kept(message),
            Some(Became::Unknown) => fate.kept("Its export did not end.".to_owned()),
            Some(Became::Done(Outcome {
                exported,
                closed: outcome,
            })) => {
                let messages = with_commas(exported.messages);
                let fate = Fate {
                    artifact_id: Some(exported.artifact.artifact_id),
                    expires_at: Some(exported.artifact.expires_at),
                    messages,
                    ..fate
                };
                match outcome {
                    Became::Done(()) => Fate {
                        became: closed,
                        ..fate
                    },
                    Became::Refused { message, .. } => fate.kept(message),
                    Became::Unknown => Fate {
                        became: "unknown",
                        ..fate
                    },
                }
            }
        }
    }

    fn kept(self, why: String) -> Self {
        Fate {
            became: "kept",
            why: Some(why),
            ..self
        }
    }

    fn is_closed(&self) -> bool {
        matches!(self.became, "deleted" | "archived" | "left")
    }
}

impl Archived {
    pub fn planned(found: Inactive, plan_id: Option<String>, has_changed: bool) -> Self {
        Archived {
            plan_id,
            has_changed,
            is_plan: true,
            not_yours: Some(found.not_yours).filter(|count| *count > 0),
            more: found.more,
            spaces: found.spaces.into_iter().map(Fate::planned).collect(),
            ..Archived::default()
        }
    }

    pub fn done(spaces: Vec<Fate>, more: bool, ended_because: Option<String>) -> Self {
        let archived = spaces.iter().filter(|fate| fate.is_closed()).count();
        Archived {
            archived,
            kept: spaces.len() - archived,
            more,
            ended_because,
            spaces,
            ..Archived::default()
        }
    }

    /// Tells of the spaces that this plan has no longer.
    pub fn sparing(mut self, spared: Vec<Fate>) -> Self {
        self.kept = spared.len();
        self.spaces.extend(spared);
        self
    }

    fn head(&self, out: &mut Lines) {
        let planned = self.spaces.iter().filter(|fate| fate.became == "planned");
        let count = counted(planned.count(), "inactive space");
        match (self.is_plan, &self.plan_id) {
            (true, None) if self.has_changed => out.line(&[
                "The spaces have changed since that plan; nothing was done, and none is left to do.",
            ]),
            (true, None) => out.line(&["There is no such inactive space; nothing is to be done."]),
            (true, Some(id)) => {
                let again = match self.has_changed {
                    true => "The spaces have changed since that plan; nothing was done. ",
                    false => "Nothing was done yet. ",
                };
                out.line(&[again, "A plan for ", &count, ":"]);
                out.line(&[
                    "To apply it after the user agrees, call with this planId alone: ",
                    id,
                ]);
            }
            (false, _) => {
                let (archived, kept) = (self.archived.to_string(), self.kept.to_string());
                out.line(&[&archived, " exported and closed, ", &kept, " kept."]);
                let fetch = "Fetch each file with webex-get-artifact before it expires.";
                out.line(&[fetch]);
            }
        }
        if self.is_plan && self.kept > 0 {
            out.line(&["Kept, of that plan: ", &self.kept.to_string(), "."]);
        }
        if let Some(because) = &self.ended_because {
            out.line(&["It ended early: ", because]);
        }
        if let Some(count) = self.not_yours {
            let (was, them) = if count == 1 {
                ("was", "it")
            } else {
                ("were", "them")
            };
            let count = counted(count, "other inactive space");
            let why = format!(
                " {was} left out: you cannot read {them}, or cannot close {them} this way."
            );
            out.line(&[&count, &why]);
        }
        if self.more {
            out.line(&["There are more: call again for them afterwards."]);
        }
    }
}

impl Render for Archived {
    fn render(&self, out: &mut Lines) {
        self.head(out);
        for fate in &self.spaces {
            match &fate.title {
                Some(title) => out.theirs(title),
                None => out.line(&["A space without a title."]),
            }
            let then = match fate.then {
                Closing::Delete => "delete",
                Closing::Archive => "archive",
                Closing::Leave => "leave",
            };
            let became = match fate.became {
                "planned" => then,
                became => became,
            };
            let (members, messages) = (&fate.members, &fate.messages);
            out.line(&[became, ": last activity ", &fate.last_activity]);
            out.add(&[", members ", members, ", messages ", messages]);
            out.add(&[", roomId ", &fate.room_id]);
            if let Some(why) = &fate.why {
                out.line(&[why]);
            }
            if let (Some(id), Some(until)) = (&fate.artifact_id, &fate.expires_at) {
                out.line(&["artifactId ", id, ", kept until ", until]);
            }
        }
    }
}
