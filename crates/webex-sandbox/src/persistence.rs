//! Worlds that outlive their sandbox: save, load, exchange, and keep in a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::clock::RunningClock;
use crate::storage::Storage;
use crate::world::{self, WorldFileError};
use crate::{Options, Sandbox};

/// How long changes may wait until a kept world is written; ctrl-c still writes them.
const WRITE_EVERY_SECS: u64 = 5;

impl Sandbox {
    /// Writes the world: everything that requests can change, including secrets and tokens, but
    /// without OAuth codes and waiting devices, which live for minutes. Blocks, and no change is
    /// possible meanwhile, so `out` should be fast.
    ///
    /// # Errors
    /// The system refuses to write, or a row is too large for a line.
    pub fn save(&self, out: impl Write) -> Result<(), WorldFileError> {
        let present = self.clock().now();
        // The machine's clock may have been set back.
        self.read(|world| world::write(world, present.max(world.now), out))
    }

    /// A sandbox with the world that [`Sandbox::save`] wrote; seed and population come from the
    /// file. Its clock is moved forward to the world's time, unless it is already past it. Blocks.
    ///
    /// # Errors
    /// [`WorldFileError`], which names the line.
    pub fn load(options: Options, from: impl BufRead) -> Result<Self, WorldFileError> {
        let clock = RunningClock::new(options.clock);
        let storage = Storage::default();
        let snapshot = world::read(from, &storage)?;
        if !clock.reach(snapshot.present) {
            return Err(WorldFileError::TooFarAhead);
        }
        let (base_url, world) = (options.base_url, snapshot.world);
        Ok(Sandbox::with(base_url, clock, storage, world))
    }

    /// Exchanges the world of a running sandbox for one that [`Sandbox::save`] wrote, in one step;
    /// the clock moves as with [`Sandbox::load`]. Faults and the rate limit stay. Blocks.
    ///
    /// # Errors
    /// [`WorldFileError`], which names the line; then the world is unchanged.
    pub fn replace(&self, from: impl BufRead) -> Result<(), WorldFileError> {
        let snapshot = world::read(from, self.storage())?;
        if !self.clock().reach(snapshot.present) {
            return Err(WorldFileError::TooFarAhead);
        }
        // What waits or was sent names webhooks of the world that goes.
        self.0.courier.clear();
        *self.0.to_change() = snapshot.world;
        self.changes().note();
        // The requests counted so far were those of other people.
        self.rate_limits().set(self.rate_limits().get());
        Ok(())
    }

    /// The world in an unnamed file, positioned at its beginning.
    pub(crate) fn snapshot(&self) -> Result<File, WorldFileError> {
        let mut file = tempfile::tempfile()?;
        let mut out = BufWriter::new(&mut file);
        self.save(&mut out)?;
        out.flush()?;
        drop(out);
        file.rewind()?;
        Ok(file)
    }

    fn revision(&self) -> u64 {
        self.0.revision.load(Ordering::Relaxed)
    }
}

/// A sandbox whose world is kept in a file.
///
/// The file is written completely and then replaces the old one, so that it never contains half a
/// world. Only its owner can read it, because it has tokens and secrets.
#[derive(Debug)]
pub struct KeptWorld {
    sandbox: Sandbox,
    path: PathBuf,
    /// The revision that the file has.
    written: u64,
}

impl KeptWorld {
    /// Loads the world of a file; if there is none, starts a new world and writes it. Blocks.
    ///
    /// Seed and population of the options apply only to a new world.
    ///
    /// # Errors
    /// The file cannot be read as a world, or cannot be written.
    pub fn open(path: &Path, options: Options) -> Result<Self, WorldFileError> {
        let kept = |sandbox| KeptWorld {
            sandbox,
            path: path.to_owned(),
            written: 0,
        };
        match File::open(path) {
            Ok(file) => Ok(kept(Sandbox::load(options, BufReader::new(file))?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let new = kept(Sandbox::new(options));
                put(&new.sandbox, path)?;
                Ok(new)
            }
            Err(error) => Err(WorldFileError::Read(error.kind())),
        }
    }

    /// The sandbox itself.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Writes the world a few seconds after each change, until `stop` is ready, and then once more.
    /// A failed write is tried again.
    ///
    /// # Errors
    /// The last write failed: the file has the world of the write before.
    pub async fn keep(mut self, stop: impl Future<Output = ()>) -> Result<(), WorldFileError> {
        tokio::pin!(stop);
        let mut ticks = tokio::time::interval(Duration::from_secs(WRITE_EVERY_SECS));
        loop {
            tokio::select! {
                () = &mut stop => return self.write().await,
                _ = ticks.tick() => {}
            }
            if self.sandbox.revision() == self.written {
                continue;
            }
            if let Err(error) = self.write().await {
                tracing::warn!(%error, "the world is not kept");
            }
        }
    }

    async fn write(&mut self) -> Result<(), WorldFileError> {
        let (sandbox, path) = (self.sandbox.clone(), self.path.clone());
        let revision = sandbox.revision();
        let writing = tokio::task::spawn_blocking(move || put(&sandbox, &path));
        // Only the end of the runtime can prevent it.
        let interrupted = WorldFileError::Write(io::ErrorKind::Interrupted);
        let written = writing.await.unwrap_or(Err(interrupted));
        written.map(|()| self.written = revision)
    }
}

/// Writes a world beside its file, readable only by the owner, and then replaces the file.
fn put(sandbox: &Sandbox, path: &Path) -> Result<(), WorldFileError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let mut out = BufWriter::new(file);
    sandbox.save(&mut out)?;
    let file = out.into_inner().map_err(|error| error.into_error())?;
    file.as_file().sync_all()?;
    let kept = file.persist(path).map_err(|error| error.error)?;
    drop(kept);
    Ok(())
}
