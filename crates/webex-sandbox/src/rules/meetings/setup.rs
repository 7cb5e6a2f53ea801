//! What a host sets up for a meeting before it starts: its interpreters and its breakout sessions.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Deserialize;
use webex::limits::MAX_INVITEES_COUNT;

use crate::problem::{Problem, Result};
use crate::rows::meetings::Series;
use crate::rows::preparations::{BreakoutSession, Interpreter, Setup, SimultaneousInterpretation};
use crate::rules::meetings::MAX_AT_ONCE;
use crate::rules::meetings::invitees::{check_display_name, check_email};

fn check_interpreter(interpreter: &Interpreter) -> Result<()> {
    let codes = [&interpreter.language_code_1, &interpreter.language_code_2];
    let is_code =
        |code: &&String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
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
            .when(count >= MAX_AT_ONCE)?;
        let email = one.email.as_ref().map(|email| email.to_lowercase());
        Problem::conflict("The person is an interpreter of the meeting already.")
            .when(email.is_some_and(|email| !emails.insert(email)))?;
    }
    Ok(())
}

pub(crate) fn add(
    series: &mut Series,
    only: Option<Timestamp>,
    mut new: Interpreter,
) -> Result<Interpreter> {
    let setup = series.setup(only);
    Problem::bad_request("Simultaneous interpretation is not enabled for the meeting.")
        .unless(setup.interpretation.enabled)?;
    check_all(setup.interpreters().iter().chain([&new]))?;
    new.id = Some(series.new_part_id());
    series.setup_mut(only).interpreters_mut().push(new.clone());
    Ok(new)
}

/// Replaces the interpretation of a series, or of an occurrence of it, with all interpreters.
pub(crate) fn interpret(
    series: &mut Series,
    only: Option<Timestamp>,
    new: SimultaneousInterpretation,
) -> Result<()> {
    Problem::bad_request("A meeting with breakout sessions cannot be interpreted.")
        .when(new.enabled && !series.setup(only).breakouts.is_empty())?;
    let interpreters = new.interpreters.filter(|_| new.enabled);
    let mut interpreters = interpreters.unwrap_or_default();
    check_all(&interpreters)?;
    for one in &mut interpreters {
        one.id = Some(series.new_part_id());
    }
    series.setup_mut(only).interpretation = SimultaneousInterpretation {
        enabled: new.enabled,
        interpreters: (!interpreters.is_empty()).then_some(interpreters),
    };
    Ok(())
}

/// The place of an interpreter among the others.
pub(crate) fn position(setup: &Setup, id: &str) -> Result<usize> {
    let mut all = setup.interpreters().iter();
    let position = all.position(|one| one.id.as_deref() == Some(id));
    position.ok_or_else(|| Problem::not_found("Could not find an interpreter with provided ID."))
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
    Problem::bad_request("A meeting has at most 100 breakout sessions.")
        .when(plans.len() > MAX_AT_ONCE)?;
    let mut seen = HashSet::new();
    for plan in &plans {
        Problem::bad_request("A breakout session needs a name.")
            .when(plan.name.trim().is_empty())?;
        check_display_name(Some(&plan.name))?;
        let invitees = plan.invitees.as_deref().unwrap_or_default();
        Problem::bad_request("A breakout session has at most 1000 invitees.")
            .when(invitees.len() > MAX_INVITEES_COUNT)?;
        for email in invitees {
            check_email(email)?;
            Problem::bad_request("Nobody can be assigned to more than one breakout session.")
                .unless(seen.insert(email.to_lowercase()))?;
        }
    }
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
