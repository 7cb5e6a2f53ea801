//! The account page and what it leads to: plain HTML forms without scripts, in which everything is
//! escaped.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::times::{Ago, Ahead};
use super::{ACCOUNT, tokens};
use crate::broker::{
    Access, AtWebex, Forgotten, OWN_CONSENTS, Owner, Refused, TokenAccess, form_word,
};
use crate::edge::http::SERVERS_PATH;
use crate::edge::pages::{card, wide_card};
use crate::limits;
use crate::servers::VirtualServer;
use crate::text::Escaped;

/// What the page is made of.
pub struct Shown<'a> {
    pub base: &'a str,
    pub owner: &'a Owner,
    pub accesses: &'a [Access],
    /// Those that people sign in for.
    pub servers: &'a [Arc<VirtualServer>],
    /// The callers of others come with tokens of the identity provider.
    pub has_provider: bool,
    /// The word of the browser.
    pub word: &'a str,
    /// What was wrong with the token that was asked for, and its name.
    pub wrong: Option<(Refused, String)>,
}

/// Where to sign in; `signs_in`: people sign in here for clients, too.
pub fn sign_in(browser: &str, signs_in: bool) -> Response {
    let page = format!(
        "<h1>Your access</h1>\n<p>{what}</p>\n\
         <form method=\"post\" action=\"{ACCOUNT}/sign-in\">{form}\
         <p class=\"help\">Webex asks you to sign in, and to let this server see who you are.</p>\n\
         <div class=\"buttons\"><button class=\"primary\">Sign in with Webex</button></div></form>",
        what = match signs_in {
            true =>
                "See which clients act as you in Webex through this server, revoke them, and make connection tokens for clients that cannot sign in.",
            false => "See whether your Webex account is connected to this server, and revoke that.",
        },
        form = Hidden(browser),
    );
    card(StatusCode::OK, "Sign in", &page)
}

/// What has access to the account of somebody.
pub fn account(shown: &Shown<'_>) -> Response {
    let mut page = format!(
        "<header class=\"top\"><div><h1>Your access</h1>\
         <p class=\"muted\"><bdi>{who}</bdi></p></div>\
         <form method=\"post\" action=\"{ACCOUNT}/sign-out\">{form}\
         <button>Sign out</button></form></header>\n",
        who = Escaped(name(shown.owner)),
        form = Hidden(shown.word),
    );
    accesses(&mut page, shown);
    let left = shown.accesses.len().saturating_sub(limits::ACCESSES_SHOWN);
    if left > 0 {
        let _ = writeln!(
            page,
            "<p class=\"help\">{left} more that were used longer ago are not shown.</p>"
        );
    }
    section(&mut page, "delete", "Everything of yours", |page| {
        let _ = write!(
            page,
            "<p class=\"help\">Deletes what this server keeps of you: your clients, your tokens, your \
             connected accounts, what you consented to, and your name.</p>\n\
             <form method=\"post\" action=\"{ACCOUNT}/delete\">{form}\
             <div class=\"buttons\"><button class=\"danger\">Delete everything of mine here</button></div></form>",
            form = Hidden(shown.word),
        );
    });
    wide_card(StatusCode::OK, "Your access", &page)
}

const NO_ACCOUNTS: &str = "<p class=\"muted\">You have connected none. A program that signs in at the identity provider shows you the page for that.</p>\n";
const NO_TOKENS: &str = "<p class=\"muted\">You have none. A client that cannot sign in by itself, but takes a header, uses one: make it below.</p>\n";
const ENOUGH_TOKENS: &str =
    "<p class=\"help\">You have as many tokens as you may have; revoke one to make another.</p>\n";

/// What has access, by kinds. Only what works here is offered; what there still is can be revoked.
fn accesses(page: &mut String, shown: &Shown<'_>) {
    let (mut clients, mut tokens, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    for access in shown.accesses.iter().take(limits::ACCESSES_SHOWN) {
        match (&access.token, &access.account) {
            (Some(_), _) => tokens.push(access),
            (None, Some(_)) => accounts.push(access),
            (None, None) => clients.push(access),
        }
    }
    let signs_in = !shown.servers.is_empty();
    if signs_in || !clients.is_empty() {
        section(page, "clients", "Clients", |page| {
            match clients.is_empty() {
                true => no_clients(page, shown),
                false => list(page, shown, &clients),
            }
        });
    }
    if shown.has_provider || !accounts.is_empty() {
        section(
            page,
            "accounts",
            "Connected accounts",
            |page| match accounts.is_empty() {
                true => page.push_str(NO_ACCOUNTS),
                false => list(page, shown, &accounts),
            },
        );
    }
    if signs_in || !tokens.is_empty() {
        section(page, "tokens", "Connection tokens", |page| {
            match tokens.is_empty() {
                true => page.push_str(NO_TOKENS),
                false => list(page, shown, &tokens),
            }
            match tokens.len() < limits::CONNECTION_TOKENS_MAX {
                _ if !signs_in => {}
                true => tokens::form(page, shown),
                false => page.push_str(ENOUGH_TOKENS),
            }
        });
    }
}

fn section(page: &mut String, id: &str, title: &str, inside: impl FnOnce(&mut String)) {
    let _ = writeln!(
        page,
        "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>"
    );
    inside(page);
    page.push_str("</section>\n");
}

fn no_clients(page: &mut String, shown: &Shown<'_>) {
    page.push_str(
        "<p class=\"muted\">No client acts as you. Give a client one of these addresses, and it asks you \
         to sign in:</p>\n<ul class=\"places\">",
    );
    for server in shown.servers {
        let _ = write!(
            page,
            "<li>{title} <code>{base}{SERVERS_PATH}/{slug}</code></li>",
            title = Escaped(&server.title),
            base = Escaped(shown.base),
            slug = Escaped(&server.slug),
        );
    }
    page.push_str("</ul>\n");
}

fn list(page: &mut String, shown: &Shown<'_>, accesses: &[&Access]) {
    let now = Timestamp::now().as_millisecond();
    page.push_str("<ul class=\"entries\">\n");
    for access in accesses {
        let _ = writeln!(
            page,
            "<li><div class=\"entry\"><p class=\"name\"><bdi>{name}</bdi>{tags}</p>\
             <p class=\"help\">{server} · {details}</p></div>{revoke}</li>",
            name = Escaped(&access.name),
            tags = match &access.token {
                Some(token) if token.is_read_only => " <span class=\"tag\">only reads</span>",
                _ => "",
            },
            server = Escaped(place(shown.servers, access)),
            details = details(access, now),
            revoke = match access.is_machine {
                true => String::new(),
                false => revoke_form(access, shown.word),
            },
        );
    }
    page.push_str("</ul>\n");
}

fn revoke_form(access: &Access, word: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{ACCOUNT}/revoke\">{form}\
         <input type=\"hidden\" name=\"id\" value=\"{id}\">\
         <button aria-label=\"Revoke {name}\">Revoke…</button></form>",
        form = Hidden(word),
        id = Escaped(&access.id),
        name = Escaped(&access.name),
    )
}

/// The title of a server that is served now, else its slug.
fn place<'a>(servers: &'a [Arc<VirtualServer>], access: &'a Access) -> &'a str {
    if access.account.is_some() {
        return "For your programs that sign in at the identity provider";
    }
    let server = servers.iter().find(|it| *it.slug == *access.server);
    server.map_or(&*access.server, |server| &*server.title)
}

fn details(access: &Access, now: i64) -> String {
    let used = match access.used_at {
        Some(at) => format!("used {}", Ago(at, now)),
        None => "never used".to_owned(),
    };
    match &access.token {
        None if access.is_machine => {
            format!("{used} · acts by itself · set up by the operator, who can end it")
        }
        None if access.account.is_some() => format!("connected {}", Ago(access.made_at, now)),
        None => format!("{used} · signed in {}", Ago(access.made_at, now)),
        Some(TokenAccess {
            ends_at,
            shares_with,
            ..
        }) => {
            let shared = match shares_with {
                Some(client) => format!(" · ends with {}", Escaped(client)),
                None => String::new(),
            };
            let (made, ends) = (Ago(access.made_at, now), Ahead(*ends_at, now));
            format!("{used} · made {made} · ends {ends}{shared}")
        }
    }
}

/// Asks once more before a client or a token is revoked.
pub fn ask_revoke(access: &Access, word: &str) -> Response {
    let what = match (&access.token, &access.account) {
        (Some(_), _) => "The token",
        (None, Some(_)) => "A program that signs in at the identity provider",
        (None, None) => "The client",
    };
    let page = format!(
        "<h1>Revoke <bdi>{name}</bdi>?</h1>\n\
         <p>{what} can no longer act as you. Everywhere it ends within {seconds} seconds.</p>\n\
         <form method=\"post\" action=\"{ACCOUNT}/revoke\">{form}\
         <input type=\"hidden\" name=\"id\" value=\"{id}\">\
         <input type=\"hidden\" name=\"sure\" value=\"yes\">\
         <div class=\"buttons\"><button class=\"danger\">Revoke <bdi>{name}</bdi></button>\
         <a class=\"button\" href=\"{ACCOUNT}\">Keep it</a></div></form>",
        name = Escaped(&access.name),
        seconds = limits::CONNECTION_READ_AGAIN_SECONDS,
        form = Hidden(word),
        id = Escaped(&access.id),
    );
    card(StatusCode::OK, "Revoke", &page)
}

pub fn revoked(name: &str, at_webex: AtWebex) -> Response {
    let page = format!(
        "<h1>Revoked</h1>\n<p><bdi>{}</bdi> can no longer act as you.</p>\n<p>{}</p>\n\
         <div class=\"buttons\"><a class=\"button\" href=\"{ACCOUNT}\">Your access</a></div>",
        Escaped(name),
        told(at_webex),
    );
    card(StatusCode::OK, "Revoked", &page)
}

/// Asks once more before everything of a person is deleted.
pub fn ask_delete(owner: &Owner, word: &str) -> Response {
    let page = format!(
        "<h1>Delete everything of <bdi>{name}</bdi> here?</h1>\n\
         <p>Every client that acts as you, and every token of yours, ends within {seconds} seconds. What \
         you consented to is deleted, and your name in the journal of this server. No message, \
         space or meeting in Webex is deleted.</p>\n\
         <form method=\"post\" action=\"{ACCOUNT}/delete\">{form}\
         <input type=\"hidden\" name=\"sure\" value=\"yes\">\
         <div class=\"buttons\"><button class=\"danger\">Delete everything of <bdi>{name}</bdi></button>\
         <a class=\"button\" href=\"{ACCOUNT}\">Keep it</a></div></form>",
        name = Escaped(name(owner)),
        seconds = limits::CONNECTION_READ_AGAIN_SECONDS,
        form = Hidden(word),
    );
    card(StatusCode::OK, "Delete", &page)
}

pub fn deleted(forgotten: &Forgotten) -> Response {
    let page = format!(
        "<h1>Deleted</h1>\n<p>This server keeps nothing of you any more. Clients that ended: {}. Tokens \
         that ended: {}. Connected accounts that ended: {}.</p>\n<p>{}</p>\n<p class=\"help\">You can close this page.</p>",
        forgotten.clients,
        forgotten.tokens,
        forgotten.accounts,
        told(forgotten.at_webex),
    );
    card(StatusCode::OK, "Deleted", &page)
}

/// Says why a form of the page was not followed.
pub fn refused(status: StatusCode, why: &Refused) -> Response {
    let page = format!(
        "<h1>Nothing was changed</h1>\n<p class=\"error\" role=\"alert\">{}</p>\n\
         <div class=\"buttons\"><a class=\"button\" href=\"{ACCOUNT}\">Your access</a></div>",
        Escaped(&why.description)
    );
    card(status, "Refused", &page)
}

/// What became of the consent at Webex, and what is left to do there.
fn told(at_webex: AtWebex) -> String {
    match at_webex {
        AtWebex::Revoked => "Your consent at Webex was revoked too.".to_owned(),
        AtWebex::StillUsed => {
            "Your consent at Webex stays, since other clients or tokens of yours act by it."
                .to_owned()
        }
        AtWebex::Remains => format!(
            "Your consent is still listed at Webex, where only you or an administrator can revoke it: \
             <a href=\"{OWN_CONSENTS}\" rel=\"noreferrer\">your tokens at Webex</a>."
        ),
    }
}

fn name(owner: &Owner) -> &str {
    let display = owner.display.as_deref();
    display.unwrap_or("somebody whose name Webex did not tell")
}

/// The field that proves that a form comes from a page of this browser.
pub struct Hidden<'a>(pub &'a str);

impl std::fmt::Display for Hidden<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = form_word(self.0);
        write!(f, "<input type=\"hidden\" name=\"form\" value=\"{word}\">")
    }
}
