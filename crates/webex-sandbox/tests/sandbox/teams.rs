//! Teams: their General space, their moderators, and what is left when they end.

use serde_json::{Value, json};

use crate::{Person, items, person, start, text};

/// A team of Alice's, and the id of its General space.
async fn found(alice: &Person) -> (String, String) {
    let team = alice.post("/v1/teams", json!({"name": "Docs"})).await;
    let team = text(&team.json(200)["id"]);
    let rooms = alice.get(&format!("/v1/rooms?teamId={team}")).await;
    let rooms = rooms.json(200);
    assert_eq!(items(&rooms).len(), 1);
    assert_eq!(rooms["items"][0]["title"], "General");
    (team, text(&rooms["items"][0]["id"]))
}

async fn add(who: &Person, team: &str, email: &str) -> crate::Answer {
    let body = json!({"teamId": team, "personEmail": email});
    who.post("/v1/team/memberships", body).await
}

/// The id of the first of a list.
async fn first(who: &Person, path: &str) -> String {
    text(&who.get(path).await.json(200)["items"][0]["id"])
}

/// The addresses and roles of a list of memberships.
async fn members(who: &Person, path: &str) -> Vec<(String, bool)> {
    let page = who.get(path).await.json(200);
    let member = |item: &Value| {
        let is_moderator = item["isModerator"].as_bool().unwrap();
        (text(&item["personEmail"]), is_moderator)
    };
    items(&page).iter().map(member).collect()
}

#[tokio::test]
async fn the_general_space_follows_its_team() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let (team, general) = found(&alice).await;
    let of_team = format!("/v1/team/memberships?teamId={team}");
    let of_general = format!("/v1/memberships?roomId={general}");
    let alone = vec![("alice@example.com".to_owned(), true)];
    assert_eq!(members(&alice, &of_team).await, alone);
    assert_eq!(members(&alice, &of_general).await, alone);

    let of_bob = add(&alice, &team, "bob@example.com").await.json(200);
    assert_eq!(of_bob["isModerator"], false);
    add(&alice, &team, "bob@example.com").await.json(409);
    let of_bob = format!("/v1/team/memberships/{}", text(&of_bob["id"]));
    alice
        .put(&of_bob, json!({"isModerator": true}))
        .await
        .json(200);
    let both = members(&bob, &of_team).await;
    assert_eq!(both[1], ("bob@example.com".to_owned(), true));
    assert_eq!(members(&bob, &of_general).await, both);

    assert_eq!(bob.delete(&of_bob).await.status, 204);
    bob.get(&format!("/v1/rooms/{general}")).await.json(404);
    bob.get(&of_team).await.json(404);
    assert_eq!(members(&alice, &of_general).await, alone);
}

#[tokio::test]
async fn a_team_follows_its_general_space() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let (team, general) = found(&alice).await;
    let of_team = format!("/v1/team/memberships?teamId={team}");
    let join = json!({"roomId": general, "personEmail": "bob@example.com"});
    let of_bob = alice.post("/v1/memberships", join).await.json(200);
    let of_bob = format!("/v1/memberships/{}", text(&of_bob["id"]));
    let promotion = json!({"isModerator": true, "isRoomHidden": false});
    alice.put(&of_bob, promotion).await.json(200);
    let both = members(&alice, &of_team).await;
    assert_eq!(both[1], ("bob@example.com".to_owned(), true));
    assert_eq!(bob.delete(&of_bob).await.status, 204);
    assert_eq!(members(&alice, &of_team).await.len(), 1);
    alice
        .delete(&format!("/v1/rooms/{general}"))
        .await
        .json(400);
    let unlocked = json!({"title": "General", "isLocked": false});
    alice
        .put(&format!("/v1/rooms/{general}"), unlocked)
        .await
        .json(400);
}

#[tokio::test]
async fn a_team_keeps_its_last_moderator() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let (team, general) = found(&alice).await;
    let own = first(&alice, &format!("/v1/team/memberships?teamId={team}")).await;
    let own = format!("/v1/team/memberships/{own}");
    alice
        .put(&own, json!({"isModerator": false}))
        .await
        .json(400);
    alice.delete(&own).await.json(400);
    let in_general = first(&alice, &format!("/v1/memberships?roomId={general}")).await;
    let in_general = format!("/v1/memberships/{in_general}");
    alice.delete(&in_general).await.json(400);
    let demotion = json!({"isModerator": false, "isRoomHidden": false});
    alice.put(&in_general, demotion).await.json(400);

    let of_bob = add(&alice, &team, "bob@example.com").await.json(200);
    let of_bob = format!("/v1/team/memberships/{}", text(&of_bob["id"]));
    let path = format!("/v1/teams/{team}");
    for refused in [
        bob.put(&of_bob, json!({"isModerator": true})).await,
        bob.put(&path, json!({"name": "Mine"})).await,
        bob.delete(&path).await,
        bob.delete(&own).await,
        add(&bob, &team, "carol@example.com").await,
    ] {
        refused.json(403);
    }
    alice
        .put(&of_bob, json!({"isModerator": true}))
        .await
        .json(200);
    assert_eq!(bob.delete(&own).await.status, 204);
    alice.get(&path).await.json(404);
    bob.get(&path).await.json(200);
}

#[tokio::test]
async fn a_team_ends_with_its_general_space_and_archives_the_others() {
    let (_, alice) = start();
    let (team, general) = found(&alice).await;
    let path = format!("/v1/teams/{team}");
    let described = json!({"name": "Docs", "description": "We write."});
    alice.put(&path, described).await.json(200);
    alice.put(&path, json!({"name": " "})).await.json(400);
    let renamed = alice.put(&path, json!({"name": "Words"})).await.json(200);
    assert_eq!(renamed["description"], "We write.");
    let new = json!({"title": "Style", "teamId": team});
    let style = text(&alice.post("/v1/rooms", new).await.json(200)["id"]);
    assert_eq!(alice.delete(&path).await.status, 204);
    alice.get(&path).await.json(404);
    alice.get(&format!("/v1/rooms/{general}")).await.json(404);
    let style = alice.get(&format!("/v1/rooms/{style}")).await.json(200);
    assert_eq!(style["isReadOnly"], true);
    assert!(style.get("teamId").is_none());
    let post = json!({"roomId": style["id"], "text": "hello?"});
    alice.post("/v1/messages", post).await.json(403);
}

#[tokio::test]
async fn strangers_see_no_team_and_the_compliance_officer_every_one() {
    let (sandbox, alice) = start();
    let (grace, ada) = (person(&sandbox, "grace"), person(&sandbox, "ada"));
    let (team, _) = found(&alice).await;
    let of_team = format!("/v1/team/memberships?teamId={team}");
    let page = alice.get(&of_team).await.json(200);
    let own = format!("/v1/team/memberships/{}", text(&page["items"][0]["id"]));
    for path in [format!("/v1/teams/{team}"), of_team, own] {
        grace.get(&path).await.json(200);
        ada.get(&path).await.json(404);
    }
    alice.get("/v1/team/memberships").await.json(400);
    alice.post("/v1/teams", json!({"name": ""})).await.json(400);
}
