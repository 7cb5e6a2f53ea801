//! What counts as an e-mail address in an argument.

/// The longest address that mail can have, in bytes.
const ADDRESS_MAX_BYTES: usize = 254;

const MAIL_SCHEME: &str = "mailto:";

/// The one address that a text means: alone, in angle brackets behind a name, or as a `mailto:` link.
pub fn address(text: &str) -> Option<&str> {
    let text = text.trim();
    let bracketed = text.strip_suffix('>').and_then(|text| text.split_once('<'));
    let (name, link) = bracketed.unwrap_or(("", text));
    let link = link.trim();
    let bare = match link.split_at_checked(MAIL_SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(MAIL_SCHEME) => {
            rest.split('?').next().unwrap_or(rest)
        }
        _ => link,
    };
    // A name that holds an address too, or the end of a list, leaves open who is meant.
    (is_address(bare) && !name.contains(['@', ';'])).then_some(bare)
}

/// Whether a text is one bare address. A name beside it, quotes, comments and groups are mail
/// syntax too, but Webex takes none of them, and compares addresses as text.
pub fn is_address(text: &str) -> bool {
    let is_syntax = |c: char| matches!(c, '<' | '>' | '"' | ',' | ';' | ':' | '\\');
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !is_syntax(c);
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_of_label = |c: char| c.is_alphanumeric() || c == '-';
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_of_label);
    text.len() <= ADDRESS_MAX_BYTES
        && !local.is_empty()
        && local.chars().all(is_plain)
        && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_alone() {
        for address in [
            "bob@example.com",
            "BOB.smith+webex@mail.example.co.uk",
            "o'brien@example.com",
            "jörg@bücher.example",
            "bob@localhost",
        ] {
            assert!(is_address(address), "{address}");
        }
        for other in [
            "",
            "bob",
            "@example.com",
            "bob@",
            "bob@@example.com",
            "bob@example..com",
            "Bob <bob@example.com>",
            "<bob@example.com>",
            "\"bob smith\"@example.com",
            "bob@example.com,carol@example.com",
            "bob@example.com carol@example.com",
            " bob@example.com",
            "bob@example.com\n",
            "bob@[127.0.0.1]",
            "mailto:bob@example.com",
            "mailto:bob@example.com?subject=x",
        ] {
            assert!(!is_address(other), "{other}");
        }
        assert!(!is_address(&format!("{}@example.com", "b".repeat(250))));
    }

    #[test]
    fn an_address_is_taken_out_of_what_stands_around_it() {
        for text in [
            "bob@example.com",
            " bob@example.com\n",
            "<bob@example.com>",
            "Bob Smith <bob@example.com>",
            "Bob Smith<bob@example.com>",
            "\"Smith, Bob\" < bob@example.com >",
            "mailto:bob@example.com",
            "MailTo:bob@example.com?subject=Hello",
            "<mailto:bob@example.com>",
            "Bob <mailto:bob@example.com>",
        ] {
            assert_eq!(address(text), Some("bob@example.com"), "{text}");
        }
        for text in [
            "",
            "<>",
            "mailto:",
            "Bob Smith",
            "Bob <bob>",
            "bob@example.com <bob@elsewhere.example>",
            "Carol; Bob <bob@example.com>",
            "Bob <bob@example.com> or <bob@elsewhere.example>",
            "mailto:bob@example.com,carol@example.com",
            "mailto:mailto:bob@example.com",
            "ü",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
