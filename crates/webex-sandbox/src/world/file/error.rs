//! Why a world could not be read or written.

use std::io;

use thiserror::Error;

/// Why a world in a file could not be read or written. It names the place, and never quotes the
/// content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WorldFileError {
    /// The first line is not that of a world.
    #[error("This is not a sandbox's world: name a file that a sandbox has written.")]
    NotAWorld,
    /// A version of the format that this one does not read.
    #[error("The world is in version {0} of its format: load it with the release that wrote it.")]
    UnknownVersion(u64),
    /// The line with this number, of which the first is 1, cannot be read.
    #[error("Line {0} of the world cannot be read: repair it, or use an undamaged copy.")]
    Damaged(u64),
    /// A line with something that does not belong there, or that refers to something no earlier
    /// line has.
    #[error(
        "Line {0} of the world does not fit the lines before it: repair it, or use an undamaged copy."
    )]
    Misplaced(u64),
    /// A line beyond the limits of this sandbox: too long, or one too many.
    #[error("Line {0} of the world is more than a sandbox holds: use a smaller world.")]
    TooLarge(u64),
    /// The last line is missing.
    #[error("The world ends too early: use a complete copy.")]
    Unfinished,
    /// The world's time is more than ten years ahead of the clock.
    #[error(
        "The world's time is more than ten years ahead of the clock: start a sandbox with a later clock."
    )]
    TooFarAhead,
    /// The system refused to read.
    #[error("The world could not be read: {0}. Check the file.")]
    Read(io::ErrorKind),
    /// The system refused to write.
    #[error("The world could not be written: {0}. Check the path and the free space.")]
    Write(io::ErrorKind),
}

/// What is wrong with a line whose number is not known yet.
pub(super) type Fault = fn(u64) -> WorldFileError;

pub(super) const DAMAGED: Fault = WorldFileError::Damaged;
pub(super) const MISPLACED: Fault = WorldFileError::Misplaced;
pub(super) const TOO_LARGE: Fault = WorldFileError::TooLarge;
