//! Makes a webhook; its secret is made here unless the caller has one, and told this once.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::webhooks::{self, WebhookEvent, WebhookResource, rules};

use super::{Created, check_lines, received, secret, target};
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Creates (registers) a webhook (callback): Webex then calls or notifies your server, backend or
/// bot at an address (URL) of every event of a kind: when someone writes a new message, anyone
/// joins or leaves a space (membership changes), somebody submits a card (fills in a form), or a
/// meeting starts. Answers it and, once, the secret that signs the deliveries.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// A name for it.
    name: String,
    /// The public https URL that is called, or self: this server.
    target_url: String,
    /// messages, memberships, rooms, attachmentActions (card submissions), meetings, recordings, …,
    /// or all.
    #[schemars(with = "String")]
    resource: WebhookResource,
    /// created, updated, deleted, started, ended, joined, left, or all.
    #[schemars(with = "String")]
    event: WebhookEvent,
    /// Only some, such as roomId=<id or title>&hasFiles=true.
    filter: Option<String>,
    /// Signs the deliveries; else one is made.
    #[schemars(length(min = 1))]
    secret: Option<String>,
    /// org: for the whole organization (administrators only).
    #[schemars(extend("enum" = ["creator", "org"]))]
    owned_by: Option<String>,
}

pub struct CreateWebhook;

impl Tool for CreateWebhook {
    const NAME: &'static str = "webex-create-webhook";
    const TITLE: &'static str = "Create a webhook";
    const POLICY: Policy = Policy {
        operations: &[&webhooks::CREATE],
        extra_scopes: &["spark:webhooks_write"],
        answers_secrets: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Created;

    async fn call(context: &Context, arguments: Arguments) -> Result<Created, CallError> {
        target::check(&arguments.target_url, context.rules.private_webhook_targets)?;
        let filter = arguments.filter.as_deref();
        rules::validate(&arguments.resource, &arguments.event, filter)?;
        let own = arguments.secret.as_deref();
        check_lines([("name", Some(&arguments.name)), ("secret", own)])?;
        let made = arguments.secret.is_none().then(secret::make).transpose()?;
        let webhook = webhooks::CreateWebhook {
            name: arguments.name,
            target_url: arguments.target_url,
            resource: arguments.resource,
            event: arguments.event,
            filter: arguments.filter,
            secret: arguments.secret.or_else(|| made.clone()),
            owned_by: arguments.owned_by.filter(|owner| owner == "org"),
        };
        if target::is_self(&webhook.target_url) {
            return received::create(context, webhook, made.is_some()).await;
        }
        let created = context.webex.webhooks().create(&webhook).await?;
        Ok(Created {
            webhook: created.into(),
            secret: made,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tool::Rules;
    use crate::tools::check::{World, alice, check, whole, with};

    fn wanted() -> Value {
        json!({"name": "Hook", "targetUrl": "https://hooks.example.com/", "resource": "messages", "event": "created"})
    }

    #[tokio::test]
    async fn a_secret_is_made_told_once_and_used() {
        let world = World::new();
        let made = world.facts("alice", CreateWebhook::NAME, wanted()).await;
        let secret = made["secret"].as_str().unwrap();
        assert_eq!(secret.len(), 43, "32 bytes in base64url");
        let id = whole("WEBHOOK", &made["id"]);
        let kept = world.client("alice").webhooks().get(&id).await.unwrap();
        assert_eq!(kept.secret.as_deref(), Some(secret));
        let own = with(wanted(), "secret", "the caller's own");
        let filtered = with(wanted(), "filter", "hasFiles=TRUE & roomType=Group");
        let told = with(wanted(), "filter", "hasFiles=true&roomType=group");
        check::<CreateWebhook>(
            &world,
            [
                alice(own)
                    .answers(json!({"id": "*", "secret": null}))
                    .calls(1),
                alice(filtered).answers(with(told, "secret", "*")).calls(1),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_filter_takes_what_people_write_and_has_what_webex_compares() {
        let world = World::today();
        let (room, bob) = (world.space("Project Unicorn").await, world.person("bob"));
        let standup = world.meeting("alice", "Daily Standup").await;
        let uuid = webex::id::ResourceId::parse(&room).unwrap().key;
        let on = |resource: &str, event: &str, filter: String| {
            let asked = with(with(wanted(), "resource", resource), "event", event);
            with(asked, "filter", filter)
        };
        let cases = [
            (
                "messages",
                "created",
                "roomId=Project Unicorn".to_owned(),
                format!("roomId={room}"),
            ),
            (
                "messages",
                "created",
                format!("roomId={uuid}"),
                format!("roomId={room}"),
            ),
            (
                "messages",
                "created",
                format!("hasFiles=true&roomId=us/{uuid}"),
                format!("hasFiles=true&roomId={room}"),
            ),
            (
                "memberships",
                "all",
                format!("personId=bob@example.com&roomId=webexteams://im?space={uuid}"),
                format!("personId={bob}&roomId={room}"),
            ),
            (
                "meetings",
                "started",
                "id=Daily Standup".to_owned(),
                format!("id={standup}"),
            ),
            (
                "attachmentActions",
                "created",
                format!("messageId=US/{uuid}"),
                format!("messageId={}", webex::id::encode("us", "MESSAGE", &uuid)),
            ),
        ];
        let cases = cases.map(|(resource, event, filter, sent)| {
            alice(on(resource, event, filter)).answers(json!({"id": "*", "filter": sent}))
        });
        check::<CreateWebhook>(&world, cases).await;
        let unknown = on("messages", "created", "roomId=No such space".to_owned());
        check::<CreateWebhook>(
            &world,
            [alice(unknown).refused(NotFound, "`filter.roomId`")],
        )
        .await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let cases = [
            ("name", json!(""), "`name`"),
            (
                "targetUrl",
                json!("http://hooks.example.com/"),
                "`targetUrl`",
            ),
            ("targetUrl", json!("https://127.0.0.1:9000/"), "`targetUrl`"),
            (
                "targetUrl",
                json!("https://[::ffff:10.0.0.1]/"),
                "`targetUrl`",
            ),
            ("resource", json!("cats"), "`resource`"),
            ("event", json!("updated"), "`event`"),
            ("filter", json!("colour=red"), "`filter`"),
            ("filter", json!("roomId"), "`filter`"),
            ("filter", json!("hasFiles=maybe"), "hasFiles has to be"),
            ("filter", json!("roomId=a&roomId=b"), "roomId twice"),
            ("filter", json!("roomId=x\nroomType=group"), "`filter`"),
            ("filter", json!("roomId=\u{0}"), "`filter`"),
            (
                "filter",
                json!(format!("roomId={}", "x".repeat(2_048))),
                "`filter`",
            ),
            ("secret", json!("x".repeat(5_000)), "`secret`"),
            ("secret", json!("from a file\n"), "`secret`"),
            ("name", json!("two\nlines"), "`name`"),
            ("name", json!("two\u{2028}lines"), "`name`"),
            ("secret", json!("two\u{2029}lines"), "`secret`"),
            ("name", json!("x".repeat(5_000)), "`name`"),
            ("ownedBy", json!("me"), "`ownedBy`"),
            ("status", json!("active"), "`status`"),
        ];
        let wrong = |(field, value, named)| {
            alice(with(wanted(), field, value)).refused(InvalidArguments, named)
        };
        check::<CreateWebhook>(&World::new(), cases.map(wrong)).await;
        let hosts = json!({"name": "Hook", "targetUrl": "https://hooks.example.com/", "resource": "meetings",
            "event": "started", "filter": "state=inProgress&hostEmail=bob@example.com"});
        let case = alice(hosts).refused(InvalidArguments, "`ownedBy`: it must be org");
        check::<CreateWebhook>(&World::new(), [case]).await;
    }

    #[tokio::test]
    async fn private_targets_are_for_the_operator_to_allow() {
        let world = World::with_rules(Rules {
            private_webhook_targets: true,
            ..Rules::default()
        });
        let local = with(wanted(), "targetUrl", "http://127.0.0.1:9000/");
        check::<CreateWebhook>(&world, [alice(local).answers(json!({"id": "*"}))]).await;
    }
}
