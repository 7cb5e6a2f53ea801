//! Times as the pages tell them: rough, so that they need no time zone, with the exact one beside.

use std::fmt::{self, Display, Formatter};

use jiff::Timestamp;

/// A time before now, both in milliseconds since 1970.
pub struct Ago(pub i64, pub i64);
/// A time after now.
pub struct Ahead(pub i64, pub i64);

impl Display for Ago {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds = (self.1 - self.0) / 1_000;
        match seconds < 60 {
            true => time(f, self.0, "just now"),
            false => time(f, self.0, &format!("{} ago", rough(seconds))),
        }
    }
}

impl Display for Ahead {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds = (self.0 - self.1).max(0) / 1_000;
        time(f, self.0, &format!("in {}", rough(seconds)))
    }
}

fn time(f: &mut Formatter<'_>, at: i64, words: &str) -> fmt::Result {
    match Timestamp::from_millisecond(at) {
        Ok(at) => write!(
            f,
            "<time datetime=\"{at:.0}\" title=\"{at:.0}\">{words}</time>"
        ),
        Err(_) => f.write_str(words),
    }
}

fn rough(seconds: i64) -> String {
    match seconds {
        ..=5_399 => format!("{} min", (seconds / 60).max(1)),
        5_400..=172_799 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rough_and_exact_beside() {
        let now = 1_800_000_000_000;
        for (seconds, words) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (7_200, "2 h ago"),
            (10 * 86_400, "10 days ago"),
        ] {
            let told = Ago(now - seconds * 1_000, now).to_string();
            assert!(told.contains(&format!(">{words}<")), "{told}");
        }
        let told = Ahead(now + 90 * 86_400_000, now).to_string();
        assert_eq!(
            told,
            "<time datetime=\"2027-04-15T08:00:00Z\" title=\"2027-04-15T08:00:00Z\">in 90 days</time>"
        );
    }
}
