//! Who is in a running meeting, or was in an ended one.

use webex::participants::{Device, Participant as Wire, ParticipantState, VideoState};

use crate::rows::meetings::{ParticipantKey, Presence};
use crate::rules::meetings::show::SITE;
use crate::world::World;

pub(crate) fn show(world: &World, key: ParticipantKey) -> Option<Wire> {
    let participant = world.meetings.participants.get(key)?;
    let person = world.people.get(participant.person)?;
    let instance = world.meetings.instances.get(participant.instance)?;
    let series = world.meetings.series.get(instance.series)?;
    let host = world.people.get(series.host)?;
    let seconds = participant.joined.zip(participant.left);
    let seconds = seconds.map(|(joined, left)| left.duration_since(joined).as_secs());
    let device = Device {
        device_type: Some("webex_app".to_owned()),
        joined_time: participant.joined,
        left_time: participant.left,
        duration_second: seconds.and_then(|seconds| u64::try_from(seconds).ok()),
        ..Device::default()
    };
    let room = series.plan.room_id.as_deref();
    let room = room.and_then(|id| world.rooms.get(world.rooms.find(id)?));
    let is_running = instance.ended.is_none();
    Some(Wire {
        id: participant.id.clone(),
        org_id: is_running.then(|| world.organization_id.clone()),
        host: Some(participant.is_host),
        co_host: Some(participant.is_co_host),
        space_moderator: room.map(|room| world.is_moderator(participant.person, room)),
        email: Some(person.email.clone()),
        display_name: Some(person.display_name.clone()),
        invitee: Some(participant.is_invitee),
        muted: Some(participant.is_muted),
        meeting_start_time: Some(instance.started),
        video: Some(VideoState::Off),
        state: Some(match participant.presence {
            Presence::Lobby => ParticipantState::Lobby,
            Presence::Joined => ParticipantState::Joined,
            Presence::Left => ParticipantState::End,
        }),
        joined_time: participant.joined,
        left_time: participant.left,
        site_url: Some(SITE.to_owned()),
        meeting_id: Some(instance.id.clone()),
        host_email: Some(host.email.clone()),
        devices: Some(vec![device]),
        ..Wire::default()
    })
}
