//! The card of a message: an Adaptive Card that Webex shows, within bounds, and whose links lead to
//! https addresses only.

use serde_json::{Map, Value};
use webex::messages::Attachment;

use crate::error::CallError;
use crate::hosts;
use crate::limits::{CARD_MAX_BYTES, CARD_MAX_ELEMENTS, CARD_MAX_LEVELS};

const CARD_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// The newest version that Webex shows, 1.3.
const VERSION: (u16, u16) = (1, 3);

/// Fields that hold an address, in lower case: renderers differ in whether case matters.
const ADDRESSES: [&str; 4] = ["url", "iconurl", "backgroundimage", "poster"];
/// Fields that are shown as Markdown, in lower case.
const MARKDOWN: [&str; 5] = ["text", "title", "label", "errormessage", "fallbacktext"];
/// A fact is shown as Markdown, its title and its value; other values are not shown.
const FACTS: &str = "facts";
/// What a button hands back to whoever sent the card: nobody opens it.
const PAYLOAD: &str = "data";

/// A name of a field in an error is cut after this many characters.
const NAME_SHOWN_MAX_CHARS: usize = 40;

/// The one card of a message; it may come bare, or already wrapped as Webex wants it.
///
/// # Errors
/// `invalid_arguments`, by the place in the card, for what is no Adaptive Card of a version that
/// Webex shows, for one that is too large, and for an address that is not https.
pub fn cards(attachments: Option<Vec<Map<String, Value>>>) -> Result<Vec<Attachment>, CallError> {
    let attachments = attachments.into_iter().flatten().enumerate();
    attachments.map(|(at, given)| card(at, given)).collect()
}

fn card(at: usize, mut given: Map<String, Value>) -> Result<Attachment, CallError> {
    let is_wrapped = given
        .get("contentType")
        .is_some_and(|kind| kind == CARD_TYPE);
    let root = format!("attachments[{at}]");
    let (root, content) = match given.remove("content") {
        Some(content) if is_wrapped => (format!("{root}.content"), content),
        _ => (root, Value::Object(given)),
    };
    checked(&root, content)
}

/// A card that is made here of what a caller described: `root` is its place in errors.
///
/// # Errors
/// As of [`cards`].
pub fn checked(root: &str, content: Value) -> Result<Attachment, CallError> {
    if content
        .get("type")
        .is_none_or(|kind| kind != "AdaptiveCard")
    {
        return Err(CallError::invalid(
            root,
            "it has to be an Adaptive Card, with \"type\": \"AdaptiveCard\"",
        ));
    }
    if content.to_string().len() > CARD_MAX_BYTES {
        let right = format!("it may have at most {CARD_MAX_BYTES} bytes of JSON");
        return Err(CallError::invalid(root, right));
    }
    check_version(root, content.get("version"))?;
    Walk::default().value(&content, &Place::Root(root), 0)?;
    Ok(Attachment {
        content_type: CARD_TYPE.to_owned(),
        content,
    })
}

fn check_version(root: &str, version: Option<&Value>) -> Result<(), CallError> {
    let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => digits.parse::<u16>().ok(),
        false => None,
    };
    let version = version.and_then(Value::as_str).and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((number(major)?, number(minor)?))
    });
    match version {
        Some(version) if version.0 == VERSION.0 && version <= VERSION => Ok(()),
        _ => Err(CallError::invalid(
            &format!("{root}.version"),
            "it has to be \"1.3\" or an older 1.x: Webex shows no newer cards",
        )),
    }
}

/// Where something stands in the card; made into words only for an error.
#[derive(Clone, Copy)]
enum Place<'p> {
    Root(&'p str),
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn words(&self) -> String {
        match self {
            Place::Root(root) => (*root).to_owned(),
            Place::Field(parent, name) => {
                let plain = |c: &char| c.is_ascii_graphic() && *c != '`';
                let shown = name.chars().filter(plain).take(NAME_SHOWN_MAX_CHARS);
                format!("{}.{}", parent.words(), shown.collect::<String>())
            }
            Place::Item(parent, at) => format!("{}[{at}]", parent.words()),
        }
    }

    fn wrong(&self, right: impl std::fmt::Display) -> CallError {
        CallError::invalid(&self.words(), right)
    }

    fn field(&self) -> Option<&str> {
        match self {
            Place::Field(_, name) => Some(name),
            _ => None,
        }
    }

    /// Whether the words here are shown as Markdown.
    fn is_markdown(&self) -> bool {
        let name = self.field().unwrap_or_default();
        let is_value = || name.eq_ignore_ascii_case("value");
        let is_of_fact = || match self {
            Place::Field(Place::Item(list, _), _) => {
                let list = list.field().unwrap_or_default();
                list.eq_ignore_ascii_case(FACTS)
            }
            _ => false,
        };
        let is_shown = MARKDOWN
            .iter()
            .any(|shown| name.eq_ignore_ascii_case(shown));
        is_shown || (is_value() && is_of_fact())
    }

    fn is_in_list(&self) -> bool {
        matches!(self, Place::Item(..))
    }
}

/// One look at everything in a card.
#[derive(Default)]
struct Walk {
    elements: usize,
    /// Inside what a button hands back.
    is_payload: bool,
}

impl Walk {
    /// `levels` bounds the recursion: every object is one, and every list within a list.
    fn value(&mut self, value: &Value, place: &Place<'_>, levels: usize) -> Result<(), CallError> {
        match value {
            Value::Object(fields) => self.element(fields, place, levels + 1),
            Value::Array(items) => {
                let levels = levels + usize::from(place.is_in_list());
                check_levels(place, levels)?;
                for (at, item) in items.iter().enumerate() {
                    self.value(item, &Place::Item(place, at), levels)?;
                }
                Ok(())
            }
            Value::String(words) if !self.is_payload => check_words(words, place),
            _ => Ok(()),
        }
    }

    fn element(
        &mut self,
        fields: &Map<String, Value>,
        place: &Place<'_>,
        levels: usize,
    ) -> Result<(), CallError> {
        self.elements += 1;
        if self.elements > CARD_MAX_ELEMENTS {
            let right = format!("with it the card has more than {CARD_MAX_ELEMENTS} elements");
            return Err(place.wrong(right));
        }
        check_levels(place, levels)?;
        for (name, value) in fields {
            let is_outside = !self.is_payload;
            self.is_payload |= name == PAYLOAD;
            self.value(value, &Place::Field(place, name), levels)?;
            self.is_payload &= !is_outside;
        }
        Ok(())
    }
}

fn check_levels(place: &Place<'_>, levels: usize) -> Result<(), CallError> {
    match levels > CARD_MAX_LEVELS {
        true => Err(place.wrong(format!(
            "elements may be nested at most {CARD_MAX_LEVELS} deep"
        ))),
        false => Ok(()),
    }
}

/// The address that a field is, or the links in its Markdown.
fn check_words(words: &str, place: &Place<'_>) -> Result<(), CallError> {
    let name = place.field().map(str::to_ascii_lowercase);
    if name.is_some_and(|name| ADDRESSES.contains(&name.as_str())) {
        return check_https(words).map_err(|why| place.wrong(why));
    }
    match !place.is_markdown() || leads_to_https(words) {
        true => Ok(()),
        false => Err(place.wrong(WRONG_LINK)),
    }
}

const WRONG_LINK: &str =
    "a link in it has to lead to an absolute https URL, without a user name or a backslash";

/// Checks an argument that becomes the address of a button.
///
/// # Errors
/// `invalid_arguments`, naming it.
pub fn check_address(field: &str, address: &str) -> Result<(), CallError> {
    check_https(address).map_err(|why| CallError::invalid(field, why))
}

/// Checks an argument that is shown on a card as Markdown.
///
/// # Errors
/// `invalid_arguments`, naming it.
pub fn check_shown(field: &str, words: &str) -> Result<(), CallError> {
    match leads_to_https(words) {
        true => Ok(()),
        false => Err(CallError::invalid(field, WRONG_LINK)),
    }
}

fn leads_to_https(markdown: &str) -> bool {
    let links = markdown.match_indices("](");
    let mut links = links.map(|(at, link)| destination(&markdown[at + link.len()..]));
    links.all(is_https)
}

/// The address that a link of Markdown begins with: in angle brackets, or up to a blank or to the
/// bracket that closes the link.
fn destination(link: &str) -> &str {
    let link = link.trim_start();
    if let Some(inside) = link.strip_prefix('<') {
        return inside.split('>').next().unwrap_or_default();
    }
    let mut open = 0_usize;
    let end = link.find(|c: char| {
        let is_end = c.is_whitespace() || (c == ')' && open == 0);
        match c {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        is_end
    });
    &link[..end.unwrap_or(link.len())]
}

fn is_https(address: &str) -> bool {
    check_https(address).is_ok()
}

fn check_https(address: &str) -> Result<(), &'static str> {
    match hosts::read(address)?.scheme() {
        "https" => Ok(()),
        _ => Err("it has to be an https URL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::json;

    fn read(card: &Value) -> Result<Vec<Attachment>, CallError> {
        cards(Some(vec![card.as_object().unwrap().clone()]))
    }

    fn with_body(body: Value) -> Value {
        json!({"type": "AdaptiveCard", "version": "1.3", "body": body})
    }

    /// The place that a refusal names.
    fn refused_at(card: &Value) -> String {
        let error = read(card).unwrap_err();
        let place = error.message.split('`').nth(1).unwrap_or_default();
        place.to_owned()
    }

    #[test]
    fn a_card_comes_bare_or_wrapped() {
        let bare = with_body(json!([]));
        let wrapped = json!({"contentType": CARD_TYPE, "content": bare});
        for given in [&bare, &wrapped] {
            assert_eq!(read(given).unwrap()[0].content, bare);
        }
        for wrong in [
            json!({}),
            json!({"type": "MessageCard"}),
            json!({"content": bare}),
            json!({"contentType": CARD_TYPE, "content": "AdaptiveCard"}),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_version_is_needed_that_webex_shows() {
        for (version, is_right) in [
            (json!("1.0"), true),
            (json!("1.2"), true),
            (json!("1.3"), true),
            (json!("1.4"), false),
            (json!("1.10"), false),
            (json!("2.0"), false),
            (json!("0.5"), false),
            (json!("1"), false),
            (json!("1.+3"), false),
            (json!(1.3), false),
            (json!(null), false),
        ] {
            let card = json!({"type": "AdaptiveCard", "version": version});
            assert_eq!(read(&card).is_ok(), is_right, "{version}");
        }
        let none = json!({"type": "AdaptiveCard", "body": []});
        assert_eq!(refused_at(&none), "attachments[0].version");
        let wrapped = json!({"contentType": CARD_TYPE, "content": none});
        assert_eq!(refused_at(&wrapped), "attachments[0].content.version");
        assert!(read(&none).unwrap_err().message.contains("1.3"));
    }

    #[test]
    fn addresses_are_https_wherever_they_stand() {
        let image = |url: &str| json!({"type": "Image", "url": url});
        let text = |text: &str| json!({"type": "TextBlock", "text": text});
        let good = "https://example.com/a.png";
        for (element, place) in [
            (image("javascript:alert(1)"), "url"),
            (image("java\tscript:alert(1)"), "url"),
            (image("file:///etc/passwd"), "url"),
            (image("http://example.com/a.png"), "url"),
            (image("data:image/png;base64,AA"), "url"),
            (image("/a.png"), "url"),
            (image("https://user:pw@example.com/"), "url"),
            (image(""), "url"),
            (image("https://example.com\\@169.254.169.254/x"), "url"),
            (image("https:example.com/x"), "url"),
            (image("https://example.com/\u{202e}gnp"), "url"),
            (text("[x](https://example.com\\@h/)"), "text"),
            (
                json!({"type": "Container", "backgroundImage": "http://example.com/"}),
                "backgroundImage",
            ),
            (
                json!({"type": "Media", "poster": good, "sources": [{"url": "ftp://x/"}]}),
                "sources[0].url",
            ),
            (
                json!({"type": "Image", "url": good, "selectAction": {"type": "Action.OpenUrl", "URL": "javascript:x"}}),
                "selectAction.URL",
            ),
            (
                json!({"type": "ColumnSet", "columns": [{"items": [image("http://x/")]}]}),
                "columns[0].items[0].url",
            ),
            (text("see [this](javascript:alert(1))"), "text"),
            (text("[ok](https://example.com) [this]( file:///x)"), "text"),
            (
                json!({"type": "FactSet", "facts": [{"title": "a", "value": "[x](http://e.com)"}]}),
                "facts[0].value",
            ),
            (text("[x](https://user:pw@h/)"), "text"),
            (text("[x](<https://user@h/> 'y')"), "text"),
            (text("[x](https://a(b)@h/)"), "text"),
            (text("[x](https://)"), "text"),
            (
                json!({"type": "Input.Toggle", "Title": "[x](ftp://h/)"}),
                "Title",
            ),
            (
                json!({"type": "Input.Text", "label": "[x](http://h/)"}),
                "label",
            ),
        ] {
            let card = with_body(json!([
                text("a"),
                image(good),
                text("[x](HTTPS://e.com)"),
                element
            ]));
            let expected = format!("attachments[0].body[3].{place}");
            assert_eq!(refused_at(&card), expected, "{card}");
        }
        let actions = json!({"type": "AdaptiveCard", "version": "1.3",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "actions": [
            {"type": "Action.OpenUrl", "title": "Open", "url": good, "iconUrl": good},
            // What comes back is the sender's own affair.
            {"type": "Action.Submit", "data": {"url": "internal:7", "next": [{"url": "x"}]}},
        ]});
        read(&actions).unwrap();
        // What is not shown as Markdown has no links.
        read(&with_body(json!([
            text("[a](https://e.com/a_(b)) [b](<https://e.com/> 'c') [d](https://e.com \"e\")"),
            {"type": "Input.Text", "id": "a](b)", "regex": "^[A-Z](\\d{3})$",
                "placeholder": "[x](y)", "value": "[x](y)", "errorMessage": "no"},
            {"type": "Input.ChoiceSet", "id": "c", "choices": [{"title": "a", "value": "[0](1)"}]},
        ])))
        .unwrap();
        let after = json!({"type": "AdaptiveCard", "version": "1.3", "actions": [
            {"type": "Action.Submit", "data": {"url": "x"}, "iconUrl": "http://x/"}]});
        assert_eq!(refused_at(&after), "attachments[0].actions[0].iconUrl");
    }

    #[test]
    fn a_card_is_bounded() {
        let blocks = |count: usize| with_body(vec![json!({"type": "TextBlock"}); count].into());
        // The card itself is an element.
        read(&blocks(CARD_MAX_ELEMENTS - 1)).unwrap();
        let place = format!("attachments[0].body[{}]", CARD_MAX_ELEMENTS - 1);
        assert_eq!(refused_at(&blocks(CARD_MAX_ELEMENTS)), place);
        let nested = |levels: usize| {
            let items = |inner| json!([{"type": "Container", "items": inner}]);
            with_body((0..levels).fold(json!([]), |inner, _| items(inner)))
        };
        read(&nested(CARD_MAX_LEVELS - 1)).unwrap();
        assert!(read(&nested(CARD_MAX_LEVELS)).is_err());
        let lists = (0..CARD_MAX_LEVELS + 2).fold(json!(1), |inner, _| json!([inner]));
        assert!(read(&with_body(lists)).is_err());
        let long = with_body(json!([{"type": "TextBlock", "text": "x".repeat(CARD_MAX_BYTES)}]));
        assert_eq!(refused_at(&long), "attachments[0]");
    }

    #[test]
    fn what_people_wrote_is_not_in_an_error() {
        let name = format!("`{}\u{202e}\n", "x".repeat(100));
        let card = with_body(json!([{name: {"url": "javascript:secret"}}]));
        let message = read(&card).unwrap_err().message;
        assert!(!message.contains("secret") && !message.contains('\u{202e}'));
        assert!(message.len() < 200, "{message}");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "(https://a.b/|http://a|javascript:|\\]\\(|\\[| |é|x){0,4}".prop_map(Value::from),
        ];
        let name = "(url|iconUrl|poster|data|text|items|é`)";
        leaf.prop_recursive(30, 200, 5, move |inner| {
            prop_oneof![
                vec(inner.clone(), 0..5).prop_map(Value::from),
                btree_map(name, inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    /// Every address of a card, by another way than the walk's.
    fn addresses(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields.iter().filter(|(name, _)| *name != "data") {
                    match value.as_str() {
                        Some(url) if ADDRESSES.contains(&name.to_lowercase().as_str()) => {
                            found.push(url.to_owned());
                        }
                        _ => addresses(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| addresses(item, found)),
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn whatever_a_card_is_it_makes_no_panic_and_leads_to_https_only(body in any_json()) {
            if let Ok(read) = read(&with_body(body)) {
                let mut found = Vec::new();
                addresses(&read[0].content, &mut found);
                prop_assert!(found.iter().all(|url| url.starts_with("https://")), "{:?}", found);
            }
        }
    }
}
