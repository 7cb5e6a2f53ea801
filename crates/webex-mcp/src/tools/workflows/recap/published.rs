//! What becomes of a recap: it is gathered, and posted or only shown.

use schemars::JsonSchema;
use serde::Serialize;
use webex::messages::{CreateMessage, Destination};

use super::Arguments;
use super::words::{Facts, Passwords, Words};
use crate::error::{CallError, Code};
use crate::tool::{Context, Lines, Render, ShortId, Theirs};
use crate::tools::meetings::Ended;
use crate::tools::messages::Sent;
use crate::tools::messages::writing::Written;
use crate::tools::workflows::ended::{ended, participants, recordings, summary, transcripts};

#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Of the meeting that took place.
    pub meeting_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Absent: nothing was posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_parent_id: Option<ShortId>,
    /// What would be posted, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Theirs>,
    /// What there is not, or you may not see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<&'static str>,
    /// The summary did not fit.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shortened: bool,
}

/// Gathers what there is of the meeting and posts it, or only shows what it would post.
///
/// # Errors
/// `conflict` for a meeting that has not ended, `not_found` where there is nothing to tell; else
/// whatever Webex refuses.
pub async fn publish(context: &Context, arguments: Arguments) -> Result<Published, CallError> {
    let ended = ended(context, &arguments.meeting_id).await?;
    let facts = gathered(context, &ended).await?;
    if facts.is_empty() {
        return Err(nothing());
    }
    let is_dry = arguments.dry_run == Some(true);
    let words = facts.words(match (arguments.include_password, is_dry) {
        (Some(true), true) => Passwords::Hidden,
        (Some(true), false) => Passwords::Told,
        _ => Passwords::LeftOut,
    });
    let published = Published {
        meeting_id: ended.id,
        title: ended.title,
        start: ended.start.map(|start| start.to_string()),
        lacks: words.lacks.clone(),
        shortened: words.is_shortened,
        ..Published::default()
    };
    match is_dry {
        true => Ok(Published {
            text: Some(words.markdown.into()),
            ..published
        }),
        false => published.post(context, words, arguments).await,
    }
}

async fn gathered(context: &Context, ended: &Ended) -> Result<Facts, CallError> {
    let (summary, videos, words, people) = futures::join!(
        summary(context, ended),
        recordings(context, ended),
        transcripts(context, ended),
        participants(context, ended),
    );
    Ok(Facts {
        title: ended.title.clone(),
        start: ended.start,
        summary: summary?,
        recordings: videos?,
        has_transcript: !words?.is_empty(),
        attended: people?,
    })
}

impl Published {
    async fn post(
        self,
        context: &Context,
        words: Words,
        arguments: Arguments,
    ) -> Result<Self, CallError> {
        let written = Written {
            markdown: Some(words.markdown),
            ..Written::default()
        };
        let message = CreateMessage {
            parent_id: arguments.parent_id,
            ..CreateMessage::to(Destination::Room(arguments.room_id))
        };
        let sent = Sent::post_written(context, written, message, None).await?;
        Ok(Published {
            message_id: Some(sent.id),
            room_id: sent.room_id,
            space: sent.space,
            used_parent_id: sent.used_parent_id,
            ..self
        })
    }
}

fn nothing() -> CallError {
    CallError::new(
        Code::NotFound,
        "Webex has no summary, recording, transcript or attendance of this meeting that you may see.",
        "Its host sees more; or write the recap yourself and post it with webex-create-message.",
    )
}

impl Render for Published {
    fn render(&self, out: &mut Lines) {
        match &self.text {
            None => out.line(&["Posted the recap of:"]),
            Some(_) => out.line(&["Nothing was posted. The recap of:"]),
        }
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        out.fact("start", self.start.as_ref());
        if let Some(space) = &self.space {
            out.line(&["in the space:"]);
            out.theirs(space);
        }
        if !self.lacks.is_empty() {
            let lacks = self.lacks.join(", ");
            out.line(&[
                "There is no ",
                &lacks,
                " that you may see; the recap says so.",
            ]);
        }
        if self.shortened {
            out.line(&["The summary is shortened in it."]);
        }
        if let Some(text) = &self.text {
            out.line(&["It would say:"]);
            out.theirs(text);
        }
        out.fact("message", self.message_id.as_ref());
        out.fact("thread", self.used_parent_id.as_ref());
        out.fact("roomId", self.room_id.as_ref());
        out.line(&["meeting: ", &self.meeting_id]);
    }
}
