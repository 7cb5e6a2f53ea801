//! The sandbox against the operations of the client, and `docs/coverage.md` against both.
//!
//! `UPDATE_DOCS=1 cargo test -p webex-sandbox --test sandbox coverage` writes the page anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use axum::body::Body;
use http::Request;
use serde_json::Value;
use webex::operations::ALL;
use webex::{Operation, Repeat};

use crate::{FACTS, start};

/// What the sandbox says of a path that it does not know, in place of a route's own words.
const UNKNOWN_ROUTE: &str = "The requested resource could not be found.";

fn call(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn group(operation: &Operation) -> &str {
    operation.name.split('.').next().unwrap()
}

/// The others are those that Webex describes in its guides only.
fn is_in_document(facts: &Value, operation: &Operation) -> bool {
    let method = operation.method.as_str().to_ascii_lowercase();
    facts["paths"][operation.path][method].is_object()
}

/// The operations that the sandbox has a route for: without a token it asks who calls.
async fn routed() -> BTreeSet<&'static str> {
    let (_, nobody) = start();
    let mut routed = BTreeSet::new();
    for operation in ALL {
        let request = Request::builder()
            .method(operation.method.clone())
            .uri(format!("/v1{}", operation.path.replace(['{', '}'], "")));
        let answer = nobody.raw(request.body(Body::empty()).unwrap()).await;
        let is_unknown = answer.status == 405
            || (answer.status == 404
                && answer.json(404)["errors"][0]["description"] == UNKNOWN_ROUTE);
        if !is_unknown {
            routed.insert(operation.name);
        }
    }
    routed
}

#[tokio::test]
async fn the_sandbox_has_a_route_for_every_operation_of_the_client() {
    let routed = routed().await;
    let missing = ALL.iter().filter(|one| !routed.contains(one.name));
    let missing: Vec<_> = missing.map(|one| call(one)).collect();
    assert!(missing.is_empty(), "the sandbox lacks {missing:#?}");
}

#[tokio::test]
async fn a_path_or_a_method_that_nobody_knows_is_no_route() {
    let (_, alice) = start();
    let unknown = alice.get("/v1/nowhere").await.json(404);
    assert_eq!(unknown["errors"][0]["description"], UNKNOWN_ROUTE);
    alice.delete("/v1/events").await.json(405);
}

#[tokio::test]
async fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md");
    let page = page(&routed().await);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "docs/coverage.md is stale: UPDATE_DOCS=1 cargo test -p webex-sandbox --test sandbox coverage"
    );
}

fn page(routed: &BTreeSet<&str>) -> String {
    let facts: Value = serde_json::from_str(FACTS).unwrap();
    let is_in_document = |operation: &Operation| is_in_document(&facts, operation);
    let of_document = ALL.iter().filter(|it| is_in_document(it)).count();
    let (all, of_sandbox) = (ALL.len(), routed.len());
    let of_guides = all - of_document;
    let mut page = format!(
        "<!-- Generated from the client's operations: UPDATE_DOCS=1 cargo test -p webex-sandbox --test sandbox coverage -->\n\
        # Coverage of the Webex REST API\n\n\
        The client `webex` has {all} operations: all {of_document} of Cisco's OpenAPI document for messaging and \
        meetings, and {of_guides} that Webex describes in its guides only (files, OAuth, authorizations; marked *guide*). \
        The sandbox `webex-sandbox` answers {of_sandbox} of them.\n\n\
        An operation that *reads* is sent again after a failure that may pass; one that *writes* only where Webex \
        provably did not execute it. The scopes are those of an ordinary user, or of the role that alone may call.\n"
    );
    let mut previous = "";
    for operation in ALL {
        let group = group(operation);
        if group != previous {
            let count = ALL.iter().filter(|other| self::group(other) == group);
            let mark = if is_in_document(operation) {
                ""
            } else {
                ", *guide*"
            };
            let title = group.replace('_', " ");
            write!(page, "\n## {title} ({}{mark})\n\n", count.count()).unwrap();
            page.push_str(
                "| operation | call | kind | scopes | sandbox |\n|---|---|---|---|---|\n",
            );
            previous = group;
        }
        let kind = match operation.repeat {
            Repeat::Read => "reads",
            Repeat::Write => "writes",
        };
        let (name, call) = (operation.name, call(operation));
        let scopes = operation.scopes.join(", ");
        let sandbox = if routed.contains(name) { "yes" } else { "no" };
        writeln!(
            page,
            "| {name} | `{call}` | {kind} | {scopes} | {sandbox} |"
        )
        .unwrap();
    }
    page
}
