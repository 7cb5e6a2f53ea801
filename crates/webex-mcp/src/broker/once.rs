//! What works once, such as a page or a link: a record says that it was used, for as long as it could
//! come again.

use super::Broker;
use super::refusal::Refused;
use crate::stores::records::change::{RecordName, Refused as NotWritten};

impl Broker {
    /// Whether this is the first use of what has this name. Its record keeps `how`.
    ///
    /// # Errors
    /// `temporarily_unavailable`; then it is not used.
    pub(super) async fn is_first_use(
        &self,
        name: &RecordName,
        how: &[u8],
        until: i64,
    ) -> Result<bool, Refused> {
        match self.0.records.put_until(name, 0, how, Some(until)).await {
            Ok(_) => Ok(true),
            Err(NotWritten::Unavailable) => Err(Refused::unavailable()),
            Err(_) => Ok(false),
        }
    }
}
