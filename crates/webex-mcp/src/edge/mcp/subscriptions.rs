//! Subscriptions to resources: what a client asked to hear of, and the updates that it gets.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rmcp::ErrorData;
use rmcp::model::{
    NotificationMetaObject, RequestId, ResourceUpdatedNotification,
    ResourceUpdatedNotificationParam, ServerJsonRpcMessage,
};
use tokio::time::{Instant, timeout_at};

use super::told::refused;
use crate::call::Dispatcher;
use crate::hooks::{Heard, Hearing, Owner, Watch};
use crate::identity::Caller;
use crate::limits;
use crate::servers::VirtualServer;

/// How an endpoint hears of changes.
#[derive(Debug)]
pub(super) struct Subscriptions {
    dispatcher: Arc<Dispatcher>,
    server: Arc<VirtualServer>,
}

/// The resources that one client subscribed to. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Watches(Arc<Mutex<Vec<Watched>>>);

/// A resource that a client subscribed to.
#[derive(Debug)]
struct Watched {
    /// The address that the client gave.
    uri: Arc<str>,
    watch: Watch,
}

/// The updates of one stream.
#[derive(Debug)]
pub(super) struct Updates {
    hearing: Hearing,
    watches: Watches,
    /// Addresses that are told next.
    due: VecDeque<Arc<str>>,
}

impl Subscriptions {
    pub(super) fn new(dispatcher: Arc<Dispatcher>, server: Arc<VirtualServer>) -> Self {
        Subscriptions { dispatcher, server }
    }

    /// Adds a resource to what a client hears of.
    ///
    /// # Errors
    /// It cannot be read, no webhook tells of it, or the client has subscribed to too many.
    pub(super) async fn add(
        &self,
        caller: &Caller,
        uri: &str,
        watches: &Watches,
    ) -> Result<(), ErrorData> {
        let watched = self.dispatcher.watched(&self.server, uri, caller);
        let watch = watched.await.map_err(|error| refused(&error))?;
        if watches.put(uri, watch) {
            return Ok(());
        }
        let message = format!(
            "{} resources can be subscribed to at once; unsubscribe from others first.",
            limits::SUBSCRIPTIONS_MAX
        );
        Err(ErrorData::invalid_params(message, None))
    }

    /// The updates of these resources, and the addresses of those that are served. One that takes
    /// too long is left out.
    pub(super) async fn open(
        &self,
        caller: &Caller,
        uris: Vec<String>,
    ) -> Option<(Updates, Vec<String>)> {
        let watches = Watches::default();
        // Before the acknowledgement, so that nothing is missed after it.
        let updates = self.updates(caller, watches.clone()).await?;
        let until = Instant::now() + Duration::from_secs(limits::SUBSCRIBED_WITHIN_SECONDS);
        let (mut asked, mut served) = (HashSet::new(), Vec::new());
        let uris = uris.into_iter().filter(|uri| asked.insert(uri.clone()));
        for uri in uris.take(limits::SUBSCRIPTIONS_MAX) {
            let adding = self.add(caller, &uri, &watches);
            match timeout_at(until, adding).await {
                Ok(Ok(())) => served.push(uri),
                Ok(Err(_)) => {}
                Err(_elapsed) => break,
            }
        }
        (!served.is_empty()).then_some((updates, served))
    }

    /// The updates of what these watches hold at each moment; `None` where the records cannot be
    /// read.
    pub(super) async fn updates(&self, caller: &Caller, watches: Watches) -> Option<Updates> {
        let hooks = self.dispatcher.hooks();
        let hearing = hooks.hear(&Owner::of(caller)).await.ok()?;
        Some(Updates {
            hearing,
            watches,
            due: VecDeque::new(),
        })
    }
}

impl Watches {
    /// Whether there was room.
    fn put(&self, uri: &str, watch: Watch) -> bool {
        let mut all = self.0.lock();
        all.retain(|watched| *watched.uri != *uri);
        let has_room = all.len() < limits::SUBSCRIPTIONS_MAX;
        if has_room {
            let uri = uri.into();
            all.push(Watched { uri, watch });
        }
        has_room
    }

    pub(super) fn remove(&self, uri: &str) {
        self.0.lock().retain(|watched| *watched.uri != *uri);
    }

    /// The addresses of what may have changed.
    fn touched_by(&self, heard: &Heard) -> Vec<Arc<str>> {
        let is_touched = |watch: &Watch| match heard {
            Heard::Delivery(came) => watch.is_touched_by(&came.delivery),
            Heard::TooMuch => true,
        };
        let all = self.0.lock();
        let touched = all.iter().filter(|watched| is_touched(&watched.watch));
        touched.map(|watched| watched.uri.clone()).collect()
    }
}

impl Updates {
    /// The address of the next resource that was changed. Dropping the future loses none.
    pub(super) async fn next(&mut self) -> Arc<str> {
        loop {
            if let Some(uri) = self.due.pop_front() {
                return uri;
            }
            let heard = self.hearing.next().await;
            self.due.extend(self.watches.touched_by(&heard));
        }
    }
}

/// The notification of a change; with the id of its subscription where it has one.
pub(super) fn updated(uri: &str, subscription: Option<RequestId>) -> ServerJsonRpcMessage {
    let param = ResourceUpdatedNotificationParam::new(uri);
    let mut notification = ResourceUpdatedNotification::new(param);
    if let Some(id) = subscription {
        let mut meta = NotificationMetaObject::new();
        meta.set_subscription_id(id);
        notification.extensions.insert(meta);
    }
    ServerJsonRpcMessage::notification(notification.into())
}
