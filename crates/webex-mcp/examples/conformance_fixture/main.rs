//! The tools, prompts and resources that the official MCP conformance suite wants to see, behind
//! the same transport, layers and error mapping as the real server.
//!
//! `cargo run --example conformance_fixture -- --listen 127.0.0.1:8485` serves them at `/mcp`.
#![expect(deprecated, reason = "the suite still tests logging on old versions")]

mod long;
mod prompts;
mod resources;
mod rounds;
mod tools;

use std::net::SocketAddr;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams,
    CompleteResult, GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult,
    Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ServerCapabilities, ServerConfig, SetLevelRequestParams, SubscribeRequestParams,
    SubscriptionFilter, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::RequestContext;
use rmcp::task_manager::TaskManager;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use webex_mcp::auth::{Authentication, Static};
use webex_mcp::edge::http::{Bounds, Layers, Mount, Proxies, router, serve};
use webex_mcp::edge::mcp::{Endpoint, Shared, SharedBounds, refused};
use webex_mcp::seal::{Sealer, Secret};

/// The handler, with the key that multi-round requests are sealed with, and its tasks.
struct Fixture {
    sealer: Sealer,
    tasks: TaskManager,
}

type Failure = Box<dyn std::error::Error>;

/// What the suite expects, written as the JSON it expects, in the SDK's type.
///
/// # Errors
/// An internal error where the JSON is not of that type: a slip in this fixture.
fn typed<T: DeserializeOwned>(json: Value) -> Result<T, ErrorData> {
    serde_json::from_value(json).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_completions()
            .enable_logging()
            .enable_tasks()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("conformance-fixture", "1"))
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        tools::list()
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if call.name.starts_with("test_input_required_")
            || call.name == "test_streaming_elicitation"
        {
            return rounds::call(&self.sealer, call, &context);
        }
        if long::is_one(&call.name) {
            return long::call(&self.tasks, call, &context).await;
        }
        tools::call(call, context).await.map(Into::into)
    }

    async fn get_task(
        &self,
        task: GetTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.tasks.get_task(&task.task_id).map(GetTaskResult::new)
    }

    async fn update_task(
        &self,
        task: UpdateTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.tasks.update_task(&task.task_id, task.input_responses)
    }

    async fn cancel_task(
        &self,
        task: CancelTaskParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.tasks.cancel_task(&task.task_id)
    }

    async fn list_prompts(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        prompts::list()
    }

    async fn get_prompt(
        &self,
        prompt: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&prompt)
    }

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        prompts::complete()
    }

    async fn list_resources(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        resources::list()
    }

    async fn list_resource_templates(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        resources::templates()
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&request.uri)
    }

    /// Watching is accepted; the resources of this fixture never change.
    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn subscribe(
        &self,
        _request: SubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(
        &self,
        _request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn set_level(
        &self,
        _request: SetLevelRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::ERROR)
        .init();
    let listener = TcpListener::bind(listen_address()?).await?;
    eprintln!("http://{}/mcp", listener.local_addr()?);
    let drain = CancellationToken::new();
    let sealer = Sealer::new(&Secret::new(Box::new([7; 32])), None)?;
    let shared = Shared::new(SharedBounds::for_one_principal(), drain.clone());
    let endpoint = Arc::new(Endpoint::new(
        "fixture",
        Arc::new(Fixture {
            sealer,
            tasks: TaskManager::new(),
        }),
        shared,
    ));
    let everybody = Arc::new(Authentication::Static(Static::new(None, false)));
    let mount = Mount::new("/mcp", everybody, refused, move |caller, request| {
        let endpoint = endpoint.clone();
        async move { endpoint.answer(caller, request).await }
    });
    let layers = Layers::new(&[], &[], Proxies::default())?;
    let router = router(vec![mount], layers, axum::Router::new(), drain.clone());
    let bounds = Bounds::default();
    serve(listener, router, bounds, Proxies::default(), drain).await;
    Ok(())
}

fn listen_address() -> Result<SocketAddr, Failure> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("--listen"), Some(address)) => Ok(address.parse()?),
        _ => Err("usage: conformance_fixture --listen ADDRESS:PORT".into()),
    }
}
