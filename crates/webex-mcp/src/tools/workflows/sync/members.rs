//! Members on their way to be what a list says: planned, compared with the world, and changed one by
//! one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Arguments;
use super::membership_lists::me;
use super::render::Synced;
use super::roster::{Wanted, Wish};
use crate::error::{CallError, Code};
use crate::limits::{PLANNED_ABOVE_ITEMS, SYNC_MAX_CHANGES};
use crate::tool::plan::{self, Plan};
use crate::tool::{Context, Item, Question, Reasons, Through};

/// Whose members are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Space(String),
    Team(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Add,
    Remove,
    /// A member becomes a moderator.
    Promote,
    /// A moderator becomes an ordinary member.
    Demote,
}

/// One member to add, to remove, or to give another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub kind: Kind,
    pub place: Place,
    pub email: String,
    pub name: Option<String>,
    /// What one of many spaces is called.
    pub space: Option<String>,
    /// Somebody who is added becomes a moderator or not, where the list says so.
    pub is_moderator: Option<bool>,
    /// Of somebody who is a member.
    membership_id: Option<String>,
}

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Syncing {
    pub wanted: Wanted,
    pub changes: Vec<Change>,
    /// Members who stay, of one space or team.
    pub staying: Option<usize>,
    /// Of many spaces, those where the person is no member whom the caller can see.
    #[serde(default)]
    pub absent: usize,
    /// Of many spaces, those between two people: nobody leaves them.
    #[serde(default)]
    pub direct: usize,
    /// What the space or team is called.
    pub title: Option<String>,
    #[serde(default)]
    pub reasons: Reasons,
}

/// Somebody who is a member now.
pub struct Member {
    pub id: String,
    pub person_id: Option<String>,
    pub email: String,
    pub name: Option<String>,
    pub is_moderator: Option<bool>,
    /// Of a space between two people.
    pub is_direct: bool,
}

fn between_two() -> CallError {
    CallError::invalid(
        "roomId",
        "it is a direct space, which has exactly its two members; nobody is added or removed",
    )
    .advise("For a conversation with other people, create a space with webex-create-space, and add them there; a direct space that you no longer want is hidden with webex-update-membership (isRoomHidden).")
}

fn too_many_changes() -> CallError {
    CallError::new(
        Code::TooLarge,
        "There are more than 1,000 changes; nothing was done.",
        "Change the list in steps: first with keepOthers: true and a part of the new members.",
    )
}

impl Syncing {
    /// What such a call changes without a plan; `None` where it plans.
    ///
    /// # Errors
    /// As of [`Syncing::begun`].
    pub async fn at_once(
        context: &Context,
        arguments: Arguments,
    ) -> Result<Option<Self>, CallError> {
        if arguments.dry_run == Some(true) {
            return Ok(None);
        }
        let wanted = arguments.wanted(context).await?;
        let syncing = Syncing::towards(context, wanted).await?;
        match syncing.is_planned() || syncing.changes.is_empty() {
            true => Ok(None),
            false => syncing.foreseen(context).await.map(Some),
        }
    }

    /// Changes the members, or plans it where it has to be looked at first.
    ///
    /// # Errors
    /// `invalid_arguments` for what is missing or wrong; else what ends the whole work.
    pub async fn begun(context: &Context, arguments: Arguments) -> Result<Synced, CallError> {
        let is_dry = arguments.dry_run == Some(true);
        let upload_id = arguments.upload_id.clone();
        let wanted = arguments.wanted(context).await?;
        let syncing = Syncing::towards(context, wanted).await?;
        let syncing = syncing.foreseen(context).await?;
        let synced = match is_dry || syncing.is_planned() {
            true => syncing.shown(context, None).await?,
            false => plan::apply_at_once(context, syncing).await?,
        };
        context.forget_list(upload_id.as_deref()).await;
        Ok(synced)
    }

    async fn towards(context: &Context, wanted: Wanted) -> Result<Self, CallError> {
        let (mut changes, mut staying, mut title) = (Vec::new(), None, None);
        let (mut absent, mut direct) = (0, 0);
        match &wanted {
            Wanted::Gone { email, room_ids } => {
                for room_id in room_ids {
                    let place = Place::Space(room_id.clone());
                    let found = place.members_with(context, Some(email)).await?;
                    if found.is_empty() {
                        absent += 1;
                        continue;
                    }
                    if found.iter().any(|member| member.is_direct) {
                        direct += 1;
                        continue;
                    }
                    let space = place.title(context).await;
                    changes.extend(found.into_iter().map(|member| Change {
                        space: space.clone(),
                        ..place.remove(member)
                    }));
                }
            }
            Wanted::Members {
                place,
                people,
                keeps_others,
            } => {
                let members = place.members_with(context, None).await?;
                if members.iter().any(|member| member.is_direct) {
                    return Err(between_two());
                }
                title = place.title(context).await;
                let me = me(context).await?;
                let mut missing: BTreeMap<&String, &Wish> = people.iter().collect();
                let mut unchanged = 0;
                for member in members {
                    let wish = missing.remove(&member.email);
                    let is_me = member.person_id.as_ref() == Some(&me);
                    match wish {
                        Some(wish) if !is_me && member.has_other_role(wish) => {
                            changes.push(place.give_role(member, wish));
                        }
                        None if !is_me && !keeps_others => changes.push(place.remove(member)),
                        _ => unchanged += 1,
                    }
                }
                staying = Some(unchanged);
                let missing = missing.into_iter();
                changes.extend(missing.map(|(email, wish)| place.add(email, wish)));
            }
        }
        if changes.len() > SYNC_MAX_CHANGES {
            return Err(too_many_changes());
        }
        Ok(Syncing {
            wanted,
            changes,
            staying,
            absent,
            direct,
            title,
            reasons: Reasons::default(),
        })
    }

    /// Whether it is to be looked at before it is done: it is long, or somebody loses what they have.
    fn is_planned(&self) -> bool {
        let takes = |one: &Change| matches!(one.kind, Kind::Remove | Kind::Demote);
        self.changes.iter().any(takes) || self.changes.len() > PLANNED_ABOVE_ITEMS
    }
}

impl Plan for Syncing {
    type Outcome = Synced;

    fn question(&self) -> Question {
        self.asked()
    }

    fn reasons(&self) -> &Reasons {
        &self.reasons
    }

    async fn again(&self, context: &Context) -> Result<Self, CallError> {
        let now = Syncing::towards(context, self.wanted.clone()).await?;
        now.foreseen(context).await
    }

    /// A plan that changes nothing needs no agreement.
    async fn shown(self, context: &Context, before: Option<Self>) -> Result<Synced, CallError> {
        let plan_id = match self.changes.is_empty() {
            true => None,
            false => Some(context.keep_plan(&self).await?),
        };
        let has_changed = before.is_some();
        let changes = before.into_iter().flat_map(|plan| plan.changes);
        let fallen = changes.filter(|one| !self.changes.iter().any(|now| now.is_like(one)));
        // No answer tells of more.
        let room = SYNC_MAX_CHANGES - self.changes.len();
        let fallen: Vec<_> = fallen.take(room).collect();
        Ok(Synced::planned(self, plan_id, has_changed, fallen))
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
        let synced = synced.without(self.absent, self.direct);
        Ok(synced.ended(ended_because))
    }
}

impl Item for Change {
    type Made = ();

    fn name(&self) -> &str {
        self.space.as_deref().unwrap_or(&self.email)
    }
}

impl Change {
    fn is_like(&self, other: &Change) -> bool {
        (self.kind, &self.email, &self.place) == (other.kind, &other.email, &other.place)
    }

    /// Why a change of an earlier plan is in none any more.
    pub fn why_settled(&self) -> &'static str {
        match self.kind {
            Kind::Add => "Is a member by now.",
            Kind::Remove => "Is no member any more, as far as you can see.",
            Kind::Promote => "Is a moderator by now, or no member any more.",
            Kind::Demote => "Is no moderator any more, or no member.",
        }
    }

    /// Names the item in the notes of the work.
    fn key(&self) -> String {
        let (kind, place) = (self.kind, self.place.id());
        match kind {
            Kind::Add => format!("add {} {place}", self.email),
            Kind::Remove => format!("remove {} {place}", self.email),
            Kind::Promote | Kind::Demote => format!("role {} {place}", self.email),
        }
    }

    /// Somebody who is a member by now, or no longer, is as good as changed.
    async fn make(&self, context: &Context) -> Result<(), CallError> {
        let id = self.membership_id.as_deref().unwrap_or_default();
        let place = &self.place;
        let (done, is_so) = match self.kind {
            Kind::Add => (place.put_in(context, self).await, Some(409)),
            Kind::Remove => (place.take_out(context, id).await, Some(404)),
            Kind::Promote => (place.set_role(context, id, true).await, None),
            Kind::Demote => (place.set_role(context, id, false).await, None),
        };
        match done {
            Err(error) if error.status().is_some() && error.status() == is_so => Ok(()),
            done => Ok(done?),
        }
    }

    /// Whether an earlier run of this work had made the change.
    async fn found(&self, context: &Context) -> Result<Option<()>, CallError> {
        let members = self.place.members_with(context, Some(&self.email)).await?;
        let first = members.first();
        let moderates = first.map(|member| member.is_moderator == Some(true));
        let is_made = match self.kind {
            Kind::Add => moderates.is_some(),
            Kind::Remove => moderates.is_none(),
            Kind::Promote => moderates == Some(true),
            Kind::Demote => moderates == Some(false),
        };
        Ok(is_made.then_some(()))
    }
}

impl Member {
    fn has_other_role(&self, wish: &Wish) -> bool {
        wish.is_moderator
            .is_some_and(|wanted| wanted != (self.is_moderator == Some(true)))
    }
}

impl Place {
    pub fn id(&self) -> &str {
        match self {
            Place::Space(id) | Place::Team(id) => id,
        }
    }

    fn add(&self, email: &str, wish: &Wish) -> Change {
        Change {
            kind: Kind::Add,
            place: self.clone(),
            email: email.to_owned(),
            name: wish.name.clone(),
            space: None,
            is_moderator: wish.is_moderator,
            membership_id: None,
        }
    }

    fn remove(&self, member: Member) -> Change {
        Change {
            kind: Kind::Remove,
            place: self.clone(),
            email: member.email,
            name: member.name,
            space: None,
            is_moderator: None,
            membership_id: Some(member.id),
        }
    }

    fn give_role(&self, member: Member, wish: &Wish) -> Change {
        let kind = match wish.is_moderator {
            Some(true) => Kind::Promote,
            _ => Kind::Demote,
        };
        Change {
            kind,
            ..self.remove(member)
        }
    }

    async fn title(&self, context: &Context) -> Option<String> {
        let title = match self {
            Place::Space(id) => context.space_title(Some(id)).await,
            Place::Team(id) => context.team_name(Some(id)).await,
        };
        title.map(|title| title.as_str().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_of_an_earlier_version_is_read() {
        let wanted = Wanted::Gone {
            email: "bob@example.com".to_owned(),
            room_ids: Vec::new(),
        };
        let kept = json!({"wanted": wanted, "changes": [], "staying": 1, "title": null});
        let read: Syncing = serde_json::from_value(kept).unwrap();
        assert_eq!((read.absent, read.direct), (0, 0));
    }
}
