//! The client against scripted answers, through the same seam that carries real ones.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod meeting_setup;
mod meetings;
mod network;
mod nouns;
mod paging;
mod repeats;
mod transfers;
mod upstream;
