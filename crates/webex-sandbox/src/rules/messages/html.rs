//! What a message in HTML says to those who read plain text.

/// Tags after which a line ends.
const BREAKS: [&str; 9] = [
    "br",
    "br/",
    "br /",
    "/p",
    "/li",
    "/div",
    "/h1",
    "/h2",
    "/blockquote",
];

/// What a browser would not show as the letter that it stands for; `&amp;` comes last.
const ENTITIES: [(&str, &str); 6] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// The words without their tags.
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let is_tag = tag.starts_with(|c: char| c == '/' || c == '!' || c.is_ascii_alphabetic());
        match tag.split_once('>').filter(|_| is_tag) {
            Some((name, after)) => {
                if BREAKS.contains(&name.to_ascii_lowercase().as_str()) {
                    text.push('\n');
                }
                rest = after;
            }
            None => {
                text.push('<');
                rest = tag;
            }
        }
    }
    text.push_str(rest);
    for (entity, letter) in ENTITIES {
        text = text.replace(entity, letter);
    }
    text.trim().to_owned()
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
                "a <a href=\"https://example.com/?a=1&amp;b\">link</a>",
                "a link",
            ),
            ("1 &lt; 2 &amp;&amp; 3 > 2", "1 < 2 && 3 > 2"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("1 < 2 <3", "1 < 2 <3"),
            ("<b", "<b"),
            ("Grüße<!-- no word -->", "Grüße"),
        ] {
            assert_eq!(plain(html), text, "{html}");
        }
    }
}
