//! The walk through meetings: every operation on schedules, people in meetings and what is left of them.

use serde_json::{Value, json};
use webex_sandbox::{MeetingAction, Sandbox};

use super::Contract;
use crate::{Answer, Person, items, person, text, with_scopes};

const MEETING: &str = "/meetings/{meetingId}";

/// Somebody who calls, with every answer checked.
struct Walker<'c> {
    contract: &'c mut Contract,
    person: Person,
}

impl Walker<'_> {
    /// Sends a request whose path has these ids, and maybe a query, where the document has braces.
    async fn call(&mut self, method: &str, path: &str, ids: &[&str], body: Option<Value>) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut ids = ids.iter();
        let parts = path.split('/').map(|part| match part.starts_with('{') {
            true => ids.next().unwrap(),
            false => part,
        });
        let url = format!("/v1{}?{query}", parts.collect::<Vec<_>>().join("/"));
        let answer: Answer = self.person.send(&method.to_uppercase(), &url, body).await;
        self.contract.check(method, path, &answer)
    }

    async fn get(&mut self, path: &str, ids: &[&str]) -> Value {
        self.call("get", path, ids, None).await
    }

    async fn post(&mut self, path: &str, ids: &[&str], body: Value) -> Value {
        self.call("post", path, ids, Some(body)).await
    }

    async fn put(&mut self, path: &str, ids: &[&str], body: Value) -> Value {
        self.call("put", path, ids, Some(body)).await
    }

    async fn delete(&mut self, path: &str, ids: &[&str]) -> Value {
        self.call("delete", path, ids, None).await
    }
}

fn below(part: &str) -> String {
    format!("{MEETING}{part}")
}

pub(super) async fn walk(contract: &mut Contract, sandbox: &Sandbox) {
    let mut alice = Walker {
        contract,
        person: person(sandbox, "alice"),
    };
    let series = schedules(&mut alice).await;
    invitees(&mut alice, &series).await;
    registration(&mut alice, &series).await;
    interpreters_and_breakouts(&mut alice, &series).await;
    webinar(&mut alice, sandbox).await;
    past(&mut alice).await;
    running(&mut alice, sandbox, &series).await;
    alice.delete(MEETING, &[&series]).await;
    administration(contract, sandbox).await;
}

async fn schedules(alice: &mut Walker<'_>) -> String {
    let new = json!({"title": "T", "start": "2026-01-06T10:00:00Z", "end": "2026-01-06T11:00:00Z",
                     "recurrence": "FREQ=DAILY;COUNT=2"});
    let series = alice.post("/meetings", &[], new).await;
    let series = text(&series["id"]);
    alice.get("/meetings", &[]).await;
    alice
        .get("/meetings?meetingType=scheduledMeeting", &[])
        .await;
    alice.get("/meetings?meetingType=meeting", &[]).await;
    alice.get(MEETING, &[&series]).await;
    alice.put(MEETING, &[&series], json!({"title": "U"})).await;
    let agenda = Some(json!({"agenda": null}));
    alice.call("patch", MEETING, &[&series], agenda).await;
    let join = json!({"meetingId": series, "joinDirectly": false});
    alice.post("/meetings/join", &[], join).await;
    alice.get("/meetings/templates", &[]).await;
    let template = "/meetings/templates/{templateId}";
    alice.get(template, &["Template_recorded"]).await;
    alice.get("/meetings/sessionTypes", &[]).await;
    let session = "/meetings/sessionTypes/{sessionTypeId}";
    alice.get(session, &["3"]).await;
    let codes = "/meetings/trackingCodes?service=All";
    assert_eq!(items(&alice.get(codes, &[]).await).len(), 3);
    series
}

async fn invitees(alice: &mut Walker<'_>, series: &str) {
    let new = json!({"meetingId": series, "email": "bob@example.com"});
    let bob = text(&alice.post("/meetingInvitees", &[], new).await["id"]);
    let many = json!({"meetingId": series, "items": [{"email": "erin@example.com"}]});
    alice.post("/meetingInvitees/bulkInsert", &[], many).await;
    let list = format!("/meetingInvitees?meetingId={series}");
    assert_eq!(items(&alice.get(&list, &[]).await).len(), 2);
    let one = "/meetingInvitees/{meetingInviteeId}";
    alice.get(one, &[&bob]).await;
    let change = json!({"email": "bob@example.com", "coHost": true});
    alice.put(one, &[&bob], change).await;
    alice.delete(one, &[&bob]).await;
}

async fn registration(alice: &mut Walker<'_>, series: &str) {
    let question = json!({"question": "Diet?", "type": "checkbox", "required": true,
                          "options": [{"value": "All"}, {"value": "Vegan"}],
                          "rules": [{"condition": "equals", "value": "x", "result": "reject"}]});
    let rule = json!({"question": "email", "condition": "endsWith", "value": "@example.com",
                      "result": "approve"});
    let form = json!({"requireJobTitle": true, "customizedQuestions": [question], "rules": [rule]});
    let path = below("/registration");
    alice.put(&path, &[series], form).await;
    let form = alice.get(&path, &[series]).await;
    let question = &form["customizedQuestions"][0]["id"];
    let person = |name: &str| {
        let answers = json!([{"questionId": question, "answers": [{"answer": "Vegan"}]}]);
        json!({"firstName": name, "lastName": "L", "email": format!("{name}@example.org"),
               "jobTitle": "J", "zipCode": 12345, "customizedQuestions": answers})
    };
    let all = below("/registrants");
    let ann = alice.post(&all, &[series], person("ann")).await;
    let many = json!({"items": [person("ben"), person("cem"), person("dan")]});
    let bulk = below("/registrants/bulkInsert");
    let many = alice.post(&bulk, &[series], many).await;
    alice.get(&all, &[series]).await;
    let one = below("/registrants/{registrantId}");
    alice.get(&one, &[series, &text(&ann["id"])]).await;
    let query = json!({"emails": ["ann@example.org", "ben@example.org"], "orderBy": "email"});
    let found = alice
        .post(&below("/registrants/query"), &[series], query)
        .await;
    assert_eq!(items(&found).len(), 2);
    let decisions = ["approve", "reject", "cancel", "bulkDelete"];
    let registrants = [
        &ann,
        &many["items"][0],
        &many["items"][1],
        &many["items"][2],
    ];
    for (decision, registrant) in decisions.into_iter().zip(registrants) {
        let who = json!({"registrants": [{"id": registrant["id"]}]});
        let path = below(&format!("/registrants/{decision}"));
        alice.post(&path, &[series], who).await;
    }
    alice.delete(&one, &[series, &text(&ann["id"])]).await;
    // What the series itself shows of its form.
    alice.get(MEETING, &[series]).await;
    alice.delete(&path, &[series]).await;
}

async fn interpreters_and_breakouts(alice: &mut Walker<'_>, series: &str) {
    let whole = below("/simultaneousInterpretation");
    let french = json!({"languageCode1": "en", "languageCode2": "fr"});
    let on = json!({"enabled": true, "interpreters": [french]});
    alice.put(&whole, &[series], on).await;
    let all = below("/interpreters");
    let german = json!({"languageCode1": "en", "languageCode2": "de", "email": "i@example.org"});
    let added = alice.post(&all, &[series], german.clone()).await;
    assert_eq!(items(&alice.get(&all, &[series]).await).len(), 2);
    let one = below("/interpreters/{interpreterId}");
    let ids = [series, &text(&added["id"])];
    alice.get(&one, &ids).await;
    alice.put(&one, &ids, german).await;
    alice.get(MEETING, &[series]).await;
    alice.delete(&one, &ids).await;
    alice
        .put(&whole, &[series], json!({"enabled": false}))
        .await;

    let sessions = below("/breakoutSessions");
    let plan = json!({"items": [{"name": "Left", "invitees": ["bob@example.com"]}]});
    alice.put(&sessions, &[series], plan).await;
    alice.get(&sessions, &[series]).await;
    alice.get(MEETING, &[series]).await;
    alice.delete(&sessions, &[series]).await;
}

async fn webinar(alice: &mut Walker<'_>, sandbox: &Sandbox) {
    let new = json!({"title": "W", "scheduledType": "webinar", "start": "2026-01-05T10:00:00Z",
                     "end": "2026-01-05T11:00:00Z", "registration": {"autoAcceptRequest": true}});
    let webinar = text(&alice.post("/meetings", &[], new).await["id"]);
    let sources = below("/invitationSources");
    let new = json!({"items": [{"sourceId": "news", "sourceEmail": "news@example.org"}]});
    alice.post(&sources, &[&webinar], new).await;
    alice.get(&sources, &[&webinar]).await;
    alice.get(&below("/survey"), &[&webinar]).await;
    let instance = sandbox.act(&webinar, MeetingAction::Start).unwrap();
    sandbox.act(&instance, MeetingAction::End).unwrap();
    let answers = MeetingAction::Answer {
        email: "ann@example.org".to_owned(),
        answers: vec!["5".to_owned(), "Talk".to_owned()],
    };
    sandbox.act(&instance, answers).unwrap();
    let results = alice.get(&below("/surveyResults"), &[&instance]).await;
    assert_eq!(items(&results).len(), 1);
    let emails = json!({"emails": ["ann@example.org"]});
    alice
        .post(&below("/surveyLinks"), &[&instance], emails)
        .await;
}

/// What the planning of yesterday left.
async fn past(alice: &mut Walker<'_>) {
    let recordings = alice.get("/recordings", &[]).await;
    let recording = items(&recordings)[0].clone();
    let (id, instance) = (text(&recording["id"]), text(&recording["meetingId"]));
    let one = "/recordings/{recordingId}";
    let seen = alice.get(one, &[&id]).await;
    let share = json!({"addEmails": ["frank@example.com"]});
    let list = "/recordings/{recordingId}/accessList";
    alice.post(list, &[&id], share).await;
    let unshare =
        json!({"webShareLink": seen["playbackUrl"], "removeEmails": ["frank@example.com"]});
    alice.post("/recordings/accessList", &[], unshare).await;
    let ids = json!({"recordingIds": [id]});
    alice.post("/recordings/softDelete", &[], ids.clone()).await;
    alice.post("/recordings/restore", &[], ids).await;

    let people = format!("/meetingParticipants?meetingId={instance}");
    let people = alice.get(&people, &[]).await;
    let person = text(&items(&people)[0]["id"]);
    let one = "/meetingParticipants/{participantId}";
    alice.get(one, &[&person]).await;
    let query = format!("/meetingParticipants/query?meetingId={instance}");
    let emails = json!({"emails": ["bob@example.com"]});
    alice.post(&query, &[], emails).await;

    let summaries = format!("/meetingSummaries?meetingId={instance}");
    alice.get(&summaries, &[]).await;
    let transcripts = alice.get("/meetingTranscripts", &[]).await;
    let transcript = text(&items(&transcripts)[0]["id"]);
    let below = |part: &str| format!("/meetingTranscripts/{{transcriptId}}{part}");
    alice.get(&below("/download"), &[&transcript]).await;
    let snippets = alice.get(&below("/snippets"), &[&transcript]).await;
    let snippet = text(&items(&snippets)[0]["id"]);
    let one = below("/snippets/{snippetId}");
    alice.get(&one, &[&transcript, &snippet]).await;
    let better = json!({"text": "Better."});
    alice.put(&one, &[&transcript, &snippet], better).await;
    alice.delete(&below(""), &[&transcript]).await;
}

async fn running(alice: &mut Walker<'_>, sandbox: &Sandbox, series: &str) {
    let act = |action| sandbox.act(series, action).unwrap();
    let join = |name: &str| MeetingAction::Join {
        email: format!("{name}@example.com"),
    };
    act(MeetingAction::Start);
    act(join("alice"));
    act(join("frank"));
    let controls = format!("/meetings/controls?meetingId={series}");
    alice.get(&controls, &[]).await;
    let locked = json!({"locked": true});
    alice.put(&controls, &[], locked).await;
    let people = format!("/meetingParticipants?meetingId={series}");
    let frank = items(&alice.get(&people, &[]).await)[1]["id"].clone();
    let items = json!({"items": [{"participantId": frank}]});
    alice.post("/meetingParticipants/admit", &[], items).await;
    let one = "/meetingParticipants/{participantId}";
    let muted = json!({"muted": true});
    alice.put(one, &[&text(&frank)], muted).await;
    let call = json!({"meetingId": series, "address": "sip:room@example.org", "displayName": "R"});
    let called = alice.post("/meetingParticipants/callout", &[], call).await;
    let cancel = json!({"participantId": called["participantId"]});
    let path = "/meetingParticipants/cancelCallout";
    alice.post(path, &[], cancel).await;
    alice.post(&below("/end"), &[series], json!({})).await;
}

async fn administration(contract: &mut Contract, sandbox: &Sandbox) {
    let group = ["meeting:group_meeting_read"];
    let mut service = Walker {
        contract,
        person: with_scopes(sandbox, "alice@example.com", &group),
    };
    let alice = person(sandbox, "alice").id().await;
    let of_alice = format!("/group/recordings?personId={alice}");
    let recordings = service.get(&of_alice, &[]).await;
    let recording = text(&items(&recordings)[0]["id"]);
    let one = format!("/group/recordings/{{recordingId}}?personId={alice}");
    service.get(&one, &[&recording]).await;

    let mut grace = Walker {
        contract,
        person: person(sandbox, "grace"),
    };
    grace.get("/admin/recordings", &[]).await;
    let transcripts = "/admin/meetingTranscripts?siteUrl=example.webex.com";
    grace.get(transcripts, &[]).await;

    let meetings = person(sandbox, "alice").get("/v1/meetings").await.json(200);
    let standup = items(&meetings)[0].clone();
    let mut ada = Walker {
        contract,
        person: person(sandbox, "ada"),
    };
    let id = text(&standup["id"]);
    ada.get("/admin/meetings/{meetingId}", &[&id]).await;
    let number = text(&standup["meetingNumber"]);
    let found = format!("/admin/meetings?meetingNumber={number}");
    ada.get(&found, &[]).await;
    let reassign = json!({"hostEmail": "bob@example.com", "meetingIds": [id]});
    ada.post("/meetings/reassignHost", &[], reassign).await;
    ada.delete("/admin/recordings/{recordingId}", &[&recording])
        .await;

    let mut alice = Walker {
        contract,
        person: person(sandbox, "alice"),
    };
    let purged = json!({"purgeAll": true});
    alice.post("/recordings/purge", &[], purged).await;
    record_and_delete(&mut alice, sandbox).await;
}

/// Another recording, which its host deletes past the bin.
async fn record_and_delete(alice: &mut Walker<'_>, sandbox: &Sandbox) {
    let new = json!({"title": "R", "enabledAutoRecordMeeting": true,
                     "start": "2026-01-05T12:00:00Z", "end": "2026-01-05T12:30:00Z"});
    alice.post("/meetings", &[], new).await;
    let hours = std::time::Duration::from_secs(4 * 60 * 60);
    sandbox.clock().advance(hours);
    let recordings = alice.get("/recordings", &[]).await;
    let id = text(&items(&recordings)[0]["id"]);
    alice.delete("/recordings/{recordingId}", &[&id]).await;
}
