//! The answers about meetings against the response schemas of Cisco's OpenAPI document, where that is present.

use std::path::Path;

use serde_json::{Value, json};

use crate::{Answer, items, person, start, text};

/// What the document demands and the sandbox rightly leaves out: start of the answer, field, reason.
const EXCUSED: &[(&str, &str, &str)] = &[
    (
        "get /meetings ",
        "meetingSeriesId",
        "described as only for occurrences and instances",
    ),
    (
        "get /admin/meetings/{meetingId} ",
        "meetingSeriesId",
        "the same",
    ),
    ("put /meetings/{meetingId} ", "meetingSeriesId", "the same"),
    (
        "get /meetings ",
        "password",
        "described as only for the host",
    ),
    (
        "get /meetings ",
        "hostKey",
        "described as only for the host",
    ),
    (
        "get /meetings/templates/{templateId} ",
        "title",
        "a template is not a meeting yet",
    ),
    ("get /meetings/templates/{templateId} ", "start", "the same"),
    ("get /meetings/templates/{templateId} ", "end", "the same"),
];

/// Checks an answer's JSON against the schema of its operation; returns what differs.
fn differences(document: &Value, method: &str, path: &str, answer: &Answer) -> Vec<String> {
    let status = answer.status.as_str();
    let content = &document["paths"][path][method]["responses"][status]["content"];
    let mut content = content.as_object().unwrap().values();
    let mut schema = content.next().unwrap()["schema"].clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body = answer.json(answer.status.as_u16());
    let errors = validator.iter_errors(&body);
    errors
        .map(|error| format!("{method} {path} {}: {error}", error.instance_path()))
        .collect()
}

#[tokio::test]
async fn answers_about_meetings_are_what_ciscos_document_promises() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/webex/webex.openapi.json");
    let Ok(document) = std::fs::read_to_string(file) else {
        eprintln!("skipped: Cisco's OpenAPI document is not here");
        return;
    };
    let document: Value = serde_json::from_str(&document).unwrap();
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    let new = json!({"title": "T", "start": "2026-01-06T10:00:00Z", "end": "2026-01-06T11:00:00Z",
                     "recurrence": "FREQ=DAILY;COUNT=2"});
    let created = alice.post("/v1/meetings", new).await;
    let series = text(&created.json(200)["id"]);
    let past = alice
        .get("/v1/meetings?meetingType=meeting&hasRecording=true")
        .await;
    let instance = text(&items(&past.json(200))[0]["id"]);
    let recordings = alice.get("/v1/recordings").await;
    let recording = text(&items(&recordings.json(200))[0]["id"]);
    let transcripts = alice.get("/v1/meetingTranscripts").await;
    let transcript = text(&items(&transcripts.json(200))[0]["id"]);
    let snippets = format!("/v1/meetingTranscripts/{transcript}/snippets");
    let people = format!("/v1/meetingParticipants?meetingId={instance}");
    let one = text(&items(&alice.get(&people).await.json(200))[0]["id"]);
    let invite = json!({"meetingId": series, "email": "bob@example.com"});
    let invited = alice.post("/v1/meetingInvitees", invite).await;
    let invitees = format!("/v1/meetingInvitees?meetingId={series}");
    let join = json!({"meetingId": series, "joinDirectly": false});
    let emails = json!({"emails": ["bob@example.com"]});
    let query = format!("/v1/meetingParticipants/query?meetingId={instance}");
    let scheduled = "/v1/meetings?meetingType=scheduledMeeting";
    let answers = [
        ("post", "/meetings", created),
        ("get", "/meetings", alice.get("/v1/meetings").await),
        ("get", "/meetings", alice.get(scheduled).await),
        ("get", "/meetings", past),
        (
            "get",
            "/meetings/{meetingId}",
            alice.get(&format!("/v1/meetings/{series}")).await,
        ),
        (
            "get",
            "/admin/meetings/{meetingId}",
            grace.get(&format!("/v1/admin/meetings/{series}")).await,
        ),
        (
            "put",
            "/meetings/{meetingId}",
            alice
                .put(&format!("/v1/meetings/{series}"), json!({"title": "U"}))
                .await,
        ),
        (
            "post",
            "/meetings/join",
            alice.post("/v1/meetings/join", join).await,
        ),
        (
            "get",
            "/meetings/templates",
            alice.get("/v1/meetings/templates").await,
        ),
        (
            "get",
            "/meetings/templates/{templateId}",
            alice.get("/v1/meetings/templates/Template_recorded").await,
        ),
        ("get", "/meetingInvitees", alice.get(&invitees).await),
        ("post", "/meetingInvitees", invited),
        ("get", "/meetingParticipants", alice.get(&people).await),
        (
            "post",
            "/meetingParticipants/query",
            alice.post(&query, emails).await,
        ),
        (
            "get",
            "/meetingParticipants/{participantId}",
            alice.get(&format!("/v1/meetingParticipants/{one}")).await,
        ),
        ("get", "/recordings", recordings),
        (
            "get",
            "/admin/recordings",
            grace.get("/v1/admin/recordings").await,
        ),
        (
            "get",
            "/recordings/{recordingId}",
            alice.get(&format!("/v1/recordings/{recording}")).await,
        ),
        ("get", "/meetingTranscripts", transcripts),
        (
            "get",
            "/admin/meetingTranscripts",
            grace
                .get("/v1/admin/meetingTranscripts?siteUrl=example.webex.com")
                .await,
        ),
        (
            "get",
            "/meetingTranscripts/{transcriptId}/snippets",
            alice.get(&snippets).await,
        ),
        (
            "get",
            "/meetingSummaries",
            alice
                .get(&format!("/v1/meetingSummaries?meetingId={instance}"))
                .await,
        ),
    ];
    let mut found = Vec::new();
    for (method, path, answer) in &answers {
        found.extend(differences(&document, method, path, answer));
    }
    for (start, field, reason) in EXCUSED {
        let field = format!("\"{field}\" is a required property");
        let count = found.len();
        found.retain(|one| !(one.starts_with(start) && one.ends_with(&field)));
        assert!(
            found.len() < count,
            "needs no excuse: {start} {field} ({reason})"
        );
    }
    assert!(found.is_empty(), "{found:#?}");
}
