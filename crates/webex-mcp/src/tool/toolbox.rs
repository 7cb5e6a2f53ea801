//! The tools of a server, as a tool sees them that runs others.

use std::fmt;

use serde_json::Value;

use super::Effect;

/// The tools of a server, for those that run others.
pub trait Toolbox: fmt::Debug + Send + Sync {
    /// Every tool that its callers may run, in published order.
    fn offered(&self) -> Vec<Offered<'_>>;
}

/// A tool as its callers see it.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    pub name: &'static str,
    pub title: &'static str,
    pub effect: Effect,
    pub description: &'a str,
    pub input_schema: &'a serde_json::Map<String, Value>,
}
