//! What counts as an e-mail address in an argument.

/// The longest address that mail can have, in bytes.
const ADDRESS_MAX_BYTES: usize = 254;

/// Whether a text is one bare address. A name beside it, quotes, comments and groups are mail
/// syntax too, but Webex takes none of them, and compares addresses as text.
pub fn is_address(text: &str) -> bool {
    let is_syntax = |c: char| matches!(c, '<' | '>' | '"' | ',' | ';' | '\\');
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
            "mailto:bob@example.com?subject=x",
        ] {
            assert!(!is_address(other), "{other}");
        }
        assert!(!is_address(&format!("{}@example.com", "b".repeat(250))));
    }
}
