//! How well a name has to fit, and what a list says about it. The more a call does with the thing
//! it names, the less is guessed.

use icu_properties::CodePointMapData;
use icu_properties::props::Script;

use super::names::{Kind, Named, Seen, not_found};
use crate::error::{CallError, Candidate, Code, Details};
use crate::limits;
use crate::text;
use crate::tool::Effect;

/// How well a name has to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// A part of the name fits, if there is only one such thing in the whole list.
    Part,
    /// Whole words of the name fit, if there is only one such thing.
    Words,
    /// The whole name fits.
    Whole,
}

impl Fit {
    /// The more the call does with the thing, the less is guessed.
    pub(super) const fn of(effect: Effect, kind: Kind) -> Self {
        match (effect, kind) {
            (Effect::Read, _) => Fit::Part,
            // People choose their own names, and Webex searches names only by their beginning.
            (Effect::Write, Kind::Person) | (Effect::Destroy, _) => Fit::Whole,
            (Effect::Write, _) => Fit::Words,
        }
    }

    /// Both names are already folded.
    fn is_fit(self, name: &str, wanted: &str) -> bool {
        let is_word_of = |name: &str| {
            let is_inside = |c: Option<char>| c.is_some_and(text::is_of_word);
            name.match_indices(wanted).any(|(at, _)| {
                let before = name[..at].chars().next_back();
                let after = name[at + wanted.len()..].chars().next();
                !is_inside(before) && !is_inside(after)
            })
        };
        match self {
            Fit::Part => name.contains(wanted),
            Fit::Words => has_words(wanted) && is_word_of(name),
            Fit::Whole => name == wanted,
        }
    }
}

/// Whether a name can be recognized by its words: not if it has none, nor in a script that is
/// written without spaces.
fn has_words(name: &str) -> bool {
    let scripts = CodePointMapData::<Script>::new();
    let is_spaceless = |c: char| {
        matches!(
            scripts.get(c),
            Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Bopomofo
                | Script::Thai
                | Script::Lao
                | Script::Khmer
                | Script::Myanmar
                | Script::Tibetan
        )
    };
    name.chars().any(char::is_alphanumeric) && !name.chars().any(is_spaceless)
}

/// What a list says about a name.
#[derive(Debug)]
pub(super) enum Verdict {
    One(Named),
    /// Several things fit, or one that is not certain.
    Several(Vec<Named>, CallError),
}

/// What the list says about a name: the thing that is meant, or several to choose from.
pub(super) fn decide(kind: Kind, fit: Fit, wanted: &str, seen: Seen) -> Result<Verdict, CallError> {
    let (mut exact, mut near): (Vec<_>, Vec<_>) = seen
        .fitting
        .into_iter()
        .partition(|named| Fit::Whole.is_fit(&text::fold(&named.name), wanted));
    // If the list goes on, a second person of this name may follow.
    let is_the_one = seen.whole || kind != Kind::Person || fit != Fit::Whole;
    if exact.len() == 1 && is_the_one {
        return Ok(Verdict::One(exact.remove(0)));
    }
    if exact.is_empty() && near.is_empty() && seen.whole {
        return Err(not_found(kind));
    }
    let close_enough = |named: &Named| fit.is_fit(&text::fold(&named.name), wanted);
    if exact.is_empty() && seen.whole {
        let mut guesses = (0..near.len()).filter(|&at| close_enough(&near[at]));
        if let (Some(only), None) = (guesses.next(), guesses.next()) {
            return Ok(Verdict::One(near.swap_remove(only)));
        }
    }
    let word = kind.word();
    let (message, mut candidates) = match (exact.is_empty(), seen.whole, fit) {
        (false, false, _) if exact.len() == 1 => (
            format!("Webex's list goes on after this {word}, and may have another of this name."),
            exact,
        ),
        (false, _, _) => (format!("{} {word}s have this name.", exact.len()), exact),
        (true, false, _) => (
            format!(
                "None of the {} {word}s that were read has exactly this name, and there are more.",
                seen.read
            ),
            near,
        ),
        (true, true, Fit::Whole | Fit::Words) => (
            format!("No {word} has exactly this name, and a change is not made on a guess."),
            near,
        ),
        (true, true, Fit::Part) => (
            format!("The name fits {} {word}s in part.", near.len()),
            near,
        ),
    };
    candidates.truncate(limits::AMBIGUOUS_MAX_CANDIDATES);
    let error = ambiguous(kind, message, &candidates);
    Ok(Verdict::Several(candidates, error))
}

/// The error that asks the caller to choose.
pub(super) fn ambiguous(kind: Kind, message: String, of: &[Named]) -> CallError {
    let advice = match kind {
        Kind::Person => "Call again with the e-mail address or the id of the one you mean.",
        Kind::Space | Kind::Team | Kind::Meeting => "Call again with the id of the one you mean.",
    };
    let candidates = of.iter().map(Candidate::from).collect();
    CallError::new(Code::Ambiguous, message, advice).with_details(Details::Candidates(candidates))
}

impl From<&Named> for Candidate {
    fn from(named: &Named) -> Self {
        Candidate {
            id: named.id.clone(),
            name: named.name.clone().into(),
            email: named.email.clone(),
            detail: named.detail.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_told_in_scripts_that_have_them() {
        let words =
            |name: &str, wanted: &str| Fit::Words.is_fit(&text::fold(name), &text::fold(wanted));
        for (name, wanted, is_fit) in [
            ("Design System", "design", true),
            ("Design System", "system", true),
            ("Design System", "Design S", false),
            ("Redesign", "design", false),
            ("Büro Zürich", "ZÜRICH", true),
            ("Büro Zürich", "Zür", false),
            ("Команда продаж", "продаж", true),
            ("Команда продаж", "прода", false),
            ("Team-Alpha (new)", "alpha", true),
            ("Team - Alpha", "-", false),
            ("日本 営業", "営業", false),
            ("日本営業部", "営業", false),
            ("ทีมขาย กรุงเทพ", "กรุงเทพ", false),
            ("क्ष दल", "क", false),
        ] {
            assert_eq!(words(name, wanted), is_fit, "{name}: {wanted}");
        }
    }
}
