//! What tests share that run a server in a process of its own, before a Webex in this one.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use reqwest::redirect::Policy;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use webex_mcp::edge::http::{Bounds, Proxies, serve};
use webex_sandbox::{Integration, Sandbox};

use crate::journey;

/// A server starts in a second or two, also on a machine with much to do.
const TRIES: usize = 800;
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

/// Serves a Webex until `drain`; gives its address.
pub fn webex(router: Router, drain: &CancellationToken) -> SocketAddr {
    let listener = TcpListener::from_std(journey::listener()).unwrap();
    let at = listener.local_addr().unwrap();
    let (bounds, proxies) = (Bounds::default(), Proxies::default());
    tokio::spawn(serve(listener, router, bounds, proxies, drain.clone()));
    at
}

/// Registers the integration with which people sign in.
pub fn register(sandbox: &Sandbox, (id, secret): (&str, &str), callback: String) {
    let mut integration = Integration::demo();
    integration.client_id = id.to_owned();
    integration.client_secret = secret.to_owned();
    integration.redirect_uris = vec![callback];
    sandbox.register(integration).unwrap();
}

/// A browser, or a client, that leaves it to its test where a redirect leads.
pub fn browser() -> reqwest::Client {
    let browser = reqwest::Client::builder().no_proxy();
    browser.redirect(Policy::none()).build().unwrap()
}

/// Waits until something is answered at this address.
pub async fn is_up(client: &reqwest::Client, url: &str) {
    for _ in 0..TRIES {
        if client.get(url).send().await.is_ok() {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    panic!("{url} did not come up");
}
