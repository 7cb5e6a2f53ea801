//! A generated world: believable, steady, and changed like any other.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use webex_sandbox::{Options, Population, Sandbox};

use crate::model::lives;
use crate::{Person, items, person, text};

pub(crate) fn sandbox(seed: u64, people: u32, spaces: u32, messages: u32) -> Sandbox {
    Sandbox::new(Options {
        seed,
        population: Some(Population::new(people, spaces, messages).unwrap()),
        ..Options::for_tests()
    })
}

pub(crate) fn somebody(sandbox: &Sandbox, ordinal: u32) -> Person {
    person(sandbox, &format!("person-{ordinal:06}"))
}

/// The first so many of them, who share one router.
fn crowd(sandbox: &Sandbox, people: u32) -> Vec<Person> {
    let first = somebody(sandbox, 0);
    let token = |ordinal| format!("sandbox-person-{ordinal:06}");
    let person = |ordinal| Person {
        token: token(ordinal),
        ..first.clone()
    };
    (0..people).map(person).collect()
}

/// Every item of a list.
pub(crate) async fn whole(who: &Person, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let answer = who.get(&path).await;
        all.extend(items(&answer.json(200)).iter().cloned());
        next = answer.next();
    }
    all
}

pub(crate) fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["id"])).collect()
}

#[tokio::test]
async fn somebody_generated_is_found_by_everything_that_names_them() {
    let sandbox = sandbox(1, 20_000, 200, 1_000);
    let (ada, nth) = (person(&sandbox, "ada"), somebody(&sandbox, 4_217));
    let me = nth.get("/v1/people/me").await.json(200);
    let (id, email) = (text(&me["id"]), text(&me["emails"][0]));
    assert!(email.ends_with(".004217@example.com"), "{email}");
    let found = ada.get(&format!("/v1/people/{id}")).await.json(200);
    assert_eq!(found["displayName"], me["displayName"]);
    let name = text(&me["displayName"]).to_uppercase().replace(' ', "%20");
    for query in [
        format!("email={}", email.to_uppercase()),
        format!("id={id}"),
        format!("displayName={name}&max=1000"),
    ] {
        let list = whole(&ada, &format!("/v1/people?{query}")).await;
        assert!(ids(&list).contains(&id), "{query}");
        assert!(
            list.iter()
                .all(|one| one["displayName"] == me["displayName"]),
            "{query}"
        );
    }
    assert_eq!(whole(&ada, "/v1/people?max=1000").await.len(), 20_000 + 11);
    for nobody in ["person-020000", "person-4217", "person-x"] {
        person(&sandbox, nobody)
            .get("/v1/people/me")
            .await
            .json(401);
    }
    let stranger = email.replace("004217", "004218");
    ada.get(&format!("/v1/people?email={stranger}")).await;
    assert!(
        whole(&ada, &format!("/v1/people?email={stranger}"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn members_of_spaces_and_spaces_of_members_agree() {
    let sandbox = sandbox(3, 60, 9, 500);
    let mut seats = 0;
    for who in crowd(&sandbox, 60) {
        let me = who.id().await;
        let rooms = whole(&who, "/v1/rooms").await;
        assert!((2..=4).contains(&rooms.len()));
        for room in ids(&rooms) {
            let members = whole(&who, &format!("/v1/memberships?roomId={room}&max=7")).await;
            let mine = members
                .iter()
                .filter(|member| member["personId"] == me.as_str());
            assert_eq!(mine.count(), 1);
            seats += 1;
        }
        let own = whole(&who, "/v1/memberships").await;
        assert_eq!(own.len(), rooms.len());
    }
    assert!(seats >= 60 * 2);
}

/// An export: the space that has half of all messages here, page by page to its first.
#[tokio::test]
async fn a_space_of_a_hundred_thousand_messages_is_read_to_its_end() {
    let sandbox = sandbox(1, 40, 4, 200_000);
    let me = somebody(&sandbox, 0);
    let rooms = whole(&me, "/v1/rooms").await;
    let mut rooms = rooms.iter();
    let busy = rooms.find(|room| text(&room["title"]).starts_with("Everybody in"));
    let busy = text(&busy.unwrap()["id"]);
    let mut next = Some(format!("/v1/messages?roomId={busy}&max=5000"));
    let (mut count, mut last) = (0, None);
    // Reading the JSON of so much would be most of this test: the moments are enough of it.
    while let Some(path) = next {
        let answer = me.get(&path).await;
        let page = answer.text();
        let before = count;
        for created in page.split("\"created\":\"").skip(1) {
            let created = created[.."2026-01-01T00:00:00.000Z".len()].to_owned();
            assert!(last.is_none_or(|last| created < last), "newest first");
            last = Some(created);
            count += 1;
        }
        assert!(count - before <= 1_000, "max is cut silently");
        next = answer.next();
    }
    assert_eq!(count, 100_000);
}

#[tokio::test]
async fn the_large_world_answers_from_its_first_to_its_last() {
    let sandbox = Sandbox::new(Options {
        population: Some(Population::large()),
        ..Options::for_tests()
    });
    for ordinal in [0, 99_999] {
        let who = somebody(&sandbox, ordinal);
        let rooms = whole(&who, "/v1/rooms").await;
        assert_eq!(rooms.len(), 4);
        let room = text(&rooms[0]["id"]);
        let list = format!("/v1/messages?roomId={room}&max=3");
        let page = who.get(&list).await.json(200);
        assert_eq!(items(&page).len(), 3);
        let before = "before=2025-11-01T00:00:00.000Z";
        let older = who.get(&format!("{list}&{before}")).await.json(200);
        let created = text(&items(&older)[0]["created"]);
        assert!(created.starts_with("2025-10-31"), "{created}");
    }
    let grace = person(&sandbox, "grace");
    let window = "from=2025-11-01T00:00:00.000Z&to=2025-11-01T00:00:59.999Z";
    let events = whole(&grace, &format!("/v1/events?{window}")).await;
    assert!(
        (28..=29).contains(&events.len()),
        "five million in 120 days"
    );
}

#[tokio::test]
async fn threads_and_mentions_are_found_from_both_ends() {
    let sandbox = sandbox(1, 12, 3, 600);
    let (mut replies, mut mentions) = (0, 0);
    for who in crowd(&sandbox, 12) {
        let me = who.id().await;
        for room in ids(&whole(&who, "/v1/rooms").await) {
            let list = format!("/v1/messages?roomId={room}");
            let all = whole(&who, &list).await;
            let of_me = |message: &&Value| {
                let people = message["mentionedPeople"].as_array();
                people.is_some_and(|people| people.contains(&json!(me)))
            };
            let expected: Vec<&Value> = all.iter().filter(of_me).collect();
            let listed = whole(&who, &format!("{list}&mentionedPeople=me")).await;
            assert_eq!(listed.iter().collect::<Vec<_>>(), expected);
            mentions += listed.len();
            for parent in all.iter().filter(|message| message["parentId"].is_null()) {
                let id = text(&parent["id"]);
                let expected = all
                    .iter()
                    .filter(|message| message["parentId"] == id.as_str());
                let listed = whole(&who, &format!("{list}&parentId={id}")).await;
                assert_eq!(
                    listed.iter().collect::<Vec<_>>(),
                    expected.collect::<Vec<_>>()
                );
                replies += listed.len();
            }
        }
    }
    assert!(replies > 100 && mentions > 20, "{replies} {mentions}");
}

#[tokio::test]
async fn the_officer_reads_what_was_generated_and_what_happened_since_in_one_order() {
    let sandbox = sandbox(1, 12, 3, 3_000);
    let (grace, nth) = (person(&sandbox, "grace"), somebody(&sandbox, 0));
    let room = ids(&whole(&nth, "/v1/rooms").await).remove(0);
    nth.say(&room, "and now this").await;
    let all = whole(&grace, "/v1/events?max=700").await;
    let generated = all.iter().filter(|event| {
        let email = event["data"]["personEmail"].as_str().unwrap_or_default();
        event["resource"] == "messages" && email.contains(".0000")
    });
    assert_eq!(generated.count(), 3_001);
    assert_eq!(all[0]["data"]["text"], "and now this");
    let moments: Vec<String> = all.iter().map(|event| text(&event["created"])).collect();
    assert!(moments.is_sorted_by(|newer, older| newer >= older));
    assert!(
        all.iter().any(|event| event["resource"] == "rooms"),
        "the demo company's own"
    );

    let (to, from) = (&moments[1_000], &moments[1_499]);
    let window = whole(&grace, &format!("/v1/events?from={from}&to={to}&max=90")).await;
    let expected = all.iter().filter(|event| {
        let created = event["created"].as_str().unwrap();
        created >= from.as_str() && created <= to.as_str()
    });
    assert_eq!(
        ids(&window),
        expected.map(|event| text(&event["id"])).collect::<Vec<_>>()
    );

    for other in ["resource=memberships", "type=updated"] {
        let list = whole(&grace, &format!("/v1/events?{other}&max=100")).await;
        let (name, value) = other.split_once('=').unwrap();
        let expected = all.iter().filter(|event| event[name] == value);
        assert_eq!(
            ids(&list),
            expected.map(|event| text(&event["id"])).collect::<Vec<_>>()
        );
        assert!(!list.is_empty());
    }

    let me = nth.id().await;
    let mine = whole(
        &grace,
        &format!("/v1/events?actorId={me}&resource=messages"),
    )
    .await;
    let expected = all
        .iter()
        .filter(|event| event["actorId"] == me.as_str() && event["resource"] == "messages");
    assert_eq!(
        ids(&mine),
        expected.map(|event| text(&event["id"])).collect::<Vec<_>>()
    );
    let one = grace
        .get(&format!("/v1/events/{}", text(&mine[9]["id"])))
        .await
        .json(200);
    assert_eq!(one, mine[9]);
}

#[tokio::test]
async fn the_demo_company_is_the_same_beside_any_population() {
    let alone = person(&Sandbox::new(Options::for_tests()), "alice");
    let beside = person(&sandbox(1, 100, 10, 1_000), "alice");
    for list in ["/v1/rooms", "/v1/memberships", "/v1/people/me"] {
        assert_eq!(
            alone.get(list).await.text(),
            beside.get(list).await.text(),
            "{list}"
        );
    }
}

/// Everything that the generated people see: members and messages by space.
pub(crate) async fn seen(sandbox: &Sandbox, people: u32) -> BTreeMap<String, Value> {
    let mut seen = BTreeMap::new();
    let grace = person(sandbox, "grace");
    for who in crowd(sandbox, people) {
        for room in whole(&who, "/v1/rooms").await {
            let id = text(&room["id"]);
            if seen.contains_key(&id) {
                continue;
            }
            for list in ["messages", "memberships"] {
                let items = whole(&grace, &format!("/v1/{list}?roomId={id}&max=1000")).await;
                seen.extend(items.into_iter().map(|item| (text(&item["id"]), item)));
            }
            seen.insert(id, room);
        }
    }
    seen
}

#[tokio::test]
async fn the_same_seed_makes_the_same_world_and_another_seed_another() {
    let (one, same) = (
        seen(&sandbox(7, 6, 3, 90), 6).await,
        seen(&sandbox(7, 6, 3, 90), 6).await,
    );
    assert_eq!(one, same);
    let other = seen(&sandbox(8, 6, 3, 90), 6).await;
    assert!(one.keys().all(|id| !other.contains_key(id)));
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Edit,
    Delete,
    Post,
    Reply,
    Join,
    Leave,
}

/// Makes one change as one person, and says what it concerned: ids that may differ, or be new or gone.
pub(crate) async fn change(
    sandbox: &Sandbox,
    who: u32,
    which: usize,
    change: Change,
) -> Vec<String> {
    let me = somebody(sandbox, who);
    let rooms = ids(&whole(&me, "/v1/rooms").await);
    let Some(room) = rooms.get(which % rooms.len().max(1)) else {
        return Vec::new();
    };
    let all = whole(&me, &format!("/v1/messages?roomId={room}&max=1000")).await;
    let mail = text(&me.get("/v1/people/me").await.json(200)["emails"][0]);
    let mine: Vec<&Value> = all
        .iter()
        .filter(|one| one["personEmail"] == mail.as_str())
        .collect();
    let own = (!mine.is_empty()).then(|| text(&mine[which % mine.len()]["id"]));
    let concerned = match (change, own) {
        (Change::Edit, Some(own)) => {
            let edit = json!({"roomId": room, "text": "better"});
            let edited = me.put(&format!("/v1/messages/{own}"), edit).await.json(200);
            assert_eq!(edited["text"], "better");
            own
        }
        (Change::Delete, Some(own)) => {
            me.delete(&format!("/v1/messages/{own}")).await.json(204);
            me.get(&format!("/v1/messages/{own}")).await.json(404);
            own
        }
        (Change::Reply, _) => {
            let Some(parent) = all.iter().find(|one| one["parentId"].is_null()) else {
                return Vec::new();
            };
            let reply = json!({"roomId": room, "parentId": parent["id"], "text": "yes"});
            text(&me.post("/v1/messages", reply).await.json(200)["id"])
        }
        (Change::Join, _) => {
            let body = json!({"roomId": room, "personEmail": "alice@example.com"});
            let joined = me.post("/v1/memberships", body).await;
            match joined.status.as_u16() {
                409 => room.clone(),
                _ => text(&joined.json(200)["id"]),
            }
        }
        (Change::Leave, _) => {
            let seat = whole(&me, "/v1/memberships").await;
            let seat = seat.iter().find(|seat| seat["roomId"] == room.as_str());
            let seat = text(&seat.unwrap()["id"]);
            me.delete(&format!("/v1/memberships/{seat}"))
                .await
                .json(204);
            me.get(&format!("/v1/rooms/{room}")).await.json(404);
            seat
        }
        (_, _) => me.say(room, "one more").await,
    };
    vec![room.clone(), concerned]
}

proptest! {
    // A case reads the whole small world after each step.
    #![proptest_config(lives(8))]

    #[test]
    fn a_change_is_seen_on_top_and_nothing_else_changes(
        seed: u64,
        steps in proptest::collection::vec((0..6_u32, 0..1_000_usize, prop_oneof![
            Just(Change::Edit), Just(Change::Delete), Just(Change::Post),
            Just(Change::Reply), Just(Change::Join), Just(Change::Leave),
        ]), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let sandbox = sandbox(seed, 6, 3, 60);
            let mut before = seen(&sandbox, 6).await;
            for (who, which, kind) in steps {
                let concerned = change(&sandbox, who, which, kind).await;
                let after = seen(&sandbox, 6).await;
                // A space that its last member has left is seen by nobody any more.
                let is_seen = |room: &str| after.contains_key(room);
                let differs = |id: &&String| before.get(*id) != after.get(*id);
                for id in before.keys().chain(after.keys()).filter(differs) {
                    let item = before.get(id).or_else(|| after.get(id)).unwrap();
                    let is_of_lost_room = item["roomId"].as_str().is_some_and(|room| !is_seen(room));
                    assert!(concerned.contains(id) || is_of_lost_room, "{kind:?} changed {item}");
                }
                before = after;
            }
        });
    }
}
