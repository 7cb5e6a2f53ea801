//! Logs: to stderr, one line an event, for people or for collectors. stdout belongs to answers.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::config::{Log, LogFormat, LogLevel};

/// Libraries that tell more than an operator wants; at `trace` they may speak.
const QUIET: [&str; 6] = ["rmcp", "hyper", "hyper_util", "h2", "reqwest", "rustls"];

/// Starts logging for this process; a second start changes nothing.
pub fn start(log: &Log) {
    let stderr = std::io::stderr;
    let layer = match log.format {
        LogFormat::Human => fmt::layer()
            .with_ansi(stderr().is_terminal())
            .with_target(false)
            .with_writer(stderr)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(stderr)
            .boxed(),
    };
    let started = tracing_subscriber::registry()
        .with(layer.with_filter(filter(log.level)))
        .try_init();
    // Only tests start twice; the first logger then stays.
    drop(started);
}

fn filter(level: LogLevel) -> Targets {
    let own = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let theirs = match level {
        LogLevel::Trace => own,
        _ => own.min(LevelFilter::WARN),
    };
    Targets::new()
        .with_default(own)
        .with_targets(QUIET.map(|target| (target, theirs)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn libraries_are_quiet_and_never_louder_than_wanted() {
        for (level, own_info, rmcp_info, rmcp_warn) in [
            (LogLevel::Off, false, false, false),
            (LogLevel::Error, false, false, false),
            (LogLevel::Info, true, false, true),
            (LogLevel::Debug, true, false, true),
            (LogLevel::Trace, true, true, true),
        ] {
            let filter = filter(level);
            assert_eq!(filter.would_enable("webex_mcp", &Level::INFO), own_info);
            assert_eq!(
                filter.would_enable("rmcp::service", &Level::INFO),
                rmcp_info
            );
            assert_eq!(
                filter.would_enable("rmcp::service", &Level::WARN),
                rmcp_warn
            );
        }
    }
}
