//! What each operation of Webex is about, for a scope: where its request names a space or a person,
//! and what its answer has rows of. A server with a scope has no tool that needs another operation.

use webex::Operation;
use webex::{attachment_actions, contents, memberships, messages, people, rooms, webhooks};

/// Where a request names something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The id in the path.
    Path,
    Query(&'static str),
    Body(&'static str),
    /// The request as a whole.
    Whole,
}

/// What a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Space,
    /// A person whose direct space with the caller is meant, by id or address.
    Direct,
    /// The same, who is to become a member.
    NewMember,
    /// Things that are in a space; they are read first.
    Message,
    Membership,
    Webhook,
    /// A file; its message has to have been read before.
    File,
    /// A space or a webhook that is to be made.
    NewSpace,
    NewWebhook,
}

/// What the rows of an answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Space,
    Message,
    Membership,
    Webhook,
    Person,
    /// A submitted card.
    Action,
}

/// An answer that only reads give; what a write answers was decided with its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing that a scope is about.
    Free,
    One(Row),
    Many(Row),
}

/// One operation.
#[derive(Debug)]
pub struct Reach {
    pub operation: &'static Operation,
    pub names: &'static [(Subject, Place)],
    pub answer: Answer,
}

const fn reach(
    operation: &'static Operation,
    names: &'static [(Subject, Place)],
    answer: Answer,
) -> Reach {
    Reach {
        operation,
        names,
        answer,
    }
}

use Answer::{Free, Many, One};
use Place::{Body, Path, Query, Whole};

static REACHES: [Reach; 28] = [
    reach(
        &messages::LIST,
        &[(Subject::Space, Query("roomId"))],
        Many(Row::Message),
    ),
    reach(
        &messages::LIST_DIRECT,
        &[
            (Subject::Direct, Query("personId")),
            (Subject::Direct, Query("personEmail")),
        ],
        Many(Row::Message),
    ),
    reach(
        &messages::CREATE,
        &[
            (Subject::Space, Body("roomId")),
            (Subject::Direct, Body("toPersonId")),
            (Subject::Direct, Body("toPersonEmail")),
        ],
        Free,
    ),
    reach(&messages::GET, &[], One(Row::Message)),
    reach(
        &messages::EDIT,
        &[(Subject::Message, Path), (Subject::Space, Body("roomId"))],
        Free,
    ),
    reach(&messages::DELETE, &[(Subject::Message, Path)], Free),
    reach(&rooms::LIST, &[], Many(Row::Space)),
    reach(&rooms::CREATE, &[(Subject::NewSpace, Whole)], Free),
    reach(&rooms::GET, &[], One(Row::Space)),
    reach(&rooms::UPDATE, &[(Subject::Space, Path)], Free),
    reach(&rooms::DELETE, &[(Subject::Space, Path)], Free),
    reach(&rooms::MEETING_INFO, &[(Subject::Space, Path)], Free),
    reach(
        &memberships::LIST,
        &[(Subject::Space, Query("roomId"))],
        Many(Row::Membership),
    ),
    reach(
        &memberships::CREATE,
        &[
            (Subject::Space, Body("roomId")),
            (Subject::NewMember, Body("personId")),
            (Subject::NewMember, Body("personEmail")),
        ],
        Free,
    ),
    reach(&memberships::GET, &[], One(Row::Membership)),
    reach(&memberships::UPDATE, &[(Subject::Membership, Path)], Free),
    reach(&memberships::DELETE, &[(Subject::Membership, Path)], Free),
    reach(&webhooks::LIST, &[], Many(Row::Webhook)),
    reach(&webhooks::CREATE, &[(Subject::NewWebhook, Whole)], Free),
    reach(&webhooks::GET, &[], One(Row::Webhook)),
    reach(&webhooks::UPDATE, &[(Subject::Webhook, Path)], Free),
    reach(&webhooks::DELETE, &[(Subject::Webhook, Path)], Free),
    reach(&contents::HEAD, &[(Subject::File, Path)], Free),
    reach(&contents::GET, &[(Subject::File, Path)], Free),
    reach(
        &attachment_actions::CREATE,
        &[(Subject::Message, Body("messageId"))],
        Free,
    ),
    reach(&attachment_actions::GET, &[], One(Row::Action)),
    reach(&people::LIST, &[], Many(Row::Person)),
    reach(&people::GET, &[], One(Row::Person)),
];

/// The caller itself is always known.
static ME: Reach = reach(&people::ME, &[], Free);

/// What is declared of the operation; `None` where a scope cannot be enforced for it.
pub fn of(operation: &Operation) -> Option<&'static Reach> {
    let mut all = REACHES.iter().chain([&ME]);
    all.find(|reach| reach.operation.name == operation.name)
}

#[cfg(test)]
mod tests {
    use webex::Repeat;

    use super::*;

    #[test]
    fn every_write_names_what_it_is_about_and_every_read_is_checked_on_one_side() {
        for Reach {
            operation,
            names,
            answer,
        } in &REACHES
        {
            match operation.repeat {
                Repeat::Write => assert!(!names.is_empty(), "{}", operation.name),
                Repeat::Read => assert!(!names.is_empty() || *answer != Free, "{}", operation.name),
            }
            for (_, place) in *names {
                assert_eq!(
                    *place == Path,
                    operation.path.contains('{') && !matches!(place, Body(_)),
                    "{}",
                    operation.name
                );
            }
        }
    }

    #[test]
    fn each_operation_is_declared_once() {
        let mut names: Vec<_> = REACHES.iter().map(|reach| reach.operation.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), REACHES.len());
        assert!(of(&people::ME).is_some() && of(&webex::events::LIST).is_none());
    }
}
