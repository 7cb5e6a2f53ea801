//! Cursors of lists: every page is asked what the first one was asked, whatever Webex's links say.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::LINK;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde_json::{Value, json};
use url::form_urlencoded;
use webex_mcp::limits::{LIST_MAX_ENTRIES, SEALED_MAX_BYTES};

use crate::world::World;

/// The longest that the client follows.
const LONG_BYTES: usize = webex::limits::MAX_NEXT_PAGE_BYTES - 256;
const PADDING: &str = "padding";

/// A world whose links to the next page are changed on their way out; the padding that was put
/// into one is dropped on its way back.
fn world(change: impl Fn(&str) -> String + Clone + Send + Sync + 'static) -> World {
    World::through(move |router: Router| {
        router.layer(from_fn(move |mut request: Request, next: Next| {
            let change = change.clone();
            async move {
                let uri = without(&request.uri().to_string(), &[PADDING]);
                *request.uri_mut() = uri.parse().unwrap();
                let mut response: Response<Body> = next.run(request).await;
                if let Some(link) = response.headers().get(LINK) {
                    let link = link.to_str().unwrap();
                    let target = link.trim_start_matches('<').split('>').next().unwrap();
                    let link = format!("<{}>; rel=\"next\"", change(target));
                    response.headers_mut().insert(LINK, link.parse().unwrap());
                }
                response
            }
        }))
    })
}

/// A target without some of its parameters.
fn without(target: &str, names: &[&str]) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_owned();
    };
    let pairs = form_urlencoded::parse(query.as_bytes());
    let kept = pairs.filter(|(name, _)| !names.contains(&name.as_ref()));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish();
    format!("{path}?{query}")
}

/// Every entry of a list, page by page of these sizes.
async fn pages(
    world: &World,
    who: &str,
    tool: &str,
    asked: &Value,
    sizes: &[u32],
) -> (Vec<Value>, Vec<String>) {
    let (mut seen, mut cursors) = (Vec::new(), Vec::new());
    let mut asked = asked.clone();
    for max in sizes.iter().cycle().take(60) {
        asked["max"] = json!(max);
        let facts = world.facts(who, tool, asked.clone()).await;
        let (_, entries) = facts
            .as_object()
            .unwrap()
            .iter()
            .find(|(_, value)| value.is_array())
            .unwrap();
        seen.extend(entries.as_array().unwrap().clone());
        let Some(cursor) = facts["page"]["cursor"].as_str() else {
            return (seen, cursors);
        };
        cursors.push(cursor.to_owned());
        asked["cursor"] = json!(cursor);
    }
    panic!("{tool}: the list has no end");
}

async fn messages_of_ci(world: &World) -> Value {
    let room = json!({"roomId": "CI/CD", "mentionedPeople": "me"});
    let id = world
        .facts("alice", "webex-get-space", json!({"roomId": "CI/CD"}))
        .await;
    for _ in 0..5 {
        let mention = json!({"roomId": id["spaces"][0]["id"], "markdown": "<@personEmail:ci-bot@webex.bot> run"});
        world.facts("alice", "webex-create-message", mention).await;
    }
    room
}

#[tokio::test(crate = "crate::journey")]
async fn a_filter_that_a_link_leaves_out_is_asked_again() {
    let honest = World::new();
    let forgetful = world(|target| {
        without(
            target,
            &["mentionedPeople", "parentId", "teamId", "type", "roomId"],
        )
    });
    for (who, tool, asked) in [
        (
            "ci-bot",
            "webex-get-message",
            messages_of_ci(&forgetful).await,
        ),
        ("alice", "webex-get-space", json!({"type": "direct"})),
        (
            "alice",
            "webex-search-spaces",
            json!({"query": "e", "type": "group"}),
        ),
        (
            "alice",
            "webex-get-membership",
            json!({"roomId": "Engineering"}),
        ),
    ] {
        messages_of_ci(&honest).await;
        let (whole, _) = pages(&forgetful, who, tool, &asked, &[LIST_MAX_ENTRIES]).await;
        let (paged, cursors) = pages(&forgetful, who, tool, &asked, &[2]).await;
        assert!(!cursors.is_empty(), "{tool}");
        assert_eq!(paged, whole, "{tool}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn the_longest_link_makes_a_cursor_that_opens() {
    let long = world(|target| {
        format!(
            "{target}&{PADDING}={}",
            "x".repeat(LONG_BYTES - target.len())
        )
    });
    for (tool, asked) in [
        ("webex-get-space", json!({})),
        ("webex-search-spaces", json!({"query": "e"})),
        ("webex-get-message", json!({"roomId": "Project Unicorn"})),
        (
            "webex-get-message",
            json!({"personEmail": "bob@example.com"}),
        ),
        ("webex-get-membership", json!({"roomId": "Engineering"})),
    ] {
        let (whole, _) = pages(&long, "alice", tool, &asked, &[LIST_MAX_ENTRIES]).await;
        let (paged, cursors) = pages(&long, "alice", tool, &asked, &[3]).await;
        assert_eq!(paged, whole, "{tool}");
        assert!(
            cursors
                .iter()
                .all(|cursor| cursor.len() <= SEALED_MAX_BYTES)
        );
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_cursor_does_not_repeat_what_was_asked() {
    let world = World::new();
    let asked = json!({"roomId": "Project Unicorn"});
    let (_, cursors) = pages(&world, "alice", "webex-get-message", &asked, &[20]).await;
    // Neither the path's host nor the space's id: about the sandbox's own position.
    assert!(cursors[0].len() < 260, "{}", cursors[0].len());
}

#[tokio::test(crate = "crate::journey")]
async fn another_size_on_the_way_loses_and_repeats_nothing() {
    let world = World::new();
    let long = "long ".repeat(1_200);
    for number in 0..30 {
        let message = json!({"roomId": "Design System", "text": format!("{number} {long}")});
        world.facts("alice", "webex-create-message", message).await;
    }
    for asked in [
        json!({"roomId": "Design System"}),
        json!({"personEmail": "bob@example.com"}),
    ] {
        let tool = "webex-get-message";
        let (whole, _) = pages(&world, "alice", tool, &asked, &[7]).await;
        // A page of 100 long messages ends early, and the next one is asked for in another size.
        for sizes in [&[100, 3][..], &[5, 100], &[100, 1, 50]] {
            let (paged, _) = pages(&world, "alice", tool, &asked, sizes).await;
            assert_eq!(paged, whole, "{sizes:?}");
        }
    }
}
