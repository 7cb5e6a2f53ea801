//! HTML, which Webex does not take, reduced to the Markdown that it does.

use std::rc::Rc;

use htmd::element_handler::Handlers;
use htmd::{Element, HtmlToMarkdown, Node};

use crate::error::CallError;
use crate::limits::MESSAGE_HTML_MAX_BYTES;
use crate::text::{harmless_markdown, has_only};

/// The converter recurses once a level: this deep it needs a small part of a thread's stack.
const NESTING_MAX_LEVELS: usize = 100;

/// What HTML or Markdown may give a meaning.
const MARKS: [u8; 11] = *b"\\*_`[]<>&~|";

/// The Markdown of some HTML, its `<spark-mention>` elements kept as mentions.
///
/// # Errors
/// `invalid_arguments` for HTML that is too long or nested too deeply.
pub fn markdown_of(html: &str) -> Result<String, CallError> {
    if html.len() > MESSAGE_HTML_MAX_BYTES {
        return Err(CallError::invalid(
            "html",
            format!(
                "it has {} bytes and may have at most {MESSAGE_HTML_MAX_BYTES}",
                html.len()
            ),
        ));
    }
    let converter = HtmlToMarkdown::builder()
        .skip_tags(vec!["script", "style", "head", "template"])
        .add_handler(
            vec!["spark-mention"],
            |_: &dyn Handlers, element: Element| Some(mention(&element).into()),
        )
        .build();
    let tree = converter.html_to_tree(html).map_err(|_| {
        CallError::invalid("html", "it cannot be read as HTML; give markdown instead")
    })?;
    if is_deeper_than(&tree, NESTING_MAX_LEVELS) {
        return Err(CallError::invalid(
            "html",
            format!("its elements may be nested at most {NESTING_MAX_LEVELS} deep"),
        ));
    }
    Ok(converter.tree_to_markdown(&tree))
}

/// The same of HTML that somebody else wrote, as it is shown: nothing in it is loaded, run or followed
/// elsewhere. What cannot be read as HTML is shown as it is, and as harmless.
pub fn shown_html(html: &str) -> String {
    if let Some(words) = plain_paragraph(html) {
        return words.to_owned();
    }
    let markdown = markdown_of(html).unwrap_or_else(|_| html.to_owned());
    harmless_markdown(&markdown).into_owned()
}

/// The words of a single paragraph without any mark of HTML or Markdown. Many messages are one, and to
/// make a converter for it would cost half as much as the rest of the call.
fn plain_paragraph(html: &str) -> Option<&str> {
    let inner = html.strip_prefix("<p>").unwrap_or(html);
    let inner = inner.strip_suffix("</p>").unwrap_or(inner);
    let bytes = inner.bytes();
    let pairs = bytes.clone().zip(bytes.skip(1));
    let is_plain = inner.starts_with(char::is_alphabetic)
        && !inner.ends_with(' ')
        && (has_only(inner, is_of_words) || inner.chars().all(is_of_text))
        && pairs.fold(true, |none, pair| none & (pair != (b' ', b' ')));
    is_plain.then_some(inner)
}

/// Of ASCII, without a mark.
fn is_of_words(byte: u8) -> bool {
    let is_mark = MARKS.iter().fold(false, |is, mark| is | (byte == *mark));
    (b' '..=b'~').contains(&byte) & !is_mark
}

/// The same of other languages.
fn is_of_text(c: char) -> bool {
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => is_of_words(byte),
        _ => !c.is_control() && !c.is_whitespace(),
    }
}

/// Walks without recursion: this is what protects the recursion after it.
fn is_deeper_than(tree: &Rc<Node>, levels: usize) -> bool {
    let mut open = vec![(tree.clone(), 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > levels {
            return true;
        }
        let children = node.children.borrow();
        open.extend(children.iter().map(|child| (child.clone(), depth + 1)));
    }
    false
}

/// What stands in a message for an element that Webex made of a mention.
fn mention(element: &Element) -> String {
    let attribute = |name: &str| {
        let mut attributes = element.attrs.iter();
        let found = attributes.find(|attribute| &*attribute.name.local == name);
        found.map(|attribute| attribute.value.to_string())
    };
    let is_group = attribute("data-object-type").as_deref() == Some("groupMention");
    match attribute("data-object-id") {
        _ if is_group => "<@all>".to_owned(),
        Some(id) => format!("<@personId:{id}>"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::alive;
    use proptest::prelude::*;

    #[test]
    fn what_a_message_needs_is_kept() {
        let cases = [
            ("<p>Hello <b>world</b></p>", "Hello **world**"),
            ("<ul><li>one</li><li>two</li></ul>", "*   one\n*   two"),
            (
                r#"<a href="https://example.com">here</a>"#,
                "[here](https://example.com)",
            ),
            (
                r#"<spark-mention data-object-type="person" data-object-id="ID">Bob</spark-mention>, see"#,
                "<@personId:ID>, see",
            ),
            (
                r#"<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>"#,
                "<@all>",
            ),
            ("<script>alert(1)</script>fine", "fine"),
            ("<template><b>unseen</b></template>fine", "fine"),
        ];
        for (html, expected) in cases {
            assert_eq!(markdown_of(html).unwrap(), expected, "{html}");
        }
    }

    #[test]
    fn what_is_shown_keeps_links_of_the_web_and_mentions_and_nothing_that_runs() {
        let deep = format!("{}<b>", "<i>".repeat(NESTING_MAX_LEVELS));
        for (html, expected) in [
            (
                r#"<a href="https://example.com">here</a>"#,
                "[here](https://example.com)",
            ),
            (
                r#"<a href="javascript:alert(1)">here</a>"#,
                r"[here]\(javascript:alert\(1\))",
            ),
            (
                r#"<img src="https://e.example/t.gif" alt="a">"#,
                r"!\[a](https://e.example/t.gif)",
            ),
            (
                r#"<spark-mention data-object-type="person" data-object-id="ID">Bob</spark-mention>"#,
                "<@personId:ID>",
            ),
            ("&lt;script&gt;x", "&lt;script>x"),
        ] {
            assert_eq!(shown_html(html), expected, "{html}");
        }
        assert!(!shown_html(&deep).contains("<b"), "{}", shown_html(&deep));
    }

    #[test]
    fn nesting_is_bounded_on_both_sides() {
        let nested =
            |levels: usize| format!("{}x{}", "<div>".repeat(levels), "</div>".repeat(levels));
        // The document, html and body take three levels, the text one.
        assert_eq!(markdown_of(&nested(NESTING_MAX_LEVELS - 3)).unwrap(), "x");
        let error = markdown_of(&nested(NESTING_MAX_LEVELS)).unwrap_err();
        assert!(error.message.contains("`html`"), "{}", error.message);
        for tag in ["<b>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<a>"] {
            let _ = markdown_of(&tag.repeat(MESSAGE_HTML_MAX_BYTES / tag.len()));
        }
        assert!(markdown_of(&"x".repeat(MESSAGE_HTML_MAX_BYTES + 1)).is_err());
    }

    /// What hostile HTML is made of.
    const PIECE: &str = "</?(p|b|a|ul|li|pre|code|table|tr|td|h1|br|img|svg|iframe|object|math|style|script)[ >]|\
        |<a href=\"(javascript|JAVASCRIPT|data|vbscript|file|java&#115;cript|&#1;javascript|java\\tscript)(:|&colon;)x\">y</a>|\
        |<img src=x onerror=y>|<a href=\"https://e\\.example\">z</a>|&lt;script&gt;|&lt;img src=x&gt;|\
        |\\[a\\]\\(javascript:x\\)|!\\[a\\]\\(http://e\\)|\\[a\\]: data:x|<!--|-->|<!\\[CDATA\\[|\\]\\]>|[a-z<>&;:\"'()\\[\\]!`\\\\ \n]";

    proptest! {
        #[test]
        fn no_tag_and_no_live_scheme_of_html_survives(pieces in prop::collection::vec(PIECE, 0..16)) {
            let html = pieces.concat();
            let shown = shown_html(&html);
            if let Some(alive) = alive(&shown) {
                prop_assert!(false, "{} in {:?} of {:?}", alive, shown, html);
            }
            for tag in ["<script", "<img", "<a ", "<iframe", "<svg", "<!--"] {
                prop_assert!(!shown.contains(tag), "{:?} of {:?}", shown, html);
            }
        }

        #[test]
        fn a_plain_paragraph_is_what_the_converter_makes_of_it(
            words in "(<p>)?[a-zß中🙂\u{200b}0-9 ,.;:?!'\"()/%@#=+$^{}-]{1,40}(</p>)?",
        ) {
            if let Some(plain) = plain_paragraph(&words) {
                let converted = markdown_of(&words).unwrap();
                prop_assert_eq!(plain, harmless_markdown(&converted));
            }
        }

        #[test]
        fn no_html_panics(html in "(</?(p|b|ul|li|pre|code|table|tr|td|h1|spark-mention|br)[ >]|[a-z<>&;\"é ]){0,60}") {
            let _ = markdown_of(&html);
        }
    }
}
