//! Each operation with what it names and what it answers.

use webex::meetings::{join, series};
use webex::recordings::bin;
use webex::transcripts::snippets;
use webex::{
    Operation, attachment_actions, contents, events, invitees, meeting_summaries, memberships,
    messages, participants, people, recordings, rooms, team_memberships, teams, transcripts,
    webhooks,
};

use super::Answer::{self, Free, Many, One};
use super::Place::{self, Body, Each, List, Path, Query, Whole};
use super::{Reach, Row, Subject};

const fn reach(
    operation: &'static Operation,
    names: &'static [(Subject, Place)],
    answer: Answer,
) -> Reach {
    Reach {
        operation,
        names,
        answer,
    }
}

/// Whom an administrator acts for, in a read or a removal, and in a change.
const HOST: (Subject, Place) = (Subject::Person, Query("hostEmail"));
const HOST_IN_BODY: (Subject, Place) = (Subject::Person, Body("hostEmail"));
const OF_MEETING: (Subject, Place) = (Subject::Meeting, Query("meetingId"));
const TO_MEETING: (Subject, Place) = (Subject::Meeting, Body("meetingId"));

pub(super) static REACHES: [Reach; 66] = [
    reach(
        &messages::LIST,
        &[(Subject::Space, Query("roomId"))],
        Many(Row::Message),
    ),
    reach(
        &messages::LIST_DIRECT,
        &[
            (Subject::Direct, Query("personId")),
            (Subject::Direct, Query("personEmail")),
        ],
        Many(Row::Message),
    ),
    reach(
        &messages::CREATE,
        &[
            (Subject::Space, Body("roomId")),
            (Subject::Direct, Body("toPersonId")),
            (Subject::Direct, Body("toPersonEmail")),
        ],
        One(Row::Message),
    ),
    reach(&messages::GET, &[], One(Row::Message)),
    reach(
        &messages::EDIT,
        &[(Subject::Message, Path), (Subject::Space, Body("roomId"))],
        One(Row::Message),
    ),
    reach(&messages::DELETE, &[(Subject::Message, Path)], Free),
    reach(&rooms::LIST, &[], Many(Row::Space)),
    reach(
        &rooms::CREATE,
        &[(Subject::Team, Body("teamId")), (Subject::NewSpace, Whole)],
        One(Row::Space),
    ),
    reach(&rooms::GET, &[], One(Row::Space)),
    reach(
        &rooms::UPDATE,
        &[(Subject::Space, Path), (Subject::Team, Body("teamId"))],
        One(Row::Space),
    ),
    reach(&rooms::DELETE, &[(Subject::Space, Path)], Free),
    reach(&rooms::MEETING_INFO, &[(Subject::Space, Path)], Free),
    reach(
        &memberships::LIST,
        &[(Subject::Space, Query("roomId"))],
        Many(Row::Membership),
    ),
    reach(
        &memberships::CREATE,
        &[
            (Subject::Space, Body("roomId")),
            (Subject::NewMember, Body("personId")),
            (Subject::NewMember, Body("personEmail")),
        ],
        One(Row::Membership),
    ),
    reach(&memberships::GET, &[], One(Row::Membership)),
    reach(
        &memberships::UPDATE,
        &[(Subject::Membership, Path)],
        One(Row::Membership),
    ),
    reach(&memberships::DELETE, &[(Subject::Membership, Path)], Free),
    reach(&webhooks::LIST, &[], Many(Row::Webhook)),
    reach(&webhooks::CREATE, &[(Subject::NewWebhook, Whole)], Free),
    reach(&webhooks::GET, &[], One(Row::Webhook)),
    reach(&webhooks::UPDATE, &[(Subject::Webhook, Path)], Free),
    reach(&webhooks::DELETE, &[(Subject::Webhook, Path)], Free),
    reach(&contents::HEAD, &[(Subject::File, Path)], Free),
    reach(&contents::GET, &[(Subject::File, Path)], Free),
    reach(
        &attachment_actions::CREATE,
        &[(Subject::Message, Body("messageId"))],
        Free,
    ),
    reach(&attachment_actions::GET, &[], One(Row::Action)),
    reach(&people::LIST, &[], Many(Row::Person)),
    reach(&people::GET, &[], One(Row::Person)),
    reach(
        &people::UPDATE,
        &[
            (Subject::Account, Path),
            (Subject::Person, Body("managerId")),
        ],
        One(Row::Person),
    ),
    reach(&teams::LIST, &[], Many(Row::Team)),
    reach(&teams::CREATE, &[(Subject::NewTeam, Whole)], One(Row::Team)),
    reach(&teams::GET, &[], One(Row::Team)),
    reach(&teams::UPDATE, &[(Subject::Team, Path)], One(Row::Team)),
    reach(&teams::DELETE, &[(Subject::Team, Path)], Free),
    reach(
        &team_memberships::LIST,
        &[(Subject::Team, Query("teamId"))],
        Many(Row::TeamMembership),
    ),
    reach(
        &team_memberships::CREATE,
        &[
            (Subject::Team, Body("teamId")),
            (Subject::NewMember, Body("personId")),
            (Subject::NewMember, Body("personEmail")),
        ],
        One(Row::TeamMembership),
    ),
    reach(&team_memberships::GET, &[], One(Row::TeamMembership)),
    reach(
        &team_memberships::UPDATE,
        &[(Subject::TeamMembership, Path)],
        One(Row::TeamMembership),
    ),
    reach(
        &team_memberships::DELETE,
        &[(Subject::TeamMembership, Path)],
        Free,
    ),
    reach(
        &series::LIST,
        &[(Subject::Space, Query("roomId")), HOST],
        Many(Row::Meeting),
    ),
    reach(
        &series::CREATE,
        &[
            (Subject::NewMeeting, Whole),
            (Subject::Space, Body("roomId")),
            (Subject::NewMember, Each("invitees", "email")),
        ],
        One(Row::Meeting),
    ),
    reach(&series::GET, &[HOST], One(Row::Meeting)),
    reach(
        &series::PATCH,
        &[(Subject::Meeting, Path), HOST_IN_BODY],
        One(Row::Meeting),
    ),
    reach(&series::DELETE, &[(Subject::Meeting, Path), HOST], Free),
    reach(
        &join::JOIN,
        &[
            TO_MEETING,
            (Subject::MeetingNumber, Body("meetingNumber")),
            (Subject::MeetingLink, Body("webLink")),
            (Subject::Person, Body("email")),
            HOST_IN_BODY,
        ],
        Free,
    ),
    reach(&meeting_summaries::LIST, &[OF_MEETING], Many(Row::Summary)),
    reach(&invitees::LIST, &[OF_MEETING, HOST], Many(Row::Invitee)),
    reach(
        &invitees::CREATE,
        &[
            TO_MEETING,
            HOST_IN_BODY,
            (Subject::NewMember, Body("email")),
        ],
        One(Row::Invitee),
    ),
    reach(
        &invitees::BULK_INSERT,
        &[
            TO_MEETING,
            HOST_IN_BODY,
            (Subject::NewMember, Each("items", "email")),
        ],
        Many(Row::Invitee),
    ),
    reach(&invitees::GET, &[HOST], One(Row::Invitee)),
    reach(
        &invitees::UPDATE,
        &[(Subject::Invitee, Path), HOST_IN_BODY],
        One(Row::Invitee),
    ),
    reach(&invitees::DELETE, &[(Subject::Invitee, Path), HOST], Free),
    reach(
        &participants::LIST,
        &[OF_MEETING, HOST],
        Many(Row::Participant),
    ),
    reach(
        &participants::QUERY,
        &[OF_MEETING, HOST, (Subject::Person, List("emails"))],
        Many(Row::Participant),
    ),
    reach(&participants::GET, &[HOST], One(Row::Participant)),
    reach(
        &participants::UPDATE,
        &[(Subject::Participant, Path)],
        One(Row::Participant),
    ),
    reach(
        &participants::ADMIT,
        &[(Subject::Participant, Each("items", "participantId"))],
        Free,
    ),
    reach(&recordings::LIST, &[OF_MEETING, HOST], Many(Row::Recording)),
    reach(&recordings::GET, &[HOST], One(Row::Recording)),
    reach(&bin::DELETE, &[(Subject::Recording, Path), HOST], Free),
    reach(
        &transcripts::LIST,
        &[OF_MEETING, HOST],
        Many(Row::Transcript),
    ),
    reach(
        &transcripts::DOWNLOAD,
        &[(Subject::WholeTranscript, Path), HOST],
        Free,
    ),
    reach(
        &snippets::LIST,
        &[(Subject::Transcript, Path)],
        Many(Row::Snippet),
    ),
    reach(
        &snippets::GET,
        &[(Subject::Transcript, Path)],
        One(Row::Snippet),
    ),
    reach(
        &events::LIST,
        &[(Subject::Person, Query("actorId"))],
        Many(Row::Event),
    ),
    reach(&events::GET, &[], One(Row::Event)),
];

/// The caller itself is always known.
pub(super) static ME: Reach = reach(&people::ME, &[], One(Row::Own));
