//! Lists in pages: a `Link` header whose next URL contains an opaque cursor.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, HeaderValue, LINK};
use serde::Serialize;

use crate::problem::{Problem, Result};
use crate::request::{Call, Reply};
use crate::rules::caller::Caller;
use crate::table::Key;

/// The size of a room or a message as JSON; a larger item only makes the body grow.
const USUAL_ITEM_BYTES: usize = 768;

/// Where the next page starts: after this sort value and, among equal ones, this ordinal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub(crate) sort: i64,
    pub(crate) ordinal: u32,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = String::from_utf8(bytes).ok()?;
        let (sort, ordinal) = plain.split_once(':')?;
        Some(Cursor {
            sort: sort.parse().ok()?,
            ordinal: ordinal.parse().ok()?,
        })
    }

    /// The place of an ordinal in a list by ordinal.
    pub(crate) fn at(ordinal: u32) -> Self {
        Cursor { sort: 0, ordinal }
    }

    pub(crate) fn encode(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{}", self.sort, self.ordinal))
    }
}

/// The limits of most lists of messaging. They were observed in clients; Webex documents few.
const DEFAULT_MANY_ITEMS: usize = 100;
const MAX_MANY_ITEMS: usize = 1_000;

/// The limits of the lists about meetings, as Webex documents them.
const DEFAULT_FEW_ITEMS: usize = 10;
const MAX_FEW_ITEMS: usize = 100;

impl Call {
    /// A page of 100 items by default, of at most 1,000.
    pub(crate) fn many(&self) -> Result<PageRequest> {
        self.within(DEFAULT_MANY_ITEMS, MAX_MANY_ITEMS)
    }

    /// A page of 10 items by default, of at most 100.
    pub(crate) fn few(&self) -> Result<PageRequest> {
        self.within(DEFAULT_FEW_ITEMS, MAX_FEW_ITEMS)
    }

    /// A page of a list with its own limits.
    pub(crate) fn within(&self, default: usize, limit: usize) -> Result<PageRequest> {
        let (max, cursor) = (self.parameter("max")?, self.parameter("cursor")?);
        PageRequest::new(max.as_deref(), cursor.as_deref(), default, limit)
    }
}

/// How many items a caller wants, and after which one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageRequest {
    pub(crate) max: usize,
    pub(crate) after: Option<Cursor>,
}

impl PageRequest {
    /// Reads `max` and `cursor`; a `max` above the limit is silently reduced, as in Webex.
    pub(crate) fn new(
        max: Option<&str>,
        cursor: Option<&str>,
        default: usize,
        limit: usize,
    ) -> Result<Self> {
        let max = match max {
            None | Some("null") => default,
            Some(text) => match text.parse::<u64>() {
                Ok(asked) if asked > 0 => usize::try_from(asked).unwrap_or(limit).min(limit),
                _ => return Err(Problem::bad_request("max must be a positive integer.")),
            },
        };
        let after = cursor.and_then(Cursor::parse);
        Problem::bad_request("The cursor is not valid.")
            .when(cursor.is_some() && after.is_none())?;
        Ok(PageRequest { max, after })
    }

    /// The first ordinal of the page, in a list by ordinal.
    pub(crate) fn start(&self) -> u32 {
        let after = self.after.map(|after| after.ordinal);
        after.map_or(0, |after| after.saturating_add(1))
    }

    /// Takes one page from candidates that already start after the cursor.
    pub(crate) fn cut<C, T>(
        &self,
        candidates: impl Iterator<Item = (Cursor, C)>,
        mut show: impl FnMut(C) -> Option<T>,
    ) -> Page<T> {
        let mut items = Vec::new();
        let mut last = None;
        for (cursor, candidate) in candidates {
            let Some(item) = show(candidate) else {
                continue;
            };
            if items.len() == self.max {
                return Page { items, next: last };
            }
            items.push(item);
            last = Some(cursor);
        }
        Page { items, next: None }
    }

    /// Takes one page from rows in an order of their own: after the last one shown or, if that one
    /// is gone, after its position.
    pub(crate) fn cut_sorted<R, T>(
        &self,
        rows: Vec<(Key<R>, &R)>,
        show: impl Fn(Key<R>, &R) -> Option<T>,
    ) -> Page<T> {
        let start = self.after.map_or(0, |after| {
            let mut keys = rows.iter().map(|(key, _)| key.ordinal());
            let last = keys.position(|ordinal| ordinal == after.ordinal);
            last.map_or(usize::try_from(after.sort).unwrap_or_default(), |at| at + 1)
        });
        let placed = rows.into_iter().zip(0..).skip(start);
        let placed = placed.map(|((key, row), sort)| {
            let ordinal = key.ordinal();
            (Cursor { sort, ordinal }, (key, row))
        });
        self.cut(placed, |(key, row)| show(key, row))
    }

    /// Takes one page from rows in this order.
    pub(crate) fn cut_rows<'w, R: 'w, T>(
        &self,
        first: First,
        rows: impl IntoIterator<Item = (Key<R>, &'w R)>,
        show: impl FnMut((Key<R>, &'w R)) -> Option<T>,
    ) -> Page<T> {
        let placed = rows.into_iter();
        let placed = placed.map(|(key, row)| (Cursor::at(key.ordinal()), (key, row)));
        let rest = placed.filter(|(cursor, _)| match (self.after, first) {
            (None, _) => true,
            (Some(after), First::Oldest) => cursor.ordinal > after.ordinal,
            (Some(after), First::Newest) => cursor.ordinal < after.ordinal,
        });
        self.cut(rest, show)
    }
}

/// Which rows come first in a list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum First {
    Oldest,
    Newest,
}

#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Cursor>,
}

impl<T: Serialize + 'static> Reply for Page<T> {
    fn reply(self, caller: &Caller) -> Response {
        self.answer_with(caller, ())
    }
}

impl<T: Serialize> Page<T> {
    /// All items of a list that has no other page.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Page { items, next: None }
    }

    /// The answer, with a link to the next page if there is one, and with fields beside the items.
    pub(crate) fn answer_with(self, caller: &Caller, beside: impl Serialize) -> Response {
        #[derive(Serialize)]
        struct Items<T, B> {
            items: Vec<T>,
            #[serde(flatten)]
            beside: B,
        }
        let Page { items, next } = self;
        let link = next.map(|cursor| link_to(caller, cursor));
        // Into a vector: lists are large, and the buffer of axum's `Json` took a tenth of their
        // cost.
        let mut body = Vec::with_capacity(items.len() * USUAL_ITEM_BYTES);
        let items = Items { items, beside };
        if serde_json::to_writer(&mut body, &items).is_err() {
            return Problem::vanished().into_response();
        }
        let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
        if let Some(Ok(link)) = link.map(|link| HeaderValue::from_str(&link)) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

fn link_to(caller: &Caller, cursor: Cursor) -> String {
    let query = caller.query.as_deref().unwrap_or_default().split('&');
    let kept = query.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let kept: String = kept.map(|pair| format!("{pair}&")).collect();
    let (base, path, cursor) = (&caller.base, &caller.path, cursor.encode());
    format!("<{base}{path}?{kept}cursor={cursor}>; rel=\"next\"")
}
