//! The people in a running meeting, or those who were in an ended one.

use serde_json::json;

use crate::rows::meetings::{ParticipantKey, Presence};
use crate::rows::moment;
use crate::rules::meetings::show::SITE;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

pub(crate) fn show(world: &World, key: ParticipantKey) -> Option<Shown> {
    let participant = world.meetings.participants.get(key)?;
    let person = world.people.get(participant.person)?;
    let instance = world.meetings.instances.get(participant.instance)?;
    let series = world.meetings.series.get(instance.series)?;
    let host = world.people.get(series.host)?;
    let seconds = participant.joined.zip(participant.left);
    let seconds = seconds.map(|(joined, left)| left.duration_since(joined).as_secs());
    let room = series.plan.room_id.as_deref();
    let room = room.and_then(|id| world.rooms.get(world.rooms.find(id)?));
    let is_running = instance.ended.is_none();
    let (joined, left) = (
        participant.joined.map(moment::text),
        participant.left.map(moment::text),
    );
    Some(shown(json!({
        "id": participant.id,
        "orgId": is_running.then_some(&world.organization_id),
        "host": participant.is_host,
        "coHost": participant.is_co_host,
        "spaceModerator": room.map(|room| world.is_moderator(participant.person, room)),
        "email": person.email,
        "displayName": person.display_name,
        "invitee": participant.is_invitee,
        "muted": participant.is_muted,
        "meetingStartTime": moment::text(instance.started),
        "video": "off",
        "state": match participant.presence {
            Presence::Lobby => "lobby",
            Presence::Joined => "joined",
            Presence::Left => "end",
        },
        "joinedTime": joined,
        "leftTime": left,
        "siteUrl": SITE,
        "meetingId": instance.id,
        "hostEmail": host.email,
        "devices": [shown(json!({
            "deviceType": "webex_app",
            "joinedTime": joined,
            "leftTime": left,
            "durationSecond": seconds,
        }))],
    })))
}
