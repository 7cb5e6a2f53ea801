//! What is answered about a work that is not finished.

use serde::Serialize;
use serde_json::json;

use crate::error::CallError;
use crate::limits;
use crate::text::{self, Lines, Render, Told};
use crate::tool::{Answer, Facts, Question, Theirs, Total};
use crate::works::Reached;

/// How far a work is, in a sentence or two.
pub(super) fn how_far(reached: Reached) -> String {
    let Reached {
        done, total, held, ..
    } = reached;
    let text = match total {
        Total::Unknown => format!("Still running: {done} done."),
        Total::About(total) => format!("Still running: {done} of about {total} done."),
        Total::Exactly(total) => format!("Still running: {done} of {total} done."),
    };
    match (held, reached.left) {
        (Some(held), _) => {
            format!("{text} Webex limits this user's requests; it goes on in about {held} s.")
        }
        (None, Some(left)) => format!("{text} About {left} s left."),
        (None, None) => text,
    }
}

/// What is answered while a work runs.
pub(super) fn running(
    tool: &str,
    id: &str,
    reached: Reached,
    note: &str,
) -> Result<Answer, CallError> {
    let Reached { done, total, .. } = reached;
    let mut facts = json!({"status": "running", "workId": id, "done": done});
    // An estimate is only told in words: whoever computes with it would take it for the total.
    if let Total::Exactly(total) = total {
        facts["total"] = json!(total);
    }
    if let Some(left) = reached.left.max(reached.held) {
        facts["secondsLeft"] = json!(left);
    }
    let mut text = how_far(reached);
    if !note.is_empty() {
        text.push_str(&format!("\n{note}"));
    }
    text.push_str(&format!(
        "\nTo look again, call {tool} with this workId alone; with cancel: true to stop it.\nworkId: {id}"
    ));
    Ok(Answer {
        text,
        facts: Facts::of(&facts).map_err(CallError::internal)?,
        blocks: Vec::new(),
    })
}

/// How whoever looks can answer the question of a work.
#[derive(Debug)]
pub(super) enum Way {
    /// By the next look, in the way of its client.
    Look,
    /// With this token, once the user agreed.
    Token(String),
    /// Not at all.
    Elsewhere,
}

/// A work that waits for an answer of its owner.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asking<'a> {
    status: &'static str,
    work_id: &'a str,
    done: u64,
    total: u64,
    question: Theirs,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation_token: Option<&'a str>,
    #[serde(skip)]
    tool: &'a str,
    #[serde(skip)]
    way: &'a Way,
}

impl Render for Asking<'_> {
    fn render(&self, out: &mut Lines) {
        let (done, total) = (self.done.to_string(), self.total.to_string());
        out.line(&[
            "The work has tried ",
            &done,
            " of ",
            &total,
            "; it waits for your answer:",
        ]);
        out.theirs(&self.question);
        let tool = self.tool;
        match self.way {
            Way::Look => out.line(&["To answer it, call ", tool, " with this workId alone."]),
            Way::Token(_) => out.line(&[
                "Ask the user; if they agree, call ",
                tool,
                " with this workId and confirmationToken.",
            ]),
            Way::Elsewhere => {
                let minutes = limits::WORK_QUESTION_WAIT.as_secs() / 60;
                out.line(&[
                    "This client cannot show it to the user. Without an answer within ",
                    &minutes.to_string(),
                    " minutes, it ends with what is known.",
                ]);
            }
        }
        out.line(&["With cancel: true, it ends at once with what is known."]);
        out.line(&["workId: ", self.work_id]);
        if let Some(token) = self.confirmation_token {
            out.line(&["confirmationToken: ", token]);
        }
    }
}

/// What is answered while a work waits for its owner.
pub(super) fn asking(
    tool: &str,
    id: &str,
    (reached, question): (Reached, Question),
    way: &Way,
) -> Result<Answer, CallError> {
    let asking = Asking {
        status: "input_required",
        work_id: id,
        done: reached.done,
        total: match reached.total {
            Total::Exactly(total) | Total::About(total) => total,
            Total::Unknown => reached.done,
        },
        question: question.into_theirs(),
        confirmation_token: match way {
            Way::Token(token) => Some(token),
            Way::Look | Way::Elsewhere => None,
        },
        tool,
        way,
    };
    let Told { text, facts } = text::told(&asking).map_err(CallError::internal)?;
    Ok(Answer {
        text,
        facts,
        blocks: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_work_that_asks_says_what_it_has_tried() {
        let reached = Reached::after(2, Total::Exactly(2), Duration::from_secs(10));
        let answer = asking("tool", "id", (reached, Question::new("Again?")), &Way::Look);
        let text = answer.unwrap().text;
        let told = "The work has tried 2 of 2; it waits for your answer:\n> Again?\n";
        assert!(text.starts_with(told), "{text}");
    }

    #[test]
    fn a_total_is_told_as_what_it_is() {
        let taken = Duration::from_secs(10);
        for (done, total, told, facts) in [
            (0, Total::Unknown, "0 done.", json!({"done": 0})),
            (100, Total::Unknown, "100 done.", json!({"done": 100})),
            (
                100,
                Total::About(300),
                "100 of about 300 done. About 20 s left.",
                json!({"done": 100, "secondsLeft": 20}),
            ),
            (
                1,
                Total::Exactly(3),
                "1 of 3 done. About 20 s left.",
                json!({"done": 1, "total": 3, "secondsLeft": 20}),
            ),
            (
                3,
                Total::Exactly(3),
                "3 of 3 done.",
                json!({"done": 3, "total": 3}),
            ),
        ] {
            let answer = running("tool", "id", Reached::after(done, total, taken), "").unwrap();
            let (first, _) = answer.text.split_once('\n').unwrap();
            assert_eq!(first, format!("Still running: {told}"));
            let mut whole = facts;
            whole["status"] = json!("running");
            whole["workId"] = json!("id");
            assert_eq!(answer.facts.to_value(), whole);
        }
        for done in [0, 1] {
            let reached = Reached {
                held: Some(600),
                ..Reached::after(done, Total::Exactly(3), taken)
            };
            let answer = running("tool", "id", reached, "").unwrap();
            let told = "Webex limits this user's requests; it goes on in about 600 s.";
            assert!(answer.text.contains(told), "{}", answer.text);
            assert_eq!(answer.facts.to_value()["secondsLeft"], 600);
        }
    }
}
