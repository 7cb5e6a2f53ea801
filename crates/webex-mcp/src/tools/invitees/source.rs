//! Who is to be invited: people named one by one, and everybody of a space or a team.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;
use webex::invitees::NewInvitee;
use webex::limits::{MAX_BULK_INVITEES_COUNT, MAX_DISPLAY_NAME_CHARS, MAX_PEOPLE_IDS_COUNT};
use webex::memberships::ListMemberships;
use webex::people::ListPeople;
use webex::team_memberships::ListTeamMemberships;

use crate::error::{CallError, Code};
use crate::limits::LIST_MAX_ENTRIES;
use crate::tool::Context;
use crate::tools::meetings::is_bot;

// A person to invite.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    /// E-mail address, in place of personId.
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// Id or full name.
    person_id: Option<String>,
    /// For somebody without an account.
    #[schemars(length(max = MAX_DISPLAY_NAME_CHARS))]
    display_name: Option<String>,
    /// May act as the host.
    co_host: Option<bool>,
    /// In a webinar.
    panelist: Option<bool>,
}

/// Checks that each person is named in one way.
///
/// # Errors
/// `invalid_arguments`, naming the entry.
pub fn check(people: &[Person]) -> Result<(), CallError> {
    for (index, person) in people.iter().enumerate() {
        let wrong = match (&person.email, &person.person_id) {
            (None, None) => "a person is missing; give email or personId",
            (Some(_), Some(_)) => "give email or personId, not both",
            _ => continue,
        };
        let field = format!("invitees[{index}].email");
        return Err(CallError::invalid(&field, wrong));
    }
    Ok(())
}

/// The people who were named, each with an address.
///
/// # Errors
/// `not_found` where nobody has an id.
pub async fn named(context: &Context, people: &[Person]) -> Result<Vec<NewInvitee>, CallError> {
    let known = addresses(context, people).await?;
    let invitee = |(index, person): (usize, &Person)| {
        let id = person.person_id.as_ref();
        let email = person.email.as_ref().or_else(|| known.get(id?));
        Ok(NewInvitee {
            email: email.ok_or_else(|| nobody(index))?.clone(),
            display_name: person.display_name.clone(),
            co_host: person.co_host,
            panelist: person.panelist,
            send_email: None,
        })
    };
    people.iter().enumerate().map(invitee).collect()
}

/// The addresses of people who are given by their ids, by id.
async fn addresses(
    context: &Context,
    people: &[Person],
) -> Result<HashMap<String, String>, CallError> {
    let mut known = HashMap::new();
    let mut unknown = Vec::new();
    for id in people.iter().filter_map(|person| person.person_id.as_ref()) {
        match context.met(id).and_then(|met| met.email.clone()) {
            Some(email) => drop(known.insert(id.clone(), email)),
            None => unknown.push(id.as_str()),
        }
    }
    for ids in unknown.chunks(MAX_PEOPLE_IDS_COUNT) {
        let query = ListPeople {
            id: Some(ids.join(",")),
            ..ListPeople::default()
        };
        for person in context.webex.people().list(&query).await?.items {
            let email = person.emails.and_then(|all| all.into_iter().next());
            known.extend(email.map(|email| (person.id, email)));
        }
    }
    Ok(known)
}

/// The members of a space and of a team, without bots.
///
/// # Errors
/// `invalid_arguments` for more than Webex invites at once; or whatever Webex refuses.
pub async fn members(
    context: &Context,
    room_id: Option<&str>,
    team_id: Option<&str>,
) -> Result<Members, CallError> {
    let mut found = Members::default();
    if let Some(room_id) = room_id {
        let query = ListMemberships {
            room_id: Some(room_id.to_owned()),
            max: Some(LIST_MAX_ENTRIES),
            ..ListMemberships::default()
        };
        let page = context.webex.memberships().list(&query).await?;
        let emails = page.items.into_iter().map(|member| member.person_email);
        found.take("roomId", emails, page.next.is_some())?;
    }
    if let Some(team_id) = team_id {
        let query = ListTeamMemberships {
            team_id: team_id.to_owned(),
            max: Some(LIST_MAX_ENTRIES),
        };
        let page = context.webex.team_memberships().list(&query).await?;
        let emails = page.items.into_iter().map(|member| member.person_email);
        found.take("teamId", emails, page.next.is_some())?;
    }
    Ok(found)
}

/// Members who are people, and how many were bots.
#[derive(Debug, Default)]
pub struct Members {
    pub people: Vec<NewInvitee>,
    pub bots: usize,
}

impl Members {
    fn take(
        &mut self,
        argument: &str,
        emails: impl ExactSizeIterator<Item = Option<String>>,
        has_more: bool,
    ) -> Result<(), CallError> {
        if has_more || emails.len() > MAX_BULK_INVITEES_COUNT {
            return Err(too_many(argument));
        }
        for email in emails.flatten() {
            if is_bot(&email) {
                self.bots += 1;
            } else {
                self.people.push(NewInvitee {
                    email,
                    ..NewInvitee::default()
                });
            }
        }
        Ok(())
    }
}

/// More people than Webex invites in one request.
pub fn too_many(argument: &str) -> CallError {
    CallError::new(
        Code::InvalidArguments,
        format!(
            "`{argument}`: this is more than the {MAX_BULK_INVITEES_COUNT} people whom Webex invites at once."
        ),
        "Nobody was invited. List the members and invite them in parts with invitees; who is invited already is left out.",
    )
}

fn nobody(index: usize) -> CallError {
    CallError::new(
        Code::NotFound,
        format!(
            "`invitees[{index}].personId`: nobody that you can see has this id, or no e-mail address is known."
        ),
        "Give the e-mail address instead; nobody was invited.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_people_and_no_more_than_webex_invites_at_once() {
        let emails = |count: usize| (0..count).map(|at| Some(format!("p{at}@example.com")));
        let mut members = Members::default();
        assert!(members.take("teamId", emails(100), false).is_ok());
        assert_eq!((members.people.len(), members.bots), (100, 0));
        for (count, has_more) in [(101, false), (100, true)] {
            let refused = Members::default().take("teamId", emails(count), has_more);
            let error = refused.unwrap_err();
            assert_eq!(error.code, Code::InvalidArguments);
            assert!(error.message.starts_with("`teamId`"), "{}", error.message);
        }
        let some = [
            "a@example.com",
            "ci@webex.bot",
            "CD@WEBEX.BOT",
            "old@sparkbot.io",
        ];
        let mut members = Members::default();
        let emails = some.map(|email| Some(email.to_owned()));
        members.take("roomId", emails.into_iter(), false).unwrap();
        assert_eq!((members.people.len(), members.bots), (1, 3));
    }
}
