//! The settings of a scope, applied to all changes of a call together, before the first of them.

use super::audience::{Audience, Crowd};
use super::guard::Guard;
use crate::error::{CallError, Code};
use crate::scope::Permission;
use crate::tool::{Container, Foreseen, Reasons};

impl Guard {
    /// Why a person has to agree to these changes. What the operator refuses of single people and
    /// spaces is told of each when it is tried.
    ///
    /// # Errors
    /// `forbidden` for more people than the operator allows, and for a mention of everybody.
    pub(super) async fn foresee(&self, changes: &Foreseen<'_>) -> Result<Reasons, CallError> {
        let mut reasons = self.mentions_all(changes.words.iter().copied())?;
        if self.scoped.scope.outside_people == Permission::Asked {
            for who in &changes.newcomers {
                reasons = reasons.and(self.belongs(who).await?);
            }
        }
        match self.is_crowd(self.reached_by(changes).await?) {
            // Nothing was reached for yet, so that it does not count as refused.
            Crowd::Refused(most) => Err(CallError::new(
                Code::Forbidden,
                format!(
                    "It reaches more than {most} people altogether, and this server allows no more; nothing was sent."
                ),
                "Name fewer spaces or people, or tell the user; the operator of this server decides the number.",
            )),
            Crowd::Asked(most) => Ok(reasons.and(Reasons::audience(most))),
            Crowd::No => Ok(reasons),
        }
    }

    /// How many people these changes reach altogether, as far as it matters.
    async fn reached_by(&self, changes: &Foreseen<'_>) -> Result<usize, CallError> {
        let Some(mut audience) = Audience::within(&self.scoped.scope) else {
            return Ok(0);
        };
        audience.add(&changes.directly);
        for of in &changes.containers {
            if audience.is_over() {
                break;
            }
            match self.reached_inside(of, changes.host, &mut audience).await {
                // What cannot be read is not changed either.
                Err(error) if matches!(error.code, Code::NotFound | Code::Forbidden) => {}
                reached => reached?,
            }
        }
        let present = audience.count();
        audience.add(&changes.newcomers);
        // The guests of a meeting are invited together. Members are added one by one, each as a change
        // that reaches those who are there by then.
        let is_meeting =
            |of: &Container| matches!(of, Container::Meeting(_) | Container::NewMeeting);
        let late = match changes.containers.iter().any(is_meeting) {
            true => 0,
            false => changes.leaving + usize::from(!changes.newcomers.is_empty()),
        };
        Ok(present.max(audience.count().saturating_sub(late)))
    }

    /// What lies outside is not counted: its size would tell of it.
    async fn reached_inside(
        &self,
        of: &Container,
        host: Option<&str>,
        audience: &mut Audience,
    ) -> Result<(), CallError> {
        let is_inside = match of {
            Container::Space(id) => self.space(id, None).await?,
            Container::Team(id) => self.team(id).await?,
            Container::Meeting(id) => self.meeting(&[Some(id)], host).await?,
            Container::NewMeeting => true,
        };
        match is_inside {
            true => self.reached(of, host, audience).await,
            false => Ok(()),
        }
    }
}
