//! The methods of a [`Client`] that lead to the calls of each noun.

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

    /// Memberships: the people in each room.
    pub fn memberships(&self) -> Memberships<'_> {
        Memberships(self)
    }

    /// Meetings: schedules, joining, controls, and everything else that belongs to setting up a
    /// meeting.
    pub fn meetings(&self) -> Meetings<'_> {
        Meetings(self)
    }

    /// People, and the owner of the token.
    pub fn people(&self) -> People<'_> {
        People(self)
    }

    /// Teams: groups of people with their own spaces.
    pub fn teams(&self) -> Teams<'_> {
        Teams(self)
    }

    /// Team memberships: the people in each team.
    pub fn team_memberships(&self) -> TeamMemberships<'_> {
        TeamMemberships(self)
    }

    /// The entries of people in cards.
    pub fn attachment_actions(&self) -> AttachmentActions<'_> {
        AttachmentActions(self)
    }

    /// Events in the organization, for its compliance officers.
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }

    /// The access that people give to applications, for administrators.
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

    /// Invitees: the people invited to each meeting.
    pub fn invitees(&self) -> Invitees<'_> {
        Invitees(self)
    }

    /// Participants: the people who are or were in each meeting.
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

    /// Summaries of meetings.
    pub fn meeting_summaries(&self) -> MeetingSummaries<'_> {
        MeetingSummaries(self)
    }
}
