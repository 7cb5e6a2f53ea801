//! The sandbox's answers against the response schemas of Cisco's OpenAPI document.
//!
//! Every operation of the document is walked: one that is not fails the test.

mod meetings;
mod messaging;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Answer, FACTS, start};

/// Answers that rightly have more than the document: schema, field, reason.
const UNDOCUMENTED: &[(&str, &str, &str)] = &[
    ("Message", "parentId", "the document's own example has it"),
    ("Message", "html", "the document's own example has it"),
    ("DirectMessage", "html", "as all messages"),
    ("Webhook", "orgId", "in the webhooks guide and in SDKs"),
    ("Webhook", "createdBy", "in the webhooks guide and in SDKs"),
    ("Webhook", "appId", "in the webhooks guide and in SDKs"),
    ("Team", "creatorId", "in SDKs"),
    (
        "MeetingObjectForListMeeting",
        "hasSummary",
        "the list can be narrowed by it",
    ),
    (
        "RecordingObject",
        "hostEmail",
        "the example of group recordings has it",
    ),
    (
        "RecordingObject",
        "hostDisplayName",
        "the example of group recordings has it",
    ),
    (
        "RecordingObjectWithDirectDownloadLinks",
        "hostEmail",
        "as in the list",
    ),
    (
        "RecordingObjectWithDirectDownloadLinks",
        "hostDisplayName",
        "as in the list",
    ),
];

/// What the document demands and the sandbox rightly leaves out: operation, field, reason.
const EXCUSED: &[(&str, &str, &str)] = &[
    (
        "get /meetings",
        "meetingSeriesId",
        "described as only for occurrences and instances",
    ),
    (
        "get /admin/meetings/{meetingId}",
        "meetingSeriesId",
        "the same",
    ),
    ("get /admin/meetings", "meetingSeriesId", "the same"),
    ("put /meetings/{meetingId}", "meetingSeriesId", "the same"),
    ("patch /meetings/{meetingId}", "meetingSeriesId", "the same"),
    (
        "get /meetings",
        "password",
        "described as only for the host",
    ),
    ("get /meetings", "hostKey", "described as only for the host"),
    (
        "get /meetings/templates/{templateId}",
        "title",
        "a template is not a meeting yet",
    ),
    ("get /meetings/templates/{templateId}", "start", "the same"),
    ("get /meetings/templates/{templateId}", "end", "the same"),
    (
        "get /meetings/{meetingId}/surveyResults",
        "optionId",
        "neither a score nor a text is an option",
    ),
];

/// Statuses that rightly differ: method, path, answered, documented, reason.
const OTHER_STATUSES: &[(&str, &str, &str, &str, &str)] = &[(
    "post",
    "/attachment/actions",
    "200",
    "202",
    "Webex itself answers 200, and SDKs take nothing else",
)];

struct Contract {
    document: Value,
    walked: BTreeSet<String>,
    excused: BTreeSet<(&'static str, &'static str)>,
    unknown: BTreeSet<(String, String)>,
    differences: Vec<String>,
}

impl Contract {
    fn load() -> Self {
        Contract {
            document: serde_json::from_str(FACTS).unwrap(),
            walked: BTreeSet::new(),
            excused: BTreeSet::new(),
            unknown: BTreeSet::new(),
            differences: Vec::new(),
        }
    }

    /// Notes how one answer differs from the schema of its operation and status; gives its JSON.
    #[track_caller]
    fn check(&mut self, method: &str, path: &str, answer: &Answer) -> Value {
        let answered = answer.status.as_str();
        let status = OTHER_STATUSES
            .iter()
            .find(|row| (row.0, row.1, row.2) == (method, path, answered))
            .map_or(answered, |row| row.3);
        let response = &self.document["paths"][path][method]["responses"][status];
        assert!(
            response.is_object() && answer.status.is_success(),
            "{method} {path} answered {status}: {}",
            answer.text()
        );
        let operation = format!("{method} {path}");
        self.walked.insert(operation.clone());
        let Some(schema) = json_schema(response) else {
            assert!(status != "204" || answer.body.is_empty());
            return Value::Null;
        };
        let body = answer.json(answer.status.as_u16());
        let mut checked = body.clone();
        // The document confuses cards with files of another kind (its schema Attachment).
        remove_attachments(&mut checked);
        let mut root = schema.clone();
        root["components"] = self.document["components"].clone();
        let validator = jsonschema::validator_for(&root).unwrap();
        for error in validator.iter_errors(&checked) {
            let message = error.to_string();
            let excuse = EXCUSED.iter().find(|(of, field, _)| {
                *of == operation && message == format!("\"{field}\" is a required property")
            });
            match excuse {
                Some((of, field, _)) => drop(self.excused.insert((of, field))),
                None => {
                    let place = error.instance_path();
                    self.differences
                        .push(format!("{operation} {place}: {message}"));
                }
            }
        }
        let schema = schema.clone();
        self.check_fields(&schema, &checked);
        body
    }

    /// Notes the fields that the document does not know: of the answer, and of the items in it.
    fn check_fields(&mut self, schema: &Value, value: &Value) {
        let Some(object) = value.as_object() else {
            return;
        };
        let name = schema["$ref"].as_str().unwrap_or("/items");
        let name = name.rsplit('/').next().unwrap().to_owned();
        let schema = self.resolved(schema).clone();
        for (field, value) in object {
            let known = &schema["properties"][field];
            if field == "items" {
                for value in value.as_array().unwrap() {
                    self.check_fields(&known["items"], value);
                }
            } else if known.is_null() {
                self.unknown.insert((name.clone(), field.clone()));
            }
        }
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        match schema["$ref"].as_str() {
            Some(name) => self.document.pointer(name.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    fn all_operations(&self) -> BTreeSet<String> {
        let paths = self.document["paths"].as_object().unwrap().iter();
        let all = paths.flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}"))
        });
        all.collect()
    }
}

/// The schema of an answer that is JSON.
fn json_schema(response: &Value) -> Option<&Value> {
    let content = response["content"].as_object()?;
    let json = content
        .iter()
        .find(|(kind, _)| kind.starts_with("application/json"));
    json.map(|(_, content)| &content["schema"])
}

fn remove_attachments(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.remove("attachments");
        if let Some(items) = object.get_mut("items").and_then(Value::as_array_mut) {
            items.iter_mut().for_each(remove_attachments);
        }
    }
}

#[tokio::test]
async fn every_answer_is_what_ciscos_document_promises() {
    let mut contract = Contract::load();
    let (sandbox, _) = start();
    messaging::walk(&mut contract, &sandbox).await;
    let (sandbox, _) = start();
    meetings::walk(&mut contract, &sandbox).await;

    assert_eq!(contract.differences, [""; 0]);
    let excused = EXCUSED.iter().map(|(of, field, _)| (*of, *field));
    assert_eq!(contract.excused, excused.collect(), "what needs an excuse");
    let undocumented = UNDOCUMENTED.iter();
    let undocumented =
        undocumented.map(|(schema, field, _)| (schema.to_string(), field.to_string()));
    assert_eq!(contract.unknown, undocumented.collect(), "what is unknown");
    let all = contract.all_operations();
    let left: Vec<_> = all.difference(&contract.walked).collect();
    assert!(left.is_empty(), "no answer was checked of {left:#?}");
}
