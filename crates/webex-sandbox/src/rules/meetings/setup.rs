//! What a host sets up for a meeting: whether it is interpreted, with its interpreters, and breakout
//! sessions, which are planned before it starts.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Deserialize;
use webex::limits::MAX_BREAKOUT_SESSIONS_COUNT;

use crate::problem::{Problem, Result};
use crate::rows::meetings::Series;
use crate::rows::preparations::{BreakoutSession, Interpreter, SimultaneousInterpretation};
use crate::rules::meetings::invitees::{check_display_name, check_email};

/// The sandbox's own limit; Webex documents none.
const MAX_INTERPRETERS: usize = 100;

/// The length of codes in ISO 639-1.
const LANGUAGE_CODE_BYTES: usize = 2;

pub(crate) fn no_interpreter() -> Problem {
    Problem::not_found("Could not find an interpreter with provided ID.")
}

pub(crate) fn check_interpreter(interpreter: &Interpreter) -> Result<()> {
    let codes = [&interpreter.language_code_1, &interpreter.language_code_2];
    let is_code = |code: &&String| {
        code.len() == LANGUAGE_CODE_BYTES && code.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    Problem::bad_request("languageCode1 and languageCode2 must be two different ISO 639-1 codes.")
        .when(!codes.iter().all(is_code) || codes[0] == codes[1])?;
    check_display_name(interpreter.display_name.as_deref())?;
    interpreter.email.as_deref().map_or(Ok(()), check_email)
}

/// Checks that all of these can interpret together, each address once.
pub(crate) fn check_all<'i>(all: impl IntoIterator<Item = &'i Interpreter>) -> Result<()> {
    let mut emails = HashSet::new();
    for (count, one) in all.into_iter().enumerate() {
        check_interpreter(one)?;
        Problem::bad_request("A meeting has at most 100 interpreters.")
            .when(count >= MAX_INTERPRETERS)?;
        let email = one.email.as_ref().map(|email| email.to_lowercase());
        Problem::conflict("The person is an interpreter of the meeting already.")
            .when(email.is_some_and(|email| !emails.insert(email)))?;
    }
    Ok(())
}

/// The interpreters of a series, or of an occurrence of it.
pub(crate) fn known(
    series: &Series,
    only: Option<Timestamp>,
) -> impl Iterator<Item = &Interpreter> {
    let all = series.setup(only).interpretation.interpreters.iter();
    all.flatten()
}

pub(crate) fn add(
    series: &mut Series,
    only: Option<Timestamp>,
    new: Interpreter,
) -> Result<Interpreter> {
    Problem::bad_request("Simultaneous interpretation is not enabled for the meeting.")
        .unless(series.setup(only).interpretation.enabled)?;
    check_all(known(series, only).chain([&new]))?;
    let interpreter = Interpreter {
        id: Some(series.new_part_id()),
        ..new
    };
    let interpretation = &mut series.setup_mut(only).interpretation;
    let all = interpretation.interpreters.get_or_insert_default();
    all.push(interpreter.clone());
    Ok(interpreter)
}

/// Replaces the interpretation of a series, or of an occurrence of it, with all interpreters.
pub(crate) fn interpret(
    series: &mut Series,
    only: Option<Timestamp>,
    new: SimultaneousInterpretation,
) -> Result<()> {
    Problem::bad_request("A meeting with breakout sessions cannot be interpreted.")
        .when(new.enabled && !series.setup(only).breakouts.is_empty())?;
    let wanted = new.interpreters.filter(|_| new.enabled).unwrap_or_default();
    check_all(&wanted)?;
    let wanted = wanted.into_iter().map(|one| Interpreter {
        id: Some(series.new_part_id()),
        ..one
    });
    let interpreters: Vec<Interpreter> = wanted.collect();
    series.setup_mut(only).interpretation = SimultaneousInterpretation {
        enabled: new.enabled,
        interpreters: (!interpreters.is_empty()).then_some(interpreters),
    };
    Ok(())
}

pub(crate) fn position(series: &Series, only: Option<Timestamp>, id: &str) -> Result<usize> {
    let mut all = series.setup(only).interpretation.interpreters.iter();
    let position = all.find_map(|all| all.iter().position(|one| one.id.as_deref() == Some(id)));
    position.ok_or_else(no_interpreter)
}

/// People in one session: as many as a meeting may have invitees.
const MAX_SESSION_INVITEES: usize = webex::limits::MAX_INVITEES_COUNT;

fn check_plans(plans: &[BreakoutPlan]) -> Result<()> {
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

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BreakoutPlan {
    name: String,
    invitees: Option<Vec<String>>,
}

pub(crate) fn plan_breakouts(
    series: &mut Series,
    only: Option<Timestamp>,
    plans: Vec<BreakoutPlan>,
) -> Result<()> {
    check_plans(&plans)?;
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
