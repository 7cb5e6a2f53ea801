//! Reads the caller's spaces page by page for those that fit, within a budget, and can go on later.

use serde::{Deserialize, Serialize};
use webex::rooms::{self, ListRooms, Room};
use webex::{NextPage, Page};

use super::Space;
use crate::error::CallError;
use crate::limits;
use crate::tool::Context;

/// Full pages that one search reads.
const MAX_PAGES: usize = limits::SEARCH_MAX_SPACES / limits::NAME_LOOKUP_PAGE_ENTRIES as usize;

/// Where a search goes on: in which of Webex's pages (none: the first), after how many of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Position {
    page: Option<String>,
    skip: usize,
}

/// What one search found.
#[derive(Debug, Default)]
pub struct Scan {
    pub spaces: Vec<Space>,
    /// Spaces looked at.
    pub read: usize,
    /// Where to go on, unless everything was read.
    pub next: Option<Position>,
}

/// Up to `max` spaces that fit, from `start` on; `first` asks for the first page.
pub async fn scan(
    context: &Context,
    first: &ListRooms,
    start: Position,
    max: usize,
    fits: impl Fn(&Room) -> bool,
) -> Result<Scan, CallError> {
    let mut scan = Scan::default();
    let mut at = start;
    for _ in 0..MAX_PAGES {
        let page = read(context, first, &at).await?;
        for (index, room) in page.items.into_iter().enumerate().skip(at.skip) {
            if scan.spaces.len() == max {
                at.skip = index;
                scan.next = Some(at);
                return Ok(scan);
            }
            scan.read += 1;
            if fits(&room) {
                scan.spaces.push(room.into());
            }
        }
        let Some(next) = page.next else {
            return Ok(scan);
        };
        at = Position {
            page: Some(next.as_str().to_owned()),
            skip: 0,
        };
        let read = scan.read as u64;
        context.progress.report(read, None, "spaces read");
    }
    scan.next = Some(at);
    Ok(scan)
}

async fn read(
    context: &Context,
    first: &ListRooms,
    at: &Position,
) -> Result<Page<Room>, CallError> {
    let webex = &context.webex;
    let page = match &at.page {
        Some(link) => {
            let next = NextPage::parse(webex.webex(), link)?;
            webex.next_page(&rooms::LIST, &next).await?
        }
        None => webex.rooms().list(first).await?,
    };
    Ok(page)
}
