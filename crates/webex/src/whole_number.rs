//! Whole numbers as Webex writes them: its document knows only `number`, so `60`, `60.0` and now
//! and then a fraction stand for seconds and bytes. For `#[serde(deserialize_with = "…")]`.

use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// Reads a number that is not negative, without its fraction; any other number reads as absent.
pub(crate) fn option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    Ok(number.and_then(|number| {
        let from_float = || number.as_f64().filter(|float| *float >= 0.0);
        // A float beyond the range ends at its edge, which is what `as` does.
        number.as_u64().or_else(|| Some(from_float()? as u64))
    }))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Thing {
        #[serde(default, deserialize_with = "super::option")]
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
            let thing: Thing = serde_json::from_str(&format!("{{\"size\":{written}}}")).unwrap();
            assert_eq!(thing.size, expected, "{written}");
        }
        assert_eq!(serde_json::from_str::<Thing>("{}").unwrap().size, None);
        assert!(serde_json::from_str::<Thing>(r#"{"size":"big"}"#).is_err());
    }
}
