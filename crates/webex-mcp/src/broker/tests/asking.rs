//! What a client may ask for, and the way of a person through the pages.

use super::*;

#[tokio::test]
async fn a_client_gets_what_there_is_of_what_it_asks_for() {
    let world = World::new();
    let client = world.client().await;
    for (asked, given) in [
        (
            "spark:rooms_read spark:rooms_write",
            "spark:kms spark:people_read spark:rooms_read",
        ),
        (
            "spark-admin:people_read",
            "spark-admin:people_read spark:kms spark:people_read",
        ),
        (
            "spark:all",
            "spark:kms spark:messages_read spark:people_read spark:rooms_read",
        ),
    ] {
        let question = Question {
            scope: Some(asked.to_owned()),
            ..world.question(&client)
        };
        let (asked, ..) = world.broker.ask(question, offer).await.unwrap();
        assert_eq!(asked.scopes, words(given));
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_here_with_a_way_back_where_that_is_certain() {
    let world = World::new();
    let client = world.client().await;
    type Change = fn(&mut Question);
    let here: [Change; 8] = [
        |it| it.client_id = None,
        |it| it.client_id = Some("client-unknown".to_owned()),
        |it| it.redirect_uri = Some("http://127.0.0.1:1234/callbac".to_owned()),
        |it| it.redirect_uri = Some("http://127.0.0.1:1234/callback/".to_owned()),
        |it| it.redirect_uri = Some("http://localhost:1234/callback".to_owned()),
        |it| it.redirect_uri = Some("https://evil.example/callback".to_owned()),
        |it| it.redirect_uri = Some(String::new()),
        |it| it.state = Some("x".repeat(limits::SIGN_IN_WORD_MAX_BYTES + 1)),
    ];
    for (number, change) in here.iter().enumerate() {
        let mut question = world.question(&client);
        change(&mut question);
        let asked = world.broker.ask(question, offer).await;
        assert!(
            matches!(asked, Err(NotAsked::Here(_))),
            "{number}: {asked:?}"
        );
    }
    let there: [(Change, &str); 15] = [
        (|it| it.response_type = None, "unsupported_response_type"),
        (
            |it| it.response_type = Some("token".to_owned()),
            "unsupported_response_type",
        ),
        (|it| it.code_challenge = None, "invalid_request"),
        (|it| it.code_challenge_method = None, "invalid_request"),
        (
            |it| it.code_challenge_method = Some("plain".to_owned()),
            "invalid_request",
        ),
        (
            |it| it.resource = Some("https://evil.example/mcp/webex".to_owned()),
            "invalid_target",
        ),
        (|it| it.resource = None, "invalid_target"),
        (
            |it| it.scope = Some("spark:unknown".to_owned()),
            "invalid_scope",
        ),
        (
            |it| it.request = Some("e30.e30.".to_owned()),
            "request_not_supported",
        ),
        // Where all of it is in there.
        (
            |it| {
                it.request = Some("e30.e30.".to_owned());
                it.response_type = None;
                it.code_challenge = None;
            },
            "request_not_supported",
        ),
        (
            |it| it.request_uri = Some("https://evil.example/request".to_owned()),
            "request_uri_not_supported",
        ),
        (
            |it| it.response_mode = Some("form_post".to_owned()),
            "invalid_request",
        ),
        (
            |it| it.response_mode = Some("fragment".to_owned()),
            "invalid_request",
        ),
        (
            |it| it.prompt = Some("none".to_owned()),
            "interaction_required",
        ),
        (
            |it| it.prompt = Some("login none".to_owned()),
            "interaction_required",
        ),
    ];
    for (change, error) in there {
        let mut question = world.question(&client);
        change(&mut question);
        let asked = world.broker.ask(question, offer).await;
        // Nobody is sent there unasked: anybody may have registered the client.
        let Err(NotAsked::Back(refused, url)) = asked else {
            panic!("{error}: {asked:?}");
        };
        assert_eq!(refused.error, error);
        assert!(url.starts_with(REDIRECT), "{url}");
        let told = pairs(&Url::parse(&url).unwrap());
        assert_eq!((&*told["error"], &*told["state"]), (error, "the client's"));
    }
}

#[tokio::test]
async fn what_happens_anyway_may_be_asked_for() {
    let world = World::new();
    let client = world.client().await;
    type Change = fn(&mut Question);
    let fine: [Change; 5] = [
        |it| it.response_mode = Some("query".to_owned()),
        |it| it.prompt = Some("consent".to_owned()),
        |it| it.prompt = Some("login select_account".to_owned()),
        |it| it.request = Some(String::new()),
        |it| (it.prompt, it.response_mode) = (Some(String::new()), Some(String::new())),
    ];
    for (number, change) in fine.iter().enumerate() {
        let mut question = world.question(&client);
        change(&mut question);
        assert!(world.broker.ask(question, offer).await.is_ok(), "{number}");
    }
}

#[tokio::test]
async fn nobody_signs_in_for_a_server_that_reaches_nothing() {
    let world = World::new();
    let client = world.client().await;
    let closed = |resource: Option<&str>| {
        offer(resource).map(|offer| Offer {
            is_closed: true,
            ..offer
        })
    };
    let asked = world.broker.ask(world.question(&client), closed).await;
    let Err(NotAsked::Here(refused)) = asked else {
        panic!("{asked:?}");
    };
    assert!(refused.description.contains("broker.registered_scopes"));
}

#[tokio::test]
async fn a_page_and_a_sign_in_are_one_browsers_and_work_once() {
    let world = World::new();
    let client = world.client().await;
    let (asked, ..) = world
        .broker
        .ask(world.question(&client), offer)
        .await
        .unwrap();
    let page = world.broker.seal(&asked, "browser").unwrap();
    assert!(world.broker.unseal::<Asked>(&page, "another").is_err());
    assert!(world.broker.unseal::<Asked>("made up", "browser").is_err());
    let url = world.broker.agreed(asked, "browser", None).await.unwrap();
    let back = world.place.approve(&url, "bob").await;
    let returned = || serde_json::from_value::<Returned>(json!(pairs(&back))).unwrap();
    assert!(world.broker.returned(returned(), "another").await.is_err());
    let told = there(world.broker.returned(returned(), "browser").await);
    assert!(told.as_str().contains("code="), "{told}");
    assert!(world.broker.returned(returned(), "browser").await.is_err());
    assert!(
        world
            .broker
            .returned(Returned::default(), "browser")
            .await
            .is_err()
    );
}

/// A form that is sent again, or from the page before: what was decided first stands.
#[tokio::test]
async fn a_page_is_answered_once_whatever_the_answer_was() {
    let world = World::new();
    let other = world.again();
    let client = world.client().await;
    for (agreed_first, agreed_then) in [(true, true), (true, false), (false, true), (false, false)]
    {
        let asked = world.broker.ask(world.question(&client), offer).await;
        let (asked, ..) = asked.unwrap();
        let answer = async |broker: &Broker, agrees| match agrees {
            true => broker.agreed(asked.clone(), "browser", None).await,
            false => broker.declined(&asked).await,
        };
        let url = answer(&world.broker, agreed_first).await.unwrap();
        for broker in [&world.broker, &other] {
            let refused = answer(broker, agreed_then).await.unwrap_err();
            assert_eq!(refused.error, "invalid_request");
            assert!(refused.description.contains("answered before"));
        }
        if agreed_first {
            let back = world.place.approve(&url, "bob").await;
            let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
            let told = there(world.broker.returned(returned, "browser").await);
            let code = pairs(&told).remove("code").unwrap();
            assert!(world.given(exchange(&client, &code)).await.is_ok());
        }
    }
    // It is remembered for as long as the page could be sent.
    assert_eq!(world.count("consent-page").await, 4);
    world.place.advance(11 * MINUTE);
    world.broker.sweep().await;
    assert_eq!(world.count("consent-page").await, 0);
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_is_over() {
    let world = World::new();
    let client = world.client().await;
    let (asked, ..) = world
        .broker
        .ask(world.question(&client), offer)
        .await
        .unwrap();
    let url = world.broker.agreed(asked, "browser", None).await.unwrap();
    let back = world.place.approve(&url, "bob").await;
    world.place.advance(11 * MINUTE);
    let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
    let refused = world
        .broker
        .returned(returned, "browser")
        .await
        .unwrap_err();
    assert_eq!(refused.error, "invalid_request");
}

#[tokio::test]
async fn who_declines_or_is_of_another_organization_gets_no_code() {
    let world = World::with(|settings| settings.organizations = vec!["another".to_owned()]);
    let client = world.client().await;
    let told = world.signed_in(world.question(&client), "bob").await;
    assert_eq!((&*told["error"], told.get("code")), ("access_denied", None));
    let ask = async || {
        let asked = world.broker.ask(world.question(&client), offer).await;
        asked.unwrap().0
    };
    let declined = world.broker.declined(&ask().await).await.unwrap();
    assert!(declined.contains("error=access_denied"), "{declined}");
    let asked = ask().await;
    let url = world.broker.agreed(asked, "browser", None).await.unwrap();
    let state = pairs(&Url::parse(&url).unwrap())["state"].clone();
    let returned = Returned {
        code: None,
        state: Some(state),
        error: Some("access_denied".to_owned()),
        iss: None,
    };
    let told = there(world.broker.returned(returned, "browser").await);
    assert!(told.as_str().contains("error=access_denied"), "{told}");
}
