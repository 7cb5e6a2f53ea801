//! What inviting comes to: who is new, who is left out, and what became of each.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;
use webex::WebexError;
use webex::invitees::{self as api, CreateInvitee, CreateInvitees, NewInvitee};
use webex::limits::MAX_BULK_INVITEES_COUNT;

use super::About;
use super::source::too_many;
use crate::error::{CallError, Code};
use crate::tool::{Context, Theirs};

/// What became of the people who were named.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    pub(super) invited: usize,
    pub(super) already_invited: usize,
    /// The host and bots.
    pub(super) left_out: usize,
    pub(super) invitees: Vec<Guest>,
    #[serde(flatten)]
    pub(super) meeting: About,
}

impl Added {
    pub fn of(plan: Plan, bots: usize, meeting: About) -> Self {
        let count = |outcome| {
            let guests = plan.guests.iter();
            guests.filter(|guest| guest.outcome == outcome).count()
        };
        Added {
            invited: count(Outcome::Invited),
            already_invited: count(Outcome::AlreadyInvited),
            left_out: plan.hosts + bots,
            invitees: plan.guests,
            meeting,
        }
    }
}

/// What became of one person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Guest {
    pub(super) email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<Theirs>,
    pub(super) outcome: Outcome,
    /// The invitee's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    Invited,
    AlreadyInvited,
    NotConfirmed,
}

/// Each person once, in the order in which they were named.
#[derive(Debug, Default)]
pub struct Plan {
    guests: Vec<Guest>,
    /// The host among them.
    hosts: usize,
    new: Vec<NewInvitee>,
}

impl Plan {
    /// Leaves out the host, and who is invited already.
    pub fn of(wanted: Vec<NewInvitee>, invited: &[api::Invitee], host: Option<&str>) -> Self {
        let mut plan = Plan::default();
        let mut seen = HashSet::new();
        for person in wanted {
            let is = |email: Option<&str>| {
                email.is_some_and(|email| email.eq_ignore_ascii_case(&person.email))
            };
            if !seen.insert(person.email.to_lowercase()) {
                continue;
            }
            if is(host) {
                plan.hosts += 1;
                continue;
            }
            let present = invited.iter().find(|one| is(one.email.as_deref()));
            plan.guests.push(Guest {
                email: person.email.clone(),
                display_name: present.and_then(|one| one.display_name.clone().map(Theirs::from)),
                outcome: match present {
                    Some(_) => Outcome::AlreadyInvited,
                    None => Outcome::NotConfirmed,
                },
                id: present.map(|one| one.id.clone()),
            });
            if present.is_none() {
                plan.new.push(person);
            }
        }
        plan
    }

    /// Refuses more new people than Webex invites at once; `argument` brought in the most.
    ///
    /// # Errors
    /// `invalid_arguments`.
    pub fn check(&self, argument: &str) -> Result<(), CallError> {
        match self.new.len() > MAX_BULK_INVITEES_COUNT {
            true => Err(too_many(argument)),
            false => Ok(()),
        }
    }

    /// Invites who is new, and notes whom Webex says that it has invited.
    ///
    /// # Errors
    /// Whatever Webex refuses: then nobody was invited.
    pub async fn send(
        &mut self,
        context: &Context,
        meeting_id: String,
        send_email: Option<bool>,
    ) -> Result<(), CallError> {
        let mut new = std::mem::take(&mut self.new);
        for invitee in &mut new {
            invitee.send_email = send_email;
        }
        let invitees = context.webex.invitees();
        let made = match (new.pop(), new.is_empty()) {
            (None, _) => return Ok(()),
            (Some(invitee), true) => {
                let one = CreateInvitee {
                    meeting_id,
                    host_email: None,
                    invitee,
                };
                vec![invitees.create(&one).await.map_err(refused)?]
            }
            (Some(last), false) => {
                new.push(last);
                let many = CreateInvitees {
                    meeting_id,
                    host_email: None,
                    invitees: new,
                };
                invitees.create_many(&many).await.map_err(refused)?
            }
        };
        for made in made {
            let email = made.email.as_deref().unwrap_or_default();
            let is_them = |guest: &&mut Guest| guest.email.eq_ignore_ascii_case(email);
            if let Some(guest) = self.guests.iter_mut().find(is_them) {
                guest.outcome = Outcome::Invited;
                guest.display_name = made.display_name.map(Theirs::from);
                guest.id = Some(made.id);
            }
        }
        Ok(())
    }
}

/// Webex invites all or nobody.
fn refused(error: WebexError) -> CallError {
    let error = CallError::from(error);
    match error.code {
        Code::Conflict => error.advise(
            "Somebody was invited meanwhile, so nobody was invited now: call again, and who is invited already is left out.",
        ),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: usize) -> Vec<NewInvitee> {
        let person = |at| NewInvitee {
            email: format!("p{at}@example.com"),
            ..NewInvitee::default()
        };
        (0..count).map(person).collect()
    }

    #[test]
    fn only_those_who_are_new_count_against_webexs_limit() {
        let invited = |count: usize| -> Vec<_> {
            let invitee = |person: NewInvitee| api::Invitee {
                email: Some(person.email.to_uppercase()),
                ..api::Invitee::default()
            };
            people(count).into_iter().map(invitee).collect()
        };
        assert!(
            Plan::of(people(101), &invited(1), None)
                .check("roomId")
                .is_ok()
        );
        assert!(
            Plan::of(people(101), &[], Some("P100@example.com"))
                .check("roomId")
                .is_ok()
        );
        let refused = Plan::of(people(102), &invited(1), None).check("roomId");
        let error = refused.unwrap_err();
        assert_eq!(error.code, Code::InvalidArguments);
        assert!(error.message.contains("`roomId`"), "{}", error.message);
    }
}
