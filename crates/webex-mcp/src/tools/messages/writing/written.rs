//! From what is to be said to what goes out: names in mentions become ids, plain text with a mention
//! becomes Markdown; and from Webex's answer to whom it mentions.

use schemars::JsonSchema;
use serde::Serialize;
use webex::id::ResourceId;
use webex::messages::Message;

use super::members::Members;
use super::mentions::{self, Mention, Name, Named, Piece, Whom};
use super::plain::Plain;
use super::{Words, check_length};
use crate::error::{CallError, Code};
use crate::limits::{COURTESY_WAIT, MESSAGE_MAX_BYTES};
use crate::tool::Context;

/// What a message says, ready for the wire, and whom it is to mention.
#[derive(Debug, Default)]
pub struct Written {
    pub text: Option<String>,
    pub markdown: Option<String>,
    pub mentions: Mentions,
}

/// Whom a message is to mention.
#[derive(Debug, Default)]
pub struct Mentions {
    wanted: Vec<Mention>,
    /// What looks like a mention and stayed words.
    missed: Vec<String>,
    /// Where they were read already.
    members: Option<Members>,
}

/// Whom a message mentions, as Webex took it: addresses where they are known, else ids. What people
/// call themselves is left out.
#[derive(Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mentioned {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions_nobody: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

const NOBODY: &str = "Nobody in this space is meant by what stands in mentionsNobody; these mentions notify nobody. Mention members by full name or e-mail address.";

impl Words {
    /// The same for a space: names in mentions are those of its members, and plain text with a
    /// mention is Markdown, in which alone mentions work. Reads the members if there is a name.
    ///
    /// # Errors
    /// `ambiguous` or `not_found` for a name in a mention; `invalid_arguments` for more bytes than
    /// Webex takes.
    pub async fn written(
        self,
        context: &Context,
        room_id: Option<&str>,
    ) -> Result<Written, CallError> {
        let is_plain = self.markdown.is_none();
        let source = match (&self.markdown, &self.text) {
            (Some(markdown), _) => markdown.clone(),
            (None, Some(text)) => mentions::repaired(text),
            (None, None) => return Ok(Written::default()),
        };
        let code = match is_plain {
            true => Vec::new(),
            false => mentions::code(&source),
        };
        let mut has_names = false;
        let note_name = |_: Name<'_>| {
            has_names = true;
            Ok::<_, CallError>(None)
        };
        let mut pieces = mentions::pieces(&source, &code, note_name)?;
        let mut mentions = Mentions::default();
        if has_names {
            if let Some(room_id) = room_id {
                mentions.members = Members::read(context, room_id).await?;
            }
            let (members, missed) = (&mentions.members, &mut mentions.missed);
            let who = |name: Name<'_>| match (members, name) {
                (Some(members), name) => named(members, name, missed),
                (None, Name::Start(_)) => Ok(None),
                (None, Name::Whole(_)) => Err(unreadable(room_id)),
            };
            pieces =
                mentions::pieces(&source, &code, who).map_err(|error| naming(self.field, error))?;
        }
        mentions.want(&pieces);
        if mentions.wanted.is_empty() {
            return Ok(Written {
                text: self.text,
                markdown: self.markdown,
                mentions,
            });
        }
        let (text, markdown) = match is_plain {
            true => (Some(as_text(&pieces)), as_markdown(&pieces)),
            false => (self.text, whole(&pieces)),
        };
        match is_plain && markdown.len() > MESSAGE_MAX_BYTES {
            true => return Err(too_long_with_mention(markdown.len())),
            false => check_length(self.field, Some(&markdown))?,
        }
        Ok(Written {
            text,
            markdown: Some(markdown),
            mentions,
        })
    }
}

fn named(
    members: &Members,
    name: Name<'_>,
    missed: &mut Vec<String>,
) -> Result<Option<Named>, CallError> {
    let found = members.named(name)?;
    if let (None, Name::Start(words)) = (&found, name) {
        let word = members.first_name(words).map(|word| format!("@{word}"));
        missed.extend(word.filter(|word| !missed.contains(word)));
    }
    Ok(found)
}

/// Escaping made it longer than it was typed.
fn too_long_with_mention(bytes: usize) -> CallError {
    let right = format!(
        "with a mention it goes out as Markdown, in which it has {bytes} bytes and may have at most {MESSAGE_MAX_BYTES}; shorten it, or leave the mention out"
    );
    CallError::invalid("text", right)
}

fn unreadable(room_id: Option<&str>) -> CallError {
    match room_id {
        Some(_) => CallError::new(
            Code::Forbidden,
            "a mention has a name, and the token may not read the space's members",
            "Mention by e-mail address, as in <@personEmail:a@b.c>; nothing was sent.",
        ),
        None => CallError::new(
            Code::NotFound,
            "a message to a person mentions nobody",
            "Write the name without its brackets; nothing was sent.",
        ),
    }
}

/// Says in which argument it was.
fn naming(field: &str, mut error: CallError) -> CallError {
    error.message = format!("`{field}`: {}.", error.message).into();
    error
}

/// Markdown that shows the words as they were typed.
fn as_markdown(pieces: &[Piece<'_>]) -> String {
    let mut plain = Plain::default();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Words(words) if at + 1 == pieces.len() => plain.words(words.trim_end()),
            Piece::Words(words) => plain.words(words),
            Piece::Mention { mention, .. } => plain.mention(&mention.markup()),
        }
    }
    plain.finish()
}

/// The words for those who see no Markdown.
fn as_text(pieces: &[Piece<'_>]) -> String {
    let shown = |piece: &Piece<'_>| match piece {
        Piece::Words(words) => (*words).to_owned(),
        Piece::Mention { given, mention } if given.starts_with('<') => {
            mention.shown().unwrap_or(given).to_owned()
        }
        Piece::Mention { given, .. } => (*given).to_owned(),
    };
    pieces.iter().map(shown).collect()
}

fn whole(pieces: &[Piece<'_>]) -> String {
    let shown = |piece: &Piece<'_>| match piece {
        Piece::Words(words) => (*words).to_owned(),
        Piece::Mention { mention, .. } => mention.markup(),
    };
    pieces.iter().map(shown).collect()
}

impl Mentions {
    fn want(&mut self, pieces: &[Piece<'_>]) {
        for piece in pieces {
            if let Piece::Mention { mention, .. } = piece
                && !self.wanted.iter().any(|known| known.whom == mention.whom)
            {
                self.wanted.push(mention.clone());
            }
        }
    }

    /// Whom the message mentions that Webex made of it, and what reaches nobody.
    pub async fn told(self, context: &Context, sent: &Message) -> Mentioned {
        let Mentions {
            wanted,
            missed,
            mut members,
        } = self;
        let reached = sent.mentioned_people.as_deref().unwrap_or_default();
        let has = |id: &str| reached.iter().any(|known| is_same(known, id));
        let addresses = wanted.iter().filter(|it| matches!(it.whom, Whom::Email(_)));
        let addresses = addresses.count();
        let by_id = wanted
            .iter()
            .filter(|it| matches!(&it.whom, Whom::Id(id) if has(id)));
        let by_address = reached.len().saturating_sub(by_id.count());
        // Webex answers ids: whose address is meant has to be looked up where only some arrived.
        let is_clear = by_address == 0 || by_address >= addresses;
        if !is_clear
            && members.is_none()
            && let Some(room_id) = &sent.room_id
        {
            let reading = Members::read(context, room_id);
            let read = tokio::time::timeout(COURTESY_WAIT, reading).await;
            members = read.ok().and_then(Result::ok).flatten();
        }
        let mut mentioned = Mentioned::default();
        for mention in &wanted {
            let is_reached = match &mention.whom {
                Whom::All => sent
                    .mentioned_groups
                    .iter()
                    .flatten()
                    .any(|group| group == "all"),
                Whom::Id(id) => has(id),
                Whom::Email(_) if is_clear => by_address > 0,
                Whom::Email(address) => match members.as_ref() {
                    Some(members) => members.id_of(address).is_some_and(has),
                    // Some of them arrived; which, nobody can say.
                    None => continue,
                },
            };
            let name = known_as(mention, members.as_ref());
            match is_reached {
                true => mentioned.mentions.push(name),
                false => mentioned.mentions_nobody.push(name),
            }
        }
        mentioned.mentions_nobody.extend(missed);
        mentioned.note = (!mentioned.mentions_nobody.is_empty()).then_some(NOBODY);
        mentioned
    }
}

fn known_as(mention: &Mention, members: Option<&Members>) -> String {
    match &mention.whom {
        Whom::All => "@all".to_owned(),
        Whom::Email(address) => address.clone(),
        Whom::Id(id) => {
            let address = members.and_then(|members| members.email_of(id));
            address.unwrap_or(id).to_owned()
        }
    }
}

/// The same person has ids of several clusters.
fn is_same(one: &str, other: &str) -> bool {
    let uuid = |id: &str| ResourceId::parse(id).and_then(|id| id.uuid());
    one == other || uuid(one).is_some_and(|one| uuid(other) == Some(one))
}
