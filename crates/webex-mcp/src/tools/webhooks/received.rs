//! Webhooks whose deliveries come to this server: it makes their secret, keeps it, and tells it to
//! nobody.

use webex::webhooks::{self, WebhookStatus};

use super::{Created, Webhook, secret, target};
use crate::error::{CallError, Code};
use crate::tool::{Context, Prepared, Received, ShortId, Watched};

/// Creates a webhook that comes in here. Its record is there before Webex is asked, because the
/// first delivery may come before Webex's answer.
pub async fn create(
    context: &Context,
    mut webhook: webhooks::CreateWebhook,
    is_secret_ours: bool,
) -> Result<Created, CallError> {
    if !is_secret_ours {
        return Err(has_own_secret());
    }
    let (resource, event) = (webhook.resource.to_string(), webhook.event.to_string());
    let watched = Watched {
        resource: &resource,
        event: &event,
        filter: webhook.filter.as_deref(),
    };
    let secret = webhook.secret.as_deref().unwrap_or_default();
    let Prepared { id, address } = context.receiver().prepare(watched, secret).await?;
    webhook.target_url = address;
    match context.webex.webhooks().create(&webhook).await {
        Ok(made) => {
            let org = made.org_id.as_deref();
            context.receiver().confirm(&id, &made.id, org).await;
            let mut webhook = Webhook::from(made);
            webhook.is_received_here = true;
            Ok(Created {
                webhook,
                secret: None,
            })
        }
        Err(error) => {
            if !error.maybe_applied() {
                context.receiver().forget(&id).await;
            }
            Err(error.into())
        }
    }
}

/// Changes a webhook, which may begin or cease to come in here.
pub async fn update(
    context: &Context,
    id: &str,
    mut webhook: webhooks::UpdateWebhook,
) -> Result<Webhook, CallError> {
    let present = find(context, id).await?;
    let is_here = match &present {
        Some(received) if received.is_at(&webhook.target_url) => true,
        _ => target::is_self(&webhook.target_url),
    };
    if is_here && webhook.secret.is_some() {
        return Err(has_own_secret());
    }
    let mut begun = None;
    match &present {
        Some(received) if is_here => match &received.address {
            Some(address) => webhook.target_url.clone_from(address),
            None if target::is_self(&webhook.target_url) => return Err(unreachable_here()),
            None => {}
        },
        Some(_) if webhook.secret.is_none() => return Err(needs_secret()),
        None if is_here => {
            let prepared = prepare(context, id, &mut webhook).await?;
            begun = Some(prepared);
        }
        Some(_) | None => {}
    }
    let changed = match context.webex.webhooks().update(id, &webhook).await {
        Ok(changed) => changed,
        Err(error) => {
            if let Some(begun) = begun.filter(|_| !error.maybe_applied()) {
                context.receiver().forget(&begun.id).await;
            }
            return Err(error.into());
        }
    };
    if let Some(begun) = &begun {
        let org = changed.org_id.as_deref();
        context.receiver().confirm(&begun.id, id, org).await;
    }
    if let Some(received) = present.filter(|_| !is_here) {
        context.receiver().forget(&received.id).await;
    }
    let mut changed = [Webhook::from(changed)];
    tell(context, &mut changed).await;
    let [changed] = changed;
    Ok(changed)
}

/// Gives a webhook that points elsewhere an address here, and a new secret.
async fn prepare(
    context: &Context,
    id: &str,
    webhook: &mut webhooks::UpdateWebhook,
) -> Result<Prepared, CallError> {
    let was = context.webex.webhooks().get(id).await?;
    let resource = was.resource.as_ref().map(ToString::to_string);
    let event = was.event.as_ref().map(ToString::to_string);
    let watched = Watched {
        resource: resource.as_deref().unwrap_or_default(),
        event: event.as_deref().unwrap_or_default(),
        filter: was.filter.as_deref(),
    };
    let secret = secret::make()?;
    let prepared = context.receiver().prepare(watched, &secret).await?;
    webhook.target_url.clone_from(&prepared.address);
    webhook.secret = Some(secret);
    Ok(prepared)
}

/// The webhook with this id, if it comes in here.
async fn find(context: &Context, id: &str) -> Result<Option<Received>, CallError> {
    let wanted = ShortId::from(id);
    let mut all = context.receiver().all().await?.into_iter();
    Ok(all.find(|received| received.webhook == wanted))
}

/// Webex deletes the webhook, so nothing comes in for it any more.
pub async fn forget(context: &Context, id: &str) {
    // What cannot be looked up now is a record that takes nothing any more.
    if let Ok(Some(received)) = find(context, id).await {
        context.receiver().forget(&received.id).await;
    }
}

/// Says of each whether it comes in here and when it last did, and notices those that Webex gave up.
pub async fn tell(context: &Context, webhooks: &mut [Webhook]) {
    // What Webex said is told even where the records cannot be read.
    let all = context.receiver().all().await.unwrap_or_default();
    let inactive = WebhookStatus::Inactive.to_string();
    for webhook in webhooks {
        let mut received = all.iter();
        let Some(received) = received.find(|one| one.webhook == webhook.id) else {
            continue;
        };
        let is_active = webhook.status.as_deref() != Some(&*inactive);
        let receiver = context.receiver();
        receiver.noticed(&received.id, is_active).await;
        let last = receiver.last_delivery(&received.id).await;
        webhook.is_received_here = true;
        webhook.last_delivery = last.map(|at| at.to_string());
    }
}

fn has_own_secret() -> CallError {
    CallError::invalid(
        "secret",
        "leave it out with targetUrl self: this server makes and keeps the secret of what comes to it",
    )
}

fn needs_secret() -> CallError {
    CallError::invalid(
        "secret",
        "give a new one with another target: the present one is this server's own and is told to nobody",
    )
}

fn unreachable_here() -> CallError {
    CallError::new(
        Code::NotConfigured,
        "Webex cannot reach this server any more, so this webhook has no address here.",
        "Tell the operator to set server.public_url, or give targetUrl and secret of another server. Nothing was changed.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::create::CreateWebhook;
    use super::super::delete::DeleteWebhook;
    use super::super::get::GetWebhook;
    use super::super::update::UpdateWebhook;
    use crate::error::Code::{InvalidArguments, NotConfigured, NotFound};
    use crate::hooks::{Owner, Watch};
    use crate::identity::{Caller, Principal};
    use crate::tool::Tool as _;
    use crate::tools::check::{World, alice, bob, check, whole, with};

    fn wanted() -> Value {
        json!({"name": "Hook", "targetUrl": "self", "resource": "messages", "event": "created"})
    }

    /// A webhook of Alice's that comes in, as answers show its id.
    async fn made(world: &World) -> Value {
        let made = world.facts("alice", CreateWebhook::NAME, wanted()).await;
        made["id"].clone()
    }

    async fn at_webex(world: &World, id: &Value) -> webex::webhooks::Webhook {
        let id = whole("WEBHOOK", id);
        world.client("alice").webhooks().get(&id).await.unwrap()
    }

    #[tokio::test]
    async fn its_secret_is_made_and_told_to_nobody() {
        let world = World::receiving();
        let case =
            alice(wanted()).answers(json!({"id": "*", "secret": null, "isReceivedHere": true}));
        check::<CreateWebhook>(&world, [case.calls(1)]).await;
        let id = made(&world).await;
        let kept = at_webex(&world, &id).await;
        let (target, secret) = (kept.target_url.unwrap(), kept.secret.unwrap());
        assert!(target.starts_with("http://127.0.0.1:2/hooks/"), "{target}");
        assert_eq!(secret.len(), 43);
        let it = json!({"webhookId": id});
        let told = world
            .call("alice", GetWebhook::NAME, it.clone())
            .await
            .unwrap();
        assert!(told.text.contains("come to this server"), "{}", told.text);
        assert!(!told.text.contains(&secret) && !told.facts.as_str().contains(&secret));
        let none = json!({"webhooks": [{"isReceivedHere": true, "lastDelivery": null}]});
        check::<GetWebhook>(&world, [alice(it.clone()).answers(none)]).await;
        let delivery =
            json!({"id": kept.id, "resource": "messages", "event": "created", "data": {"id": "1"}});
        world.deliver(&target, &secret, &delivery).await;
        let came = json!({"webhooks": [{"isReceivedHere": true, "lastDelivery": "*"}]});
        check::<GetWebhook>(&world, [alice(it).answers(came)]).await;
    }

    #[tokio::test]
    async fn it_needs_an_address_and_no_secret_of_the_callers() {
        let own = with(wanted(), "secret", "mine");
        let refused = alice(own.clone()).refused(InvalidArguments, "`secret`");
        check::<CreateWebhook>(&World::receiving(), [refused]).await;
        check::<CreateWebhook>(
            &World::new(),
            [
                alice(wanted())
                    .refused(NotConfigured, "cannot reach this server")
                    .calls(0),
                alice(own).refused(InvalidArguments, "`secret`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_refused_creation_leaves_no_record() {
        let world = World::receiving();
        let faults = world.sandbox.faults();
        faults.next_on(1, "POST", "/v1/webhooks", webex_sandbox::Fault::status(403));
        let refused = world.call("alice", CreateWebhook::NAME, wanted()).await;
        assert!(refused.is_err());
        let records = world.hooks_of("alice").await;
        assert_eq!(records, 0);
        made(&world).await;
        assert_eq!(world.hooks_of("alice").await, 1);
        assert_eq!(world.hooks_of("bob").await, 0);
    }

    #[tokio::test]
    async fn changes_keep_its_record_right() {
        let world = World::receiving();
        let id = &made(&world).await;
        let before = at_webex(&world, id).await;
        let renamed = json!({"webhookId": id, "name": "New"});
        let away = json!({"webhookId": id, "targetUrl": "https://hooks.example.com/"});
        check::<UpdateWebhook>(
            &world,
            [
                alice(renamed).answers(json!({"name": "New", "isReceivedHere": true})),
                alice(json!({"webhookId": id, "targetUrl": "self"}))
                    .answers(json!({"isReceivedHere": true})),
                alice(json!({"webhookId": id, "secret": "mine"}))
                    .refused(InvalidArguments, "`secret`")
                    .calls(1),
                alice(away.clone())
                    .refused(InvalidArguments, "`secret`")
                    .calls(1),
                bob(json!({"webhookId": id, "name": "Mine"})).refused(NotFound, ""),
            ],
        )
        .await;
        let same = at_webex(&world, id).await;
        assert_eq!(
            (same.secret, same.target_url),
            (before.secret, before.target_url)
        );
        let away = alice(with(away, "secret", "mine")).answers(json!({"isReceivedHere": null}));
        check::<UpdateWebhook>(&world, [away]).await;
        assert_eq!(world.hooks_of("alice").await, 0);
        let back = json!({"webhookId": id, "targetUrl": "self"});
        let back = alice(back).answers(json!({"isReceivedHere": true}));
        check::<UpdateWebhook>(&world, [back]).await;
        let kept = at_webex(&world, id).await;
        assert_eq!(kept.secret.unwrap().len(), 43, "a new one was made");
    }

    /// What Webex says of a webhook.
    async fn status(world: &World, it: &Value) -> Value {
        let told = world.facts("alice", GetWebhook::NAME, it.clone()).await;
        told["webhooks"][0]["status"].clone()
    }

    /// Nothing listens at its address, so Webex gives up; the deliveries go one after the other.
    async fn given_up(world: &World, it: &Value) {
        let note = json!({"roomId": world.space("Project Unicorn").await, "text": "hi"});
        for _ in 0..100 {
            world
                .facts("bob", "webex-create-message", note.clone())
                .await;
        }
        for _ in 0..1_000 {
            if status(world, it).await == "inactive" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it stayed active");
    }

    #[tokio::test]
    async fn one_that_webex_gave_up_is_told_and_activated_again() {
        let world = World::receiving();
        let it = json!({"webhookId": made(&world).await});
        given_up(&world, &it).await;
        let text = world
            .call("alice", GetWebhook::NAME, it.clone())
            .await
            .unwrap()
            .text;
        assert!(text.contains("Webex gave up delivering"), "{text}");
        let covers = async || {
            let caller = Caller::new(Principal::new("alice"), None);
            let room = world.space("Project Unicorn").await;
            let watch = Watch::new("webex://spaces/{roomId}/messages", &room).unwrap();
            let owner = Owner::of(&caller);
            world.hooks().covers(&owner, &watch).await.unwrap()
        };
        assert!(!covers().await, "nothing is promised on it");
        let again =
            alice(with(it.clone(), "status", "active")).answers(json!({"status": "active"}));
        check::<UpdateWebhook>(&world, [again]).await;
        assert!(covers().await);
    }

    #[tokio::test]
    async fn one_that_webex_gave_up_is_activated_again_for_whom_the_server_has_a_token() {
        let mut world = World::receiving();
        let it = json!({"webhookId": made(&world).await});
        given_up(&world, &it).await;
        world.reactivate_webhooks().await;
        assert_eq!(status(&world, &it).await, "inactive", "no token stays");
        world.is_lasting = true;
        world.reactivate_webhooks().await;
        assert_eq!(status(&world, &it).await, "active");
        // What is active is only looked at.
        world.sandbox.faults().forget_calls();
        world.reactivate_webhooks().await;
        let calls = world.sandbox.faults().calls();
        assert!(calls.iter().all(|call| call.method == "GET"), "{calls:?}");
        assert!(!calls.is_empty(), "it was not looked at");
    }

    #[tokio::test]
    async fn deleted_it_is_forgotten() {
        let world = World::receiving();
        let it = json!({"webhookId": made(&world).await});
        assert_eq!(world.hooks_of("alice").await, 1);
        check::<DeleteWebhook>(
            &world,
            [alice(it).confirmed().answers(json!({"deleted": true}))],
        )
        .await;
        assert_eq!(world.hooks_of("alice").await, 0);
    }
}
