//! Holds one call to its server's scope, in both directions: what lies outside is told as not
//! found, and rows outside are left out of lists and counted. What a request does not say (the
//! space of a message, the other person of a direct space) is read first, within a bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use bytes::Bytes;
use serde_json::Value;
use webex::around::About;
use webex::memberships::ListMemberships;
use webex::{Repeat, Webex};

use super::asked::Asked;
use crate::auth::Tokens;
use crate::error::{CallError, Code};
use crate::identity::{Credential, CredentialTag};
use crate::scope::reach::{self, Answer, Row, Subject};
use crate::scope::{Fact, Scope, Scoped, Verdict};

/// The scope of one call, and what it needs to read for it.
#[derive(Debug)]
pub struct Guard {
    pub scoped: Arc<Scoped>,
    pub webex: Webex,
    pub tokens: Tokens,
    pub credential: Credential,
    pub tag: CredentialTag,
    pub reads: AtomicU32,
    pub left_out: AtomicU64,
}

impl Guard {
    /// Rows that were left out of this call's answers so far.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Decides about a request before it is sent.
    ///
    /// # Errors
    /// `not_found` for what lies outside; `forbidden` for what the operator does not allow inside.
    pub async fn request(&self, about: &About<'_>) -> Result<(), CallError> {
        let reach = reach::of(about.operation).ok_or_else(|| self.outside())?;
        let is_write = about.operation.repeat == Repeat::Write;
        let asked = Asked::of(about);
        let mut named = 0;
        for (subject, place) in reach.names {
            if let Some(value) = asked.value(*place) {
                named += 1;
                self.subject(*subject, &value, &asked, is_write).await?;
            }
        }
        // A write that names nothing of what is declared cannot be judged.
        match is_write && named == 0 {
            true => Err(self.outside()),
            false => Ok(()),
        }
    }

    async fn subject(
        &self,
        subject: Subject,
        value: &str,
        asked: &Asked<'_>,
        is_write: bool,
    ) -> Result<(), CallError> {
        let scope = &self.scoped.scope;
        let is_allowed = match subject {
            Subject::Direct => scope.direct_messages && self.anybody(value).await?,
            Subject::NewMember => return self.new_member(value).await,
            Subject::File => return self.file(value),
            Subject::NewSpace => return self.new_space(),
            Subject::Webhook | Subject::NewWebhook if !scope.limits_spaces() => true,
            Subject::Space
            | Subject::Message
            | Subject::Membership
            | Subject::Webhook
            | Subject::NewWebhook => {
                let space = self.space_of(subject, value, asked).await?;
                let Some(space) = space else {
                    return Err(self.outside());
                };
                if self.space(&space, None).await? {
                    return match scope.max_audience {
                        Some(most) if is_write => self.audience(&space, most).await,
                        _ => Ok(()),
                    };
                }
                false
            }
        };
        is_allowed.then_some(()).ok_or_else(|| self.outside())
    }

    /// The space that a thing is in; it is read where only its id is known.
    async fn space_of(
        &self,
        subject: Subject,
        value: &str,
        asked: &Asked<'_>,
    ) -> Result<Option<String>, CallError> {
        Ok(match subject {
            Subject::Message => self.reader().await?.messages().get(value).await?.room_id,
            Subject::Membership => {
                let one = self.reader().await?.memberships().get(value).await?;
                let (id, email) = (one.person_id.as_deref(), one.person_email.as_deref());
                match self.person(id, email).await? {
                    true => one.room_id,
                    false => None,
                }
            }
            Subject::Webhook => {
                let webhook = self.reader().await?.webhooks().get(value).await?;
                let resource = webhook.resource.as_ref().map(|resource| resource.as_str());
                Scope::space_of_webhook(resource, webhook.filter.as_deref())
            }
            Subject::NewWebhook => {
                let (resource, filter) = (asked.body("resource"), asked.body("filter"));
                let space = Scope::space_of_webhook(resource.as_deref(), filter.as_deref());
                Some(space.ok_or_else(|| {
                    self.refused(
                        "This server is limited to certain spaces, so a webhook must tell of one of them.",
                        "Use the resource messages, memberships or attachmentActions, with the filter roomId=<id of the space>.",
                    )
                })?)
            }
            _ => Some(value.to_owned()),
        })
    }

    fn file(&self, id: &str) -> Result<(), CallError> {
        let is_known = self.scoped.files.contains_key(&self.key(id));
        match is_known || !self.scoped.scope.limits_spaces() {
            true => Ok(()),
            false => Err(self.told(
                Code::NotFound,
                "There is no such file within the reach of this server.",
                "Read the message that has the file with webex-get-message first, and call again with its fileUrl.",
            )),
        }
    }

    fn new_space(&self) -> Result<(), CallError> {
        match self.scoped.scope.spaces {
            None => Ok(()),
            Some(_) => Err(self.refused(
                "This server is limited to certain spaces, so it makes no new ones.",
                "Use one of the spaces that webex-get-space lists.",
            )),
        }
    }

    /// The answer without what lies outside.
    ///
    /// # Errors
    /// `not_found` where it is a single thing outside; the errors of what has to be read.
    pub async fn answer(&self, about: &About<'_>, body: Bytes) -> Result<Bytes, CallError> {
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
        if is_one {
            return match self.row(row, &answer).await? {
                true => Ok(body),
                false => Err(self.outside()),
            };
        }
        let Some(Value::Array(items)) = answer.get_mut("items") else {
            return Ok(body);
        };
        let mut kept = Vec::with_capacity(items.len());
        for item in std::mem::take(items) {
            match self.row(row, &item).await? {
                true => kept.push(item),
                false => {
                    self.left_out.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        *items = kept;
        serde_json::to_vec(&answer)
            .map(Bytes::from)
            .map_err(CallError::internal)
    }

    async fn row(&self, row: Row, item: &Value) -> Result<bool, CallError> {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let is_direct = |name: &str| text(name).map(|kind| kind == "direct");
        let (space, is_direct) = match row {
            Row::Space => (text("id"), is_direct("type")),
            Row::Message => (text("roomId"), is_direct("roomType")),
            Row::Membership => {
                if !self.person(text("personId"), text("personEmail")).await? {
                    return Ok(false);
                }
                (text("roomId"), is_direct("roomType"))
            }
            Row::Action => (text("roomId"), None),
            Row::Person => {
                let emails = item.get("emails").and_then(Value::as_array);
                let email = emails.and_then(|emails| emails.first()?.as_str());
                return self.person(text("id"), email).await;
            }
            Row::Webhook => {
                if !self.scoped.scope.limits_spaces() {
                    return Ok(true);
                }
                let space = Scope::space_of_webhook(text("resource"), text("filter"));
                return match space {
                    Some(space) => self.space(&space, None).await,
                    None => Ok(false),
                };
            }
        };
        let Some(space) = space else {
            return Ok(false);
        };
        let is_inside = self.space(space, is_direct).await?;
        if is_inside && row == Row::Message {
            let files = item.get("files").and_then(Value::as_array);
            let urls = files.into_iter().flatten().filter_map(Value::as_str);
            for id in urls.filter_map(|url| Some(url.split_once("/contents/")?.1)) {
                self.scoped.files.insert(self.key(id), ());
            }
        }
        Ok(is_inside)
    }

    /// Whether the space lies inside.
    async fn space(&self, id: &str, is_direct: Option<bool>) -> Result<bool, CallError> {
        let scope = &self.scoped.scope;
        match scope.space(id, is_direct) {
            Verdict::Inside => return Ok(true),
            Verdict::Outside => return Ok(false),
            Verdict::Unknown => {}
        }
        let Some(fact) = self.fact(id, self.read_space(id, is_direct)).await? else {
            return Ok(false);
        };
        let is_direct = matches!(fact, Fact::Direct(_));
        match (scope.space(id, Some(is_direct)), fact) {
            (Verdict::Inside, _) => Ok(true),
            (Verdict::Unknown, Fact::Direct(other)) => {
                self.person(other.id.as_deref(), other.email.as_deref())
                    .await
            }
            _ => Ok(false),
        }
    }

    /// Whether the person lies inside.
    async fn person(&self, id: Option<&str>, email: Option<&str>) -> Result<bool, CallError> {
        let scope = &self.scoped.scope;
        match scope.person(id, email) {
            Verdict::Inside => return Ok(true),
            Verdict::Outside => return Ok(false),
            Verdict::Unknown => {}
        }
        let Some(who) = id.or(email) else {
            return Ok(false);
        };
        let Some(Fact::Person(person)) = self.fact(who, self.read_person(who)).await? else {
            return Ok(false);
        };
        let verdict = scope.person(person.id.as_deref(), person.email.as_deref());
        Ok(verdict == Verdict::Inside)
    }

    /// The same for an id or an address.
    async fn anybody(&self, who: &str) -> Result<bool, CallError> {
        match who.contains('@') {
            true => self.person(None, Some(who)).await,
            false => self.person(Some(who), None).await,
        }
    }

    async fn new_member(&self, who: &str) -> Result<(), CallError> {
        if !self.anybody(who).await? {
            return Err(self.outside());
        }
        if self.scoped.scope.outside_people {
            return Ok(());
        }
        let person = self.fact(who, self.read_person(who)).await?;
        let own = self.fact("me", self.read_me()).await?;
        let org = |fact| match fact {
            Some(Fact::Person(person)) => person.org_id.clone(),
            _ => None,
        };
        match (org(person), org(own)) {
            (Some(one), Some(own)) if one == own => Ok(()),
            _ => Err(self.refused(
                "Only people of your own organization may be added here.",
                "Tell the user; the operator of this server decides it.",
            )),
        }
    }

    async fn audience(&self, space: &str, most: u32) -> Result<(), CallError> {
        let query = ListMemberships {
            room_id: Some(space.to_owned()),
            max: Some(most.saturating_add(1)),
            ..ListMemberships::default()
        };
        let page = self.reader().await?.memberships().list(&query).await?;
        if page.next.is_none() && page.items.len() <= most as usize {
            return Ok(());
        }
        Err(self.refused(
            "The space has more members than this server may reach with a change.",
            "Tell the user; the operator of this server decides it.",
        ))
    }

    fn outside(&self) -> CallError {
        self.count();
        outside()
    }

    fn refused(&self, message: &'static str, advice: &'static str) -> CallError {
        self.told(Code::Forbidden, message, advice)
    }

    fn told(&self, code: Code, message: &'static str, advice: &'static str) -> CallError {
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
