//! The rows of the world's tables, and their keys: data without rules.
//!
//! Fields that a saved world skips are rebuilt from the other rows.

pub(crate) mod integration;
pub(crate) mod meetings;
pub(crate) mod moment;
pub(crate) mod oauth;
pub(crate) mod preparations;
pub(crate) mod scopes;
pub(crate) mod tokens;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use crate::storage::Stored;
use crate::table::{Key, Row};

/// The result of a file's malware scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum FileState {
    /// Scanned and harmless: served.
    Clean,
    /// Being scanned: 423 with this `Retry-After`.
    Scanning {
        /// Seconds to wait.
        #[serde(rename = "retryAfterSecs")]
        retry_after_secs: u64,
    },
    /// Found infected: 410.
    Infected,
    /// Cannot be scanned: 428, unless asked with `allow=unscannable`.
    Unscannable,
}

/// One POST to one target.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) webhook: WebhookKey,
    pub(crate) target_url: String,
    pub(crate) body: String,
    pub(crate) secret: Option<String>,
}

/// An event, with the thing in its state at that time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Happening {
    /// A message, and the ids of its files.
    Message(Arc<Posted>, Vec<String>),
    Membership(Map<String, Value>),
    Room(Map<String, Value>),
    AttachmentAction(Map<String, Value>),
    /// A meeting that ended.
    Meeting(Map<String, Value>),
    Transcript(Map<String, Value>),
}

/// The details of a person besides name, address and role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Profile {
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    /// Kept, but not shown: Webex shows the first name.
    pub(crate) nick_name: Option<String>,
    pub(crate) avatar: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) manager: Option<String>,
    pub(crate) manager_id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) addresses: Option<Vec<BTreeMap<String, String>>>,
    pub(crate) licenses: Option<Vec<String>>,
    pub(crate) site_urls: Option<Vec<String>>,
}

impl RoomKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            RoomKind::Direct => "direct",
            RoomKind::Group => "group",
        }
    }
}

pub(crate) type PersonKey = Key<Person>;
pub(crate) type RoomKey = Key<Room>;
pub(crate) type MembershipKey = Key<Membership>;
pub(crate) type MessageKey = Key<Message>;
pub(crate) type FileKey = Key<File>;
pub(crate) type TeamKey = Key<Team>;
pub(crate) type TeamMembershipKey = Key<TeamMembership>;
pub(crate) type WebhookKey = Key<Webhook>;
pub(crate) type ActionKey = Key<AttachmentAction>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RoomKind {
    #[serde(alias = "direct")]
    Direct,
    #[serde(alias = "group")]
    Group,
}

/// People and their devices choose the statuses that can be read; the others follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PersonStatus {
    #[serde(skip_deserializing)]
    Active,
    Call,
    #[serde(rename = "DoNotDisturb")]
    DoNotDisturb,
    #[serde(skip_deserializing)]
    Inactive,
    #[serde(skip_deserializing)]
    Meeting,
    #[serde(rename = "OutOfOffice")]
    OutOfOffice,
    #[serde(skip_deserializing)]
    Pending,
    Presenting,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    #[default]
    User,
    Administrator,
    ComplianceOfficer,
    Bot,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) role: Role,
    pub(crate) profile: Profile,
    pub(crate) may_sign_in: bool,
    /// Created by an administrator: the person counts as invited until doing something.
    pub(crate) is_invited: bool,
    pub(crate) created: Timestamp,
    pub(crate) last_modified: Timestamp,
    pub(crate) last_activity: Timestamp,
    /// A presence that does not follow from the person's activity.
    pub(crate) chosen_status: Option<PersonStatus>,
    #[serde(skip)]
    pub(crate) rooms: BTreeSet<RoomKey>,
    #[serde(skip)]
    pub(crate) webhooks: BTreeSet<WebhookKey>,
}

impl Person {
    /// A user who may sign in and has done nothing yet, without name, address and token.
    pub(crate) fn new(id: String, created: Timestamp) -> Self {
        Person {
            id,
            may_sign_in: true,
            created,
            last_modified: created,
            last_activity: created,
            ..Person::default()
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Team {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) creator: PersonKey,
    pub(crate) created: Timestamp,
    pub(crate) general: Option<RoomKey>,
    #[serde(skip)]
    pub(crate) members: BTreeMap<PersonKey, TeamMembershipKey>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TeamMembership {
    pub(crate) id: String,
    pub(crate) team: TeamKey,
    pub(crate) person: PersonKey,
    pub(crate) is_moderator: bool,
    pub(crate) created: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Room {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: RoomKind,
    pub(crate) is_locked: bool,
    pub(crate) is_announcement_only: bool,
    pub(crate) is_read_only: bool,
    pub(crate) is_public: bool,
    pub(crate) made_public: Option<Timestamp>,
    pub(crate) classification_id: Option<String>,
    pub(crate) team: Option<TeamKey>,
    pub(crate) creator: PersonKey,
    pub(crate) created: Timestamp,
    pub(crate) last_activity: Timestamp,
    #[serde(skip)]
    pub(crate) members: BTreeMap<PersonKey, MembershipKey>,
    /// Oldest first, like all lists of keys.
    #[serde(skip)]
    pub(crate) messages: Vec<MessageKey>,
    #[serde(skip)]
    pub(crate) mentions: HashMap<PersonKey, Vec<MessageKey>>,
}

impl Room {
    /// A room without members that is open to everyone in it.
    pub(crate) fn new(id: String, kind: RoomKind, creator: PersonKey, created: Timestamp) -> Self {
        Room {
            id,
            title: String::new(),
            description: None,
            kind,
            is_locked: false,
            is_announcement_only: false,
            is_read_only: false,
            is_public: false,
            made_public: None,
            classification_id: None,
            team: None,
            creator,
            created,
            last_activity: created,
            members: BTreeMap::new(),
            messages: Vec::new(),
            mentions: HashMap::new(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) id: String,
    pub(crate) room: RoomKey,
    pub(crate) person: PersonKey,
    pub(crate) is_moderator: bool,
    pub(crate) is_room_hidden: bool,
    pub(crate) created: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) room: RoomKey,
    pub(crate) author: PersonKey,
    pub(crate) parent: Option<MessageKey>,
    #[serde(skip)]
    pub(crate) replies: Vec<MessageKey>,
    pub(crate) mentioned: Vec<PersonKey>,
    pub(crate) files: Vec<FileKey>,
    /// The entries of people in its card.
    #[serde(skip)]
    pub(crate) actions: Vec<ActionKey>,
    pub(crate) edits: u32,
    pub(crate) created: Timestamp,
    pub(crate) wire: Arc<Posted>,
}

/// A message in the form of its answer, except for the URLs of files, which depend on the request's
/// host.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Posted {
    pub(crate) id: String,
    pub(crate) parent_id: Option<String>,
    pub(crate) room_id: Option<String>,
    pub(crate) room_type: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) markdown: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) person_id: Option<String>,
    pub(crate) person_email: Option<String>,
    pub(crate) mentioned_people: Option<Vec<String>>,
    pub(crate) mentioned_groups: Option<Vec<String>>,
    pub(crate) attachments: Option<Vec<Attachment>>,
    #[serde(with = "moment")]
    pub(crate) created: Option<Timestamp>,
    #[serde(with = "moment")]
    pub(crate) updated: Option<Timestamp>,
}

/// A card.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    pub(crate) content_type: String,
    pub(crate) content: Value,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) content_type: String,
    #[serde(skip)]
    pub(crate) stored: Stored,
    pub(crate) state: FileState,
    pub(crate) message: Option<MessageKey>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) owner: PersonKey,
    pub(crate) name: String,
    pub(crate) target_url: String,
    pub(crate) resource: String,
    pub(crate) event: String,
    pub(crate) filter: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) is_org_wide: bool,
    pub(crate) is_active: bool,
    pub(crate) created: Timestamp,
    /// The times of recent failed deliveries, oldest first.
    pub(crate) failures: VecDeque<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AttachmentAction {
    pub(crate) id: String,
    pub(crate) person: PersonKey,
    pub(crate) message: MessageKey,
    pub(crate) inputs: Map<String, Value>,
    pub(crate) created: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: Cow<'static, str>,
    /// The actor's id, which is kept even if the actor is removed.
    pub(crate) actor_id: String,
    pub(crate) created: Timestamp,
    pub(crate) happening: Happening,
}

macro_rules! rows {
    ($($row:ty => $kind:literal),*) => {
        $(impl Row for $row {
            const KIND: &'static str = $kind;
            fn id(&self) -> &str {
                &self.id
            }
        })*
    };
}

rows!(Person => "PEOPLE", Team => "TEAM", Room => "ROOM", Membership => "MEMBERSHIP",
      Message => "MESSAGE", File => "CONTENT", Webhook => "WEBHOOK",
      TeamMembership => "TEAM_MEMBERSHIP", AttachmentAction => "ATTACHMENT_ACTION",
      Event => "EVENT", oauth::Application => "APPLICATION",
      oauth::Authorization => "AUTHORIZATION");
