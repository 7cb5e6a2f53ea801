//! `docs/sandbox.md`: text from a template, tables from the sandbox itself.

mod tables;

use crate::{Options, Sandbox};

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
            ("people", tables::people(world)),
            ("spaces", tables::spaces(world)),
            ("team", tables::team(world)),
            ("direct", tables::direct_rooms(world)),
            ("meetings", tables::meetings(world)),
            ("signing-in", signing_in),
            ("integration", tables::integration(world)),
            ("webhooks", tables::webhooks()),
            ("failures", tables::failures()),
            ("limits", tables::limits()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_fresh() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox.md");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == manual(),
            "docs/sandbox.md is stale; regenerate it: cargo run -q -- docs sandbox > docs/sandbox.md"
        );
    }

    #[test]
    fn every_part_is_filled_in() {
        let manual = manual();
        assert!(!manual.contains("{{"), "{manual}");
        for told in [
            "sandbox-grace",
            "Customer Feedback",
            "nobody has a password",
        ] {
            let is_told = manual.to_lowercase().contains(&told.to_lowercase());
            assert!(is_told, "{told}");
        }
        assert!(!manual.contains("||"), "an empty cell");
    }
}
