//! Decides when two texts are equal to a reader.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

use super::clean;

/// The form in which two texts are compared: compatibility forms, case and spaces at the ends make
/// no difference, nor does what cannot be seen.
pub fn fold(text: &str) -> String {
    let cleaned = clean(text);
    if cleaned.is_ascii() {
        return cleaned.trim().to_ascii_lowercase();
    }
    let folded: String = cleaned.nfkd().default_case_fold().nfkc().collect();
    folded.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_equal_is_equal() {
        for (one, other) in [
            ("Café", "cafe\u{301}"),
            ("ＡＢＣ", "abc"),
            ("Straße", "STRASSE"),
            ("  Design ", "design"),
            ("ﬁle", "FILE"),
            ("Ünder", "u\u{308}nder"),
            ("a\u{200b}b", "ab"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("Design"), fold("Designs"));
        assert_ne!(fold("cafe"), fold("café"));
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text: String) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
