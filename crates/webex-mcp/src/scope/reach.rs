//! What each operation of Webex is about, for a scope: where its request names a space or a person,
//! and what its answer has rows of. A server with a scope has no tool that needs another operation.
//!
//! Everything counts through spaces and people:
//!
//! - A message, a file, a membership, a submitted card and a webhook count through their space, a
//!   membership also through its person.
//! - A team counts through its spaces, as far as the caller is in them: where only certain spaces are
//!   allowed, one of them has to belong to it, and no excluded one may. A change of a team also
//!   reaches its spaces that the caller cannot see, so it needs a scope that names no spaces. A team
//!   membership counts through its team and its person.
//! - A meeting counts through its host, and through the space that it was made from. Where only
//!   certain spaces are allowed, a meeting that was made from none is outside.
//! - An invitee and a participant count through their meeting and their own address; a recording, a
//!   transcript and a summary through their meeting. A snippet of a transcript also counts through its
//!   speaker, and the whole text of one through all of its speakers. Webex reads no transcript by its
//!   id, so one is known once it was listed.
//! - An event counts through its actor, its space, and everybody whom its data names by id or by
//!   address. Where spaces are named, an event that tells of no space is outside.
//! - An account counts through its person and its manager.
//!
//! What people wrote, and what Webex's assistant wrote of what they said, stays as it is, whomever it
//! names; by whom it may be is said by `lockdown`.

mod table;

use webex::{Operation, Repeat};

use self::table::{ME, REACHES};

/// Where a request names something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first id in the path.
    Path,
    Query(&'static str),
    Body(&'static str),
    /// A list of texts in the body.
    List(&'static str),
    /// A field of each entry of a list in the body.
    Each(&'static str, &'static str),
    /// The request as a whole.
    Whole,
}

/// What a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Space,
    /// A person whose direct space with the caller is meant, by id or address.
    Direct,
    /// A person, by id or address.
    Person,
    /// The same, who is to become a member or is invited.
    NewMember,
    /// A person whose account is changed; its manager is read too.
    Account,
    Team,
    /// A meeting, by its id, its number or its link.
    Meeting,
    MeetingNumber,
    MeetingLink,
    /// Things that are in a space, a team or a meeting; they are read first.
    Message,
    Membership,
    Webhook,
    TeamMembership,
    Invitee,
    Participant,
    Recording,
    /// A file or a transcript: what has it has to have been read before.
    File,
    Transcript,
    /// All words of a transcript.
    WholeTranscript,
    /// What is to be made.
    NewSpace,
    NewTeam,
    NewMeeting,
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
    /// The caller, who is always known.
    Own,
    /// A submitted card.
    Action,
    Team,
    TeamMembership,
    Meeting,
    Invitee,
    Participant,
    Recording,
    Transcript,
    Snippet,
    Event,
    /// What Webex's assistant wrote of what was said in a meeting.
    Summary,
}

/// What an answer has rows of. What a write answers was decided with its request: only lockdown looks
/// at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing that a scope is about, or nothing that its request did not decide.
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

/// What is declared of the operation; `None` where a scope cannot be enforced for it.
pub fn of(operation: &Operation) -> Option<&'static Reach> {
    let mut all = REACHES.iter().chain([&ME]);
    all.find(|reach| reach.operation.name == operation.name)
}

/// Whether rows of its answer may be left out.
pub fn is_list(operation: &Operation) -> bool {
    operation.repeat == Repeat::Read
        && of(operation).is_some_and(|reach| matches!(reach.answer, Answer::Many(_)))
}

#[cfg(test)]
mod tests {
    use super::Answer::Free;
    use super::Place::Path;
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
            // What has an id in its path is decided by it, or else by its answer.
            let is_by_id = operation.path.contains('{');
            let names_id = names.iter().any(|(_, place)| *place == Path);
            match answer {
                Answer::One(_) => assert!(is_by_id || !names_id, "{}", operation.name),
                _ => assert_eq!(names_id, is_by_id, "{}", operation.name),
            }
        }
    }

    /// Lockdown looks at rows, so an answer without rows must have no words of others.
    #[test]
    fn an_answer_without_rows_has_no_words_of_others() {
        let mut free: Vec<_> = REACHES
            .iter()
            .filter(|reach| reach.answer == Free && !reach.operation.name.ends_with("delete"))
            .map(|reach| reach.operation.name)
            .collect();
        free.sort_unstable();
        // Files and whole transcripts are decided with their requests; the others answer what the
        // caller wrote, links, or nothing.
        let known = [
            &webex::attachment_actions::CREATE,
            &webex::contents::GET,
            &webex::contents::HEAD,
            &webex::meetings::join::JOIN,
            &webex::participants::ADMIT,
            &webex::rooms::MEETING_INFO,
            &webex::transcripts::DOWNLOAD,
            &webex::webhooks::CREATE,
            &webex::webhooks::UPDATE,
        ];
        let mut known = known.map(|operation| operation.name);
        known.sort_unstable();
        assert_eq!(free, known);
    }

    #[test]
    fn each_operation_is_declared_once() {
        let mut names: Vec<_> = REACHES.iter().map(|reach| reach.operation.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), REACHES.len());
        assert!(of(&webex::people::ME).is_some() && of(&webex::people::DELETE).is_none());
        assert!(is_list(&webex::events::LIST) && !is_list(&webex::events::GET));
    }
}
