//! Lists page by page: whatever the size of a page, the pages are the whole; and what is there all the
//! while is seen exactly once, however much comes and goes between two pages.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use webex_sandbox::{MeetingAction, Sandbox};

use super::{live, lives, pick};
use crate::{Person, items, person, start, text};

/// A list, who reads it, and what stands in it, in the order of the list.
struct List {
    who: Person,
    path: String,
    expected: Vec<String>,
}

/// Where the lists are, and how one more of each is made.
struct World {
    sandbox: Sandbox,
    erin: Person,
    ada: Person,
    room: String,
    team: String,
    meeting: String,
}

/// The lists in which things come and go.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Messages,
    Replies,
    Rooms,
    RoomsByCreation,
    Members,
    Teams,
    TeamMembers,
    Webhooks,
    Meetings,
    Invitees,
    People,
}

const KINDS: [Kind; 11] = [
    Kind::Messages,
    Kind::Replies,
    Kind::Rooms,
    Kind::RoomsByCreation,
    Kind::Members,
    Kind::Teams,
    Kind::TeamMembers,
    Kind::Webhooks,
    Kind::Meetings,
    Kind::Invitees,
    Kind::People,
];

impl Kind {
    /// Whether the newest stands first.
    fn is_newest_first(self) -> bool {
        matches!(
            self,
            Kind::Messages | Kind::Replies | Kind::Rooms | Kind::RoomsByCreation
        )
    }

    fn path(self) -> &'static str {
        match self {
            Kind::Messages | Kind::Replies => "/v1/messages",
            Kind::Rooms | Kind::RoomsByCreation => "/v1/rooms",
            Kind::Members => "/v1/memberships",
            Kind::Teams => "/v1/teams",
            Kind::TeamMembers => "/v1/team/memberships",
            Kind::Webhooks => "/v1/webhooks",
            Kind::Meetings => "/v1/meetings",
            Kind::Invitees => "/v1/meetingInvitees",
            Kind::People => "/v1/people",
        }
    }
}

impl World {
    /// Erin, who reads, and a space, a team and a meeting of hers.
    async fn new() -> Self {
        let (sandbox, _) = start();
        let erin = person(&sandbox, "erin");
        let ada = person(&sandbox, "ada");
        let room = text(
            &erin
                .post("/v1/rooms", json!({"title": "R"}))
                .await
                .json(200)["id"],
        );
        let team = text(&erin.post("/v1/teams", json!({"name": "T"})).await.json(200)["id"]);
        let mut world = World {
            sandbox,
            erin,
            ada,
            room,
            team,
            meeting: String::new(),
        };
        world.meeting = world.add(Kind::Meetings, 0).await;
        world
    }

    /// Adds one item to a list; the number tells it from all others.
    async fn add(&self, kind: Kind, number: usize) -> String {
        // No two things are made at one moment.
        self.sandbox
            .clock()
            .advance(std::time::Duration::from_secs(1));
        let email = format!("p{number}@example.com");
        let member = matches!(kind, Kind::Members | Kind::TeamMembers);
        if member || kind == Kind::People {
            let new = json!({"emails": [email], "displayName": format!("P {number}")});
            let id = text(&self.ada.post("/v1/people", new).await.json(200)["id"]);
            if !member {
                return id;
            }
        }
        let (room, team, meeting) = (&self.room, &self.team, &self.meeting);
        let title = format!("N {number}");
        let body = match kind {
            Kind::Messages => json!({"roomId": room, "text": title}),
            Kind::Replies => {
                json!({"roomId": room, "text": title, "parentId": self.thread().await})
            }
            Kind::Rooms | Kind::RoomsByCreation => json!({"title": title}),
            Kind::Members => json!({"roomId": room, "personEmail": email}),
            Kind::Teams => json!({"name": title}),
            Kind::TeamMembers => json!({"teamId": team, "personEmail": email}),
            Kind::Webhooks => {
                json!({"name": title, "targetUrl": "http://127.0.0.1:9/", "resource": "rooms", "event": "created"})
            }
            Kind::Meetings => {
                let minute = number % 60;
                json!({"title": title, "start": format!("2026-01-11T12:{minute:02}:00Z"), "end": format!("2026-01-11T13:{minute:02}:00Z")})
            }
            Kind::Invitees => json!({"meetingId": meeting, "email": email}),
            Kind::People => json!({}),
        };
        text(&self.erin.post(kind.path(), body).await.json(200)["id"])
    }

    async fn remove(&self, kind: Kind, id: &str) {
        let who = if kind == Kind::People {
            &self.ada
        } else {
            &self.erin
        };
        who.delete(&format!("{}/{id}", kind.path())).await.json(204);
    }

    /// The oldest message of the space, which all replies hang on.
    async fn thread(&self) -> String {
        let list = format!("/v1/messages?roomId={}", self.room);
        match self.erin.ids(&list).await.pop() {
            Some(thread) => thread,
            None => self.erin.say(&self.room, "thread").await,
        }
    }

    /// The list, narrowed to what the test made where the demo company has some as well.
    async fn list(&self, kind: Kind) -> (Person, String) {
        let (room, team, meeting) = (&self.room, &self.team, &self.meeting);
        let query = match kind {
            Kind::Messages => format!("roomId={room}"),
            Kind::Replies => format!("roomId={room}&parentId={}", self.thread().await),
            Kind::Rooms => "type=group".to_owned(),
            Kind::RoomsByCreation => "sortBy=created".to_owned(),
            Kind::Members => format!("roomId={room}"),
            Kind::TeamMembers => format!("teamId={team}"),
            Kind::Invitees => format!("meetingId={meeting}"),
            Kind::Teams | Kind::Webhooks | Kind::Meetings | Kind::People => String::new(),
        };
        let who = if kind == Kind::People {
            &self.ada
        } else {
            &self.erin
        };
        (who.clone(), format!("{}?{query}", kind.path()))
    }
}

/// Lists that only grow, with what stands in them: occurrences, instances, what hangs on those, events.
async fn grown(world: &World, count: usize) -> Vec<List> {
    let (erin, sandbox) = (&world.erin, &world.sandbox);
    let plan = json!({"title": "Daily", "start": "2026-01-06T10:00:00Z", "end": "2026-01-06T10:30:00Z",
                      "unlockedMeetingJoinSecurity": "allowJoin", "enabledAutoRecordMeeting": true, "recurrence": format!("FREQ=DAILY;COUNT={}", count.max(1))});
    let series = text(&erin.post("/v1/meetings", plan).await.json(200)["id"]);
    let occurrences = (0..count.max(1)).map(|day| format!("{series}_202601{:02}T100000Z", 6 + day));
    let list = |kind: &str| format!("/v1/meetings?meetingSeriesId={series}&meetingType={kind}");
    let mut lists = vec![List {
        who: erin.clone(),
        path: list("scheduledMeeting"),
        expected: occurrences.collect(),
    }];
    let (mut instances, mut transcripts, mut recordings) = (Vec::new(), Vec::new(), Vec::new());
    let guests = ["alice", "bob", "carol", "dave", "frank", "harold"];
    for _ in 0..count {
        let id = sandbox.act(&series, MeetingAction::Start).unwrap();
        for guest in ["erin"].iter().chain(guests.iter().take(count)) {
            let email = format!("{guest}@example.com");
            sandbox.act(&series, MeetingAction::Join { email }).unwrap();
        }
        for number in 0..count {
            let (email, text) = ("erin@example.com".to_owned(), format!("words {number}"));
            sandbox
                .act(&series, MeetingAction::Say { email, text })
                .unwrap();
        }
        sandbox.act(&series, MeetingAction::End).unwrap();
        sandbox
            .clock()
            .advance(std::time::Duration::from_secs(1_200));
        for (list, all) in [
            ("meetingTranscripts", &mut transcripts),
            ("recordings", &mut recordings),
        ] {
            let found = erin.ids(&format!("/v1/{list}?meetingId={id}")).await;
            assert_eq!(found.len(), 1, "{list}");
            all.splice(0..0, found);
        }
        instances.push(id);
    }
    if let Some(last) = instances.last() {
        let path = format!("/v1/meetingParticipants?meetingId={last}");
        let came = erin.all(&path).await;
        let emails: Vec<String> = came.iter().map(|one| text(&one["email"])).collect();
        let expected = ["erin"].into_iter().chain(guests.into_iter().take(count));
        let expected: Vec<String> = expected.map(|name| format!("{name}@example.com")).collect();
        assert_eq!(emails, expected);
        let expected = came.iter().map(|one| text(&one["id"])).collect();
        lists.push(List {
            who: erin.clone(),
            path,
            expected,
        });
    }
    if let Some(last) = transcripts.first() {
        let path = format!("/v1/meetingTranscripts/{last}/snippets?");
        let said = erin.all(&path).await;
        let words: Vec<String> = said.iter().map(|one| text(&one["text"])).collect();
        let expected: Vec<String> = (0..count).map(|number| format!("words {number}")).collect();
        assert_eq!(words, expected);
        let expected = said.iter().map(|one| text(&one["id"])).collect();
        lists.push(List {
            who: erin.clone(),
            path,
            expected,
        });
    }
    for (path, expected) in [
        (list("meeting"), instances),
        ("/v1/meetingTranscripts?".to_owned(), transcripts),
        ("/v1/recordings?".to_owned(), recordings),
    ] {
        lists.push(List {
            who: erin.clone(),
            path,
            expected,
        });
    }
    let grace = person(sandbox, "grace");
    let path = "/v1/events?resource=rooms&type=created&from=2026-01-05T09:00:00Z".to_owned();
    let events = grace.get(&format!("{path}&max=1000")).await.json(200);
    let expected = items(&events).iter().map(|one| text(&one["id"])).collect();
    lists.push(List {
        who: grace,
        path,
        expected,
    });
    lists
}

/// Pages of every size join to what is expected.
async fn check(list: &List) {
    let List {
        who,
        path,
        expected,
    } = list;
    for max in 1..expected.len() + 2 {
        assert_eq!(
            &who.ids(&format!("{path}&max={max}")).await,
            expected,
            "{path} by {max}"
        );
    }
    for cursor in [
        "",
        "x",
        "MTo",
        "%00",
        "OTk5OTk5OTk5OTk5OTk5OTk5OTk6MQ",
        "MDotMQ",
    ] {
        who.get(&format!("{path}&cursor={cursor}")).await.json(400);
    }
    // One that is none of ours, but could be, is no error either.
    for cursor in [
        "MDow",
        "LTk6NDI5NDk2NzI5NQ",
        "OTIyMzM3MjAzNjg1NDc3NTgwNzo0Mjk0OTY3Mjk1",
    ] {
        who.get(&format!("{path}&cursor={cursor}")).await.json(200);
    }
}

proptest! {
    #![proptest_config(lives(6))]

    #[test]
    fn pages_of_any_size_are_the_whole(count in 0..6_usize) {
        live(async {
            let world = World::new().await;
            for kind in KINDS {
                let (who, path) = world.list(kind).await;
                let mut expected = who.ids(&format!("{path}&max=100")).await;
                for number in 1..=count {
                    let new = world.add(kind, number + 10 * kind as usize).await;
                    let at = if kind.is_newest_first() { 0 } else { expected.len() };
                    expected.insert(at, new);
                }
                if kind == Kind::People {
                    expected.sort();
                    let mut found = who.ids(&format!("{path}&max=100")).await;
                    found.sort();
                    assert_eq!(found, expected);
                    expected = who.ids(&format!("{path}&max=100")).await;
                }
                check(&List { who, path, expected }).await;
            }
            for list in grown(&world, count).await {
                check(&list).await;
            }
        });
    }
}

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Between {
    Nothing,
    Add,
    Remove(usize),
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        1 => Just(Between::Nothing),
        2 => Just(Between::Add),
        3 => any::<usize>().prop_map(Between::Remove),
    ]
}

proptest! {
    #![proptest_config(lives(24))]

    #[test]
    fn what_is_there_all_the_while_is_seen_once(
        kind in prop::sample::select(KINDS.to_vec()),
        count in 1..10_usize,
        max in 1..4_usize,
        between in vec(between(), 8),
    ) {
        live(async {
            let world = World::new().await;
            let (who, path) = world.list(kind).await;
            let mut removable = Vec::new();
            for number in 1..=count {
                removable.push(world.add(kind, number).await);
            }
            let before = who.ids(&format!("{path}&max=100")).await;
            let (mut seen, mut gone) = (Vec::new(), BTreeSet::new());
            let mut between = between.into_iter().enumerate();
            let mut next = Some(format!("{path}&max={max}"));
            while let Some(page) = next {
                let answer = who.get(&page).await;
                seen.extend(items(&answer.json(200)).iter().map(|item| text(&item["id"])));
                next = answer.next();
                match between.next() {
                    Some((number, Between::Add)) => drop(world.add(kind, 100 + number).await),
                    Some((_, Between::Remove(number))) if !removable.is_empty() => {
                        let one = pick(&removable, number).unwrap();
                        let one = removable.remove(one);
                        world.remove(kind, &one).await;
                        gone.insert(one);
                    }
                    _ => {}
                }
            }
            let distinct: BTreeSet<&String> = seen.iter().collect();
            assert_eq!(distinct.len(), seen.len(), "{kind:?}: something is seen twice");
            let stayed = before.iter().filter(|id| !gone.contains(*id));
            let found = seen.iter().filter(|id| before.contains(id) && !gone.contains(*id));
            assert_eq!(found.collect::<Vec<_>>(), stayed.collect::<Vec<_>>(), "{kind:?}");
        });
    }
}
