//! What hangs on a [`Client`]: one way to the calls of each noun.

use crate::attachment_actions::AttachmentActions;
use crate::authorizations::Authorizations;
use crate::client::Client;
use crate::contents::Contents;
use crate::events::Events;
use crate::invitees::Invitees;
use crate::meeting_summaries::MeetingSummaries;
use crate::meetings::Meetings;
use crate::memberships::Memberships;
use crate::messages::Messages;
use crate::participants::Participants;
use crate::people::People;
use crate::recordings::Recordings;
use crate::rooms::Rooms;
use crate::team_memberships::TeamMemberships;
use crate::teams::Teams;
use crate::transcripts::Transcripts;
use crate::webhooks::Webhooks;

impl Client {
    /// Messages: post, upload, list, read, edit, delete.
    pub fn messages(&self) -> Messages<'_> {
        Messages(self)
    }

    /// Rooms, which the apps call spaces.
    pub fn rooms(&self) -> Rooms<'_> {
        Rooms(self)
    }

    /// Who is in which room.
    pub fn memberships(&self) -> Memberships<'_> {
        Memberships(self)
    }

    /// Meetings: schedules, joining, controls, and what belongs to a meeting's set-up.
    pub fn meetings(&self) -> Meetings<'_> {
        Meetings(self)
    }

    /// People, and the owner of the token.
    pub fn people(&self) -> People<'_> {
        People(self)
    }

    /// Teams: groups of people with spaces of their own.
    pub fn teams(&self) -> Teams<'_> {
        Teams(self)
    }

    /// Who is in which team.
    pub fn team_memberships(&self) -> TeamMemberships<'_> {
        TeamMemberships(self)
    }

    /// What people enter into cards.
    pub fn attachment_actions(&self) -> AttachmentActions<'_> {
        AttachmentActions(self)
    }

    /// What happened in the organisation, for its compliance officers.
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }

    /// What people let applications do on their behalf, for administrators.
    pub fn authorizations(&self) -> Authorizations<'_> {
        Authorizations(self)
    }

    /// Webhooks.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks(self)
    }

    /// Files of messages.
    pub fn contents(&self) -> Contents<'_> {
        Contents(self)
    }

    /// Who is invited to which meeting.
    pub fn invitees(&self) -> Invitees<'_> {
        Invitees(self)
    }

    /// Who is or was in which meeting.
    pub fn participants(&self) -> Participants<'_> {
        Participants(self)
    }

    /// Recordings of meetings.
    pub fn recordings(&self) -> Recordings<'_> {
        Recordings(self)
    }

    /// Transcripts of meetings, and their snippets.
    pub fn transcripts(&self) -> Transcripts<'_> {
        Transcripts(self)
    }

    /// What meetings came to.
    pub fn meeting_summaries(&self) -> MeetingSummaries<'_> {
        MeetingSummaries(self)
    }
}
