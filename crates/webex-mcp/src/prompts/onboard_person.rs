//! Brings somebody into a project: what they have to know, from its space.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::memberships::Membership;
use webex::messages::ListMessages;
use webex::{memberships, messages, people, rooms};

use crate::briefs::people::{members, tell};
use crate::briefs::{Brief, id, optional, space};
use crate::error::CallError;
use crate::limits::{BRIEF_MESSAGES_OF_EACH, BRIEF_PEOPLE_SEEN};
use crate::tool::{Context, Policy, Theirs, Tool};

/// Prepares to bring a person into a project's space: a welcome, who is who, and what is going on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The person: e-mail address, id or full name.
    person_id: String,
    /// The project's space: id, link or title.
    room_id: String,
}

pub struct OnboardPerson;

const TASK: &str = "Help me to bring this person into the project of this Webex space. From the facts below write: a short welcome message to them, what the project is about, who is who, what is going on now, and what they should read or ask first. If they are no member yet, propose to add them; once I agree, webex-add-membership adds them and webex-create-message sends the welcome.";

impl Tool for OnboardPerson {
    const NAME: &'static str = "webex-onboard-person";
    const TITLE: &'static str = "Onboard a person to a project";
    const POLICY: Policy = Policy {
        operations: &[&rooms::GET, &memberships::LIST, &messages::LIST],
        courtesy: &[&people::GET],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Brief;

    async fn call(context: &Context, arguments: Arguments) -> Result<Brief, CallError> {
        let Arguments { person_id, room_id } = arguments;
        let webex = &context.webex;
        let (rooms, posts, people) = (webex.rooms(), webex.messages(), webex.people());
        let query = ListMessages {
            max: Some(BRIEF_MESSAGES_OF_EACH),
            ..ListMessages::in_room(&*room_id)
        };
        let (room, person, members, said) = futures::join!(
            rooms.get(&room_id),
            context.courtesy(people.get(&person_id)),
            members(context, &room_id, BRIEF_PEOPLE_SEEN),
            posts.list(&query),
        );
        let (room, person, members, said) = (room?, person?, members?, optional(said)?);
        let is_them = |one: &Membership| one.person_id.as_ref() == Some(&person_id);
        let is_in = match (members.all.iter().any(is_them), members.has_more) {
            (true, _) => "a member of the space already",
            (false, false) => "no member of the space yet",
            (false, true) => "not among the members that were read",
        };

        let mut brief = Brief::new(TASK);
        brief.section(format!(
            "The person ({}): {is_in}",
            id("personId", &person_id)
        ));
        if let Some(person) = person {
            brief.theirs(person.display_name.map(Theirs::from));
            let email = person.emails.into_iter().flatten().next();
            brief.line(email.unwrap_or_default());
            brief.theirs(person.title.map(Theirs::from));
            brief.theirs(person.department.map(Theirs::from));
        }
        space::tell(&mut brief, &room);
        brief.section(format!("Its {}, moderators first:", members.count()));
        let mut all: Vec<_> = members.all.iter().filter(|one| !is_them(one)).collect();
        all.sort_by_key(|one| one.is_moderator != Some(true));
        let share = brief.left() / 3;
        tell(&mut brief, all.into_iter(), share);
        space::tell_said(&mut brief, said.map(|page| page.items).unwrap_or_default());
        Ok(brief)
    }
}
