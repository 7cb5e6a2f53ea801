//! The pages: plain HTML forms without scripts, in which everything is escaped.

use std::fmt::Write as _;

use axum::http::StatusCode;
use axum::response::Response;
use webex::scopes;

use crate::broker::{Asked, Client, Offer, Refused, Vouched, shown_redirect};
use crate::edge::pages::card;
use crate::text::Escaped;

/// The form's value for consent.
pub const ACCEPT: &str = "accept";

/// Asks a person whether a client may act as them.
pub fn consent(asked: &Asked, client: &Client, offer: &Offer, sealed: &str) -> Response {
    let (who, tag) = match &client.vouched {
        Vouched::Host(host) => (host.clone(), "<span class=\"tag\">by its address</span>"),
        Vouched::Nobody => (
            shown_redirect(&asked.redirect_uri),
            "<span class=\"tag\">not verified</span>",
        ),
    };
    let mut page = format!(
        "<header class=\"asker\"><div><h1><bdi>{name}</bdi> asks for access</h1>\
         <p class=\"muted\">{who} {tag}</p></div></header>\n\
         <p>It wants to use <strong>{title}</strong> as you.</p>\n\
         <form method=\"post\" action=\"/oauth/consent\">\
         <input type=\"hidden\" name=\"request\" value=\"{sealed}\">\n\
         <section aria-labelledby=\"grants\"><h2 id=\"grants\">If you accept, it may</h2>\
         <ul class=\"grants\" tabindex=\"0\" aria-labelledby=\"grants\">",
        name = Escaped(&client.name),
        who = Escaped(&who),
        title = Escaped(&offer.title),
        sealed = Escaped(sealed),
    );
    for line in scopes::in_words(&asked.scopes) {
        let _ = write!(page, "<li>{}</li>", Escaped(&line));
    }
    page.push_str(
        "</ul>\n<details><summary>Scopes</summary>\
         <ul class=\"scopes\" tabindex=\"0\" aria-label=\"Scopes\">",
    );
    for scope in &asked.scopes {
        let _ = write!(page, "<li><code>{}</code></li>", Escaped(scope));
    }
    let _ = write!(
        page,
        "</ul></details></section>\n\
         <p class=\"help\">Next, Webex asks you to sign in. Then you go back to {back}.</p>\n\
         <div class=\"buttons\"><button class=\"primary\" name=\"decision\" value=\"{ACCEPT}\">Accept</button>\
         <button class=\"quiet\" name=\"decision\" value=\"decline\">Decline</button></div></form>",
        back = Escaped(&shown_redirect(&asked.redirect_uri)),
    );
    card(StatusCode::OK, "Consent", &page)
}

/// Says why a sign-in cannot go on, where it is not certain that a client should hear it.
pub fn refused(status: StatusCode, why: &Refused) -> Response {
    let page = format!(
        "<h1>This sign-in cannot continue</h1>\n<p class=\"error\" role=\"alert\">{}</p>\n\
         <p class=\"help\">You can close this page.</p>",
        Escaped(&why.description)
    );
    // 401 promises a challenge to programs; a person is told on the page.
    let status = match status {
        StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
        status => status,
    };
    card(status, "Refused", &page)
}
