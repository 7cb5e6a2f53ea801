//! Breakout sessions, planned before a meeting starts.

use std::collections::HashSet;

use jiff::Timestamp;
use webex::limits::MAX_BREAKOUT_SESSIONS_COUNT;

use crate::problem::{Problem, Result};
use crate::rows::meetings::Series;
use crate::rows::preparations::BreakoutSession;
use crate::rules::meetings::invitees::{check_display_name, check_email};
use serde::Deserialize;

/// People in one session: as many as a meeting may have invitees.
const MAX_SESSION_INVITEES: usize = webex::limits::MAX_INVITEES_COUNT;

fn check(plans: &[BreakoutPlan]) -> Result<()> {
    Problem::bad_request("A meeting has at most 100 breakout sessions.")
        .when(plans.len() > MAX_BREAKOUT_SESSIONS_COUNT)?;
    let mut seen = HashSet::new();
    for plan in plans {
        Problem::bad_request("A breakout session needs a name.")
            .when(plan.name.trim().is_empty())?;
        check_display_name(Some(&plan.name))?;
        let invitees = plan.invitees.as_deref().unwrap_or_default();
        Problem::bad_request("A breakout session has at most 1000 invitees.")
            .when(invitees.len() > MAX_SESSION_INVITEES)?;
        for email in invitees {
            check_email(email)?;
            Problem::bad_request("Nobody can be assigned to more than one breakout session.")
                .unless(seen.insert(email.to_lowercase()))?;
        }
    }
    Ok(())
}

/// A session as the host wants it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BreakoutPlan {
    name: String,
    invitees: Option<Vec<String>>,
}

/// Replaces the sessions of a series, or of an occurrence of it.
pub(crate) fn set(
    series: &mut Series,
    only: Option<Timestamp>,
    plans: Vec<BreakoutPlan>,
) -> Result<()> {
    check(&plans)?;
    Problem::bad_request("An interpreted meeting cannot have breakout sessions.")
        .when(!plans.is_empty() && series.setup(only).interpretation.enabled)?;
    let sessions = plans.into_iter().map(|plan| BreakoutSession {
        id: series.new_part_id(),
        name: Some(plan.name),
        invitees: Some(plan.invitees.unwrap_or_default()),
        ..BreakoutSession::default()
    });
    let sessions = sessions.collect();
    series.setup_mut(only).breakouts = sessions;
    Ok(())
}
