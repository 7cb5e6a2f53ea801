//! The page on which a person gives a program more scopes: a link that the program was told leads
//! here.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::form::Form;
use super::sign_in::{redirect, unreadable};
use super::{Desk, cookie, pages, token};
use crate::broker::{More, Refused};

#[derive(Deserialize)]
pub struct Link {
    link: String,
}

/// GET: shows what a program asks for.
pub async fn ask(
    State(desk): State<Desk>,
    headers: HeaderMap,
    link: Result<Query<Link>, QueryRejection>,
) -> Response {
    let asked = async {
        let Query(Link { link }) = link.map_err(|_| unreadable())?;
        let asking = desk.broker().asked_by(&link).await?;
        let server = desk.served(&asking.more.server).ok_or_else(not_served)?;
        let browser = cookie::word(&headers)?;
        let sealed = desk.broker().seal(&asking.more, &browser)?;
        let page = pages::more(&asking, &server.title, &sealed);
        Ok(cookie::remembering(&browser, page))
    };
    asked
        .await
        .unwrap_or_else(|why: Refused| pages::refused(token::status(&why), &why))
}

/// POST: the person agreed or declined.
pub async fn decide(State(desk): State<Desk>, headers: HeaderMap, body: Body) -> Response {
    let decided = async {
        let mut form = Form::read(&headers, body).await?;
        let browser = cookie::read(&headers).unwrap_or_default();
        let sealed = form.take("request").unwrap_or_default();
        let more: More = desk.broker().unseal(&sealed, browser)?;
        match form.take("decision").as_deref() {
            Some(pages::ACCEPT) => {
                let url = desk.broker().agreed_to_more(more, browser).await?;
                Ok(cookie::remembering(browser, redirect(&url)))
            }
            _ => {
                desk.broker().declined_more(&more).await?;
                Ok(pages::declined())
            }
        }
    };
    decided
        .await
        .unwrap_or_else(|why: Refused| pages::refused(token::status(&why), &why))
}

fn not_served() -> Refused {
    Refused::invalid_request("The server that this link is for is no longer here.")
}
