//! Lists: paging by link, order, filters, what is refused.

use std::collections::HashSet;

use serde_json::Value;

use crate::{Person, items, person, start, text, with_scopes};

#[tokio::test]
async fn pages_join_to_the_whole_list_without_gap_or_double() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let room = alice.room("CI/CD").await;
    let root = "/v1/rooms?sortBy";
    let lists = [
        (&alice, format!("/v1/messages?roomId={room}"), "7"),
        (
            &alice,
            format!("/v1/messages?roomId={room}&mentionedPeople=me"),
            "1",
        ),
        (&alice, format!("{root}=lastactivity"), "3"),
        (&alice, format!("{root}=created"), "4"),
        (&alice, format!("{root}=id"), "5"),
        (&alice, "/v1/memberships?x=1".to_owned(), "2"),
        (&alice, format!("/v1/memberships?roomId={room}"), "1"),
        (&ada, "/v1/people?unknown=1".to_owned(), "2"),
    ];
    for (who, list, max) in lists {
        let whole = who.ids(&format!("{list}&max=100")).await;
        let pages = who.ids(&format!("{list}&max={max}")).await;
        assert_eq!(whole, pages, "{list}");
        let exact = who.get(&format!("{list}&max={}", whole.len())).await;
        assert_eq!(exact.next(), None, "{list}: the last full page");
        assert_eq!(
            pages.iter().collect::<HashSet<_>>().len(),
            pages.len(),
            "{list}"
        );
    }
}

#[tokio::test]
async fn an_sdk_that_sets_its_parameters_again_still_gets_on() {
    let (_, alice) = start();
    let room = alice.room("Project Unicorn").await;
    let first = alice
        .get(&format!("/v1/messages?roomId={room}&max=10"))
        .await;
    let next = first.next().unwrap();
    let cursor = next.split("cursor=").nth(1).unwrap();
    let again = format!(
        "/v1/messages?cursor={cursor}&max=10&roomId={room}&before=2026-01-05T09:00:00.000Z"
    );
    let second = alice.get(&again).await.json(200);
    let newest = first.json(200)["items"][0]["id"].clone();
    assert!(items(&second).iter().all(|message| message["id"] != newest));
    alice
        .get(&format!("/v1/messages?roomId={room}&cursor=garbage"))
        .await
        .json(400);
}

#[tokio::test]
async fn messages_are_newest_first_and_end_before_what_is_named() {
    let (sandbox, alice) = start();
    let room = alice.room("Project Unicorn").await;
    let list = format!("/v1/messages?roomId={room}");
    let all = alice.get(&list).await.json(200);
    let created: Vec<String> = items(&all)
        .iter()
        .map(|item| text(&item["created"]))
        .collect();
    assert!(created.windows(2).all(|pair| pair[0] >= pair[1]));
    let (third, fourth) = (&items(&all)[2], &items(&all)[3]);
    for filter in [
        format!("beforeMessage={}", text(&third["id"])),
        format!("before={}", text(&third["created"])),
    ] {
        let rest = alice.get(&format!("{list}&{filter}")).await.json(200);
        assert_eq!(rest["items"][0]["id"], fourth["id"], "{filter}");
    }
    let reply = items(&all)
        .iter()
        .find(|item| item.get("parentId").is_some())
        .unwrap();
    let parent = text(&reply["parentId"]);
    let thread = alice
        .get(&format!("{list}&parentId={parent}"))
        .await
        .json(200);
    assert!(!items(&thread).is_empty());
    assert!(
        items(&thread)
            .iter()
            .all(|item| item["parentId"] == parent.as_str())
    );
    let count = items(&all).len();
    sandbox.clock().advance(std::time::Duration::from_secs(60));
    alice.say(&room, "one more").await;
    let more = alice.get(&format!("{list}&max=100")).await.json(200);
    assert!(items(&more).len() > count);
    assert_eq!(more["items"][0]["created"], "2026-01-05T09:01:00.000Z");
}

#[tokio::test]
async fn what_a_list_cannot_be_asked() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let leadership = alice.room("Leadership").await;
    let many = vec!["x"; 86].join(",");
    let cases = [
        ("/v1/messages".to_owned(), 400),
        (format!("/v1/messages?roomId={leadership}"), 404),
        ("/v1/rooms?sortBy=size".to_owned(), 400),
        ("/v1/rooms?type=huge".to_owned(), 400),
        ("/v1/rooms?max=0".to_owned(), 400),
        ("/v1/rooms?max=-1".to_owned(), 400),
        ("/v1/rooms?max=many".to_owned(), 400),
        ("/v1/rooms?max=".to_owned(), 400),
        ("/v1/rooms?max=null".to_owned(), 200),
        ("/v1/rooms?max=5000&unknown=1".to_owned(), 200),
        ("/v1/rooms?orgPublicSpaces=true&type=group".to_owned(), 400),
        ("/v1/rooms?teamId=nonsense".to_owned(), 404),
        (
            "/v1/memberships?personEmail=bob@example.com".to_owned(),
            400,
        ),
        ("/v1/people".to_owned(), 400),
        ("/v1/people?displayName=".to_owned(), 400),
        (format!("/v1/people?id={many}"), 400),
        ("/v1/webhooks?ownedBy=org".to_owned(), 403),
        ("/v1/messages/direct".to_owned(), 400),
        ("/v1/nothing".to_owned(), 404),
    ];
    for (path, status) in cases {
        let answer = bob.get(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
    }
    bob.send("PATCH", "/v1/rooms", None).await.json(405);
}

#[tokio::test]
async fn names_that_two_share_are_ambiguous() {
    let (_, alice) = start();
    let names = |page: Value, field: &str| -> Vec<String> {
        items(&page).iter().map(|item| text(&item[field])).collect()
    };
    let carols = alice.get("/v1/people?displayName=carol").await.json(200);
    assert_eq!(
        names(carols, "displayName"),
        ["Carol Diaz", "Caroline Meyer"]
    );
    let rooms = names(alice.get("/v1/rooms").await.json(200), "title");
    let designs = rooms.iter().filter(|title| title.starts_with("Design"));
    assert_eq!(designs.count(), 2);
    let public = alice.get("/v1/rooms?orgPublicSpaces=true").await.json(200);
    assert_eq!(names(public, "title"), ["Customer Feedback"]);
}

#[tokio::test]
async fn presence_is_left_out_where_webex_leaves_it_out() {
    let (_, alice) = start();
    let id = alice.id().await;
    for (query, has_status) in [
        ("email=alice@example.com".to_owned(), true),
        (
            "email=alice@example.com&excludeStatus=true".to_owned(),
            false,
        ),
        (format!("id={id}"), false),
    ] {
        let page = alice.get(&format!("/v1/people?{query}")).await.json(200);
        assert_eq!(
            page["items"][0]["status"].is_string(),
            has_status,
            "{query}"
        );
    }
}

#[tokio::test]
async fn tokens_are_asked_for() {
    let (sandbox, alice) = start();
    for token in ["", "nonsense", "sandbox-nobody"] {
        let stranger = Person {
            token: token.to_owned(),
            ..alice.clone()
        };
        let problem = stranger.get("/v1/people/me").await.json(401);
        assert!(text(&problem["trackingId"]).starts_with("ROUTER_"));
    }
    let calls = sandbox.faults().calls();
    assert_eq!(calls.len(), 3);
    assert_eq!(
        (calls[0].status, calls[0].principal.as_deref()),
        (Some(401), None)
    );
}

/// Values that Cisco's document lists are the only ones; names that it does not know are ignored.
#[tokio::test]
async fn a_query_has_only_the_values_that_are_documented() {
    let (sandbox, alice) = start();
    let ada = person(&sandbox, "ada");
    let grace = person(&sandbox, "grace");
    let host = alice.id().await;
    let scopes = ["meeting:group_meeting_read"];
    let service = with_scopes(&sandbox, "alice@example.com", &scopes);
    let group = format!("/v1/group/recordings?personId={host}");
    let cases = [
        (&alice, "/v1/meetings?meetingType=", "meeting", "party"),
        (
            &alice,
            "/v1/meetings?meetingType=meeting&state=",
            "ended",
            "over",
        ),
        (&alice, "/v1/meetings?scheduledType=", "webinar", "Webinar"),
        (
            &alice,
            "/v1/meetings?meetingType=meeting&state=ended&hasChat=",
            "false",
            "perhaps",
        ),
        (&alice, "/v1/meetings?siteUrl=", "example.webex.com", "x"),
        (&alice, "/v1/recordings?siteUrl=", "example.webex.com", "x"),
        (
            &alice,
            "/v1/meetingTranscripts?siteUrl=",
            "example.webex.com",
            "x",
        ),
        (
            &alice,
            "/v1/meetings/sessionTypes/3?siteUrl=",
            "example.webex.com",
            "x",
        ),
        (
            &alice,
            "/v1/meetings/trackingCodes?service=All&siteUrl=",
            "example.webex.com",
            "x",
        ),
        (&alice, "/v1/meetings?current=", "false", "2"),
        (
            &alice,
            "/v1/meetings/templates?templateType=",
            "meeting",
            "x",
        ),
        (&alice, "/v1/meetings/templates?isDefault=", "true", "x"),
        (&alice, "/v1/recordings?format=", "MP4", "AVI"),
        (&alice, "/v1/recordings?status=", "deleted", "lost"),
        (&ada, "/v1/admin/recordings?status=", "available", "lost"),
        (
            &ada,
            "/v1/admin/recordings?serviceType=",
            "MeetingCenter",
            "x",
        ),
        (&service, &format!("{group}&format="), "ARF", "AVI"),
        (
            &alice,
            "/v1/people?email=bob@example.com&callingData=",
            "True",
            "yes",
        ),
        (&alice, "/v1/rooms?orgPublicSpaces=", "False", "x"),
        (
            &alice,
            "/v1/meetings?meetingType=meeting&state=ended&hasRecording=",
            "TRUE",
            "x",
        ),
        (&alice, "/v1/people/me?callingData=", "true", "maybe"),
        (&grace, "/v1/events?resource=", "rooms", "message"),
        (&grace, "/v1/events?type=", "ended", "zzz"),
    ];
    for (who, path, right, wrong) in cases {
        let answer = who.get(&format!("{path}{right}")).await;
        assert!(
            answer.status.as_u16() != 400,
            "{path}{right}: {}",
            answer.text()
        );
        who.get(&format!("{path}{wrong}")).await.json(400);
        let unknown = path.rsplit_once(['?', '&']).unwrap().0;
        let glue = if unknown.contains('?') { '&' } else { '?' };
        let ignored = who.get(&format!("{unknown}{glue}_from=x")).await;
        assert!(ignored.status.as_u16() != 400, "{path}: {}", ignored.text());
    }
    // Who is not known is told that first.
    let nobody = person(&sandbox, "nobody");
    nobody.get("/v1/meetings?meetingType=party").await.json(401);
}
