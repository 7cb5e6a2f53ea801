//! Tests of schedules: what their owner sees. What several processes do with one is beside.

mod processes;

use serde_json::{Map, json};

use super::*;
use crate::error::{CallError, Code};
use crate::limits;
use crate::stores::records::chain::timestamp;
use crate::stores::records::tests::place::{Place, damaged, gone};
use crate::tool::{Fate, Scheduled, Schedules as _, State, Wish};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

impl Place {
    /// The schedules of one more process.
    fn schedules(&self) -> Schedules {
        let (records, digests) = self.records();
        Schedules::new(records, DurableKey::new(digests), true)
    }

    /// To be done so long from now.
    fn wish(&self, text: &str, after: &[i64]) -> Wish {
        Wish {
            arguments: Map::from_iter([("text".to_owned(), json!(text))]),
            times: after.iter().map(|it| timestamp(self.now() + it)).collect(),
            zone: "UTC".to_owned(),
            rule: None,
            title: None,
        }
    }
}

fn owner(name: &str) -> Owner {
    Owner {
        tenant: Tenant::single(),
        principal: Principal::new(name),
        credential: CredentialTag::new("sign-in"),
        is_lasting: true,
        tool: "webex-schedule-message".into(),
        server: "webex".into(),
        policy_version: "1".into(),
        is_scoped: false,
    }
}

async fn kept(schedules: &Schedules, wish: Wish) -> String {
    let alice = schedules.of(owner("alice"));
    alice.keep(wish).await.unwrap().scheduled.id
}

async fn seen(schedules: &Schedules, id: &str) -> Scheduled {
    schedules.of(owner("alice")).look(id).await.unwrap()
}

/// The outcomes that a schedule has, the oldest first.
async fn fates(schedules: &Schedules, id: &str) -> Vec<Fate> {
    let seen = seen(schedules, id).await;
    seen.recent.into_iter().map(|past| past.fate).collect()
}

/// The one that is due.
async fn due(schedules: &Schedules) -> Due {
    let mut found = schedules.due().await.unwrap().due;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn sent() -> Result<Option<String>, CallError> {
    Ok(Some("message".to_owned()))
}

fn refused(code: Code) -> Result<Option<String>, CallError> {
    Err(CallError::new(code, "No.", "Never mind."))
}

fn done() -> Fate {
    Fate::Done(Some("message".to_owned()))
}

#[tokio::test]
async fn an_owner_sees_its_own_and_nobody_elses() {
    let place = Place::disk();
    let schedules = place.schedules();
    let alice = schedules.of(owner("alice"));
    let later = kept(&schedules, place.wish("later", &[2 * HOUR])).await;
    let soon = kept(&schedules, place.wish("soon", &[HOUR])).await;
    let all = alice.all().await.unwrap();
    let ids: Vec<_> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, [soon.as_str(), later.as_str()]);
    let elsewhere = Owner {
        tenant: Tenant::new("elsewhere"),
        ..owner("alice")
    };
    let other_tool = Owner {
        tool: "webex-other".into(),
        ..owner("alice")
    };
    let other_scope = Owner {
        server: "narrow".into(),
        is_scoped: true,
        ..owner("alice")
    };
    for stranger in [owner("bob"), elsewhere, other_tool, other_scope] {
        let stranger = schedules.of(stranger);
        assert!(stranger.all().await.unwrap().is_empty());
        for id in [&*soon, "", "no id", "../x"] {
            assert_eq!(stranger.look(id).await.unwrap_err().code, Code::NotFound);
            let cancelled = stranger.cancel(id).await;
            assert_eq!(cancelled.unwrap_err().code, Code::NotFound);
        }
    }
    // Another server without a scope of its own may see it.
    let beside = Owner {
        server: "beside".into(),
        ..owner("alice")
    };
    assert!(schedules.of(beside).look(&soon).await.is_ok());
    assert_eq!(alice.cancel(&soon).await.unwrap().state, State::Cancelled);
    let all = alice.all().await.unwrap();
    let ids: Vec<_> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, [later.as_str(), soon.as_str()]);
    place.pass(HOUR);
    assert!(schedules.due().await.unwrap().due.is_empty());
}

#[tokio::test]
async fn the_same_wish_is_kept_once() {
    let place = Place::disk();
    let schedules = place.schedules();
    let id = kept(&schedules, place.wish("hi", &[HOUR])).await;
    let (alice, bob) = (schedules.of(owner("alice")), schedules.of(owner("bob")));
    let again = alice.keep(place.wish("hi", &[HOUR]));
    let again = again.await.unwrap();
    assert!(again.is_known && again.scheduled.id == id);
    for other in [
        place.wish("hi", &[HOUR, 2 * HOUR]),
        place.wish("ho", &[HOUR]),
    ] {
        assert_ne!(kept(&schedules, other).await, id);
    }
    let bob = bob.keep(place.wish("hi", &[HOUR]));
    assert!(!bob.await.unwrap().is_known);
    // What was cancelled is wanted anew.
    alice.cancel(&id).await.unwrap();
    let anew = alice.keep(place.wish("hi", &[HOUR])).await.unwrap();
    assert_eq!(
        (anew.is_known, anew.scheduled.state),
        (false, State::Waiting)
    );
    // Whoever hears the same at the same time keeps it once.
    let other = place.schedules().of(owner("alice"));
    let wish = place.wish("twice", &[HOUR]);
    let (one, two) = tokio::join!(alice.keep(wish.clone()), other.keep(wish));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.is_known != two.is_known && one.scheduled.id == two.scheduled.id);
}

#[tokio::test]
async fn nobody_keeps_what_nobody_could_do_later() {
    let place = Place::disk();
    let schedules = place.schedules();
    let passing = Owner {
        is_lasting: false,
        ..owner("alice")
    };
    let beside = Schedules::new(
        schedules.records().clone(),
        schedules.0.digests.clone(),
        false,
    );
    for own in [schedules.of(passing), beside.of(owner("alice"))] {
        let error = own.keep(place.wish("hi", &[HOUR])).await.unwrap_err();
        assert_eq!(error.code, Code::NotConfigured);
    }
    // Where none can be made, they can still be seen and cancelled.
    let id = kept(&schedules, place.wish("hi", &[HOUR])).await;
    let cancelled = beside.of(owner("alice")).cancel(&id).await.unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
}

#[tokio::test]
async fn there_is_a_bound_for_each_principal_and_what_has_ended_makes_room() {
    let place = Place::disk();
    let schedules = place.schedules();
    let own = schedules.of(owner("alice"));
    let wishes = (0..limits::SCHEDULES_PER_PRINCIPAL)
        .map(|number| own.keep(place.wish(&format!("{number}"), &[HOUR])));
    for kept in futures::future::join_all(wishes).await {
        kept.unwrap();
    }
    let full = own.keep(place.wish("one more", &[HOUR])).await;
    assert_eq!(full.unwrap_err().code, Code::RateLimited);
    // Others have places of their own.
    let bob = schedules.of(owner("bob"));
    bob.keep(place.wish("hi", &[HOUR])).await.unwrap();
    let first = own.all().await.unwrap().remove(0);
    own.cancel(&first.id).await.unwrap();
    own.keep(place.wish("one more", &[HOUR])).await.unwrap();
    assert_eq!(own.look(&first.id).await.unwrap_err().code, Code::NotFound);
    let all = async || own.all().await.unwrap().len();
    assert_eq!(all().await, limits::SCHEDULES_PER_PRINCIPAL);
    // One that does not open makes the first page short, and it is not the last for that.
    let prefix = schedules.prefix(&Principal::new("alice"));
    let broken = name(Tenant::single().as_str(), format!("{prefix}0"));
    damaged(schedules.records(), broken, None).await;
    assert_eq!(all().await, limits::SCHEDULES_PER_PRINCIPAL);
}

#[tokio::test]
async fn what_ended_long_ago_is_deleted() {
    let place = Place::disk();
    let schedules = place.schedules();
    let id = kept(&schedules, place.wish("hi", &[HOUR])).await;
    place.pass(HOUR);
    let taken = schedules.take(due(&schedules).await).await.unwrap();
    schedules.finish(taken, sent()).await;
    place.pass(limits::SCHEDULE_KEPT_SECONDS * 1_000 - 1);
    assert!(schedules.due().await.unwrap().due.is_empty());
    assert_eq!(seen(&schedules, &id).await.state, State::Ended);
    place.pass(1);
    assert!(schedules.due().await.unwrap().due.is_empty());
    let gone = schedules.of(owner("alice")).look(&id).await;
    assert_eq!(gone.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn each_outcome_is_kept_and_the_rest_goes_on() {
    let place = Place::disk();
    let schedules = place.schedules();
    let times = [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR];
    let id = kept(&schedules, place.wish("hi", &times)).await;
    let found = schedules.due().await.unwrap();
    assert!(found.due.is_empty());
    let look = Duration::from_secs(limits::SCHEDULES_LOOK_SECONDS);
    assert_eq!(found.wait, look);
    place.pass(HOUR - 2_000);
    let found = schedules.due().await.unwrap();
    assert_eq!((found.due.len(), found.wait), (0, Duration::from_secs(2)));
    place.pass(2_000);
    for (outcome, fate) in [
        (sent(), done()),
        (refused(Code::OutcomeUnknown), Fate::Unknown),
        (refused(Code::NotFound), Fate::Refused("No.".to_owned())),
    ] {
        let mut keys = Vec::new();
        let next = due(&schedules).await;
        keys.push(next.key());
        let taken = schedules.take(next).await.unwrap();
        assert_eq!(seen(&schedules, &id).await.state, State::Running);
        assert!(schedules.due().await.unwrap().due.is_empty());
        schedules.finish(taken, outcome).await;
        assert_eq!(fates(&schedules, &id).await.last(), Some(&fate));
        assert!(schedules.due().await.unwrap().due.is_empty());
        place.pass(HOUR);
    }
    let seen_now = seen(&schedules, &id).await;
    assert_eq!((seen_now.sent, seen_now.not_sent), (1, 2));
    assert_eq!(
        (seen_now.state, seen_now.wish.times.len()),
        (State::Waiting, 1)
    );
    let last = schedules.take(due(&schedules).await).await.unwrap();
    schedules.finish(last, sent()).await;
    assert_eq!(seen(&schedules, &id).await.state, State::Ended);
    place.pass(HOUR);
    assert!(schedules.due().await.unwrap().due.is_empty());
}

#[tokio::test]
async fn what_could_not_be_done_is_tried_again_for_an_hour() {
    let place = Place::disk();
    let schedules = place.schedules();
    let id = kept(&schedules, place.wish("hi", &[HOUR, 3 * HOUR])).await;
    place.pass(HOUR);
    let mut tries = 0;
    let key = due(&schedules).await.key();
    // Nothing reached Webex, or Webex has certainly not done it.
    let mut codes = [Code::Unavailable, Code::RateLimited, Code::Locked]
        .into_iter()
        .cycle();
    while let [one] = &mut schedules.due().await.unwrap().due[..] {
        assert_eq!(one.key(), key);
        let one = schedules.take(due(&schedules).await).await.unwrap();
        let code = codes.next().unwrap();
        schedules.finish(one, refused(code)).await;
        place.pass(limits::SCHEDULE_AGAIN_SECONDS as i64 * 1_000);
        tries += 1;
    }
    assert_eq!(tries, 61);
    let missed = Fate::Missed("No.".to_owned());
    assert_eq!(fates(&schedules, &id).await, [missed]);
    assert_eq!(seen(&schedules, &id).await.wish.times.len(), 1);
    // As long as Webex wants to be left alone; a server that stops leaves it to the next at once.
    place.pass(HOUR);
    let wait = Duration::from_secs(90);
    let throttled = CallError::new(Code::RateLimited, "No.", "Wait.").with_retry_after(wait);
    let one = schedules.take(due(&schedules).await).await.unwrap();
    schedules.finish(one, Err(throttled)).await;
    place.pass(89_000);
    assert!(schedules.due().await.unwrap().due.is_empty());
    place.pass(1_000);
    let one = schedules.take(due(&schedules).await).await.unwrap();
    schedules.finish(one, refused(Code::Cancelled)).await;
    let one = schedules.take(due(&schedules).await).await.unwrap();
    schedules.finish(one, sent()).await;
    assert_eq!(fates(&schedules, &id).await.last(), Some(&done()));
}

#[tokio::test]
async fn what_is_late_is_missed_and_the_next_time_counts() {
    let place = Place::disk();
    let schedules = place.schedules();
    let times = [HOUR, 2 * HOUR, 3 * HOUR, 10 * HOUR];
    let id = kept(&schedules, place.wish("hi", &times)).await;
    let once = kept(&schedules, place.wish("once", &[HOUR])).await;
    place.pass(4 * HOUR);
    for one in schedules.due().await.unwrap().due {
        assert!(schedules.unless_late(one).await.is_none());
    }
    let looked = seen(&schedules, &id).await;
    // Exactly an hour late is not too late.
    assert_eq!((looked.not_sent, looked.wish.times.len()), (2, 2));
    assert!(matches!(looked.recent[..], [_, _]));
    assert_eq!(seen(&schedules, &once).await.state, State::Ended);
    let on_time = schedules.unless_late(due(&schedules).await).await.unwrap();
    let taken = schedules.take(on_time).await.unwrap();
    schedules.finish(taken, sent()).await;
    assert_eq!(fates(&schedules, &id).await.last(), Some(&done()));
}

#[tokio::test]
async fn who_cancels_while_it_is_sent_hears_what_became_of_it() {
    let place = Place::disk();
    let schedules = place.schedules();
    let id = kept(&schedules, place.wish("hi", &[HOUR, 2 * HOUR])).await;
    let gone = kept(&schedules, place.wish("gone", &[2 * HOUR])).await;
    place.pass(HOUR);
    let taken = schedules.take(due(&schedules).await).await.unwrap();
    let own = schedules.of(owner("alice"));
    assert_eq!(own.cancel(&id).await.unwrap().state, State::Running);
    schedules.finish(taken, sent()).await;
    let over = own.cancel(&id).await.unwrap();
    assert_eq!((over.state, over.sent), (State::Cancelled, 1));
    assert!(over.wish.times.is_empty());
    place.pass(HOUR);
    // One that was cancelled and then cut off is told as unknown.
    schedules.take(due(&schedules).await).await.unwrap();
    own.cancel(&gone).await.unwrap();
    place.pass(limits::SCHEDULE_LEASE_SECONDS * 1_000);
    let over = seen(&schedules, &gone).await;
    assert_eq!((over.state, over.not_sent), (State::Cancelled, 1));
    assert_eq!(over.recent[0].fate, Fate::Unknown);
    assert!(schedules.due().await.unwrap().due.is_empty());
}

#[tokio::test]
async fn a_later_sign_in_takes_over_and_what_nobody_can_make_ends() {
    let place = Place::disk();
    let schedules = place.schedules();
    let id = kept(&schedules, place.wish("hi", &[HOUR, 2 * HOUR])).await;
    let again = Owner {
        credential: CredentialTag::new("a later sign-in"),
        ..owner("alice")
    };
    let (again, wish) = (schedules.of(again), place.wish("hi", &[HOUR, 2 * HOUR]));
    let same = again.keep(wish).await.unwrap();
    assert!(same.is_known && same.scheduled.id == id);
    place.pass(HOUR);
    let one = due(&schedules).await;
    assert_eq!(one.owner().credential.as_str(), "a later sign-in");
    assert_eq!(one.owner().principal.as_str(), "alice");
    schedules.give_up(one, &signed_out()).await;
    assert!(schedules.due().await.unwrap().due.is_empty());
    let told = seen(&schedules, &id).await;
    assert_eq!((told.state, told.not_sent), (State::Ended, 1));
    assert!(told.wish.times.is_empty());
    assert_eq!(fates(&schedules, &id).await.len(), 1);
    place.pass(HOUR);
    assert!(schedules.due().await.unwrap().due.is_empty());
}
