//! Compact servers: they list a few tools, and run the others through general ones.

use std::sync::Arc;

use super::VirtualServer;
use super::listed::Listed;
use crate::tool::{Effect, Kind, Offered, Tool as _, Toolbox};
use crate::tools::general::{self, UseReadTool, UseTool};

impl VirtualServer {
    /// The tool that a general tool of this server runs under that name.
    pub fn named_to(&self, general: &str, name: &str) -> Option<&Arc<Listed>> {
        let general = self.find(Kind::Tool, general)?.entry.name;
        let tool = self.behind(name)?;
        let is_read = tool.entry.policy.effect == Effect::Read;
        (general == UseTool::NAME || (general == UseReadTool::NAME && is_read)).then_some(tool)
    }

    /// The general tool of this server that runs one that it does not list.
    pub fn runs_unlisted(&self, name: &str) -> Option<&'static str> {
        let effect = self.behind(name)?.entry.policy.effect;
        let general = match effect {
            Effect::Read => UseReadTool::NAME,
            Effect::Write | Effect::Destroy => UseTool::NAME,
        };
        let is_listed = |name: &str| self.find(Kind::Tool, name).is_some();
        (is_listed(general) && !is_listed(name)).then_some(general)
    }

    /// Whether this is a general tool of this server that runs others.
    pub fn runs_others(&self, name: &str) -> bool {
        let general = self.find(Kind::Tool, name).map(|tool| tool.entry.name);
        matches!(general, Some(UseTool::NAME | UseReadTool::NAME))
    }

    /// Every tool but the general ones, listed or not.
    pub fn behind(&self, name: &str) -> Option<&Arc<Listed>> {
        self.specific().find(|tool| tool.entry.name == name)
    }

    fn specific(&self) -> impl Iterator<Item = &Arc<Listed>> {
        self.every_tool().filter(|tool| !is_general(tool))
    }
}

/// Whether it is one of the tools that find and run others.
pub(super) fn is_general(tool: &Listed) -> bool {
    general::TOOLS.iter().any(|one| one.name == tool.entry.name)
}

impl Toolbox for VirtualServer {
    fn offered(&self) -> Vec<Offered<'_>> {
        let offered = self.specific().map(|tool| Offered {
            name: tool.entry.name,
            title: tool.entry.title,
            effect: tool.entry.policy.effect,
            description: &tool.description,
            input_schema: &tool.input_schema,
        });
        offered.collect()
    }
}
