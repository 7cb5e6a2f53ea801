//! The body of a webhook's delivery: what is read is bounded, and is the same after it was stored.
#![no_main]

use libfuzzer_sys::fuzz_target;
use webex_mcp::hooks::Delivery;
use webex_mcp::limits::HOOK_WORD_MAX_BYTES;

fuzz_target!(|body: &[u8]| {
    let Some(delivery) = Delivery::read(body) else {
        return;
    };
    let words = [&delivery.webhook, &delivery.id, &delivery.room, &delivery.message];
    let named = words.into_iter().flatten().chain(&delivery.meetings);
    for word in named.chain([&delivery.resource, &delivery.event]) {
        assert!((1..=HOOK_WORD_MAX_BYTES).contains(&word.len()), "{word}");
        assert!(word.bytes().all(|byte| byte.is_ascii_graphic()), "{word}");
    }
    assert!(delivery.key().is_none() || delivery.event == "created");
    let stored = serde_json::to_vec(&delivery).expect("it has a form in JSON");
    let read: Delivery = serde_json::from_slice(&stored).expect("it reads what it wrote");
    assert_eq!(read, delivery);
});
