//! Asks the directory, and says to whom Webex answers what.

use webex::people::{self as api, ListPeople};

use super::Who;
use super::scan::scan;
use super::search::Found;
use crate::error::{CallError, Cause, Code};
use crate::limits::NAME_LOOKUP_PAGE_ENTRIES;
use crate::tool::{Context, Part, ShortId};

/// A part of those who fit the query and, where one is given, whose address is of the domain.
///
/// # Errors
/// `forbidden` where only administrators get an answer.
pub async fn look(
    context: &Context,
    query: ListPeople,
    domain: Option<&str>,
    part: &Part,
) -> Result<Found, CallError> {
    let is_about_everybody =
        query.email.is_none() && query.display_name.is_none() && query.id.is_none();
    let is_of_other_organization = query.org_id.is_some();
    let found = match domain {
        Some(domain) => of_domain(context, query, domain, part).await,
        None => listed(context, query, part).await,
    };
    found.map_err(|error| match status(&error) {
        Some(400 | 403) if is_about_everybody => for_administrators(error),
        Some(403) if is_of_other_organization => {
            error.advise("Only administrators of several organizations give orgId; leave it out.")
        }
        _ => error,
    })
}

async fn listed(context: &Context, mut query: ListPeople, part: &Part) -> Result<Found, CallError> {
    let part = context.opened(part)?;
    query.max = Some(part.page_size);
    let mut not_found_ids = Vec::new();
    let (people, asked, not_found) = (context.webex.people(), &query, &mut not_found_ids);
    let first = move || async move {
        let page = people.list(asked).await?;
        not_found.clone_from(&page.not_found_ids);
        Ok(page)
    };
    let entry = |person: api::Person| Some(Who::from(person));
    let listed = context.listed(&api::LIST, &query, part, first, entry);
    let (people, page) = listed.await?;
    Ok(Found {
        people,
        not_found_ids: not_found_ids.into_iter().map(ShortId::from).collect(),
        read: None,
        is_by_name: query.display_name.is_some(),
        page,
    })
}

async fn of_domain(
    context: &Context,
    mut query: ListPeople,
    domain: &str,
    part: &Part,
) -> Result<Found, CallError> {
    let start = context.position(part.cursor.as_deref())?;
    query.max = Some(NAME_LOOKUP_PAGE_ENTRIES);
    let is_of_it = |person: &api::Person| {
        let mut emails = person.emails.iter().flatten();
        emails.any(|email| {
            let own = email.rsplit_once('@');
            own.is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain))
        })
    };
    let start = start.unwrap_or_default();
    let scanned = scan(context, &query, start, part.entries(), is_of_it).await?;
    let page = context.page(scanned.people.len(), scanned.next.as_ref())?;
    Ok(Found {
        people: scanned.people,
        not_found_ids: Vec::new(),
        read: Some(scanned.read),
        is_by_name: query.display_name.is_some(),
        page,
    })
}

/// The domain of addresses, as people write it.
///
/// # Errors
/// `invalid_arguments` for what is none.
pub fn domain(given: &str) -> Result<&str, CallError> {
    let domain = given.trim();
    let domain = domain.strip_prefix('@').unwrap_or(domain);
    let is_label = |label: &str| {
        let is_of_label = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(is_of_label)
    };
    match domain.contains('.') && domain.split('.').all(is_label) {
        true => Ok(domain),
        false => Err(CallError::invalid(
            "emailDomain",
            "it is what stands behind the @ of an address, such as example.com",
        )),
    }
}

fn status(error: &CallError) -> Option<u16> {
    match error.cause.as_deref() {
        Some(Cause::Webex(error)) => error.status(),
        _ => None,
    }
}

fn for_administrators(mut error: CallError) -> CallError {
    error.code = Code::Forbidden;
    error.message = "Webex lists people without email or displayName only for administrators; to others it answers only an address or a name.".into();
    error.advise(
        "Give email (a whole address) or displayName (how the name begins), or ask an administrator.",
    )
}
