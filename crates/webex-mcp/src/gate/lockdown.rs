//! Takes out of answers what people outside wrote, on a server in lockdown: here, where every answer
//! of Webex passes, so that no tool can forget it.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use webex::Repeat;
use webex::around::About;

use super::asked::Asked;
use super::authors::{Author, Origin, Writers, strip, writers_of};
use super::belonging::{Known, all_of};
use super::guard::Guard;
use super::mentions::{mentioned, without_names};
use crate::error::CallError;
use crate::scope::lockdown::{Authors, NAME, Withheld, withheld};
use crate::scope::reach::Row;

/// How much was withheld from a call, by what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withholding {
    /// What people outside wrote.
    pub outside: BTreeMap<&'static str, u64>,
    /// What was written by people of whom the call did not learn whether they belong.
    pub unknown: BTreeMap<&'static str, u64>,
    /// The call made all reads that it may; another one learns more.
    pub is_out_of_reads: bool,
}

impl Withholding {
    /// How much it is of one kind.
    pub fn of(&self, what: &str) -> u64 {
        let counts = [&self.outside, &self.unknown].into_iter();
        counts.filter_map(|counts| counts.get(what)).sum()
    }

    /// How much it is altogether.
    pub fn all(&self) -> u64 {
        self.outside.values().chain(self.unknown.values()).sum()
    }

    fn add(&mut self, what: &'static str, verdict: Option<bool>, count: u64) {
        let counts = match verdict {
            Some(_) => &mut self.outside,
            None => &mut self.unknown,
        };
        if count > 0 {
            *counts.entry(what).or_default() += count;
        }
    }
}

/// What is known of those who can have written the rows of one answer.
struct Judge<'g> {
    guard: &'g Guard,
    authors: &'g Authors,
    known: Known,
    origins: HashMap<Origin, Option<bool>>,
}

impl Guard {
    /// Takes out of the rows of an answer what people outside wrote, and counts it; says whether
    /// there was any. `is_list`: rows may go as a whole.
    pub(super) async fn lock_down(
        &self,
        row: Row,
        rows: &mut Vec<Value>,
        is_list: bool,
        about: &About<'_>,
    ) -> Result<bool, CallError> {
        let (Some(authors), Some(withheld)) = (&self.scoped.scope.authors, withheld(row)) else {
            return Ok(false);
        };
        let asked = Asked::of(about);
        let writers = rows.iter().map(|item| writers_of(row, item, &asked));
        let writers: Vec<Writers> = writers.collect();
        let mentions = rows.iter_mut().map(|item| match message_in(row, item) {
            Some(message) => mentioned(message),
            None => Vec::new(),
        });
        let mentions: Vec<Vec<Author>> = mentions.collect();
        let host = asked.host();
        let origins = self.origins(authors, &writers, host.as_deref()).await;
        let people = writers.iter().flat_map(|of_row| &of_row.people);
        let learned = self
            .learned(authors, people.chain(mentions.iter().flatten()))
            .await;
        let judge = Judge {
            guard: self,
            authors,
            known: match (learned, about.operation.repeat) {
                (Ok(known), _) => known,
                // It is done already: what cannot be read now counts as outside.
                (Err(_), Repeat::Write) => Known::default(),
                (Err(error), Repeat::Read) => return Err(error),
            },
            origins,
        };
        let mut told = Withholding::default();
        let all = std::mem::take(rows)
            .into_iter()
            .zip(&writers)
            .zip(&mentions);
        for ((mut item, writers), mentions) in all {
            let verdict = match is_callers(row, &item) {
                true => Some(true),
                false => judge.verdict(writers),
            };
            let is_shown = match verdict {
                Some(true) => {
                    judge.conceal(row, &mut item, writers, mentions, &mut told);
                    true
                }
                _ => keep_rest(&mut item, withheld, is_list, verdict, &mut told),
            };
            if is_shown {
                rows.push(item);
            }
        }
        Ok(self.count_withheld(&told))
    }

    fn count_withheld(&self, told: &Withholding) -> bool {
        let mut so_far = self.withheld.lock();
        for (verdict, counts) in [(Some(false), &told.outside), (None, &told.unknown)] {
            for (what, count) in counts {
                so_far.add(what, verdict, *count);
            }
        }
        told.all() > 0
    }
}

impl Judge<'_> {
    fn belongs(&self, who: &Author) -> Option<bool> {
        self.guard.verdict(self.authors, &self.known, who)
    }

    /// Whether all who can have written a row belong. Where nobody is named, nobody does.
    fn verdict(&self, writers: &Writers) -> Option<bool> {
        let Writers { people, origins } = writers;
        if people.is_empty() && origins.is_empty() {
            return Some(false);
        }
        let people = people.iter().map(|who| self.belongs(who));
        let origins = origins.iter().map(|of| self.origins.get(of).copied()?);
        all_of(people.chain(origins))
    }

    /// Takes the names of people outside out of the mentions in a message that is shown.
    fn conceal(
        &self,
        row: Row,
        item: &mut Value,
        writers: &Writers,
        mentions: &[Author],
        told: &mut Withholding,
    ) {
        let is_own = writers.people.iter().all(|who| self.known.is_own(who));
        if let Some(Value::Object(message)) = message_in(row, item) {
            let belongs = |who: &Author| self.belongs(who) == Some(true);
            let names = without_names(message, mentions, is_own, belongs);
            told.add(NAME, Some(false), names);
        }
    }
}

/// The message that a row is or tells of.
fn message_in(row: Row, item: &mut Value) -> Option<&mut Value> {
    match row {
        Row::Message => Some(item),
        Row::Event if item.get("resource")? == "messages" => item.get_mut("data"),
        _ => None,
    }
}

/// Webhooks of the organization are also made by others.
fn is_callers(row: Row, item: &Value) -> bool {
    row == Row::Webhook && item.get("ownedBy").and_then(Value::as_str) != Some("org")
}

/// Takes their words out of a row, and counts them; says whether the rest is shown.
fn keep_rest(
    item: &mut Value,
    withheld: Withheld,
    is_list: bool,
    verdict: Option<bool>,
    told: &mut Withholding,
) -> bool {
    let goes = is_list && withheld.is_whole;
    let count = goes || strip(item, withheld);
    told.add(withheld.what, verdict, u64::from(count));
    !goes
}
