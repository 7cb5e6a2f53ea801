//! Surveys after webinars: the questions, the answers, and links for the people who should answer.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::lenient;
use crate::limits::MAX_SURVEY_EMAILS_COUNT;
use crate::meetings::rules::check_count;
use crate::meetings::{Meetings, Password};
use crate::open_enum::open_enum;
use crate::operation::{Call, Operation, Repeat};
use crate::page::{AskedAgain, Page};
use crate::timestamp::check_window;

/// `GET /meetings/{meetingId}/survey`.
pub static GET: Operation = Operation {
    name: "meeting_surveys.get",
    method: Method::GET,
    path: "/meetings/{meetingId}/survey",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `GET /meetings/{meetingId}/surveyResults`.
pub static LIST_RESULTS: Operation = Operation {
    name: "meeting_surveys.list_results",
    method: Method::GET,
    path: "/meetings/{meetingId}/surveyResults",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `POST /meetings/{meetingId}/surveyLinks`.
pub static CREATE_LINKS: Operation = Operation {
    name: "meeting_surveys.create_links",
    method: Method::POST,
    path: "/meetings/{meetingId}/surveyLinks",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

open_enum! {
    /// The way to answer a question.
    SurveyQuestionType {
        /// With text.
        Text = "text",
        /// With a score.
        Rating = "rating",
        /// With any of the options.
        Checkbox = "checkbox",
        /// With one of the options, from a list.
        SingleDropdown = "singleDropdown",
        /// With one of the options, all of them visible.
        SingleRadio = "singleRadio",
    }
}

/// A survey.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// The survey's id.
    pub id: String,
    /// The name.
    pub survey_name: Option<String>,
    /// The webinar.
    pub meeting_id: Option<String>,
    /// The agenda.
    pub description: Option<String>,
    /// Answers may be anonymous.
    pub allow_anonymous_submit: Option<bool>,
    /// The questions.
    #[serde(default)]
    pub questions: Vec<SurveyQuestion>,
}

/// A question.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyQuestion {
    /// The question's id.
    #[serde(default, deserialize_with = "lenient::number")]
    pub id: Option<u64>,
    /// The question.
    pub question: Option<String>,
    /// The way to answer it.
    #[serde(rename = "type")]
    pub question_type: Option<SurveyQuestionType>,
    /// It must be answered. This field is in Cisco's example, but not in its schema.
    pub required: Option<bool>,
    /// The lowest score.
    pub from_score: Option<i32>,
    /// The label of that score.
    pub from_label: Option<String>,
    /// The highest score.
    pub to_score: Option<i32>,
    /// The label of that score.
    pub to_label: Option<String>,
    /// An option.
    pub options: Option<Vec<SurveyOption>>,
}

/// An option.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurveyOption {
    /// The option's id.
    #[serde(default, deserialize_with = "lenient::number")]
    pub id: Option<u64>,
    /// The text.
    pub value: Option<String>,
}

/// The answers of one person.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyResult {
    /// The result's id.
    pub id: String,
    /// The survey's name.
    pub survey_name: Option<String>,
    /// The webinar.
    pub meeting_id: Option<String>,
    /// The address of the person who answered.
    pub email: Option<String>,
    /// The person's name.
    pub display_name: Option<String>,
    /// The time of the answers.
    #[serde(default, with = "crate::timestamp::option")]
    pub create_time: Option<Timestamp>,
    /// The answers.
    #[serde(default)]
    pub questions: Vec<SurveyAnswers>,
}

/// The answers to one question.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurveyAnswers {
    /// The question's id.
    #[serde(default, deserialize_with = "lenient::number")]
    pub id: Option<u64>,
    /// The question.
    pub question: Option<String>,
    /// The way to answer it.
    #[serde(rename = "type")]
    pub question_type: Option<SurveyQuestionType>,
    /// The answers.
    pub answers: Option<Vec<SurveyAnswer>>,
}

/// One answer.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyAnswer {
    /// The option, if the question has options.
    #[serde(default, deserialize_with = "lenient::number")]
    pub option_id: Option<u64>,
    /// The text.
    pub answer: Option<String>,
}

/// Selects results. The window counts only if the id is not that of an instance. Without a window,
/// it is the last 7 days; if one end is given, 7 days from there.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListSurveyResults {
    /// Only webinars that started at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_from: Option<Timestamp>,
    /// Only webinars that started before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_to: Option<Timestamp>,
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// The IANA time zone for the times in Webex's answer (default: UTC). Sent as a header.
    #[serde(skip_serializing)]
    pub timezone: Option<String>,
    /// The host on whose behalf the call acts; for admins. Sent as a header.
    #[serde(skip_serializing)]
    pub host_email: Option<String>,
}

impl AskedAgain for ListSurveyResults {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        check_window(
            "meetingStartTimeFrom",
            self.meeting_start_time_from,
            self.meeting_start_time_to,
        )?;
        LIST_RESULTS
            .call()
            .header("hostEmail", self.host_email.as_deref())?
            .time_zone(self.timezone.as_deref())
    }
}

/// The people who get links to a survey.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateSurveyLinks {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// For webinars that started at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_from: Option<Timestamp>,
    /// For webinars that started before this time.
    #[serde(default, with = "crate::timestamp::option")]
    pub meeting_start_time_to: Option<Timestamp>,
    /// The addresses, at most 100.
    pub emails: Vec<String>,
    /// The IANA time zone for the times in Webex's answer (default: UTC). Sent as a header.
    #[serde(skip_serializing)]
    pub timezone: Option<String>,
}

/// One person's link.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyLink {
    /// The person's address.
    pub email: Option<String>,
    /// The link; anyone who has it answers in this person's name.
    pub survey_link: Option<Password>,
}

impl Meetings<'_> {
    /// Reads a scheduled webinar's survey. Scope: `meeting:schedules_read`.
    pub async fn survey(
        &self,
        meeting_id: &str,
        host_email: Option<&str>,
    ) -> Result<Survey, WebexError> {
        let call = GET.call().id(meeting_id)?;
        self.0.reply(call.header("hostEmail", host_email)?).await
    }

    /// Lists the answers. Scope: `meeting:schedules_read`.
    pub async fn list_survey_results(
        &self,
        meeting_id: &str,
        query: &ListSurveyResults,
    ) -> Result<Page<SurveyResult>, WebexError> {
        let call = query.asked_again()?.id(meeting_id)?.query(query)?;
        self.0.page(call).await
    }

    /// Creates links for the people who should answer; only for webinars. Scope:
    /// `meeting:schedules_write`.
    pub async fn create_survey_links(
        &self,
        meeting_id: &str,
        links: &CreateSurveyLinks,
    ) -> Result<Page<SurveyLink>, WebexError> {
        check_count("emails", links.emails.len(), MAX_SURVEY_EMAILS_COUNT)?;
        check_window(
            "meetingStartTimeFrom",
            links.meeting_start_time_from,
            links.meeting_start_time_to,
        )?;
        let call = CREATE_LINKS
            .call()
            .id(meeting_id)?
            .json(links)?
            .time_zone(links.timezone.as_deref())?;
        self.0.page(call).await
    }
}
