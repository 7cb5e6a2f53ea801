//! Whether a file is what it is said to be: its declared type and its name against its bytes.

use crate::error::CallError;

const UNKNOWN: &str = "application/octet-stream";

/// Formats that many others are packed in.
const CONTAINERS: [&str; 3] = [
    "application/zip",
    "application/gzip",
    "application/x-ole-storage",
];

/// The media type to send: as declared, else by the name, else by the first bytes (`head`).
///
/// # Errors
/// `invalid_arguments` where the bytes are plainly something else than declared or named.
pub fn media_type(name: &str, declared: Option<&str>, head: &[u8]) -> Result<String, CallError> {
    let declared = declared.map(|kind| kind.trim().to_ascii_lowercase());
    let named = mime_guess::from_path(name).first_raw();
    for (field, claim) in [("contentType", declared.as_deref()), ("fileName", named)] {
        if let Some(claim) = claim
            && let Err(found) = fits(essence(claim), head)
        {
            return Err(CallError::invalid(
                field,
                format!("the bytes are not of this type, they look like {found}"),
            )
            .advise("Name the file for what it is, or check that these are its bytes; nothing was sent to Webex."));
        }
    }
    let seen = || infer::get(head).map_or(UNKNOWN, |kind| kind.mime_type());
    Ok(declared.unwrap_or_else(|| named.unwrap_or_else(seen).to_owned()))
}

/// The type without its parameters.
fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

/// `Err` with what the bytes look like.
fn fits(claim: &str, head: &[u8]) -> Result<(), &'static str> {
    if claim == UNKNOWN || infer::is_mime(head, claim) {
        return Ok(());
    }
    let found = infer::get(head).map(|kind| kind.mime_type());
    let is_packed = found.is_some_and(|found| CONTAINERS.contains(&found));
    if is_packed && claim.starts_with("application/") && claim != "application/pdf" {
        return Ok(());
    }
    // Sound and moving pictures begin in too many ways for a signature to be missed.
    let needs_signature = matches!(family(claim), "image" | "application");
    if needs_signature && infer::is_mime_supported(claim) {
        return Err(found.unwrap_or("something else"));
    }
    match found {
        // "BM" begins a bitmap, and many a report.
        _ if is_text(head) => Ok(()),
        Some(found) if family(found) == "application" || family(found) != family(claim) => {
            Err(found)
        }
        _ => Ok(()),
    }
}

fn family(kind: &str) -> &str {
    match kind.split('/').next().unwrap_or_default() {
        "audio" => "video",
        family => family,
    }
}

fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character that the end of `head` cut in two.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.contains(|c: char| c.is_control() && !c.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0";
    const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3";

    #[test]
    fn a_type_is_taken_where_the_bytes_allow_it() {
        let cases: [(&str, Option<&str>, &[u8], &str); 12] = [
            ("a.png", None, PNG, "image/png"),
            ("a.png", Some("image/PNG"), PNG, "image/png"),
            ("noname", None, PNG, "image/png"),
            ("noname", None, b"\x00\x01", "application/octet-stream"),
            ("a.txt", None, b"BM sales rose", "text/plain"),
            (
                "a.csv",
                Some("text/csv; charset=latin1"),
                b"caf\xe9;1",
                "text/csv; charset=latin1",
            ),
            ("a.json", None, b"{}", "application/json"),
            ("a.svg", None, b"<svg xmlns=''/>", "image/svg+xml"),
            (
                "a.odg",
                None,
                ZIP,
                "application/vnd.oasis.opendocument.graphics",
            ),
            (
                "a.docx",
                None,
                ZIP,
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (
                "a.bin",
                Some("application/octet-stream"),
                ELF,
                "application/octet-stream",
            ),
            ("a.html", None, b"<p>a fragment", "text/html"),
        ];
        for (name, declared, head, expected) in cases {
            assert_eq!(
                media_type(name, declared, head).unwrap(),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn bytes_that_are_something_else_are_refused() {
        let cases: [(&str, Option<&str>, &[u8], &str); 8] = [
            ("a.png", None, b"just text", "fileName"),
            ("a", Some("image/png"), PDF, "contentType"),
            ("a.pdf", Some("application/octet-stream"), ELF, "fileName"),
            ("a.txt", None, PNG, "fileName"),
            ("a.txt", Some("text/plain"), ELF, "contentType"),
            ("a", Some("application/pdf"), ZIP, "contentType"),
            ("a.json", None, PDF, "fileName"),
            ("a.mp4", None, PNG, "fileName"),
        ];
        for (name, declared, head, field) in cases {
            let message = media_type(name, declared, head).unwrap_err().message;
            assert!(
                message.starts_with(&format!("`{field}`")),
                "{name}: {message}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(name: String, declared: Option<String>, head: Vec<u8>) {
            let _ = media_type(&name, declared.as_deref(), &head);
        }
    }
}
