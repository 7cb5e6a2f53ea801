//! The servers of the registry behind one path. Each gets an endpoint at the first request after it
//! was added or changed, and keeps it until it changes again.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::endpoint::{Endpoint, Shared};
use super::handler::Handler;
use super::session::Place;
use super::subscriptions::Subscriptions;
use crate::call::Dispatcher;
use crate::servers::Registry;
use crate::servers::registry::Registered;

/// Finds the endpoint of a server by its slug.
#[derive(Debug)]
pub struct Served {
    registry: Arc<Registry>,
    dispatcher: Arc<Dispatcher>,
    shared: Arc<Shared>,
    /// At most one for each server of the registry: those of removed servers are dropped when one
    /// is made.
    made: RwLock<HashMap<Arc<str>, Made>>,
}

#[derive(Debug, Clone)]
struct Made {
    of: Arc<Registered>,
    endpoint: Arc<Endpoint<Handler>>,
}

impl Served {
    pub fn new(registry: Arc<Registry>, dispatcher: Arc<Dispatcher>, shared: Arc<Shared>) -> Self {
        Served {
            registry,
            dispatcher,
            shared,
            made: RwLock::default(),
        }
    }

    /// The current server of that slug, with its endpoint. Must be called inside a Tokio runtime.
    pub fn find(&self, slug: &str) -> Option<(Arc<Registered>, Arc<Endpoint<Handler>>)> {
        let now = self.registry.registered(slug)?;
        let kept = self.made.read().get(slug).cloned();
        if let Some(Made { of, endpoint }) = kept
            && Arc::ptr_eq(&of, &now)
        {
            return Some((of, endpoint));
        }
        let endpoint = Arc::new(self.endpoint(&now));
        let mut made = self.made.write();
        made.retain(|_, made| !made.of.removed.is_cancelled());
        let new = Made {
            of: now.clone(),
            endpoint: endpoint.clone(),
        };
        made.insert(now.server.slug.clone(), new);
        Some((now, endpoint))
    }

    fn endpoint(&self, of: &Arc<Registered>) -> Endpoint<Handler> {
        let server = &of.server;
        let handler = Handler::new(self.dispatcher.clone(), server.clone(), None);
        let place = Place {
            name: server.slug.clone(),
            removed: of.removed.clone(),
        };
        let (registry, from) = (self.registry.clone(), of.clone());
        let follow = Box::new(move || registry.follow(from.clone()));
        let subscribes = handler.subscribes();
        let subscriptions =
            || Arc::new(Subscriptions::new(self.dispatcher.clone(), server.clone()));
        let subscriptions = subscribes.then(subscriptions);
        let (handler, shared) = (Arc::new(handler), self.shared.clone());
        Endpoint::at(place, Some(follow), subscriptions, handler, shared)
    }
}
