//! What answers call a space, a team or a meeting: as its name told it, else read, at best effort.

use webex::meetings::GetMeeting;

use super::Context;
use crate::text::Theirs;

impl Context {
    /// The title of a space.
    pub async fn space_title(&self, room_id: Option<&str>) -> Option<Theirs> {
        let room_id = room_id?;
        if let Some(met) = self.met(room_id) {
            return Some(met.name.clone());
        }
        let room = self.best_effort(self.webex.rooms().get(room_id)).await?;
        room.title().map(Theirs::from)
    }

    /// The name of a team.
    pub async fn team_name(&self, team_id: Option<&str>) -> Option<Theirs> {
        let team_id = team_id?;
        if let Some(met) = self.met(team_id) {
            return Some(met.name.clone());
        }
        let team = self.best_effort(self.webex.teams().get(team_id)).await?;
        team.name.map(Theirs::from)
    }

    /// The title of a meeting.
    pub async fn meeting_title(&self, meeting_id: Option<&str>) -> Option<Theirs> {
        let meeting_id = meeting_id?;
        if let Some(met) = self.met(meeting_id) {
            return Some(met.name.clone());
        }
        let (meetings, query) = (self.webex.meetings(), GetMeeting::default());
        let meeting = self.best_effort(meetings.get(meeting_id, &query)).await?;
        meeting.title.map(Theirs::from)
    }
}
