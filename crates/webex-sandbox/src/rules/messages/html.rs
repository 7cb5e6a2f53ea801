//! The plain text of a message in HTML.

use std::cell::RefCell;

use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// Elements after which a line ends.
const BLOCKS: [&str; 6] = ["p", "li", "div", "h1", "h2", "blockquote"];

#[derive(Default)]
struct Words(RefCell<String>);

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut words = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => words.push_str(&text.replace('\u{a0}', " ")),
            Token::TagToken(tag) if ends_line(tag.kind, &tag.name) => words.push('\n'),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn ends_line(kind: TagKind, name: &str) -> bool {
    match kind {
        TagKind::StartTag => name == "br",
        TagKind::EndTag => BLOCKS.contains(&name),
    }
}

/// The text without its tags.
pub(crate) fn plain(html: &str) -> String {
    let tokenizer = Tokenizer::new(Words::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.borrow().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_tags_go() {
        for (html, text) in [
            ("<b>x</b>", "x"),
            ("<p>one</p><p>two<br/>three</p>", "one\ntwo\nthree"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            (
                "a <a href=\"https://example.com/?a=1&amp;b\" title=\">\">link</a>",
                "a link",
            ),
            ("1 &lt; 2 &amp;&amp; 3 > 2", "1 < 2 && 3 > 2"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("caf&eacute;&nbsp;&#8211; &#x1F600;", "café – 😀"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("never closed <b", "never closed"),
            ("Grüße<!-- no word -->", "Grüße"),
        ] {
            assert_eq!(plain(html), text, "{html}");
        }
    }
}
