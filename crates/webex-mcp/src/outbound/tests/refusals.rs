//! What is never connected to, at first and after a redirect.

use super::*;

async fn refused(names: Names, url: &str) -> NotFetched {
    let world = World::new(names);
    let error = world.get(url).await.unwrap_err();
    assert_eq!(world.heard(), [""; 0], "{url} was asked");
    let text = error.to_string();
    assert!(!text.contains("hush") && !text.contains("://a"), "{text}");
    error
}

#[tokio::test]
async fn a_wrong_url_is_not_even_looked_up() {
    for (url, refusal) in [
        ("http://idp.example.com/document", Refusal::NotHttps),
        ("ftp://idp.example.com/document", Refusal::NotHttps),
        ("file:///etc/passwd", Refusal::NotHttps),
        ("data:text/plain,hush", Refusal::NotHttps),
        ("https://hush@idp.example.com/document", Refusal::UserInfo),
        ("https://:hush@idp.example.com/document", Refusal::UserInfo),
        ("https://a..example.com/?hush", Refusal::Malformed),
        ("https://127.0.0.1/?hush", Refusal::Private),
        ("https://2130706433/", Refusal::Private),
        ("https://0x7f.1/", Refusal::Private),
        ("https://169.254.169.254/latest/meta-data", Refusal::Private),
        ("https://100.100.100.200/", Refusal::Private),
        ("https://[::1]/", Refusal::Private),
        ("https://[::ffff:169.254.169.254]/", Refusal::Private),
        ("https://[64:ff9b::10.0.0.1]/", Refusal::Private),
        ("https://[fd00:ec2::254]/", Refusal::Private),
        ("https://localhost/", Refusal::Private),
        ("https://LOCALHOST./", Refusal::Private),
        ("https://metadata.google.internal/", Refusal::Private),
        ("https://intranet/", Refusal::Private),
    ] {
        let error = refused(USUAL, url).await;
        assert_eq!(error, NotFetched::Refused(refusal), "{url}");
    }
    let long = format!("https://idp.example.com/{}", "x".repeat(3_000));
    let error = refused(USUAL, &long).await;
    assert_eq!(error, NotFetched::Refused(Refusal::Malformed));
}

#[tokio::test]
async fn all_addresses_of_a_name_have_to_be_public() {
    let private = NotFetched::Refused(Refusal::Private);
    for (answer, expected) in [
        ("10.0.0.7", private),
        ("93.184.216.34,127.0.0.1", private),
        ("93.184.216.34,2606:4700::1111,::ffff:10.0.0.1", private),
        ("93.184.216.34,fe80::1", private),
        ("::", private),
        ("", NotFetched::NotResolved),
    ] {
        let names: Names = vec![("idp.example.com", &*vec![answer].leak())].leak();
        let error = refused(names, "https://idp.example.com/document?hush").await;
        assert_eq!(error, expected, "{answer}");
    }
    let error = refused(&[], "https://idp.example.com/document").await;
    assert_eq!(error, NotFetched::NotResolved);
}

/// The address that was judged is the one that is connected to: DNS is not asked a second time, and
/// what it would answer then counts for nothing.
#[tokio::test]
async fn a_name_is_looked_up_once() {
    const REBOUND: Names = &[("idp.example.com", &["93.184.216.34", "127.0.0.1"])];
    let world = World::new(REBOUND);
    let document = world.get("https://idp.example.com/document").await;
    assert_eq!(document.unwrap().status, 200);
    assert_eq!(world.asked(), ["idp.example.com"]);
    // A redirect is a new URL, whose name is judged anew.
    let world = World::new(REBOUND);
    let error = world.get("https://idp.example.com/302?/document").await;
    assert_eq!(
        error.unwrap_err(),
        NotFetched::RedirectedTo(Refusal::Private)
    );
    assert_eq!(world.asked(), ["idp.example.com"; 2]);
    assert_eq!(world.heard().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_judged_as_a_url_of_its_own() {
    for (to, refusal) in [
        ("http://idp.example.com/document", Refusal::NotHttps),
        ("ftp://idp.example.com/document", Refusal::NotHttps),
        ("//127.0.0.1/document", Refusal::Private),
        ("https://169.254.169.254/", Refusal::Private),
        ("https://[::ffff:a9fe:a9fe]/", Refusal::Private),
        ("https://localhost/", Refusal::Private),
        ("https://inside.example.com/document", Refusal::Private),
        ("https://hush@keys.example.com/document", Refusal::UserInfo),
        ("https://a..example.com/", Refusal::Malformed),
        ("https://%00/", Refusal::Malformed),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let world = World::new(USUAL);
            let error = world
                .get(&format!("https://idp.example.com/{status}?{to}"))
                .await;
            let error = error.unwrap_err();
            assert_eq!(error, NotFetched::RedirectedTo(refusal), "{to}");
            assert_eq!(world.heard().len(), 1, "{to} was asked");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}

#[tokio::test]
async fn https_stays_https_for_the_sandbox_too() {
    let rules = Rules {
        may_be_private: true,
        private_hosts: Vec::new(),
        proxy: None,
    };
    let world = World::with(Server::start(), rules, USUAL);
    let to = "https://idp.example.com/302?http://idp.example.com/document";
    let error = world.get(to).await.unwrap_err();
    assert_eq!(error, NotFetched::RedirectedTo(Refusal::NotHttps));
    assert_eq!(world.heard().len(), 1);
}

#[tokio::test]
async fn redirects_are_followed_and_counted() {
    let world = World::new(USUAL);
    let other = "https://idp.example.com/308?https://keys.example.com/document";
    assert_eq!(world.get(other).await.unwrap().body, r#"{"a":1}"#);
    let heard = world.heard();
    assert!(heard[1].contains("host: keys.example.com\r\n"), "{heard:?}");
    assert!(!heard[1].contains("cookie"), "{heard:?}");
    let two = world.get("https://idp.example.com/hops/2").await;
    assert_eq!(two.unwrap().body, "here");
    let three = world.get("https://idp.example.com/hops/3").await;
    assert_eq!(three.unwrap_err(), NotFetched::TooManyRedirects(2));
    let circle = "https://idp.example.com/302?https://idp.example.com/302?";
    let before = world.heard().len();
    let circle = world.get(circle).await.unwrap_err();
    assert_eq!(circle, NotFetched::TooManyRedirects(2));
    assert!(circle.to_string().contains("more than 2 times"), "{circle}");
    let none = NotFetched::TooManyRedirects(0).to_string();
    assert!(!none.contains('0'), "{none}");
    assert_eq!(world.heard().len(), before + 3);
    let nowhere = world.get("https://idp.example.com/nowhere").await;
    assert_eq!(nowhere.unwrap_err(), NotFetched::Status(StatusCode::FOUND));
}

/// A pinned connection still has to prove that it is the host of the URL.
#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let error = refused(USUAL, "https://other.example.org/document").await;
    assert_eq!(
        error,
        NotFetched::Failed(webex::transport::Obstacle::OtherHost)
    );
}

/// The operator's word is for that host alone: what it redirects to has to be of the internet, and
/// plain http is for this machine.
#[tokio::test]
async fn a_host_that_was_named_may_be_private_and_no_other() {
    const INSIDE: Names = &[
        ("idp.example.com", &["10.0.0.7"]),
        ("keys.example.com", &["10.0.0.8"]),
    ];
    let rules = Rules {
        private_hosts: vec![url::Host::parse("idp.example.com").unwrap()],
        ..Rules::default()
    };
    let world = World::with(Server::start(), rules, INSIDE);
    let document = world.get("https://idp.example.com/document").await;
    assert_eq!(document.unwrap().body, r#"{"a":1}"#);
    for (url, refusal) in [
        ("http://idp.example.com/document", Refusal::NotHttps),
        ("https://keys.example.com/document", Refusal::Private),
        ("https://10.0.0.7/document", Refusal::Private),
        ("https://localhost/document", Refusal::Private),
        ("http://localhost/document", Refusal::NotHttps),
    ] {
        let error = world.get(url).await.unwrap_err();
        assert_eq!(error, NotFetched::Refused(refusal), "{url}");
    }
    let to = "https://idp.example.com/302?https://10.0.0.7/document";
    let error = world.get(to).await.unwrap_err();
    assert_eq!(error, NotFetched::RedirectedTo(Refusal::Private));
}
