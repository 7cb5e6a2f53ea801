//! Lockdown: whose content a server shows. What other people wrote is withheld, wherever it comes
//! from, and counted; who they are stays, as far as Webex itself says it (ids, addresses, times).
//!
//! Each kind of row says here who wrote it, and what of it is no text of theirs. Who is not known
//! counts as outside.

use serde::Serialize;

use super::Set;
use super::reach::Row;

/// Whose content is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Authors {
    /// The members of the caller's organization.
    pub organization: bool,
    /// People with addresses of these domains.
    pub domains: Set,
}

impl Authors {
    /// Whether the address alone makes somebody one of them.
    pub fn has_domain_of(&self, email: &str) -> bool {
        let email = email.trim().to_lowercase();
        let domain = email.rsplit_once('@').map(|(_, domain)| domain);
        domain.is_some_and(|domain| self.domains.contains(domain))
    }
}

/// How a row is told when somebody outside wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withheld {
    /// What is withheld, for the count.
    pub what: &'static str,
    /// A row of a list that is nothing but what they wrote goes as a whole; of others, and of a row
    /// by itself, these fields stay.
    pub is_whole: bool,
    pub kept: &'static [&'static str],
}

const fn row(what: &'static str, kept: &'static [&'static str]) -> Option<Withheld> {
    Some(Withheld {
        what,
        is_whole: true,
        kept,
    })
}

const fn words(what: &'static str, kept: &'static [&'static str]) -> Option<Withheld> {
    Some(Withheld {
        what,
        is_whole: false,
        kept,
    })
}

/// The word for what somebody calls themselves.
pub const NAME: &str = "name";
/// The word for a message that is withheld.
pub const MESSAGE: &str = "message";

/// What is withheld of a row; `None` for what only the caller and Webex write.
pub fn withheld(of: Row) -> Option<Withheld> {
    match of {
        Row::Own => None,
        Row::Webhook => words("webhook name", WEBHOOK),
        Row::Message => row(
            MESSAGE,
            &[
                "id",
                "parentId",
                "roomId",
                "roomType",
                "personId",
                "personEmail",
                "created",
                "updated",
            ],
        ),
        Row::Action => row(
            "card answer",
            &["id", "type", "messageId", "roomId", "personId", "created"],
        ),
        Row::Snippet => row(
            "snippet",
            &[
                "id",
                "personEmail",
                "offsetMillisecond",
                "durationMillisecond",
            ],
        ),
        Row::Event => row(
            "event",
            &["id", "resource", "type", "actorId", "orgId", "created"],
        ),
        Row::Summary => row("summary", &["id", "meetingId", "status"]),
        Row::Space => words("space title", SPACE),
        Row::Team => words("team name", &["id", "creatorId", "created"]),
        Row::Membership | Row::TeamMembership => words(NAME, MEMBERSHIP),
        Row::Person => words(
            NAME,
            &[
                "id",
                "emails",
                "orgId",
                "type",
                "status",
                "created",
                "lastActivity",
                "invitePending",
                "loginEnabled",
            ],
        ),
        Row::Invitee => words(NAME, &["id", "email", "meetingId", "coHost", "panelist"]),
        Row::Participant => words(NAME, PARTICIPANT),
        Row::Meeting => words("meeting title", MEETING),
        Row::Recording => words("recording title", RECORDING),
        Row::Transcript => words("transcript title", TRANSCRIPT),
    }
}

const SPACE: &[&str] = &[
    "id",
    "type",
    "isLocked",
    "isPublic",
    "isReadOnly",
    "isAnnouncementOnly",
    "madePublic",
    "teamId",
    "creatorId",
    "ownerId",
    "classificationId",
    "created",
    "lastActivity",
];

const WEBHOOK: &[&str] = &[
    "id",
    "resource",
    "event",
    "orgId",
    "createdBy",
    "appId",
    "ownedBy",
    "status",
    "created",
];

const MEMBERSHIP: &[&str] = &[
    "id",
    "roomId",
    "roomType",
    "teamId",
    "personId",
    "personEmail",
    "personOrgId",
    "isModerator",
    "isRoomHidden",
    "isMonitor",
    "created",
];

const PARTICIPANT: &[&str] = &[
    "id",
    "orgId",
    "email",
    "hostEmail",
    "host",
    "coHost",
    "spaceModerator",
    "invitee",
    "muted",
    "video",
    "state",
    "siteUrl",
    "meetingId",
    "meetingStartTime",
    "joinedTime",
    "leftTime",
    "devices",
];

/// Where it takes place is made by Webex.
const MEETING: &[&str] = &[
    "id",
    "meetingSeriesId",
    "scheduledMeetingId",
    "meetingNumber",
    "meetingType",
    "state",
    "isModified",
    "start",
    "end",
    "timezone",
    "recurrence",
    "scheduledType",
    "hostUserId",
    "hostEmail",
    "siteUrl",
    "roomId",
    "webLink",
];

const RECORDING: &[&str] = &[
    "id",
    "meetingId",
    "scheduledMeetingId",
    "meetingSeriesId",
    "createTime",
    "timeRecorded",
    "hostEmail",
    "siteUrl",
    "format",
    "serviceType",
    "status",
    "durationSeconds",
    "sizeBytes",
    "shareToMe",
];

const TRANSCRIPT: &[&str] = &[
    "id",
    "siteUrl",
    "startTime",
    "meetingId",
    "scheduledMeetingId",
    "meetingSeriesId",
    "hostUserId",
    "status",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_counts_whole_and_in_any_case() {
        let authors = Authors {
            organization: false,
            domains: Set::from(["partner.example".to_owned()]),
        };
        for (email, is_one) in [
            ("ann@partner.example", true),
            ("Ann@Partner.Example ", true),
            ("ann@evil-partner.example", false),
            ("ann@partner.example.evil.org", false),
            ("ann@x@partner.example", true),
            ("partner.example", false),
            ("", false),
        ] {
            assert_eq!(authors.has_domain_of(email), is_one, "{email}");
        }
    }
}
