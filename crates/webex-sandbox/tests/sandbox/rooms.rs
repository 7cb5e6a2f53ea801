//! Spaces and who is in them: creation, moderation, joining, leaving, archiving.

use serde_json::{Value, json};

use crate::{items, person, start, text};

#[tokio::test]
async fn what_a_new_space_needs() {
    let (_, alice) = start();
    let team = alice.get("/v1/teams").await.json(200)["items"][0].clone();
    assert_eq!(team["name"], "Engineering");
    let cases = [
        (json!({}), 400),
        (json!({"title": "  "}), 400),
        (json!({"title": "x".repeat(257)}), 400),
        (json!({"title": "P", "isPublic": true}), 400),
        (
            json!({"title": "P", "isPublic": true, "description": "d"}),
            200,
        ),
        (json!({"title": "A", "isAnnouncementOnly": true}), 400),
        (
            json!({"title": "A", "isAnnouncementOnly": true, "isLocked": true}),
            200,
        ),
        (json!({"title": "T", "teamId": "nonsense"}), 404),
        (json!({"title": "T", "teamId": team["id"]}), 200),
        (json!({"title": 5}), 400),
    ];
    for (body, status) in cases {
        alice.post("/v1/rooms", body).await.json(status);
    }
}

#[tokio::test]
async fn a_moderated_space_is_its_moderators_to_change() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let room = alice
        .post("/v1/rooms", json!({"title": "M", "isLocked": true}))
        .await
        .json(200);
    let room_id = text(&room["id"]);
    let path = format!("/v1/rooms/{room_id}");
    bob.get(&path).await.json(404);
    let add = |email: &str| json!({"roomId": room_id, "personEmail": email});
    bob.post("/v1/memberships", add("bob@example.com"))
        .await
        .json(404);
    let membership = alice
        .post("/v1/memberships", add("bob@example.com"))
        .await
        .json(200);
    alice
        .post("/v1/memberships", add("bob@example.com"))
        .await
        .json(409);
    alice
        .post("/v1/memberships", add("nobody@example.com"))
        .await
        .json(404);
    bob.post("/v1/memberships", add("dave@example.com"))
        .await
        .json(403);
    bob.put(&path, json!({"title": "Mine"})).await.json(403);
    let of_bob = format!("/v1/memberships/{}", text(&membership["id"]));
    let promote = json!({"isModerator": true, "isRoomHidden": false});
    bob.put(&of_bob, promote.clone()).await.json(403);
    alice
        .put(&of_bob, json!({"isModerator": true}))
        .await
        .json(400);
    assert_eq!(
        alice.put(&of_bob, promote).await.json(200)["isModerator"],
        true
    );
    let changed = bob
        .put(&path, json!({"title": "Ours", "description": "d"}))
        .await
        .json(200);
    assert_eq!(
        (&changed["title"], &changed["description"]),
        (&json!("Ours"), &json!("d"))
    );
    let cleared = bob
        .put(&path, json!({"title": "Ours", "description": " "}))
        .await
        .json(200);
    assert!(cleared.get("description").is_none());
    bob.put(&path, json!({"title": "Ours", "isReadOnly": true}))
        .await
        .json(403);
    // What a program sends back unchanged is no attempt to change it.
    bob.put(&path, json!({"title": "Ours", "isReadOnly": false}))
        .await
        .json(200);
    let direct = json!({"toPersonEmail": "frank@example.com", "text": "x"});
    let direct = bob.post("/v1/messages", direct).await.json(200);
    let direct = format!("/v1/rooms/{}", text(&direct["roomId"]));
    bob.put(&direct, json!({"title": "Ours", "isReadOnly": false}))
        .await
        .json(400);
    let unlocked = bob
        .put(&path, json!({"title": "Ours", "isLocked": false}))
        .await
        .json(200);
    assert_eq!(unlocked["isLocked"], false);
    assert_eq!(bob.get(&of_bob).await.json(200)["isModerator"], false);
}

#[tokio::test]
async fn deleting_closes_leaves_or_archives() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let room = text(
        &alice
            .post("/v1/rooms", json!({"title": "R"}))
            .await
            .json(200)["id"],
    );
    let add = json!({"roomId": room, "personEmail": "bob@example.com"});
    alice.post("/v1/memberships", add).await.json(200);
    let path = format!("/v1/rooms/{room}");
    bob.delete(&path).await.json(204);
    bob.get(&path).await.json(404);
    alice.get(&path).await.json(200);
    alice.delete(&path).await.json(204);
    alice.get(&path).await.json(404);

    let harold = person(&sandbox, "harold");
    let general = format!("/v1/rooms/{}", harold.room("General").await);
    harold.delete(&general).await.json(400);
    let team_room = harold.room("Engineering").await;
    harold
        .delete(&format!("/v1/rooms/{team_room}"))
        .await
        .json(204);
    assert_eq!(
        alice.get(&format!("/v1/rooms/{team_room}")).await.json(200)["isReadOnly"],
        true
    );
    alice
        .post("/v1/messages", json!({"roomId": team_room, "text": "x"}))
        .await
        .json(403);
}

#[tokio::test]
async fn the_last_moderator_of_general_stays_and_nobody_leaves_a_direct_room() {
    let (sandbox, alice) = start();
    let harold = person(&sandbox, "harold");
    let general = harold.room("General").await;
    let mine = |list: Value| text(&list["items"][0]["id"]);
    let query = format!("/v1/memberships?roomId={general}&personEmail=harold@example.com");
    let membership = mine(harold.get(&query).await.json(200));
    harold
        .delete(&format!("/v1/memberships/{membership}"))
        .await
        .json(400);

    let direct = alice.get("/v1/rooms?type=direct&max=1").await.json(200);
    let room = text(&direct["items"][0]["id"]);
    let query = format!("/v1/memberships?roomId={room}&personEmail=alice@example.com");
    let membership = mine(alice.get(&query).await.json(200));
    let path = format!("/v1/memberships/{membership}");
    alice.delete(&path).await.json(400);
    let hidden = alice
        .put(&path, json!({"isModerator": false, "isRoomHidden": true}))
        .await;
    assert_eq!(hidden.json(200)["isRoomHidden"], true);
}

#[tokio::test]
async fn compliance_officers_look_into_rooms_they_are_not_in() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    let room = alice.room("Leadership").await;
    grace.get(&format!("/v1/rooms/{room}")).await.json(200);
    let messages = grace
        .get(&format!("/v1/messages?roomId={room}"))
        .await
        .json(200);
    assert!(items(&messages).len() > 5);
    grace
        .post("/v1/messages", json!({"roomId": room, "text": "x"}))
        .await
        .json(404);
}

#[tokio::test]
async fn a_space_has_a_standing_meeting_for_those_who_are_in_it() {
    use webex_sandbox::MeetingAction;
    let (sandbox, alice) = start();
    let (bob, frank) = (person(&sandbox, "bob"), person(&sandbox, "frank"));
    let new = alice.post("/v1/rooms", json!({"title": "War room"})).await;
    let room = text(&new.json(200)["id"]);
    let add = json!({"roomId": room, "personEmail": "bob@example.com"});
    alice.post("/v1/memberships", add).await.json(200);
    let path = format!("/v1/rooms/{room}/meetingInfo");
    let info = bob.get(&path).await.json(200);
    assert_eq!(alice.get(&path).await.json(200), info);
    frank.get(&path).await.json(404);
    for meeting in [
        json!({"webLink": info["meetingLink"]}),
        json!({"meetingNumber": info["meetingNumber"]}),
        json!({"meetingId": info["meetingId"]}),
    ] {
        let mut join = meeting.clone();
        join["joinDirectly"] = json!(false);
        let links = bob.post("/v1/meetings/join", join.clone()).await.json(200);
        assert!(links["joinLink"].is_string(), "{meeting}");
        frank.post("/v1/meetings/join", join).await.json(403);
    }
    // It stands in no plan, but starts when somebody starts it, again and again.
    let planned = alice.get("/v1/meetings?max=100").await.json(200);
    assert!(
        items(&planned)
            .iter()
            .all(|one| one["id"] != info["meetingId"])
    );
    let id = text(&info["meetingId"]);
    for _ in 0..2 {
        sandbox.act(&id, MeetingAction::Start).unwrap();
        let email = "bob@example.com".to_owned();
        sandbox.act(&id, MeetingAction::Join { email }).unwrap();
        let people = format!("/v1/meetingParticipants?meetingId={id}");
        let people = alice.get(&people).await.json(200);
        let here = &items(&people)[0];
        assert_eq!(
            (&here["state"], &here["invitee"]),
            (&json!("joined"), &json!(true))
        );
        assert_eq!(here["spaceModerator"], false);
        sandbox.act(&id, MeetingAction::End).unwrap();
        sandbox.clock().advance(std::time::Duration::from_secs(60));
    }
    let of_room = format!("/v1/meetings?roomId={room}");
    let standing = bob.get(&of_room).await.json(200);
    assert_eq!(
        (items(&standing).len(), &items(&standing)[0]["state"]),
        (1, &json!("active"))
    );

    let path = format!("/v1/meetings/{id}");
    alice.put(&path, json!({"title": "Mine"})).await.json(400);
    alice.delete(&path).await.json(400);

    // Who is in the room is invited to what is scheduled for it.
    let new = json!({"title": "Drill", "roomId": room, "start": "2026-01-06T10:00:00Z",
                     "end": "2026-01-06T11:00:00Z"});
    let drill = alice.post("/v1/meetings", new).await.json(200);
    let found = bob.get(&of_room).await.json(200);
    assert!(items(&found).iter().any(|one| one["id"] == drill["id"]));
    let invitees = format!("/v1/meetingInvitees?meetingId={}", text(&drill["id"]));
    let invitees = alice.get(&invitees).await.json(200);
    let bob = &items(&invitees)[0];
    assert_eq!(
        (&bob["email"], &bob["coHost"]),
        (&json!("bob@example.com"), &json!(true))
    );
}

#[tokio::test]
async fn anyone_finds_and_joins_a_public_space_and_only_an_officer_makes_it_public_again() {
    let (sandbox, alice) = start();
    let (frank, grace) = (person(&sandbox, "frank"), person(&sandbox, "grace"));
    let new = json!({"title": "P", "isPublic": true, "isLocked": true, "description": "d"});
    let room = text(&alice.post("/v1/rooms", new).await.json(200)["id"]);
    let path = format!("/v1/rooms/{room}");
    frank.get(&path).await.json(200);
    let messages = format!("/v1/messages?roomId={room}");
    frank.get(&messages).await.json(404);
    let add = |who: &str, moderator: bool| json!({"roomId": room, "personEmail": format!("{who}@example.com"), "isModerator": moderator});
    for (newcomer, status) in [
        (add("bob", false), 404),
        (add("frank", true), 404),
        (add("frank", false), 200),
        (add("frank", false), 409),
        (add("bob", false), 403),
    ] {
        frank.post("/v1/memberships", newcomer).await.json(status);
    }
    frank.get(&messages).await.json(200);
    for (who, public, status) in [
        (&alice, true, 200),
        (&alice, false, 200),
        (&alice, true, 403),
        (&grace, true, 200),
        (&alice, false, 200),
    ] {
        let change = json!({"title": "P", "isPublic": public});
        who.put(&path, change).await.json(status);
    }
    person(&sandbox, "bob").get(&path).await.json(404);
}

#[tokio::test]
async fn compliance_officers_add_people_where_they_are_not() {
    let (sandbox, alice) = start();
    let grace = person(&sandbox, "grace");
    let room = alice.room("Leadership").await;
    let add = json!({"roomId": room, "personEmail": "ada@example.com"});
    let place = grace.post("/v1/memberships", add.clone()).await.json(200);
    grace.post("/v1/memberships", add).await.json(409);
    let path = format!("/v1/memberships/{}", text(&place["id"]));
    grace.delete(&path).await.json(204);
    let team = alice.get("/v1/teams").await.json(200)["items"][0].clone();
    let add = json!({"teamId": team["id"], "personEmail": "ada@example.com"});
    grace.post("/v1/team/memberships", add).await.json(200);
}

#[tokio::test]
async fn public_spaces_are_listed_by_the_time_since_when_they_are() {
    let (sandbox, alice) = start();
    sandbox.clock().advance(std::time::Duration::from_secs(60));
    let new = json!({"title": "P", "isPublic": true, "description": "d"});
    alice.post("/v1/rooms", new).await.json(200);
    let list = "/v1/rooms?orgPublicSpaces=true";
    for (window, count) in [
        ("", 2),
        ("&from=2026-01-05T09:00:30Z", 1),
        ("&to=2026-01-05T09:00:30Z", 1),
        ("&from=2026-01-05T09:02:00Z", 0),
    ] {
        let public = alice.get(&format!("{list}{window}")).await.json(200);
        assert_eq!(items(&public).len(), count, "{window}");
    }
    for wrong in [
        "from=bogus",
        "to=bogus",
        "from=2026-01-06T00:00:00Z&to=2026-01-05T00:00:00Z",
    ] {
        alice.get(&format!("{list}&{wrong}")).await.json(400);
    }
}
