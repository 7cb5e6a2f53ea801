//! Whether a space, a person, a team or a meeting lies in the scope of a call's server.

use super::guard::Guard;
use crate::error::CallError;
use crate::scope::{self, Fact, Meeting, Verdict};

impl Guard {
    pub(super) async fn space(&self, id: &str, is_direct: Option<bool>) -> Result<bool, CallError> {
        let scope = &self.scoped.scope;
        match scope.space(id, is_direct) {
            Verdict::Inside => return Ok(true),
            Verdict::Outside => return Ok(false),
            Verdict::Unknown => {}
        }
        let Some(fact) = self
            .fact(id, Box::pin(self.read_space(id, is_direct)))
            .await?
        else {
            return Ok(false);
        };
        let is_direct = matches!(fact, Fact::Direct(_));
        match (scope.space(id, Some(is_direct)), fact) {
            (Verdict::Inside, _) => Ok(true),
            (Verdict::Unknown, Fact::Direct(others)) => {
                for other in &*others {
                    let (id, email) = (other.id.as_deref(), other.email.as_deref());
                    if !self.person(id, email).await? {
                        return Ok(false);
                    }
                }
                Ok(!others.is_empty())
            }
            _ => Ok(false),
        }
    }

    pub(super) async fn person(
        &self,
        id: Option<&str>,
        email: Option<&str>,
    ) -> Result<bool, CallError> {
        let scope = &self.scoped.scope;
        match scope.person(id, email) {
            Verdict::Inside => return Ok(true),
            Verdict::Outside => return Ok(false),
            Verdict::Unknown => {}
        }
        let Some(who) = id.or(email) else {
            return Ok(false);
        };
        let Some(Fact::Person(person)) = self.fact(who, Box::pin(self.read_person(who))).await?
        else {
            return Ok(false);
        };
        let verdict = scope.person(person.id.as_deref(), person.email.as_deref());
        Ok(verdict == Verdict::Inside)
    }

    /// The same for an id or an address.
    pub(super) async fn anybody(&self, who: &str) -> Result<bool, CallError> {
        match who.contains('@') {
            true => self.person(None, Some(who)).await,
            false => self.person(Some(who), None).await,
        }
    }

    pub(super) async fn team(&self, id: &str) -> Result<bool, CallError> {
        if !self.scoped.scope.names_spaces() {
            return Ok(true);
        }
        let fact = self
            .fact(&team_key(id), Box::pin(self.read_team(id)))
            .await?;
        Ok(matches!(fact, Some(Fact::Team(true))))
    }

    /// A meeting that is known by several ids: the first one that can be read decides. `host` is
    /// whom an administrator acts for.
    pub(super) async fn meeting(
        &self,
        ids: &[Option<&str>],
        host: Option<&str>,
    ) -> Result<bool, CallError> {
        if !self.scoped.scope.limits_spaces() {
            return Ok(true);
        }
        for id in ids {
            let Some(id) = *id else { continue };
            let fact = self.fact(id, Box::pin(self.read_meeting(id, host))).await?;
            if let Some(Fact::Meeting(meeting)) = fact {
                return self.met(&meeting).await;
            }
        }
        Ok(false)
    }

    /// A meeting that was read.
    pub(super) async fn met(&self, meeting: &Meeting) -> Result<bool, CallError> {
        let (id, email) = (meeting.host.id.as_deref(), meeting.host.email.as_deref());
        match (self.person(id, email).await?, &meeting.room_id) {
            (false, _) => Ok(false),
            (true, Some(room_id)) => self.space(room_id, None).await,
            (true, None) => Ok(self.scoped.scope.spaces.is_none()),
        }
    }
}

/// The uuid of a team may be that of its General space.
pub(super) fn team_key(id: &str) -> String {
    format!("team {}", scope::key(id))
}
