//! What commands need that work on the people of a data directory, beside the servers that use it.

use std::sync::Arc;

use webex::Webex;

use super::{StartError, clients, ways};
use crate::broker::Broker;
use crate::config::Loaded;
use crate::identity::SIGN_IN_SCOPES;
use crate::journal::Journal;
use crate::keys::Deployment;
use crate::seal::Sealer;
use crate::servers::{Catalogue, Otherwise, Selection, VirtualServer, tables};

/// The people of a data directory.
#[derive(Debug)]
pub struct Operator {
    /// Where they sign in, if the configuration says so.
    pub broker: Option<Broker>,
    pub journal: Journal,
    /// The servers that they sign in for.
    servers: Vec<Arc<VirtualServer>>,
    /// The slugs of the others.
    others: Vec<String>,
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
        let (own, others): (Vec<_>, Vec<_>) = definitions
            .iter()
            .partition(|definition| clients::is_signed_in_for(config, definition));
        let servers = own
            .into_iter()
            .map(|definition| catalogue.serve(definition, Otherwise::Refuse));
        let servers = servers.collect();
        let others = others.into_iter().map(|it| it.slug.to_string()).collect();
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
            others,
        })
    }

    /// The slugs of the servers that people sign in for.
    pub fn slugs(&self) -> Vec<&str> {
        self.servers.iter().map(|server| &*server.slug).collect()
    }

    /// Whether there is such a server, whose callers are known in another way.
    pub fn is_other(&self, slug: &str) -> bool {
        self.others.iter().any(|other| other == slug)
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
