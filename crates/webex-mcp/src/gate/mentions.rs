//! Mentions in what somebody wrote: a mention shows the name that the person who is mentioned chose.
//! In lockdown, the names of people outside are taken out; who is meant stays, by id or address.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::{Map, Value};

use super::authors::Author;
use crate::scope;

/// What stands in place of a name.
const SOMEBODY: &str = "somebody outside";
const OPENING: &str = "<spark-mention";
const CLOSING: &str = "</spark-mention";
/// The longest entity that is decoded, such as `&#1114111;`.
const ENTITY_MAX_BYTES: usize = 10;

/// Whom a message mentions, in any of its forms.
pub(super) fn mentioned(message: &Value) -> Vec<Author> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    let of = |(id, email): (Option<&str>, Option<&str>)| Author {
        id: id.map(str::to_owned),
        email: email.map(str::to_owned),
        org_id: None,
        room_id: text("roomId").map(str::to_owned),
    };
    let listed = message.get("mentionedPeople").and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    let in_html = in_html(text("html").unwrap_or_default()).into_iter();
    let in_markdown = in_markdown(text("markdown").unwrap_or_default()).into_iter();
    let ids = listed.map(Some).chain(in_html.map(|one| one.id));
    let all = ids.map(|id| (id, None));
    let all = all.chain(in_markdown.map(|one| (one.id, one.email)));
    all.map(of).collect()
}

/// Takes out the names of those who do not belong, and says of how many. What its author typed stays
/// in an own message, which is compared with what was to be sent.
pub(super) fn without_names(
    message: &mut Map<String, Value>,
    all: &[Author],
    is_own: bool,
    belongs: impl Fn(&Author) -> bool,
) -> u64 {
    let outside: Vec<_> = all.iter().filter(|one| !belongs(one)).collect();
    if outside.is_empty() {
        return 0;
    }
    let keys = outside.iter().flat_map(|one| [&one.id, &one.email]);
    let keys: BTreeSet<_> = keys.flatten().map(|who| scope::key(who)).collect();
    let is_outside = |who: Option<&str>| who.is_none_or(|who| keys.contains(&scope::key(who)));
    let text = |message: &Map<String, Value>, name: &str| {
        message.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let html = text(message, "html").map(|html| nameless_html(&html, is_outside));
    let markdown = text(message, "markdown");
    let markdown = markdown.filter(|_| !is_own).map(|markdown| {
        let who = |one: &InMarkdown<'_>| is_outside(one.id.or(one.email));
        nameless_markdown(&markdown, who)
    });
    if message.contains_key("text") {
        // Nothing says where a name stands in it.
        match html.as_deref().map(plain).or_else(|| markdown.clone()) {
            Some(plain) => drop(message.insert("text".to_owned(), plain.into())),
            None => drop(message.remove("text")),
        }
    }
    for (name, words) in [("html", html), ("markdown", markdown)] {
        if let Some(words) = words {
            message.insert(name.to_owned(), words.into());
        }
    }
    let ids: BTreeSet<_> = outside.iter().filter_map(|one| one.id.as_ref()).collect();
    ids.len().max(1) as u64
}

/// A mention of a person in HTML.
struct InHtml<'h> {
    name: Range<usize>,
    id: Option<&'h str>,
}

fn in_html(html: &str) -> Vec<InHtml<'_>> {
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find(OPENING).map(|at| from + at) {
        let start = lower[at..].find('>').map_or(html.len(), |end| at + end + 1);
        let end = lower[start..].find(CLOSING);
        // One without an end may be all name.
        let end = end.map_or(html.len(), |end| start + end);
        let tag = &html[at..start];
        if !lower[at..start].contains("groupmention") {
            found.push(InHtml {
                name: start..end,
                id: attribute(tag, "data-object-id=\""),
            });
        }
        from = end;
    }
    found
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (value, _) = tag.split_once(name)?.1.split_once('"')?;
    Some(value)
}

fn nameless_html(html: &str, is_outside: impl Fn(Option<&str>) -> bool) -> String {
    let mut out = String::with_capacity(html.len());
    let mut from = 0;
    for mention in in_html(html).iter().filter(|one| is_outside(one.id)) {
        out.push_str(&html[from..mention.name.start]);
        out.push_str(SOMEBODY);
        from = mention.name.end;
    }
    out.push_str(&html[from..]);
    out
}

/// A mention of a person in Markdown: `<@personId:…|Name>` or `<@personEmail:…|Name>`.
struct InMarkdown<'m> {
    /// With the bar before it.
    name: Range<usize>,
    id: Option<&'m str>,
    email: Option<&'m str>,
}

fn in_markdown(markdown: &str) -> Vec<InMarkdown<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = markdown[from..].find("<@").map(|at| from + at + 2) {
        from = start;
        let Some(end) = markdown[start..].find('>').map(|end| start + end) else {
            break;
        };
        let inner = &markdown[start..end];
        let who = inner.split_once('|').map_or(inner, |(who, _)| who);
        let is = |kind: &str| {
            let (given, who) = who.split_once(':')?;
            given.eq_ignore_ascii_case(kind).then_some(who)
        };
        let (id, email) = (is("personId"), is("personEmail"));
        if id.or(email).is_some() {
            let name = start + who.len()..end;
            found.push(InMarkdown { name, id, email });
        }
    }
    found
}

fn nameless_markdown(markdown: &str, is_outside: impl Fn(&InMarkdown<'_>) -> bool) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut from = 0;
    for mention in in_markdown(markdown) {
        if is_outside(&mention) {
            out.push_str(&markdown[from..mention.name.start]);
            from = mention.name.end;
        }
    }
    out.push_str(&markdown[from..]);
    out
}

/// The text of the HTML that Webex makes of a message.
fn plain(html: &str) -> String {
    const LINE_ENDS: [&str; 7] = ["br", "/p", "/li", "/div", "/h", "/blockquote", "/pre"];
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(inner) = rest.strip_prefix('<') {
            let end = inner.find('>').unwrap_or(inner.len());
            let tag = inner[..end].to_ascii_lowercase();
            if LINE_ENDS.iter().any(|end| tag.starts_with(end)) {
                out.push('\n');
            }
            rest = inner.get(end + 1..).unwrap_or_default();
            continue;
        }
        let mut bytes = rest.bytes().take(ENTITY_MAX_BYTES);
        let entity = bytes.position(|byte| byte == b';');
        let decoded = entity.and_then(|end| Some((decoded(&rest[1..end])?, end + 1)));
        let (character, length) = decoded.unwrap_or(('&', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out.trim().to_owned()
}

fn decoded(entity: &str) -> Option<char> {
    let number = |digits: &str, radix| char::from_u32(u32::from_str_radix(digits, radix).ok()?);
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => match entity.strip_prefix('#')?.split_at_checked(1)? {
            ("x" | "X", digits) => number(digits, 16)?,
            _ => number(&entity[1..], 10)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Ann belongs, and nobody else.
    fn nameless(mut message: Value, is_own: bool) -> (Value, u64) {
        let all = mentioned(&message);
        let belongs = |one: &Author| {
            one.id.as_deref() == Some("ANN") || one.email.as_deref() == Some("ann@a.org")
        };
        let fields = message.as_object_mut().unwrap();
        let names = without_names(fields, &all, is_own, belongs);
        (message, names)
    }

    fn tag(id: &str, name: &str) -> String {
        format!(
            r#"<spark-mention data-object-type="person" data-object-id="{id}">{name}</spark-mention>"#
        )
    }

    #[test]
    fn who_does_not_belong_is_mentioned_without_a_name_in_every_form() {
        let (ann, bob) = (tag("ANN", "Ann"), tag("BOB", "Bob &amp; <b>Co</b>"));
        let nobody = tag("BOB", SOMEBODY);
        let all = r#"<spark-mention data-object-type="groupMention" data-group-type="all">All</spark-mention>"#;
        let unnamed = "<spark-mention>Bob</spark-mention>";
        for (message, expected, names) in [
            (
                json!({"text": "Ann, Bob & Co: a < b", "html": format!("<p>{ann}, {bob}: a &lt; b</p>"),
                    "markdown": "<@personId:ANN|Ann>, <@personEmail:bob@b.org|Bob & Co>: a < b",
                    "mentionedPeople": ["ANN", "BOB"]}),
                json!({"text": "Ann, somebody outside: a < b", "html": format!("<p>{ann}, {nobody}: a &lt; b</p>"),
                    "markdown": "<@personId:ANN|Ann>, <@personEmail:bob@b.org>: a < b",
                    "mentionedPeople": ["ANN", "BOB"]}),
                1,
            ),
            // As it comes from people's clients.
            (
                json!({"text": "Bob", "html": format!("{bob}<br/>look&#33;&#x21;&nbsp;{all}")}),
                json!({"text": "somebody outside\nlook!! All", "html": format!("{nobody}<br/>look&#33;&#x21;&nbsp;{all}")}),
                1,
            ),
            // Webex says nothing else of it.
            (
                json!({"text": "Bob, look", "mentionedPeople": ["BOB"]}),
                json!({"mentionedPeople": ["BOB"]}),
                1,
            ),
            (
                json!({"text": "Bob, look", "markdown": "<@personId:BOB|Bob>, look"}),
                json!({"text": "<@personId:BOB>, look", "markdown": "<@personId:BOB>, look"}),
                1,
            ),
            // Whose mention it is, is not known; or where it ends.
            (
                json!({"text": "Bob", "html": unnamed}),
                json!({"text": SOMEBODY, "html": format!("<spark-mention>{SOMEBODY}</spark-mention>")}),
                1,
            ),
            (
                json!({"html": "a <SPARK-MENTION data-object-id=\"BOB\">Bob</b> and"}),
                json!({"html": format!("a <SPARK-MENTION data-object-id=\"BOB\">{SOMEBODY}")}),
                1,
            ),
            (
                json!({"html": "a <spark-mention data-object-id=\"BOB"}),
                json!({"html": format!("a <spark-mention data-object-id=\"BOB{SOMEBODY}")}),
                1,
            ),
        ] {
            assert_eq!(nameless(message, false), (expected, names));
        }
        for untouched in [
            json!({"text": "Ann", "html": ann, "mentionedPeople": ["ANN"]}),
            json!({"text": "All", "html": all, "markdown": "<@all>", "mentionedGroups": ["all"]}),
            json!({"text": "a <@ b", "markdown": "a <@ b <@else:BOB|Bob> <@all|x>"}),
            json!({"html": null, "mentionedPeople": "BOB", "text": 7}),
        ] {
            assert_eq!(nameless(untouched.clone(), false), (untouched, 0));
        }
    }

    #[test]
    fn what_the_caller_typed_stays() {
        let markdown = "<@personEmail:bob@b.org|Bob>";
        let message = json!({"text": "Bob", "markdown": markdown, "html": tag("BOB", "Bob")});
        let (told, names) = nameless(message, true);
        assert_eq!((told["markdown"].as_str(), names), (Some(markdown), 1));
        assert_eq!(told["text"], SOMEBODY);
    }

    proptest! {
        #[test]
        fn no_name_is_left_whatever_is_around_it(
            before in "[a-z<>&;|@\" ü\n]{0,20}", after in "[a-z<>&;|@\" ü\n]{0,20}",
        ) {
            let html = format!("{before}{}{after}", tag("BOB", "CUCKOO"));
            let markdown = format!("{before} <@personId:BOB|CUCKOO>{after}");
            let message = json!({"text": "CUCKOO", "html": html, "markdown": markdown,
                "mentionedPeople": ["BOB"]});
            let (told, names) = nameless(message, false);
            prop_assert!(names > 0);
            prop_assert!(!told["html"].as_str().unwrap().contains("CUCKOO"), "{}", told);
            prop_assert!(!told["text"].as_str().unwrap().contains("CUCKOO"), "{}", told);
        }
    }
}
