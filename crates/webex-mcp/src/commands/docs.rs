//! `docs`: writes a generated document for `docs/`; a test fails if a document there is outdated.

use clap::{Args, ValueEnum};

use super::output::write;
use super::{Failure, tools};
use crate::server::{beside_tools, listed_tools};
use crate::{documents, servers};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The document
    #[arg(value_enum)]
    document: Document,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Document {
    Catalogue,
    Config,
    Coverage,
    Lists,
    Sandbox,
    Tools,
}

/// # Errors
/// A tool's schema is not valid: a mistake in this program.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.document {
        Document::Catalogue => write(&catalogue()?)?,
        Document::Lists => write(&lists()?)?,
        Document::Config => write(&documents::config())?,
        Document::Sandbox => write(&webex_sandbox::manual())?,
        Document::Coverage => write(&documents::coverage(&servers::all()))?,
        Document::Tools => write(&documents::tools(&servers::all()))?,
    }
    Ok(())
}

/// `docs/catalogue.json`: every tool, resource and prompt as it is published, so that a diff shows
/// each change.
fn catalogue() -> Result<String, Failure> {
    let servers = servers::all();
    let everything = tools::find(&servers, "webex")?;
    let mut published = tools::definitions(everything)?;
    let beside = beside_tools(everything).map_err(|error| Failure::other(error.to_string()))?;
    for (list, entries) in beside.as_object().into_iter().flatten() {
        published[list] = entries.clone();
    }
    Ok(format!("{published:#}\n"))
}

/// `edge/mcp/tools.jsonl`: what lists of tools are made of.
fn lists() -> Result<String, Failure> {
    let servers = servers::all();
    let everything = tools::find(&servers, "webex")?;
    listed_tools(everything).map_err(|error| Failure::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn lists_have_the_tools_as_they_are() {
        let kept = include_str!("../edge/mcp/tools.jsonl");
        assert!(
            kept == super::lists().unwrap(),
            "the tools in lists are stale: \
             cargo run -q -- docs lists > crates/webex-mcp/src/edge/mcp/tools.jsonl"
        );
    }

    #[test]
    fn the_published_catalogue_is_the_one_in_the_repository() {
        let kept = include_str!("../../../../docs/catalogue.json");
        assert!(
            kept == super::catalogue().unwrap(),
            "docs/catalogue.json is stale; look at the difference, for it is what clients see: \
             cargo run -q -- docs catalogue > docs/catalogue.json"
        );
    }
}
