//! Lists that came as one text: parted where no entry could hold what parts them.

use serde_json::Value;

use super::typed::Schema;
use crate::call::references;
use crate::limits::LIST_TEXT_MAX_ENTRIES;
use crate::text;

/// Lists with these endings hold ids or people.
const ENDINGS: [&str; 3] = ["Ids", "mails", "nvitees"];

/// The list whose entries are links.
const LINKS: &str = "files";

/// The entries that a text holds, if each of them can only be one.
pub(super) fn entries(name: &str, items: &Schema, text: &str) -> Option<Vec<Value>> {
    let parts = match name {
        LINKS => links(text),
        _ => parts(name, items, text)?,
    };
    let is_several = text.len() > parts.first()?.len() && parts.len() <= LIST_TEXT_MAX_ENTRIES;
    is_several.then(|| parts.into_iter().map(Value::from).collect())
}

/// Ids, addresses and words hold no comma.
fn parts<'a>(name: &str, items: &Schema, text: &'a str) -> Option<Vec<&'a str>> {
    let are_words = items.contains_key("enum");
    let is_between = |c: char| matches!(c, ',' | ';' | '\n');
    if !(are_words || ENDINGS.iter().any(|end| name.ends_with(end))) || !text.contains(is_between) {
        return None;
    }
    let is_entry = |part: &&str| match are_words {
        true => is_word(items, part),
        false => text::address(part).is_some() || references::is_id(name, part),
    };
    let parts = text.split(is_between).map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    let parts: Vec<_> = parts.take(LIST_TEXT_MAX_ENTRIES + 1).collect();
    parts.iter().all(is_entry).then_some(parts)
}

/// A link may hold a comma itself, but none before the beginning of another one.
fn links(text: &str) -> Vec<&str> {
    let text = text.trim();
    let is_between = |c: char| matches!(c, ',' | ';') || c.is_whitespace();
    let ends = text.match_indices(is_between);
    let starts = ends.map(|(at, between)| at + between.len());
    let starts = starts.filter(|at| is_link(&text[*at..]));
    let mut starts: Vec<_> = starts.take(LIST_TEXT_MAX_ENTRIES).collect();
    if starts.is_empty() || !is_link(text) {
        return Vec::new();
    }
    starts.insert(0, 0);
    starts.push(text.len());
    let links = starts.windows(2).map(|ends| &text[ends[0]..ends[1]]);
    links
        .map(|link| link.trim_end_matches(is_between))
        .collect()
}

/// Whether the schema lists this word, in large letters or small ones.
pub(super) fn is_word(schema: &Schema, text: &str) -> bool {
    let words = schema.get("enum").and_then(Value::as_array);
    let mut words = words.into_iter().flatten().filter_map(Value::as_str);
    words.any(|word| word.eq_ignore_ascii_case(text.trim()))
}

fn is_link(text: &str) -> bool {
    let begins = |scheme: &str| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    begins("https://") || begins("http://")
}
