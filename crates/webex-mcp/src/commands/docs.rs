//! `docs`: writes a generated document, for `docs/`; a test fails while one there is stale.

use clap::{Args, ValueEnum};

use super::Failure;
use super::output::write;
use crate::{documents, servers};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The document
    #[arg(value_enum)]
    document: Document,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Document {
    Config,
    Sandbox,
    Tools,
}

/// # Errors
/// A tool's schema is none: a mistake in this program.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match arguments.document {
        Document::Config => write(&documents::config()),
        Document::Sandbox => write(&webex_sandbox::manual()),
        Document::Tools => {
            let servers = servers::all().map_err(Failure::Other)?;
            write(&documents::tools(&servers));
        }
    }
    Ok(())
}
