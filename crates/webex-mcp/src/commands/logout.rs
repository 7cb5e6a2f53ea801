//! `logout`: deletes the sign-in that is kept here.

use clap::Args;
use webex::Webex;

use super::output::say;
use super::{Failure, Sources};
use crate::config::Environment;
use crate::server;

#[derive(Debug, Args)]
#[command(after_help = "\
Deletes the tokens, and the id and secret of the integration. What still acts with the sign-in gets
`unauthorized` within half a minute. To withdraw what you granted from everybody who has a copy,
revoke the integration in the settings of your Webex account.

Examples:
  webex-mcp logout")]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
}

/// # Errors
/// Something of the sign-in is still there.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let loaded = arguments.sources.load_aloud(environment, Vec::new())?;
    let webex = Webex::new(&loaded.config.webex.base_url)
        .map_err(|error| Failure::other(format!("{error}.")))?;
    let is_there = server::is_signed_in(loaded.config.data.dir.as_deref());
    let login = match is_there {
        true => server::login(&loaded, &webex)?,
        false => None,
    };
    let was_there = match login {
        Some(login) => login.forget().await?,
        None => false,
    };
    say(format_args!(
        "{}",
        match was_there {
            true => "Signed out: the tokens and the integration's secret were deleted here.",
            false => "Nobody is signed in here; nothing was changed.",
        }
    ))?;
    Ok(())
}
