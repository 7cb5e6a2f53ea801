//! What is answered about scheduled messages.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::limits::{LISTED_TEXT_MAX_BYTES, SCHEDULE_NEXT_TOLD};
use crate::tool::{
    Fate, Lines, PageInfo, Past, Question, Render, Row, Scheduled, ShortId, State, Theirs, Wish,
    counted, lengths, render_rows,
};
use crate::tools::meetings::times;
use crate::tools::messages::writing::notify_nobody;

/// Scheduled messages.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedules {
    schedules: Vec<Schedule>,
    /// Of a message that is scheduled now: mentions that would notify nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mentions_nobody: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    page: PageInfo,
    /// In the answer of a call whose time has come, which only the server reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    made_id: Option<ShortId>,
}

/// One scheduled message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    schedule_id: String,
    status: Status,
    /// What the space or person is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_person_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_person_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Theirs>,
    /// The next times that are left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    next: Vec<String>,
    /// Times that are left.
    left: usize,
    /// The last one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<String>,
    timezone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<String>,
    sent: u32,
    not_sent: u32,
    /// What became of the last times, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recent: Vec<Outcome>,
    /// The next times as a person says them.
    #[serde(skip)]
    #[schemars(skip)]
    words: Vec<String>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    Scheduled,
    Sending,
    Ended,
    Cancelled,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    due: String,
    became: Became,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<ShortId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Became {
    Sent,
    Refused,
    Unknown,
    Missed,
}

impl Schedules {
    pub fn one(scheduled: Scheduled) -> Self {
        Schedules::page(vec![Schedule::whole(scheduled)], PageInfo::whole(1))
    }

    pub fn page(schedules: Vec<Schedule>, page: PageInfo) -> Self {
        Schedules {
            schedules,
            mentions_nobody: Vec::new(),
            note: None,
            page,
            made_id: None,
        }
    }

    pub fn with_note(self, note: Option<String>, mentions_nobody: Vec<String>) -> Self {
        Schedules {
            note,
            mentions_nobody,
            ..self
        }
    }

    /// Of a call whose time has come.
    pub fn made(id: ShortId) -> Self {
        Schedules {
            made_id: Some(id),
            ..Schedules::page(Vec::new(), PageInfo::whole(0))
        }
    }
}

impl Schedule {
    /// One by itself.
    pub fn whole(scheduled: Scheduled) -> Self {
        Schedule::of(scheduled, SCHEDULE_NEXT_TOLD, usize::MAX)
    }

    /// One among others: a long text is shortened, and only the next time and the last outcome told.
    pub fn listed(scheduled: Scheduled) -> Self {
        let mut listed = Schedule::of(scheduled, 1, 1);
        let text = listed.text.take();
        let whole = "look at it by its scheduleId for all of it";
        listed.text = text.map(|text| text.shortened(LISTED_TEXT_MAX_BYTES, whole));
        listed
    }

    /// The message and where it goes, for a question.
    pub fn named(question: Question, wish: &Wish) -> Question {
        let given = |name: &str| wish.arguments.get(name).and_then(Value::as_str);
        let text = given("markdown").or_else(|| given("text"));
        let question = question.quote(text.unwrap_or_default()).and(" to ");
        let id = ["toPersonEmail", "roomId", "toPersonId"]
            .into_iter()
            .find_map(given);
        match &wish.title {
            Some(title) => question.quote(title.as_str()),
            None => question.and(id.unwrap_or_default()),
        }
    }

    /// Its times, for a question.
    pub fn timed(question: Question, wish: &Wish) -> Question {
        let zone = TimeZone::get(&wish.zone).unwrap_or(TimeZone::UTC);
        let (Some(first), Some(last)) = (wish.times.first(), wish.times.last()) else {
            return question;
        };
        let question = question.and(" on ").and(&in_words(*first, &zone));
        let question = question.and(" (").and(&wish.zone).and(")");
        match wish.times.len() {
            1 => question,
            count => question
                .and(", and then until ")
                .and(&in_words(*last, &zone))
                .and(", in all ")
                .and(&counted(count, "time")),
        }
    }

    fn of(scheduled: Scheduled, next: usize, recent: usize) -> Self {
        let Scheduled { wish, .. } = scheduled;
        let zone = TimeZone::get(&wish.zone).unwrap_or(TimeZone::UTC);
        let given = |name: &str| Some(wish.arguments.get(name)?.as_str()?.to_owned());
        let told = |time: &Timestamp| times::told(*time, &zone);
        let in_words = |time: &Timestamp| in_words(*time, &zone);
        let is_repeated = wish.times.len() > 1;
        let recent = scheduled.recent.into_iter().rev().take(recent);
        Schedule {
            schedule_id: scheduled.id,
            status: Status::from(scheduled.state),
            to: wish.title.map(Theirs::from),
            room_id: given("roomId").map(ShortId::from),
            to_person_id: given("toPersonId").map(ShortId::from),
            to_person_email: given("toPersonEmail"),
            parent_id: given("parentId").map(ShortId::from),
            text: given("markdown")
                .or_else(|| given("text"))
                .map(Theirs::from),
            next: wish.times.iter().take(next).map(told).collect(),
            words: wish.times.iter().take(next).map(in_words).collect(),
            left: wish.times.len(),
            ends: wish.times.last().filter(|_| is_repeated).map(told),
            recurrence: wish.rule,
            sent: scheduled.sent,
            not_sent: scheduled.not_sent,
            recent: recent.map(|past| Outcome::of(past, &zone)).collect(),
            timezone: wish.zone,
        }
    }
}

/// As a person says it.
fn in_words(time: Timestamp, zone: &TimeZone) -> String {
    let there = time.to_zoned(zone.clone());
    there.strftime("%a %-d %b %Y, %H:%M").to_string()
}

impl From<State> for Status {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Status::Scheduled,
            State::Running => Status::Sending,
            State::Ended => Status::Ended,
            State::Cancelled => Status::Cancelled,
        }
    }
}

impl Outcome {
    fn of(past: Past, zone: &TimeZone) -> Self {
        let (became, message_id, why) = match past.fate {
            Fate::Done(id) => (Became::Sent, id, None),
            Fate::Refused(why) => (Became::Refused, None, Some(why)),
            Fate::Missed(why) => (Became::Missed, None, Some(why)),
            Fate::Unknown => (Became::Unknown, None, None),
        };
        Outcome {
            due: times::told(past.due, zone),
            became,
            message_id: message_id.map(ShortId::from),
            why,
        }
    }
}

impl Row for Schedule {
    fn bytes(&self) -> usize {
        let plain = [
            Some(self.schedule_id.as_str()),
            self.room_id.as_deref(),
            self.to_person_id.as_deref(),
            self.to_person_email.as_deref(),
            self.recurrence.as_deref(),
            self.ends.as_deref(),
        ];
        let theirs = [&self.to, &self.text].into_iter().flatten();
        let theirs: usize = theirs.map(Theirs::shown_bytes).sum();
        let recent = self.recent.iter().filter_map(|past| past.why.as_ref());
        lengths(plain) + theirs + recent.map(String::len).sum::<usize>()
    }
}

impl Render for Schedules {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.schedules, "Nothing is scheduled.");
        if !self.mentions_nobody.is_empty() {
            out.line(&[&notify_nobody(&self.mentions_nobody)]);
        }
        if let Some(note) = &self.note {
            out.line(&[note]);
        }
        self.page.render(out);
    }
}

impl Render for Schedule {
    fn render(&self, out: &mut Lines) {
        let when = self.words.join("; ");
        let left = counted(self.left, "time");
        match (self.status, &self.ends) {
            (Status::Scheduled, None) => out.line(&["Goes out ", &when, " (", &self.timezone, ")"]),
            (Status::Scheduled, Some(ends)) => out.line(&[
                "Goes out ",
                &when,
                " (",
                &self.timezone,
                "), ",
                &left,
                " left, the last at ",
                ends,
            ]),
            (Status::Sending, _) => out.line(&["Being sent now"]),
            (Status::Ended, _) => out.line(&["Ended"]),
            (Status::Cancelled, _) => out.line(&["Cancelled; nothing more is sent"]),
        }
        match (&self.to, &self.to_person_email) {
            (Some(to), _) => {
                out.add(&[", to:"]);
                out.theirs(to);
            }
            (None, Some(address)) => out.add(&[", to ", address, "."]),
            (None, None) => out.add(&["."]),
        }
        if let Some(text) = &self.text {
            out.line(&["Text:"]);
            out.theirs(text);
        }
        out.fact("recurrence", self.recurrence.as_ref());
        if self.sent + self.not_sent > 0 {
            let (sent, not_sent) = (self.sent.to_string(), self.not_sent.to_string());
            out.line(&[
                "Sent: ",
                &sent,
                "; not sent, or not known: ",
                &not_sent,
                ".",
            ]);
        }
        for past in &self.recent {
            past.render(out);
        }
        out.fact("roomId", self.room_id.as_ref());
        out.fact("toPersonId", self.to_person_id.as_ref());
        out.fact("parentId", self.parent_id.as_ref());
        out.line(&["scheduleId: ", &self.schedule_id]);
    }
}

impl Render for Outcome {
    fn render(&self, out: &mut Lines) {
        let became = match self.became {
            Became::Sent => "sent",
            Became::Refused => "refused",
            Became::Unknown => "not known whether it was sent; look before you send it again",
            Became::Missed => "not sent",
        };
        out.line(&[&self.due, ": ", became]);
        if let Some(id) = &self.message_id {
            out.add(&[", messageId ", id]);
        }
        if let Some(why) = &self.why {
            out.add(&[". ", why]);
        }
    }
}
