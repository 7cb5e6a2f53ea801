//! People who filled in the form of a series, and the decisions about them.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{Place, ScheduledType, Series, SeriesKey, Target};
use crate::rows::preparations::{
    Answers, Registrant, RegistrantKey, RegistrantStatus, Registration,
};
use crate::rules::meetings::invitees::check_email;
use crate::rules::meetings::registration::{check_answers, decide, not_enabled};
use crate::rules::meetings::{current, is_host, missing, only_series};
use crate::world::World;

/// The default size of a Webex webinar; the form may set a smaller limit.
const MAX_REGISTRANTS: usize = 10_000;

/// The first registration id of a webinar; registration ids have six digits.
const FIRST_REGISTRATION_ID: u64 = 100_000;

/// Whether a person may join: if there is a form, only the host, cohosts and approved registrants.
pub(crate) fn may_join(world: &World, key: SeriesKey, name: Timestamp, person: PersonKey) -> bool {
    let Some(series) = world.meetings.series.get(key) else {
        return false;
    };
    series.preparations.registration.is_none()
        || is_host(world, series, person)
        || approved(world, key, person).any(|one| one.is_of(Some(name)))
}

/// The approved registrations of a person for a series and its occurrences.
pub(crate) fn approved(
    world: &World,
    key: SeriesKey,
    person: PersonKey,
) -> impl Iterator<Item = &Registrant> {
    let email = world.people.get(person).map(|person| person.email.as_str());
    let registrants = of_series(world, key).map(|(_, registrant)| registrant);
    registrants.filter(move |one| {
        one.wire.status == RegistrantStatus::Approved
            && is_email(&one.wire, email.unwrap_or_default())
    })
}

/// The addresses of all people who were approved for a series or an occurrence of it.
pub(crate) fn approved_emails(world: &World, key: SeriesKey) -> Vec<String> {
    let all = of_series(world, key).map(|(_, one)| &one.wire);
    let approved = all.filter(|one| one.status == RegistrantStatus::Approved);
    approved.filter_map(|one| one.form.email.clone()).collect()
}

pub(crate) fn is_email(registrant: &Registration, email: &str) -> bool {
    let own = registrant.form.email.as_deref().unwrap_or_default();
    own.eq_ignore_ascii_case(email)
}

/// All registrants of a series and its occurrences, oldest first.
pub(crate) fn of_series(
    world: &World,
    key: SeriesKey,
) -> impl Iterator<Item = (RegistrantKey, &Registrant)> {
    let all = world.meetings.registrants.iter();
    all.filter(move |(_, registrant)| registrant.series == key)
}

/// The occurrence that is meant if only the current one is requested: the one that is running or
/// comes next.
pub(crate) fn part(world: &World, key: SeriesKey, is_current: bool) -> Option<Timestamp> {
    let (_, name) = current(world, Target::Series(key), is_current).scheduled()?;
    name
}

/// Anyone who has the id may register: the form is for people who are not invited.
pub(crate) fn open_series(world: &World, id: &str) -> Result<SeriesKey> {
    let target = world.meetings.find(id).ok_or_else(missing)?;
    target.series().ok_or_else(only_series)
}

/// Checks that all of them can register, each address once: if one cannot, nobody is registered.
pub(crate) fn check_all(world: &World, place: Place, all: &[Answers]) -> Result<()> {
    let (key, only) = place;
    let series = world.meetings.series.row(key)?;
    let form = series.preparations.registration.as_ref();
    let form = form.ok_or_else(not_enabled)?;
    let of_part = of_series(world, key).filter(|(_, other)| other.is_of(only));
    let emails = of_part.filter_map(|(_, other)| other.wire.form.email.as_deref());
    let mut emails: HashSet<String> = emails.map(str::to_lowercase).collect();
    for new in all {
        check_answers(form, new)?;
        let email = new.email.as_deref().unwrap_or_default();
        check_email(email)?;
        Problem::conflict("The person is already registered.")
            .unless(emails.insert(email.to_lowercase()))?;
    }
    let max = form.max_register_num.map_or(MAX_REGISTRANTS, |max| {
        usize::try_from(max).map_or(MAX_REGISTRANTS, |max| max.min(MAX_REGISTRANTS))
    });
    Problem::forbidden("The registration is full.")
        .unless(of_series(world, key).count() + all.len() <= max)
}

/// Registers a person who has passed the checks.
pub(crate) fn add(world: &mut World, place: Place, answers: Answers) -> Result<RegistrantKey> {
    let (key, only) = place;
    let series = world.meetings.series.row(key)?;
    let form = series.preparations.registration.as_ref();
    let form = form.ok_or_else(not_enabled)?;
    let status = decide(form, &answers);
    let number = FIRST_REGISTRATION_ID + world.meetings.registrants.next_ordinal();
    let registration_id = has_registration_id(series).then(|| number.to_string());
    let now = world.now;
    Ok(world.meetings.registrants.insert_with(|id| Registrant {
        series: key,
        only,
        wire: Registration {
            id,
            status,
            registration_time: Some(now),
            registration_id,
            form: answers,
        },
    })?)
}

/// Whether a webinar's registrants join with their own ids.
pub(crate) fn has_registration_id(series: &Series) -> bool {
    let form = series.preparations.registration.as_ref();
    let has_id = form.is_some_and(|form| form.enabled_registration_id == Some(true));
    has_id && series.plan.scheduled_type == ScheduledType::Webinar
}

pub(crate) fn find(world: &World, series: SeriesKey, id: &str) -> Result<RegistrantKey> {
    let missing = || Problem::not_found("Could not find a registrant with provided ID.");
    let key = world.meetings.registrants.find(id).ok_or_else(missing)?;
    let registrant = world.meetings.registrants.get(key);
    let is_here = registrant.is_some_and(|one| one.series == series);
    if is_here { Ok(key) } else { Err(missing()) }
}
