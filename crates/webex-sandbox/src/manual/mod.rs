//! `docs/sandbox.md`: text from a template, tables from the sandbox itself.

use std::fmt::{Display, Write as _};

use jiff::tz::TimeZone;
use webex::webhooks::WebhookEvent;
use webex::webhooks::rules::WATCHABLE;

use crate::rows::meetings::Series;
use crate::rows::{Person, PersonKey, Role, Room, RoomKind};
use crate::rules::messages::post;
use crate::rules::{events, webhooks};
use crate::world::World;
use crate::{Options, Sandbox, changes, courier, faults, request, storage, table};

const TEMPLATE: &str = include_str!("template.md");

/// The crate's own documentation; sections of it are reused, so that nothing is written twice.
const CRATE: &str = include_str!("../lib.rs");

/// The sandbox's manual in Markdown, the content of `docs/sandbox.md`.
pub fn manual() -> String {
    let sandbox = Sandbox::new(Options::for_tests());
    let mut text = TEMPLATE.to_owned();
    let signing_in = section("Signing in");
    let differences = section("Where it differs from Webex");
    let parts = sandbox.read(|world| {
        [
            ("people", people(world)),
            ("spaces", spaces(world)),
            ("team", team(world)),
            ("direct", direct_rooms(world)),
            ("meetings", meetings(world)),
            ("signing-in", signing_in),
            ("integration", integration(world)),
            ("webhooks", webhooks()),
            ("failures", failures()),
            ("limits", limits()),
            ("differences", differences),
        ]
    });
    for (name, part) in parts {
        text = text.replace(&format!("{{{{{name}}}}}"), part.trim_end());
    }
    text
}

/// A section of the crate's documentation, with plain names in place of links and with joined
/// lines.
fn section(title: &str) -> String {
    let heading = format!("//! # {title}");
    let lines = CRATE.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.map_while(|line| line.strip_prefix("//!"));
    let lines = lines.take_while(|line| !line.starts_with(" # ") && !line.is_empty());
    let mut text = String::new();
    for line in lines {
        let line = line.trim();
        if !text.is_empty() {
            text.push(if line.starts_with("- ") { '\n' } else { ' ' });
        }
        text.push_str(line);
    }
    text.replace("[`", "`").replace("`]", "`")
}

const MEBIBYTE_BYTES: u64 = 1024 * 1024;

fn role(person: &Person) -> &'static str {
    match person.role {
        Role::User => "user",
        Role::Administrator => "administrator",
        Role::ComplianceOfficer => "compliance officer",
        Role::Bot => "bot",
    }
}

/// A table; a bar separates the columns.
fn markdown(head: &str, rows: impl Iterator<Item = String>) -> String {
    let line = "|---".repeat(head.split('|').count());
    let mut text = format!("| {head} |\n{line}|\n");
    for row in rows {
        let _ = writeln!(text, "| {row} |");
    }
    text
}

fn people(world: &World) -> String {
    let rows = world.people.iter().map(|(_, person)| {
        let (name, email, token) = (&person.display_name, &person.email, &person.token);
        let (role, title) = (role(person), person.demo().title);
        format!("{name} | {email} | `{token}` | {role} | {title}")
    });
    markdown("person | address | token | role | title", rows)
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

fn spaces(world: &World) -> String {
    let rows = groups(world).map(|room| {
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
        format!("{title} | {marks} | {members}")
    });
    markdown("space | what it is | people", rows)
}

fn team(world: &World) -> String {
    let teams = world.teams.iter().map(|(_, team)| {
        let members = names(world, team.members.keys()).join(", ");
        format!("{} has {members}", team.name)
    });
    teams.collect::<Vec<_>>().join("; ")
}

fn direct_rooms(world: &World) -> String {
    let rooms = world.rooms.iter().map(|(_, room)| room);
    let direct = rooms.filter(|room| room.kind == RoomKind::Direct);
    let pairs = direct.map(|room| names(world, room.members.keys()).join(" with "));
    pairs.collect::<Vec<_>>().join(", ")
}

fn meetings(world: &World) -> String {
    let rows = world.meetings.series.iter().map(|(_, series)| {
        let host = names(world, std::iter::once(&series.host)).join("");
        let invitees = world.meetings.invitees.all(&series.invitees);
        let invitees: Vec<PersonKey> = invitees
            .filter_map(|(_, invitee)| world.person_by_email(&invitee.email))
            .collect();
        let invited = names(world, invitees.iter()).join(", ");
        let (title, when) = (&series.plan.title, when(world, series));
        format!("{title} | {host} | {invited} | {when}")
    });
    markdown("meeting | host | invited | when", rows)
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

fn integration(world: &World) -> String {
    let rows = world.oauth.applications.iter().map(|(_, application)| {
        let known = &application.integration;
        let uris = known.redirect_uris.iter().map(|uri| format!("`{uri}`"));
        let uris = uris.collect::<Vec<_>>().join("<br>");
        let (id, secret) = (&known.client_id, &known.client_secret);
        format!("`{id}` | `{secret}` | {uris}")
    });
    markdown("client id | client secret | redirect URIs", rows)
}

fn webhooks() -> String {
    let rows = WATCHABLE.iter().filter_map(|row| {
        let resource = row.resource.as_str();
        let events = row.events.iter().map(WebhookEvent::as_str);
        let single = events.filter(|event| *event != "all");
        let (fired, silent): (Vec<&str>, Vec<&str>) =
            single.partition(|event| webhooks::fires(resource, event));
        let cell = |words: &[&str]| match words.is_empty() {
            true => "-".to_owned(),
            false => words.join(", "),
        };
        let has_events = !fired.is_empty() || !silent.is_empty();
        let (fired, silent, filters) = (cell(&fired), cell(&silent), cell(row.filters));
        has_events.then(|| format!("{resource} | {fired} | {silent} | {filters}"))
    });
    markdown("resource | fires | only registered | filters", rows)
}

fn failures() -> String {
    format!(
        "A target has {} seconds to answer with 2xx; {} failures within five minutes disable a webhook until it is set active again.",
        courier::DELIVERY_TIMEOUT_SECS,
        webhooks::MAX_FAILURES,
    )
}

fn limits() -> String {
    let limits: [(&str, &dyn Display); 13] = [
        ("rows of one kind (people, messages, …)", &table::MAX_ROWS),
        ("events that are kept", &events::MAX_EVENTS),
        ("calls that are remembered", &faults::MAX_CALLS),
        ("orders of faults that wait", &faults::MAX_ORDERS),
        ("bytes of a message", &post::MAX_TEXT_BYTES),
        ("edits of a message", &post::MAX_EDITS),
        ("a file", &mebibytes(storage::MAX_FILE_BYTES)),
        ("all files", &mebibytes(storage::MAX_STORED_BYTES)),
        ("a JSON body", &mebibytes(request::MAX_JSON_BYTES as u64)),
        (
            "webhook deliveries that wait",
            &courier::MAX_WAITING_DELIVERIES,
        ),
        ("webhook deliveries that are remembered", &courier::MAX_SENT),
        ("live pages open at once", &changes::MAX_STREAMS),
        ("the clock moves by", &"ten years in all"),
    ];
    let rows = limits.iter().map(|(what, most)| format!("{what} | {most}"));
    markdown("what | at most", rows)
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes / MEBIBYTE_BYTES)
}
