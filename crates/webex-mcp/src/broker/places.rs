//! Places for what waits: so many for each holder, an address or a person, so that nobody takes those
//! of all. Each is entered under its holder, in the order in which they end; where a holder has all
//! that it may have, its oldest gives way.

use std::net::IpAddr;

use super::refusal::Refused;
use super::{Broker, hashed};
use crate::identity::{Principal, holder_of};
use crate::stores::records::change::{RecordName, Refused as NotWritten, Unavailable};

/// The kind of the private records.
pub(super) const KIND: &str = "place";
/// These records, and what they are for, are written once.
const VERSION: u64 = 1;

/// What needs a place: the kind of its records, and how many there may be.
pub(super) struct Places {
    pub(super) kind: &'static str,
    pub(super) each: usize,
    pub(super) in_all: usize,
}

impl Broker {
    /// Enters a record that is to be written next, and lasts until then. The place is for
    /// [`Broker::leave_place`]; what comes from no known address needs none.
    pub(super) async fn take_place(
        &self,
        places: &Places,
        holder: Option<&str>,
        record: &RecordName,
        until: i64,
    ) -> Result<Option<String>, Refused> {
        let Some(holder) = holder else {
            self.has_room(places.kind, places.in_all).await?;
            return Ok(None);
        };
        self.make_room(places, holder).await?;
        self.has_room(places.kind, places.in_all).await?;
        // As many digits as every time has, so that the order of the ids is that of the times.
        let place = format!("{}{until:016x}/{}", prefix(places.kind, holder), record.id);
        let records = &self.0.records;
        let entered = records.put_until(&name(&place), 0, b"", Some(until)).await;
        entered.map_err(|_| Refused::unavailable())?;
        Ok(Some(place))
    }

    /// What had this place is no longer there. A place that stays ends by itself.
    pub(super) async fn leave_place(&self, place: Option<&str>) {
        if let Some(place) = place {
            let _ = self.0.records.delete(&name(place), VERSION).await;
        }
    }

    /// The same for all places of a holder.
    pub(super) async fn leave_places(&self, kind: &str, holder: &str) -> Result<(), Unavailable> {
        let prefix = prefix(kind, holder);
        let all = self.0.records.with_prefix("", KIND, &prefix, usize::MAX);
        for place in all.await? {
            self.leave_place(Some(&place.id)).await;
        }
        Ok(())
    }

    async fn make_room(&self, places: &Places, holder: &str) -> Result<(), Refused> {
        let (records, prefix) = (&self.0.records, prefix(places.kind, holder));
        let count = records
            .count("", KIND, (&prefix, &format!("{prefix}~")))
            .await?;
        let Some(beyond) = (count + 1).checked_sub(places.each).filter(|it| *it > 0) else {
            return Ok(());
        };
        for place in records.with_prefix("", KIND, &prefix, beyond).await? {
            let id = place.id.rsplit('/').next().unwrap_or_default();
            let oldest = RecordName {
                tenant: String::new(),
                kind: places.kind.to_owned(),
                id: id.to_owned(),
            };
            if records.delete(&oldest, VERSION).await == Err(NotWritten::Unavailable) {
                return Err(Refused::unavailable());
            }
            self.leave_place(Some(&place.id)).await;
        }
        Ok(())
    }

    /// An address as the holder of places; what is kept of it tells nobody the address.
    pub(super) fn holder_at(&self, address: Option<IpAddr>) -> Option<String> {
        let holder = Principal::new(format!("address {}", holder_of(address?)));
        Some(hashed(self.0.journal.pseudonym(&holder).as_str()))
    }
}

fn prefix(kind: &str, holder: &str) -> String {
    format!("{kind}/{holder}/")
}

fn name(place: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: place.to_owned(),
    }
}
