//! Registration: forms and their rules, registrants page by page, what hosts decide, who may join.

use serde_json::{Value, json};
use webex_sandbox::{MeetingAction, Sandbox};

use crate::{Person, items, person, start, text};

/// A meeting an hour from now with this form.
async fn schedule(alice: &Person, more: Value) -> String {
    let mut new = json!({"title": "Open day", "start": "2026-01-05T10:00:00Z",
                         "end": "2026-01-05T11:00:00Z",
                         "invitees": [{"email": "bob@example.com"}]});
    let fields = new.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    text(&alice.post("/v1/meetings", new).await.json(200)["id"])
}

fn form(email: &str) -> Value {
    json!({"firstName": "F", "lastName": email, "email": email})
}

async fn status(person: &Person, id: &str, answers: Value) -> Value {
    let path = format!("/v1/meetings/{id}/registrants");
    person.post(&path, answers).await.json(200)["status"].clone()
}

fn join(sandbox: &Sandbox, id: &str, email: &str) -> bool {
    let email = email.to_owned();
    sandbox.act(id, MeetingAction::Join { email }).is_ok()
}

#[tokio::test]
async fn only_who_is_approved_joins_where_people_register() {
    let (sandbox, alice) = start();
    let (bob, dave) = (person(&sandbox, "bob"), person(&sandbox, "dave"));
    let id = schedule(&alice, json!({"registration": {}})).await;
    let path = format!("/v1/meetings/{id}");
    let shown = alice.get(&path).await.json(200);
    assert_eq!(shown["registration"]["requireEmail"], true);
    let shown = bob.get(&path).await.json(200);
    assert!(shown["registerLink"].is_string() && shown.get("registration").is_none());

    let link = json!({"meetingId": id, "joinDirectly": false});
    bob.post("/v1/meetings/join", link.clone()).await.json(403);
    assert_eq!(
        status(&dave, &id, form("dave@example.com")).await,
        "pending"
    );
    dave.post("/v1/meetings/join", link.clone()).await.json(403);
    let all = format!("{path}/registrants");
    dave.get(&all).await.json(404);
    let listed = alice.get(&all).await.json(200);
    let dave_id = items(&listed)[0]["id"].clone();
    let decide = async |verb: &str, id: &Value, expected: u16| {
        let who = json!({"registrants": [{"id": id}]});
        let answer = alice.post(&format!("{all}/{verb}"), who).await;
        assert_eq!(answer.status.as_u16(), expected, "{verb}");
    };
    decide("approve", &json!("nobody"), 404).await;
    decide("approve", &dave_id, 204).await;
    dave.post("/v1/meetings/join", link.clone()).await.json(200);
    // Who registered comes by the clock as who is invited does, and who did not stays out.
    sandbox
        .clock()
        .advance(std::time::Duration::from_secs(60 * 60));
    let people = format!("/v1/meetingParticipants?meetingId={id}");
    let people = alice.get(&people).await.json(200);
    let emails = items(&people).iter().map(|one| text(&one["email"]));
    let emails: Vec<_> = emails.collect();
    assert_eq!(emails, ["alice@example.com", "dave@example.com"]);
    assert!(!join(&sandbox, &id, "bob@example.com"));
    decide("reject", &dave_id, 204).await;
    dave.post("/v1/meetings/join", link.clone()).await.json(403);
    decide("cancel", &dave_id, 204).await;
    assert!(items(&alice.get(&all).await.json(200)).is_empty());
    assert_eq!(
        alice.delete(&format!("{path}/registration")).await.status,
        204
    );
    bob.post("/v1/meetings/join", link).await.json(200);
}

#[tokio::test]
async fn rules_decide_on_a_registration_in_their_order() {
    let (_, alice) = start();
    let rule = |question: &str, condition: &str, value: &str, result: &str| json!({"question": question, "condition": condition, "value": value, "result": result});
    let topics = json!({"question": "Topics?", "type": "checkbox",
                        "options": [{"value": "Rust"}, {"value": "Sales"}],
                        "rules": [{"condition": "contains", "value": "sales", "result": "reject"}]});
    let registration = json!({
        "autoAcceptRequest": true, "customizedQuestions": [topics],
        "rules": [rule("email", "endsWith", "@rival.example", "reject"),
                  rule("lastName", "beginsWith", "vip", "approve"),
                  {"question": "city", "condition": "equals", "value": "Oslo",
                   "result": "reject", "matchCase": true}]});
    let id = schedule(&alice, json!({"registration": registration})).await;
    let shown = alice.get(&format!("/v1/meetings/{id}/registration")).await;
    let question = shown.json(200)["customizedQuestions"][0]["id"].clone();
    let sales =
        json!([{"questionId": question, "answers": [{"answer": "Rust"}, {"answer": "Sales"}]}]);
    for (email, more, expected) in [
        ("a@rival.example", json!({}), "rejected"),
        ("A@RIVAL.EXAMPLE.org", json!({}), "approved"),
        (
            "vip@b.example",
            json!({"customizedQuestions": sales}),
            "approved",
        ),
        (
            "c@b.example",
            json!({"customizedQuestions": sales}),
            "rejected",
        ),
        ("d@b.example", json!({"city": "Oslo"}), "rejected"),
        ("e@b.example", json!({"city": "oslo"}), "approved"),
    ] {
        let mut answers = form(email);
        let fields = answers.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        assert_eq!(status(&alice, &id, answers).await, expected, "{email}");
    }
}

#[tokio::test]
async fn answers_that_do_not_fit_the_form_are_refused() {
    let (_, alice) = start();
    let question = |kind: &str, required: bool| {
        let options = json!([{"value": "Yes"}, {"value": "No"}]);
        json!({"question": kind, "type": kind, "required": required, "maxLength": 3, "options": options})
    };
    let questions = json!([
        question("radioButtons", true),
        question("singleLineTextBox", false)
    ]);
    let registration =
        json!({"requireCity": true, "maxRegisterNum": 2, "customizedQuestions": questions});
    let id = schedule(&alice, json!({"registration": registration})).await;
    let path = format!("/v1/meetings/{id}/registrants");
    let answers = |choices: &[&str], words: &str| {
        let choices: Vec<Value> = choices.iter().map(|one| json!({"answer": one})).collect();
        json!([{"questionId": 1, "answers": choices},
               {"questionId": 2, "answers": [{"answer": words}]}])
    };
    let person = |email: &str, city: Option<&str>, answers: Value| {
        let mut form = form(email);
        form["city"] = json!(city);
        form["customizedQuestions"] = answers;
        form
    };
    let city = Some("Oslo");
    for (status, body) in [
        (400, person("a@b.example", None, answers(&["Yes"], "x"))),
        (400, person("", city, answers(&["Yes"], "x"))),
        (400, person("nobody", city, answers(&["Yes"], "x"))),
        (400, person("a@b.example", city, json!([]))),
        (400, person("a@b.example", city, answers(&["Maybe"], "x"))),
        (
            400,
            person("a@b.example", city, answers(&["Yes", "No"], "x")),
        ),
        (400, person("a@b.example", city, answers(&["Yes"], "four"))),
        (
            400,
            person(
                "a@b.example",
                city,
                json!([{"questionId": 9, "answers": []}]),
            ),
        ),
        (200, person("a@b.example", city, answers(&["Yes"], "x"))),
        (409, person("A@B.example", city, answers(&["Yes"], "x"))),
        (200, person("b@b.example", city, answers(&["No"], "x"))),
        (403, person("c@b.example", city, answers(&["No"], "x"))),
    ] {
        let answer = alice.post(&path, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
    }
    for wrong in [
        json!({"requireEmail": false}),
        json!({"customizedQuestions": [{"question": "?", "type": "checkbox"}]}),
        json!({"customizedQuestions": [{"question": "?", "type": "singleLineTextBox", "maxLength": 1000}]}),
        json!({"customizedQuestions": [{"question": "?", "type": "psychic"}]}),
    ] {
        let path = format!("/v1/meetings/{id}/registration");
        assert_eq!(alice.put(&path, wrong.clone()).await.status, 400, "{wrong}");
    }
    let occurrence = format!("/v1/meetings/{id}_20260105T100000Z/registration");
    alice.get(&occurrence).await.json(400);
    let plain = schedule(&alice, json!({})).await;
    let path = format!("/v1/meetings/{plain}/registrants");
    alice.post(&path, form("a@b.example")).await.json(404);
}

#[tokio::test]
async fn registrants_come_page_by_page_in_the_order_that_is_asked_for() {
    let (_, alice) = start();
    let id = schedule(&alice, json!({"registration": {"autoAcceptRequest": true}})).await;
    let path = format!("/v1/meetings/{id}/registrants");
    let names = ["cem", "Ann", "dan", "ben", "eve"];
    let emails: Vec<String> = names
        .iter()
        .map(|name| format!("{name}@b.example"))
        .collect();
    let many: Vec<Value> = emails.iter().map(|email| form(email)).collect();
    let bulk = format!("{path}/bulkInsert");
    alice.post(&bulk, json!({"items": many})).await.json(200);
    // All or nobody: the second one is there already.
    let again = json!({"items": [form("new@b.example"), form("dan@b.example")]});
    alice.post(&bulk, again).await.json(409);

    let mut listed = Vec::new();
    let mut next = Some(format!("{path}?max=2"));
    while let Some(page) = next {
        let page = alice.get(&page).await;
        let here = items(&page.json(200)).clone();
        listed.extend(here.iter().map(|one| text(&one["email"])));
        next = page.next();
        assert!(listed.len() <= emails.len());
    }
    assert_eq!(listed, emails);

    let query = |more: Value| {
        let mut query = json!({"emails": emails, "orderBy": "email", "orderType": "DESC"});
        query
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        query
    };
    let first = alice
        .post(&format!("{path}/query?max=2"), query(json!({})))
        .await;
    let of = |page: &Value| -> Vec<String> {
        items(page).iter().map(|one| text(&one["email"])).collect()
    };
    let page = first.json(200);
    assert_eq!(of(&page), ["eve@b.example", "dan@b.example"]);
    // Who is gone meanwhile takes nobody else away.
    let last = text(&items(&page)[1]["id"]);
    assert_eq!(alice.delete(&format!("{path}/{last}")).await.status, 204);
    let rest = first.next().unwrap().replace("max=2", "max=100");
    let rest = alice.post(&rest, query(json!({}))).await.json(200);
    assert_eq!(of(&rest)[1..], ["ben@b.example", "Ann@b.example"]);
    let none = query(json!({"status": "rejected"}));
    let none = alice.post(&format!("{path}/query"), none).await.json(200);
    assert!(items(&none).is_empty());
    let window = format!(
        "{path}?registrationTimeFrom=2025-09-01T00:00:00Z&registrationTimeTo=2026-01-05T00:00:00Z"
    );
    alice.get(&window).await.json(400);
    let yesterday = format!("{path}?registrationTimeTo=2026-01-05T00:00:00Z");
    assert!(items(&alice.get(&yesterday).await.json(200)).is_empty());
}

#[tokio::test]
async fn a_webinars_registrants_join_with_their_id() {
    let (sandbox, alice) = start();
    let registration = json!({"autoAcceptRequest": true, "enabledRegistrationId": true});
    let webinar = json!({"scheduledType": "webinar", "registration": registration});
    let id = schedule(&alice, webinar).await;
    let dave = person(&sandbox, "dave");
    let path = format!("/v1/meetings/{id}/registrants");
    let registered = dave.post(&path, form("dave@example.com")).await.json(200);
    let mut join = json!({"meetingId": id, "joinDirectly": false});
    dave.post("/v1/meetings/join", join.clone()).await.json(403);
    join["registrationId"] = registered["registrationId"].clone();
    let links = dave.post("/v1/meetings/join", join).await.json(200);
    assert!(links["joinLink"].is_string());
}
