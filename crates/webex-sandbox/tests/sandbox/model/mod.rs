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
use proptest::test_runner::RngSeed;

/// Shrinking lives a life again and again; what is left after this is short enough to read.
const MAX_SHRINK_MS: u32 = 20_000;

/// The lives of every run, so that a change is judged by the same ones as the one before it.
const SEED: u64 = 20_260_105;

/// So many lives: always the same, unless `PROPTEST_RNG_SEED` asks for others. None is written to a
/// file: a found one becomes a test with a name.
pub(crate) fn lives(cases: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_time: MAX_SHRINK_MS,
        rng_seed: match asked.rng_seed {
            RngSeed::Random => RngSeed::Fixed(SEED),
            fixed => fixed,
        },
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
