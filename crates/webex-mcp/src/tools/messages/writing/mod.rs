//! What every tool that sends shares: where a message goes, and what it says.

pub mod card;
mod html;
mod members;
mod mentions;
mod plain;
mod refused;
mod written;

use schemars::JsonSchema;
use serde::Deserialize;
use webex::limits::MAX_MESSAGE_BYTES;
use webex::messages::Destination;

pub use self::card::cards;
pub use self::html::{markdown_of, shown_html};
pub use self::written::{Mentioned, Mentions, NOBODY, Written, notify_nobody};
use crate::error::CallError;
use crate::hosts;

/// Where a message goes, as arguments have it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct To {
    /// The space: id, link or title.
    room_id: Option<String>,
    /// Direct message: id or full name.
    to_person_id: Option<String>,
    /// Direct message: e-mail address.
    #[schemars(extend("format" = "email"))]
    to_person_email: Option<String>,
}

impl To {
    /// Whether no destination was named.
    pub fn is_nobody(&self) -> bool {
        self.room_id.is_none() && self.to_person_id.is_none() && self.to_person_email.is_none()
    }

    /// The one destination that was named.
    ///
    /// # Errors
    /// `invalid_arguments` for none or several.
    pub fn destination(self) -> Result<Destination, CallError> {
        match (self.room_id, self.to_person_id, self.to_person_email) {
            (Some(id), None, None) => Ok(Destination::Room(id)),
            (None, Some(id), None) => Ok(Destination::Person(id)),
            (None, None, Some(address)) => Ok(Destination::Email(address)),
            (None, None, None) => Err(CallError::invalid(
                "roomId",
                "a destination is missing; give one of roomId, toPersonId, toPersonEmail",
            )),
            _ => Err(CallError::invalid(
                "roomId",
                "there are several destinations; give only one of roomId, toPersonId, toPersonEmail",
            )),
        }
    }
}

/// What a message is to say, checked; [`Words::written`] makes it ready for the wire.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub text: Option<String>,
    pub markdown: Option<String>,
    /// The argument that holds what is shown.
    field: &'static str,
}

impl Words {
    /// Escaped mentions in Markdown are repaired. Blank is as good as absent.
    ///
    /// # Errors
    /// `invalid_arguments` for more bytes than Webex takes.
    pub fn new(text: Option<String>, markdown: Option<String>) -> Result<Self, CallError> {
        let given = |words: Option<String>| words.filter(|words| !words.trim().is_empty());
        let (text, markdown) = (given(text), given(markdown));
        check_length("text", text.as_deref())?;
        let markdown = markdown.map(|markdown| mentions::repaired(&markdown));
        check_length("markdown", markdown.as_deref())?;
        let field = if markdown.is_some() {
            "markdown"
        } else {
            "text"
        };
        Ok(Words {
            text,
            markdown,
            field,
        })
    }

    /// The same where HTML may stand for the Markdown: Webex takes none, so it is reduced to it.
    ///
    /// # Errors
    /// Also for HTML beside Markdown, and for HTML that is too long or nested too deeply.
    pub fn with_html(
        text: Option<String>,
        markdown: Option<String>,
        html: Option<String>,
    ) -> Result<Self, CallError> {
        match (markdown, html) {
            (Some(_), Some(_)) => Err(CallError::invalid(
                "html",
                "give markdown or html, not both",
            )),
            (None, Some(html)) => {
                let markdown = html::markdown_of(&html)?;
                check_length("html", Some(&markdown))?;
                let words = Words::new(text, Some(markdown))?;
                Ok(Words {
                    field: "html",
                    ..words
                })
            }
            (markdown, None) => Words::new(text, markdown),
        }
    }
}

/// Markdown that shows these words as they were typed: nothing in them is a mark or a mention.
pub fn as_typed(words: &str) -> String {
    let mut plain = plain::Plain::default();
    plain.words(words);
    plain.finish()
}

fn check_length(field: &str, words: Option<&str>) -> Result<(), CallError> {
    match words.map(str::len) {
        Some(bytes) if bytes > MAX_MESSAGE_BYTES => Err(CallError::invalid(
            field,
            format!(
                "it has {bytes} bytes of UTF-8 and may have at most {MAX_MESSAGE_BYTES}; shorten it or send several messages"
            ),
        )),
        _ => Ok(()),
    }
}

/// The one file of a message, by a URL from which Webex can fetch it.
///
/// # Errors
/// `invalid_arguments` for a URL that only leads somewhere from here, or nowhere.
pub fn public_file(files: Option<Vec<String>>) -> Result<Option<String>, CallError> {
    let Some(given) = files.into_iter().flatten().next() else {
        return Ok(None);
    };
    let wrong = |right| {
        CallError::invalid("files[0]", right).advise(
            "Give a public http(s) URL; a file that has none is sent with webex-upload-file.",
        )
    };
    let url = hosts::read(&given).map_err(wrong)?;
    // Webex fetches the file, not this server: what this server would not fetch, nobody is asked to.
    match hosts::is_public(&url) {
        true => Ok(Some(given)),
        false => Err(wrong("Webex cannot reach a private or local address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blank_words_are_none() {
        let words = Words::new(Some(" \n".into()), Some(String::new())).unwrap();
        assert_eq!((words.text, words.markdown), (None, None));
    }

    #[test]
    fn html_takes_the_place_of_markdown() {
        let sent = Words::with_html(None, None, Some("<p>a <i>b</i></p>".into())).unwrap();
        assert_eq!(sent.markdown.as_deref(), Some("a *b*"));
        let escaped = "<p>&lt;@personEmail:bob@example.com&gt; hi</p>";
        let sent = Words::with_html(None, None, Some(escaped.into())).unwrap();
        assert_eq!(
            sent.markdown.as_deref(),
            Some("<@personEmail:bob@example.com> hi")
        );
        assert!(Words::with_html(None, Some("a".into()), Some("b".into())).is_err());
    }

    #[test]
    fn a_file_needs_a_url_that_webex_can_reach() {
        let file = |url: &str| public_file(Some(vec![url.to_owned()]));
        for url in [
            "https://example.com/a.pdf",
            "http://93.184.216.34/",
            "https://[2606::1]/x",
        ] {
            assert_eq!(file(url).unwrap().as_deref(), Some(url));
        }
        for url in [
            "/etc/passwd",
            "file:///etc/passwd",
            "http://localhost:8080/a",
            "http://files.localhost./a",
            "http://127.0.0.1/",
            "http://192.168.1.4/a",
            "http://169.254.169.254/latest",
            "http://metadata.google.internal/x",
            "https://printer.local/scan.pdf",
            "https://intranet/a",
            "https://a..b.example/a",
            "http://user:pw@files.example.com/a",
            "https://user@files.example.com/a",
            "https\t://files.example.com/a",
            "https://files.example.com\\@169.254.169.254/x",
            "https:files.example.com/a",
            "https://files.example.com:0/a",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[fd00::1]/",
        ] {
            let error = file(url).unwrap_err();
            assert!(
                error.message.contains("files[0]"),
                "{url}: {}",
                error.message
            );
            assert!(!error.message.contains(url), "{url} stands in the error");
        }
        assert_eq!(public_file(None).unwrap(), None);
    }

    proptest! {
        #[test]
        fn bytes_are_counted_not_characters(letter in "[aé€😀]", count in 1800usize..8000) {
            let text = letter.repeat(count);
            let bytes = text.len();
            for (text, markdown) in [(Some(text.clone()), None), (None, Some(text.clone()))] {
                match Words::new(text, markdown) {
                    Ok(_) => prop_assert!(bytes <= MAX_MESSAGE_BYTES),
                    Err(error) => {
                        prop_assert!(bytes > MAX_MESSAGE_BYTES);
                        let told = format!(" {bytes} bytes");
                        prop_assert!(error.message.contains(&told));
                    }
                }
            }
        }

        #[test]
        fn no_words_panic(text: Option<String>, markdown: Option<String>, html: Option<String>) {
            let _ = Words::with_html(text, markdown, html);
        }
    }
}
