//! What a call about schedules asks for, and what is kept of a message until its times.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use webex::messages::{CreateMessage, Destination};

use super::Arguments;
use super::recurrence::Rule;
use super::render::{Schedule, Schedules};
use crate::error::CallError;
use crate::limits::SCHEDULE_AHEAD_DAYS;
use crate::tool::{Context, Keeping, Part, Question, Rows, Wish};
use crate::tools::meetings::times;
use crate::tools::messages::writing::{Mentions, Words};
use crate::tools::messages::{Sent, check_open};

/// What a call asks for.
pub enum Asked {
    List(Part),
    Look(String),
    Cancel(String),
    Keep(Box<(Message, When)>),
}

/// What is sent each time, and where it goes.
pub struct Message {
    pub destination: Destination,
    pub(super) words: Words,
    pub(super) parent_id: Option<String>,
}

/// A message with its times, before it is kept.
struct Planned {
    wish: Wish,
    /// Where its time zone comes from.
    whose: &'static str,
    destination: Destination,
    mentions: Mentions,
}

/// The times, as they were given.
pub struct When {
    at: String,
    timezone: Option<String>,
    rule: Option<Rule>,
}

/// Where a list goes on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    skip: usize,
}

/// # Errors
/// `invalid_arguments` for what is missing, wrong by itself, or does not go together.
pub fn asked(arguments: Arguments) -> Result<Asked, CallError> {
    let is_list = arguments.list == Some(true);
    let is_cancel = arguments.cancel == Some(true);
    let has_part = arguments.part != Part::default();
    let wrong = |field: &str, right: &str| Err(CallError::invalid(field, right));
    match (arguments.schedule_id.clone(), is_list) {
        (None, false) if is_cancel => wrong("cancel", "it needs the scheduleId of what is to end"),
        (None, false) if has_part => {
            let field = if arguments.part.cursor.is_some() {
                "cursor"
            } else {
                "max"
            };
            wrong(field, "max and cursor go with list: true")
        }
        (None, false) => Ok(Asked::Keep(Box::new(wished(arguments)?))),
        (_, true) if is_cancel || !arguments.is_about_kept() || arguments.schedule_id.is_some() => {
            wrong(
                "list",
                "it lists what is scheduled; leave out everything but max and cursor",
            )
        }
        (_, true) => Ok(Asked::List(arguments.part)),
        (Some(_), false) if has_part || !arguments.is_about_kept() => {
            let alone = "it names one that is scheduled; leave out everything but cancel, or leave it out to schedule a message";
            wrong("scheduleId", alone)
        }
        (Some(id), false) if is_cancel => Ok(Asked::Cancel(id)),
        (Some(id), false) => Ok(Asked::Look(id)),
    }
}

impl Arguments {
    /// Whether it says nothing of a message or its times.
    fn is_about_kept(&self) -> bool {
        self.to.is_nobody()
            && self.text.is_none()
            && self.markdown.is_none()
            && self.parent_id.is_none()
            && self.at.is_none()
            && self.timezone.is_none()
            && self.recurrence.is_none()
    }
}

fn wished(arguments: Arguments) -> Result<(Message, When), CallError> {
    let (at, timezone) = (arguments.at.clone(), arguments.timezone.clone());
    let rule = arguments
        .recurrence
        .as_deref()
        .map(Rule::read)
        .transpose()?;
    let message = Message::new(arguments)?;
    let missing = "it is missing; give the time, such as 2026-01-05T09:00";
    let at = at.ok_or_else(|| CallError::invalid("at", missing))?;
    // What is wrong in every zone is told before anything is read.
    let is_local = times::is_local(&at);
    times::moment("at", &at, is_local.then_some(&TimeZone::UTC))?;
    if let Some(name) = &timezone {
        times::zone(name)?;
    }
    let when = When { at, timezone, rule };
    Ok((message, when))
}

impl Message {
    fn new(arguments: Arguments) -> Result<Self, CallError> {
        let words = Words::new(arguments.text, arguments.markdown)?;
        if words.text.is_none() && words.markdown.is_none() {
            let missing = "the message is missing; give text or markdown";
            return Err(CallError::invalid("text", missing));
        }
        Ok(Message {
            destination: arguments.to.destination()?,
            words,
            parent_id: arguments.parent_id,
        })
    }

    /// The arguments of the call that sends it.
    fn arguments(&self) -> Map<String, Value> {
        let (to, id) = match &self.destination {
            Destination::Room(id) => ("roomId", id),
            Destination::Person(id) => ("toPersonId", id),
            Destination::Email(address) => ("toPersonEmail", address),
        };
        let given = [
            (to, Some(id)),
            ("text", self.words.text.as_ref()),
            ("markdown", self.words.markdown.as_ref()),
            ("parentId", self.parent_id.as_ref()),
        ];
        let given = given.into_iter();
        given
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?.as_str()))))
            .collect()
    }
}

impl When {
    /// The zone, and where it comes from if the caller did not name it.
    async fn zone(&self, context: &Context) -> Result<(TimeZone, &'static str), CallError> {
        if let Some(name) = &self.timezone {
            return Ok((times::zone(name)?, ""));
        }
        let me = context.courtesy(context.webex.people().me()).await?;
        let own = me.and_then(|me| TimeZone::get(me.timezone?.trim()).ok());
        Ok(match own {
            Some(zone) => (zone, "The time zone is that of your Webex profile."),
            None => (
                TimeZone::UTC,
                "The times are in UTC, because your Webex profile has no time zone that is known; give timezone for another one.",
            ),
        })
    }

    /// All times, the first being `at`.
    fn times(&self, zone: &TimeZone, now: Timestamp) -> Result<Vec<Timestamp>, CallError> {
        let is_there = times::is_local(&self.at) || self.timezone.is_some();
        let first = times::moment("at", &self.at, is_there.then_some(zone))?;
        let first = Timestamp::from_second(first.as_second()).unwrap_or(first);
        let told = |time| times::told(time, zone);
        if first <= now {
            let past = format!("it lies in the past: it is {} now", told(now));
            return Err(CallError::invalid("at", past));
        }
        let last = now
            .to_zoned(zone.clone())
            .checked_add(SCHEDULE_AHEAD_DAYS.days());
        let last = last.map_err(CallError::internal)?.timestamp();
        if first > last {
            let far = format!(
                "it is too far ahead; the last possible time is {}",
                told(last)
            );
            return Err(CallError::invalid("at", far));
        }
        match &self.rule {
            None => Ok(vec![first]),
            Some(rule) => rule.times(&first.to_zoned(zone.clone()), last),
        }
    }
}

/// Whether a call only looks at what is kept.
pub fn only_looks(arguments: &Map<String, Value>) -> bool {
    let is = |name: &str| arguments.get(name) == Some(&Value::Bool(true));
    (is("list") || arguments.contains_key("scheduleId")) && !is("cancel")
}

/// What is asked before a message is scheduled, or cancelled.
///
/// # Errors
/// What is wrong with the call.
pub async fn question(
    context: &Context,
    arguments: Arguments,
) -> Result<Option<Question>, CallError> {
    match asked(arguments)? {
        Asked::Keep(planned) => {
            let wish = planned_for(context, *planned).await?.wish;
            let question = Schedule::named(Question::new("Send "), &wish);
            Ok(Some(Schedule::timed(question, &wish).and("?")))
        }
        Asked::Cancel(id) => {
            let found = context.schedules()?.look(&id).await?;
            let question = Question::new("Cancel the scheduled message ");
            Ok(Some(Schedule::named(question, &found.wish).and("?")))
        }
        Asked::List(_) | Asked::Look(_) => Ok(None),
    }
}

/// What is to be kept, once nothing that can be read speaks against it.
async fn planned_for(
    context: &Context,
    (mut message, when): (Message, When),
) -> Result<Planned, CallError> {
    let schedules = context.schedules()?;
    schedules.check()?;
    let (zone, whose) = when.zone(context).await?;
    let times = when.times(&zone, schedules.now())?;
    message.check_reach(context).await?;
    message.check_thread(context).await?;
    let wish = Wish {
        title: message.title(context).await?,
        arguments: message.arguments(),
        times,
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        rule: when.rule.map(Rule::into_text),
    };
    // Names in mentions are looked up again when it is sent: what is kept is as it was given.
    let written = message.words.written(context, room(&message.destination));
    Ok(Planned {
        mentions: written.await?.mentions,
        wish,
        whose,
        destination: message.destination,
    })
}

fn room(destination: &Destination) -> Option<&str> {
    match destination {
        Destination::Room(id) => Some(id),
        Destination::Person(_) | Destination::Email(_) => None,
    }
}

/// Keeps a message until its times.
///
/// # Errors
/// `invalid_arguments` for times that cannot be; what Webex would refuse, as it does; else as of
/// [`crate::tool::Schedules::keep`].
pub async fn kept(context: &Context, planned: (Message, When)) -> Result<Schedules, CallError> {
    let Planned {
        wish,
        whose,
        destination,
        mentions,
    } = planned_for(context, planned).await?;
    let message = CreateMessage::to(destination);
    check_open(context, &message).await?;
    let mentioned = mentions.foretold(context, room(&message.destination)).await;
    let Keeping {
        scheduled,
        is_known,
        is_fleeting,
    } = context.schedules()?.keep(wish).await?;
    let known = "The same was scheduled before; nothing was added.";
    let fleeting = "This server keeps it only until it is stopped.";
    let notes = [
        (is_known, known),
        (is_fleeting, fleeting),
        (!whose.is_empty(), whose),
        (mentioned.note.is_some(), mentioned.note.unwrap_or_default()),
    ];
    let notes: Vec<_> = notes
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, note)| *note)
        .collect();
    let note = (!notes.is_empty()).then(|| notes.join(" "));
    Ok(Schedules::one(scheduled).with_note(note, mentioned.mentions_nobody))
}

/// The caller's schedules, a part at a time.
///
/// # Errors
/// `unavailable` where they cannot be read.
pub async fn listed(context: &Context, part: &Part) -> Result<Schedules, CallError> {
    let Place { skip } = context
        .position(part.cursor.as_deref())?
        .unwrap_or_default();
    let all = context.schedules()?.all().await?;
    let count = all.len();
    let mut rows = Rows::new(part.entries());
    for scheduled in all.into_iter().skip(skip) {
        if rows.is_full() {
            break;
        }
        rows.push(Schedule::listed(scheduled));
    }
    let next = skip + rows.rows.len();
    let next = (next < count).then_some(Place { skip: next });
    let page = context.page(rows.rows.len(), next.as_ref())?;
    Ok(Schedules::page(rows.rows, page))
}

/// Sends the message, because its time has come.
///
/// # Errors
/// Whatever Webex refuses.
pub async fn sent(context: &Context, arguments: Arguments) -> Result<Schedules, CallError> {
    let Message {
        destination,
        words,
        parent_id,
    } = Message::new(arguments)?;
    let message = CreateMessage {
        parent_id,
        ..CreateMessage::to(destination)
    };
    let sent = Sent::post(context, words, message, None).await?;
    Ok(Schedules::made(sent.id))
}
