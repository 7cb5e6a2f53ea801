//! Why a world could not be read or written.

use std::{fmt, io};

/// Why a world in a file could not be read or written. It names the place, and never quotes the
/// content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorldFileError {
    /// The first line is not that of a world.
    NotAWorld,
    /// A version of the format that this one does not read.
    UnknownVersion(u64),
    /// A line that cannot be read.
    Damaged {
        /// Which line it is; the first is 1.
        line: u64,
    },
    /// A line with something that does not belong there, or that refers to something no earlier
    /// line has.
    Misplaced {
        /// Which line it is; the first is 1.
        line: u64,
    },
    /// A line beyond the limits of this sandbox: too long, or one too many.
    TooLarge {
        /// Which line it is; the first is 1.
        line: u64,
    },
    /// The last line is missing.
    Unfinished,
    /// The world's time is more than ten years ahead of the clock.
    TooFarAhead,
    /// The system refused to read.
    Read(io::ErrorKind),
    /// The system refused to write.
    Write(io::ErrorKind),
}

impl fmt::Display for WorldFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use WorldFileError::*;
        match self {
            NotAWorld => f.write_str(
                "This is not a sandbox's world: name a file that a sandbox has written.",
            ),
            UnknownVersion(version) => write!(
                f,
                "The world is in version {version} of its format: load it with the release that wrote it."
            ),
            Damaged { line } => write!(
                f,
                "Line {line} of the world cannot be read: repair it, or use an undamaged copy."
            ),
            Misplaced { line } => write!(
                f,
                "Line {line} of the world does not fit the lines before it: repair it, or use an undamaged copy."
            ),
            TooLarge { line } => write!(
                f,
                "Line {line} of the world is more than a sandbox holds: use a smaller world."
            ),
            Unfinished => f.write_str("The world ends too early: use a complete copy."),
            TooFarAhead => f.write_str(
                "The world's time is more than ten years ahead of the clock: start a sandbox with a later clock.",
            ),
            Read(kind) => write!(f, "The world could not be read: {kind}. Check the file."),
            Write(kind) => write!(
                f,
                "The world could not be written: {kind}. Check the path and the free space."
            ),
        }
    }
}

impl std::error::Error for WorldFileError {}

/// What is wrong with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Damaged,
    Misplaced,
    TooLarge,
}

impl Fault {
    pub(super) fn at(self, line: u64) -> WorldFileError {
        match self {
            Fault::Damaged => WorldFileError::Damaged { line },
            Fault::Misplaced => WorldFileError::Misplaced { line },
            Fault::TooLarge => WorldFileError::TooLarge { line },
        }
    }
}
