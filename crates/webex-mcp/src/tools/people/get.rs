//! Reads one person, or the presence of several.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::{memberships, people, team_memberships};

use super::{People, Person, presence};
use crate::error::CallError;
use crate::limits::PRESENCE_MAX_PEOPLE;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Tells who a person is: looks up one colleague, employee or teammate, or whose id or address it
/// is; or your own account (who am I, signed in or logged in as whom). Answers the profile with
/// contact details (e-mail, phone number, extension, how to reach them), job title, manager,
/// department, and presence status: whether they are online, available, busy, in a call, away, out
/// of office or not to be disturbed (do not disturb); with teamId, roomId or personIds, of each
/// member of a team or space. By part of a name: webex-search-people.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One person: id, name, e-mail address, link or "me" (the default).
    person_id: Option<String>,
    /// Presence of at most 50 people, each by id, name or e-mail address.
    #[schemars(length(min = 1, max = PRESENCE_MAX_PEOPLE))]
    person_ids: Option<Vec<String>>,
    /// Presence of the members of this team: id, link or name.
    team_id: Option<String>,
    /// Presence of those in this space: id, link or title.
    room_id: Option<String>,
    #[serde(flatten)]
    part: Part,
}

pub struct GetPerson;

impl Tool for GetPerson {
    const NAME: &'static str = "webex-get-person";
    const TITLE: &'static str = "Read a profile or your account, or who is available";
    const POLICY: Policy = Policy {
        operations: &[&people::GET, &people::ME],
        // Only for the members of a team or a space.
        courtesy: &[&team_memberships::LIST, &memberships::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = People;

    async fn call(context: &Context, arguments: Arguments) -> Result<People, CallError> {
        let Arguments {
            person_id,
            person_ids,
            team_id,
            room_id,
            part,
        } = arguments;
        let (one, team, space) = (person_id.is_some(), team_id.is_some(), room_id.is_some());
        let ways = [one, person_ids.is_some(), team, space];
        if ways.into_iter().filter(|is_used| *is_used).count() > 1 {
            let right = "give only one of personId, personIds, teamId and roomId";
            return Err(CallError::invalid("personId", right));
        }
        if !(team || space || part == Part::default()) {
            let right = "max and cursor go with teamId or roomId only";
            let field = if part.cursor.is_some() {
                "cursor"
            } else {
                "max"
            };
            return Err(CallError::invalid(field, right));
        }
        let api = context.webex.people();
        let (people, page) = match (team_id, room_id, person_ids) {
            (Some(id), ..) => presence::of_team(context, id, context.opened(&part)?).await?,
            (_, Some(id), _) => presence::of_space(context, id, context.opened(&part)?).await?,
            (.., Some(ids)) => presence::of_ids(context, ids).await?,
            (None, None, None) => {
                let person = match person_id {
                    Some(id) => api.get(&id).await?,
                    None => api.me().await?,
                };
                (vec![Person::whole(person)], PageInfo::whole(1))
            }
        };
        Ok(People { people, page })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex_sandbox::Fault;

    use super::*;
    use crate::error::Code::{Ambiguous, InvalidArguments, NotFound, RateLimited};
    use crate::tools::check::{World, alice, by, check, with};

    #[tokio::test]
    async fn reads_one_by_every_name_and_oneself_without() {
        let world = World::new();
        let id = world.person("harold");
        let harold = json!({"people": [{"id": id, "displayName": "Harold Weber", "emails": ["harold@example.com"],
            "status": "OutOfOffice", "lastActivity": "*", "title": "Chief Technology Officer", "type": null}],
            "page": {"returned": 1, "cursor": null}});
        let own = json!({"people": [{"displayName": "Alice Johnson", "status": "*"}]});
        let bot = json!({"people": [{"displayName": "CI Bot", "type": "bot", "status": null}]});
        check::<GetPerson>(
            &world,
            [
                alice(json!({"personId": id}))
                    .answers(harold.clone())
                    .calls(1),
                alice(json!({"personId": "harold weber"}))
                    .answers(harold.clone())
                    .calls(2),
                alice(json!({"personId": "harold@example.com"})).answers(harold),
                alice(json!({})).answers(own.clone()).calls(1),
                alice(json!({"personId": "me"})).answers(own),
                alice(json!({"personId": world.person("ci-bot")})).answers(bot),
                alice(json!({"personId": "Carol"})).refused(Ambiguous, "`personId`"),
                alice(json!({"personId": "Nobody"})).refused(NotFound, "`personId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn tells_the_presence_of_a_team_page_by_page() {
        let world = World::new();
        let name = GetPerson::NAME;
        let asked = json!({"teamId": "Engineering", "max": 5});
        let page = world.facts("alice", name, asked.clone()).await;
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        let whole = world
            .facts("alice", name, json!({"teamId": "Engineering"}))
            .await;
        let people = whole["people"].as_array().unwrap();
        let who = |person: &Value| (person["displayName"].clone(), person["status"].clone());
        assert_eq!(
            who(&people[0]),
            (json!("Harold Weber"), json!("OutOfOffice"))
        );
        assert_eq!(people.len(), 7);
        assert!(
            people.iter().all(|person| person["status"].is_string()),
            "{whole}"
        );
        // Only who it is and whether they are there.
        assert_eq!(people[0]["title"], Value::Null);
        let two = json!({"people": people[5..], "page": {"returned": 2, "cursor": null}});
        check::<GetPerson>(
            &world,
            [
                alice(rest.clone()).answers(two).calls(3),
                // Only the name is looked up.
                by("bob", rest)
                    .refused(InvalidArguments, "`cursor`")
                    .calls(1),
                by("ada", json!({"teamId": "Engineering"})).refused(NotFound, "`teamId`"),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn tells_the_presence_of_a_space_and_of_named_people_each_once() {
        let world = World::new();
        let space = json!({"people": [{"displayName": "*", "status": "*"}, {}, {}], "page": {"returned": 3}});
        let (bob, erin) = (world.person("bob"), "erin@example.com");
        let named = json!({"personIds": [bob, "Bob Smith", erin, "bob@example.com"]});
        let two = json!({"people": [{"id": bob, "displayName": "Bob Smith"}, {"emails": [erin]}],
            "page": {"returned": 2, "cursor": null}});
        let gone = json!({"people": [{"id": bob, "displayName": null, "status": null}]});
        check::<GetPerson>(
            &world,
            [
                alice(json!({"roomId": "Leadership"}))
                    .answers(space)
                    .calls(5),
                by("bob", json!({"roomId": "Leadership"})).refused(NotFound, "`roomId`"),
                alice(named).answers(two),
                alice(json!({"personIds": bob})).answers(json!({"page": {"returned": 1}})),
                alice(json!({"personIds": [bob, "Nobody"]})).refused(NotFound, "`personIds[1]`"),
            ],
        )
        .await;
        // Somebody who is hidden from the caller does not hide the others.
        let faults = world.sandbox.faults();
        faults.next_on(1, "GET", "/v1/people/*", Fault::status(404));
        let hidden = alice(json!({"personIds": [bob]})).answers(gone);
        check::<GetPerson>(&world, [hidden]).await;
        faults.next_on(9, "GET", "/v1/people/*", Fault::status(429));
        let limited = alice(json!({"personIds": [bob]})).refused(RateLimited, "rate");
        check::<GetPerson>(&world, [limited]).await;
    }

    #[tokio::test]
    async fn refuses_before_anything_is_sent() {
        let world = World::new();
        let bob = world.person("bob");
        let room = world.space("Leadership").await;
        let many = vec![bob.clone(); PRESENCE_MAX_PEOPLE + 1];
        let cases = [
            (json!({"personId": bob, "personIds": [bob]}), "`personId`"),
            (json!({"personIds": [bob], "roomId": room}), "`personId`"),
            (json!({"personIds": many}), "`personIds`"),
            (json!({"personIds": [" "]}), "`personIds[0]`"),
            (json!({"personIds": [room]}), "`personIds[0]`"),
            (json!({"personId": bob, "max": 5}), "`max`"),
            (json!({"personIds": [bob], "cursor": "AAAA"}), "`cursor`"),
            (json!({"max": 5}), "`max`"),
            (json!({"roomId": room, "max": 0}), "`max`"),
            (json!({"roomId": room, "cursor": "AAAA"}), "`cursor`"),
            (json!({"email": "bob@example.com"}), "`email`"),
        ];
        let cases =
            cases.map(|(arguments, named)| alice(arguments).refused(InvalidArguments, named));
        check::<GetPerson>(&world, cases).await;
    }
}
