//! What the stand-in, the limits and the driver share: the measured world, the hop of a limit and its
//! command line, and how a process is read.

pub mod hop;
pub mod place;
pub mod process;
pub mod world;
