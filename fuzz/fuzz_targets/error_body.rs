//! Error answers of any shape: always a typed error, which never says what people wrote.
#![no_main]

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use libfuzzer_sys::fuzz_target;
use webex_mcp_fuzz::{Answer, client, run};

/// Shorter words may stand in our own sentences by chance.
const TELLING_WORDS_MIN_BYTES: usize = 40;
/// A sentence of ours with a tracking id.
const ERROR_MAX_BYTES: usize = 512;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    status: u16,
    retry_after: Option<&'a [u8]>,
    body: &'a [u8],
}

fuzz_target!(|input: Input| {
    let status = StatusCode::from_u16(300 + input.status % 300).expect("between 300 and 599");
    let retry_after = input
        .retry_after
        .and_then(|value| HeaderValue::from_bytes(value).ok());
    let client = client(Answer {
        status,
        header: retry_after.map(|value| (RETRY_AFTER, value)),
        body: Bytes::copy_from_slice(input.body),
    });
    let error = run(client.people().me()).expect_err("this is no success");
    let told = error.to_string();
    assert!(
        told.len() <= ERROR_MAX_BYTES,
        "{} bytes: {told}",
        told.len()
    );
    assert!(
        !told.contains(char::is_control),
        "{told:?} has control characters"
    );
    if let Some(words) = error.detail().and_then(|detail| detail.words())
        && words.len() >= TELLING_WORDS_MIN_BYTES
    {
        assert!(!told.contains(words), "{told} quotes Webex");
    }
});
