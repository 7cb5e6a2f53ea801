//! Random lives against small models: each model says the rules as one would explain them, shares no
//! code with the sandbox, and what differs is shrunk to the shortest life that shows it.

mod calendar;
mod garbage;
mod messaging;
mod paging;
mod recurrence;
mod refusals;
mod teams;

use proptest::prelude::ProptestConfig;

/// Shrinking lives a life again and again; what is left after this is short enough to read.
const MAX_SHRINK_MS: u32 = 20_000;

/// What `PROPTEST_CASES` is where it is not set.
const USUAL_CASES: u32 = 256;

/// So many lives, and more or fewer in the proportion that `PROPTEST_CASES` asks for.
pub(crate) fn lives(cases: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig {
        cases: (cases * asked.cases / USUAL_CASES).max(1),
        max_shrink_time: MAX_SHRINK_MS,
        ..asked
    }
}

/// Lives one life on a runtime of its own.
fn live(life: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(life);
}

/// The one that a number stands for, where there is any.
fn pick<T>(all: &[T], number: usize) -> Option<usize> {
    (!all.is_empty()).then(|| number % all.len())
}
