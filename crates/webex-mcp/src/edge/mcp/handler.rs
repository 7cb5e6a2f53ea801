//! A virtual server as the SDK's handler: requests become calls, replies become results.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{Either, select};
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, DiscoverResult, Implementation,
    ListToolsResult, PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig,
    SubscriptionFilter, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;
use tokio::time::timeout;

use super::progress::Reporter;
use super::{answer, ask};
use crate::call::{Call, Dispatcher};
use crate::edge::limits;
use crate::edge::refusal::printable;
use crate::identity::Caller;
use crate::servers::listed::Listed;
use crate::servers::{INSTRUCTIONS, VirtualServer};
use crate::tool::{Effect, Progress};

/// Versions in which this server is spoken to.
const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2026_07_28,
];

/// Who may be given a cached list of tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Every caller sees the same tools.
    Same,
    /// The list depends on who asks.
    PerCaller,
}

/// Answers for one virtual server. One is made at start and shared by all requests.
#[derive(Debug)]
pub struct Handler {
    dispatcher: Arc<Dispatcher>,
    server: Arc<VirtualServer>,
    /// Who calls where the door knows nobody: on stdio there is only one.
    alone: Option<Caller>,
    config: ServerConfig,
    tools: ListToolsResult,
    calls: AtomicU64,
}

impl Handler {
    /// Lists and schemas are made here, once.
    pub fn new(
        dispatcher: Arc<Dispatcher>,
        server: Arc<VirtualServer>,
        visibility: Visibility,
        alone: Option<Caller>,
    ) -> Self {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        let implementation =
            Implementation::new(server.id, env!("CARGO_PKG_VERSION")).with_title(server.title);
        let tools = server.tools.iter().map(|tool| described(tool)).collect();
        Handler {
            dispatcher,
            alone,
            config: ServerConfig::new(capabilities)
                .with_server_info(implementation)
                .with_instructions(INSTRUCTIONS),
            tools: ListToolsResult::with_all_items(tools)
                .with_ttl_ms(limits::LIST_FRESH_MILLISECONDS)
                .with_cache_scope(scope(visibility)),
            server,
            calls: AtomicU64::new(1),
        }
    }

    fn caller(&self, context: &RequestContext<RoleServer>) -> Result<Caller, ErrorData> {
        let known = context.extensions.get::<Caller>().or(self.alone.as_ref());
        known
            .cloned()
            .ok_or_else(|| ErrorData::internal_error("a request came in without a caller", None))
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        self.config.clone()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(&VERSIONS)
    }

    async fn discover(
        &self,
        _context: RequestContext<RoleServer>,
    ) -> Result<DiscoverResult, ErrorData> {
        let discovered = DiscoverResult::from_server_info(VERSIONS.to_vec(), self.config.clone());
        // Nothing in it depends on who asks.
        Ok(discovered
            .with_ttl_ms(limits::LIST_FRESH_MILLISECONDS)
            .with_cache_scope(CacheScope::Public))
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if page.is_some_and(|page| page.cursor.is_some()) {
            let message = "This cursor was not given here; the list has one page.";
            return Err(ErrorData::invalid_params(message, None));
        }
        Ok(self.tools.clone())
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if self.server.find(&params.name).is_none() {
            let message = format!(
                "There is no tool {}; tools/list has those that are.",
                printable(&params.name)
            );
            return Err(ErrorData::invalid_params(message, None));
        }
        let caller = self.caller(&context)?;
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let id = match context.meta.get_traceparent() {
            Some(trace) => printable(trace),
            None => format!("{number:x}"),
        };
        let ask = ask::ask(&context, params.input_responses, params.request_state);
        let mut call = Call {
            id,
            server: self.server.clone(),
            tool: params.name.into_owned(),
            arguments: params.arguments.unwrap_or_default(),
            caller,
            ask,
            progress: Progress::default(),
            cancel: context.ct.clone(),
        };
        let reply = match Reporter::of(&context) {
            None => self.dispatcher.answer(call).await,
            Some(reporter) => {
                let (progress, notes) = Progress::channel();
                call.progress = progress;
                let answering = std::pin::pin!(self.dispatcher.answer(call));
                let reporting = std::pin::pin!(reporter.report(notes));
                match select(answering, reporting).await {
                    Either::Left((reply, reporting)) => {
                        // A quick tool is done before its notes were told; they go first.
                        let _ = timeout(limits::PROGRESS_FLUSH, reporting).await;
                        reply
                    }
                    Either::Right(((), answering)) => answering.await,
                }
            }
        };
        answer::told(reply)
    }

    fn accepted_subscription_filter(
        &self,
        _requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(SubscriptionFilter::builder().tools_list_changed().build())
    }
}

fn scope(visibility: Visibility) -> CacheScope {
    match visibility {
        Visibility::Same => CacheScope::Public,
        Visibility::PerCaller => CacheScope::Private,
    }
}

/// The definition of a tool as `tools/list` answers it.
///
/// # Errors
/// It is no JSON: a mistake in this program.
pub fn definition(listed: &Listed) -> Result<Value, serde_json::Error> {
    serde_json::to_value(described(listed))
}

fn described(listed: &Listed) -> Tool {
    let entry = &listed.entry;
    let effect = entry.policy.effect;
    Tool::new(
        entry.name,
        listed.description.clone(),
        listed.input_schema.clone(),
    )
    .with_title(entry.title)
    .with_raw_output_schema(listed.output_schema.clone())
    .with_annotations(
        ToolAnnotations::new()
            .read_only(effect == Effect::Read)
            .destructive(effect == Effect::Destroy)
            .idempotent(entry.policy.idempotent)
            .open_world(true),
    )
}
