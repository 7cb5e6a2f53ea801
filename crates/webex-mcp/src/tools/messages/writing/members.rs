//! Whom a name in a mention means: one of the space's members, by all of their name.

use uuid::Uuid;
use webex::id::ResourceId;
use webex::memberships::{self, ListMemberships, Membership};

use super::mentions::{Name, Named, Whom, address};
use crate::error::{CallError, Candidate, Code, Details};
use crate::limits;
use crate::text;
use crate::tool::Context;

/// The members of a space, as far as they were read.
#[derive(Debug)]
pub struct Members {
    members: Vec<Member>,
    whole: bool,
}

#[derive(Debug)]
struct Member {
    id: String,
    name: String,
    email: Option<String>,
    folded: String,
}

impl Member {
    fn of(membership: Membership) -> Option<Self> {
        let name = membership.person_display_name.unwrap_or_default();
        Some(Member {
            id: membership.person_id?,
            folded: text::fold(&name),
            name,
            email: membership.person_email,
        })
    }

    fn has_uuid(&self, uuid: Uuid) -> bool {
        ResourceId::parse(&self.id).and_then(|id| id.uuid()) == Some(uuid)
    }
}

impl Members {
    /// Reads them within bounds; nothing where the token may not.
    ///
    /// # Errors
    /// Any other failure of the read.
    pub async fn read(context: &Context, room_id: &str) -> Result<Option<Self>, CallError> {
        let query = ListMemberships {
            room_id: Some(room_id.to_owned()),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListMemberships::default()
        };
        let reading = context.webex.memberships();
        let Some(mut page) = context.courtesy(reading.list(&query)).await? else {
            return Ok(None);
        };
        let mut members = Vec::new();
        let mut read = 1;
        loop {
            members.extend(page.items.into_iter().filter_map(Member::of));
            match page.next {
                Some(next) if read < limits::NAME_LOOKUP_MAX_PAGES => {
                    page = context.webex.next_page(&memberships::LIST, &next).await?;
                    read += 1;
                }
                rest => {
                    let whole = rest.is_none();
                    return Ok(Some(Members { members, whole }));
                }
            }
        }
    }

    /// The same where a message goes out without them; nothing also where they cannot be read, or not
    /// soon.
    pub async fn read_soon(context: &Context, room_id: &str) -> Option<Self> {
        let reading = Members::read(context, room_id);
        let read = tokio::time::timeout(limits::COURTESY_WAIT, reading).await;
        read.ok()?.ok()?
    }

    /// The one member of this name.
    ///
    /// # Errors
    /// `ambiguous` where several have it, or only a part of it; `not_found` for a name in brackets
    /// that is nobody's here.
    pub fn named(&self, name: Name<'_>) -> Result<Option<Named>, CallError> {
        match name {
            Name::Whole(name) => self.whole_name(name).map(Some),
            Name::Start(rest) => self.name_before(rest),
        }
    }

    fn whole_name(&self, name: &str) -> Result<Named, CallError> {
        let wanted = text::fold(name);
        let uuid = Uuid::try_parse(name).ok();
        let is_meant = |member: &&Member| match uuid {
            Some(uuid) => member.has_uuid(uuid),
            None => member.folded == wanted,
        };
        let found: Vec<_> = self.members.iter().filter(is_meant).collect();
        let is_certain = self.whole || uuid.is_some();
        match found[..] {
            [one] if is_certain => Ok(named(one, name.len())),
            [] => Err(self.nobody(&wanted)),
            _ => Err(several(&found)),
        }
    }

    /// The address or the longest name that the words begin with; no name that another member may
    /// have as well.
    fn name_before(&self, words: &str) -> Result<Option<Named>, CallError> {
        if let Some(address) = address(words) {
            let id = self.id_of(address).map(str::to_owned);
            let bytes = address.len();
            return Ok(id.map(|id| Named { id, bytes }));
        }
        for end in ends(words) {
            let wanted = text::fold(&words[..end]);
            let has_it = |member: &&Member| member.folded == wanted;
            let found: Vec<_> = self.members.iter().filter(has_it).collect();
            match found[..] {
                [] => {}
                [one] => return Ok(self.whole.then(|| named(one, end))),
                _ => return Err(several(&found)),
            }
        }
        Ok(None)
    }

    /// Whether somebody's name begins with this word, or with the first part of it: behind an `@`, a
    /// mention was meant.
    pub fn has_first_name(&self, word: &str) -> bool {
        let wanted = text::fold(word);
        let part = wanted.split(|c| !text::is_of_word(c)).next();
        let begins = |member: &Member| {
            let first = text::word(&member.folded);
            first == wanted || Some(first) == part
        };
        self.members.iter().any(begins)
    }

    /// Whether these are all members of the space.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whose address this is.
    pub fn id_of(&self, address: &str) -> Option<&str> {
        let has_it = |member: &&Member| {
            let email = member.email.as_deref();
            email.is_some_and(|email| email.eq_ignore_ascii_case(address))
        };
        self.members
            .iter()
            .find(has_it)
            .map(|member| member.id.as_str())
    }

    /// Whether somebody is among them; `None` where more members may not have been read.
    pub fn have(&self, whom: &Whom) -> Option<bool> {
        let is_there = match whom {
            Whom::All => true,
            Whom::Email(address) => self.id_of(address).is_some(),
            Whom::Id(id) => self.members.iter().any(|member| is_same(&member.id, id)),
        };
        (is_there || self.whole).then_some(is_there)
    }

    /// The address of this person.
    pub fn email_of(&self, id: &str) -> Option<&str> {
        let has_it = |member: &&Member| member.id == id;
        self.members.iter().find(has_it)?.email.as_deref()
    }

    fn nobody(&self, wanted: &str) -> CallError {
        let is_near = |member: &&Member| member.folded.split(' ').any(|word| word == wanted);
        let near: Vec<_> = self.members.iter().filter(is_near).collect();
        if !near.is_empty() {
            return ambiguous(
                "a mention has only a part of a member's name",
                candidates(&near),
            );
        }
        let message = match self.whole {
            true => "no member of this space has exactly the name of a mention",
            false => "nobody of the members that were read has the name of a mention",
        };
        CallError::new(Code::NotFound, message, BY_ADDRESS)
    }
}

/// The same person has ids of several clusters.
pub fn is_same(one: &str, other: &str) -> bool {
    let uuid = |id: &str| ResourceId::parse(id).and_then(|id| id.uuid());
    one == other || uuid(one).is_some_and(|one| uuid(other) == Some(one))
}

const BY_ADDRESS: &str = "Mention by e-mail address, as in <@personEmail:a@b.c>; webex-get-membership lists the members. Nothing was sent.";

fn named(member: &Member, bytes: usize) -> Named {
    Named {
        id: member.id.clone(),
        bytes,
    }
}

fn several(found: &[&Member]) -> CallError {
    let message = match found {
        [_] => "there are more members than were read, and another may have the name of a mention",
        _ => "several members of this space have the name of a mention",
    };
    ambiguous(message, candidates(found))
}

fn candidates(members: &[&Member]) -> Vec<Candidate> {
    let offered = members.iter().take(limits::AMBIGUOUS_MAX_CANDIDATES);
    let offered = offered.map(|member| Candidate {
        id: member.id.clone(),
        name: member.name.as_str().into(),
        email: member.email.clone(),
        detail: None,
    });
    offered.collect()
}

fn ambiguous(message: &'static str, candidates: Vec<Candidate>) -> CallError {
    CallError::new(Code::Ambiguous, message, BY_ADDRESS)
        .with_details(Details::Candidates(candidates))
}

/// Where a name at the start of the words may end, the longest first: behind a word or a mark, on
/// the first line.
fn ends(words: &str) -> impl Iterator<Item = usize> {
    let line = words.lines().next().unwrap_or_default();
    let near = &line[..line.floor_char_boundary(limits::MENTIONED_NAME_MAX_BYTES)];
    let ends = near.char_indices().filter_map(|(at, c)| {
        let end = at + c.len_utf8();
        let is_end = !c.is_whitespace() && text::ends_word(&words[end..]);
        is_end.then_some(end)
    });
    ends.collect::<Vec<_>>().into_iter().rev()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn members(names: &[&str], whole: bool) -> Members {
        let member = |(at, name): (usize, &&str)| Member {
            id: webex::id::encode("us", "PEOPLE", Uuid::from_u128(at as u128)),
            name: (*name).to_owned(),
            email: Some(format!("{at}@example.com")),
            folded: text::fold(name),
        };
        Members {
            members: names.iter().enumerate().map(member).collect(),
            whole,
        }
    }

    /// Whom the name in these words means, and how long it is.
    fn typed(members: &Members, words: &str) -> Option<(usize, usize)> {
        let found = members.named(Name::Start(words)).unwrap()?;
        let at = members.members.iter().position(|it| it.id == found.id);
        Some((at.unwrap(), found.bytes))
    }

    const NAMES: [&str; 6] = [
        "Bob Smith",
        "Bob Smith Jr",
        "O'Brien, Ann",
        "Zoë Müller (Guest)",
        "田中 太郎",
        "CI Bot",
    ];

    #[test]
    fn the_longest_whole_name_is_meant() {
        let members = members(&NAMES, true);
        for (words, expected) in [
            ("Bob Smith, look", Some((0, 9))),
            ("bob  smith", None),
            ("BOB SMITH", Some((0, 9))),
            ("Bob Smith Jr.", Some((1, 12))),
            ("Bob Smith Junior", Some((0, 9))),
            ("Bob Smithson", None),
            ("Bob", None),
            ("O'Brien, Ann and", Some((2, 12))),
            ("Zoe\u{308} Mu\u{308}ller (Guest)!", Some((3, 22))),
            ("田中 太郎 様", Some((4, 13))),
            ("田中 太郎様", None),
            ("CI Bot\nnext", Some((5, 6))),
            ("CI\nBot", None),
            ("1@example.com, look", Some((1, 13))),
            ("1@EXAMPLE.com", Some((1, 13))),
            ("9@example.com", None),
        ] {
            assert_eq!(typed(&members, words), expected, "{words:?}");
        }
    }

    #[test]
    fn a_longer_name_is_not_the_shorter_one() {
        let members = members(&["Bob Smith", "Ann", "Zoe"], true);
        for (words, expected) in [
            ("Bob Smith-Jones, hi", None),
            ("Ann-Marie", None),
            ("Ann_Marie", None),
            ("Ann.Lee", None),
            ("Ann/Lee", None),
            ("Ann'Lee", None),
            ("Zoe\u{301}", None),
            ("Ann - Marie", Some((1, 3))),
            ("Ann's idea", Some((1, 3))),
            ("Ann\u{2019}s", Some((1, 3))),
            ("Ann. Lee", Some((1, 3))),
            ("Ann/", Some((1, 3))),
            ("Bob Smith.", Some((0, 9))),
        ] {
            assert_eq!(typed(&members, words), expected, "{words:?}");
        }
    }

    #[test]
    fn a_name_that_is_not_certain_is_not_used() {
        let two = members(&["Bob Smith", "bob smith"], true);
        let error = two.named(Name::Start("Bob Smith")).unwrap_err();
        assert_eq!(error.code, Code::Ambiguous);
        let error = two.named(Name::Whole("Bob Smith")).unwrap_err();
        assert_eq!(error.body().candidates.unwrap().len(), 2);
        // Another may follow in the rest of the list.
        let part = members(&NAMES, false);
        assert_eq!(typed(&part, "Bob Smith"), None);
        let error = part.named(Name::Whole("Bob Smith")).unwrap_err();
        assert_eq!(error.code, Code::Ambiguous);
        let error = part.named(Name::Whole("Eve")).unwrap_err();
        assert_eq!(error.code, Code::NotFound);
        // A uuid is nobody else's.
        let uuid = Uuid::from_u128(1).to_string();
        let found = part.named(Name::Whole(&uuid)).unwrap().unwrap();
        assert_eq!(found.id, part.members[1].id);
    }
}
