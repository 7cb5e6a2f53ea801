//! Who belongs, on a server in lockdown: read from the members of a space, else from people by their
//! id or address, within the reads of the call; it is kept for some minutes.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use webex::people::ListPeople;

use super::authors::Author;
use super::guard::Guard;
use crate::error::{CallError, Code};
use crate::limits;
use crate::scope::lockdown::Authors;
use crate::scope::{self, Fact, Person};

/// What one answer needed to know: whether somebody belongs, by id or address.
#[derive(Debug, Default)]
pub(super) struct Known {
    own: Option<Arc<Person>>,
    people: HashMap<String, bool>,
}

impl Guard {
    /// Whether somebody belongs, as far as it is known. Callers see what they wrote themselves.
    pub(super) fn verdict(
        &self,
        authors: &Authors,
        known: &Known,
        author: &Author,
    ) -> Option<bool> {
        let email = author.email.as_deref();
        let has_domain = email.is_some_and(|email| authors.has_domain_of(email));
        if has_domain || known.is_own(author) {
            return Some(true);
        }
        if !authors.organization && email.is_some() {
            return Some(false);
        }
        if authors.organization && author.org_id.is_some() {
            return Some(known.is_own_org(author.org_id.as_deref()));
        }
        let mut keys = [&author.id, &author.email].into_iter().flatten().peekable();
        if keys.peek().is_none() {
            return Some(false);
        }
        keys.find_map(|key| {
            let key = scope::key(key);
            let here = known.people.get(&key).copied();
            here.or_else(|| self.scoped.authors.get(&self.key(&key)))
        })
    }

    /// Reads who of these people belong, as far as it is not known.
    pub(super) async fn learned<'a>(
        &self,
        authors: &Authors,
        people: impl Iterator<Item = &'a Author> + Clone,
    ) -> Result<Known, CallError> {
        let nothing = Known::default();
        let belongs = |author| self.verdict(authors, &nothing, author) == Some(true);
        if people.clone().all(belongs) {
            return Ok(nothing);
        }
        let mut known = Known::of(self.own().await?);
        let open = |known: &Known| {
            let open = people.clone();
            let open = open.filter(|author| self.verdict(authors, known, author).is_none());
            open.cloned().collect::<Vec<_>>()
        };
        let rooms = open(&known).into_iter().filter_map(|one| one.room_id);
        for room_id in rooms.collect::<BTreeSet<_>>() {
            self.learn_members(authors, &mut known, &room_id).await?;
        }
        let ids = open(&known).into_iter().filter_map(|one| one.id);
        let ids: Vec<_> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        for some in ids.chunks(limits::PEOPLE_LOOKUP_IDS) {
            let query = ListPeople {
                id: Some(some.join(",")),
                ..ListPeople::default()
            };
            if !self.learn_people(authors, &mut known, &query, some).await? {
                return Ok(known);
            }
        }
        let emails = open(&known).into_iter().filter(|one| one.id.is_none());
        for email in emails.filter_map(|one| one.email).collect::<BTreeSet<_>>() {
            let query = ListPeople {
                email: Some(email.clone()),
                ..ListPeople::default()
            };
            let asked = [email];
            if !self
                .learn_people(authors, &mut known, &query, &asked)
                .await?
            {
                return Ok(known);
            }
        }
        Ok(known)
    }

    /// The caller, as far as it can be read.
    pub(super) async fn own(&self) -> Result<Option<Arc<Person>>, CallError> {
        let own = self.fact("me", Box::pin(self.read_me())).await;
        Ok(match unless_unreadable(own)? {
            Some(Fact::Person(own)) => Some(own),
            _ => None,
        })
    }

    /// What the members of a space tell. Who left it is not among them.
    async fn learn_members(
        &self,
        authors: &Authors,
        known: &mut Known,
        room_id: &str,
    ) -> Result<(), CallError> {
        let read = self.key(&format!("members {}", scope::key(room_id)));
        if self.scoped.authors.contains_key(&read) {
            return Ok(());
        }
        if let Some(members) = unless_unreadable(self.members(room_id).await)? {
            self.learn_all(authors, known, &members);
            self.scoped.authors.insert(read, true);
        }
        Ok(())
    }

    /// What Webex tells of people who were asked for in this way; whom it does not know is outside.
    /// Says whether people can be read.
    async fn learn_people(
        &self,
        authors: &Authors,
        known: &mut Known,
        query: &ListPeople,
        asked: &[String],
    ) -> Result<bool, CallError> {
        let Some(client) = self.another_read().await? else {
            return Ok(false);
        };
        let found = client.people().list(query).await;
        let Some(found) = unless_unreadable(found.map(Some).map_err(CallError::from))? else {
            return Ok(false);
        };
        for person in found.items {
            let emails = person.emails.into_iter().flatten();
            let person = Author {
                id: Some(person.id),
                // Somebody may be asked for by another address than the first.
                email: query.email.clone().or_else(|| emails.into_iter().next()),
                org_id: person.org_id,
                room_id: None,
            };
            self.learn_all(authors, known, &[person]);
        }
        for who in asked {
            if let Entry::Vacant(place) = known.people.entry(scope::key(who)) {
                self.scoped.authors.insert(self.key(place.key()), false);
                place.insert(false);
            }
        }
        Ok(true)
    }

    /// Keeps of each whether they belong, of whom all is known now.
    pub(super) fn learn_all(&self, authors: &Authors, known: &mut Known, people: &[Author]) {
        for person in people {
            let email = person.email.as_deref();
            let belongs = email.is_some_and(|email| authors.has_domain_of(email))
                || authors.organization && known.is_own_org(person.org_id.as_deref());
            for who in [&person.id, &person.email].into_iter().flatten() {
                let key = scope::key(who);
                self.scoped.authors.insert(self.key(&key), belongs);
                known.people.insert(key, belongs);
            }
        }
    }

    /// Whether nobody outside spoke, of those with these addresses.
    pub(super) async fn all_belong(&self, emails: BTreeSet<String>) -> Result<bool, CallError> {
        let Some(authors) = &self.scoped.scope.authors else {
            return Ok(true);
        };
        let people = emails.into_iter().map(|email| Author {
            email: Some(email),
            ..Author::default()
        });
        let people: Vec<_> = people.collect();
        let known = self.learned(authors, people.iter()).await?;
        let mut people = people.iter();
        Ok(people.all(|one| self.verdict(authors, &known, one) == Some(true)))
    }
}

/// Whether all of them belong; `None` where that of one is not known, and of none that it does not.
pub(super) fn all_of(verdicts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for verdict in verdicts {
        match verdict {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

impl Known {
    /// Nothing but who the caller is.
    pub fn of(own: Option<Arc<Person>>) -> Self {
        Known {
            own,
            ..Known::default()
        }
    }

    pub fn is_own(&self, author: &Author) -> bool {
        let is_same = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (Some(one), Some(other)) => scope::key(one) == scope::key(other),
            _ => false,
        };
        self.own.as_ref().is_some_and(|own| match author.id {
            Some(_) => is_same(&own.id, &author.id),
            None => is_same(&own.email, &author.email),
        })
    }

    /// Where nothing is known of one of the two, they are not the same.
    fn is_own_org(&self, org_id: Option<&str>) -> bool {
        let own = self.own.as_ref().and_then(|own| own.org_id.as_deref());
        match (own, org_id) {
            (Some(own), Some(org)) => scope::key(own) == scope::key(org),
            _ => false,
        }
    }
}

/// What the token may not read is not known.
pub(super) fn unless_unreadable<T>(
    read: Result<Option<T>, CallError>,
) -> Result<Option<T>, CallError> {
    match read {
        Err(error) => match error.code {
            Code::Forbidden | Code::NotFound | Code::InvalidArguments => Ok(None),
            _ => Err(error),
        },
        read => read,
    }
}
