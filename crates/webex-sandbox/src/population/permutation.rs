//! Permutations that can be computed in both directions.

use crate::table::mix;

/// The numbers below a modulus in another order: steps of equal length around a ring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permutation {
    modulus: u64,
    step: u64,
    /// The step that reverses the step.
    inverse: u64,
    offset: u64,
}

impl Permutation {
    /// A permutation of the numbers below `modulus`, which is at least 1 and fits into 32 bits.
    pub(super) fn new(modulus: u32, key: u64) -> Self {
        let modulus = u64::from(modulus).max(1);
        // Any step that has no common divisor with the modulus reaches every number; a few tries
        // find one.
        let start = 1 + mix(key) % modulus;
        let step = (start..start + modulus)
            .find(|step| greatest_common_divisor(*step, modulus) == 1)
            .unwrap_or(1);
        Permutation {
            modulus,
            step: step % modulus,
            inverse: inverse(step % modulus, modulus),
            offset: mix(key ^ 1) % modulus,
        }
    }

    /// The same steps from another start.
    pub(super) fn turned(self, key: u64) -> Self {
        Permutation {
            offset: mix(key) % self.modulus,
            ..self
        }
    }

    /// The number at this place.
    pub(super) fn at(&self, place: u64) -> u64 {
        (place % self.modulus * self.step + self.offset) % self.modulus
    }

    /// The place of a number.
    pub(super) fn place(&self, number: u64) -> u64 {
        let back = (number + self.modulus - self.offset) % self.modulus;
        back * self.inverse % self.modulus
    }
}

fn greatest_common_divisor(one: u64, other: u64) -> u64 {
    match other {
        0 => one,
        other => greatest_common_divisor(other, one % other),
    }
}

/// The number whose product with `step` is 1 modulo `modulus`, by Euclid's extended algorithm.
fn inverse(step: u64, modulus: u64) -> u64 {
    let modulus = i128::from(modulus);
    let (mut rest, mut next_rest) = (modulus, i128::from(step));
    let (mut factor, mut next_factor) = (0_i128, 1_i128);
    while next_rest != 0 {
        let quotient = rest / next_rest;
        (rest, next_rest) = (next_rest, rest - quotient * next_rest);
        (factor, next_factor) = (next_factor, factor - quotient * next_factor);
    }
    u64::try_from(factor.rem_euclid(modulus)).unwrap_or(0)
}
