//! The direct links of a recording.

use serde_json::json;

use crate::{Person, items, start, text};

#[tokio::test]
async fn direct_links_work_without_a_token_until_they_expire() {
    let (sandbox, alice) = start();
    let nobody = Person {
        token: String::new(),
        ..alice.clone()
    };
    let id = text(&items(&alice.get("/v1/recordings").await.json(200))[0]["id"]);
    let path = format!("/v1/recordings/{id}");
    let links = &alice.get(&path).await.json(200)["temporaryDirectDownloadLinks"];
    let local = |name: &str| {
        let link = text(&links[name]);
        link.strip_prefix("http://webex.test").unwrap().to_owned()
    };
    let video = local("recordingDownloadLink");
    let audio = local("audioDownloadLink");
    let words = local("transcriptDownloadLink");
    for (link, content_type, sign) in [
        (&video, "video/mp4", &b"ftyp"[..]),
        (&audio, "audio/mpeg", &b"ID3"[..]),
        (&words, "text/vtt", &b"WEBVTT"[..]),
    ] {
        let file = nobody.get(link).await;
        assert_eq!(file.status, 200, "{link}: {}", file.text());
        assert_eq!(file.header("content-type"), content_type);
        assert!(file.header("content-disposition").starts_with("attachment"));
        let start = &file.body[..16];
        assert!(
            start.windows(sign.len()).any(|part| part == sign),
            "{start:?}"
        );
    }
    // A link opens only what it is for, and only as long as it says.
    let longer = video.replace("until=1", "until=2");
    for wrong in [
        video.replace("mp4", "mp3"),
        longer,
        format!("{path}/download/mp4"),
    ] {
        assert_eq!(nobody.get(&wrong).await.status, 404, "{wrong}");
    }
    sandbox
        .clock()
        .advance(std::time::Duration::from_secs(3 * 60 * 60));
    assert_eq!(nobody.get(&video).await.status, 410);

    let links = &alice.get(&path).await.json(200)["temporaryDirectDownloadLinks"];
    let fresh = text(&links["recordingDownloadLink"]);
    let fresh = fresh.strip_prefix("http://webex.test").unwrap();
    assert_eq!(nobody.get(fresh).await.status, 200);
    let ids = json!({"recordingIds": [id]});
    alice.post("/v1/recordings/softDelete", ids).await.json(204);
    assert_eq!(nobody.get(fresh).await.status, 404);
}
