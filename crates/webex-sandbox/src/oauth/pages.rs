//! The pages that people see: plain HTML forms without any script, in which everything is escaped.

use std::fmt::{self, Write as _};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_FRAME_OPTIONS,
};

use crate::problem::Problem;
use crate::rows::scopes::Scopes;
use crate::world::World;

/// What the form says where the person consents.
pub(super) const ACCEPT: &str = "accept";

/// Nobody scrolls further to find themselves.
const MAX_SHOWN_PEOPLE: usize = 200;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1c1c1c}\
    fieldset{border:1px solid #ccc;border-radius:8px;margin:1rem 0}label{display:block;padding:.2rem 0}\
    button{font:inherit;padding:.4rem 1.2rem;margin-right:.6rem}small{color:#555}code{font-size:.9em}";

/// Text as it may stand in a page or in a quoted attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// Asks one of the company's people for consent. The form goes to the page's own address, which
/// holds the whole question.
pub(super) fn consent(world: &World, name: &str, scopes: &Scopes, hint: Option<&str>) -> Response {
    let mut page = format!(
        "<h1>{name} asks for access</h1><p>If you accept, it may act with these scopes:</p><ul>",
        name = Escaped(name)
    );
    for scope in scopes.iter() {
        let _ = write!(page, "<li><code>{}</code></li>", Escaped(scope));
    }
    page.push_str("</ul><form method=\"post\"><fieldset><legend>Who are you?</legend>");
    let people = world.people.own();
    let people = people.filter(|(_, person)| person.consents());
    for (_, person) in people.take(MAX_SHOWN_PEOPLE) {
        let is_hinted = hint.is_some_and(|hint| person.email.eq_ignore_ascii_case(hint));
        let _ = write!(
            page,
            "<label><input type=\"radio\" name=\"person\" value=\"{id}\" required{checked}> {name} <small>{email}</small></label>",
            id = Escaped(&person.id),
            checked = if is_hinted { " checked" } else { "" },
            name = Escaped(&person.display_name),
            email = Escaped(&person.email),
        );
    }
    let _ = write!(
        page,
        "</fieldset><button name=\"decision\" value=\"{ACCEPT}\">Accept</button>\
         <button name=\"decision\" value=\"decline\" formnovalidate>Decline</button></form>"
    );
    show(StatusCode::OK, "Consent", &page)
}

/// Asks for the code that a device shows.
pub(super) fn user_code(is_wrong: bool) -> Response {
    let (status, complaint) = match is_wrong {
        true => (
            StatusCode::BAD_REQUEST,
            "<p role=\"alert\">No device waits with this code. Look at the device again.</p>",
        ),
        false => (StatusCode::OK, ""),
    };
    let page = format!(
        "<h1>Connect a device</h1>{complaint}<form method=\"get\"><label>The code on the device \
         <input name=\"userCode\" inputmode=\"numeric\" autocomplete=\"one-time-code\" pattern=\"[0-9]{{6}}\" required autofocus></label>\
         <button>Next</button></form>"
    );
    show(status, "Connect a device", &page)
}

/// Makes a page of a refusal where a browser asked; everybody else gets Webex's JSON.
pub(super) async fn for_browsers(request: Request, next: Next) -> Response {
    let accepts = request.headers().get(http::header::ACCEPT);
    let accepts = accepts.and_then(|accepts| accepts.to_str().ok());
    let reads_pages = accepts.is_some_and(|accepts| accepts.contains("text/html"));
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) if reads_pages => refused(&problem),
        Some(problem) => problem.into_response(),
        None => response,
    }
}

/// Tells the person what only they can be told: nobody else is certain to have asked.
fn refused(problem: &Problem) -> Response {
    let page = format!(
        "<h1>This cannot go on</h1><p role=\"alert\">{}</p>\
         <p>Tell whoever made the application; you can close this page.</p>",
        Escaped(problem.description())
    );
    show(problem.status, "Refused", &page)
}

/// Says that the device knows.
pub(super) fn done(is_accepted: bool) -> Response {
    let page = match is_accepted {
        true => "<h1>The device is connected</h1><p>You can close this page.</p>",
        false => "<h1>You declined</h1><p>The device gets no access. You can close this page.</p>",
    };
    show(StatusCode::OK, "Connect a device", page)
}

fn show(status: StatusCode, title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} - Webex sandbox</title><style>{STYLE}</style></head>\
         <body><main>{body}<p><small>A simulated Webex: no password is asked for.</small></p></main></body></html>"
    );
    let mut response = (status, page).into_response();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, html);
    protect(response)
}

/// Lets nobody frame, keep or refer to an answer that a browser sees.
pub(super) fn protect(mut response: Response) -> Response {
    const POLICY: &str =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        let escaped = Escaped("<b a=\"x\" b='y'>&").to_string();
        assert_eq!(escaped, "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    }
}
