//! Asks the person at the terminal, or reads lines where there is no terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::commands::Failure;
use crate::limits::LOGIN_TYPED_MAX_BYTES;

/// The id and the secret of an integration; each is asked for only if it is not given. Blocks.
///
/// # Errors
/// Nothing was typed in.
pub fn integration(
    client_id: Option<String>,
    client_secret: Option<SecretString>,
) -> Result<(String, SecretString), Failure> {
    let client_id = match client_id {
        Some(client_id) => client_id,
        None => line("Client ID: ").map_err(|_| missing("client id", "--client-id"))?,
    };
    let client_secret = match client_secret {
        Some(client_secret) => client_secret,
        None => {
            let secret = secret("Client secret (not shown): ");
            let variable = "WEBEX_MCP_LOGIN_CLIENT_SECRET";
            let secret = secret.map_err(|_| missing("client secret", variable))?;
            SecretString::from(secret.trim())
        }
    };
    Ok((client_id, client_secret))
}

fn missing(what: &str, setting: &str) -> Failure {
    Failure::Usage(format!(
        "There is no {what}: type it in when it is asked for, or set {setting}."
    ))
}

fn line(prompt: &str) -> io::Result<String> {
    if io::stdin().is_terminal() {
        let mut stderr = io::stderr().lock();
        stderr.write_all(prompt.as_bytes())?;
        stderr.flush()?;
    }
    let mut line = String::new();
    let stdin = io::stdin().lock();
    stdin.take(LOGIN_TYPED_MAX_BYTES).read_line(&mut line)?;
    match line.trim() {
        "" => Err(io::ErrorKind::UnexpectedEof.into()),
        typed => Ok(typed.to_owned()),
    }
}

/// A line that a terminal does not show while it is typed in.
fn secret(prompt: &str) -> io::Result<Zeroizing<String>> {
    let secret = match io::stdin().is_terminal() {
        true => rpassword::prompt_password(prompt)?,
        false => line("")?,
    };
    match secret.trim() {
        "" => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(Zeroizing::new(secret)),
    }
}
