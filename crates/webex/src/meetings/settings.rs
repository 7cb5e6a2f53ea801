//! What a meeting's host can set: the part that scheduling, changing and reading have in common.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::limits::{
    MAX_INTEGRATION_TAG_CHARS, MAX_INTEGRATION_TAGS_COUNT, MAX_WATERMARK_OPACITY_PERCENT,
    MIN_WATERMARK_OPACITY_PERCENT,
};
use crate::meetings::Password;
use crate::meetings::rules::{check_chars, check_count};
use crate::open_enum::open_enum;

open_enum! {
    /// What happens to people who come to an unlocked meeting without an invitation.
    JoinSecurity {
        /// They are in.
        AllowJoin = "allowJoin",
        /// They wait until somebody admits them.
        AllowJoinWithLobby = "allowJoinWithLobby",
        /// They stay out.
        BlockFromJoin = "blockFromJoin",
    }
}

open_enum! {
    /// Who may take notes.
    NoteType {
        /// Everybody.
        AllowAll = "allowAll",
        /// One person.
        AllowOne = "allowOne",
    }
}

open_enum! {
    /// How people hear each other.
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
    /// What is heard when somebody comes or goes.
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
    /// How a live stream is laid out.
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

/// The settings; absent ones take the site's default or, in a change, stay.
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
    /// Video devices of the organisation join without the lobby.
    pub allow_authenticated_devices: Option<bool>,
    /// People may join before the host.
    pub enabled_join_before_host: Option<bool>,
    /// They hear each other then; needs `enabled_join_before_host`.
    pub enable_connect_audio_before_host: Option<bool>,
    /// How many minutes before the start; needs `enabled_join_before_host`.
    pub join_before_host_minutes: Option<u32>,
    /// Invitations leave the password out.
    pub exclude_password: Option<bool>,
    /// Listed in the site's public calendar.
    pub public_meeting: Option<bool>,
    /// How many minutes before the start the host is reminded by mail.
    pub reminder_time: Option<u32>,
    /// What happens to people without an invitation.
    pub unlocked_meeting_join_security: Option<JoinSecurity>,
    /// The session type; a webinar needs one.
    #[serde(default, deserialize_with = "crate::lenient::number")]
    pub session_type_id: Option<u32>,
    /// Attendees of a webinar watch a webcast.
    pub enabled_webcast_view: Option<bool>,
    /// What panelists of a webinar join with.
    pub panelist_password: Option<Password>,
    /// The meeting locks itself.
    pub enable_automatic_lock: Option<bool>,
    /// How many minutes after the start it does.
    pub automatic_lock_minutes: Option<u32>,
    /// What is available in the meeting.
    pub meeting_options: Option<MeetingOptions>,
    /// What attendees may do; not for webinars.
    pub attendee_privileges: Option<AttendeePrivileges>,
    /// Keys of an integration's own, at most 3 of 64 characters; only that integration sees them.
    pub integration_tags: Option<Vec<String>>,
    /// Breakout sessions are possible.
    pub enabled_breakout_sessions: Option<bool>,
    /// The sound carries a mark of each listener.
    pub enabled_audio_watermark: Option<bool>,
    /// The picture carries a mark of each viewer.
    pub enabled_visual_watermark: Option<bool>,
    /// How visible it is, 5 to 80 percent.
    pub visual_watermark_opacity: Option<u32>,
    /// How people hear each other.
    pub audio_connection_options: Option<AudioConnectionOptions>,
    /// Attendees of a webinar sign in; cannot be set once somebody registered.
    pub require_attendee_login: Option<bool>,
    /// Only invited people join the webinar; needs `require_attendee_login`.
    pub restrict_to_invitees: Option<bool>,
    /// The webinar is streamed; needs `live_stream`.
    pub enabled_live_stream: Option<bool>,
    /// Where it is streamed to.
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
        if self.restrict_to_invitees == Some(true) && self.require_attendee_login == Some(false) {
            return Err(WebexError::invalid(
                "restrictToInvitees",
                "it needs requireAttendeeLogin",
            ));
        }
        Ok(())
    }
}

/// What is available in the meeting.
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
    /// Who takes them.
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
    /// See who is there.
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

/// How people hear each other.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioConnectionOptions {
    /// The way.
    pub audio_connection_type: Option<AudioConnectionType>,
    /// Calling in is free of charge.
    pub enabled_toll_free_call_in: Option<bool>,
    /// There are numbers of many countries.
    pub enabled_global_call_in: Option<bool>,
    /// Webex calls people back.
    pub enabled_audience_call_back: Option<bool>,
    /// What is heard when somebody comes or goes.
    pub entry_and_exit_tone: Option<EntryAndExitTone>,
    /// The host may unmute others.
    pub allow_host_to_unmute_participants: Option<bool>,
    /// Attendees may unmute themselves.
    pub allow_attendee_to_unmute_self: Option<bool>,
    /// Attendees come in muted.
    pub mute_attendee_upon_entry: Option<bool>,
}

/// Where a webinar is streamed to.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveStream {
    /// The service.
    pub destination: String,
    /// Where the stream is sent, with its key.
    pub rtmp_url: Password,
    /// Where it is watched.
    pub stream_url: String,
    /// The layout while nothing is shared.
    pub layout_without_shared_content: Option<StreamLayout>,
    /// The layout while something is.
    pub layout_with_shared_content: Option<StreamLayout>,
    /// The layout may be changed during the meeting.
    pub allow_change_layout_in_meeting: Option<bool>,
    /// The stream follows the stage where that is synchronised.
    pub follow_stage_layout_when_synced: Option<bool>,
    /// The resolution, such as `720p`.
    pub resolution: Option<String>,
}
