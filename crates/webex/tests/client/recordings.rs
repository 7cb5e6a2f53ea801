//! Recordings on the wire, what they hide, and what is refused before it.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use webex::recordings::admin::{GroupHost, ListGroupRecordings, ListSiteRecordings};
use webex::recordings::bin::{Binned, FromBin, IntoBin};
use webex::recordings::share::ShareRecording;
use webex::recordings::{
    GetRecording, ListRecordings, Recording, RecordingFormat, RecordingStatus, ServiceType,
};
use webex::{Deletion, NextPage};

use crate::upstream::{BASE, Upstream, json as answer};
use crate::wire::{last, refuses, sends, some, upstream};

fn ids(count: usize) -> Vec<String> {
    vec!["r".to_owned(); count]
}

fn from_bin(recordings: Binned) -> FromBin {
    FromBin {
        recordings,
        site_url: some("s.webex.com"),
        host_email: None,
    }
}

fn share(count: usize) -> ShareRecording {
    ShareRecording {
        add_emails: vec!["a@b.c".to_owned(); count],
        ..Default::default()
    }
}

/// The start, and the end so many hours later.
fn window(hours: i64) -> (Option<Timestamp>, Option<Timestamp>) {
    let from: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    (Some(from), Some(from + hours.hours()))
}

#[tokio::test]
async fn recordings_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let recordings = client.recordings();
    let (from, to) = window(1);
    let query = ListRecordings {
        max: Some(100),
        from,
        to,
        meeting_id: some("m"),
        format: Some(RecordingFormat::Mp4),
        service_type: Some(ServiceType::MeetingCenter),
        status: Some(RecordingStatus::Deleted),
        timezone: some("Europe/Berlin"),
        ..Default::default()
    };
    sends!(upstream: recordings.list(&query) => "GET /v1/recordings?max=100&from=2026-01-05T09%3A00%3A00.000Z&to=2026-01-05T10%3A00%3A00.000Z&meetingId=m&format=MP4&serviceType=MeetingCenter&status=deleted", Value::Null);
    let how = GetRecording {
        host_email: some("h@example.com"),
        site_url: some("s.webex.com"),
        timezone: some("UTC"),
    };
    sends!(upstream: recordings.get("r", &how) => "GET /v1/recordings/r?hostEmail=h%40example.com", Value::Null);
    let asked = upstream.asked();
    assert_eq!(asked[0].headers["timezone"], "Europe/Berlin");
    assert_eq!(asked[1].headers["siteUrl"], "s.webex.com");
    assert_eq!(asked[1].headers["timezone"], "UTC");
    sends!(upstream: recordings.share("r", &share(1)) => "POST /v1/recordings/r/accessList", json!({"addEmails":["a@b.c"]}));
    let unshare = ShareRecording {
        remove_emails: vec!["a@b.c".to_owned()],
        send_email: Some(false),
        ..Default::default()
    };
    sends!(upstream: recordings.share_link("https://s.webex.com/x", &unshare) => "POST /v1/recordings/accessList",
        json!({"webShareLink":"https://s.webex.com/x","removeEmails":["a@b.c"],"sendEmail":false}));
}

#[tokio::test]
async fn the_bin_on_the_wire() {
    let upstream = upstream();
    let client = upstream.client();
    let recordings = client.recordings();
    let into_bin = IntoBin {
        recording_ids: ids(2),
        site_url: None,
        host_email: some("h@example.com"),
    };
    sends!(upstream: recordings.soft_delete(&into_bin) => "POST /v1/recordings/softDelete?hostEmail=h%40example.com",
        json!({"recordingIds":["r","r"]}));
    sends!(upstream: recordings.restore(&from_bin(Binned::Ids(ids(1)))) => "POST /v1/recordings/restore",
        json!({"recordingIds":["r"],"siteUrl":"s.webex.com"}));
    sends!(upstream: recordings.restore(&from_bin(Binned::All)) => "POST /v1/recordings/restore",
        json!({"restoreAll":true,"siteUrl":"s.webex.com"}));
    sends!(upstream: recordings.purge(&from_bin(Binned::Ids(ids(1)))) => "POST /v1/recordings/purge",
        json!({"recordingIds":["r"],"siteUrl":"s.webex.com"}));
    sends!(upstream: recordings.purge(&from_bin(Binned::All)) => "POST /v1/recordings/purge",
        json!({"purgeAll":true,"siteUrl":"s.webex.com"}));
}

#[tokio::test]
async fn a_delete_has_a_body_only_where_there_is_a_reason() {
    let upstream = upstream();
    let client = upstream.client();
    let recordings = client.recordings();
    let deletion = Deletion {
        reason: some("audit"),
        comment: some("ü"),
    };
    sends!(upstream: recordings.delete("r", None, Some(&deletion)) => "DELETE /v1/recordings/r",
        json!({"reason":"audit","comment":"ü"}));
    assert_eq!(
        upstream.asked()[0].headers["content-type"],
        "application/json"
    );
    sends!(upstream: recordings.delete("r", Some("h@example.com"), None) => "DELETE /v1/recordings/r?hostEmail=h%40example.com", Value::Null);
    let plain = &upstream.asked()[1];
    assert!(plain.body.is_empty() && !plain.headers.contains_key("content-type"));
}

#[tokio::test]
async fn what_administrators_and_service_apps_send() {
    let upstream = upstream();
    let client = upstream.client();
    let recordings = client.recordings();
    let site = ListSiteRecordings {
        site_url: some("s.webex.com"),
        status: Some(RecordingStatus::Purged),
        ..Default::default()
    };
    sends!(upstream: recordings.list_site(&site) => "GET /v1/admin/recordings?siteUrl=s.webex.com&status=purged", Value::Null);
    sends!(upstream: recordings.delete_site("r") => "DELETE /v1/admin/recordings/r", Value::Null);
    let query = ListGroupRecordings {
        max: Some(5),
        topic: some("a b"),
        ..Default::default()
    };
    let person = GroupHost::Person("p".to_owned());
    sends!(upstream: recordings.list_group(&person, &query) => "GET /v1/group/recordings?personId=p&max=5&topic=a+b", Value::Null);
    assert!(!upstream.asked()[2].headers.contains_key("hostEmail"));
    let email = GroupHost::Email("h@example.com".to_owned());
    sends!(upstream: recordings.get_group(&email, "r", None) => "GET /v1/group/recordings/r", Value::Null);
    sends!(upstream: recordings.list_group(&email, &query) => "GET /v1/group/recordings?max=5&topic=a+b", Value::Null);
    let link = format!("{BASE}/group/recordings?cursor=2");
    let next = NextPage::parse(&upstream.webex(), &link).unwrap();
    sends!(upstream: client.next_page::<Recording>(&(&email, &query), &next) => "GET /v1/group/recordings?cursor=2", Value::Null);
    for asked in &upstream.asked()[3..] {
        assert_eq!(asked.headers["hostEmail"], "h@example.com");
    }
}

#[tokio::test]
async fn links_that_end_after_three_hours_say_so_and_are_not_printed() {
    let upstream = Upstream::new([answer(
        r#"{"id":"r","password":"s3cret","playbackUrl":"https://s.webex.com/s3cret","sizeBytes":9007199254740993,
            "durationSeconds":60.0,"format":"WEBM","temporaryDirectDownloadLinks":{
            "recordingDownloadLink":"https://nln1.dmz.webex.com/s3cret","expiration":"2026-01-05T12:00:00Z"}}"#,
    )]);
    let client = upstream.client();
    let read = client.recordings().get("r", &GetRecording::default()).await;
    let recording = read.unwrap();
    assert_eq!(recording.size_bytes, Some(9_007_199_254_740_993));
    assert_eq!(recording.duration_seconds, Some(60));
    assert_eq!(
        recording.format,
        Some(RecordingFormat::Other("WEBM".to_owned()))
    );
    let mut links = recording.temporary_direct_download_links.clone().unwrap();
    let printed = format!("{recording:?} {links:?}");
    assert!(!printed.contains("s3cret"), "{printed}");
    let end: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    assert!(links.work_at(end - 1.second()));
    assert!(!links.work_at(end));
    links.expiration = None;
    assert!(
        !links.work_at(Timestamp::MIN),
        "an unknown end is no promise"
    );
}

#[tokio::test]
async fn too_much_at_once_and_windows_that_cannot_be_are_not_sent() {
    let upstream = upstream();
    let client = upstream.client();
    let recordings = client.recordings();
    let list = |(from, to)| ListRecordings {
        from,
        to,
        ..Default::default()
    };
    let site = |(from, to)| ListSiteRecordings {
        from,
        to,
        ..Default::default()
    };
    let purged = ListRecordings {
        status: Some(RecordingStatus::Purged),
        ..Default::default()
    };
    refuses!(recordings.list(&list(window(-1))) => "from");
    refuses!(recordings.list(&purged) => "meetingId");
    refuses!(recordings.list_site(&site(window(-1))) => "from");
    refuses!(recordings.list_site(&site(window(30 * 24 + 1))) => "from");
    let (from, to) = window(30 * 24 + 1);
    let group = ListGroupRecordings {
        from,
        to,
        ..Default::default()
    };
    let host = GroupHost::Person("p".to_owned());
    refuses!(recordings.list_group(&host, &group) => "from");
    let nobody = GroupHost::Email(String::new());
    refuses!(recordings.get_group(&nobody, "r", None) => "hostEmail");
    refuses!(recordings.soft_delete(&IntoBin::default()) => "recordingIds");
    refuses!(recordings.restore(&from_bin(Binned::Ids(ids(0)))) => "recordingIds");
    refuses!(recordings.purge(&from_bin(Binned::Ids(ids(101)))) => "recordingIds");
    let nameless = from_bin(Binned::Ids(vec![String::new()]));
    refuses!(recordings.purge(&nameless) => "recordingIds");
    refuses!(recordings.share("r", &share(0)) => "addEmails");
    refuses!(recordings.share("r", &share(101)) => "addEmails");
    refuses!(recordings.share_link("", &share(1)) => "webShareLink");
    let wordy = Deletion {
        reason: None,
        comment: Some("ü".repeat(256)),
    };
    refuses!(recordings.delete("r", None, Some(&wordy)) => "comment");
    assert_eq!(upstream.count(), 0);
    let whole = Binned::Ids(ids(100));
    recordings.purge(&from_bin(whole)).await.unwrap();
    recordings.share("r", &share(100)).await.unwrap();
    let longest = site(window(30 * 24));
    recordings.list_site(&longest).await.unwrap();
    // Site and window are ignored where a meeting is named, so its length does not matter.
    let mut of_meeting = site(window(365 * 24));
    of_meeting.meeting_id = some("m");
    recordings.list_site(&of_meeting).await.unwrap();
    assert_eq!(upstream.count(), 4, "the limits themselves are allowed");
}
