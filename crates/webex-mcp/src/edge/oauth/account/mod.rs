//! The page on which somebody sees what has access to their account here, revokes it, and makes
//! connection tokens.

mod pages;
mod times;
pub(super) mod tokens;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};
use secrecy::{ExposeSecret as _, SecretString};

use self::pages::Shown;
use super::form::Form;
use super::sign_in::redirect;
use super::{Asker, Desk, cookie, token};
use crate::broker::{Owner, Refused, Wish, is_form_word};
use crate::servers::Selection;

/// Where the page is.
pub(super) const ACCOUNT: &str = "/account";

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route(ACCOUNT, get(show))
        .route("/account/sign-in", post(sign_in))
        .route("/account/sign-out", post(sign_out))
        .route("/account/tokens", post(make))
        .route("/account/revoke", post(revoke))
        .route("/account/delete", post(delete))
}

/// Whoever sends a form of this page.
struct Visitor {
    owner: Owner,
    /// The word of their browser.
    word: String,
}

/// Why a form is not followed.
enum Not {
    /// Nobody is signed in in this browser, or no longer.
    SignedIn,
    Allowed(Refused),
}

impl From<Refused> for Not {
    fn from(refused: Refused) -> Self {
        Not::Allowed(refused)
    }
}

impl Not {
    fn answer(self) -> Response {
        match self {
            Not::SignedIn => redirect(ACCOUNT),
            Not::Allowed(why) => pages::refused(token::status(&why), &why),
        }
    }
}

/// The person who sends a form, which has to come from a page that this browser was shown.
async fn visitor(desk: &Desk, headers: &HeaderMap, form: &mut Form) -> Result<Visitor, Not> {
    let word = cookie::session(headers).ok_or(Not::SignedIn)?;
    let owner = desk.broker().session(word).await;
    let owner = owner.map_err(|_| Refused::unavailable())?;
    let owner = owner.ok_or(Not::SignedIn)?;
    let sent = form.take("form").unwrap_or_default();
    match is_form_word(&sent, word) {
        true => Ok(Visitor {
            owner,
            word: word.to_owned(),
        }),
        false => Err(not_from_our_page().into()),
    }
}

fn not_from_our_page() -> Refused {
    Refused::invalid_request(
        "This form was not sent by the page that this browser shows, or that is too old; open it again, and allow cookies for it.",
    )
}

/// GET: the page, or where to sign in for it.
async fn show(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let owner = match cookie::session(&headers) {
        Some(word) => match desk.broker().session(word).await {
            Ok(owner) => owner.map(|owner| (owner, word)),
            Err(_) => return Not::from(Refused::unavailable()).answer(),
        },
        None => None,
    };
    match owner {
        Some((owner, word)) => page(&desk, &owner, word, None).await,
        None => sign_in_page(&desk, &headers),
    }
}

/// The page asks for a sign-in that only this browser can finish.
fn sign_in_page(desk: &Desk, headers: &HeaderMap) -> Response {
    match cookie::word(headers) {
        Ok(browser) => {
            let page = pages::sign_in(&browser, desk.signs_in());
            cookie::remembering(&browser, page)
        }
        Err(why) => Not::from(why).answer(),
    }
}

/// `wrong`: what was wrong with the token that was asked for, and the name that was to be its.
async fn page(
    desk: &Desk,
    owner: &Owner,
    word: &str,
    wrong: Option<(Refused, String)>,
) -> Response {
    let accesses = match desk.broker().accesses(owner).await {
        Ok(accesses) => accesses,
        Err(_) => return Not::from(Refused::unavailable()).answer(),
    };
    pages::account(&Shown {
        base: &desk.broker().settings().base,
        owner,
        accesses: &accesses,
        servers: &desk.0.servers.all(),
        has_provider: !desk.0.servers.of_provider().is_empty(),
        word,
        wrong,
    })
}

async fn sign_in(
    State(desk): State<Desk>,
    Extension(Asker(from)): Extension<Asker>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let wanted = async {
        let mut form = Form::read(&headers, body).await?;
        let browser = cookie::read(&headers).ok_or_else(not_from_our_page)?;
        let sent = form.take("form").unwrap_or_default();
        if !is_form_word(&sent, browser) {
            return Err(not_from_our_page());
        }
        let url = desk.broker().account_wanted(browser, from).await?;
        Ok(cookie::remembering(browser, redirect(&url)))
    };
    let wanted: Result<Response, Refused> = wanted.await;
    wanted.unwrap_or_else(|why| Not::from(why).answer())
}

/// Webex sent somebody back who wants to see the page.
pub(super) fn signed_in(word: &SecretString) -> Response {
    with_cookie(redirect(ACCOUNT), cookie::sign_in(word.expose_secret()))
}

async fn sign_out(State(desk): State<Desk>, headers: HeaderMap, body: Body) -> Response {
    let signed_out = async {
        let mut form = Form::read(&headers, body).await?;
        let visitor = visitor(&desk, &headers, &mut form).await?;
        desk.broker().close_session(&visitor.word).await;
        Ok(with_cookie(redirect(ACCOUNT), cookie::sign_out()))
    };
    signed_out.await.unwrap_or_else(Not::answer)
}

/// A token: Webex asks for the person's consent first.
async fn make(State(desk): State<Desk>, headers: HeaderMap, body: Body) -> Response {
    let made = async {
        let mut form = Form::read(&headers, body).await?;
        let Visitor { owner, word } = visitor(&desk, &headers, &mut form).await?;
        let name = form.take("name").unwrap_or_default();
        let browser = cookie::word(&headers)?;
        let broker = desk.broker();
        let wanted = match wish(&desk, &name, &mut form) {
            Ok(wish) => broker.token_wanted(owner.clone(), wish, &browser).await,
            Err(why) => Err(why),
        };
        match wanted {
            Ok(url) => Ok(cookie::remembering(&browser, redirect(&url))),
            Err(why) if why.error == "invalid_request" => {
                Ok(page(&desk, &owner, &word, Some((why, name))).await)
            }
            Err(why) => Err(why.into()),
        }
    };
    made.await.unwrap_or_else(Not::answer)
}

fn wish(desk: &Desk, name: &str, form: &mut Form) -> Result<Wish, Refused> {
    if !desk.signs_in() {
        return Err(Refused::new("invalid_target", NO_SERVER));
    }
    let slug = form.take("server").unwrap_or_default();
    let server = desk.0.servers.find(&slug);
    let server = server.ok_or_else(|| {
        Refused::invalid_request("Choose one of the servers that people sign in for here.")
    })?;
    let is_read_only = form.take("read_only").is_some();
    let scopes = match is_read_only {
        true => {
            let reading = Selection::default().read_only(true);
            desk.offer_of(&server.narrowed(&reading)).base
        }
        false => desk.offer_of(&server).base,
    };
    let days = form.take("days").unwrap_or_default();
    let days = days.parse().unwrap_or_default();
    Wish::new(name, &server.slug, days, is_read_only, scopes)
}

const NO_SERVER: &str = "No server here takes connection tokens: people sign in for none. Ask the operator for one with authentication = \"broker\".";

/// Revokes a client or a token, once the person has said so twice.
async fn revoke(State(desk): State<Desk>, headers: HeaderMap, body: Body) -> Response {
    let revoked = async {
        let mut form = Form::read(&headers, body).await?;
        let Visitor { owner, word } = visitor(&desk, &headers, &mut form).await?;
        let id = form.take("id").unwrap_or_default();
        let accesses = desk.broker().accesses(&owner).await;
        let accesses = accesses.map_err(|_| Refused::unavailable())?;
        let Some(access) = accesses.iter().find(|it| it.id == id && !it.is_machine) else {
            return Ok(redirect(ACCOUNT));
        };
        if form.take("sure").is_none() {
            return Ok(pages::ask_revoke(access, &word));
        }
        match desk.broker().revoke_access(&owner, &id).await? {
            Some(at_webex) => Ok(pages::revoked(&access.name, at_webex)),
            None => Ok(redirect(ACCOUNT)),
        }
    };
    revoked.await.unwrap_or_else(Not::answer)
}

/// Deletes everything that is kept of the person, once they have said so twice.
async fn delete(State(desk): State<Desk>, headers: HeaderMap, body: Body) -> Response {
    let deleted = async {
        let mut form = Form::read(&headers, body).await?;
        let Visitor { owner, word } = visitor(&desk, &headers, &mut form).await?;
        if form.take("sure").is_none() {
            return Ok(pages::ask_delete(&owner, &word));
        }
        // In a task of its own: what was begun is finished even if the browser leaves.
        let broker = desk.broker().clone();
        let forgotten = tokio::spawn(async move { broker.forget(&owner).await }).await;
        let forgotten = forgotten.unwrap_or_else(|_| Err(Refused::unavailable()))?;
        Ok(with_cookie(pages::deleted(&forgotten), cookie::sign_out()))
    };
    deleted.await.unwrap_or_else(Not::answer)
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
