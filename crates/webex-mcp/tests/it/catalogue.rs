//! Rules that every published tool keeps: its name, its words, its schemas, and what they cost.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use webex::Repeat;
use webex_mcp::servers::listed::{Listed, THEIRS_NOTE};
use webex_mcp::servers::{self, Catalogue, Otherwise, VirtualServer};
use webex_mcp::tool::{DestroysBy, Effect, Kind, Span};

/// Published names never change: skills and allow-lists written for Cisco's server have them.
const MESSAGING: [&str; 24] = [
    "webex-add-membership",
    "webex-create-message",
    "webex-create-space",
    "webex-create-thread-reply",
    "webex-create-webhook",
    "webex-delete-message",
    "webex-delete-space",
    "webex-delete-webhook",
    "webex-download-file",
    "webex-edit-message",
    "webex-get-file-details",
    "webex-get-membership",
    "webex-get-message",
    "webex-get-space",
    "webex-get-thread",
    "webex-get-webhook",
    "webex-remove-membership",
    "webex-search-messages",
    "webex-search-spaces",
    "webex-share-file",
    "webex-update-membership",
    "webex-update-space",
    "webex-update-webhook",
    "webex-upload-file",
];

/// What the strictest host takes, with the server's name in front of it.
const NAME_MAX_CHARS: usize = 40;
/// The whole product is on one server; Windsurf takes 100 tools from all servers together.
const TOOLS_MAX: usize = 80;
/// Hosts cut longer ones.
const DESCRIPTION_MAX_CHARS: usize = 1_000;
const INSTRUCTIONS_MAX_BYTES: usize = 2_048;
/// A token is about four bytes of JSON.
const BYTES_PER_TOKEN: usize = 4;
/// What a model is shown of a tool (name, description, input schema), in the mean and at most.
const SHOWN_MEAN_TOKENS: usize = 240;
const SHOWN_MAX_TOKENS: usize = 500;
/// Scheduling has more to say than everything else.
const SCHEDULING_MAX_TOKENS: usize = 700;
const SCHEDULING: [&str; 2] = ["webex-create-meeting", "webex-update-meeting"];
/// What a model is shown of a whole server.
const SHOWN_TOTAL_TOKENS: [(&str, usize); 4] = [
    ("webex-messaging", 5_800),
    ("webex-suite", 7_500),
    ("webex", 17_000),
    ("webex-compact", 2_500),
];
/// All that a client is sent of a tool: output schema and annotations as well.
const SENT_MEAN_TOKENS: usize = 450;

/// Words of work that is not done.
const UNFINISHED: [&str; 8] = [
    "todo",
    "fixme",
    "xxx",
    "tbd",
    "stub",
    "placeholder",
    "not implemented",
    "for now",
];

/// The only format that all large hosts take; some refuse the whole list for another one.
const FORMATS: [&str; 1] = ["date-time"];

/// The keywords that all large hosts take, in the arguments of a tool.
const KEYWORDS: [&str; 15] = [
    "type",
    "description",
    "enum",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
];

/// Names under which people's words come.
const THEIR_WORDS: [&str; 16] = [
    "agenda",
    "body",
    "comment",
    "description",
    "displayName",
    "fileName",
    "html",
    "label",
    "markdown",
    "name",
    "personDisplayName",
    "reason",
    "subject",
    "text",
    "title",
    "topic",
];

fn servers() -> Vec<Arc<VirtualServer>> {
    servers::all()
}

#[test]
fn a_server_is_made_without_the_schemas_of_its_tools() {
    let entries = Catalogue::whole().entries().to_vec();
    let unmade = entries.into_iter().map(|mut entry| {
        entry.input_schema = || panic!("made before anyone looked");
        entry.output_schema = entry.input_schema;
        entry
    });
    let catalogue = Catalogue::of(unmade);
    for definition in servers::built_in(&catalogue) {
        let server = catalogue.serve(&definition, Otherwise::Token);
        assert!(!server.tools.is_empty(), "{}", server.slug);
    }
}

fn tools() -> Vec<Arc<Listed>> {
    let servers = servers();
    let everything = servers.iter().find(|server| &*server.slug == "webex");
    everything.unwrap().tools.clone()
}

/// Gathers what `wrong` says of each tool; the test fails with all of it at once.
fn every_tool(wrong: impl Fn(&Listed, &mut Vec<String>)) {
    let mut found = Vec::new();
    for tool in tools() {
        let mut of_tool = Vec::new();
        wrong(&tool, &mut of_tool);
        found.extend(
            of_tool
                .into_iter()
                .map(|what| format!("{}: {what}", tool.entry.name)),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Calls `look` with every schema object in `schema`, and the path to it.
fn each_schema<'a>(
    schema: &'a Map<String, Value>,
    path: &str,
    look: &mut impl FnMut(&str, &'a Map<String, Value>),
) {
    look(path, schema);
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, value) in properties {
                    if let Value::Object(property) = value {
                        each_schema(property, &format!("{path}.{name}"), look);
                    }
                }
            }
            (_, Value::Object(inner)) => each_schema(inner, path, look),
            (_, Value::Array(items)) => {
                for item in items.iter().filter_map(Value::as_object) {
                    each_schema(item, path, look);
                }
            }
            _ => {}
        }
    }
}

fn is_nullable(schema: &Map<String, Value>) -> bool {
    let null = json!("null");
    let typed = match schema.get("type") {
        Some(Value::Array(types)) => types.contains(&null),
        other => other == Some(&null),
    };
    let listed = schema.get("enum").and_then(Value::as_array);
    typed || listed.is_some_and(|values| values.contains(&Value::Null))
}

#[test]
fn the_messaging_server_has_exactly_its_24_tools() {
    let servers = servers();
    let messaging = servers
        .iter()
        .find(|server| &*server.slug == "webex-messaging");
    let names: Vec<_> = messaging
        .unwrap()
        .tools
        .iter()
        .map(|tool| tool.entry.name)
        .collect();
    let sorted: BTreeSet<_> = names.iter().copied().collect();
    assert_eq!(sorted.into_iter().collect::<Vec<_>>(), MESSAGING);
    assert_eq!(names.len(), MESSAGING.len(), "a name is listed twice");
}

#[test]
fn names_are_unique_short_and_plain() {
    let names: Vec<_> = tools().iter().map(|tool| tool.entry.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    every_tool(|tool, wrong| {
        let name = tool.entry.name;
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        // What webex-find finds has no noun.
        let has_noun = name.split('-').count() >= 3 || name == "webex-find";
        if !name.starts_with("webex-") || !name.chars().all(is_plain) || !has_noun {
            wrong.push("the name is not of the form webex-<verb>-<noun>".into());
        }
        if name.len() > NAME_MAX_CHARS {
            wrong.push(format!(
                "the name has more than {NAME_MAX_CHARS} characters"
            ));
        }
    });
}

#[test]
fn every_server_is_named_and_finds_its_tools() {
    for server in servers() {
        assert!(
            !server.title.is_empty() && server.id.starts_with("mcp_webex"),
            "{}",
            server.slug
        );
        for tool in &server.tools {
            let found = server.find(Kind::Tool, tool.entry.name).unwrap();
            assert!(
                Arc::ptr_eq(found, tool),
                "{}: {}",
                server.slug,
                tool.entry.name
            );
        }
        assert!(server.find(Kind::Tool, "webex-no-such-tool").is_none());
    }
}

#[test]
fn every_tool_and_every_argument_is_described() {
    every_tool(|tool, wrong| {
        if tool.entry.title.is_empty() {
            wrong.push("it has no title".into());
        }
        if tool.description.len() < 20 || !tool.description.ends_with('.') {
            wrong.push("its description is no sentence".into());
        }
        let mut words = vec![tool.description.to_lowercase()];
        for (name, argument) in properties(&tool.input_schema) {
            match argument.get("description").and_then(Value::as_str) {
                Some(text) if !text.trim().is_empty() => words.push(text.to_lowercase()),
                _ => wrong.push(format!("the argument {name} is not described")),
            }
        }
        for word in UNFINISHED {
            if words.iter().any(|text| text.contains(word)) {
                wrong.push(format!("a description says “{word}”"));
            }
        }
    });
}

fn properties(schema: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

#[test]
fn schemas_are_objects_that_any_client_reads() {
    every_tool(|tool, wrong| {
        let (input, output) = (&tool.input_schema, &tool.output_schema);
        if input.get("additionalProperties") != Some(&Value::Bool(false)) {
            wrong.push("unknown arguments are not refused".into());
        }
        for (end, schema) in [("input", input), ("output", output)] {
            if schema.get("type") != Some(&json!("object")) {
                wrong.push(format!("the root of its {end} is no object"));
            }
            let whole = Value::Object((**schema).clone());
            if let Err(error) = jsonschema::draft202012::meta::validate(&whole) {
                wrong.push(format!("its {end} is no schema of 2020-12: {error}"));
            }
            each_schema(schema, end, &mut |path, schema| {
                let format = schema.get("format").and_then(Value::as_str);
                if let Some(format) = format.filter(|format| !FORMATS.contains(format)) {
                    wrong.push(format!("{path} has the format {format}"));
                }
                if schema.contains_key("$ref") || schema.contains_key("$defs") {
                    wrong.push(format!("{path} is not inline"));
                }
                // The end of a list is told as null, so that a cursor is never just missing.
                if is_nullable(schema) && path != "output.page.cursor" {
                    wrong.push(format!("{path} may be null"));
                }
            });
        }
    });
}

#[test]
fn arguments_use_only_what_every_host_takes() {
    every_tool(|tool, wrong| {
        each_schema(&tool.input_schema, "input", &mut |path, schema| {
            for keyword in schema.keys() {
                if !KEYWORDS.contains(&keyword.as_str()) {
                    wrong.push(format!("{path} has the keyword {keyword}"));
                }
            }
            if !schema.get("type").is_some_and(Value::is_string) {
                wrong.push(format!("{path} has not one type"));
            }
            let values = schema.get("enum").and_then(Value::as_array);
            if values.is_some_and(|values| !values.iter().all(Value::is_string)) {
                wrong.push(format!("{path} lists values that are no text"));
            }
        });
        let required = tool.input_schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !properties(&tool.input_schema).any(|(known, _)| known == name) {
                wrong.push(format!("{name} is required and not described"));
            }
        }
    });
}

#[test]
fn answers_use_only_what_every_host_takes() {
    every_tool(|tool, wrong| {
        let output = &tool.output_schema;
        if properties(output).next().is_none() {
            wrong.push("the root of its output has no fields".into());
        }
        each_schema(output, "output", &mut |path, schema| {
            for keyword in [
                "oneOf",
                "allOf",
                "not",
                "const",
                "default",
                "exclusiveMinimum",
            ] {
                if schema.contains_key(keyword) {
                    wrong.push(format!("{path} has the keyword {keyword}"));
                }
            }
            if schema.get("type") == Some(&json!("array")) && !schema.contains_key("items") {
                wrong.push(format!("{path} has entries of any type"));
            }
            // An error stands where the answer would: that choice is the only one.
            if schema.contains_key("anyOf") && path != "output" {
                wrong.push(format!("{path} is a choice"));
            }
        });
    });
}

/// Whether an argument is an address; `sendEmail` is a flag.
fn is_address(name: &str, argument: &Value) -> bool {
    (name == "email" || name.ends_with("Email")) && argument["type"] == "string"
}

/// Hosts strip bounds, formats and defaults from what a model sees.
#[test]
fn what_keywords_say_stands_in_words_too() {
    every_tool(|tool, wrong| {
        for (name, argument) in properties(&tool.input_schema) {
            let words = argument["description"].as_str().unwrap_or_default();
            let mut says = |keyword: &str, word: &str| {
                if !words.to_lowercase().contains(word) {
                    wrong.push(format!("{name} has {keyword} and does not say {word}"));
                }
            };
            if let Some(most) = argument.get("maximum") {
                says("maximum", &most.to_string());
                says("maximum", "default");
            }
            if argument.get("maxItems") == Some(&json!(1)) {
                says("maxItems", "one");
            }
            if argument.get("minLength") == Some(&json!(0)) {
                says("minLength", "empty");
            }
            if argument.get("format").is_some() {
                says("format", "time");
            }
            if is_address(name, argument) {
                says("an address", "e-mail address");
            }
        }
    });
}

/// The format that is not published is checked all the same.
#[test]
fn addresses_are_checked() {
    let mut checked = 0;
    for tool in tools() {
        let schema = tool.argument_schema().unwrap();
        for (name, argument) in properties(&tool.input_schema) {
            if is_address(name, argument) {
                let of_field = |value: &str| {
                    let arguments = json!({ name: value });
                    let verdict = schema.check(arguments.as_object().unwrap());
                    verdict.is_err_and(|misfit| misfit.path == *name)
                };
                let at = format!("{}: {name}", tool.entry.name);
                assert!(
                    of_field("bob") && of_field("bob@") && of_field("@example.com"),
                    "{at}"
                );
                assert!(!of_field("bob@example.com"), "{at}");
                checked += 1;
            }
        }
    }
    assert!(checked > 0);
}

#[test]
fn lists_and_texts_are_no_longer_than_hosts_read() {
    for server in servers() {
        assert!(server.tools.len() <= TOOLS_MAX, "{}", server.slug);
        let bytes = server.instructions.len();
        assert!(bytes <= INSTRUCTIONS_MAX_BYTES, "{}: {bytes}", server.slug);
    }
    every_tool(|tool, wrong| {
        let mut texts = vec![("its description", tool.description.as_str())];
        for (name, argument) in properties(&tool.input_schema) {
            texts.push((name, argument["description"].as_str().unwrap_or_default()));
        }
        for (what, text) in texts {
            if text.chars().count() > DESCRIPTION_MAX_CHARS {
                wrong.push(format!("{what} is longer than hosts show"));
            }
        }
    });
}

#[test]
fn every_argument_is_bounded() {
    every_tool(|tool, wrong| {
        let checked = tool.checked_schema();
        each_schema(&checked, "input", &mut |path, schema| {
            let is_of = |kind: &str| schema.get("type") == Some(&json!(kind));
            let has = |keyword: &str| schema.contains_key(keyword);
            if is_of("string") && !has("maxLength") && !has("enum") && !has("const") {
                wrong.push(format!("{path} may be of any length"));
            }
            if is_of("array") && !(has("maxItems") && has("items")) {
                wrong.push(format!(
                    "{path} may have any number of entries, or any entries"
                ));
            }
            if is_of("object") && !has("properties") && !has("maxProperties") {
                wrong.push(format!("{path} may have any number of fields"));
            }
        });
        for (name, argument) in properties(&checked) {
            if !["type", "anyOf", "enum"]
                .iter()
                .any(|word| argument.get(word).is_some())
            {
                wrong.push(format!("{name} may be anything"));
            }
        }
    });
}

/// The bounds that go with names: the same argument has the same bound in every tool.
#[test]
fn bounds_are_those_of_the_names() {
    let bounds = [
        ("roomId", 1_024),
        ("messageId", 1_024),
        ("title", 1_024),
        ("personEmail", 1_024),
        ("query", 512),
        ("text", 7_439),
        ("markdown", 7_439),
        ("targetUrl", 2_048),
        ("fileUrl", 2_048),
        ("filter", 2_048),
        ("cursor", 12_288),
        ("confirmationToken", 12_288),
        ("fileName", 255),
        ("uploadId", 64),
    ];
    let mut seen = BTreeSet::new();
    for tool in tools() {
        for (name, argument) in properties(&tool.checked_schema()) {
            if let Some((_, bound)) = bounds.iter().find(|(known, _)| known == name) {
                let at = format!("{}: {name}", tool.entry.name);
                assert_eq!(argument["maxLength"], json!(bound), "{at}");
                seen.insert(name.clone());
            }
            if name == "files" {
                let bounds = (&argument["maxItems"], &argument["items"]["maxLength"]);
                assert_eq!(bounds, (&json!(1), &json!(2_048)), "{}", tool.entry.name);
            }
        }
    }
    assert_eq!(seen.len(), bounds.len(), "only {seen:?} are arguments");
}

#[test]
fn what_people_wrote_is_said_to_be_theirs() {
    let is_noted = |schema: &Map<String, Value>| {
        let description = schema.get("description").and_then(Value::as_str);
        description.is_some_and(|words| words.ends_with(THEIRS_NOTE))
    };
    every_tool(|tool, wrong| {
        each_schema(&tool.output_schema, "output", &mut |path, schema| {
            let field = path.rsplit('.').next().unwrap_or_default();
            if THEIR_WORDS.contains(&field) && !is_noted(schema) {
                wrong.push(format!("{path} is not of the type `Theirs`"));
            }
        });
        let whole = Value::Object((*tool.output_schema).clone()).to_string();
        if whole.contains('$') {
            wrong.push("a keyword of ours is left in its output".into());
        }
    });
}

#[test]
fn policies_say_what_the_operations_do() {
    every_tool(|tool, wrong| {
        let policy = tool.entry.policy;
        let writes = policy
            .operations
            .iter()
            .any(|operation| operation.repeat == Repeat::Write);
        // What was made here is not of Webex.
        let is_ours = tool.entry.name == "webex-get-artifact";
        if policy.operations.is_empty() != is_ours {
            wrong.push("it names no operation of Webex".into());
        }
        if writes == (policy.effect == Effect::Read) {
            wrong.push("its effect is not that of its operations".into());
        }
        if policy.effect == Effect::Read && !policy.idempotent {
            wrong.push("reading twice is reading once".into());
        }
        let verb = tool.entry.name.split('-').nth(1).unwrap_or_default();
        let effect = match verb {
            "get" | "list" | "search" | "find" | "download" | "join" | "catch" | "report"
            | "export" => Effect::Read,
            "delete" | "remove" => Effect::Destroy,
            // It counts as what it does at worst.
            "update" | "sync" | "archive" if !policy.destroys_by.is_empty() => Effect::Destroy,
            _ => Effect::Write,
        };
        if policy.effect != effect {
            wrong.push(format!("{verb} is not {:?}", policy.effect));
        }
        for by in policy.destroys_by {
            let (wanted, kind) = match by {
                DestroysBy::Given("planId") => ("planId", "string"),
                DestroysBy::Given(flag) | DestroysBy::Unset(flag) => (*flag, "boolean"),
                DestroysBy::Replaced("repeat") => ("repeat", "object"),
                DestroysBy::Replaced(text) => (*text, "string"),
                DestroysBy::Removed(list) => (*list, "array"),
            };
            if !properties(&tool.input_schema)
                .any(|(name, argument)| name == wanted && argument["type"] == kind)
            {
                wrong.push(format!(
                    "{wanted}, which makes it destroy, is no {kind} of its"
                ));
            }
        }
        let asks = properties(&tool.input_schema).any(|(name, _)| name == "confirmationToken");
        if asks != (policy.effect == Effect::Destroy) {
            wrong
                .push("confirmationToken belongs to tools that destroy, and to all of them".into());
        }
    });
}

/// As the edge derives them.
fn annotations(tool: &Listed) -> Value {
    let policy = tool.entry.policy;
    json!({
        "readOnlyHint": policy.effect == Effect::Read,
        "destructiveHint": policy.effect == Effect::Destroy,
        "idempotentHint": policy.idempotent,
        "openWorldHint": true,
    })
}

/// Tokens of what a model is shown, and of all that is sent.
fn tokens(tool: &Listed) -> (usize, usize) {
    let mut listed = json!({
        "name": tool.entry.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
    });
    let shown = listed.to_string().len();
    listed["title"] = json!(tool.entry.title);
    listed["outputSchema"] = Value::Object((*tool.output_schema).clone());
    listed["annotations"] = annotations(tool);
    (
        shown.div_ceil(BYTES_PER_TOKEN),
        listed.to_string().len().div_ceil(BYTES_PER_TOKEN),
    )
}

#[test]
fn the_list_costs_a_model_little() {
    let nouns = webex_mcp::tools::NOUNS.iter();
    let workflows: Vec<_> = nouns
        .flat_map(|(_, tools)| tools.iter())
        .filter(|tool| tool.policy.span == Span::Work)
        .map(|tool| tool.name)
        .collect();
    for server in servers() {
        let costs: Vec<_> = server
            .tools
            .iter()
            .map(|tool| (tool.entry.name, tokens(tool)))
            .collect();
        let shown: usize = costs.iter().map(|(_, (shown, _))| shown).sum();
        let sent: usize = costs.iter().map(|(_, (_, sent))| sent).sum();
        let count = costs.len();
        let of =
            |(name, (shown, sent)): &(&str, (usize, usize))| format!("{shown:5} {sent:5} {name}");
        let table = costs.iter().map(of).collect::<Vec<_>>().join("\n");
        let means = (shown / count, sent / count);
        eprintln!(
            "{}: shown {shown} ({}), sent {sent} ({})\n{table}",
            server.slug, means.0, means.1
        );
        // Scheduling needs more words than the rest: the means are of all tools, and of messaging.
        // A workflow stands for many of them, and has the arguments of long work, as other tools have
        // that take a list.
        if ["webex", "webex-messaging"].contains(&&*server.slug) {
            let usual = costs.iter().filter(|(name, _)| !workflows.contains(name));
            let costs: Vec<_> = usual.map(|(_, cost)| *cost).collect();
            let sum = |of: fn(&(usize, usize)) -> usize| costs.iter().map(of).sum::<usize>();
            assert!(
                sum(|cost| cost.0) <= SHOWN_MEAN_TOKENS * costs.len(),
                "{table}"
            );
            assert!(
                sum(|cost| cost.1) <= SENT_MEAN_TOKENS * costs.len(),
                "{table}"
            );
        }
        for (name, (shown, _)) in &costs {
            let max = match SCHEDULING.contains(name) {
                true => SCHEDULING_MAX_TOKENS,
                false => SHOWN_MAX_TOKENS,
            };
            assert!(*shown <= max, "{name}: shown {shown}");
        }
        let total = SHOWN_TOTAL_TOKENS
            .iter()
            .find(|(slug, _)| **slug == *server.slug);
        if let Some((slug, total)) = total {
            assert!(shown <= *total, "{slug}: shown {shown}\n{table}");
        }
    }
}
