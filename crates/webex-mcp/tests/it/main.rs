//! The one integration binary: the house as a whole, from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod answers;
mod architecture;
mod auth_types;
mod canary;
mod catalogue;
mod compact;
mod completion;
mod cookbook;
mod cursors;
mod door;
// A server of its own, in a process of its own.
#[cfg(unix)]
mod encrypted;
mod exports;
mod faults;
mod greeting;
mod hosted;
// A server of its own, in a process of its own.
#[cfg(unix)]
mod hooks;
mod hostile;
mod journey;
// Processes are told to end by a signal.
#[cfg(unix)]
mod keys;
#[cfg(unix)]
mod killed;
// A server is killed, and another goes on.
#[cfg(unix)]
mod lasting;
mod lean;
mod life;
mod linking;
mod lockdown;
// A browser's part is played against a process.
#[cfg(unix)]
mod login;
mod long;
mod names;
mod narrowing;
// What cannot be written is a device of this system.
#[cfg(target_os = "linux")]
mod output;
mod play;
mod promises;
mod prompts;
mod prompts_offered;
// The tests of the provider's tokens have it too.
#[path = "../../src/idp/tests/provider.rs"]
#[allow(dead_code, reason = "it can do more than is needed here")]
mod provider;
mod reach;
mod records;
mod reports;
mod resources;
// Processes are killed.
#[cfg(unix)]
mod schedules;
mod scoped;
mod servers;
mod signing_in;
mod spine;
mod step_up;
mod tasks;
mod unread;
mod world;
