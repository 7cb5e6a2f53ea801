//! What somebody began who had signed in goes on without them, also after the server was killed, and
//! ends honestly once their sign-in is withdrawn.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::signing_in::House;

const BROADCAST: &str = "webex-broadcast-message";
const SCHEDULE: &str = "webex-schedule-message";
/// Longer than a server takes to find what another one left.
const TRIES: usize = 1_200;
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

/// Somebody's sign-in with a client of their own.
struct SignedIn {
    client: String,
    token: String,
}

impl House {
    async fn sign_in(&self, who: &str) -> SignedIn {
        let client = self.register().await;
        let given = self.token(&client, who, None).await;
        SignedIn {
            client,
            token: given["access_token"].as_str().unwrap().to_owned(),
        }
    }

    async fn revoke(&self, signed_in: &SignedIn) {
        let fields = [
            ("client_id", &*signed_in.client),
            ("token", &signed_in.token),
        ];
        let revoked = self.form("/oauth/revoke", &fields).await;
        assert_eq!(revoked.0, StatusCode::OK);
    }

    /// What a tool answers to a call with this sign-in.
    async fn told(&self, signed_in: &SignedIn, tool: &str, arguments: Value) -> Value {
        let bearer = format!("Bearer {}", signed_in.token);
        let headers = [("authorization", &*bearer)];
        let (_, answer) = self.called("webex", &headers, tool, arguments).await;
        answer["result"]["structuredContent"].clone()
    }

    async fn scheduled(&self, signed_in: &SignedIn, text: &str, seconds: i64) -> Value {
        let now = jiff::Timestamp::now().as_second();
        let at = jiff::Timestamp::from_second(now + seconds).unwrap();
        let asked =
            json!({"toPersonEmail": "carol@example.com", "text": text, "at": at.to_string()});
        let told = self.told(signed_in, SCHEDULE, asked).await;
        assert!(told["code"].is_null(), "{told}");
        told["schedules"][0].clone()
    }

    /// How a schedule stands once it has ended.
    async fn ended(&self, signed_in: &SignedIn, one: &Value) -> Value {
        for _ in 0..TRIES {
            let look = json!({"scheduleId": one["scheduleId"]});
            let told = self.told(signed_in, SCHEDULE, look).await;
            let one = &told["schedules"][0];
            if one["status"] == "ended" {
                return one.clone();
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        panic!("it did not end");
    }

    fn slow_messages(&self, times: u32, delay_ms: u64) {
        let slow = webex_sandbox::Fault::Slow { delay_ms };
        let faults = self.sandbox.faults();
        faults.next_on(times, "POST", "/v1/messages", slow);
    }

    async fn is_sending(&self) {
        for _ in 0..TRIES {
            let calls = self.sandbox.faults().calls();
            if calls
                .iter()
                .any(|call| call.method == "POST" && call.path == "/v1/messages")
            {
                return;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        panic!("nothing was sent");
    }

    /// Waits until Bob has written this to somebody, once.
    async fn has_got(&self, text: &str, who: &str) {
        for _ in 0..TRIES {
            match self.written(text, who).await {
                0 => tokio::time::sleep(BETWEEN_TRIES).await,
                times => return assert_eq!(times, 1, "{who}"),
            }
        }
        panic!("{who} got nothing");
    }

    /// How often Bob wrote this to somebody.
    async fn written(&self, text: &str, who: &str) -> usize {
        let url = format!(
            "http://{}/v1/messages/direct?personEmail=bob@example.com",
            self.webex
        );
        let asked = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(url);
        let listed = asked
            .bearer_auth(format!("sandbox-{who}"))
            .send()
            .await
            .unwrap();
        listed.text().await.unwrap().matches(text).count()
    }
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_the_work_and_the_schedules_of_somebody_who_signed_in_go_on() {
    let mut house = House::new(&[]).await;
    let bob = house.sign_in("bob").await;
    let gone = house.sign_in("bob").await;
    let kept = house.scheduled(&bob, "kept by Bob", 8).await;
    let ended = house.scheduled(&gone, "ended by Bob", 8).await;
    let people = ["carol", "dave", "alice"].map(|name| format!("{name}@example.com"));
    house.sandbox.faults().forget_calls();
    house.slow_messages(1, 2_000);
    let broadcast = json!({"toPersonEmails": people, "text": "sent by Bob"});
    let (told, ()) = tokio::join!(house.told(&bob, BROADCAST, broadcast), async {
        house.is_sending().await;
        house.revoke(&gone).await;
        house.kill();
    });
    assert!(
        told.is_null(),
        "it was answered before the server was killed: {told}"
    );
    house.restart().await;
    // What was on its way when the server was killed may be unknown; the others have it.
    let mut got = [0; 3];
    for _ in 0..TRIES {
        for (times, name) in got.iter_mut().zip(["carol", "dave", "alice"]) {
            *times = house.written("sent by Bob", name).await;
        }
        if got.iter().sum::<usize>() >= 2 {
            break;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    assert!(
        got.iter().sum::<usize>() >= 2 && got.iter().all(|times| *times <= 1),
        "{got:?}"
    );
    let kept = house.ended(&bob, &kept).await;
    assert_eq!(kept["recent"][0]["became"], "sent", "{kept}");
    house.has_got("kept by Bob", "carol").await;
    let ended = house.ended(&bob, &ended).await;
    assert_eq!(ended["recent"][0]["became"], "refused", "{ended}");
    assert!(ended.to_string().contains("sign in again"), "{ended}");
    assert_eq!(house.written("ended by Bob", "carol").await, 0);
}

#[tokio::test(crate = "crate::journey", flavor = "multi_thread", worker_threads = 2)]
async fn the_work_of_a_sign_in_that_was_withdrawn_ends_with_what_to_do() {
    let mut house = House::new(&[]).await;
    let bob = house.sign_in("bob").await;
    let gone = house.sign_in("bob").await;
    let people = ["carol", "dave", "alice"].map(|name| format!("{name}@example.com"));
    house.sandbox.faults().forget_calls();
    house.slow_messages(1, 2_000);
    let broadcast = json!({"toPersonEmails": people, "text": "half sent by Bob"});
    tokio::join!(house.told(&gone, BROADCAST, broadcast.clone()), async {
        house.is_sending().await;
        house.revoke(&gone).await;
        house.kill();
    });
    house.restart().await;
    // The same call again is told what became of the work.
    let over = house.told(&bob, BROADCAST, broadcast).await;
    assert_eq!(over["code"], "unauthorized", "{over}");
    assert!(
        over["advice"].to_string().contains("sign in again"),
        "{over}"
    );
    let mut got = 0;
    for name in ["carol", "dave", "alice"] {
        got += house.written("half sent by Bob", name).await;
    }
    assert!(got <= 1, "{got}");
}
