//! Templates for new meetings.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::meetings::{CreateMeeting, Meetings};
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetings/templates`.
pub static LIST: Operation = Operation {
    name: "meeting_templates.list",
    method: Method::GET,
    path: "/meetings/templates",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `GET /meetings/templates/{templateId}`.
pub static GET: Operation = Operation {
    name: "meeting_templates.get",
    method: Method::GET,
    path: "/meetings/templates/{templateId}",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

open_enum! {
    /// The kind of event that a template is for.
    TemplateType {
        /// Meetings.
        Meeting = "meeting",
        /// Webinars.
        Webinar = "webinar",
    }
}

/// A template.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingTemplate {
    /// The template's id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// Its language, such as `en_US`.
    pub locale: Option<String>,
    /// The Webex site.
    pub site_url: Option<String>,
    /// The kind of event that it is for.
    pub template_type: Option<TemplateType>,
    /// The site's default.
    pub is_default: Option<bool>,
    /// Made by Webex or an admin, not by a user.
    pub is_standard: Option<bool>,
    /// The fields that a meeting takes from it; only present when a single template is read.
    pub meeting: Option<Box<CreateMeeting>>,
}

/// Selects templates.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTemplates {
    /// The kind of template; both kinds if absent.
    pub template_type: Option<TemplateType>,
    /// The language (Webex's default: `en_US`).
    pub locale: Option<String>,
    /// Only default templates, or only others.
    pub is_default: Option<bool>,
    /// Only standard templates, or only those of users.
    pub is_standard: Option<bool>,
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// The Webex site; the user's preferred site if absent.
    pub site_url: Option<String>,
}

impl Meetings<'_> {
    /// Lists templates. Scope: `meeting:schedules_read`.
    pub async fn list_templates(
        &self,
        query: &ListTemplates,
    ) -> Result<Page<MeetingTemplate>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }

    /// Reads one template with the fields that a meeting takes from it, with times in the zone
    /// `timezone`.
    /// Scope: `meeting:schedules_read`.
    pub async fn get_template(
        &self,
        template_id: &str,
        host_email: Option<&str>,
        timezone: Option<&str>,
    ) -> Result<MeetingTemplate, WebexError> {
        let call = GET
            .call()
            .id(template_id)?
            .query(&[("hostEmail", host_email)])?
            .time_zone(timezone)?;
        self.0.reply(call).await
    }
}
