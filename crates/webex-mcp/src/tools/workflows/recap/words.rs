//! The words of a recap: what a meeting left behind, as Markdown that one message holds.

use jiff::Timestamp;
use url::Url;
use webex::limits::MAX_MESSAGE_BYTES;
use webex::meeting_summaries::MeetingSummary;
use webex::participants::{Participant, ParticipantState};
use webex::recordings::Recording;

use crate::limits::{
    RECAP_ITEMS_MAX_BYTES, RECAP_NAME_MAX_CHARS, RECAP_PEOPLE_MAX_BYTES, RECAP_PEOPLE_NAMED,
    RECAP_RECORDINGS, RECAP_RECORDINGS_MAX_BYTES, SUMMARY_MAX_ACTION_ITEMS,
};
use crate::text::{harmless_markdown, one_line};
use crate::tool::{Theirs, counted};
use crate::tools::messages::writing::{as_typed, markdown_of};
use crate::tools::workflows::ended::Attended;
use crate::tools::workflows::news::written;

const BETWEEN: &str = "\n\n";
const SHORTENED: &str = "\n\n*Shortened here; Webex has the whole summary.*";
const FENCE: &str = "```";
/// In place of a password that is only shown to those who read the message.
const HIDDEN: &str = "(shown in the message)";

/// What there is of a meeting.
#[derive(Debug)]
pub struct Facts {
    pub title: Option<Theirs>,
    pub start: Option<Timestamp>,
    pub summary: Option<MeetingSummary>,
    pub recordings: Vec<Recording>,
    pub has_transcript: bool,
    pub attended: Option<Attended>,
}

/// What becomes of the passwords of recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passwords {
    LeftOut,
    Told,
    /// Where they will stand.
    Hidden,
}

/// A recap that fits into one message.
#[derive(Debug)]
pub struct Words {
    pub markdown: String,
    pub is_shortened: bool,
    /// What there is not, or the caller may not see.
    pub lacks: Vec<&'static str>,
}

impl Facts {
    fn lacks(&self) -> Vec<&'static str> {
        let has = [
            (self.summary.is_some(), "summary"),
            (!self.recordings.is_empty(), "recording"),
            (self.has_transcript, "transcript"),
            (self.attended.is_some(), "attendance"),
        ];
        let lacks = has.into_iter().filter(|(has, _)| !has);
        lacks.map(|(_, what)| what).collect()
    }

    /// Whether there is anything to tell.
    pub fn is_empty(&self) -> bool {
        self.summary.is_none()
            && self.recordings.is_empty()
            && !self.has_transcript
            && self.attended.is_none()
    }

    /// The recap. Where it would be too long, the summary is shortened, and lists say how many
    /// more there are.
    pub fn words(self, passwords: Passwords) -> Words {
        let lacks = self.lacks();
        let title = self.title.as_ref().map_or("", Theirs::as_str);
        let start = self.start.map(|start| format!(" ({})", written(start)));
        let head = format!("**Recap** {}{}", name(title), start.unwrap_or_default());
        let (notes, items) = match self.summary {
            Some(summary) => told(summary),
            None => (None, None),
        };
        let missing =
            (!lacks.is_empty()).then(|| format!("*Not available: {}.*", lacks.join(", ")));
        let after: Vec<_> = [
            items,
            recordings(&self.recordings, self.has_transcript, passwords),
            self.attended.as_ref().map(people),
            missing,
        ]
        .into_iter()
        .flatten()
        .collect();
        let taken = head.len()
            + after
                .iter()
                .map(|part| BETWEEN.len() + part.len())
                .sum::<usize>();
        let left = MAX_MESSAGE_BYTES.saturating_sub(taken + BETWEEN.len());
        let whole = notes.as_ref().map_or(0, String::len);
        let notes = notes.map(|notes| cut(notes, left));
        let parts = std::iter::once(head).chain(notes).chain(after);
        Words {
            markdown: parts.collect::<Vec<_>>().join(BETWEEN),
            is_shortened: whole > left,
            lacks,
        }
    }
}

/// What somebody calls something, on one line, as it was typed.
fn name(given: &str) -> String {
    let given = Theirs::from(given);
    let line = one_line(given.as_str());
    let short: String = line.trim().chars().take(RECAP_NAME_MAX_CHARS).collect();
    as_typed(&short)
}

/// The notes, and the action items as a list.
fn told(summary: MeetingSummary) -> (Option<String>, Option<String>) {
    let notes = summary.notes.and_then(|notes| notes.content);
    let notes = notes.map(|html| match markdown_of(&html) {
        Ok(markdown) => quiet(Theirs::from(&*harmless_markdown(&markdown)).as_str()),
        Err(_) => as_typed(Theirs::from(html).as_str()),
    });
    let items: Vec<_> = summary.action_items.into_iter().flatten().collect();
    let items = items.into_iter().filter_map(|item| item.content);
    let items = items.map(|item| format!("- {}", as_typed(&one_line(Theirs::from(item).as_str()))));
    let items: Vec<_> = items.collect();
    let notes = notes.map(|notes| notes.trim().to_owned());
    let notes = notes.filter(|notes| !notes.is_empty());
    (
        notes,
        listed(
            "**Action items**\n",
            "\n",
            items,
            SUMMARY_MAX_ACTION_ITEMS,
            RECAP_ITEMS_MAX_BYTES,
        ),
    )
}

/// As many of the entries as fit, and how many more there are.
fn listed(
    heading: &str,
    between: &str,
    entries: Vec<String>,
    max: usize,
    max_bytes: usize,
) -> Option<String> {
    let count = entries.len();
    // Without its own mark, a line belongs to the entry before it.
    let mark = if between == "\n" { "- " } else { "" };
    let (mut list, mut taken) = (heading.to_owned(), 0);
    for entry in entries.into_iter().take(max) {
        if list.len() + between.len() + entry.len() > max_bytes {
            break;
        }
        if taken > 0 {
            list.push_str(between);
        }
        list.push_str(&entry);
        taken += 1;
    }
    match (count, count - taken) {
        (0, _) => return None,
        (_, 0) => {}
        (_, more) => list.push_str(&format!("{between}{mark}and {more} more")),
    }
    Some(list)
}

/// Where to watch it. The page of a recording has its transcript, whose own address wants a token.
fn recordings(all: &[Recording], has_transcript: bool, passwords: Passwords) -> Option<String> {
    let entries: Vec<_> = all.iter().filter_map(|one| entry(one, passwords)).collect();
    let heading = match (entries.is_empty(), has_transcript) {
        (true, true) => return Some("**Transcript**: in Webex, with the meeting.".to_owned()),
        (true, false) => return None,
        (false, true) => "**Recording and transcript**\n",
        (false, false) => "**Recording**\n",
    };
    listed(
        heading,
        "\n",
        entries,
        RECAP_RECORDINGS,
        RECAP_RECORDINGS_MAX_BYTES,
    )
}

fn entry(recording: &Recording, passwords: Passwords) -> Option<String> {
    let url = Url::parse(recording.playback_url.as_deref()?).ok()?;
    let mut entry = format!("- {url}");
    if let Some(seconds) = recording.duration_seconds {
        entry.push_str(&format!(" ({} min)", seconds.div_ceil(60)));
    }
    match (&recording.password, passwords) {
        (None, _) | (_, Passwords::LeftOut) => {}
        (Some(_), Passwords::Hidden) => entry.push_str(&format!(", password: {HIDDEN}")),
        (Some(password), Passwords::Told) => {
            entry.push_str(&format!(", password: {}", as_typed(password.as_str())));
        }
    }
    Some(entry)
}

/// Each person once, however often they joined.
fn people(attended: &Attended) -> String {
    let mut names: Vec<String> = Vec::new();
    let waits = |one: &&Participant| one.state == Some(ParticipantState::Lobby);
    for one in attended.people.iter().filter(|one| !waits(one)) {
        let name = known_as(one);
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let at_least = if attended.has_more { "at least " } else { "" };
    let count = counted(names.len(), "participant");
    let heading = format!("**Took part** ({at_least}{count}): ");
    let (max, bytes) = (RECAP_PEOPLE_NAMED, RECAP_PEOPLE_MAX_BYTES);
    listed(&heading, ", ", names, max, bytes).unwrap_or_else(|| "**Took part**: nobody".to_owned())
}

fn known_as(one: &Participant) -> String {
    name(
        one.display_name
            .as_deref()
            .or(one.email.as_deref())
            .unwrap_or_default(),
    )
}

/// A summary is written from what people said: nothing in it notifies anybody, or is HTML.
fn quiet(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once("<@") {
        out.push_str(before);
        let Some((inner, behind)) = after.split_once('>') else {
            rest = after;
            break;
        };
        let shown = inner.split_once('|').or_else(|| inner.split_once(':'));
        out.push_str(shown.map_or(inner, |(_, shown)| shown));
        rest = behind;
    }
    out.push_str(rest);
    out.replace('<', "&lt;")
}

/// At most so many bytes of Markdown, which ends with a line where it can.
fn cut(notes: String, max_bytes: usize) -> String {
    if notes.len() <= max_bytes {
        return notes;
    }
    let room = max_bytes.saturating_sub(SHORTENED.len() + 1 + FENCE.len());
    let end = notes.floor_char_boundary(room);
    let kept = &notes[..end];
    let end_of_line = kept.rfind('\n').filter(|at| *at > end / 2);
    let mut kept = kept[..end_of_line.unwrap_or(end)].trim_end().to_owned();
    if !kept.matches(FENCE).count().is_multiple_of(2) {
        kept.push('\n');
        kept.push_str(FENCE);
    }
    kept.push_str(SHORTENED);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use webex::meeting_summaries::SummaryText;

    use super::*;

    fn facts(notes: &str, items: &[String], names: &[String]) -> Facts {
        let text = |content: &str| SummaryText {
            content: Some(content.to_owned()),
        };
        let people = names.iter().map(|name| Participant {
            display_name: Some(name.clone()),
            ..Participant::default()
        });
        Facts {
            title: Some("Planning".into()),
            start: "2026-01-04T14:00:00Z".parse().ok(),
            summary: Some(MeetingSummary {
                notes: Some(text(notes)),
                action_items: Some(items.iter().map(|item| text(item)).collect()),
                ..MeetingSummary::default()
            }),
            recordings: vec![Recording {
                playback_url: Some("https://example.webex.com/ldr/1".to_owned()),
                duration_seconds: Some(1_800),
                password: Some("pass_word".into()),
                ..Recording::default()
            }],
            has_transcript: true,
            attended: Some(Attended {
                people: people.collect(),
                has_more: false,
            }),
        }
    }

    #[test]
    fn it_reads_as_a_message() {
        let items = ["Bob: call *them*".to_owned(), "Carol: send it".to_owned()];
        let names = [
            "Alice Johnson".to_owned(),
            "Bob Smith".to_owned(),
            "Alice Johnson".to_owned(),
        ];
        let words = facts("<p>We <b>ship</b>.</p>", &items, &names).words(Passwords::LeftOut);
        assert_eq!(
            words.markdown,
            "**Recap** Planning (2026-01-04 14:00 UTC)\n\nWe **ship**.\n\n**Action items**\n- Bob: call \\*them\\*\n- Carol: send it\n\n**Recording and transcript**\n- https://example.webex.com/ldr/1 (30 min)\n\n**Took part** (2 participants): Alice Johnson, Bob Smith"
        );
        assert!(!words.is_shortened && words.lacks.is_empty());
        let told = facts("", &[], &[]).words(Passwords::Told).markdown;
        assert!(told.contains("password: pass\\_word"), "{told}");
        let hidden = facts("", &[], &[]).words(Passwords::Hidden).markdown;
        assert!(
            !hidden.contains("pass\\_word") && hidden.contains(HIDDEN),
            "{hidden}"
        );
    }

    #[test]
    fn lists_say_how_many_more_there_are_and_leave_out_the_lobby() {
        let items: Vec<_> = (0..60).map(|number| format!("Do {number}")).collect();
        let mut all = facts("", &items, &["Alice".to_owned(), "Eve".to_owned()]);
        if let Some(attended) = &mut all.attended {
            attended.people[1].state = Some(ParticipantState::Lobby);
        }
        let words = all.words(Passwords::LeftOut).markdown;
        assert!(words.contains("\n- Do 49\n- and 10 more\n"), "{words}");
        assert!(
            words.ends_with("**Took part** (1 participant): Alice"),
            "{words}"
        );
    }

    #[test]
    fn what_there_is_not_is_said() {
        let none = || Facts {
            summary: None,
            recordings: Vec::new(),
            has_transcript: false,
            attended: None,
            ..facts("", &[], &[])
        };
        assert!(none().is_empty());
        let words = none().words(Passwords::LeftOut);
        assert_eq!(
            words.lacks,
            ["summary", "recording", "transcript", "attendance"]
        );
        assert!(
            words
                .markdown
                .ends_with("*Not available: summary, recording, transcript, attendance.*")
        );
        let only = Facts {
            has_transcript: true,
            ..none()
        };
        let words = only.words(Passwords::LeftOut).markdown;
        assert!(words.contains("**Transcript**: in Webex"), "{words}");
    }

    #[test]
    fn nothing_in_a_summary_notifies_anybody() {
        for (given, shown) in [
            ("<@all> look", "all look"),
            ("<@personEmail:a@b.c|Ann> look", "Ann look"),
            ("<@personId:xyz> look", "xyz look"),
            ("<<@|>@all> look", "&lt;@all> look"),
            ("<@ never closed", " never closed"),
            (
                "<spark-mention data-object-type=\"groupMention\">",
                "&lt;spark-mention data-object-type=\"groupMention\">",
            ),
        ] {
            assert_eq!(quiet(given), shown);
        }
        let names = ["<@all>".to_owned()];
        let words = facts("&lt;@all&gt;", &["<@all> do it".to_owned()], &names);
        let words = words.words(Passwords::LeftOut).markdown;
        assert!(!words.contains('<'), "{words}");
    }

    const PIECES: [&str; 9] = [
        "many words that are no marks of anything, and nothing else at all ",
        "<@all>",
        "&lt;@all&gt;",
        "\n",
        "<p>",
        "```",
        "*_",
        "é",
        "<pre>code</pre>",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_always_fits_and_says_what_is_cut(
            notes in vec(select(&PIECES), 0..400),
            items in vec(vec(select(&PIECES), 0..8), 0..60),
            names in vec(vec(select(&PIECES), 1..8), 0..60),
        ) {
            let joined = |all: Vec<Vec<&str>>| all.into_iter().map(|one| one.concat()).collect::<Vec<_>>();
            let (items, names) = (joined(items), joined(names));
            let words = facts(&notes.concat(), &items, &names).words(Passwords::Told);
            prop_assert!(words.markdown.len() <= MAX_MESSAGE_BYTES, "{}", words.markdown.len());
            prop_assert!(!words.markdown.contains("<@"));
            prop_assert_eq!(words.is_shortened, words.markdown.contains(SHORTENED));
        }
    }
}
