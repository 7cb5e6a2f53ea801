//! `Link` headers and kept positions: the way to the next page never leaves the configured Webex.
#![no_main]

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, LINK};
use libfuzzer_sys::fuzz_target;
use webex::NextPage;
use webex::messages::{self, ListMessages, Message};
use webex_mcp_fuzz::{Answer, client, run, webex};

fn answer(link: Option<HeaderValue>) -> Answer {
    Answer {
        status: StatusCode::OK,
        header: link.map(|link| (LINK, link)),
        body: Bytes::from_static(br#"{"items":[{"id":"one"}]}"#),
    }
}

fuzz_target!(|data: &[u8]| {
    let (webex, _) = webex(answer(None));
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(next) = NextPage::parse(&webex, text)
    {
        stays(&webex, &next);
        // The invented Webex looks where the request goes.
        let _ = run(async {
            let client = client(answer(None));
            client.next_page::<Message>(&messages::LIST, &next).await
        });
    }
    let Ok(link) = HeaderValue::from_bytes(data) else {
        return;
    };
    let page = run(async {
        let client = client(answer(Some(link)));
        client.messages().list(&ListMessages::in_room("room")).await
    });
    if let Ok(page) = page
        && let Some(next) = page.next
    {
        stays(&webex, &next);
    }
});

/// A position is a path below the base, and means the same when it is read again.
fn stays(webex: &webex::Webex, next: &NextPage) {
    let text = next.as_str();
    assert!(
        text.is_empty() || text.starts_with(['/', '?']),
        "{text:?} is no path"
    );
    assert!(!text.starts_with("//"), "{text:?} names a host");
    assert!(
        !text.contains(char::is_control),
        "{text:?} has control characters"
    );
    let again = NextPage::parse(webex, text);
    assert_eq!(
        again.as_ref().ok(),
        Some(next),
        "{text:?} is read as {again:?}"
    );
}
