//! Fields that Webex writes in different forms, whatever its document says. For `#[serde(default,
//! deserialize_with = "…")]`.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::Number;

#[derive(Deserialize)]
#[serde(untagged)]
enum Either<T> {
    Plain(T),
    Text(String),
}

/// Reads a number, also in quotes; a text that is not a number counts as absent.
pub(crate) fn number<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + FromStr,
{
    Ok(match Option::<Either<N>>::deserialize(deserializer)? {
        Some(Either::Plain(number)) => Some(number),
        Some(Either::Text(text)) => text.trim().parse().ok(),
        None => None,
    })
}

/// Reads a text, also a number without quotes.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let either = Option::<Either<Number>>::deserialize(deserializer)?;
    Ok(either.map(|either| match either {
        Either::Plain(number) => number.to_string(),
        Either::Text(text) => text,
    }))
}

/// Reads a number that is not negative, and drops its fraction. Webex's document says only
/// `number`, so seconds and bytes appear as `60`, `60.0` and sometimes with a fraction. Any other
/// number counts as absent.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    Ok(number.and_then(|number| {
        let from_float = || number.as_f64().filter(|float| *float >= 0.0);
        // `as` converts a float beyond the range to its limit.
        number.as_u64().or_else(|| Some(from_float()? as u64))
    }))
}

/// Reads a boolean, also as the word `true` or `false` in quotes.
pub(crate) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Option::<Either<bool>>::deserialize(deserializer)? {
        Some(Either::Plain(value)) => Some(value),
        Some(Either::Text(word)) => word.parse().ok(),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Thing {
        #[serde(default, deserialize_with = "number")]
        id: Option<u64>,
        #[serde(default, deserialize_with = "text")]
        zip: Option<String>,
    }

    #[test]
    fn quotes_make_no_difference() {
        let read = |json| serde_json::from_str::<Thing>(json).unwrap();
        let expected = Thing {
            id: Some(7),
            zip: Some("94105".to_owned()),
        };
        assert_eq!(read(r#"{"id":7,"zip":94105}"#), expected);
        assert_eq!(read(r#"{"id":"7","zip":"94105"}"#), expected);
        let absent = Thing {
            id: None,
            zip: None,
        };
        assert_eq!(read("{}"), absent);
        assert_eq!(read(r#"{"id":null,"zip":null}"#), absent);
        assert_eq!(read(r#"{"id":"seven"}"#), absent);
    }

    #[derive(Deserialize)]
    struct Sized {
        #[serde(default, deserialize_with = "whole_number")]
        size: Option<u64>,
    }

    #[test]
    fn whole_numbers_read_in_every_form_and_lose_no_digit() {
        let cases = [
            ("60", Some(60)),
            ("60.0", Some(60)),
            ("59.9", Some(59)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("-1", None),
            ("null", None),
        ];
        for (written, expected) in cases {
            let thing: Sized = serde_json::from_str(&format!("{{\"size\":{written}}}")).unwrap();
            assert_eq!(thing.size, expected, "{written}");
        }
        assert_eq!(serde_json::from_str::<Sized>("{}").unwrap().size, None);
        assert!(serde_json::from_str::<Sized>(r#"{"size":"big"}"#).is_err());
    }
}
