//! The queue of log lines, and the thread that writes them. Code that logs never waits: if nobody
//! reads, lines are dropped and counted, and the count is logged when there is room again.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, mpsc::SyncSender};
use std::thread;
use std::time::Duration;

use crate::limits;

/// The writers' end.
#[derive(Debug)]
pub(super) struct Queue {
    lines: Sender<Line>,
    held: Arc<Held>,
}

#[derive(Debug)]
enum Line {
    Text(Box<[u8]>),
    /// Answered once every line before it is written.
    Flush(SyncSender<()>),
}

#[derive(Debug, Default)]
struct Held {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl Queue {
    /// Starts the thread that writes to `out` and that `out` may block. The thread calls `tell`
    /// with the number of lines that were dropped; `tell` writes past the queue.
    pub(super) fn start<W, T>(out: W, tell: T) -> Arc<Self>
    where
        W: Write + Send + 'static,
        T: Fn(u64) + Send + 'static,
    {
        let (lines, waiting) = channel();
        let held = Arc::new(Held::default());
        let of_thread = held.clone();
        let started = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || carry(out, &waiting, &of_thread, tell));
        // A system that cannot start this thread cannot start the runtime either.
        drop(started);
        Arc::new(Queue { lines, held })
    }

    fn push(&self, text: &[u8]) {
        let before = self.held.bytes.fetch_add(text.len(), Ordering::Relaxed);
        let has_room = before.saturating_add(text.len()) <= limits::LOG_WAITING_MAX_BYTES;
        if !has_room || self.lines.send(Line::Text(text.into())).is_err() {
            self.held.bytes.fetch_sub(text.len(), Ordering::Relaxed);
            self.held.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until every line is written, for a short time only: the reader may be stuck.
    pub(super) fn flush(&self) {
        let (done, flushed) = sync_channel(1);
        if self.lines.send(Line::Flush(done)).is_ok() {
            let patience = Duration::from_millis(limits::LOG_FLUSH_MILLISECONDS);
            // A line that is not written by now is lost with the process.
            let _ = flushed.recv_timeout(patience);
        }
    }
}

/// Lines that come close together share one write and one wake-up of this thread.
fn carry(mut out: impl Write, waiting: &Receiver<Line>, held: &Held, tell: impl Fn(u64)) {
    let tell_dropped = || match held.dropped.swap(0, Ordering::Relaxed) {
        0 => {}
        lines => tell(lines),
    };
    let mut gathered = Vec::new();
    while let Ok(first) = waiting.recv() {
        if matches!(first, Line::Text(_)) {
            thread::sleep(Duration::from_millis(limits::LOG_GATHER_MILLISECONDS));
        }
        let mut next = Some(first);
        while let Some(line) = next {
            let flush = gather(line, waiting, &mut gathered);
            // A closed stderr cannot take a line about itself either.
            let _ = out.write_all(&gathered);
            held.bytes.fetch_sub(gathered.len(), Ordering::Relaxed);
            gathered.clear();
            if let Some(done) = flush {
                tell_dropped();
                let _ = out.flush();
                let _ = done.send(());
            }
            next = waiting.try_recv().ok();
        }
        tell_dropped();
    }
}

/// Collects the waiting lines, up to the size of a write or to the next request for a flush.
fn gather(first: Line, waiting: &Receiver<Line>, gathered: &mut Vec<u8>) -> Option<SyncSender<()>> {
    let mut next = Some(first);
    while let Some(line) = next {
        match line {
            Line::Text(text) => gathered.extend_from_slice(&text),
            Line::Flush(done) => return Some(done),
        }
        next = match gathered.len() < limits::LOG_WRITE_BYTES {
            true => waiting.try_recv().ok(),
            false => None,
        };
    }
    None
}

/// Each call writes one complete line.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::RecvTimeoutError;

    use super::*;

    const LINE: &[u8] = &[b'x'; 1024];
    const LINES_HELD: usize = limits::LOG_WAITING_MAX_BYTES / LINE.len();
    /// No test waits this long; only a failure does.
    const TOO_LONG: Duration = Duration::from_secs(10);

    /// A pipe that takes nothing while it is closed, and reports how much it took.
    struct Pipe {
        closed: Receiver<()>,
        taken: Sender<usize>,
    }

    impl Write for Pipe {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            let _ = self.closed.recv();
            let _ = self.taken.send(lines.len());
            Ok(lines.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Piped {
        queue: Arc<Queue>,
        /// Dropping it opens the pipe.
        closed: Sender<()>,
        taken: Receiver<usize>,
        dropped: Receiver<u64>,
    }

    impl Piped {
        fn new() -> Self {
            let (closed, waiting) = channel();
            let (taken, took) = channel();
            let (told, dropped) = channel();
            let pipe = Pipe {
                closed: waiting,
                taken,
            };
            let queue = Queue::start(pipe, move |lines| {
                let _ = told.send(lines);
            });
            Piped {
                queue,
                closed,
                taken: took,
                dropped,
            }
        }

        fn write(&self, line: &[u8]) {
            (&*self.queue).write_all(line).unwrap();
        }
    }

    /// The bytes that came out of the pipe, after a flush.
    fn taken(queue: &Queue, taken: &Receiver<usize>) -> usize {
        queue.flush();
        taken.try_iter().sum()
    }

    #[test]
    fn what_nobody_reads_is_dropped_and_counted_and_told_when_there_is_room() {
        let piped = Piped::new();
        for _ in 0..LINES_HELD + 7 {
            piped.write(LINE);
        }
        assert!(piped.dropped.try_recv().is_err(), "nobody reads so far");
        drop(piped.closed);
        assert_eq!(piped.dropped.recv_timeout(TOO_LONG), Ok(7));
        assert_eq!(taken(&piped.queue, &piped.taken), LINES_HELD * LINE.len());
        (&*piped.queue).write_all(b"again").unwrap();
        assert_eq!(taken(&piped.queue, &piped.taken), 5);
        drop(piped.queue);
        assert_eq!(
            piped.dropped.recv_timeout(TOO_LONG),
            Err(RecvTimeoutError::Disconnected),
            "each count is told once"
        );
    }

    #[test]
    fn a_line_beyond_all_room_is_dropped_and_the_next_one_is_not() {
        let piped = Piped::new();
        piped.write(&vec![b'x'; limits::LOG_WAITING_MAX_BYTES + 1]);
        drop(piped.closed);
        (&*piped.queue).write_all(LINE).unwrap();
        assert_eq!(piped.taken.recv_timeout(TOO_LONG), Ok(LINE.len()));
        assert_eq!(piped.dropped.recv_timeout(TOO_LONG), Ok(1));
    }

    #[test]
    fn lines_that_wait_share_a_write_of_bounded_size() {
        let piped = Piped::new();
        for _ in 0..LINES_HELD {
            piped.write(LINE);
        }
        drop(piped.closed);
        piped.queue.flush();
        let writes: Vec<_> = piped.taken.try_iter().collect();
        assert_eq!(writes.iter().sum::<usize>(), LINES_HELD * LINE.len());
        // The first line may have been written before the others came.
        let fewest = LINES_HELD * LINE.len() / limits::LOG_WRITE_BYTES;
        assert!((fewest..=fewest + 1).contains(&writes.len()), "{writes:?}");
    }

    #[test]
    fn the_end_waits_for_lines_that_are_read_and_not_for_ever() {
        let open = Piped::new();
        drop(open.closed);
        for _ in 0..3 {
            (&*open.queue).write_all(LINE).unwrap();
        }
        assert_eq!(taken(&open.queue, &open.taken), 3 * LINE.len());
        let stuck = Piped::new();
        stuck.write(LINE);
        assert_eq!(
            taken(&stuck.queue, &stuck.taken),
            0,
            "stuck, and the end came"
        );
    }
}
