//! Inactive spaces on their way into files: planned, compared with the world, exported and only then
//! closed, one by one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use webex::memberships::ListMemberships;

use super::Arguments;
use super::inactive::{Closing, Inactive, Rule, Space, Then};
use super::render::{Archived, Fate};
use crate::error::{CallError, Code};
use crate::limits::ARCHIVE_KEPT_SECONDS;
use crate::tool::plan::{self, Plan};
use crate::tool::{Became, Container, Context, Item, Question, Reasons, Through, counted};
use crate::tools::workflows::export::space_file::{Exported, Wanted, export};
use crate::tools::workflows::formats::Format;
use crate::tools::workflows::sync::membership_lists::me;

/// What is to be archived, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archiving {
    rule: Rule,
    with_files: bool,
    pub found: Inactive,
    #[serde(default)]
    reasons: Reasons,
}

/// What became of one space.
#[derive(Debug)]
pub struct Outcome {
    pub exported: Exported,
    pub closed: Became<()>,
}

impl Arguments {
    /// The plan to apply.
    ///
    /// # Errors
    /// `invalid_arguments` where others stand beside its id.
    pub fn plan(&self) -> Result<Option<&str>, CallError> {
        plan::named(&self.plan_id, self, |plan_id| Arguments {
            plan_id,
            ..Arguments::default()
        })
    }

    fn before(&self, now: Timestamp) -> Result<Timestamp, CallError> {
        match (self.inactive_since, self.inactive_days) {
            (Some(since), None) if since < now => Ok(since),
            (Some(_), None) => Err(CallError::invalid(
                "inactiveSince",
                "it has to lie in the past",
            )),
            (None, Some(days)) => Ok(now - SignedDuration::from_hours(24 * i64::from(days))),
            (Some(_), Some(_)) => Err(CallError::invalid(
                "inactiveDays",
                "give inactiveSince or inactiveDays, not both",
            )),
            (None, None) => Err(CallError::invalid(
                "inactiveDays",
                "it is missing: for how many days nothing may have happened in a space",
            )),
        }
    }
}

impl Archiving {
    /// # Errors
    /// `invalid_arguments` for what is missing or wrong; else whatever Webex refuses.
    pub async fn new(context: &Context, arguments: Arguments) -> Result<Self, CallError> {
        let then = match arguments.then.as_deref() {
            Some("delete") => Then::Delete,
            Some(_) => Then::Leave,
            None => {
                let missing = "it is missing: leave or delete the spaces once they are exported";
                return Err(CallError::invalid("then", missing));
            }
        };
        let rule = Rule {
            before: arguments.before(Timestamp::now())?,
            title: arguments.title,
            is_moderator: arguments.is_moderator == Some(true),
            then,
        };
        let found = rule.find(context).await?;
        Ok(Archiving {
            reasons: reasons(context, &found).await?,
            found,
            rule,
            with_files: arguments.with_files != Some(false),
        })
    }

    fn wanted(&self, space: &Space) -> Wanted {
        Wanted {
            room_id: space.room_id.clone(),
            format: Format::named(None),
            since: None,
            until: None,
            with_files: self.with_files,
            kept_seconds: ARCHIVE_KEPT_SECONDS,
        }
    }

    /// Exports the space, and closes it once its file is complete.
    async fn archive(
        &self,
        context: &Context,
        space: &Space,
    ) -> Result<Became<Outcome>, CallError> {
        let wanted = self.wanted(space);
        // How far all spaces are is told, and not how far one of them is.
        let told = |_, _| ();
        let write = || async {
            let exported = export(context, &wanted, &told).await;
            exported.map_err(waited_enough)
        };
        // Half of a file is no file: it is made anew.
        let found = || async { Ok(None) };
        let item = format!("export {}", space.room_id);
        let exported: Exported = match context.once(&item, found, write).await? {
            Became::Done(exported) => exported,
            Became::Refused {
                code,
                message,
                webex_message,
            } => {
                return Ok(Became::Refused {
                    code,
                    message,
                    webex_message,
                });
            }
            Became::Unknown => return Ok(Became::Unknown),
        };
        if let Some(why) = self.lacks(&exported) {
            let closed = Became::Refused {
                code: Code::Conflict.name().to_owned(),
                message: why.to_owned(),
                webex_message: None,
            };
            return Ok(Became::Done(Outcome { exported, closed }));
        }
        let (found, close) = (|| space.found(context), || space.close(context, &exported));
        let item = format!("close {}", space.room_id);
        let closed = context.once(&item, found, close).await?;
        Ok(Became::Done(Outcome { exported, closed }))
    }

    /// What is not in the file although it would be lost.
    fn lacks(&self, exported: &Exported) -> Option<&'static str> {
        if !exported.is_complete {
            return Some(
                "Its messages are too many for one file, so it was kept. Export it by periods with webex-export-space.",
            );
        }
        if exported.messages_withheld > 0 {
            return Some(
                "What people outside wrote is not in its file, so it was kept. Tell the user; a Webex app shows it.",
            );
        }
        if exported.unreadable > 0 {
            return Some(
                "Webex could not decrypt all of its messages, so it was kept. Tell the user, who can look in a Webex app.",
            );
        }
        let are_missing = self.with_files && exported.files_linked > 0;
        are_missing.then_some(
            "Not all of its files could be kept, so it was kept; withFiles: false does without them.",
        )
    }
}

/// Why a person has to agree to closing these spaces, besides.
async fn reasons(context: &Context, found: &Inactive) -> Result<Reasons, CallError> {
    let spaces = found.spaces.iter();
    let spaces = spaces.map(|space| Container::Space(space.room_id.clone()));
    context.foresee_each(spaces.collect()).await
}

/// An export has waited for Webex already; as an item it would be made anew.
fn waited_enough(mut error: CallError) -> CallError {
    if error.code == Code::RateLimited {
        error.code = Code::Unavailable;
    }
    error
}

impl Item for Space {
    type Made = Outcome;

    fn name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.room_id)
    }

    /// What is not known is whether it was closed: its file is there or not.
    fn is_unknown(became: &Became<Outcome>) -> bool {
        match became {
            Became::Done(outcome) => outcome.closed == Became::Unknown,
            became => matches!(became, Became::Unknown),
        }
    }
}

impl Space {
    /// # Errors
    /// `conflict` where something has happened since it was planned, or its file is gone; else
    /// whatever Webex refuses.
    async fn close(&self, context: &Context, exported: &Exported) -> Result<(), CallError> {
        let id = &exported.artifact.artifact_id;
        if context.opened_artifact(id).await.is_err() {
            return Err(kept("Its file is gone, so it was kept."));
        }
        let room = context.webex.rooms().get(&self.room_id).await?;
        if room.last_activity != Some(self.last_activity) {
            return Err(kept(
                "Something has happened in it meanwhile, so it was kept.",
            ));
        }
        match self.closing {
            Closing::Leave => {
                let memberships = context.webex.memberships();
                memberships.delete(&self.membership_id).await?;
            }
            Closing::Delete | Closing::Archive => {
                context.webex.rooms().delete(&self.room_id).await?;
            }
        }
        Ok(())
    }

    /// Whether an earlier run of this work had closed it.
    async fn found(&self, context: &Context) -> Result<Option<()>, CallError> {
        let query = ListMemberships {
            room_id: Some(self.room_id.clone()),
            person_id: Some(me(context).await?),
            ..ListMemberships::default()
        };
        match context.webex.memberships().list(&query).await {
            Ok(mine) => Ok(mine.items.is_empty().then_some(())),
            Err(error) if error.status() == Some(404) => Ok(Some(())),
            Err(error) => Err(error.into()),
        }
    }
}

fn kept(why: &'static str) -> CallError {
    CallError::new(
        Code::Conflict,
        why,
        "Call again without planId for a new plan.",
    )
}

impl Plan for Archiving {
    type Outcome = Archived;

    fn question(&self) -> Question {
        let count = |closing| {
            let spaces = self.found.spaces.iter();
            spaces.filter(|space| space.closing == closing).count()
        };
        let mut question = Question::new("Export ").and(&counted(self.found.spaces.len(), "space"));
        for (closing, words) in [
            (
                Closing::Delete,
                ", then delete with all messages and files: ",
            ),
            (Closing::Archive, ", then archive, as spaces of teams: "),
            (Closing::Leave, ", then leave: "),
        ] {
            if count(closing) > 0 {
                question = question.and(words).and(&count(closing).to_string());
            }
        }
        question = question.and("?");
        let spaces = self.found.spaces.iter();
        let mut titles = spaces.filter_map(|space| space.title.as_deref()).peekable();
        if titles.peek().is_some() {
            let named = question.and(" They are ").first_of(titles, Question::quote);
            question = named.and(".");
        }
        match count(Closing::Delete) > 0 {
            true => question.and(" This cannot be undone."),
            false => question,
        }
    }

    fn reasons(&self) -> &Reasons {
        &self.reasons
    }

    async fn again(&self, context: &Context) -> Result<Self, CallError> {
        let found = self.rule.find(context).await?;
        Ok(Archiving {
            reasons: reasons(context, &found).await?,
            found,
            ..self.clone()
        })
    }

    /// A plan of no spaces needs no agreement.
    async fn shown(self, context: &Context, before: Option<Self>) -> Result<Archived, CallError> {
        let plan_id = match self.found.spaces.is_empty() {
            true => None,
            false => Some(context.keep_plan(&self).await?),
        };
        let has_changed = before.is_some();
        let mut spared = Vec::new();
        for space in before.into_iter().flat_map(|plan| plan.found.spaces) {
            if !self.found.has(&space) {
                let (space, why) = self.rule.spared(context, space).await?;
                spared.push(Fate::spared(space, why));
            }
        }
        Ok(Archived::planned(self.found, plan_id, has_changed).sparing(spared))
    }

    async fn applied(self, context: &Context) -> Result<Archived, CallError> {
        let through = context.each(&self.found.spaces, async |space: &Space| {
            self.archive(context, space).await
        });
        let Through {
            outcomes,
            ended_because,
        } = through.await?;
        let spaces = self.found.spaces.into_iter().zip(outcomes);
        let fates = spaces.map(|(space, became)| Fate::of(space, became));
        Ok(Archived::done(
            fates.collect(),
            self.found.more,
            ended_because,
        ))
    }
}
