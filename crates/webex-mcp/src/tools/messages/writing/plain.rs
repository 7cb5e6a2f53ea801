//! Plain text written as Markdown, so that it is shown as it was typed.

use super::mentions::Piece;

/// What Markdown reads as a mark wherever it stands.
const MARKS: &str = "\\`*_[]~|";
/// What is one at the start of a line.
const MARKS_OF_LINES: &str = "#+-=";

/// Digits before the point of a numbered list.
const NUMBER_MAX_DIGITS: usize = 9;

/// Spaces at the start of a line would make code of it, and an empty line ends a paragraph: this one
/// is a letter to Markdown.
const SPACE: char = '\u{a0}';
const SPACES_OF_TAB: usize = 4;

/// Markdown in the making.
#[derive(Debug, Default)]
pub struct Plain {
    markdown: String,
    line: Line,
}

/// What the line has so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Line {
    #[default]
    Nothing,
    Spaces,
    /// A number, of so many digits.
    Digits(usize),
    Words,
}

impl Plain {
    /// Adds words as they were typed.
    pub fn words(&mut self, words: &str) {
        let mut rest = words.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\r' if rest.peek() == Some(&'\n') => {}
                '\r' | '\n' => self.end_line(),
                ' ' | '\t' if matches!(self.line, Line::Nothing | Line::Spaces) => {
                    let spaces = if c == '\t' { SPACES_OF_TAB } else { 1 };
                    self.markdown.extend(std::iter::repeat_n(SPACE, spaces));
                    self.line = Line::Spaces;
                }
                c => {
                    let next = rest.peek().copied();
                    self.letter(c, next);
                    self.line = self.line.after(c);
                }
            }
        }
    }

    /// Adds a mention.
    pub fn mention(&mut self, markup: &str) {
        self.markdown.push_str(markup);
        self.line = Line::Words;
    }

    pub fn finish(self) -> String {
        self.markdown
    }

    fn end_line(&mut self) {
        if self.line == Line::Nothing {
            self.markdown.push(SPACE);
        }
        // A line break of plain text is one in Markdown only after two spaces.
        self.markdown.push_str("  \n");
        self.line = Line::Nothing;
    }

    fn letter(&mut self, c: char, next: Option<char>) {
        let is_first = matches!(self.line, Line::Nothing | Line::Spaces);
        let begins_entity = |c: char| c.is_ascii_alphanumeric() || c == '#';
        match c {
            '<' => self.markdown.push_str("&lt;"),
            '>' => self.markdown.push_str("&gt;"),
            '&' if next.is_some_and(begins_entity) => self.markdown.push_str("&amp;"),
            c if MARKS.contains(c)
                || is_first && MARKS_OF_LINES.contains(c)
                || matches!(self.line, Line::Digits(_)) && matches!(c, '.' | ')') =>
            {
                self.markdown.push('\\');
                self.markdown.push(c);
            }
            c => self.markdown.push(c),
        }
    }
}

impl Line {
    fn after(self, c: char) -> Self {
        match (self, c) {
            (Line::Nothing | Line::Spaces, '0'..='9') => Line::Digits(1),
            (Line::Digits(digits), '0'..='9') if digits < NUMBER_MAX_DIGITS => {
                Line::Digits(digits + 1)
            }
            _ => Line::Words,
        }
    }
}

/// Markdown that shows the words as they were typed.
pub fn as_markdown(pieces: &[Piece<'_>]) -> String {
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
pub fn as_text(pieces: &[Piece<'_>]) -> String {
    let shown = |piece: &Piece<'_>| match piece {
        Piece::Words(words) => (*words).to_owned(),
        Piece::Mention { given, mention } if given.starts_with('<') => {
            mention.shown().unwrap_or(given).to_owned()
        }
        Piece::Mention { given, .. } => (*given).to_owned(),
    };
    pieces.iter().map(shown).collect()
}

pub fn whole(pieces: &[Piece<'_>]) -> String {
    let shown = |piece: &Piece<'_>| match piece {
        Piece::Words(words) => (*words).to_owned(),
        Piece::Mention { mention, .. } => mention.markup(),
    };
    pieces.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    fn markdown_of(text: &str) -> String {
        let mut plain = Plain::default();
        plain.words(text);
        plain.finish()
    }

    /// What a reader of the Markdown sees; nothing where there is more than words in it.
    fn seen(markdown: &str) -> Option<String> {
        let mut text = String::new();
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES;
        for event in Parser::new_ext(markdown, options) {
            match event {
                Event::Text(words) => text.push_str(&words),
                Event::SoftBreak | Event::HardBreak => text.push('\n'),
                Event::Start(Tag::Paragraph) if text.is_empty() => {}
                Event::End(TagEnd::Paragraph) => {}
                _ => return None,
            }
        }
        Some(text.replace(SPACE, " "))
    }

    /// Spaces at the end of a line are seen by nobody.
    fn typed(text: &str) -> String {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text.split('\n').map(|line| {
            let words = line.trim_start_matches([' ', '\t']);
            let before = line[..line.len() - words.len()].replace('\t', "    ");
            (before + words).trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    fn trimmed(text: &str) -> String {
        let lines = text.split('\n').map(str::trim_end);
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    #[test]
    fn text_is_shown_as_it_was_typed() {
        for text in [
            "# todo",
            "*x* and **y** and _z_",
            "my_var_name",
            "1. a\n2) b",
            "- b\n+ c",
            "> q",
            "`ls` and ```\nfence\n```",
            "[a](https://example.com) ![i](x) [r]: y",
            "~~~\nx\n~~~ ~~gone~~",
            "title\n===\nother\n---",
            "a\n\n\nb",
            "    indented\n\ttab",
            "R&D &amp; &#42; & <b>x</b>",
            "C:\\temp\\*.txt\\",
            "https://example.com/a_b*c",
            "<@allison> and a | b",
            "12345678901. x",
            "日本 *語*",
        ] {
            let markdown = markdown_of(text);
            assert_eq!(
                seen(&markdown).as_deref().map(trimmed),
                Some(typed(text)),
                "{text:?} as {markdown:?}"
            );
        }
        assert_eq!(
            markdown_of("plain words, as most are."),
            "plain words, as most are."
        );
    }

    proptest! {
        #[test]
        fn what_was_typed_is_what_is_seen(text in "[-#*_`~>+=|\\[\\](){}!<&;:.0-9a-cé \t\r\n\\\\@/\"']{0,40}") {
            let text = text.trim_end();
            let markdown = markdown_of(text);
            let seen = seen(&markdown);
            prop_assert_eq!(seen.as_deref().map(trimmed), Some(typed(text)), "{:?}", markdown);
        }
    }
}
