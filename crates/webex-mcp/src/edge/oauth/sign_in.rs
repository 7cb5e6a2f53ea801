//! What browsers open: our page, its answer, and the way back from Webex.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::form::Form;
use super::{Asker, Desk, account, cookie, pages, token};
use crate::broker::{Arrived, Asked, NotAsked, Question, Refused, Returned};
use crate::edge::pages::protect;

/// GET: shows what a client asks for.
pub async fn ask(
    State(desk): State<Desk>,
    headers: HeaderMap,
    question: Result<Query<Question>, QueryRejection>,
) -> Response {
    let Ok(Query(question)) = question else {
        return pages::refused(StatusCode::BAD_REQUEST, &unreadable());
    };
    let browser = match cookie::word(&headers) {
        Ok(browser) => browser,
        Err(why) => return pages::refused(token::status(&why), &why),
    };
    let broker = desk.broker();
    let asked = broker.ask(question, |resource| desk.offer(resource)).await;
    let (asked, client, offer) = match asked {
        Ok(asked) => asked,
        Err(NotAsked::Here(why)) => return pages::refused(token::status(&why), &why),
        Err(NotAsked::Back(why, url)) => return pages::refused_for(&why, &url),
        Err(NotAsked::There(url)) => return redirect(&url),
    };
    match broker.seal(&asked, &browser) {
        Ok(sealed) => {
            let page = pages::consent(&asked, &client, &offer, &sealed);
            cookie::remembering(&browser, page)
        }
        Err(why) => pages::refused(token::status(&why), &why),
    }
}

/// POST: the person agreed or declined.
pub async fn decide(
    State(desk): State<Desk>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match decided(&desk, asker, &headers, body).await {
        Ok(url) => cookie::remembering(cookie::read(&headers).unwrap_or_default(), redirect(&url)),
        Err(why) => pages::refused(token::status(&why), &why),
    }
}

async fn decided(
    desk: &Desk,
    Asker(from): Asker,
    headers: &HeaderMap,
    body: Body,
) -> Result<String, Refused> {
    let mut form = Form::read(headers, body).await?;
    let browser = cookie::read(headers).unwrap_or_default();
    let sealed = form.take("request").unwrap_or_default();
    let asked: Asked = desk.broker().unseal(&sealed, browser)?;
    match form.take("decision").as_deref() {
        Some(pages::ACCEPT) => desk.broker().agreed(asked, browser, from).await,
        _ => desk.broker().declined(&asked).await,
    }
}

/// GET: Webex sent the person back.
pub async fn returned(
    State(desk): State<Desk>,
    headers: HeaderMap,
    returned: Result<Query<Returned>, QueryRejection>,
) -> Response {
    let Ok(Query(returned)) = returned else {
        return pages::refused(StatusCode::BAD_REQUEST, &unreadable());
    };
    let browser = cookie::read(&headers).unwrap_or_default().to_owned();
    // In a task of its own: what Webex gives is kept even if the browser leaves.
    let broker = desk.broker().clone();
    let told = tokio::spawn(async move { broker.returned(returned, &browser).await });
    match told.await.unwrap_or_else(|_| Err(Refused::unavailable())) {
        Ok(Arrived::Client(url)) => redirect(&url),
        Ok(Arrived::More(widened)) => pages::widened(&widened),
        Ok(Arrived::Account(word)) => account::signed_in(&word),
        Ok(Arrived::Token(made)) => account::tokens::made(desk.broker(), &made),
        Ok(Arrived::Linked(account)) => pages::linked(&account),
        Err(why) => pages::refused(token::status(&why), &why),
    }
}

pub(super) fn unreadable() -> Refused {
    Refused::invalid_request("A parameter of this address is given twice, or is not text.")
}

/// The address may hold a code, so nobody on the way keeps it and no page sees where it came from.
pub(super) fn redirect(url: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    if let Ok(mut location) = HeaderValue::from_str(url) {
        location.set_sensitive(true);
        headers.insert(header::LOCATION, location);
    }
    protect(headers, None);
    response
}
