//! Holds one call to its server's scope, in both directions: what lies outside is told as not
//! found, and rows outside are left out of lists and counted. What a request does not say (the
//! space of a message, the host of a meeting) is read first, within a bound. Some changes need a
//! person who agrees; why is collected while a call is only rehearsed.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value;
use webex::around::About;
use webex::{Repeat, Webex, messages};

use super::asked::Asked;
use super::lockdown::Withholding;
use crate::auth::Tokens;
use crate::error::{CallError, Code};
use crate::identity::{Credential, CredentialTag};
use crate::scope::reach::{self, Answer, Row, Subject};
use crate::scope::{Permission, Scoped};
use crate::tool::Reasons;

/// What makes a mention of everybody, in any case.
const MENTION_OF_ALL: &str = "<@all";

/// The scope of one call, and what it needs to read for it.
#[derive(Debug)]
pub struct Guard {
    pub scoped: Arc<Scoped>,
    pub webex: Webex,
    pub tokens: Tokens,
    pub credential: Credential,
    pub tag: CredentialTag,
    pub agreement: Agreement,
    /// Reads of this call to find out what lies inside, also those that were one too many.
    pub reads: AtomicU32,
    pub reads_max: u32,
    pub left_out: AtomicU64,
    /// What was taken out of this call's answers in lockdown.
    pub withheld: Mutex<Withholding>,
    pub reasons: Mutex<Reasons>,
}

/// Whether a person agreed to what a call changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    Given,
    Missing,
    /// Nothing is sent in this stage; it only finds out what would need an agreement.
    Rehearsed,
}

impl Guard {
    /// Rows that were left out of this call's answers so far.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// What lockdown took out of this call's answers so far.
    pub fn withheld(&self) -> Withholding {
        Withholding {
            is_out_of_reads: self.reads.load(Ordering::Relaxed) > self.reads_max,
            ..self.withheld.lock().clone()
        }
    }

    /// Decides about a request before it is sent.
    ///
    /// # Errors
    /// `not_found` for what lies outside; `forbidden` for what the operator does not allow inside.
    pub async fn request(&self, about: &About<'_>) -> Result<(), CallError> {
        let reach = reach::of(about.operation).ok_or_else(|| self.outside())?;
        let is_write = about.operation.repeat == Repeat::Write;
        let asked = Asked::of(about);
        let (mut reached, mut newcomers) = (BTreeSet::new(), Vec::new());
        let mut is_judged = reach.answer != Answer::Free || reach.names.is_empty();
        for (subject, place) in reach.names {
            for value in asked.values(*place) {
                is_judged |= *subject != Subject::Person;
                reached.extend(self.subject(*subject, &value, &asked, is_write).await?);
                if *subject == Subject::NewMember {
                    newcomers.push(value.into_owned());
                }
            }
        }
        // What names nothing of what is declared, and answers nothing that is checked, cannot be
        // judged.
        if !is_judged {
            return Err(self.outside());
        }
        if !is_write {
            return Ok(());
        }
        for container in &reached {
            self.audience(container, &newcomers, asked.host()).await?;
        }
        self.mention_of_all(about, &asked)
    }

    /// A message may mention everybody where the operator allows it.
    fn mention_of_all(&self, about: &About<'_>, asked: &Asked<'_>) -> Result<(), CallError> {
        let posts = [messages::CREATE.name, messages::EDIT.name];
        if !posts.contains(&about.operation.name) {
            return Ok(());
        }
        let words = ["markdown", "text"].map(|field| asked.body(field).unwrap_or_default());
        self.asks(&self.mentions_all(words.iter().map(String::as_str))?)
    }

    /// Why a person has to agree to a message of these words.
    pub(super) fn mentions_all<'w>(
        &self,
        mut words: impl Iterator<Item = &'w str>,
    ) -> Result<Reasons, CallError> {
        let permission = self.scoped.scope.mention_all;
        if permission == Permission::Allowed
            || !words.any(|words| words.to_ascii_lowercase().contains(MENTION_OF_ALL))
        {
            return Ok(Reasons::default());
        }
        match permission {
            Permission::Refused => Err(self.refused(
                "This server sends no message that mentions everybody in a space.",
                "Mention the people who are meant, or tell the user; the operator of this server decides it.",
            )),
            _ => Ok(Reasons::mentions_all()),
        }
    }

    /// Goes on where a person agreed; a rehearsal goes on as well, and keeps the reasons.
    pub(super) fn asks(&self, reasons: &Reasons) -> Result<(), CallError> {
        if reasons.is_empty() {
            return Ok(());
        }
        let mut kept = self.reasons.lock();
        *kept = std::mem::take(&mut *kept).and(reasons.clone());
        match self.agreement {
            Agreement::Given | Agreement::Rehearsed => Ok(()),
            Agreement::Missing => Err(self.refused(
                "This server does it only after a person has agreed, and nobody was asked before this call.",
                "Do it in a call of its own, which asks first; or tell the user.",
            )),
        }
    }

    /// The answer without what lies outside, and in lockdown without what people outside wrote. What
    /// a write answers was decided with its request, so only lockdown looks at it.
    ///
    /// # Errors
    /// `not_found` where it is a single thing outside; the errors of what has to be read.
    pub async fn answer(&self, about: &About<'_>, body: Bytes) -> Result<Bytes, CallError> {
        let is_write = about.operation.repeat == Repeat::Write;
        if is_write && !self.scoped.scope.is_locked() {
            return Ok(body);
        }
        let reach = reach::of(about.operation).ok_or_else(|| self.outside())?;
        let (row, is_one) = match reach.answer {
            Answer::Free => return Ok(body),
            Answer::One(row) => (row, true),
            Answer::Many(row) => (row, false),
        };
        let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
            // The client cannot read it either.
            return Ok(body);
        };
        let mut rows = match (is_one, answer.get_mut("items")) {
            (true, _) => vec![answer.take()],
            (false, Some(Value::Array(items))) => std::mem::take(items),
            // Whose rows these are cannot be judged.
            (false, _) => return Err(no_list()),
        };
        let is_limited = match is_write {
            true => false,
            false => self.inside(row, &mut rows, is_one, about).await?,
        };
        let is_locked = self.lock_down(row, &mut rows, !is_one, about).await?;
        if row == Row::Message {
            rows.iter().for_each(|message| self.see_files(message));
        }
        if is_one && !is_limited && !is_locked {
            return Ok(body);
        }
        match is_one {
            true => answer = rows.pop().unwrap_or_default(),
            false => answer["items"] = Value::Array(rows),
        }
        written(&answer)
    }

    /// Leaves the rows that lie inside, without what names somebody outside; says whether anything
    /// is gone.
    async fn inside(
        &self,
        row: Row,
        rows: &mut Vec<Value>,
        is_one: bool,
        about: &About<'_>,
    ) -> Result<bool, CallError> {
        let host = Asked::of(about).host();
        if row == Row::Team && !is_one {
            self.learn_teams(rows).await?;
        }
        let mut is_changed = false;
        let mut kept = Vec::with_capacity(rows.len());
        for mut item in std::mem::take(rows) {
            match self.row(row, &item, host.as_deref()).await? {
                true => {
                    is_changed |= self.redact(row, &mut item, is_one).await?;
                    kept.push(item);
                }
                false if is_one => return Err(self.outside()),
                false => {
                    is_changed = true;
                    self.left_out.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        *rows = kept;
        Ok(is_changed)
    }

    pub(super) fn outside(&self) -> CallError {
        self.count();
        outside()
    }

    pub(super) fn refused(
        &self,
        message: impl Into<Cow<'static, str>>,
        advice: &'static str,
    ) -> CallError {
        self.told(Code::Forbidden, message, advice)
    }

    pub(super) fn told(
        &self,
        code: Code,
        message: impl Into<Cow<'static, str>>,
        advice: &'static str,
    ) -> CallError {
        self.count();
        CallError::new(code, message, advice)
    }

    fn count(&self) {
        let so_far = self.scoped.count_refused();
        tracing::info!(
            so_far,
            "a call reached for what its server's scope leaves out"
        );
    }
}

fn written(answer: &Value) -> Result<Bytes, CallError> {
    serde_json::to_vec(answer)
        .map(Bytes::from)
        .map_err(CallError::internal)
}

fn no_list() -> CallError {
    CallError::new(
        Code::Unavailable,
        "Webex answered with no list where a list was asked for, so nothing of the answer is shown.",
        "Repeat the call in a minute; if it stays so, tell the operator of this server.",
    )
}

const OUTSIDE: &str = "There is no such thing within the reach of this server.";

fn outside() -> CallError {
    CallError::new(
        Code::NotFound,
        OUTSIDE,
        "It does not exist, or it lies outside the spaces and people that the operator allows here; repeating does not help.",
    )
}

/// On a server with a scope, what Webex does not find is told in the same words as what lies
/// outside, so that nobody learns which of the two it is.
pub fn alike(error: CallError) -> CallError {
    let is_of_webex = error.tracking_id.is_some();
    match error.code == Code::NotFound && (is_of_webex || error.message == OUTSIDE) {
        true => outside(),
        false => error,
    }
}
