//! From what people say to what Webex wants: names and links to ids, with bounded reading.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use webex::Client;
use webex::id::{self, ResourceId};
use webex::people::ListPeople;
use webex::rooms::{self, ListRooms, RoomOrder};
use webex::teams::ListTeams;

use crate::error::{CallError, Candidate, Code, Details};
use crate::identity::Principal;
use crate::limits;

/// What a reference refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Space,
    Person,
    Team,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Kind::Space => "space",
            Kind::Person => "person",
            Kind::Team => "team",
        }
    }

    /// The type that stands inside an id of this kind.
    const fn id_type(self) -> &'static str {
        match self {
            Kind::Space => "ROOM",
            Kind::Person => "PEOPLE",
            Kind::Team => "TEAM",
        }
    }
}

/// What a reference turned out to be.
#[derive(Debug)]
pub enum Found {
    Id(String),
    /// Several fit: the caller has to choose.
    Several(Vec<Candidate>, CallError),
}

/// The names found lately; see [`limits::NAME_MEMORY_SECONDS`].
#[derive(Debug)]
pub struct Names {
    found: moka::sync::Cache<(Principal, Kind, String), Arc<str>>,
}

/// One thing of a list that a name may mean.
struct Named {
    id: String,
    name: String,
}

/// What looking through Webex's list gave.
#[derive(Default)]
struct Seen {
    fitting: Vec<Named>,
    read: usize,
    whole: bool,
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
    /// Resolves one reference. `exact_only` for what cannot be undone: no guess from a part of a name.
    ///
    /// # Errors
    /// `not_found`, or what Webex refused. Several fitting names are not an error here.
    pub async fn resolve(
        &self,
        client: &Client,
        principal: &Principal,
        kind: Kind,
        reference: &str,
        exact_only: bool,
    ) -> Result<Found, CallError> {
        let reference = reference.trim();
        if let Some(id) = as_id(kind, reference)? {
            return Ok(Found::Id(id));
        }
        let key = (principal.clone(), kind, reference.to_lowercase());
        if let Some(id) = self.found.get(&key) {
            return Ok(Found::Id(id.to_string()));
        }
        let found = match link_target(kind, reference) {
            Some(Target::Uuid(uuid)) => by_uuid(client, kind, uuid).await?,
            Some(Target::Email(email)) => by_email(client, &email).await?,
            None if kind == Kind::Person && reference == "me" => {
                Found::Id(client.people().me().await?.id)
            }
            None if kind == Kind::Person && reference.contains('@') => {
                by_email(client, reference).await?
            }
            None => by_name(client, kind, reference, exact_only).await?,
        };
        if let Found::Id(id) = &found {
            self.found.insert(key, Arc::from(id.as_str()));
        }
        Ok(found)
    }
}

/// An id is recognised by its form and passed on as it is; one of another kind is refused here.
fn as_id(kind: Kind, reference: &str) -> Result<Option<String>, CallError> {
    let Some(id) = ResourceId::parse(reference) else {
        return Ok(None);
    };
    if id.kind == kind.id_type() || (kind == Kind::Person && id.kind == "APPLICATION") {
        return Ok(Some(reference.to_owned()));
    }
    Err(CallError::new(
        Code::InvalidArguments,
        format!("This is not the id of a {}.", kind.word()),
        "Pass an id of the right kind, or the name.",
    ))
}

enum Target {
    Uuid(Uuid),
    Email(String),
}

/// `webexteams://im?space=…`, `https://web.webex.com/spaces/…`, `webexteams://im?email=…`, `…/teams/…`.
fn link_target(kind: Kind, reference: &str) -> Option<Target> {
    let url = url::Url::parse(reference).ok()?;
    let query = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if kind == Kind::Person
        && let Some(email) = query("email")
    {
        return Some(Target::Email(email));
    }
    let (parameter, folder) = match kind {
        Kind::Space => ("space", "spaces"),
        Kind::Person => ("person", "people"),
        Kind::Team => ("team", "teams"),
    };
    let from_path = || {
        let mut parts = url.path_segments()?.skip_while(|part| *part != folder);
        parts.nth(1).map(str::to_owned)
    };
    let uuid = query(parameter).or_else(from_path)?;
    Uuid::try_parse(&uuid).ok().map(Target::Uuid)
}

/// A link names a uuid: it is compared with those inside listed ids; else the id is built with the
/// cluster of the caller's own id and read once.
async fn by_uuid(client: &Client, kind: Kind, uuid: Uuid) -> Result<Found, CallError> {
    let seen = look(client, kind, None).await?;
    let listed = seen
        .fitting
        .into_iter()
        .find(|named| ResourceId::parse(&named.id).and_then(|id| id.uuid()) == Some(uuid));
    if let Some(named) = listed {
        return Ok(Found::Id(named.id));
    }
    let me = client.people().me().await?.id;
    let cluster = ResourceId::parse(&me).map_or_else(|| "us".to_owned(), |id| id.cluster);
    let built = id::encode(&cluster, kind.id_type(), uuid);
    match kind {
        Kind::Space => client.rooms().get(&built).await.map(|room| room.id),
        Kind::Person => client.people().get(&built).await.map(|person| person.id),
        Kind::Team => client.teams().get(&built).await.map(|team| team.id),
    }
    .map(Found::Id)
    .map_err(CallError::from)
}

async fn by_email(client: &Client, email: &str) -> Result<Found, CallError> {
    let query = ListPeople {
        email: Some(email.to_owned()),
        ..ListPeople::default()
    };
    let page = client.people().list(&query).await?;
    match page.items.into_iter().next() {
        Some(person) => Ok(Found::Id(person.id)),
        None => Err(not_found(Kind::Person)),
    }
}

async fn by_name(
    client: &Client,
    kind: Kind,
    name: &str,
    exact_only: bool,
) -> Result<Found, CallError> {
    if name.is_empty() {
        return Err(not_found(kind));
    }
    let seen = look(client, kind, Some(name)).await?;
    let wanted = name.to_lowercase();
    let (mut exact, mut partial): (Vec<_>, Vec<_>) = seen
        .fitting
        .into_iter()
        .partition(|named| named.name.to_lowercase() == wanted);
    if exact.len() == 1 {
        return Ok(Found::Id(exact.remove(0).id));
    }
    if exact.is_empty() && partial.is_empty() && seen.whole {
        return Err(not_found(kind));
    }
    if exact.is_empty() && partial.len() == 1 && seen.whole && !exact_only {
        return Ok(Found::Id(partial.remove(0).id));
    }
    let (message, mut candidates) = if exact.is_empty() {
        let why = match (seen.whole, exact_only) {
            (false, _) => format!(
                "No {0} of exactly this name is among the {1} read, and there are more.",
                kind.word(),
                seen.read
            ),
            (true, true) => format!(
                "No {0} has exactly this name, and what cannot be undone is not guessed.",
                kind.word()
            ),
            (true, false) => format!(
                "The name fits {1} {0}s in part.",
                kind.word(),
                partial.len()
            ),
        };
        (why, partial)
    } else {
        (
            format!("{1} {0}s have this name.", kind.word(), exact.len()),
            exact,
        )
    };
    candidates.truncate(limits::AMBIGUOUS_MAX_CANDIDATES);
    let candidates: Vec<_> = candidates
        .into_iter()
        .map(|Named { id, name }| Candidate {
            id,
            name: name.into(),
        })
        .collect();
    let error = CallError::new(
        Code::Ambiguous,
        message,
        "Call again with the id of the one you mean.",
    )
    .with_details(Details::Candidates(candidates.clone()));
    Ok(Found::Several(candidates, error))
}

fn not_found(kind: Kind) -> CallError {
    let advice = match kind {
        Kind::Space => {
            "Check the spelling; webex-search-spaces finds spaces by a part of their title."
        }
        Kind::Person => "Check the spelling, or pass the e-mail address.",
        Kind::Team => "Check the spelling, or pass the team's id.",
    };
    CallError::new(
        Code::NotFound,
        format!("No {} that you can see has this name.", kind.word()),
        advice,
    )
}

/// Reads Webex's list, bounded, keeping what contains `name` (everything where there is none).
async fn look(client: &Client, kind: Kind, name: Option<&str>) -> Result<Seen, CallError> {
    match (kind, name) {
        (Kind::Space, name) => look_at_spaces(client, name).await,
        (Kind::Person, Some(name)) => look_at_people(client, name).await,
        // People cannot be listed without a name; a link's person is read by id.
        (Kind::Person, None) => Ok(Seen::default()),
        (Kind::Team, name) => look_at_teams(client, name).await,
    }
}

async fn look_at_spaces(client: &Client, name: Option<&str>) -> Result<Seen, CallError> {
    let query = ListRooms {
        sort_by: Some(RoomOrder::LastActivity),
        max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
        ..ListRooms::default()
    };
    let mut seen = Seen::default();
    let mut page = client.rooms().list(&query).await?;
    for read in 1.. {
        seen.take(name, page.items, |room| {
            Some((room.title()?.to_owned(), room.id))
        });
        match page.next {
            Some(next) if read < limits::NAME_LOOKUP_MAX_PAGES => {
                page = client.next_page(&rooms::LIST, &next).await?;
            }
            rest => {
                seen.whole = rest.is_none();
                break;
            }
        }
    }
    Ok(seen)
}

/// Webex finds people by the start of their name itself.
async fn look_at_people(client: &Client, name: &str) -> Result<Seen, CallError> {
    let query = ListPeople {
        display_name: Some(name.to_owned()),
        exclude_status: Some(true),
        ..ListPeople::default()
    };
    let page = client.people().list(&query).await?;
    let mut seen = Seen {
        whole: page.next.is_none(),
        ..Seen::default()
    };
    seen.take(None, page.items, |person| {
        Some((person.display_name?, person.id))
    });
    Ok(seen)
}

async fn look_at_teams(client: &Client, name: Option<&str>) -> Result<Seen, CallError> {
    let query = ListTeams {
        max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
    };
    let page = client.teams().list(&query).await?;
    let mut seen = Seen {
        whole: page.next.is_none(),
        ..Seen::default()
    };
    seen.take(name, page.items, |team| Some((team.name?, team.id)));
    Ok(seen)
}

impl Seen {
    fn take<T>(
        &mut self,
        name: Option<&str>,
        items: Vec<T>,
        name_and_id: impl Fn(T) -> Option<(String, String)>,
    ) {
        let wanted = name.map(str::to_lowercase);
        self.read += items.len();
        for (name, id) in items.into_iter().filter_map(name_and_id) {
            if wanted
                .as_ref()
                .is_none_or(|wanted| name.to_lowercase().contains(wanted.as_str()))
            {
                self.fitting.push(Named { id, name });
            }
        }
    }
}
