//! Who is in a space, and whether all of them should be.

use schemars::JsonSchema;
use serde::Deserialize;
use webex::memberships::Membership;
use webex::{memberships, people, rooms};

use crate::briefs::people::{members, own, tell};
use crate::briefs::{Brief, space};
use crate::error::CallError;
use crate::limits::NAME_LOOKUP_PAGE_ENTRIES;
use crate::tool::{Context, Policy, Tool};
use crate::tools::meetings::is_bot;

/// Checks who is in a space: people from outside, bots, moderators, and how it is set up.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Arguments {
    /// The space: id, link or title.
    room_id: String,
}

pub struct AuditSpace;

const TASK: &str = "Audit who is in this Webex space, from the facts below. Tell what stands out: people from outside my organization, bots, no moderator or too many, settings that do not fit the title. For each finding say why it matters and what I could do, as a list that I can decide on. webex-get-membership with roomId lists every member.";

impl Tool for AuditSpace {
    const NAME: &'static str = "webex-audit-space";
    const TITLE: &'static str = "Audit a space's members";
    const POLICY: Policy = Policy {
        operations: &[&rooms::GET, &memberships::LIST],
        courtesy: &[&people::ME],
        ..Policy::READ
    };

    type Arguments = Arguments;
    type Output = Brief;

    async fn call(context: &Context, arguments: Arguments) -> Result<Brief, CallError> {
        let (rooms, id) = (context.webex.rooms(), &arguments.room_id);
        let members = members(context, id, NAME_LOOKUP_PAGE_ENTRIES);
        let (me, room, members) = futures::join!(own(context), rooms.get(id), members);
        let (me, room, members) = (me?, room?, members?);
        let own_org = me
            .and_then(|me| me.org_id)
            .or_else(|| room.owner_id.clone());
        let outsiders = match own_org {
            Some(_) => "From outside my organization",
            None => "From outside my organization, which I may not read",
        };
        let all = &members.all;
        let bot = |one: &&Membership| one.person_email.as_deref().is_some_and(is_bot);
        let outside =
            |one: &&Membership| !bot(one) && own_org.is_some() && one.person_org_id != own_org;
        let moderator = |one: &&Membership| one.is_moderator == Some(true);

        let mut brief = Brief::new(TASK);
        space::tell(&mut brief, &room);
        brief.line(format!("It has {}.", members.count()));
        let groups: [(&str, Vec<&Membership>); 3] = [
            (outsiders, all.iter().filter(outside).collect()),
            ("Bots", all.iter().filter(bot).collect()),
            ("Moderators", all.iter().filter(moderator).collect()),
        ];
        let count = groups.len();
        for (at, (heading, group)) in groups.into_iter().enumerate() {
            brief.section(format!("{heading}: {}", group.len()));
            let share = brief.left() / (count - at);
            tell(&mut brief, group.into_iter(), share);
        }
        Ok(brief)
    }
}
