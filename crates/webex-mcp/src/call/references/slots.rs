//! Where references stand in the arguments: as an argument, in a list, or in each entry of a list.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::filter::{self, Form};
use super::names::Kind;

/// The arguments that may hold a name or a link instead of an id. Spaces and meetings come first: a
/// person who is not found elsewhere is looked for among their people.
const ARGUMENTS: [(&str, Kind); 8] = [
    ("roomId", Kind::Space),
    ("teamId", Kind::Team),
    ("meetingId", Kind::Meeting),
    ("meetingSeriesId", Kind::Meeting),
    ("personId", Kind::Person),
    ("toPersonId", Kind::Person),
    ("actorId", Kind::Person),
    ("managerId", Kind::Person),
];

/// Lists of references.
const LISTS: [(&str, Kind); 2] = [("roomIds", Kind::Space), ("personIds", Kind::Person)];

/// References in the entries of a list: the list, the field, and what it names.
const ENTRIES: [(&str, &str, Kind); 2] = [
    ("invitees", "personId", Kind::Person),
    ("addInvitees", "personId", Kind::Person),
];

/// One place of a reference.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// As errors and questions name it, such as `roomId` or `invitees[2].personId`.
    pub path: Cow<'static, str>,
    pub kind: Kind,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Argument(&'static str),
    InList(&'static str, usize),
    InEntry(&'static str, usize, &'static str),
    /// In a condition of a webhook's filter.
    InFilter(usize),
}

/// What an argument of this name refers to.
pub(in crate::call) fn thing_of(argument: &str) -> Option<Kind> {
    let known = ARGUMENTS.iter().find(|(known, _)| *known == argument);
    known.map(|(_, kind)| *kind)
}

/// Whether this is a list of references, whose entries may be names.
pub(super) fn is_list(name: &str) -> bool {
    let people = ENTRIES.iter().map(|(list, ..)| *list);
    let mut lists = LISTS.iter().map(|(list, _)| *list).chain(people);
    lists.any(|list| list == name)
}

#[cfg(test)]
/// Whether an argument of this name is a reference, or holds some.
pub(super) fn is_known(name: &str) -> bool {
    let lists = LISTS.iter().map(|(list, _)| *list);
    let arguments = ARGUMENTS.iter().map(|(argument, _)| *argument);
    arguments.chain(lists).any(|known| known == name)
}

/// How many references there are.
pub(super) fn count(arguments: &Map<String, Value>) -> usize {
    let length = |list: &str| {
        arguments
            .get(list)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let alone = ARGUMENTS
        .iter()
        .filter(|(argument, _)| arguments.contains_key(*argument));
    let listed: usize = LISTS.iter().map(|(list, _)| length(list)).sum();
    let in_entries = ENTRIES.iter().map(|(list, field, _)| {
        let entries = arguments.get(*list).and_then(Value::as_array);
        let has = |entry: &&Value| entry.get(field).is_some();
        entries.map_or(0, |entries| entries.iter().filter(has).count())
    });
    let in_filter = filter::conditions(arguments).count();
    alone.count() + listed + in_entries.sum::<usize>() + in_filter
}

/// Every place that holds a text, in the order in which they are resolved.
pub(super) fn slots(arguments: &Map<String, Value>) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut add = |path: Cow<'static, str>, kind, place| {
        if text(arguments, place).is_some() {
            slots.push(Slot { path, kind, place });
        }
    };
    for (argument, kind) in ARGUMENTS {
        add(argument.into(), kind, Place::Argument(argument));
    }
    let length = |list: &str| {
        arguments
            .get(list)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    for (list, kind) in LISTS {
        for index in 0..length(list) {
            let path = format!("{list}[{index}]");
            add(path.into(), kind, Place::InList(list, index));
        }
    }
    for (list, field, kind) in ENTRIES {
        for index in 0..length(list) {
            let path = format!("{list}[{index}].{field}");
            add(path.into(), kind, Place::InEntry(list, index, field));
        }
    }
    for (at, condition) in filter::conditions(arguments).enumerate() {
        if let Form::Reference(kind) = condition.form {
            let path = format!("filter.{}", condition.name);
            add(path.into(), kind, Place::InFilter(at));
        }
    }
    slots
}

fn text(arguments: &Map<String, Value>, place: Place) -> Option<&str> {
    match place {
        Place::Argument(argument) => arguments.get(argument),
        Place::InList(list, index) => arguments.get(list)?.get(index),
        Place::InEntry(list, index, field) => arguments.get(list)?.get(index)?.get(field),
        Place::InFilter(at) => return filter::conditions(arguments).nth(at).map(|it| it.value),
    }?
    .as_str()
}

impl Slot {
    /// Whether there may be others beside it.
    pub(super) fn is_of_list(&self) -> bool {
        matches!(self.place, Place::InList(..) | Place::InEntry(..))
    }

    pub(super) fn read<'a>(&self, arguments: &'a Map<String, Value>) -> Option<&'a str> {
        text(arguments, self.place)
    }

    pub(super) fn write(&self, arguments: &mut Map<String, Value>, id: &str) {
        let value = match self.place {
            Place::Argument(argument) => arguments.get_mut(argument),
            Place::InList(list, index) => {
                arguments.get_mut(list).and_then(|list| list.get_mut(index))
            }
            Place::InEntry(list, index, field) => arguments
                .get_mut(list)
                .and_then(|list| list.get_mut(index)?.get_mut(field)),
            Place::InFilter(at) => return filter::write(arguments, at, id),
        };
        if let Some(value) = value {
            *value = id.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_place_is_found_named_and_written() {
        let Value::Object(mut arguments) = json!({
            "personId": "a", "roomId": "b", "roomIds": ["c", 7, "d"], "personIds": "e",
            "invitees": [{"email": "x"}, {"personId": "f"}, "g", {"personId": null}],
        }) else {
            panic!("an object");
        };
        let found = slots(&arguments);
        let paths: Vec<_> = found.iter().map(|slot| &*slot.path).collect();
        let expected = [
            "roomId",
            "personId",
            "roomIds[0]",
            "roomIds[2]",
            "invitees[1].personId",
        ];
        assert_eq!(paths, expected);
        for slot in &found {
            let text = slot.read(&arguments).unwrap().to_uppercase();
            slot.write(&mut arguments, &text);
        }
        let written = json!({
            "personId": "A", "roomId": "B", "roomIds": ["C", 7, "D"], "personIds": "e",
            "invitees": [{"email": "x"}, {"personId": "F"}, "g", {"personId": null}],
        });
        assert_eq!(Value::Object(arguments.clone()), written);
        assert!(count(&arguments) >= found.len());
    }
}
