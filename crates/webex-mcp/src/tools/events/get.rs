//! Reads one event, or lists what happened in the organization.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::events;

use super::Event;
use super::filters::{Filters, explained};
use crate::error::CallError;
use crate::tool::{Context, PageInfo, Part, Policy, Tool};

/// Reads the log (history, records) of what happened in the whole company or organization, for
/// audit and compliance: what a user did; who created, posted, changed or deleted which message,
/// file or space; and who joined, left, was added or removed (membership changes). Newest first, or
/// the details of one event (entry, record). Only for compliance officers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Arguments {
    /// One event; stands alone.
    event_id: Option<String>,
    #[serde(flatten)]
    filters: Filters,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Events {
    pub(super) events: Vec<Event>,
    pub(super) page: PageInfo,
}

pub struct GetEvent;

impl Tool for GetEvent {
    const NAME: &'static str = "webex-get-event";
    const TITLE: &'static str = "Read the audit log of compliance events";
    const POLICY: Policy = Policy {
        operations: &[&events::GET, &events::LIST],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Events;

    async fn call(context: &Context, arguments: Arguments) -> Result<Events, CallError> {
        let Arguments {
            event_id,
            filters,
            part,
        } = arguments;
        let all = context.webex.events();
        let Some(id) = event_id else {
            let part = context.opened(&part)?;
            let query = filters.query(part.page_size, Timestamp::now())?;
            let first = || all.list(&query);
            let entry = |event| Some(Event::listed(event, query.actor_id.as_deref()));
            let listed = context.listed(&events::LIST, &query, part, first, entry);
            let (events, page) = listed.await.map_err(explained)?;
            return Ok(Events { events, page });
        };
        if filters != Filters::default() || part != Part::default() {
            return Err(CallError::invalid(
                "eventId",
                "it names one event; leave out every other argument, or leave it out for a list",
            ));
        }
        let event = all.get(&id).await;
        let event = event.map_err(|error| explained(error.into()))?;
        Ok(Events {
            events: vec![Event::whole(event)],
            page: PageInfo::whole(1),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Code::{Forbidden, InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, by, check, whole, with};

    #[tokio::test]
    async fn officers_list_what_happened() {
        let world = World::new();
        let room = world.space("Engineering").await;
        let said = json!({"roomId": room, "text": "ship it"});
        world.facts("alice", "webex-create-message", said).await;
        let grace = |arguments| by("grace", arguments);
        let newest = json!({"id": "*", "resource": "messages", "type": "created",
            "created": "2026-01-05T09:00:00Z", "resourceId": "*", "roomId": room,
            "personEmail": "alice@example.com", "text": "ship it", "data": null});
        let of = |actor: &str| json!({"actorId": actor, "max": 1});
        let of_alice = json!({"events": [{"text": "ship it", "actorId": null}]});
        let deleted = json!({"resource": "rooms", "type": "deleted"});
        check::<GetEvent>(
            &world,
            [
                grace(json!({"max": 1}))
                    .answers(json!({"events": [newest], "page": {"cursor": "*"}}))
                    .calls(1),
                grace(of("alice@example.com")).answers(of_alice.clone()),
                grace(of("Alice Johnson")).answers(of_alice.clone()),
                grace(of(&world.person("alice"))).answers(of_alice).calls(1),
                grace(of("Nobody Known")).refused(NotFound, "`actorId`"),
                grace(json!({"resource": "memberships", "type": "created", "max": 1}))
                    .answers(json!({"events": [{"resource": "memberships", "personEmail": "*"}]})),
                grace(deleted).answers(json!({"events": [], "page": {"returned": 0}})),
                grace(json!({"resource": "convergedRecordings"})).answers(json!({"events": []})),
                grace(json!({"to": "2000-01-01T00:00:00Z"})).answers(json!({"events": []})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn one_by_its_id_has_everything_and_a_list_goes_on() {
        let world = World::new();
        let asked = json!({"resource": "messages", "max": 3});
        let page = world.facts("grace", GetEvent::NAME, asked.clone()).await;
        let rest = with(asked, "cursor", page["page"]["cursor"].clone());
        let next = world.facts("grace", GetEvent::NAME, rest).await;
        assert_eq!(next["page"]["returned"], 3);
        assert_ne!(next["events"][0]["id"], page["events"][2]["id"]);
        let first = &page["events"][0];
        let one = json!({"eventId": first["id"]});
        let all = json!({"events": [{"id": first["id"], "actorId": "*", "data": "*", "text": null}],
            "page": {"returned": 1, "cursor": null}});
        check::<GetEvent>(&world, [by("grace", one.clone()).answers(all).calls(1)]).await;
        let told = world.call("grace", GetEvent::NAME, one).await.unwrap();
        let id = whole("MESSAGE", &first["resourceId"]);
        let id = format!("\n>   \"id\": \"{id}\"");
        assert!(told.text.contains(&id), "{}", told.text);
    }

    #[tokio::test]
    async fn others_are_told_who_may_and_bad_filters_are_not_sent() {
        let world = World::new();
        let id = world
            .facts("grace", GetEvent::NAME, json!({"max": 1}))
            .await;
        let one = json!({"eventId": id["events"][0]["id"]});
        let grace =
            |arguments, named: &str| by("grace", arguments).refused(InvalidArguments, named);
        let swapped = json!({"from": "2026-01-04T00:00:00Z", "to": "2026-01-03T00:00:00Z"});
        check::<GetEvent>(
            &world,
            [
                alice(json!({})).refused(Forbidden, "Only compliance officers"),
                alice(one.clone()).refused(Forbidden, "Only compliance officers"),
                grace(with(one.clone(), "max", 1), "`eventId`"),
                grace(with(one.clone(), "type", "created"), "`eventId`"),
                grace(with(one, "cursor", "AAAA"), "`eventId`"),
                grace(
                    json!({"eventId": "the last"}),
                    "`eventId`: this is not the id",
                ),
                grace(swapped, "`from`"),
                grace(json!({"from": "Monday"}), "`from`"),
                grace(json!({"resource": "cats"}), "`resource`"),
                grace(json!({"type": "purred"}), "`type`"),
                grace(json!({"actorId": " "}), "`actorId`"),
                grace(json!({"personId": "me"}), "`personId`"),
                grace(json!({"max": 101}), "`max`"),
                // Webex says what the present is.
                grace(
                    json!({"to": "2999-01-01T00:00:00Z"}),
                    "`to`: it lies in the future",
                )
                .calls(0),
                grace(json!({"from": "2999-01-01T00:00:00Z"}), "`from`").calls(0),
            ],
        )
        .await;
    }
}
