//! The documents that are generated from the code: `docs/config.md` and those of [`tools`] and
//! [`coverage`].

mod coverage;
mod guide;
mod tools;

use std::fmt::Write as _;

use serde_json::{Value, json};

pub use self::coverage::coverage;
pub use self::tools::tools;

use crate::config::layers::DEFAULTS;
use crate::config::settings::{self, Kind};
use crate::servers::listed::Listed;
use crate::servers::{AskBefore, Confirmation, Otherwise};
use crate::tool::Effect;

/// Bytes in one token of a language model, roughly, for estimates.
const TOKEN_BYTES: usize = 4;

/// Roughly how many tokens the name, description and arguments of a tool cost a model.
pub fn model_tokens(tool: &Listed) -> usize {
    let shown = json!({
        "name": tool.entry.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
    });
    tokens(&shown)
}

/// Roughly how many tokens a JSON value costs.
pub fn tokens(value: &Value) -> usize {
    value.to_string().len().div_ceil(TOKEN_BYTES)
}

/// The effect of the tool, in one word.
pub const fn effect(tool: &Listed) -> &'static str {
    match tool.entry.policy.effect {
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Destroy => "destroy",
    }
}

/// When a server asks a person, and what it does if it cannot.
pub fn confirmation(policy: Confirmation) -> String {
    let otherwise = match policy.otherwise {
        Otherwise::Token => "hands out a token",
        Otherwise::Refuse => "refuses",
    };
    match policy.ask {
        AskBefore::Destroy => {
            format!("asks before it destroys; where it cannot ask, {otherwise}")
        }
        AskBefore::Write => {
            format!("asks before it writes or destroys; where it cannot ask, {otherwise}")
        }
        AskBefore::Never => "never asks".to_owned(),
    }
}

/// The tables of a server, as the page names them.
const SERVER_SECTION: &str = "servers.<slug>";
const SCOPE_SECTION: &str = "servers.<slug>.scope";
/// The table of a client that the operator knows.
const CLIENT_SECTION: &str = "broker.clients.<id>";

/// `docs/config.md`, from the comments and values of `config.default.toml`.
pub fn config() -> String {
    let mut page = String::from(
        "<!-- Generated from crates/webex-mcp/config.default.toml by `webex-mcp docs config`. -->\n\
         # Configuration\n",
    );
    let mut section = "";
    let mut words: Vec<&str> = Vec::new();
    for line in DEFAULTS.lines().chain([""]) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            let _ = writeln!(page, "\n## [{section}]");
        } else if let Some(table) = table(line) {
            section = table;
            let _ = writeln!(page, "\n## [{section}]\n\n{}", paragraphs(&words));
            words.clear();
        } else if (section.ends_with('>') || section == SCOPE_SECTION)
            && let Some((key, value)) = line.trim_start_matches("# ").split_once(" = ")
        {
            let example = format!("not set; for example `{value}`");
            let _ = writeln!(
                page,
                "\n### {section}.{key}\n\n{example} · file only\n\n{}",
                words.join(" ")
            );
            words.clear();
        } else if let Some((key, value)) = setting(section, line) {
            describe(&mut page, section, key, value, line, &words);
            words.clear();
        } else if let Some(comment) = line.strip_prefix('#') {
            words.push(comment.trim());
        } else if section.is_empty() && !words.is_empty() {
            // The head of the file.
            let _ = writeln!(page, "\n{}", paragraphs(&words));
            words.clear();
        }
    }
    page
}

/// The section that the commented example of a table begins.
fn table(line: &str) -> Option<&'static str> {
    let name = line.strip_prefix("# [")?;
    if name.starts_with("broker.clients.") {
        return Some(CLIENT_SECTION);
    }
    match (name.starts_with("servers."), name.ends_with(".scope]")) {
        (true, true) => Some(SCOPE_SECTION),
        (true, false) => Some(SERVER_SECTION),
        (false, _) => None,
    }
}

/// Empty comment lines separate paragraphs.
fn paragraphs(words: &[&str]) -> String {
    let paragraphs = words.split(|word| word.is_empty());
    let paragraphs: Vec<_> = paragraphs.map(|words| words.join(" ")).collect();
    paragraphs.join("\n\n")
}

/// The line's key and value, if it is a setting or the commented example of one.
fn setting<'l>(section: &str, line: &'l str) -> Option<(&'l str, &'l str)> {
    let (key, value) = line.trim_start_matches("# ").split_once(" = ")?;
    settings::find(section, key).map(|_| (key, value))
}

fn describe(page: &mut String, section: &str, key: &str, value: &str, line: &str, words: &[&str]) {
    let Some(setting) = settings::find(section, key) else {
        return;
    };
    let state = match setting.kind {
        Kind::Secret => "secret, from the environment only".to_owned(),
        _ if line.starts_with('#') => format!("not set; for example `{value}`"),
        _ => format!("default `{value}`"),
    };
    let alias = setting.alias.map(|alias| format!(" or `{alias}`"));
    let _ = writeln!(
        page,
        "\n### {section}.{key}\n\n{state} · `{}`{}\n\n{}",
        setting.variable(),
        alias.unwrap_or_default(),
        words.join(" ")
    );
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn is_fresh(name: &str, made: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs")
            .join(format!("{name}.md"));
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == made,
            "docs/{name}.md is stale; regenerate it: cargo run -q -- docs {name} > docs/{name}.md"
        );
    }

    #[test]
    fn the_configuration_page_is_fresh() {
        let page = super::config();
        is_fresh("config", &page);
        let empty = page
            .split("\n### ")
            .find(|setting| setting.contains("\n\n\n"));
        assert_eq!(empty, None, "each setting says what it is");
    }

    #[test]
    fn the_tools_page_is_fresh() {
        is_fresh("tools", &super::tools(&crate::servers::all()));
    }

    #[test]
    fn the_coverage_page_is_fresh() {
        let servers = crate::servers::all();
        is_fresh("coverage", &super::coverage(&servers));
    }

    #[test]
    fn the_readme_names_every_tool_of_messaging() {
        let readme = include_str!("../../../README.md");
        for name in crate::tools::MESSAGING {
            assert!(
                readme.contains(&format!("`{name}`")),
                "README.md lacks {name}"
            );
        }
    }
}
