//! What each tool reaches of Webex: what it declares, all of it and nothing else; and with a token of
//! the eight scopes that Cisco's own messaging server asks for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use webex::{AccessToken, Operation};
use webex_mcp::call::{Call, Reply};
use webex_mcp::error::Code;
use webex_mcp::identity::{Caller, Credential, Principal};
use webex_mcp::{servers, tools};
use webex_sandbox::MeetingAction;

use crate::world::World;

/// The scopes of Cisco's messaging server, as its documentation lists them.
const EIGHT: [&str; 8] = [
    "spark:memberships_read",
    "spark:memberships_write",
    "spark:messages_read",
    "spark:messages_write",
    "spark:rooms_read",
    "spark:rooms_write",
    "spark:webhooks_read",
    "spark:webhooks_write",
];

/// What resolving names reads beside the tool itself; the calls here pass ids.
struct Reach {
    world: World,
    token: String,
    used: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Reach {
    fn new() -> Self {
        let world = World::new();
        let token = world.sandbox.grant("alice@example.com", &EIGHT).unwrap();
        Reach::of(world, token)
    }

    /// With every tool, and all that Alice may do.
    fn of_everything() -> Self {
        let mut world = World::new();
        let mut all = servers::all().into_iter();
        world.server = all.find(|server| &*server.slug == "webex").unwrap();
        Reach::of(world, "sandbox-alice".into())
    }

    fn of(world: World, token: String) -> Self {
        Reach {
            world,
            token,
            used: BTreeMap::new(),
        }
    }

    /// Compares what these tools reached with what they declare.
    fn assert_declared(&mut self, tools: &[&str]) {
        for entry in tools::catalogue().filter(|entry| tools.contains(&entry.name)) {
            let declared = entry.policy.operations.iter().chain(entry.policy.courtesy);
            let declared: BTreeSet<_> = declared.map(|operation| operation.name).collect();
            let used = self.used.remove(entry.name).unwrap_or_default();
            assert_eq!(used, declared, "{}", entry.name);
        }
    }

    /// Makes the call, confirms it where it is asked to, and notes what it reached.
    async fn call(&mut self, tool: &'static str, mut arguments: Value) -> Value {
        self.world.sandbox.faults().forget_calls();
        let mut answer = self
            .world
            .answer_to(&self.token, tool, arguments.clone())
            .await;
        if let Err(error) = &answer
            && error.code == Code::ConfirmationRequired
        {
            let body = serde_json::to_value(error.body()).unwrap();
            arguments["confirmationToken"] = body["confirmationToken"].clone();
            answer = self
                .world
                .answer_to(&self.token, tool, arguments.clone())
                .await;
        }
        let answer = answer.unwrap_or_else(|error| panic!("{tool} {arguments}: {error:?}"));
        for call in self.world.sandbox.faults().calls() {
            let operation = operation(&call.method, &call.path);
            self.used.entry(tool).or_default().insert(operation.name);
        }
        answer.facts.to_value()
    }
}

/// The operation behind a request; of several that fit, the one with the fewest placeholders.
fn operation(method: &str, path: &str) -> &'static Operation {
    let parts: Vec<_> = path.trim_start_matches("/v1").split('/').collect();
    let fits = |operation: &&&Operation| {
        let wanted: Vec<_> = operation.path.split('/').collect();
        operation.method.as_str() == method
            && wanted.len() == parts.len()
            && wanted
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    let all = webex::operations::ALL.iter().filter(fits);
    let found = all.min_by_key(|operation| operation.path.matches('{').count());
    found.unwrap_or_else(|| panic!("no operation is {method} {path}"))
}

async fn spaces_and_members(reach: &mut Reach) -> String {
    let made = reach
        .call("webex-create-space", json!({"title": "Reach"}))
        .await;
    let room = made["id"].as_str().unwrap().to_owned();
    reach.call("webex-get-space", json!({"roomId": room})).await;
    reach.call("webex-get-space", json!({})).await;
    reach
        .call("webex-search-spaces", json!({"query": "Reach"}))
        .await;
    let update = json!({"roomId": room, "description": "of everything"});
    reach.call("webex-update-space", update).await;
    let person = json!({"roomId": room, "personEmail": "bob@example.com"});
    let added = reach.call("webex-add-membership", person.clone()).await;
    let id = json!({"membershipId": added["id"]});
    reach.call("webex-get-membership", id.clone()).await;
    reach
        .call("webex-get-membership", json!({"roomId": room}))
        .await;
    // The spaces of the caller's own have titles.
    reach.call("webex-get-membership", json!({})).await;
    let mut moderator = id.clone();
    moderator["isModerator"] = json!(true);
    reach.call("webex-update-membership", moderator).await;
    let mut no_moderator = person.clone();
    no_moderator["isModerator"] = json!(false);
    reach.call("webex-update-membership", no_moderator).await;
    reach.call("webex-remove-membership", id).await;
    reach.call("webex-add-membership", person.clone()).await;
    reach.call("webex-remove-membership", person).await;
    room
}

async fn messages_and_threads(reach: &mut Reach, room: &str) {
    let sent = json!({"roomId": room, "text": "first"});
    let first = reach.call("webex-create-message", sent).await;
    let id = first["id"].clone();
    reach
        .call("webex-get-message", json!({"messageId": id}))
        .await;
    reach
        .call("webex-get-message", json!({"roomId": room}))
        .await;
    let direct = json!({"personEmail": "bob@example.com"});
    reach.call("webex-get-message", direct).await;
    let search = json!({"roomId": room, "query": "first"});
    reach.call("webex-search-messages", search).await;
    // Where a thread has no replies, its first message is read.
    let thread = json!({"roomId": room, "parentId": id});
    reach.call("webex-search-messages", thread).await;
    let reply = json!({"roomId": room, "parentId": id, "text": "second"});
    let reply = reach.call("webex-create-thread-reply", reply).await;
    // Where the parent is a reply itself, its thread is read.
    let again = json!({"roomId": room, "parentId": reply["id"], "text": "third"});
    reach.call("webex-create-thread-reply", again.clone()).await;
    reach.call("webex-create-message", again).await;
    // Whose address a direct space belongs to is looked up.
    let to_bob = json!({"toPersonEmail": "bob@example.com", "text": "first"});
    let direct = reach.call("webex-create-message", to_bob).await;
    let note = json!({"roomId": direct["roomId"], "text": "second"});
    reach.call("webex-create-message", note).await;
    let reply = json!({"roomId": direct["roomId"], "parentId": direct["id"], "text": "third"});
    reach.call("webex-create-thread-reply", reply).await;
    let thread = json!({"roomId": room, "parentId": id});
    reach.call("webex-get-thread", thread).await;
    let edit = json!({"messageId": id, "text": "changed for @Alice Johnson"});
    reach.call("webex-edit-message", edit).await;
    reach
        .call("webex-delete-message", json!({"messageId": id}))
        .await;
}

async fn files_and_webhooks(reach: &mut Reach, room: &str) {
    let first = json!({"roomId": room, "text": "first"});
    let first = reach.call("webex-create-message", first).await;
    let reply = json!({"roomId": room, "parentId": first["id"], "text": "second"});
    let reply = reach.call("webex-create-message", reply).await["id"].clone();
    let shared =
        json!({"roomId": room, "parentId": reply, "files": ["https://example.com/plan.pdf"]});
    reach.call("webex-share-file", shared).await;
    let upload =
        json!({"roomId": room, "parentId": reply, "content": "aGVsbG8=", "fileName": "hello.txt"});
    reach.call("webex-upload-file", upload).await;
    let direct = json!({"toPersonEmail": "bob@example.com", "text": "first"});
    let direct = reach.call("webex-create-message", direct).await["roomId"].clone();
    let shared = json!({"roomId": direct, "files": ["https://example.com/plan.pdf"]});
    reach.call("webex-share-file", shared).await;
    let upload = json!({"roomId": direct, "content": "aGVsbG8=", "fileName": "hello.txt"});
    reach.call("webex-upload-file", upload).await;
    let found = json!({"roomId": room, "hasFiles": true});
    let found = reach.call("webex-search-messages", found).await;
    let files = found["messages"].as_array().unwrap().iter();
    let mut files = files.filter_map(|message| message["files"][0].as_str());
    let url = files
        .find(|url| url.contains("/contents/"))
        .unwrap()
        .to_owned();
    reach
        .call("webex-get-file-details", json!({"fileUrl": url}))
        .await;
    reach
        .call("webex-download-file", json!({"fileUrl": url}))
        .await;
    let hook = json!({"name": "Reach", "targetUrl": "https://hooks.example.com/a",
        "resource": "messages", "event": "created"});
    let made = reach.call("webex-create-webhook", hook).await;
    let id = made["id"].clone();
    reach
        .call("webex-get-webhook", json!({"webhookId": id}))
        .await;
    reach.call("webex-get-webhook", json!({})).await;
    let renamed = json!({"webhookId": id, "name": "Reached"});
    reach.call("webex-update-webhook", renamed).await;
    reach
        .call("webex-delete-webhook", json!({"webhookId": id}))
        .await;
}

#[tokio::test(crate = "crate::journey")]
async fn every_tool_works_with_the_eight_scopes_and_reaches_what_it_declares() {
    let mut reach = Reach::new();
    let room = spaces_and_members(&mut reach).await;
    messages_and_threads(&mut reach, &room).await;
    files_and_webhooks(&mut reach, &room).await;
    reach
        .call("webex-delete-space", json!({"roomId": room}))
        .await;
    reach.assert_declared(&tools::MESSAGING);
}

async fn invitees(reach: &mut Reach) {
    let standup = reach.world.meeting("alice", "Daily Standup").await;
    let team = json!({"teamId": "Engineering"});
    let team =
        reach.world.facts("alice", "webex-get-space", team).await["spaces"][0]["teamId"].clone();
    let room = reach.world.space("Leadership").await;
    let one = json!({"meetingId": standup, "invitees": [{"email": "guest@other.example"}]});
    let added = reach.call("webex-add-meeting-invitees", one).await;
    let people = reach.world.sandbox.people();
    let ada = people
        .iter()
        .find(|one| one.token == "sandbox-ada")
        .unwrap();
    let more = json!({"meetingId": standup, "invitees": [{"personId": ada.id}, {"email": "another@other.example"}], "teamId": team, "roomId": room});
    reach.call("webex-add-meeting-invitees", more).await;
    let id = json!({"meetingInviteeId": added["invitees"][0]["id"]});
    let of_ada = json!({"meetingId": standup, "personId": ada.id});
    reach.call("webex-get-meeting-invitee", id.clone()).await;
    let of = json!({"meetingId": standup});
    reach.call("webex-get-meeting-invitee", of).await;
    for mut which in [id.clone(), of_ada.clone()] {
        which["coHost"] = json!(true);
        reach.call("webex-update-meeting-invitee", which).await;
    }
    for which in [id, of_ada] {
        reach.call("webex-remove-meeting-invitee", which).await;
    }
}

async fn participants(reach: &mut Reach) {
    let standup = reach.world.meeting("alice", "Daily Standup").await;
    let act = |action| reach.world.sandbox.act(&standup, action).unwrap();
    act(MeetingAction::Start);
    for who in ["alice", "bob", "harold"] {
        let email = format!("{who}@example.com");
        act(MeetingAction::Join { email });
    }
    let of = json!({"meetingId": standup});
    let all = reach
        .call("webex-get-meeting-participant", of.clone())
        .await;
    let mut bob = of.clone();
    bob["emails"] = json!(["bob@example.com"]);
    reach.call("webex-get-meeting-participant", bob).await;
    let mut bob = json!({"participantId": all["participants"][1]["id"]});
    reach
        .call("webex-get-meeting-participant", bob.clone())
        .await;
    bob["muted"] = json!(true);
    reach
        .call("webex-update-meeting-participant", bob.clone())
        .await;
    reach.call("webex-admit-meeting-participants", of).await;
    bob.as_object_mut().unwrap().remove("muted");
    bob["expel"] = json!(true);
    reach.call("webex-update-meeting-participant", bob).await;
}

#[tokio::test(crate = "crate::journey")]
async fn tools_of_guests_reach_what_they_declare() {
    let mut reach = Reach::of_everything();
    // Before Harold is invited: he waits in the lobby.
    participants(&mut reach).await;
    invitees(&mut reach).await;
    reach.assert_declared(&[
        "webex-add-meeting-invitees",
        "webex-get-meeting-invitee",
        "webex-update-meeting-invitee",
        "webex-remove-meeting-invitee",
        "webex-get-meeting-participant",
        "webex-update-meeting-participant",
        "webex-admit-meeting-participants",
    ]);
}

#[tokio::test(crate = "crate::journey")]
async fn every_tool_of_meetings_reaches_what_it_declares() {
    let mut reach = Reach::of(World::new().with_every_tool(), "sandbox-alice".to_owned());
    let room = reach.world.space("Project Unicorn").await;
    let members = json!({"roomId": room});
    let members = reach.call("webex-get-membership", members).await;
    let is_dave = |one: &&Value| one["personEmail"] == "dave@example.com";
    let mut dave = members["memberships"].as_array().unwrap().iter();
    let dave = &dave.find(is_dave).unwrap()["personId"];
    let team = json!({"roomId": "General"});
    let team = reach.call("webex-get-space", team).await;
    let team = &team["spaces"][0]["teamId"];
    let plan = json!({"title": "Reach", "start": "2026-01-06T12:00:00Z", "durationMinutes": 30});
    let mut of_room = plan.clone();
    of_room["roomId"] = json!(room);
    of_room["invitees"] = json!([{"personId": dave}]);
    reach.call("webex-create-meeting", of_room).await;
    let mut of_team = plan;
    of_team["teamId"] = team.clone();
    let made = reach.call("webex-create-meeting", of_team).await;
    let id = &made["id"];
    let update = json!({"meetingId": id, "start": "2026-01-06T13:00:00Z",
        "addInvitees": [{"email": "ada@example.com"}, {"personId": dave}],
        "changeInvitees": [{"email": "bob@example.com", "coHost": true}],
        "removeInvitees": ["erin@example.com"]});
    reach.call("webex-update-meeting", update).await;
    let status = json!({"meetingId": id, "includeParticipants": true});
    reach.call("webex-get-meeting-status", status).await;
    reach
        .call("webex-join-meeting", json!({"meetingId": id}))
        .await;
    reach
        .call("webex-delete-meeting", json!({"meetingId": id}))
        .await;
    let ended = json!({"meetingType": "meeting", "from": "2026-01-04T00:00:00Z"});
    let ended = reach.call("webex-list-meetings", ended).await;
    let series = json!({"meetingId": ended["meetings"][0]["meetingSeriesId"]});
    reach.call("webex-get-meeting-summary", series).await;
    let meetings = tools::NOUNS.iter().find(|(noun, _)| *noun == "meetings");
    for entry in meetings.unwrap().1 {
        let declared = entry.policy.operations.iter().chain(entry.policy.courtesy);
        let declared: BTreeSet<_> = declared.map(|operation| operation.name).collect();
        let used = reach.used.remove(entry.name).unwrap_or_default();
        assert_eq!(used, declared, "{}", entry.name);
    }
}

#[tokio::test(crate = "crate::journey")]
async fn a_token_for_meetings_alone_schedules_and_hears_what_a_team_needs() {
    let world = World::new().with_every_tool();
    let scopes = ["meeting:schedules_read", "meeting:schedules_write"];
    let token = world.sandbox.grant("alice@example.com", &scopes).unwrap();
    let general = json!({"roomId": "General"});
    let general = world.facts("alice", "webex-get-space", general).await;
    let mut plan = json!({"title": "Reach", "start": "2026-01-06T12:00:00Z",
        "durationMinutes": 30, "invitees": [{"email": "bob@example.com"}]});
    let made = world.answer_to(&token, "webex-create-meeting", plan.clone());
    assert_eq!(made.await.unwrap().facts.to_value()["invited"]["total"], 1);
    plan["teamId"] = general["spaces"][0]["teamId"].clone();
    let refused = world.answer_to(&token, "webex-create-meeting", plan).await;
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
    let meetings = json!({"from": "2026-01-06T11:00:00Z", "to": "2026-01-06T13:00:00Z"});
    let meetings = world.facts("alice", "webex-list-meetings", meetings).await;
    let titles = meetings["meetings"].as_array().unwrap().iter();
    assert_eq!(titles.filter(|one| one["title"] == "Reach").count(), 1);
}

#[tokio::test(crate = "crate::journey")]
async fn without_the_directory_people_are_found_where_the_scopes_reach() {
    let reach = Reach::new();
    let world = &reach.world;
    let room = world.space("Project Unicorn").await;
    for person in ["Bob Smith", "bob@example.com", "me"] {
        let asked = json!({"roomId": room, "personId": person});
        let found = world
            .answer_to(&reach.token, "webex-get-membership", asked)
            .await;
        let found = found.unwrap_or_else(|error| panic!("{person}: {error:?}"));
        assert_eq!(
            found.facts.to_value()["memberships"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
    // Without a space that is named, direct spaces are called like the other person.
    let note = json!({"toPersonId": "Bob Smith", "text": "hi"});
    let sent = world
        .answer_to(&reach.token, "webex-create-message", note)
        .await;
    sent.unwrap();
    let nobody = json!({"toPersonId": "Nobody Known", "text": "hi"});
    let refused = world
        .answer_to(&reach.token, "webex-create-message", nobody)
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    assert!(refused.advice.contains("spark:people_read"), "{refused:?}");
}

#[tokio::test(crate = "crate::journey")]
async fn without_the_directory_invitees_are_found_in_their_meeting() {
    let world = World::new().with_every_tool();
    let review = world.meeting("carol", "Design Review").await;
    let scopes = ["meeting:schedules_read", "meeting:schedules_write"];
    let token = world.sandbox.grant("carol@example.com", &scopes).unwrap();
    let which = |person: &str| json!({"meetingId": review, "personId": person, "sendEmail": false});
    // Webex does not tell to which organization an invitee belongs: a name alone changes nothing.
    let tool = "webex-update-meeting-invitee";
    let mut cohost = which("Frank Osei");
    cohost["coHost"] = json!(true);
    let refused = world.answer_to(&token, tool, cohost).await.unwrap_err();
    assert_eq!(refused.code, Code::Ambiguous, "{refused:?}");
    let body = serde_json::to_value(refused.body()).unwrap();
    assert_eq!(
        body["candidates"][0]["email"], "frank@example.com",
        "{body}"
    );
    let tool = "webex-remove-meeting-invitee";
    for (person, email) in [
        ("Frank Osei", "frank@example.com"),
        ("Alice@example.com", "alice@example.com"),
    ] {
        let mut arguments = which(person);
        let asked = world.answer_to(&token, tool, arguments.clone()).await;
        let body = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        assert_eq!(body["code"], "confirmation_required", "{body}");
        let question = body["question"].as_str().unwrap();
        assert!(question.contains(email), "{question}");
        arguments["confirmationToken"] = body["confirmationToken"].clone();
        let removed = world.answer_to(&token, tool, arguments).await.unwrap();
        assert_eq!(removed.facts.to_value()["email"], email);
    }
    let nobody = world.answer_to(&token, tool, which("Nobody Known")).await;
    assert_eq!(nobody.unwrap_err().code, Code::Forbidden);
}

/// What meetings leave behind, and forms.
const RECORDS_AND_FORMS: [&str; 10] = [
    "webex-list-recordings",
    "webex-get-recording",
    "webex-delete-recording",
    "webex-list-transcripts",
    "webex-get-transcript",
    "webex-get-transcript-snippet",
    "webex-send-card",
    "webex-submit-card",
    "webex-get-card-response",
    "webex-get-event",
];

async fn recordings_and_transcripts(reach: &mut Reach) {
    let listed = reach.call("webex-list-recordings", json!({})).await;
    let recording = &listed["recordings"][0];
    // One occurrence: the instance that ended is looked for.
    let planned = json!({"meetingId": "Project Unicorn Planning 2026-01-04"});
    reach.call("webex-list-recordings", planned.clone()).await;
    let it = json!({"recordingId": recording["id"]});
    reach.call("webex-get-recording", it.clone()).await;
    reach.call("webex-delete-recording", it).await;
    let mut with_text = planned;
    with_text["includeText"] = json!(true);
    let transcripts = reach.call("webex-list-transcripts", with_text).await;
    let it = json!({"transcriptId": transcripts["transcripts"][0]["id"]});
    reach.call("webex-get-transcript", it.clone()).await;
    let snippets = reach.call("webex-get-transcript-snippet", it.clone()).await;
    let mut one = it;
    one["snippetId"] = snippets["snippets"][0]["id"].clone();
    reach.call("webex-get-transcript-snippet", one).await;
}

async fn cards_and_events(reach: &mut Reach) {
    let room = reach.world.space("Project Unicorn").await;
    let card = json!({"roomId": room, "title": "Lunch?", "buttons": [{"title": "Yes"}]});
    let sent = reach.call("webex-send-card", card).await;
    // Whose address a direct space belongs to is looked up.
    let to_bob = json!({"toPersonEmail": "bob@example.com", "title": "Lunch?"});
    let direct = reach.call("webex-send-card", to_bob).await;
    let note = json!({"roomId": direct["roomId"], "title": "Lunch?"});
    reach.call("webex-send-card", note).await;
    let yes = json!({"messageId": sent["id"], "inputs": {}});
    let entered = reach.call("webex-submit-card", yes).await;
    let it = json!({"attachmentActionId": entered["id"]});
    reach.call("webex-get-card-response", it).await;
    reach.token = "sandbox-grace".to_owned();
    let listed = reach.call("webex-get-event", json!({"max": 1})).await;
    let it = json!({"eventId": listed["events"][0]["id"]});
    reach.call("webex-get-event", it).await;
}

#[tokio::test(crate = "crate::journey")]
async fn what_meetings_leave_behind_and_forms_reach_what_they_declare() {
    let mut reach = Reach {
        world: World::new().with_every_tool(),
        token: "sandbox-alice".to_owned(),
        used: BTreeMap::new(),
    };
    recordings_and_transcripts(&mut reach).await;
    cards_and_events(&mut reach).await;
    reach.assert_declared(&RECORDS_AND_FORMS);
}

/// The directory and its teams, with exactly the scopes that these tools ask for.
#[tokio::test(crate = "crate::journey")]
async fn the_tools_of_the_directory_reach_what_they_declare() {
    let world = World::new().with_every_tool();
    let nouns = ["people", "teams", "team_memberships"];
    let of_directory = tools::NOUNS.iter().filter(|(noun, _)| nouns.contains(noun));
    let entries: Vec<_> = of_directory.flat_map(|(_, tools)| tools.iter()).collect();
    // What only makes a question or an answer nicer is read too.
    let courtesies = entries.iter().flat_map(|entry| entry.policy.courtesy);
    let courtesies = courtesies.flat_map(|operation| operation.scopes).copied();
    let scopes = entries.iter().flat_map(|entry| entry.policy.scopes());
    let mut scopes: Vec<_> = scopes.chain(courtesies).collect();
    // Only for the space that the presence is asked of.
    scopes.push("spark:rooms_write");
    let mut reach = Reach {
        token: world.sandbox.grant("ada@example.com", &scopes).unwrap(),
        world,
        used: BTreeMap::new(),
    };
    let made = reach
        .call("webex-create-team", json!({"name": "Reach"}))
        .await;
    let team = json!({"teamId": made["id"]});
    let with = |name: &str, value: Value| {
        let mut arguments = team.clone();
        arguments[name] = value;
        arguments
    };
    reach.call("webex-get-team", json!({})).await;
    reach.call("webex-get-team", team.clone()).await;
    reach
        .call("webex-update-team", with("name", json!("Reached")))
        .await;
    let bob = with("personEmail", json!("bob@example.com"));
    let added = reach.call("webex-add-team-membership", bob.clone()).await;
    let id = json!({"teamMembershipId": added["id"]});
    reach.call("webex-get-team-membership", team.clone()).await;
    reach.call("webex-get-team-membership", id.clone()).await;
    for (mut named, is_moderator) in [(bob.clone(), true), (id.clone(), false)] {
        named["isModerator"] = json!(is_moderator);
        reach.call("webex-update-team-membership", named).await;
    }
    reach.call("webex-get-person", json!({})).await;
    reach.call("webex-get-person", team.clone()).await;
    let space = reach
        .call("webex-create-space", json!({"title": "Reach"}))
        .await;
    let space = json!({"roomId": space["id"]});
    reach.call("webex-get-person", space).await;
    let found = json!({"email": "erin@example.com"});
    let found = reach.call("webex-search-people", found).await;
    let title = json!({"personId": found["people"][0]["id"], "title": "Lead"});
    reach.call("webex-update-person", title).await;
    let list = json!({"csv": "email,title\nerin@example.com,Boss"});
    reach.call("webex-update-person", list).await;
    reach.call("webex-remove-team-membership", id).await;
    reach.call("webex-add-team-membership", bob.clone()).await;
    reach.call("webex-remove-team-membership", bob).await;
    reach.call("webex-delete-team", team).await;
    for entry in entries {
        let declared = entry.policy.operations.iter().chain(entry.policy.courtesy);
        let declared: BTreeSet<_> = declared.map(|operation| operation.name).collect();
        let used = reach.used.remove(entry.name).unwrap_or_default();
        assert_eq!(used, declared, "{}", entry.name);
    }
}

/// What only some arguments need is asked of no other call, also where the token's scopes are known.
#[tokio::test(crate = "crate::journey")]
async fn a_call_needs_the_scopes_of_what_it_does_and_no_others() {
    let world = World::new().with_every_tool();
    let ended = "0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044";
    let missing = |scope: &str| json!([scope]);
    let rows = [
        ("spark:people_read", "webex-get-person", json!({}), None),
        (
            "spark:people_read",
            "webex-get-person",
            json!({"personId": "Bob Smith"}),
            None,
        ),
        (
            "spark:rooms_read",
            "webex-find",
            json!({"query": "Bob Smith"}),
            None,
        ),
        (
            "meeting:summaries_read",
            "webex-get-meeting-summary",
            json!({"meetingId": ended}),
            // There is none; it was looked for.
            Some(Value::Null),
        ),
        (
            "meeting:summaries_read",
            "webex-get-meeting-summary",
            json!({"meetingId": "0ed74a1c0551494fb7a04e2881bf50ae"}),
            Some(missing("meeting:schedules_read")),
        ),
        (
            "spark:rooms_read",
            "webex-get-person",
            json!({}),
            Some(missing("spark:people_read")),
        ),
    ];
    for (scope, tool, arguments, refused) in rows {
        let token = world.sandbox.grant("alice@example.com", &[scope]).unwrap();
        let token = AccessToken::new(token).unwrap();
        let mut caller = Caller::new(Principal::new("alice"), Some(Credential::Token(token)));
        caller.scopes = Some([Box::from(scope)].into());
        let Value::Object(fields) = arguments.clone() else {
            unreachable!("arguments are an object")
        };
        let call = Call::new(world.server.clone(), tool, fields, caller);
        match (world.dispatcher.answer(call).await, refused) {
            (Reply::Answer(_), None) => {}
            (Reply::Failed(error), Some(expected)) => {
                let body = serde_json::to_value(error.body()).unwrap();
                assert_eq!(
                    body["missingScopes"], expected,
                    "{tool} {arguments}: {body}"
                );
            }
            (reply, expected) => panic!("{tool} {arguments}: {reply:?}, expected {expected:?}"),
        }
    }
}
