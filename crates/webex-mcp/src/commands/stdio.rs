use super::Failure;
use crate::config::Environment;
#[derive(Debug, clap::Args)]
pub struct Arguments {}
pub async fn run(_a: Arguments, _e: &Environment) -> Result<(), Failure> {
    Ok(())
}
