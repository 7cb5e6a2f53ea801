//! Changes that a person is asked about because of whom they reach: by an audience over a size, people
//! of other organizations, and mentions of everybody.

use serde_json::{Value, json};
use webex_mcp::call::Reply;
use webex_mcp::call::consent::{Ask, Response, Round};
use webex_mcp::error::Code;
use webex_mcp::scope::{Permission, Scope};
use webex_mcp::servers::{Catalogue, Definition, Otherwise};

use super::{turn, world};
use crate::scoped::limit;
use crate::world::{Says, World, accepted, error_of};

const CREATE: &str = "webex-create-message";

fn asking() -> Scope {
    Scope {
        ask_above: Some(6),
        outside_people: Permission::Asked,
        mention_all: Permission::Asked,
        ..Scope::default()
    }
}

/// The writes that reached Webex since the last look.
fn writes(world: &World) -> Vec<String> {
    let calls = world.wire_calls().into_iter();
    calls
        .filter(|call| !call.starts_with("GET ") && !call.starts_with("HEAD "))
        .collect()
}

/// Calls that are asked about, with what the question says of it.
async fn asked_about(world: &World) -> Vec<(&'static str, Value, &'static str)> {
    let small = json!({"title": "Two of us"});
    let small = world.facts("alice", "webex-create-space", small).await["id"].clone();
    let large = world.space("Project Unicorn").await;
    let carol = json!({"roomId": small, "personEmail": "carol@example.com"});
    world.facts("alice", "webex-add-membership", carol).await;
    vec![
        (
            CREATE,
            json!({"roomId": large, "text": "hi"}),
            "It reaches more than 6 people.",
        ),
        (
            "webex-update-space",
            json!({"roomId": large, "description": "x"}),
            "It reaches more than 6 people.",
        ),
        (
            "webex-create-thread-reply",
            json!({"roomId": large, "parentId": newest(world, &large).await, "text": "hi"}),
            "It reaches more than 6 people.",
        ),
        (
            CREATE,
            json!({"roomId": small, "markdown": "<@all> hi"}),
            "It mentions everybody in the space.",
        ),
        (
            "webex-add-membership",
            json!({"roomId": small, "personEmail": "bob@example.com"}),
            "It adds 1 person of other organizations: bob@example.com.",
        ),
    ]
}

async fn newest(world: &World, room: &str) -> Value {
    let list = json!({"roomId": room, "max": 20});
    let listed = world.facts("alice", "webex-get-message", list).await;
    let mut all = listed["messages"].as_array().unwrap().iter();
    let root = all.find(|one| one["parentId"].is_null());
    root.unwrap()["id"].clone()
}

#[tokio::test(crate = "crate::journey")]
async fn nothing_is_sent_before_somebody_agreed_in_any_way_of_asking() {
    let (mut world, outsiders) = world().await;
    let calls = asked_about(&world).await;
    turn(&world, &outsiders);
    limit(&mut world, asking());
    for (tool, arguments, why) in calls {
        writes(&world);
        // In rounds.
        let rounds = || Ask::Rounds { previous: None };
        match world
            .reply("alice", tool, arguments.clone(), rounds())
            .await
        {
            Reply::Ask { form, .. } => assert!(form.message.contains(why), "{}", form.message),
            other => panic!("{tool}: {other:?}"),
        }
        // On a session, by somebody who says no.
        let no = || Ask::Session(Box::new(Says(accepted(json!({"confirm": false})))));
        match world.reply("alice", tool, arguments.clone(), no()).await {
            Reply::Failed(error) => assert_eq!(error.code, Code::Declined, "{tool}"),
            other => panic!("{tool}: {other:?}"),
        }
        // By nobody, who gets a token.
        let error = world
            .error("alice", tool, arguments.clone(), Code::ConfirmationRequired)
            .await;
        assert_eq!(writes(&world), Vec::<String>::new(), "{tool}");
        let mut confirmed = arguments.clone();
        confirmed["confirmationToken"] = error["confirmationToken"].clone();
        world.facts("alice", tool, confirmed.clone()).await;
        assert_eq!(writes(&world).len(), 1, "{tool}");
        // It works once.
        let again = world.reply("alice", tool, confirmed, Ask::Nobody).await;
        assert!(matches!(again, Reply::Answer(_) | Reply::Failed(_)));
        assert_eq!(writes(&world), Vec::<String>::new(), "{tool}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn what_reaches_few_and_what_the_default_allows_is_not_asked_about() {
    let (mut world, outsiders) = world().await;
    let calls = asked_about(&world).await;
    turn(&world, &outsiders);
    let small = world.space("Two of us").await;
    limit(&mut world, asking());
    let few = json!({"roomId": small, "text": "hi @all-hands"});
    world.facts("alice", CREATE, few).await;
    let inside = json!({"roomId": small, "personEmail": "erin@example.com"});
    world.facts("alice", "webex-add-membership", inside).await;
    // Without the guards, each of them is made at once, and Webex is read no more than before.
    limit(&mut world, Scope::default());
    for (tool, arguments, _) in calls {
        world.facts("alice", tool, arguments).await;
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_client_that_cannot_ask_is_refused_where_the_server_takes_no_token() {
    let (mut world, _) = world().await;
    let large = world.space("Project Unicorn").await;
    let definition = Definition {
        scope: Some(asking()),
        ..Definition::new("desk", "Desk")
    };
    world.server = Catalogue::whole().serve(&definition, Otherwise::Refuse);
    writes(&world);
    let note = json!({"roomId": large, "text": "hi"});
    world
        .error("alice", CREATE, note.clone(), Code::Forbidden)
        .await;
    assert_eq!(writes(&world), Vec::<String>::new());
    let yes = Ask::Session(Box::new(Says(accepted(json!({"confirm": true})))));
    let reply = world.reply("alice", CREATE, note, yes).await;
    assert!(matches!(reply, Reply::Answer(_)), "{reply:?}");
    assert_eq!(writes(&world).len(), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn a_mention_of_all_is_refused_where_the_operator_says_so() {
    let (mut world, _) = world().await;
    let room = world.space("Project Unicorn").await;
    let scope = Scope {
        mention_all: Permission::Refused,
        ..Scope::default()
    };
    limit(&mut world, scope);
    writes(&world);
    for words in ["<@all> hi", "hi <@ALL>"] {
        let note = json!({"roomId": room, "markdown": words});
        world.error("alice", CREATE, note, Code::Forbidden).await;
    }
    assert_eq!(writes(&world), Vec::<String>::new());
    world
        .facts(
            "alice",
            CREATE,
            json!({"roomId": room, "markdown": "**hi**"}),
        )
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn what_is_kept_for_later_is_asked_about_when_it_is_scheduled() {
    let (mut world, _) = world().await;
    world.is_lasting = true;
    limit(&mut world, asking());
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let later = json!({"toPersonEmail": "bob@example.com", "text": "hi", "at": at});
    let error = world
        .error(
            "alice",
            "webex-schedule-message",
            later.clone(),
            Code::ConfirmationRequired,
        )
        .await;
    let mut confirmed = later;
    confirmed["confirmationToken"] = error["confirmationToken"].clone();
    world
        .facts("alice", "webex-schedule-message", confirmed)
        .await;
}

const BROADCAST: &str = "webex-broadcast-message";
const SYNC: &str = "webex-sync-memberships";
const USE: &str = "webex-use-tool";

/// One way to a change that is asked about.
struct Way {
    tool: &'static str,
    arguments: Value,
    /// The plan of this call is applied, and not the call itself.
    is_planned: bool,
    /// What the question says.
    says: Vec<&'static str>,
    /// The requests that change something, once somebody has agreed.
    writes: usize,
}

fn way(tool: &'static str, arguments: Value, says: &[&'static str], writes: usize) -> Way {
    Way {
        tool,
        arguments,
        is_planned: false,
        says: says.to_vec(),
        writes,
    }
}

fn planned(way: Way) -> Way {
    Way {
        is_planned: true,
        ..way
    }
}

const MANY: &str = "It reaches more than 6 people.";
const ALL: &str = "It mentions everybody in the space.";
const BOB: &str = "It adds 1 person of other organizations: bob@example.com.";

/// A space of Alice's with these people.
async fn made(world: &World, title: &str, names: &[&str]) -> Value {
    let made = world.facts("alice", "webex-create-space", json!({"title": title}));
    let id = made.await["id"].clone();
    for name in names {
        let email = format!("{name}@example.com");
        let add = json!({"roomId": id, "personEmail": email});
        world.facts("alice", "webex-add-membership", add).await;
    }
    id
}

fn addresses<const N: usize>(names: [&str; N]) -> Vec<String> {
    let address = |name| format!("{name}@example.com");
    names.into_iter().map(address).collect()
}

/// The same changes by a single call, a list, a plan, a schedule, and in parts of one call.
async fn ways(world: &World) -> Vec<Way> {
    let large = world.space("Project Unicorn").await;
    let one = made(world, "One", &["carol", "erin", "frank"]).await;
    let two = made(world, "Two", &["grace", "harold", "ada"]).await;
    let fresh = made(world, "Fresh", &["carol"]).await;
    let team = world.facts("alice", "webex-create-team", json!({"name": "Fresh"}));
    let team = team.await["id"].clone();
    let plan = json!({"title": "Plan", "start": "2026-01-07T09:00:00Z", "durationMinutes": 30});
    let meeting = world.facts("alice", "webex-create-meeting", plan).await["id"].clone();
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let to_many = json!([&one, &two]);
    let alike = json!([&one, &fresh]);
    let three = addresses(["grace", "harold", "ada"]);
    let eleven = (0..11).map(|number| format!("p{number}@example.com"));
    let eleven: Vec<_> = eleven.collect();
    let list = json!({"roomId": fresh, "emails": addresses(["bob", "grace"])});
    let bob = json!([{"email": "bob@example.com"}]);
    let names = ["“One”", "“Two”"];
    vec![
        way(CREATE, json!({"roomId": large, "text": "hi"}), &[MANY], 1),
        way(
            "webex-schedule-message",
            json!({"roomId": large, "markdown": "<@all> hi", "at": at}),
            &["Send “<@all> hi”", MANY, ALL],
            // Whether it could be posted is tried, with nothing in it.
            1,
        ),
        // Together they are many, and each once.
        way(
            BROADCAST,
            json!({"roomIds": to_many, "text": "hi"}),
            &["Send “hi” to 2 destinations", names[0], names[1], MANY],
            2,
        ),
        way(
            BROADCAST,
            json!({"roomIds": [one], "toPersonEmails": three, "text": "hi"}),
            &["grace@example.com", MANY],
            4,
        ),
        way(
            BROADCAST,
            json!({"roomIds": alike, "markdown": "<@all> hi"}),
            &[ALL],
            2,
        ),
        planned(way(
            BROADCAST,
            json!({"roomIds": to_many, "markdown": "<@all> hi", "dryRun": true}),
            &["to 2 destinations", MANY, ALL],
            2,
        )),
        planned(way(
            BROADCAST,
            json!({"toPersonEmails": eleven, "text": "hi"}),
            &["to 11 destinations", "p9@example.com and 1 more?", MANY],
            11,
        )),
        way(
            SYNC,
            json!({"roomId": fresh, "emails": addresses(["bob"]), "keepOthers": true}),
            &["Add 1 person and remove 0 people", "Added: bob@", BOB],
            1,
        ),
        planned(way(
            SYNC,
            list,
            &["Added: grace@example.com.", "Removed: carol@example.com."],
            2,
        )),
        planned(way(
            SYNC,
            json!({"removeEmail": "bob@example.com", "roomIds": [&fresh, &large]}),
            &["from 2 spaces: ", MANY],
            2,
        )),
        way(
            SYNC,
            json!({"teamId": team, "emails": addresses(["bob"])}),
            &["Added: bob@", BOB],
            1,
        ),
        // Before its first part, the time, which nobody would be asked about.
        way(
            "webex-update-meeting",
            json!({"meetingId": meeting, "title": "Planned", "addInvitees": bob}),
            &[BOB],
            2,
        ),
    ]
}

/// The question of a call in rounds, with the state of the round.
async fn question(world: &World, tool: &str, arguments: &Value) -> (String, String) {
    let ask = Ask::Rounds { previous: None };
    match world.reply("alice", tool, arguments.clone(), ask).await {
        Reply::Ask { form, state } => (form.message, state),
        other => panic!("{tool} {arguments}: {other:?}"),
    }
}

fn answered(state: &str, confirm: bool) -> Ask {
    let response: Option<Response> = Some(accepted(json!({"confirm": confirm})));
    let state = state.to_owned();
    Ask::Rounds {
        previous: Some(Round { state, response }),
    }
}

/// Goes all ways, with the tools called by their names or through a general one.
async fn ask_in_all_ways(is_compact: bool) {
    let (mut world, outsiders) = world().await;
    world.is_lasting = true;
    let ways = ways(&world).await;
    turn(&world, &outsiders);
    let definition = Definition {
        scope: Some(asking()),
        listing: is_compact.then_some(&[]),
        ..Definition::new("desk", "Desk")
    };
    world.server = Catalogue::whole().serve(&definition, Otherwise::Token);
    let through = |tool: &'static str, arguments: Value| match is_compact {
        true => (USE, json!({"tool": tool, "arguments": arguments})),
        false => (tool, arguments),
    };
    for Way {
        tool,
        mut arguments,
        is_planned,
        says,
        writes: expected,
    } in ways
    {
        let told = format!("{tool} {arguments}");
        if is_planned {
            let (name, whole) = through(tool, arguments);
            let plan = world.facts("alice", name, whole).await;
            let plan = if is_compact { &plan["result"] } else { &plan };
            arguments = json!({"planId": plan["planId"]});
        }
        writes(&world);
        let (name, whole) = through(tool, arguments);
        let (asked, declined) = question(&world, name, &whole).await;
        for words in &says {
            assert_eq!(asked.matches(words).count(), 1, "{told}: {words}: {asked}");
        }
        // Whoever brings back no answer is asked the same.
        let none = Ask::Rounds {
            previous: Some(Round {
                state: declined.clone(),
                response: None,
            }),
        };
        match world.reply("alice", name, whole.clone(), none).await {
            Reply::Ask { form, .. } => assert_eq!(form.message, asked, "{told}"),
            other => panic!("{told}: {other:?}"),
        }
        let no = answered(&declined, false);
        let no = world.reply("alice", name, whole.clone(), no).await;
        error_of(no, Code::Declined);
        let late = answered(&declined, true);
        let late = world.reply("alice", name, whole.clone(), late).await;
        error_of(late, Code::InvalidArguments);
        let unasked = world.reply("alice", name, whole.clone(), Ask::Nobody).await;
        // A compact server takes no token.
        let code = match is_compact {
            true => Code::Forbidden,
            false => Code::ConfirmationRequired,
        };
        error_of(unasked, code);
        assert_eq!(writes(&world), Vec::<String>::new(), "{told}");
        let (again, state) = question(&world, name, &whole).await;
        assert_eq!(again, asked, "{told}");
        let done = answered(&state, true);
        let done = world.reply("alice", name, whole, done).await;
        assert!(matches!(done, Reply::Answer(_)), "{told}: {done:?}");
        assert_eq!(writes(&world).len(), expected, "{told}");
    }
}

#[tokio::test(crate = "crate::journey")]
async fn whatever_way_a_change_takes_it_is_asked_about_before_its_first_write() {
    ask_in_all_ways(false).await;
}

#[tokio::test(crate = "crate::journey")]
async fn the_same_ways_through_a_general_tool_are_asked_about_as_well() {
    ask_in_all_ways(true).await;
}

#[tokio::test(crate = "crate::journey")]
async fn many_destinations_reach_no_more_people_together_than_one_may() {
    let (mut world, _) = world().await;
    let one = made(&world, "One", &["carol", "erin", "frank"]).await;
    let two = made(&world, "Two", &["grace", "harold", "ada"]).await;
    let alike = made(&world, "Alike", &["carol", "erin"]).await;
    let scope = Scope {
        max_audience: Some(6),
        ..Scope::default()
    };
    limit(&mut world, scope);
    writes(&world);
    let seven = (0..7).map(|number| format!("p{number}@example.com"));
    let seven: Vec<_> = seven.collect();
    for (tool, arguments) in [
        (BROADCAST, json!({"roomIds": [&one, &two], "text": "hi"})),
        (
            BROADCAST,
            json!({"roomIds": [&one, &two], "text": "hi", "dryRun": true}),
        ),
        (BROADCAST, json!({"toPersonEmails": seven, "text": "hi"})),
        (
            BROADCAST,
            json!({"roomIds": [&one], "toPersonEmails": addresses(["grace", "harold", "ada"]), "text": "hi"}),
        ),
        (
            SYNC,
            json!({"roomId": one, "emails": seven, "keepOthers": true}),
        ),
    ] {
        let told = format!("{tool} {arguments}");
        let error = world.error("alice", tool, arguments, Code::Forbidden).await;
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("more than 6 people"), "{told}: {message}");
        assert!(!error["advice"].as_str().unwrap().is_empty());
        assert_eq!(writes(&world), Vec::<String>::new(), "{told}");
    }
    // Who is in both spaces counts once.
    let both = json!({"roomIds": [one, alike], "text": "hi"});
    assert_eq!(world.facts("alice", BROADCAST, both).await["sent"], 2);
}

#[tokio::test(crate = "crate::journey")]
async fn a_list_in_steps_reaches_as_many_as_its_single_calls() {
    let (mut world, _) = world().await;
    let space = made(&world, "Four", &["carol", "erin", "frank"]).await;
    let scope = Scope {
        max_audience: Some(5),
        ..Scope::default()
    };
    limit(&mut world, scope);
    // The second one is added in front of five.
    let list = |names: &[&str]| {
        let emails: Vec<_> = names
            .iter()
            .map(|name| format!("{name}@example.com"))
            .collect();
        json!({"roomId": space, "emails": emails, "keepOthers": true})
    };
    let three = list(&["grace", "harold", "ada"]);
    world.error("alice", SYNC, three, Code::Forbidden).await;
    let two = world.facts("alice", SYNC, list(&["grace", "harold"])).await;
    assert_eq!(two["added"], 2, "{two}");
}
