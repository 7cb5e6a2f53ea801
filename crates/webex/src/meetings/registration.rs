//! The registration form of a series: what people tell before they may join.

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
    /// How a question is answered.
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
    /// How an answer is compared.
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
    /// What follows where a rule applies.
    RuleResult {
        /// The registrant may come.
        Approve = "approve",
        /// The registrant may not.
        Reject = "reject",
    }
}

open_enum! {
    /// The standard question that a rule looks at.
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
    /// Whoever registers may come.
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
    /// How many may register.
    pub max_register_num: Option<u32>,
    /// Registrants of a webinar join with an id of their own. Not in Cisco's schema, but in its examples.
    pub enabled_registration_id: Option<bool>,
    /// Questions of the host's own.
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

/// A question of the host's own.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomizedQuestion {
    /// Its id, which registrants' answers name; given by Webex.
    #[serde(default, deserialize_with = "lenient::number")]
    pub id: Option<u64>,
    /// The question.
    pub question: String,
    /// It must be answered.
    pub required: Option<bool>,
    /// How it is answered.
    #[serde(rename = "type")]
    pub question_type: QuestionType,
    /// How long a text may be, up to 999 characters; for text boxes.
    pub max_length: Option<u32>,
    /// What can be chosen; for the other types.
    pub options: Option<Vec<QuestionOption>>,
    /// Rules over the answers.
    pub rules: Option<Vec<QuestionRule>>,
}

/// What can be chosen.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QuestionOption {
    /// Its id, which registrants' answers name; given by Webex.
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
    /// How the answer is compared.
    pub condition: RuleCondition,
    /// With what.
    pub value: String,
    /// What follows.
    pub result: RuleResult,
    /// Capitals matter.
    pub match_case: Option<bool>,
    /// Its place among the rules; given by Webex.
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

/// Which part of a series is meant, and on whose behalf.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeriesPart {
    /// The occurrence that is next, not the series (Webex's default: no).
    pub current: Option<bool>,
    /// On whose behalf, for admins.
    pub host_email: Option<String>,
}

/// A new registration form.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRegistration {
    /// On whose behalf, for admins.
    pub host_email: Option<String>,
    /// The form, whole.
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

    /// Deletes the form: people join without registering. Scope: `meeting:schedules_write`.
    pub async fn delete_registration(
        &self,
        series_id: &str,
        host_email: Option<&str>,
    ) -> Result<(), WebexError> {
        let call = scheduled(&DELETE, series_id)?.header("hostEmail", host_email)?;
        self.0.done(call).await
    }
}
