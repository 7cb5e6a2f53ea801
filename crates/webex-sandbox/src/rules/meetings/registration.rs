//! The form of a series, the people who filled it in, and how its rules decide about them.

use std::collections::HashSet;
use std::mem::take;

use serde_json::Value;

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::{ScheduledType, Series, SeriesKey, Target};
use crate::rows::preparations::{
    Answers, CustomizedAnswer, CustomizedAnswers, Question, QuestionRule, Registrant,
    RegistrantKey, RegistrantStatus, Registration, RegistrationForm,
};
use crate::rules::meetings::invitees::check_email;
use crate::rules::meetings::{MAX_AT_ONCE, checks, is_host, missing, only_series};
use crate::rules::shown::Shown;
use crate::world::World;

/// As Webex documents it.
const MAX_ANSWER_CHARS: u32 = 999;

/// A question, an option or the value of a rule; the sandbox's own limit.
const MAX_TEXT_CHARS: usize = 1_000;

/// The default size of a Webex webinar; the form may set a smaller limit.
const MAX_REGISTRANTS: u32 = 10_000;

/// The first registration id of a webinar; registration ids have six digits.
const FIRST_REGISTRATION_ID: u64 = 100_000;

/// The form of a series that has registration.
pub(crate) fn form_of(series: &Series) -> Result<&RegistrationForm> {
    let form = series.preparations.registration.as_ref();
    form.ok_or_else(|| Problem::not_found("Registration is not enabled for the meeting."))
}

/// A form as it is stored: checked and complete, with numbers for its questions, options and rules.
pub(crate) fn prepared(mut form: RegistrationForm) -> Result<RegistrationForm> {
    form.required = checks::known("registration", form.required)?;
    for required in ["requireFirstName", "requireLastName", "requireEmail"] {
        let wanted = form.required.insert(required.to_owned(), true.into());
        Problem::bad_request("requireFirstName, requireLastName and requireEmail must be true.")
            .when(wanted == Some(false.into()))?;
    }
    form.auto_accept_request.get_or_insert(false);
    let questions = form.customized_questions.get_or_insert_default();
    let rules = form.rules.get_or_insert_default();
    check_count(questions.len())?;
    check_texts(rules.iter().map(|one| &one.rule.value))?;
    check_count(rules.len())?;
    for (question, id) in questions.iter_mut().zip(1..) {
        prepare(question)?;
        question.id = Some(id);
    }
    number(rules.iter_mut().map(|one| &mut one.rule));
    Ok(form)
}

fn number<'r>(rules: impl Iterator<Item = &'r mut QuestionRule>) {
    for (rule, order) in rules.zip(1..) {
        rule.order = Some(order);
    }
}

fn check_count(count: usize) -> Result<()> {
    Problem::bad_request("A form has at most 100 questions, options and rules each.")
        .when(count > MAX_AT_ONCE)
}

fn check_texts<'t>(mut texts: impl Iterator<Item = &'t String>) -> Result<()> {
    let is_wrong = |text: &String| text.trim().is_empty() || text.chars().count() > MAX_TEXT_CHARS;
    Problem::bad_request("Questions, options and values of rules must have 1 to 1000 characters.")
        .when(texts.any(is_wrong))
}

/// The types of questions: those that are answered with a text, and those with options.
const TYPED: [&str; 2] = ["singleLineTextBox", "multiLineTextBox"];
const CHOSEN: [&str; 3] = ["checkbox", "dropdownList", "radioButtons"];

fn is_typed(question: &Question) -> bool {
    TYPED.contains(&question.kind.as_str())
}

fn prepare(question: &mut Question) -> Result<()> {
    let is_typed = is_typed(question);
    Problem::bad_request("There is no such type of question.")
        .unless(is_typed || CHOSEN.contains(&question.kind.as_str()))?;
    let max = question.max_length.unwrap_or_default();
    Problem::bad_request("maxLength must be 0 to 999.").when(max > MAX_ANSWER_CHARS)?;
    let options = question.options.get_or_insert_default();
    Problem::bad_request("The question needs options.").when(options.is_empty() && !is_typed)?;
    let rules = question.rules.get_or_insert_default();
    check_count(options.len().max(rules.len()))?;
    let texts = options.iter().map(|option| &option.value);
    let texts = texts.chain(rules.iter().map(|rule| &rule.value));
    check_texts(texts.chain([&question.question]))?;
    for (option, id) in options.iter_mut().zip(1..) {
        option.id = Some(id);
    }
    number(rules.iter_mut());
    if is_typed {
        question.options = None;
    }
    question.required.get_or_insert(false);
    Ok(())
}

/// The questions that every form can require, by their names in a person's answers.
const STANDARD_QUESTIONS: &str = "firstName lastName email jobTitle companyName address1 address2 \
    city state zipCode countryRegion workPhone fax";

/// The answer to a standard question as text, whatever its type is.
fn answer(told: &Shown, question: &str) -> String {
    match told.get(question) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

pub(crate) fn check_answers(form: &RegistrationForm, answers: &Answers) -> Result<()> {
    for field in STANDARD_QUESTIONS.split(' ') {
        let answer = answer(&answers.told, field);
        let (initial, rest) = field.split_at(1);
        let is_required = form
            .required
            .get(&format!("require{}{rest}", initial.to_uppercase()));
        Problem::bad_request(format!("{field} is required."))
            .when(is_required == Some(&true.into()) && answer.trim().is_empty())?;
        Problem::check_length(field, &answer, MAX_TEXT_CHARS)?;
    }
    let questions = form.customized_questions.iter().flatten();
    let given = answers.customized_questions.as_deref().unwrap_or_default();
    let is_asked = |one: &CustomizedAnswers| questions.clone().any(|q| q.id == one.question_id);
    Problem::bad_request("customizedQuestions answers a question that the form does not have.")
        .when(given.len() > MAX_AT_ONCE || !given.iter().all(is_asked))?;
    for question in questions {
        check_answer(question, answers_to(question, answers))?;
    }
    Ok(())
}

/// The answers to one of the host's own questions.
fn answers_to<'a>(question: &Question, answers: &'a Answers) -> &'a [CustomizedAnswer] {
    let mut given = answers.customized_questions.iter().flatten();
    let answers = given.find(|one| one.question_id == question.id);
    let answers = answers.map(|one| one.answers.as_slice());
    answers.unwrap_or_default()
}

fn check_answer(question: &Question, answers: &[CustomizedAnswer]) -> Result<()> {
    if answers.is_empty() {
        return Problem::bad_request("A required question of customizedQuestions is not answered.")
            .when(question.required == Some(true));
    }
    Problem::bad_request("The question takes one answer.")
        .when(answers.len() > 1 && question.kind != "checkbox")?;
    let options = question.options.as_deref().unwrap_or_default();
    let max = question.max_length.unwrap_or(MAX_ANSWER_CHARS);
    let fits = answers.iter().all(|one| match is_typed(question) {
        true => one.answer.chars().count() <= max as usize,
        false => options.iter().any(|option| match one.option_id {
            Some(id) => option.id == Some(id),
            None => option.value == one.answer,
        }),
    });
    Problem::bad_request("An answer of customizedQuestions is no option or is too long.")
        .unless(fits)
}

fn applies(rule: &QuestionRule, answer: &str) -> bool {
    let (answer, value) = match rule.match_case {
        Some(true) => (answer.to_owned(), rule.value.clone()),
        _ => (answer.to_lowercase(), rule.value.to_lowercase()),
    };
    match rule.condition.as_str() {
        "contains" => answer.contains(&value),
        "notContains" => !answer.contains(&value),
        "beginsWith" => answer.starts_with(&value),
        "endsWith" => answer.ends_with(&value),
        "equals" => answer == value,
        "notEquals" => answer != value,
        _ => false,
    }
}

/// The decision about a registration: the first rule that applies, standard questions first.
pub(crate) fn decide(form: &RegistrationForm, answers: &Answers) -> RegistrantStatus {
    let standard = form.rules.iter().flatten();
    let standard = standard.map(|one| (&one.rule, answer(&answers.told, &one.question)));
    let questions = form.customized_questions.iter().flatten();
    let customized = questions.flat_map(|question| {
        let answers = answers_to(question, answers).iter();
        let text: Vec<&str> = answers.map(|one| one.answer.as_str()).collect();
        let text = text.join(", ");
        let rules = question.rules.iter().flatten();
        rules.map(move |rule| (rule, text.clone()))
    });
    let mut rules = standard.chain(customized);
    let first = rules.find(|(rule, answer)| applies(rule, answer));
    match first.map(|(rule, _)| rule.result.as_str()) {
        Some("approve") => RegistrantStatus::Approved,
        Some("reject") => RegistrantStatus::Rejected,
        _ if form.auto_accept_request == Some(true) => RegistrantStatus::Approved,
        _ => RegistrantStatus::Pending,
    }
}

/// Whether a person may join: with a form only hosts, and approved registrants who fulfil this.
pub(crate) fn may_join(
    world: &World,
    target: Target,
    person: PersonKey,
    is_enough: impl Fn(&Registrant) -> bool,
) -> bool {
    let Some(series) = world.meetings.series.get(target.series) else {
        return false;
    };
    let is_here = |one: &Registrant| target.name.is_none() || target.has(one.only);
    series.preparations.registration.is_none()
        || is_host(world, series, person)
        || approved(world, target.series, person).any(|one| is_here(one) && is_enough(one))
}

/// The approved registrations of a person for a series and its occurrences.
fn approved(world: &World, key: SeriesKey, person: PersonKey) -> impl Iterator<Item = &Registrant> {
    let email = world.people.get(person).map(|person| person.email.as_str());
    let registrants = of_series(world, key).map(|(_, registrant)| registrant);
    registrants.filter(move |one| {
        one.wire.status == RegistrantStatus::Approved
            && is_email(&one.wire, email.unwrap_or_default())
    })
}

pub(crate) fn is_approved(world: &World, key: SeriesKey, person: PersonKey) -> bool {
    approved(world, key, person).next().is_some()
}

/// The addresses of all people who were approved for a series or an occurrence of it.
pub(crate) fn approved_emails(world: &World, key: SeriesKey) -> Vec<String> {
    let all = of_series(world, key).map(|(_, one)| &one.wire);
    let approved = all.filter(|one| one.status == RegistrantStatus::Approved);
    approved.map(|one| one.form.email().to_owned()).collect()
}

pub(crate) fn is_email(registrant: &Registration, email: &str) -> bool {
    registrant.form.email().eq_ignore_ascii_case(email)
}

/// All registrants of a series and its occurrences, oldest first.
pub(crate) fn of_series(
    world: &World,
    key: SeriesKey,
) -> impl Iterator<Item = (RegistrantKey, &Registrant)> {
    let all = world.meetings.registrants.iter();
    all.filter(move |(_, registrant)| registrant.series == key)
}

/// Anyone who has the id may register: the form is for people who are not invited.
pub(crate) fn open_series(world: &World, id: &str) -> Result<Target> {
    let target = world.meetings.find(id).ok_or_else(missing)?;
    only_series().when(target.name.is_some())?;
    Ok(target)
}

/// Checks that all of them can register, each address once: if one cannot, nobody is registered.
fn check_all(world: &World, target: Target, all: &[Answers]) -> Result<()> {
    let key = target.series;
    let form = form_of(world.meetings.series.row(key)?)?;
    let of_part = of_series(world, key).filter(|(_, other)| target.has(other.only));
    let emails = of_part.map(|(_, other)| other.wire.form.email().to_lowercase());
    let mut emails: HashSet<String> = emails.collect();
    for new in all {
        check_answers(form, new)?;
        check_email(new.email())?;
        Problem::conflict("The person is already registered.")
            .unless(emails.insert(new.email().to_lowercase()))?;
    }
    let max = form.max_register_num.unwrap_or(MAX_REGISTRANTS);
    let max = max.min(MAX_REGISTRANTS) as usize;
    Problem::forbidden("The registration is full.")
        .unless(of_series(world, key).count() + all.len() <= max)
}

/// Registers all of them for a series or an occurrence, or nobody.
pub(crate) fn register(
    world: &mut World,
    target: Target,
    mut all: Vec<Answers>,
) -> Result<Vec<Registration>> {
    for one in &mut all {
        one.told = checks::known("registrant", take(&mut one.told))?;
    }
    check_all(world, target, &all)?;
    all.into_iter().map(|one| add(world, target, one)).collect()
}

/// Registers a person who has passed the checks.
fn add(world: &mut World, target: Target, answers: Answers) -> Result<Registration> {
    let Target { series, name, .. } = target;
    let planned = world.meetings.series.row(series)?;
    let status = decide(form_of(planned)?, &answers);
    let number = FIRST_REGISTRATION_ID + world.meetings.registrants.next_ordinal();
    let registration_id = has_registration_id(planned).then(|| number.to_string());
    let now = world.now;
    let key = world.meetings.registrants.insert_with(|id| Registrant {
        series,
        only: name,
        wire: Registration {
            id,
            status,
            registration_time: Some(now),
            registration_id,
            form: answers,
        },
    })?;
    Ok(world.meetings.registrants.row(key)?.wire.clone())
}

/// Whether a webinar's registrants join with their own ids.
pub(crate) fn has_registration_id(series: &Series) -> bool {
    let form = series.preparations.registration.as_ref();
    let has_id = form.is_some_and(|form| form.enabled_registration_id == Some(true));
    has_id && series.plan.scheduled_type == ScheduledType::Webinar
}

pub(crate) fn find(world: &World, series: SeriesKey, id: &str) -> Result<RegistrantKey> {
    let found = world.meetings.registrants.named(id);
    let found = found.filter(|(_, one)| one.series == series);
    let found = found.map(|(key, _)| key);
    found.ok_or_else(|| Problem::not_found("Could not find a registrant with provided ID."))
}
