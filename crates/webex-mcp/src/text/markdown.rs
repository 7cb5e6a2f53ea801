//! People's Markdown made harmless: what is loaded, run or followed elsewhere becomes text.

use std::borrow::Cow;

/// Where links of people's Markdown may lead; another could do something when it is followed.
const LINKS_LEAD_TO: [&str; 3] = ["https://", "http://", "mailto:"];

/// The Markdown of a message as it may be shown: formatting stays, and so do mentions and links into
/// the web. HTML, images, definitions of links and links to anything else become text. Each is broken
/// at a character that it cannot do without, so it does not matter how a reader parses the rest.
pub fn harmless_markdown(markdown: &str) -> Cow<'_, str> {
    if !markdown.contains(['<', '[']) {
        return Cow::Borrowed(markdown);
    }
    let mut out = String::with_capacity(markdown.len());
    for (at, character) in markdown.char_indices() {
        let rest = &markdown[at + character.len_utf8()..];
        match character {
            '<' if begins_tag(rest) => {
                // The mark that made it text already would make text of this one too.
                let marks = out.bytes().rev().take_while(|byte| *byte == b'\\');
                if marks.count() % 2 == 1 {
                    out.pop();
                }
                out.push_str("&lt;");
                continue;
            }
            '[' if out.ends_with('!') => out.push('\\'),
            ':' if out.ends_with(']') => out.push('\\'),
            '(' if out.ends_with(']') && !leads_to_the_web(rest) => out.push('\\'),
            _ => {}
        }
        out.push(character);
    }
    Cow::Owned(out)
}

/// Whether a tag, a comment or an address in angle brackets may begin before this. A mention, a
/// comparison, an arrow and a heart are none of them.
fn begins_tag(rest: &str) -> bool {
    let mut next = rest.chars();
    let (first, second) = (next.next(), next.next());
    let is_sign = |c: char| !c.is_alphabetic() && !matches!(c, '/' | '!' | '?');
    match first {
        None | Some('@' | '<') => false,
        Some(c) if c.is_whitespace() => false,
        Some(c) => !is_sign(c) || second.is_some_and(|c| !c.is_whitespace()),
    }
}

/// Whether the address of a link, which may begin after blanks, is a plain one of the web.
fn leads_to_the_web(address: &str) -> bool {
    let address = address.trim_start_matches([' ', '\t']).as_bytes();
    LINKS_LEAD_TO.iter().any(|start| {
        let given = address.get(..start.len());
        given.is_some_and(|given| given.eq_ignore_ascii_case(start.as_bytes()))
    })
}

/// The first thing of this Markdown that a reader would load, run or follow elsewhere.
#[cfg(test)]
pub(crate) fn alive(markdown: &str) -> Option<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    // Readers differ in what they know beyond the common parts.
    let dialects = [
        Options::empty(),
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS,
        Options::all() - Options::ENABLE_WIKILINKS,
    ];
    for dialect in dialects {
        for event in Parser::new_ext(markdown, dialect) {
            match &event {
                Event::Html(_) | Event::InlineHtml(_) => {}
                Event::Start(Tag::Image { .. }) => {}
                Event::Start(Tag::Link { dest_url, .. }) if !leads_to_the_web(dest_url) => {}
                _ => continue,
            }
            return Some(format!("{event:?}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What hostile Markdown is made of.
    const PIECE: &str = "[!\\[\\]()<>:\\\\`~#*|&; \n\r\t@=-]|!\\[|\\]\\(|\\]:|\\[a\\]|x|- |1\\. |    |```|---|\
        |javascript:x|java&#115;cript:|data:text/html,x|vbscript:x|file:///x|https://e\\.example|\
        |HTTP://e|mailto:a@b|//e|<img src=x>|<javascript:x>|<@all>|<@x@y>|&lt;|&#33;|\\$|\\^";

    proptest! {
        #[test]
        fn nothing_of_peoples_markdown_is_loaded_or_run(
            pieces in prop::collection::vec(PIECE, 0..24),
            before in prop::sample::select(&["", "> ", "- "][..]),
        ) {
            let pieces = pieces.concat();
            let shown = format!("{before}{}", harmless_markdown(&pieces));
            if let Some(alive) = alive(&shown) {
                prop_assert!(false, "{} in {:?}", alive, shown);
            }
        }
    }

    #[test]
    fn hostile_markdown_becomes_text_and_the_rest_stays() {
        for (given, expected) in [
            ("**a** _b_ `c`\n- d", "**a** _b_ `c`\n- d"),
            ("a < b <= c <- d << e <3", "a < b <= c <- d << e <3"),
            ("a<b <-x@y.example>", "a&lt;b &lt;-x@y.example>"),
            ("<@all> <@personId:X|Bob>", "<@all> <@personId:X|Bob>"),
            ("[a](https://e.example/x_y)", "[a](https://e.example/x_y)"),
            ("[a]( HTTP://e.example)", "[a]( HTTP://e.example)"),
            (
                "![a](http://e.example/t.gif)",
                "!\\[a](http://e.example/t.gif)",
            ),
            (
                "\\![a](http://e.example/t.gif)",
                "\\!\\[a](http://e.example/t.gif)",
            ),
            ("![a][b]", "!\\[a][b]"),
            ("[a](javascript:alert(1))", "[a]\\(javascript:alert(1))"),
            ("[a](JavaScript:alert(1))", "[a]\\(JavaScript:alert(1))"),
            ("[a](java&#115;cript:x)", "[a]\\(java&#115;cript:x)"),
            ("[a](\njavascript:x)", "[a]\\(\njavascript:x)"),
            ("[a](data:text/html,x)", "[a]\\(data:text/html,x)"),
            ("[a](vbscript:x)", "[a]\\(vbscript:x)"),
            ("[a](file:///etc/passwd)", "[a]\\(file:///etc/passwd)"),
            ("[a](<javascript:x>)", "[a]\\(&lt;javascript:x>)"),
            ("[a]: javascript:x\n\n[a]", "[a]\\: javascript:x\n\n[a]"),
            ("<javascript:x> <b>", "&lt;javascript:x> &lt;b>"),
            (r"\<b> \\<b> \\\<b>", r"&lt;b> \\&lt;b> \\&lt;b>"),
        ] {
            let written = harmless_markdown(given);
            assert_eq!(written, expected, "{given}");
            assert_eq!(alive(&written), None, "{given}");
        }
        for hostile in [
            "![a](http://e)",
            "[a](javascript:x)",
            "<b>",
            "<javascript:x>",
            "[a]: x:y\n\n[a]",
        ] {
            assert!(alive(hostile).is_some(), "{hostile}");
        }
    }
}
