//! The recipes of `docs/cookbook.md`: each is played, its checks hold, and the page shows what was said.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::play::{Play, Said, file, list, text};

const HEAD: &str = "\
# Cookbook

What people ask for, and how an agent does it. Each recipe is played by a test against the sandbox, \
which then looks at Webex whether it is done; the answers are those that the test saw when this page \
was written. Ids and times, which differ from run to run, are shown as `(id)` and `(time)`. Lines \
that begin with `> ` are text that people wrote.

To try one: `webex-mcp serve --sandbox`, and call the tools of `/mcp/webex` as the person named.
";

/// Arguments up to here stand on one line.
const LINE_CHARACTERS: usize = 100;

/// The page, or what went wrong with each recipe.
async fn page() -> Result<String, String> {
    let (mut page, mut wrong) = (HEAD.to_owned(), String::new());
    for recipe in &file("tests/it/cookbook.json") {
        let mut play = Play::new(recipe).await;
        if let Err(why) = play.run().await {
            let _ = writeln!(wrong, "{}: {why}", text(recipe, "id"));
            continue;
        }
        let (title, who) = (text(recipe, "title"), text(recipe, "as"));
        let _ = write!(page, "\n## {title}\n\n{}\n", text(recipe, "about"));
        let says = text(recipe, "says");
        let _ = write!(
            page,
            "\n**{}{}**: “{says}”\n",
            &who[..1].to_uppercase(),
            &who[1..]
        );
        for said in &play.said {
            page.push_str(&shown(said, who));
        }
    }
    wrong.is_empty().then_some(page).ok_or(wrong)
}

/// One call with its answer; whoever else than the one who asked makes it is named.
fn shown(said: &Said, who: &str) -> String {
    let short = said.arguments.to_string();
    let arguments = match short.len() {
        ..=LINE_CHARACTERS => short,
        _ => serde_json::to_string_pretty(&said.arguments).unwrap(),
    };
    let by = match &*said.who {
        same if same == who => String::new(),
        other => format!(", by {}{}", &other[..1].to_uppercase(), &other[1..]),
    };
    let mut shown = format!(
        "\n`{}`{by}\n\n```json\n{}\n```\n",
        said.tool,
        alike(&arguments)
    );
    if let Some(question) = &said.question {
        let _ = write!(
            shown,
            "\nThe user is asked, and agrees:\n\n```text\n{}\n```\n",
            alike(question)
        );
    }
    let _ = write!(shown, "\n```text\n{}\n```\n", alike(said.text.trim_end()));
    shown
}

/// The text without what differs from run to run.
fn alike(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_:.+".contains(c);
    let mut done = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        done += &rest[..start];
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let bare = word.trim_end_matches(['.', ':']);
        done += instead(bare).unwrap_or(bare);
        done += &word[bare.len()..];
        rest = &rest[end..];
    }
    done + rest
}

fn instead(word: &str) -> Option<&'static str> {
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let is_day = word.len() >= 10
        && word.is_char_boundary(10)
        && word[..10].split('-').map(str::len).eq([4, 2, 2])
        && word[..10].split('-').all(digits);
    let has_both = word.contains(|c: char| c.is_ascii_digit())
        && word.contains(|c: char| c.is_ascii_alphabetic());
    let is_id = word.len() >= 20 && has_both && !word.contains(['.', ':']);
    match (is_day, is_id) {
        (true, _) => Some("(time)"),
        (_, true) => Some("(id)"),
        _ => None,
    }
}

#[tokio::test(crate = "crate::journey")]
async fn every_recipe_is_done_and_the_page_shows_it() {
    let made = page().await.unwrap_or_else(|wrong| panic!("{wrong}"));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = fs::read_to_string(here.join("../../docs/cookbook.md")).unwrap_or_default();
    if without_texts(&kept) != without_texts(&made) {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cookbook.md");
        fs::write(&new, made).unwrap();
        panic!(
            "docs/cookbook.md is stale; what it has to be: {}",
            new.display()
        );
    }
}

/// The page without its answers: what is counted in them depends on the day of the week.
fn without_texts(page: &str) -> String {
    let mut is_text = false;
    let mut rest = String::new();
    for line in page.lines() {
        is_text = line == "```text" || is_text && line != "```";
        if !is_text {
            rest = rest + line + "\n";
        }
    }
    rest
}

#[test]
fn every_recipe_has_what_the_page_needs() {
    for recipe in &file("tests/it/cookbook.json") {
        for name in ["id", "title", "about", "says", "as"] {
            assert!(!text(recipe, name).is_empty(), "{name} of {recipe}");
        }
        assert!(!list(recipe, "then").is_empty(), "{recipe}");
    }
}

#[test]
fn what_differs_from_run_to_run_is_not_shown() {
    for (text, shown) in [
        ("At 2026-11-30T09:00:00Z.", "At (time)."),
        ("on 2026-11-30, 3 of 12", "on (time), 3 of 12"),
        ("id: 1f0e1b34-5e2c-11ef-9d0a-325096b39f47", "id: (id)"),
        (
            "alice@example.com: webex-create-message",
            "alice@example.com: webex-create-message",
        ),
    ] {
        assert_eq!(alike(text), shown);
    }
}
