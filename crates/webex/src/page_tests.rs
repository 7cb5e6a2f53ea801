//! Link headers in every form, and next pages that must not lead elsewhere.

use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn base() -> Base {
    Base::parse("https://webexapis.com/v1").unwrap()
}

fn next(values: &[&str]) -> Result<Option<NextPage>, WebexError> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(LINK, HeaderValue::from_str(value).unwrap());
    }
    NextPage::from_headers(&base(), &headers)
}

#[test]
fn the_next_link_is_found_in_every_shape() {
    let url = "https://webexapis.com/v1/people?max=100&before&after=Y2l";
    for value in [
        format!("<{url}>; rel=\"next\""),
        format!("<{url}>; rel=next"),
        format!("<{url}>;title=\"a, b; rel=prev\";rel=\"next\""),
        format!("<{url}>; REL=\"Next\"; title=x"),
        format!("<{url}>; rel=\"last next\""),
        format!("<https://webexapis.com/v1/people>; rel=\"first\", <{url}>; rel=\"next\""),
        format!("<https://elsewhere.example/a,b>; rel=\"help\", <{url}>; rel=\"next\""),
        "</v1/people?max=100&before&after=Y2l>; rel=\"next\"".to_owned(),
    ] {
        let found = next(&[&value]).unwrap().unwrap();
        assert_eq!(
            found.as_str(),
            "/people?max=100&before&after=Y2l",
            "{value}"
        );
    }
    let found = next(&[
        "<https://webexapis.com/v1/people>; rel=prev",
        &format!("<{url}>; rel=next"),
    ]);
    assert!(found.unwrap().is_some(), "the second header counts too");
}

#[test]
fn without_a_next_link_there_is_no_next_page() {
    for value in [
        "",
        "<",
        "<>",
        "nonsense",
        "<https://webexapis.com/v1/people>; rel=\"prev\"",
        "<a>; rel",
    ] {
        assert_eq!(next(&[value]).unwrap(), None, "{value}");
    }
    assert_eq!(next(&[]).unwrap(), None);
}

#[test]
fn a_link_that_leads_away_is_an_error() {
    for url in [
        "https://evil.example/v1/people",
        "http://webexapis.com/v1/people",
        "https://webexapis.com:444/v1/people",
        "https://webexapis.com/other",
        "https://webexapis.com/v1/../admin",
        "//evil.example/v1/people",
    ] {
        let error = next(&[&format!("<{url}>; rel=\"next\"")]).unwrap_err();
        assert!(matches!(error, WebexError::Foreign { .. }), "{url}");
        assert!(!error.to_string().contains("evil"));
    }
}

#[test]
fn a_stray_null_is_dropped() {
    let cases = [
        ("?max=null&cursor=a", "/rooms?cursor=a"),
        ("?cursor=a&max=null", "/rooms?cursor=a"),
        ("?max=null", "/rooms"),
        ("?cursor=max=null", "/rooms?cursor=max=null"),
        ("", "/rooms"),
    ];
    for (query, relative) in cases {
        let link = format!("<https://webexapis.com/v1/rooms{query}>; rel=next");
        assert_eq!(next(&[&link]).unwrap().unwrap().as_str(), relative);
    }
}

#[test]
fn a_link_is_asked_with_what_it_leaves_out() {
    let cases = [
        // Webex's link, the query that was asked, the page's request, and the part of the link
        // beyond the query.
        (
            "/messages?max=20&beforeMessage=b",
            "roomId=r&mentionedPeople=me&max=20",
            "/messages?max=20&beforeMessage=b&roomId=r&mentionedPeople=me",
            "/messages?max=20&beforeMessage=b",
        ),
        (
            "/rooms?cursor=a%3D%3D",
            "",
            "/rooms?cursor=a%3D%3D",
            "/rooms?cursor=a%3D%3D",
        ),
        (
            "/rooms?cursor=a==&teamId=t+1&max=2",
            "teamId=t%201&max=5",
            "/rooms?cursor=a==&teamId=t+1&max=2",
            "/rooms?cursor=a==&max=2",
        ),
        (
            "/people?before&after=x",
            "id=1&id=2",
            "/people?before&after=x&id=1&id=2",
            "/people?before&after=x",
        ),
        ("/rooms", "type=group", "/rooms?type=group", "/rooms"),
        // The list began at a time or a message; the link goes on elsewhere.
        (
            "/messages?beforeMessage=b",
            "roomId=r&before=t",
            "/messages?beforeMessage=b&roomId=r",
            "/messages?beforeMessage=b",
        ),
        (
            "/messages?before=u",
            "roomId=r&beforeMessage=b",
            "/messages?before=u&roomId=r",
            "/messages?before=u",
        ),
        (
            "/messages?cursor=c",
            "before=t&beforeMessage=b&max=2",
            "/messages?cursor=c&max=2",
            "/messages?cursor=c&max=2",
        ),
        // Its own position stays, also where it is the start.
        (
            "/messages?before=t&beforeMessage=b",
            "before=t&roomId=r",
            "/messages?before=t&beforeMessage=b&roomId=r",
            "/messages?before=t&beforeMessage=b",
        ),
        // A link without a position needs the start.
        (
            "/messages?max=2",
            "before=t&roomId=r",
            "/messages?max=2&before=t&roomId=r",
            "/messages?max=2&before=t",
        ),
    ];
    for (link, asked, whole, beyond) in cases {
        let query: Vec<(String, String)> = serde_urlencoded::from_str(asked).unwrap();
        let next = NextPage::on(&base(), link).unwrap().asking(&query).unwrap();
        assert_eq!(next.as_str().replace("%20", "+"), whole);
        let position = next.beyond(&query).unwrap();
        assert_eq!(position.as_str(), beyond);
        let again = position.asking(&query).unwrap();
        assert_eq!(sorted(&again), sorted(&next), "{link}");
    }
}

fn sorted(next: &NextPage) -> Vec<(String, String)> {
    let query = next.as_str().split_once('?').map_or("", |(_, query)| query);
    let mut pairs: Vec<_> = serde_urlencoded::from_str(query).unwrap();
    pairs.sort();
    pairs
}

proptest! {
    #[test]
    fn what_lies_beyond_a_query_brings_the_page_back(
        link in "(\\?|&([a-d]|before|beforeMessage|cursor)(=[a-z%=+]{0,3}){0,2}){0,6}",
        asked in proptest::collection::vec(("[a-d]|before|beforeMessage", "[a-z= ]{0,3}"), 0..5),
    ) {
        let next = NextPage(format!("/rooms?{link}")).asking(&asked).unwrap();
        let again = next.beyond(&asked).unwrap().asking(&asked).unwrap();
        prop_assert_eq!(sorted(&again), sorted(&next));
    }

    #[test]
    fn a_kept_next_page_reads_back(path in "/[a-z]{1,10}(/[a-zA-Z0-9]{1,10})?", query in "(\\?[a-z]{1,5}=[a-zA-Z0-9%=_-]{0,40})?") {
        let first = NextPage::on(&base(), &format!("https://webexapis.com/v1{path}{query}")).unwrap();
        let again = NextPage::on(&base(), first.as_str()).unwrap();
        prop_assert_eq!(first, again);
    }

    #[test]
    fn whatever_is_accepted_stays_on_the_base(text in "(https?:)?[/\\\\]{0,3}[a-z.@:%/?#\\\\]{0,40}") {
        if let Ok(next) = NextPage::on(&base(), &text) {
            let uri = base().uri(next.as_str()).unwrap();
            prop_assert_eq!(uri.host(), Some("webexapis.com"));
            prop_assert!(uri.path().starts_with("/v1/"));
        }
    }

    #[test]
    fn no_header_makes_it_panic(value in "[ -~]{0,80}") {
        let _ = next(&[&value]);
    }

    #[test]
    fn titles_never_hide_or_fake_a_next_link(title in "[ !#-\\[\\]-~]{0,20}") {
        let link = format!("<https://webexapis.com/v1/a>; title=\"{title}\"; rel=\"prev\", <https://webexapis.com/v1/b>; title=\"{title}\"; rel=\"next\"");
        let found = next(&[&link]).unwrap().unwrap();
        prop_assert_eq!(found.as_str(), "/b");
    }
}
