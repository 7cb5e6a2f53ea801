//! The sign-in pages: plain HTML forms without scripts, in which everything is escaped.

use std::fmt::Write as _;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use webex::scopes;

use crate::pages::form_token::FormToken;
use crate::pages::{Escaped, card, initials, reads_pages};
use crate::problem::Problem;
use crate::rows::scopes::Scopes;
use crate::world::World;

/// The form's value for consent.
pub(super) const ACCEPT: &str = "accept";

/// Nobody scrolls further to find a person.
const MAX_SHOWN_PEOPLE: usize = 200;

/// The content of a consent page.
#[derive(Debug)]
pub(super) struct Asking<'a> {
    /// The application's name, as it was registered.
    pub(super) name: &'a str,
    /// Where the name comes from, and where the answer goes.
    pub(super) host: &'a str,
    pub(super) back: &'a str,
    pub(super) scopes: &'a Scopes,
    /// The address of the person whom the application expects.
    pub(super) hint: Option<&'a str>,
}

/// Asks one of the company's people for consent. The form is sent to the page's own address, which
/// has the whole request.
pub(super) fn consent(world: &World, asking: &Asking<'_>, token: &FormToken) -> Response {
    let name = Escaped(asking.name);
    let mut page = format!(
        "<header class=\"asker\">{mark}<div><h1><bdi>{name}</bdi> asks for access</h1>\
         <p class=\"muted\">{host} <span class=\"tag\">not verified</span></p></div></header>\n\
         <form method=\"post\">{field}\n<section aria-labelledby=\"grants\">\
         <h2 id=\"grants\">If you accept, it may</h2>\n<ul class=\"grants\" tabindex=\"0\" aria-labelledby=\"grants\">",
        mark = initials(asking.name),
        host = Escaped(asking.host),
        field = token.field(),
    );
    let all: Vec<_> = asking.scopes.iter().collect();
    for line in scopes::in_words(&all) {
        let _ = write!(page, "<li>{}</li>", Escaped(&line));
    }
    page.push_str("</ul>\n<details><summary>Scopes</summary><ul class=\"scopes\" tabindex=\"0\" aria-label=\"Scopes\">");
    for scope in all {
        let _ = write!(page, "<li><code>{}</code></li>", Escaped(scope));
    }
    page.push_str(
        "</ul></details></section>\n<fieldset><legend>Who are you?</legend>\
         <p class=\"help\">This Webex is simulated: it asks for no password.</p>\
         <div class=\"choices\">",
    );
    people(&mut page, world, asking.hint);
    let _ = write!(
        page,
        "</div></fieldset>\n<p class=\"help\">{back}</p>\n<div class=\"buttons\">\
         <button class=\"primary\" name=\"decision\" value=\"{ACCEPT}\">Accept</button>\
         <button class=\"quiet\" name=\"decision\" value=\"decline\" formnovalidate>Decline</button></div></form>",
        back = Escaped(asking.back),
    );
    token.remember(card(StatusCode::OK, "Consent", &page))
}

fn people(page: &mut String, world: &World, hint: Option<&str>) {
    let people = world.people.own();
    let people = people.filter(|(_, person)| person.consents());
    for (_, person) in people.take(MAX_SHOWN_PEOPLE) {
        let is_hinted = hint.is_some_and(|hint| person.email.eq_ignore_ascii_case(hint));
        let _ = write!(
            page,
            "<label class=\"choice\"><input type=\"radio\" name=\"person\" value=\"{id}\" required{checked}>\
             {mark}<span><span class=\"name\">{name}</span> <small>{email}</small></span></label>",
            id = Escaped(&person.id),
            checked = if is_hinted { " checked" } else { "" },
            mark = initials(&person.display_name),
            name = Escaped(&person.display_name),
            email = Escaped(&person.email),
        );
    }
}

/// Asks for the code that a device shows.
pub(super) fn user_code(is_wrong: bool) -> Response {
    let (status, complaint, state) = match is_wrong {
        true => (
            StatusCode::BAD_REQUEST,
            "<p id=\"error\" class=\"error\" role=\"alert\">No device waits with this code. Look at the device again.</p>",
            " aria-invalid=\"true\" aria-describedby=\"error\"",
        ),
        false => (StatusCode::OK, "", ""),
    };
    let page = format!(
        "<h1>Connect a device</h1>\n<form method=\"get\"><div class=\"field\">\
         <label for=\"code\">The code on the device</label>\
         <input id=\"code\" class=\"code\" name=\"userCode\" inputmode=\"numeric\" autocomplete=\"one-time-code\" \
         pattern=\"[0-9]{{6}}\" maxlength=\"6\" title=\"Six digits\" required autofocus{state}>{complaint}\
         <p class=\"help\">Six digits. The device shows them while it waits.</p></div>\
         <div class=\"buttons\"><button class=\"primary\">Next</button></div></form>"
    );
    card(status, "Connect a device", &page)
}

/// Turns a refusal into a page for a browser; other callers get Webex's JSON.
pub(super) async fn for_browsers(request: Request, next: Next) -> Response {
    let reads_pages = reads_pages(request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) if reads_pages => refused(&problem),
        Some(problem) => problem.into_response(),
        None => response,
    }
}

/// Shows an error that must not be sent to a redirect URI, because the application is not certain.
fn refused(problem: &Problem) -> Response {
    let page = format!(
        "<h1>This sign-in cannot continue</h1>\n<p class=\"error\" role=\"alert\">{}</p>\n\
         <p class=\"help\">The application has to fix this. You can close this page.</p>",
        Escaped(problem.description())
    );
    card(problem.status, "Refused", &page)
}

/// Says that the device has the answer.
pub(super) fn done(is_accepted: bool) -> Response {
    let page = match is_accepted {
        true => "<h1>The device is connected</h1>\n<p>You can close this page.</p>",
        false => {
            "<h1>You declined</h1>\n<p>The device gets no access. You can close this page.</p>"
        }
    };
    card(StatusCode::OK, "Connect a device", page)
}
