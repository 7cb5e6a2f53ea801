//! The record of a work.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{New, Reached};
use crate::error::{CallError, Code};
use crate::limits;
use crate::stores::records::Record;
use crate::tool::{Answer, Question, Total};

/// The kinds of private records.
pub const KIND: &str = "work";
pub const ITEM: &str = "work-item";

/// Times are milliseconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored {
    pub principal: String,
    /// The tag of the credential that it was begun with.
    #[serde(default)]
    pub credential: String,
    pub server: String,
    pub tool: String,
    pub arguments: Map<String, Value>,
    pub digest: [u8; 32],
    /// A person agreed to its call. Where it is not known, nobody did.
    #[serde(default)]
    pub is_call_agreed: bool,
    /// Of the server when its call was decided about; empty where it is not known.
    #[serde(default)]
    pub policy_version: String,
    /// The process that runs it.
    pub process: Uuid,
    pub began_at: i64,
    pub is_lasting: bool,
    pub is_cancelled: bool,
    pub done: u64,
    /// 0 where it is not known.
    pub(super) total: u64,
    #[serde(default)]
    pub(super) is_estimated: bool,
    /// When `done` was last said.
    #[serde(default)]
    pub reached_at: i64,
    /// What its owner is asked, from then on.
    #[serde(default)]
    pub asked: Option<Asked>,
    pub end: Option<End>,
}

/// A question to the owner of a work, and the answer once it is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    question: String,
    is_agreed: Option<bool>,
}

/// How it ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct End {
    pub at: i64,
    how: How,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum How {
    /// What is kept of the answer, as JSON text.
    Answered(String),
    Failed {
        code: Code,
        message: String,
        advice: String,
    },
}

impl Stored {
    pub fn new(new: &New, process: Uuid, now: i64) -> Self {
        Stored {
            principal: new.principal.as_str().to_owned(),
            credential: new.credential.as_str().to_owned(),
            server: new.server.to_string(),
            tool: new.tool.to_string(),
            arguments: new.arguments.clone(),
            digest: new.digest,
            is_call_agreed: new.is_agreed,
            policy_version: new.policy_version.to_string(),
            process,
            began_at: now,
            is_lasting: new.is_lasting,
            is_cancelled: false,
            done: 0,
            total: 0,
            is_estimated: false,
            reached_at: 0,
            asked: None,
            end: None,
        }
    }

    pub fn read(record: &Record) -> Option<Self> {
        serde_json::from_slice(&record.content).ok()
    }

    pub fn total(&self) -> Total {
        match (self.total, self.is_estimated) {
            (0, _) => Total::Unknown,
            (total, true) => Total::About(total),
            (total, false) => Total::Exactly(total),
        }
    }

    pub fn reaches(&mut self, total: Total) {
        (self.total, self.is_estimated) = match total {
            Total::Unknown => (0, false),
            Total::About(total) => (total, true),
            Total::Exactly(total) => (total, false),
        };
    }

    /// Asks its owner; a work asks once.
    pub fn ask(&mut self, question: &Question) {
        self.asked.get_or_insert_with(|| Asked {
            question: question.as_str().to_owned(),
            is_agreed: None,
        });
    }

    /// What its owner answers; the first answer counts.
    pub fn answer(&mut self, is_agreed: bool) {
        if let Some(asked) = &mut self.asked {
            asked.is_agreed.get_or_insert(is_agreed);
        }
    }

    /// The answer of its owner.
    pub fn is_agreed(&self) -> Option<bool> {
        self.asked.as_ref()?.is_agreed
    }

    /// The question that waits for an answer.
    pub fn open_question(&self) -> Option<Question> {
        let asked = self.asked.as_ref()?;
        let is_open = asked.is_agreed.is_none() && self.end.is_none() && !self.is_cancelled;
        is_open.then(|| Question::new(&asked.question))
    }

    /// As a process sees it that does not run it.
    pub fn reached(&self, now: i64) -> Reached {
        let seconds = u64::try_from((now - self.began_at) / 1_000).unwrap_or_default();
        Reached::after(
            self.done,
            self.total(),
            std::time::Duration::from_secs(seconds),
        )
    }
}

impl End {
    pub fn of(outcome: &Result<Answer, CallError>, at: i64) -> Self {
        let failed = |error: &CallError| How::Failed {
            code: error.code,
            message: error.message.clone().into_owned(),
            advice: error.advice.clone().into_owned(),
        };
        let how = match outcome {
            Err(error) => failed(error),
            Ok(answer) => {
                let kept = answer.kept().and_then(|kept| String::from_utf8(kept).ok());
                match kept.filter(|kept| kept.len() <= limits::WORK_ANSWER_MAX_BYTES) {
                    Some(kept) => How::Answered(kept),
                    None => failed(&too_long()),
                }
            }
        };
        End { at, how }
    }

    pub fn outcome(self) -> Result<Answer, CallError> {
        match self.how {
            How::Answered(kept) => Answer::from_kept(kept.as_bytes()).ok_or_else(too_long),
            How::Failed {
                code,
                message,
                advice,
            } => Err(CallError::new(code, message, "").advise(advice)),
        }
    }
}

fn too_long() -> CallError {
    CallError::new(
        Code::TooLarge,
        "The work is finished; its answer was too long to be kept.",
        "Look in Webex at what was done.",
    )
}
