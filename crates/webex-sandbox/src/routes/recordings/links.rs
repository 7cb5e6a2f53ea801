//! Direct links of a recording: they work without a token until they expire.
//!
//! Every recording has the same two small files, one with video and one with audio. The words of
//! the meeting are in its transcript.

use aws_lc_rs::hmac;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::{API_PATH, Query};
use crate::rows::meetings::{Instance, Recording, RecordingStatus};
use crate::rows::moment;
use crate::rules::meetings::recordings::missing;
use crate::rules::meetings::transcripts;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// How many hours after the request they work.
const HOURS: i64 = 3;

/// Two seconds of grey in four tones, and a third of a second of silence.
const VIDEO: &[u8] = include_bytes!("recording.mp4");
const AUDIO: &[u8] = include_bytes!("recording.mp3");

/// The time of the request for links, and their scheme and host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) at: Timestamp,
    pub(crate) base: &'a str,
}

pub(crate) fn show(
    world: &World,
    recording: &Recording,
    instance: &Instance,
    asked: Asked<'_>,
) -> Shown {
    let expiration = moment::later(asked.at, SignedDuration::from_hours(HOURS));
    let until = expiration.as_second();
    let link = |kind: &str| {
        let (base, id) = (asked.base, &recording.id);
        let key =
            BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&signer(world), &signed(id, kind, until)));
        format!("{base}{API_PATH}/recordings/{id}/download/{kind}?until={until}&key={key}")
    };
    shown(json!({
        "recordingDownloadLink": link("mp4"),
        "audioDownloadLink": link("mp3"),
        "transcriptDownloadLink": instance.transcript.map(|_| link("vtt")),
        "expiration": moment::text(expiration),
    }))
}

/// This key is not secret: it only prevents one link from being changed into another.
fn signer(world: &World) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, world.origin.namespace().as_bytes())
}

fn signed(id: &str, kind: &str, until: i64) -> Vec<u8> {
    format!("{id}/{kind}/{until}").into_bytes()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Link {
    until: i64,
    key: String,
}

impl Link {
    fn check(&self, world: &World, id: &str, kind: &str, now: Timestamp) -> Result<()> {
        let tag = BASE64_URL_SAFE_NO_PAD.decode(&self.key).unwrap_or_default();
        hmac::verify(&signer(world), &signed(id, kind, self.until), &tag).map_err(|_| missing())?;
        let expired = "The link has expired. Get the recording again for a new one.";
        Problem::new(StatusCode::GONE, expired).unless(now.as_second() < self.until)
    }
}

pub(crate) async fn download(
    State(sandbox): State<Sandbox>,
    Path((id, kind)): Path<(String, String)>,
    Query(link): Query<Link>,
) -> Result<Response> {
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        link.check(world, &id, &kind, now)?;
        let recordings = &world.meetings.recordings;
        let recording = recordings.named(&id).map(|(_, recording)| recording);
        let recording = recording.filter(|one| one.status == RecordingStatus::Available);
        let recording = recording.ok_or_else(missing)?;
        let (content_type, bytes) = match kind.as_str() {
            "mp4" => ("video/mp4", VIDEO.to_vec()),
            "mp3" => ("audio/mpeg", AUDIO.to_vec()),
            _ => {
                let text = transcripts::vtt_of(world, recording.instance);
                ("text/vtt", text.ok_or_else(missing)?.into_bytes())
            }
        };
        let name = format!("attachment; filename=\"recording.{kind}\"");
        let headers = [
            (CONTENT_TYPE, content_type.to_owned()),
            (CONTENT_DISPOSITION, name),
        ];
        Ok((headers, bytes).into_response())
    })
}
