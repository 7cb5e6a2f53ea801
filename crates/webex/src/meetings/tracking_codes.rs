//! Tracking codes: facts that a site wants to know about a meeting, such as a cost center.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::meetings::Meetings;
use crate::open_enum::open_enum;
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `GET /meetings/trackingCodes`.
pub static LIST: Operation = Operation {
    name: "meeting_tracking_codes.list",
    method: Method::GET,
    path: "/meetings/trackingCodes",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

open_enum! {
    /// The way a value is entered.
    TrackingInputMode {
        /// It is typed.
        Text = "text",
        /// It is one of the options.
        Select = "select",
        /// It is one of the options or typed.
        EditableSelect = "editableSelect",
        /// It comes from the host's profile.
        HostProfileSelect = "hostProfileSelect",
    }
}

open_enum! {
    /// The kind of event for which a code is used.
    TrackingService {
        /// Everything.
        All = "All",
        /// Meetings.
        MeetingCenter = "MeetingCenter",
        /// Webinars.
        EventCenter = "EventCenter",
        /// Trainings.
        TrainingCenter = "TrainingCenter",
        /// Support sessions.
        SupportCenter = "SupportCenter",
    }
}

open_enum! {
    /// Whether a meeting needs the code.
    TrackingNeed {
        /// It may have it.
        Optional = "optional",
        /// It must have it.
        Required = "required",
        /// An admin sets it.
        AdminSet = "adminSet",
        /// It has none.
        NotUsed = "notUsed",
        /// It cannot have one.
        NotApplicable = "notApplicable",
    }
}

/// A meeting's value for a code; name and value have at most 120 characters each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingCode {
    /// The code's name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A code that a meeting may or must have.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackingCodeChoice {
    /// The code's id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The Webex site.
    pub site_url: Option<String>,
    /// The values to choose from.
    #[serde(default)]
    pub options: Vec<TrackingOption>,
    /// The way a value is entered.
    pub input_mode: Option<TrackingInputMode>,
    /// The kind of event for which it is used.
    pub service: Option<TrackingService>,
    /// Whether a meeting needs it.
    #[serde(rename = "type")]
    pub need: Option<TrackingNeed>,
}

/// A value to choose.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackingOption {
    /// The value.
    pub value: String,
    /// The default if no value is given.
    pub default_value: Option<bool>,
}

/// Selects tracking codes.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTrackingCodes {
    /// The kind of event for which the codes are used.
    pub service: TrackingService,
    /// The Webex site; the user's preferred site if absent.
    pub site_url: Option<String>,
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
}

impl Meetings<'_> {
    /// Lists the codes that a host's meetings may or must have. Scope: `meeting:schedules_read`.
    pub async fn list_tracking_codes(
        &self,
        query: &ListTrackingCodes,
    ) -> Result<Page<TrackingCodeChoice>, WebexError> {
        self.0.page(LIST.call().query(query)?).await
    }
}
