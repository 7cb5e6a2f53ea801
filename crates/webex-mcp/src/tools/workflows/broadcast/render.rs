//! What workflows answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::destinations::{Destination, Place, Posted};
use crate::tool::{self, Lines, Render, ShortId, Theirs, counted, render_failed_first};
use crate::tools::messages::writing::{NOBODY, notify_nobody};

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Became {
    Planned,
    Sent,
    Refused,
    Unknown,
    NotSent,
}

/// A broadcast, or its plan.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Broadcast {
    /// To send what is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_id: Option<String>,
    /// Other destinations than in the plan that was to be sent: look at them again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    has_changed: bool,
    #[serde(skip)]
    is_plan: bool,
    sent: usize,
    not_sent: usize,
    /// May have been sent or not.
    #[serde(skip_serializing_if = "is_zero")]
    unknown: usize,
    /// What ended it before the rest was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_because: Option<String>,
    /// Of a plan: whom the words mention, in each space whose members they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    deliveries: Vec<Delivery>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_person_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<Theirs>,
    became: Became,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentions_nobody: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webex_message: Option<Theirs>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// An outcome, with what it made or why it was refused.
pub struct Outcome {
    became: Became,
    posted: Option<Posted>,
    why: Option<String>,
    webex_message: Option<String>,
}

impl Outcome {
    pub fn plain(became: Became) -> Self {
        Outcome {
            became,
            posted: None,
            why: None,
            webex_message: None,
        }
    }
}

impl From<tool::Became<Posted>> for Outcome {
    fn from(became: tool::Became<Posted>) -> Self {
        match became {
            tool::Became::Done(posted) => Outcome {
                posted: Some(posted),
                ..Outcome::plain(Became::Sent)
            },
            tool::Became::Refused {
                message,
                webex_message,
                ..
            } => Outcome {
                why: Some(message),
                webex_message,
                ..Outcome::plain(Became::Refused)
            },
            tool::Became::Unknown => Outcome::plain(Became::Unknown),
        }
    }
}

impl Delivery {
    pub fn planned(destination: Destination) -> Self {
        Delivery::new(destination, Outcome::plain(Became::Planned))
    }

    /// Of an earlier plan. Only spaces of a team come and go.
    pub fn fallen(destination: Destination) -> Self {
        let why = "It is no space of the team any more that you are in.";
        let outcome = Outcome {
            why: Some(why.to_owned()),
            ..Outcome::plain(Became::NotSent)
        };
        Delivery::new(destination, outcome)
    }

    pub fn new(destination: Destination, outcome: Outcome) -> Self {
        let (room_id, to_person_email) = match destination.place {
            Place::Space(id) => (Some(id), None),
            Place::Person(email) => (None, Some(email)),
        };
        let posted = outcome.posted;
        let told = |names: fn(&Posted) -> &Vec<String>| {
            posted
                .as_ref()
                .map_or_else(Vec::new, |it| names(it).clone())
        };
        Delivery {
            room_id: room_id.map(ShortId::from),
            to_person_email,
            space: destination.title.map(Theirs::from),
            became: outcome.became,
            mentions: told(|it| &it.mentions),
            mentions_nobody: told(|it| &it.mentions_nobody),
            message_id: posted.map(|it| it.id.into()),
            why: outcome.why,
            webex_message: outcome.webex_message.map(Theirs::from),
        }
    }

    fn has_failed(&self) -> bool {
        !matches!(self.became, Became::Sent | Became::Planned)
    }
}

impl Broadcast {
    pub fn planned(
        plan_id: Option<String>,
        has_changed: bool,
        mentions: Vec<String>,
        deliveries: Vec<Delivery>,
    ) -> Self {
        Broadcast {
            plan_id,
            has_changed,
            mentions,
            is_plan: true,
            not_sent: deliveries.iter().filter(|one| one.has_failed()).count(),
            deliveries,
            ..Broadcast::default()
        }
    }

    pub fn of(deliveries: Vec<Delivery>, ended_because: Option<String>) -> Self {
        let count = |became: Became| {
            let of_kind = deliveries.iter().filter(|one| one.became == became);
            of_kind.count()
        };
        let (sent, unknown) = (count(Became::Sent), count(Became::Unknown));
        let mut nobody = deliveries.iter().map(|one| &one.mentions_nobody);
        Broadcast {
            note: nobody.any(|names| !names.is_empty()).then_some(NOBODY),
            sent,
            not_sent: deliveries.len() - sent - unknown,
            unknown,
            ended_because,
            deliveries,
            ..Broadcast::default()
        }
    }
}

impl Render for Broadcast {
    fn render(&self, out: &mut Lines) {
        let count = counted(self.deliveries.len(), "destination");
        if self.is_plan && self.has_changed {
            out.line(&["The destinations have changed since the plan; this is the new one."]);
        }
        if let Some(plan_id) = &self.plan_id {
            let count = counted(self.deliveries.len() - self.not_sent, "destination");
            out.line(&["Nothing was sent. It would go to ", &count, "."]);
            out.line(&["To send it, call again with planId alone: ", plan_id]);
        } else if self.is_plan {
            out.line(&["Nothing was sent: there is nowhere to send it to."]);
        } else if self.not_sent + self.unknown == 0 {
            out.line(&["Sent to ", &count, "."]);
        } else {
            let mut told = format!("Sent to {} of {count}", self.sent);
            if self.not_sent > 0 {
                told.push_str(&format!("; not to {}", self.not_sent));
            }
            if self.unknown > 0 {
                told.push_str(&format!("; not known of {}", self.unknown));
            }
            out.line(&[&told, "."]);
        }
        if let Some(because) = &self.ended_because {
            out.line(&["It ended before the rest: ", because]);
        }
        if !self.mentions.is_empty() {
            let names = self.mentions.join(", ");
            out.line(&["It would mention, where they are members: ", &names]);
        }
        if let Some(note) = self.note {
            out.line(&["Some mentions notify nobody. ", note]);
        }
        render_failed_first(out, &self.deliveries, Delivery::has_failed);
    }
}

impl Render for Delivery {
    fn render(&self, out: &mut Lines) {
        if let Some(title) = &self.space {
            out.theirs(title);
        }
        let became = match self.became {
            Became::Planned => "planned",
            Became::Sent => "sent",
            Became::Refused => "refused",
            Became::Unknown => "not known whether it was sent; look before you send it again",
            Became::NotSent => "not sent",
        };
        let to = match (&self.to_person_email, &self.room_id) {
            (Some(address), _) => address.as_str(),
            (None, Some(room_id)) => room_id,
            (None, None) => "",
        };
        out.line(&[to, ": ", became]);
        if let Some(id) = &self.message_id {
            out.add(&[", messageId: ", id]);
        }
        if !self.mentions.is_empty() {
            out.line(&["It mentions ", &self.mentions.join(", "), "."]);
        }
        if !self.mentions_nobody.is_empty() {
            out.line(&[&notify_nobody(&self.mentions_nobody)]);
        }
        if let Some(why) = &self.why {
            out.line(&[why]);
        }
        if let Some(words) = &self.webex_message {
            out.line(&["Webex said:"]);
            out.theirs(words);
        }
    }
}
