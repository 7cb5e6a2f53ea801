//! What every tool that sends shares: where a message goes, and how its words are written.

use webex::messages::Destination;

use crate::error::CallError;

/// Webex's bound for text and for markdown, each, in bytes of UTF-8.
const WORDS_MAX_BYTES: usize = 7_439;

/// The one destination that was named.
///
/// # Errors
/// `invalid_arguments` for none or several.
pub fn destination(
    room_id: Option<String>,
    to_person_id: Option<String>,
    to_person_email: Option<String>,
) -> Result<Destination, CallError> {
    match (room_id, to_person_id, to_person_email) {
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

/// What a message says, ready for the wire.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub text: Option<String>,
    pub markdown: Option<String>,
}

impl Words {
    /// Text stays text unless it mentions somebody; markdown gets working mentions; HTML, which
    /// Webex does not take, becomes its markdown.
    ///
    /// # Errors
    /// `invalid_arguments` for more bytes than Webex takes, or html beside markdown.
    pub fn new(
        text: Option<String>,
        markdown: Option<String>,
        html: Option<String>,
    ) -> Result<Self, CallError> {
        let markdown = match (markdown, html) {
            (Some(_), Some(_)) => {
                return Err(CallError::invalid(
                    "html",
                    "give markdown or html, not both",
                ));
            }
            (None, Some(html)) => Some(markdown_of(&html)?),
            (markdown, None) => markdown,
        };
        let mut words = Words {
            text,
            markdown: markdown.map(|markdown| with_mentions(&markdown)),
        };
        if words.markdown.is_none() && words.text.as_deref().is_some_and(mentions) {
            // Webex knows mentions in markdown only.
            words.markdown = words.text.as_deref().map(with_mentions);
        }
        for (field, value) in [("text", &words.text), ("markdown", &words.markdown)] {
            if let Some(value) = value
                && value.len() > WORDS_MAX_BYTES
            {
                return Err(CallError::invalid(
                    field,
                    format!(
                        "it has {} bytes and may have at most {WORDS_MAX_BYTES}; split it into several messages",
                        value.len()
                    ),
                ));
            }
        }
        Ok(words)
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.markdown.is_none()
    }
}

const MENTIONS: [&str; 3] = ["<@personId:", "<@personEmail:", "<@all"];

fn mentions(text: &str) -> bool {
    let repaired = with_mentions(text);
    MENTIONS.iter().any(|mention| repaired.contains(mention))
}

/// `&lt;@personEmail:bob@example.com|Bob&gt;` posts literal text and notifies nobody; it is meant
/// as a mention. Nothing else is unescaped.
fn with_mentions(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(at) = rest.find("&lt;@") {
        let (before, escaped) = rest.split_at(at);
        out.push_str(before);
        let body = &escaped["&lt;".len()..];
        let is_mention = MENTIONS
            .iter()
            .any(|mention| body.starts_with(&mention[1..]));
        match body.find("&gt;") {
            Some(end) if is_mention && !body[..end].contains(['\n', '<']) => {
                out.push('<');
                out.push_str(&body[..end].replace("&#124;", "|"));
                out.push('>');
                rest = &body[end + "&gt;".len()..];
            }
            _ => {
                out.push_str("&lt;");
                rest = body;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The markdown of some HTML, its `<spark-mention>` elements kept as mentions.
fn markdown_of(html: &str) -> Result<String, CallError> {
    htmd::HtmlToMarkdown::builder()
        .skip_tags(vec!["script", "style", "head"])
        .add_handler(
            vec!["spark-mention"],
            |_: &dyn htmd::element_handler::Handlers, element: htmd::Element| {
                Some(spark_mention(&element).into())
            },
        )
        .build()
        .convert(html)
        .map_err(|_| CallError::invalid("html", "it cannot be read as HTML; give markdown instead"))
}

fn spark_mention(element: &htmd::Element) -> String {
    let attribute = |name: &str| {
        element
            .attrs
            .iter()
            .find(|attribute| &*attribute.name.local == name)
            .map(|attribute| attribute.value.to_string())
    };
    let of_a_group = attribute("data-object-type").as_deref() == Some("groupMention");
    match attribute("data-object-id") {
        _ if of_a_group => "<@all>".to_owned(),
        Some(id) => format!("<@personId:{id}>"),
        None => String::new(),
    }
}
