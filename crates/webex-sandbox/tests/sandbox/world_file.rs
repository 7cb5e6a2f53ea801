//! A world in a file: what is loaded answers as what was saved, and what is damaged is refused.

use std::io::{BufReader, Read};
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::post;
use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};
use webex_sandbox::{FileState, KeptWorld, MeetingAction, Options, Sandbox, WorldFileError};

use crate::contents::upload;
use crate::generated::{self, Change, change, ids, seen, whole};
use crate::model::lives;
use crate::oauth::sign_in;
use crate::webhooks::register;
use crate::{Person, items, person, start, text};

const PEOPLE: [&str; 5] = ["alice", "bob", "ada", "grace", "ci-bot"];

fn saved(sandbox: &Sandbox) -> Vec<u8> {
    let mut file = Vec::new();
    sandbox.save(&mut file).unwrap();
    file
}

/// Compares two worlds in files, and shows the first lines that differ.
#[track_caller]
fn assert_same_file(one: &[u8], other: &[u8]) {
    let lines = |file: &[u8]| -> Vec<String> {
        let text = String::from_utf8(file.to_vec()).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let (one, other) = (lines(one), lines(other));
    let pairs = one.iter().zip(&other);
    if let Some((one, other)) = pairs.into_iter().find(|(one, other)| one != other) {
        panic!("{one:.2000}\nis not\n{other:.2000}");
    }
    assert_eq!(one.len(), other.len());
}

fn load(file: &[u8]) -> Result<Sandbox, WorldFileError> {
    Sandbox::load(Options::for_tests(), file)
}

/// Every list that has something of everything, and what hangs on its items.
const ROOTS: [(&str, &[&str]); 9] = [
    ("/v1/people?max=1000", &["/v1/people/{}"]),
    (
        "/v1/rooms?max=1000",
        &[
            "/v1/rooms/{}",
            "/v1/messages?roomId={}&max=1000",
            "/v1/messages?roomId={}&mentionedPeople=me",
            "/v1/memberships?roomId={}",
        ],
    ),
    ("/v1/memberships", &["/v1/memberships/{}"]),
    (
        "/v1/teams",
        &["/v1/teams/{}", "/v1/team/memberships?teamId={}"],
    ),
    ("/v1/webhooks", &["/v1/webhooks/{}"]),
    ("/v1/webhooks?ownedBy=org", &["/v1/webhooks/{}"]),
    ("/v1/events?max=1000", &[]),
    (
        "/v1/meetings?from=2025-12-01T00:00:00Z&to=2026-02-01T00:00:00Z&max=100",
        &["/v1/meetings/{}", "/v1/meetingInvitees?meetingId={}"],
    ),
    (
        "/v1/meetings?meetingType=meeting&from=2025-12-01T00:00:00Z&to=2026-02-01T00:00:00Z&max=100",
        &[
            "/v1/meetingParticipants?meetingId={}",
            "/v1/meetingTranscripts?meetingId={}",
            "/v1/meetingSummaries?meetingId={}",
            "/v1/recordings?meetingId={}",
        ],
    ),
];

/// Everything that somebody reads, with the status of each answer.
async fn read_all(who: &Person) -> Vec<(String, u16, String)> {
    let mut all = Vec::new();
    for (root, branches) in ROOTS {
        let mut next = Some(root.to_owned());
        while let Some(path) = next {
            let answer = who.get(&path).await;
            next = answer.next();
            let page: Value = serde_json::from_slice(&answer.body).unwrap();
            all.push((path, answer.status.as_u16(), answer.text()));
            for item in page["items"].as_array().into_iter().flatten() {
                let id = text(&item["id"]);
                for branch in branches {
                    let path = branch.replace("{}", &id);
                    let answer = who.get(&path).await;
                    all.push((path, answer.status.as_u16(), answer.text()));
                }
            }
        }
    }
    all
}

#[track_caller]
fn assert_same(one: &[(String, u16, String)], other: &[(String, u16, String)]) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other);
    }
}

/// Something of every noun. Gives the paths of two files and what reads an action and a meeting.
async fn live(sandbox: &Sandbox, alice: &Person) -> Vec<String> {
    let (ada, bob) = (person(sandbox, "ada"), person(sandbox, "bob"));
    let mut paths = Vec::new();
    let room = alice.room("Leadership").await;
    for (chunks, name) in [(1, "small.csv"), (3, "größer.pdf")] {
        let message = upload(alice, &room, name, chunks).await.json(200);
        paths.push(text(&message["files"][0]).replace("http://webex.test", ""));
    }
    let file_id = paths[0].rsplit('/').next().unwrap().to_owned();
    assert!(sandbox.set_file_state(&file_id, FileState::Unscannable));
    let first = alice.say(&room, "one").await;
    let body = json!({"roomId": room, "parentId": first, "markdown": "**two** <@all>"});
    alice.post("/v1/messages", body).await.json(200);
    let edit = json!({"roomId": room, "text": "uno"});
    alice
        .put(&format!("/v1/messages/{first}"), edit)
        .await
        .json(200);
    let gone = alice.say(&room, "gone").await;
    alice
        .delete(&format!("/v1/messages/{gone}"))
        .await
        .json(204);
    let card = json!({"roomId": room, "text": "card", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {"type": "AdaptiveCard", "version": "1.3", "body": []}}]});
    let card = text(&alice.post("/v1/messages", card).await.json(200)["id"]);
    let action = json!({"type": "submit", "messageId": card, "inputs": {"a": 1}});
    let action = alice.post("/v1/attachment/actions", action).await.json(200);
    paths.push(format!("/v1/attachment/actions/{}", text(&action["id"])));

    let team = text(
        &alice
            .post("/v1/teams", json!({"name": "New"}))
            .await
            .json(200)["id"],
    );
    let member = json!({"teamId": team, "personEmail": "bob@example.com"});
    alice.post("/v1/team/memberships", member).await.json(200);
    let space = json!({"title": "Of the team", "teamId": team});
    alice.post("/v1/rooms", space).await.json(200);
    let hook = |scope: &str| {
        json!({"name": "n", "targetUrl": "http://127.0.0.1:9/x", "resource": "rooms",
               "event": "created", "secret": "s", "ownedBy": scope})
    };
    alice.post("/v1/webhooks", hook("creator")).await.json(200);
    ada.post("/v1/webhooks", hook("org")).await.json(200);
    let zoe = json!({"emails": ["zoe@example.com"], "displayName": "Zoe"});
    ada.post("/v1/people", zoe).await.json(200);
    person(sandbox, "zoe").get("/v1/people/me").await.json(200);
    let direct = json!({"toPersonEmail": "zoe@example.com", "text": "hello"});
    bob.post("/v1/messages", direct).await.json(200);

    let meeting = json!({"title": "Retro", "start": "2026-01-05T10:00:00Z", "password": "BgJep@43",
        "end": "2026-01-05T10:30:00Z", "recurrence": "FREQ=DAILY;COUNT=5",
        "enabledAutoRecordMeeting": true, "invitees": [{"email": "bob@example.com"}]});
    let meeting = text(&alice.post("/v1/meetings", meeting).await.json(200)["id"]);
    sandbox.act(&meeting, MeetingAction::Start).unwrap();
    let join = MeetingAction::Join {
        email: "alice@example.com".to_owned(),
    };
    sandbox.act(&meeting, join).unwrap();
    let say = MeetingAction::Say {
        email: "alice@example.com".to_owned(),
        text: "We begin.".to_owned(),
    };
    sandbox.act(&meeting, say).unwrap();
    sandbox.act(&meeting, MeetingAction::End).unwrap();
    sandbox.clock().advance(Duration::from_secs(2 * 60 * 60));
    alice.get("/v1/rooms").await.json(200);
    let next = format!("/v1/meetings/{meeting}_20260107T100000Z");
    let moved = json!({"title": "Later", "password": "BgJep@43", "start": "2026-01-07T11:00:00Z",
                       "end": "2026-01-07T11:30:00Z"});
    alice.put(&next, moved).await.json(200);
    paths.extend([next, "/v1/people/me".to_owned()]);
    paths
}

#[tokio::test]
async fn a_loaded_world_answers_byte_for_byte_as_the_one_that_was_saved() {
    let (sandbox, alice) = start();
    let paths = live(&sandbox, &alice).await;
    let tokens = sign_in(&sandbox, "bob", "spark:people_read").await;
    let narrow = sandbox
        .grant("bob@example.com", &["spark:rooms_read"])
        .unwrap();
    let file = saved(&sandbox);
    let loaded = load(&file).unwrap();
    assert_eq!(loaded.clock().now(), sandbox.clock().now());
    assert_same_file(&saved(&loaded), &file);

    let names = PEOPLE.map(|name| format!("sandbox-{name}"));
    let others = [
        tokens.access_token.expose().to_owned(),
        narrow,
        "sandbox-zoe".to_owned(),
    ];
    let mut told = Vec::new();
    for token in names.into_iter().chain(others) {
        let of = |sandbox: &Sandbox| Person {
            token: token.clone(),
            router: sandbox.router(),
        };
        sandbox.faults().forget_calls();
        let (before, after) = (read_all(&of(&sandbox)).await, read_all(&of(&loaded)).await);
        // Refusals count the requests in their tracking ids.
        let answers = |all: Vec<(String, u16, String)>| -> Vec<(String, u16, String)> {
            let text = |status, text| if status == 200 { text } else { String::new() };
            all.into_iter()
                .map(|(path, status, body)| (path, status, text(status, body)))
                .collect()
        };
        told.extend(
            before
                .iter()
                .filter(|(_, status, _)| *status == 200)
                .cloned(),
        );
        assert_same(&answers(before), &answers(after));
    }
    let lists = ROOTS
        .iter()
        .flat_map(|(root, branches)| branches.iter().chain([root]));
    for list in lists {
        let start = list.split("{}").next().unwrap();
        let has = |(path, _, body): &(String, u16, String)| {
            path.starts_with(start) && body != r#"{"items":[]}"#
        };
        assert!(told.iter().any(has), "{list} has told nobody anything");
    }
    for path in &paths {
        let again = person(&loaded, "alice")
            .get(&format!("{path}?allow=unscannable"))
            .await;
        let first = alice.get(&format!("{path}?allow=unscannable")).await;
        assert_eq!(
            (first.status.as_u16(), first.body),
            (200, again.body),
            "{path}"
        );
    }
    // Both live on alike: the next ids are the same.
    let both = [alice.clone(), person(&loaded, "alice")];
    let mut posted = Vec::new();
    for alice in both {
        let room = alice.room("Leadership").await;
        posted.push(alice.say(&room, "and on").await);
    }
    assert_eq!(posted[0], posted[1]);
}

#[tokio::test]
async fn the_file_begins_with_what_it_is_and_tells_no_row_that_follows() {
    let (sandbox, _) = start();
    let file = String::from_utf8(saved(&sandbox)).unwrap();
    let mut lines = file.lines();
    let header: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(
        (&header["format"], &header["version"]),
        (&json!("webex-sandbox-world"), &json!(1))
    );
    let last: Value = serde_json::from_str(lines.next_back().unwrap()).unwrap();
    assert_eq!(
        last,
        json!({"table": "end", "lines": file.lines().count() - 1})
    );
    let population = generated::sandbox(1, 1_000, 100, 100_000);
    let population = String::from_utf8(saved(&population)).unwrap();
    let lines = (population.lines().count(), file.lines().count());
    assert_eq!(lines.0, lines.1, "nothing generated is in it");
}

proptest! {
    #![proptest_config(lives(8))]

    #[test]
    fn changes_of_a_generated_world_are_kept(
        seed: u64,
        steps in proptest::collection::vec((0..6_u32, 0..1_000_usize, prop_oneof![
            Just(Change::Edit), Just(Change::Delete), Just(Change::Post),
            Just(Change::Reply), Just(Change::Join), Just(Change::Leave),
        ]), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let sandbox = generated::sandbox(seed, 6, 3, 60);
            for (who, which, kind) in steps {
                change(&sandbox, who, which, kind).await;
            }
            let file = saved(&sandbox);
            let loaded = load(&file).unwrap();
            assert_eq!(seen(&sandbox, 6).await, seen(&loaded, 6).await);
            assert_same_file(&saved(&loaded), &file);
        });
    }
}

#[tokio::test]
async fn whoever_is_removed_from_a_generated_world_stays_away() {
    let sandbox = generated::sandbox(1, 12, 3, 200);
    let (ada, first) = (person(&sandbox, "ada"), generated::somebody(&sandbox, 0));
    let id = first.id().await;
    let room = ids(&whole(&first, "/v1/rooms").await).remove(0);
    ada.delete(&format!("/v1/people/{id}")).await.json(204);
    let owner = generated::somebody(&sandbox, 1);
    let own = json!({"title": "Mine"});
    let own = text(&owner.post("/v1/rooms", own).await.json(200)["id"]);
    owner.delete(&format!("/v1/rooms/{own}")).await.json(204);
    let loaded = load(&saved(&sandbox)).unwrap();
    for sandbox in [&sandbox, &loaded] {
        generated::somebody(sandbox, 0)
            .get("/v1/people/me")
            .await
            .json(401);
        let grace = person(sandbox, "grace");
        let members = whole(&grace, &format!("/v1/memberships?roomId={room}")).await;
        assert!(
            members
                .iter()
                .all(|member| member["personId"] != id.as_str())
        );
        grace.get(&format!("/v1/rooms/{own}")).await.json(404);
    }
    assert_eq!(seen(&sandbox, 0).await, seen(&loaded, 0).await);
}

/// The world with one line exchanged.
fn with_line(file: &[u8], number: usize, line: &str) -> Vec<u8> {
    let text = std::str::from_utf8(file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[number - 1] = line;
    (lines.join("\n") + "\n").into_bytes()
}

#[tokio::test]
async fn what_cannot_be_a_world_is_refused_with_its_line() {
    use WorldFileError::*;
    let (sandbox, _) = start();
    let file = saved(&sandbox);
    let lines = std::str::from_utf8(&file).unwrap().lines().count();
    let message = r#"{"table":"messages","key":5,"row":{}}"#;
    let membership = std::str::from_utf8(&file).unwrap().lines();
    let membership = membership
        .enumerate()
        .find(|(_, line)| line.starts_with(r#"{"table":"memberships","key":3,"#));
    let (at, membership) = membership.unwrap();
    let at = at + 1;
    let number = at as u64;
    let dangling = membership.replace("\"person\":", "\"person\":9");
    let renamed = membership.replace("\"key\":3", "\"key\":900000");
    let cases = [
        (Vec::new(), NotAWorld),
        (b"{}\n".to_vec(), NotAWorld),
        (b"\xff\xfe\n".to_vec(), NotAWorld),
        (
            b"{\"format\":\"other\",\"version\":1}\n".to_vec(),
            NotAWorld,
        ),
        (
            b"{\"format\":\"webex-sandbox-world\",\"version\":2}\n".to_vec(),
            UnknownVersion(2),
        ),
        (
            b"{\"format\":\"webex-sandbox-world\",\"version\":1}\n".to_vec(),
            Damaged(1),
        ),
        (with_line(&file, at, message), Damaged(number)),
        (with_line(&file, at, "{\"table\":"), Damaged(number)),
        (
            with_line(&file, at, r#"{"table":"unheard"}"#),
            Damaged(number),
        ),
        (with_line(&file, at, &dangling), Misplaced(number)),
        (with_line(&file, at, &renamed), Misplaced(number)),
        (with_line(&file, at + 1, membership), Misplaced(number + 1)),
        (with_line(&file, at - 1, membership), Misplaced(number)),
        (
            with_line(&file, lines, r#"{"table":"end","lines":1}"#),
            Misplaced(lines as u64),
        ),
        (file[..file.len() / 2].to_vec(), Unfinished),
    ];
    for (damaged, expected) in cases {
        let refused = load(&damaged).unwrap_err();
        let is_cut = expected == Unfinished && matches!(refused, Damaged { .. });
        assert!(
            refused == expected || is_cut,
            "{refused:?} is not {expected:?}"
        );
        assert!(refused.to_string().ends_with('.'), "{refused}");
    }
    let header = [
        &file[..file.iter().position(|byte| *byte == b'\n').unwrap()],
        b"\n",
    ]
    .concat();
    let endless = std::io::repeat(b' ').take(65 * 1024 * 1024);
    let endless = BufReader::new(std::io::Cursor::new(header.clone()).chain(endless));
    let refused = Sandbox::load(Options::for_tests(), endless).unwrap_err();
    assert_eq!(refused, TooLarge(2));
    let far = String::from_utf8(file).unwrap();
    let far = far.replacen("\"present\":\"2026", "\"present\":\"2126", 1);
    assert_eq!(load(far.as_bytes()).unwrap_err(), TooFarAhead);
}

/// The demo company beside a few generated people who have done something.
static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let sandbox = generated::sandbox(1, 6, 3, 60);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        for who in 0..6 {
            for kind in [Change::Edit, Change::Reply, Change::Delete] {
                change(&sandbox, who, 3, kind).await;
            }
        }
        change(&sandbox, 0, 0, Change::Leave).await;
    });
    saved(&sandbox)
});

proptest! {
    #![proptest_config(lives(24))]

    /// Whatever happens to some line: it is refused, or it is a world that answers.
    #[test]
    fn damaged_lines_never_panic(
        at: prop::sample::Index,
        within: prop::sample::Index,
        damage in 0..5,
        byte: u8,
    ) {
        let file = FILE.as_slice();
        let mut lines: Vec<Vec<u8>> = file.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.pop();
        let count = lines.len();
        let index = at.index(count);
        match damage {
            0 => drop(lines.remove(index)),
            1 => lines.insert(index, lines[index].clone()),
            2 => lines.swap(index, (index + 1) % count),
            3 => {
                let cut = within.index(lines[index].len());
                lines[index].truncate(cut);
            }
            _ => {
                let place = within.index(lines[index].len());
                lines[index][place] = byte;
            }
        }
        let damaged = [lines.join(&b'\n'), b"\n".to_vec()].concat();
        match load(&damaged) {
            Ok(loaded) => {
                let once = saved(&loaded);
                assert_same_file(&saved(&load(&once).unwrap()), &once);
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    for name in ["carol", "grace"] {
                        let all = read_all(&person(&loaded, name)).await;
                        assert!(all.iter().all(|(_, status, _)| *status < 500));
                    }
                });
            }
            Err(refused) => prop_assert!(damaged != file, "{refused}"),
        }
    }
}

#[tokio::test]
async fn the_administration_hands_out_the_world_and_takes_it_back() {
    let (sandbox, alice) = start();
    let admin = Person {
        router: sandbox.admin_router(),
        token: String::new(),
    };
    let put = async |body: Vec<u8>| {
        let request = Request::put("/_sandbox/world").body(Body::from(body));
        admin.raw(request.unwrap()).await
    };
    let answer = admin.get("/_sandbox/world").await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_same_file(&answer.body, &saved(&sandbox));
    let room = alice.room("Leadership").await;
    let posted = alice.say(&room, "not for long").await;
    let path = format!("/v1/messages/{posted}");

    let damaged = with_line(&answer.body, 7, "{}");
    let refused = put(damaged).await.json(400);
    let told = text(&refused["errors"][0]["description"]);
    assert!(
        told.starts_with("Line 7 of the world cannot be read"),
        "{told}"
    );
    alice.get(&path).await.json(200);

    put(answer.body.to_vec()).await.json(204);
    alice.get(&path).await.json(404);
    assert_same_file(&saved(&sandbox), &answer.body);
}

#[tokio::test]
async fn a_kept_world_is_there_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.jsonl");
    let world = KeptWorld::open(&path, Options::for_tests()).unwrap();
    assert!(
        path.exists(),
        "it is written at once, so that trouble is seen at once"
    );
    let alice = person(world.sandbox(), "alice");
    let room = alice.room("Leadership").await;
    let posted = alice.say(&room, "for long").await;
    world.keep(std::future::ready(())).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = KeptWorld::open(&path, Options::for_tests()).unwrap();
    let alice = person(again.sandbox(), "alice");
    alice.get(&format!("/v1/messages/{posted}")).await.json(200);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );

    std::fs::write(&path, "no world").unwrap();
    let refused = KeptWorld::open(&path, Options::for_tests()).unwrap_err();
    assert_eq!(refused, WorldFileError::NotAWorld);
    assert!(matches!(
        KeptWorld::open(&folder.path().join("no/such"), Options::for_tests()),
        Err(WorldFileError::Write(_))
    ));
    let rooms = alice.get("/v1/rooms").await.json(200);
    assert!(!items(&rooms).is_empty());
}

/// What waits or was sent is the old world's: its webhooks may be other people's in the new one.
#[tokio::test]
async fn a_replaced_world_brings_no_delivery_of_the_one_before() {
    let (sandbox, alice) = start();
    let (sender, mut told) = tokio::sync::mpsc::channel(10);
    let hook = move |body: Bytes| async move {
        let told: Value = serde_json::from_slice(&body).unwrap();
        let room = text(&told["data"]["roomId"]);
        sender.send(room).await.unwrap();
        // It never answers: what comes next waits.
        std::future::pending::<()>().await;
    };
    let target = Router::new().route("/hook", post(hook));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, target).await.unwrap() });
    register(&alice, &url, "messages", "created", None).await;
    let file = saved(&sandbox);
    let rooms = ["Leadership", "Engineering", "General"];
    let mut ids = Vec::new();
    for title in rooms {
        ids.push(alice.room(title).await);
    }
    alice.say(&ids[0], "carried").await;
    assert_eq!(told.recv().await.unwrap(), ids[0]);
    alice.say(&ids[1], "waits").await;
    sandbox.replace(&file[..]).unwrap();
    alice.say(&ids[2], "of the new world").await;
    assert_eq!(told.recv().await.unwrap(), ids[2]);
    let admin = Person {
        router: sandbox.admin_router(),
        token: String::new(),
    };
    let webhooks = admin.get("/_sandbox/webhooks").await.json(200);
    assert_eq!(webhooks["deliveries"], json!([]));
}

/// An earlier version took any text as the type of a schedule.
#[tokio::test]
async fn a_type_of_schedule_that_is_not_known_is_a_meeting() {
    let (sandbox, _) = start();
    let file = String::from_utf8(saved(&sandbox)).unwrap();
    let known = r#""scheduled_type":"meeting""#;
    assert!(file.contains(known));
    for written in [r#""foo""#, "null", "7"] {
        let old = file.replace(known, &format!(r#""scheduled_type":{written}"#));
        let loaded = load(old.as_bytes()).unwrap();
        assert_same_file(&saved(&loaded), file.as_bytes());
    }
    let webinar = file.replacen(known, r#""scheduled_type":"webinar""#, 1);
    let loaded = load(webinar.as_bytes()).unwrap();
    assert_same_file(&saved(&loaded), webinar.as_bytes());
}
