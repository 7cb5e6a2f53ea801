//! Looks for people in the directory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::limits::MAX_PEOPLE_IDS_COUNT;
use webex::people::{self, ListPeople};

use super::Who;
use super::directory::{domain, look};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, ShortId, Tool};

/// Looks for people in the organization's directory: finds colleagues or employees, anybody in the
/// company who is called so, by the beginning of a name, by e-mail address or domain, or ids.
/// Answers name, addresses (email), job title and id. Only administrators may list everybody or a
/// domain. Presence: webex-get-person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// Whole e-mail address.
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// How the name begins, first name first.
    display_name: Option<String>,
    /// At most 85 people, each by id, name or e-mail address; stands alone.
    #[schemars(length(min = 1, max = MAX_PEOPLE_IDS_COUNT))]
    person_ids: Option<Vec<String>>,
    /// Another organization's id; for its administrators.
    org_id: Option<String>,
    /// Domain of e-mail addresses; others than administrators need displayName too.
    email_domain: Option<String>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    pub(super) people: Vec<Who>,
    /// Of personIds, those that nobody has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) not_found_ids: Vec<ShortId>,
    /// How many people were looked at for emailDomain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read: Option<usize>,
    #[serde(skip)]
    pub(super) is_by_name: bool,
    pub(super) page: PageInfo,
}

pub struct SearchPeople;

impl Tool for SearchPeople {
    const NAME: &'static str = "webex-search-people";
    const TITLE: &'static str = "Look up people in the directory";
    const POLICY: Policy = Policy {
        operations: &[&people::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Found;

    async fn call(context: &Context, arguments: Arguments) -> Result<Found, CallError> {
        let Arguments {
            email,
            display_name,
            person_ids,
            org_id,
            email_domain,
            part,
        } = arguments;
        let others = [&email, &display_name, &email_domain];
        if person_ids.is_some() && others.into_iter().flatten().next().is_some() {
            let right = "they stand without email, displayName and emailDomain";
            return Err(CallError::invalid("personIds", right));
        }
        let domain = email_domain.as_deref().map(domain).transpose()?;
        let query = ListPeople {
            email,
            display_name,
            id: person_ids.map(|ids| ids.join(",")),
            org_id,
            exclude_status: Some(true),
            ..ListPeople::default()
        };
        look(context, query, domain, &part).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check, with};

    #[tokio::test]
    async fn finds_by_address_by_the_beginning_of_a_name_and_by_ids() {
        let world = World::new();
        let (bob, erin) = (world.person("bob"), world.person("erin"));
        let nobody = webex::id::encode("us", "PEOPLE", "6d2f1a3e-0b5c-4d7e-8f90-123456789abc");
        let found = json!({"people": [{"id": bob, "displayName": "Bob Smith", "emails": ["bob@example.com"],
            "title": "Backend Engineer", "status": null, "lastActivity": null}], "read": null, "page": {"returned": 1, "cursor": null}});
        let both =
            json!({"people": [{"displayName": "Carol Diaz"}, {"displayName": "Caroline Meyer"}]});
        let ids = json!({"people": [{"id": bob}, {"id": erin}], "notFoundIds": [nobody]});
        let in_one_text = format!("{bob}, erin@example.com; {nobody}");
        check::<SearchPeople>(
            &world,
            [
                alice(json!({"email": "bob@example.com"}))
                    .answers(found.clone())
                    .calls(1),
                alice(json!({"displayName": "bob sm"}))
                    .answers(found.clone())
                    .calls(1),
                alice(json!({"displayName": "Carol"}))
                    .answers(both)
                    .calls(1),
                alice(json!({"displayName": "Smith"}))
                    .answers(json!({"people": [], "notFoundIds": null})),
                alice(json!({"personIds": in_one_text})).answers(ids.clone()),
                alice(json!({"personIds": [], "email": "mailto:bob@example.com"})).answers(found),
                alice(json!({"personIds": [bob, erin, nobody]}))
                    .answers(ids)
                    .calls(1),
                alice(json!({"personIds": "Erin Novak"}))
                    .answers(json!({"people": [{"id": erin}]})),
                alice(json!({"personIds": ["Nobody"]})).refused(NotFound, "`personIds[0]`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn only_administrators_list_everybody() {
        let world = World::new();
        let everybody = json!({"people": [{}, {}, {}], "page": {"returned": 3, "cursor": "*"}});
        let domain = json!({"emailDomain": "webex.bot"});
        let bots = json!({"people": [{"displayName": "CI Bot", "type": "bot"}], "read": 11, "page": {"cursor": null}});
        let org = world.client("ada").people().me().await.unwrap().org_id;
        let named = json!({"displayName": "C", "emailDomain": "@Webex.bot"});
        check::<SearchPeople>(
            &world,
            [
                by("ada", json!({"max": 3})).answers(everybody).calls(1),
                by("ada", domain.clone()).answers(bots).calls(1),
                by("ada", json!({"orgId": org, "max": 100}))
                    .answers(json!({"page": {"returned": 11, "cursor": null}})),
                alice(json!({}))
                    .refused(Forbidden, "only an address or a name")
                    .calls(1),
                alice(domain)
                    .refused(Forbidden, "only an address or a name")
                    .calls(1),
                alice(json!({"orgId": org})).refused(Forbidden, "only an address or a name"),
                alice(json!({"orgId": org, "displayName": "Bob"})).refused(Forbidden, ""),
                // With a name Webex answers everybody, and the domain is compared here.
                alice(named)
                    .answers(json!({"people": [{"displayName": "CI Bot"}], "read": 3}))
                    .calls(1),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn goes_on_by_cursor_with_and_without_a_domain() {
        let world = World::new();
        for asked in [
            json!({"max": 4}),
            json!({"max": 4, "emailDomain": "example.com"}),
        ] {
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            for _ in 0..3 {
                let asked = with(asked.clone(), "cursor", cursor);
                let page = world.facts("ada", SearchPeople::NAME, asked).await;
                let people = page["people"].as_array().unwrap();
                seen.extend(people.iter().map(|person| person["id"].to_string()));
                cursor = page["page"]["cursor"].clone();
            }
            assert_eq!(cursor, Value::Null, "{asked}");
            let all = 11 - usize::from(asked.get("emailDomain").is_some());
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), all, "{asked}");
        }
    }

    #[tokio::test]
    async fn a_domain_is_looked_for_within_a_budget() {
        let world = World::with_people(3_500);
        let asked = json!({"emailDomain": "nowhere.example"});
        let page = world.facts("ada", SearchPeople::NAME, asked.clone()).await;
        assert_eq!(
            (&page["people"], &page["read"]),
            (&json!([]), &json!(3_000))
        );
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        let end = json!({"people": [], "read": 511, "page": {"returned": 0, "cursor": null}});
        check::<SearchPeople>(&world, [by("ada", rest).answers(end).calls(1)]).await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let id = world.person("bob");
        let many = vec![id.clone(); MAX_PEOPLE_IDS_COUNT + 1];
        let cases = [
            (
                json!({"personIds": [id], "email": "bob@example.com"}),
                "`personIds`",
            ),
            (
                json!({"personIds": [id], "emailDomain": "example.com"}),
                "`personIds`",
            ),
            (json!({"personIds": many}), "`personIds`"),
            (json!({"email": "bob"}), "`email`"),
            (json!({"emailDomain": "bob@example.com"}), "`emailDomain`"),
            (json!({"emailDomain": "example"}), "`emailDomain`"),
            (json!({"emailDomain": "example..com"}), "`emailDomain`"),
            (json!({"displayName": "Bob", "max": 0}), "`max`"),
            (json!({"displayName": "Bob", "cursor": "AAAA"}), "`cursor`"),
            (
                json!({"emailDomain": "a.com", "cursor": "AAAA"}),
                "`cursor`",
            ),
            (json!({"query": "Bob"}), "`query`"),
        ];
        let cases = cases.map(|(arguments, named)| bob(arguments).refused(InvalidArguments, named));
        check::<SearchPeople>(&world, cases).await;
    }
}
