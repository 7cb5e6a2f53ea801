//! The lists of a server as one client sees them: of what it narrowed itself to, what the scopes of
//! its token allow.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, Reference, Resource, ResourcesCapability,
    ServerCapabilities,
};

use super::aside::ToolText;
use super::listed_tools::ListedTool;
use super::{tasks, told};
use crate::edge::limits;
use crate::identity::Caller;
use crate::servers::VirtualServer;
use crate::servers::listed::Listed;
use crate::tool::Kind;

/// What one client sees.
pub(super) struct View {
    pub(super) server: Arc<VirtualServer>,
    /// The caller, if its scopes are known.
    caller: Option<Caller>,
    scope: CacheScope,
}

impl View {
    /// `is_whole`: the client did not narrow the server.
    pub(super) fn new(server: Arc<VirtualServer>, is_whole: bool, caller: Option<&Caller>) -> Self {
        let caller = caller.filter(|caller| caller.scopes.is_some()).cloned();
        // All callers see the same lists, unless the server has a selection.
        let scope = match is_whole && caller.is_none() && !server.is_filtered() {
            true => CacheScope::Public,
            false => CacheScope::Private,
        };
        View {
            server,
            caller,
            scope,
        }
    }

    /// What the caller can never use only costs a model its attention. What its person can still
    /// consent to stays.
    fn shows(&self, listed: &Listed) -> bool {
        let caller = self.caller.as_ref();
        caller.is_none_or(|caller| !caller.is_beyond(&listed.entry.policy.scopes()))
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Arc<Listed>> {
        self.server.others(kind).filter(|listed| self.shows(listed))
    }

    /// The list without its tools, and those of `all` that belong in it.
    pub(super) fn tools(&self, all: &[ListedTool]) -> (ListToolsResult, Vec<ToolText>) {
        let is_shown = |tool: &&ListedTool| {
            let listed = self.server.find(Kind::Tool, tool.name);
            listed.is_some_and(|listed| self.shows(listed))
        };
        let shown = all.iter().filter(is_shown);
        let list = ListToolsResult::with_all_items(Vec::new())
            .with_ttl_ms(limits::LIST_FRESH_MILLISECONDS)
            .with_cache_scope(self.scope);
        (list, shown.map(|tool| tool.text.clone()).collect())
    }

    pub(super) fn prompts(&self) -> ListPromptsResult {
        let prompts = self.of(Kind::Prompt).map(|listed| told::prompt(listed));
        ListPromptsResult::with_all_items(prompts.collect())
            .with_ttl_ms(limits::LIST_FRESH_MILLISECONDS)
            .with_cache_scope(self.scope)
    }

    pub(super) fn templates(&self) -> ListResourceTemplatesResult {
        let templates = self.of(Kind::Resource);
        let templates = templates.filter_map(|listed| told::template(listed));
        ListResourceTemplatesResult::with_all_items(templates.collect())
            .with_ttl_ms(limits::LIST_FRESH_MILLISECONDS)
            .with_cache_scope(self.scope)
    }

    /// The resources that need no variable.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Arc<Listed>> {
        let has_variable = |listed: &Listed| {
            listed
                .entry
                .address
                .is_some_and(|at| at.variable().is_some())
        };
        self.of(Kind::Resource)
            .filter(move |listed| !has_variable(listed))
    }

    /// With what the lists among them have now.
    pub(super) fn listed(&self, resources: Vec<Resource>) -> ListResourcesResult {
        ListResourcesResult::with_all_items(resources)
            .with_ttl_ms(limits::RESOURCES_FRESH_MILLISECONDS)
            .with_cache_scope(CacheScope::Private)
    }
}

/// The kinds that the server has entries of; tools are always declared. `can_hear`: changes can be
/// told.
pub(super) fn capabilities(server: &VirtualServer, can_hear: bool) -> ServerCapabilities {
    let mut declared = ServerCapabilities::builder()
        .enable_tools()
        .enable_tool_list_changed()
        .build();
    let has = |kind| server.others(kind).next().is_some();
    declared.resources = has(Kind::Resource).then(|| {
        let is_watched = |listed: &Arc<Listed>| {
            let address = listed.entry.address;
            address.is_some_and(|address| crate::hooks::is_watched(address.uri))
        };
        let is_told = can_hear && server.others(Kind::Resource).any(is_watched);
        let mut resources = ResourcesCapability::default();
        resources.subscribe = is_told.then_some(true);
        resources
    });
    declared.prompts = has(Kind::Prompt).then(Default::default);
    declared.completions = server.completes().then(Default::default);
    tasks::declare(&mut declared, server);
    declared
}

/// The name or address of what a completion is for.
pub(super) fn completed(reference: Reference) -> Result<String, ErrorData> {
    match reference {
        Reference::Prompt(prompt) => Ok(prompt.name),
        Reference::Resource(resource) => Ok(resource.uri),
        _ => {
            let message = "`ref` has to be a prompt or a resource.";
            Err(ErrorData::invalid_params(message, None))
        }
    }
}

/// Every list has one page. Some clients ask for the first page with an empty cursor.
pub(super) fn only_page(page: Option<PaginatedRequestParams>) -> Result<(), ErrorData> {
    let cursor = page.and_then(|page| page.cursor);
    if cursor.is_some_and(|cursor| !cursor.is_empty()) {
        let message = "This cursor is unknown; the list has only one page.";
        return Err(ErrorData::invalid_params(message, None));
    }
    Ok(())
}
