//! Logs requests that are refused at the door, with the cause and the address, so that an operator
//! sees a missing setting. A flood of them does not fill the log.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, header};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::auth::{Head, Reason};
use crate::edge::limits;
use crate::edge::refusal::printable;

/// Log lines about refused requests, with a limit for each cause.
#[derive(Debug)]
pub(super) struct Refused {
    way: Lines,
    host: Lines,
    origin: Lines,
    caller: Lines,
    delivery: Lines,
}

/// The lines about one cause.
#[derive(Debug)]
struct Lines {
    limiter: DefaultDirectRateLimiter,
    left_out: AtomicU64,
}

impl Lines {
    fn new() -> Self {
        let lines = NonZeroU32::new(limits::REFUSED_LINES_PER_MINUTE).unwrap_or(NonZeroU32::MIN);
        Lines {
            limiter: RateLimiter::direct(Quota::per_minute(lines)),
            left_out: AtomicU64::new(0),
        }
    }

    /// Whether one more line may be written, and how many were left out since the last one.
    fn next(&self) -> Option<u64> {
        if self.limiter.check().is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.left_out.swap(0, Ordering::Relaxed))
    }
}

impl Refused {
    pub(super) fn new() -> Self {
        Refused {
            way: Lines::new(),
            host: Lines::new(),
            origin: Lines::new(),
            caller: Lines::new(),
            delivery: Lines::new(),
        }
    }

    pub(super) fn way(&self, head: &Head<'_>) {
        if let Some(left_out) = self.way.next() {
            let address = address(head);
            tracing::info!(
                address,
                left_out,
                "a request was refused: it came over plain HTTP and from none of trusted_proxies"
            );
        }
    }

    pub(super) fn host(&self, head: &Head<'_>) {
        if let Some(left_out) = self.host.next() {
            let (host, address) = (named(head.headers, &header::HOST), address(head));
            tracing::info!(
                host,
                address,
                left_out,
                "a request was refused: its Host is not in allowed_hosts, or is none"
            );
        }
    }

    pub(super) fn origin(&self, head: &Head<'_>) {
        if let Some(left_out) = self.origin.next() {
            let (origin, address) = (named(head.headers, &header::ORIGIN), address(head));
            tracing::info!(
                origin,
                address,
                left_out,
                "a request was refused: its Origin is not in allowed_origins"
            );
        }
    }

    /// Logs nothing that was sent: it may be a token for another service.
    pub(super) fn caller(&self, head: &Head<'_>, reason: Reason) {
        if let Some(left_out) = self.caller.next() {
            let (address, reason) = (address(head), name(reason));
            tracing::info!(
                reason,
                address,
                left_out,
                "a request was refused: its caller is not known"
            );
        }
    }

    /// A delivery of a webhook. Its address stays out of the log.
    pub(super) fn delivery(&self, head: &Head<'_>, reason: &'static str) {
        if let Some(left_out) = self.delivery.next() {
            let address = address(head);
            tracing::info!(
                reason,
                address,
                left_out,
                "the delivery of a webhook was refused"
            );
        }
    }
}

fn address(head: &Head<'_>) -> Option<impl tracing::Value> {
    head.address.map(tracing::field::display)
}

/// A header in a form that is safe to log.
fn named(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(printable(&String::from_utf8_lossy(value.as_bytes())))
}

fn name(reason: Reason) -> &'static str {
    match reason {
        Reason::NotSent => "no bearer",
        Reason::Malformed => "malformed bearer",
        Reason::Refused => "refused bearer",
        Reason::NotAllowed => "may not use this server",
        Reason::TooMany { .. } => "too many unknown bearers",
        Reason::Busy { .. } => "no room to ask",
        Reason::Unreachable { .. } => "nobody to ask",
    }
}
