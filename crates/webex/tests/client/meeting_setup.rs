//! What belongs to a meeting's set-up, over the wire: registration, registrants, interpreters,
//! surveys, sources, templates, session types, tracking codes.

use serde_json::{Value, json};
use webex::meetings::approvals::{DecideRegistrants, RegistrantId};
use webex::meetings::interpreters::{
    DeleteInterpreter, Interpreter, UpdateInterpretation, WriteInterpreter,
};
use webex::meetings::invitation_sources::{CreateInvitationSources, InvitationSource};
use webex::meetings::registrants::{
    CreateRegistrant, ListRegistrants, QueryRegistrants, Registrant, RegistrantForm,
    RegistrantOrder, RegistrantStatus,
};
use webex::meetings::registration::{RegistrationForm, SeriesPart, UpdateRegistration};
use webex::meetings::session_types::SessionTypesOf;
use webex::meetings::surveys::{CreateSurveyLinks, ListSurveyResults, SurveyResult};
use webex::meetings::templates::{ListTemplates, TemplateType};
use webex::meetings::tracking_codes::{ListTrackingCodes, TrackingService};
use webex::{Page, WebexError};

use crate::upstream::{Asked, Upstream, json as answer};

const INSTANCE: &str = "0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044";

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// One answer that every operation can read.
fn upstream() -> Upstream {
    Upstream::new([answer(
        r#"{"id":"x","items":[],"enabled":true,"languageCode1":"en","languageCode2":"de"}"#,
    )])
}

fn last(upstream: &Upstream) -> Asked {
    upstream.asked().pop().unwrap()
}

#[track_caller]
fn sent(upstream: &Upstream, line: &str, expected: Value) {
    let asked = last(upstream);
    let body = serde_json::from_slice(&asked.body).unwrap_or(Value::Null);
    assert_eq!((asked.line.as_str(), body), (line, expected));
}

#[track_caller]
fn refused<T: std::fmt::Debug>(upstream: &Upstream, result: Result<T, WebexError>) -> &'static str {
    assert_eq!(upstream.count(), 0);
    match result {
        Err(WebexError::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

fn part() -> SeriesPart {
    SeriesPart {
        current: Some(true),
        host_email: some("a@b.c"),
    }
}

fn bob() -> CreateRegistrant {
    CreateRegistrant {
        send_email: Some(false),
        form: RegistrantForm {
            first_name: some("Bob"),
            last_name: some("B"),
            email: some("b@b.c"),
            ..Default::default()
        },
    }
}

#[tokio::test]
async fn registration_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let meetings = client.meetings();
    meetings.registration("m", &part()).await.unwrap();
    let line = "GET /v1/meetings/m/registration?current=true&hostEmail=a%40b.c";
    sent(&upstream, line, Value::Null);
    let update = UpdateRegistration {
        host_email: some("a@b.c"),
        form: RegistrationForm {
            require_city: Some(true),
            ..Default::default()
        },
    };
    meetings.update_registration("m", &update).await.unwrap();
    let expected = json!({"hostEmail":"a@b.c","requireCity":true});
    sent(&upstream, "PUT /v1/meetings/m/registration", expected);
    meetings
        .delete_registration("m", Some("a@b.c"))
        .await
        .unwrap();
    sent(&upstream, "DELETE /v1/meetings/m/registration", Value::Null);
    assert_eq!(last(&upstream).headers["hostemail"], "a@b.c");
}

#[tokio::test]
async fn registrants_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let meetings = client.meetings();
    let query = ListRegistrants {
        max: Some(100),
        email: some("b@b.c"),
        ..Default::default()
    };
    meetings.list_registrants("m", &query).await.unwrap();
    let line = "GET /v1/meetings/m/registrants?max=100&email=b%40b.c";
    sent(&upstream, line, Value::Null);
    let (whole, body) = (
        SeriesPart::default(),
        json!({"sendEmail":false,"firstName":"Bob","lastName":"B","email":"b@b.c"}),
    );
    meetings
        .create_registrant("m", &bob(), &part())
        .await
        .unwrap();
    let line = "POST /v1/meetings/m/registrants?current=true&hostEmail=a%40b.c";
    sent(&upstream, line, body.clone());
    meetings
        .create_registrants("m", &[bob()], &whole)
        .await
        .unwrap();
    let line = "POST /v1/meetings/m/registrants/bulkInsert";
    sent(&upstream, line, json!({"items":[body]}));
    meetings.get_registrant("m", "r", &whole).await.unwrap();
    sent(&upstream, "GET /v1/meetings/m/registrants/r", Value::Null);
    meetings.delete_registrant("m", "r", &whole).await.unwrap();
    sent(
        &upstream,
        "DELETE /v1/meetings/m/registrants/r",
        Value::Null,
    );
    let who = DecideRegistrants {
        send_email: None,
        registrants: vec![RegistrantId { id: "r".to_owned() }],
    };
    let body = json!({"registrants":[{"id":"r"}]});
    meetings
        .approve_registrants("m", &who, &whole)
        .await
        .unwrap();
    sent(
        &upstream,
        "POST /v1/meetings/m/registrants/approve",
        body.clone(),
    );
    meetings
        .reject_registrants("m", &who, &whole)
        .await
        .unwrap();
    sent(
        &upstream,
        "POST /v1/meetings/m/registrants/reject",
        body.clone(),
    );
    meetings
        .cancel_registrants("m", &who, &whole)
        .await
        .unwrap();
    sent(
        &upstream,
        "POST /v1/meetings/m/registrants/cancel",
        body.clone(),
    );
    meetings
        .delete_registrants("m", &who, &whole)
        .await
        .unwrap();
    sent(
        &upstream,
        "POST /v1/meetings/m/registrants/bulkDelete",
        body,
    );
}

#[tokio::test]
async fn a_query_by_post_keeps_its_body_on_the_next_page() {
    let upstream = upstream();
    let client = upstream.client();
    let query = QueryRegistrants {
        emails: vec!["b@b.c".to_owned()],
        status: Some(RegistrantStatus::Pending),
        order_by: Some(RegistrantOrder::Email),
        order_type: None,
    };
    let meetings = client.meetings();
    meetings
        .query_registrants("m", &query, &SeriesPart::default(), Some(10))
        .await
        .unwrap();
    let body = json!({"emails":["b@b.c"],"status":"pending","orderBy":"email"});
    let line = "POST /v1/meetings/m/registrants/query?max=10";
    sent(&upstream, line, body.clone());
    let target = "/meetings/m/registrants/query?offset=10";
    let next = webex::NextPage::parse(client.webex(), target).unwrap();
    let _: Page<Registrant> = client.next_page(&query, &next).await.unwrap();
    sent(
        &upstream,
        "POST /v1/meetings/m/registrants/query?offset=10",
        body,
    );
}

#[tokio::test]
async fn registrants_hang_on_a_series_and_need_names() {
    let upstream = upstream();
    let client = upstream.client();
    let meetings = client.meetings();
    let of_instance = meetings.registration(INSTANCE, &part()).await;
    assert_eq!(refused(&upstream, of_instance), "meetingId");
    let mut nameless = bob();
    nameless.form.last_name = some(" ");
    let created = meetings.create_registrant("m", &nameless, &part()).await;
    assert_eq!(refused(&upstream, created), "lastName");
    let nobody = DecideRegistrants::default();
    let approved = meetings.approve_registrants("m", &nobody, &part()).await;
    assert_eq!(refused(&upstream, approved), "registrants");
    let long = ListRegistrants {
        registration_time_from: "2026-01-01T00:00:00Z".parse().ok(),
        registration_time_to: "2026-04-02T00:00:01Z".parse().ok(),
        ..Default::default()
    };
    let listed = meetings.list_registrants("m", &long).await;
    assert_eq!(refused(&upstream, listed), "registrationTimeFrom");
    let mut form = UpdateRegistration::default();
    form.form.require_email = Some(false);
    let updated = meetings.update_registration("m", &form).await;
    assert_eq!(refused(&upstream, updated), "requireEmail");
}

#[tokio::test]
async fn interpreters_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let meetings = client.meetings();
    let mut interpretation = UpdateInterpretation::default();
    interpretation.interpretation.enabled = true;
    meetings
        .update_interpretation("m", &interpretation)
        .await
        .unwrap();
    let line = "PUT /v1/meetings/m/simultaneousInterpretation";
    sent(&upstream, line, json!({"enabled":true}));
    let interpreter = WriteInterpreter {
        send_email: Some(true),
        interpreter: Interpreter {
            language_code_1: "en".to_owned(),
            language_code_2: "de".to_owned(),
            ..Default::default()
        },
        ..Default::default()
    };
    let body = json!({"sendEmail":true,"languageCode1":"en","languageCode2":"de"});
    meetings
        .create_interpreter("m", &interpreter)
        .await
        .unwrap();
    sent(&upstream, "POST /v1/meetings/m/interpreters", body.clone());
    meetings
        .update_interpreter("m", "i", &interpreter)
        .await
        .unwrap();
    sent(&upstream, "PUT /v1/meetings/m/interpreters/i", body);
    meetings.list_interpreters("m", None).await.unwrap();
    sent(&upstream, "GET /v1/meetings/m/interpreters", Value::Null);
    meetings
        .get_interpreter("m", "i", Some("a@b.c"))
        .await
        .unwrap();
    let line = "GET /v1/meetings/m/interpreters/i?hostEmail=a%40b.c";
    sent(&upstream, line, Value::Null);
    let quietly = DeleteInterpreter {
        send_email: Some(false),
        ..Default::default()
    };
    meetings
        .delete_interpreter("m", "i", &quietly)
        .await
        .unwrap();
    let line = "DELETE /v1/meetings/m/interpreters/i?sendEmail=false";
    sent(&upstream, line, Value::Null);
}

#[tokio::test]
async fn webinars_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let meetings = client.meetings();
    meetings.survey("m", Some("a@b.c")).await.unwrap();
    sent(&upstream, "GET /v1/meetings/m/survey", Value::Null);
    assert_eq!(last(&upstream).headers["hostemail"], "a@b.c");
    let query = ListSurveyResults {
        max: Some(5),
        timezone: some("Asia/Tokyo"),
        host_email: some("a@b.c"),
        ..Default::default()
    };
    meetings.list_survey_results("m", &query).await.unwrap();
    sent(
        &upstream,
        "GET /v1/meetings/m/surveyResults?max=5",
        Value::Null,
    );
    let next = webex::NextPage::parse(client.webex(), "/meetings/m/surveyResults?o=5").unwrap();
    let _: Page<SurveyResult> = client.next_page(&query, &next).await.unwrap();
    sent(
        &upstream,
        "GET /v1/meetings/m/surveyResults?o=5",
        Value::Null,
    );
    assert_eq!(last(&upstream).headers["timezone"], "Asia/Tokyo");
    assert_eq!(last(&upstream).headers["hostemail"], "a@b.c");
    let links = CreateSurveyLinks {
        emails: vec!["b@b.c".to_owned()],
        ..Default::default()
    };
    meetings.create_survey_links("m", &links).await.unwrap();
    sent(
        &upstream,
        "POST /v1/meetings/m/surveyLinks",
        json!({"emails":["b@b.c"]}),
    );
    let sources = CreateInvitationSources {
        items: vec![InvitationSource {
            source_id: "s".to_owned(),
            source_email: "s@b.c".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    };
    meetings
        .create_invitation_sources("m", &sources)
        .await
        .unwrap();
    sent(
        &upstream,
        "POST /v1/meetings/m/invitationSources",
        json!({"items":[{"sourceId":"s","sourceEmail":"s@b.c"}]}),
    );
    meetings
        .list_invitation_sources("m", None, Some("p"))
        .await
        .unwrap();
    sent(
        &upstream,
        "GET /v1/meetings/m/invitationSources",
        Value::Null,
    );
    assert_eq!(last(&upstream).headers["personid"], "p");
    meetings.list_breakouts("m", Some("a@b.c")).await.unwrap();
    sent(
        &upstream,
        "GET /v1/meetings/m/breakoutSessions",
        Value::Null,
    );
    assert_eq!(last(&upstream).headers["hostemail"], "a@b.c");
    meetings
        .delete_breakouts("m", Some(false), None)
        .await
        .unwrap();
    let line = "DELETE /v1/meetings/m/breakoutSessions?sendEmail=false";
    sent(&upstream, line, Value::Null);
}

#[tokio::test]
async fn more_survey_links_than_webex_gives_are_refused() {
    let upstream = upstream();
    let client = upstream.client();
    let links = CreateSurveyLinks {
        emails: vec!["b@b.c".to_owned(); 101],
        ..Default::default()
    };
    let made = client.meetings().create_survey_links("m", &links).await;
    assert_eq!(refused(&upstream, made), "emails");
}

#[tokio::test]
async fn a_sites_offers_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let meetings = client.meetings();
    let query = ListTemplates {
        template_type: Some(TemplateType::Webinar),
        is_default: Some(true),
        ..Default::default()
    };
    meetings.list_templates(&query).await.unwrap();
    let line = "GET /v1/meetings/templates?templateType=webinar&isDefault=true";
    sent(&upstream, line, Value::Null);
    meetings
        .get_template("t", None, Some("Asia/Tokyo"))
        .await
        .unwrap();
    sent(&upstream, "GET /v1/meetings/templates/t", Value::Null);
    assert_eq!(last(&upstream).headers["timezone"], "Asia/Tokyo");
    let of = SessionTypesOf {
        site_url: some("a.webex.com"),
        ..Default::default()
    };
    meetings.list_session_types(&of).await.unwrap();
    let line = "GET /v1/meetings/sessionTypes?siteUrl=a.webex.com";
    sent(&upstream, line, Value::Null);
    meetings
        .get_session_type("3", &SessionTypesOf::default())
        .await
        .unwrap();
    sent(&upstream, "GET /v1/meetings/sessionTypes/3", Value::Null);
    let query = ListTrackingCodes {
        service: TrackingService::MeetingCenter,
        site_url: None,
        host_email: None,
    };
    meetings.list_tracking_codes(&query).await.unwrap();
    let line = "GET /v1/meetings/trackingCodes?service=MeetingCenter";
    sent(&upstream, line, Value::Null);
}
