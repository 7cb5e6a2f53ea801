//! The entry of a server that a name was probably meant for.

use super::VirtualServer;
use crate::limits::NAME_COMPARED_MAX_BYTES;
use crate::tool::Kind;

/// What the names of all tools begin with: it would make all of them alike.
const PREFIX: &str = "webex-";
/// A misspelt name is more alike than this. Another verb or noun is less, and is not suggested: it
/// would do something else.
const NEAR: f64 = 0.92;

impl VirtualServer {
    /// The name of this server's own that is nearest, if one is near.
    pub fn nearest(&self, kind: Kind, wrong: &str) -> Option<&'static str> {
        let others = |kind| nearest(wrong, self.others(kind).map(|one| one.entry.name));
        match kind {
            Kind::Tool => nearest(wrong, self.tools.iter().map(|one| one.entry.name)),
            Kind::Prompt | Kind::Completion => others(Kind::Prompt),
            Kind::Resource => None,
        }
    }

    /// The same of the tools that its general tools run.
    pub fn nearest_behind(&self, wrong: &str) -> Option<&'static str> {
        let names = self.every_tool().map(|one| one.entry.name);
        nearest(wrong, names.filter(|name| self.behind(name).is_some()))
    }
}

fn nearest(wrong: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    if wrong.len() > NAME_COMPARED_MAX_BYTES {
        return None;
    }
    let wrong = wrong.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    // Some hosts put the name of the server before it.
    let wrong = wrong.rsplit(PREFIX).next().unwrap_or_default();
    let likeness = |name: &str| {
        let own = name.strip_prefix(PREFIX).unwrap_or(name);
        strsim::jaro_winkler(wrong, own)
    };
    names
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(one, _), (two, _)| one.total_cmp(two))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers;
    use crate::servers::narrowing::{Narrowed, Narrowing, Part};

    #[test]
    fn a_misspelt_name_has_a_nearest_and_another_word_has_none() {
        let all = servers::all();
        let whole = all.iter().find(|server| &*server.slug == "webex").unwrap();
        for (wrong, right) in [
            ("webex-create-mesage", Some("webex-create-message")),
            ("webex_create_message", Some("webex-create-message")),
            ("createMessage", Some("webex-create-message")),
            ("Webex-Create-Messages ", Some("webex-create-message")),
            ("mcp__webex__webex-get-space", Some("webex-get-space")),
            ("webex-catchup", Some("webex-catch-up")),
            ("webex-delete-spaec", Some("webex-delete-space")),
            // Another one would do something else.
            ("webex-delete-room", None),
            ("webex-send-message", None),
            ("webex-frobnicate", None),
            ("webex-", None),
            ("", None),
        ] {
            assert_eq!(whole.nearest(Kind::Tool, wrong), right, "{wrong}");
        }
        let long = "create-message".repeat(NAME_COMPARED_MAX_BYTES);
        assert_eq!(whole.nearest(Kind::Tool, &long), None);
        let prompt = whole.nearest(Kind::Prompt, "catch-me-upp");
        assert_eq!(prompt, whole.nearest(Kind::Completion, "catch_me_up"));
        assert!(prompt.is_some_and(|name| whole.find(Kind::Prompt, name).is_some()));
    }

    #[test]
    fn no_server_tells_of_a_tool_that_it_has_not() {
        for server in servers::all() {
            for tool in tools_of_all() {
                let misspelt = tool.replacen("webex-", "webex--", 1);
                let told = server.nearest(Kind::Tool, &misspelt);
                assert!(told.is_none_or(|name| server.find(Kind::Tool, name).is_some()));
                let behind = server.nearest_behind(&misspelt);
                assert!(behind.is_none_or(|name| server.behind(name).is_some()));
            }
        }
        let all = servers::all().into_iter();
        let whole = all
            .into_iter()
            .find(|server| &*server.slug == "webex")
            .unwrap();
        let narrowing = Narrowing::read(|part| (part == Part::Readonly).then_some("true")).unwrap();
        let narrowed = Narrowed::new(whole).get(narrowing.as_ref());
        let wrong = "webex-create-mesage";
        assert_eq!(narrowed.nearest(Kind::Tool, wrong), None);
        assert_eq!(narrowed.nearest_behind(wrong), None);
    }

    fn tools_of_all() -> Vec<&'static str> {
        let all = servers::all();
        let whole = all.iter().find(|server| &*server.slug == "webex").unwrap();
        whole.tools.iter().map(|one| one.entry.name).collect()
    }
}
