//! How long an answer may be kept, as its server says (RFC 9111).

use std::time::Duration;

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};

use crate::limits::OUTBOUND_FRESH_MAX_SECONDS;

/// `max-age` less `Age`. Nothing where it must not be kept, must be asked for again, or what is said
/// cannot be read; `None` where nothing is said.
pub(super) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let mut most: Option<u64> = None;
    for line in headers.get_all(CACHE_CONTROL) {
        // The quoted arguments that there are hold names of headers: their commas do no harm.
        for directive in line.to_str().unwrap_or("no-store").split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let seconds = match &*name.trim().to_ascii_lowercase() {
                "max-age" => seconds(value.trim().trim_matches('"')).unwrap_or(0),
                "no-store" | "no-cache" => 0,
                _ => continue,
            };
            most = Some(most.map_or(seconds, |before| before.min(seconds)));
        }
    }
    let age = headers.get(AGE).and_then(|age| age.to_str().ok());
    let age = age.and_then(|age| seconds(age.trim())).unwrap_or(0);
    most.map(|most| Duration::from_secs(most.saturating_sub(age)))
}

/// Digits only; a number that is too large counts as the largest.
fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| text.parse().unwrap_or(OUTBOUND_FRESH_MAX_SECONDS));
    number.map(|seconds| seconds.min(OUTBOUND_FRESH_MAX_SECONDS))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;
    use proptest::prelude::*;

    use super::*;

    fn fresh(lines: &[(HeaderName, &str)]) -> Option<u64> {
        let lines = lines
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value);
        }
        fresh_for(&headers).map(|fresh| fresh.as_secs())
    }

    #[test]
    fn what_the_server_says_counts() {
        for (control, age, expected) in [
            ("max-age=300", "", Some(300)),
            ("public, Max-Age=300, must-revalidate", "", Some(300)),
            ("max-age=\"300\"", "", Some(300)),
            ("max-age = 300", "", Some(300)),
            ("max-age=300", "100", Some(200)),
            ("max-age=300", " 301", Some(0)),
            ("max-age=300", "-5", Some(300)),
            ("max-age=300", "x", Some(300)),
            ("max-age=99999999999999999999999", "", Some(1 << 31)),
            ("max-age=300", "99999999999999999999999", Some(0)),
            ("max-age=300, max-age=60", "", Some(60)),
            ("max-age=300, no-store", "", Some(0)),
            ("no-store", "", Some(0)),
            ("no-cache", "", Some(0)),
            ("no-cache=\"a, b\", max-age=9", "", Some(0)),
            ("max-age=-1", "", Some(0)),
            ("max-age=", "", Some(0)),
            ("max-age", "", Some(0)),
            ("max-age=3.5", "", Some(0)),
            ("s-maxage=300", "", None),
            ("private", "", None),
            ("", "", None),
        ] {
            let mut lines = vec![(CACHE_CONTROL, control)];
            lines.extend((!age.is_empty()).then_some((AGE, age)));
            assert_eq!(fresh(&lines), expected, "{control}; {age}");
        }
        assert_eq!(fresh(&[]), None);
        assert_eq!(fresh(&[(AGE, "5")]), None);
        let lines = [(CACHE_CONTROL, "max-age=300"), (CACHE_CONTROL, "no-store")];
        assert_eq!(fresh(&lines), Some(0));
    }

    proptest! {
        /// More words never make an answer fresh for longer.
        #[test]
        fn the_shortest_counts(
            most in 0..5_000u64,
            words in proptest::collection::vec("(no-store|no-cache|private|max-age=[0-9a]{0,4})", 0..4),
        ) {
            let most = format!("max-age={most}");
            let more = [vec![most.clone()], words].concat().join(", ");
            let one = fresh(&[(CACHE_CONTROL, &most)]);
            prop_assert!(fresh(&[(CACHE_CONTROL, &more)]) <= one);
        }
    }
}
