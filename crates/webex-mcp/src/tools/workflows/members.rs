//! Members on their way to be what a list says: planned, compared with the world, and changed one by
//! one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use webex::WebexError;
use webex::memberships::CreateMembership;
use webex::team_memberships::CreateTeamMembership;

use super::address;
use super::membership_lists::me;
use super::plan::Plan;
use super::render_sync::Synced;
use super::sync::Arguments;
use crate::error::{CallError, Code};
use crate::limits::{PLANNED_ABOVE_ITEMS, SYNC_MAX_CHANGES};
use crate::tool::{Context, Question, Through, counted};

/// Whose members are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Space(String),
    Team(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Wanted {
    /// The members are to be those with these addresses.
    Members {
        place: Place,
        emails: BTreeSet<String>,
        keeps_others: bool,
    },
    /// One person is to leave these spaces.
    Gone {
        email: String,
        room_ids: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Add,
    Remove,
}

/// One member to add or to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub kind: Kind,
    pub place: Place,
    pub email: String,
    pub name: Option<String>,
    /// Of somebody who is a member.
    membership_id: Option<String>,
}

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Syncing {
    wanted: Wanted,
    pub changes: Vec<Change>,
    /// Members who stay.
    pub staying: usize,
    /// What the space or team is called.
    pub title: Option<String>,
}

/// Somebody who is a member now.
pub struct Member {
    pub id: String,
    pub person_id: Option<String>,
    pub email: String,
    pub name: Option<String>,
}

impl Arguments {
    /// A plan has all of the arguments.
    ///
    /// # Errors
    /// `invalid_arguments` where others stand beside its id.
    pub fn alone(&self) -> Result<(), CallError> {
        let lists = self.emails.is_some() || self.room_ids.is_some();
        let texts = [&self.room_id, &self.team_id, &self.remove_email];
        let flags = [self.allow_empty, self.keep_others, self.dry_run];
        let is_alone =
            !lists && texts.iter().all(|text| text.is_none()) && flags.iter().all(Option::is_none);
        match is_alone {
            true => Ok(()),
            false => Err(CallError::invalid(
                "planId",
                "the plan has everything; leave out every other argument, or leave it out for a new plan",
            )),
        }
    }

    fn wanted(self) -> Result<Wanted, CallError> {
        let wrong = |field: &str, wrong: &str| Err(CallError::invalid(field, wrong));
        if let Some(email) = self.remove_email {
            let others = self.room_id.is_some() || self.team_id.is_some() || self.emails.is_some();
            let mut seen = BTreeSet::new();
            let mut room_ids = self.room_ids.unwrap_or_default();
            room_ids.retain(|id| seen.insert(id.clone()));
            return match (others, address(&email), room_ids.is_empty()) {
                (true, ..) => wrong("removeEmail", "it goes with roomIds alone"),
                (_, None, _) => wrong("removeEmail", "it has to be an e-mail address"),
                (.., true) => wrong(
                    "roomIds",
                    "the spaces that the person is to leave are missing",
                ),
                (false, Some(email), false) => Ok(Wanted::Gone { email, room_ids }),
            };
        }
        if self.room_ids.is_some() {
            return wrong(
                "roomIds",
                "it goes with removeEmail; for the members of one space give roomId",
            );
        }
        let place = match (self.room_id, self.team_id) {
            (Some(id), None) => Place::Space(id),
            (None, Some(id)) => Place::Team(id),
            (None, None) => {
                return wrong(
                    "roomId",
                    "a space or team is missing; give roomId or teamId",
                );
            }
            (Some(_), Some(_)) => return wrong("roomId", "give roomId or teamId, not both"),
        };
        let Some(emails) = self.emails else {
            return wrong("emails", "the members are missing");
        };
        if let Some(index) = emails.iter().position(|email| address(email).is_none()) {
            return wrong(
                &format!("emails[{index}]"),
                "it has to be an e-mail address",
            );
        }
        if emails.is_empty() && self.allow_empty != Some(true) {
            return wrong(
                "emails",
                "an empty list would remove everybody but you; if that is meant, add allowEmpty: true",
            );
        }
        Ok(Wanted::Members {
            place,
            emails: emails.iter().filter_map(|email| address(email)).collect(),
            keeps_others: self.keep_others == Some(true),
        })
    }
}

fn too_many_changes() -> CallError {
    CallError::new(
        Code::TooLarge,
        "There are more than 1,000 changes; nothing was done.",
        "Change the list in steps: first with keepOthers: true and a part of the new members.",
    )
}

impl Syncing {
    /// # Errors
    /// `invalid_arguments` for what is missing or wrong; else whatever Webex refuses.
    pub async fn new(context: &Context, arguments: Arguments) -> Result<Self, CallError> {
        Syncing::towards(context, arguments.wanted()?).await
    }

    async fn towards(context: &Context, wanted: Wanted) -> Result<Self, CallError> {
        let (mut changes, mut staying, mut title) = (Vec::new(), 0, None);
        match &wanted {
            Wanted::Gone { email, room_ids } => {
                for room_id in room_ids {
                    let place = Place::Space(room_id.clone());
                    for member in place.members_with(context, Some(email)).await? {
                        changes.push(place.remove(member));
                    }
                }
            }
            Wanted::Members {
                place,
                emails,
                keeps_others,
            } => {
                title = place.title(context).await;
                let me = me(context).await?;
                let members = place.members_with(context, None).await?;
                let mut missing: BTreeSet<&String> = emails.iter().collect();
                for member in members {
                    let is_wanted = missing.remove(&member.email);
                    let is_me = member.person_id.as_ref() == Some(&me);
                    match is_wanted || is_me || *keeps_others {
                        true => staying += 1,
                        false => changes.push(place.remove(member)),
                    }
                }
                changes.extend(missing.into_iter().map(|email| place.add(email)));
            }
        }
        if changes.len() > SYNC_MAX_CHANGES {
            return Err(too_many_changes());
        }
        Ok(Syncing {
            wanted,
            changes,
            staying,
            title,
        })
    }

    /// Whether it is to be looked at before it is done.
    pub fn is_planned(&self) -> bool {
        let removes = self.changes.iter().any(|one| one.kind == Kind::Remove);
        removes || self.changes.len() > PLANNED_ABOVE_ITEMS
    }

    pub fn question(&self) -> Question {
        let count = |kind| self.changes.iter().filter(|one| one.kind == kind).count();
        let (adds, removes) = (count(Kind::Add), count(Kind::Remove));
        let people = |count| match count {
            1 => "1 person".to_owned(),
            count => format!("{count} people"),
        };
        match &self.wanted {
            Wanted::Gone { email, .. } => Question::new("Remove ")
                .and(email)
                .and(" from ")
                .and(&counted(removes, "space"))
                .and("?"),
            Wanted::Members { place, .. } => {
                let kind = match place {
                    Place::Space(_) => " in the space",
                    Place::Team(_) => " in the team",
                };
                let question = Question::new("Add ").and(&people(adds));
                let question = question.and(" and remove ").and(&people(removes));
                let question = question.named(kind, self.title.clone()).and("?");
                let removed = self.changes.iter().filter(|one| one.kind == Kind::Remove);
                let mut first: Vec<_> = removed.map(|one| one.email.as_str()).collect();
                let more = first.len().saturating_sub(PLANNED_ABOVE_ITEMS);
                first.truncate(PLANNED_ABOVE_ITEMS);
                match (first.is_empty(), more) {
                    (true, _) => question,
                    (false, 0) => question.and(&format!(" Removed: {}.", first.join(", "))),
                    (false, more) => {
                        question.and(&format!(" Removed: {} and {more} more.", first.join(", ")))
                    }
                }
            }
        }
    }
}

impl Plan for Syncing {
    type Outcome = Synced;

    async fn again(&self, context: &Context) -> Result<Self, CallError> {
        Syncing::towards(context, self.wanted.clone()).await
    }

    /// A plan that changes nothing needs no agreement.
    async fn shown(self, context: &Context, has_changed: bool) -> Result<Synced, CallError> {
        let plan_id = match self.changes.is_empty() {
            true => None,
            false => Some(context.keep_plan(&self).await?),
        };
        Ok(Synced::planned(self, plan_id, has_changed))
    }

    async fn applied(self, context: &Context) -> Result<Synced, CallError> {
        let through = context.each(&self.changes, async |change: &Change| {
            let key = change.key();
            let (found, make) = (|| change.found(context), || change.make(context));
            context.once(&key, found, make).await
        });
        let Through {
            outcomes,
            ended_because,
        } = through.await?;
        let outcomes = self.changes.into_iter().zip(outcomes);
        let synced = Synced::of(self.staying, self.title, outcomes);
        Ok(synced.ended(ended_because))
    }
}

impl Change {
    /// Names the item in the notes of the work.
    fn key(&self) -> String {
        let (kind, place) = (self.kind, self.place.id());
        match kind {
            Kind::Add => format!("add {} {place}", self.email),
            Kind::Remove => format!("remove {} {place}", self.email),
        }
    }

    /// Somebody who is a member by now, or no longer, is as good as changed.
    async fn make(&self, context: &Context) -> Result<(), CallError> {
        let done = match self.kind {
            Kind::Add => self.place.put_in(context, &self.email).await,
            Kind::Remove => {
                let id = self.membership_id.as_deref().unwrap_or_default();
                self.place.take_out(context, id).await
            }
        };
        let is_so = match self.kind {
            Kind::Add => Some(409),
            Kind::Remove => Some(404),
        };
        match done {
            Err(error) if error.status() == is_so => Ok(()),
            done => Ok(done?),
        }
    }

    /// Whether an earlier run of this work had made the change.
    async fn found(&self, context: &Context) -> Result<Option<()>, CallError> {
        let members = self.place.members_with(context, Some(&self.email)).await?;
        let is_made = members.is_empty() == (self.kind == Kind::Remove);
        Ok(is_made.then_some(()))
    }
}

impl Place {
    fn id(&self) -> &str {
        match self {
            Place::Space(id) | Place::Team(id) => id,
        }
    }

    fn add(&self, email: &str) -> Change {
        Change {
            kind: Kind::Add,
            place: self.clone(),
            email: email.to_owned(),
            name: None,
            membership_id: None,
        }
    }

    fn remove(&self, member: Member) -> Change {
        Change {
            kind: Kind::Remove,
            place: self.clone(),
            email: member.email,
            name: member.name,
            membership_id: Some(member.id),
        }
    }

    async fn title(&self, context: &Context) -> Option<String> {
        let title = match self {
            Place::Space(id) => context.space_title(Some(id)).await,
            Place::Team(id) => context.team_name(Some(id)).await,
        };
        title.map(|title| title.as_str().to_owned())
    }

    async fn put_in(&self, context: &Context, email: &str) -> Result<(), WebexError> {
        let email = Some(email.to_owned());
        match self {
            Place::Space(id) => {
                let new = CreateMembership {
                    room_id: id.clone(),
                    person_email: email,
                    ..CreateMembership::default()
                };
                context.webex.memberships().create(&new).await.map(drop)
            }
            Place::Team(id) => {
                let new = CreateTeamMembership {
                    team_id: id.clone(),
                    person_email: email,
                    ..CreateTeamMembership::default()
                };
                context
                    .webex
                    .team_memberships()
                    .create(&new)
                    .await
                    .map(drop)
            }
        }
    }

    async fn take_out(&self, context: &Context, membership_id: &str) -> Result<(), WebexError> {
        match self {
            Place::Space(_) => context.webex.memberships().delete(membership_id).await,
            Place::Team(_) => context.webex.team_memberships().delete(membership_id).await,
        }
    }
}
