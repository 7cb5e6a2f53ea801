//! Pages: one after the other, over empty ones, and never away from the base.

use webex::meetings::{ListMeetings, Meeting, registrants, series, surveys};
use webex::messages::{self, ListMessages, Message};
use webex::{NextPage, Page, WebexError, participants, recordings};

use crate::upstream::{Answer, BASE, Upstream, json};
use crate::wire::refuses;

fn page(items: &str, next: &str) -> Answer {
    let link = format!("<{next}>; rel=\"next\"");
    Answer::Http(
        200,
        vec![("link", link)],
        format!("{{\"items\":[{items}]}}"),
    )
}

async fn list(upstream: &Upstream) -> Result<Page<Message>, WebexError> {
    upstream
        .client()
        .messages()
        .list(&ListMessages::in_room("r"))
        .await
}

#[tokio::test]
async fn the_next_page_is_where_webex_says() {
    let first = page(
        r#"{"id":"1"}"#,
        &format!("{BASE}/messages?max=null&cursor=a%3D&roomId=r"),
    );
    let upstream = Upstream::new([first, json(r#"{"items":[{"id":"2"}]}"#)]);
    let first = list(&upstream).await.unwrap();
    let kept = serde_json::to_value(first.next.as_ref().unwrap()).unwrap();
    let next = NextPage::parse(&upstream.webex(), kept.as_str().unwrap()).unwrap();
    let client = upstream.client();
    let second: Page<Message> = client.next_page(&messages::LIST, &next).await.unwrap();
    assert_eq!(second.items[0].id, "2");
    assert_eq!(second.next, None);
    assert_eq!(
        upstream.lines(),
        [
            "GET /v1/messages?roomId=r",
            "GET /v1/messages?cursor=a%3D&roomId=r"
        ]
    );
}

#[tokio::test]
async fn a_list_with_headers_or_a_body_is_not_continued_without_them() {
    let upstream = Upstream::new([json(r#"{"items":[]}"#)]);
    let client = upstream.client();
    let next = NextPage::parse(client.webex(), "/meetings?offset=10").unwrap();
    for operation in [
        &series::LIST,
        &registrants::QUERY,
        &surveys::LIST_RESULTS,
        &participants::LIST,
        &participants::QUERY,
        &recordings::LIST,
        &recordings::admin::LIST,
        &recordings::admin::GROUP_LIST,
    ] {
        refuses!(client.next_page::<Message>(operation, &next) => "next");
    }
    assert_eq!(upstream.count(), 0);
    let query = ListMeetings {
        timezone: Some("Asia/Tokyo".to_owned()),
        ..Default::default()
    };
    let _: Page<Meeting> = client.next_page(&query, &next).await.unwrap();
    let asked = upstream.asked().pop().unwrap();
    assert_eq!(asked.line, "GET /v1/meetings?offset=10");
    assert_eq!(asked.headers["timezone"], "Asia/Tokyo");
}

#[tokio::test]
async fn an_empty_page_with_a_next_link_is_followed() {
    let next = format!("{BASE}/messages?cursor=b");
    let upstream = Upstream::new([
        page("", &next),
        page("", &next),
        json(r#"{"items":[{"id":"1"}]}"#),
    ]);
    let found = list(&upstream).await.unwrap();
    assert_eq!((found.items.len(), upstream.count()), (1, 3));
}

#[tokio::test]
async fn what_the_link_leaves_out_is_asked_again() {
    // Webex's links of messages lack mentionedPeople: without it the page would be unfiltered.
    let empty = page("", &format!("{BASE}/messages?max=2&beforeMessage=b"));
    let first = page(
        r#"{"id":"1"}"#,
        &format!("{BASE}/messages?max=2&beforeMessage=c"),
    );
    let upstream = Upstream::new([empty, first, json(r#"{"items":[]}"#)]);
    let client = upstream.client();
    let query = ListMessages {
        mentioned_people: Some("me".to_owned()),
        max: Some(2),
        ..ListMessages::in_room("r")
    };
    let found = client.messages().list(&query).await.unwrap();
    let next = found.next.unwrap();
    let _: Page<Message> = client.next_page(&messages::LIST, &next).await.unwrap();
    assert_eq!(
        upstream.lines(),
        [
            "GET /v1/messages?roomId=r&mentionedPeople=me&max=2",
            "GET /v1/messages?max=2&beforeMessage=b&roomId=r&mentionedPeople=me",
            "GET /v1/messages?max=2&beforeMessage=c&roomId=r&mentionedPeople=me",
        ]
    );
}

#[tokio::test]
async fn endless_empty_pages_are_handed_to_the_caller() {
    let upstream = Upstream::new([page("", &format!("{BASE}/messages?cursor=b"))]);
    let found = list(&upstream).await.unwrap();
    assert!(found.items.is_empty() && found.next.is_some());
    assert_eq!(upstream.count(), webex::limits::MAX_EMPTY_PAGES_COUNT + 1);
}

#[tokio::test]
async fn a_link_that_leads_away_is_an_error_and_not_followed() {
    for foreign in [
        "https://evil.example/v1/messages",
        "http://webexapis.com/v1/messages",
        "https://webexapis.com/elsewhere",
    ] {
        let upstream = Upstream::new([page("", foreign)]);
        let error = list(&upstream).await.unwrap_err();
        assert!(matches!(error, WebexError::Foreign { .. }), "{foreign}");
        assert_eq!(upstream.count(), 1);
        assert!(NextPage::parse(&upstream.webex(), foreign).is_err());
    }
}

#[tokio::test]
async fn ids_that_were_not_found_are_told() {
    let upstream = Upstream::new([json(r#"{"items":[],"notFoundIds":["x"]}"#)]);
    let query = webex::people::ListPeople {
        id: Some("x".to_owned()),
        ..Default::default()
    };
    let found = upstream.client().people().list(&query).await.unwrap();
    assert_eq!(found.not_found_ids, ["x"]);
}
