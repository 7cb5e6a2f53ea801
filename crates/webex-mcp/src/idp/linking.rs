//! A caller connects an account at Webex: the tool call names our page; in the browser, the person
//! proves at the identity provider to be that caller, then signs in at Webex. Its tokens are kept for
//! the caller and nobody else.
//!
//! Who gets hold of the page's address gains nothing: it tells whom the account is for, and nobody
//! else passes the provider.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::browser::Proof;
use super::{EVERY_SERVER, Idp, Known};
use crate::broker::{self, Account, Refused, Returned};
use crate::identity::{Link, Principal, Tenant};
use crate::limits;
use crate::seal::{Purpose, Unopened};
use crate::stores::records::change::Unavailable;

/// The path of the page.
pub const PAGE: &str = "/link";
/// Where its person says that another account takes the place of the one that is connected.
pub const REPLACE: &str = "/link/replace";

/// Whom an account is connected for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    tenant: String,
    principal: String,
    /// The servers that they may use, which say what Webex is asked for.
    servers: Vec<String>,
}

/// What the provider brings back by the browser: whom this is for, and what its answer has to match.
#[derive(Serialize, Deserialize)]
struct Way {
    owner: Owner,
    proof: Proof,
}

/// Where somebody goes who has proved at the provider who they are.
#[derive(Debug)]
pub enum Next {
    /// To this address at Webex, where they sign in with the account that they connect.
    AtWebex(String),
    /// Nowhere yet: this account is connected, and they say first whether another takes its place.
    Replaces { account: String, form: String },
}

/// What the form of that question carries: who answers, and about which account.
#[derive(Serialize, Deserialize)]
struct Replacing {
    owner: Owner,
    account: broker::Owner,
}

/// The steps at which something sealed comes back. What was made for one does not open at another.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    /// The page's address, in whatever browser.
    Page,
    /// The page's form, in the same browser.
    Form(&'a str),
    /// The provider's answer, in the same browser.
    Answer(&'a str),
    /// The question whether another account takes the place of the one before, in the same browser.
    Replace(&'a str),
}

impl Owner {
    /// Whether they may use a server.
    pub fn may_use(&self, server: &str) -> bool {
        let is_meant = |one: &String| one == server || one == EVERY_SERVER;
        self.servers.iter().any(is_meant)
    }

    fn tenant(&self) -> Tenant {
        Tenant::new(&*self.tenant)
    }

    fn principal(&self) -> Principal {
        Principal::new(&*self.principal)
    }
}

impl Idp {
    /// The account that this caller has connected.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn account(&self, known: &Known) -> Result<Option<Account>, Unavailable> {
        let broker = &self.0.broker;
        broker.account(&known.tenant, &known.principal).await
    }

    /// Where this caller connects an account.
    pub fn link(&self, known: &Known) -> Link {
        if self.0.settings.client.is_none() {
            return Link::NotOffered;
        }
        let owner = Owner {
            tenant: known.tenant.as_str().to_owned(),
            principal: known.principal.as_str().to_owned(),
            servers: known.servers.clone(),
        };
        match self.sealed(Step::Page, limits::LINK_SECONDS, &owner) {
            Ok(sealed) => {
                let base = &self.0.broker.settings().base;
                Link::Page(format!("{base}{PAGE}?request={sealed}").into())
            }
            Err(_) => Link::NotOffered,
        }
    }

    /// Whom the page at this address is for.
    ///
    /// # Errors
    /// Where the address is none of ours, or too old.
    pub fn owner(&self, request: &str) -> Result<Owner, Refused> {
        if self.0.settings.client.is_none() {
            return Err(not_offered());
        }
        self.opened(Step::Page, request)
    }

    /// The page's form, for this browser only.
    ///
    /// # Errors
    /// None that is known.
    pub fn form(&self, owner: &Owner, browser: &str) -> Result<String, Refused> {
        self.sealed(Step::Form(browser), limits::SIGN_IN_SECONDS, owner)
    }

    /// The person wants to go on: the address at the provider where they prove who they are.
    ///
    /// # Errors
    /// Where it is another browser, the page is too old, or the provider does not answer.
    pub async fn go_on(&self, form: &str, browser: &str) -> Result<String, Refused> {
        let owner: Owner = self.opened(Step::Form(browser), form)?;
        let proof = Proof::new().map_err(|_| Refused::unavailable())?;
        let way = Way { owner, proof };
        let state = self.sealed(Step::Answer(browser), limits::SIGN_IN_SECONDS, &way)?;
        self.asked_at(&way.proof, &state).await
    }

    /// The provider sent the person back: they connect their account at Webex, for the scopes of whatever
    /// they may use. Only here it is certain who they are, so that nobody else hears which account is
    /// connected.
    ///
    /// # Errors
    /// Where nobody waits for this, or the person is not the one whom the account is for.
    pub async fn returned(
        &self,
        returned: &Returned,
        browser: &str,
        scopes: impl FnOnce(&Owner) -> Vec<String>,
    ) -> Result<Next, Refused> {
        let state = returned.state.as_deref().unwrap_or_default();
        let way: Way = self.opened(Step::Answer(browser), state)?;
        let issuer = &self.0.settings.issuer;
        if returned.iss.as_ref().is_some_and(|iss| iss != issuer) {
            return Err(Refused::invalid_request(
                "Another identity provider answered than the one that was asked; call the tool again for a new page.",
            ));
        }
        let code = match (&returned.code, returned.error.as_deref()) {
            (Some(code), None) => code,
            (_, Some("access_denied")) => {
                return Err(Refused::new(
                    "access_denied",
                    "The sign-in was declined at the identity provider; nothing was connected.",
                ));
            }
            _ => {
                return Err(Refused::new(
                    "server_error",
                    "The identity provider did not finish the sign-in; tell the operator if it stays so.",
                ));
            }
        };
        let person = self.signed_in(code, &way.proof).await?;
        if person.as_str() != way.owner.principal {
            tracing::warn!("somebody opened the page on which another person connects an account");
            return Err(Refused::new(
                "access_denied",
                "You signed in as somebody else than the person whose program asks; nothing was connected. Open the page from your own program.",
            ));
        }
        let (owner, broker) = (way.owner, &self.0.broker);
        let (tenant, principal) = (owner.tenant(), owner.principal());
        let connected = broker.account_owner(&tenant, &principal).await;
        let Some(account) = connected.map_err(|_| Refused::unavailable())? else {
            let url = self.at_webex(&owner, None, browser, scopes).await;
            return url.map(Next::AtWebex);
        };
        let name = account.display.clone().unwrap_or_default();
        let replacing = Replacing { owner, account };
        let form = self.sealed(Step::Replace(browser), limits::SIGN_IN_SECONDS, &replacing)?;
        Ok(Next::Replaces {
            account: name,
            form,
        })
    }

    /// The person wants another account in the place of the one that is connected: the address at Webex
    /// where they connect it.
    ///
    /// # Errors
    /// Where it is another browser, or the page is too old.
    pub async fn replace(
        &self,
        form: &str,
        browser: &str,
        scopes: impl FnOnce(&Owner) -> Vec<String>,
    ) -> Result<String, Refused> {
        let Replacing { owner, account } = self.opened(Step::Replace(browser), form)?;
        self.at_webex(&owner, Some(account), browser, scopes).await
    }

    async fn at_webex(
        &self,
        owner: &Owner,
        replaces: Option<broker::Owner>,
        browser: &str,
        scopes: impl FnOnce(&Owner) -> Vec<String>,
    ) -> Result<String, Refused> {
        let (tenant, principal) = (owner.tenant(), owner.principal());
        let broker = &self.0.broker;
        broker
            .connect_account(&tenant, &principal, scopes(owner), replaces, browser)
            .await
    }

    fn sealed(
        &self,
        step: Step<'_>,
        seconds: u64,
        value: &impl Serialize,
    ) -> Result<String, Refused> {
        let lifetime = Duration::from_secs(seconds);
        let (sealer, context) = (&self.0.sealer, step.context());
        let sealed = sealer.seal_json(Purpose::Link, context.as_bytes(), lifetime, value);
        sealed.map_err(|_| Refused::unavailable())
    }

    fn opened<T: DeserializeOwned>(&self, step: Step<'_>, sealed: &str) -> Result<T, Refused> {
        let (sealer, context) = (&self.0.sealer, step.context());
        let opened = sealer.open_json(Purpose::Link, context.as_bytes(), sealed);
        opened.map_err(|why| {
            Refused::invalid_request(match (why, step) {
                (Unopened::Expired, _) => TOO_OLD,
                (Unopened::Foreign, Step::Page) => NO_PAGE,
                (Unopened::Foreign, _) => OTHER_BROWSER,
            })
        })
    }
}

impl Step<'_> {
    fn context(self) -> String {
        match self {
            Step::Page => "page".to_owned(),
            Step::Form(browser) => format!("form {browser}"),
            Step::Answer(browser) => format!("answer {browser}"),
            Step::Replace(browser) => format!("replace {browser}"),
        }
    }
}

const NO_PAGE: &str =
    "There is no such page; open the address that your program shows, completely.";
const TOO_OLD: &str = "This page is too old; call the tool again in your program for a new one.";
const OTHER_BROWSER: &str = "This was begun in another browser, or its cookie is gone; open the page again from your program, and allow cookies for it.";

/// In words for the operator: nobody else can do anything.
pub(super) fn not_offered() -> Refused {
    Refused::new(
        "server_error",
        "No Webex accounts can be connected here: the operator has to register this server as a client of the identity provider and set jwt.client_id.",
    )
}
