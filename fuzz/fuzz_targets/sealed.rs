//! Sealed tokens: what we sealed opens here and only here; nothing else opens at all.
#![no_main]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretBox;
use webex_mcp::seal::{Purpose, Sealer};

const LIFETIME: Duration = Duration::from_secs(300);

/// A key of its own for every input: what the fuzzer saw sealed before is a forgery now.
fn sealer() -> Sealer {
    static INPUTS: AtomicU64 = AtomicU64::new(0);
    let mut key = [0; 32];
    key[..8].copy_from_slice(&INPUTS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let secret = SecretBox::new(Box::new(key));
    Sealer::new(&secret, None).expect("the platform has cryptography")
}

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    context: &'a [u8],
    payload: &'a [u8],
    forged: &'a str,
    changed_at: usize,
    changed_to: u8,
}

fuzz_target!(|input: Input| {
    let sealer = sealer();
    let open = |context: &[u8], text: &str| sealer.open(Purpose::Cursor, context, text);
    assert!(
        open(input.context, input.forged).is_err(),
        "a forgery opened"
    );

    let sealed = sealer.seal(Purpose::Cursor, input.context, LIFETIME, input.payload);
    let sealed = sealed.expect("sealing works");
    // Beyond the bound nothing opens, so that nobody makes us decode megabytes.
    if sealed.len() > webex_mcp::limits::SEALED_MAX_BYTES {
        return;
    }
    assert_eq!(open(input.context, &sealed).as_deref(), Ok(input.payload));
    let elsewhere = [input.context, b"!"].concat();
    assert!(open(&elsewhere, &sealed).is_err(), "opened elsewhere");
    assert!(
        sealer
            .open(Purpose::Confirmation, input.context, &sealed)
            .is_err(),
        "wrong purpose"
    );

    let mut changed = sealed.clone().into_bytes();
    let at = input.changed_at % changed.len();
    changed[at] = input.changed_to;
    if let Ok(changed) = String::from_utf8(changed)
        && changed != sealed
    {
        assert!(
            open(input.context, &changed).is_err(),
            "opened although altered"
        );
    }
});
