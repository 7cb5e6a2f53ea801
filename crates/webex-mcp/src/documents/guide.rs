//! The operations that the gateway's Webex guide lists as available, in the guide's groups and order.
//!
//! The guide names no calls and no arguments; those that it means are ours to say. It lets a client
//! mute video too, for which Webex has no operation.

use webex::meetings::{join, series};
use webex::{
    Operation, attachment_actions, events, invitees, memberships, messages, participants, people,
    recordings, rooms, team_memberships, teams, transcripts, webhooks,
};

/// An operation, and the arguments with which the guide offers it.
pub(super) type Offer = (&'static Operation, &'static [&'static str]);

/// A group of Webex's API, and what the guide offers of it.
pub(super) type Group = (&'static str, &'static [Offer]);

pub(super) const GROUPS: [Group; 14] = [
    (
        "Messages",
        &[
            (
                &messages::LIST,
                &[
                    "roomId",
                    "mentionedPeople",
                    "before",
                    "after",
                    "max",
                    "cursor",
                ],
            ),
            (
                &messages::CREATE,
                &["text", "markdown", "files", "attachments"],
            ),
            (&messages::GET, &["messageId"]),
            (&messages::DELETE, &["messageId"]),
        ],
    ),
    (
        "Rooms",
        &[
            (&rooms::LIST, &["teamId", "type", "sortBy"]),
            (&rooms::CREATE, &["title", "teamId"]),
            (&rooms::GET, &["roomId"]),
            (&rooms::UPDATE, &["roomId", "title"]),
            (&rooms::DELETE, &["roomId"]),
        ],
    ),
    (
        "People",
        &[
            (
                &people::LIST,
                &["email", "displayName", "personIds", "orgId"],
            ),
            (&people::GET, &["personId"]),
            (&people::ME, &["personId"]),
            (&people::UPDATE, &["personId"]),
        ],
    ),
    (
        "Teams",
        &[
            (&teams::LIST, &[]),
            (&teams::CREATE, &["name"]),
            (&teams::GET, &["teamId"]),
            (&teams::UPDATE, &["teamId", "name"]),
            (&teams::DELETE, &["teamId"]),
        ],
    ),
    (
        "Team memberships",
        &[
            (&team_memberships::LIST, &["teamId"]),
            (
                &team_memberships::CREATE,
                &["teamId", "personId", "personEmail"],
            ),
            (&team_memberships::GET, &["teamMembershipId"]),
            (
                &team_memberships::UPDATE,
                &["teamMembershipId", "isModerator"],
            ),
            (&team_memberships::DELETE, &["teamMembershipId"]),
        ],
    ),
    (
        "Memberships",
        &[
            (&memberships::LIST, &["roomId", "personId", "personEmail"]),
            (&memberships::CREATE, &["roomId", "personId", "personEmail"]),
            (&memberships::GET, &["membershipId"]),
            (
                &memberships::UPDATE,
                &["membershipId", "isModerator", "isRoomHidden"],
            ),
            (&memberships::DELETE, &["membershipId"]),
        ],
    ),
    (
        "Webhooks",
        &[
            (&webhooks::LIST, &[]),
            (&webhooks::CREATE, &["targetUrl", "resource", "event"]),
            (&webhooks::GET, &["webhookId"]),
            (
                &webhooks::UPDATE,
                &["webhookId", "name", "targetUrl", "secret", "status"],
            ),
            (&webhooks::DELETE, &["webhookId"]),
        ],
    ),
    (
        "Attachment actions",
        &[
            (&attachment_actions::CREATE, &["messageId", "inputs"]),
            (&attachment_actions::GET, &["attachmentActionId"]),
        ],
    ),
    (
        "Events",
        &[
            (
                &events::LIST,
                &["resource", "type", "actorId", "from", "to"],
            ),
            (&events::GET, &["eventId"]),
        ],
    ),
    (
        "Meetings",
        &[
            (&series::LIST, &["meetingType", "state", "from", "to"]),
            (
                &series::CREATE,
                &["title", "start", "recurrence", "agenda", "password"],
            ),
            (&series::GET, &["meetingId"]),
            (
                &series::PATCH,
                &["meetingId", "title", "agenda", "start", "password"],
            ),
            (&series::DELETE, &["meetingId"]),
            (&join::JOIN, &["meetingId"]),
        ],
    ),
    (
        "Meeting invitees",
        &[
            (&invitees::LIST, &["meetingId"]),
            (&invitees::CREATE, &["meetingId", "invitees"]),
            (&invitees::GET, &["meetingInviteeId"]),
            (&invitees::UPDATE, &["meetingInviteeId", "coHost"]),
            (&invitees::DELETE, &["meetingInviteeId"]),
        ],
    ),
    (
        "Meeting participants",
        &[
            (&participants::LIST, &["meetingId"]),
            (&participants::GET, &["participantId"]),
            (&participants::UPDATE, &["participantId", "muted"]),
            (&participants::ADMIT, &["meetingId", "participantIds"]),
        ],
    ),
    (
        "Recordings",
        &[
            (&recordings::LIST, &["meetingId", "from", "to", "status"]),
            (&recordings::GET, &["recordingId"]),
            (&recordings::bin::DELETE, &["recordingId"]),
        ],
    ),
    (
        "Meeting transcripts",
        &[
            (&transcripts::LIST, &["meetingId", "from", "to"]),
            (&transcripts::DOWNLOAD, &["transcriptId"]),
            (&transcripts::snippets::LIST, &["transcriptId"]),
            (&transcripts::snippets::GET, &["transcriptId", "snippetId"]),
        ],
    ),
];
