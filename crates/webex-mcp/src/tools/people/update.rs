//! Changes accounts: one, or those of a list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::people;

use super::account::{Changes, Updated};
use super::profiles::Profiles;
use super::render_profiles::Changed;
use crate::error::CallError;
use crate::limits::CSV_TEXT_MAX_CHARS;
use crate::tool::{Context, DestroysBy, Policy, Question, Span, Tool, plan};

/// Changes somebody's profile: the name by which they are shown or called, e-mail, job title,
/// department, manager, phone number or extension, or deactivates (blocks) sign-in; for
/// administrators. Roles and licenses stay. The user confirms a block or new e-mail. Many: a CSV
/// list; above 10, or with a block, planned first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, exact name or e-mail.
    pub(super) person_id: Option<String>,
    #[serde(flatten)]
    pub(super) changes: Changes,
    /// CSV of email and what changes.
    #[schemars(length(max = CSV_TEXT_MAX_CHARS))]
    pub(super) csv: Option<String>,
    /// Instead of csv: its uploadId.
    #[schemars(length(max = 64))]
    pub(super) upload_id: Option<String>,
    /// To apply a plan, alone.
    pub(super) plan_id: Option<String>,
}

/// One account, or those of a list.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Answered {
    #[serde(flatten)]
    pub(super) one: Option<Updated>,
    #[serde(flatten)]
    pub(super) many: Option<Changed>,
}

pub struct UpdatePerson;

impl Tool for UpdatePerson {
    const NAME: &'static str = "webex-update-person";
    const TITLE: &'static str = "Change a person's profile";
    const POLICY: Policy = Policy {
        operations: &[&people::GET, &people::LIST, &people::UPDATE],
        span: Span::Work,
        works_by: &["csv", "uploadId", "planId"],
        // What may lock somebody out; a list that does is planned, whatever its length.
        destroys_by: &[
            DestroysBy::Given("planId"),
            DestroysBy::Unset("loginEnabled"),
            DestroysBy::Replaced("email"),
        ],
        ..Policy::DESTROY
    };

    type Arguments = Arguments;
    type Output = Answered;

    async fn call(context: &Context, arguments: Arguments) -> Result<Answered, CallError> {
        match arguments.is_of_many()? {
            true => arguments.many(context).await,
            false => arguments.one(context).await,
        }
    }

    async fn question(
        context: &Context,
        arguments: &Arguments,
    ) -> Result<Option<Question>, CallError> {
        if !arguments.is_of_many()? {
            let (changes, id) = (&arguments.changes, arguments.person_id.as_deref());
            return changes.question(context, id).await;
        }
        let (id, at_once) = (arguments.plan_id.as_deref(), arguments.at_once(context));
        plan::question::<Profiles>(context, id, at_once).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Ambiguous, Conflict, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn changes_what_is_named_and_keeps_the_rest() {
        let world = World::new();
        let bob = world.person("bob");
        let first = json!({"personId": bob, "title": "Lead", "department": "Search", "managerId": "Harold Weber"});
        let renamed =
            json!({"personId": "Bob Smith", "displayName": "Robert Smith", "firstName": "Robert"});
        let moved =
            json!({"personId": "robert smith", "email": "robert@example.com", "department": ""});
        let by_id = json!({"personId": bob, "managerId": world.person("ada")});
        let out = json!({"personId": bob, "loginEnabled": false, "manager": "Zoe Outside"});
        check::<UpdatePerson>(
            &world,
            [
                by("ada", first.clone())
                    .answers(json!({"id": bob, "displayName": "Bob Smith", "title": "Lead", "department": "Search",
                        "manager": "Harold Weber", "alreadySo": false}))
                    .calls(4),
                by("ada", first).answers(json!({"alreadySo": true, "title": "Lead"})).calls(3),
                by("ada", renamed)
                    .answers(json!({"displayName": "Robert Smith", "firstName": "Robert", "title": "Lead", "manager": "Harold Weber"})),
                by("ada", moved)
                    .confirmed()
                    .answers(json!({"emails": ["robert@example.com"], "department": null, "title": "Lead"})),
                by("ada", by_id).answers(json!({"manager": "Ada Okafor"})).calls(3),
                by("ada", out).confirmed().answers(json!({"loginEnabled": false, "manager": "Zoe Outside", "title": "Lead"})),
            ],
        )
        .await;
        let person = world.client("ada").people().get(&bob).await.unwrap();
        assert_eq!((person.manager_id, person.roles), (None, Some(Vec::new())));
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let bob = world.person("bob");
        let cases = [
            (json!({"title": "Lead"}), "`personId`"),
            (json!({"personId": bob}), "`displayName`"),
            (
                json!({"personId": bob, "allowEmpty": true}),
                "`displayName`",
            ),
            (
                json!({"personId": bob, "displayName": " "}),
                "`displayName`",
            ),
            (json!({"personId": bob, "lastName": " "}), "`lastName`"),
            (json!({"personId": bob, "email": "bob"}), "`email`"),
            (
                json!({"personId": bob, "manager": "A", "managerId": bob}),
                "`managerId`",
            ),
            (
                json!({"personId": bob, "phoneNumbers": []}),
                "`phoneNumbers`",
            ),
            (
                json!({"personId": bob, "phoneNumbers": [" "]}),
                "`phoneNumbers`",
            ),
            (
                json!({"personId": bob, "roles": ["full-administrator"]}),
                "`roles`",
            ),
            (json!({"personId": bob, "licenses": []}), "`licenses`"),
            (
                json!({"personId": world.person("bob"), "managerId": "  "}),
                "`managerId`",
            ),
        ];
        let cases =
            cases.map(|(arguments, named)| by("ada", arguments).refused(InvalidArguments, named));
        check::<UpdatePerson>(&world, cases).await;
    }

    #[tokio::test]
    async fn refuses_whom_it_may_not_change_and_what_webex_does_not_take() {
        let world = World::new();
        let title = |who: &str| json!({"personId": world.person(who), "title": "Lead"});
        let taken = json!({"personId": world.person("bob"), "email": "erin@example.com"});
        let number = json!({"personId": world.person("bob"), "phoneNumbers": ["+49 30 123456"]});
        let own = json!({"personId": "me", "loginEnabled": false});
        check::<UpdatePerson>(
            &world,
            [
                alice(title("bob"))
                    .refused(Forbidden, "Only administrators")
                    .calls(1),
                alice(title("alice"))
                    .refused(Forbidden, "Only administrators")
                    .calls(1),
                by("ada", title("ci-bot")).refused(Forbidden, ""),
                by("ada", taken).confirmed().refused(Conflict, "").calls(3),
                by("ada", number).refused(InvalidArguments, "").calls(2),
                by("ada", own).confirmed().refused(Forbidden, ""),
                by("ada", json!({"personId": "Carol", "title": "A"})).refused(Ambiguous, "guess"),
                by("ada", json!({"personId": "Nobody", "title": "A"}))
                    .refused(NotFound, "`personId`"),
                by(
                    "ada",
                    json!({"personId": "Bob Smith", "managerId": "Nobody"}),
                )
                .refused(NotFound, "`managerId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn what_may_lock_somebody_out_is_asked_first() {
        let world = World::new();
        let bob = world.person("bob");
        let person = async || world.client("ada").people().get(&bob).await.unwrap();
        for (change, told) in [
            (
                json!({"loginEnabled": false}),
                "Block “Bob Smith” (bob@example.com) from signing in?",
            ),
            (
                json!({"loginEnabled": "false", "email": "robert@example.com"}),
                "Change the address with which “Bob Smith” (bob@example.com) signs in to robert@example.com, and block them from signing in?",
            ),
            (
                json!({"email": "robert@example.com", "title": "Lead"}),
                "Change the address with which “Bob Smith” (bob@example.com) signs in to robert@example.com? Title: “Lead”.",
            ),
        ] {
            let asked = with(change.clone(), "personId", "Bob Smith");
            let asked = world.call("ada", UpdatePerson::NAME, asked).await;
            let asked = serde_json::to_value(asked.unwrap_err().body()).unwrap();
            assert_eq!(asked["question"], told);
            // Who may not do it at all is not asked.
            let refused = world.call(
                "alice",
                UpdatePerson::NAME,
                with(change, "personId", "Bob Smith"),
            );
            assert_eq!(refused.await.unwrap_err().code, Forbidden);
        }
        let bob_now = person().await;
        assert_ne!(bob_now.login_enabled, Some(false));
        assert_eq!(bob_now.emails.unwrap(), ["bob@example.com"]);
        // Letting somebody in, and what has nothing to do with it, is done at once.
        let out = json!({"personId": bob, "loginEnabled": false});
        let back = json!({"personId": bob, "loginEnabled": true, "title": "Lead"});
        check::<UpdatePerson>(
            &world,
            [
                by("ada", out)
                    .confirmed()
                    .answers(json!({"loginEnabled": false})),
                by("ada", back).answers(json!({"loginEnabled": null, "title": "Lead"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn nobody_is_locked_out_through_another_tool_either() {
        let mut world = World::new();
        let servers = crate::servers::all();
        let compact = servers
            .into_iter()
            .find(|one| &*one.slug == "webex-compact");
        world.server = compact.unwrap();
        let bob = world.person("bob");
        let through =
            |arguments: Value| json!({"tool": UpdatePerson::NAME, "arguments": arguments});
        let out = json!({"personId": bob, "loginEnabled": false});
        for arguments in [out.clone(), out.to_string().into()] {
            let refused = world
                .call("ada", "webex-use-tool", through(arguments))
                .await;
            let refused = refused.unwrap_err();
            assert_eq!(refused.code, Forbidden, "{refused:?}");
            assert!(refused.message.contains("has agreed"), "{refused:?}");
        }
        let list = json!({"csv": "email,loginEnabled\nbob@example.com,false\n"});
        let planned = world.facts("ada", "webex-use-tool", through(list)).await;
        assert_eq!(planned["result"]["status"], "planned", "{planned}");
        let apply = through(json!({"planId": planned["result"]["planId"]}));
        let refused = world.call("ada", "webex-use-tool", apply).await;
        assert_eq!(refused.unwrap_err().code, Forbidden);
        let person = world.client("ada").people().get(&bob).await.unwrap();
        assert_ne!(person.login_enabled, Some(false));
    }
}
