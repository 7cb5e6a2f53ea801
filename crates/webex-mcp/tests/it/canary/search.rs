//! Finds texts in whatever form they were written: as they are, in base64, in hex, encoded for a URL, or
//! backwards.

use std::fmt::Write as _;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// How much of what surrounds a find is told.
const CONTEXT_BYTES: usize = 60;

/// A search for several texts, in all forms of each.
pub struct Search {
    forms: AhoCorasick,
    /// For each pattern the text that it stands for, and the name of its form.
    of: Vec<(usize, String)>,
}

/// A text that was found.
pub struct Found {
    /// Its place in the list of texts.
    pub which: usize,
    pub form: String,
    start: usize,
    end: usize,
}

impl Search {
    pub fn new(texts: &[&[u8]]) -> Self {
        let (mut patterns, mut of) = (Vec::new(), Vec::new());
        for (which, text) in texts.iter().enumerate() {
            for (form, bytes) in forms(text) {
                patterns.push(bytes);
                of.push((which, form));
            }
        }
        let forms = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&patterns);
        Search {
            forms: forms.unwrap(),
            of,
        }
    }

    /// Every text that is in there, in each form once.
    pub fn all_in(&self, bytes: &[u8]) -> Vec<Found> {
        let mut seen = vec![false; self.of.len()];
        let mut found = Vec::new();
        for hit in self.forms.find_overlapping_iter(bytes) {
            let index = hit.pattern().as_usize();
            if !std::mem::replace(&mut seen[index], true) {
                let (which, form) = self.of[index].clone();
                let (start, end) = (hit.start(), hit.end());
                found.push(Found {
                    which,
                    form,
                    start,
                    end,
                });
            }
        }
        found
    }

    /// What is before and after a find, without what was found.
    pub fn around(&self, bytes: &[u8], found: &Found) -> String {
        let before = &bytes[found.start.saturating_sub(CONTEXT_BYTES)..found.start];
        let after = &bytes[found.end..(found.end + CONTEXT_BYTES).min(bytes.len())];
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(['\n', '\r'], " ");
        format!("…{}[…]{}…", shown(before), shown(after))
    }
}

/// The forms in which a text could be written, with their names.
pub fn forms(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut forms = vec![
        ("plain".to_owned(), text.to_owned()),
        ("hex".to_owned(), hex(text, false)),
        ("upper-case hex".to_owned(), hex(text, true)),
        (
            "URL-encoded".to_owned(),
            percent(text, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
        ),
        (
            "URL-encoded as a form".to_owned(),
            url::form_urlencoded::byte_serialize(text)
                .collect::<String>()
                .into_bytes(),
        ),
        (
            "URL-encoded to the letter".to_owned(),
            percent(text, |_| false),
        ),
    ];
    for alignment in 0..3 {
        forms.push((
            format!("base64 at {alignment}"),
            base64(text, alignment, &STANDARD_NO_PAD),
        ));
        forms.push((
            format!("base64 for URLs at {alignment}"),
            base64(text, alignment, &URL_SAFE_NO_PAD),
        ));
    }
    let backwards: Vec<_> = forms
        .iter()
        .map(|(name, bytes)| {
            (
                format!("{name}, reversed"),
                bytes.iter().rev().copied().collect(),
            )
        })
        .collect();
    forms.extend(backwards);
    forms
}

fn hex(text: &[u8], is_upper: bool) -> Vec<u8> {
    let mut written = String::new();
    for byte in text {
        let _ = match is_upper {
            true => write!(written, "{byte:02X}"),
            false => write!(written, "{byte:02x}"),
        };
    }
    written.into_bytes()
}

fn percent(text: &[u8], stays: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut written = Vec::new();
    for byte in text {
        match stays(*byte) {
            true => written.push(*byte),
            false => written.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    written
}

/// The letters that stand for nothing but the text, where so many bytes (modulo three) are before it.
fn base64(text: &[u8], alignment: usize, engine: &impl base64::Engine) -> Vec<u8> {
    let shifted = [&[0; 2][..alignment], text].concat();
    let letters = engine.encode(&shifted).into_bytes();
    let first = (alignment * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    letters[first..last].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = "Grüße & a+b/c? of somebody".as_bytes();

    /// Where the text is in a longer one, its form is in the form of the longer one.
    #[test]
    fn every_form_is_found_wherever_it_begins() {
        let search = Search::new(&[TEXT]);
        for before in 0..7 {
            for after in 0..4 {
                let long = [&[b'x'; 7][..before], TEXT, &[b'y'; 4][..after]].concat();
                let written =
                    |engine: &base64::engine::GeneralPurpose| engine.encode(&long).into_bytes();
                let form: String = url::form_urlencoded::byte_serialize(&long).collect();
                let mut forms = vec![
                    long.clone(),
                    hex(&long, false),
                    hex(&long, true),
                    written(&STANDARD_NO_PAD),
                    written(&URL_SAFE_NO_PAD),
                    form.into_bytes(),
                    percent(&long, |byte| byte.is_ascii_alphanumeric()),
                    percent(&long, |_| false),
                ];
                let backwards: Vec<Vec<u8>> = forms
                    .iter()
                    .map(|it| it.iter().rev().copied().collect())
                    .collect();
                forms.extend(backwards);
                for form in forms {
                    assert!(
                        !search.all_in(&form).is_empty(),
                        "{}",
                        String::from_utf8_lossy(&form)
                    );
                }
            }
        }
    }

    #[test]
    fn another_text_is_not_found() {
        let search = Search::new(&[TEXT]);
        let other = "Grüße & a+b/c! of somebody".as_bytes();
        for (name, form) in forms(other) {
            assert!(search.all_in(&form).is_empty(), "{name}");
        }
        assert!(search.all_in(b"").is_empty());
    }

    #[test]
    fn each_of_several_is_told_with_its_form_and_not_with_itself() {
        let search = Search::new(&[b"the first of the two", b"the second of the two"]);
        let log = [
            &b"key="[..],
            &hex(b"the second of the two", false),
            b" ok\n",
        ]
        .concat();
        let found = search.all_in(&log);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].which, found[0].form.as_str()), (1, "hex"));
        assert_eq!(search.around(&log, &found[0]), "…key=[…] ok …");
    }
}
