//! Transcripts, their snippets and the summaries on the wire, and what is refused before it.

use bytes::Bytes;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use webex::transcripts::snippets::UpdateSnippet;
use webex::transcripts::{ListSiteTranscripts, ListTranscripts, TranscriptFormat};
use webex::{Deletion, WebexError};

use crate::upstream::{Answer, Upstream, json as answer, status};
use crate::wire::{last, refuses, sends, some, upstream};

#[tokio::test]
async fn transcripts_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let transcripts = client.transcripts();
    let query = ListTranscripts {
        max: Some(1),
        from: "2026-01-05T09:00:00Z".parse().ok(),
        meeting_id: some("m_I_1"),
        host_email: some("h@example.com"),
        ..Default::default()
    };
    sends!(upstream: transcripts.list(&query) => "GET /v1/meetingTranscripts?max=1&from=2026-01-05T09%3A00%3A00.000Z&meetingId=m_I_1&hostEmail=h%40example.com", Value::Null);
    let query = ListSiteTranscripts {
        site_url: "s.webex.com".to_owned(),
        ..Default::default()
    };
    sends!(upstream: transcripts.list_site(&query) => "GET /v1/admin/meetingTranscripts?siteUrl=s.webex.com", Value::Null);
    sends!(upstream: transcripts.snippets("t", Some(7)) => "GET /v1/meetingTranscripts/t/snippets?max=7", Value::Null);
    sends!(upstream: transcripts.snippet("t/1", "s/2") => "GET /v1/meetingTranscripts/t%2F1/snippets/s%2F2", Value::Null);
    let snippet = UpdateSnippet {
        reason: some("audit"),
        text: "Hello".to_owned(),
    };
    sends!(upstream: transcripts.update_snippet("t", "s", &snippet) => "PUT /v1/meetingTranscripts/t/snippets/s",
        json!({"reason":"audit","text":"Hello"}));
    let deletion = Deletion {
        reason: some("audit"),
        comment: None,
    };
    sends!(upstream: transcripts.delete("t", Some(&deletion)) => "DELETE /v1/meetingTranscripts/t", json!({"reason":"audit"}));
    sends!(upstream: transcripts.delete("t", None) => "DELETE /v1/meetingTranscripts/t", Value::Null);
    assert!(upstream.asked().pop().unwrap().body.is_empty());
    let summaries = client.meeting_summaries();
    sends!(upstream: summaries.list("m_I_1") => "GET /v1/meetingSummaries?meetingId=m_I_1", Value::Null);
}

#[tokio::test]
async fn a_transcript_is_a_stream_of_text() {
    let text = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nGrüße\n";
    let headers = vec![
        ("content-type", "text/vtt".to_owned()),
        ("content-length", text.len().to_string()),
    ];
    let upstream = Upstream::new([Answer::Http(200, headers, text.to_owned())]);
    let client = upstream.client();
    let transcripts = client.transcripts();
    let download = transcripts.download("t/1", TranscriptFormat::Vtt, None);
    let download = download.await.unwrap();
    assert_eq!(download.details.content_type.as_deref(), Some("text/vtt"));
    let pieces: Vec<Bytes> = download.stream.try_collect().await.unwrap();
    assert_eq!(pieces.concat(), text.as_bytes());
    let asked = &upstream.asked()[0];
    assert_eq!(
        asked.line,
        "GET /v1/meetingTranscripts/t%2F1/download?format=vtt"
    );
    assert!(
        !asked.headers.contains_key("accept"),
        "JSON is not asked for"
    );
    let host = Some("h@example.com");
    let download = transcripts.download("t", TranscriptFormat::Txt, host);
    download.await.unwrap();
    assert_eq!(
        upstream.asked()[1].line,
        "GET /v1/meetingTranscripts/t/download?format=txt&hostEmail=h%40example.com"
    );
}

#[tokio::test]
async fn a_transcript_that_is_cut_or_missing_is_an_error() {
    let headers = vec![("content-length", "100".to_owned())];
    let upstream = Upstream::new([Answer::Http(200, headers, "WEBVTT".to_owned()), status(404)]);
    let client = upstream.client();
    let transcripts = client.transcripts();
    let download = transcripts.download("t", TranscriptFormat::Vtt, None);
    let read: Result<Vec<Bytes>, _> = download.await.unwrap().stream.try_collect().await;
    assert!(matches!(read, Err(WebexError::Unreachable { .. })));
    let missing = transcripts.download("t", TranscriptFormat::Vtt, None).await;
    assert_eq!(missing.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn who_spoke_when_is_read() {
    let upstream = Upstream::new([answer(
        r#"{"items":[{"id":"s","text":"Hello","personName":"Ann","personEmail":"ann@example.com",
            "offsetMillisecond":1500.0,"durationMillisecond":2000,"duration":2,"offset":1}]}"#,
    )]);
    let client = upstream.client();
    let page = client.transcripts().snippets("t", None).await.unwrap();
    let snippet = &page.items[0];
    assert_eq!(snippet.person_name.as_deref(), Some("Ann"));
    assert_eq!(
        (snippet.offset_millisecond, snippet.duration_millisecond),
        (Some(1500), Some(2000))
    );
}

#[tokio::test]
async fn a_summary_is_read_with_its_action_items() {
    let upstream = Upstream::new([answer(
        r#"{"items":[{"id":"x","meetingId":"m_I_1","status":"available","notes":{"content":"<p>n</p>"},
            "actionItems":[{"content":"one"},{"content":"two"}]}]}"#,
    )]);
    let client = upstream.client();
    let page = client.meeting_summaries().list("m_I_1").await.unwrap();
    let summary = &page.items[0];
    let notes = summary.notes.as_ref().unwrap();
    assert_eq!(notes.content.as_deref(), Some("<p>n</p>"));
    let items = summary.action_items.as_ref().unwrap();
    assert_eq!(items[1].content.as_deref(), Some("two"));
}

#[tokio::test]
async fn three_kinds_of_meeting_id_and_only_an_instance_has_transcripts_and_summaries() {
    let upstream = upstream();
    let client = upstream.client();
    let of = |meeting_id: &str| ListTranscripts {
        meeting_id: some(meeting_id),
        ..Default::default()
    };
    let series = "0ed74a1c0551494fb7a04e2881bf50ae";
    let occurrence = "0ed74a1c0551494fb7a04e2881bf50ae_20260105T090000Z";
    for scheduled in [series, occurrence] {
        refuses!(client.transcripts().list(&of(scheduled)) => "meetingId");
        refuses!(client.meeting_summaries().list(scheduled) => "meetingId");
    }
    assert_eq!(upstream.count(), 0);
    let instance = "0ed74a1c0551494fb7a04e2881bf50ae_I_166022169160077044";
    client.transcripts().list(&of(instance)).await.unwrap();
    client.meeting_summaries().list(instance).await.unwrap();
    assert_eq!(upstream.count(), 2);
}

#[tokio::test]
async fn what_cannot_be_answered_is_not_sent() {
    let upstream = upstream();
    let client = upstream.client();
    let transcripts = client.transcripts();
    let backwards = ListTranscripts {
        from: "2026-01-05T10:00:00Z".parse().ok(),
        to: "2026-01-05T09:00:00Z".parse().ok(),
        ..Default::default()
    };
    refuses!(transcripts.list(&backwards) => "from");
    let unmet = ListTranscripts {
        host_email: some("h@example.com"),
        ..Default::default()
    };
    refuses!(transcripts.list(&unmet) => "meetingId");
    refuses!(transcripts.list_site(&ListSiteTranscripts::default()) => "siteUrl");
    refuses!(transcripts.update_snippet("t", "s", &UpdateSnippet::default()) => "text");
    refuses!(transcripts.snippet("t", "") => "snippetId");
    refuses!(transcripts.download("", TranscriptFormat::Txt, None) => "transcriptId");
    refuses!(client.meeting_summaries().list("") => "meetingId");
    assert_eq!(upstream.count(), 0);
}
