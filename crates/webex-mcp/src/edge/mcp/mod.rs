//! MCP over HTTP and stdio, for clients with and without sessions. Only these files use the SDK.
//!
//! The SDK gives the types, the negotiation and the dispatch to a handler. The HTTP transport is
//! ours: the SDK's costs several times as much as the call it carries, and does not bind a session
//! to its principal. The stdio transport is ours too: it refuses the messages that HTTP refuses, and
//! like it writes the part of an answer that is text already as it is.

mod answer;
mod aside;
mod ask;
mod batch;
mod body;
mod conversation;
mod dispatch;
mod endpoint;
mod exchange;
mod handler;
mod headers;
mod legacy;
mod lines;
mod listed_tools;
mod listen;
mod lists;
mod narrowing;
mod owed;
mod progress;
mod refusal;
mod said;
mod served;
mod session;
mod silence;
mod stdio;
mod subscriptions;
mod tasks;
mod told;
mod wire;

pub use endpoint::{Endpoint, Shared, SharedBounds};
pub use handler::Handler;
pub use listed_tools::listed_tools;
pub use refusal::refused;
pub use served::Served;
pub use session::SessionBounds;
pub use stdio::{Broken, serve_stdio};
pub use told::{beside_tools, definition};

#[cfg(test)]
mod tests;
