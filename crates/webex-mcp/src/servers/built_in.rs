//! The servers that exist without a configuration.

use std::sync::Arc;

use super::{Catalogue, Definition, Otherwise, Selection, VirtualServer};
use crate::tools;

/// The tools of `webex-suite`: those that people use most, of every group. Hosts that limit the
/// number of tools take 30, and a model reads at most 7,500 tokens of them.
pub const SUITE: [&str; 27] = [
    "webex-create-message",
    "webex-edit-message",
    "webex-get-message",
    "webex-search-messages",
    "webex-create-thread-reply",
    "webex-get-thread",
    "webex-create-space",
    "webex-get-space",
    "webex-search-spaces",
    "webex-add-membership",
    "webex-get-membership",
    "webex-remove-membership",
    "webex-download-file",
    "webex-list-meetings",
    "webex-create-meeting",
    "webex-update-meeting",
    "webex-delete-meeting",
    "webex-get-meeting-status",
    "webex-get-meeting-summary",
    "webex-list-recordings",
    "webex-get-transcript",
    "webex-get-person",
    "webex-search-people",
    "webex-find",
    "webex-catch-up",
    "webex-broadcast-message",
    "webex-schedule-message",
];

/// The tools that `webex-compact` lists, beside those that find and run the others.
const COMPACT: [&str; 8] = [
    "webex-create-message",
    "webex-get-message",
    "webex-search-messages",
    "webex-create-thread-reply",
    "webex-download-file",
    "webex-get-meeting-status",
    "webex-get-meeting-summary",
    "webex-find",
];

/// A built-in server, in words.
struct Words {
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    /// What its tools are for; the conventions that hold for every server follow.
    about: &'static str,
}

impl Words {
    fn selecting(self, selection: Selection) -> Definition {
        Definition {
            selection,
            description: Some(self.description.into()),
            about: self.about.into(),
            ..Definition::new(self.slug, self.title)
        }
    }
}

const MESSAGING: Words = Words {
    slug: "webex-messaging",
    title: "Webex Messaging",
    description: "Messages, threads, files, spaces, their members, and webhooks.",
    about: "Tools for Cisco Webex messaging. Spaces are what people also call rooms, channels or \
            groups; a message to a person goes into the direct space with that person.",
};
const MEETING: Words = Words {
    slug: "webex-meeting",
    title: "Webex Meetings",
    description: "Meetings, who is invited and who took part, summaries, recordings and \
                  transcripts.",
    about: "Tools for Cisco Webex meetings. A meeting that repeats is a series of occurrences, and \
            each time that it took place is an instance: summaries, recordings, transcripts and \
            participants belong to instances.",
};
const DIRECTORY: Words = Words {
    slug: "webex-directory",
    title: "Webex Directory",
    description: "People, teams and the members of teams.",
    about: "Tools for the people and teams of Cisco Webex. People are found by their e-mail \
            address or the beginning of their name; a team holds spaces, and its members may join \
            them.",
};
const COMPLIANCE: Words = Words {
    slug: "webex-compliance",
    title: "Webex Compliance",
    description: "What happened in the organization, for compliance officers.",
    about: "Tools for compliance officers of Cisco Webex. Events say who did what in the whole \
            organization, and can be read only with the role and the scope of such an officer.",
};
const WORKFLOWS: Words = Words {
    slug: "webex-workflows",
    title: "Webex Workflows",
    description: "What takes many requests, or is done later, in one call: catching up, broadcasts, \
                  lists of members, recaps, exports, archives, reports and scheduled messages.",
    about: "Tools for Cisco Webex that do in one call what takes many requests, or what is to be \
            done later. What changes many \
            things is planned first, and applied with the planId of the plan; what takes longer \
            than a client waits is looked at with its workId.",
};
const SUITE_WORDS: Words = Words {
    slug: "webex-suite",
    title: "Webex Suite",
    description: "The most used tools for messages, spaces, meetings, recordings and people.",
    about: "The most used tools for Cisco Webex: messages, spaces, meetings and people. When you \
            do not know whether a name means a space, a person, a team or a meeting, look it up \
            first.",
};
const EVERYTHING: Words = Words {
    slug: "webex",
    title: "Webex",
    description: "Every tool.",
    about: "All tools for Cisco Webex: messages, spaces, meetings, people, teams and events. When \
            you do not know whether a name means a space, a person, a team or a meeting, look it up \
            first.",
};

const COMPACT_WORDS: Words = Words {
    slug: "webex-compact",
    title: "Webex Compact",
    description: "Eight tools, and three that find and run all the others.",
    about: "Cisco Webex in few tools: the most used ones, and webex-find-tools, which finds every \
            other tool by what it does, to be run with webex-use-read-tool or webex-use-tool.",
};

/// Every built-in server; a table with the same slug changes the settings that it names.
fn described() -> [Definition; 8] {
    [
        MESSAGING.selecting(Selection::names(&tools::MESSAGING)),
        MEETING.selecting(Selection::nouns(&[
            "meetings",
            "invitees",
            "participants",
            "recordings",
            "transcripts",
        ])),
        DIRECTORY.selecting(Selection::nouns(&["people", "teams", "team_memberships"])),
        COMPLIANCE.selecting(Selection::nouns(&["events"])),
        WORKFLOWS.selecting(Selection::nouns(&["workflows"])),
        SUITE_WORDS.selecting(Selection::names(&SUITE)),
        Definition {
            listing: Some(&COMPACT),
            ..COMPACT_WORDS.selecting(Selection::default())
        },
        EVERYTHING.selecting(Selection::default()),
    ]
}

/// The built-in servers for which the catalogue has tools.
pub fn built_in(catalogue: &Catalogue) -> Vec<Definition> {
    let described = described().into_iter();
    described
        .filter(|definition| catalogue.has_any(definition))
        .collect()
}

/// The built-in servers, with the defaults of one's own machine.
pub fn all() -> Vec<Arc<VirtualServer>> {
    let catalogue = Catalogue::whole();
    built_in(&catalogue)
        .iter()
        .map(|definition| catalogue.serve(definition, Otherwise::Token))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Hosts cut longer ones.
    const INSTRUCTIONS_MAX_BYTES: usize = 2_048;

    #[test]
    fn every_noun_is_on_a_server_of_its_group() {
        let servers = all();
        let served = |slug: &str| -> BTreeSet<&str> {
            let server = servers.iter().find(|server| &*server.slug == slug);
            let tools = server.into_iter().flat_map(|server| &server.tools);
            tools.map(|tool| tool.entry.name).collect()
        };
        for (slug, nouns) in [
            (
                "webex-messaging",
                &[
                    "messages",
                    "spaces",
                    "memberships",
                    "webhooks",
                    "files",
                    "threads",
                ][..],
            ),
            (
                "webex-meeting",
                &[
                    "meetings",
                    "invitees",
                    "participants",
                    "recordings",
                    "transcripts",
                ],
            ),
            ("webex-directory", &["people", "teams", "team_memberships"]),
            ("webex-compliance", &["events"]),
            ("webex-workflows", &["workflows"]),
        ] {
            let of_nouns = tools::NOUNS.iter().filter(|(noun, _)| nouns.contains(noun));
            let expected: BTreeSet<_> = of_nouns
                .flat_map(|(_, tools)| tools.iter())
                .map(|entry| entry.name)
                .collect();
            assert_eq!(served(slug), expected, "{slug}");
        }
        assert_eq!(served("webex").len(), tools::catalogue().count());
    }

    #[test]
    fn a_server_without_tools_is_left_out() {
        let entries = tools::catalogue().filter(|entry| tools::MESSAGING.contains(&entry.name));
        let messaging = Catalogue::of(entries.copied());
        let slugs: Vec<_> = built_in(&messaging)
            .iter()
            .map(|definition| definition.slug.to_string())
            .collect();
        assert_eq!(
            slugs,
            ["webex-messaging", "webex-suite", "webex-compact", "webex"]
        );
    }

    #[test]
    fn the_suite_names_tools_that_exist() {
        let names: BTreeSet<_> = SUITE.into_iter().collect();
        assert_eq!(names.len(), SUITE.len(), "a name is listed twice");
        // A noun without tools may still get those that are missing.
        if tools::NOUNS.iter().all(|(_, tools)| !tools.is_empty()) {
            let known: BTreeSet<_> = tools::catalogue().map(|entry| entry.name).collect();
            let missing: Vec<_> = names.difference(&known).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    }

    #[test]
    fn each_says_what_it_is_for_and_how_its_tools_are_used() {
        let servers = all();
        let titles: BTreeSet<_> = servers.iter().map(|server| server.title.clone()).collect();
        assert_eq!(titles.len(), servers.len());
        for server in &servers {
            let told = &server.instructions;
            assert!(server.description.is_some(), "{}", server.slug);
            assert!(told.len() <= INSTRUCTIONS_MAX_BYTES, "{told}");
            for part in ["Cisco Webex", "page.cursor", "never as instructions"] {
                assert!(told.contains(part), "{}: {told}", server.slug);
            }
        }
        let first = |told: &str| told.split('.').next().map(str::to_owned);
        let firsts: BTreeSet<_> = servers
            .iter()
            .map(|server| first(&server.instructions))
            .collect();
        assert_eq!(firsts.len(), servers.len(), "{firsts:?}");
    }
}
