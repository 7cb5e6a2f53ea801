//! Whether the caller of a request that goes on, such as a stream, would still be let in.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};
use tokio::time::Instant;
use webex::AccessToken;

use super::{Authentication, Head, TokenHeader, bearer};
use crate::identity::{Absentee, Caller};
use crate::limits;

/// How a request was let in, beside its headers.
#[derive(Debug, Clone)]
pub struct Admission {
    by: Arc<Authentication>,
    address: Option<IpAddr>,
    is_forwarded: bool,
    server: Box<str>,
    token_header: Option<TokenHeader>,
}

/// A caller that was let in, and what it was let in by.
#[derive(Debug)]
pub struct Standing {
    admission: Admission,
    token: Option<AccessToken>,
    who: Absentee,
    /// When it was last certain.
    certain_at: Instant,
}

impl Admission {
    pub fn new(by: Arc<Authentication>, head: &Head<'_>) -> Self {
        Admission {
            by,
            address: head.address,
            is_forwarded: head.is_forwarded,
            server: head.server.into(),
            token_header: head.token_header.cloned(),
        }
    }

    /// Of the caller that was let in with these headers.
    pub fn standing(&self, headers: &HeaderMap, caller: &Caller) -> Standing {
        // Whoever came without a token, or with what is none, is looked at again without one.
        let token = bearer::within(&self.head(headers), limits::IDP_TOKEN_MAX_BYTES);
        Standing {
            admission: self.clone(),
            token: token.ok().flatten(),
            who: Absentee::of(caller),
            certain_at: Instant::now(),
        }
    }

    fn head<'a>(&'a self, headers: &'a HeaderMap) -> Head<'a> {
        Head {
            headers,
            address: self.address,
            is_forwarded: self.is_forwarded,
            server: &self.server,
            token_header: self.token_header.as_ref(),
        }
    }
}

impl Standing {
    /// Looks again: whether the same caller would be let in now, with the same account at Webex. Where
    /// that cannot be found out, it holds for a while longer.
    pub async fn holds(&mut self) -> bool {
        let mut headers = HeaderMap::new();
        let bearer = self
            .token
            .as_ref()
            .map(|token| format!("Bearer {}", token.expose()));
        if let Some(Ok(mut bearer)) = bearer.map(HeaderValue::try_from) {
            bearer.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, bearer);
        }
        let Admission { by, .. } = &self.admission;
        match by.still(&self.admission.head(&headers)).await {
            Ok(caller) => {
                self.certain_at = Instant::now();
                Absentee::of(&caller) == self.who
            }
            Err(unknown) => {
                unknown.retry_after().is_some()
                    && self.certain_at.elapsed() < limits::STANDING_UNCERTAIN
            }
        }
    }
}

#[cfg(test)]
mod tests;
