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
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use crate::Sandbox;
use crate::problem::{Problem, Result};
use crate::request::{API_PATH, Call, Query};
use crate::rows::meetings::{Recording, RecordingStatus};
use crate::rows::moment;
use crate::rules::meetings::recordings::missing;
use crate::rules::meetings::transcripts::{self, snippets, vtt};
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// How long after the request they work.
const VALID: SignedDuration = SignedDuration::from_hours(3);

/// Two seconds of grey in four tones, and a third of a second of silence.
const VIDEO: &[u8] = include_bytes!("recording.mp4");
const AUDIO: &[u8] = include_bytes!("recording.mp3");

/// Links with the scheme and host of the call.
pub(crate) fn show(world: &World, call: &Call, recording: &Recording) -> Option<Shown> {
    let instance = world.meetings.instances.get(recording.instance)?;
    let expiration = moment::later(call.now, VALID);
    let until = expiration.as_second();
    let link = |kind: &str| {
        let (base, id) = (&call.base, &recording.id);
        let key = hmac::sign(&signer(world), &signed(id, kind, until));
        let key = BASE64_URL_SAFE_NO_PAD.encode(key);
        format!("{base}{API_PATH}/recordings/{id}/download/{kind}?until={until}&key={key}")
    };
    Some(shown(json!({
        "recordingDownloadLink": link("mp4"),
        "audioDownloadLink": link("mp3"),
        "transcriptDownloadLink": instance.transcript.map(|_| link("vtt")),
        "expiration": moment::text(expiration),
    })))
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

pub(crate) async fn download(
    State(sandbox): State<Sandbox>,
    Path((id, kind)): Path<(String, String)>,
    Query(link): Query<Link>,
) -> Result<Response> {
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        let tag = BASE64_URL_SAFE_NO_PAD.decode(&link.key).unwrap_or_default();
        let signed = signed(&id, &kind, link.until);
        hmac::verify(&signer(world), &signed, &tag).map_err(|_| missing())?;
        let expired = "The link has expired. Get the recording again for a new one.";
        Problem::new(StatusCode::GONE, expired).unless(now.as_second() < link.until)?;
        let recordings = &world.meetings.recordings;
        let recording = recordings.named(&id);
        let recording = recording.filter(|(_, one)| one.status == RecordingStatus::Available);
        let (_, recording) = recording.ok_or_else(missing)?;
        let (content_type, bytes) = match kind.as_str() {
            "mp4" => ("video/mp4", VIDEO.to_vec()),
            "mp3" => ("audio/mpeg", AUDIO.to_vec()),
            _ => {
                let transcript = transcripts::of(world, recording.instance);
                let transcript = transcript.filter(|transcript| !transcript.is_deleted);
                let snippets = snippets(world, transcript.ok_or_else(missing)?);
                ("text/vtt", vtt(snippets).into_bytes())
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
