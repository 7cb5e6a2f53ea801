//! What a message is to say: mentions are repaired and HTML is reduced, within Webex's bound.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use webex::limits::MAX_MESSAGE_BYTES;
use webex_mcp::tools::messages::writing::Words;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    text: Option<&'a str>,
    markdown: Option<&'a str>,
    html: Option<&'a str>,
}

fuzz_target!(|input: Input| {
    let owned = |value: Option<&str>| value.map(str::to_owned);
    let Ok(words) = Words::with_html(owned(input.text), owned(input.markdown), owned(input.html))
    else {
        return;
    };
    for value in [&words.text, &words.markdown].into_iter().flatten() {
        assert!(
            value.len() <= MAX_MESSAGE_BYTES,
            "{} bytes passed",
            value.len()
        );
    }
    // What was repaired once stays as it is.
    let again = Words::new(words.text.clone(), words.markdown.clone()).expect("it passed before");
    assert_eq!((again.text, again.markdown), (words.text, words.markdown));
});
