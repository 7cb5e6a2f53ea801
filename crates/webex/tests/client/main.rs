//! The client against scripted answers, through the same seam that carries real ones.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod network;
mod nouns;
mod oauth;
mod organisation;
mod paging;
mod repeats;
mod transfers;
mod upstream;
mod wire;
