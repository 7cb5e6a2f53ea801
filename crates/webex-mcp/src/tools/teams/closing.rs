//! What deleting a team takes along, as a question.

use webex::Page;
use webex::rooms::ListRooms;
use webex::team_memberships::ListTeamMemberships;

use crate::error::CallError;
use crate::limits::LIST_MAX_ENTRIES;
use crate::tool::{Context, Question, counted, only};

/// Names the team, and says for how many people it goes and what goes with it, as far as the token
/// may count that.
///
/// # Errors
/// Those of reading, and `forbidden` for a member who does not moderate the team.
pub async fn question(context: &Context, team_id: &str) -> Result<Question, CallError> {
    let (webex, max) = (&context.webex, Some(LIST_MAX_ENTRIES));
    let team = webex.teams().get(team_id).await?;
    let members = ListTeamMemberships {
        team_id: team_id.to_owned(),
        max,
    };
    // Webex lists the spaces that the caller is in, and no others.
    let spaces = ListRooms {
        team_id: Some(team_id.to_owned()),
        max,
        ..ListRooms::default()
    };
    let (of_team, rooms) = (webex.team_memberships(), webex.rooms());
    let members = context.courtesy(of_team.list(&members));
    let spaces = context.courtesy(rooms.list(&spaces));
    let me = async { Ok(context.me().await) };
    let (members, spaces, me) = tokio::try_join!(members, spaces, me)?;
    let mine = members.iter().flat_map(|page| &page.items).find(|one| {
        let own = me.as_ref().map(|me| me.id.as_str());
        own.is_some() && one.person_id.as_deref() == own
    });
    if mine.is_some_and(|mine| mine.is_moderator == Some(false)) {
        return Err(only("the moderators of the team"));
    }
    let members = members.map(|page| {
        let members = counted(page.items.len(), "member");
        format!(" with its {}{members}", more_than(&page))
    });
    let spaces = spaces.map(|page| {
        let (more_than, count) = (more_than(&page), page.items.len());
        format!(" (you are in {more_than}{count})")
    });
    Ok(Question::new("Delete ")
        .named("the team", team.name)
        .and(&members.unwrap_or_default())
        .and(", for everybody? Its spaces")
        .and(&spaces.unwrap_or_default())
        .and(" close with it: Webex archives or deletes them. This cannot be undone."))
}

fn more_than<T>(page: &Page<T>) -> &'static str {
    match page.next {
        Some(_) => "more than ",
        None => "",
    }
}
