//! A grant: what one person consented to at Webex, with the tokens for it.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use webex::oauth::{Integration, Tokens};
use webex::{AccessToken, WebexError};
use zeroize::{Zeroize as _, Zeroizing};

use crate::identity::has_scope;
use crate::limits;

/// The person at Webex who consented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: String,
    pub organization: Option<String>,
    /// The readable name; no decision depends on it.
    pub display: Option<String>,
}

/// Tokens, with the person and the scopes that they stand for. Times are milliseconds since 1970.
#[derive(Clone)]
pub struct Grant {
    pub person: Person,
    /// What the person consented to, which may be less than what was asked for.
    pub scopes: Vec<String>,
    /// What was asked for, and Webex did not give.
    pub refused: Vec<String>,
    pub made_at: i64,
    /// The service app that it was given to; `None` for the integration that people sign in with.
    app: Option<String>,
    access_token: AccessToken,
    /// `None` where Webex did not say how long the token is valid.
    access_until: Option<i64>,
    refresh_token: Option<SecretString>,
    refresh_until: Option<i64>,
    /// Webex no longer accepts the refresh token: the person has to consent again.
    is_lost: bool,
}

/// Why a grant was not renewed.
#[derive(Debug)]
pub enum NotRenewed {
    /// The person has to consent again.
    Lost,
    /// Webex did not answer, or not with tokens.
    Later(WebexError),
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("scopes", &self.scopes)
            .field("is_lost", &self.is_lost)
            .finish_non_exhaustive()
    }
}

impl Grant {
    /// A grant of the tokens that Webex gave now. `asked` are the scopes that were asked for, which
    /// count where Webex does not name those that it gave.
    pub fn new(person: Person, tokens: Tokens, asked: &[String], now: i64) -> Self {
        let scopes = tokens.scopes.unwrap_or_else(|| asked.to_vec());
        let mut refused = asked.to_vec();
        refused.retain(|scope| !has_scope(&scopes, scope));
        Grant {
            person,
            scopes,
            refused,
            made_at: now,
            app: None,
            access_token: tokens.access_token,
            access_until: tokens.expires_in.map(|lifetime| after(now, lifetime)),
            refresh_token: tokens.refresh_token,
            refresh_until: tokens
                .refresh_token_expires_in
                .map(|lifetime| after(now, lifetime)),
            is_lost: false,
        }
    }

    /// The same grant, given to this service app.
    pub fn of_app(mut self, id: &str) -> Self {
        self.app = Some(id.to_owned());
        self
    }

    /// The service app that it was given to, if it was one.
    pub fn app(&self) -> Option<&str> {
        self.app.as_deref()
    }

    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// When the access token ends, as far as Webex said.
    pub fn access_until(&self) -> Option<i64> {
        self.access_until
    }

    /// When the person has to consent again, as far as Webex said.
    pub fn refresh_until(&self) -> Option<i64> {
        self.refresh_until
    }

    /// Whether the person has to consent again.
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Whether the access token is valid now.
    pub fn is_valid(&self, now: i64) -> bool {
        self.access_until.is_none_or(|until| now < until)
    }

    /// Whether the access token is to be renewed before it is used.
    pub fn is_due(&self, now: i64) -> bool {
        let early = limits::GRANT_RENEWED_EARLY_SECONDS * 1_000;
        self.access_until.is_some_and(|until| now >= until - early)
    }

    /// A new grant in the place of an earlier one: what Webex refused then, and was not asked for
    /// again, it would refuse again.
    pub fn after(mut self, earlier: Grant) -> Self {
        let (scopes, refused) = (&self.scopes, &self.refused);
        let is_news = |scope: &String| !has_scope(scopes, scope) && !refused.contains(scope);
        let still: Vec<_> = earlier.refused.into_iter().filter(is_news).collect();
        self.refused.extend(still);
        self.made_at = earlier.made_at;
        self
    }

    /// The same grant, which can no longer be renewed.
    pub fn lost(mut self) -> Self {
        self.is_lost = true;
        self
    }

    /// The same grant with new tokens. It has to be kept before it is used: Webex may accept the
    /// refresh token of before no longer.
    ///
    /// # Errors
    /// [`NotRenewed`].
    pub async fn renewed(&self, integration: &Integration, now: i64) -> Result<Grant, NotRenewed> {
        let is_over = self.refresh_until.is_some_and(|until| now >= until);
        let token = self.refresh_token.as_ref();
        let token = token.filter(|_| !is_over && !self.is_lost);
        let token = token.ok_or(NotRenewed::Lost)?;
        let tokens = match integration.refresh(token).await {
            Ok(tokens) => tokens,
            // Anything else, such as a wrong secret of the integration, says nothing about the grant.
            Err(error)
                if error
                    .detail()
                    .is_some_and(|detail| detail.says("invalid_grant")) =>
            {
                return Err(NotRenewed::Lost);
            }
            Err(error) => return Err(NotRenewed::Later(error)),
        };
        let renewed = Grant::new(self.person.clone(), tokens, &self.scopes, now);
        let mut renewed = renewed.after(self.clone());
        renewed.app.clone_from(&self.app);
        if renewed.refresh_token.is_none() {
            renewed.refresh_token.clone_from(&self.refresh_token);
            renewed.refresh_until = self.refresh_until;
        }
        Ok(renewed)
    }

    /// The form in which it is kept. It has the tokens in it, so it is for encrypted places only.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        let refresh_token = self.refresh_token.as_ref();
        let written = Written {
            person: &self.person,
            scopes: &self.scopes,
            refused: &self.refused,
            made_at: self.made_at,
            app: self.app.as_deref(),
            access_token: self.access_token.expose(),
            access_until: self.access_until,
            refresh_token: refresh_token.map(|token| token.expose_secret()),
            refresh_until: self.refresh_until,
            is_lost: self.is_lost,
        };
        serde_json::to_vec(&written).map(Zeroizing::new)
    }

    /// Reads what [`Grant::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut read: Read = serde_json::from_slice(bytes).ok()?;
        let access_token = AccessToken::new(read.access_token.as_str()).ok();
        read.access_token.zeroize();
        Some(Grant {
            person: read.person,
            scopes: read.scopes,
            refused: read.refused,
            made_at: read.made_at,
            app: read.app,
            access_token: access_token?,
            access_until: read.access_until,
            refresh_token: read.refresh_token.map(SecretString::from),
            refresh_until: read.refresh_until,
            is_lost: read.is_lost,
        })
    }
}

#[derive(Serialize)]
struct Written<'a> {
    person: &'a Person,
    scopes: &'a [String],
    refused: &'a [String],
    made_at: i64,
    app: Option<&'a str>,
    access_token: &'a str,
    access_until: Option<i64>,
    refresh_token: Option<&'a str>,
    refresh_until: Option<i64>,
    is_lost: bool,
}

#[derive(Deserialize)]
struct Read {
    person: Person,
    scopes: Vec<String>,
    #[serde(default)]
    refused: Vec<String>,
    made_at: i64,
    #[serde(default)]
    app: Option<String>,
    access_token: String,
    access_until: Option<i64>,
    refresh_token: Option<String>,
    refresh_until: Option<i64>,
    is_lost: bool,
}

fn after(now: i64, lifetime: Duration) -> i64 {
    let lifetime = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
    now.saturating_add(lifetime)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn tokens(seconds: Option<u64>) -> Tokens {
        Tokens {
            access_token: AccessToken::new("access").unwrap(),
            expires_in: seconds.map(Duration::from_secs),
            refresh_token: Some("refresh".to_owned().into()),
            refresh_token_expires_in: Some(Duration::from_secs(90)),
            scopes: None,
            id_token: None,
        }
    }

    fn person() -> Person {
        Person {
            id: "alice".to_owned(),
            organization: None,
            display: Some("alice@example.com".to_owned()),
        }
    }

    fn grant(seconds: Option<u64>) -> Grant {
        Grant::new(
            person(),
            tokens(seconds),
            &["spark:rooms_read".to_owned()],
            NOW,
        )
    }

    #[test]
    fn it_is_renewed_before_its_token_ends() {
        let early = limits::GRANT_RENEWED_EARLY_SECONDS;
        let hour = grant(Some(60 * 60));
        let until = NOW + 60 * 60 * 1_000;
        for (now, is_due, is_valid) in [
            (NOW, false, true),
            (until - early * 1_000 - 1, false, true),
            (until - early * 1_000, true, true),
            (until, true, false),
        ] {
            assert_eq!((hour.is_due(now), hour.is_valid(now)), (is_due, is_valid));
        }
        let unsaid = grant(None);
        assert!(!unsaid.is_due(i64::MAX) && unsaid.is_valid(i64::MAX));
    }

    #[test]
    fn it_remembers_what_webex_did_not_give() {
        let given = |scopes: &[&str], asked: &[&str]| {
            let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            let tokens = Tokens {
                scopes: Some(scopes),
                ..tokens(None)
            };
            let asked: Vec<_> = asked.iter().map(|scope| (*scope).to_owned()).collect();
            Grant::new(person(), tokens, &asked, NOW)
        };
        let first = given(&["a:x"], &["a:x", "a:y", "a:z"]);
        assert_eq!(first.refused, ["a:y", "a:z"]);
        assert_eq!(
            Grant::from_bytes(&first.to_bytes().unwrap())
                .unwrap()
                .refused,
            first.refused
        );
        let second = given(&["a:x", "a:y"], &["a:x", "a:y"]).after(first);
        assert_eq!(second.refused, ["a:z"]);
        let third = given(&["a:x", "a:z"], &["a:x", "a:y", "a:z"]).after(second);
        assert_eq!(third.refused, ["a:y"]);
        assert!(
            given(&["spark:all"], &["spark:rooms_read"])
                .refused
                .is_empty()
        );
    }

    #[test]
    fn it_is_read_as_it_was_written_and_never_printed() {
        let grant = grant(Some(60));
        let bytes = grant.to_bytes().unwrap();
        let read = Grant::from_bytes(&bytes).unwrap();
        assert_eq!(*read.to_bytes().unwrap(), *bytes);
        assert_eq!(read.scopes, ["spark:rooms_read"]);
        for secret in ["access\"", "\"refresh\""] {
            let printed = format!("{grant:?}");
            assert!(!printed.contains(secret), "{printed}");
        }
        for wrong in [&b""[..], b"{}", &bytes[1..]] {
            assert!(Grant::from_bytes(wrong).is_none());
        }
    }
}
