//! Registrants: people who filled in the registration form of a series.
//!
//! `series_id` is a series' id everywhere: occurrences and instances have no registrants.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::lenient;
use crate::limits::MAX_REGISTRATION_WINDOW_DAYS;
use crate::meetings::registration::SeriesPart;
use crate::meetings::{Meetings, Password, scheduled};
use crate::open_enum::open_enum;
use crate::operation::{Call, Operation, Repeat};
use crate::page::{AskedAgain, Page};
use crate::timestamp::check_window;

/// `GET /meetings/{meetingId}/registrants`.
pub static LIST: Operation = Operation {
    name: "meeting_registrants.list",
    method: Method::GET,
    path: "/meetings/{meetingId}/registrants",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `POST /meetings/{meetingId}/registrants`.
pub static CREATE: Operation = Operation {
    name: "meeting_registrants.create",
    method: Method::POST,
    path: "/meetings/{meetingId}/registrants",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `POST /meetings/{meetingId}/registrants/bulkInsert`.
pub static CREATE_MANY: Operation = Operation {
    name: "meeting_registrants.create_many",
    method: Method::POST,
    path: "/meetings/{meetingId}/registrants/bulkInsert",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `GET /meetings/{meetingId}/registrants/{registrantId}`.
pub static GET: Operation = Operation {
    name: "meeting_registrants.get",
    method: Method::GET,
    path: "/meetings/{meetingId}/registrants/{registrantId}",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `DELETE /meetings/{meetingId}/registrants/{registrantId}`.
pub static DELETE: Operation = Operation {
    name: "meeting_registrants.delete",
    method: Method::DELETE,
    path: "/meetings/{meetingId}/registrants/{registrantId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `POST /meetings/{meetingId}/registrants/query`.
pub static QUERY: Operation = Operation {
    name: "meeting_registrants.query",
    method: Method::POST,
    path: "/meetings/{meetingId}/registrants/query",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

open_enum! {
    /// The decision about a registrant.
    RegistrantStatus {
        /// The registrant may join.
        Approved = "approved",
        /// There is no decision yet.
        Pending = "pending",
        /// The registrant may not join.
        Rejected = "rejected",
    }
}

open_enum! {
    /// The field by which registrants are ordered.
    RegistrantOrder {
        /// By first name.
        FirstName = "firstName",
        /// By last name.
        LastName = "lastName",
        /// By decision.
        Status = "status",
        /// By address.
        Email = "email",
    }
}

open_enum! {
    /// The direction of the order.
    OrderDirection {
        /// The last.
        Descending = "DESC",
        /// The first.
        Ascending = "ASC",
    }
}

/// The registration form of one person.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrantForm {
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The job.
    pub job_title: Option<String>,
    /// The company.
    pub company_name: Option<String>,
    /// The first line of the postal address.
    pub address1: Option<String>,
    /// The second line of the postal address.
    pub address2: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The postal code, which Webex accepts only as a number.
    #[serde(default, deserialize_with = "lenient::number")]
    pub zip_code: Option<u64>,
    /// The country or region.
    pub country_region: Option<String>,
    /// The telephone number at work.
    pub work_phone: Option<String>,
    /// The fax number.
    pub fax: Option<String>,
    /// Answers to the host's own questions.
    pub customized_questions: Option<Vec<CustomizedAnswers>>,
}

/// The answers to one question.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomizedAnswers {
    /// The question.
    #[serde(default, deserialize_with = "lenient::number")]
    pub question_id: Option<u64>,
    /// The answers.
    #[serde(default)]
    pub answers: Vec<CustomizedAnswer>,
}

/// One answer.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomizedAnswer {
    /// The option, if the question has options.
    #[serde(default, deserialize_with = "lenient::number")]
    pub option_id: Option<u64>,
    /// The text.
    pub answer: String,
}

/// A registrant.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registrant {
    /// The registrant's id.
    pub id: String,
    /// The decision.
    pub status: Option<RegistrantStatus>,
    /// When they registered.
    #[serde(default, with = "crate::timestamp::option")]
    pub registration_time: Option<Timestamp>,
    /// The invitation source.
    pub source_id: Option<String>,
    /// The id with which the registrant joins, if the webinar requires one.
    pub registration_id: Option<Password>,
    /// The registration form, as filled in.
    #[serde(flatten)]
    pub form: RegistrantForm,
}

/// A person to register. Names and address are required, the rest only if the form asks for it.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRegistrant {
    /// Whether Webex mails them (Webex's default: yes).
    pub send_email: Option<bool>,
    /// The registration form, as filled in.
    #[serde(flatten)]
    pub form: RegistrantForm,
}

impl CreateRegistrant {
    fn check(&self) -> Result<(), WebexError> {
        for (field, text) in [
            ("firstName", &self.form.first_name),
            ("lastName", &self.form.last_name),
            ("email", &self.form.email),
        ] {
            if text.as_ref().is_none_or(|text| text.trim().is_empty()) {
                return Err(WebexError::invalid(field, "a registrant needs it"));
            }
        }
        Ok(())
    }
}

/// Selects registrants for a list.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRegistrants {
    /// Entries per page, 1 to 100 (Webex's default: 10).
    pub max: Option<u32>,
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// Only registrants of the next occurrence, and not of the series (Webex's default: no).
    pub current: Option<bool>,
    /// Only the registrant with this address.
    pub email: Option<String>,
    /// Only registrations at this time or later.
    #[serde(default, with = "crate::timestamp::option")]
    pub registration_time_from: Option<Timestamp>,
    /// Only registrations before this time, which is at most 90 days after the first.
    #[serde(default, with = "crate::timestamp::option")]
    pub registration_time_to: Option<Timestamp>,
}

impl ListRegistrants {
    fn check(&self) -> Result<(), WebexError> {
        let (from, to) = (self.registration_time_from, self.registration_time_to);
        check_window("registrationTimeFrom", from, to)?;
        let limit = SignedDuration::from_hours(MAX_REGISTRATION_WINDOW_DAYS * 24);
        match (from, to) {
            (Some(from), Some(to)) if to.duration_since(from) > limit => Err(WebexError::invalid(
                "registrationTimeFrom",
                "the window must be at most 90 days; ask in parts",
            )),
            _ => Ok(()),
        }
    }
}

/// Selects registrants by their addresses.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryRegistrants {
    /// The addresses.
    pub emails: Vec<String>,
    /// The decision.
    pub status: Option<RegistrantStatus>,
    /// The order (Webex's default: by time of registration).
    pub order_by: Option<RegistrantOrder>,
    /// The direction of the order.
    pub order_type: Option<OrderDirection>,
}

impl AskedAgain for QueryRegistrants {
    fn asked_again(&self) -> Result<Call<'_>, WebexError> {
        QUERY.call().json(self)
    }
}

#[derive(Serialize, Deserialize)]
struct Items<T> {
    items: T,
}

impl Meetings<'_> {
    /// Lists registrants. Later pages: [`crate::Client::next_page`] with [`LIST`].
    /// Scope: `meeting:schedules_read`.
    pub async fn list_registrants(
        &self,
        series_id: &str,
        query: &ListRegistrants,
    ) -> Result<Page<Registrant>, WebexError> {
        query.check()?;
        let call = scheduled(&LIST, series_id)?.query(query)?;
        self.0.page(call).await
    }

    /// Finds registrants by their addresses, `max` per page, 1 to 100 (Webex's default: 10).
    /// Scope: `meeting:schedules_read`.
    pub async fn query_registrants(
        &self,
        series_id: &str,
        query: &QueryRegistrants,
        part: &SeriesPart,
        max: Option<u32>,
    ) -> Result<Page<Registrant>, WebexError> {
        let call = scheduled(&QUERY, series_id)?
            .query(&QueryPart {
                max,
                current: part.current,
                host_email: part.host_email.as_deref(),
            })?
            .json(query)?;
        self.0.page(call).await
    }

    /// Registers somebody. Scope: `meeting:schedules_write`.
    pub async fn create_registrant(
        &self,
        series_id: &str,
        registrant: &CreateRegistrant,
        part: &SeriesPart,
    ) -> Result<Registrant, WebexError> {
        registrant.check()?;
        let call = scheduled(&CREATE, series_id)?
            .query(part)?
            .json(registrant)?;
        self.0.reply(call).await
    }

    /// Registers several people. Scope: `meeting:schedules_write`.
    pub async fn create_registrants(
        &self,
        series_id: &str,
        registrants: &[CreateRegistrant],
        part: &SeriesPart,
    ) -> Result<Vec<Registrant>, WebexError> {
        registrants.iter().try_for_each(CreateRegistrant::check)?;
        let call = scheduled(&CREATE_MANY, series_id)?
            .query(part)?
            .json(&Items { items: registrants })?;
        let created: Items<Vec<Registrant>> = self.0.reply(call).await?;
        Ok(created.items)
    }

    /// Reads one registrant. Scope: `meeting:schedules_read`.
    pub async fn get_registrant(
        &self,
        series_id: &str,
        registrant_id: &str,
        part: &SeriesPart,
    ) -> Result<Registrant, WebexError> {
        let call = scheduled(&GET, series_id)?.id(registrant_id)?.query(part)?;
        self.0.reply(call).await
    }

    /// Deletes one registrant. Scope: `meeting:schedules_write`.
    pub async fn delete_registrant(
        &self,
        series_id: &str,
        registrant_id: &str,
        part: &SeriesPart,
    ) -> Result<(), WebexError> {
        let call = scheduled(&DELETE, series_id)?.id(registrant_id)?;
        self.0.done(call.query(part)?).await
    }
}

#[skip_serializing_none]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueryPart<'a> {
    max: Option<u32>,
    current: Option<bool>,
    host_email: Option<&'a str>,
}
