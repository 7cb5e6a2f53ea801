//! Sending: what is posted, and what the answer says of it: where it went, and whom it mentions.

use schemars::JsonSchema;
use serde::Serialize;
use webex::memberships::{self, ListMemberships};
use webex::messages::{self, CreateMessage, Destination, Message};
use webex::rooms::{self, RoomType};
use webex::{Upload, WebexError};

use super::advised;
use super::writing::{Mentioned, Words, Written};
use crate::error::{CallError, Code};
use crate::tool::{Context, Policy, ShortId, Theirs};

/// Where and what a sent message is: enough to answer, edit or delete it.
// The names say it; descriptions would stand in four schemas.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    pub id: ShortId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_person_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_parent_id: Option<ShortId>,
    #[serde(flatten)]
    pub mentioned: Mentioned,
}

impl Sent {
    /// Of a tool that posts: a reply needs the first message of its thread, a mention the members.
    pub const POLICY: Policy = Policy {
        operations: &[&messages::CREATE],
        courtesy: &[&messages::GET, &rooms::GET, &memberships::LIST],
        ..Policy::WRITE
    };

    /// Posts a message with these words, and with a file of this machine where there is one. A reply
    /// to a reply goes into that one's thread.
    ///
    /// # Errors
    /// What is wrong with a mention; else as Webex refused it, with what it mostly means.
    pub async fn post(
        context: &Context,
        words: Words,
        message: CreateMessage,
        file: Option<&Upload>,
    ) -> Result<Self, CallError> {
        let room_id = match &message.destination {
            Destination::Room(id) => Some(id.as_str()),
            Destination::Person(_) | Destination::Email(_) => None,
        };
        let written = words.written(context, room_id).await?;
        Sent::post_written(context, written, message, file).await
    }

    /// The same for words that are ready for the wire.
    ///
    /// # Errors
    /// As Webex refused it, with what it mostly means.
    pub async fn post_written(
        context: &Context,
        written: Written,
        mut message: CreateMessage,
        file: Option<&Upload>,
    ) -> Result<Self, CallError> {
        message.text = written.text;
        message.markdown = written.markdown;
        let mut posted = send(context, &message, file).await;
        let root = root_of_refused(context, &message, &posted).await;
        if root.is_some() {
            message.parent_id.clone_from(&root);
            posted = send(context, &message, file).await;
        }
        let posted = posted.map_err(|error| explained(error, &message))?;
        let place = place(context, &message.destination, &posted).await;
        Ok(Sent {
            mentioned: written.mentions.told(context, &posted).await,
            id: posted.id.into(),
            space: place.title,
            to_person_email: place.address,
            room_id: posted.room_id.map(ShortId::from),
            created: posted.created.map(|time| time.to_string()),
            used_parent_id: root.map(ShortId::from),
        })
    }
}

/// Whether Webex would take a message of this caller there. What cannot be told now is no reason to
/// refuse.
///
/// # Errors
/// As Webex refuses a message that is posted there, with what it mostly means.
pub async fn check_open(context: &Context, message: &CreateMessage) -> Result<(), CallError> {
    let messages = context.webex.messages();
    let tried = messages.try_create(&message.destination).await;
    match tried.map_err(|error| explained(error, message)) {
        Err(error) if !error.code.retryable() => Err(error),
        _ => Ok(()),
    }
}

type Posted = Result<Message, WebexError>;

async fn send(context: &Context, message: &CreateMessage, file: Option<&Upload>) -> Posted {
    let messages = context.webex.messages();
    match file {
        Some(file) => messages.upload(message, file).await,
        None => messages.create(message).await,
    }
}

/// The first message of the thread that is meant, where Webex refused a post because its parent is
/// a reply itself. Nothing where it is not so, or cannot be read.
async fn root_of_refused(
    context: &Context,
    message: &CreateMessage,
    posted: &Posted,
) -> Option<String> {
    let is_refused = matches!(posted, Err(error) if error.status() == Some(400));
    let parent_id = message.parent_id.as_deref().filter(|_| is_refused)?;
    let parent = context.webex.messages().get(parent_id).await.ok()?;
    parent.parent_id
}

/// What a 400 to a reply mostly means.
pub const NOT_A_THREAD: &str = "parentId has to be the first message of a thread in the same space; if it is, check what else you passed against the tool's description.";

/// As Webex refused a message, with what it mostly means.
pub fn explained(error: WebexError, message: &CreateMessage) -> CallError {
    let error = match message.parent_id {
        Some(_) => advised(error, NOT_A_THREAD),
        None => CallError::from(error),
    };
    match (&message.destination, error.code) {
        // Of a reply, it may be the thread that is not there.
        (Destination::Email(_), Code::NotFound) if message.parent_id.is_none() => CallError {
            message: "No person has this e-mail address.".into(),
            advice: "Check the address, or give the full name as toPersonId; nothing was sent."
                .into(),
            ..error
        },
        _ => error,
    }
}

/// Where a message went, for a reader.
#[derive(Debug, Default)]
struct Place {
    title: Option<Theirs>,
    /// Of the other person in a direct space.
    address: Option<String>,
}

/// Reads once what Webex's answer does not say; what cannot be read is left out.
async fn place(context: &Context, to: &Destination, posted: &Message) -> Place {
    let address = |address| Place {
        address: Some(address),
        ..Place::default()
    };
    let is_direct = match (to, &posted.to_person_email) {
        (Destination::Email(known), _) | (_, Some(known)) => return address(known.clone()),
        (Destination::Person(id), None) => {
            if let Some(known) = context.met(id).and_then(|met| met.email.clone()) {
                return address(known);
            }
            true
        }
        (Destination::Room(_), None) => posted.room_type == Some(RoomType::Direct),
    };
    if posted.room_id.is_none() {
        return Place::default();
    }
    if !is_direct {
        let title = context.space_title(posted.room_id.as_deref()).await;
        return Place {
            title,
            ..Place::default()
        };
    }
    let both = ListMemberships {
        room_id: posted.room_id.clone(),
        ..ListMemberships::default()
    };
    let memberships = context.webex.memberships();
    let both = context.best_effort(memberships.list(&both)).await;
    let other = both.into_iter().flat_map(|page| page.items);
    let mut other = other.filter(|member| member.person_id != posted.person_id);
    other
        .next()
        .and_then(|member| member.person_email)
        .map_or_else(Place::default, address)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::error::Code::{Ambiguous, InvalidArguments, NotFound};
    use crate::error::Details;
    use crate::tools::check::{World, alice, check, whole, with};
    use crate::tools::messages::create::CreateMessage;
    use crate::tools::messages::edit::EditMessage;
    use webex_sandbox::Fault;

    const CREATE: &str = "webex-create-message";

    /// What Webex has of a message.
    async fn kept(world: &World, sent: &Value) -> webex::messages::Message {
        let client = world.client("alice");
        let read = client.messages().get(&whole("MESSAGE", &sent["id"])).await;
        read.unwrap()
    }

    #[tokio::test]
    async fn an_answer_says_where_it_went() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let to_bob = json!({"toPersonEmail": "bob@example.com", "text": "hi"});
        let direct = world.facts("alice", CREATE, to_bob.clone()).await;
        let title = json!({"space": "Project Unicorn", "toPersonEmail": null});
        let bob = json!({"toPersonEmail": "bob@example.com", "space": null});
        let cases = [
            alice(json!({"roomId": unicorn, "text": "hi"}))
                .answers(title)
                .calls(2),
            alice(to_bob).answers(bob.clone()).calls(1),
            alice(json!({"toPersonId": world.person("bob"), "text": "hi"}))
                .answers(bob.clone())
                .calls(2),
            alice(json!({"roomId": direct["roomId"], "text": "hi"}))
                .answers(bob)
                .calls(2),
            alice(json!({"toPersonEmail": "eve@example.com", "text": "hi"}))
                .refused(NotFound, "No person has this e-mail address")
                .calls(1),
        ];
        check::<CreateMessage>(&world, cases).await;
    }

    #[tokio::test]
    async fn of_a_reply_to_an_address_it_may_be_the_thread_that_is_missing() {
        let world = World::new();
        let nowhere = webex::id::encode("us", "MESSAGE", uuid::Uuid::nil());
        for (parent, is_told) in [(None, true), (Some(nowhere), false)] {
            let fault = Fault::status(404);
            world
                .sandbox
                .faults()
                .next_on(1, "POST", "/v1/messages", fault);
            let mut note = json!({"toPersonEmail": "bob@example.com", "text": "hi"});
            if let Some(parent) = &parent {
                note["parentId"] = json!(parent);
            }
            let error = world.call("alice", CREATE, note).await.unwrap_err();
            assert_eq!(error.code, NotFound);
            let says = error.message.contains("e-mail address");
            assert_eq!(says, is_told, "{parent:?}: {}", error.message);
        }
    }

    #[tokio::test]
    async fn what_a_name_or_an_address_told_is_not_read_again() {
        let world = World::new();
        for (to, told, calls) in [
            (
                json!({"roomId": "project unicorn"}),
                json!({"space": "Project Unicorn"}),
                2,
            ),
            // The directory, the caller's own organisation, and the message.
            (
                json!({"toPersonId": "Bob Smith"}),
                json!({"toPersonEmail": "bob@example.com"}),
                3,
            ),
            (
                json!({"toPersonId": "Bob@example.com"}),
                json!({"toPersonEmail": "Bob@example.com"}),
                2,
            ),
        ] {
            let case = alice(with(to, "text", "hi")).answers(told).calls(calls);
            check::<CreateMessage>(&world, [case]).await;
        }
    }

    #[tokio::test]
    async fn a_reader_sees_where_it_went_and_whom_it_mentions() {
        let world = World::new();
        let note = json!({"roomId": "Design System",
            "markdown": "<@personEmail:carol@example.com> and <@personEmail:eve@example.com>"});
        let text = world.call("alice", CREATE, note).await.unwrap().text;
        let start = "Sent at 2026-01-05T09:00:00Z to the space:\n> Design System\nIt mentions carol@example.com.\neve@example.com notifies nobody. Mention members";
        assert!(text.starts_with(start), "{text}");
        let note = json!({"toPersonEmail": "bob@example.com", "text": "hi"});
        let text = world.call("alice", CREATE, note).await.unwrap().text;
        assert!(text.starts_with("Sent to bob@example.com at "), "{text}");
    }

    #[tokio::test]
    async fn names_in_mentions_are_those_of_members() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let bob = Some(vec![world.person("bob")]);
        for (field, words) in [
            ("text", "@Bob Smith, look"),
            ("text", "(cc @BOB SMITH)"),
            ("text", "<@personId:Bob Smith> look"),
            ("text", "<@Bob Smith> look"),
            ("text", "@bob@example.com, look"),
            ("markdown", "<@Bob@Example.com> look"),
            ("markdown", "**@bob@example.com** look"),
            ("markdown", "**now** @Bob Smith"),
            ("markdown", "&lt;@personEmail:bob smith|Bob&gt; look"),
            ("markdown", "<@personId:bob@example.com> look"),
        ] {
            let note = with(json!({"roomId": unicorn}), field, words);
            let sent = world.facts("alice", CREATE, note).await;
            let read = kept(&world, &sent).await;
            assert_eq!(read.mentioned_people, bob, "{words}");
            assert_eq!(sent["mentions"], json!(["bob@example.com"]), "{words}");
            assert_eq!(sent["mentionsNobody"], Value::Null, "{words}");
            let text = read.text.unwrap();
            assert!(!text.contains("person"), "{words}: {text}");
        }
        // What no member is called stays as it is, also in code.
        for words in [
            "@media and @Override, a@bob.example",
            "`@Bob Smith`",
            "mail @Bob Smithson",
        ] {
            let note = json!({"roomId": unicorn, "markdown": words});
            let sent = world.facts("alice", CREATE, note).await;
            let read = kept(&world, &sent).await;
            assert_eq!(read.markdown.as_deref(), Some(words));
            assert_eq!(sent["mentions"], Value::Null, "{words}");
        }
        // An edit mentions as a new message does.
        let sent = world.facts("alice", CREATE, json!({"roomId": unicorn, "text": "x"}));
        let edit = json!({"messageId": sent.await["id"], "roomId": unicorn, "text": "@Bob Smith"});
        let edited = json!({"mentions": ["bob@example.com"], "updated": "*"});
        check::<EditMessage>(&world, [alice(edit).answers(edited).calls(3)]).await;
    }

    #[tokio::test]
    async fn a_mention_that_means_nobody_is_not_sent() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let note = |words: &str| json!({"roomId": unicorn, "markdown": words});
        let direct = json!({"toPersonEmail": "bob@example.com", "text": "<@personId:Bob Smith>"});
        let cases = [
            alice(note("<@personId:Bob> look"))
                .refused(Ambiguous, "`markdown`: a mention has only a part")
                .calls(1),
            alice(note("<@personEmail:Ada Okafor> look"))
                .refused(NotFound, "`markdown`: no member")
                .calls(1),
            alice(direct).refused(NotFound, "`text`").calls(0),
            alice(json!({"roomId": unicorn, "text": format!("<@all> {}", "*".repeat(4_000))}))
                .refused(InvalidArguments, "as Markdown, in which it has 8007 bytes")
                .calls(0),
            alice(json!({"roomId": unicorn, "html": "<b>&lt;@personId:Eve&gt;</b>"}))
                .refused(NotFound, "`html`")
                .calls(1),
        ];
        check::<CreateMessage>(&world, cases).await;
        let error = world.call("alice", CREATE, note("<@personId:Bob>")).await;
        let details = error.unwrap_err().details.unwrap();
        let Details::Candidates(candidates) = *details else {
            panic!("nobody to choose");
        };
        assert_eq!(candidates[0].email.as_deref(), Some("bob@example.com"));
    }

    #[tokio::test]
    async fn what_reaches_nobody_is_told() {
        let world = World::new();
        let design = world.space("Design System").await;
        let (carol, eve) = (
            "<@personEmail:carol@example.com>",
            "<@personEmail:eve@example.com|Eve>",
        );
        let bob = format!("<@personId:{}|Bob>", world.person("bob"));
        let cases = [
            (
                format!("{carol} hi"),
                json!(["carol@example.com"]),
                json!(null),
                2,
            ),
            (
                format!("{eve} hi"),
                json!(null),
                json!(["eve@example.com"]),
                2,
            ),
            (
                format!("{bob} hi"),
                json!(null),
                json!([world.person("bob")]),
                2,
            ),
            // Which of the two arrived has to be looked up.
            (
                format!("{eve}, {carol}"),
                json!(["carol@example.com"]),
                json!(["eve@example.com"]),
                3,
            ),
            (
                format!("<@all> {carol}"),
                json!(["@all", "carol@example.com"]),
                json!(null),
                2,
            ),
            ("@Carol, hi".to_owned(), json!(null), json!(["@Carol"]), 3),
        ];
        for (words, mentions, nobody, calls) in cases {
            let note = json!({"roomId": design, "markdown": words});
            let note_text = if nobody.is_null() {
                json!(null)
            } else {
                json!("*")
            };
            let told = json!({"mentions": mentions, "mentionsNobody": nobody, "note": note_text});
            check::<CreateMessage>(&world, [alice(note).answers(told).calls(calls)]).await;
        }
        let direct =
            json!({"toPersonEmail": "bob@example.com", "text": "<@personEmail:bob@example.com>"});
        let told = json!({"mentions": null, "mentionsNobody": ["bob@example.com"]});
        check::<CreateMessage>(&world, [alice(direct).answers(told)]).await;
    }

    #[tokio::test]
    async fn an_at_sign_never_keeps_a_message_from_being_sent() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let note = |words: &str| json!({"roomId": unicorn, "text": words});
        let unread = |status| {
            let faults = world.sandbox.faults();
            faults.next_on(50, "GET", "/v1/memberships", Fault::status(status));
        };
        let cases = [
            ("use @Override here", json!(["@Override"])),
            ("@media and @all", json!(["@all"])),
            ("@Bob Smith, look", json!(["@Bob Smith"])),
        ];
        for (status, cases) in [(400, &cases[..]), (403, &cases), (502, &cases[..1])] {
            unread(status);
            for (words, nobody) in cases {
                let sent = world.facts("alice", CREATE, note(words)).await;
                assert_eq!(&sent["mentionsNobody"], nobody, "{status} {words}");
                assert_eq!(kept(&world, &sent).await.text.as_deref(), Some(*words));
            }
            world.sandbox.faults().clear();
        }
        // A name in brackets was meant as one.
        unread(400);
        let whole = note("<@personId:Bob Smith>");
        assert!(world.call("alice", CREATE, whole).await.is_err());
    }

    #[tokio::test]
    async fn all_without_brackets_and_who_is_no_member_are_told() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        for (words, nobody) in [
            ("@all please read", json!(["@all"])),
            ("now: @All, look", json!(["@All"])),
            (
                "@everyone, @channel: look @here",
                json!(["@everyone", "@channel", "@here"]),
            ),
            ("@Grace Lindqvist please look", json!(["@Grace Lindqvist"])),
            (
                "@Robert, and @BobSmith Please",
                json!(["@Robert", "@BobSmith Please"]),
            ),
            ("use @media in a@b.example", Value::Null),
            ("@allison and @all-hands", Value::Null),
            ("<@all> look", Value::Null),
            ("@eve@example.com, look", json!(["@eve@example.com"])),
            ("mail eve@example.com", Value::Null),
        ] {
            let note = json!({"roomId": unicorn, "text": words});
            let sent = world.facts("alice", CREATE, note).await;
            assert_eq!(sent["mentionsNobody"], nobody, "{words}");
        }
        // Webex says itself whom code mentions.
        let code = json!({"roomId": unicorn, "markdown": "`<@all>` `<@personEmail:bob@example.com>` `@Grace`"});
        let sent = world.facts("alice", CREATE, code).await;
        let bob = crate::tool::ShortId::from(world.person("bob").as_str());
        assert_eq!(sent["mentions"], json!(["@all", bob]));
        assert_eq!(sent["mentionsNobody"], Value::Null);
        let direct =
            json!({"toPersonEmail": "bob@example.com", "text": "@Bob, tell @all in @lower"});
        let sent = world.facts("alice", CREATE, direct).await;
        assert_eq!(sent["mentionsNobody"], json!(["@Bob", "@all"]));
    }

    #[tokio::test]
    async fn more_names_than_are_looked_for_are_refused() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let note = |field: &str, name: &str, count| {
            with(
                json!({"roomId": unicorn}),
                field,
                format!("{name} ").repeat(count),
            )
        };
        let many = |field, name| {
            alice(note(field, name, 101)).refused(InvalidArguments, "more than 100 names")
        };
        let cases = [
            many("text", "@Bob Smith,"),
            many("markdown", "@x"),
            many("markdown", "<@personId:Bob Smith>"),
            alice(note("markdown", "@x", 100)).answers(json!({"id": "*"})),
            alice(note("markdown", "<@personEmail:bob@example.com>", 101))
                .answers(json!({"id": "*"})),
        ];
        check::<CreateMessage>(&world, cases).await;
    }

    #[tokio::test]
    async fn plain_text_with_a_mention_is_shown_as_it_was_typed() {
        let world = World::new();
        let unicorn = world.space("Project Unicorn").await;
        let tag = format!(
            "<spark-mention data-object-type=\"person\" data-object-id=\"{}\">Bob</spark-mention>",
            world.person("bob")
        );
        for typed in [
            "# todo",
            "*x*",
            "my_var_name",
            "1. a",
            "- b",
            "> q",
            "`x`",
            "[a](b)",
            "<b>R&amp;D</b>",
        ] {
            let text = format!("{typed}\n<@personEmail:bob@example.com|Bob> {typed}");
            let note = json!({"roomId": unicorn, "text": text});
            let sent = world.facts("alice", CREATE, note).await;
            let read = kept(&world, &sent).await;
            let escaped = typed
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            let html = format!("<p>{escaped}<br />\n{tag} {escaped}</p>");
            assert_eq!(read.html.as_deref(), Some(html.as_str()));
            let shown = format!("{typed}\nBob {typed}");
            assert_eq!(read.text.as_deref(), Some(shown.as_str()));
        }
    }
}
