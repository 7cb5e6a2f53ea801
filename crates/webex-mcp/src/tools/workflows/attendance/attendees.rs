//! Who was in meetings that have ended, and for how long, against who was invited.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use webex::invitees::Invitee;
use webex::participants::{Participant, ParticipantState};

use crate::text::fold;
use crate::tool::Theirs;

/// From when to when somebody was in; an end that Webex does not tell is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stay {
    pub joined: Timestamp,
    pub left: Option<Timestamp>,
}

/// One person of one meeting.
#[derive(Debug, Default, Clone)]
pub struct Attendee {
    pub email: Option<String>,
    pub name: Option<Theirs>,
    pub is_host: bool,
    pub is_invited: bool,
    /// Took part, even where no time is known.
    pub came: bool,
    /// Each time of joining, the earliest first.
    pub stays: Vec<Stay>,
}

impl Attendee {
    /// How long in all: what overlaps, such as two devices, counts once.
    pub fn total(&self) -> SignedDuration {
        let (mut total, mut counted_to) = (SignedDuration::ZERO, Timestamp::MIN);
        for stay in &self.stays {
            let (from, to) = (
                stay.joined.max(counted_to),
                stay.left.unwrap_or(stay.joined),
            );
            if to > from {
                total = total.saturating_add(to.duration_since(from));
                counted_to = to;
            }
        }
        total
    }

    /// What a reader wants to know of it. The host needs no invitation.
    pub fn status(&self) -> Status {
        match (self.came, self.is_invited || self.is_host) {
            (true, true) => Status::Attended,
            (true, false) => Status::Uninvited,
            (false, _) => Status::Absent,
        }
    }
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    Attended,
    /// Came without an invitation.
    Uninvited,
    /// Was invited and did not come.
    Absent,
}

impl Status {
    pub const fn word(self) -> &'static str {
        match self {
            Status::Attended => "attended",
            Status::Uninvited => "uninvited",
            Status::Absent => "absent",
        }
    }
}

/// Everybody of one meeting once: those who came by their joining, then those who did not. Without
/// `invitees`, whether somebody was invited is as Webex says it of each participant.
pub fn attendees(participants: Vec<Participant>, invitees: Option<Vec<Invitee>>) -> Vec<Attendee> {
    let (mut all, mut places) = (Vec::<Attendee>::new(), HashMap::<String, usize>::new());
    let knows_invited = invitees.is_some();
    for one in participants {
        let place = *places.entry(key(&one)).or_insert_with(|| {
            all.push(Attendee::default());
            all.len() - 1
        });
        let attendee = &mut all[place];
        let is_waiting = one.state == Some(ParticipantState::Lobby);
        let stays = stays(&one);
        attendee.came |= !stays.is_empty() || !is_waiting;
        attendee.is_host |= one.host == Some(true);
        attendee.is_invited |= !knows_invited && one.invitee != Some(false);
        attendee.stays.extend(stays);
        attendee.email = attendee.email.take().or(one.email);
        let name = one.display_name.map(Theirs::from);
        attendee.name = attendee.name.take().or(name);
    }
    for one in invitees.into_iter().flatten() {
        let Some(email) = one.email else { continue };
        let place = *places.entry(email.to_lowercase()).or_insert_with(|| {
            all.push(Attendee::default());
            all.len() - 1
        });
        let attendee = &mut all[place];
        attendee.is_invited = true;
        attendee.email = attendee.email.take().or(Some(email));
        let name = one.display_name.map(Theirs::from);
        attendee.name = attendee.name.take().or(name);
    }
    // Whoever only waited in the lobby is nobody who was absent.
    all.retain(|one| one.came || one.is_invited);
    for one in &mut all {
        one.stays.sort();
    }
    all.sort_by(|one, other| {
        let order = |one: &Attendee| (!one.came, one.stays.first().map(|stay| stay.joined));
        order(one)
            .cmp(&order(other))
            .then_with(|| one.email.cmp(&other.email))
    });
    all
}

/// What tells one person from another: the address, or what a guest without one is called.
fn key(one: &Participant) -> String {
    match (&one.email, &one.display_name) {
        (Some(email), _) if !email.is_empty() => email.to_lowercase(),
        (_, Some(name)) => format!("name {}", fold(name)),
        _ => format!("id {}", one.id),
    }
}

/// Each time of joining: those of the devices, or the one of the participant.
fn stays(one: &Participant) -> Vec<Stay> {
    let of_devices = one.devices.iter().flatten();
    let of_devices = of_devices.filter_map(|device| {
        Some(Stay {
            joined: device.joined_time?,
            left: device.left_time,
        })
    });
    let stays: Vec<_> = of_devices.collect();
    match (stays.is_empty(), one.joined_time) {
        (true, Some(joined)) => vec![Stay {
            joined,
            left: one.left_time,
        }],
        _ => stays,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use webex::participants::Device;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_767_600_000 + minute * 60).unwrap()
    }

    fn joined(email: &str, from: i64, to: i64) -> Participant {
        Participant {
            id: format!("{email} {from}"),
            email: Some(email.to_owned()),
            state: Some(ParticipantState::End),
            joined_time: Some(at(from)),
            left_time: Some(at(to)),
            ..Participant::default()
        }
    }

    fn invited(email: &str) -> Invitee {
        Invitee {
            email: Some(email.to_owned()),
            ..Invitee::default()
        }
    }

    fn told(all: &[Attendee]) -> Vec<(&str, Status, usize, i64)> {
        let told = all.iter().map(|one| {
            let email = one.email.as_deref().unwrap_or_default();
            (email, one.status(), one.stays.len(), one.total().as_mins())
        });
        told.collect()
    }

    #[test]
    fn joins_are_summed_and_what_overlaps_counts_once() {
        let host = Participant {
            host: Some(true),
            ..joined("host@x.example", 0, 30)
        };
        let twice = Participant {
            devices: Some(vec![
                Device {
                    joined_time: Some(at(5)),
                    left_time: Some(at(15)),
                    ..Device::default()
                },
                Device {
                    joined_time: Some(at(10)),
                    left_time: Some(at(20)),
                    ..Device::default()
                },
            ]),
            ..joined("both@x.example", 5, 20)
        };
        let waiting = Participant {
            state: Some(ParticipantState::Lobby),
            joined_time: None,
            left_time: None,
            ..joined("lobby@x.example", 0, 0)
        };
        let all = vec![
            joined("Bob@x.example", 20, 30),
            host,
            joined("bob@x.example", 1, 10),
            twice,
            joined("guest@x.example", 6, 7),
            waiting,
        ];
        let invitees = ["bob@x.example", "both@x.example", "absent@x.example"];
        let found = attendees(all, Some(invitees.map(invited).to_vec()));
        assert_eq!(
            told(&found),
            [
                ("host@x.example", Status::Attended, 1, 30),
                ("Bob@x.example", Status::Attended, 2, 19),
                ("both@x.example", Status::Attended, 2, 15),
                ("guest@x.example", Status::Uninvited, 1, 1),
                ("absent@x.example", Status::Absent, 0, 0),
            ]
        );
    }

    #[test]
    fn guests_without_an_address_are_told_apart_by_name() {
        let named = |id: &str, name: &str, from| Participant {
            id: id.to_owned(),
            display_name: Some(name.to_owned()),
            invitee: Some(false),
            ..Participant {
                email: None,
                ..joined("", from, from + 1)
            }
        };
        let all = vec![
            named("1", "Ann", 0),
            named("2", "ANN", 5),
            named("3", "Bo", 2),
        ];
        let found = attendees(all, None);
        assert_eq!(
            told(&found),
            [("", Status::Uninvited, 2, 2), ("", Status::Uninvited, 1, 1)]
        );
    }

    proptest! {
        #[test]
        fn the_sum_is_never_more_than_from_first_to_last(
            stays in proptest::collection::vec((0i64..600, 0i64..600), 0..20),
        ) {
            let all = stays.iter().map(|(from, to)| joined("a@x.example", *from, *to));
            let found = attendees(all.collect(), None);
            let Some(one) = found.first() else { return Ok(()); };
            prop_assert_eq!(found.len(), 1);
            let mut minutes = vec![false; 600];
            for (from, to) in &stays {
                for minute in *from..*to {
                    minutes[usize::try_from(minute).unwrap()] = true;
                }
            }
            let covered = minutes.into_iter().filter(|is| *is).count();
            prop_assert_eq!(one.total().as_mins(), i64::try_from(covered).unwrap());
        }
    }
}
