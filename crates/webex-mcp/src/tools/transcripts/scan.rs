//! Looks through the snippets of a transcript for those that are wanted, within a budget.

use std::time::Duration;

use tokio::time::Instant;
use webex::transcripts::snippets;

use super::Snippet;
use crate::error::CallError;
use crate::limits::{SCAN_MAX_SECONDS, SNIPPET_PAGE_ENTRIES, SNIPPETS_MAX_READ};
use crate::text;
use crate::tool::{Context, Place, Rows};

/// Which snippets are wanted; all of them without words.
#[derive(Debug, Default)]
pub struct Wanted {
    speaker: Option<String>,
    text: Option<String>,
}

impl Wanted {
    /// Both are compared as a reader does.
    pub fn new(speaker: Option<&str>, text: Option<&str>) -> Self {
        let folded = |words: Option<&str>| words.map(|words| text::fold(words.trim()));
        Wanted {
            speaker: folded(speaker),
            text: folded(text),
        }
    }

    pub fn is_all(&self) -> bool {
        self.speaker.is_none() && self.text.is_none()
    }

    fn has(&self, snippet: &snippets::Snippet) -> bool {
        let is_in = |wanted: &Option<String>, words: [&Option<String>; 2]| {
            wanted.as_ref().is_none_or(|wanted| {
                let mut words = words.into_iter().flatten();
                words.any(|words| text::fold(words).contains(wanted.as_str()))
            })
        };
        is_in(&self.speaker, [&snippet.person_name, &snippet.person_email])
            && is_in(&self.text, [&snippet.text, &None])
    }
}

/// What was found.
#[derive(Debug)]
pub struct Scan {
    pub snippets: Vec<Snippet>,
    /// Snippets looked at.
    pub read: usize,
    /// Where to go on, unless everything was read.
    pub next: Option<Place>,
}

/// Up to `max` snippets that are wanted, from `start` on.
pub async fn scan(
    context: &Context,
    transcript_id: &str,
    start: Place,
    max: u32,
    wanted: &Wanted,
) -> Result<Scan, CallError> {
    let until = Instant::now() + Duration::from_secs(SCAN_MAX_SECONDS);
    let query = [("max", Some(SNIPPET_PAGE_ENTRIES))];
    let (mut found, mut read) = (Rows::new(max), 0);
    let mut next = Some(start);
    let may_read = |read: usize| read < SNIPPETS_MAX_READ && Instant::now() < until;
    while let Some(mut at) = next.take_if(|_| !found.is_full() && may_read(read)) {
        let list = context.webex.transcripts();
        let first = || list.snippets(transcript_id, Some(SNIPPET_PAGE_ENTRIES));
        let page = context.webex_page(&snippets::LIST, &query, &at, first);
        let page = page.await?;
        next = match &page.next {
            Some(next) => Some(Place::at(next, &query)?),
            None => None,
        };
        for (index, item) in page.items.into_iter().enumerate().skip(at.skip) {
            if found.is_full() {
                at.skip = index;
                return Ok(Scan {
                    snippets: found.rows,
                    read,
                    next: Some(at),
                });
            }
            read += 1;
            if wanted.has(&item) {
                found.push(Snippet::listed(item));
            }
        }
        context.progress.report(read as u64, None, "snippets read");
    }
    Ok(Scan {
        snippets: found.rows,
        read,
        next,
    })
}
