//! The registration form of a series: what people fill in before they may join.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::lenient;
use crate::meetings::{Meetings, scheduled};
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};

/// `GET /meetings/{meetingId}/registration`.
pub static GET: Operation = Operation {
    name: "meeting_registration.get",
    method: Method::GET,
    path: "/meetings/{meetingId}/registration",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `PUT /meetings/{meetingId}/registration`.
pub static UPDATE: Operation = Operation {
    name: "meeting_registration.update",
    method: Method::PUT,
    path: "/meetings/{meetingId}/registration",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `DELETE /meetings/{meetingId}/registration`.
pub static DELETE: Operation = Operation {
    name: "meeting_registration.delete",
    method: Method::DELETE,
    path: "/meetings/{meetingId}/registration",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

open_enum! {
    /// The way to answer a question.
    QuestionType {
        /// With one line of text.
        SingleLineTextBox = "singleLineTextBox",
        /// With several lines of text.
        MultiLineTextBox = "multiLineTextBox",
        /// With any of the options.
        Checkbox = "checkbox",
        /// With one of the options, from a list.
        DropdownList = "dropdownList",
        /// With one of the options, all of them visible.
        RadioButtons = "radioButtons",
    }
}

open_enum! {
    /// The way an answer is compared.
    RuleCondition {
        /// It contains the value.
        Contains = "contains",
        /// It does not contain the value.
        NotContains = "notContains",
        /// It begins with the value.
        BeginsWith = "beginsWith",
        /// It ends with the value.
        EndsWith = "endsWith",
        /// It is the value.
        Equals = "equals",
        /// It is not the value.
        NotEquals = "notEquals",
    }
}

open_enum! {
    /// The result if a rule applies.
    RuleResult {
        /// The registrant may join.
        Approve = "approve",
        /// The registrant may not join.
        Reject = "reject",
    }
}

open_enum! {
    /// The standard question to which a rule applies.
    StandardQuestion {
        /// The last name.
        LastName = "lastName",
        /// The address.
        Email = "email",
        /// The job.
        JobTitle = "jobTitle",
        /// The company.
        CompanyName = "companyName",
        /// The first line of the postal address.
        Address1 = "address1",
        /// The second line of the postal address.
        Address2 = "address2",
        /// The city.
        City = "city",
        /// The state.
        State = "state",
        /// The postal code.
        ZipCode = "zipCode",
        /// The country or region.
        CountryRegion = "countryRegion",
        /// The telephone number at work.
        WorkPhone = "workPhone",
        /// The fax number.
        Fax = "fax",
    }
}

/// A registration form. First name, last name and address are always asked for.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationForm {
    /// Every registration is accepted automatically.
    pub auto_accept_request: Option<bool>,
    /// The first name is asked for; cannot be false.
    pub require_first_name: Option<bool>,
    /// The last name is asked for; cannot be false.
    pub require_last_name: Option<bool>,
    /// The address is asked for; cannot be false.
    pub require_email: Option<bool>,
    /// The job is asked for.
    pub require_job_title: Option<bool>,
    /// The company is asked for.
    pub require_company_name: Option<bool>,
    /// The first line of the postal address is asked for.
    pub require_address1: Option<bool>,
    /// The second line of the postal address is asked for.
    pub require_address2: Option<bool>,
    /// The city is asked for.
    pub require_city: Option<bool>,
    /// The state is asked for.
    pub require_state: Option<bool>,
    /// The postal code is asked for.
    pub require_zip_code: Option<bool>,
    /// The country or region is asked for.
    pub require_country_region: Option<bool>,
    /// The telephone number at work is asked for.
    pub require_work_phone: Option<bool>,
    /// The fax number is asked for.
    pub require_fax: Option<bool>,
    /// The most people who may register.
    pub max_register_num: Option<u32>,
    /// Registrants of a webinar join with their own ids. This field is in Cisco's examples, but not
    /// in its schema.
    pub enabled_registration_id: Option<bool>,
    /// The host's own questions.
    pub customized_questions: Option<Vec<CustomizedQuestion>>,
    /// Rules over the standard questions.
    pub rules: Option<Vec<RegistrationRule>>,
}

impl RegistrationForm {
    fn check(&self) -> Result<(), WebexError> {
        for (field, is_required) in [
            ("requireFirstName", self.require_first_name),
            ("requireLastName", self.require_last_name),
            ("requireEmail", self.require_email),
        ] {
            if is_required == Some(false) {
                return Err(WebexError::invalid(field, "Webex always asks for it"));
            }
        }
        Ok(())
    }
}

/// One of the host's own questions.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomizedQuestion {
    /// The id that registrants' answers refer to; assigned by Webex.
    #[serde(default, deserialize_with = "lenient::number")]
    pub id: Option<u64>,
    /// The question.
    pub question: String,
    /// It must be answered.
    pub required: Option<bool>,
    /// The way to answer it.
    #[serde(rename = "type")]
    pub question_type: QuestionType,
    /// The most characters of an answer, at most 999; for text boxes.
    pub max_length: Option<u32>,
    /// The options; for the other types.
    pub options: Option<Vec<QuestionOption>>,
    /// Rules over the answers.
    pub rules: Option<Vec<QuestionRule>>,
}

/// An option.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuestionOption {
    /// The id that registrants' answers refer to; assigned by Webex.
    #[serde(default, deserialize_with = "lenient::number")]
    pub id: Option<u64>,
    /// The text.
    pub value: String,
}

/// A rule over the answers to one question.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuestionRule {
    /// The comparison.
    pub condition: RuleCondition,
    /// The value to compare with.
    pub value: String,
    /// The result if the rule applies.
    pub result: RuleResult,
    /// The comparison is case-sensitive.
    pub match_case: Option<bool>,
    /// The position among the rules; assigned by Webex.
    pub order: Option<u32>,
}

/// A rule over a standard question.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistrationRule {
    /// The question.
    pub question: StandardQuestion,
    /// How its answer is compared, and what follows.
    #[serde(flatten)]
    pub rule: QuestionRule,
}

/// Selects the part of a series, and the host on whose behalf the call acts.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesPart {
    /// The next occurrence in place of the series (Webex's default: no).
    pub current: Option<bool>,
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
}

/// A new registration form.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRegistration {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// The complete form.
    #[serde(flatten)]
    pub form: RegistrationForm,
}

impl Meetings<'_> {
    /// Reads the form. `series_id` is a series' id: occurrences and instances have no form.
    /// Scope: `meeting:schedules_read`.
    pub async fn registration(
        &self,
        series_id: &str,
        part: &SeriesPart,
    ) -> Result<RegistrationForm, WebexError> {
        let call = scheduled(&GET, series_id)?.query(part)?;
        self.0.reply(call).await
    }

    /// Replaces the form. Scope: `meeting:schedules_write`.
    pub async fn update_registration(
        &self,
        series_id: &str,
        registration: &UpdateRegistration,
    ) -> Result<RegistrationForm, WebexError> {
        registration.form.check()?;
        let call = scheduled(&UPDATE, series_id)?.json(registration)?;
        self.0.reply(call).await
    }

    /// Deletes the form: people then join without registering. Scope: `meeting:schedules_write`.
    pub async fn delete_registration(
        &self,
        series_id: &str,
        host_email: Option<&str>,
    ) -> Result<(), WebexError> {
        let call = scheduled(&DELETE, series_id)?.header("hostEmail", host_email)?;
        self.0.done(call).await
    }
}
