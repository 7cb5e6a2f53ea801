//! What the command says: what to register, and why Webex refused.

use webex::WebexError;
use webex::oauth::DEVICE_REDIRECTS;

use crate::commands::Failure;

/// What a person registers at Webex before the first sign-in.
pub fn to_register(callback: &str, scopes: &[String], is_device: bool) -> String {
    let mut redirects = vec![callback];
    if is_device {
        redirects.extend(DEVICE_REDIRECTS);
    }
    let list = |entries: &[&str]| -> String {
        let lines = entries.iter().map(|entry| format!("       {entry}\n"));
        lines.collect()
    };
    let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
    format!(
        "webex-mcp signs you in with an integration of your own, which you register once:\n\n  \
         1. Open https://developer.webex.com/my-apps and choose Create a New App, then Integration.\n  \
         2. Name and description: any, such as \"webex-mcp\".\n  \
         3. Redirect URI, exactly:\n{}  \
         4. Scopes, to tick (what the page does not offer, leave out, and name the others with --scopes):\n{}  \
         5. Add it, and copy its Client ID and Client Secret. The secret is shown only once.\n",
        list(&redirects),
        list(&scopes)
    )
}

/// The port of the callback is in use, or may not be used.
pub fn not_listening(callback: &str, error: &std::io::Error) -> Failure {
    let why = match error.kind() {
        std::io::ErrorKind::AddrInUse => "another program uses its port".to_owned(),
        _ => error.to_string(),
    };
    Failure::other(format!(
        "Cannot listen at {callback}: {why}. End that program, or choose another port with --callback (or the setting \
         login.callback) and register the same address, to the letter, as redirect URI of your integration. \
         --device needs no port."
    ))
}

/// Webex sent the browser back with this word.
pub fn refused(word: &str, scopes: &[String]) -> Failure {
    match word {
        "access_denied" => declined(),
        "invalid_scope" => invalid_scope(scopes),
        _ => Failure::other(format!(
            "Webex refused the sign-in ({word}). Compare the integration's page with what `webex-mcp login --new` \
             says to register."
        )),
    }
}

pub fn declined() -> Failure {
    Failure::other(
        "The sign-in was declined, by you or by your organization's rules for integrations; nothing was changed.",
    )
}

pub fn late() -> Failure {
    Failure::other("Nobody answered in 5 minutes; nothing was changed. Run it again.")
}

fn invalid_scope(scopes: &[String]) -> Failure {
    Failure::other(format!(
        "Webex gives this integration not all of the scopes that were asked for. Tick all of these on the \
         integration's page at developer.webex.com, or ask for fewer with --scopes: {}.",
        scopes.join(" ")
    ))
}

/// Webex refused a request of the sign-in.
pub fn failed(error: &WebexError, scopes: &[String]) -> Failure {
    let says = |word: &str| error.detail().is_some_and(|detail| detail.says(word));
    if says("invalid_scope") {
        return invalid_scope(scopes);
    }
    if says("unauthorized_client") {
        return Failure::other(format!(
            "The integration is not registered for devices. Add these redirect URIs on its page at \
             developer.webex.com: {}.",
            DEVICE_REDIRECTS.join(" ")
        ));
    }
    if says("invalid_client") || error.status() == Some(401) {
        return Failure::other(
            "Webex does not know this client id with this client secret. Copy both again from the integration's page, \
             and run this with --new.",
        );
    }
    if says("invalid_grant") {
        return Failure::other("Webex did not accept the code of this sign-in. Run it again.");
    }
    match error.status() {
        Some(_) => Failure::other(format!(
            "Webex refused the sign-in: {error}. Compare the client id, the redirect URI and the scopes with the \
             integration's page."
        )),
        None => Failure::other(format!("{error}.")),
    }
}
