//! What commands need that work on the people of a data directory, beside the servers that use it.

use std::sync::Arc;

use webex::Webex;

use super::{StartError, clients, ways};
use crate::broker::Broker;
use crate::config::{AuthMode, Loaded};
use crate::identity::SIGN_IN_SCOPES;
use crate::journal::Journal;
use crate::keys::Deployment;
use crate::seal::Sealer;
use crate::servers::{
    AuthenticationChoice, Catalogue, Otherwise, Selection, VirtualServer, tables,
};

/// The people of a data directory.
#[derive(Debug)]
pub struct Operator {
    /// Where they sign in, if the configuration says so.
    pub broker: Option<Broker>,
    pub journal: Journal,
    /// The servers that they sign in for.
    servers: Vec<Arc<VirtualServer>>,
}

impl Operator {
    /// `kept` is what the data directory is encrypted under. Blocks while that is opened.
    ///
    /// # Errors
    /// [`StartError`], which says what to do.
    pub fn new(loaded: &Loaded, kept: &Deployment) -> Result<Self, StartError> {
        loaded.check_broker()?;
        let (config, secrets, layers) = (&loaded.config, &loaded.secrets, &loaded.layers);
        let catalogue = Catalogue::whole();
        let definitions = tables::definitions(config, layers, &catalogue)?;
        let is_inherited = config.auth.mode == AuthMode::Broker;
        let is_signed_in_for = |choice| match choice {
            AuthenticationChoice::Broker => true,
            AuthenticationChoice::Inherit => is_inherited,
            _ => false,
        };
        let servers = definitions
            .iter()
            .filter(|definition| is_signed_in_for(definition.authentication))
            .map(|definition| catalogue.serve(definition, Otherwise::Refuse));
        let servers = servers.collect();
        let (key, previous) = (&kept.secret, kept.previous.as_ref());
        let directory = config.data.dir.as_deref();
        let (journal, _) = Journal::start(directory, key, previous)?;
        let webex = Webex::new(&config.webex.base_url)?;
        let sealer = Arc::new(Sealer::new(key, previous)?);
        let (known, _) = clients::read(config, layers, &secrets.clients, &webex, &definitions)?;
        let broker = match &secrets.broker_secret {
            Some((secret, _)) => {
                let known = (secret.clone(), known);
                ways::broker(config, known, &webex, &journal, &sealer)?
            }
            None => None,
        };
        Ok(Operator {
            broker,
            journal,
            servers,
        })
    }

    /// The slugs of the servers that people sign in for.
    pub fn slugs(&self) -> Vec<&str> {
        self.servers.iter().map(|server| &*server.slug).collect()
    }

    /// The scopes that a token for a server may have; `None` where nobody signs in for it.
    pub fn scopes(&self, slug: &str, is_read_only: bool) -> Option<Vec<String>> {
        let server = self.servers.iter().find(|server| *server.slug == *slug)?;
        let reading = Selection::default().read_only(is_read_only);
        let needed = server.narrowed(&reading).scopes().into_keys();
        let all = needed.chain(SIGN_IN_SCOPES);
        Some(all.map(str::to_owned).collect())
    }
}
