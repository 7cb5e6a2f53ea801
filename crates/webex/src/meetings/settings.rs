//! The settings that a meeting's host can change; scheduling, changing and reading share them.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::limits::{
    JOIN_BEFORE_HOST_MINUTES, MAX_INTEGRATION_TAG_CHARS, MAX_INTEGRATION_TAGS_COUNT,
    MAX_WATERMARK_OPACITY_PERCENT, MIN_WATERMARK_OPACITY_PERCENT,
};
use crate::meetings::Password;
use crate::meetings::rules::{check_chars, check_count};
use crate::open_enum::open_enum;

open_enum! {
    /// The treatment of people who come to an unlocked meeting without an invitation.
    JoinSecurity {
        /// They join directly.
        AllowJoin = "allowJoin",
        /// They wait until somebody admits them.
        AllowJoinWithLobby = "allowJoinWithLobby",
        /// They cannot join.
        BlockFromJoin = "blockFromJoin",
    }
}

open_enum! {
    /// The people who may take notes.
    NoteType {
        /// Everybody.
        AllowAll = "allowAll",
        /// One person.
        AllowOne = "allowOne",
    }
}

open_enum! {
    /// The audio connection.
    AudioConnectionType {
        /// By telephone and by computer.
        WebexAudio = "webexAudio",
        /// By computer only.
        VoIp = "VoIP",
        /// By another conference service.
        OtherService = "other",
        /// Not at all.
        None = "none",
    }
}

open_enum! {
    /// The sound when somebody joins or leaves.
    EntryAndExitTone {
        /// A tone.
        Beep = "beep",
        /// The name.
        AnnounceName = "announceName",
        /// Nothing.
        NoTone = "noTone",
    }
}

open_enum! {
    /// The layout of a live stream.
    StreamLayout {
        /// Everybody in a grid; without shared content only.
        Grid = "grid",
        /// The speaker above the others.
        Stack = "stack",
        /// The speaker only; without shared content only.
        Focus = "focus",
        /// The content with the speaker beside it; with shared content only.
        FocusedContentWithActiveSpeaker = "focusedContentWithActiveSpeaker",
        /// The content only; with shared content only.
        FocusedContent = "focusedContent",
    }
}

/// The settings; an absent one has the site's default or, in a change, stays as it is.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingSettings {
    /// It is recorded from the start.
    pub enabled_auto_record_meeting: Option<bool>,
    /// Anyone with a host account on the site becomes a cohost on joining.
    pub allow_any_user_to_be_co_host: Option<bool>,
    /// The first to join with a host account becomes a cohost.
    pub allow_first_user_to_be_co_host: Option<bool>,
    /// Video devices of the organization join without the lobby.
    pub allow_authenticated_devices: Option<bool>,
    /// People may join before the host.
    pub enabled_join_before_host: Option<bool>,
    /// Whether they hear each other then; needs `enabled_join_before_host`.
    pub enable_connect_audio_before_host: Option<bool>,
    /// How many minutes before the start people may join; needs `enabled_join_before_host`.
    pub join_before_host_minutes: Option<u32>,
    /// Invitations leave the password out.
    pub exclude_password: Option<bool>,
    /// Listed in the site's public calendar.
    pub public_meeting: Option<bool>,
    /// Minutes from the reminder mail for the host to the start.
    pub reminder_time: Option<u32>,
    /// The treatment of people without an invitation.
    pub unlocked_meeting_join_security: Option<JoinSecurity>,
    /// The session type; a webinar needs one.
    #[serde(default, deserialize_with = "crate::lenient::number")]
    pub session_type_id: Option<u32>,
    /// Attendees of a webinar watch a webcast.
    pub enabled_webcast_view: Option<bool>,
    /// The password of a webinar's panelists.
    pub panelist_password: Option<Password>,
    /// The meeting locks itself.
    pub enable_automatic_lock: Option<bool>,
    /// Minutes from the start to the automatic lock.
    pub automatic_lock_minutes: Option<u32>,
    /// The features of the meeting.
    pub meeting_options: Option<MeetingOptions>,
    /// What attendees may do; not for webinars.
    pub attendee_privileges: Option<AttendeePrivileges>,
    /// Tags of an integration, at most 3 with 64 characters each; only that integration sees them.
    pub integration_tags: Option<Vec<String>>,
    /// Breakout sessions are possible.
    pub enabled_breakout_sessions: Option<bool>,
    /// The sound has an inaudible mark of each listener.
    pub enabled_audio_watermark: Option<bool>,
    /// The picture has a mark of each viewer.
    pub enabled_visual_watermark: Option<bool>,
    /// The opacity of the visual watermark, 5 to 80 percent.
    pub visual_watermark_opacity: Option<u32>,
    /// The audio connection.
    pub audio_connection_options: Option<AudioConnectionOptions>,
    /// Attendees of a webinar sign in; cannot be set once somebody has registered.
    pub require_attendee_login: Option<bool>,
    /// Only invited people can join the webinar; needs `require_attendee_login`.
    pub restrict_to_invitees: Option<bool>,
    /// The webinar is streamed; needs `live_stream`.
    pub enabled_live_stream: Option<bool>,
    /// The target of the live stream.
    pub live_stream: Option<LiveStream>,
}

impl MeetingSettings {
    pub(super) fn check(&self) -> Result<(), WebexError> {
        let tags = self.integration_tags.as_deref().unwrap_or_default();
        check_count("integrationTags", tags.len(), MAX_INTEGRATION_TAGS_COUNT)?;
        for tag in tags {
            check_chars("integrationTags", Some(tag), MAX_INTEGRATION_TAG_CHARS)?;
        }
        let opacities = MIN_WATERMARK_OPACITY_PERCENT..=MAX_WATERMARK_OPACITY_PERCENT;
        let opacity = self.visual_watermark_opacity;
        if opacity.is_some_and(|opacity| !opacities.contains(&opacity)) {
            return Err(WebexError::invalid(
                "visualWatermarkOpacity",
                "it must lie between 5 and 80",
            ));
        }
        let minutes = self.join_before_host_minutes;
        if minutes.is_some_and(|minutes| !JOIN_BEFORE_HOST_MINUTES.contains(&minutes)) {
            return Err(WebexError::invalid(
                "joinBeforeHostMinutes",
                "it must be 0, 5, 10 or 15; for a webinar 0, 15, 30, 45 or 60",
            ));
        }
        if self.restrict_to_invitees == Some(true) && self.require_attendee_login == Some(false) {
            return Err(WebexError::invalid(
                "restrictToInvitees",
                "it needs requireAttendeeLogin",
            ));
        }
        Ok(())
    }
}

/// The features of the meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingOptions {
    /// Chat.
    pub enabled_chat: Option<bool>,
    /// Video.
    pub enabled_video: Option<bool>,
    /// Polls.
    pub enabled_polling: Option<bool>,
    /// Notes.
    pub enabled_note: Option<bool>,
    /// The people who take notes.
    pub note_type: Option<NoteType>,
    /// Sending files.
    pub enabled_file_transfer: Option<bool>,
    /// Sharing rich media.
    #[serde(rename = "enabledUCFRichMedia")]
    pub enabled_ucf_rich_media: Option<bool>,
}

/// What attendees may do.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttendeePrivileges {
    /// Share content.
    pub enabled_share_content: Option<bool>,
    /// Save shared documents.
    pub enabled_save_document: Option<bool>,
    /// Print shared documents.
    pub enabled_print_document: Option<bool>,
    /// Draw on shared documents.
    pub enabled_annotate: Option<bool>,
    /// See the list of participants.
    pub enabled_view_participant_list: Option<bool>,
    /// See thumbnails of shared documents.
    pub enabled_view_thumbnails: Option<bool>,
    /// Control what others share.
    pub enabled_remote_control: Option<bool>,
    /// See any shared document.
    pub enabled_view_any_document: Option<bool>,
    /// See any page of a shared document.
    pub enabled_view_any_page: Option<bool>,
    /// Talk to the operator in private.
    pub enabled_contact_operator_privately: Option<bool>,
    /// Chat with the host.
    pub enabled_chat_host: Option<bool>,
    /// Chat with the presenter.
    pub enabled_chat_presenter: Option<bool>,
    /// Chat with each other.
    pub enabled_chat_other_participants: Option<bool>,
}

/// The audio connection.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioConnectionOptions {
    /// The kind of connection.
    pub audio_connection_type: Option<AudioConnectionType>,
    /// Calling in is free of charge.
    pub enabled_toll_free_call_in: Option<bool>,
    /// There are numbers of many countries.
    pub enabled_global_call_in: Option<bool>,
    /// Webex calls people back.
    pub enabled_audience_call_back: Option<bool>,
    /// The sound when somebody joins or leaves.
    pub entry_and_exit_tone: Option<EntryAndExitTone>,
    /// The host may unmute others.
    pub allow_host_to_unmute_participants: Option<bool>,
    /// Attendees may unmute themselves.
    pub allow_attendee_to_unmute_self: Option<bool>,
    /// Attendees join muted.
    pub mute_attendee_upon_entry: Option<bool>,
}

/// The target of a webinar's live stream.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveStream {
    /// The service.
    pub destination: String,
    /// The URL to which the stream is sent, including its key.
    pub rtmp_url: Password,
    /// The URL for watching.
    pub stream_url: String,
    /// The layout while nothing is shared.
    pub layout_without_shared_content: Option<StreamLayout>,
    /// The layout while something is shared.
    pub layout_with_shared_content: Option<StreamLayout>,
    /// The layout may be changed during the meeting.
    pub allow_change_layout_in_meeting: Option<bool>,
    /// The stream follows the stage layout while that is synchronized.
    pub follow_stage_layout_when_synced: Option<bool>,
    /// The resolution, such as `720p`.
    pub resolution: Option<String>,
}
