//! Faults on demand: what the next answers do wrong, and a record of the requests.

use std::collections::VecDeque;
use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Orders that may wait at once; a test needs a few.
pub(crate) const MAX_ORDERS: usize = 1_000;

/// Requests that are remembered: the newest, enough for any test that counts.
pub(crate) const MAX_CALLS: usize = 10_000;

/// Characters of one sequence: far more than a rhythm needs.
const MAX_SEQUENCE_MARKS: usize = 1_000;

/// What goes wrong with one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Fault {
    /// This status instead of an answer; the request has no effect.
    Status {
        /// The HTTP status.
        code: u16,
        /// The `Retry-After` header, in seconds.
        retry_after_secs: Option<u64>,
        /// An HTML page instead of Webex's JSON.
        #[serde(default)]
        html: bool,
    },
    /// The real answer, after this many milliseconds.
    Slow {
        /// The delay in milliseconds.
        delay_ms: u64,
    },
    /// No answer, for ten minutes.
    Hang,
    /// The request takes effect, but its answer breaks off after this many bytes.
    Cut {
        /// Bytes of the body that still arrive.
        after_bytes: usize,
    },
    /// The real answer, under a `Content-Length` that is too large.
    WrongLength,
    /// 200 with a body that is not JSON; the request takes effect.
    InvalidJson,
    /// The real status with no body; the request takes effect.
    EmptyBody,
    /// An empty list with a `next` link to the requested list.
    EmptyPage,
    /// The request takes effect, then this status is answered, as after a gateway's timeout.
    Late {
        /// The HTTP status.
        code: u16,
    },
    /// 200, but texts and titles are ciphertext, as when Webex's key server does not answer.
    Undecryptable,
    /// Reads lag behind: things that were created less than this many seconds ago on the sandbox's
    /// clock are missing in lists and give 404, as after a webhook that was faster than the data.
    Lagging {
        /// How many seconds reads lag behind.
        secs: u32,
    },
}

impl Fault {
    fn kind(&self) -> Option<String> {
        let order = serde_json::to_value(self).ok()?;
        order.get("kind")?.as_str().map(str::to_owned)
    }

    /// A plain refusal with this status.
    pub fn status(code: u16) -> Self {
        Fault::Status {
            code,
            retry_after_secs: None,
            html: false,
        }
    }
}

/// Which requests a fault affects. Without method and path: every request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// An HTTP method.
    pub method: Option<String>,
    /// A path such as `/v1/rooms`; a final `*` stands for any text.
    pub path: Option<String>,
}

impl Pattern {
    fn meets(&self, method: &Method, path: &str) -> bool {
        let (wanted, path_wanted) = (self.method.as_deref(), self.path.as_deref());
        let is_path = path_wanted.is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path == wanted,
        });
        is_path && wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
    }
}

/// How often a fault strikes among the requests that match its pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "OftenWords", into = "OftenWords")]
pub enum Often {
    /// This many times, from now on.
    Times(u32),
    /// This share of the requests, between 0 and 1, evenly spread, until faults are cleared.
    Share(f64),
    /// In this order, again and again until faults are cleared: `true` strikes, `false` does not.
    Sequence(Vec<bool>),
}

/// The three variants in JSON; `sequence` is written like `..x`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct OftenWords {
    times: Option<u32>,
    share: Option<f64>,
    sequence: Option<String>,
}

impl TryFrom<OftenWords> for Often {
    type Error = &'static str;

    fn try_from(words: OftenWords) -> Result<Self, Self::Error> {
        match (words.times, words.share, words.sequence) {
            (None, None, None) => Ok(Often::Times(1)),
            (Some(0), None, None) => Err("times must be at least 1"),
            (Some(times), None, None) => Ok(Often::Times(times)),
            (None, Some(share), None) if share > 0.0 && share <= 1.0 => Ok(Often::Share(share)),
            (None, Some(_), None) => Err("share must be above 0 and at most 1"),
            (None, None, Some(marks)) if (1..=MAX_SEQUENCE_MARKS).contains(&marks.len()) => {
                let strikes = marks.chars().map(|mark| match mark {
                    'x' => Ok(true),
                    '.' => Ok(false),
                    _ => Err("sequence must consist of x (a fault) and dots"),
                });
                strikes.collect::<Result<_, _>>().map(Often::Sequence)
            }
            (None, None, Some(_)) => Err("sequence must have 1 to 1000 marks"),
            _ => Err("give one of times, share and sequence"),
        }
    }
}

impl From<Often> for OftenWords {
    fn from(often: Often) -> Self {
        let mut words = OftenWords::default();
        match often {
            Often::Times(times) => words.times = Some(times),
            Often::Share(share) => words.share = Some(share),
            Often::Sequence(strikes) => {
                let mark = |is_strike| if is_strike { 'x' } else { '.' };
                words.sequence = Some(strikes.into_iter().map(mark).collect());
            }
        }
        words
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    #[serde(flatten)]
    often: Often,
    #[serde(flatten)]
    pattern: Pattern,
    fault: Fault,
    /// Requests that have matched the pattern so far.
    #[serde(skip_deserializing)]
    met: u64,
    /// What serde cannot refuse beside flattened fields.
    #[serde(flatten, skip_serializing)]
    pub(crate) unknown: Map<String, Value>,
}

impl Order {
    /// Refuses one that would strike nothing, or with no answer.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        let is_other = |it: &String| !METHODS.contains(&&*it.to_ascii_uppercase());
        let is_elsewhere = |it: &String| it != "*" && !it.starts_with("/v1");
        if self.pattern.method.as_ref().is_some_and(is_other) {
            return Err("method must be GET, HEAD, POST, PUT, PATCH or DELETE.");
        } else if self.pattern.path.as_ref().is_some_and(is_elsewhere) {
            return Err("path must begin with /v1, such as /v1/rooms.");
        }
        match self.fault {
            Fault::Status { code, .. } | Fault::Late { code } if !(200..=599).contains(&code) => {
                Err("code must be from 200 to 599.")
            }
            _ => Ok(()),
        }
    }

    /// Whether the fault strikes the request that just matched its pattern.
    fn strikes(&mut self) -> bool {
        let met = self.met;
        self.met += 1;
        match &self.often {
            Often::Times(times) => met < u64::from(*times),
            // Strikes whenever the number of strikes that are due reaches the next whole number.
            Often::Share(share) => {
                let due = |met: u64| (met as f64 * share).floor();
                due(met + 1) > due(met)
            }
            Often::Sequence(strikes) => {
                let at = usize::try_from(met).unwrap_or_default() % strikes.len().max(1);
                strikes.get(at).copied().unwrap_or_default()
            }
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.often, Often::Times(times) if self.met >= u64::from(times))
    }
}

/// A tracking id in Webex's form that contains the number of the request.
pub(crate) fn tracking_id(number: u64) -> String {
    format!("ROUTER_5A4DB0C5-{number:08X}-0001-0000-000000000001")
}

/// One request to the sandbox, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Counts from 0 and never restarts.
    pub number: u64,
    /// The HTTP method.
    pub method: String,
    /// The path, with `/v1`.
    pub path: String,
    /// The raw query, if there was one.
    pub query: Option<String>,
    /// The e-mail address of the caller, if the token was known.
    pub principal: Option<String>,
    /// The status of the answer; `None` while there is none yet, or if the caller went away.
    pub status: Option<u16>,
    /// The time of the request, on the sandbox's clock.
    pub started: Timestamp,
    /// Real milliseconds until the answer.
    pub duration_ms: Option<u64>,
    /// The kind of the fault that struck it, if any.
    pub fault: Option<String>,
    /// The `trackingid` of the answer.
    pub tracking_id: String,
}

#[derive(Debug, Default)]
struct State {
    orders: VecDeque<Order>,
    calls: VecDeque<Call>,
    next_number: u64,
}

/// The handle with which a test orders faults and counts requests.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

impl Faults {
    /// Makes the next `times` answers fail with this fault.
    pub fn next(&self, times: u32, fault: Fault) {
        self.order(Often::Times(times), Pattern::default(), fault);
    }

    /// Makes the next `times` answers to `method` and `path` fail; a final `*` stands for any text.
    pub fn next_on(&self, times: u32, method: &str, path: &str, fault: Fault) {
        let (method, path) = (Some(method.to_owned()), Some(path.to_owned()));
        self.order(Often::Times(times), Pattern { method, path }, fault);
    }

    /// Makes matching answers fail this often. Beyond 1,000 waiting orders, the oldest is dropped.
    pub fn order(&self, often: Often, pattern: Pattern, fault: Fault) {
        self.add(Order {
            often,
            pattern,
            fault,
            met: 0,
            unknown: Map::new(),
        });
    }

    pub(crate) fn add(&self, order: Order) {
        let mut state = self.0.lock();
        if state.orders.len() >= MAX_ORDERS {
            state.orders.pop_front();
        }
        state.orders.push_back(order);
    }

    /// The orders that still wait, oldest first.
    pub(crate) fn waiting(&self) -> Vec<Order> {
        let state = self.0.lock();
        let orders = state.orders.iter().filter(|order| !order.is_over());
        orders.cloned().collect()
    }

    /// Drops every order that still waits.
    pub fn clear(&self) {
        self.0.lock().orders.clear();
    }

    /// The requests so far, oldest first: at most the last 10,000.
    pub fn calls(&self) -> Vec<Call> {
        self.last_calls(MAX_CALLS)
    }

    /// The last so many of them, oldest first.
    pub(crate) fn last_calls(&self, max: usize) -> Vec<Call> {
        let state = self.0.lock();
        let older = state.calls.len().saturating_sub(max);
        state.calls.iter().skip(older).cloned().collect()
    }

    /// Drops the requests so far; their numbers continue.
    pub fn forget_calls(&self) {
        self.0.lock().calls.clear();
    }

    /// Records a request and takes the fault that applies to it.
    pub(crate) fn begin(
        &self,
        method: &Method,
        uri: &http::Uri,
        principal: Option<String>,
        now: Timestamp,
    ) -> (u64, Option<Fault>) {
        let mut state = self.0.lock();
        let number = state.next_number;
        state.next_number += 1;
        if state.calls.len() >= MAX_CALLS {
            state.calls.pop_front();
        }
        state.orders.retain(|order| !order.is_over());
        let mut orders = state.orders.iter_mut();
        let fault = orders.find_map(|order| {
            let is_struck = order.pattern.meets(method, uri.path()) && order.strikes();
            is_struck.then(|| order.fault.clone())
        });
        state.calls.push_back(Call {
            number,
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            principal,
            status: None,
            started: now,
            duration_ms: None,
            fault: fault.as_ref().and_then(Fault::kind),
            tracking_id: tracking_id(number),
        });
        (number, fault)
    }

    pub(crate) fn end(&self, number: u64, status: StatusCode, took: Duration) {
        let mut state = self.0.lock();
        let calls = &mut state.calls;
        let place = calls.binary_search_by_key(&number, |call| call.number);
        if let Some(call) = place.ok().and_then(|place| calls.get_mut(place)) {
            call.status = Some(status.as_u16());
            call.duration_ms = u64::try_from(took.as_millis()).ok();
        }
    }
}
