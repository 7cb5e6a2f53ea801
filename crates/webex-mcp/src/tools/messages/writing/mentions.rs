//! Mentions: `<@personEmail:a@b.c|Name>`, `<@personId:…>` and `<@all>`, which models like to escape.

/// A mention with id or address and a name is shorter; a longer one is no mention.
const MENTION_MAX_BYTES: usize = 512;

const OPEN: &str = "&lt;";
const CLOSE: &str = "&gt;";

/// The same Markdown with escaped mentions repaired: `&lt;@all&gt;` would be shown as it stands
/// and notify nobody. Nothing else is unescaped.
pub fn repaired(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(at) = rest.find("&lt;@") {
        let (before, escaped) = rest.split_at(at);
        out.push_str(before);
        let body = &escaped[OPEN.len()..];
        match inside(body, CLOSE).filter(|inside| is_mention(inside)) {
            Some(inside) => {
                out.push('<');
                out.push_str(&inside.replace("&#124;", "|"));
                out.push('>');
                rest = &body[inside.len() + CLOSE.len()..];
            }
            None => {
                out.push_str(OPEN);
                rest = body;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether the text has a mention, escaped or not.
pub fn present(text: &str) -> bool {
    let found = |open: &str, close: &str| {
        text.match_indices(open).any(|(at, _)| {
            let body = &text[at + open.len() - "@".len()..];
            inside(body, close).is_some_and(is_mention)
        })
    };
    found("<@", ">") || found("&lt;@", CLOSE)
}

/// What stands before `close`, if it comes soon.
fn inside<'a>(body: &'a str, close: &str) -> Option<&'a str> {
    let near = &body[..body.floor_char_boundary(MENTION_MAX_BYTES)];
    near.find(close).map(|end| &near[..end])
}

/// Whether this, between its brackets, is a mention.
fn is_mention(inside: &str) -> bool {
    if inside.contains(['<', '>', '\n']) || inside.contains(OPEN) {
        return false;
    }
    let target = inside.split('|').next().unwrap_or_default();
    let target = target.split("&#124;").next().unwrap_or_default();
    let named = |kind: &str| target.strip_prefix(kind).is_some_and(|who| !who.is_empty());
    target == "@all" || named("@personId:") || named("@personEmail:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_mentions_are_unescaped() {
        let cases = [
            ("&lt;@all&gt; hello", "<@all> hello"),
            (
                "hi &lt;@personEmail:bob@example.com|Bob&gt;!",
                "hi <@personEmail:bob@example.com|Bob>!",
            ),
            (
                "&lt;@personId:Y2lz&#124;Bob Smith&gt;",
                "<@personId:Y2lz|Bob Smith>",
            ),
            (
                "a &lt;b&gt; &lt;@allison&gt;",
                "a &lt;b&gt; &lt;@allison&gt;",
            ),
            ("&lt;@personId:&gt;", "&lt;@personId:&gt;"),
            ("&lt;@all and no end", "&lt;@all and no end"),
            ("&lt;@personId:a\nb&gt;", "&lt;@personId:a\nb&gt;"),
            ("&lt;@personId:&lt;@all&gt;", "&lt;@personId:<@all>"),
        ];
        for (markdown, expected) in cases {
            assert_eq!(repaired(markdown), expected);
        }
    }

    #[test]
    fn a_mention_is_seen_in_both_forms() {
        for (text, expected) in [
            ("<@all>", true),
            ("x &lt;@personEmail:a@b.c&gt;", true),
            ("<@allison>", false),
            ("mail <bob@example.com>", false),
            ("<@all", false),
        ] {
            assert_eq!(present(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn repairing_twice_is_repairing_once(text in "(&lt;|&gt;|@all|@personId:|<|>|[a-z&;|é\n ]){0,24}") {
            let once = repaired(&text);
            prop_assert_eq!(repaired(&once), once.clone());
            prop_assert!(once.len() <= text.len());
        }

        #[test]
        fn an_escaped_mention_works_wherever_it_stands(
            before in "[^&]{0,20}", who in "[A-Za-z0-9]{1,40}", after in ".{0,20}",
        ) {
            let escaped = format!("{before}&lt;@personId:{who}&gt;");
            let mended = format!("{before}<@personId:{who}>");
            prop_assert!(present(&escaped) && present(&mended));
            prop_assert_eq!(repaired(&format!("{escaped}{after}")), format!("{mended}{}", repaired(&after)));
        }

        #[test]
        fn what_has_no_escape_stays(text in "[^&]{0,60}") {
            prop_assert_eq!(repaired(&text), text);
        }
    }
}
