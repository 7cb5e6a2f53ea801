//! What the stand-in, the limit and the driver share: the measured world, and how a process is read.

pub mod process;
pub mod world;
