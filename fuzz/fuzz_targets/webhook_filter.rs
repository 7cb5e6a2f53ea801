//! What a webhook is to watch: what passes the check is in the table, name by name.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use webex::webhooks::{WebhookEvent, WebhookResource, validate};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    resource: u8,
    event: u8,
    filter: &'a str,
}

fn pick<T>(known: &[T], index: u8) -> &T {
    &known[usize::from(index) % known.len()]
}

fuzz_target!(|input: Input| {
    let resource = pick(WebhookResource::KNOWN, input.resource);
    let event = pick(WebhookEvent::KNOWN, input.event);
    if validate(resource, event, Some(input.filter)).is_err() {
        return;
    }
    assert!(
        validate(resource, event, None).is_ok(),
        "a filter made {resource} {event} valid"
    );
    for condition in input.filter.split('&') {
        let (name, value) = condition
            .split_once('=')
            .expect("every condition has a value");
        assert!(
            name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{name:?} is no name"
        );
        assert!(!value.is_empty(), "{name} has no value");
    }
});
