//! The pages on which a person connects their account at Webex for themselves, as the identity provider
//! knows them. What it means is decided in `idp`.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::form::Form;
use super::sign_in::{redirect, unreadable};
use super::{Desk, cookie, pages, token};
use crate::broker::{Refused, Returned};
use crate::idp::{CALLBACK, Idp, LINK, Next, REPLACE};

/// Where an account is connected, and where the provider sends people back.
pub fn routes() -> Router<Desk> {
    Router::new()
        .route(LINK, get(ask).post(decide))
        .route(REPLACE, post(replace))
        .route(CALLBACK, get(returned))
}

/// What the page's address says.
#[derive(Default, Deserialize)]
struct Asked {
    request: Option<String>,
}

/// GET: says what will happen.
async fn ask(
    State(desk): State<Desk>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(idp) = &desk.0.idp else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(Query(asked)) = asked else {
        return pages::refused(StatusCode::BAD_REQUEST, &unreadable());
    };
    let browser = match cookie::word(&headers) {
        Ok(browser) => browser,
        Err(why) => return pages::refused(token::status(&why), &why),
    };
    let owner = idp.owner(asked.request.as_deref().unwrap_or_default());
    let page = owner.and_then(|owner| {
        let sealed = idp.form(&owner, &browser)?;
        Ok(pages::link(
            &provider(idp),
            &desk.scopes_of(&owner),
            &sealed,
        ))
    });
    match page {
        Ok(page) => cookie::remembering(&browser, page),
        Err(why) => pages::refused(token::status(&why), &why),
    }
}

/// POST: the person goes on to the identity provider, or does not.
async fn decide(State(desk): State<Desk>, headers: HeaderMap, body: Body) -> Response {
    let Some(idp) = &desk.0.idp else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let browser = cookie::read(&headers).unwrap_or_default();
    let decided = async {
        match accepted(&headers, body).await? {
            Some(sealed) => idp.go_on(&sealed, browser).await.map(Some),
            None => Ok(None),
        }
    };
    // The person has as long at the provider as there was here.
    gone_on(decided.await, browser)
}

/// POST: the person puts another account in the place of the one that is connected, or keeps it.
async fn replace(State(desk): State<Desk>, headers: HeaderMap, body: Body) -> Response {
    let Some(idp) = &desk.0.idp else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let browser = cookie::read(&headers).unwrap_or_default();
    let decided = async {
        let scopes = |owner: &_| desk.scopes_of(owner);
        match accepted(&headers, body).await? {
            Some(sealed) => idp.replace(&sealed, browser, scopes).await.map(Some),
            None => Ok(None),
        }
    };
    gone_on(decided.await, browser)
}

/// What the form of a page carried whose person accepts.
async fn accepted(headers: &HeaderMap, body: Body) -> Result<Option<String>, Refused> {
    let mut form = Form::read(headers, body).await?;
    let sealed = form.take("request").unwrap_or_default();
    let is_accepted = form.take("decision").as_deref() == Some(pages::ACCEPT);
    Ok(is_accepted.then_some(sealed))
}

/// Leads the browser on to this address, or says that nothing was connected.
fn gone_on(to: Result<Option<String>, Refused>, browser: &str) -> Response {
    match to {
        Ok(Some(url)) => cookie::remembering(browser, redirect(&url)),
        Ok(None) => pages::not_linked(),
        Err(why) => pages::refused(token::status(&why), &why),
    }
}

/// GET: the identity provider sent the person back.
async fn returned(
    State(desk): State<Desk>,
    headers: HeaderMap,
    returned: Result<Query<Returned>, QueryRejection>,
) -> Response {
    let Some(idp) = &desk.0.idp else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(Query(returned)) = returned else {
        return pages::refused(StatusCode::BAD_REQUEST, &unreadable());
    };
    let browser = cookie::read(&headers).unwrap_or_default();
    let scopes = |owner: &_| desk.scopes_of(owner);
    match idp.returned(&returned, browser, scopes).await {
        Ok(Next::AtWebex(url)) => cookie::remembering(browser, redirect(&url)),
        Ok(Next::Replaces { account, form }) => {
            cookie::remembering(browser, pages::replace(&account, &form))
        }
        Err(why) => pages::refused(token::status(&why), &why),
    }
}

/// The provider as a person reads it.
fn provider(idp: &Idp) -> String {
    let issuer = url::Url::parse(&idp.settings().issuer).ok();
    let host = issuer.as_ref().and_then(url::Url::host_str);
    host.unwrap_or_default().to_owned()
}
