//! More scopes for a caller that has a grant: a link to our page, where its person consents once more.
//! The link is for one grant, works once and for ten minutes. Whoever opens it signs in at Webex, and
//! only the person of the grant changes it.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use webex::oauth::Tokens;

use super::errand::Errand;
use super::refusal::Refused;
use super::{Broker, MORE_SCOPES, hashed, milliseconds};
use crate::error::{CallError, Code};
use crate::grants::{Grant, Person};
use crate::identity::{Caller, Credential, GrantId, Obtainable, Tenant, has_scope, scope_for};
use crate::limits;
use crate::seal::{Purpose, Unopened};
use crate::stores::records::change::{RecordName, Unavailable};

/// The kind of the private records: links that were used.
pub(super) const KIND: &str = "more-scopes";
/// What the record of a link holds once it came to nothing: its person declined, here or at Webex, or
/// it failed.
const DECLINED: &[u8] = b"declined";
const FAILED: &[u8] = b"failed";

/// What a person is to consent to, beyond what a grant has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct More {
    pub(super) nonce: Uuid,
    tenant: String,
    grant: String,
    /// The connection of the program that wants it; `None` for one that came by no client of ours.
    connection: Option<Uuid>,
    /// The slug of the server that it is for.
    pub server: String,
    pub scopes: Vec<String>,
    /// Milliseconds since 1970.
    expires: i64,
}

/// A link, as our page shows what it is for.
#[derive(Debug)]
pub struct Asking {
    pub more: More,
    /// The name of the program, as far as it is known.
    pub program: Option<String>,
}

/// What came of a person's consent to more.
#[derive(Debug, PartialEq, Eq)]
pub struct Widened {
    pub given: Vec<String>,
    /// Webex did not give these, to this person.
    pub refused: Vec<String>,
}

impl Broker {
    /// A link to the page on which the person of this caller can give it these scopes; `None` where
    /// that would not help.
    pub fn link(&self, caller: &Caller, slug: &str, missing: &[&'static str]) -> Option<String> {
        self.link_of(Uuid::new_v4(), caller, slug, missing)
    }

    /// The same with this nonce, by which a call that waits finds out whether the person declined.
    pub fn link_of(
        &self,
        nonce: Uuid,
        caller: &Caller,
        slug: &str,
        missing: &[&'static str],
    ) -> Option<String> {
        let obtainable = caller.obtainable.as_ref()?;
        let Some(Credential::Grant(tenant, grant)) = &caller.credential else {
            return None;
        };
        if obtainable.is_narrowed || caller.is_beyond(missing) {
            return None;
        }
        let more = More {
            nonce,
            tenant: tenant.as_str().to_owned(),
            grant: grant.as_str().to_owned(),
            connection: obtainable.connection,
            server: slug.to_owned(),
            scopes: missing.iter().map(|scope| (*scope).to_owned()).collect(),
            expires: self.now() + milliseconds(limits::SIGN_IN_SECONDS),
        };
        let lifetime = Duration::from_secs(limits::SIGN_IN_SECONDS);
        let sealer = &self.0.sealer;
        let sealed = sealer.seal_json(Purpose::MoreScopes, b"", lifetime, &more);
        let base = &self.0.settings.base;
        Some(format!("{base}{MORE_SCOPES}?link={}", sealed.ok()?))
    }

    /// What a caller may still get to whom Webex refused these scopes; `connection` where it came by a
    /// sign-in of ours.
    pub fn obtainable(&self, refused: Arc<[Box<str>]>, connection: Option<Uuid>) -> Obtainable {
        Obtainable {
            registered: self.0.registered.clone(),
            refused,
            connection,
            signs_in: connection.is_some(),
            is_narrowed: false,
        }
    }

    /// Gives the caller the scopes that it has by now: its person may have consented to more, here or
    /// in another process. Whether its sign-in still counts.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn read_again(&self, caller: &mut Caller) -> Result<bool, Unavailable> {
        let (Some(Credential::Grant(tenant, id)), Some(obtainable)) =
            (&caller.credential, &caller.obtainable)
        else {
            return Ok(true);
        };
        if obtainable.is_narrowed {
            return Ok(true);
        }
        let now = match obtainable.connection {
            Some(connection) => self.read_connected(connection).await?.map(|connected| {
                let caller = &connected.caller;
                (caller.scopes.clone(), caller.obtainable.clone())
            }),
            // Such a caller may do what its grant may.
            None => self.0.vault.alive(tenant, id).await?.map(|grant| {
                let scopes = boxed(&grant.scopes);
                (
                    Some(scopes),
                    Some(self.obtainable(boxed(&grant.refused), None)),
                )
            }),
        };
        if let Some((scopes, obtainable)) = now {
            (caller.scopes, caller.obtainable) = (scopes, obtainable);
            return Ok(true);
        }
        Ok(false)
    }

    /// Waits for the person of this caller to consent to these scopes; returns where they did, Webex
    /// refused, the link with this nonce came to nothing, or they take too long. Says whether they
    /// declined, on the page of the link or at Webex.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn widened(
        &self,
        caller: &mut Caller,
        wanted: &[&'static str],
        nonce: Uuid,
    ) -> Result<bool, Unavailable> {
        let until = Instant::now() + limits::MORE_SCOPES_WAIT;
        loop {
            let is_over = !self.read_again(caller).await?
                || caller.lacks(wanted).is_empty()
                || caller.is_beyond(wanted);
            if is_over {
                return Ok(false);
            }
            let used = self.0.records.get(&name(nonce)).await?;
            match used.as_ref().map(|used| used.content.as_slice()) {
                Some(DECLINED) => return Ok(true),
                Some(FAILED) => return Ok(false),
                _ if Instant::now() >= until => return Ok(false),
                _ => sleep(limits::MORE_SCOPES_LOOK).await,
            }
        }
    }

    /// Whether Webex no longer accepts the grant of this caller, or it is gone.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn is_lost(&self, caller: &Caller) -> Result<bool, Unavailable> {
        match &caller.credential {
            Some(Credential::Grant(tenant, grant)) => {
                Ok(self.0.vault.alive(tenant, grant).await?.is_none())
            }
            _ => Ok(false),
        }
    }

    /// What a link asks for.
    ///
    /// # Errors
    /// Where it is none of ours, was used, is too old, or what it is for has ended.
    pub async fn asked_by(&self, link: &str) -> Result<Asking, Refused> {
        let opened = self.0.sealer.open_json(Purpose::MoreScopes, b"", link);
        let more: More = opened.map_err(|why| match why {
            Unopened::Expired => too_old(),
            Unopened::Foreign => Refused::invalid_request(NO_LINK),
        })?;
        if self.now() >= more.expires {
            return Err(too_old());
        }
        if self.0.records.get(&name(more.nonce)).await?.is_some() {
            return Err(Refused::invalid_request(USED));
        }
        let client_id = match more.connection {
            Some(id) => Some(self.client_of(id).await?.ok_or_else(ended)?),
            None => None,
        };
        let program = match client_id {
            Some(id) => self.client(&id).await.ok().map(|client| client.name),
            None => None,
        };
        self.grant_of(&more).await?;
        Ok(Asking { more, program })
    }

    /// The person agreed on our page: the address at Webex where it goes on.
    ///
    /// # Errors
    /// Where the link was used meanwhile, or nothing can be stored.
    pub async fn agreed_to_more(&self, more: More, browser: &str) -> Result<String, Refused> {
        if self.now() >= more.expires {
            return Err(too_old());
        }
        let grant = self.grant_of(&more).await?;
        let name = name(more.nonce);
        if !self.is_first_use(&name, b"", more.expires).await? {
            return Err(Refused::invalid_request(USED));
        }
        let all = grant.scopes.iter().chain(&more.scopes);
        let scopes = self.at_webex(all);
        let errand = Errand::More(more);
        self.leave(errand, scopes, browser, None).await
    }

    /// The person declined on our page: the link is used up, and a call that waits for it ends.
    ///
    /// # Errors
    /// Where nothing can be stored.
    pub async fn declined_more(&self, more: &More) -> Result<(), Refused> {
        // Whatever came first counts.
        let name = name(more.nonce);
        self.is_first_use(&name, DECLINED, more.expires).await?;
        Ok(())
    }

    /// The person came back from Webex and has not given what the link asked for. A call that waits
    /// for it ends; where that cannot be told, it waits in vain.
    pub(super) async fn came_to_nothing(&self, more: &More, is_declined: bool) {
        let content = if is_declined { DECLINED } else { FAILED };
        let (name, until, records) = (name(more.nonce), Some(more.expires), &self.0.records);
        if let Ok(Some(used)) = records.get(&name).await {
            let _ = records.put_until(&name, used.version, content, until).await;
        }
    }

    /// The scopes that Webex is asked for, so that all of these are open.
    pub(super) fn at_webex<'a>(&self, scopes: impl Iterator<Item = &'a String>) -> Vec<String> {
        let registered = &self.0.settings.registered_scopes;
        let mut asked: Vec<String> = scopes
            .filter_map(|scope| scope_for(registered, scope))
            .map(str::to_owned)
            .collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    /// Puts what Webex gave in the place of the grant, and widens the connection.
    pub(super) async fn widen(
        &self,
        more: &More,
        (person, tokens): (Person, Tokens),
    ) -> Result<Widened, Refused> {
        let before = self.grant_of(more).await?;
        if person.id != before.person.id {
            return Err(Refused::new("access_denied", ANOTHER_PERSON));
        }
        let asked: Vec<_> = before.scopes.iter().chain(&more.scopes).cloned().collect();
        let grant = Grant::new(person, tokens, &asked, self.now());
        let (given, refused) = more
            .scopes
            .iter()
            .cloned()
            .partition(|scope| has_scope(&grant.scopes, scope));
        let widened = Widened { given, refused };
        let (tenant, id) = (Tenant::new(&*more.tenant), GrantId::new(&*more.grant));
        self.0
            .vault
            .replace(&tenant, &id, grant)
            .await
            .map_err(|error| not_replaced(&error))?;
        if let Some(connection) = more.connection {
            self.add_scopes(connection, &widened.given).await?;
        }
        Ok(widened)
    }

    async fn grant_of(&self, more: &More) -> Result<Grant, Refused> {
        let (tenant, id) = (Tenant::new(&*more.tenant), GrantId::new(&*more.grant));
        let grant = self.0.vault.alive(&tenant, &id).await?;
        grant.ok_or_else(ended)
    }
}

pub(super) fn boxed<S: AsRef<str>>(scopes: &[S]) -> Arc<[Box<str>]> {
    let scopes = scopes.iter().map(|scope| Box::from(scope.as_ref()));
    scopes.collect()
}

fn name(nonce: Uuid) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hashed(&nonce.to_string()),
    }
}

fn too_old() -> Refused {
    Refused::invalid_request(
        "This link is more than ten minutes old; let your program call again, for a new one.",
    )
}

/// A grant that was deleted meanwhile does not come back.
pub(super) fn not_replaced(error: &CallError) -> Refused {
    match error.code {
        Code::Unauthorized => ended(),
        _ => Refused::unavailable(),
    }
}

fn ended() -> Refused {
    Refused::invalid_request(
        "The sign-in of your program has ended, so it cannot get more; sign in again in your program.",
    )
}

const NO_LINK: &str = "This is no link of this server, or it is not complete; let your program call again, for a new one.";
const USED: &str =
    "This link was used before, and works once; let your program call again, for a new one.";
const ANOTHER_PERSON: &str = "Somebody else signed in at Webex than the person that the program acts for, so nothing was changed; let the program call again, and sign in as that person.";
