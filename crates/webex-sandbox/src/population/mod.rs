//! A generated world of any size: a function of a seed and a row's ordinal, stored nowhere.
//!
//! Every row can be made by itself, with arithmetic and hashes. The tables above store the rows
//! that were changed.

mod messages;
mod people;
mod permutation;
mod plan;
mod words;

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::rows::moment::earlier;
use crate::table::{Ids, mix};
use plan::Plan;
use words::Words;

/// Far more than anybody needs; a single space with all messages still fits into memory.
const MAX_PEOPLE: u32 = 1_000_000;
const MAX_SPACES: u32 = 100_000;
const MAX_MESSAGES: u32 = 10_000_000;

/// All messages were posted within four months.
const HISTORY_DAYS: i64 = 120;

/// The last message is a few minutes old.
const SILENCE_MINUTES: i64 = 10;

/// All people and things are older than the messages.
const FOUNDED_DAYS: i64 = 400;

const TOKEN_PREFIX: &str = "sandbox-person-";

/// The size of a generated world, besides the demo company, which is always there.
///
/// Each person is in about four spaces. A thousandth of the spaces, but at least one, is for large
/// parts of the company and has two fifths of all messages.
///
/// ```
/// use webex_sandbox::Population;
///
/// let population: Population = "1000,50,20000".parse()?;
/// assert_eq!((population.people(), population.spaces()), (1_000, 50));
/// assert_eq!("large".parse(), Ok(Population::large()));
/// assert!("10,11,0".parse::<Population>().is_err());
/// # Ok::<(), webex_sandbox::InvalidPopulation>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Figures")]
pub struct Population {
    people: u32,
    spaces: u32,
    messages: u32,
}

/// A population as it is written in a file, not checked yet.
#[derive(Debug, Deserialize)]
struct Figures {
    people: u32,
    spaces: u32,
    messages: u32,
}

/// Why a world cannot have this size, in a sentence for the person who asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct InvalidPopulation(&'static str);

impl Population {
    /// # Errors
    /// No people, more than 1,000,000 people, no space, more than 100,000 spaces or more spaces
    /// than people, or more than 10,000,000 messages.
    pub fn new(people: u32, spaces: u32, messages: u32) -> Result<Self, InvalidPopulation> {
        let sentence = if !(1..=MAX_PEOPLE).contains(&people) {
            "A generated world has from 1 to 1000000 people."
        } else if !(1..=MAX_SPACES.min(people)).contains(&spaces) {
            "A generated world has from 1 to 100000 spaces, and no more than people."
        } else if messages > MAX_MESSAGES {
            "A generated world has at most 10000000 messages."
        } else {
            return Ok(Population {
                people,
                spaces,
                messages,
            });
        };
        Err(InvalidPopulation(sentence))
    }

    /// 100,000 people, 10,000 spaces and 5,000,000 messages, of which ten spaces have 200,000 each.
    pub const fn large() -> Self {
        Population {
            people: 100_000,
            spaces: 10_000,
            messages: 5_000_000,
        }
    }

    /// The token of a generated person; people are numbered from 0.
    pub fn token(person: u32) -> String {
        format!("{TOKEN_PREFIX}{person:06}")
    }

    /// The number of people.
    pub fn people(self) -> u32 {
        self.people
    }

    /// The number of spaces.
    pub fn spaces(self) -> u32 {
        self.spaces
    }

    /// The number of messages in all spaces together.
    pub fn messages(self) -> u32 {
        self.messages
    }
}

/// `large`, or the numbers of people, spaces and messages, separated by commas.
impl FromStr for Population {
    type Err = InvalidPopulation;

    fn from_str(text: &str) -> Result<Self, InvalidPopulation> {
        if text == "large" {
            return Ok(Population::large());
        }
        let figures: Result<Vec<u32>, _> = text.split(',').map(str::parse).collect();
        match figures.as_deref() {
            Ok([people, spaces, messages]) => Population::new(*people, *spaces, *messages),
            _ => Err(InvalidPopulation(
                "Write PEOPLE,SPACES,MESSAGES, such as 1000,50,20000, or large.",
            )),
        }
    }
}

impl TryFrom<Figures> for Population {
    type Error = InvalidPopulation;

    fn try_from(figures: Figures) -> Result<Self, InvalidPopulation> {
        Population::new(figures.people, figures.spaces, figures.messages)
    }
}

#[derive(Debug)]
pub(crate) struct Generator {
    population: Population,
    key: u64,
    pub(crate) ids: Ids,
    plan: Plan,
    words: Words,
    /// All history is before this moment.
    until: Timestamp,
}

/// What a hash decides; each decision is independent of the others.
#[derive(Debug, Clone, Copy)]
enum Choice {
    FirstName = 1,
    LastName,
    Job,
    LastSeen,
    SpaceTitle,
    SpaceTopic,
    Author,
    IsReply,
    HasMention,
    Mention,
    Words,
}

impl Generator {
    /// The world of a namespace, which is a hash of the seed. Its history ends shortly before
    /// `now`.
    pub(crate) fn new(namespace: Uuid, population: Population, now: Timestamp) -> Self {
        let (high, low) = namespace.as_u64_pair();
        let key = mix(high ^ low);
        let silence = SignedDuration::from_mins(SILENCE_MINUTES);
        Generator {
            population,
            key,
            ids: Ids::new(mix(key)),
            plan: Plan::new(population, mix(key ^ 1)),
            words: Words::read(),
            until: earlier(now, silence),
        }
    }

    pub(crate) fn people(&self) -> u32 {
        self.population.people
    }

    pub(crate) fn spaces(&self) -> u32 {
        self.population.spaces
    }

    pub(crate) fn messages(&self) -> u32 {
        self.population.messages
    }

    pub(crate) fn memberships(&self) -> u32 {
        self.plan.memberships()
    }

    fn hash(&self, choice: Choice, ordinal: u32) -> u64 {
        mix(self.key ^ mix((choice as u64) << 32 | u64::from(ordinal)))
    }

    /// A number below `bound` that depends only on the seed, the choice and the ordinal.
    fn below(&self, bound: u32, choice: Choice, ordinal: u32) -> u32 {
        let number = self.hash(choice, ordinal) % u64::from(bound.max(1));
        u32::try_from(number).unwrap_or(0)
    }

    fn pick<T: Copy>(&self, list: &[T], choice: Choice, ordinal: u32) -> Option<T> {
        let bound = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list.get(self.below(bound, choice, ordinal) as usize)
            .copied()
    }

    fn before(&self, days: i64) -> Timestamp {
        earlier(self.until, SignedDuration::from_hours(days * 24))
    }
}
