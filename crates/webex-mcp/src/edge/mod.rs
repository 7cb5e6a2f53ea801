//! The doors: how calls come in and answers go out. Only this module knows protocols.

mod failures;
pub mod http;
pub mod limits;
pub mod mcp;
pub mod oauth;
mod offers;
mod pages;
pub mod refusal;
pub mod shares;
