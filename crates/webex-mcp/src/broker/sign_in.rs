//! A person's way from a client to our page, to Webex and back. Nothing is stored before the person
//! has agreed on our page; what is stored then works once, in the same browser, for ten minutes.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;
use webex::oauth::{AskConsent, Consent, Tokens};

use super::clients::{Client, Vouched};
use super::codes::Promise;
use super::errand::{Arrived, Errand};
use super::places::Places;
use super::question::{Offer, Question};
use super::redirects::with_answer;
use super::refusal::Refused;
use super::returned::Returned;
use super::{Broker, CALLBACK, hashed, milliseconds};
use crate::grants::{Grant, Person};
use crate::identity::has_scope;
use crate::limits;
use crate::seal::{Purpose, Unopened};
use crate::stores::records::change::{RecordName, Refused as NotWritten};

/// The kind of the private records.
pub(super) const KIND: &str = "sign-in";
/// The kind of those of pages that were answered.
pub(super) const PAGE: &str = "consent-page";

/// A request that a person is to agree to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    pub client_id: String,
    pub client_name: String,
    pub redirect_uri: String,
    pub server: String,
    pub scopes: Vec<String>,
    state: Option<String>,
    challenge: String,
    /// The page on which the person decides.
    #[serde(default = "Uuid::new_v4")]
    page: Uuid,
}

/// A request that leads to no page on which somebody could agree.
#[derive(Debug)]
pub enum NotAsked {
    /// Its client or its address is not certain: it is told to the person, and nobody is redirected.
    Here(Refused),
    /// It is told to the person, who can go on to the client at this address and tell it so. Nobody is
    /// sent there unasked: anybody may register a client, and would have a link of ours to anywhere.
    Back(Refused, String),
    /// It is told to the client, by a redirect to this address; the operator knows the client.
    There(String),
}

/// What waits for Webex.
#[derive(Serialize, Deserialize)]
struct Stored {
    errand: Errand,
    /// What the browser has to bring again.
    browser: String,
    verifier: String,
    expires: i64,
    /// Its place among those of the address that began it.
    place: Option<String>,
}

/// Sign-ins that wait for Webex.
const PLACES: Places = Places {
    kind: KIND,
    each: limits::SIGN_INS_PER_ADDRESS,
    in_all: limits::SIGN_INS_MAX,
};

impl Broker {
    /// The request that a person is to agree to. `offer` finds what the server with the address
    /// that the client names offers, or the only one there is where it names none.
    ///
    /// # Errors
    /// [`NotAsked`].
    pub async fn ask(
        &self,
        question: Question,
        offer: impl FnOnce(Option<&str>) -> Option<Offer>,
    ) -> Result<(Asked, Client, Offer), NotAsked> {
        if question.is_too_long() {
            let why = "A parameter of this request is too long.";
            return Err(NotAsked::Here(Refused::invalid_request(why)));
        }
        let (client, redirect_uri) = question.client(self).await.map_err(NotAsked::Here)?;
        let state = question.state.clone();
        let back = |refused: Refused| {
            let url = self.refused_at(&redirect_uri, state.as_deref(), &refused);
            match client.vouched {
                Vouched::Operator => NotAsked::There(url),
                Vouched::Host(_) | Vouched::Nobody => NotAsked::Back(refused, url),
            }
        };
        let challenge = question.check().map_err(back)?.to_owned();
        let offer = offer(question.resource.as_deref());
        let offer = offer.ok_or_else(|| {
            back(Refused::new(
                "invalid_target",
                "The resource is not the address of a server here that people sign in for.",
            ))
        })?;
        if offer.is_closed {
            return Err(NotAsked::Here(Refused::new("invalid_target", CLOSED)));
        }
        let offer = client.limits.narrowed(offer).ok_or_else(|| {
            back(Refused::new(
                "invalid_target",
                "The operator does not let this client use this server.",
            ))
        })?;
        let scopes = question.scopes(&offer).map_err(back)?;
        let asked = Asked {
            client_id: client.id.clone(),
            client_name: client.name.clone(),
            redirect_uri,
            server: offer.slug.clone(),
            scopes,
            state: question.state,
            challenge,
            page: Uuid::new_v4(),
        };
        Ok((asked, client, offer))
    }

    /// What a page asks, in the form in which it carries that, for this browser only.
    ///
    /// # Errors
    /// None that is known.
    pub fn seal<T: Serialize>(&self, asked: &T, browser: &str) -> Result<String, Refused> {
        let lifetime = Duration::from_secs(limits::SIGN_IN_SECONDS);
        let sealer = &self.0.sealer;
        let sealed = sealer.seal_json(Purpose::SignIn, browser.as_bytes(), lifetime, asked);
        sealed.map_err(|_| Refused::unavailable())
    }

    /// What the page of this browser carried.
    ///
    /// # Errors
    /// Where it is another browser, or the page is too old.
    pub fn unseal<T: DeserializeOwned>(&self, sealed: &str, browser: &str) -> Result<T, Refused> {
        let sealer = &self.0.sealer;
        let opened = sealer.open_json(Purpose::SignIn, browser.as_bytes(), sealed);
        opened.map_err(|why| match why {
            Unopened::Expired => Refused::invalid_request(TOO_OLD),
            Unopened::Foreign => Refused::invalid_request(OTHER_BROWSER),
        })
    }

    /// The person agreed, from an address where that is known: the address at Webex where the sign-in
    /// goes on.
    ///
    /// # Errors
    /// Where the page was answered before, or nothing can be stored.
    pub async fn agreed(
        &self,
        asked: Asked,
        browser: &str,
        from: Option<IpAddr>,
    ) -> Result<String, Refused> {
        let scopes = self.at_webex(asked.scopes.iter());
        let errand = Errand::Client(asked.clone());
        // What cannot be stored does not use up the page.
        let url = self.leave(errand, scopes, browser, from).await?;
        self.answered(&asked).await?;
        Ok(url)
    }

    /// The address at Webex to which a person goes for this, and is asked for these scopes. `from` is
    /// where somebody comes from of whom nothing is known yet.
    pub(super) async fn leave(
        &self,
        errand: Errand,
        scopes: Vec<String>,
        browser: &str,
        from: Option<IpAddr>,
    ) -> Result<String, Refused> {
        let consent = self.0.vault.integration().consent(&AskConsent {
            redirect_uri: Some(self.callback()),
            scopes,
            ..AskConsent::default()
        });
        let consent = consent.map_err(|error| Refused::of_webex(&error))?;
        let expires = self.now() + milliseconds(limits::SIGN_IN_SECONDS);
        let (name, holder) = (name(&consent.state), self.holder_at(from));
        let place = self.take_place(&PLACES, holder.as_deref(), &name, expires);
        let stored = Stored {
            errand,
            browser: hashed(browser),
            verifier: consent.verifier.expose_secret().to_owned(),
            expires,
            place: place.await?,
        };
        let content = serde_json::to_vec(&stored).map_err(|_| Refused::unavailable())?;
        self.0
            .records
            .put_until(&name, 0, &content, Some(expires))
            .await?;
        Ok(consent.url)
    }

    /// The address at which the client hears that the person declined.
    ///
    /// # Errors
    /// The same.
    pub async fn declined(&self, asked: &Asked) -> Result<String, Refused> {
        self.answered(asked).await?;
        let refused = Refused::new("access_denied", "The user declined.");
        Ok(self.refused_at(&asked.redirect_uri, asked.state.as_deref(), &refused))
    }

    /// The person answered this page, which works once.
    async fn answered(&self, asked: &Asked) -> Result<(), Refused> {
        self.has_room(PAGE, limits::CONSENT_PAGES_ANSWERED_MAX)
            .await?;
        let name = RecordName {
            kind: PAGE.to_owned(),
            ..name(&asked.page.to_string())
        };
        let until = self.now() + milliseconds(limits::SIGN_IN_SECONDS);
        match self.is_first_use(&name, b"", until).await? {
            true => Ok(()),
            false => Err(Refused::invalid_request(ANSWERED)),
        }
    }

    /// Webex sent the person back, also if it gave nothing: a client hears of that at its address.
    ///
    /// # Errors
    /// Where nobody waits for this, or no client does, so that it can only be told to the person.
    pub async fn returned(&self, returned: Returned, browser: &str) -> Result<Arrived, Refused> {
        let nobody = || Refused::invalid_request(NOBODY_WAITS);
        let state = returned.state.as_deref().ok_or_else(nobody)?;
        let name = name(state);
        let record = self.0.records.get(&name).await?.ok_or_else(nobody)?;
        let stored: Stored = serde_json::from_slice(&record.content).map_err(|_| nobody())?;
        if stored.browser != hashed(browser) {
            return Err(Refused::invalid_request(OTHER_BROWSER));
        }
        // It works once, whatever becomes of it.
        match self.0.records.delete(&name, record.version).await {
            Ok(()) => {}
            Err(NotWritten::Unavailable) => return Err(Refused::unavailable()),
            Err(_) => return Err(nobody()),
        }
        self.leave_place(stored.place.as_deref()).await;
        if self.now() >= stored.expires {
            return Err(Refused::invalid_request(TOO_OLD));
        }
        let Stored {
            errand, verifier, ..
        } = stored;
        let consent = Consent {
            url: String::new(),
            state: String::new(),
            nonce: None,
            verifier: verifier.into(),
            redirect_uri: Some(self.callback()),
        };
        let given = self.given_by_webex(&returned, &consent).await;
        match errand {
            Errand::Client(asked) => {
                let coded = match given {
                    Ok(given) => self.coded(&asked, given).await,
                    Err(refused) => Err(refused),
                };
                let (redirect, state) = (&asked.redirect_uri, asked.state.as_deref());
                Ok(Arrived::Client(match coded {
                    Ok(code) => self.answer_at(redirect, state, &[("code", &code)]),
                    Err(refused) => self.refused_at(redirect, state, &refused),
                }))
            }
            Errand::More(more) => {
                let widened = match given {
                    Ok(given) => self.widen(&more, given).await,
                    Err(refused) => Err(refused),
                };
                if widened.is_err() {
                    self.came_to_nothing(&more, returned.is_declined()).await;
                }
                widened.map(Arrived::More)
            }
            Errand::Link(linking) => self.linked(linking, given?).await,
            Errand::Own(own) => self.done(own, given?).await,
        }
    }

    /// The tokens that Webex gives for a person's consent, and whose they are, if people of that
    /// organization may sign in.
    async fn given_by_webex(
        &self,
        returned: &Returned,
        consent: &Consent,
    ) -> Result<(Person, Tokens), Refused> {
        let code = match (&returned.code, returned.error.as_deref()) {
            (Some(code), None) => SecretString::from(code.clone()),
            _ if returned.is_declined() => {
                return Err(Refused::new("access_denied", "The user declined at Webex."));
            }
            (_, Some("invalid_scope")) => return Err(Refused::new("server_error", WRONG_SCOPES)),
            _ => {
                let why = "Webex did not finish the sign-in.";
                return Err(Refused::new("server_error", why));
            }
        };
        let until = Instant::now() + limits::SIGN_IN_ANSWERED_WITHIN;
        let tokens = timeout_at(until, self.0.vault.integration().exchange(&code, consent));
        let tokens = tokens.await.map_err(|_elapsed| Refused::unavailable())?;
        let tokens = tokens.map_err(|error| Refused::of_webex(&error))?;
        let client = self.0.webex.client(tokens.access_token.clone());
        let people = client.people();
        let me = timeout_at(until, people.me()).await;
        let me = me.map_err(|_elapsed| Refused::unavailable())?;
        let me = me.map_err(|error| Refused::of_webex(&error))?;
        if !self.allows(me.org_id.as_deref()) {
            return Err(Refused::new(
                "access_denied",
                "People of this Webex organization may not sign in here.",
            ));
        }
        let person = Person {
            id: me.id,
            organization: me.org_id,
            display: me.emails.into_iter().flatten().next(),
        };
        Ok((person, tokens))
    }

    /// The code for what Webex gave.
    async fn coded(
        &self,
        asked: &Asked,
        (person, tokens): (Person, Tokens),
    ) -> Result<String, Refused> {
        let grant = Grant::new(person, tokens, &asked.scopes, self.now());
        let promise = Promise {
            client_id: asked.client_id.clone(),
            client_name: asked.client_name.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            server: asked.server.clone(),
        };
        self.used(&asked.client_id).await;
        // What the person read on our page, as far as Webex gave it.
        let mut scopes = asked.scopes.clone();
        scopes.retain(|scope| has_scope(&grant.scopes, scope));
        self.promise(promise, scopes, &grant).await
    }

    /// Where Webex sends people back, as it is registered with the integration.
    pub fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.0.settings.base)
    }

    fn refused_at(&self, redirect: &str, state: Option<&str>, refused: &Refused) -> String {
        let why = [
            ("error", refused.error),
            ("error_description", &*refused.description),
        ];
        self.answer_at(redirect, state, &why)
    }

    /// With the state of the request, and with the issuer (RFC 9207).
    fn answer_at(&self, redirect: &str, state: Option<&str>, answer: &[(&str, &str)]) -> String {
        let mut answer = answer.to_vec();
        answer.extend(state.map(|state| ("state", state)));
        answer.push(("iss", &self.0.settings.base));
        with_answer(redirect, &answer)
    }
}

const CLOSED: &str = "Nobody can sign in for this server: none of the scopes that its tools need is registered. Its operator has to add them to the integration at Webex and to broker.registered_scopes; webex-mcp tools --scopes lists them.";
const WRONG_SCOPES: &str = "Webex did not accept the scopes; the operator should compare broker.registered_scopes with the integration at Webex.";
const TOO_OLD: &str = "This page is more than ten minutes old; start again where you began.";
const OTHER_BROWSER: &str = "This sign-in was begun in another browser, or its cookie is gone; start again where you began, and allow cookies for this page.";
const ANSWERED: &str = "This page was answered before, and works once; what you decided then stands. To decide again, start again where you began.";
const NOBODY_WAITS: &str = "No sign-in waits for this answer: it was used already, or it is too old; start again where you began.";

fn name(state: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: KIND.to_owned(),
        id: hashed(state),
    }
}
