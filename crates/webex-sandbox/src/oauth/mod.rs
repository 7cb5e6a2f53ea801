//! OAuth for Webex's integrations: consent, codes, tokens, devices, and the person who signed in.
//!
//! There are no passwords: anyone who opens a consent page chooses a person. Errors have Webex's
//! form; their description starts with OAuth's word for them.

mod authorize;
mod device;
mod form;
mod pages;
mod pkce;
mod tokens;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use crate::Sandbox;
use crate::request::Routes;

/// The page on which people type in the code of a device.
const DEVICE_PAGE_PATH: &str = "/device";

pub(crate) fn routes() -> Router<Sandbox> {
    let pages = Router::new()
        .route("/authorize", get(authorize::ask).post(authorize::decide))
        .route(DEVICE_PAGE_PATH, get(device::ask).post(device::decide))
        .layer(from_fn(pages::for_browsers));
    Router::new()
        .merge(pages)
        .route("/access_token", post(tokens::exchange))
        .route("/device/authorize", post(device::authorize))
        .route("/device/token", post(device::token))
        .merge(Routes::default().get("/userinfo", tokens::user_info))
}
