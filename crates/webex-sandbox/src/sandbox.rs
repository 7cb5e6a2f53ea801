//! The running sandbox: one world behind a lock, and the services around it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{RwLock, RwLockWriteGuard};
use tokio_util::sync::CancellationToken;

use crate::changes::Changes;
use crate::clock::RunningClock;
use crate::courier::{Courier, Outcome};
use crate::faults::Faults;
use crate::population::Population;
use crate::problem::{Problem, Result};
use crate::rate_limits::RateLimits;
use crate::rows::integration::{Integration, InvalidIntegration};
use crate::rows::scopes::Scopes;
use crate::rows::{Delivery, FileState};
use crate::rules::meetings::action::{ActionRefused, MeetingAction, act};
use crate::rules::meetings::progress;
use crate::rules::people::DemoPerson;
use crate::rules::webhooks;
use crate::storage::Storage;
use crate::world::{self, World};

/// A simulated Webex. Clones share one state.
#[derive(Clone)]
pub struct Sandbox(pub(crate) Arc<Inner>);

impl fmt::Debug for Sandbox {
    /// Without the world, which is large and contains what people wrote.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) base_url: Option<String>,
    /// Scheme and host of the server that this sandbox stands beside.
    pub(crate) mounted_at: OnceLock<String>,
    pub(crate) clock: RunningClock,
    pub(crate) world: RwLock<World>,
    /// The number of changes of the world so far, to know whether a file of it is outdated.
    pub(crate) revision: AtomicU64,
    pub(crate) storage: Storage,
    pub(crate) faults: Faults,
    pub(crate) rate_limits: RateLimits,
    pub(crate) courier: Courier,
    pub(crate) changes: Changes,
}

impl Inner {
    /// The world, locked for a change, which is counted.
    pub(crate) fn to_change(&self) -> RwLockWriteGuard<'_, World> {
        self.revision.fetch_add(1, Ordering::Relaxed);
        self.world.write()
    }
}

impl Sandbox {
    pub(crate) fn with(
        base_url: Option<String>,
        clock: RunningClock,
        storage: Storage,
        world: World,
    ) -> Self {
        Sandbox(Arc::new(Inner {
            base_url,
            mounted_at: OnceLock::new(),
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

    /// The people of the demo company, in the order of their creation.
    pub fn people(&self) -> Vec<DemoPerson> {
        self.read(|world| {
            let people = world.people.own();
            people.map(|(_, person)| person.demo()).collect()
        })
    }

    /// The size of the generated world besides the demo company.
    pub fn population(&self) -> Option<Population> {
        self.read(|world| world.origin.population)
    }

    /// Faults on demand, and the requests so far.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The rate limit, off at the start.
    pub fn rate_limits(&self) -> &RateLimits {
        &self.0.rate_limits
    }

    /// A new token for the person with this address, with exactly these scopes. `None` if there is
    /// no such person, or the sandbox has too many tokens.
    pub fn grant(&self, email: &str, scopes: &[&str]) -> Option<String> {
        let mut world = self.0.to_change();
        let person = world.person_by_email(email)?;
        let scopes = Scopes::new(scopes.iter().copied());
        world.grant(person, scopes, None).ok()
    }

    /// The sandbox's clock.
    pub fn clock(&self) -> &RunningClock {
        &self.0.clock
    }

    /// Sets the scan result of a file, which is named by its id (the end of its URL). False if
    /// there is no such file.
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
        let holds_too_many = world::holds_too_many(&world);
        drop(world);
        if holds_too_many {
            world::let_go(&mut self.0.world.write());
        }
        seen
    }

    /// First processes what is due by the clock, then makes one change, then passes its webhook
    /// deliveries to the courier.
    pub(crate) fn change<T>(
        &self,
        base: &str,
        change: impl FnOnce(&mut World) -> Result<T>,
    ) -> Result<T> {
        self.0.revision.fetch_add(1, Ordering::Relaxed);
        self.apply(base, change)
    }

    /// The same for a change that would follow from the world and its clock anyway.
    ///
    /// A rule that refuses must do so before it changes anything: nothing is undone.
    pub(crate) fn apply<T>(
        &self,
        base: &str,
        change: impl FnOnce(&mut World) -> Result<T>,
    ) -> Result<T> {
        // What a delivery names has to be served to its target, which is not inside this process.
        let base = self.0.mounted_at.get().map_or(base, String::as_str);
        let mut world = self.0.world.write();
        let now = self.0.clock.now();
        let base_before = world.base.clone();
        progress::catch_up(&mut world, now);
        let due = world.outbox.len();
        world.begin(now, if base.is_empty() { &base_before } else { base });
        let result = match world::has_space(&world) {
            true => change(&mut world),
            false => Err(Problem::full()),
        };
        if result.is_err() {
            // A refused request notifies nobody and leaves no deliveries.
            world.outbox.truncate(due);
            world.base = base_before;
        }
        let deliveries = std::mem::take(&mut world.outbox);
        world::let_go(&mut world);
        drop(world);
        self.0.changes.note();
        if !deliveries.is_empty() {
            self.deliver(deliveries);
        }
        result
    }

    /// Passes deliveries to the courier. Their results are remembered, and failures are counted.
    pub(crate) fn deliver(&self, deliveries: Vec<Delivery>) {
        let inner = Arc::downgrade(&self.0);
        let report = move |delivery: Delivery, took: Duration, outcome: Outcome| {
            let Some(inner) = inner.upgrade() else {
                return false;
            };
            let now = inner.clock.now();
            if !outcome.is_ok_and(|status| (200..300).contains(&status)) {
                webhooks::note_failure(&mut inner.to_change(), delivery.webhook, now);
            }
            inner.courier.note(delivery, now, took, outcome);
            inner.changes.note();
            true
        };
        self.0.courier.send(deliveries, report);
    }

    /// Makes one change that notifies no webhook, for an application or a browser.
    pub(crate) fn write_apart<T>(&self, change: impl FnOnce(&mut World) -> Result<T>) -> Result<T> {
        let mut world = self.0.to_change();
        world.now = world.now.max(self.0.clock.now());
        change(&mut world)
    }

    /// Does something in a meeting, named by an id of any of the three kinds; returns the
    /// instance's id.
    pub fn act(&self, meeting_id: &str, action: MeetingAction) -> Result<String, ActionRefused> {
        let done = self.change("", |world| act(world, meeting_id, action));
        done.map_err(|problem| ActionRefused(problem.description.into_owned()))
    }

    /// Processes the meetings whose times have passed.
    pub(crate) fn catch_up(&self, base: &str) {
        let now = self.clock().now();
        if self.read(|world| progress::is_due(world, now)) {
            // Only the clock acts here, and it is never refused.
            let _ = self.apply(base, |_| Ok(()));
        }
    }

    /// Registers an application for OAuth, or changes the one with its client id.
    ///
    /// # Errors
    /// A field is not valid, or there would be more than 100 integrations.
    pub fn register(&self, integration: Integration) -> Result<(), InvalidIntegration> {
        integration.check()?;
        let registered = self.0.to_change().oauth.register(integration);
        registered.map_err(|_| InvalidIntegration("This sandbox is full. Start a new one."))
    }

    /// The applications registered for OAuth; the first is [`Integration::demo`].
    pub fn integrations(&self) -> Vec<Integration> {
        self.read(|world| {
            let applications = world.oauth.applications.iter();
            let integrations = applications.map(|(_, known)| known.integration.clone());
            integrations.collect()
        })
    }

    /// The server of the sandbox cancels this when it ends, so that open live pages do not delay
    /// the end.
    pub fn ending(&self) -> &CancellationToken {
        &self.0.changes.ending
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.0.changes
    }
}
