//! The tables of the manual, each made from the data that it describes.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use webex::webhooks::WebhookEvent;
use webex::webhooks::rules::WATCHABLE;

use crate::rows::meetings::Series;
use crate::rows::{Person, PersonKey, Role, Room, RoomKind};
use crate::rules::messages::post;
use crate::rules::{events, webhooks};
use crate::world::World;
use crate::{changes, courier, faults, request, storage, table};

const MEBIBYTE_BYTES: u64 = 1024 * 1024;

fn role(person: &Person) -> &'static str {
    match person.role {
        Role::User => "user",
        Role::Administrator => "administrator",
        Role::ComplianceOfficer => "compliance officer",
        Role::Bot => "bot",
    }
}

pub(super) fn people(world: &World) -> String {
    let mut text =
        String::from("| person | address | token | role | title |\n|---|---|---|---|---|\n");
    for (_, person) in world.people.iter() {
        let _ = writeln!(
            text,
            "| {} | {} | `{}` | {} | {} |",
            person.display_name,
            person.email,
            person.token,
            role(person),
            person.demo().title,
        );
    }
    text
}

/// First names, as colleagues use them; a bot has its whole name.
fn names<'w>(world: &'w World, keys: impl Iterator<Item = &'w PersonKey>) -> Vec<&'w str> {
    let people = keys.filter_map(|key| world.people.get(*key));
    let names = people.map(|person| match person.role {
        Role::Bot => person.display_name.as_str(),
        _ => person.display_name.split(' ').next().unwrap_or_default(),
    });
    names.collect()
}

fn groups(world: &World) -> impl Iterator<Item = &Room> {
    let rooms = world.rooms.iter().map(|(_, room)| room);
    rooms.filter(|room| room.kind == RoomKind::Group)
}

pub(super) fn spaces(world: &World) -> String {
    let mut text = String::from("| space | what it is | people |\n|---|---|---|\n");
    for room in groups(world) {
        let team = room.team.and_then(|team| world.teams.get(team));
        let mut marks = Vec::new();
        marks.extend(team.map(|team| format!("of team {}", team.name)));
        let moderators = room.members.keys();
        let moderators = moderators.filter(|key| world.is_moderator(**key, room));
        let moderators = names(world, moderators);
        if !moderators.is_empty() {
            marks.push(format!("moderated by {}", moderators.join(" and ")));
        }
        for (is_so, mark) in [
            (room.is_announcement_only, "only moderators post"),
            (room.is_public, "public"),
        ] {
            marks.extend(is_so.then(|| mark.to_owned()));
        }
        if marks.is_empty() {
            marks.push("open to its members".to_owned());
        }
        let members = names(world, room.members.keys());
        let (title, marks, members) = (&room.title, marks.join(", "), members.join(", "));
        let _ = writeln!(text, "| {title} | {marks} | {members} |");
    }
    text
}

pub(super) fn team(world: &World) -> String {
    let teams = world.teams.iter().map(|(_, team)| {
        let members = names(world, team.members.keys()).join(", ");
        format!("{} has {members}", team.name)
    });
    teams.collect::<Vec<_>>().join("; ")
}

pub(super) fn direct_rooms(world: &World) -> String {
    let rooms = world.rooms.iter().map(|(_, room)| room);
    let direct = rooms.filter(|room| room.kind == RoomKind::Direct);
    let pairs = direct.map(|room| names(world, room.members.keys()).join(" with "));
    pairs.collect::<Vec<_>>().join(", ")
}

pub(super) fn meetings(world: &World) -> String {
    let mut text = String::from("| meeting | host | invited | when |\n|---|---|---|---|\n");
    for (_, series) in world.meetings.series.iter() {
        let host = names(world, std::iter::once(&series.host)).join("");
        let invitees = world.meetings.invitees_of(series);
        let invitees: Vec<PersonKey> = invitees
            .filter_map(|(_, invitee)| world.person_by_email(&invitee.email))
            .collect();
        let invited = names(world, invitees.iter()).join(", ");
        let (title, when) = (&series.plan.title, when(world, series));
        let _ = writeln!(text, "| {title} | {host} | {invited} | {when} |");
    }
    text
}

/// Relative to the start of the sandbox, because every start has another date.
fn when(world: &World, series: &Series) -> String {
    let plan = &series.plan;
    let zone = TimeZone::get(&plan.timezone).unwrap_or(TimeZone::UTC);
    let start = plan.start.to_zoned(zone.clone());
    let today = world.now.to_zoned(zone).date();
    let minutes = plan.length.as_mins();
    let day = match (&plan.recurrence, start.date().since(today)) {
        (Some(rule), _) => format!("`{rule}`"),
        (None, Ok(span)) => match span.get_days() {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            -1 => "yesterday".to_owned(),
            days => format!("{days} days from the start"),
        },
        (None, Err(_)) => "once".to_owned(),
    };
    let (time, zone) = (start.strftime("%H:%M"), &plan.timezone);
    format!("{day} at {time} ({zone}), {minutes} minutes")
}

pub(super) fn integration(world: &World) -> String {
    let mut text = String::from("| client id | client secret | redirect URIs |\n|---|---|---|\n");
    for (_, application) in world.oauth.applications.iter() {
        let known = &application.integration;
        let uris = known.redirect_uris.iter().map(|uri| format!("`{uri}`"));
        let uris = uris.collect::<Vec<_>>().join("<br>");
        let (id, secret) = (&known.client_id, &known.client_secret);
        let _ = writeln!(text, "| `{id}` | `{secret}` | {uris} |");
    }
    text
}

pub(super) fn webhooks() -> String {
    let mut text =
        String::from("| resource | fires | only registered | filters |\n|---|---|---|---|\n");
    for row in WATCHABLE {
        let resource = row.resource.as_str();
        let events = row.events.iter().map(WebhookEvent::as_str);
        let single = events.filter(|event| *event != "all");
        let (fired, silent): (Vec<&str>, Vec<&str>) =
            single.partition(|event| webhooks::fires(resource, event));
        if fired.is_empty() && silent.is_empty() {
            continue;
        }
        let cell = |words: &[&str]| match words.is_empty() {
            true => "-".to_owned(),
            false => words.join(", "),
        };
        let (fired, silent, filters) = (cell(&fired), cell(&silent), cell(row.filters));
        let _ = writeln!(text, "| {resource} | {fired} | {silent} | {filters} |");
    }
    text
}

pub(super) fn failures() -> String {
    format!(
        "A target has {} seconds to answer with 2xx; {} failures within five minutes disable a webhook until it is set active again.",
        courier::DELIVERY_TIMEOUT_SECS,
        webhooks::MAX_FAILURES,
    )
}

pub(super) fn limits() -> String {
    let rows: [(&str, String); 13] = [
        (
            "rows of one kind (people, messages, …)",
            table::MAX_ROWS.to_string(),
        ),
        ("events that are kept", events::MAX_EVENTS.to_string()),
        ("calls that are remembered", faults::MAX_CALLS.to_string()),
        ("orders of faults that wait", faults::MAX_ORDERS.to_string()),
        ("bytes of a message", post::MAX_TEXT_BYTES.to_string()),
        ("edits of a message", post::MAX_EDITS.to_string()),
        ("a file", mebibytes(storage::MAX_FILE_BYTES)),
        ("all files", mebibytes(storage::MAX_STORED_BYTES)),
        ("a JSON body", mebibytes(request::MAX_JSON_BYTES as u64)),
        (
            "webhook deliveries that wait",
            courier::MAX_WAITING_DELIVERIES.to_string(),
        ),
        (
            "webhook deliveries that are remembered",
            courier::MAX_SENT.to_string(),
        ),
        ("live pages open at once", changes::MAX_STREAMS.to_string()),
        ("the clock moves by", "ten years in all".to_owned()),
    ];
    let mut text = String::from("| what | at most |\n|---|---|\n");
    for (what, most) in rows {
        let _ = writeln!(text, "| {what} | {most} |");
    }
    text
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes / MEBIBYTE_BYTES)
}
