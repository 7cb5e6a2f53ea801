//! Sends one message to many spaces and people.

mod destinations;
mod mailing;
mod render;

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{memberships, messages, people, rooms};

use crate::error::CallError;
use crate::limits::BROADCAST_MAX_DESTINATIONS;
use crate::tool::plan;
use crate::tool::{Context, Policy, Question, Span, Tool};
use mailing::Mailing;
use render::Broadcast;

/// Sends the same message to many spaces (rooms, channels) or people at once: a broadcast or mass
/// announcement, also to all spaces of a team. Above 10 it plans first: repeat it with the planId.
/// To one: webex-create-message.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// The spaces: ids, links or titles.
    #[schemars(length(max = BROADCAST_MAX_DESTINATIONS))]
    pub(super) room_ids: Option<Vec<String>>,
    /// To people: e-mail addresses.
    #[schemars(length(max = BROADCAST_MAX_DESTINATIONS), inner(email))]
    pub(super) to_person_emails: Option<Vec<String>>,
    /// All your spaces of this team: id or name.
    pub(super) team_id: Option<String>,
    /// Plain text.
    pub(super) text: Option<String>,
    /// In Markdown.
    pub(super) markdown: Option<String>,
    /// true: only plans.
    pub(super) dry_run: Option<bool>,
    /// To send a plan, alone.
    pub(super) plan_id: Option<String>,
}

pub struct BroadcastMessage;

impl Tool for BroadcastMessage {
    const NAME: &'static str = "webex-broadcast-message";
    const TITLE: &'static str = "Send a message to many";
    const POLICY: Policy = Policy {
        span: Span::Work,
        operations: &[
            &messages::CREATE,
            &messages::LIST,
            &messages::LIST_DIRECT,
            &rooms::LIST,
        ],
        courtesy: &[&memberships::LIST, &people::ME],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Broadcast;

    async fn call(context: &Context, arguments: Arguments) -> Result<Broadcast, CallError> {
        match arguments.plan()? {
            Some(id) => plan::apply::<Mailing>(context, id).await,
            None => Mailing::begun(context, arguments).await,
        }
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        let at_once = Mailing::at_once(context, arguments.clone());
        plan::question(context, arguments.plan()?, at_once).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use webex::messages::ListMessages;

    use super::*;
    use crate::error::Code::{Conflict, InvalidArguments, NotFound, Unauthorized};
    use crate::limits::PLANNED_ABOVE_ITEMS;
    use crate::tools::check::{World, alice, bob, check, with};
    use crate::tools::workflows::asking_tests::agreed;
    use webex_sandbox::Fault;

    const ALL: usize = PLANNED_ABOVE_ITEMS + 2;
    const ALICE: (&str, &str) = ("alice", BroadcastMessage::NAME);

    /// Spaces that Alice makes.
    async fn spaces(world: &World, count: usize) -> Vec<String> {
        let client = world.client("alice");
        let mut made = Vec::new();
        for number in 0..count {
            let room = rooms::CreateRoom {
                title: format!("Announcements {number}"),
                ..Default::default()
            };
            made.push(client.rooms().create(&room).await.unwrap().id);
        }
        made
    }

    /// How often the newest messages of these spaces have this text.
    async fn times(world: &World, spaces: &[String], text: &str) -> Vec<usize> {
        let mut times = Vec::new();
        for space in spaces {
            let query = ListMessages::in_room(space.clone());
            let listed = world.client("alice").messages().list(&query).await.unwrap();
            let said = listed.items.iter().filter(|one| one.text() == Some(text));
            times.push(said.count());
        }
        times
    }

    /// What its owner finds at the end.
    async fn ended(world: &World, look: &Value) -> Value {
        for _ in 0..1_000 {
            let looked = broadcast(world, look.clone()).await;
            if looked["status"] != "running" {
                return looked;
            }
        }
        panic!("it did not end");
    }

    async fn broadcast(world: &World, arguments: Value) -> Value {
        world
            .facts("alice", BroadcastMessage::NAME, arguments)
            .await
    }

    #[tokio::test]
    async fn a_few_are_sent_to_at_once_and_each_is_told() {
        let world = World::new();
        let arrived = json!({"status": "finished", "sent": 2, "notSent": 0, "deliveries": [
            {"space": "Project Unicorn", "became": "sent", "messageId": "*"},
            {"toPersonEmail": "carol@example.com", "became": "sent", "messageId": "*"}]});
        let both = json!({"roomIds": ["Project Unicorn", "Project Unicorn"],
            "toPersonEmails": ["Carol@example.com", " carol@example.com "], "text": "hello"});
        let nobody = json!({"roomIds": ["Engineering"], "toPersonEmails": ["nobody@nowhere.example"],
            "markdown": "**hello**"});
        let partly = json!({"sent": 1, "notSent": 1, "deliveries": [{"became": "sent"},
            {"toPersonEmail": "nobody@nowhere.example", "became": "refused", "why": "*"}]});
        check::<BroadcastMessage>(
            &world,
            [
                alice(both).answers(arrived),
                alice(nobody).answers(partly),
                alice(json!({"text": "hello"})).refused(InvalidArguments, "`roomIds`"),
                alice(json!({"roomIds": [], "text": "hello"}))
                    .refused(InvalidArguments, "`roomIds`"),
                alice(json!({"toPersonEmails": ["carol@example.com"]}))
                    .refused(InvalidArguments, "`text`"),
                alice(json!({"toPersonEmails": ["Carol"], "text": "hello"}))
                    .refused(InvalidArguments, "`toPersonEmails[0]`"),
                alice(json!({"toPersonEmails": ["a@b.c, d@"], "text": "hello"}))
                    .refused(InvalidArguments, "`toPersonEmails[0]`"),
                alice(json!({"toPersonEmails": ["carol@example.com"], "text": "x".repeat(7_440)}))
                    .refused(InvalidArguments, "`text`"),
                alice(json!({"roomIds": ["No such space"], "text": "hello"}))
                    .refused(NotFound, "`roomIds[0]`"),
                alice(json!({"cancel": true})).refused(InvalidArguments, "`cancel`"),
                alice(json!({"workId": "0", "text": "hello"}))
                    .refused(InvalidArguments, "`workId`"),
                alice(json!({"workId": "0"})).refused(NotFound, "`workId`"),
                alice(json!({"planId": "0"})).refused(NotFound, "`planId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn whom_it_mentions_is_told_of_each_and_of_the_plan() {
        let world = World::new();
        let words = "<@all> @Bob Smith and @Grace Lindqvist";
        let asked = json!({"roomIds": ["Project Unicorn", "Design System"], "text": words});
        let dry = with(asked.clone(), "dryRun", true);
        let given =
            json!({"status": "planned", "mentions": ["@all", "@Bob Smith", "@Grace Lindqvist"]});
        let told = json!({"note": "*", "deliveries": [
            {"mentions": ["@all", "bob@example.com"], "mentionsNobody": ["@Grace Lindqvist"]},
            {"mentions": ["@all"], "mentionsNobody": ["@Bob Smith", "@Grace Lindqvist"]}]});
        let plain = json!({"roomIds": ["Project Unicorn"], "text": "a@b.example"});
        let nothing =
            json!({"note": null, "deliveries": [{"mentions": null, "mentionsNobody": null}]});
        check::<BroadcastMessage>(
            &world,
            [
                alice(dry).answers(given),
                alice(asked.clone()).answers(told),
                alice(plain).answers(nothing),
            ],
        )
        .await;
        let text = world.call("alice", BroadcastMessage::NAME, asked).await;
        let text = text.unwrap().text;
        assert!(text.contains(", messageId: "), "{text}");
        assert!(text.contains("@Grace Lindqvist notifies nobody."), "{text}");
    }

    #[tokio::test]
    async fn what_webex_said_of_a_refusal_is_told() {
        let world = World::new();
        let nobody =
            json!({"toPersonEmails": ["eve@example.com", "bob@example.com"], "text": "hi"});
        let told = json!({"deliveries": [{"became": "refused", "why": "*", "webexMessage": "*"}, {"became": "sent"}]});
        check::<BroadcastMessage>(&world, [alice(nobody.clone()).answers(told)]).await;
        let text = world
            .call("alice", BroadcastMessage::NAME, nobody)
            .await
            .unwrap()
            .text;
        assert!(
            text.contains("No person has this e-mail address."),
            "{text}"
        );
        assert!(text.contains("Webex said:\n> "), "{text}");
    }

    #[tokio::test]
    async fn names_in_one_text_are_asked_for_as_a_list() {
        let asked = json!({"roomIds": "General, Engineering", "text": "hello"});
        let world = World::new();
        let error = world.call("alice", BroadcastMessage::NAME, asked).await;
        let error = error.unwrap_err();
        assert_eq!(error.code, NotFound);
        let list = r#"["General", "Engineering"]"#;
        assert!(error.advice.contains(list), "{}", error.advice);
    }

    #[tokio::test]
    async fn a_person_gets_it_once_by_space_and_by_address() {
        let world = World::new();
        let note = json!({"toPersonEmail": "carol@example.com", "text": "before"});
        let direct = world.facts("alice", "webex-create-message", note).await["roomId"].clone();
        let both = json!({"roomIds": [direct, "Project Unicorn"], "text": "hello", "toPersonEmails":
            ["Carol@example.com", "bob@example.com", "alice@example.com"]});
        // Who is a member of a group is written to all the same, and so is the sender.
        let sent = json!({"deliveries": [
            {"roomId": "*", "toPersonEmail": null}, {"space": "Project Unicorn"},
            {"toPersonEmail": "bob@example.com"}, {"toPersonEmail": "alice@example.com"}]});
        check::<BroadcastMessage>(&world, [alice(both).answers(sent)]).await;
    }

    #[tokio::test]
    async fn what_became_of_each_says_what_to_do_next() {
        let world = World::new();
        let all = spaces(&world, 2).await;
        second(&world, 1, 403, None);
        let told = broadcast(&world, json!({"roomIds": all, "text": "one"})).await;
        let why = told["deliveries"][1]["why"].as_str().unwrap();
        assert!(why.matches(". ").count() > 0, "{why}");
        second(&world, 1, 401, None);
        let told = broadcast(&world, json!({"roomIds": all, "text": "two"})).await;
        let because = told["endedBecause"].as_str().unwrap();
        assert!(because.matches(". ").count() > 0, "{because}");
    }

    #[tokio::test]
    async fn many_are_planned_first_and_the_plan_is_what_is_sent() {
        let world = World::new();
        let all = spaces(&world, ALL).await;
        let asked = json!({"roomIds": all, "text": "planned"});
        let plan = broadcast(&world, asked).await;
        assert_eq!(
            (
                &plan["status"],
                plan["deliveries"].as_array().unwrap().len()
            ),
            (&json!("planned"), ALL)
        );
        assert_eq!(plan["deliveries"][0]["space"], "Announcements 0");
        assert_eq!(times(&world, &all, "planned").await, vec![0; ALL]);
        let apply = json!({"planId": plan["planId"]});
        check::<BroadcastMessage>(
            &world,
            [
                bob(apply.clone()).refused(NotFound, "`planId`"),
                alice(with(apply.clone(), "text", "other")).refused(InvalidArguments, "`planId`"),
                alice(apply).answers(json!({"status": "finished", "sent": ALL, "planId": null})),
            ],
        )
        .await;
        assert_eq!(times(&world, &all, "planned").await, vec![1; ALL]);
        let dry = json!({"roomIds": [all[0]], "text": "dry", "dryRun": true});
        assert_eq!(broadcast(&world, dry).await["status"], "planned");
        assert_eq!(times(&world, &all[..1], "dry").await, [0]);
    }

    #[tokio::test]
    async fn a_plan_is_sent_once_however_often_it_is_applied() {
        let world = World::new();
        let all = spaces(&world, ALL).await;
        let plan = broadcast(&world, json!({"roomIds": all, "text": "once"})).await;
        let apply = json!({"planId": plan["planId"]});
        let at_once = || world.call("alice", BroadcastMessage::NAME, apply.clone());
        let (one, two) = tokio::join!(at_once(), at_once());
        assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
        let later = at_once().await.unwrap_err();
        assert_eq!(later.code, Conflict, "{later:?}");
        let work = later
            .advice
            .split_whitespace()
            .find(|word| word.len() == 36);
        let sent = broadcast(&world, json!({"workId": work.unwrap()})).await;
        assert_eq!(sent["sent"], ALL);
        assert_eq!(times(&world, &all, "once").await, vec![1; ALL]);
    }

    /// The second message gets this answer, so often.
    fn second(world: &World, times: u32, code: u16, retry_after_secs: Option<u64>) {
        let faults = world.sandbox.faults();
        let refused = Fault::Status {
            code,
            retry_after_secs,
            html: false,
        };
        let post = |times, fault| faults.next_on(times, "POST", "/v1/messages", fault);
        post(1, Fault::Slow { delay_ms: 0 });
        post(times, refused);
    }

    #[tokio::test]
    async fn what_ends_it_early_is_told_with_what_was_sent() {
        let world = World::new();
        let all = spaces(&world, 3).await;
        for (code, wait, why) in [
            (401, None, "refused the access token"),
            (429, Some(2 * 60 * 60), "limiting the rate"),
        ] {
            second(&world, 1, code, wait);
            let text = format!("early {code}");
            let told = broadcast(&world, json!({"roomIds": all, "text": text})).await;
            let because = told["endedBecause"].as_str().unwrap();
            assert!(because.contains(why), "{because}");
            assert_eq!(
                (&told["status"], &told["sent"], &told["notSent"]),
                (&json!("incomplete"), &json!(1), &json!(2))
            );
            assert_eq!(times(&world, &all, &text).await, [1, 0, 0]);
        }
        // Before anything was sent, it is an error as of any call. (Here nobody was told to wait.)
        let world = World::new();
        let all = spaces(&world, 3).await;
        let refused = Fault::Status {
            code: 401,
            retry_after_secs: None,
            html: false,
        };
        world
            .sandbox
            .faults()
            .next_on(1, "POST", "/v1/messages", refused);
        let asked = json!({"roomIds": all, "text": "never"});
        let refused = world.call("alice", BroadcastMessage::NAME, asked).await;
        assert_eq!(refused.unwrap_err().code, Unauthorized);
        // What is about one item ends nothing.
        second(&world, 1, 403, None);
        let told = broadcast(&world, json!({"roomIds": all, "text": "one"})).await;
        assert_eq!(
            (&told["status"], &told["sent"]),
            (&json!("finished"), &json!(2))
        );
        assert_eq!(times(&world, &all, "one").await, [1, 0, 1]);
    }

    #[tokio::test]
    async fn it_waits_as_long_as_webex_asks() {
        let world = World::new();
        let all = spaces(&world, 3).await;
        // More refusals than one operation of the client is repeated for.
        second(&world, 5, 429, Some(0));
        let told = broadcast(&world, json!({"roomIds": all, "text": "patient"})).await;
        assert_eq!(
            (&told["status"], &told["sent"]),
            (&json!("finished"), &json!(3))
        );
        assert_eq!(times(&world, &all, "patient").await, [1; 3]);
    }

    #[tokio::test]
    async fn a_plan_of_another_world_is_shown_again() {
        let world = World::new();
        let all = spaces(&world, ALL).await;
        let plan = broadcast(&world, json!({"roomIds": all, "text": "later"})).await;
        let renamed = json!({"roomId": all[0], "title": "Something else"});
        world.facts("alice", "webex-update-space", renamed).await;
        let again = broadcast(&world, json!({"planId": plan["planId"]})).await;
        assert_eq!(
            (&again["status"], &again["hasChanged"]),
            (&json!("planned"), &json!(true))
        );
        assert_eq!(again["deliveries"][0]["space"], "Something else");
        assert_eq!(times(&world, &all, "later").await, vec![0; ALL]);
        let before = json!({"planId": plan["planId"]});
        check::<BroadcastMessage>(&world, [alice(before).refused(NotFound, "took its place")])
            .await;
        broadcast(&world, json!({"planId": again["planId"]})).await;
        assert_eq!(times(&world, &all, "later").await, vec![1; ALL]);
    }

    #[tokio::test]
    async fn a_space_that_falls_out_of_a_plan_is_named_with_the_reason() {
        let world = World::new();
        let team = json!({"name": "Launchers"});
        let team = world.facts("alice", "webex-create-team", team).await;
        let room = json!({"title": "Lift-off", "teamId": team["id"]});
        let room = world.facts("alice", "webex-create-space", room).await;
        let dry = json!({"teamId": "Launchers", "text": "go", "dryRun": true});
        let plan = broadcast(&world, dry).await;
        let planned = plan["deliveries"].as_array().unwrap().len();
        let leave = json!({"roomId": room["id"], "personEmail": "alice@example.com"});
        world
            .confirmed("alice", "webex-remove-membership", leave)
            .await;
        let again = broadcast(&world, json!({"planId": plan["planId"]})).await;
        assert_eq!(
            (&again["hasChanged"], &again["sent"], &again["notSent"]),
            (&json!(true), &json!(0), &json!(1)),
            "{again}"
        );
        let deliveries = again["deliveries"].as_array().unwrap();
        assert_eq!(deliveries.len(), planned);
        let fallen = deliveries.last().unwrap();
        assert_eq!(
            (&fallen["space"], &fallen["became"]),
            (&json!("Lift-off"), &json!("notSent"))
        );
        let why = fallen["why"].as_str().unwrap();
        assert!(why.contains("no space of the team any more"), "{why}");
        assert_eq!(again["planId"].is_string(), planned > 1, "{again}");
    }

    #[tokio::test]
    async fn what_takes_long_is_looked_at_and_the_same_call_begins_nothing() {
        let world = World::hurried();
        let all = spaces(&world, 3).await;
        let slow = Fault::Slow { delay_ms: 200 };
        world
            .sandbox
            .faults()
            .next_on(2, "POST", "/v1/messages", slow);
        let asked = json!({"roomIds": all, "text": "slower"});
        let running = broadcast(&world, asked.clone()).await;
        assert_eq!(
            (&running["status"], &running["total"]),
            (&json!("running"), &json!(3))
        );
        let same = world
            .call("alice", BroadcastMessage::NAME, asked)
            .await
            .unwrap();
        assert!(same.text.contains("nothing was begun now"), "{}", same.text);
        let look = json!({"workId": running["workId"]});
        let refused = world
            .call("bob", BroadcastMessage::NAME, look.clone())
            .await;
        assert_eq!(refused.unwrap_err().code, NotFound);
        let over = ended(&world, &look).await;
        assert_eq!(
            (&over["status"], &over["sent"]),
            (&json!("finished"), &json!(3))
        );
        assert_eq!(broadcast(&world, look).await, over);
        assert_eq!(times(&world, &all, "slower").await, [1; 3]);
    }

    #[tokio::test]
    async fn it_is_stopped_between_two_messages() {
        let world = World::hurried();
        let all = spaces(&world, 3).await;
        let slow = Fault::Slow { delay_ms: 200 };
        world
            .sandbox
            .faults()
            .next_on(1, "POST", "/v1/messages", slow);
        let running = broadcast(&world, json!({"roomIds": all, "text": "stop"})).await;
        let stop = json!({"workId": running["workId"], "cancel": true});
        let stopping = world
            .call("alice", BroadcastMessage::NAME, stop.clone())
            .await;
        assert!(stopping.is_ok(), "{stopping:?}");
        let over = ended(&world, &stop).await;
        assert_eq!(
            (&over["status"], over["notSent"] != 0),
            (&json!("cancelled"), true)
        );
        assert_eq!(over["deliveries"][2]["became"], "notSent");
        let sent = times(&world, &all, "stop").await.iter().sum::<usize>();
        assert_eq!(over["sent"], sent);
    }

    /// Sends to three spaces, where the answer to the second message is lost, and gives what is told
    /// about the work that asks.
    async fn asking(world: &World, all: &[String], text: &str, lost: Fault) -> Value {
        let post = |fault| {
            let faults = world.sandbox.faults();
            faults.next_on(1, "POST", "/v1/messages", fault);
        };
        post(Fault::Slow { delay_ms: 0 });
        post(lost);
        let asked = broadcast(world, json!({"roomIds": all, "text": text})).await;
        let question = "For 1 of 3 it is not known whether it was done: “Announcements 1”. Do it again? It may then be done twice.";
        assert_eq!(
            (&asked["status"], &asked["question"], &asked["total"]),
            (&json!("input_required"), &json!(question), &json!(3)),
            "{asked}"
        );
        asked
    }

    #[tokio::test]
    async fn what_may_have_been_sent_is_looked_for_before_it_is_sent_again() {
        // Only what Webex dates after the beginning of the work is looked for.
        let world = World::today();
        let all = spaces(&world, 3).await;
        for (text, lost) in [
            ("taken", Fault::Cut { after_bytes: 5 }),
            ("lost", Fault::status(504)),
        ] {
            let asked = asking(&world, &all, text, lost).await;
            let over = agreed(&world, ALICE, &asked).await;
            assert_eq!(
                (&over["status"], &over["sent"], &over["notSent"]),
                (&json!("finished"), &json!(3), &json!(0)),
                "{over}"
            );
            assert!(over["deliveries"][1]["messageId"].is_string(), "{over}");
            assert_eq!(times(&world, &all, text).await, [1; 3]);
        }
    }

    #[tokio::test]
    async fn what_is_not_to_be_sent_again_stays_unknown() {
        let world = World::new();
        let all = spaces(&world, 3).await;
        let asked = asking(&world, &all, "no", Fault::status(504)).await;
        let stop = json!({"workId": asked["workId"], "cancel": true});
        let over = broadcast(&world, stop).await;
        assert_eq!(
            (&over["status"], &over["deliveries"][1]["became"]),
            (&json!("cancelled"), &json!("unknown")),
            "{over}"
        );
        assert_eq!(times(&world, &all, "no").await, [1, 0, 1]);
    }

    #[tokio::test]
    async fn the_second_time_is_told_as_it_was() {
        let world = World::new();
        let all = spaces(&world, 3).await;
        let asked = asking(&world, &all, "twice", Fault::status(504)).await;
        let faults = world.sandbox.faults();
        faults.next_on(1, "POST", "/v1/messages", Fault::status(403));
        let over = agreed(&world, ALICE, &asked).await;
        assert_eq!(over["deliveries"][1]["became"], "refused", "{over}");
        // What ends the work early then ends nothing that was done before.
        let asked = asking(&world, &all, "denied", Fault::status(504)).await;
        faults.next_on(1, "POST", "/v1/messages", Fault::status(401));
        let over = agreed(&world, ALICE, &asked).await;
        assert_eq!(
            (
                &over["status"],
                &over["sent"],
                &over["deliveries"][1]["became"]
            ),
            (&json!("incomplete"), &json!(2), &json!("unknown")),
            "{over}"
        );
        // Not known again: it is not asked again.
        let asked = asking(&world, &all, "still", Fault::status(504)).await;
        faults.next_on(1, "POST", "/v1/messages", Fault::status(504));
        let over = agreed(&world, ALICE, &asked).await;
        assert_eq!(
            (&over["status"], &over["deliveries"][1]["became"]),
            (&json!("finished"), &json!("unknown")),
            "{over}"
        );
    }
}
