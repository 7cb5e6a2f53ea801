//! Lines of the log on their way out. Whoever writes one never waits: where nobody reads, lines are
//! dropped and counted, and the count is told when there is room again.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel, sync_channel};
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
    /// Everything before it has to be out when it is answered.
    Flush(SyncSender<()>),
}

#[derive(Debug, Default)]
struct Held {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl Queue {
    /// Starts the one thread that writes to `out` and may be blocked by it. `tell` is called there
    /// with the number of lines that were dropped, and writes past the queue.
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
        // A system without a thread to spare does not start the runtime either.
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

    /// Waits until everything is out, and not for long: a reader that is stuck stays stuck.
    pub(super) fn flush(&self) {
        let (done, flushed) = sync_channel(1);
        if self.lines.send(Line::Flush(done)).is_ok() {
            let patience = Duration::from_millis(limits::LOG_FLUSH_MILLISECONDS);
            // Whatever is not out by now is lost with the process.
            let _ = flushed.recv_timeout(patience);
        }
    }
}

fn carry(mut out: impl Write, waiting: &Receiver<Line>, held: &Held, tell: impl Fn(u64)) {
    let tell_dropped = || match held.dropped.swap(0, Ordering::Relaxed) {
        0 => {}
        lines => tell(lines),
    };
    loop {
        let line = match waiting.try_recv() {
            Ok(line) => line,
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                tell_dropped();
                match waiting.recv() {
                    Ok(line) => line,
                    Err(_) => return,
                }
            }
        };
        match line {
            Line::Text(text) => {
                // A stderr that was closed takes no word about it either.
                let _ = out.write_all(&text);
                held.bytes.fetch_sub(text.len(), Ordering::Relaxed);
            }
            Line::Flush(done) => {
                tell_dropped();
                let _ = out.flush();
                let _ = done.send(());
            }
        }
    }
}

/// A line comes in one piece.
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
    /// No test waits for this: it is what a failure takes.
    const TOO_LONG: Duration = Duration::from_secs(10);

    /// A pipe that takes a line for each permit, and says what it took.
    struct Pipe {
        permits: Receiver<()>,
        taken: Sender<usize>,
    }

    impl Write for Pipe {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if self.permits.recv().is_ok() {
                let _ = self.taken.send(line.len());
            }
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Piped {
        queue: Arc<Queue>,
        permits: Sender<()>,
        taken: Receiver<usize>,
        dropped: Receiver<u64>,
    }

    fn piped() -> Piped {
        let (permits, allowed) = channel();
        let (taken, took) = channel();
        let (told, dropped) = channel();
        let pipe = Pipe {
            permits: allowed,
            taken,
        };
        let queue = Queue::start(pipe, move |lines| {
            let _ = told.send(lines);
        });
        Piped {
            queue,
            permits,
            taken: took,
            dropped,
        }
    }

    #[test]
    fn what_nobody_reads_is_dropped_and_counted_and_told_when_there_is_room() {
        let Piped {
            queue,
            permits,
            taken,
            dropped,
        } = piped();
        for _ in 0..LINES_HELD + 7 {
            (&*queue).write_all(LINE).unwrap();
        }
        assert!(dropped.try_recv().is_err(), "nobody reads so far");
        for _ in 0..LINES_HELD {
            permits.send(()).unwrap();
        }
        assert_eq!(dropped.recv_timeout(TOO_LONG), Ok(7));
        assert_eq!(taken.try_iter().count(), LINES_HELD);
        permits.send(()).unwrap();
        (&*queue).write_all(b"again").unwrap();
        assert_eq!(taken.recv_timeout(TOO_LONG), Ok(5));
        drop((queue, permits));
        assert_eq!(
            dropped.recv_timeout(TOO_LONG),
            Err(RecvTimeoutError::Disconnected),
            "each count is told once"
        );
    }

    #[test]
    fn a_line_beyond_all_room_is_dropped_and_the_next_one_is_not() {
        let Piped {
            queue,
            permits,
            taken,
            dropped,
        } = piped();
        let long = vec![b'x'; limits::LOG_WAITING_MAX_BYTES + 1];
        (&*queue).write_all(&long).unwrap();
        permits.send(()).unwrap();
        (&*queue).write_all(LINE).unwrap();
        assert_eq!(taken.recv_timeout(TOO_LONG), Ok(LINE.len()));
        assert_eq!(dropped.recv_timeout(TOO_LONG), Ok(1));
    }

    #[test]
    fn the_end_waits_for_lines_that_are_read_and_not_for_ever() {
        let Piped {
            queue,
            permits,
            taken,
            ..
        } = piped();
        for _ in 0..3 {
            permits.send(()).unwrap();
            (&*queue).write_all(LINE).unwrap();
        }
        queue.flush();
        assert_eq!(taken.try_iter().count(), 3);
        (&*queue).write_all(LINE).unwrap();
        queue.flush();
        assert_eq!(taken.try_iter().count(), 0, "stuck, and the end came");
    }
}
