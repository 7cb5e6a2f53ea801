//! `docs`: writes a generated document for `docs/`; a test fails if a document there is outdated.

use clap::{Args, ValueEnum};

use super::output::write;
use super::{Failure, tools};
use crate::server::beside_tools;
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
    Sandbox,
    Tools,
}

/// # Errors
/// A tool's schema is not valid: a mistake in this program.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.document {
        Document::Catalogue => write(&catalogue()?),
        Document::Config => write(&documents::config()),
        Document::Sandbox => write(&webex_sandbox::manual()),
        Document::Coverage => write(&documents::coverage(&servers::all())),
        Document::Tools => write(&documents::tools(&servers::all())),
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

#[cfg(test)]
mod tests {
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
