//! Reads one recording, with links to watch and to download it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::recordings::{self, DirectDownloadLinks};

use super::Recording;
use crate::error::CallError;
use crate::tool::{Context, Policy, Tool};

/// Gets the links to watch (play) or download the recording of a meeting or call: its video file,
/// audio and transcript; they work for anyone for 3 hours. Answers its details too: topic, time,
/// duration (length), file format and size.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// From webex-list-recordings.
    recording_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    #[serde(flatten)]
    pub(super) recording: Recording,
    /// Page to watch it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) playback_url: Option<String>,
    /// Absent: downloading is prevented, or it is in the recycle bin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) download_links: Option<Links>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recording: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) audio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transcript: Option<String>,
    /// When they stop working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expiration: Option<String>,
}

impl Links {
    fn of(links: DirectDownloadLinks) -> Option<Self> {
        let links = Links {
            recording: links.recording_download_link,
            audio: links.audio_download_link,
            transcript: links.transcript_download_link,
            expiration: links.expiration.map(|time| time.to_string()),
        };
        let all = [&links.recording, &links.audio, &links.transcript];
        all.iter().any(|link| link.is_some()).then_some(links)
    }
}

pub struct GetRecording;

impl Tool for GetRecording {
    const NAME: &'static str = "webex-get-recording";
    const TITLE: &'static str = "Watch or download a recording";
    const POLICY: Policy = Policy {
        operations: &[&recordings::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Details;

    async fn call(context: &Context, arguments: Arguments) -> Result<Details, CallError> {
        let recordings = context.webex.recordings();
        let mut found = recordings
            .get(&arguments.recording_id, &Default::default())
            .await?;
        Ok(Details {
            playback_url: found.playback_url.take(),
            download_links: found
                .temporary_direct_download_links
                .take()
                .and_then(Links::of),
            recording: Recording::of(found, None),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use webex::recordings::bin::IntoBin;
    use webex::recordings::share::ShareRecording;

    use super::*;
    use crate::error::Code::{InvalidArguments, NotFound};
    use crate::tools::check::{World, alice, bob, by, check};
    use crate::tools::recordings::tests::PLANNING;

    async fn planning(world: &World) -> Value {
        let all = world
            .facts("alice", "webex-list-recordings", json!({}))
            .await;
        all["recordings"][0]["id"].clone()
    }

    #[tokio::test]
    async fn tells_what_it_is_and_where_for_three_hours() {
        let world = World::new();
        let it = json!({"recordingId": planning(&world).await});
        let links = json!({"recording": "*", "audio": "*", "transcript": "*",
            "expiration": "2026-01-05T12:00:00Z"});
        let own = json!({"topic": PLANNING, "durationSeconds": 1_800, "format": "MP4",
            "sizeBytes": 225_000_000, "playbackUrl": "*", "downloadLinks": links});
        check::<GetRecording>(
            &world,
            [
                alice(it.clone()).answers(own).calls(1),
                bob(it.clone()).refused(NotFound, ""),
                by("grace", it.clone()).answers(json!({"topic": PLANNING})),
                alice(json!({"recordingId": PLANNING}))
                    .refused(InvalidArguments, "`recordingId`: this is not the id"),
                alice(json!({})).refused(InvalidArguments, "`recordingId`"),
                alice(json!({"recordingId": it["recordingId"], "max": 1}))
                    .refused(InvalidArguments, "`max`"),
            ],
        )
        .await;
        let told = world.call("alice", GetRecording::NAME, it).await.unwrap();
        let words = "> Project Unicorn Planning\nrecorded at 2026-01-04T14:00:00Z, 30 min, MP4, 225,000,000 bytes, host alice@example.com\nid: ";
        assert!(told.text.starts_with(words), "{}", told.text);
        let until = "\nDownload links; whoever has one needs no token, until 2026-01-05T12:00:00Z:\nvideo: http";
        assert!(told.text.contains(until), "{}", told.text);
    }

    #[tokio::test]
    async fn shared_ones_are_read_and_those_in_the_bin_have_no_links() {
        let world = World::new();
        let id = planning(&world).await;
        let host = world.client("alice");
        let share = ShareRecording {
            add_emails: vec!["bob@example.com".to_owned()],
            ..Default::default()
        };
        let recordings = host.recordings();
        recordings
            .share(id.as_str().unwrap(), &share)
            .await
            .unwrap();
        let it = json!({"recordingId": id});
        let shared = json!({"shareToMe": true, "downloadLinks": {"recording": "*"}});
        check::<GetRecording>(&world, [bob(it.clone()).answers(shared)]).await;
        let into_bin = IntoBin {
            recording_ids: vec![id.as_str().unwrap().to_owned()],
            site_url: None,
            host_email: None,
        };
        recordings.soft_delete(&into_bin).await.unwrap();
        let binned = json!({"status": "deleted", "downloadLinks": null});
        check::<GetRecording>(&world, [alice(it).answers(binned)]).await;
    }
}
