use super::Failure;
#[derive(Debug, clap::Args)]
pub struct Arguments {}
pub async fn run(_a: Arguments) -> Result<(), Failure> {
    Ok(())
}
