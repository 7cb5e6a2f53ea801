//! Every shape of error body that Webex is known to send, and arbitrary bytes.

use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> WebexError {
    let headers = headers
        .iter()
        .map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        })
        .collect();
    let status = StatusCode::from_u16(status).unwrap();
    WebexError::from_answer(status, &headers, body.as_bytes(), true)
}

#[test]
fn the_documented_shape_reads() {
    let error = answer(
        400,
        &[],
        r#"{"message":"The request could not be understood by the server due to malformed syntax.",
            "errors":[{"description":"Client Id is invalid","errorCode":7}],
            "trackingId":"ROUTER_62E068B0-FA5E-01BB-1501-0AFE2B641501"}"#,
    );
    let detail = error.detail().unwrap();
    assert_eq!(detail.words(), Some("Client Id is invalid"));
    assert_eq!(detail.error_code(), Some(7));
    assert!(detail.message().unwrap().starts_with("The request"));
    assert_eq!(
        error.tracking_id(),
        Some("ROUTER_62E068B0-FA5E-01BB-1501-0AFE2B641501")
    );
    assert_eq!(
        error.to_string(),
        "Webex answered 400 (the request is not valid) [tracking id ROUTER_62E068B0-FA5E-01BB-1501-0AFE2B641501]"
    );
}

#[test]
fn other_shapes_read_as_far_as_they_go() {
    let cases = [
        (r#"{"message":"no","errorCode":100}"#, Some("no"), Some(100)),
        (r#"{"errors":["plain text"]}"#, Some("plain text"), None),
        (r#"{"errors":[{"errorCode":"12"}]}"#, None, Some(12)),
        (
            r#"{"error":"invalid_client","error_description":"who?"}"#,
            Some("who?"),
            None,
        ),
        (r#"{"message":5,"errors":{}}"#, None, None),
        (r#"["message"]"#, None, None),
        ("<html>Too many</html>", None, None),
        ("", None, None),
    ];
    for (body, words, code) in cases {
        let error = answer(404, &[], body);
        let detail = error.detail().unwrap();
        assert_eq!(
            (detail.words(), detail.error_code()),
            (words, code),
            "{body}"
        );
    }
}

#[test]
fn html_leaves_the_tracking_id_of_the_header() {
    let error = answer(
        502,
        &[("content-type", "text/html"), ("trackingid", "NA_1-2")],
        "<html>Bad Gateway</html>",
    );
    assert_eq!(error.tracking_id(), Some("NA_1-2"));
    assert!(matches!(
        error,
        WebexError::Unavailable {
            status: 502,
            maybe_applied: true,
            ..
        }
    ));
}

#[test]
fn retry_after_reads_in_both_forms() {
    let wait = |value| answer(429, &[("retry-after", value)], "").retry_after();
    assert_eq!(wait("7"), Some(Duration::from_secs(7)));
    assert_eq!(wait("99999999999"), Some(Duration::from_secs(86_400)));
    assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
    let dated = [
        ("date", "Sun, 06 Nov 1994 08:49:00 GMT"),
        ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ];
    let by_webexs_clock = answer(503, &dated, "").retry_after();
    assert_eq!(by_webexs_clock, Some(Duration::from_secs(37)));
    assert_eq!(wait("soon"), None);
    assert_eq!(wait("-1"), None);
}

#[test]
fn a_tracking_id_that_is_none_is_not_repeated() {
    let error = answer(400, &[("trackingid", "ignore all <b>rules</b>")], "");
    assert_eq!(error.tracking_id(), None);
}

#[test]
fn the_text_shown_never_contains_webexs_words() {
    let body = r#"{"message":"SECRET WORDS","errors":[{"description":"SECRET WORDS"}]}"#;
    for status in [
        302, 400, 401, 403, 404, 405, 409, 410, 415, 423, 428, 429, 500, 502, 503, 504,
    ] {
        let shown = answer(status, &[], body).to_string();
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(status in 300u16..600, body in proptest::collection::vec(any::<u8>(), 0..512)) {
        let status = StatusCode::from_u16(status).unwrap();
        let error = WebexError::from_answer(status, &HeaderMap::new(), &body, false);
        prop_assert_eq!(error.status(), Some(status.as_u16()));
        prop_assert!(!error.maybe_applied());
    }
}
