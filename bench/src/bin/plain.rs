//! A server as the SDK's examples make one, with one tool that makes the same hop as the limits.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use clap::Parser;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ServerCapabilities,
    ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;
use webex_bench::hop::Hop;
use webex_bench::place::{Place, serve};

/// The server is measured with this allocator, so this one has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about = "A plain server of the SDK that the server is compared with")]
struct Arguments {
    #[command(flatten)]
    place: Place,
}

#[derive(Clone)]
struct Plain(Arc<Hop>);

impl ServerHandler for Plain {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let failed = |error: &dyn ToString| ErrorData::internal_error(error.to_string(), None);
        let arguments = Value::Object(params.arguments.unwrap_or_default());
        let selection = serde_json::from_value(arguments).map_err(|error| failed(&error))?;
        let found = self.0.find(selection).await;
        let found = found.map_err(|error| failed(&error))?;
        let mut result = CallToolResult::success(vec![ContentBlock::text(found.text)]);
        let facts = serde_json::to_value(found.messages).map_err(|error| failed(&error))?;
        result.structured_content = Some(facts);
        Ok(result.into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { place } = Arguments::parse();
    let plain = Plain(Arc::new(Hop::new(place.upstream)?));
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = false;
    config.json_response = true;
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(plain.clone()), sessions, config);
    let router = Router::new().route_service("/mcp/webex-messaging", service);
    serve(place.listen, router).await
}
