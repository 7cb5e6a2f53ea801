//! The client against scripted answers, through the same seam that carries real ones.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod around;
mod invitees;
mod meeting_setup;
mod meetings;
mod network;
mod nouns;
mod oauth;
mod organisation;
mod paging;
mod parameters;
mod participants;
mod recordings;
mod repeats;
mod transcripts;
mod transfers;
mod traps;
mod upstream;
mod wire;
