//! `GET /rooms/{id}/meetingInfo`: how to meet in a room, which Webex declared obsolete.

use axum::Json;
use axum::extract::{Path, State};
use webex::id::ResourceId;
use webex::rooms::RoomMeeting as Wire;

use crate::Sandbox;
use crate::problem::Problem;
use crate::request::Caller;
use crate::world::Room;

/// The site on which the demo company meets.
const SITE: &str = "example.webex.com";

/// Numbers that nobody has: 555-01xx is kept for fiction.
const TOLL_FREE_NUMBER: &str = "+1-800-555-0100";
const TOLL_NUMBER: &str = "+1-408-555-0101";

/// Meeting numbers have eleven digits, the first of which is 2.
const FIRST_MEETING_NUMBER: u64 = 20_000_000_000;
const MEETING_NUMBERS: u64 = 10_000_000_000;

pub(super) async fn details(
    State(sandbox): State<Sandbox>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Problem> {
    sandbox.read(|world| {
        let key = world.own_room(caller.person, &id)?;
        show(world.room(key)?).map(Json)
    })
}

/// Everything follows from the room's own id, so that it is the same each time.
fn show(room: &Room) -> Result<Wire, Problem> {
    let uuid = ResourceId::parse(&room.id).and_then(|id| id.uuid());
    let uuid = uuid.ok_or_else(Problem::vanished)?;
    let (high, _) = uuid.as_u64_pair();
    let number = (FIRST_MEETING_NUMBER + high % MEETING_NUMBERS).to_string();
    Ok(Wire {
        room_id: room.id.clone(),
        meeting_link: Some(format!("https://{SITE}/m/{uuid}")),
        sip_address: Some(format!("{number}@{SITE}")),
        meeting_id: Some(uuid.simple().to_string()),
        meeting_number: Some(number),
        call_in_toll_free_number: Some(TOLL_FREE_NUMBER.to_owned()),
        call_in_toll_number: Some(TOLL_NUMBER.to_owned()),
    })
}
