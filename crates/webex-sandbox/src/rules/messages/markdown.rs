//! Renders Markdown as Webex does: to a small, safe HTML, a plain text, and the mentions.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// While the Markdown is parsed, a mention is in the text as `START index END`.
const START: char = '\u{E000}';
const END: char = '\u{E001}';

/// The mention of everyone in a room.
const ALL: &str =
    "<spark-mention data-object-type=\"groupMention\" data-group-type=\"all\">All</spark-mention>";

/// Mentions looked for in one message; 7439 bytes do not realistically hold more.
const MAX_MENTIONS: usize = 500;

/// The person or group that the author wants to mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mention<'a> {
    PersonId(&'a str),
    PersonEmail(&'a str),
    All,
}

/// Whom a mention found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mentioned {
    Everyone,
    Person { id: String, name: String },
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    pub(crate) html: String,
}

/// A mention in its place: as it was written, as text, and as HTML.
struct Placed<'a> {
    raw: &'a str,
    text: String,
    event: Event<'static>,
}

impl<'a> Placed<'a> {
    /// The author may have given a name; nobody may be meant.
    fn new(raw: &'a str, name: Option<&str>, meant: Option<Mentioned>) -> Self {
        let name = name.map(str::to_owned);
        let (text, event) = match meant {
            None => {
                let name = name.unwrap_or_default();
                (name.clone(), Event::Text(name.into()))
            }
            Some(Mentioned::Everyone) => ("All".to_owned(), Event::InlineHtml(ALL.into())),
            Some(Mentioned::Person { id, name: known }) => {
                let name = name.unwrap_or(known);
                let shown = escaped(&name);
                let tag = format!(
                    "<spark-mention data-object-type=\"person\" data-object-id=\"{id}\">{shown}</spark-mention>"
                );
                (name, Event::InlineHtml(tag.into()))
            }
        };
        Placed { raw, text, event }
    }
}

/// Renders Markdown; `resolve` returns the person that is meant, or `None` if the mention finds
/// nobody.
pub(crate) fn render(
    markdown: &str,
    mut resolve: impl FnMut(Mention<'_>) -> Option<Mentioned>,
) -> Rendered {
    let mut placed = Vec::new();
    let marked = mark(markdown, &mut placed, &mut resolve);
    let mut rendered = Rendered::default();
    let mut events = Vec::new();
    let mut code_depth = 0_usize;
    for event in Parser::new_ext(&marked, Options::empty()) {
        match &event {
            Event::Start(Tag::CodeBlock(_)) => code_depth += 1,
            Event::End(TagEnd::CodeBlock) => code_depth = code_depth.saturating_sub(1),
            _ => {}
        }
        let text = &mut rendered.text;
        add(text, &mut events, event, &placed, code_depth > 0);
    }
    html::push_html(&mut rendered.html, events.into_iter());
    rendered.html.truncate(rendered.html.trim_end().len());
    rendered.text.truncate(rendered.text.trim_end().len());
    rendered
}

/// Replaces every mention by its mark. An author who types the marks directly mentions nobody.
fn mark<'a>(
    markdown: &'a str,
    placed: &mut Vec<Placed<'a>>,
    resolve: &mut impl FnMut(Mention<'_>) -> Option<Mentioned>,
) -> String {
    if markdown.contains([START, END]) {
        return markdown.replace([START, END], "");
    }
    let mut marked = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(start) = rest.find("<@") {
        let (before, from) = rest.split_at(start);
        marked.push_str(before);
        let parsed = from.find('>').and_then(|end| {
            let inner = from.get(2..end)?;
            Some((end + 1, parse(inner)?))
        });
        match parsed {
            Some((length, (mention, name))) if placed.len() < MAX_MENTIONS => {
                marked.push_str(&format!("{START}{}{END}", placed.len()));
                placed.push(Placed::new(&from[..length], name, resolve(mention)));
                rest = &from[length..];
            }
            _ => {
                marked.push_str("<@");
                rest = &from[2..];
            }
        }
    }
    marked.push_str(rest);
    marked
}

fn parse(inner: &str) -> Option<(Mention<'_>, Option<&str>)> {
    let named = inner.split_once('|');
    let (who, name) = named.map_or((inner, None), |(who, name)| (who, Some(name)));
    let mention = match who.split_once(':') {
        Some(("personEmail", email)) => Mention::PersonEmail(email),
        Some(("personId", id)) => Mention::PersonId(id),
        None if who == "all" => Mention::All,
        _ => return None,
    };
    Some((mention, name))
}

/// Splits a text at its marks: `Ok` is plain text, `Err` a mention.
fn pieces<'t, 'p, 'a>(
    text: &'t str,
    placed: &'p [Placed<'a>],
) -> Vec<Result<&'t str, &'p Placed<'a>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(START) {
        pieces.push(Ok(before));
        let (index, after) = from.split_once(END).unwrap_or(("", from));
        if let Some(found) = index.parse().ok().and_then(|at: usize| placed.get(at)) {
            pieces.push(Err(found));
        }
        rest = after;
    }
    pieces.push(Ok(rest));
    pieces
}

fn restored(text: &str, placed: &[Placed<'_>]) -> String {
    let pieces = pieces(text, placed).into_iter();
    pieces
        .map(|piece| piece.unwrap_or_else(|mention| mention.raw))
        .collect()
}

/// Adds an event to both forms of the message.
fn add<'e>(
    text: &mut String,
    events: &mut Vec<Event<'e>>,
    event: Event<'e>,
    placed: &[Placed<'_>],
    is_code: bool,
) {
    let event = match event {
        Event::Text(words) if !is_code => {
            for piece in pieces(&words, placed) {
                text.push_str(piece.unwrap_or_else(|mention| &mention.text));
                events.push(match piece {
                    Ok(plain) => Event::Text(plain.to_owned().into()),
                    Err(mention) => mention.event.clone(),
                });
            }
            return;
        }
        Event::Code(words) => Event::Code(restored(&words, placed).into()),
        // HTML that people typed is shown as text.
        Event::Text(words) | Event::Html(words) | Event::InlineHtml(words) => {
            Event::Text(restored(&words, placed).into())
        }
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return,
        Event::Start(mut tag) => {
            if let Tag::Link { dest_url, .. } = &mut tag {
                let target = dest_url.to_ascii_lowercase();
                let mut safe = ["http://", "https://", "mailto:"].iter();
                *dest_url = match safe.any(|scheme| target.starts_with(scheme)) {
                    true => restored(dest_url, placed).into(),
                    false => CowStr::from(""),
                };
            }
            Event::Start(tag)
        }
        other => other,
    };
    match &event {
        Event::Text(words) | Event::Code(words) => text.push_str(words),
        Event::SoftBreak | Event::HardBreak => text.push('\n'),
        Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock)
            if !text.ends_with('\n') =>
        {
            text.push('\n');
        }
        _ => {}
    }
    events.push(event);
}

pub(crate) fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    html::push_html(&mut escaped, std::iter::once(Event::Text(name.into())));
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bob(mention: Mention<'_>) -> Option<Mentioned> {
        match mention {
            Mention::All => Some(Mentioned::Everyone),
            Mention::PersonEmail("bob@example.com") | Mention::PersonId("BOB") => {
                let (id, name) = ("BOB".to_owned(), "Bob Smith".to_owned());
                Some(Mentioned::Person { id, name })
            }
            _ => None,
        }
    }

    #[test]
    fn markdown_becomes_text_and_safe_html() {
        let bobs = "<spark-mention data-object-type=\"person\" data-object-id=\"BOB\">";
        // In the HTML, {bob} stands for the tag of his mention, and {all} for that of everyone.
        for (markdown, text, html) in [
            ("**hi**", "hi", "<p><strong>hi</strong></p>"),
            (
                "<@personEmail:bob@example.com|Bob>: go",
                "Bob: go",
                "<p>{bob}Bob</spark-mention>: go</p>",
            ),
            (
                "<@personId:BOB> *go*",
                "Bob Smith go",
                "<p>{bob}Bob Smith</spark-mention> <em>go</em></p>",
            ),
            ("<@all> lunch", "All lunch", "<p>{all} lunch</p>"),
            ("<@personEmail:eve@example.com|Eve>", "Eve", "<p>Eve</p>"),
            ("`<@all>`", "<@all>", "<p><code>&lt;@all&gt;</code></p>"),
            (
                "a <script>x</script>",
                "a <script>x</script>",
                "<p>a &lt;script&gt;x&lt;/script&gt;</p>",
            ),
            ("[x](javascript:alert(1))", "x", "<p><a href=\"\">x</a></p>"),
            (
                "<@personId:BOB|<b>>",
                "<b>",
                "<p>{bob}&lt;b</spark-mention>&gt;</p>",
            ),
            ("one\n\ntwo", "one\ntwo", "<p>one</p>\n<p>two</p>"),
            ("\u{E000}0\u{E001} <@all", "0 <@all", "<p>0 &lt;@all</p>"),
        ] {
            let rendered = render(markdown, bob);
            let html = html.replace("{bob}", bobs).replace("{all}", ALL);
            assert_eq!(
                (rendered.text.as_str(), rendered.html),
                (text, html),
                "{markdown}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_markdown_makes_a_panic_or_a_tag(markdown in ".{0,200}") {
            let html = render(&markdown, bob).html.to_lowercase();
            proptest::prop_assert!(!html.contains("<script") && !html.contains("javascript:\""));
        }
    }
}
