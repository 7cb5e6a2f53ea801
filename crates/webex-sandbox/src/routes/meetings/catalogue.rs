//! What the site of the demo company offers: templates, session types and tracking codes.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use webex::meetings::session_types::{SessionKind, SessionType, SessionTypesOf};
use webex::meetings::templates::{ListTemplates, MeetingTemplate, TemplateType};
use webex::meetings::tracking_codes::{
    ListTrackingCodes, TrackingCodeChoice, TrackingNeed, TrackingOption, TrackingService,
};
use webex::meetings::{CreateMeeting, MeetingSettings};

use crate::Sandbox;
use crate::page::Page;
use crate::problem::Problem;
use crate::request::Query;
use crate::rules::caller::Caller;
use crate::rules::meetings::acting;
use crate::rules::meetings::show::SITE;
use crate::rules::meetings::tracking_codes::TRACKING_CODES;

/// Id, name, whether it is the default one, and whether its meetings are recorded.
const TEMPLATES: &[(&str, &str, bool, bool)] = &[
    (
        "DefaultTemplate_meeting",
        "Webex Meetings Default",
        true,
        false,
    ),
    ("Template_recorded", "Recorded meeting", false, true),
];

/// Id, name, kind, and how many people may come.
const SESSION_TYPES: &[(u32, &str, SessionKind, u32)] = &[
    (3, "Webex Meetings Pro", SessionKind::Meeting, 1_000),
    (555, "Webex Webinars", SessionKind::Webinar, 3_000),
];

fn all_templates() -> impl Iterator<Item = MeetingTemplate> {
    TEMPLATES.iter().map(|(id, name, is_default, is_recorded)| {
        let settings = MeetingSettings {
            enabled_auto_record_meeting: Some(*is_recorded),
            ..MeetingSettings::default()
        };
        MeetingTemplate {
            id: (*id).to_owned(),
            name: Some((*name).to_owned()),
            locale: Some("en_US".to_owned()),
            site_url: Some(SITE.to_owned()),
            template_type: Some(TemplateType::Meeting),
            is_default: Some(*is_default),
            is_standard: Some(*is_default),
            meeting: Some(Box::new(CreateMeeting {
                settings,
                ..CreateMeeting::default()
            })),
        }
    })
}

pub(crate) async fn templates(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<ListTemplates>,
) -> Result<Response, Problem> {
    sandbox.read(|world| acting(world, &caller, query.host_email.as_deref()))?;
    let wanted = all_templates().filter(|template| {
        let is_kind =
            query.template_type.is_none() || query.template_type == template.template_type;
        let is_locale = query.locale.is_none() || query.locale == template.locale;
        let is_default = query.is_default.is_none() || query.is_default == template.is_default;
        let is_standard = query.is_standard.is_none() || query.is_standard == template.is_standard;
        is_kind && is_locale && is_default && is_standard
    });
    let items = wanted
        .map(|template| MeetingTemplate {
            meeting: None,
            ..template
        })
        .collect();
    Ok(Page { items, next: None }.answer(&caller))
}

pub(crate) async fn template(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<MeetingTemplate>, Problem> {
    sandbox.read(|world| acting(world, &caller, None))?;
    let template = all_templates().find(|template| template.id == id);
    let missing = || Problem::not_found("Could not find a template with provided ID.");
    template.map(Json).ok_or_else(missing)
}

fn all_session_types() -> impl Iterator<Item = SessionType> {
    SESSION_TYPES
        .iter()
        .map(|(id, name, kind, capacity)| SessionType {
            id: Some(id.to_string()),
            name: Some((*name).to_owned()),
            kind: Some(kind.clone()),
            attendees_capacity: Some(*capacity),
        })
}

pub(crate) async fn session_types(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<SessionTypesOf>,
) -> Result<Response, Problem> {
    sandbox.read(|world| acting(world, &caller, query.host_email.as_deref()))?;
    let items = all_session_types().collect();
    Ok(Page { items, next: None }.answer(&caller))
}

pub(crate) async fn session_type(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SessionType>, Problem> {
    sandbox.read(|world| acting(world, &caller, None))?;
    let found = all_session_types().find(|one| one.id.as_ref() == Some(&id));
    let missing = || Problem::not_found("Could not find a session type with provided ID.");
    found.map(Json).ok_or_else(missing)
}

/// The same codes for meetings and for webinars; other services the site does not have.
pub(crate) async fn tracking_codes(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Query(query): Query<ListTrackingCodes>,
) -> Result<Response, Problem> {
    sandbox.read(|world| acting(world, &caller, query.host_email.as_deref()))?;
    if !TrackingService::KNOWN.contains(&query.service) {
        return Err(Problem::bad_request("There is no such service."));
    }
    let is_ours = query.site_url.as_deref().is_none_or(|site| site == SITE);
    let service = query.service;
    let is_offered = !matches!(
        service,
        TrackingService::TrainingCenter | TrackingService::SupportCenter
    );
    let codes = TRACKING_CODES.iter().filter(|_| is_ours && is_offered);
    let items = codes.map(|(id, name, mode, values)| {
        let options = values.iter().map(|value| TrackingOption {
            value: (*value).to_owned(),
            default_value: Some(false),
        });
        TrackingCodeChoice {
            id: (*id).to_owned(),
            name: Some((*name).to_owned()),
            site_url: Some(SITE.to_owned()),
            options: options.collect(),
            input_mode: Some(mode.clone()),
            service: Some(service.clone()),
            need: Some(TrackingNeed::Optional),
        }
    });
    let items = items.collect();
    Ok(Page { items, next: None }.answer(&caller))
}
