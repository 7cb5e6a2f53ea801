//! Logs: to stderr, one line for each event, for people or for collectors. stdout is for answers.

mod queue;

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::sync::Arc;

use tracing::{Dispatch, Subscriber, dispatcher};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use self::queue::Queue;
use crate::config::{Log, LogFormat, LogLevel};

/// Our own crates.
const OWN: [&str; 3] = ["webex", "webex_mcp", "webex_sandbox"];
/// Libraries that carry bytes, which warn of connections. All others log what they work on, which may
/// be what people wrote, and say nothing.
const CARRIERS: [&str; 5] = ["axum", "h2", "hyper", "rustls", "tokio"];
/// Lines about calls.
const CALLS: &str = "webex_mcp::call";

/// Whether the default level has a line for every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    Told,
    /// Where the client started this process and stores or ignores all of its stderr.
    Untold,
}

/// A running log. When it is dropped at the end of the process, it waits a moment for the last
/// lines.
#[derive(Debug)]
#[must_use]
pub struct Logging(Arc<Queue>);

impl Drop for Logging {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Starts logging for this process; a second start changes nothing. Code that logs never waits for
/// the reader of stderr.
pub fn start(log: &Log, calls: Calls) -> Logging {
    let past_the_queue = Dispatch::new(subscriber(log, calls, std::io::stderr));
    let queue = Queue::start(std::io::stderr(), move |lines| {
        dispatcher::with_default(&past_the_queue, || tell_dropped(lines));
    });
    if subscriber(log, calls, queue.clone()).try_init().is_ok() {
        tell_panics();
    }
    // Only tests start it twice; the first logger then stays.
    Logging(queue)
}

/// The line for collectors once everything is served; people get a greeting on stdout.
#[derive(Debug)]
pub struct Start<'a> {
    /// The address it listens on, if any.
    pub address: Option<SocketAddr>,
    /// Scheme and host before every path, as others see them.
    pub base: Option<&'a str>,
    pub servers: Vec<&'a str>,
    /// The authentication of servers that do not set their own.
    pub authentication: &'a str,
}

pub fn tell_start(start: &Start<'_>) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        address = start.address.map(tracing::field::display),
        base = start.base,
        servers = start.servers.join(","),
        authentication = start.authentication,
        "the server is ready"
    );
}

fn tell_dropped(lines: u64) {
    tracing::warn!(
        lines,
        "lines of this log were dropped: stderr was not read as fast as they came"
    );
}

/// Logs panics like everything else: the default hook would wait for stderr, and could quote what
/// people wrote.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(tracing::field::display);
        // A message that is built at run time may contain anything.
        let reason = panic.payload().downcast_ref::<&'static str>();
        tracing::error!(location, reason, "a thread panicked");
    }));
}

fn subscriber<W>(log: &Log, calls: Calls, out: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = match log.format {
        LogFormat::Human => fmt::layer()
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .with_writer(out)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(out)
            .boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter(log.level, calls)))
}

fn filter(level: LogLevel, calls: Calls) -> Targets {
    let own = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let theirs = own.min(LevelFilter::WARN);
    let of_calls = match (level, calls) {
        (LogLevel::Info, Calls::Untold) => LevelFilter::WARN,
        _ => own,
    };
    Targets::new()
        .with_default(LevelFilter::OFF)
        .with_targets(CARRIERS.map(|target| (target, theirs)))
        .with_targets(OWN.map(|target| (target, own)))
        .with_target(CALLS, of_calls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn libraries_that_read_text_say_nothing_and_others_warn() {
        for (level, own_info, carrier_warn) in [
            (LogLevel::Off, false, false),
            (LogLevel::Error, false, false),
            (LogLevel::Info, true, true),
            (LogLevel::Debug, true, true),
            (LogLevel::Trace, true, true),
        ] {
            let filter = filter(level, Calls::Told);
            assert_eq!(filter.would_enable("webex_mcp", &Level::INFO), own_info);
            assert!(!filter.would_enable("hyper::proto", &Level::INFO));
            assert_eq!(
                filter.would_enable("hyper::proto", &Level::WARN),
                carrier_warn
            );
            // It would log each error that a client is sent, with the names in it.
            assert!(!filter.would_enable("rmcp::service", &Level::ERROR));
            assert!(!filter.would_enable("html5ever::tree_builder", &Level::ERROR));
            assert!(!filter.would_enable("rrule::parser", &Level::WARN));
        }
    }

    #[test]
    fn the_default_level_has_no_line_for_a_call_where_the_client_keeps_the_log() {
        for (level, calls, info, warn) in [
            (LogLevel::Info, Calls::Told, true, true),
            (LogLevel::Info, Calls::Untold, false, true),
            (LogLevel::Debug, Calls::Untold, true, true),
            (LogLevel::Error, Calls::Untold, false, false),
        ] {
            let filter = filter(level, calls);
            assert_eq!(filter.would_enable(CALLS, &Level::INFO), info, "{level:?}");
            assert_eq!(filter.would_enable(CALLS, &Level::WARN), warn, "{level:?}");
            let others = filter.would_enable("webex_mcp::server", &Level::INFO);
            assert_eq!(others, level != LogLevel::Error);
        }
    }
}
