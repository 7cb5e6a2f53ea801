//! Long lists and large files: what the client holds of them at most.

use std::path::Path;

use anyhow::{Result, ensure};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use webex::Upload;
use webex::memberships::{self, ListMemberships, Membership};
use webex::messages::{CreateMessage, Destination};
use webex_bench::{process, world};

use crate::calls::ours;

/// Pages after which buffers and the allocator have their size.
const SETTLED_PAGES: u64 = 20;

/// The most memory that this process has had, in KiB; the kernel counts it a little behind.
fn peak_kib() -> Result<i64> {
    Ok(i64::try_from(
        process::memory(std::process::id())?.peak_kib,
    )?)
}

/// Reads a list of a million memberships.
pub async fn pages(upstream: &str) -> Result<Value> {
    let client = ours(upstream)?;
    let query = ListMemberships {
        max: Some(1_000),
        ..ListMemberships::default()
    };
    let before_kib = peak_kib()?;
    let mut page = client.memberships().list(&query).await?;
    let (mut items, mut pages, mut settled_kib) = (0, 0_u64, 0);
    loop {
        items += page.items.len();
        pages += 1;
        if pages == SETTLED_PAGES {
            settled_kib = peak_kib()?;
        }
        let Some(next) = page.next.take() else { break };
        // Only one page is there at a time.
        drop(page);
        page = client
            .next_page::<Membership>(&memberships::LIST, &next)
            .await?;
    }
    ensure!(pages > SETTLED_PAGES, "the list has only {pages} pages");
    let peak_kib = peak_kib()?;
    Ok(json!({
        "items": items,
        "pages": pages,
        "held_kib": peak_kib - before_kib,
        "growth_kib": peak_kib - settled_kib,
    }))
}

/// Downloads the file of 100 MB.
pub async fn download(upstream: &str) -> Result<Value> {
    let client = ours(upstream)?;
    let url = format!("{upstream}/contents/{}", world::id("CONTENT", 0));
    let before_kib = peak_kib()?;
    let download = client.contents().get(&url, false).await?;
    let count = |bytes: u64, piece: bytes::Bytes| async move { Ok(bytes + piece.len() as u64) };
    let bytes = download.stream.try_fold(0, count).await?;
    Ok(json!({ "bytes": bytes, "growth_kib": peak_kib()? - before_kib }))
}

/// Uploads a file.
pub async fn upload(upstream: &str, path: &Path) -> Result<Value> {
    let client = ours(upstream)?;
    let before_kib = peak_kib()?;
    let upload = Upload::from_path("plan.pdf", "application/pdf", path).await?;
    let message = CreateMessage::to(Destination::Room(world::id("ROOM", 0)));
    client.messages().upload(&message, &upload).await?;
    Ok(json!({ "growth_kib": peak_kib()? - before_kib }))
}
