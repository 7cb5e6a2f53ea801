//! All tools, resources and prompts that a server can offer. Their schemas are made when a server
//! first lists them.

use std::sync::{Arc, OnceLock};

use webex::Operation;

use super::listed::Listed;
use super::{Confirmation, Definition, Entries, Otherwise, VirtualServer, others};
use crate::prompts;
use crate::scope::reach;
use crate::tool::{Entry, Kind};
use crate::tools::{self, general};

/// Every entry that a server may offer. Servers share the schemas that were made.
#[derive(Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
    ready: Vec<Ready>,
}

/// An entry, in one version for servers that take a confirmation token and one for the others.
#[derive(Debug, Default)]
struct Ready {
    taking_token: OnceLock<Arc<Listed>>,
    plain: OnceLock<Arc<Listed>>,
}

impl Catalogue {
    /// All tools, resources and prompts of this program.
    pub fn whole() -> Self {
        let tools = tools::catalogue().chain(tools::resources());
        let entries = tools.chain(prompts::PROMPTS);
        Catalogue::of(entries.copied())
    }

    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        let ready = entries.iter().map(|_| Ready::default()).collect();
        Catalogue { entries, ready }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether a server of this definition has any tool.
    pub fn has_any(&self, definition: &Definition) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.kind == Kind::Tool && offers(definition, entry))
    }

    /// Makes the server of this definition; `otherwise` applies where the definition does not set
    /// it.
    pub fn serve(&self, definition: &Definition, otherwise: Otherwise) -> Arc<VirtualServer> {
        let mut confirmation = Confirmation {
            ask: definition.ask,
            otherwise: definition.otherwise.unwrap_or(otherwise),
        };
        // A model that finds a tool by itself must not pass a "yes" on by itself as well, whatever a
        // table says.
        if definition.listing.is_some() {
            confirmation.ask = confirmation.ask.at_least_destroy();
            confirmation.otherwise = Otherwise::Refuse;
        }
        let mut entries = Entries::default();
        for (entry, ready) in self.entries.iter().zip(&self.ready) {
            match entry.kind {
                Kind::Tool if offers(definition, entry) => {
                    let takes_token =
                        confirmation.takes_token(entry.policy.effect, definition.scope.as_ref());
                    let mut listed = ready.listed(*entry, takes_token);
                    if let Some(scope) = &definition.scope {
                        listed = listed.telling(reads_lists(entry), scope.is_locked());
                    }
                    match definition.listing {
                        Some(names) if !names.contains(&entry.name) => entries.hidden.push(listed),
                        _ => entries.tools.push(listed),
                    }
                }
                Kind::Tool => {}
                Kind::Resource | Kind::Prompt if is_kept(definition, entry) => {
                    entries.others.push(ready.listed(*entry, false));
                }
                Kind::Resource | Kind::Prompt | Kind::Completion => {}
            }
        }
        let Entries {
            tools,
            hidden,
            others,
        } = &mut entries;
        others::keep_those_of(others, tools.iter().chain(&*hidden));
        if definition.listing.is_some() {
            for entry in general::TOOLS {
                entries.tools.push(Arc::new(Listed::taking(*entry, false)));
            }
        }
        Arc::new(VirtualServer::new(definition, confirmation, entries))
    }
}

fn offers(definition: &Definition, entry: &Entry) -> bool {
    definition.selection.admits(entry) && is_kept(definition, entry)
}

/// Whether the scope of the definition can be enforced for the entry.
fn is_kept(definition: &Definition, entry: &Entry) -> bool {
    definition.scope.is_none() || operations(entry).all(|operation| reach::of(operation).is_some())
}

/// Whether a scope may leave rows out of what the entry reads.
fn reads_lists(entry: &Entry) -> bool {
    operations(entry).any(reach::is_list)
}

fn operations(entry: &Entry) -> impl Iterator<Item = &'static Operation> {
    let policy = &entry.policy;
    policy.operations.iter().chain(policy.courtesy).copied()
}

impl Ready {
    fn listed(&self, entry: Entry, takes_token: bool) -> Arc<Listed> {
        let kept = match takes_token {
            true => &self.taking_token,
            false => &self.plain,
        };
        let make = || Arc::new(Listed::taking(entry, takes_token));
        kept.get_or_init(make).clone()
    }
}
