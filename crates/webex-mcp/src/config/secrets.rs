//! Secrets from the environment or from files. They are never shown and are not part of the
//! configuration itself.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::SecretString;
use webex::AccessToken;
use zeroize::Zeroizing;

use super::clients;
use super::error::{ConfigError, Origin};
use super::layers::Layers;
use crate::seal::Secret;

/// A secret is short, so its file is small.
const SECRET_FILE_MAX_BYTES: u64 = 16 * 1024;

/// The secrets, with their origins.
#[derive(Debug, Default)]
pub struct Secrets {
    pub access_token: Option<(AccessToken, Origin)>,
    /// Of the person's own integration, for `webex-mcp login`.
    pub client_secret: Option<(SecretString, Origin)>,
    pub key: Option<(Secret, Origin)>,
    /// Prints the key, in place of `key`.
    pub key_command: Option<KeyCommand>,
    pub previous_key: Option<(Secret, Origin)>,
    pub previous_key_command: Option<KeyCommand>,
    /// Of the integration that people sign in with.
    pub broker_secret: Option<(SecretString, Origin)>,
    /// Of this server as a client of the identity provider.
    pub idp_secret: Option<(SecretString, Origin)>,
    /// What the files of the clients' tables hold, by `broker.clients.<id>.<key>`.
    pub clients: BTreeMap<String, SecretString>,
}

/// A program with its arguments that prints a key. It is run when the key is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCommand {
    /// The setting that names it.
    pub setting: &'static str,
    pub program: String,
    pub arguments: Vec<String>,
}

impl Secrets {
    /// Takes the secrets out of the layers, reading the files that are named there.
    pub fn read(layers: &mut Layers) -> Result<Self, ConfigError> {
        let access_token = one(layers, "webex.access_token")?
            .map(|(text, origin)| match AccessToken::new(text.as_str()) {
                Ok(token) => Ok((token, origin)),
                Err(_) => Err(ConfigError::Refused {
                    place: origin,
                    name: "webex.access_token".to_owned(),
                    reason:
                        "this is not an access token; copy it again, without quotes or `Bearer`"
                            .to_owned(),
                }),
            })
            .transpose()?;
        let client_secret = one(layers, "login.client_secret")?
            .map(|(text, origin)| (SecretString::from(text.as_str()), origin));
        Ok(Secrets {
            access_token,
            client_secret,
            key_command: command(layers, "secret.key", "secret.key_command")?,
            key: key(layers, "secret.key")?,
            previous_key_command: command(
                layers,
                "secret.previous_key",
                "secret.previous_key_command",
            )?,
            previous_key: key(layers, "secret.previous_key")?,
            broker_secret: one(layers, "broker.client_secret")?
                .map(|(text, origin)| (SecretString::from(text.as_str()), origin)),
            idp_secret: one(layers, "jwt.client_secret")?
                .map(|(text, origin)| (SecretString::from(text.as_str()), origin)),
            clients: of_clients(layers)?,
        })
    }

    /// The origin of the secret of that name.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        match name {
            "webex.access_token" => self.access_token.as_ref().map(|(_, origin)| origin),
            "login.client_secret" => self.client_secret.as_ref().map(|(_, origin)| origin),
            "secret.key" => self.key.as_ref().map(|(_, origin)| origin),
            "secret.previous_key" => self.previous_key.as_ref().map(|(_, origin)| origin),
            "jwt.client_secret" => self.idp_secret.as_ref().map(|(_, origin)| origin),
            "broker.client_secret" => self.broker_secret.as_ref().map(|(_, origin)| origin),
            _ => None,
        }
    }
}

/// The secrets of the clients that the operator knows.
fn of_clients(layers: &Layers) -> Result<BTreeMap<String, SecretString>, ConfigError> {
    let mut found = BTreeMap::new();
    for id in layers.names(&clients::TABLES) {
        for key in clients::FILES {
            let name = format!("{}.{id}.{key}", clients::TABLES.prefix);
            let Some(path) = layers.get(&name).and_then(toml::Value::as_str) else {
                continue;
            };
            let text = read_secret(Path::new(path)).map_err(|why| layers.refuse(&name, why))?;
            found.insert(name, SecretString::from(text.as_str()));
        }
    }
    Ok(found)
}

type Found = Option<(Zeroizing<String>, Origin)>;

/// The secret's text: from its variable or from its file, but not from both.
fn one(layers: &mut Layers, name: &str) -> Result<Found, ConfigError> {
    let file = format!("{name}_file");
    let direct = layers.take_text(name);
    let Some(path) = layers.get(&file).and_then(toml::Value::as_str) else {
        return Ok(direct.map(|(text, origin)| (Zeroizing::new(text), origin)));
    };
    if let Some((text, origin)) = direct {
        // A variable overrides the settings file; two variables for one secret contradict each
        // other.
        return match layers.origin(&file) {
            Origin::Variable(_) => {
                Err(layers.refuse(&file, format!("{origin} sets it too; set one of them")))
            }
            _ => Ok(Some((Zeroizing::new(text), origin))),
        };
    }
    let text = read_secret(Path::new(path)).map_err(|reason| layers.refuse(&file, reason))?;
    Ok(Some((text, layers.origin(&file))))
}

fn read_secret(path: &Path) -> Result<Zeroizing<String>, String> {
    let file = path.display();
    let unreadable = |error: std::io::Error| format!("the file cannot be read ({error}): {file}");
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(format!(
            "this is a directory; name the file in it that holds the secret: {file}"
        ));
    }
    if metadata.len() > SECRET_FILE_MAX_BYTES {
        return Err(format!("the file is too large to hold a secret: {file}"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => format!("the file is not text in UTF-8; save it as that: {file}"),
        _ => unreadable(error),
    })?;
    let text = Zeroizing::new(text);
    // Some editors write a byte order mark before the text.
    match text.trim_start_matches('\u{feff}').trim() {
        "" => Err(format!("the file is empty: {file}")),
        trimmed => Ok(Zeroizing::new(trimmed.to_owned())),
    }
}

fn key(layers: &mut Layers, name: &str) -> Result<Option<(Secret, Origin)>, ConfigError> {
    let Some((text, origin)) = one(layers, name)? else {
        return Ok(None);
    };
    match parse_key(&text) {
        Some(key) => Ok(Some((key, origin))),
        None => Err(ConfigError::Refused {
            place: origin,
            name: name.to_owned(),
            reason: "it must be 32 bytes in hex or base64; `openssl rand -hex 32` makes one"
                .to_owned(),
        }),
    }
}

/// The command that prints a secret, where nothing else gives it.
fn command(
    layers: &Layers,
    name: &str,
    setting: &'static str,
) -> Result<Option<KeyCommand>, ConfigError> {
    let Some(value) = layers.get(setting) else {
        return Ok(None);
    };
    let words = value.as_array().into_iter().flatten();
    let words: Option<Vec<String>> = words.map(|word| word.as_str().map(str::to_owned)).collect();
    let mut words = words.unwrap_or_default().into_iter();
    let Some(program) = words.next().filter(|program| !program.is_empty()) else {
        let reason = "it must be a list of a program and its arguments; no shell reads it";
        return Err(layers.refuse(setting, reason));
    };
    let others = [name.to_owned(), format!("{name}_file")];
    if let Some(other) = others.iter().find(|other| layers.get(other).is_some()) {
        return Err(layers.refuse(setting, format!("{other} is set too; set one of them")));
    }
    Ok(Some(KeyCommand {
        setting,
        program,
        arguments: words.collect(),
    }))
}

/// 32 bytes as 64 hexadecimal digits or as base64 of either alphabet.
pub fn parse_key(text: &str) -> Option<Secret> {
    let text = text.trim();
    let bytes = Zeroizing::new(if text.len() == 64 {
        (0..32)
            .map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok())
            .collect::<Option<Vec<u8>>>()?
    } else {
        let text = text.trim_end_matches('=');
        let standard = STANDARD_NO_PAD.decode(text);
        standard.or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()?
    });
    let bytes: [u8; 32] = bytes.as_slice().try_into().ok()?;
    Some(Secret::new(Box::new(bytes)))
}
