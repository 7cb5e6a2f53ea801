//! The library behind the `webex-mcp` command. Tests and the conformance fixture use it too.
//! ARCHITECTURE.md describes its modules.

pub mod auth;
pub mod briefs;
pub mod broker;
pub mod call;
pub mod commands;
pub mod config;
pub mod documents;
pub mod edge;
pub mod error;
pub mod folders;
pub mod gate;
pub mod grants;
pub mod hooks;
pub mod hosts;
pub mod identity;
pub mod idp;
pub mod journal;
pub mod keys;
pub mod limits;
pub mod login;
pub mod observe;
pub mod outbound;
pub mod prompts;
pub mod schedules;
pub mod scope;
pub mod seal;
pub mod server;
pub mod servers;
pub mod stores;
pub mod text;
pub mod tool;
pub mod tools;
pub mod works;
