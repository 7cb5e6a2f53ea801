//! The form of a series, and how its rules decide about a registration.

use serde_json::Value;

use crate::problem::{Problem, Result};
use crate::rows::PersonKey;
use crate::rows::meetings::SeriesKey;
use crate::rows::preparations::{
    Answers, CustomizedAnswers, Question, QuestionOption, QuestionRule, RegistrantStatus,
    RegistrationForm, RegistrationRule,
};
use crate::rules::meetings::{hosted, only_series};
use crate::world::World;

/// The host's own questions, the options of one of them, and rules; the sandbox's own limit.
const MAX_FORM_ITEMS: usize = 100;

/// As Webex documents it.
const MAX_ANSWER_CHARS: u32 = 999;

/// A question, an option or the value of a rule; the sandbox's own limit.
const MAX_TEXT_CHARS: usize = 1_000;

/// The series that the caller hosts; occurrences and instances have no registration.
pub(crate) fn hosted_series(world: &World, person: PersonKey, id: &str) -> Result<SeriesKey> {
    let target = hosted(world, person, id)?;
    target.series().ok_or_else(only_series)
}

pub(crate) fn not_enabled() -> Problem {
    Problem::not_found("Registration is not enabled for the meeting.")
}

/// A form as it is stored: checked and complete, with numbers for its questions, options and rules.
pub(crate) fn prepared(form: RegistrationForm) -> Result<RegistrationForm> {
    let always = [
        form.require_first_name,
        form.require_last_name,
        form.require_email,
    ];
    Problem::bad_request("requireFirstName, requireLastName and requireEmail must be true.")
        .when(always.contains(&Some(false)))?;
    let questions = form.customized_questions.unwrap_or_default();
    let rules = form.rules.unwrap_or_default();
    check_count(questions.len())?;
    let ids = 1..;
    let questions = questions.into_iter().zip(ids);
    let questions = questions.map(|(question, id)| numbered(question, id));
    let texts = rules.iter().map(|one| one.rule.value.as_str());
    check_texts(texts)?;
    check_count(rules.len())?;
    let rules = rules.into_iter().zip(1..).map(|(one, order)| {
        let rule = with_order(one.rule, order);
        RegistrationRule { rule, ..one }
    });
    Ok(RegistrationForm {
        auto_accept_request: Some(form.auto_accept_request == Some(true)),
        require_first_name: Some(true),
        require_last_name: Some(true),
        require_email: Some(true),
        customized_questions: Some(questions.collect::<Result<_, _>>()?),
        rules: Some(rules.collect()),
        ..form
    })
}

fn with_order(rule: QuestionRule, order: u32) -> QuestionRule {
    QuestionRule {
        order: Some(order),
        ..rule
    }
}

fn check_count(count: usize) -> Result<()> {
    Problem::bad_request("A form has at most 100 questions, options and rules each.")
        .when(count > MAX_FORM_ITEMS)
}

fn check_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<()> {
    let mut texts = texts.into_iter();
    let is_wrong = |text: &str| text.trim().is_empty() || text.chars().count() > MAX_TEXT_CHARS;
    Problem::bad_request("Questions, options and values of rules must have 1 to 1000 characters.")
        .when(texts.any(is_wrong))
}

/// The types of questions; the first two are answered with text.
const KINDS: [&str; 5] = [
    "singleLineTextBox",
    "multiLineTextBox",
    "checkbox",
    "dropdownList",
    "radioButtons",
];

fn is_typed(question: &Question) -> bool {
    KINDS[..2].contains(&question.kind.as_str())
}

fn numbered(question: Question, id: u64) -> Result<Question> {
    Problem::bad_request("There is no such type of question.")
        .unless(KINDS.contains(&question.kind.as_str()))?;
    let is_typed = is_typed(&question);
    let max = question.max_length.unwrap_or_default();
    Problem::bad_request("maxLength must be 0 to 999.").when(max > MAX_ANSWER_CHARS)?;
    let options = question.options.unwrap_or_default();
    Problem::bad_request("The question needs options.").when(options.is_empty() && !is_typed)?;
    let rules = question.rules.unwrap_or_default();
    check_count(options.len().max(rules.len()))?;
    let texts = options.iter().map(|option| option.value.as_str());
    let texts = texts.chain(rules.iter().map(|rule| rule.value.as_str()));
    check_texts(texts.chain([question.question.as_str()]))?;
    let options = options
        .into_iter()
        .zip(1..)
        .map(|(option, id)| QuestionOption {
            id: Some(id),
            ..option
        });
    let rules = rules.into_iter().zip(1..);
    Ok(Question {
        id: Some(id),
        required: Some(question.required == Some(true)),
        options: (!is_typed).then(|| options.collect()),
        rules: Some(rules.map(|(rule, order)| with_order(rule, order)).collect()),
        ..question
    })
}

/// A person's answers, by the names of the questions.
fn told(answers: &Answers) -> Value {
    serde_json::to_value(answers).unwrap_or_default()
}

/// The answer to a standard question as text, whatever its type is.
fn answer(told: &Value, question: &str) -> String {
    match &told[question] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

pub(crate) fn check_answers(form: &RegistrationForm, answers: &Answers) -> Result<()> {
    let required = [
        ("firstName", form.require_first_name),
        ("lastName", form.require_last_name),
        ("email", form.require_email),
        ("jobTitle", form.require_job_title),
        ("companyName", form.require_company_name),
        ("address1", form.require_address1),
        ("address2", form.require_address2),
        ("city", form.require_city),
        ("state", form.require_state),
        ("zipCode", form.require_zip_code),
        ("countryRegion", form.require_country_region),
        ("workPhone", form.require_work_phone),
        ("fax", form.require_fax),
    ];
    let told = told(answers);
    for (field, is_required) in required {
        let answer = answer(&told, field);
        Problem::bad_request(format!("{field} is required."))
            .when(is_required == Some(true) && answer.trim().is_empty())?;
        Problem::bad_request(format!("{field} is too long."))
            .when(answer.chars().count() > MAX_TEXT_CHARS)?;
    }
    let questions = form.customized_questions.iter().flatten();
    let given = answers.customized_questions.as_deref().unwrap_or_default();
    let is_asked = |one: &CustomizedAnswers| questions.clone().any(|q| q.id == one.question_id);
    Problem::bad_request("customizedQuestions answers a question that the form does not have.")
        .when(given.len() > MAX_FORM_ITEMS || !given.iter().all(is_asked))?;
    for question in questions {
        let answers = given.iter().find(|one| one.question_id == question.id);
        check_answer(question, answers)?;
    }
    Ok(())
}

fn check_answer(question: &Question, answers: Option<&CustomizedAnswers>) -> Result<()> {
    let answers = answers.map_or(&[][..], |one| &one.answers);
    if answers.is_empty() {
        return match question.required {
            Some(true) => Err(Problem::bad_request(
                "A required question of customizedQuestions is not answered.",
            )),
            _ => Ok(()),
        };
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

/// The decision about a registration: the first rule that applies decides, standard questions
/// first.
pub(crate) fn decide(form: &RegistrationForm, answers: &Answers) -> RegistrantStatus {
    let told = told(answers);
    let standard = form.rules.iter().flatten();
    let standard = standard.map(|one| (&one.rule, answer(&told, &one.question)));
    let given = answers.customized_questions.as_deref().unwrap_or_default();
    let questions = form.customized_questions.iter().flatten();
    let customized = questions.flat_map(|question| {
        let answers = given.iter().find(|one| one.question_id == question.id);
        let answers = answers.map_or(&[][..], |one| &one.answers);
        let text: Vec<&str> = answers.iter().map(|one| one.answer.as_str()).collect();
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
