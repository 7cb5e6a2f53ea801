//! What a person goes to Webex for: a client's request, more scopes for one, their account page, or a
//! connection token.

use std::net::IpAddr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use webex::oauth::Tokens;

use super::Broker;
use super::access::Owner;
use super::connection_tokens::{Made, Wish};
use super::linking::Linking;
use super::more::{More, Widened};
use super::refusal::Refused;
use super::sign_in::Asked;
use crate::grants::{Grant, Person};
use crate::identity::SIGN_IN_SCOPES;

/// What a person goes to Webex for.
#[derive(Serialize, Deserialize)]
pub(super) enum Errand {
    /// A client asked for access.
    Client(Asked),
    /// A program needs more scopes.
    More(More),
    /// Somebody who is known in another way connects their account.
    Link(Linking),
    /// They want something for themselves.
    Own(Own),
}

/// What somebody wants on their account page.
#[derive(Serialize, Deserialize)]
pub(super) enum Own {
    /// To see it.
    Account,
    /// A connection token.
    Token(Owner, Wish),
}

/// Where a person arrives who came back from Webex.
pub enum Arrived {
    /// At this address of the client.
    Client(String),
    /// On our page, which says what the program was given.
    More(Widened),
    /// On our page: this account of theirs is connected.
    Linked(String),
    /// On their account page; the browser gets this word.
    Account(SecretString),
    /// At a new connection token.
    Token(Made),
}

/// The address of the client has a code, and an account is an address of e-mail.
impl std::fmt::Debug for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Arrived::Client(_) => "Client",
            Arrived::More(_) => "More",
            Arrived::Linked(_) => "Linked",
            Arrived::Account(_) => "Account",
            Arrived::Token(_) => "Token",
        })
    }
}

impl Broker {
    /// A person wants to see their account page, from an address where that is known: the address at
    /// Webex where they sign in.
    ///
    /// # Errors
    /// Where nothing can be stored.
    pub async fn account_wanted(
        &self,
        browser: &str,
        from: Option<IpAddr>,
    ) -> Result<String, Refused> {
        let scopes = SIGN_IN_SCOPES.map(str::to_owned);
        let scopes = self.at_webex(scopes.iter());
        let errand = Errand::Own(Own::Account);
        self.leave(errand, scopes, browser, from).await
    }

    /// A person wants a connection token: the address at Webex where they agree to it.
    ///
    /// # Errors
    /// They have as many as they may have, or nothing can be stored.
    pub async fn token_wanted(
        &self,
        owner: Owner,
        wish: Wish,
        browser: &str,
    ) -> Result<String, Refused> {
        self.has_room_for_token(&owner).await?;
        let scopes = self.at_webex(wish.scopes.iter());
        let errand = Errand::Own(Own::Token(owner, wish));
        self.leave(errand, scopes, browser, None).await
    }

    /// What became of an errand of a person's own, with what Webex gave for it.
    pub(super) async fn done(
        &self,
        own: Own,
        (person, tokens): (Person, Tokens),
    ) -> Result<Arrived, Refused> {
        let owner_now = Owner::of(&person);
        match own {
            Own::Account => {
                let session = self.open_session(owner_now).await?;
                Ok(Arrived::Account(session.into()))
            }
            Own::Token(owner, _) if !owner.is(&owner_now) => {
                Err(Refused::new("access_denied", SOMEBODY_ELSE))
            }
            Own::Token(owner, wish) => {
                let grant = Grant::new(person, tokens, &wish.scopes, self.now());
                Ok(Arrived::Token(self.made(&owner, wish, &grant).await?))
            }
        }
    }
}

const SOMEBODY_ELSE: &str = "You signed in at Webex as somebody else than here, so no token was made; sign out on the account page, and sign in there as who you want to be.";
