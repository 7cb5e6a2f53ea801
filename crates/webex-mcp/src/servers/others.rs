//! Resources and prompts: a server has those that read what its tools read.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::VirtualServer;
use super::listed::Listed;
use crate::tool::Kind;

/// Removes what needs a tool that is not among these.
pub(super) fn keep_those_of<'t>(
    others: &mut Vec<Arc<Listed>>,
    tools: impl Iterator<Item = &'t Arc<Listed>>,
) {
    let offered: HashSet<_> = tools.map(|tool| tool.entry.name).collect();
    others.retain(|other| other.entry.needs.iter().all(|need| offered.contains(need)));
}

impl VirtualServer {
    /// The resources or the prompts.
    pub fn others(&self, kind: Kind) -> impl Iterator<Item = &Arc<Listed>> {
        self.others
            .iter()
            .filter(move |listed| listed.entry.kind == kind)
    }

    /// The resource of that URI, with the arguments that the URI says.
    pub fn resource(&self, uri: &str) -> Option<(&Arc<Listed>, Map<String, Value>)> {
        if let Some(listed) = self.find(Kind::Resource, uri)
            && listed.entry.address.is_none()
        {
            return Some((listed, Map::new()));
        }
        self.others(Kind::Resource)
            .find_map(|listed| Some((listed, listed.entry.address?.arguments(uri)?)))
    }

    /// The entry that a request means which names it so: of a resource, by its URI.
    pub fn requested(&self, kind: Kind, name: &str) -> Option<&Arc<Listed>> {
        match kind {
            Kind::Resource => self.resource(name).map(|(listed, _)| listed),
            _ => self.find(kind, name),
        }
    }

    /// Whether there is anything whose arguments can be completed.
    pub fn completes(&self) -> bool {
        let mut others = self.others.iter();
        others.any(|listed| match listed.entry.address {
            Some(address) => address.variable().is_some(),
            None => listed.entry.kind == Kind::Prompt,
        })
    }
}
