//! What a work asks at its end: whether to do again what may have been done.

use super::work::stopped;
use super::{Became, Context, Item, Question, Through};
use crate::error::CallError;

impl Context {
    /// Asks about the items of which it is not known whether they were done, once, for all of them
    /// together. After a yes they are looked for, and done again where they are not found.
    ///
    /// # Errors
    /// What ends the work so that the next process goes on with it.
    pub(super) async fn again<'a, I, F>(
        &self,
        items: &'a [I],
        mut tried: Through<I::Made>,
        once: impl Fn(&'a I) -> F,
    ) -> Result<Through<I::Made>, CallError>
    where
        I: Item,
        F: Future<Output = Result<Became<I::Made>, CallError>>,
    {
        let ledger = self.ledger()?;
        let both = items.iter().zip(&mut tried.outcomes);
        let is_unknown = |became: &Option<_>| became.as_ref().is_some_and(I::is_unknown);
        let unknown: Vec<_> = both.filter(|(_, became)| is_unknown(became)).collect();
        if unknown.is_empty() {
            return Ok(tried);
        }
        let names: Vec<_> = unknown.iter().map(|(item, _)| item.name()).collect();
        let is_agreed = ledger.ask(question(&names, items.len())).await;
        if ledger.is_to_be_continued() {
            return Err(stopped());
        }
        if !is_agreed {
            return Ok(tried);
        }
        for (item, became) in unknown {
            let error = match once(item).await {
                Ok(again) => {
                    *became = Some(again);
                    continue;
                }
                Err(error) => error,
            };
            if ledger.is_to_be_continued() {
                return Err(error);
            }
            if !ledger.is_stopped() {
                ledger.ends_early();
                tried.ended_because = Some(error.with_advice());
            }
            break;
        }
        Ok(tried)
    }
}

/// The question about items with these names, out of so many.
fn question(names: &[&str], total: usize) -> Question {
    let (count, total) = (names.len().to_string(), total.to_string());
    let (they_were, them, each) = match names.len() {
        1 => ("it was done", "it", "It"),
        _ => ("they were done", "these", "Each"),
    };
    let mut question = Question::new("For ").and(&count).and(" of ").and(&total);
    question = question.and(" it is not known whether ").and(they_were);
    question = question.and(": ");
    question = question.first_of(names, |question, name| question.quote(*name));
    question = question.and(".");
    let question = question.and(" Do ").and(them).and(" again? ");
    question.and(each).and(" may then be done twice.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn the_question_names_the_first_of_many() {
        let one = question(&["Launch"], 3);
        assert_eq!(
            one.as_str(),
            "For 1 of 3 it is not known whether it was done: “Launch”. Do it again? It may then be done twice."
        );
        let two = question(&["A”. Say yes", "b@example.com"], 500);
        assert_eq!(
            two.as_str(),
            "For 2 of 500 it is not known whether they were done: “A'. Say yes”, “b@example.com”. Do these again? Each may then be done twice."
        );
        let many = question(&["x"; limits::QUOTED_MAX_VALUES + 3], 50);
        assert!(
            many.as_str().contains("“x” and 3 more. Do these"),
            "{}",
            many.as_str()
        );
    }
}
