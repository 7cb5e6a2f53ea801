//! A virtual server as the SDK's handler: requests become calls, and replies become results.

use std::borrow::Cow;
use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams,
    CompleteResult, DiscoverResult, GetPromptRequestParams, GetPromptResponse, GetTaskParams,
    GetTaskResult, Implementation, InputResponses, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
    ReadResourceRequestParams, ReadResourceResponse, ServerConfig, SubscriptionFilter,
    UpdateTaskParams,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value, json};
use tokio_util::task::TaskTracker;

use super::aside::{Aside, AsideSlot};
use super::exchange::delivered;
use super::listed_tools::ListedTools;
use super::lists::{View, capabilities, completed, only_page};
use super::told::{self, Outcome};
use super::{ask, progress, said, tasks};
use crate::call::task::{Task, Wanted};
use crate::call::{Call, Dispatcher, Reply};
use crate::edge::limits;
use crate::identity::Caller;
use crate::servers::VirtualServer;
use crate::servers::narrowing::{Narrowed, Narrowing};
use crate::tool::Kind;

/// The protocol versions that this server supports.
pub(super) const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2026_07_28,
];

/// Answers requests for one virtual server. One handler is made for each value of the server, and
/// all requests share it.
#[derive(Debug)]
pub struct Handler {
    dispatcher: Arc<Dispatcher>,
    server: Arc<VirtualServer>,
    narrowed: Narrowed,
    /// The caller where the transport names none: stdio has only one.
    alone: Option<Caller>,
    config: ServerConfig,
    tools: ListedTools,
}

/// A request before it becomes a call.
struct Asked {
    kind: Kind,
    name: String,
    arguments: Map<String, Value>,
    responses: Option<InputResponses>,
    state: Option<String>,
    /// It only adds to a list, so nobody is sent anywhere for it.
    is_aside: bool,
}

impl Asked {
    /// Without arguments.
    fn of(kind: Kind, name: String) -> Self {
        Asked {
            kind,
            name,
            arguments: Map::new(),
            responses: None,
            state: None,
            is_aside: false,
        }
    }
}

impl Handler {
    pub fn new(
        dispatcher: Arc<Dispatcher>,
        server: Arc<VirtualServer>,
        alone: Option<Caller>,
    ) -> Self {
        let mut implementation =
            Implementation::new(&*server.id, env!("CARGO_PKG_VERSION")).with_title(&*server.title);
        implementation.description = server.description.as_deref().map(str::to_owned);
        // On stdio, nothing comes in.
        let can_hear = alone.is_none() && dispatcher.hooks().can_receive();
        Handler {
            dispatcher,
            alone,
            config: ServerConfig::new(capabilities(&server, can_hear))
                .with_server_info(implementation)
                .with_instructions(&*server.instructions),
            tools: ListedTools::of(server.clone()),
            narrowed: Narrowed::new(server.clone()),
            server,
        }
    }

    /// Whether resources can be subscribed to.
    pub(super) fn subscribes(&self) -> bool {
        let resources = self.config.capabilities.resources.as_ref();
        resources.is_some_and(|declared| declared.subscribe == Some(true))
    }

    pub(super) fn at_work(&self) -> TaskTracker {
        self.dispatcher.at_work()
    }

    /// The lists as this client sees them.
    fn view(&self, context: &RequestContext<RoleServer>) -> View {
        let server = self.seen(context);
        let is_whole = Arc::ptr_eq(&server, &self.server);
        let caller = context.extensions.get::<Caller>().or(self.alone.as_ref());
        View::new(server, is_whole, caller)
    }

    /// The server as this client has it.
    fn seen(&self, context: &RequestContext<RoleServer>) -> Arc<VirtualServer> {
        let narrowing = context.extensions.get::<Arc<Narrowing>>();
        let caller = context.extensions.get::<Caller>();
        let narrowing = narrowing.map(|narrowing| &**narrowing);
        match caller.is_some_and(|caller| caller.is_read_only) {
            true => self.narrowed.reading(narrowing),
            false => self.narrowed.get(narrowing),
        }
    }

    fn caller(&self, context: &RequestContext<RoleServer>) -> Result<Caller, ErrorData> {
        let known = context.extensions.get::<Caller>().or(self.alone.as_ref());
        let mut caller = known
            .cloned()
            .ok_or_else(|| ErrorData::internal_error("a request came in without a caller", None))?;
        if caller.client.is_none() {
            caller.client = said::client(context);
        }
        Ok(caller)
    }

    /// Every kind of request goes this way: it becomes a call, and the dispatcher answers it. The
    /// future is boxed, because the SDK's future of a request has room for each method's, and is
    /// moved as a whole.
    fn outcome<'a>(
        &'a self,
        asked: Asked,
        context: &'a RequestContext<RoleServer>,
    ) -> BoxFuture<'a, Result<Outcome, ErrorData>> {
        Box::pin(self.called(asked, context))
    }

    async fn called(
        &self,
        asked: Asked,
        context: &RequestContext<RoleServer>,
    ) -> Result<Outcome, ErrorData> {
        let Asked {
            kind,
            name,
            arguments,
            responses,
            state,
            is_aside,
        } = asked;
        let caller = self.caller(context)?;
        let can_sign_in_again = caller.can_sign_in_again();
        let brought_token = caller.brought_token();
        let server = self.seen(context);
        let entry = server.requested(kind, &name).cloned();
        let outcome = move |reply, name| Outcome {
            reply,
            kind,
            name,
            entry,
            pages: ask::opens_pages(context),
            can_sign_in_again,
            brought_token,
        };
        let key = match said::key(context) {
            Ok(key) => key,
            Err(error) => return Ok(outcome(Reply::Failed(error), name)),
        };
        let mut call = Call::new(server, name.clone(), arguments, caller);
        call.correlation = said::correlation(context);
        call.kind = kind;
        call.key = key;
        if !is_aside {
            call.pages = ask::pages(context, responses.clone(), state.clone());
        }
        call.ask = ask::ask(context, responses, state);
        call.cancel = context.ct.clone();
        call.delivered = delivered(context);
        call.takes_task = tasks::takes(context);
        let reply = progress::answered(&self.dispatcher, call, context).await;
        Ok(outcome(reply, name))
    }

    /// The state of a task, which a client may also stop, or answer. Boxed as `outcome` is.
    fn task<'a>(
        &'a self,
        id: &'a str,
        wanted: Wanted,
        context: &'a RequestContext<RoleServer>,
    ) -> BoxFuture<'a, Result<Task, ErrorData>> {
        Box::pin(async move {
            let (server, caller) = (self.seen(context), self.caller(context)?);
            let mut call = Call::new(server, "", Map::new(), caller);
            call.correlation = said::correlation(context);
            tasks::asked_for(self.dispatcher.task(call, id, wanted).await)
        })
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
        // The answer is the same for every caller.
        Ok(discovered
            .with_ttl_ms(limits::LIST_FRESH_MILLISECONDS)
            .with_cache_scope(CacheScope::Public))
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        only_page(page)?;
        let aside = context.extensions.get::<AsideSlot>().ok_or_else(|| {
            ErrorData::internal_error("a list was asked for by a door that cannot write it", None)
        })?;
        let (list, tools) = self.view(&context).tools(self.tools.all());
        aside.put(Aside::Tools(tools));
        Ok(list)
    }

    /// The caller's latest spaces are among them, which costs a call. A caller who may not read them,
    /// or has no token yet, still sees the rest.
    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        only_page(page)?;
        let view = self.view(&context);
        let mut resources = Vec::new();
        for listed in view.resources() {
            resources.push(told::resource(listed));
            if let Some(members) = listed.entry.address.and_then(|address| address.members) {
                let asked = Asked {
                    is_aside: true,
                    ..Asked::of(Kind::Resource, listed.entry.name.to_owned())
                };
                let outcome = self.outcome(asked, &context).await?;
                resources.extend(outcome.members(members, &context)?);
            }
        }
        Ok(view.listed(resources))
    }

    async fn list_resource_templates(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        only_page(page)?;
        Ok(self.view(&context).templates())
    }

    async fn list_prompts(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        only_page(page)?;
        Ok(self.view(&context).prompts())
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let asked = Asked {
            arguments: params.arguments.unwrap_or_default(),
            responses: params.input_responses,
            state: params.request_state,
            ..Asked::of(Kind::Tool, params.name.into_owned())
        };
        let outcome = self.outcome(asked, &context).await?.challenging(&context);
        outcome.of_tool(context.extensions.get::<AsideSlot>())
    }

    async fn read_resource(
        &self,
        params: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let asked = Asked {
            responses: params.input_responses,
            state: params.request_state,
            ..Asked::of(Kind::Resource, params.uri)
        };
        let outcome = self.outcome(asked, &context).await?;
        outcome.challenging(&context).of_resource()
    }

    async fn get_prompt(
        &self,
        params: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let asked = Asked {
            arguments: params.arguments.unwrap_or_default(),
            responses: params.input_responses,
            state: params.request_state,
            ..Asked::of(Kind::Prompt, params.name)
        };
        let outcome = self.outcome(asked, &context).await?;
        outcome.challenging(&context).of_prompt()
    }

    async fn complete(
        &self,
        params: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let name = completed(params.r#ref)?;
        let mut arguments = Map::new();
        arguments.insert("argument".to_owned(), json!(params.argument.name));
        arguments.insert("value".to_owned(), json!(params.argument.value));
        let asked = Asked {
            arguments,
            ..Asked::of(Kind::Completion, name)
        };
        let outcome = self.outcome(asked, &context).await?;
        outcome.challenging(&context).of_completion()
    }

    async fn get_task(
        &self,
        params: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let task = self.task(&params.task_id, Wanted::Look, &context).await?;
        tasks::state(task, &context)
    }

    /// An answer to a question that is not open counts for nothing.
    async fn update_task(
        &self,
        params: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let wanted = tasks::answer(params.input_responses, &context)?;
        let known = self.task(&params.task_id, wanted, &context).await;
        known.map(drop)
    }

    async fn cancel_task(
        &self,
        params: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let stopped = self.task(&params.task_id, Wanted::Stop, &context).await;
        stopped.map(drop)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        let mut accepted = SubscriptionFilter::builder().tools_list_changed().build();
        // The endpoint leaves out those that nothing tells of.
        if self.subscribes() {
            accepted
                .resource_subscriptions
                .clone_from(&requested.resource_subscriptions);
        }
        Some(accepted)
    }
}
