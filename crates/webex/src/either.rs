//! Fields that Webex writes as a number here and as a text there, whatever its document says.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Either<N> {
    Number(N),
    Text(String),
}

/// Reads a number that may stand in quotes; a text that is none reads as absent.
///
/// For `#[serde(default, deserialize_with = "…")]`.
pub(crate) fn number<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + FromStr,
{
    Ok(match Option::<Either<N>>::deserialize(deserializer)? {
        Some(Either::Number(number)) => Some(number),
        Some(Either::Text(text)) => text.trim().parse().ok(),
        None => None,
    })
}

/// Reads a text that may be a number without quotes.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let either = Option::<Either<serde_json::Number>>::deserialize(deserializer)?;
    Ok(either.map(|either| match either {
        Either::Number(number) => number.to_string(),
        Either::Text(text) => text,
    }))
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
}
