//! Lists in answers: never more entries than were asked for, never more bytes than an answer holds,
//! and a cursor to the very next entry, whatever Webex put on its page.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use webex::{Asked, NextPage, Page, WebexError};

use super::{Context, PageInfo, Part};
use crate::error::CallError;
use crate::limits;
use crate::text::{Lines, Render};

/// Names, separators and short values of an entry, about.
const ROW_LABELS_BYTES: usize = 120;

/// Where a list goes on: in which of Webex's pages (none: the first), after how many of it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What Webex's link to the page says beyond the query: the query comes with every call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    pub skip: usize,
    /// The size that page was asked with, where the list goes on within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl Place {
    /// The start of the page that follows, of a list that is asked with `query`.
    ///
    /// # Errors
    /// `internal` for a query that no URL can hold.
    pub fn at(next: &NextPage, query: &impl Serialize) -> Result<Self, CallError> {
        Ok(Place {
            page: Some(next.beyond(query)?.as_str().to_owned()),
            ..Place::default()
        })
    }
}

/// A part of a list as its cursor opened it.
#[derive(Debug)]
pub struct Opened {
    place: Place,
    entries: u32,
    /// How many items Webex is asked for.
    pub page_size: u32,
}

/// An entry of a list.
pub trait Row {
    /// Bytes of its values in the text block, about: [`lengths`] of what is plain, and
    /// [`super::Theirs::shown_bytes`].
    fn bytes(&self) -> usize;
}

/// The entries of a list; `none` says in words that there is none.
pub fn render_rows(out: &mut Lines, rows: &[impl Render], none: &str) {
    for row in rows {
        row.render(out);
        out.gap();
    }
    if rows.is_empty() {
        out.line(&[none]);
    }
}

/// The items of a work. What went wrong has to be read, so it stands first.
pub fn render_failed_first<R: Render>(out: &mut Lines, items: &[R], failed: impl Fn(&R) -> bool) {
    let (failed, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| failed(item));
    for item in failed.into_iter().chain(others) {
        out.gap();
        item.render(out);
    }
}

/// Bytes of plain values.
pub fn lengths<const N: usize>(values: [Option<&str>; N]) -> usize {
    values.into_iter().flatten().map(str::len).sum()
}

/// The entries of one answer, until it is full.
#[derive(Debug)]
pub struct Rows<R> {
    pub rows: Vec<R>,
    max: usize,
    bytes: usize,
}

impl<R: Row> Rows<R> {
    /// Room for `max` entries.
    pub fn new(max: u32) -> Self {
        Rows {
            rows: Vec::new(),
            max: max as usize,
            bytes: 0,
        }
    }

    pub fn push(&mut self, row: R) {
        self.bytes += ROW_LABELS_BYTES + row.bytes();
        self.rows.push(row);
    }

    /// By number or by bytes; the entry that filled it is in.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= self.max || self.bytes >= limits::LIST_FULL_BYTES
    }
}

impl Context {
    /// Opens the part of a list that is wanted.
    ///
    /// # Errors
    /// As of [`Context::position`].
    pub fn opened(&self, part: &Part) -> Result<Opened, CallError> {
        let place: Place = self.position(part.cursor.as_deref())?.unwrap_or_default();
        let entries = part.entries();
        Ok(Opened {
            page_size: place.max.unwrap_or(entries),
            entries,
            place,
        })
    }

    /// One page of Webex's list from where the cursor points, or from the `first`. Every page is
    /// asked with `query`; `asked` is the operation, or the query of a list that also takes headers
    /// or a body. `row` makes an entry of an item, and ends the list with `None`.
    ///
    /// # Errors
    /// Whatever Webex refuses.
    pub async fn listed<T: DeserializeOwned, R: Row, F>(
        &self,
        asked: &impl Asked,
        query: &impl Serialize,
        part: Opened,
        first: impl FnOnce() -> F,
        mut row: impl FnMut(T) -> Option<R>,
    ) -> Result<(Vec<R>, PageInfo), CallError>
    where
        F: Future<Output = Result<Page<T>, WebexError>>,
    {
        let mut place = part.place;
        let page = self.webex_page(asked, query, &place, first).await?;
        let mut taken = Rows::new(part.entries);
        let mut next = match &page.next {
            Some(next) => Some(Place::at(next, query)?),
            None => None,
        };
        for (index, item) in page.items.into_iter().enumerate().skip(place.skip) {
            if taken.is_full() {
                place.skip = index;
                place.max = Some(part.page_size);
                next = Some(place);
                break;
            }
            match row(item) {
                Some(row) => taken.push(row),
                None => {
                    next = None;
                    break;
                }
            }
        }
        let info = self.page(taken.rows.len(), next.as_ref())?;
        Ok((taken.rows, info))
    }

    /// The page of a list that a place lies in.
    ///
    /// # Errors
    /// Whatever Webex refuses.
    pub async fn webex_page<T: DeserializeOwned, F>(
        &self,
        asked: &impl Asked,
        query: &impl Serialize,
        place: &Place,
        first: impl FnOnce() -> F,
    ) -> Result<Page<T>, CallError>
    where
        F: Future<Output = Result<Page<T>, WebexError>>,
    {
        let page = match &place.page {
            Some(next) => {
                let next = NextPage::parse(self.webex.webex(), next)?.asking(query)?;
                self.webex.next_page(asked, &next).await?
            }
            None => first().await?,
        };
        Ok(page)
    }
}
