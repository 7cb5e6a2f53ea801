//! `GET /rooms/{id}/meetingInfo`: data for a meeting in a room, which Webex declared obsolete.

use serde_json::json;

use crate::problem::Result;
use crate::request::Call;
use crate::rules::meetings::show::{SITE, web_link};
use crate::rules::meetings::space;
use crate::rules::shown::{Shown, shown};
use crate::world::World;

/// Numbers that nobody has: 555-01xx is reserved for fiction.
const TOLL_FREE_NUMBER: &str = "+1-800-555-0100";
const TOLL_NUMBER: &str = "+1-408-555-0101";

/// The room's standing meeting, which is in the calendar after the first request for it.
pub(crate) fn details(world: &mut World, call: &Call) -> Result<Shown> {
    let id = call.id();
    let room = world.own_room(call.person, id)?;
    let key = space::of_room(world, room)?;
    let series = world.meetings.series.row(key)?;
    Ok(shown(json!({
        "roomId": id,
        "meetingLink": web_link(series),
        "sipAddress": format!("{}@{SITE}", series.number),
        "meetingId": series.id,
        "meetingNumber": series.number,
        "callInTollFreeNumber": TOLL_FREE_NUMBER,
        "callInTollNumber": TOLL_NUMBER,
    })))
}
