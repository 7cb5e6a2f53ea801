//! Guards the administration for other machines: callers need its token, as a bearer or in a
//! cookie.
//!
//! A browser gets the cookie in exchange for the token, which is typed into a page or part of the
//! address; the page then redirects to the address without it. Requests from other sites are still
//! refused.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::{constant_time, digest, hmac};
use axum::extract::{FromRequest as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{HOST, HeaderValue, LOCATION, ORIGIN, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::Deserialize;

use super::loopback::harden;
use crate::live_page::PAGE_PATH;
use crate::pages::form_token::{self, FormToken, cookie};
use crate::pages::{card, random, reads_pages};
use crate::problem::Problem;
use crate::request::{Form, bearer};

/// Where the page sends the token.
pub(super) const SIGN_IN_PATH: &str = "/_sandbox/sign-in";

const COOKIE: &str = "sandbox-admin";

/// The token that opens the administration to other machines.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken")
    }
}

impl AdminToken {
    /// Takes this token; `None` if it is empty or not printable ASCII, which a header requires.
    pub fn new(text: &str) -> Option<Self> {
        let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_word.then(|| AdminToken(text.to_owned()))
    }

    /// A token that nobody guesses.
    pub fn random() -> Self {
        AdminToken(random())
    }

    /// The token itself, for a person who has to type it in.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `base_url` is where others reach the sandbox, if that is known.
    pub(super) fn key(&self, base_url: Option<&str>) -> Key {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        let tag = hmac::sign(&key, b"cookie of the administration");
        let cookie = tag.as_ref().iter().map(|byte| format!("{byte:02x}"));
        Key {
            token: digest::digest(&digest::SHA256, self.0.as_bytes()),
            cookie: cookie.collect::<String>().into(),
            public_origin: base_url.map(|base| base.trim_end_matches('/').into()),
        }
    }
}

/// What a caller's token or cookie is compared with.
#[derive(Clone)]
pub(super) struct Key {
    token: digest::Digest,
    /// Derived from the token, without revealing it.
    cookie: Arc<str>,
    /// A proxy before the sandbox may replace `Host`, but browsers name this origin.
    public_origin: Option<Arc<str>>,
}

impl Key {
    fn is_token(&self, text: &str) -> bool {
        let given = digest::digest(&digest::SHA256, text.trim().as_bytes());
        is_same(given.as_ref(), self.token.as_ref())
    }

    fn opens(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|token| self.is_token(token))
            || cookie(headers, COOKIE)
                .is_some_and(|text| is_same(text.as_bytes(), self.cookie.as_bytes()))
    }

    /// Redirects to a place without the token, which the browser keeps as a cookie from here on.
    /// Asks again if it is not the token.
    fn lead_on(&self, token: &str, place: &str, headers: &HeaderMap) -> Response {
        if !self.is_token(token) {
            return ask(headers, true);
        }
        let mut response = StatusCode::SEE_OTHER.into_response();
        let public = self.public_origin.as_deref();
        let is_https = public.is_some_and(|origin| origin.starts_with("https://"));
        let secure = if is_https { "; Secure" } else { "" };
        // Lax, so that a link to the page works from anywhere; changes are checked by their origin.
        let cookie = &self.cookie;
        let cookie = format!("{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax{secure}");
        for (name, value) in [(LOCATION, place), (SET_COOKIE, &cookie)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Takes the same time wherever the difference is.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// Admits every caller with the token, and lets a person at a browser enter it.
pub(super) async fn guard(State(key): State<Key>, request: Request, next: Next) -> Response {
    harden(answer(&key, request, next).await)
}

async fn answer(key: &Key, request: Request, next: Next) -> Response {
    let public = key.public_origin.as_deref();
    if !is_own_origin(public, request.uri(), request.headers()) {
        let description = "The administration answers no page of another site.";
        return Problem::forbidden(description).into_response();
    }
    if request.uri().path() == SIGN_IN_PATH {
        return match *request.method() {
            Method::POST => sign_in(key, request).await,
            _ => ask(request.headers(), false),
        };
    }
    if request.method() == Method::GET
        && let Some((token, place)) = brought_along(request.uri())
    {
        return key.lead_on(&token, &place, request.headers());
    }
    if key.opens(request.headers()) {
        return next.run(request).await;
    }
    if reads_pages(request.headers()) {
        return ask(request.headers(), false);
    }
    let description =
        "The administration needs its token. Send it as a bearer, or sign in at /_sandbox/sign-in.";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, description);
    ([(WWW_AUTHENTICATE, "Bearer")], problem).into_response()
}

/// Whether the request comes from a page of this host or of the public origin, or from no page. The
/// scheme may be that of a proxy in front.
fn is_own_origin(public: Option<&str>, uri: &Uri, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or(uri.authority().map(|authority| authority.as_str()));
    let origin = origin.to_str().unwrap_or_default();
    if public.is_some_and(|public| public.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let origin = origin.split_once("://").map(|(_, host)| host);
    let both = origin.zip(host);
    both.is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
}

/// The token in a query, and the same place without it.
fn brought_along(uri: &Uri) -> Option<(String, String)> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(uri.query()?).ok()?;
    let (token, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "token");
    let (_, token) = token.into_iter().next()?;
    let rest = serde_urlencoded::to_string(rest).unwrap_or_default();
    let mark = if rest.is_empty() { "" } else { "?" };
    // Two slashes at the start would name another host.
    let path = uri.path().trim_start_matches('/');
    Some((token, format!("/{path}{mark}{rest}")))
}

#[derive(Debug, Deserialize)]
struct SignIn {
    token: String,
    #[serde(rename = "sandbox-form")]
    form_token: Option<String>,
}

async fn sign_in(key: &Key, request: Request) -> Response {
    let headers = request.headers().clone();
    let Ok(Form(form)) = Form::<SignIn>::from_request(request, &()).await else {
        return ask(&headers, true);
    };
    if let Err(problem) = form_token::check(&headers, form.form_token.as_deref()) {
        return problem.into_response();
    }
    key.lead_on(&form.token, PAGE_PATH, &headers)
}

fn ask(headers: &HeaderMap, is_wrong: bool) -> Response {
    let form_token = FormToken::of(headers);
    let (complaint, state) = match is_wrong {
        true => (
            "<p id=\"error\" class=\"error\" role=\"alert\">This is not the token. The sandbox prints it when it starts; ask the person who started it.</p>",
            " aria-invalid=\"true\" aria-describedby=\"error\"",
        ),
        false => ("", ""),
    };
    let page = format!(
        include_str!("sign_in.html"),
        action = SIGN_IN_PATH,
        field = form_token.field(),
        state = state,
        complaint = complaint,
    );
    let response = card(StatusCode::UNAUTHORIZED, "Sign in", &page);
    form_token.remember(response)
}
