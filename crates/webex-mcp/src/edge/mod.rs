//! The doors: how calls come in and answers go out. Protocols live here and nowhere deeper.

pub mod http;
pub mod limits;
pub mod mcp;
pub mod refusal;
pub mod shares;
