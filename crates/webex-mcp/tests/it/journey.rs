//! A test runs as a journey, which fails if it leaves something behind: tasks, sockets of its servers,
//! or files that were on their way.
//!
//! `#[tokio::test(crate = "crate::journey")]` takes its runtime from here. That no test forgets it, and
//! that servers get their addresses and directories here, is a rule in `architecture.rs`.

use std::cell::RefCell;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
pub use tokio::pin;

/// No journey waits for this: it is what one takes that leaves something behind.
const PATIENCE: Duration = Duration::from_secs(10);
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

thread_local! {
    /// Of the test that runs in this thread.
    static GUARD: RefCell<Guard> = RefCell::default();
}

/// What has to be closed or tidy at the end of a journey.
#[derive(Default)]
struct Guard {
    addresses: Vec<SocketAddr>,
    directories: Vec<TempDir>,
}

/// A socket for a server, on a port of its own.
pub fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    GUARD.with_borrow_mut(|guard| guard.addresses.push(address));
    listener.set_nonblocking(true).unwrap();
    listener
}

/// An address for a server in a process of its own. It has to stay free until that process takes it,
/// so it is none that the system gives to a connection, or to a listener that asks for any port: Linux
/// gives those from 32,768 up, others from 49,152 up, unless somebody has set it otherwise.
#[cfg(unix)]
pub fn free_address() -> SocketAddr {
    use std::sync::atomic::{AtomicU32, Ordering};
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    const FIRST: u32 = 20_000;
    const PORTS: u32 = 12_000;
    // Test programs that run at once begin far from each other.
    let begin = std::process::id().wrapping_mul(997);
    let free = (0..PORTS).find_map(|_| {
        let next = begin.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + next % PORTS).unwrap();
        TcpListener::bind(("127.0.0.1", port)).ok()
    });
    let address = free.unwrap().local_addr().unwrap();
    GUARD.with_borrow_mut(|guard| guard.addresses.push(address));
    address
}

/// A directory for a server's data, which goes with the journey.
pub fn directory() -> PathBuf {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    GUARD.with_borrow_mut(|guard| guard.directories.push(directory));
    path
}

impl Guard {
    fn left_behind(&self, tasks: usize) -> Vec<String> {
        let mut left = Vec::new();
        if tasks > 0 {
            left.push(format!("tasks: {tasks}"));
        }
        let at = |port: &u16| self.addresses.iter().any(|it| it.port() == *port);
        left.extend(
            (sockets().iter().filter(|port| at(port))).map(|port| format!("a socket at {port}")),
        );
        for directory in &self.directories {
            let mut stray = Vec::new();
            find_stray_files(directory.path(), &mut stray);
            left.extend(stray.iter().map(|path| format!("{}", path.display())));
        }
        left
    }
}

/// Files that no finished work leaves: half of a file, or one on its way in.
fn find_stray_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_stray_files(&path, found);
        } else if directory.ends_with("incoming")
            || path
                .extension()
                .is_some_and(|it| it == "part" || it == "tmp")
        {
            found.push(path);
        }
    }
}

/// Both ports of each TCP socket that this process has open.
#[cfg(target_os = "linux")]
fn sockets() -> Vec<u16> {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let open = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    let open: Vec<_> = open.map(|it| it.to_string_lossy().into_owned()).collect();
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let rows = table.lines().skip(1).map(|row| row.split_whitespace());
    let ports = rows.flat_map(|row| {
        let row: Vec<_> = row.collect();
        let is_ours = open.contains(&format!("socket:[{}]", row[9]));
        let port = |address: &str| u16::from_str_radix(address.rsplit(':').next().unwrap(), 16);
        let ports = [port(row[1]).unwrap(), port(row[2]).unwrap()];
        ports.into_iter().filter(move |_| is_ours)
    });
    ports.collect()
}

/// Only Linux has a list of them.
#[cfg(not(target_os = "linux"))]
fn sockets() -> Vec<u16> {
    Vec::new()
}

/// What `#[tokio::test]` builds, with the guard around it.
pub mod runtime {
    use super::*;

    pub struct Builder(tokio::runtime::Builder);

    impl Builder {
        pub fn new_current_thread() -> Self {
            Builder(tokio::runtime::Builder::new_current_thread())
        }

        #[cfg(unix)]
        pub fn new_multi_thread() -> Self {
            Builder(tokio::runtime::Builder::new_multi_thread())
        }

        #[cfg(unix)]
        pub fn worker_threads(mut self, count: usize) -> Self {
            self.0.worker_threads(count);
            self
        }

        pub fn start_paused(mut self, is_paused: bool) -> Self {
            self.0.start_paused(is_paused);
            self
        }

        pub fn enable_all(mut self) -> Self {
            self.0.enable_all();
            self
        }

        pub fn build(mut self) -> std::io::Result<Runtime> {
            let runtime = self.0.build()?;
            let patience = PATIENCE;
            Ok(Runtime { runtime, patience })
        }
    }

    pub struct Runtime {
        runtime: tokio::runtime::Runtime,
        patience: Duration,
    }

    impl Runtime {
        pub(super) fn within(self, patience: Duration) -> Self {
            Runtime { patience, ..self }
        }

        /// Runs the journey, then lets what it started end.
        pub fn block_on<T>(self, journey: impl Future<Output = T>) -> T {
            GUARD.take();
            let outcome = self.runtime.block_on(journey);
            let guard = GUARD.take();
            let left = self.runtime.block_on(settled(&guard, self.patience));
            assert!(left.is_empty(), "left behind: {}", left.join(", "));
            outcome
        }
    }

    /// What is still there when all that ends by itself has ended.
    async fn settled(guard: &Guard, patience: Duration) -> Vec<String> {
        let deadline = Instant::now() + patience;
        let metrics = tokio::runtime::Handle::current().metrics();
        loop {
            let left = guard.left_behind(metrics.num_alive_tasks());
            if left.is_empty() || Instant::now() > deadline {
                return left;
            }
            // Not tokio's sleep, which would move a clock that is paused.
            std::thread::sleep(BETWEEN_LOOKS);
            tokio::task::yield_now().await;
        }
    }
}

/// What the guard says of a journey.
fn told(journey: impl Future<Output = ()>) -> String {
    let guarded = || {
        let built = runtime::Builder::new_current_thread().enable_all().build();
        built.unwrap().within(Duration::ZERO).block_on(journey);
    };
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(guarded));
    match caught {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast_ref::<String>().unwrap().clone(),
    }
}

#[test]
fn a_task_that_does_not_end_is_caught() {
    let endless = async {
        tokio::spawn(std::future::pending::<()>());
    };
    assert_eq!(told(endless), "left behind: tasks: 1");
    let world = async {
        let world = crate::world::World::new();
        let dispatcher = world.dispatcher.clone();
        let ask = serde_json::json!({});
        let call = world.call(
            "alice",
            "webex-get-space",
            ask,
            webex_mcp::call::consent::Ask::Nobody,
        );
        let hang = webex_sandbox::Fault::Slow {
            delay_ms: 3_600_000,
        };
        world.sandbox.faults().next(1, hang);
        tokio::spawn(async move { dispatcher.answer(call).await });
    };
    assert!(told(world).starts_with("left behind: "));
    assert_eq!(told(async {}), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_that_stays_open_is_caught() {
    let mut kept = Vec::new();
    let listens = async { kept.push(listener()) };
    let told_of = told(listens);
    assert!(
        told_of.starts_with("left behind: a socket at "),
        "{told_of}"
    );
    // Neither end of a connection may stay.
    for end in 0..2 {
        let mut kept = None;
        let talks = async {
            let listener = listener();
            let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            listener.set_nonblocking(false).unwrap();
            let (server, _) = listener.accept().unwrap();
            kept = Some(if end == 0 { client } else { server });
        };
        let told_of = told(talks);
        assert!(
            told_of.starts_with("left behind: a socket at "),
            "{told_of}"
        );
    }
    let closes = async { drop(listener()) };
    assert_eq!(told(closes), "");
}

#[test]
fn a_file_on_its_way_is_caught() {
    for name in ["report.pdf.part", "state.tmp", "artifacts/incoming/half"] {
        let writes = async {
            let path = directory().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "half").unwrap();
        };
        assert!(told(writes).ends_with(name), "{name}");
    }
    let finishes = async { std::fs::write(directory().join("records.db"), "whole").unwrap() };
    assert_eq!(told(finishes), "");
}
