//! Sends a message later, once or by a rule; looks at what is scheduled, and cancels it.

mod checks;
mod recurrence;
mod render;
mod scheduling;

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{memberships, messages, people, rooms};

use crate::error::CallError;
use crate::tool::{Context, Part, Policy, Question, Tool};
use crate::tools::messages::writing::To;
use render::Schedules;
use scheduling::{Asked, asked, kept, listed, only_looks, question, sent};

/// Schedules a message: sends it later, at a time, or repeatedly (reminder, delayed or weekly
/// post). Also lists what is scheduled and what became of it, or cancels it. To send now:
/// webex-create-message.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    #[serde(flatten)]
    pub(super) to: To,
    /// Plain text.
    pub(super) text: Option<String>,
    /// In Markdown.
    pub(super) markdown: Option<String>,
    /// To reply: first message's id or link.
    pub(super) parent_id: Option<String>,
    /// When, or first: 2026-01-05T09:00 in timezone, or with an offset.
    pub(super) at: Option<String>,
    /// Such as Europe/Berlin; default: your profile.
    pub(super) timezone: Option<String>,
    /// To repeat: RFC 5545 rule with COUNT or UNTIL, such as FREQ=WEEKLY;BYDAY=MO;COUNT=8.
    pub(super) recurrence: Option<String>,
    /// true: lists yours instead.
    pub(super) list: Option<bool>,
    /// To look at one: its id, alone.
    pub(super) schedule_id: Option<String>,
    /// With scheduleId, true: sends no more of it.
    pub(super) cancel: Option<bool>,
    #[serde(flatten)]
    pub(super) part: Part,
}

pub struct ScheduleMessage;

impl Tool for ScheduleMessage {
    const NAME: &'static str = "webex-schedule-message";
    const TITLE: &'static str = "Send a message later";
    const POLICY: Policy = Policy {
        looks: Some(only_looks),
        operations: &[&messages::CREATE],
        courtesy: &[&messages::GET, &rooms::GET, &memberships::LIST, &people::ME],
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Schedules;

    async fn call(context: &Context, arguments: Arguments) -> Result<Schedules, CallError> {
        if context.is_due() {
            return sent(context, arguments).await;
        }
        match asked(arguments)? {
            Asked::List(part) => listed(context, &part).await,
            Asked::Look(id) => Ok(Schedules::one(context.schedules()?.look(&id).await?)),
            Asked::Cancel(id) => Ok(Schedules::one(context.schedules()?.cancel(&id).await?)),
            Asked::Keep(planned) => kept(context, *planned).await,
        }
    }

    async fn question(context: &Context, given: &Arguments) -> Result<Option<Question>, CallError> {
        question(context, given.clone()).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex::messages::ListMessages;
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{
        Ambiguous, Forbidden, InvalidArguments, NotConfigured, NotFound, Unauthorized,
    };
    use crate::servers::{AskBefore, Catalogue, Definition, Otherwise};
    use crate::tools::check::{World, alice, bob, by, check, with};

    const HOUR: i64 = 60 * 60;

    fn to_bob(text: &str, at: &str) -> Value {
        json!({"toPersonEmail": "bob@example.com", "text": text, "at": at, "timezone": "Europe/Berlin"})
    }

    async fn schedule(world: &World, arguments: Value) -> Value {
        let answered = world.facts("alice", ScheduleMessage::NAME, arguments).await;
        answered["schedules"][0].clone()
    }

    async fn look(world: &World, scheduled: &Value) -> Value {
        schedule(world, json!({"scheduleId": scheduled["scheduleId"]})).await
    }

    /// How often a message of a space has this text.
    async fn times(world: &World, space: &str, text: &str) -> usize {
        let query = ListMessages::in_room(space);
        let listed = world.client("alice").messages().list(&query).await;
        let said = listed.unwrap().items.into_iter();
        said.filter(|one| one.text() == Some(text)).count()
    }

    #[tokio::test]
    async fn a_message_is_scheduled_seen_and_cancelled() {
        let world = World::with_schedules();
        let unicorn = world.space("Project Unicorn").await;
        let once = json!({"schedules": [{"status": "scheduled", "to": "Project Unicorn", "roomId": unicorn,
            "text": "**hi**", "next": ["2026-01-06T09:00:00+01:00"], "left": 1, "ends": null,
            "timezone": "Europe/Berlin", "sent": 0, "notSent": 0}], "note": "This server keeps it only until it is stopped."});
        let weekly = json!({"schedules": [{"next": ["2026-01-06T09:00:00+01:00", "2026-01-13T09:00:00+01:00"],
            "left": 2, "ends": "2026-01-13T09:00:00+01:00", "recurrence": "FREQ=WEEKLY;COUNT=2",
            "toPersonEmail": "bob@example.com"}]});
        let in_space = json!({"roomId": "Project Unicorn", "markdown": "**hi**", "at": "2026-01-06T09:00", "timezone": "Europe/Berlin"});
        let by_rule = with(
            to_bob("hi", "2026-01-06T09:00"),
            "recurrence",
            "FREQ=WEEKLY;COUNT=2",
        );
        check::<ScheduleMessage>(
            &world,
            [
                alice(in_space.clone()).answers(once),
                alice(by_rule).answers(weekly.clone()).calls(1),
                alice(json!({"toPersonId": "Bob Smith", "text": "hi", "at": "2026-01-06T09:00:00+01:00"}))
                    .answers(json!({"schedules": [{"to": "Bob Smith", "toPersonId": world.person("bob")}]})),
                alice(json!({"roomId": unicorn, "text": "by id", "at": "2026-01-05T09:00:00Z"}))
                    .answers(json!({"schedules": [{"to": "Project Unicorn"}]}))
                    .calls(3),
                // The same again adds nothing.
                alice(in_space).answers(json!({"note": "The same was scheduled before; nothing was added. This server keeps it only until it is stopped."})),
                alice(json!({"list": true, "max": 2}))
                    .answers(json!({"schedules": [{"text": "by id", "next": ["*"]}, {"status": "scheduled"}], "page": {"returned": 2, "cursor": "*"}}))
                    .calls(0),
                bob(json!({"list": true})).answers(json!({"schedules": [], "page": {"returned": 0}})),
            ],
        )
        .await;
        let kept = schedule(&world, to_bob("gone", "2026-01-07T09:00")).await;
        let one = json!({"scheduleId": kept["scheduleId"]});
        let cancel = with(one.clone(), "cancel", true);
        let cancelled = json!({"schedules": [{"status": "cancelled", "left": 0}]});
        check::<ScheduleMessage>(
            &world,
            [
                bob(one.clone()).refused(NotFound, "`scheduleId`"),
                bob(cancel.clone()).refused(NotFound, "`scheduleId`"),
                alice(one.clone())
                    .answers(json!({"schedules": [{"status": "scheduled", "text": "gone"}]})),
                alice(cancel.clone()).answers(cancelled.clone()),
                alice(cancel).answers(cancelled),
            ],
        )
        .await;
        let list = json!({"list": true, "max": 3});
        let first = world
            .facts("alice", ScheduleMessage::NAME, list.clone())
            .await;
        let more = with(list, "cursor", first["page"]["cursor"].clone());
        let more = world.facts("alice", ScheduleMessage::NAME, more).await;
        assert_eq!(more["page"], json!({"returned": 2, "cursor": null}));
        assert_eq!(more["schedules"][1]["status"], "cancelled");
        world.pass(30 * HOUR);
        world.make_due_calls().await;
        assert_eq!(times(&world, &unicorn, "gone").await, 0);
    }

    #[tokio::test]
    async fn what_cannot_be_scheduled_is_refused_before_anything_is_read() {
        let world = World::with_schedules();
        let unicorn = world.space("Project Unicorn").await;
        let good = || to_bob("hi", "2026-01-06T09:00");
        let left_out = |field: &str| {
            let mut asked = good();
            asked.as_object_mut().unwrap().remove(field);
            asked
        };
        let wrong = [
            (left_out("at"), "`at`: it is missing"),
            (left_out("text"), "`text`: the message is missing"),
            (
                left_out("toPersonEmail"),
                "`roomId`: a destination is missing",
            ),
            (
                with(good(), "roomId", unicorn.clone()),
                "`roomId`: there are several",
            ),
            (with(good(), "text", "x".repeat(7_440)), "`text`"),
            (with(good(), "at", "tomorrow"), "`at`: it has to be a date"),
            (
                with(good(), "at", "2026-01-05"),
                "`at`: it has to be a date",
            ),
            (
                with(good(), "at", "2026-01-05T09:29"),
                "`at`: it lies in the past: it is 2026-01-05T09:30:00+01:00 now",
            ),
            (
                with(good(), "at", "2026-01-05T09:30"),
                "`at`: it lies in the past",
            ),
            (
                with(good(), "at", "2027-01-07T09:00"),
                "`at`: it is too far ahead; the last possible time is 2027-01-06",
            ),
            (
                with(good(), "at", "2026-03-29T02:30"),
                "`at`: the clocks go forward",
            ),
            (with(good(), "at", "2026-01-06T09:00Z"), "`at`: its offset"),
            (with(good(), "timezone", "Mars/Olympus"), "`timezone`"),
            (with(good(), "recurrence", "every day"), "`recurrence`"),
            (
                with(good(), "recurrence", "FREQ=DAILY"),
                "`recurrence`: it has no end",
            ),
            (
                with(good(), "recurrence", "FREQ=MINUTELY;COUNT=3"),
                "`recurrence`",
            ),
            (with(good(), "max", 5), "`max`"),
            (with(good(), "cancel", true), "`cancel`"),
            (with(good(), "list", true), "`list`"),
            (
                with(good(), "scheduleId", "1"),
                "`scheduleId`: it names one",
            ),
            (json!({"list": true, "scheduleId": "1"}), "`list`"),
            (json!({"scheduleId": "1", "max": 1}), "`scheduleId`"),
            (json!({"cancel": true}), "`cancel`"),
            (json!({}), "`text`"),
            (with(good(), "rrule", "FREQ=DAILY;COUNT=2"), "`rrule`"),
        ];
        let wrong = wrong.map(|(asked, why)| alice(asked).refused(InvalidArguments, why));
        check::<ScheduleMessage>(&world, wrong).await;
        let nowhere = webex::id::encode("us", "ROOM", uuid::Uuid::nil());
        check::<ScheduleMessage>(
            &world,
            [
                alice(json!({"scheduleId": "1"})).refused(NotFound, "`scheduleId`"),
                alice(json!({"roomId": nowhere, "text": "hi", "at": "2026-01-06T09:00"})).refused(NotFound, ""),
                alice(json!({"roomId": "No such space", "text": "hi", "at": "2026-01-06T09:00"})).refused(NotFound, "`roomId`"),
                by("nobody", json!({"toPersonEmail": "bob@example.com", "text": "hi", "at": "2026-01-06T09:00"})).refused(Unauthorized, ""),
            ],
        )
        .await;
        let world = World::new();
        check::<ScheduleMessage>(
            &world,
            [alice(good()).refused(NotConfigured, "comes with the call")],
        )
        .await;
    }

    fn to_space(space: &str, markdown: &str) -> Value {
        json!({"roomId": space, "markdown": markdown, "at": "2026-01-06T09:00", "timezone": "Europe/Berlin"})
    }

    #[tokio::test]
    async fn what_would_be_refused_at_its_time_is_refused_now() {
        let world = World::with_schedules();
        let leadership = world.space("Leadership").await;
        let team = json!({"name": "Launchers"});
        let team = world.facts("alice", "webex-create-team", team).await;
        let room = json!({"title": "Lift-off", "teamId": team["id"]});
        let room = world.facts("alice", "webex-create-space", room).await;
        let archived = crate::tools::check::whole("ROOM", &room["id"]);
        world
            .client("alice")
            .rooms()
            .delete(&archived)
            .await
            .unwrap();
        let reader = |asked| by("alice-read", asked).refused(Forbidden, "");
        let kept = json!({"schedules": [{"status": "scheduled", "to": "Announcements"}]});
        check::<ScheduleMessage>(
            &world,
            [
                reader(to_space("Project Unicorn", "hi")),
                reader(to_bob("hi", "2026-01-06T09:00")),
                bob(to_space("Announcements", "hi")).refused(Forbidden, "Only moderators may post"),
                by("harold", to_space("Announcements", "hi")).answers(kept),
                bob(to_space(&leadership, "hi")).refused(NotFound, ""),
                alice(to_space(&archived, "hi")).refused(Forbidden, "it is read-only"),
                alice(to_space("Project Unicorn", "<@personId:Bob> hi"))
                    .refused(Ambiguous, "`markdown`: a mention has only a part"),
                bob(json!({"list": true})).answers(json!({"schedules": []})),
                alice(json!({"list": true})).answers(json!({"schedules": []})),
            ],
        )
        .await;
        // What Webex cannot say now is no reason to refuse.
        let faults = world.sandbox.faults();
        let throttled = Fault::Status {
            code: 429,
            retry_after_secs: Some(600),
            html: false,
        };
        faults.next_on(1, "POST", "/v1/messages", throttled);
        let kept = schedule(&world, to_bob("hi", "2026-01-06T09:00")).await;
        assert_eq!(kept["status"], "scheduled");
    }

    #[tokio::test]
    async fn the_thread_is_looked_at_when_a_reply_is_scheduled() {
        let world = World::with_schedules();
        let room = world.space("Project Unicorn").await;
        let send = async |text: &str, parent: &Value| {
            let asked = json!({"roomId": room, "text": text, "parentId": parent});
            world.facts("bob", "webex-create-message", asked).await["id"].clone()
        };
        let first = send("a question", &Value::Null).await;
        let reply = send("an answer", &first).await;
        let nowhere = webex::id::encode("us", "MESSAGE", uuid::Uuid::nil());
        let to =
            |space: &str, parent: &Value| with(to_space(space, "hi"), "parentId", parent.clone());
        let kept = json!({"schedules": [{"status": "scheduled", "parentId": first}]});
        check::<ScheduleMessage>(
            &world,
            [
                alice(to(&room, &first)).answers(kept.clone()),
                alice(with(to(&room, &reply), "markdown", "of it")).answers(kept),
                alice(to(&room, &json!(nowhere))).refused(NotFound, ""),
                alice(to("Engineering", &first))
                    .refused(InvalidArguments, "another space")
                    .calls(2),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_mention_that_would_notify_nobody_is_told_when_it_is_scheduled() {
        let world = World::with_schedules();
        let (carol, eve) = (
            "<@personEmail:carol@example.com>",
            "<@personEmail:eve@example.com|Eve>",
        );
        let bob = format!("<@personId:{}|Bob>", world.person("bob"));
        for (words, nobody) in [
            (format!("{carol} hi"), Value::Null),
            (format!("<@all> {carol}"), Value::Null),
            (format!("{carol}, {eve}"), json!(["eve@example.com"])),
            (format!("{bob} hi"), json!([world.person("bob")])),
            ("@Carol, hi".to_owned(), json!(["@Carol"])),
        ] {
            let asked = to_space("Design System", &words);
            let told = world.call("alice", ScheduleMessage::NAME, asked).await;
            let (text, answered) = {
                let told = told.unwrap();
                (told.text, told.facts.to_value())
            };
            let expected = match nobody[0].as_str() {
                Some(id) if webex::id::is_id(id) => json!([crate::tool::ShortId::from(id)]),
                _ => nobody,
            };
            assert_eq!(answered["mentionsNobody"], expected, "{words}");
            let note = answered["note"].as_str().unwrap();
            let is_warned = !expected.is_null();
            assert_eq!(note.contains("Mention members"), is_warned, "{note}");
            assert_eq!(text.contains(" notifies nobody."), is_warned, "{text}");
        }
        let direct = to_bob("<@personEmail:bob@example.com> hi", "2026-01-06T09:00");
        let told = json!({"mentionsNobody": ["bob@example.com"]});
        check::<ScheduleMessage>(&world, [alice(direct).answers(told)]).await;
        // Of members that cannot be read, nothing is said.
        let faults = world.sandbox.faults();
        faults.next_on(5, "GET", "/v1/memberships", Fault::status(403));
        let unread = to_space("Design System", &format!("{eve} hello"));
        let told = json!({"mentionsNobody": null});
        check::<ScheduleMessage>(&world, [alice(unread).answers(told)]).await;
    }

    #[tokio::test]
    async fn without_a_zone_it_is_utc_and_said_so() {
        let world = World::with_schedules();
        let asked =
            json!({"toPersonEmail": "bob@example.com", "text": "hi", "at": "2026-01-06T09:00"});
        let answered = world.facts("alice", ScheduleMessage::NAME, asked).await;
        assert_eq!(
            answered["schedules"][0]["next"],
            json!(["2026-01-06T09:00:00Z"])
        );
        let note = answered["note"].as_str().unwrap();
        assert!(note.contains("in UTC"), "{note}");
    }

    #[tokio::test]
    async fn each_time_is_sent_once_and_what_became_of_it_is_told() {
        let world = World::with_schedules();
        let unicorn = world.space("Project Unicorn").await;
        let asked = json!({"roomId": "Project Unicorn", "text": "standup", "at": "2026-01-05T10:00",
            "timezone": "Europe/Berlin", "recurrence": "FREQ=DAILY;COUNT=3"});
        let kept = schedule(&world, asked).await;
        assert_eq!(world.make_due_calls().await, 0);
        world.pass(30 * 60);
        assert_eq!(world.make_due_calls().await, 1);
        assert_eq!(world.make_due_calls().await, 0);
        assert_eq!(times(&world, &unicorn, "standup").await, 1);
        let looked = look(&world, &kept).await;
        assert_eq!((&looked["sent"], &looked["left"]), (&json!(1), &json!(2)));
        let past = &looked["recent"][0];
        assert_eq!(
            (&past["became"], &past["due"]),
            (&json!("sent"), &json!("2026-01-05T10:00:00+01:00"))
        );
        assert!(past["messageId"].is_string(), "{past}");
        // It stands in the journal as a call of its owner, with its id.
        let journal = world.journal().await;
        let of_it = |entry: &&Value| entry["correlation_id"] == kept["scheduleId"];
        let call = journal.iter().find(of_it).unwrap();
        assert_eq!(call["tool"], ScheduleMessage::NAME);
        assert_eq!(call["decision"], "agreed to when it was scheduled");
        assert!(
            !journal
                .iter()
                .any(|entry| entry.to_string().contains("standup"))
        );

        // Webex refuses one; the next is sent.
        world.pass(24 * HOUR);
        let fault = Fault::status(403);
        world
            .sandbox
            .faults()
            .next_on(1, "POST", "/v1/messages", fault);
        world.make_due_calls().await;
        let looked = look(&world, &kept).await;
        assert_eq!(looked["recent"][0]["became"], "refused", "{looked}");
        world.pass(24 * HOUR);
        world.make_due_calls().await;
        let looked = look(&world, &kept).await;
        assert_eq!(
            (&looked["status"], &looked["sent"], &looked["notSent"]),
            (&json!("ended"), &json!(2), &json!(1))
        );
        assert_eq!(times(&world, &unicorn, "standup").await, 2);
        let text = world
            .call(
                "alice",
                ScheduleMessage::NAME,
                json!({"scheduleId": kept["scheduleId"]}),
            )
            .await;
        let text = text.unwrap().text;
        for words in [
            "Ended",
            "Sent: 2; not sent, or not known: 1.",
            "2026-01-06T10:00:00+01:00: refused. ",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }

    #[tokio::test]
    async fn an_unknown_outcome_is_told_and_not_repeated() {
        let world = World::with_schedules();
        let kept = schedule(&world, to_bob("perhaps", "2026-01-05T10:00")).await;
        world.pass(30 * 60);
        // The connection ends after the message was taken.
        world
            .sandbox
            .faults()
            .next_on(1, "POST", "/v1/messages", Fault::Cut { after_bytes: 5 });
        world.make_due_calls().await;
        for _ in 0..3 {
            world.pass(10 * 60);
            assert_eq!(world.make_due_calls().await, 0);
        }
        let looked = look(&world, &kept).await;
        assert_eq!(looked["recent"][0]["became"], "unknown", "{looked}");
        assert_eq!(looked["status"], "ended");
    }

    /// Webex promises of a 429 and a 423 that nothing was done. A gateway answers a 502, 503 or 504
    /// also where the message went through behind it, with or without a time to wait: to repeat it
    /// then would send it twice.
    #[tokio::test]
    async fn only_what_was_certainly_not_sent_is_sent_again() {
        let status = |code, retry_after_secs| Fault::Status {
            code,
            retry_after_secs,
            html: false,
        };
        for (fault, is_sent_again, times_sent) in [
            (status(429, Some(600)), true, 1),
            (status(423, Some(600)), true, 1),
            (status(503, None), false, 0),
            (status(503, Some(600)), false, 0),
            (Fault::Late { code: 503 }, false, 1),
        ] {
            let world = World::with_schedules();
            let unicorn = world.space("Project Unicorn").await;
            let asked = json!({"roomId": unicorn, "text": "once", "at": "2026-01-05T10:00", "timezone": "Europe/Berlin"});
            let kept = schedule(&world, asked).await;
            world.pass(30 * 60);
            let at = format!("{fault:?}");
            world
                .sandbox
                .faults()
                .next_on(1, "POST", "/v1/messages", fault);
            world.make_due_calls().await;
            world.pass(600);
            let again = usize::from(is_sent_again);
            assert_eq!(world.make_due_calls().await, again, "{at}");
            let looked = look(&world, &kept).await;
            let became = match is_sent_again {
                true => "sent",
                false => "unknown",
            };
            assert_eq!(looked["recent"][0]["became"], became, "{at}: {looked}");
            assert_eq!(times(&world, &unicorn, "once").await, times_sent, "{at}");
        }
    }

    #[tokio::test]
    async fn what_webex_does_not_take_now_is_sent_later_and_too_late_is_missed() {
        let world = World::with_schedules();
        let kept = schedule(&world, to_bob("later", "2026-01-05T10:00")).await;
        world.pass(30 * 60);
        let throttled = Fault::Status {
            code: 429,
            retry_after_secs: Some(600),
            html: false,
        };
        world
            .sandbox
            .faults()
            .next_on(1, "POST", "/v1/messages", throttled);
        world.make_due_calls().await;
        assert_eq!(look(&world, &kept).await["status"], "scheduled");
        world.pass(599);
        assert_eq!(world.make_due_calls().await, 0);
        world.pass(1);
        assert_eq!(world.make_due_calls().await, 1);
        assert_eq!(look(&world, &kept).await["sent"], 1);

        let daily = with(
            to_bob("daily", "2026-01-06T10:00"),
            "recurrence",
            "FREQ=DAILY;COUNT=4",
        );
        let kept = schedule(&world, daily).await;
        world.pass(3 * 24 * HOUR + 2 * HOUR);
        assert_eq!(world.make_due_calls().await, 0);
        let looked = look(&world, &kept).await;
        assert_eq!(
            (&looked["notSent"], &looked["left"]),
            (&json!(3), &json!(1)),
            "{looked}"
        );
        assert_eq!(looked["recent"][0]["became"], "missed");
        world.pass(22 * HOUR - 10 * 60);
        assert_eq!(world.make_due_calls().await, 1);
        assert_eq!(look(&world, &kept).await["status"], "ended");
    }

    #[tokio::test]
    async fn the_rules_of_the_server_hold_when_it_is_sent() {
        let mut world = World::with_schedules();
        let served = |ask, selection: &str| {
            let catalogue = Catalogue::whole();
            let definition = Definition {
                ask,
                selection: crate::servers::Selection::names(&[selection]),
                ..Definition::new("webex", "Webex")
            };
            catalogue.serve(&definition, Otherwise::Token)
        };
        let own = world.server.clone();
        let kept = schedule(
            &world,
            with(
                to_bob("rules", "2026-01-05T10:00"),
                "recurrence",
                "FREQ=DAILY;COUNT=4",
            ),
        )
        .await;
        world.pass(30 * 60);
        world.server = served(AskBefore::Write, ScheduleMessage::NAME);
        world.make_due_calls().await;
        let looked = look(&world, &kept).await;
        assert_eq!(looked["recent"][0]["became"], "refused", "{looked}");
        // Who agreed under these rules need not agree again; nobody is asked before a list.
        let again = to_bob("agreed", "2026-01-06T10:30");
        let asked = world
            .call("alice", ScheduleMessage::NAME, again.clone())
            .await
            .unwrap_err();
        let Some(crate::error::Details::Confirmation(confirmation)) = asked.details.as_deref()
        else {
            panic!("{asked:?}");
        };
        let question = confirmation.question.as_str();
        assert_eq!(
            question,
            "Send “agreed” to bob@example.com on Tue 6 Jan 2026, 10:30 (Europe/Berlin)?"
        );
        let again = with(
            again,
            "confirmationToken",
            confirmation.confirmation_token.clone(),
        );
        let agreed = schedule(&world, again).await;
        world
            .facts("alice", ScheduleMessage::NAME, json!({"list": true}))
            .await;
        let cancel = json!({"scheduleId": agreed["scheduleId"], "cancel": true});
        let asked = world.call("alice", ScheduleMessage::NAME, cancel).await;
        let asked = asked.unwrap_err();
        let Some(crate::error::Details::Confirmation(confirmation)) = asked.details.as_deref()
        else {
            panic!("{asked:?}");
        };
        assert_eq!(
            confirmation.question.as_str(),
            "Cancel the scheduled message “agreed” to bob@example.com?"
        );
        world.pass(24 * HOUR + 30 * 60);
        world.make_due_calls().await;
        assert_eq!(look(&world, &agreed).await["sent"], 1);
        // A server that has the tool no longer sends nothing.
        world.server = served(AskBefore::Destroy, "webex-get-space");
        world.pass(24 * HOUR - 30 * 60);
        world.make_due_calls().await;
        world.server = own;
        let looked = look(&world, &kept).await;
        let why = looked["recent"][0]["why"].as_str().unwrap();
        assert!(why.contains("does not have this tool"), "{looked}");
        // Without the token of its owner, nobody sends, and then it is too late.
        world.is_lasting = false;
        world.pass(24 * HOUR);
        assert_eq!(world.make_due_calls().await, 0);
        assert_eq!(look(&world, &kept).await["status"], "scheduled");
        world.pass(HOUR + 1);
        world.make_due_calls().await;
        let looked = look(&world, &kept).await;
        assert_eq!(
            (&looked["status"], &looked["recent"][0]["became"]),
            (&json!("ended"), &json!("missed"))
        );
    }

    #[tokio::test]
    async fn the_scope_of_the_server_holds_when_it_is_sent() {
        let mut world = World::with_schedules();
        let unicorn = world.space("Project Unicorn").await;
        let to_space = |text: &str| json!({"roomId": unicorn, "text": text, "at": "2026-01-05T10:00", "timezone": "Europe/Berlin"});
        let limited = |scope| {
            let definition = Definition {
                scope: Some(scope),
                ..Definition::new("webex", "Webex")
            };
            Catalogue::whole().serve(&definition, Otherwise::Token)
        };
        let direct = schedule(&world, to_bob("outside", "2026-01-05T10:00")).await;
        let space = schedule(&world, to_space("outside")).await;
        let own = world.server.clone();
        world.server = limited(crate::scope::Scope {
            spaces: Some(Default::default()),
            direct_messages: false,
            ..Default::default()
        });
        let outside = to_space("never");
        check::<ScheduleMessage>(&world, [alice(outside).refused(NotFound, "")]).await;
        world.pass(30 * 60);
        assert_eq!(world.make_due_calls().await, 2);
        for kept in [&direct, &space] {
            let looked = look(&world, kept).await;
            assert_eq!(looked["recent"][0]["became"], "refused", "{looked}");
        }
        assert_eq!(times(&world, &unicorn, "outside").await, 0);
        // The audience counts as it is then.
        world.server = own;
        let later = with(to_space("too many"), "at", "2026-01-05T10:30");
        let kept = schedule(&world, later).await;
        world.server = limited(crate::scope::Scope {
            max_audience: Some(1),
            ..Default::default()
        });
        world.pass(30 * 60);
        assert_eq!(world.make_due_calls().await, 1);
        let looked = look(&world, &kept).await;
        assert_eq!(looked["recent"][0]["became"], "refused", "{looked}");
        assert_eq!(times(&world, &unicorn, "too many").await, 0);
        // What the server would not allow now is told now.
        let many = with(to_space("too many"), "at", "2026-01-05T11:30");
        check::<ScheduleMessage>(&world, [alice(many).refused(Forbidden, "altogether")]).await;
        world.server = limited(crate::scope::Scope {
            mention_all: crate::scope::Permission::Refused,
            ..Default::default()
        });
        let mut all = with(to_space("x"), "at", "2026-01-05T11:30");
        all["text"].take();
        all["markdown"] = json!("<@all> hi");
        check::<ScheduleMessage>(&world, [alice(all).refused(Forbidden, "")]).await;
    }

    #[tokio::test]
    async fn what_was_sent_and_not_noted_is_found_in_the_journal() {
        let world = World::with_schedules();
        let unicorn = world.space("Project Unicorn").await;
        let asked = json!({"roomId": unicorn, "text": "noted", "at": "2026-01-05T10:00", "timezone": "Europe/Berlin"});
        let kept = schedule(&world, asked).await;
        world.pass(30 * 60);
        assert_eq!(world.losing_notes(world.make_due_calls()).await, 1);
        assert_eq!(look(&world, &kept).await["status"], "scheduled");
        world.sandbox.faults().forget_calls();
        assert_eq!(world.make_due_calls().await, 1);
        assert!(world.sandbox.faults().calls().is_empty());
        let looked = look(&world, &kept).await;
        assert_eq!(looked["recent"][0]["became"], "sent", "{looked}");
        assert!(looked["recent"][0]["messageId"].is_string(), "{looked}");
        assert_eq!(times(&world, &unicorn, "noted").await, 1);
        // The same for a call that was begun and whose outcome is not known.
        let kept = schedule(&world, to_bob("unknown", "2026-01-05T10:30")).await;
        world.pass(30 * 60);
        let cut = Fault::Cut { after_bytes: 5 };
        world
            .sandbox
            .faults()
            .next_on(1, "POST", "/v1/messages", cut);
        world.losing_notes(world.make_due_calls()).await;
        world.sandbox.faults().forget_calls();
        world.make_due_calls().await;
        assert!(world.sandbox.faults().calls().is_empty());
        let looked = look(&world, &kept).await;
        assert_eq!(looked["recent"][0]["became"], "unknown", "{looked}");
    }
}
