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
    /// Is not among the participants that were read, and these are not all.
    pub may_have_come: bool,
    /// Each time of joining, the earliest first.
    pub stays: Vec<Stay>,
    /// The address is that of an invitee or of the host.
    is_listed: bool,
    /// Webex counts this participant among the invited, whatever the address.
    is_expected: bool,
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
            (false, _) if self.may_have_come => Status::Unknown,
            (false, _) => Status::Absent,
        }
    }

    fn took_part(&mut self, one: Participant, knows_invited: bool) {
        let is_waiting = one.state == Some(ParticipantState::Lobby);
        let (stays, is_host) = (stays(&one), one.host == Some(true));
        self.came |= !stays.is_empty() || !is_waiting;
        self.is_host |= is_host;
        self.is_expected |= is_host || one.invitee == Some(true);
        self.is_invited |= one.invitee.unwrap_or(!knows_invited);
        self.stays.extend(stays);
        self.is_called(one.email, one.display_name);
    }

    fn is_called(&mut self, email: Option<String>, name: Option<String>) {
        self.email = self.email.take().or(email);
        self.name = self.name.take().or(name.map(Theirs::from));
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
    /// Was invited, or is the host, and did not come.
    Absent,
    /// The same, but not all participants were read.
    Unknown,
}

impl Status {
    pub const fn word(self) -> &'static str {
        match self {
            Status::Attended => "attended",
            Status::Uninvited => "uninvited",
            Status::Absent => "absent",
            Status::Unknown => "unknown",
        }
    }
}

/// What was read of one meeting.
#[derive(Debug, Default)]
pub struct Seen {
    pub participants: Vec<Participant>,
    /// There are more participants than these.
    pub has_more: bool,
    /// `None` where they cannot be read: whether somebody was invited is then only as Webex says it of
    /// each participant.
    pub invitees: Option<Vec<Invitee>>,
    pub host: Host,
}

/// Who holds the meeting, as far as it is known.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Host {
    pub email: Option<String>,
    pub name: Option<String>,
}

/// People by what tells one from another, in the order in which they were met.
#[derive(Debug, Default)]
struct Met {
    all: Vec<Attendee>,
    places: HashMap<String, usize>,
}

impl Met {
    fn at(&mut self, key: String) -> &mut Attendee {
        let place = *self.places.entry(key).or_insert_with(|| {
            self.all.push(Attendee::default());
            self.all.len() - 1
        });
        &mut self.all[place]
    }

    fn listed(&mut self, email: String, name: Option<String>) -> &mut Attendee {
        let attendee = self.at(email.to_lowercase());
        attendee.is_listed = true;
        attendee.is_called(Some(email), name);
        attendee
    }
}

/// Everybody of one meeting once: those who came by their joining, then those who did not.
pub fn attendees(seen: Seen) -> Vec<Attendee> {
    let (mut met, knows_invited) = (Met::default(), seen.invitees.is_some());
    for one in seen.participants {
        met.at(key(&one)).took_part(one, knows_invited);
    }
    for one in seen.invitees.into_iter().flatten() {
        if let Some(email) = one.email {
            met.listed(email, one.display_name).is_invited = true;
        }
    }
    if let Some(email) = seen.host.email {
        met.listed(email, seen.host.name).is_host = true;
    }
    let mut all = with_one_address(met.all);
    // Whoever only waited in the lobby is nobody who was absent.
    all.retain(|one| one.came || one.is_invited || one.is_host);
    for one in &mut all {
        one.may_have_come = !one.came && seen.has_more;
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

/// Somebody who was invited under one address and came under another counts once: Webex says that
/// this participant was invited, and there is only one of that name who came and one who did not.
fn with_one_address(mut all: Vec<Attendee>) -> Vec<Attendee> {
    let mut by_name = HashMap::<String, (Vec<usize>, Vec<usize>)>::new();
    for (place, one) in all.iter().enumerate() {
        let name = one.name.as_ref().map(|name| fold(name.as_str()));
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            continue;
        };
        let (came, missing) = by_name.entry(name).or_default();
        match (one.came, one.is_listed) {
            (true, false) if one.is_expected => came.push(place),
            (false, true) => missing.push(place),
            _ => {}
        }
    }
    let mut is_counted_twice = vec![false; all.len()];
    for places in by_name.into_values() {
        if let ([came], [missing]) = (&*places.0, &*places.1) {
            is_counted_twice[*missing] = true;
            let (is_invited, is_host) = (all[*missing].is_invited, all[*missing].is_host);
            all[*came].is_invited |= is_invited;
            all[*came].is_host |= is_host;
        }
    }
    let mut twice = is_counted_twice.into_iter();
    all.retain(|_| twice.next() == Some(false));
    all
}

/// What tells one person from another: the address, or what a guest without one is called.
fn key(one: &Participant) -> String {
    match (&one.email, &one.display_name) {
        (Some(email), _) if !email.is_empty() => email.to_lowercase(),
        (_, Some(name)) if !name.is_empty() => format!("name {}", fold(name)),
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

    fn of(participants: Vec<Participant>, invitees: Option<Vec<Invitee>>) -> Vec<Attendee> {
        attendees(Seen {
            participants,
            invitees,
            ..Seen::default()
        })
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
        let found = of(all, Some(invitees.map(invited).to_vec()));
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
        let found = of(all, None);
        assert_eq!(
            told(&found),
            [("", Status::Uninvited, 2, 2), ("", Status::Uninvited, 1, 1)]
        );
    }

    #[test]
    fn nobody_is_called_absent_where_not_all_participants_were_read() {
        let seen = || Seen {
            participants: vec![
                joined("came@x.example", 0, 9),
                joined("guest@x.example", 1, 9),
            ],
            invitees: Some(["came@x.example", "other@x.example"].map(invited).to_vec()),
            host: Host {
                email: Some("host@x.example".to_owned()),
                name: None,
            },
            ..Seen::default()
        };
        for (has_more, missing) in [(false, Status::Absent), (true, Status::Unknown)] {
            let mut seen = seen();
            seen.has_more = has_more;
            if let Some(first) = seen.participants.last_mut() {
                first.invitee = Some(false);
            }
            assert_eq!(
                told(&attendees(seen)),
                [
                    ("came@x.example", Status::Attended, 1, 9),
                    ("guest@x.example", Status::Uninvited, 1, 8),
                    ("host@x.example", missing, 0, 0),
                    ("other@x.example", missing, 0, 0),
                ]
            );
        }
    }

    #[test]
    fn the_host_is_named_whether_or_not_invited_or_there() {
        let host = Host {
            email: Some("Host@x.example".to_owned()),
            name: Some("Ann".to_owned()),
        };
        let other = || joined("a@x.example", 0, 9);
        let came = || joined("host@x.example", 0, 9);
        for (participants, invitees, status) in [
            (vec![other()], Some(vec![]), Status::Absent),
            (
                vec![other()],
                Some(vec![invited("HOST@x.example")]),
                Status::Absent,
            ),
            (vec![other()], None, Status::Absent),
            (vec![other(), came()], Some(vec![]), Status::Attended),
            (vec![], Some(vec![]), Status::Absent),
        ] {
            let found = attendees(Seen {
                participants,
                invitees,
                host: host.clone(),
                ..Seen::default()
            });
            let hosts: Vec<_> = found.iter().filter(|one| one.is_host).collect();
            assert_eq!(hosts.len(), 1, "{found:?}");
            assert_eq!(hosts[0].status(), status, "{found:?}");
        }
    }

    #[test]
    fn a_person_under_two_addresses_counts_once_where_webex_knows_it() {
        let named = |email: &str, name: &str, is_invited| Participant {
            display_name: Some(name.to_owned()),
            invitee: Some(is_invited),
            ..joined(email, 0, 9)
        };
        let invitee = |email: &str, name: &str| Invitee {
            display_name: Some(name.to_owned()),
            ..invited(email)
        };
        for (came, invitees, statuses) in [
            // Invited under one, came under another.
            (
                vec![named("a@home", "Ann", true)],
                vec![invitee("a@work", "ANN")],
                vec![Status::Attended],
            ),
            // Another Ann, whom Webex does not count among the invited.
            (
                vec![named("a@home", "Ann", false)],
                vec![invitee("a@work", "Ann")],
                vec![Status::Uninvited, Status::Absent],
            ),
            // Which of the two came is not known.
            (
                vec![named("a@home", "Ann", true)],
                vec![invitee("a@work", "Ann"), invitee("a@other", "Ann")],
                vec![Status::Attended, Status::Absent, Status::Absent],
            ),
            (
                vec![named("a@home", "Ann", true), named("b@home", "Ann", true)],
                vec![invitee("a@work", "Ann")],
                vec![Status::Attended, Status::Attended, Status::Absent],
            ),
            // Came under the address of the invitation.
            (
                vec![named("a@work", "Ann", true)],
                vec![invitee("a@work", "Ann"), invitee("b@work", "Bo")],
                vec![Status::Attended, Status::Absent],
            ),
        ] {
            let found = of(came, Some(invitees));
            let told: Vec<_> = found.iter().map(Attendee::status).collect();
            assert_eq!(told, statuses, "{found:?}");
        }
    }

    proptest! {
        #[test]
        fn everybody_is_there_once_and_absent_only_if_all_were_read(
            came in proptest::collection::vec(("[a-d]@(x|y)", "[a-d]?", proptest::option::of(any::<bool>())), 0..8),
            invitees in proptest::option::of(proptest::collection::vec(("[a-d]@(x|y)", "[a-d]?"), 0..8)),
            host in proptest::option::of("[a-d]@(x|y)"),
            has_more: bool,
        ) {
            let participants = came.iter().map(|(email, name, invitee)| Participant {
                display_name: Some(name.clone()),
                invitee: *invitee,
                ..joined(email, 0, 1)
            });
            let given = invitees.as_ref().map(|all| {
                all.iter().map(|(email, name)| Invitee { display_name: Some(name.clone()), ..invited(email) }).collect()
            });
            let found = attendees(Seen {
                participants: participants.collect(),
                has_more,
                invitees: given,
                host: Host { email: host.clone(), name: None },
            });
            let emails: Vec<_> = found.iter().filter_map(|one| one.email.as_deref()).collect();
            let once: std::collections::HashSet<_> = emails.iter().collect();
            prop_assert_eq!(once.len(), found.len());
            for (email, ..) in &came {
                prop_assert!(emails.contains(&&**email));
            }
            for one in &found {
                let never = if has_more { Status::Absent } else { Status::Unknown };
                prop_assert_ne!(one.status(), never);
            }
            prop_assert_eq!(found.iter().any(|one| one.is_host), host.is_some());
        }

        #[test]
        fn the_sum_is_never_more_than_from_first_to_last(
            stays in proptest::collection::vec((0i64..600, 0i64..600), 0..20),
        ) {
            let all = stays.iter().map(|(from, to)| joined("a@x.example", *from, *to));
            let found = of(all.collect(), None);
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
