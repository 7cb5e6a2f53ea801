//! `tools`: lists the tools of a server, as a table for people or exactly as published.

use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::output::say;
use super::{Failure, Sources};
use crate::config::Environment;
use crate::config::settings::nearest;
use crate::documents;
use crate::server::definition;
use crate::servers::{Catalogue, Otherwise, VirtualServer, tables};
use crate::tool::counted;

/// The default server of a command.
pub const DEFAULT_SERVER: &str = "webex-messaging";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  webex-mcp tools
  webex-mcp tools --server webex --json | jq '.tools[].name'
  webex-mcp tools --server webex-meeting --scopes")]
pub struct Arguments {
    /// The server, by the last part of its path: webex-messaging, or webex for everything
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SERVER)]
    server: String,
    /// The definitions as tools/list answers them
    #[arg(long)]
    json: bool,
    /// The OAuth scopes that the server's tools need, each with those tools
    #[arg(long)]
    scopes: bool,
    #[command(flatten)]
    sources: Sources,
}

/// # Errors
/// There is no server with that name, or the configuration has a mistake.
pub fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let loaded = arguments.sources.load_aloud(environment, Vec::new())?;
    let catalogue = Catalogue::whole();
    let described = tables::definitions(&loaded.config, &loaded.layers, &catalogue)?;
    // As `serve` would: with a confirmation token only if no other machine can reach it.
    let otherwise = Otherwise::by_default(loaded.config.server.listen.ip());
    let servers = described
        .iter()
        .map(|definition| catalogue.serve(definition, otherwise))
        .collect::<Vec<_>>();
    let server = find(&servers, &arguments.server)?;
    match (arguments.scopes, arguments.json) {
        (false, true) => say(format_args!("{:#}", definitions(server)?))?,
        (false, false) => say(format_args!("{}", table(server)?.join("\n")))?,
        (true, true) => say(format_args!("{:#}", json!({ "scopes": server.scopes() })))?,
        (true, false) => say(format_args!("{}", scope_lines(server).join("\n")))?,
    }
    Ok(())
}

fn scope_lines(server: &VirtualServer) -> Vec<String> {
    let scopes = server.scopes();
    let width = scopes.keys().map(|scope| scope.len()).max().unwrap_or(0);
    let mut lines = vec![format!("{:width$}  tools", "scope")];
    let rows = scopes.iter();
    lines.extend(rows.map(|(scope, tools)| format!("{scope:width$}  {}", tools.join(" "))));
    let all: Vec<_> = scopes.keys().copied().collect();
    lines.push(format!(
        "\n{} for the {} of {}. To ask for all of them:\n{}",
        counted(all.len(), "scope"),
        counted(server.every_tool().count(), "tool"),
        server.title,
        all.join(" ")
    ));
    lines
}

/// The server of that slug.
///
/// # Errors
/// Names the server that was probably meant, and all that there are.
pub fn find<'s>(
    servers: &'s [Arc<VirtualServer>],
    slug: &str,
) -> Result<&'s Arc<VirtualServer>, Failure> {
    servers
        .iter()
        .find(|server| *server.slug == *slug)
        .ok_or_else(|| {
            let known: Vec<_> = servers.iter().map(|server| &*server.slug).collect();
            let all = known.join(", ");
            let told = match nearest(slug, known) {
                Some(near) => format!("did you mean `{near}`? There are: {all}"),
                None => format!("there are: {all}"),
            };
            Failure::Usage(format!("There is no server `{slug}`; {told}."))
        })
}

/// Every tool of a server as `tools/list` answers it.
///
/// # Errors
/// A tool's schema is not valid: a mistake in this program.
pub fn definitions(server: &VirtualServer) -> Result<Value, Failure> {
    let tools: Result<Vec<_>, _> = server.tools.iter().map(|tool| definition(tool)).collect();
    let tools = tools.map_err(|error| Failure::other(error.to_string()))?;
    Ok(json!({ "tools": tools }))
}

fn table(server: &VirtualServer) -> Result<Vec<String>, Failure> {
    let width = server
        .tools
        .iter()
        .map(|tool| tool.entry.name.len())
        .max()
        .unwrap_or(0);
    let mut lines = vec![format!("{:width$}  effect   tokens  scopes", "tool")];
    let mut shown = 0;
    let whole = documents::tokens(&definitions(server)?);
    for tool in &server.tools {
        let tokens = documents::model_tokens(tool);
        shown += tokens;
        lines.push(format!(
            "{:width$}  {:7}  {tokens:6}  {}",
            tool.entry.name,
            documents::effect(tool),
            tool.entry.policy.scopes().join(" ")
        ));
    }
    lines.push(format!(
        "\n{} tools of {}; a model reads about {shown} tokens (name, description, arguments), \
         the whole definitions are about {whole}.",
        server.tools.len(),
        server.title
    ));
    lines.push(format!(
        "The server {}.",
        documents::confirmation(server.confirmation)
    ));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_can_be_listed() {
        let servers = crate::servers::all();
        for server in &servers {
            assert_eq!(find(&servers, &server.slug).unwrap().slug, server.slug);
            let definitions = definitions(server).unwrap();
            let tools = definitions["tools"].as_array().unwrap();
            assert_eq!(tools.len(), server.tools.len());
            for tool in tools {
                assert_eq!(tool["inputSchema"]["type"], "object", "{}", tool["name"]);
                assert_eq!(tool["outputSchema"]["type"], "object", "{}", tool["name"]);
                let annotations = &tool["annotations"];
                assert!(
                    !(annotations["readOnlyHint"] == true
                        && annotations["destructiveHint"] == true)
                );
            }
            // Header, tools, sum, policy.
            let table = table(server).unwrap();
            assert_eq!(table.len(), server.tools.len() + 3);
            let without_asking = match &*server.slug {
                "webex-compact" => "refuses",
                _ => "hands out a token",
            };
            let policy = format!(
                "The server asks before it destroys; where it cannot ask, {without_asking}."
            );
            assert_eq!(*table.last().unwrap(), policy);
        }
        let messaging = find(&servers, "webex-messaging").unwrap();
        let scopes = messaging.scopes();
        for tool in &messaging.tools {
            for scope in tool.entry.policy.scopes() {
                assert!(scopes[scope].contains(&tool.entry.name), "{scope}");
            }
        }
        let spaces = [
            "webex-create-space",
            "webex-update-space",
            "webex-delete-space",
        ];
        assert_eq!(scopes["spark:rooms_write"], spaces);
        let lines = scope_lines(messaging);
        // Header, scopes, sum.
        assert_eq!(lines.len(), scopes.len() + 2);
        for scope in scopes.keys() {
            assert!(lines.last().unwrap().contains(scope), "{scope}");
        }
        let failure = find(&servers, "webx").unwrap_err();
        assert_eq!(failure.code(), 2);
        assert!(
            failure
                .to_string()
                .contains("did you mean `webex`? There are: webex-messaging, "),
            "{failure}"
        );
    }
}
