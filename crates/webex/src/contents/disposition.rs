//! The file name in a `Content-Disposition` header: RFC 6266, with RFC 5987's `filename*`.

use percent_encoding::percent_decode;

use crate::limits::MAX_FILE_NAME_BYTES;

/// The name without any path or control characters; `None` where nothing is left.
pub(super) fn file_name(header: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(header);
    let mut plain = None;
    let mut extended = None;
    for (name, value) in parameters(&text) {
        match name.to_ascii_lowercase().as_str() {
            "filename" => plain = plain.or(Some(value)),
            "filename*" => extended = extended.or_else(|| decode(&value)),
            _ => {}
        }
    }
    safe(&extended.or(plain)?)
}

/// The parameters after the first semicolon, without quotes and escapes.
fn parameters(text: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut rest = text.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let (value, remaining) = value(after.trim_start());
        let name = name.rsplit(';').next().unwrap_or(name);
        found.push((name.trim(), value));
        rest = remaining.split_once(';').map_or("", |(_, rest)| rest);
    }
    found
}

/// One value, and the text after it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (index, character) in quoted.char_indices() {
        match character {
            _ if escaped => {
                value.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[index + 1..]),
            _ => value.push(character),
        }
    }
    (value, "")
}

/// `UTF-8''na%C3%AFve.txt`, also in ISO 8859-1.
fn decode(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode(encoded.as_bytes()).collect();
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

/// A name that is safe to show and to use for a file: the part after any slash, without control
/// characters, limited in length, and never `.` or `..`.
fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name: String = last
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    let mut end = name.len().min(MAX_FILE_NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    let name = name.trim();
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_read_in_every_form() {
        let cases = [
            ("attachment; filename=\"report.pdf\"", Some("report.pdf")),
            ("attachment; filename=report.pdf", Some("report.pdf")),
            (
                "attachment;filename=\"a;b=c.txt\"; size=4",
                Some("a;b=c.txt"),
            ),
            (
                "attachment; filename=\"say \\\"hi\\\".txt\"",
                Some("say \"hi\".txt"),
            ),
            ("attachment; filename=\"übung.txt\"", Some("übung.txt")),
            (
                "attachment; filename=\"naive.txt\"; filename*=UTF-8''na%C3%AFve%20file.txt",
                Some("naïve file.txt"),
            ),
            ("attachment; FILENAME*=iso-8859-1'en'%A3.txt", Some("£.txt")),
            (
                "attachment; filename*=klingon''x; filename=y.txt",
                Some("y.txt"),
            ),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            (
                "attachment; filename=\"C:\\\\temp\\\\a.txt\"",
                Some("a.txt"),
            ),
            ("attachment; filename=\"..\"", None),
            ("attachment; filename=\"\"", None),
            ("attachment", None),
            ("", None),
        ];
        for (header, name) in cases {
            assert_eq!(file_name(header.as_bytes()).as_deref(), name, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic_or_gives_a_path(header in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(name) = file_name(&header) {
                prop_assert!(!name.contains(['/', '\\']) && !name.is_empty() && name.len() <= MAX_FILE_NAME_BYTES);
            }
        }

        #[test]
        fn any_quoted_name_reads_back(name in "[^\"\\\\/\\p{Cc} ]{1,40}") {
            prop_assume!(name != "." && name != ".." && name.trim() == name);
            let header = format!("attachment; filename=\"{name}\"");
            prop_assert_eq!(file_name(header.as_bytes()), Some(name));
        }
    }
}
