//! `docs/coverage.md`: every operation of the client, and the tools that reach it.

use std::fmt::Write as _;
use std::sync::Arc;

use webex::operations::{ALL, GUIDES};
use webex::{Operation, Repeat};

use super::guide::{GROUPS, Offer};
use super::tools::every_tool;
use crate::servers::VirtualServer;
use crate::servers::listed::Listed;

/// The page, from the client's operations and the tools of the servers.
pub fn coverage(servers: &[Arc<VirtualServer>]) -> String {
    let tools = every_tool(servers);
    let mut page = introduction(&tools);
    let mut previous = "";
    for operation in ALL {
        let group = operation.group();
        if group != previous {
            let count = ALL.iter().filter(|other| other.group() == group).count();
            let mark = if is_in_guides(operation) {
                ", *guide*"
            } else {
                ""
            };
            let title = group.replace('_', " ");
            let _ = write!(
                page,
                "\n## {title} ({count}{mark})\n\n\
                 | operation | call | kind | scopes | tools |\n|---|---|---|---|---|\n"
            );
            previous = group;
        }
        let kind = match operation.repeat {
            Repeat::Read => "reads",
            Repeat::Write => "writes",
        };
        let scopes = operation.scopes.join(", ");
        let reaching = reaching(&tools, &(operation, &[])).join(", ");
        let (name, call) = (operation.name, call(operation));
        let _ = writeln!(page, "| {name} | {call} | {kind} | {scopes} | {reaching} |");
    }
    add_guide(&mut page, &tools);
    page
}

fn introduction(tools: &[&Arc<Listed>]) -> String {
    let all = ALL.len();
    let of_guides = ALL.iter().filter(|it| is_in_guides(it)).count();
    let of_document = all - of_guides;
    let reached = ALL
        .iter()
        .filter(|it| !reaching(tools, &(it, &[])).is_empty());
    let reached = reached.count();
    let guide: usize = GROUPS.iter().map(|(_, offers)| offers.len()).sum();
    format!(
        "<!-- Generated from the client's operations and the catalogue by `webex-mcp docs coverage`. -->\n\
         # Coverage of the Webex REST API\n\n\
         The client `webex` has {all} operations: all {of_document} of Cisco's OpenAPI document for messaging and \
         meetings, and {of_guides} that Webex describes in its guides only (files, OAuth, authorizations; marked \
         *guide*). The sandbox `webex-sandbox` answers all of them, and the tools of the server reach {reached}, among \
         them the {guide} that [the gateway's guide](#the-gateways-guide) offers.\n\n\
         An operation that *reads* is sent again after a failure that may pass; one that *writes* only where Webex \
         provably did not execute it. The scopes are those of an ordinary user, or of the role that alone may call. A \
         tool is named where a call of it may need the operation, not where it is only read to word an answer.\n"
    )
}

/// The section of what the gateway's guide offers.
fn add_guide(page: &mut String, tools: &[&Arc<Listed>]) {
    page.push_str(
        "\n## The gateway's guide\n\n\
         The guide of an API gateway to making an MCP server for Webex lists these operations. Each stands with the \
         arguments that the guide tells of, as the tools call them, and the tools that reach it and take all of them.\n\n\
         | group | call | arguments | tools |\n|---|---|---|---|\n",
    );
    for (group, offers) in GROUPS {
        for offer in offers {
            let (call, arguments) = (call(offer.0), offer.1.join(", "));
            let reaching = reaching(tools, offer).join(", ");
            let _ = writeln!(page, "| {group} | {call} | {arguments} | {reaching} |");
        }
    }
}

fn call(operation: &Operation) -> String {
    format!("`{} {}`", operation.method, operation.path)
}

fn is_in_guides(operation: &Operation) -> bool {
    GUIDES.contains(&operation.group())
}

/// The tools that reach an operation and take the arguments of its offer.
fn reaching(tools: &[&Arc<Listed>], (operation, arguments): &Offer) -> Vec<&'static str> {
    let reaches = |tool: &Listed| {
        let mut declared = tool.entry.policy.operations.iter();
        declared.any(|one| one.name == operation.name)
    };
    let takes = |tool: &Listed, argument: &str| {
        let properties = tool.input_schema.get("properties");
        properties.is_some_and(|all| all.get(argument).is_some())
    };
    let reaching = tools
        .iter()
        .filter(|tool| reaches(tool) && arguments.iter().all(|argument| takes(tool, argument)));
    reaching.map(|tool| tool.entry.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreached(offers: &[Offer]) -> Vec<String> {
        let servers = crate::servers::all();
        let tools = every_tool(&servers);
        let unreached = offers.iter().filter(|it| reaching(&tools, it).is_empty());
        unreached
            .map(|(operation, arguments)| format!("{} {arguments:?}", call(operation)))
            .collect()
    }

    #[test]
    fn a_tool_reaches_every_operation_of_the_guide_with_its_arguments() {
        let offers: Vec<_> = GROUPS
            .iter()
            .flat_map(|(_, offers)| *offers)
            .copied()
            .collect();
        assert_eq!(offers.len(), 59);
        let unreached = unreached(&offers);
        assert!(unreached.is_empty(), "no tool reaches {unreached:#?}");
    }

    #[test]
    fn what_no_tool_reaches_is_found() {
        let rooms = &webex::rooms::LIST;
        let offers: [Offer; 3] = [
            (&webex::meetings::host::END, &[]),
            (rooms, &["type"]),
            (rooms, &["type", "colour"]),
        ];
        assert_eq!(
            unreached(&offers),
            [
                "`POST /meetings/{meetingId}/end` []",
                "`GET /rooms` [\"type\", \"colour\"]"
            ]
        );
    }
}
