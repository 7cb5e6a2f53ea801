//! `docs/tools.md`: what each server offers and costs, and each tool once.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{confirmation, effect, model_tokens};
use crate::servers::VirtualServer;
use crate::servers::listed::Listed;
use crate::tool::{Kind, counted};

/// The page, from the servers that exist without a configuration.
pub fn tools(servers: &[Arc<VirtualServer>]) -> String {
    let mut page = String::from(
        "<!-- Generated from the catalogue by `webex-mcp docs tools`. -->\n\
         # Tools\n\n\
         A client is offered the tools of the server that it connects to. Tokens are what a model reads of a tool: \
         its name, description and arguments, at four bytes a token. A server needs the scopes of all its tools, and \
         with fewer it does not list the tools that lack theirs.\n\n\
         | server | path | tools | tokens | scopes |\n|---|---|---:|---:|---:|\n",
    );
    for server in servers {
        let title = &server.title;
        let anchor = title.to_lowercase().replace(' ', "-");
        let _ = writeln!(
            page,
            "| [{title}](#{anchor}) | `/mcp/{}` | {} | {} | {} |",
            server.slug,
            server.tools.len(),
            tokens_of(server),
            server.scopes().len()
        );
    }
    servers
        .iter()
        .for_each(|server| describe_server(&mut page, server));
    let tools = every_tool(servers);
    let _ = writeln!(
        page,
        "\n## Every tool\n\n| tool | effect | tokens | scopes |\n|---|---|---:|---|"
    );
    for tool in &tools {
        let scopes = tool.entry.policy.scopes().join(", ");
        let (link, tokens) = (link(tool), model_tokens(tool));
        let _ = writeln!(page, "| {link} | {} | {tokens} | {scopes} |", effect(tool));
    }
    for tool in tools {
        describe_tool(&mut page, tool, servers);
    }
    if let Some(server) = servers.iter().max_by_key(|server| server.tools.len()) {
        describe_resources(&mut page, server);
        describe_prompts(&mut page, server);
    }
    page
}

/// The tools of all servers, each once: those of the server that lists the most, then the others.
pub(super) fn every_tool(servers: &[Arc<VirtualServer>]) -> Vec<&Arc<Listed>> {
    let largest = servers.iter().max_by_key(|server| server.tools.len());
    let mut every: Vec<&Arc<Listed>> = Vec::new();
    for tool in largest.into_iter().chain(servers).flat_map(|it| &it.tools) {
        if !every.iter().any(|one| one.entry.name == tool.entry.name) {
            every.push(tool);
        }
    }
    every
}

fn tokens_of(server: &VirtualServer) -> usize {
    server.tools.iter().map(|tool| model_tokens(tool)).sum()
}

fn link(tool: &Listed) -> String {
    let name = tool.entry.name;
    format!("[{name}](#{name})")
}

fn describe_server(page: &mut String, server: &VirtualServer) {
    let about = server.description.as_deref().unwrap_or_default();
    let _ = writeln!(page, "\n## {}\n\n{about}\n", server.title);
    let listed = counted(server.tools.len(), "tool");
    let tokens = tokens_of(server);
    let _ = write!(
        page,
        "`/mcp/{}` · server id `{}` · {listed}, about {tokens} tokens for a model · {}\n\nTools: ",
        server.slug,
        server.id,
        confirmation(server.confirmation)
    );
    let links: Vec<_> = server.tools.iter().map(|tool| link(tool)).collect();
    let _ = write!(page, "{}", links.join(", "));
    let behind = server.every_tool().count() - server.tools.len();
    if behind > 0 {
        let _ = write!(page, "; {behind} more are found and run through these");
    }
    let scopes: Vec<_> = server
        .scopes()
        .keys()
        .map(|scope| format!("`{scope}`"))
        .collect();
    let _ = writeln!(page, "\n\nScopes: {}", scopes.join(", "));
}

fn describe_resources(page: &mut String, server: &VirtualServer) {
    page.push_str(
        "\n# Resources\n\nA resource is the answer of a tool, under an address; a server has it where it has the tool. \
         The variable of a template takes what the tool's argument takes, in percent-encoding, and is completed by \
         the names of what the caller can see. `resources/list` also has the spaces that the caller used last.\n\n\
         | address | what it is | tool |\n|---|---|---|\n",
    );
    for resource in server.others(Kind::Resource) {
        let (uri, words) = (resource.entry.name, cell(&resource.description));
        let _ = writeln!(page, "| `{uri}` | {words} | {} |", links(resource));
    }
}

fn describe_prompts(page: &mut String, server: &VirtualServer) {
    page.push_str(
        "\n# Prompts\n\nA prompt gathers its facts in one call, changes nothing, and has at most 8,000 bytes. A server \
         has it where it has the tools that read the same.\n\n\
         | prompt | what it does | arguments | tools |\n|---|---|---|---|\n",
    );
    for prompt in server.others(Kind::Prompt) {
        let required = prompt.input_schema.get("required");
        let is_required = |name: &String| {
            let names = required.and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|other| other == name))
        };
        let arguments = prompt.input_schema.get("properties");
        let arguments = arguments.and_then(Value::as_object);
        let arguments = arguments.into_iter().flatten().map(|(name, schema)| {
            let words = schema.get("description").and_then(Value::as_str);
            let mark = if is_required(name) { " (required)" } else { "" };
            format!("`{name}`{mark}: {}", cell(words.unwrap_or_default()))
        });
        let arguments = arguments.collect::<Vec<_>>().join("<br>");
        let (name, words) = (prompt.entry.name, cell(&prompt.description));
        let _ = writeln!(
            page,
            "| {name} | {words} | {arguments} | {} |",
            links(prompt)
        );
    }
}

/// The tools that a resource or a prompt needs.
fn links(entry: &Listed) -> String {
    let links = entry.entry.needs.iter();
    let links = links.map(|tool| format!("[{tool}](#{tool})"));
    links.collect::<Vec<_>>().join(", ")
}

fn describe_tool(page: &mut String, tool: &Listed, servers: &[Arc<VirtualServer>]) {
    let name = tool.entry.name;
    let _ = writeln!(page, "\n## {name}\n\n{}\n", tool.description);
    let operations = tool.entry.policy.operations.iter();
    let operations: Vec<_> = operations
        .map(|operation| format!("`{} {}`", operation.method, operation.path))
        .collect();
    if !operations.is_empty() {
        let _ = writeln!(page, "Webex: {}\n", operations.join(", "));
    }
    let is_listed = |server: &VirtualServer| server.tools.iter().any(|one| one.entry.name == name);
    let listing = servers.iter().filter(|server| is_listed(server));
    let listing: Vec<_> = listing.map(|server| format!("`{}`", server.slug)).collect();
    let _ = writeln!(page, "Listed by: {}\n", listing.join(", "));
    let required: Vec<_> = tool
        .input_schema
        .get("required")
        .and_then(Value::as_array)
        .map_or(Vec::new(), |names| {
            names.iter().filter_map(Value::as_str).collect()
        });
    let Some(Value::Object(properties)) = tool.input_schema.get("properties") else {
        return;
    };
    if properties.is_empty() {
        return;
    }
    let _ = writeln!(page, "| argument | type | meaning |\n|---|---|---|");
    for (name, schema) in properties {
        let mark = if required.contains(&name.as_str()) {
            " (required)"
        } else {
            ""
        };
        let meaning = schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let _ = writeln!(
            page,
            "| {name}{mark} | {} | {} |",
            type_of(schema),
            cell(meaning)
        );
    }
}

fn type_of(schema: &Value) -> String {
    let text = |name: &str| schema.get(name).and_then(Value::as_str);
    if let Some(Value::Array(values)) = schema.get("enum") {
        let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
        return values.join(" \\| ");
    }
    match (text("type"), text("format")) {
        (Some("array"), _) => {
            let items = schema
                .get("items")
                .cloned()
                .unwrap_or(Value::Object(Map::new()));
            format!("list of {}", type_of(&items))
        }
        (Some(name), Some(format)) => format!("{name} ({format})"),
        (Some(name), None) => name.to_owned(),
        (None, _) => "any".to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
