//! How much long work has to do in all, as far as that is known.

use jiff::Timestamp;

/// How much there is to do in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    Unknown,
    /// An estimate, which changes while the work goes on.
    About(u64),
    Exactly(u64),
}

/// How many there may be in a period that is read from its end to its start, if the rest of it has
/// as many as the part that was read. `None` where no part of it was, or nothing is left.
pub fn expected_in_period(done: u64, read: [Timestamp; 2], start: Timestamp) -> Option<u64> {
    let [newest, oldest] = read;
    let seconds = |from: Timestamp| newest.as_second().saturating_sub(from.as_second());
    let (read, whole) = (seconds(oldest), seconds(start));
    let is_part = (1..whole).contains(&read);
    is_part.then(|| (done as f64 * whole as f64 / read as f64) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_600_000 + second).unwrap()
    }

    #[test]
    fn nothing_is_expected_where_no_part_of_the_period_was_read() {
        for (newest, oldest, start, expected) in [
            (100, 50, 0, Some(200)),
            (100, 99, 0, Some(10_000)),
            // All at the same time, or the whole of it, or more.
            (100, 100, 0, None),
            (100, 0, 0, None),
            (100, -5, 0, None),
            (100, 50, 60, None),
            (100, 50, 200, None),
        ] {
            let found = expected_in_period(100, [at(newest), at(oldest)], at(start));
            assert_eq!(found, expected, "{newest} {oldest} {start}");
        }
    }

    proptest! {
        #[test]
        fn what_is_expected_is_never_less_than_what_was_read(
            done: u64, newest in 0..1_000_000i64, oldest in 0..1_000_000i64, start in 0..1_000_000i64,
        ) {
            let done = done >> 12;
            let found = expected_in_period(done, [at(newest), at(oldest)], at(start));
            prop_assert!(found.is_none_or(|found| found >= done), "{:?}", found);
        }
    }
}
