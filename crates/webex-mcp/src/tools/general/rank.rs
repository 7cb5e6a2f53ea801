//! How well a tool fits the words of what is to be done.

use crate::text::fold;
use crate::tool::Offered;

/// What a word counts by where it stands: the name says most.
const IN_NAME: usize = 4;
const IN_TITLE: usize = 2;
const IN_DESCRIPTION: usize = 1;

pub(super) fn score(tool: &Offered<'_>, words: &[String]) -> usize {
    let places = [
        (fold(tool.name), IN_NAME),
        (fold(tool.title), IN_TITLE),
        (fold(tool.description), IN_DESCRIPTION),
    ];
    let of_word = |word: &String| -> usize {
        // One ending tells most plurals from their singular.
        let stem = word
            .strip_suffix('s')
            .filter(|stem| stem.len() > 2)
            .unwrap_or(word);
        let counted = places.iter().filter(|(place, _)| place.contains(stem));
        counted.map(|(_, worth)| worth).sum()
    };
    words.iter().map(of_word).sum()
}
