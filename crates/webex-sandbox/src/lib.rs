//! A Webex that fits in a process: real behaviour over real state, for tests and for newcomers.
//!
//! A [`Sandbox`] holds a small simulated organisation and answers Webex's REST API under `/v1` as
//! an axum router: permissions, threads, edits, mentions, files, paging, webhooks and errors work
//! as Webex documents them. Mount [`Sandbox::router`] in process, or serve it over HTTP.
//!
//! ```
//! use webex_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::new(Options::for_tests());
//! let alice = &sandbox.people()[0];
//! assert_eq!((alice.display_name.as_str(), alice.token.as_str()), ("Alice Johnson", "sandbox-alice"));
//! let router: axum::Router = sandbox.router();
//! # let _ = router;
//! ```
//!
//! # The demo company
//! Alice Johnson, Bob Smith, Carol Diaz, Dave Miller, Harold Weber, Caroline Meyer, Erin Novak and
//! Frank Osei work in it; Ada Okafor administers it, Grace Lindqvist is its compliance officer, and
//! CI Bot reports builds. Addresses are `<first name>@example.com`, tokens `sandbox-<first name>`
//! (`ci-bot@webex.bot` and `sandbox-ci-bot` for the bot). Team Engineering has the spaces General
//! and Engineering; besides there are Project Unicorn, Leadership, CI/CD, Daily Standup, Design
//! Review, Design System, Customer Feedback (public), Incident Response and Announcements, where
//! only Harold and Ada post, and some direct rooms. Two names are ambiguous on purpose: "Carol"
//! fits Carol and Caroline, "Design" fits Design Review and Design System.
//! The calendar has Alice's Daily Standup on working days, Carol's Design Review tomorrow, and a
//! planning that ended yesterday with recording, transcript and summary.
//!
//! # Signing in
//! Applications get tokens as from Webex: `/v1/authorize` shows a consent page, `/v1/access_token`
//! takes codes (with or without PKCE) and refresh tokens, `/v1/device/authorize` and
//! `/v1/device/token` serve devices, whose codes people type in at `/v1/device`. Tokens last as long
//! as Webex's, on the sandbox's clock, and Ada can list and revoke them (`/v1/authorizations`). The
//! integration [`Integration::demo`] is there from the start; [`Sandbox::register`] and the
//! administration (`/_sandbox/integrations`) register others, with redirect URIs of their own.
//!
//! # A world of any size, and one that lasts
//! [`Options::population`] adds generated people, spaces and messages by the million, which are a
//! function of the seed and take no memory until they are looked at. Their tokens are
//! `sandbox-person-<six digits>`. A world can be saved and loaded ([`Sandbox::save`],
//! [`Sandbox::load`]) and kept in a file ([`KeptWorld`]).
//!
//! # Where it differs from Webex
//! - It connects nowhere but to the targets of webhooks, and follows no redirect. A file given by
//!   its URL is therefore not fetched: it becomes a small text file that names the URL.
//! - Only the people of the demo company exist; an unknown e-mail address is not invited but 404.
//! - Meetings happen by the clock, with the next request after a moment has passed: the host and
//!   the invited people of the company come at the start and leave at the end. Recordings appear
//!   five minutes later, and transcripts of what [`MeetingAction::Say`] said.
//! - Every recording has the same small files behind its direct links, whatever size it tells; its
//!   `downloadUrl` and `playbackUrl` lead to a site that belongs to nobody.
//! - A meeting's times are taken with any offset; Webex refuses one that is not that of `timezone`.
//! - A series has no `meetingSeriesId`, and a template no title and times, although Cisco's schemas
//!   demand them: their descriptions give the one to occurrences and instances, the others to meetings.
//! - A message in HTML is kept as it was sent, and mentions nobody.
//! - Where people register, only who was approved comes. Every webinar has the same survey, which
//!   people answer through [`MeetingAction::Answer`]. Who is called out never answers.
//! - A room's standing meeting is in the calendar once somebody asks for its `meetingInfo`; it starts
//!   by [`MeetingAction::Start`] alone.
//! - The demo company's tokens never expire and carry every scope that their person's role allows;
//!   `sandbox-alice-read` is Alice's with scopes to read messaging only.
//! - Somebody whom an administrator adds gets the token `sandbox-<name before the @>`, or
//!   `sandbox-<address>` where that is taken.
//! - A deleted room or message leaves only its events behind; team rooms are archived.
//! - With a team its General space goes, and its other spaces are archived. Who leaves a team stays
//!   in its other spaces.
//! - The organization keeps every event, as one with the Pro Pack does, up to the last 200,000.
//! - Nobody has a password: a consent page lets its reader choose the person to be.
//! - An id token is signed with the client secret (HS256), and `response_type` is always `code`.
//!
//! # Administration
//! [`Sandbox::admin_router`] lets anyone who reaches it order faults and move the clock: whoever
//! mounts it must see to it that only the loopback interface does. It refuses what a browser brings
//! from another site. Its page, `/_sandbox/`, shows people what happens while it happens.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod admin;
mod answer;
mod attachment_actions;
mod authorizations;
mod belonging;
mod clock;
mod contents;
mod credentials;
mod delivery;
mod events;
mod faults;
mod invitees;
mod live_page;
mod loopback;
mod manual;
mod meeting_summaries;
mod meetings;
mod memberships;
mod messages;
mod oauth;
mod options;
mod page;
mod participants;
mod people;
mod persistence;
mod population;
mod problem;
mod rate_limits;
mod recordings;
mod request;
mod rooms;
mod scopes;
mod seed;
mod table;
mod team_memberships;
mod teams;
mod tokens;
mod transcripts;
mod values;
mod webhooks;
mod world;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use parking_lot::{RwLock, RwLockWriteGuard};

pub use clock::{Clock, RunningClock};
pub use contents::FileState;
pub use faults::{Call, Fault, Faults, Often, Pattern};
pub use manual::manual;
pub use meetings::{ActionRefused, MeetingAction};
pub use oauth::{Integration, InvalidIntegration};
pub use options::Options;
pub use people::DemoPerson;
pub use persistence::KeptWorld;
pub use population::{InvalidPopulation, Population};
pub use rate_limits::{RateLimit, RateLimits};

use contents::Storage;
use delivery::Courier;
use live_page::Changes;
use problem::Problem;
use scopes::Scopes;
pub use world::WorldFileError;
use world::{Origin, World};

/// A simulated Webex. Clones share one state.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

impl fmt::Debug for Sandbox {
    /// Without the world, which is large and holds what people wrote.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

struct Inner {
    base_url: Option<String>,
    clock: RunningClock,
    world: RwLock<World>,
    /// Changes of the world so far, for whoever keeps it in a file.
    revision: AtomicU64,
    storage: Storage,
    faults: Faults,
    rate_limits: RateLimits,
    courier: Courier,
    changes: Changes,
}

impl Inner {
    /// The world for a change, which is counted.
    fn to_change(&self) -> RwLockWriteGuard<'_, World> {
        self.revision.fetch_add(1, Ordering::Relaxed);
        self.world.write()
    }
}

impl Sandbox {
    /// A sandbox with the demo company in it.
    pub fn new(options: Options) -> Self {
        let clock = RunningClock::new(options.clock);
        let storage = Storage::default();
        let origin = Origin {
            seed: options.seed,
            started: clock.now(),
            population: options.population,
        };
        let world = seed::demo_company(origin, &storage);
        Sandbox::with(options.base_url, clock, storage, world)
    }

    fn with(base_url: Option<String>, clock: RunningClock, storage: Storage, world: World) -> Self {
        Sandbox(Arc::new(Inner {
            base_url,
            clock,
            world: RwLock::new(world),
            revision: AtomicU64::new(0),
            storage,
            faults: Faults::default(),
            rate_limits: RateLimits::default(),
            courier: Courier::default(),
            changes: Changes::default(),
        }))
    }

    /// The REST API, under `/v1`.
    pub fn router(&self) -> Router {
        let api = Router::new()
            .merge(messages::routes())
            .merge(rooms::routes())
            .merge(memberships::routes())
            .merge(people::routes())
            .merge(teams::routes())
            .merge(team_memberships::routes())
            .merge(attachment_actions::routes())
            .merge(events::routes())
            .merge(webhooks::routes())
            .merge(contents::routes())
            .merge(meetings::routes())
            .merge(invitees::routes())
            .merge(participants::routes())
            .merge(recordings::routes())
            .merge(transcripts::routes())
            .merge(meeting_summaries::routes())
            .layer(from_fn(meetings::zone::shift))
            .merge(authorizations::routes())
            .merge(oauth::routes());
        Router::new()
            .nest(request::API_PATH, api)
            .fallback(answer::unknown_route)
            .method_not_allowed_fallback(answer::unknown_method)
            .layer(from_fn_with_state(self.clone(), answer::around))
            .with_state(self.clone())
    }

    /// The administration and its live page, under `/_sandbox`: for the loopback interface only.
    pub fn admin_router(&self) -> Router {
        admin::router(self.clone())
    }

    /// The people of the demo company, in the order of their creation.
    pub fn people(&self) -> Vec<DemoPerson> {
        self.read(|world| {
            world
                .people
                .own()
                .map(|(_, person)| person.demo())
                .collect()
        })
    }

    /// What is generated beside the demo company.
    pub fn population(&self) -> Option<Population> {
        self.read(|world| world.origin.population)
    }

    /// Trouble on demand, and the requests so far.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The rate limit, off at the start.
    pub fn rate_limits(&self) -> &RateLimits {
        &self.0.rate_limits
    }

    /// A new token for the person with this address, with these scopes and no others.
    /// `None` if there is nobody with it, or the sandbox holds too many tokens.
    pub fn grant(&self, email: &str, scopes: &[&str]) -> Option<String> {
        let mut world = self.0.to_change();
        let person = world.person_by_email(email)?;
        world
            .grant(person, Scopes::new(scopes.iter().copied()), None)
            .ok()
    }

    /// The sandbox's clock.
    pub fn clock(&self) -> &RunningClock {
        &self.0.clock
    }

    /// Sets what the malware scan says of a file, named by its id (the end of its URL).
    /// False if there is no such file.
    pub fn set_file_state(&self, content_id: &str, state: FileState) -> bool {
        self.0.to_change().set_file_state(content_id, state)
    }

    pub(crate) fn base_url(&self) -> Option<&str> {
        self.0.base_url.as_deref()
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.0.storage
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        let world = self.0.world.read();
        let seen = look(&world);
        let holds_too_many = world.holds_too_many();
        drop(world);
        if holds_too_many {
            self.0.world.write().let_go();
        }
        seen
    }

    /// The same for a look that may be refused.
    pub(crate) fn try_read<T>(
        &self,
        look: impl FnOnce(&World) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.read(look)
    }

    /// Makes one change, then hands its webhook deliveries to the courier.
    pub(crate) fn write<T>(
        &self,
        caller: &request::Caller,
        change: impl FnOnce(&mut World) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.change(&caller.base, change)
    }

    /// Makes one change after what the clock brought before it.
    pub(crate) fn change<T>(
        &self,
        base: &str,
        change: impl FnOnce(&mut World) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.0.revision.fetch_add(1, Ordering::Relaxed);
        self.apply(base, change)
    }

    /// The same, of what would follow from the world and its clock anyway.
    ///
    /// What refuses must do so before it changes anything: nothing is taken back.
    pub(crate) fn apply<T>(
        &self,
        base: &str,
        change: impl FnOnce(&mut World) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut world = self.0.world.write();
        let now = self.0.clock.now();
        let base_before = world.base.clone();
        let base = match base.is_empty() {
            true => &base_before,
            false => base,
        };
        meetings::progress::catch_up(&mut world, now);
        let due = world.outbox.len();
        world.begin(now, base);
        let result = match world::has_space(&world) {
            true => change(&mut world),
            false => Err(Problem::full()),
        };
        if result.is_err() {
            // A refused request tells nobody, and leaves no trace of how it came.
            world.outbox.truncate(due);
            world.base = base_before;
        }
        let deliveries = std::mem::take(&mut world.outbox);
        world.let_go();
        drop(world);
        self.0.changes.note();
        if !deliveries.is_empty() {
            let inner = Arc::downgrade(&self.0);
            let report = move |webhook, is_delivered: bool| {
                let Some(inner) = inner.upgrade() else {
                    return false;
                };
                if !is_delivered {
                    let now = inner.clock.now();
                    webhooks::note_failure(&mut inner.to_change(), webhook, now);
                }
                true
            };
            self.0.courier.send(deliveries, report);
        }
        result
    }

    /// Makes one change that concerns no webhook, on behalf of an application or a browser.
    pub(crate) fn write_apart<T>(
        &self,
        change: impl FnOnce(&mut World) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut world = self.0.to_change();
        world.now = world.now.max(self.0.clock.now());
        change(&mut world)
    }
}
