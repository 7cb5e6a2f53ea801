//! Ids of generated rows: they look like all other ids, and contain the ordinal of the row.

use uuid::Uuid;
use webex::id::ResourceId;

use super::Row;

/// The bits of a uuid for its version and variant (RFC 9562), and their values in random uuids.
const VERSION_MASK: u64 = 0xF000;
const VERSION: u64 = 0x4000;
const VARIANT_MASK: u64 = 0xC000_0000_0000_0000;
const VARIANT: u64 = 0x8000_0000_0000_0000;

/// A fixed mixing of 64 bits (the finalizer of SplitMix64): different inputs have different
/// outputs.
pub(crate) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    key: u64,
}

impl Ids {
    pub(crate) fn new(key: u64) -> Self {
        Ids { key }
    }

    fn key_of(&self, kind: &str) -> u64 {
        let fold = |key: u64, byte: u8| mix(key ^ u64::from(byte));
        kind.bytes().fold(self.key, fold)
    }

    /// One half is a hash; the other half is the ordinal under a mask made from that hash.
    pub(crate) fn uuid(&self, kind: &str, ordinal: u32) -> Uuid {
        let key = self.key_of(kind);
        let high = mix(key ^ u64::from(ordinal)) & !VERSION_MASK | VERSION;
        let low = (mix(key ^ high) ^ u64::from(ordinal)) & !VARIANT_MASK | VARIANT;
        Uuid::from_u64_pair(high, low)
    }

    fn ordinal_in(&self, kind: &str, uuid: Uuid) -> Option<u32> {
        let (high, low) = uuid.as_u64_pair();
        let masked = low ^ mix(self.key_of(kind) ^ high);
        let ordinal = u32::try_from(masked & u64::from(u32::MAX)).ok()?;
        (self.uuid(kind, ordinal) == uuid).then_some(ordinal)
    }

    pub(crate) fn id<R: Row>(&self, ordinal: u32) -> String {
        R::name(self.uuid(R::KIND, ordinal))
    }

    /// The row to which an id belongs, if the id was made here.
    pub(crate) fn ordinal<R: Row>(&self, id: &str) -> Option<u32> {
        let parsed = ResourceId::parse(id)?;
        let ordinal = self.ordinal_in(R::KIND, parsed.uuid()?)?;
        (self.id::<R>(ordinal) == id).then_some(ordinal)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rows::{Message, Person};

    proptest! {
        #[test]
        fn an_id_leads_back_to_its_row_and_no_other(key: u64, ordinal: u32, other: u64) {
            let ids = Ids::new(key);
            let id = ids.id::<Message>(ordinal);
            prop_assert_eq!(ids.ordinal::<Message>(&id), Some(ordinal));
            prop_assert_eq!(ids.ordinal::<Person>(&id), None);
            prop_assert_eq!(ids.ordinal::<Message>(&format!("{id}=")), None);
            prop_assume!(other != key);
            prop_assert_eq!(Ids::new(other).ordinal::<Message>(&id), None);
        }
    }
}
