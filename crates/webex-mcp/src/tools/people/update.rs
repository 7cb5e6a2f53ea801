//! Changes an account: reads it, and sends the whole back with what is to change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::people::{self, AccountView};

use super::Person;
use super::account::{Changes, check_whole, whole};
use crate::error::CallError;
use crate::tool::{Context, Policy, Theirs, Tool};

/// Changes somebody's account or profile: sets or updates their name, e-mail, job title,
/// department, manager, phone number or extension, or deactivates (blocks) sign-in; for
/// administrators. The rest stays, also roles and licenses. Answers the person then.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Id, exact name, e-mail address or link.
    person_id: String,
    #[serde(flatten)]
    changes: Changes,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Updated {
    /// Was so before; nothing changed.
    pub(super) already_so: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_name: Option<Theirs>,
    #[serde(flatten)]
    pub(super) person: Person,
}

pub struct UpdatePerson;

impl Tool for UpdatePerson {
    const NAME: &'static str = "webex-update-person";
    const TITLE: &'static str = "Change a person's account";
    const POLICY: Policy = Policy {
        operations: &[&people::GET, &people::UPDATE],
        idempotent: true,
        ..Policy::WRITE
    };

    type Arguments = Arguments;
    type Output = Updated;

    async fn call(context: &Context, arguments: Arguments) -> Result<Updated, CallError> {
        let Arguments { person_id, changes } = arguments;
        changes.check()?;
        let api = context.webex.people();
        let mut person = api.get_with_calling(&person_id).await?;
        check_whole(&person)?;
        let manager = match &changes.manager_id {
            Some(id) => match context.met(id) {
                Some(met) => Some(met.name.as_str().to_owned()),
                None => api.get(id).await?.display_name,
            },
            None => None,
        };
        let wanted = changes.made_to(&person, manager);
        let already_so = wanted == whole(&person);
        if !already_so {
            let view = AccountView {
                calling_data: Some(true),
                ..AccountView::default()
            };
            let sent = api.update(&person_id, &wanted, &view).await;
            person = sent.map_err(|error| match error.status() {
                Some(400 | 409) => CallError::from(error).advise("Webex may have changed a part of it all the same: read the person with webex-get-person before you try again."),
                _ => error.into(),
            })?;
        }
        Ok(Updated {
            already_so,
            first_name: person.first_name.as_deref().map(Theirs::from),
            last_name: person.last_name.as_deref().map(Theirs::from),
            person: Person::whole(person),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Ambiguous, Conflict, Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check};

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
                    .answers(json!({"emails": ["robert@example.com"], "department": null, "title": "Lead"})),
                by("ada", by_id).answers(json!({"manager": "Ada Okafor"})).calls(3),
                by("ada", out).answers(json!({"loginEnabled": false, "manager": "Zoe Outside", "title": "Lead"})),
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
                by("ada", taken).refused(Conflict, "").calls(2),
                by("ada", number).refused(InvalidArguments, "").calls(2),
                by("ada", own).refused(Forbidden, ""),
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
}
