//! Turns the table of a scope into the scope itself.

use std::collections::BTreeSet;

use webex::id::ResourceId;

use crate::config::tables::{Allowed, ScopeTable};
use crate::limits;
use crate::scope::lockdown::Authors;
use crate::scope::{Permission, Scope, key};
use crate::text::whole_id;

/// # Errors
/// The key whose entry is none of its kind, and why.
pub(super) fn scope(table: &ScopeTable) -> Result<Scope, (&'static str, String)> {
    let list = |name: &'static str, list: &Option<Vec<String>>, read: Read| {
        let entries = list.iter().flatten();
        if entries.clone().count() > limits::SCOPE_ENTRIES_MAX {
            let most = limits::SCOPE_ENTRIES_MAX;
            return Err((name, format!("it may have at most {most} entries")));
        }
        let entries = entries.map(|entry| {
            read(entry.trim()).map_err(|wanted| (name, format!("`{entry}` is not {wanted}")))
        });
        entries.collect::<Result<BTreeSet<_>, _>>()
    };
    let spaces = list("spaces", &table.spaces, space)?;
    let all = Scope::default();
    Ok(Scope {
        spaces: table.spaces.is_some().then_some(spaces),
        exclude_spaces: list("exclude_spaces", &table.exclude_spaces, space)?,
        people: list("people", &table.people, person)?,
        exclude_people: list("exclude_people", &table.exclude_people, person)?,
        domains: list("domains", &table.domains, domain)?,
        exclude_domains: list("exclude_domains", &table.exclude_domains, domain)?,
        direct_messages: table.direct_messages.unwrap_or(all.direct_messages),
        max_audience: table.max_audience.map(Into::into),
        ask_above: ask_above(table)?,
        outside_people: table.outside_people.map_or(all.outside_people, permission),
        mention_all: table.mention_all.map_or(all.mention_all, permission),
        authors: match &table.authors {
            Some(_) => Some(authors(list("authors", &table.authors, author)?)?),
            None => None,
        },
    })
}

fn ask_above(table: &ScopeTable) -> Result<Option<u32>, (&'static str, String)> {
    if let (Some(ask), Some(most)) = (table.ask_above, table.max_audience)
        && ask >= most
    {
        let reason = format!("it has to be lower than max_audience, {most}, which refuses");
        return Err(("ask_above", reason));
    }
    Ok(table.ask_above.map(Into::into))
}

fn permission(allowed: Allowed) -> Permission {
    match allowed {
        Allowed::Yes => Permission::Allowed,
        Allowed::Ask => Permission::Asked,
        Allowed::No => Permission::Refused,
    }
}

/// The word for the members of the caller's organization.
const ORGANIZATION: &str = "organization";

fn authors(mut entries: BTreeSet<String>) -> Result<Authors, (&'static str, String)> {
    if entries.is_empty() {
        let reason = "it shows nobody; leave it out, or name the organization or a domain";
        return Err(("authors", reason.to_owned()));
    }
    Ok(Authors {
        organization: entries.remove(ORGANIZATION),
        domains: entries,
    })
}

fn author(text: &str) -> Result<String, &'static str> {
    match text {
        ORGANIZATION => Ok(text.to_owned()),
        _ => domain(text).map_err(|_| "\"organization\" or a domain such as example.com"),
    }
}

/// Gives what an entry is compared by, or what it should have been.
type Read = fn(&str) -> Result<String, &'static str>;

fn space(text: &str) -> Result<String, &'static str> {
    let wanted = "the id or the link of a space";
    if let Some(id) = ResourceId::parse(text) {
        return (id.kind == "ROOM").then(|| key(text)).ok_or(wanted);
    }
    // A link ends with the uuid: webexteams://im?space=… or https://web.webex.com/spaces/…
    let end = text.rsplit(['=', '/']).next().unwrap_or(text);
    uuid::Uuid::try_parse(end)
        .map(|uuid| uuid.to_string())
        .map_err(|_| wanted)
}

fn person(text: &str) -> Result<String, &'static str> {
    let is_person = ResourceId::parse(text).is_some_and(|id| id.kind == "PEOPLE");
    match text.split_once('@') {
        Some((name, host)) if !name.is_empty() && domain(host).is_ok() => Ok(text.to_lowercase()),
        None if is_person => Ok(key(text)),
        None if let Some(id) = whole_id("PEOPLE", text) => Ok(key(&id)),
        _ => Err("an e-mail address or the id of a person"),
    }
}

fn domain(text: &str) -> Result<String, &'static str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    match text.chars().all(is_plain) && text.contains('.') && !text.starts_with('.') {
        true => Ok(text.to_lowercase()),
        false => Err("a domain; write it as example.com"),
    }
}

#[cfg(test)]
mod tests {
    use webex::id;

    use super::*;

    const UUID: &str = "bbceb1ad-43f1-3b58-9147-f14bb0c4d154";

    #[test]
    fn entries_are_read_in_the_forms_that_people_have() {
        let (room, person_id) = (
            id::encode("us", "ROOM", UUID),
            id::encode("us", "PEOPLE", UUID),
        );
        let link = format!("https://web.webex.com/spaces/{UUID}");
        let deep = format!("webexteams://im?space={}", UUID.to_uppercase());
        for (read, text, expected) in [
            (space as Read, &*room, Ok(UUID)),
            (space, &link, Ok(UUID)),
            (space, &deep, Ok(UUID)),
            (space, &person_id, Err("the id or the link of a space")),
            (
                space,
                "Project Unicorn",
                Err("the id or the link of a space"),
            ),
            (person, &person_id, Ok(UUID)),
            (person, "Bob@Example.com", Ok("bob@example.com")),
            (
                person,
                "Bob",
                Err("an e-mail address or the id of a person"),
            ),
            (
                person,
                "@example.com",
                Err("an e-mail address or the id of a person"),
            ),
            (domain, "Example.COM", Ok("example.com")),
            (
                domain,
                "@example.com",
                Err("a domain; write it as example.com"),
            ),
            (domain, "example", Err("a domain; write it as example.com")),
        ] {
            assert_eq!(
                read(text).as_deref().map_err(|wanted| *wanted),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn authors_are_the_organization_or_domains() {
        let read = |entries: &[&str]| {
            let table = ScopeTable {
                authors: Some(entries.iter().map(|&entry| entry.to_owned()).collect()),
                ..ScopeTable::default()
            };
            scope(&table).map(|scope| scope.authors.unwrap())
        };
        let both = read(&["organization", "Example.COM"]).unwrap();
        let expected = Authors {
            organization: true,
            domains: BTreeSet::from(["example.com".to_owned()]),
        };
        assert_eq!(both, expected);
        assert!(!read(&["example.com"]).unwrap().organization);
        for wrong in [
            &[][..],
            &["example"],
            &["bob@example.com"],
            &["Organization"],
        ] {
            assert_eq!(read(wrong).unwrap_err().0, "authors", "{wrong:?}");
        }
    }

    #[test]
    fn what_is_asked_about_is_less_than_what_is_refused() {
        let of = |ask: Option<u32>, most: Option<u32>| {
            let number = |number: Option<u32>| number.and_then(std::num::NonZeroU32::new);
            scope(&ScopeTable {
                ask_above: number(ask),
                max_audience: number(most),
                outside_people: Some(Allowed::Ask),
                ..ScopeTable::default()
            })
        };
        for (ask, most, is_taken) in [
            (Some(5), None, true),
            (Some(5), Some(6), true),
            (None, Some(5), true),
            (Some(5), Some(5), false),
            (Some(6), Some(5), false),
        ] {
            assert_eq!(of(ask, most).is_ok(), is_taken, "{ask:?} {most:?}");
        }
        assert_eq!(of(None, None).unwrap().outside_people, Permission::Asked);
    }

    #[test]
    fn an_empty_list_of_spaces_is_none_and_an_absent_one_is_all() {
        let none = ScopeTable {
            spaces: Some(Vec::new()),
            ..ScopeTable::default()
        };
        assert_eq!(scope(&none).unwrap().spaces, Some(BTreeSet::new()));
        assert_eq!(scope(&ScopeTable::default()).unwrap(), Scope::default());
        let many = ScopeTable {
            domains: Some(vec![
                "example.com".to_owned();
                limits::SCOPE_ENTRIES_MAX + 1
            ]),
            ..ScopeTable::default()
        };
        assert_eq!(scope(&many).unwrap_err().0, "domains");
    }
}
