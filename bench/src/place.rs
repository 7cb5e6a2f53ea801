//! Where a limit listens and where its Webex is: the same command line for all of them.

use std::net::SocketAddr;

use anyhow::Result;
use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

#[derive(Debug, clap::Args)]
pub struct Place {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The base of the Webex API, with `/v1`.
    #[arg(long)]
    pub upstream: String,
}

/// Listens, and prints the address first.
///
/// # Errors
/// The address is taken.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await?;
    println!("{}", listener.local_addr()?);
    Ok(listener)
}

/// Serves a router until the process ends.
///
/// # Errors
/// As [`listen`].
pub async fn serve(address: SocketAddr, router: Router) -> Result<()> {
    let listener = listen(address).await?.tap_io(|stream| {
        // Only answers wait longer without it; the measurement would show that.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}
