//! Participants, recordings and transcripts.

use serde_json::{Value, json};
use webex::recordings::ListRecordings;
use webex::transcripts::ListTranscripts;
use webex_mcp::error::Code;
use webex_sandbox::MeetingAction;

use super::{client, column, ids, limit, limit_unasked, refuse_all, told, traces, without};
use crate::world::World;

#[tokio::test(crate = "crate::journey")]
async fn participants_outside_are_neither_shown_nor_touched() {
    let mut world = World::new().with_every_tool();
    let standup = world.meeting("alice", "Daily Standup").await;
    let act = |action| world.sandbox.act(&standup, action).unwrap();
    act(MeetingAction::Start);
    for who in ["alice", "bob", "harold"] {
        let email = format!("{who}@example.com");
        act(MeetingAction::Join { email });
    }
    let of = json!({"meetingId": standup});
    let all = world.facts("alice", "webex-get-meeting-participant", of.clone());
    let all = all.await;
    let is_harold = |one: &&Value| one["email"] == "harold@example.com";
    let all = all["participants"].as_array().unwrap();
    // He is not invited, so he waits.
    let harold = all.iter().find(is_harold).unwrap()["id"].clone();
    let absent = traces(&world, "harold");
    limit_unasked(&mut world, without("harold"));

    let get = "webex-get-meeting-participant";
    let listed = told(&world, "alice", get, of.clone(), &absent).await;
    assert_eq!(
        (ids(&listed, "participants").len(), &listed["leftOut"]),
        (2, &json!(1))
    );
    let status = json!({"meetingId": standup, "includeParticipants": true});
    let status = told(&world, "alice", "webex-get-meeting-status", status, &absent).await;
    assert_eq!(status["waiting"], json!([]));
    let change = |name: &str| {
        let mut change = json!({"participantId": harold});
        change[name] = json!(true);
        ("webex-update-meeting-participant", change)
    };
    let emails = json!({"meetingId": standup, "emails": ["bob@example.com", "harold@example.com"]});
    refuse_all(
        &world,
        Code::NotFound,
        [
            (get, json!({"participantId": harold})),
            (get, emails),
            change("admit"),
            change("muted"),
            change("expel"),
        ],
    )
    .await;
    // Whoever is not shown is not let in either.
    let admit = "webex-admit-meeting-participants";
    let all = told(&world, "alice", admit, of.clone(), &absent).await;
    assert_eq!(
        (&all["admitted"], &all["stillWaiting"]),
        (&json!(0), &json!(0))
    );
    let mut named = of.clone();
    named["participantIds"] = json!([harold]);
    let named = told(&world, "alice", admit, named, &[]).await;
    assert_eq!(column(&named, "participants", "outcome"), ["notFound"]);
    let bob = json!({"meetingId": standup, "emails": ["bob@example.com"]});
    let bob = told(&world, "alice", get, bob, &absent).await;
    let mute = json!({"participantId": ids(&bob, "participants")[0], "muted": true});
    let muted = told(
        &world,
        "alice",
        "webex-update-meeting-participant",
        mute,
        &absent,
    )
    .await;
    assert_eq!(muted["muted"], true, "{muted}");
}

/// The recording and the transcript of the planning, which Alice hosted.
async fn of_planning(world: &World) -> (String, String) {
    let alice = client(world, "alice");
    let recordings = alice.recordings().list(&ListRecordings::default()).await;
    let transcripts = alice.transcripts().list(&ListTranscripts::default()).await;
    let (mut recordings, mut transcripts) = (recordings.unwrap().items, transcripts.unwrap().items);
    (recordings.remove(0).id, transcripts.remove(0).id)
}

#[tokio::test(crate = "crate::journey")]
async fn what_a_meeting_outside_left_behind_is_nowhere() {
    let mut world = World::new();
    let (recording, transcript) = of_planning(&world).await;
    let mut absent = traces(&world, "alice");
    absent.extend([recording.clone(), transcript.clone()]);
    limit_unasked(&mut world, without("alice"));
    for (tool, list) in [
        ("webex-list-recordings", "recordings"),
        ("webex-list-transcripts", "transcripts"),
    ] {
        let listed = told(&world, "alice", tool, json!({}), &absent).await;
        assert_eq!(listed[list], json!([]));
        assert!(listed["leftOut"].as_u64() > Some(0), "{listed}");
    }
    let transcript = json!({"transcriptId": transcript});
    let mut snippet = transcript.clone();
    snippet["snippetId"] = json!(format!(
        "{}_1",
        transcript["transcriptId"].as_str().unwrap()
    ));
    refuse_all(
        &world,
        Code::NotFound,
        [
            ("webex-get-recording", json!({"recordingId": recording})),
            ("webex-delete-recording", json!({"recordingId": recording})),
            ("webex-get-transcript", transcript.clone()),
            ("webex-get-transcript-snippet", transcript),
            ("webex-get-transcript-snippet", snippet),
        ],
    )
    .await;
}

#[tokio::test(crate = "crate::journey")]
async fn who_speaks_and_lies_outside_is_not_heard() {
    let mut world = World::new();
    let (recording, transcript) = of_planning(&world).await;
    let said = client(&world, "alice");
    let said = said.transcripts().snippets(&transcript, None).await;
    let is_dave = |email: &Option<String>| email.as_deref() == Some("dave@example.com");
    let mut of_dave = said.unwrap().items.into_iter();
    let of_dave = of_dave.find(|one| is_dave(&one.person_email)).unwrap();
    let mut absent = traces(&world, "dave");
    absent.push(of_dave.text.unwrap());
    limit(&mut world, without("dave"));

    let it = json!({"transcriptId": transcript});
    refuse_all(
        &world,
        Code::NotFound,
        [("webex-get-transcript", it.clone())],
    )
    .await;
    let with_text = json!({"includeText": true});
    let listed = told(
        &world,
        "alice",
        "webex-list-transcripts",
        with_text,
        &absent,
    )
    .await;
    assert!(ids(&listed, "transcripts").contains(&&*transcript));
    assert!(
        column(&listed, "transcripts", "text").is_empty(),
        "{listed}"
    );
    let snippets = "webex-get-transcript-snippet";
    let heard = told(&world, "alice", snippets, it.clone(), &absent).await;
    assert!(heard["leftOut"].as_u64() > Some(0), "{heard}");
    assert!(column(&heard, "snippets", "speaker").contains(&"Bob Smith"));
    let mut one = it.clone();
    one["snippetId"] = json!(of_dave.id);
    refuse_all(&world, Code::NotFound, [(snippets, one)]).await;
    refuse_all(
        &world,
        Code::Forbidden,
        [("webex-get-transcript", it.clone())],
    )
    .await;
    let recording = json!({"recordingId": recording});
    let links = told(&world, "alice", "webex-get-recording", recording, &absent).await;
    let links = &links["downloadLinks"];
    assert!(
        links["recording"].is_string() && links["transcript"].is_null(),
        "{links}"
    );

    // Nobody who is outside spoke.
    limit(&mut world, without("frank"));
    told(&world, "alice", "webex-list-transcripts", json!({}), &[]).await;
    let text = told(&world, "alice", "webex-get-transcript", it, &[]).await;
    assert!(
        text["text"].as_str().unwrap().contains("Dave Miller"),
        "{text}"
    );
}
