//! Which people are in which space, and which message is where: arithmetic in both directions,
//! without lists.
//!
//! Spaces are in layers, from a few for everyone to many small ones. Each layer puts the people
//! into its own order and cuts it into one block for each space, so everyone is in one space of
//! every layer. Messages are distributed evenly over the layers by their shares, and within a layer
//! in rounds: each round has one message for each of its spaces.

use std::ops::Range;

use super::Population;
use super::permutation::Permutation;
use crate::table::mix;

/// How many of a thousand spaces, and of a thousand messages, a layer has: for everyone in a town,
/// for departments, for projects; the rest of both is for teams.
const LAYERS: [(u32, u64); 3] = [(1, 400), (50, 200), (250, 250)];
const TEAMS_MESSAGES: u64 = 150;

#[derive(Debug, Clone, Copy)]
struct Layer {
    /// The index of the kind in the list above; teams are the last kind.
    kind: usize,
    first_space: u32,
    spaces: u32,
    /// The order of the people.
    people: Permutation,
    /// The order of the spaces within a round; each round starts elsewhere.
    turns: Permutation,
    turns_key: u64,
    /// Of `of` messages that the layers before left over, this one takes `taken`.
    taken: u64,
    of: u64,
    messages: u64,
}

#[derive(Debug)]
pub(super) struct Plan {
    people: u32,
    layers: Vec<Layer>,
}

/// A membership in its original state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) membership: u32,
    pub(super) space: u32,
    pub(super) person: u32,
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The number of spaces of each kind of layer.
fn counts(spaces: u32) -> [u32; LAYERS.len() + 1] {
    let mut counts = [0; LAYERS.len() + 1];
    let mut left = spaces;
    for (kind, (share, _)) in LAYERS.iter().enumerate() {
        let wanted = u64::from(spaces) * u64::from(*share) / 1_000;
        // Even the smallest world has one space for everyone.
        let least = u32::from(kind == 0);
        counts[kind] = narrow(wanted).max(least).min(left);
        left -= counts[kind];
    }
    counts[LAYERS.len()] = left;
    counts
}

impl Plan {
    pub(super) fn new(population: Population, key: u64) -> Self {
        let weights = LAYERS.iter().map(|(_, messages)| *messages);
        let weights: Vec<u64> = weights.chain([TEAMS_MESSAGES]).collect();
        let counts = counts(population.spaces());
        let weight_from = |kind: usize| -> u64 {
            let rest = counts.iter().zip(&weights).skip(kind);
            rest.filter(|(count, _)| **count > 0)
                .map(|(_, weight)| weight)
                .sum()
        };
        let mut layers = Vec::with_capacity(counts.len());
        let (mut first_space, mut left) = (0, u64::from(population.messages()));
        for (kind, spaces) in counts.into_iter().enumerate() {
            if spaces == 0 {
                continue;
            }
            let (taken, of) = (weights[kind], weight_from(kind));
            let messages = left * taken / of;
            let key = mix(key ^ kind as u64);
            layers.push(Layer {
                kind,
                first_space,
                spaces,
                people: Permutation::new(population.people(), key),
                turns: Permutation::new(spaces, mix(key)),
                turns_key: key,
                taken,
                of,
                messages,
            });
            first_space += spaces;
            left -= messages;
        }
        let people = population.people();
        Plan { people, layers }
    }

    pub(super) fn memberships(&self) -> u32 {
        self.people * narrow(self.layers.len() as u64)
    }

    fn layer_of(&self, space: u32) -> (usize, &Layer) {
        let at = self
            .layers
            .partition_point(|layer| layer.first_space <= space);
        let at = at.saturating_sub(1);
        (at, &self.layers[at])
    }

    /// The kind of a space: 0 for everyone's, then departments', projects', teams'.
    pub(super) fn kind_of(&self, space: u32) -> usize {
        self.layer_of(space).1.kind
    }

    pub(super) fn seat(&self, membership: u32) -> Seat {
        let layer = &self.layers[(membership / self.people) as usize];
        let place = u64::from(membership % self.people);
        let block = place * u64::from(layer.spaces) / u64::from(self.people);
        Seat {
            membership,
            space: layer.first_space + narrow(block),
            person: narrow(layer.people.at(place)),
        }
    }

    /// The memberships of a space, which are consecutive.
    pub(super) fn memberships_in(&self, space: u32) -> Range<u32> {
        let (at, layer) = self.layer_of(space);
        let block = u64::from(space - layer.first_space);
        let start = |block: u64| {
            let place = (block * u64::from(self.people)).div_ceil(u64::from(layer.spaces));
            narrow(at as u64) * self.people + narrow(place)
        };
        start(block)..start(block + 1)
    }

    /// The memberships of a person: one in each layer.
    pub(super) fn seats_of(&self, person: u32) -> impl Iterator<Item = Seat> {
        let first = (0..).map(|at: u32| at * self.people);
        self.layers.iter().zip(first).map(move |(layer, first)| {
            let place = layer.people.place(u64::from(person));
            self.seat(first + narrow(place))
        })
    }

    /// The space of a message, and how many messages come before it there.
    pub(super) fn place_of(&self, message: u32) -> (u32, u32) {
        let mut index = u64::from(message);
        for layer in &self.layers {
            let before = index * layer.taken / layer.of;
            if (index + 1) * layer.taken / layer.of > before {
                let spaces = u64::from(layer.spaces);
                let (round, turn) = (before / spaces, before % spaces);
                let space = layer.turns_in(round).at(turn);
                return (layer.first_space + narrow(space), narrow(round));
            }
            index -= before;
        }
        (0, 0)
    }

    pub(super) fn message_at(&self, space: u32, position: u32) -> u32 {
        let (at, layer) = self.layer_of(space);
        let round = u64::from(position);
        let dealt = round * u64::from(layer.spaces) + layer.turn_of(space, round);
        let mut index = ((dealt + 1) * layer.of).div_ceil(layer.taken) - 1;
        for layer in self.layers[..at].iter().rev() {
            index = index * layer.of / (layer.of - layer.taken);
        }
        narrow(index)
    }

    pub(super) fn messages_in(&self, space: u32) -> u32 {
        let (_, layer) = self.layer_of(space);
        let spaces = u64::from(layer.spaces);
        let round = layer.messages / spaces;
        let has_turn = layer.turn_of(space, round) < layer.messages % spaces;
        narrow(round) + u32::from(has_turn)
    }
}

impl Layer {
    fn turns_in(&self, round: u64) -> Permutation {
        self.turns.turned(self.turns_key ^ round)
    }

    fn turn_of(&self, space: u32, round: u64) -> u64 {
        let space = u64::from(space - self.first_space);
        self.turns_in(round).place(space)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn population() -> impl Strategy<Value = Population> {
        (1_u32..300, 0_u32..3_000).prop_flat_map(|(people, messages)| {
            (1..=people).prop_map(move |spaces| Population::new(people, spaces, messages).unwrap())
        })
    }

    proptest! {
        #[test]
        fn members_of_spaces_and_spaces_of_people_agree(population in population(), key: u64) {
            let plan = Plan::new(population, key);
            let mut by_space = Vec::new();
            for space in 0..population.spaces() {
                let seats: Vec<Seat> = plan.memberships_in(space).map(|at| plan.seat(at)).collect();
                prop_assert!(!seats.is_empty());
                prop_assert!(seats.iter().all(|seat| seat.space == space));
                by_space.extend(seats);
            }
            let mut by_person: Vec<Seat> = (0..population.people()).flat_map(|person| {
                plan.seats_of(person).inspect(move |seat| assert_eq!(seat.person, person))
            }).collect();
            by_person.sort_unstable_by_key(|seat| seat.membership);
            prop_assert_eq!(by_space.len(), plan.memberships() as usize);
            prop_assert_eq!(by_space, by_person);
        }

        #[test]
        fn every_message_is_in_the_space_that_lists_it(population in population(), key: u64) {
            let plan = Plan::new(population, key);
            let mut counts: HashMap<u32, u32> = HashMap::new();
            for message in 0..population.messages() {
                let (space, position) = plan.place_of(message);
                let count = counts.entry(space).or_default();
                prop_assert_eq!(position, *count, "a space counts its messages without a gap");
                *count += 1;
                prop_assert_eq!(plan.message_at(space, position), message);
            }
            for space in 0..population.spaces() {
                let counted = counts.get(&space).copied().unwrap_or_default();
                prop_assert_eq!(plan.messages_in(space), counted);
            }
        }
    }

    #[test]
    fn the_large_world_has_spaces_of_every_size() {
        let population = Population::large();
        let plan = Plan::new(population, 1);
        let sizes = |space| (plan.memberships_in(space).len(), plan.messages_in(space));
        assert_eq!(sizes(0), (10_000, 200_000));
        let (people, messages) = sizes(population.spaces() - 1);
        assert!((10..20).contains(&people) && (100..110).contains(&messages));
        for message in (0..population.messages()).step_by(9_973) {
            let (space, position) = plan.place_of(message);
            assert_eq!(plan.message_at(space, position), message);
        }
    }
}
