//! The layer between any handler and any door. It enforces what the protocol requires of a handler.
//!
//! Features that are not declared are refused, results name the server, errors reveal nothing of
//! the inside, and a panic ends one request and not the connection.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use rmcp::model::{
    ClientNotification, ClientRequest, ErrorCode, InitializeRequestParams, InitializeResult,
    MetaObject, ProtocolVersion, ServerCapabilities, ServerConfig, ServerResult,
    SubscriptionFilter, TASKS_EXTENSION_ID,
};
use rmcp::service::{NotificationContext, RequestContext};
use rmcp::{ErrorData, RoleServer, ServerHandler, Service};
use serde_json::Value;

use crate::edge::refusal::printable;

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// A handler behind these rules; a clone shares the handler.
pub(super) struct Dispatch<H>(Arc<Mended<H>>);

struct Mended<H> {
    handler: Arc<H>,
    capabilities: ServerCapabilities,
    server_info: Value,
}

impl<H> Clone for Dispatch<H> {
    fn clone(&self) -> Self {
        Dispatch(self.0.clone())
    }
}

impl<H: ServerHandler> Dispatch<H> {
    pub(super) fn new(handler: Arc<H>) -> Self {
        let config = ServerHandler::get_info(&*handler);
        Dispatch(Arc::new(Mended {
            handler,
            capabilities: config.capabilities,
            // A few strings: serializing them cannot fail.
            server_info: serde_json::to_value(config.server_info).unwrap_or_default(),
        }))
    }

    pub(super) fn logs(&self) -> bool {
        self.0.capabilities.logging.is_some()
    }

    pub(super) fn makes_tasks(&self) -> bool {
        self.0.capabilities.supports_tasks()
    }

    /// The handshake of clients that use sessions.
    ///
    /// # Errors
    /// `-32022` where no version fits.
    pub(super) fn initialize(
        &self,
        asked: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        let mut result = self.0.handler.negotiate_initialize(asked)?;
        as_in_sessions(&mut result.capabilities);
        Ok(result)
    }

    /// The part of a requested subscription that will be served; `None` where subscribing is not
    /// offered.
    pub(super) fn accept(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let accepted = self.0.handler.accepted_subscription_filter(requested)?;
        let accepted = requested.intersection(&accepted);
        Some(accepted.intersection(&requested.supported_by(&self.0.capabilities)))
    }

    pub(super) fn server_info(&self) -> &Value {
        &self.0.server_info
    }

    /// Whether the feature that a request belongs to was declared.
    fn declares(&self, request: &ClientRequest) -> bool {
        let declared = &self.0.capabilities;
        match request {
            ClientRequest::ListToolsRequest(_) | ClientRequest::CallToolRequest(_) => {
                declared.tools.is_some()
            }
            ClientRequest::ListPromptsRequest(_) | ClientRequest::GetPromptRequest(_) => {
                declared.prompts.is_some()
            }
            ClientRequest::ListResourcesRequest(_)
            | ClientRequest::ListResourceTemplatesRequest(_)
            | ClientRequest::ReadResourceRequest(_)
            | ClientRequest::SubscribeRequest(_)
            | ClientRequest::UnsubscribeRequest(_) => declared.resources.is_some(),
            ClientRequest::CompleteRequest(_) => declared.completions.is_some(),
            ClientRequest::SetLevelRequest(_) => declared.logging.is_some(),
            request if is_of_tasks(request) => declared.supports_tasks(),
            _ => true,
        }
    }
}

impl<H: ServerHandler> Service<RoleServer> for Dispatch<H> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let modern = context
            .protocol_version()
            .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        let removed = match &request {
            ClientRequest::SetLevelRequest(_) => modern,
            // Tasks came with requests that stand for themselves.
            request => !modern && is_of_tasks(request),
        };
        if removed || !self.declares(&request) {
            return Err(unknown_method(request.method()));
        }
        // Nothing is bound to a name here: a future holds what is bound a second time.
        match AssertUnwindSafe(Service::handle_request(&*self.0.handler, request, context))
            .catch_unwind()
            .await
        {
            Ok(Ok(mut result)) => {
                // A handshake is of the old versions, whatever it asks for.
                if modern && !matches!(result, ServerResult::InitializeResult(_)) {
                    name_server(&mut result, &self.0.server_info);
                    Ok(result)
                } else {
                    Ok(as_of_old(result))
                }
            }
            Ok(Err(error)) => Err(presentable(error)),
            Err(_) => {
                tracing::error!("a handler panicked; the request was answered with an error");
                Err(failed())
            }
        }
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Service::handle_notification(&*self.0.handler, notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        ServerHandler::get_info(&*self.0.handler)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        ServerHandler::supported_protocol_versions(&*self.0.handler)
    }
}

fn is_of_tasks(request: &ClientRequest) -> bool {
    matches!(
        request,
        ClientRequest::GetTaskRequest(_)
            | ClientRequest::UpdateTaskRequest(_)
            | ClientRequest::CancelTaskRequest(_)
    )
}

/// Nothing is pushed to a session, so its client must not expect to hear that a list changed; and
/// it gets no tasks.
fn as_in_sessions(declared: &mut ServerCapabilities) {
    if let Some(extensions) = &mut declared.extensions {
        extensions.remove(TASKS_EXTENSION_ID);
    }
    declared
        .extensions
        .take_if(|extensions| extensions.is_empty());
    if let Some(tools) = &mut declared.tools {
        tools.list_changed = None;
    }
    if let Some(prompts) = &mut declared.prompts {
        prompts.list_changed = None;
    }
    if let Some(resources) = &mut declared.resources {
        resources.list_changed = None;
    }
}

/// A result without the fields that the protocol versions with sessions do not have.
fn as_of_old(mut result: ServerResult) -> ServerResult {
    let (ttl_ms, cache_scope) = match &mut result {
        ServerResult::ListToolsResult(list) => (&mut list.ttl_ms, &mut list.cache_scope),
        ServerResult::ListPromptsResult(list) => (&mut list.ttl_ms, &mut list.cache_scope),
        ServerResult::ListResourcesResult(list) => (&mut list.ttl_ms, &mut list.cache_scope),
        ServerResult::ListResourceTemplatesResult(list) => {
            (&mut list.ttl_ms, &mut list.cache_scope)
        }
        ServerResult::ReadResourceResult(read) => (&mut read.ttl_ms, &mut read.cache_scope),
        ServerResult::InitializeResult(initialized) => {
            as_in_sessions(&mut initialized.capabilities);
            return result;
        }
        _ => return result,
    };
    *ttl_ms = None;
    *cache_scope = None;
    result
}

fn name_server(result: &mut ServerResult, server_info: &Value) {
    let meta: &mut Option<MetaObject> = match result {
        ServerResult::CallToolResult(result) => &mut result.meta,
        ServerResult::InputRequiredResult(result) => &mut result.meta,
        ServerResult::ListToolsResult(result) => &mut result.meta,
        ServerResult::ListPromptsResult(result) => &mut result.meta,
        ServerResult::GetPromptResult(result) => &mut result.meta,
        ServerResult::ListResourcesResult(result) => &mut result.meta,
        ServerResult::ListResourceTemplatesResult(result) => &mut result.meta,
        ServerResult::ReadResourceResult(result) => &mut result.meta,
        ServerResult::CompleteResult(result) => &mut result.meta,
        ServerResult::DiscoverResult(result) => &mut result.meta,
        ServerResult::CreateTaskResult(result) => &mut result.meta,
        ServerResult::GetTaskResult(result) => &mut result.meta,
        ServerResult::TaskAckResult(result) => &mut result.meta,
        _ => return,
    };
    meta.get_or_insert_default()
        .insert(SERVER_INFO.to_owned(), server_info.clone());
}

/// An error as callers may see it: the inner cause stays in the log.
fn presentable(error: ErrorData) -> ErrorData {
    match error.code {
        ErrorCode::METHOD_NOT_FOUND => unknown_method(&error.message),
        ErrorCode::INTERNAL_ERROR => {
            tracing::error!(error = %error.message, "a handler failed");
            failed()
        }
        _ => error,
    }
}

pub(super) fn failed() -> ErrorData {
    ErrorData::internal_error(
        "The server failed on this request; its log has the cause.",
        None,
    )
}

pub(super) fn unknown_method(method: &str) -> ErrorData {
    let method = printable(method);
    ErrorData::new(
        ErrorCode::METHOD_NOT_FOUND,
        format!(
            "This server does not offer the method {method}; server/discover lists what it offers."
        ),
        None,
    )
}
