//! `Content-Disposition`: a file's name is a name, never a path.
#![no_main]

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use libfuzzer_sys::fuzz_target;
use webex_mcp_fuzz::{Answer, BASE_URL, client, run};

fuzz_target!(|data: &[u8]| {
    let Ok(disposition) = HeaderValue::from_bytes(data) else {
        return;
    };
    let client = client(Answer {
        status: StatusCode::OK,
        header: Some((CONTENT_DISPOSITION, disposition)),
        body: Bytes::new(),
    });
    let url = format!("{BASE_URL}/contents/file");
    let details = run(async { client.contents().head(&url, false).await });
    let Some(name) = details.expect("the answer is a success").file_name else {
        return;
    };
    assert!(
        !name.is_empty() && name != "." && name != "..",
        "{name:?} is no name"
    );
    assert!(!name.contains(['/', '\\']), "{name:?} is a path");
    assert!(
        !name.contains(char::is_control),
        "{name:?} has control characters"
    );
    assert!(
        name.len() <= webex::limits::MAX_FILE_NAME_BYTES,
        "{name:?} is too long"
    );
});
