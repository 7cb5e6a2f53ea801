//! The sign-in pages: plain HTML forms without scripts, in which everything is escaped.

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
    let all: Vec<_> = asking.scopes.iter().collect();
    let grants = scopes::in_words(&all);
    let grants = grants
        .iter()
        .map(|line| format!("<li>{}</li>", Escaped(line)));
    let scopes = all.iter();
    let scopes = scopes.map(|scope| format!("<li><code>{}</code></li>", Escaped(scope)));
    let page = format!(
        include_str!("consent.html"),
        mark = initials(asking.name),
        name = Escaped(asking.name),
        host = Escaped(asking.host),
        field = token.field(),
        grants = grants.collect::<String>(),
        scopes = scopes.collect::<String>(),
        people = people(world, asking.hint),
        back = Escaped(asking.back),
        accept = ACCEPT,
    );
    token.remember(card(StatusCode::OK, "Consent", &page))
}

fn people(world: &World, hint: Option<&str>) -> String {
    let people = world.people.own().map(|(_, person)| person);
    let people = people.filter(|person| person.consents());
    let people = people.take(MAX_SHOWN_PEOPLE).map(|person| {
        let is_hinted = hint.is_some_and(|hint| person.email.eq_ignore_ascii_case(hint));
        format!(
            include_str!("person.html"),
            id = Escaped(&person.id),
            checked = if is_hinted { " checked" } else { "" },
            mark = initials(&person.display_name),
            name = Escaped(&person.display_name),
            email = Escaped(&person.email),
        )
    });
    people.collect()
}

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
        include_str!("user_code.html"),
        state = state,
        complaint = complaint,
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
        Escaped(&problem.description)
    );
    card(problem.status, "Refused", &page)
}

pub(super) fn done(is_accepted: bool) -> Response {
    let page = match is_accepted {
        true => "<h1>The device is connected</h1>\n<p>You can close this page.</p>",
        false => {
            "<h1>You declined</h1>\n<p>The device gets no access. You can close this page.</p>"
        }
    };
    card(StatusCode::OK, "Connect a device", page)
}
