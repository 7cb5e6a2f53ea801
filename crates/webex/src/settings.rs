//! The settings that a caller may choose: how long each stage of a call may take.

use std::time::Duration;

/// Timeouts of the client. The defaults suit an interactive caller.
#[derive(Clone, Debug)]
pub struct Settings {
    /// DNS, TCP and TLS together (default 5 s).
    pub connect_timeout: Duration,
    /// From the last byte sent to the first byte of the answer (default 15 s).
    pub first_byte_timeout: Duration,
    /// Between two pieces of a body, in either direction (default 30 s).
    pub between_bytes_timeout: Duration,
    /// A whole call with all its repeats, unless the client has its own deadline (default 15 s).
    pub call_timeout: Duration,
    /// A whole upload or download, unless the client has its own deadline (default 10 min).
    pub transfer_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(15),
            between_bytes_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(15),
            transfer_timeout: Duration::from_secs(600),
        }
    }
}
