//! The servers that are served now. They can change at run time: a request gets the current value
//! of its server, and a subscriber is notified of the change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::VirtualServer;
use super::listed::Listed;
use crate::limits;

/// Every server, by slug.
#[derive(Debug)]
pub struct Registry(watch::Sender<Arc<Serving>>);

#[derive(Debug, Default)]
struct Serving {
    in_order: Vec<Arc<Registered>>,
    by_slug: HashMap<Arc<str>, Arc<Registered>>,
}

/// A server and its entry in the registry.
#[derive(Debug)]
pub struct Registered {
    pub server: Arc<VirtualServer>,
    /// Cancelled when the server is removed, but not when another value replaces it. A server that
    /// returns under the same slug has a new token.
    pub removed: CancellationToken,
}

/// Why a set of servers cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unservable {
    #[error("two servers have the slug `{0}`")]
    Twice(Arc<str>),
    #[error("there are more than {} servers", limits::SERVERS_MAX)]
    TooMany,
}

impl Registry {
    /// # Errors
    /// As [`Registry::replace`].
    pub fn new(servers: Vec<Arc<VirtualServer>>) -> Result<Arc<Self>, Unservable> {
        let registry = Registry(watch::Sender::new(Arc::default()));
        registry.replace(servers)?;
        Ok(Arc::new(registry))
    }

    /// The current server of that slug.
    pub fn get(&self, slug: &str) -> Option<Arc<VirtualServer>> {
        Some(self.registered(slug)?.server.clone())
    }

    /// The same, with its entry: the same entry means the same value.
    pub fn registered(&self, slug: &str) -> Option<Arc<Registered>> {
        self.0.borrow().by_slug.get(slug).cloned()
    }

    /// All servers, in the order in which they were given.
    pub fn all(&self) -> Vec<Arc<VirtualServer>> {
        let serving = self.0.borrow();
        let servers = serving.in_order.iter();
        servers
            .map(|registered| registered.server.clone())
            .collect()
    }

    /// Serves exactly these from now on. Requests at work on a server that is no longer among them
    /// are cancelled; on the others they go on.
    ///
    /// # Errors
    /// [`Unservable`]; then nothing has changed.
    pub fn replace(&self, servers: Vec<Arc<VirtualServer>>) -> Result<(), Unservable> {
        if servers.len() > limits::SERVERS_MAX {
            return Err(Unservable::TooMany);
        }
        let mut slugs = HashSet::new();
        if let Some(twice) = servers.iter().find(|server| !slugs.insert(&server.slug)) {
            return Err(Unservable::Twice(twice.slug.clone()));
        }
        let mut gone = Vec::new();
        self.0.send_modify(|current| {
            let next = Serving::after(current, servers);
            let was = current.by_slug.iter();
            gone = was
                .filter(|(slug, _)| !next.by_slug.contains_key(*slug))
                .map(|(_, registered)| registered.removed.clone())
                .collect();
            *current = Arc::new(next);
        });
        // After the change, so that everyone who is notified sees it.
        gone.iter().for_each(CancellationToken::cancel);
        Ok(())
    }

    /// Follows the tools of one server, starting with its value in `from`.
    pub fn follow(&self, from: Arc<Registered>) -> Following {
        Following {
            changes: self.0.subscribe(),
            seen: from,
        }
    }
}

impl Serving {
    fn after(current: &Serving, servers: Vec<Arc<VirtualServer>>) -> Self {
        let in_order: Vec<_> = servers
            .into_iter()
            .map(|server| match current.by_slug.get(&server.slug) {
                Some(same) if Arc::ptr_eq(&same.server, &server) => same.clone(),
                Some(before) => Arc::new(Registered {
                    server,
                    removed: before.removed.clone(),
                }),
                None => Arc::new(Registered {
                    server,
                    removed: CancellationToken::new(),
                }),
            })
            .collect();
        let by_slug = in_order
            .iter()
            .map(|registered| (registered.server.slug.clone(), registered.clone()))
            .collect();
        Serving { in_order, by_slug }
    }
}

/// Waits for the tools of one server to change. Of several changes it keeps only the last.
#[derive(Debug)]
pub struct Following {
    changes: watch::Receiver<Arc<Serving>>,
    seen: Arc<Registered>,
}

impl Following {
    /// Returns when the server's tools differ from those at the last call; never if the server is
    /// removed, which [`Registered::removed`] reports. Dropping the future loses no change.
    pub async fn tools_changed(&mut self) {
        loop {
            let slug = &self.seen.server.slug;
            let now = self.changes.borrow_and_update().by_slug.get(slug).cloned();
            if let Some(now) = now {
                let changed = !same_tools(&self.seen.server.tools, &now.server.tools);
                self.seen = now;
                if changed {
                    return;
                }
            }
            if self.changes.changed().await.is_err() {
                // The registry is gone: nothing will change.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Whether both lists of tools would get the same answer.
fn same_tools(one: &[Arc<Listed>], two: &[Arc<Listed>]) -> bool {
    let alike = |(one, two): (&Arc<Listed>, &Arc<Listed>)| {
        Arc::ptr_eq(one, two)
            || (one.entry.name == two.entry.name
                && one.description == two.description
                && one.input_schema == two.input_schema
                && one.output_schema == two.output_schema)
    };
    one.len() == two.len() && one.iter().zip(two).all(alike)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;
    use crate::servers::{Catalogue, Definition, Otherwise, Selection};

    fn server(slug: &str, tools: &[&str]) -> Arc<VirtualServer> {
        let definition = Definition {
            selection: Selection::names(tools),
            ..Definition::new(slug, slug)
        };
        let catalogue = Catalogue::whole();
        catalogue.serve(&definition, Otherwise::Token)
    }

    #[test]
    fn servers_come_change_and_go() {
        let (one, two) = (server("one", &[]), server("two", &[]));
        let registry = Registry::new(vec![two.clone(), one.clone()]).unwrap();
        let slugs = |registry: &Registry| {
            let servers = registry.all();
            servers
                .iter()
                .map(|server| server.slug.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(slugs(&registry), ["two", "one"]);
        let (first, second) = (
            registry.registered("one").unwrap(),
            registry.registered("two").unwrap(),
        );
        registry.replace(vec![server("one", &[])]).unwrap();
        assert_eq!(slugs(&registry), ["one"]);
        assert!(second.removed.is_cancelled() && !first.removed.is_cancelled());
        // A slug that returns is a new server to everyone who knew the old one.
        registry.replace(vec![two.clone()]).unwrap();
        assert!(first.removed.is_cancelled());
        assert!(!registry.registered("two").unwrap().removed.is_cancelled());
        // A set that cannot be served changes nothing.
        let twice = registry.replace(vec![one.clone(), one.clone()]);
        assert_eq!(twice, Err(Unservable::Twice("one".into())));
        let many = (0..=limits::SERVERS_MAX).map(|_| two.clone()).collect();
        assert_eq!(registry.replace(many), Err(Unservable::TooMany));
        assert_eq!(slugs(&registry), ["two"]);
    }

    #[tokio::test]
    async fn only_a_change_of_tools_is_told_and_each_once() {
        let registry = Registry::new(vec![server("one", &["webex-get-space"])]).unwrap();
        let mut following = registry.follow(registry.registered("one").unwrap());
        assert!(following.tools_changed().now_or_never().is_none());
        // Another value with the same tools, or a change of another server, is not reported here.
        let (same, two) = (server("one", &["webex-get-space"]), server("two", &[]));
        registry.replace(vec![same, two.clone()]).unwrap();
        assert!(following.tools_changed().now_or_never().is_none());
        for tools in [
            &["webex-get-message"][..],
            &["webex-get-message", "webex-get-space"],
        ] {
            registry.replace(vec![server("one", tools)]).unwrap();
        }
        assert!(following.tools_changed().now_or_never().is_some());
        assert!(
            following.tools_changed().now_or_never().is_none(),
            "once for both"
        );
        registry.replace(vec![two]).unwrap();
        assert!(following.tools_changed().now_or_never().is_none());
    }
}
