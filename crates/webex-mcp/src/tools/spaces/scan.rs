//! Reads the caller's spaces page by page for those that fit, within a budget, and can go on later.

use webex::rooms::{self, ListRooms, Room};

use super::Space;
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, Place, Rows};

/// Full pages that one search reads.
const MAX_PAGES: usize = limits::SEARCH_MAX_SPACES / limits::NAME_LOOKUP_PAGE_ENTRIES as usize;

/// What one search found.
#[derive(Debug)]
pub struct Scan {
    pub spaces: Vec<Space>,
    /// Spaces looked at.
    pub read: usize,
    /// Where to go on, unless everything was read.
    pub next: Option<Place>,
}

/// Up to `max` spaces that fit, from `start` on; `first` asks for the first page.
pub async fn scan(
    context: &Context,
    first: &ListRooms,
    start: Place,
    max: u32,
    fits: impl Fn(&Room) -> bool,
) -> Result<Scan, CallError> {
    let (mut found, mut read) = (Rows::new(max), 0);
    let mut next = Some(start);
    for _ in 0..MAX_PAGES {
        let Some(mut at) = next else { break };
        let list = context.webex.rooms();
        let page = context.webex_page(&rooms::LIST, first, &at, || list.list(first));
        let page = page.await?;
        next = match &page.next {
            Some(next) => Some(Place::at(next, first)?),
            None => None,
        };
        for (index, room) in page.items.into_iter().enumerate().skip(at.skip) {
            if found.is_full() {
                at.skip = index;
                return Ok(Scan {
                    spaces: found.rows,
                    read,
                    next: Some(at),
                });
            }
            read += 1;
            if fits(&room) {
                found.push(room.into());
            }
        }
        if next.is_some() {
            let note = "spaces read";
            context.progress.report(read as u64, None, note);
        }
    }
    Ok(Scan {
        spaces: found.rows,
        read,
        next,
    })
}
