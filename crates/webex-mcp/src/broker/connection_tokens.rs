//! Connection tokens: made by hand, for clients that take a header and cannot sign in. Such a token is
//! a connection with an end, for one virtual server. The records do not hold its text: the number of
//! the connection is the beginning of its digest, and so it is found by it.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::Owner;
use super::codes::Promise;
use super::connections::{ByHand, Connection};
use super::refusal::Refused;
use super::{Broker, milliseconds};
use crate::grants::Grant;
use crate::identity::GrantId;
use crate::limits;
use crate::seal::{digest, hex, random_word};
use crate::text::one_line;

/// What scanners for secrets know these tokens by, as they do those of large hosts.
const PREFIX: &str = "wxm_";
/// Some 238 random bits.
const SECRET_CHARACTERS: usize = 40;
/// The checksum after them, which lets a scanner and us tell such a token without a look-up.
const CHECK_CHARACTERS: usize = 6;
const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// As much of a digest as nobody finds a second token for.
const NUMBER_BYTES: usize = 16;
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// A token that somebody wants.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wish {
    name: String,
    /// The slug of the server that it is for.
    server: String,
    days: u32,
    is_read_only: bool,
    /// What Webex is asked for.
    pub(super) scopes: Vec<String>,
}

/// A new token. Its text is shown once, to its owner.
#[derive(Debug)]
pub struct Made {
    pub text: SecretString,
    /// As lists of tokens show it.
    pub id: String,
    pub name: String,
    pub server: String,
    pub is_read_only: bool,
    /// Milliseconds since 1970.
    pub ends_at: i64,
    /// The client whose sign-in it acts with; `None` where it has its own.
    pub shares_with: Option<String>,
}

impl Wish {
    /// # Errors
    /// A name or a number of days that is not possible.
    pub fn new(
        name: &str,
        server: &str,
        days: u32,
        is_read_only: bool,
        scopes: Vec<String>,
    ) -> Result<Self, Refused> {
        let name = one_line(name).trim().to_owned();
        let most = limits::CONNECTION_TOKEN_NAME_MAX_CHARACTERS;
        if name.is_empty() || name.chars().count() > most {
            return Err(Refused::invalid_request(format!(
                "Give the token a name of 1 to {most} characters."
            )));
        }
        if !limits::CONNECTION_TOKEN_DAYS.contains(&days) {
            return Err(Refused::invalid_request(
                "A token is valid for 7, 30, 90 or 365 days.",
            ));
        }
        Ok(Wish {
            name,
            server: server.to_owned(),
            days,
            is_read_only,
            scopes,
        })
    }
}

impl Broker {
    /// Whether a person may have one more token.
    ///
    /// # Errors
    /// Where they have as many as they may have.
    pub(super) async fn has_room_for_token(&self, owner: &Owner) -> Result<(), Refused> {
        let accesses = self.accesses(owner).await?;
        let tokens = accesses.iter().filter(|access| access.token.is_some());
        match tokens.count() < limits::CONNECTION_TOKENS_MAX {
            true => Ok(()),
            false => Err(Refused::invalid_request(format!(
                "You have {} connection tokens, which is the most; revoke one first.",
                limits::CONNECTION_TOKENS_MAX
            ))),
        }
    }

    /// Makes the token that its owner has just agreed to at Webex, with a grant of its own.
    pub(super) async fn made(
        &self,
        owner: &Owner,
        wish: Wish,
        grant: &Grant,
    ) -> Result<Made, Refused> {
        self.has_room_for_token(owner).await?;
        let mut scopes = grant.scopes.clone();
        scopes.retain(|scope| wish.scopes.contains(scope));
        let (tenant, id) = (owner.tenant(), self.0.vault.new_id(&owner.principal()));
        // The connection first: a grant that nothing refers to would never be deleted.
        let made = self.connect_by_hand(owner, wish, scopes, &id, None).await?;
        self.0.vault.keep(&tenant, &id, grant).await?;
        Ok(made)
    }

    /// Makes a token for somebody who has a client here, whose sign-in it acts with and ends with.
    ///
    /// # Errors
    /// They have no client that is signed in, or as many tokens as they may have.
    pub async fn share(&self, owner: &Owner, wish: Wish) -> Result<Made, Refused> {
        self.has_room_for_token(owner).await?;
        let all = self.connections_of(owner).await?;
        let mut own = all;
        own.retain(|(_, connection)| connection.has_own_grant());
        // The one for the same server, and of several the one that was used last.
        own.sort_by_key(|(_, it)| (it.server == wish.server, it.used_at));
        let (id, source) = own.pop().ok_or_else(|| {
            Refused::invalid_request(
                "Nobody of this name is signed in here with a client: a token acts with a sign-in. They can make one on the account page of the server, or sign in with a client first.",
            )
        })?;
        let source = self.limited(source);
        let mut scopes = source.scopes.clone().unwrap_or_default();
        scopes.retain(|scope| wish.scopes.contains(scope));
        let grant = GrantId::new(&*source.grant);
        self.connect_by_hand(owner, wish, scopes, &grant, Some((id, &source)))
            .await
    }

    async fn connect_by_hand(
        &self,
        owner: &Owner,
        wish: Wish,
        scopes: Vec<String>,
        grant: &GrantId,
        shares_with: Option<(Uuid, &Connection)>,
    ) -> Result<Made, Refused> {
        let source = shares_with.map(|(id, connection)| connection.source_of(id));
        let shares_with = shares_with.map(|(_, connection)| connection.shown_name().to_owned());
        let text = text()?;
        let id = number(text.expose_secret()).ok_or_else(Refused::unavailable)?;
        let now = self.now();
        let lifetime = u64::from(wish.days) * DAY_SECONDS;
        let by_hand = ByHand {
            name: wish.name.clone(),
            is_read_only: wish.is_read_only,
            ends_at: now + milliseconds(lifetime),
            shares_with: shares_with.clone(),
        };
        let ends_at = by_hand.ends_at;
        let promise = Promise {
            server: wish.server.clone(),
            ..Promise::default()
        };
        let grant = grant.as_str().to_owned();
        let made = Connection::new(promise, owner, scopes, grant, now).by_hand(by_hand, source);
        self.connect(id, &made).await?;
        self.noted(owner, "token made", &wish.server, Some(id));
        Ok(Made {
            text,
            id: shown(id),
            name: wish.name,
            server: wish.server,
            is_read_only: wish.is_read_only,
            ends_at,
            shares_with,
        })
    }
}

/// The text of a new token.
fn text() -> Result<SecretString, Refused> {
    let word = || random_word().map_err(|_| Refused::unavailable());
    let both = format!("{}{}", word()?, word()?);
    let letters = both.chars().filter(char::is_ascii_alphanumeric);
    let secret: String = letters.take(SECRET_CHARACTERS).collect();
    Ok(format!("{PREFIX}{secret}{}", check(&secret)).into())
}

/// The number of the connection that such a token stands for; `None` for what is no such token.
pub(super) fn number(token: &str) -> Option<Uuid> {
    let rest = token.strip_prefix(PREFIX)?;
    let is_word = rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_word || rest.len() != SECRET_CHARACTERS + CHECK_CHARACTERS {
        return None;
    }
    let (secret, sent) = rest.split_at_checked(SECRET_CHARACTERS)?;
    let is_ours = check(secret) == sent;
    let number = Uuid::from_slice(&digest(token.as_bytes())[..NUMBER_BYTES]);
    number.ok().filter(|_| is_ours)
}

/// The short form of a token's number, by which its owner names it.
pub(super) fn shown(id: Uuid) -> String {
    hex(id.as_bytes())
}

/// CRC-32 in base 62.
fn check(secret: &str) -> String {
    let mut rest = crc32fast::hash(secret.as_bytes());
    let base = DIGITS.len() as u32;
    let mut digits: Vec<char> = (0..CHECK_CHARACTERS)
        .map(|_| {
            let digit = DIGITS.get((rest % base) as usize).copied();
            rest /= base;
            char::from(digit.unwrap_or(b'0'))
        })
        .collect();
    digits.reverse();
    digits.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_by_its_form_and_no_letter_of_it_may_change() {
        let token = text().unwrap();
        let token = token.expose_secret();
        assert_eq!(token.len(), 50);
        assert_ne!(*token, *text().unwrap().expose_secret());
        assert!(number(token).is_some());
        for at in PREFIX.len()..token.len() {
            let mut other = token.to_owned();
            let letter = if token.as_bytes()[at] == b'a' {
                "b"
            } else {
                "a"
            };
            other.replace_range(at..=at, letter);
            assert_eq!(number(&other), None, "{at}");
        }
        for wrong in [
            &token[1..],
            &token[..token.len() - 1],
            &format!("{token}a"),
            &token.replace("wxm_", "wxn_"),
            "wxm_",
            "",
        ] {
            assert_eq!(number(wrong), None);
        }
    }

    #[test]
    fn the_checksum_is_the_one_that_scanners_compute() {
        // CRC-32 of these bytes is 0xCBF43926.
        assert_eq!(check("123456789"), "3jZRME");
        assert_eq!(check(""), "000000");
    }

    #[test]
    fn only_some_names_and_days_are_possible() {
        let wish = |name: &str, days| Wish::new(name, "webex", days, false, Vec::new());
        assert_eq!(wish(" CI\u{202e}\n ", 7).unwrap().name, "CI");
        for (name, days) in [
            ("", 7),
            ("  ", 7),
            (&*"x".repeat(61), 7),
            ("CI", 8),
            ("CI", 0),
        ] {
            assert!(wish(name, days).is_err(), "{name} {days}");
        }
    }
}
