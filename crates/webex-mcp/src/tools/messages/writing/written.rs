//! From what is to be said to what goes out: names in mentions become ids, plain text with a mention
//! becomes Markdown; and from Webex's answer to whom it mentions.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;
use webex::messages::Message;

use super::members::{Members, is_same};
use super::mentions::{self, Mention, Name, Named, Piece, Whom};
use super::plain::{as_markdown, as_text, whole};
use super::refused::{naming, too_long_with_mention, too_many_names, unreadable};
use super::{Words, check_length};
use crate::error::CallError;
use crate::limits::{MENTIONED_NAMES_MAX, MESSAGE_MAX_BYTES};
use crate::tool::{Context, ShortId};

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

/// What to do where a mention reaches nobody.
pub const NOBODY: &str = "Mention members by full name or e-mail address, and everybody as <@all>.";

const ALL: &str = "@all";

impl Words {
    /// What may have mentions, and where it has code, in which there are none.
    fn source(&self) -> (String, Vec<Range<usize>>) {
        match (&self.markdown, &self.text) {
            (Some(markdown), _) => (markdown.clone(), mentions::code(markdown)),
            (None, text) => {
                let text = text.as_deref().unwrap_or_default();
                (mentions::repaired(text), Vec::new())
            }
        }
    }

    /// Whom they mention as it was given, before any space is known.
    ///
    /// # Errors
    /// `invalid_arguments` for too many names.
    pub fn given_mentions(&self) -> Result<Vec<String>, CallError> {
        let (source, code) = self.source();
        let (mut given, mut names) = (Vec::new(), 0);
        let who = |name: Name<'_>| {
            names += 1;
            match name {
                _ if names > MENTIONED_NAMES_MAX => return Err(too_many_names(self.field)),
                Name::Start(start) => miss(start, |_| false, &mut given),
                Name::Whole(name) => given.push(format!("@{name}")),
            }
            Ok(None)
        };
        let pieces = mentions::pieces(&source, &code, who)?;
        let mut mentions = Mentions::default();
        mentions.want(&pieces);
        let wanted = mentions.wanted.iter();
        let wanted = wanted.map(|mention| known_as(mention, None));
        Ok(wanted.chain(given).collect())
    }

    /// The same for a space: names in mentions are those of its members, and plain text with a
    /// mention is Markdown, in which alone mentions work. Reads the members if there is a name.
    ///
    /// # Errors
    /// `ambiguous` or `not_found` for a name in a mention, and what failed where the members had to
    /// be read for one in brackets; `invalid_arguments` for more bytes than Webex takes, or too many
    /// names.
    pub async fn written(
        self,
        context: &Context,
        room_id: Option<&str>,
    ) -> Result<Written, CallError> {
        if self.markdown.is_none() && self.text.is_none() {
            return Ok(Written::default());
        }
        let is_plain = self.markdown.is_none();
        let (source, code) = self.source();
        let (mut names, mut has_whole_name) = (0, false);
        let note_name = |name: Name<'_>| {
            names += 1;
            has_whole_name |= matches!(name, Name::Whole(_));
            match names > MENTIONED_NAMES_MAX {
                true => Err(too_many_names(self.field)),
                false => Ok(None),
            }
        };
        let mut pieces = mentions::pieces(&source, &code, note_name)?;
        let mut mentions = Mentions::default();
        if names > 0 {
            mentions.members = match room_id {
                Some(room_id) if has_whole_name => Members::read(context, room_id).await?,
                // An `@` may be anything: without the members, what follows it stays words.
                Some(room_id) => Members::read_soon(context, room_id).await,
                None => None,
            };
            let (members, missed) = (&mentions.members, &mut mentions.missed);
            let who = |name: Name<'_>| match (members, name) {
                (Some(members), name) => named(members, name, missed),
                (None, Name::Start(words)) => {
                    miss(words, |_| false, missed);
                    Ok(None)
                }
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
        miss(words, |word| members.has_first_name(word), missed);
    }
    Ok(found)
}

/// Notes what stands behind an `@` and was probably meant as a mention.
fn miss(words: &str, is_name: impl FnOnce(&str) -> bool, missed: &mut Vec<String>) {
    if let Some(meant) = mentions::meant(words, is_name) {
        let shown = format!("@{meant}");
        if !missed.contains(&shown) {
            missed.push(shown);
        }
    }
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
        let mut addresses = Addresses::of(&wanted, reached, members.as_ref());
        if addresses.is_open()
            && members.is_none()
            && let Some(room_id) = &sent.room_id
        {
            members = Members::read_soon(context, room_id).await;
            addresses = Addresses::of(&wanted, reached, members.as_ref());
        }
        let mut groups = sent.mentioned_groups.iter().flatten();
        let is_all_reached = groups.any(|group| group == "all");
        let mut mentioned = Mentioned::default();
        for mention in &wanted {
            let is_reached = match &mention.whom {
                Whom::All => is_all_reached,
                Whom::Id(id) => has(reached, id),
                Whom::Email(address) => match addresses.is_reached(address) {
                    Some(is_reached) => is_reached,
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
        // What is no mention for us, as in code, may be one for Webex.
        let is_wanted = wanted.iter().any(|mention| mention.whom == Whom::All);
        if is_all_reached && !is_wanted {
            mentioned.mentions.push(ALL.to_owned());
        }
        for id in addresses.unwanted() {
            let whom = Whom::Id((*id).clone());
            let mention = Mention { whom, label: None };
            mentioned
                .mentions
                .push(known_as(&mention, members.as_ref()));
        }
        mentioned.with_missed(missed)
    }

    /// The same of a message that is to be sent to this space later, or to a person: whom it would
    /// mention now. What the members that can be read do not tell is left out.
    pub async fn foretold(self, context: &Context, room_id: Option<&str>) -> Mentioned {
        let Mentions {
            wanted,
            missed,
            mut members,
        } = self;
        let means_somebody = wanted.iter().any(|mention| mention.whom != Whom::All);
        if members.is_none()
            && means_somebody
            && let Some(room_id) = room_id
        {
            members = Members::read_soon(context, room_id).await;
        }
        let mut mentioned = Mentioned::default();
        for mention in &wanted {
            let reaches = match (room_id, &mention.whom, &members) {
                (None, ..) => Some(false),
                (Some(_), Whom::All, _) => Some(true),
                (Some(_), whom, Some(members)) => members.have(whom),
                (Some(_), _, None) => None,
            };
            let name = known_as(mention, members.as_ref());
            match reaches {
                Some(true) => mentioned.mentions.push(name),
                Some(false) => mentioned.mentions_nobody.push(name),
                None => {}
            }
        }
        mentioned.with_missed(missed)
    }
}

/// A sentence of mentions that reach nobody.
pub fn notify_nobody(names: &[String]) -> String {
    let verb = if names.len() == 1 {
        "notifies"
    } else {
        "notify"
    };
    format!("{} {verb} nobody.", names.join(", "))
}

impl Mentioned {
    fn with_missed(mut self, missed: Vec<String>) -> Self {
        self.mentions_nobody.extend(missed);
        self.note = (!self.mentions_nobody.is_empty()).then_some(NOBODY);
        self
    }
}

/// Which addresses of a message reached somebody. Webex answers ids: whose address is meant is known
/// of members that were read, and of the others where all arrived, or none.
#[derive(Debug)]
struct Addresses<'m> {
    reached: &'m [String],
    members: Option<&'m Members>,
    /// Addresses of nobody who was read.
    unknown: usize,
    /// Reached people whom no id and no known address means.
    spare: Vec<&'m String>,
}

impl<'m> Addresses<'m> {
    fn of(wanted: &[Mention], reached: &'m [String], members: Option<&'m Members>) -> Self {
        let (mut unknown, mut meant) = (0, Vec::new());
        for mention in wanted {
            match &mention.whom {
                Whom::All => {}
                Whom::Id(id) => meant.push(id.as_str()),
                Whom::Email(address) => match members.and_then(|it| it.id_of(address)) {
                    Some(id) => meant.push(id),
                    None => unknown += 1,
                },
            }
        }
        let is_meant = |id: &str| meant.iter().any(|meant| is_same(meant, id));
        let spare = reached.iter().filter(|id| !is_meant(id)).collect();
        Addresses {
            reached,
            members,
            unknown,
            spare,
        }
    }

    /// Whether there is an address of which nothing can be said.
    fn is_open(&self) -> bool {
        self.unknown > 0 && self.unknown_reached().is_none()
    }

    /// Who is mentioned though nothing meant them; nobody where an address may have.
    fn unwanted(&self) -> &[&'m String] {
        match self.unknown {
            0 => &self.spare,
            _ => &[],
        }
    }

    fn is_reached(&self, address: &str) -> Option<bool> {
        match self.members.and_then(|members| members.id_of(address)) {
            Some(id) => Some(has(self.reached, id)),
            None => self.unknown_reached(),
        }
    }

    fn unknown_reached(&self) -> Option<bool> {
        let is_whole = self.members.is_some_and(Members::is_whole);
        match self.spare.len() {
            spare if spare >= self.unknown => Some(true),
            0 if is_whole || self.reached.is_empty() => Some(false),
            _ => None,
        }
    }
}

fn has(reached: &[String], id: &str) -> bool {
    reached.iter().any(|known| is_same(known, id))
}

fn known_as(mention: &Mention, members: Option<&Members>) -> String {
    match &mention.whom {
        Whom::All => ALL.to_owned(),
        Whom::Email(address) => address.clone(),
        Whom::Id(id) => {
            let address = members.and_then(|members| members.email_of(id));
            address.map_or_else(|| ShortId::from(id.as_str()).to_string(), str::to_owned)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::messages::writing::members::tests::members;

    /// What is said of each wanted address; `None` is nothing.
    fn said(wanted: &[&str], reached: &[String], members: Option<&Members>) -> Vec<Option<bool>> {
        let mention = |it: &&str| Mention {
            whom: match it.contains('@') {
                true => Whom::Email((*it).to_owned()),
                false => Whom::Id((*it).to_owned()),
            },
            label: None,
        };
        let mentions: Vec<_> = wanted.iter().map(mention).collect();
        let addresses = Addresses::of(&mentions, reached, members);
        let wanted = wanted.iter().filter(|it| it.contains('@'));
        wanted.map(|it| addresses.is_reached(it)).collect()
    }

    #[test]
    fn an_address_is_judged_only_where_it_is_certain() {
        let id = |at: u128| webex::id::encode("us", "PEOPLE", uuid::Uuid::from_u128(at));
        let all = members(&["Bob", "Carol"], true);
        let some = members(&["Bob", "Carol"], false);
        let (bob, carol, dave) = (id(0), id(1), id(2));
        let (all, some) = (Some(&all), Some(&some));
        let (b, c, d) = ("0@example.com", "1@example.com", "2@example.com");
        for (wanted, reached, members, expected) in [
            // One person by id and by address is mentioned once.
            (vec![&*bob, b], vec![&bob], None, vec![None]),
            (vec![&*bob, b], vec![&bob], all, vec![Some(true)]),
            (vec![&*bob, b], vec![&bob], some, vec![Some(true)]),
            (vec![&*bob, d], vec![&bob], all, vec![Some(false)]),
            (vec![&*bob, d], vec![&bob], some, vec![None]),
            (vec![&*bob, c], vec![&bob, &carol], None, vec![Some(true)]),
            // One of two addresses, of a space that was not read to its end.
            (vec![b, d], vec![&dave], some, vec![Some(false), Some(true)]),
            (vec![b, d], vec![&bob], some, vec![Some(true), None]),
            (vec![b, d], vec![&bob], all, vec![Some(true), Some(false)]),
            (vec![b, d], vec![&bob], None, vec![None, None]),
            (vec![b, c], vec![], None, vec![Some(false), Some(false)]),
            // An address that is not the one in the list of members.
            (vec!["bob@alias.example"], vec![&bob], all, vec![Some(true)]),
        ] {
            let reached: Vec<String> = reached.into_iter().cloned().collect();
            let found = said(&wanted, &reached, members);
            assert_eq!(found, expected, "{wanted:?} {reached:?} {members:?}");
        }
    }
}
