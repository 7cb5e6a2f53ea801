//! Those for whom a server goes on without a request of theirs: with calls that were scheduled, with
//! long work after a restart, and with webhooks.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::ways::Ways;
use crate::auth::Absent;
use crate::call::Owners;
use crate::identity::{Absentee, Caller};
use crate::servers::{Registry, VirtualServer};

/// The callers of the servers as they are served now, each known in the way of its server.
pub(super) struct Absentees<'a>(pub &'a Registry, pub &'a Ways);

impl Owners for Absentees<'_> {
    fn find<'a>(
        &'a self,
        slug: &'a str,
        absentee: &'a Absentee,
    ) -> BoxFuture<'a, Result<(Arc<VirtualServer>, Caller), Absent>> {
        Box::pin(async move {
            let server = self.0.get(slug).ok_or(Absent::Elsewhere)?;
            let way = self.1.of(server.authentication);
            let caller = way.lasting(absentee, slug).await?;
            Ok((server, caller))
        })
    }
}

/// The only caller over stdio. What others began is left to the servers that they use.
pub(super) struct Alone<'a>(pub &'a Caller, pub &'a [Arc<VirtualServer>]);

impl Owners for Alone<'_> {
    fn find<'a>(
        &'a self,
        slug: &'a str,
        absentee: &'a Absentee,
    ) -> BoxFuture<'a, Result<(Arc<VirtualServer>, Caller), Absent>> {
        Box::pin(async move {
            let Alone(caller, servers) = *self;
            if Absentee::of(caller) != *absentee {
                return Err(Absent::Later);
            }
            let server = servers.iter().find(|server| *server.slug == *slug);
            let server = server.ok_or(Absent::Elsewhere)?;
            Ok((server.clone(), caller.clone()))
        })
    }
}
