//! Deletes recordings permanently, moves them into the recycle bin, restores them, or purges them
//! from the bin.

use http::Method;
use serde::Serialize;
use serde_with::skip_serializing_none;

use super::{Recordings, check_ids};
use crate::deletion::Deletion;
use crate::error::WebexError;
use crate::operation::{Operation, Repeat};

/// `DELETE /recordings/{recordingId}`; administrators: `meeting:admin_recordings_write`, compliance
/// officers: `spark-compliance:meetings_write`.
pub static DELETE: Operation = Operation {
    name: "recordings.delete",
    method: Method::DELETE,
    path: "/recordings/{recordingId}",
    repeat: Repeat::Write,
    scopes: &["meeting:recordings_write"],
};

/// `POST /recordings/softDelete`; administrators: `meeting:admin_recordings_write`.
pub static SOFT_DELETE: Operation = Operation {
    name: "recordings.soft_delete",
    method: Method::POST,
    path: "/recordings/softDelete",
    repeat: Repeat::Write,
    scopes: &["meeting:recordings_write"],
};

/// `POST /recordings/restore`; administrators: `meeting:admin_recordings_write`.
pub static RESTORE: Operation = Operation {
    name: "recordings.restore",
    method: Method::POST,
    path: "/recordings/restore",
    repeat: Repeat::Write,
    scopes: &["meeting:recordings_write"],
};

/// `POST /recordings/purge`; administrators: `meeting:admin_recordings_write`.
pub static PURGE: Operation = Operation {
    name: "recordings.purge",
    method: Method::POST,
    path: "/recordings/purge",
    repeat: Repeat::Write,
    scopes: &["meeting:recordings_write"],
};

/// Recordings to put into the bin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntoBin {
    /// 1 to 100, all of one site.
    pub recording_ids: Vec<String>,
    /// The site of the recordings; the caller's preferred site if absent.
    pub site_url: Option<String>,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
}

/// Selects recordings in the bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binned {
    /// All recordings in the bin.
    All,
    /// These, 1 to 100, all of one site.
    Ids(Vec<String>),
}

/// Recordings to restore from the bin, or to purge from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromBin {
    /// The recordings.
    pub recordings: Binned,
    /// The site of the recordings; the caller's preferred site if absent.
    pub site_url: Option<String>,
    /// The host on whose behalf the call acts; for administrators.
    pub host_email: Option<String>,
}

/// The body of all three operations; its flag depends on the operation.
#[skip_serializing_none]
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bulk<'a> {
    restore_all: Option<bool>,
    purge_all: Option<bool>,
    recording_ids: Option<&'a [String]>,
    site_url: Option<&'a str>,
}

impl Recordings<'_> {
    /// Deletes one's own recording permanently, without the bin. Compliance officers still see it,
    /// and must give a reason to delete somebody else's. `host_email` is for administrators. Scope:
    /// `meeting:recordings_write`.
    pub async fn delete(
        &self,
        recording_id: &str,
        host_email: Option<&str>,
        deletion: Option<&Deletion>,
    ) -> Result<(), WebexError> {
        let call = DELETE.call().id(recording_id)?;
        let call = call.query(&[("hostEmail", host_email)])?;
        let call = match deletion {
            Some(deletion) => {
                deletion.check()?;
                call.json(deletion)?
            }
            None => call,
        };
        self.0.done(call).await
    }

    /// Moves recordings into the bin. Scope: `meeting:recordings_write`.
    pub async fn soft_delete(&self, recordings: &IntoBin) -> Result<(), WebexError> {
        check_ids(&recordings.recording_ids)?;
        let body = Bulk {
            recording_ids: Some(&recordings.recording_ids),
            site_url: recordings.site_url.as_deref(),
            ..Default::default()
        };
        let host_email = recordings.host_email.as_deref();
        self.bulk(&SOFT_DELETE, host_email, &body).await
    }

    /// Restores recordings from the bin. Scope: `meeting:recordings_write`.
    pub async fn restore(&self, recordings: &FromBin) -> Result<(), WebexError> {
        let body = Bulk {
            restore_all: recordings.all(),
            ..recordings.body()?
        };
        let host_email = recordings.host_email.as_deref();
        self.bulk(&RESTORE, host_email, &body).await
    }

    /// Purges recordings from the bin, which cannot be undone. Scope: `meeting:recordings_write`.
    pub async fn purge(&self, recordings: &FromBin) -> Result<(), WebexError> {
        let body = Bulk {
            purge_all: recordings.all(),
            ..recordings.body()?
        };
        let host_email = recordings.host_email.as_deref();
        self.bulk(&PURGE, host_email, &body).await
    }

    async fn bulk(
        &self,
        operation: &Operation,
        host_email: Option<&str>,
        body: &Bulk<'_>,
    ) -> Result<(), WebexError> {
        let call = operation.call().query(&[("hostEmail", host_email)])?;
        self.0.done(call.json(body)?).await
    }
}

impl FromBin {
    fn all(&self) -> Option<bool> {
        (self.recordings == Binned::All).then_some(true)
    }

    fn body(&self) -> Result<Bulk<'_>, WebexError> {
        let recording_ids = match &self.recordings {
            Binned::All => None,
            Binned::Ids(ids) => {
                check_ids(ids)?;
                Some(ids.as_slice())
            }
        };
        Ok(Bulk {
            recording_ids,
            site_url: self.site_url.as_deref(),
            ..Default::default()
        })
    }
}
