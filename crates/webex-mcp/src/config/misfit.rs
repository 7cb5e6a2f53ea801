//! What is right where a value does not fit its setting: the parser says it in the words of its code.

/// The same in words that go on with "it".
pub fn in_words(message: &str) -> String {
    let message = message.trim_end().replace('\n', " ");
    if let Some(variant) = message.strip_prefix("unknown variant ")
        && let Some((given, right)) = variant.split_once(", expected ")
    {
        return format!("{given} is none of its values; it must be {right}");
    }
    if let Some((reason, _)) = message.split_once(": \"")
        && let Some(right) = address(reason)
    {
        return format!("it must be {right}");
    }
    let is_misfit = ["invalid type: ", "invalid value: ", "invalid length "];
    let is_misfit = is_misfit.iter().any(|start| message.starts_with(start));
    match message.rsplit_once(", expected ") {
        Some((_, right)) if is_misfit => format!("it must be {}", plain(right)),
        _ => message,
    }
}

/// What is right where the parser of addresses gives this reason.
fn address(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "relative URL without a base" => {
            "an address that begins with https:// (or http://), such as https://example.com"
        }
        "empty host" => "an address with a host, such as https://example.com",
        "invalid port number" => "an address whose port is a number from 1 to 65535",
        "invalid IPv4 address"
        | "invalid IPv6 address"
        | "invalid domain character"
        | "invalid international domain name" => {
            "an address whose host is written as example.com, 192.0.2.7 or [2001:db8::7]"
        }
        _ => return None,
    })
}

/// What code calls a kind of value, as people call it.
fn plain(kind: &str) -> &str {
    match kind {
        "a string" | "path string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a nonzero u32" => "a whole number from 1 to 4294967295",
        "a nonzero usize" => "a whole number of at least 1",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number of at least 0",
        _ if kind.starts_with("a map") || kind.starts_with("struct ") => "a table",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_the_code_is_left() {
        for (message, words) in [
            (
                "invalid value: integer `0`, expected a nonzero u32",
                "it must be a whole number from 1 to 4294967295",
            ),
            (
                "invalid value: integer `-1`, expected a nonzero usize\n",
                "it must be a whole number of at least 1",
            ),
            (
                "invalid type: string \"a, expected b\", expected a boolean",
                "it must be true or false",
            ),
            (
                "invalid type: integer `7`, expected a string",
                "it must be text",
            ),
            (
                "invalid type: string \"x\", expected a sequence",
                "it must be a list",
            ),
            (
                "invalid value: string \"x\", expected true, false or \"ask\"",
                "it must be true, false or \"ask\"",
            ),
            (
                "unknown variant `loud`, expected one of `off`, `error`",
                "`loud` is none of its values; it must be one of `off`, `error`",
            ),
            (
                "unknown variant `x`, expected `human` or `json`",
                "`x` is none of its values; it must be `human` or `json`",
            ),
            (
                "relative URL without a base: \"a.example\"",
                "it must be an address that begins with https:// (or http://), such as https://example.com",
            ),
            (
                "invalid IPv6 address: \"https://[x\"",
                "it must be an address whose host is written as example.com, 192.0.2.7 or [2001:db8::7]",
            ),
            // A sentence of ours.
            ("it must be a URL", "it must be a URL"),
        ] {
            assert_eq!(in_words(message), words, "{message}");
        }
    }
}
