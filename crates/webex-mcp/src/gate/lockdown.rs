//! Takes out of answers what people outside wrote, on a server in lockdown: here, where every answer
//! of Webex passes, so that no tool can forget it.
//!
//! Who belongs is read from the members of the space that a row is of, else from people by their id
//! or address, within the reads of the call; it is kept for some minutes.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;
use webex::Repeat;
use webex::around::About;
use webex::memberships::{self, ListMemberships};
use webex::participants::{self, ListParticipants};
use webex::people::ListPeople;

use super::asked::Asked;
use super::authors::{Author, authors_of, strip};
use super::guard::Guard;
use crate::error::{CallError, Code};
use crate::identity::CredentialTag;
use crate::limits;
use crate::scope::lockdown::{Authors, withheld};
use crate::scope::reach::{Place, Row};
use crate::scope::{self, Fact, Person};

/// What one answer needed to know: whether somebody belongs, by id or address.
#[derive(Debug, Default)]
struct Known {
    own: Option<Arc<Person>>,
    people: HashMap<String, bool>,
}

impl Guard {
    /// Takes out of the rows of an answer what people outside wrote, and counts it; says whether
    /// there was any. `is_list`: rows may go as a whole.
    pub(super) async fn lock_down(
        &self,
        row: Row,
        rows: &mut Vec<Value>,
        is_list: bool,
        about: &About<'_>,
    ) -> Result<bool, CallError> {
        let (Some(authors), Some(withheld)) = (&self.scoped.scope.authors, withheld(row)) else {
            return Ok(false);
        };
        let written = self.written(row, rows, about).await;
        let learned = match &written {
            Some(written) => self.learned(authors, written.iter().flatten()).await,
            None => Ok(Known::default()),
        };
        let known = match (learned, about.operation.repeat) {
            (Ok(known), _) => known,
            // It is done already: what cannot be read now counts as outside.
            (Err(_), Repeat::Write) => Known::default(),
            (Err(error), Repeat::Read) => return Err(error),
        };
        let belongs = |author: &Author| self.verdict(authors, &known, author) == Some(true);
        let is_inside = |at: usize| {
            let of_row = written.as_ref().and_then(|written| written.get(at));
            of_row.is_some_and(|of_row| !of_row.is_empty() && of_row.iter().all(belongs))
        };
        let mut count = 0;
        let mut kept = Vec::with_capacity(rows.len());
        for (at, mut item) in std::mem::take(rows).into_iter().enumerate() {
            if is_inside(at) {
                kept.push(item);
            } else if is_list && withheld.is_whole {
                count += 1;
            } else {
                count += u64::from(strip(&mut item, withheld));
                kept.push(item);
            }
        }
        *rows = kept;
        self.count_withheld(withheld.what, count);
        Ok(count > 0)
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

    /// Who wrote each of the rows; all of them have to belong. `None` where that cannot be known.
    async fn written(
        &self,
        row: Row,
        rows: &[Value],
        about: &About<'_>,
    ) -> Option<Vec<Vec<Author>>> {
        if row == Row::Summary {
            let of_meeting = Asked::of(about).values(Place::Query("meetingId"));
            let everybody = self.everybody_in(of_meeting.first()?).await.ok()??;
            return Some(vec![everybody; rows.len()]);
        }
        let mut all = Vec::with_capacity(rows.len());
        for item in rows {
            let is_direct = item.get("type").and_then(Value::as_str) == Some("direct");
            all.push(match row {
                // Its title is the name of the other person.
                Row::Space if is_direct => self.direct_authors(item).await,
                Row::Space if !self.all_in_belong(item).await => Vec::new(),
                _ => authors_of(row, item),
            });
        }
        Some(all)
    }

    /// Everybody who was in a meeting: a summary is of what any of them said.
    async fn everybody_in(&self, meeting_id: &str) -> Result<Option<Vec<Author>>, CallError> {
        let query = ListParticipants {
            meeting_id: meeting_id.to_owned(),
            max: Some(limits::LIST_MAX_ENTRIES),
            ..ListParticipants::default()
        };
        let Some(mut client) = self.another_read().await? else {
            return Ok(None);
        };
        let mut page = client.participants().list(&query).await?;
        let mut everybody = Vec::new();
        loop {
            everybody.extend(page.items.into_iter().map(|one| Author {
                email: one.email,
                org_id: one.org_id,
                ..Author::default()
            }));
            let Some(next) = page.next else {
                return Ok(Some(everybody));
            };
            client = match self.another_read().await? {
                Some(client) => client,
                None => return Ok(None),
            };
            let next = next.asking(&query)?;
            page = client.next_page(&participants::LIST, &next).await?;
        }
    }

    /// Who gave a direct space its title: the other person, who may have made it or not.
    async fn direct_authors(&self, item: &Value) -> Vec<Author> {
        let Some(id) = item.get("id").and_then(Value::as_str) else {
            return Vec::new();
        };
        let read = Box::pin(self.read_others(id));
        match self.fact(&format!("others {id}"), read).await {
            Ok(Some(Fact::Direct(others))) => others.iter().map(Author::from).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether all members of a group space belong: each of them may have given it its title.
    async fn all_in_belong(&self, item: &Value) -> bool {
        let id = item.get("id").and_then(Value::as_str);
        let (Some(authors), Some(id)) = (&self.scoped.scope.authors, id) else {
            return false;
        };
        let mut known = Known::default();
        if let Ok(Some(Fact::Person(own))) = self.fact("me", Box::pin(self.read_me())).await {
            known.own = Some(own);
        }
        let learned = self.learn_members(authors, &mut known, id).await;
        learned.is_ok() && self.scoped.authors.get(&self.members_key(id)) == Some(true)
    }

    fn members_key(&self, room_id: &str) -> (CredentialTag, String) {
        self.key(&format!("members {}", scope::key(room_id)))
    }

    /// Whether somebody belongs, as far as it is known. Callers see what they wrote themselves.
    fn verdict(&self, authors: &Authors, known: &Known, author: &Author) -> Option<bool> {
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
    async fn learned<'a>(
        &self,
        authors: &Authors,
        people: impl Iterator<Item = &'a Author> + Clone,
    ) -> Result<Known, CallError> {
        let mut known = Known::default();
        let belongs = |author| self.verdict(authors, &known, author) == Some(true);
        if people.clone().all(belongs) {
            return Ok(known);
        }
        let own = self.fact("me", Box::pin(self.read_me())).await;
        if let Some(Fact::Person(own)) = unless_unreadable(own)? {
            known.own = Some(own);
        }
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

    /// What the members of a space tell. Who left it is not among them.
    async fn learn_members(
        &self,
        authors: &Authors,
        known: &mut Known,
        room_id: &str,
    ) -> Result<(), CallError> {
        let read = self.members_key(room_id);
        if self.scoped.authors.contains_key(&read) {
            return Ok(());
        }
        let query = ListMemberships {
            room_id: Some(room_id.to_owned()),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListMemberships::default()
        };
        let (mut next, mut all_belong) = (None, true);
        for _ in 0..limits::LOCKDOWN_MEMBER_PAGES {
            let Some(client) = self.another_read().await? else {
                return Ok(());
            };
            let page = match &next {
                None => client.memberships().list(&query).await,
                Some(next) => client.next_page(&memberships::LIST, next).await,
            };
            let Some(page) = unless_unreadable(page.map(Some).map_err(CallError::from))? else {
                return Ok(());
            };
            for member in page.items {
                let person = Person {
                    id: member.person_id,
                    email: member.person_email,
                    org_id: member.person_org_id,
                };
                let belongs = self.learn(authors, known, &person);
                all_belong &= belongs || known.is_own(&Author::from(&person));
            }
            next = match page.next {
                Some(more) => Some(more.asking(&query)?),
                None => None,
            };
            if next.is_none() {
                break;
            }
        }
        // Nobody knows who is on the pages that were not read.
        self.scoped
            .authors
            .insert(read, all_belong && next.is_none());
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
            let person = Person {
                id: Some(person.id),
                // Somebody may be asked for by another address than the first.
                email: query.email.clone().or_else(|| emails.into_iter().next()),
                org_id: person.org_id,
            };
            self.learn(authors, known, &person);
        }
        for who in asked {
            if let Entry::Vacant(place) = known.people.entry(scope::key(who)) {
                self.scoped.authors.insert(self.key(place.key()), false);
                place.insert(false);
            }
        }
        Ok(true)
    }

    /// Keeps whether somebody belongs, and says so.
    fn learn(&self, authors: &Authors, known: &mut Known, person: &Person) -> bool {
        let email = person.email.as_deref();
        let belongs = email.is_some_and(|email| authors.has_domain_of(email))
            || authors.organization && known.is_own_org(person.org_id.as_deref());
        for who in [&person.id, &person.email].into_iter().flatten() {
            let key = scope::key(who);
            self.scoped.authors.insert(self.key(&key), belongs);
            known.people.insert(key, belongs);
        }
        belongs
    }

    fn count_withheld(&self, what: &'static str, count: u64) {
        if count > 0 {
            *self.withheld.lock().entry(what).or_default() += count;
        }
    }
}

impl Known {
    fn is_own(&self, author: &Author) -> bool {
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
fn unless_unreadable<T>(read: Result<Option<T>, CallError>) -> Result<Option<T>, CallError> {
    match read {
        Err(error) => match error.code {
            Code::Forbidden | Code::NotFound | Code::InvalidArguments => Ok(None),
            _ => Err(error),
        },
        read => read,
    }
}
