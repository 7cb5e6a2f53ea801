//! Reads the directory page by page for those who fit, within a budget, and can go on later.

use std::time::Duration;

use tokio::time::Instant;
use webex::people::{self as api, ListPeople};

use super::Who;
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, Place, Rows};

/// What one search found.
#[derive(Debug)]
pub struct Scan {
    pub people: Vec<Who>,
    /// People looked at.
    pub read: usize,
    /// Where to go on, unless everybody was read.
    pub next: Option<Place>,
}

/// Up to `max` people who fit, from `start` on, until the budget is used up.
pub async fn scan(
    context: &Context,
    query: &ListPeople,
    start: Place,
    max: u32,
    fits: impl Fn(&api::Person) -> bool,
) -> Result<Scan, CallError> {
    let until = Instant::now() + Duration::from_secs(limits::SCAN_MAX_SECONDS);
    let (mut found, mut read) = (Rows::new(max), 0);
    let mut next = Some(start);
    while let Some(mut at) = next.take() {
        let list = context.webex.people();
        let page = context.webex_page(&api::LIST, query, &at, || list.list(query));
        let page = page.await?;
        if let Some(following) = &page.next {
            next = Some(Place::at(following, query)?);
        }
        for (index, person) in page.items.into_iter().enumerate().skip(at.skip) {
            if found.is_full() {
                at.skip = index;
                return Ok(Scan {
                    people: found.rows,
                    read,
                    next: Some(at),
                });
            }
            read += 1;
            if fits(&person) {
                found.push(person.into());
            }
        }
        if read >= limits::SEARCH_MAX_PEOPLE || Instant::now() >= until {
            break;
        }
        let total = limits::SEARCH_MAX_PEOPLE as u64;
        let note = "people read";
        context.progress.report(read as u64, Some(total), note);
    }
    Ok(Scan {
        people: found.rows,
        read,
        next,
    })
}
