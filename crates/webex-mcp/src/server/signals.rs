//! The signals that this process knows: those that tell it to end, and one that must not.

/// A file that reaches its size limit is an error for the journal, not the end of the process.
pub(super) fn outlive_file_limits() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        // The handler stays after its stream is dropped.
        if let Err(error) = signal(kind) {
            tracing::debug!(%error, "a file size limit would end this process");
        }
    }
}

/// Waits for the first signal to end: SIGTERM, ctrl-c, or that the terminal was closed. Where the
/// system has no signals, it waits forever.
pub(super) async fn told_to_end() {
    tokio::select! {
        () = told_again() => {}
        () = hung_up() => {}
    }
}

/// Waits for a signal that a person or a service manager sends. A closed terminal is not among
/// them: it is told by the shell and by the system, one after the other.
pub(super) async fn told_again() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = terminated => {}
        () = interrupted => {}
    }
}

/// Waits for SIGHUP. Who started this with `nohup` wants it to go on.
#[cfg(unix)]
async fn hung_up() {
    use tokio::signal::unix::{SignalKind, signal};
    if is_hang_up_ignored() {
        return std::future::pending().await;
    }
    match signal(SignalKind::hangup()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn hung_up() {
    std::future::pending().await
}

/// Whether whoever started this process made it ignore SIGHUP. Only Linux tells it in a file.
#[cfg(unix)]
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status");
    status.is_ok_and(|status| ignores_hang_up(&status))
}

#[cfg(unix)]
fn ignores_hang_up(status: &str) -> bool {
    let mut lines = status.lines();
    let ignored = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is the first signal, and has the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_hang_up_that_is_ignored_is_known() {
        for (status, is_ignored) in [
            ("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0\n", true),
            (
                "SigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n",
                false,
            ),
            ("", false),
        ] {
            assert_eq!(ignores_hang_up(status), is_ignored, "{status}");
        }
    }
}
