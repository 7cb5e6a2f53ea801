//! A Webex that fits in a process: real behavior over real state, for tests and for learning.
//!
//! A [`Sandbox`] holds a small simulated organization and answers Webex's REST API under `/v1` as
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
//! `docs/sandbox.md` lists its people with their tokens, `sandbox-<first name>`, its spaces and its
//! calendar. Two names are ambiguous on purpose: "Carol" fits Carol and Caroline, "Design" fits
//! Design Review and Design System.
//!
//! # Signing in
//! Applications get tokens as from Webex: `/v1/authorize` shows a consent page, `/v1/access_token`
//! takes codes (with or without PKCE) and refresh tokens, `/v1/device/authorize` and
//! `/v1/device/token` are for devices, and people type a device's code in at `/v1/device`. Tokens
//! are valid as long as Webex's, on the sandbox's clock, and Ada can list and revoke them
//! (`/v1/authorizations`). The integration [`Integration::demo`] exists from the start;
//! [`Sandbox::register`] and the administration (`/_sandbox/integrations`) register others, with
//! their own redirect URIs.
//!
//! # A world of any size, and one that is kept
//! [`Options::population`] adds generated people, spaces and messages by the million. They are a
//! function of the seed and take no memory until they are read. Their tokens are
//! `sandbox-person-<six digits>`. A world can be saved and loaded ([`Sandbox::save`],
//! [`Sandbox::load`]) and kept in a file ([`KeptWorld`]).
//!
//! # Where it differs from Webex
//! - It connects only to the targets of webhooks, and follows no redirect. A file given by its URL
//!   is therefore not fetched: it becomes a small text file that contains the URL.
//! - Only the people of the demo company exist; an unknown e-mail address is not invited, but gives
//!   404.
//! - Meetings take place by the clock, with the first request after a time has passed: the host and
//!   the invited people of the company join at the start and leave at the end. Recordings appear
//!   five minutes later, and so do transcripts of what [`MeetingAction::Say`] said.
//! - Every recording has the same small files behind its direct links, whatever size it states; its
//!   `downloadUrl` and `playbackUrl` lead to a site that belongs to nobody.
//! - A request without `timezone` may have times with any offset.
//! - A series has no `meetingSeriesId`, and a template has no title and times, although Cisco's
//!   schemas require them: according to their descriptions, the first belongs to occurrences and
//!   instances, and the others to meetings. Whoever schedules by a template gives title and times.
//! - A message in HTML is stored as it was sent, and mentions nobody.
//! - If a meeting has registration, only approved people join. Every webinar has the same survey,
//!   which people answer through [`MeetingAction::Answer`]. A person who is called into a meeting
//!   never answers.
//! - A room's standing meeting appears in the calendar after the first request for its
//!   `meetingInfo`; only [`MeetingAction::Start`] starts it.
//! - The demo company's tokens never expire and have every scope that their person's role allows;
//!   `sandbox-alice-read` is a token of Alice with scopes for reading messaging only.
//! - A person whom an administrator adds gets the token `sandbox-<name before the @>`, or
//!   `sandbox-<address>` if that one exists.
//! - A deleted room or message leaves only its events behind; team rooms are archived.
//! - When a team is deleted, its General space is deleted too, and its other spaces are archived. A
//!   person who leaves a team stays in its other spaces.
//! - The organization keeps every event, like one with the Pro Pack, up to the last 200,000.
//! - Nobody has a password: on a consent page, the reader chooses a person.
//! - An id token is signed with the client secret (HS256), and `response_type` is always `code`.
//!
//! # Administration
//! [`Sandbox::admin_router`] lets anyone who reaches it order faults and move the clock: mount it
//! only where only the loopback interface can reach it. It refuses requests that a browser sends
//! for another site. [`Sandbox::admin_router_behind`] requires a token and is for other machines.
//! The page `/_sandbox/` shows people what happens as it happens, and lets them act.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod admin;
mod answer;
mod changes;
mod clock;
mod courier;
mod faults;
mod live_page;
mod manual;
mod mount;
mod oauth;
mod options;
mod page;
mod pages;
mod persistence;
mod population;
mod problem;
mod rate_limits;
mod request;
mod routes;
mod rows;
mod rules;
mod sandbox;
mod seed;
mod storage;
mod table;
mod values;
mod world;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

pub use admin::AdminToken;
pub use clock::{Clock, RunningClock};
pub use faults::{Call, Fault, Faults, Often, Pattern};
pub use manual::manual;
pub use options::Options;
pub use persistence::KeptWorld;
pub use population::{InvalidPopulation, Population};
pub use rate_limits::{RateLimit, RateLimits};
pub use rows::FileState;
pub use rows::integration::{Integration, InvalidIntegration};
pub use rules::meetings::action::{ActionRefused, MeetingAction};
pub use rules::people::DemoPerson;
pub use sandbox::Sandbox;
pub use world::WorldFileError;

use storage::Storage;
use world::Origin;

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

    /// The REST API, under `/v1`.
    pub fn router(&self) -> Router {
        let api = Router::new()
            .merge(routes::messages::routes())
            .merge(routes::rooms::routes())
            .merge(routes::memberships::routes())
            .merge(routes::people::routes())
            .merge(routes::teams::routes())
            .merge(routes::team_memberships::routes())
            .merge(routes::attachment_actions::routes())
            .merge(routes::events::routes())
            .merge(routes::webhooks::routes())
            .merge(routes::contents::routes())
            .merge(routes::meetings::routes())
            .merge(routes::invitees::routes())
            .merge(routes::participants::routes())
            .merge(routes::recordings::routes())
            .merge(routes::transcripts::routes())
            .merge(routes::meeting_summaries::routes())
            .layer(from_fn(routes::meetings::zone::shift))
            .merge(routes::authorizations::routes())
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
}
