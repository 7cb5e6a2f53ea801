//! The card of a message: what passes is within bounds, and its addresses are https.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use webex_mcp::limits::CARD_MAX_BYTES;
use webex_mcp::tools::messages::writing::cards;

/// Every address of an image or a link, at any depth.
fn addresses(value: &Value, check: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| *name != "data") {
                match value.as_str() {
                    Some(address) if name.eq_ignore_ascii_case("url") => check(address),
                    _ => addresses(value, check),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| addresses(item, check)),
        _ => {}
    }
}

fuzz_target!(|json: &[u8]| {
    let Ok(card) = serde_json::from_slice::<Map<String, Value>>(json) else {
        return;
    };
    for card in cards(Some(vec![card])).unwrap_or_default() {
        assert!(card.content.to_string().len() <= CARD_MAX_BYTES);
        addresses(&card.content, &mut |address| {
            assert!(address.to_ascii_lowercase().starts_with("https:"), "{address:?}");
        });
    }
});
