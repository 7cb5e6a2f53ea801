//! `login`: signs a person in with an integration of their own, and keeps the sign-in.

mod asked;
mod words;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use tokio::time::timeout;
use url::Url;
use webex::Webex;
use webex::oauth::{AskConsent, DeviceAnswer, Integration, Tokens};

use super::acting::{clean, told};
use super::output::{say, warn};
use super::tools::{DEFAULT_SERVER, find};
use super::{Failure, Sources, upstream_flag};
use crate::config::error::Origin;
use crate::config::{Environment, Flag, Loaded};
use crate::grants::{Grant, Person};
use crate::identity::SIGN_IN_SCOPES;
use crate::limits::LOGIN_CONSENT_WAIT;
use crate::login::{Kept, Login, Place};
use crate::server::{self, Callback, Returned};
use crate::servers::{Catalogue, Otherwise, tables};

#[derive(Debug, Args)]
#[command(after_help = "\
The first time, it prints what to register at developer.webex.com, and asks for the client id and
the secret of that integration; later it only opens the browser. `stdio` and `serve` act with the
sign-in when no WEBEX_ACCESS_TOKEN is set, and renew it. With another --server, other scopes are
asked for: `webex-mcp tools --scopes` lists them.

Examples:
  webex-mcp login
  webex-mcp login --device                  the browser is on another machine
  webex-mcp login --server webex-suite
  webex-mcp login --callback http://localhost:9000/callback")]
pub struct Arguments {
    /// Show a code to type in at Webex, on any device, in place of opening a browser here
    #[arg(long, conflicts_with = "no_browser")]
    device: bool,
    /// Ask for the scopes that the tools of this server need
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SERVER)]
    server: String,
    /// Ask for exactly these scopes instead, separated by blanks
    #[arg(long, value_name = "SCOPES", conflicts_with = "server")]
    scopes: Option<String>,
    /// Use another integration than the one that is kept
    #[arg(long)]
    new: bool,
    /// The integration's client id; its secret is never an argument
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Where Webex sends the browser back, as it is registered [default: http://localhost:8487/callback]
    #[arg(long, value_name = "URL")]
    callback: Option<String>,
    /// Where the sign-in is kept [default: where it was; the keyring, or the file where there is none]
    #[arg(long, value_enum, value_name = "PLACE")]
    keep_in: Option<KeepIn>,
    /// Only print the address for the browser
    #[arg(long)]
    no_browser: bool,
    /// Webex's REST API, /v1 included [default: https://webexapis.com/v1]
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeepIn {
    /// The system's keyring
    Keyring,
    /// An encrypted file in the data directory, which only this user can read
    File,
}

impl Arguments {
    fn flags(&self) -> Vec<Flag> {
        let flag = |flag, key, value: &Option<String>| {
            value.clone().map(|value| Flag {
                flag,
                section: "login",
                key,
                value: value.into(),
            })
        };
        [
            self.upstream.clone().map(upstream_flag),
            flag("--callback", "callback", &self.callback),
            flag("--client-id", "client_id", &self.client_id),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The scopes to ask for.
    fn wanted(&self, loaded: &Loaded) -> Result<Vec<String>, Failure> {
        if let Some(scopes) = &self.scopes {
            let scopes: Vec<_> = scopes.split_ascii_whitespace().map(str::to_owned).collect();
            return match scopes.is_empty() {
                true => Err(Failure::Usage("--scopes: it is empty.".to_owned())),
                false => Ok(scopes),
            };
        }
        let catalogue = Catalogue::whole();
        let described = tables::definitions(&loaded.config, &loaded.layers, &catalogue)?;
        let servers = described.iter();
        let servers: Vec<_> = servers
            .map(|definition| catalogue.serve(definition, Otherwise::Token))
            .collect();
        let needed = find(&servers, &self.server)?.scopes();
        let missing = SIGN_IN_SCOPES
            .into_iter()
            .filter(|scope| !needed.contains_key(scope));
        let wanted = needed.keys().copied().chain(missing);
        Ok(wanted.map(str::to_owned).collect())
    }
}

/// # Errors
/// Why nobody is signed in, with what to change.
pub async fn run(arguments: Arguments, environment: &Environment) -> Result<(), Failure> {
    let flags = arguments.flags();
    let (device, new) = (arguments.device, arguments.new);
    let loaded = arguments.sources.clone().load_aloud(environment, flags)?;
    let scopes = arguments.wanted(&loaded)?;
    let base_url = loaded.config.webex.base_url.clone();
    let webex = Webex::new(&base_url).map_err(|error| Failure::other(format!("{error}.")))?;
    let login = server::login(&loaded, &webex)?.ok_or_else(|| {
        Failure::other(
            "There is no place for a sign-in: set --data-dir to a directory that can be written.",
        )
    })?;
    let before = known(&login, &loaded, new).await;
    let callback = callback(&loaded, before.as_ref().map(|(kept, _)| kept));
    let wanted = match (arguments.keep_in, &before) {
        (Some(KeepIn::File), _) => Place::File,
        (None, Some((_, place))) => *place,
        (Some(KeepIn::Keyring), _) | (None, None) => Place::Keyring,
    };
    // Before anything is asked: a port that is taken would make the answers useless.
    let listening = match device {
        true => None,
        false => Some(listen(&callback).await?),
    };
    let (client_id, client_secret) = match before {
        Some((kept, _)) => (kept.client_id, kept.client_secret),
        None => {
            say(format_args!(
                "{}",
                words::to_register(&callback, &scopes, device)
            ))?;
            let id = loaded.config.login.client_id.clone();
            let secret = loaded.secrets.client_secret.as_ref();
            let secret = secret.map(|(secret, _)| secret.clone());
            let asking = tokio::task::spawn_blocking(move || asked::integration(id, secret));
            asking
                .await
                .map_err(|_| Failure::other("The terminal cannot be read."))??
        }
    };
    let integration = webex
        .integration(client_id.as_str(), client_secret.clone())
        .map_err(|error| Failure::Usage(format!("{error}.")))?;
    let tokens = match listening {
        Some(listening) => {
            let open = !arguments.no_browser;
            in_browser(&integration, listening, (&callback, &scopes), open).await?
        }
        None => on_device(&integration, &scopes).await?,
    };
    let grant = grant(&webex, tokens, &scopes).await?;
    let kept = Kept {
        base_url,
        client_id,
        client_secret,
        callback,
        grant,
    };
    let place = login.keep(&kept, wanted).await?;
    done(&kept, (place, arguments.keep_in), &loaded)
}

/// The sign-in that is kept, if its integration is to be used again.
async fn known(login: &Login, loaded: &Loaded, new: bool) -> Option<(Kept, Place)> {
    // One that cannot be read any more is replaced.
    let (kept, place) = login.get().await.ok().flatten()?;
    let other_id = loaded.config.login.client_id.as_ref();
    let is_other = other_id.is_some_and(|id| *id != kept.client_id);
    let is_elsewhere = kept.base_url != loaded.config.webex.base_url;
    (!new && !is_other && !is_elsewhere).then_some((kept, place))
}

/// The address that is registered for the integration.
fn callback(loaded: &Loaded, before: Option<&Kept>) -> String {
    match (loaded.layers.origin("login.callback"), before) {
        (Origin::Default, Some(kept)) => kept.callback.clone(),
        _ => loaded.config.login.callback.clone(),
    }
}

async fn listen(callback: &str) -> Result<Callback, Failure> {
    let url = Url::parse(callback).map_err(|error| Failure::Usage(format!("{error}.")))?;
    let listening = Callback::listen(&url).await;
    listening.map_err(|error| words::not_listening(callback, &error))
}

async fn in_browser(
    integration: &Integration,
    listening: Callback,
    (callback, scopes): (&str, &[String]),
    open: bool,
) -> Result<Tokens, Failure> {
    let consent = integration
        .consent(&AskConsent {
            redirect_uri: Some(callback.to_owned()),
            scopes: scopes.to_vec(),
            ..AskConsent::default()
        })
        .map_err(|error| Failure::Usage(format!("{error}.")))?;
    say(format_args!(
        "Sign in with the browser of this machine, within 5 minutes:\n\n  {}\n\n\
         If Webex says there that the redirect URI is wrong, register exactly {callback}.\n\
         If the browser is on another machine, end this with ctrl-c and use --device.",
        consent.url
    ))?;
    if open && let Err(error) = opener::open_browser(&consent.url) {
        tracing::debug!(%error, "no browser was opened");
    }
    let returned = timeout(LOGIN_CONSENT_WAIT, listening.returned(&consent.state)).await;
    match returned {
        Ok(Some(Returned::Code(code))) => {
            let tokens = integration.exchange(&code, &consent).await;
            tokens.map_err(|error| words::failed(&error, scopes))
        }
        Ok(Some(Returned::Refused(word))) => Err(words::refused(&word, scopes)),
        Ok(None) | Err(_) => Err(words::late()),
    }
}

async fn on_device(integration: &Integration, scopes: &[String]) -> Result<Tokens, Failure> {
    let failed = |error| words::failed(&error, scopes);
    let consent = integration.device_consent(scopes).await.map_err(failed)?;
    say(format_args!(
        "On any device, open {} and type in the code {}.",
        clean(consent.verification_uri.clone()),
        clean(consent.user_code.clone())
    ))?;
    if let Some(whole) = &consent.verification_uri_complete {
        say(format_args!("Or open {}", clean(whole.clone())))?;
    }
    match integration.device_wait(&consent).await.map_err(failed)? {
        DeviceAnswer::Granted(tokens) => Ok(*tokens),
        DeviceAnswer::Denied => Err(words::declined()),
        DeviceAnswer::Pending | DeviceAnswer::SlowDown | DeviceAnswer::Expired => {
            Err(words::late())
        }
    }
}

/// The grant of these tokens, with the person whose they are.
async fn grant(webex: &Webex, tokens: Tokens, scopes: &[String]) -> Result<Grant, Failure> {
    let client = webex.client(tokens.access_token.clone());
    let person = match client.people().me().await {
        Ok(me) => Person {
            display: Some(told(&me)),
            organization: me.org_id,
            id: me.id,
        },
        // Without spark:people_read nobody may know.
        Err(error) if error.status() == Some(403) => Person {
            id: String::new(),
            organization: None,
            display: None,
        },
        Err(error) => return Err(words::failed(&error, scopes)),
    };
    if tokens.refresh_token.is_none() {
        warn(format_args!(
            "Webex gave no refresh token, so this sign-in ends with its first token."
        ));
    }
    let now = Timestamp::now().as_millisecond();
    Ok(Grant::new(person, tokens, scopes, now))
}

fn done(
    kept: &Kept,
    (place, keep_in): (Place, Option<KeepIn>),
    loaded: &Loaded,
) -> Result<(), Failure> {
    let who = kept.grant.person.display.clone();
    let who = who.unwrap_or_else(|| "somebody whose name Webex does not tell".to_owned());
    let (told, is_as_wanted) = match place {
        Place::Keyring => ("in the system's keyring", true),
        Place::File => (
            "encrypted in the data directory",
            keep_in != Some(KeepIn::Keyring),
        ),
    };
    say(format_args!(
        "\nSigned in as {who}; kept {told}. `webex-mcp stdio` and `webex-mcp serve` act as this person now."
    ))?;
    if !is_as_wanted {
        warn(format_args!(
            "the keyring refused it, so it is in the file."
        ));
    }
    if let Some((_, origin)) = &loaded.secrets.access_token {
        warn(format_args!(
            "{origin} is set, and is used instead of the sign-in: unset it."
        ));
    }
    Ok(())
}
