//! Cards: what people enter, who may read it, and who is told.

use serde_json::json;

use crate::{Person, items, person, start, text};

/// A message with a card.
pub(crate) async fn card(who: &Person, room: &str) -> String {
    let card = json!({"contentType": "application/vnd.microsoft.card.adaptive",
                      "content": {"type": "AdaptiveCard", "version": "1.3"}});
    let body = json!({"roomId": room, "text": "vote", "attachments": [card]});
    text(&who.post("/v1/messages", body).await.json(200)["id"])
}

#[tokio::test]
async fn what_is_entered_can_be_read_by_the_room() {
    let (sandbox, alice) = start();
    let bob = person(&sandbox, "bob");
    let message = card(&alice, &alice.room("Project Unicorn").await).await;
    let inputs = json!({"choice": "blue", "days": 3});
    let submit = json!({"type": "submit", "messageId": message, "inputs": inputs});
    let done = bob.post("/v1/attachment/actions", submit).await.json(200);
    assert_eq!(done["personId"], bob.id().await);
    assert_eq!(done["messageId"], message.as_str());
    let path = format!("/v1/attachment/actions/{}", text(&done["id"]));
    assert_eq!(alice.get(&path).await.json(200), done);
    person(&sandbox, "grace").get(&path).await.json(200);
    person(&sandbox, "ada").get(&path).await.json(404);
    alice.delete(&format!("/v1/messages/{message}")).await;
    alice.get(&path).await.json(404);
}

#[tokio::test]
async fn what_cannot_be_submitted() {
    let (sandbox, alice) = start();
    let room = alice.room("Project Unicorn").await;
    let (message, plain) = (card(&alice, &room).await, alice.say(&room, "plain").await);
    let cases = [
        (json!({"type": "submit", "messageId": message}), 400),
        (json!({"messageId": message, "inputs": {}}), 400),
        (
            json!({"type": "open", "messageId": message, "inputs": {}}),
            400,
        ),
        (json!({"type": "submit", "inputs": {}}), 400),
        (
            json!({"type": "submit", "messageId": plain, "inputs": {}}),
            400,
        ),
        (
            json!({"type": "submit", "messageId": message, "inputs": []}),
            400,
        ),
        (
            json!({"type": "submit", "messageId": "none", "inputs": {}}),
            404,
        ),
        (
            json!({"type": "submit", "messageId": message, "inputs": {}}),
            200,
        ),
    ];
    for (body, status) in cases {
        alice
            .post("/v1/attachment/actions", body)
            .await
            .json(status);
    }
    let submit = json!({"type": "submit", "messageId": message, "inputs": {}});
    let ada = person(&sandbox, "ada");
    ada.post("/v1/attachment/actions", submit.clone())
        .await
        .json(404);
    // Reading every room is not being in it.
    let grace = person(&sandbox, "grace");
    grace.post("/v1/attachment/actions", submit).await.json(404);
    let all = grace.get("/v1/events?resource=attachmentActions").await;
    assert_eq!(items(&all.json(200)).len(), 1);
}
