//! Mentions in a message: `<@personEmail:a@b.c|Name>`, `<@personId:…>` and `<@all>`, which models like
//! to escape, and `@Name` or `@a@b.c`, as people type them.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};
use webex::id;

use crate::limits::MENTION_MAX_BYTES;
use crate::text::{self, whole_id};

const OPEN: &str = "&lt;";
const CLOSE: &str = "&gt;";

/// Words by which other programs mention everybody. Behind an `@`, Webex knows none of them.
const GROUPS: [&str; 4] = ["all", "everyone", "channel", "here"];

/// Whom a mention means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    All,
    Id(String),
    Email(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub whom: Whom,
    /// What the message shows for them; Webex shows the name where there is none.
    pub label: Option<String>,
}

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    Words(&'t str),
    Mention {
        mention: Mention,
        /// As it was given.
        given: &'t str,
    },
}

/// A name where a mention wants an id or an address.
#[derive(Debug, Clone, Copy)]
pub enum Name<'t> {
    /// In its own brackets: `<@personId:Bob Smith>`.
    Whole(&'t str),
    /// What stands behind an `@`: the name may be its beginning.
    Start(&'t str),
}

/// The person of a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    /// How much of [`Name::Start`] the name is.
    pub bytes: usize,
}

impl Mention {
    /// As Webex wants it in Markdown.
    pub fn markup(&self) -> String {
        let target = match &self.whom {
            Whom::All => return "<@all>".to_owned(),
            Whom::Id(id) => format!("personId:{id}"),
            Whom::Email(address) => format!("personEmail:{address}"),
        };
        match &self.label {
            Some(label) => format!("<@{target}|{label}>"),
            None => format!("<@{target}>"),
        }
    }

    /// In plain text.
    pub fn shown(&self) -> Option<&str> {
        match (&self.whom, &self.label) {
            (Whom::All, _) => Some("@all"),
            (_, Some(label)) => Some(label),
            (Whom::Email(address), None) => Some(address),
            (Whom::Id(_), None) => None,
        }
    }
}

/// The same words with escaped mentions repaired: `&lt;@all&gt;` would be shown as it stands and
/// notify nobody. Nothing else is unescaped.
pub fn repaired(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(at) = rest.find("&lt;@") {
        let (before, escaped) = rest.split_at(at);
        out.push_str(before);
        let body = &escaped[OPEN.len()..];
        match inside(body, CLOSE).filter(|inside| is_mention(inside)) {
            Some(inside) => {
                out.push('<');
                out.push_str(&inside.replace("&#124;", "|"));
                out.push('>');
                rest = &body[inside.len() + CLOSE.len()..];
            }
            None => {
                out.push_str(OPEN);
                rest = body;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Where Markdown has code, in which nobody is mentioned.
pub fn code(markdown: &str) -> Vec<Range<usize>> {
    let parser = Parser::new_ext(markdown, Options::empty()).into_offset_iter();
    let code = parser
        .filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))));
    code.map(|(_, range)| range).collect()
}

/// Cuts a text at its mentions, outside `code`. `who` says whom a name means; what it knows nobody
/// for stays words.
///
/// # Errors
/// Those of `who`.
pub fn pieces<'t, E>(
    text: &'t str,
    code: &[Range<usize>],
    mut who: impl FnMut(Name<'t>) -> Result<Option<Named>, E>,
) -> Result<Vec<Piece<'t>>, E> {
    let mut pieces = Vec::new();
    let (mut taken, mut from) = (0, 0);
    while let Some(at) = text[from..].find('@').map(|at| from + at) {
        from = at + 1;
        if code.iter().any(|range| range.contains(&at)) {
            continue;
        }
        // A bracket may be the end of the name before.
        let has_bracket = text[taken..at].ends_with('<');
        let inside = inside(&text[at..], ">").filter(|inside| has_bracket && is_mention(inside));
        let found = match inside {
            Some(inside) => marked(inside, at, &mut who)?,
            None => typed(text, at, has_bracket, &mut who)?,
        };
        let Some((range, mention)) = found else {
            continue;
        };
        pieces.push(Piece::Words(&text[taken..range.start]));
        (taken, from) = (range.end, range.end);
        let given = &text[range];
        pieces.push(Piece::Mention { mention, given });
    }
    pieces.push(Piece::Words(&text[taken..]));
    Ok(pieces)
}

type Found = Option<(Range<usize>, Mention)>;

/// A mention in Webex's form: what stands in its brackets, from the `@` on.
fn marked<'t, E>(
    inside: &'t str,
    at: usize,
    who: &mut impl FnMut(Name<'t>) -> Result<Option<Named>, E>,
) -> Result<Found, E> {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label.trim())),
        None => (inside, None),
    };
    let label = label.filter(|label| !label.is_empty()).map(str::to_owned);
    let range = at - 1..at + inside.len() + 1;
    let Some((_, given)) = target.split_once(':') else {
        let whom = Whom::All;
        return Ok(Some((range, Mention { whom, label: None })));
    };
    let given = given.trim();
    let (whom, label) = match given {
        address if address.contains('@') => (Whom::Email(address.to_owned()), label),
        known if id::is_id(known) => (Whom::Id(known.to_owned()), label),
        short if let Some(id) = whole_id("PEOPLE", short) => (Whom::Id(id), label),
        name => match who(Name::Whole(name))? {
            Some(named) => (Whom::Id(named.id), label.or_else(|| Some(name.to_owned()))),
            None => return Ok(None),
        },
    };
    Ok(Some((range, Mention { whom, label })))
}

/// A name behind the `@`, unless that belongs to an address or a path.
fn typed<'t, E>(
    text: &'t str,
    at: usize,
    has_bracket: bool,
    who: &mut impl FnMut(Name<'t>) -> Result<Option<Named>, E>,
) -> Result<Found, E> {
    let before = text[..at].chars().next_back();
    let is_within = |c: char| c.is_alphanumeric() || "@/\\.+&#=_-".contains(c);
    let rest = &text[at + '@'.len_utf8()..];
    if before.is_some_and(is_within) || !rest.starts_with(char::is_alphabetic) {
        return Ok(None);
    }
    let Some(named) = who(Name::Start(rest))? else {
        return Ok(None);
    };
    let name = &rest[..named.bytes];
    let mut range = at..at + '@'.len_utf8() + named.bytes;
    if has_bracket && text[range.end..].starts_with('>') {
        range = range.start - 1..range.end + 1;
    }
    let mention = Mention {
        whom: Whom::Id(named.id),
        // These would end the mention.
        label: (!name.contains(['<', '>', '|'])).then(|| name.to_owned()),
    };
    Ok(Some((range, mention)))
}

/// The e-mail address that the words behind an `@` begin with.
pub fn address(words: &str) -> Option<&str> {
    let is_of_domain = |c: char| c.is_alphanumeric() || ".-".contains(c);
    let local = words.split_once('@')?.0;
    let is_local = local
        .chars()
        .all(|c| c.is_alphanumeric() || "._%+-'".contains(c));
    let domain = &words[local.len() + '@'.len_utf8()..];
    let end = domain.find(|c| !is_of_domain(c)).unwrap_or(domain.len());
    let domain = domain[..end].trim_end_matches(['.', '-']);
    let is_address = !local.is_empty() && is_local && domain.contains('.');
    is_address.then(|| &words[..local.len() + '@'.len_utf8() + domain.len()])
}

/// Whom the words behind an `@` probably mean: an address, a word for everybody, or what is written
/// as a name is, with its second part.
pub fn meant(words: &str, is_name: impl FnOnce(&str) -> bool) -> Option<&str> {
    if let Some(address) = address(words) {
        return Some(address);
    }
    let word = text::word(words);
    let is_group = GROUPS.contains(&text::fold(word).as_str());
    let is_written_as_name = !word.is_empty() && !word.starts_with(char::is_lowercase);
    if is_group || !(is_written_as_name || is_name(word)) {
        return is_group.then_some(word);
    }
    let second = words[word.len()..].strip_prefix(' ').map(text::word);
    match second.filter(|second| second.starts_with(char::is_uppercase)) {
        Some(second) => Some(&words[..word.len() + ' '.len_utf8() + second.len()]),
        None => Some(word),
    }
}

/// What stands before `close`, if it comes soon.
fn inside<'a>(body: &'a str, close: &str) -> Option<&'a str> {
    let near = &body[..body.floor_char_boundary(MENTION_MAX_BYTES)];
    near.find(close).map(|end| &near[..end])
}

/// Whether this, between its brackets, is a mention.
fn is_mention(inside: &str) -> bool {
    if inside.contains(['<', '>', '\n']) || inside.contains(OPEN) {
        return false;
    }
    let target = inside.split('|').next().unwrap_or_default();
    let target = target.split("&#124;").next().unwrap_or_default();
    let named = |kind: &str| {
        let who = target.strip_prefix(kind);
        who.is_some_and(|who| !who.trim().is_empty())
    };
    target == "@all" || named("@personId:") || named("@personEmail:")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_mentions_are_unescaped() {
        let cases = [
            ("&lt;@all&gt; hello", "<@all> hello"),
            (
                "hi &lt;@personEmail:bob@example.com|Bob&gt;!",
                "hi <@personEmail:bob@example.com|Bob>!",
            ),
            (
                "&lt;@personId:Y2lz&#124;Bob Smith&gt;",
                "<@personId:Y2lz|Bob Smith>",
            ),
            (
                "a &lt;b&gt; &lt;@allison&gt;",
                "a &lt;b&gt; &lt;@allison&gt;",
            ),
            ("&lt;@personId:&gt;", "&lt;@personId:&gt;"),
            ("&lt;@all and no end", "&lt;@all and no end"),
            ("&lt;@personId:a\nb&gt;", "&lt;@personId:a\nb&gt;"),
            ("&lt;@personId:&lt;@all&gt;", "&lt;@personId:<@all>"),
        ];
        for (markdown, expected) in cases {
            assert_eq!(repaired(markdown), expected);
        }
    }

    /// Bob Smith is the only one there is.
    fn bob(name: Name<'_>) -> Result<Option<Named>, Infallible> {
        let bytes = "Bob Smith".len();
        let is_his = match name {
            Name::Whole(name) => name == "Bob Smith",
            Name::Start(rest) => rest.starts_with("Bob Smith"),
        };
        let id = "BOB".to_owned();
        Ok(is_his.then_some(Named { id, bytes }))
    }

    /// The markup of the mentions in a text, and the words between them.
    fn cut(text: &str, code: &[Range<usize>]) -> Vec<String> {
        let Ok(pieces) = pieces(text, code, bob);
        let shown = pieces.into_iter().map(|piece| match piece {
            Piece::Words(words) => words.to_owned(),
            Piece::Mention { mention, .. } => mention.markup(),
        });
        shown.filter(|piece| !piece.is_empty()).collect()
    }

    #[test]
    fn a_mention_is_seen_in_every_form() {
        let id = id::encode("us", "PEOPLE", "1");
        let by_id = format!("<@personId:{id}|B>");
        let bob = "<@personId:BOB|Bob Smith>";
        let cases: [(&str, &[&str]); 17] = [
            ("hi <@all>!", &["hi ", "<@all>", "!"]),
            ("<@personEmail:a@b.c>", &["<@personEmail:a@b.c>"]),
            ("<@personEmail:a@b.c| Ann >", &["<@personEmail:a@b.c|Ann>"]),
            (&by_id, &[&by_id]),
            // Whatever kind was named, an address is an address.
            ("<@personId:a@b.c>", &["<@personEmail:a@b.c>"]),
            ("<@personId:Bob Smith>", &[bob]),
            ("<@personEmail:Bob Smith|Bob>", &["<@personId:BOB|Bob>"]),
            ("@Bob Smith, look", &[bob, ", look"]),
            ("cc: @Bob Smith", &["cc: ", bob]),
            ("(@Bob Smith)", &["(", bob, ")"]),
            ("<@Bob Smith> look", &[bob, " look"]),
            ("a@Bob Smith", &["a@Bob Smith"]),
            ("x/@Bob Smith", &["x/@Bob Smith"]),
            ("@ Bob Smith @2", &["@ Bob Smith @2"]),
            ("<@personId:Eve> @Eve", &["<@personId:Eve> @Eve"]),
            ("<@all", &["<@all"]),
            ("mail <bob@example.com>", &["mail <bob@example.com>"]),
        ];
        for (text, expected) in cases {
            assert_eq!(cut(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn an_address_ends_where_people_see_its_end() {
        for (words, expected) in [
            ("a@b.c", Some("a@b.c")),
            ("a@b.c, look", Some("a@b.c")),
            ("a@b.c's idea", Some("a@b.c")),
            ("a.o'b+c@d-e.f.g.", Some("a.o'b+c@d-e.f.g")),
            ("a@b.c**", Some("a@b.c")),
            ("a@b.c>", Some("a@b.c")),
            ("Ann Lee a@b.c", None),
            ("a@localhost", None),
            ("@b.c", None),
            ("a b", None),
        ] {
            assert_eq!(address(words), expected, "{words}");
        }
    }

    #[test]
    fn nobody_is_mentioned_in_code() {
        for markdown in [
            "`<@all>`",
            "```\n@Bob Smith\n```",
            "see\n\n    <@personEmail:a@b.c>",
        ] {
            assert_eq!(cut(markdown, &code(markdown)), [markdown], "{markdown}");
        }
        let both = "`@Bob Smith` <@all>";
        assert_eq!(cut(both, &code(both)), ["`@Bob Smith` ", "<@all>"]);
    }

    /// Whoever's name the words begin with.
    fn any_of<'n>(
        names: &'n [&str],
    ) -> impl Fn(Name<'_>) -> Result<Option<Named>, Infallible> + 'n {
        |name| {
            let Name::Start(rest) = name else {
                return Ok(None);
            };
            let found = names.iter().find(|name| rest.starts_with(**name));
            let named = |name: &&str| Named {
                id: "BOB".to_owned(),
                bytes: name.len(),
            };
            Ok(found.map(named))
        }
    }

    #[test]
    fn a_bracket_that_a_name_ends_with_opens_no_mention() {
        let bob = "<@personId:BOB>";
        for (text, expected) in [
            ("@Bob<@all>", &[bob, "@all>"][..]),
            ("@Bob<@personEmail:a@b.c>", &[bob, "@personEmail:a@b.c>"]),
            ("@Bob<@Bob<>", &[bob, bob, ">"]),
            ("@Bob< <@all>", &[bob, " ", "<@all>"]),
        ] {
            let Ok(pieces) = pieces(text, &[], any_of(&["Bob<"]));
            let shown = pieces.iter().map(|piece| match piece {
                Piece::Words(words) => (*words).to_owned(),
                Piece::Mention { mention, .. } => mention.markup(),
            });
            let shown: Vec<_> = shown.filter(|piece| !piece.is_empty()).collect();
            assert_eq!(shown, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_name_breaks_a_text(name in "[a-c][a-c<>@| ]{0,5}", text in "(<@all>|<@personId:|[a-c<>@| ]){0,24}") {
            let text = format!("@{name}{text} <@{name}{text}");
            let Ok(pieces) = pieces(&text, &[], any_of(&[&name]));
            let whole: String = pieces.iter().map(|piece| match piece {
                Piece::Words(words) => *words,
                Piece::Mention { given, .. } => *given,
            }).collect();
            prop_assert_eq!(whole, text);
        }

        #[test]
        fn repairing_twice_is_repairing_once(text in "(&lt;|&gt;|@all|@personId:|<|>|[a-z&;|é\n ]){0,24}") {
            let once = repaired(&text);
            prop_assert_eq!(repaired(&once), once.clone());
            prop_assert!(once.len() <= text.len());
        }

        #[test]
        fn an_escaped_mention_works_wherever_it_stands(
            before in "[^&]{0,20}", who in "[A-Za-z0-9]{1,40}", after in ".{0,20}",
        ) {
            let escaped = format!("{before}&lt;@personId:{who}&gt;");
            let mended = format!("{before}<@personId:{who}>");
            prop_assert_eq!(repaired(&format!("{escaped}{after}")), format!("{mended}{}", repaired(&after)));
        }

        #[test]
        fn what_has_no_escape_stays(text in "[^&]{0,60}") {
            prop_assert_eq!(repaired(&text), text);
        }

        #[test]
        fn nothing_is_lost_between_the_pieces(text in "(<@all>|@Bob Smith|<@personId:|>|\\||`|[@a-zé<\n ]){0,24}") {
            let Ok(pieces) = pieces(&text, &code(&text), bob);
            let whole: String = pieces.iter().map(|piece| match piece {
                Piece::Words(words) => *words,
                Piece::Mention { given, .. } => *given,
            }).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
