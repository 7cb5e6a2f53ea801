//! The pages: plain HTML forms without scripts, in which everything is escaped.

use std::fmt::Write as _;

use axum::http::StatusCode;
use axum::response::Response;
use webex::scopes;

use super::CONSENT;
use crate::broker::shown_redirect;
use crate::broker::{Asked, Asking, Client, MORE_SCOPES, Offer, Refused, Vouched, Widened};
use crate::edge::pages::card;
use crate::idp::{LINK, REPLACE};
use crate::text::Escaped;

/// The form's value for consent.
pub const ACCEPT: &str = "accept";

/// Asks a person whether a client may act as them.
pub fn consent(asked: &Asked, client: &Client, offer: &Offer, sealed: &str) -> Response {
    let (who, tag) = match &client.vouched {
        Vouched::Operator => (
            shown_redirect(&asked.redirect_uri),
            "<span class=\"tag\">known to the operator</span>",
        ),
        Vouched::Host(host) => (host.clone(), "<span class=\"tag\">by its address</span>"),
        Vouched::Nobody => (
            shown_redirect(&asked.redirect_uri),
            "<span class=\"tag\">not verified</span>",
        ),
    };
    let mut page = format!(
        "<header class=\"asker\"><div><h1><bdi>{name}</bdi> asks for access</h1>\
         <p class=\"muted\">{who} {tag}</p></div></header>\n\
         <p>It wants to use <strong>{title}</strong> as you.</p>\n",
        name = Escaped(&client.name),
        who = Escaped(&who),
        title = Escaped(&offer.title),
    );
    let back = format!(
        "Next, Webex asks you to sign in. Then you go back to {}.",
        Escaped(&shown_redirect(&asked.redirect_uri)),
    );
    question(
        &mut page,
        CONSENT,
        sealed,
        "If you accept, it may",
        &asked.scopes,
        &back,
    );
    card(StatusCode::OK, "Consent", &page)
}

/// Asks a person whether a program that acts as them may have more.
pub fn more(asking: &Asking, title: &str, sealed: &str) -> Response {
    let program = asking.program.as_deref().unwrap_or("Your program");
    let mut page = format!(
        "<header class=\"asker\"><div><h1><bdi>{program}</bdi> asks for more access</h1>\
         <p class=\"muted\">to <strong>{title}</strong>, which it uses as you</p></div></header>\n\
         <p>You let it in before; something that you asked it for needs more.</p>\n",
        program = Escaped(program),
        title = Escaped(title),
    );
    let next = "Next, Webex asks you to sign in, as the person that you signed in as before. Then you can go back to the program.";
    let scopes = &asking.more.scopes;
    question(
        &mut page,
        MORE_SCOPES,
        sealed,
        "If you accept, it may also",
        scopes,
        next,
    );
    card(StatusCode::OK, "More access", &page)
}

/// The form with the scopes, in words and by their names, and the two answers. `next` is HTML.
fn question(page: &mut String, to: &str, sealed: &str, grants: &str, asked: &[String], next: &str) {
    let _ = write!(
        page,
        "<form method=\"post\" action=\"{to}\">\
         <input type=\"hidden\" name=\"request\" value=\"{sealed}\">\n\
         <section aria-labelledby=\"grants\"><h2 id=\"grants\">{grants}</h2>",
        sealed = Escaped(sealed),
    );
    told(page, asked);
    let _ = write!(
        page,
        "</section>\n<p class=\"help\">{next}</p>\n\
         <div class=\"buttons\"><button class=\"primary\" name=\"decision\" value=\"{ACCEPT}\">Accept</button>\
         <button class=\"quiet\" name=\"decision\" value=\"decline\">Decline</button></div></form>",
    );
}

fn told(page: &mut String, asked: &[String]) {
    page.push_str("<ul class=\"grants\" tabindex=\"0\" aria-labelledby=\"grants\">");
    for line in scopes::in_words(asked) {
        let _ = write!(page, "<li>{}</li>", Escaped(&line));
    }
    page.push_str(
        "</ul>\n<details><summary>Scopes</summary>\
         <ul class=\"scopes\" tabindex=\"0\" aria-label=\"Scopes\">",
    );
    for scope in asked {
        let _ = write!(page, "<li><code>{}</code></li>", Escaped(scope));
    }
    page.push_str("</ul></details>");
}

/// Says what a program has now that a person gave it more, and what Webex did not give.
pub fn widened(widened: &Widened) -> Response {
    let Widened { given, refused } = widened;
    let mut page = match (given.is_empty(), refused.is_empty()) {
        (_, true) => "<h1>It has more access now</h1>\n".to_owned(),
        (false, false) => "<h1>It has some of it now</h1>\n".to_owned(),
        (true, false) => "<h1>Webex gave no more access</h1>\n".to_owned(),
    };
    if !given.is_empty() {
        page.push_str("<section aria-labelledby=\"grants\"><h2 id=\"grants\">It may now also</h2>");
        told(&mut page, given);
        page.push_str("</section>\n");
    }
    if !refused.is_empty() {
        page.push_str("<p class=\"error\" role=\"alert\">Webex did not give you: ");
        for (number, scope) in refused.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            let _ = write!(page, "{comma}<code>{}</code>", Escaped(scope));
        }
        page.push_str(". Some scopes are for administrators only; ask one.</p>\n");
    }
    page.push_str("<p class=\"help\">You can close this page and go back to the program.</p>");
    card(StatusCode::OK, "More access", &page)
}

pub fn declined() -> Response {
    let page = "<h1>Nothing was changed</h1>\n\
         <p class=\"help\">The program has the access that it had. You can close this page.</p>";
    card(StatusCode::OK, "Declined", page)
}

/// Says what connecting an account means, and begins it.
pub fn link(provider: &str, granted: &[String], sealed: &str) -> Response {
    let mut page = "<h1>Connect your Webex account</h1>\n\
         <p>Your program works in Webex as you once your account is connected.</p>\n"
        .to_owned();
    let next = format!(
        "First, sign in at <strong>{}</strong>, so that nobody else connects an account for you. Then sign in at Webex.",
        Escaped(provider)
    );
    let grants = "If you connect it, your program may";
    question(&mut page, LINK, sealed, grants, granted, &next);
    card(StatusCode::OK, "Connect", &page)
}

/// Asks whether another account takes the place of the one that is connected.
pub fn replace(account: &str, sealed: &str) -> Response {
    let page = format!(
        "<h1>You have connected an account</h1>\n\
         <p>{account} is connected, and your program works in Webex with it.</p>\n\
         <form method=\"post\" action=\"{REPLACE}\">\
         <input type=\"hidden\" name=\"request\" value=\"{sealed}\">\n\
         <p class=\"help\">If you replace it, Webex asks you to sign in with the other one. Once that is \
         connected, no program acts with this one for you any more.</p>\n\
         <div class=\"buttons\"><button class=\"primary\" name=\"decision\" value=\"{ACCEPT}\">Replace it</button>\
         <button class=\"quiet\" name=\"decision\" value=\"decline\">Keep it</button></div></form>",
        account = Account(account),
        sealed = Escaped(sealed),
    );
    card(StatusCode::OK, "Replace", &page)
}

/// An account at Webex, by its name if Webex told that.
struct Account<'a>(&'a str);

impl std::fmt::Display for Account<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "" => f.write_str("Your Webex account"),
            account => write!(f, "<strong><bdi>{}</bdi></strong>", Escaped(account)),
        }
    }
}

/// An account is connected.
pub fn linked(account: &str) -> Response {
    let page = format!(
        "<h1>Connected</h1>\n<p>{account} is connected.</p>\n\
         <p class=\"help\">You can close this page and go on in your program. If it is the wrong account, \
         open the page that your program showed once more.</p>",
        account = Account(account),
    );
    card(StatusCode::OK, "Connected", &page)
}

/// The person does not want to connect an account.
pub fn not_linked() -> Response {
    let page = "<h1>Nothing was connected</h1>\n\
                <p class=\"help\">What was connected before still is. You can close this page; your program asks again when it needs your account.</p>";
    card(StatusCode::OK, "Not connected", page)
}

/// Says why a sign-in cannot go on, where it is not certain that a client should hear it.
pub fn refused(status: StatusCode, why: &Refused) -> Response {
    let page = format!(
        "<h1>This cannot continue</h1>\n<p class=\"error\" role=\"alert\">{}</p>\n\
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

/// Says what is wrong with a client's request; at this address the client hears of it, if the person
/// goes there.
pub fn refused_for(why: &Refused, url: &str) -> Response {
    let page = format!(
        "<h1>This sign-in cannot continue</h1>\n<p class=\"error\" role=\"alert\">{why}</p>\n\
         <p class=\"help\">The program that sent you here made a mistake. \
         <a href=\"{url}\" rel=\"noreferrer\">Go back to {back}</a>, if you know it, or close this page.</p>",
        why = Escaped(&why.description),
        url = Escaped(url),
        back = Escaped(&shown_redirect(url)),
    );
    card(StatusCode::BAD_REQUEST, "Refused", &page)
}
