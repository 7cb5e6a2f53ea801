//! A space on its way into a file: page by page, newest message first. Memory has one page of it.

use futures::StreamExt as _;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webex::Page;
use webex::messages::{self, ListMessages, Message};
use webex::rooms::Room;

use super::message_rows::{Foot, Head, KeptFile, Rows};
use crate::error::{CallError, Code};
use crate::limits;
use crate::tool::{
    Artifact, ArtifactFile, ArtifactWriter, Context, Theirs, begun, expected_in_period,
};
use crate::tools::workflows::formats::Format;

const ORDER: &str = "newest first";

/// What is to be in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub room_id: String,
    pub format: Format,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// The files of its messages are kept beside it.
    pub with_files: bool,
    /// How long the file is kept, and those beside it.
    pub kept_seconds: u64,
}

impl Wanted {
    /// # Errors
    /// `invalid_arguments` for a period in which no message can be.
    pub fn check(&self, now: Timestamp) -> Result<(), CallError> {
        match (self.since, self.until) {
            (Some(since), _) if since >= now => {
                Err(CallError::invalid("since", "it has to lie in the past"))
            }
            (Some(since), Some(until)) if since >= until => Err(CallError::invalid(
                "since",
                "it has to be earlier than until; no message lies between them",
            )),
            _ => Ok(()),
        }
    }
}

/// What the file has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Theirs>,
    pub messages: u64,
    /// When the newest of them was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<String>,
    /// false: older ones are missing; export them with until: oldest.
    pub is_complete: bool,
    /// Messages whose text Webex could not decrypt.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unreadable: u64,
    /// Messages that are not in it, as people outside wrote them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub messages_withheld: u64,
    /// Files that are kept beside it, with their artifactIds in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub files_kept: u64,
    /// Files of which it has only the links.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub files_linked: u64,
    pub artifact: Artifact,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Says how many messages were read, and how many there may be.
pub type Told<'t> = &'t (dyn Fn(u64, Option<u64>) + Send + Sync);

/// Writes the space into an artifact. Nothing is left of it where it fails.
///
/// # Errors
/// `cancelled` where the work is to stop, `unavailable` where there is no room for the file; else
/// whatever Webex refuses.
pub async fn export(
    context: &Context,
    wanted: &Wanted,
    told: Told<'_>,
) -> Result<Exported, CallError> {
    let room = context.webex.rooms();
    let room = context.best_effort(room.get(&wanted.room_id)).await;
    let mut writing = Writing::begin(context, wanted, room)?;
    match writing.pages(told).await {
        Ok(()) => writing.finish().await,
        Err(error) => {
            writing.give_up().await;
            Err(error)
        }
    }
}

struct Writing<'w> {
    context: &'w Context,
    wanted: &'w Wanted,
    title: Option<Theirs>,
    /// The time before which there is no message, if that is known.
    start: Option<Timestamp>,
    file: ArtifactWriter,
    rows: Rows,
    messages: u64,
    newest: Option<Timestamp>,
    oldest: Option<Timestamp>,
    unreadable: u64,
    /// Messages that were withheld from the call before.
    withheld_before: u64,
    kept: Vec<String>,
    linked: u64,
    is_complete: bool,
}

impl<'w> Writing<'w> {
    fn begin(
        context: &'w Context,
        wanted: &'w Wanted,
        room: Option<Room>,
    ) -> Result<Self, CallError> {
        let of_room = room.as_ref().and_then(Room::title).map(Theirs::from);
        let met = || Some(context.met(&wanted.room_id)?.name.clone());
        let title = of_room.or_else(met);
        let name = title.as_ref().map_or("Space", Theirs::as_str);
        let format = wanted.format;
        let file = ArtifactFile::new(name, format.ending(), format.media_type());
        let file = file.kept_for(wanted.kept_seconds);
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let mut rows = Rows::new(format);
        rows.head(&Head {
            space_id: wanted.room_id.clone(),
            title: name.to_owned(),
            since: text(wanted.since),
            until: text(wanted.until),
            exported_at: Timestamp::now().to_string(),
            order: ORDER,
        })?;
        Ok(Writing {
            context,
            wanted,
            start: wanted.since.max(room.and_then(|room| room.created)),
            file: context.artifact(file)?,
            title,
            rows,
            messages: 0,
            newest: None,
            oldest: None,
            unreadable: 0,
            withheld_before: context.withheld_messages(),
            kept: Vec::new(),
            linked: 0,
            is_complete: false,
        })
    }

    async fn pages(&mut self, told: Told<'_>) -> Result<(), CallError> {
        let context = self.context;
        let query = ListMessages {
            before: self.wanted.until,
            max: Some(limits::SCAN_PAGE_MESSAGES),
            ..ListMessages::in_room(self.wanted.room_id.clone())
        };
        let first = || async { Ok(context.webex.messages().list(&query).await?) };
        let mut page: Page<Message> = context.next_read(first).await.map_err(not_all)?;
        for _ in 0..limits::EXPORT_MAX_PAGES {
            for message in std::mem::take(&mut page.items) {
                let is_earlier = |since| message.created.is_some_and(|created| created < since);
                if self.wanted.since.is_some_and(is_earlier) {
                    self.is_complete = true;
                    break;
                }
                if self.messages >= limits::EXPORT_MAX_MESSAGES || self.file.is_full() {
                    return self.flush().await;
                }
                self.take(message).await?;
            }
            self.flush().await?;
            told(self.messages, self.estimate());
            let next = page.next.take().filter(|_| !self.is_complete);
            let Some(next) = next else {
                self.is_complete = true;
                return Ok(());
            };
            let next = || async { Ok(context.webex.next_page(&messages::LIST, &next).await?) };
            page = context.next_read(next).await?;
        }
        Ok(())
    }

    async fn take(&mut self, mut message: Message) -> Result<(), CallError> {
        self.messages += 1;
        self.newest = self.newest.or(message.created);
        self.oldest = message.created.or(self.oldest);
        let was_lost = message.text.is_some() && message.text().is_none();
        self.unreadable += u64::from(was_lost);
        // They stand in the head of the file.
        message.room_id = None;
        message.room_type = None;
        let mut kept = Vec::new();
        for url in message.files.iter().flatten() {
            match self.kept_file(url).await? {
                Some(file) => {
                    self.kept.push(file.artifact_id.clone());
                    kept.push(file);
                }
                None => self.linked += 1,
            }
        }
        self.rows.row(&message, &kept)
    }

    async fn flush(&mut self) -> Result<(), CallError> {
        self.file.write(self.rows.bytes()).await?;
        self.rows.clear();
        Ok(())
    }

    fn estimate(&self) -> Option<u64> {
        let read = [self.newest?, self.oldest?];
        expected_in_period(self.messages, read, self.start?)
    }

    /// Keeps a file beside the export; `None` where it is to be, or has to be, a link only.
    async fn kept_file(&mut self, url: &str) -> Result<Option<KeptFile>, CallError> {
        if !self.wanted.with_files || self.kept.len() >= limits::EXPORT_MAX_FILES {
            return Ok(None);
        }
        match fetched(self.context, url, self.wanted.kept_seconds).await {
            Ok(file) => Ok(file),
            // What is about this file alone: it is gone, infected, or not what its name says.
            Err(error) => match error.code {
                Code::NotFound
                | Code::Gone
                | Code::Locked
                | Code::Forbidden
                | Code::TooLarge
                | Code::InvalidArguments
                | Code::Conflict => Ok(None),
                _ => Err(error),
            },
        }
    }

    async fn finish(mut self) -> Result<Exported, CallError> {
        let files_kept = self.kept.len() as u64;
        self.rows.foot(&Foot {
            messages: self.messages,
            is_complete: self.is_complete,
            files_kept,
            files_linked: self.linked,
        })?;
        self.flush().await?;
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let context = self.context;
        let artifact = match self.file.finish().await {
            Ok(artifact) => artifact,
            Err(error) => {
                forget(context, &self.kept).await;
                return Err(error);
            }
        };
        Ok(Exported {
            title: self.title,
            messages: self.messages,
            newest: text(self.newest),
            oldest: text(self.oldest),
            is_complete: self.is_complete,
            unreadable: self.unreadable,
            messages_withheld: context
                .withheld_messages()
                .saturating_sub(self.withheld_before),
            files_kept,
            files_linked: self.linked,
            artifact,
        })
    }

    /// Without the file that tells about them, the files beside it are of no use.
    async fn give_up(self) {
        forget(self.context, &self.kept).await;
    }
}

async fn fetched(
    context: &Context,
    url: &str,
    kept_seconds: u64,
) -> Result<Option<KeptFile>, CallError> {
    let open = || async { Ok(context.webex.contents().get(url, false).await?) };
    let download = context.next_read(open).await?;
    let details = download.details;
    let name = details.file_name.unwrap_or_else(|| "file".to_owned());
    let (executable, mut stream) = begun(Some(&name), download.stream).await;
    if executable.is_some() {
        return Ok(None);
    }
    let file = ArtifactFile::unchanged(&name, details.content_type);
    let mut file = context.artifact(file.kept_for(kept_seconds))?;
    while let Some(piece) = stream.next().await {
        // What broke off can still be fetched by its link.
        let Ok(piece) = piece else { return Ok(None) };
        file.write(&piece).await?;
    }
    let artifact = file.finish().await?;
    Ok(Some(KeptFile {
        url: url.to_owned(),
        artifact_id: artifact.artifact_id,
        name,
    }))
}

fn not_all(error: CallError) -> CallError {
    match error.code {
        Code::Forbidden => error.advise(
            "A bot cannot read all messages of a group space; for anyone else, membership of the space or a scope of the token is missing.",
        ),
        _ => error,
    }
}

async fn forget(context: &Context, kept: &[String]) {
    for id in kept {
        context.forget_artifact(id).await;
    }
}
