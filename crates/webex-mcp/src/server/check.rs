//! Checks a configuration for everything that would stop `serve`, before anything is made.

use webex::Webex;

use super::{clients, is_signed_in, ways};
use crate::config::{ConfigError, Loaded, Server};
use crate::edge::http::{BadCertificate, CertificateFiles, Tls};
use crate::keys::{self, KeyError};
use crate::servers::{Catalogue, tables};

/// Checks the settings with what they name. Blocks while files are read.
///
/// # Errors
/// Every mistake, with its line or its variable.
pub fn check(loaded: &Loaded) -> Result<(), ConfigError> {
    ConfigError::gather([
        loaded.check_exposure(),
        loaded.check_broker(),
        check_servers(loaded),
        check_certificate(loaded),
    ])
}

/// Checks that there is a key, or that one can be made. Blocks while a program prints it.
///
/// # Errors
/// The setting that names the key, or the data directory in which it is missing.
pub fn check_key(loaded: &Loaded) -> Result<(), ConfigError> {
    let checked = keys::check(&loaded.secrets, loaded.config.data.dir.as_deref());
    checked.map_err(|why| match why {
        KeyError::Command { setting, fault } => loaded.layers.refuse(setting, fault.to_string()),
        why => {
            let reason = why.to_string();
            loaded
                .layers
                .refuse("data.dir", reason.trim_end_matches('.'))
        }
    })
}

/// Checks that there is a token, or a sign-in, where calls need one.
///
/// # Errors
/// `static` without either.
pub fn check_token(loaded: &Loaded) -> Result<(), ConfigError> {
    match is_signed_in(loaded.config.data.dir.as_deref()) {
        true => Ok(()),
        false => loaded.check_token(),
    }
}

fn check_servers(loaded: &Loaded) -> Result<(), ConfigError> {
    let (config, layers) = (&loaded.config, &loaded.layers);
    let definitions = tables::definitions(config, layers, &Catalogue::whole())?;
    let webex = Webex::new(&config.webex.base_url);
    let webex = webex.map_err(|error| layers.refuse("webex.base_url", error.to_string()))?;
    let secrets = &loaded.secrets.clients;
    ConfigError::gather([
        ways::check_rules(config, layers, &definitions),
        clients::read(config, layers, secrets, &webex, &definitions).map(drop),
    ])
}

fn check_certificate(loaded: &Loaded) -> Result<(), ConfigError> {
    let refuse = |why: BadCertificate| loaded.layers.refuse(why.setting(), why.to_string());
    tls(&loaded.config.server).map(drop).map_err(refuse)
}

/// The TLS that the files of these settings give, if there are any.
pub(super) fn tls(server: &Server) -> Result<Option<Tls>, BadCertificate> {
    let files = server.tls_certificate.clone().zip(server.tls_key.clone());
    let files = files.map(|(certificate, key)| CertificateFiles { certificate, key });
    files.map(Tls::read).transpose()
}
