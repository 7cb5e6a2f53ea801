//! Messages as the rows of a file, in each format.

use serde::Serialize;
use webex::messages::Message;

use crate::error::CallError;
use crate::text::harmless_markdown;
use crate::tool::counted;
use crate::tools::messages::writing::as_typed;
use crate::tools::workflows::formats::{
    Format, csv_row, html_text, json_line, markdown_line, markdown_quote,
};

const COLUMNS: [&str; 11] = [
    "id",
    "parentId",
    "created",
    "updated",
    "personEmail",
    "personId",
    "text",
    "markdown",
    "files",
    "keptFiles",
    "hasCard",
];

/// Nothing in the page is loaded or run.
const HTML_HEAD: &str = "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
<style>body{font-family:sans-serif;max-width:50em;margin:2em auto}\
article{border-top:1px solid #ccc;padding:.5em 0}article p{white-space:pre-wrap}\
article.reply{margin-left:2em}small{color:#555}</style>\n<title>";

/// What a file says of itself before its first message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    pub space_id: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    pub exported_at: String,
    pub order: &'static str,
}

/// What it says of itself after its last message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Foot {
    pub messages: u64,
    /// Every message of the space and the period is there.
    pub is_complete: bool,
    pub files_kept: u64,
    pub files_linked: u64,
}

/// A file of a message that was kept beside the export.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptFile {
    pub url: String,
    pub artifact_id: String,
    pub name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'m> {
    #[serde(flatten)]
    message: &'m Message,
    #[serde(skip_serializing_if = "<[KeptFile]>::is_empty")]
    kept_files: &'m [KeptFile],
}

/// The bytes of a file that were not written yet.
#[derive(Debug)]
pub struct Rows {
    format: Format,
    bytes: Vec<u8>,
}

impl Rows {
    pub fn new(format: Format) -> Self {
        Rows {
            format,
            bytes: Vec::new(),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets what was written.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    pub fn head(&mut self, head: &Head) -> Result<(), CallError> {
        let out = &mut self.bytes;
        let period = period(head);
        match self.format {
            Format::Json => json_line(out, &serde_json::json!({ "export": head }))?,
            Format::Csv => csv_row(out, COLUMNS),
            Format::Markdown => {
                out.extend_from_slice(b"# ");
                markdown_line(out, &head.title);
                let line = format!("\n\nExported {}, newest first{period}.\n", head.exported_at);
                out.extend_from_slice(line.as_bytes());
            }
            Format::Html => {
                out.extend_from_slice(HTML_HEAD.as_bytes());
                html_text(out, &head.title);
                out.extend_from_slice(b"</title>\n</head>\n<body>\n<h1>");
                html_text(out, &head.title);
                let line = format!(
                    "</h1>\n<p>Exported {}, newest first{period}.</p>\n",
                    head.exported_at
                );
                out.extend_from_slice(line.as_bytes());
            }
        }
        Ok(())
    }

    pub fn row(&mut self, message: &Message, kept_files: &[KeptFile]) -> Result<(), CallError> {
        let out = &mut self.bytes;
        match self.format {
            Format::Json => json_line(
                out,
                &Row {
                    message,
                    kept_files,
                },
            )?,
            Format::Csv => csv(out, message, kept_files),
            Format::Markdown => markdown(out, message, kept_files),
            Format::Html => html(out, message, kept_files),
        }
        Ok(())
    }

    pub fn foot(&mut self, foot: &Foot) -> Result<(), CallError> {
        let out = &mut self.bytes;
        let ending = match foot.is_complete {
            true => "",
            false => " Older ones are missing.",
        };
        let line = format!("{}.{ending}", counted(foot.messages, "message"));
        match self.format {
            Format::Json => json_line(out, &serde_json::json!({ "end": foot }))?,
            // A row that is no message would disturb whoever counts them; the answer says it.
            Format::Csv => {}
            Format::Markdown => out.extend_from_slice(format!("\n---\n\n{line}\n").as_bytes()),
            Format::Html => {
                let line = format!("<p>{line}</p>\n</body>\n</html>\n");
                out.extend_from_slice(line.as_bytes());
            }
        }
        Ok(())
    }
}

fn period(head: &Head) -> String {
    let since = head.since.as_ref().map(|time| format!(", since {time}"));
    let until = head.until.as_ref().map(|time| format!(", until {time}"));
    format!("{}{}", since.unwrap_or_default(), until.unwrap_or_default())
}

fn time(time: Option<jiff::Timestamp>) -> String {
    time.map_or_else(String::new, |time| time.to_string())
}

/// Addresses of the web; another could do something when it is followed.
fn links(message: &Message) -> impl Iterator<Item = &str> {
    let files = message.files.iter().flatten().map(String::as_str);
    files.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

fn csv(out: &mut Vec<u8>, message: &Message, kept_files: &[KeptFile]) {
    let kept: Vec<_> = kept_files.iter().map(|file| &*file.artifact_id).collect();
    let files: Vec<_> = message.files.iter().flatten().map(String::as_str).collect();
    let has_card = message
        .attachments
        .as_ref()
        .is_some_and(|cards| !cards.is_empty());
    let plain = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        message.id.clone(),
        plain(&message.parent_id),
        time(message.created),
        time(message.updated),
        plain(&message.person_email),
        plain(&message.person_id),
        message.text().unwrap_or_default().to_owned(),
        message.markdown().unwrap_or_default().to_owned(),
        files.join(" "),
        kept.join(" "),
        has_card.to_string(),
    ];
    csv_row(out, cells.iter().map(String::as_str));
}

fn markdown(out: &mut Vec<u8>, message: &Message, kept_files: &[KeptFile]) {
    out.extend_from_slice(b"\n**");
    markdown_line(out, message.person_email.as_deref().unwrap_or("somebody"));
    out.extend_from_slice(format!("** {} `{}`", time(message.created), message.id).as_bytes());
    if let Some(parent) = &message.parent_id {
        out.extend_from_slice(format!(", a reply to `{parent}`").as_bytes());
    }
    if message.updated.is_some() {
        out.extend_from_slice(format!(", edited {}", time(message.updated)).as_bytes());
    }
    out.extend_from_slice(b"\n\n");
    let words = match message.markdown() {
        Some(markdown) => harmless_markdown(markdown).into_owned(),
        None => as_typed(message.text().unwrap_or_default().trim_end()),
    };
    markdown_quote(out, &words);
    for url in links(message) {
        out.extend_from_slice(b"\nFile: ");
        markdown_line(out, url);
    }
    for file in kept_files {
        out.extend_from_slice(b"\nKept: ");
        markdown_line(out, &file.name);
        out.extend_from_slice(format!(", artifactId `{}`", file.artifact_id).as_bytes());
    }
    out.push(b'\n');
}

fn html(out: &mut Vec<u8>, message: &Message, kept_files: &[KeptFile]) {
    let mut add = |before: &str, text: &str| {
        out.extend_from_slice(before.as_bytes());
        html_text(out, text);
    };
    let class = match message.parent_id {
        Some(_) => "<article class=\"reply\" id=\"",
        None => "<article id=\"",
    };
    add(class, &message.id);
    add(
        "\">\n<b>",
        message.person_email.as_deref().unwrap_or("somebody"),
    );
    add("</b> <small>", &time(message.created));
    if let Some(parent) = &message.parent_id {
        add(" <a href=\"#", parent);
        add("\">reply to", "");
        add("</a>", "");
    }
    if message.updated.is_some() {
        add(" edited ", &time(message.updated));
    }
    add(
        "</small>\n<p>",
        message.text().or(message.markdown()).unwrap_or_default(),
    );
    add("</p>\n", "");
    for url in links(message) {
        add("<a href=\"", url);
        add("\">", url);
        add("</a><br>\n", "");
    }
    for file in kept_files {
        add("<p>Kept: ", &file.name);
        add(", artifactId ", &file.artifact_id);
        add("</p>\n", "");
    }
    add("</article>\n", "");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    const HOSTILE: &str = "=1+1\n\"</p><script>alert(1)</script>\r\n# a\n> b";

    fn message(text: Option<String>) -> Message {
        Message {
            id: "m2".to_owned(),
            parent_id: Some("m1".to_owned()),
            person_email: Some("bob\"<b>@example.com".to_owned()),
            text,
            files: Some(vec![
                "https://example.com/\"><i>".to_owned(),
                "javascript:alert(1)".to_owned(),
            ]),
            created: "2026-01-05T09:00:00Z".parse().ok(),
            ..Message::default()
        }
    }

    fn kept() -> KeptFile {
        KeptFile {
            url: "https://example.com/1".to_owned(),
            artifact_id: "a1".to_owned(),
            name: "<plan>.pdf".to_owned(),
        }
    }

    fn written(format: Format) -> String {
        let message = message(Some(HOSTILE.to_owned()));
        file(format, "<b>Unicorn</b> & co", &message, &[kept()])
    }

    fn file(format: Format, title: &str, message: &Message, kept: &[KeptFile]) -> String {
        let head = Head {
            space_id: "r1".to_owned(),
            title: title.to_owned(),
            since: None,
            until: Some("2026-01-06T00:00:00Z".to_owned()),
            exported_at: "2026-01-07T00:00:00Z".to_owned(),
            order: "newest first",
        };
        let foot = Foot {
            messages: 1,
            is_complete: false,
            files_kept: 1,
            files_linked: 1,
        };
        let mut rows = Rows::new(format);
        rows.head(&head).unwrap();
        rows.row(message, kept).unwrap();
        rows.foot(&foot).unwrap();
        String::from_utf8(rows.bytes().to_vec()).unwrap()
    }

    /// What a reader sees of each quotation; nothing where there is more than words in the file.
    fn quoted(markdown: &str) -> Option<Vec<String>> {
        let (mut all, mut is_quoted) = (Vec::new(), false);
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES;
        for event in Parser::new_ext(markdown, options) {
            match event {
                Event::Start(Tag::BlockQuote(_)) => {
                    is_quoted = true;
                    all.push(String::new());
                }
                Event::End(TagEnd::BlockQuote(_)) => is_quoted = false,
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                Event::Text(words) if is_quoted => all.last_mut()?.push_str(&words),
                Event::SoftBreak | Event::HardBreak if is_quoted => all.last_mut()?.push('\n'),
                Event::Code(_) | Event::Rule | Event::Text(_) | Event::SoftBreak if !is_quoted => {}
                Event::Start(Tag::Strong | Tag::Heading { .. }) if !is_quoted => {}
                Event::End(TagEnd::Strong | TagEnd::Heading(_)) if !is_quoted => {}
                _ => return None,
            }
        }
        Some(all)
    }

    /// Nobody sees spaces at the ends, and whether one is of the kind that does not break.
    fn seen(text: &str) -> Vec<String> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text.trim().split('\n');
        lines
            .map(|line| line.replace(['\t', '\u{a0}'], " ").trim().to_owned())
            .collect()
    }

    proptest! {
        #[test]
        fn plain_text_is_shown_as_it_was_typed_and_nothing_else_is_there(
            text in "([-#*_`~>+=|(){}!<&;:.0-9a-cé \t\r\n\\\\@/\"'\\[\\]]|!\\[|\\]\\(|javascript:|http://e){0,30}",
            other in "[-#*_`~>|(){}!<&;:a-c \n\\\\@/\"'\\[\\]]{0,20}",
        ) {
            let mut message = message(Some(text.clone()));
            message.person_email = Some(format!("a{other}b"));
            let kept = [KeptFile { name: other.clone(), ..kept() }];
            let written = file(Format::Markdown, &format!("a{other}"), &message, &kept);
            let Some(quoted) = quoted(&written) else {
                return Err(TestCaseError::fail(written));
            };
            prop_assert_eq!(quoted.len(), 1);
            prop_assert_eq!(seen(&quoted[0]), seen(&text), "{}", written);
        }
    }

    #[test]
    fn markdown_of_people_keeps_its_form_and_does_nothing() {
        let markdown =
            "**bold** [a](https://e.example) ![t](http://e.example/t.gif) [x](javascript:y)";
        let message = Message {
            markdown: Some(markdown.to_owned()),
            ..message(None)
        };
        let written = file(Format::Markdown, "Unicorn", &message, &[]);
        let line = "\n> **bold** [a](https://e.example) !\\[t](http://e.example/t.gif) [x]\\(javascript:y)\n";
        assert!(written.contains(line), "{written}");
    }

    #[test]
    fn threads_files_and_order_are_told_in_every_format() {
        for format in [Format::Json, Format::Csv, Format::Markdown, Format::Html] {
            let text = written(format);
            for part in [
                "m2",
                "m1",
                "2026-01-05T09:00:00",
                "https://example.com/",
                "a1",
            ] {
                let plain = text.replace('\\', "");
                assert!(plain.contains(part), "{format:?} {part}: {text}");
            }
            let tells_itself = text.contains("newest first") && text.contains('1');
            assert!(tells_itself || format == Format::Csv, "{format:?}: {text}");
        }
        assert!(written(Format::Html).contains("Older ones are missing"));
    }

    #[test]
    fn what_people_wrote_is_no_markup_anywhere() {
        let html = written(Format::Html);
        let tags: Vec<_> = html.split('<').skip(1).collect();
        let known = [
            "!doctype", "html", "head", "meta", "style", "title", "body", "h1", "p", "article",
            "b>", "small", "a ", "br", "/",
        ];
        for tag in tags {
            assert!(known.iter().any(|known| tag.starts_with(known)), "{tag}");
        }
        assert!(!html.contains("<script") && !html.contains("<b>Unicorn"));
        assert!(!html.contains("javascript:"), "{html}");
        assert_eq!(html.matches("<b>").count(), 1);
        assert!(!written(Format::Markdown).contains("<script"));
        let csv = written(Format::Csv);
        assert!(csv.contains(",\"'=1+1\n\"\"</p>"), "{csv}");
        let lines = written(Format::Json);
        assert_eq!(lines.lines().count(), 3);
        for line in lines.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }
}
