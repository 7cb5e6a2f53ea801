//! Passes deliveries on to those who listen. One task reads the inbox in order, whether this process
//! or another one stored a delivery, and ends when nobody listens any more.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast};

use super::{Delivery, Owner, Stored};
use crate::limits;
use crate::stores::records::change::Unavailable;
use crate::stores::records::envelopes::delivery_name;
use crate::stores::records::inbox::InboxRow;
use crate::stores::records::{RecordStore as _, Records};

/// A delivery and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    tenant: String,
    principal: String,
    pub delivery: Delivery,
}

impl Came {
    pub fn new(of: &Stored, delivery: Delivery) -> Self {
        Came {
            tenant: of.tenant.clone(),
            principal: of.principal.clone(),
            delivery,
        }
    }

    fn owner(&self) -> Owner {
        Owner {
            tenant: crate::identity::Tenant::new(&*self.tenant),
            principal: crate::identity::Principal::new(&*self.principal),
        }
    }
}

/// What a listener gets.
#[derive(Debug, Clone)]
pub enum Heard {
    Delivery(Arc<Came>),
    /// So much came in that some of it was dropped for this listener.
    TooMuch,
}

/// One listener of one owner.
#[derive(Debug)]
pub struct Hearing(broadcast::Receiver<Arc<Came>>);

impl Hearing {
    /// The next delivery. Dropping the future loses none.
    pub async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(came) => Heard::Delivery(came),
            Err(broadcast::error::RecvError::Lagged(_)) => Heard::TooMuch,
            // The sender lives as long as there is a receiver.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[derive(Debug)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    records: Records,
    listeners: Mutex<Listeners>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Listeners {
    by_owner: HashMap<Owner, broadcast::Sender<Arc<Came>>>,
    is_followed: bool,
}

impl Hub {
    pub fn new(records: Records) -> Self {
        Hub(Arc::new(Inner {
            records,
            listeners: Mutex::default(),
            woken: Notify::new(),
        }))
    }

    /// This process stored a delivery.
    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    pub async fn hear(&self, owner: Owner) -> Result<Hearing, Unavailable> {
        let from = self.0.records.store().inbox_last().await?;
        let mut listeners = self.0.listeners.lock();
        let of_owner = listeners.by_owner.entry(owner);
        let sender = of_owner.or_insert_with(|| broadcast::Sender::new(limits::HEARING_QUEUE));
        let hearing = Hearing(sender.subscribe());
        if !listeners.is_followed {
            listeners.is_followed = true;
            // At most one, which ends with the last listener.
            tokio::spawn(follow(self.0.clone(), from));
        }
        Ok(hearing)
    }
}

/// Passes on what comes after `position`.
async fn follow(hub: Arc<Inner>, mut position: u64) {
    let between = Duration::from_secs(limits::INBOX_LOOK_SECONDS);
    loop {
        // Only what other processes store is waited for.
        let _ = tokio::time::timeout(between, hub.woken.notified()).await;
        if !hub.is_heard() {
            return;
        }
        // What cannot be read now is read the next time.
        while let Ok(rows) = hub.rows(position).await {
            for row in &rows {
                position = row.seq;
                if let Some(came) = opened(&hub.records, row).await {
                    hub.pass_on(came);
                }
            }
            if rows.len() < limits::INBOX_PAGE_ROWS {
                break;
            }
        }
    }
}

impl Inner {
    /// Forgets owners that nobody listens for; says whether anyone is left.
    fn is_heard(&self) -> bool {
        let mut listeners = self.listeners.lock();
        let is_there = |sender: &broadcast::Sender<_>| sender.receiver_count() > 0;
        listeners.by_owner.retain(|_, sender| is_there(sender));
        listeners.is_followed = !listeners.by_owner.is_empty();
        listeners.is_followed
    }

    async fn rows(&self, after: u64) -> Result<Vec<InboxRow>, Unavailable> {
        let store = self.records.store();
        store.inbox_after(after, limits::INBOX_PAGE_ROWS).await
    }

    fn pass_on(&self, came: Came) {
        let sender = self.listeners.lock().by_owner.get(&came.owner()).cloned();
        if let Some(sender) = sender {
            // The last listener may have just left.
            let _ = sender.send(Arc::new(came));
        }
    }
}

/// A row of the inbox; `None` where this secret does not open it.
pub async fn opened(records: &Records, row: &InboxRow) -> Option<Came> {
    let name = delivery_name(&row.hook);
    let content = records.unseal(&name, &row.sealed).await.ok()?;
    serde_json::from_slice(&content).ok()
}
