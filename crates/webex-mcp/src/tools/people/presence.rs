//! Who is available: the people of a team or a space, or several by name. Webex tells the presence
//! of one person at a time.

use futures::{StreamExt as _, stream};
use webex::memberships::{self, ListMemberships, Membership};
use webex::team_memberships::{self, ListTeamMemberships, TeamMembership};

use super::Person;
use crate::error::CallError;
use crate::limits;
use crate::tool::{Context, Opened, PageInfo};

/// A part of the members of a team, with their presence.
pub async fn of_team(
    context: &Context,
    team_id: String,
    part: Opened,
) -> Result<(Vec<Person>, PageInfo), CallError> {
    let max = Some(part.page_size);
    let query = ListTeamMemberships { team_id, max };
    let members = context.webex.team_memberships();
    let entry = |member: TeamMembership| {
        let (id, name) = (member.person_id, member.person_display_name);
        Some(Person::listed(id, name, member.person_email))
    };
    let first = || members.list(&query);
    let listed = context.listed(&team_memberships::LIST, &query, part, first, entry);
    let (people, page) = listed.await?;
    Ok((of_each(context, people).await?, page))
}

/// A part of the members of a space, with their presence.
pub async fn of_space(
    context: &Context,
    room_id: String,
    part: Opened,
) -> Result<(Vec<Person>, PageInfo), CallError> {
    let query = ListMemberships {
        room_id: Some(room_id),
        max: Some(part.page_size),
        ..ListMemberships::default()
    };
    let members = context.webex.memberships();
    let entry = |member: Membership| {
        let (id, name) = (member.person_id, member.person_display_name);
        Some(Person::listed(id, name, member.person_email))
    };
    let first = || members.list(&query);
    let listed = context.listed(&memberships::LIST, &query, part, first, entry);
    let (people, page) = listed.await?;
    Ok((of_each(context, people).await?, page))
}

/// The people of these ids, each once, with their presence.
pub async fn of_ids(
    context: &Context,
    ids: Vec<String>,
) -> Result<(Vec<Person>, PageInfo), CallError> {
    let mut people: Vec<Person> = Vec::with_capacity(ids.len());
    for id in ids {
        let person = Person::listed(Some(id), None, None);
        if people.iter().all(|known| known.who.id != person.who.id) {
            people.push(person);
        }
    }
    let page = PageInfo::whole(people.len());
    Ok((of_each(context, people).await?, page))
}

async fn of_each(context: &Context, people: Vec<Person>) -> Result<Vec<Person>, CallError> {
    let total = people.len();
    let reads = people.into_iter().map(|person| of_one(context, person));
    let mut reads = stream::iter(reads).buffered(limits::PRESENCE_AT_ONCE);
    let mut read = Vec::with_capacity(total);
    while let Some(person) = reads.next().await {
        read.push(person?);
        let done = read.len() as u64;
        let note = "people looked at";
        context.progress.report(done, Some(total as u64), note);
    }
    Ok(read)
}

/// Somebody whom Webex does not show the caller stays as the list told them.
async fn of_one(context: &Context, person: Person) -> Result<Person, CallError> {
    if person.who.id.is_empty() {
        return Ok(person);
    }
    match context
        .webex
        .people()
        .get(&person.who.id.whole("PEOPLE"))
        .await
    {
        Ok(found) => Ok(Person::present(found)),
        Err(error) if error.status() == Some(404) => Ok(person),
        Err(error) => Err(error.into()),
    }
}
