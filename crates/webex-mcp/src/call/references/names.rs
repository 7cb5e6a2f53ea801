//! Finds the id of a reference: ids by their form, links and uuids by comparison, names in Webex's
//! lists, within bounds.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use webex::id::{self, ResourceId};
use webex::rooms::{self, ListRooms, Room, RoomOrder};
use webex::teams::ListTeams;

use super::fit::{Fit, Verdict, ambiguous, decide};
use super::forms::{Target, addressed, as_id, link_target};
use super::{Beside, Looking};
use crate::error::{CallError, Candidate, Cause, Code};
use crate::identity::{Caller, CredentialTag, Principal};
use crate::limits;
use crate::text;
use crate::tool::Effect;

/// What a reference refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::call) enum Kind {
    Space,
    Person,
    Team,
    Meeting,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Kind::Space => "space",
            Kind::Person => "person",
            Kind::Team => "team",
            Kind::Meeting => "meeting",
        }
    }

    /// What links and our own addresses call such things.
    pub(super) const fn folder(self) -> &'static str {
        match self {
            Kind::Space => "spaces",
            Kind::Person => "people",
            Kind::Team => "teams",
            Kind::Meeting => "meetings",
        }
    }

    /// The type inside an id of this kind; a meeting's id has none.
    pub(super) const fn id_type(self) -> &'static str {
        match self {
            Kind::Space => "ROOM",
            Kind::Person => "PEOPLE",
            Kind::Team => "TEAM",
            Kind::Meeting => "",
        }
    }
}

/// What a reference was resolved to.
#[derive(Debug)]
pub(super) enum Found {
    Id(String),
    /// An id, with other facts about the thing.
    Named(Named),
    /// Several things fit: the caller has to choose.
    Several(Vec<Candidate>, CallError),
}

impl Found {
    fn id(&self) -> Option<&str> {
        match self {
            Found::Id(id) => Some(id),
            Found::Named(named) => Some(&named.id),
            Found::Several(..) => None,
        }
    }

    fn several(of: &[Named], error: CallError) -> Self {
        Found::Several(of.iter().map(Candidate::from).collect(), error)
    }
}

/// Names found recently, for reads; see [`limits::NAME_MEMORY_SECONDS`]. A call that changes
/// something looks again: the name may belong to something else by now.
#[derive(Debug)]
pub struct Names {
    found: moka::sync::Cache<Key, Arc<str>>,
}

/// A narrow token of a person must not see what a broad token found.
type Key = (Principal, CredentialTag, Kind, String);

/// One thing in a list that a name may mean.
#[derive(Debug)]
pub(super) struct Named {
    pub id: String,
    pub name: String,
    /// Only people have an address and an organization.
    pub email: Option<String>,
    pub org_id: Option<String>,
    /// What tells it from others of its name.
    pub detail: Option<String>,
}

impl Named {
    pub(super) fn thing(name: String, id: String) -> Self {
        Named {
            id,
            name,
            email: None,
            org_id: None,
            detail: None,
        }
    }

    /// Whether this is exactly its name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        text::fold(&self.name) == text::fold(name)
    }
}

/// What a search of Webex's list found.
pub(super) struct Seen {
    pub fitting: Vec<Named>,
    pub read: usize,
    pub whole: bool,
}

impl Default for Names {
    fn default() -> Self {
        Names {
            found: moka::sync::Cache::builder()
                .max_capacity(limits::NAMES_REMEMBERED)
                .time_to_live(Duration::from_secs(limits::NAME_MEMORY_SECONDS))
                .build(),
        }
    }
}

impl Names {
    fn key(caller: &Caller, kind: Kind, reference: &str) -> Option<Key> {
        // Nothing is stored whose size others choose.
        (reference.len() <= limits::NAME_REMEMBERED_MAX_BYTES).then(|| {
            let (principal, tag) = (caller.principal.clone(), caller.credential_tag.clone());
            (principal, tag, kind, text::fold(reference))
        })
    }
}

impl Looking<'_> {
    /// Resolves one reference, with what the call says beside it.
    ///
    /// # Errors
    /// `not_found`, or Webex's error. Several fitting names are not an error here.
    pub(super) async fn find(
        &self,
        kind: Kind,
        reference: &str,
        beside: Beside<'_>,
    ) -> Result<Found, CallError> {
        let reference = reference.trim();
        let addressed = addressed(reference, kind.folder());
        let reference = addressed.as_deref().unwrap_or(reference);
        if let Some(id) = as_id(kind, reference)? {
            return Ok(Found::Id(id));
        }
        // What an administrator finds for one host is no other host's.
        let is_own = self.effect == Effect::Read && beside.host_email.is_none();
        let remembered = is_own.then(|| Names::key(self.caller, kind, reference));
        let remembered = remembered.flatten();
        if let Some(key) = &remembered
            && let Some(id) = self.names.found.get(key)
        {
            return Ok(Found::Id(id.to_string()));
        }
        if kind == Kind::Meeting
            && let Some(found) = self.meeting(reference, beside.host_email).await?
        {
            return Ok(found);
        }
        let found = match link_target(kind, reference) {
            Some(Target::Uuid(uuid)) => self.by_uuid(kind, uuid).await?,
            Some(Target::Email(email)) => self.by_email(&email, beside).await?,
            None if kind == Kind::Person && reference.eq_ignore_ascii_case("me") => {
                Found::Id(self.own_id().await?)
            }
            None if kind == Kind::Person && reference.contains('@') => {
                let email = text::address(reference).unwrap_or(reference);
                self.by_email(email, beside).await?
            }
            None => {
                let found = self.by_name(kind, reference, beside).await;
                found.map_err(|error| naming_the_scope(kind, error))?
            }
        };
        if let (Some(id), Some(key)) = (found.id(), remembered) {
            self.names.found.insert(key, Arc::from(id));
        }
        Ok(found)
    }

    /// A link contains a uuid. It is compared with the uuids in listed ids; if none fits, an id is
    /// built with the cluster of the caller's own id, and read once.
    async fn by_uuid(&self, kind: Kind, uuid: Uuid) -> Result<Found, CallError> {
        let client = self.client;
        let seen = match kind {
            Kind::Space => self.look_at_spaces(None).await?,
            // People cannot be listed without a name; the person of a link is read by id.
            Kind::Person => Seen::of(true),
            Kind::Team => self.look_at_teams(None).await?,
            // A meeting's id is no uuid.
            Kind::Meeting => return Err(not_found(kind)),
        };
        let listed = seen
            .fitting
            .into_iter()
            .find(|named| ResourceId::parse(&named.id).and_then(|id| id.uuid()) == Some(uuid));
        if let Some(named) = listed {
            return Ok(Found::Named(named));
        }
        let cluster = self.own_cluster().await?;
        let built = id::encode(&cluster, kind.id_type(), uuid);
        match kind {
            Kind::Space => client.rooms().get(&built).await.map(|room| room.id),
            Kind::Person => client.people().get(&built).await.map(|person| person.id),
            Kind::Team => client.teams().get(&built).await.map(|team| team.id),
            Kind::Meeting => return Err(not_found(kind)),
        }
        .map(Found::Id)
        .map_err(CallError::from)
    }

    async fn by_name(
        &self,
        kind: Kind,
        name: &str,
        beside: Beside<'_>,
    ) -> Result<Found, CallError> {
        let mut wanted = text::fold(name);
        if wanted.is_empty() {
            return Err(not_found(kind));
        }
        let seen = match kind {
            Kind::Space => self.look_at_spaces(Some(name)).await?,
            Kind::Person => self.look_at_people(name, beside).await?,
            Kind::Team => self.look_at_teams(Some(name)).await?,
            Kind::Meeting => {
                let (title, seen) = self.look_at_meetings(name, beside.host_email).await?;
                wanted = text::fold(title);
                seen
            }
        };
        let one = match decide(kind, Fit::of(self.effect, kind), &wanted, seen)? {
            Verdict::One(one) => one,
            Verdict::Several(several, error) => return Ok(Found::several(&several, error)),
        };
        // Anyone can take any name: a name to which a call writes is taken to mean a colleague.
        if (self.effect, kind) == (Effect::Write, Kind::Person)
            && let Some(message) = self.may_be_a_stranger(&one).await?
        {
            let several = [one];
            let error = ambiguous(kind, message.to_owned(), &several)
                .advise("If it is the person you mean, call again with the e-mail address.");
            return Ok(Found::several(&several, error));
        }
        Ok(Found::Named(one))
    }

    pub(super) async fn look_at_spaces(&self, name: Option<&str>) -> Result<Seen, CallError> {
        let query = ListRooms {
            sort_by: Some(RoomOrder::LastActivity),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListRooms::default()
        };
        let mut seen = Seen::of(false);
        let mut page = self.client.rooms().list(&query).await?;
        for read in 1.. {
            seen.take(name, page.items, |room| {
                let detail = told_apart(&room);
                let space = Named::thing(room.title()?.to_owned(), room.id);
                Some(Named { detail, ..space })
            });
            match page.next {
                Some(next) if read < limits::NAME_LOOKUP_MAX_PAGES => {
                    page = self.client.next_page(&rooms::LIST, &next).await?;
                }
                rest => {
                    seen.whole = rest.is_none();
                    break;
                }
            }
        }
        Ok(seen)
    }

    pub(super) async fn look_at_teams(&self, name: Option<&str>) -> Result<Seen, CallError> {
        let query = ListTeams {
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
        };
        let page = self.client.teams().list(&query).await?;
        let mut seen = Seen::of(page.next.is_none());
        seen.take(name, page.items, |team| {
            Some(Named::thing(team.name?, team.id))
        });
        Ok(seen)
    }
}

/// What tells a space from others of its title: every team has a space with the same one.
fn told_apart(room: &Room) -> Option<String> {
    let time = room.last_activity?;
    let team = match room.team_id {
        Some(_) => "in a team, ",
        None => "",
    };
    Some(format!("{team}last active {time}"))
}

/// Says what a token lacks that may not read the list in which a name is looked for.
fn naming_the_scope(kind: Kind, error: CallError) -> CallError {
    let scope = match kind {
        Kind::Space => "spark:rooms_read",
        Kind::Team => "spark:teams_read",
        // What is said of people and meetings names it already.
        Kind::Person | Kind::Meeting => return error,
    };
    let is_webexs = matches!(error.cause.as_deref(), Some(Cause::Webex(_)));
    match error.code == Code::Forbidden && is_webexs {
        true => error.advise(format!(
            "To find a {} by its name, the scope {scope} is needed: pass the id, or ask the user to sign in with that scope.",
            kind.word()
        )),
        false => error,
    }
}

pub(super) fn not_found(kind: Kind) -> CallError {
    let advice = match kind {
        Kind::Space => {
            "Check the spelling; webex-search-spaces finds spaces by a part of their title."
        }
        Kind::Person => {
            "Webex finds people only by how their name begins, first name first: give the full name or the e-mail address."
        }
        Kind::Team => "Check the spelling, or pass the team's id; webex-get-team lists the teams.",
        Kind::Meeting => {
            "Titles are looked for from 30 days ago to 90 days ahead. Find it with webex-list-meetings, and pass its id."
        }
    };
    CallError::new(
        Code::NotFound,
        format!("No {} that you can see has this name.", kind.word()),
        advice,
    )
}

impl Seen {
    pub(super) fn of(whole: bool) -> Self {
        Seen {
            fitting: Vec::new(),
            read: 0,
            whole,
        }
    }

    /// Whether something has exactly this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fitting.iter().any(|named| named.is_called(name))
    }

    /// Keeps the entries that contain `name`, or all of them where there is none.
    pub(super) fn take<T>(
        &mut self,
        name: Option<&str>,
        items: Vec<T>,
        named: impl Fn(T) -> Option<Named>,
    ) {
        let wanted = name.map(text::fold);
        self.read += items.len();
        let is_fit = |named: &Named| {
            wanted
                .as_ref()
                .is_none_or(|wanted| text::fold(&named.name).contains(wanted.as_str()))
        };
        self.fitting
            .extend(items.into_iter().filter_map(named).filter(is_fit));
    }
}
