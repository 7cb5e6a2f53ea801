//! One schedule and several processes: who makes its call, and what the death of one leaves.

use super::*;

#[tokio::test]
async fn of_several_processes_one_makes_each_call() {
    const COUNT: usize = 40;
    let place = Place::disk();
    let processes = [place.schedules(), place.schedules(), place.schedules()];
    for number in 0..COUNT {
        let wish = place.wish(&format!("number {number}"), &[HOUR]);
        kept(&processes[number % 3], wish).await;
    }
    place.pass(HOUR);
    let race = processes.iter().map(|schedules| async move {
        let mut made = Vec::new();
        for due in schedules.due().await.unwrap().due {
            if let Some(taken) = schedules.take(due).await {
                made.push(taken.key());
                schedules.finish(taken, sent()).await;
            }
        }
        made
    });
    let made = futures::future::join_all(race).await;
    let mut made: Vec<_> = made.into_iter().flatten().collect();
    made.sort();
    assert_eq!(made.len(), COUNT);
    made.dedup();
    assert_eq!(made.len(), COUNT);
    let all = processes[0].of(owner("alice")).all().await.unwrap();
    assert!(
        all.iter()
            .all(|one| one.sent == 1 && one.state == State::Ended)
    );
}

#[tokio::test]
async fn what_a_dead_process_took_is_taken_at_once_and_a_slow_ones_later() {
    let place = Place::disk();
    let (first, second) = (place.schedules(), place.schedules());
    let id = kept(&first, place.wish("hi", &[HOUR, 2 * HOUR])).await;
    place.pass(HOUR);
    let slow = first.take(due(&first).await).await.unwrap();
    assert!(second.due().await.unwrap().due.is_empty());
    place.pass(limits::SCHEDULE_LEASE_SECONDS * 1_000);
    let key = slow.key();
    let taken = second.take(due(&second).await).await.unwrap();
    assert_eq!(taken.key(), key);
    // What the slow one says now does not count: the other asks the journal.
    first.finish(slow, refused(Code::NotFound)).await;
    assert_eq!(seen(&first, &id).await.state, State::Running);
    second.finish(taken, sent()).await;
    assert_eq!(fates(&first, &id).await, [done()]);
    place.pass(HOUR);
    let taken = first.take(due(&first).await).await.unwrap();
    let process = first.process();
    drop((first, taken));
    gone(second.records(), process).await;
    let taken = second.take(due(&second).await).await.unwrap();
    second.finish(taken, sent()).await;
    assert_eq!(fates(&second, &id).await, [done(), done()]);
}

#[tokio::test]
async fn what_was_begun_and_is_found_late_is_unknown_and_not_missed() {
    let place = Place::disk();
    let first = place.schedules();
    let id = kept(&first, place.wish("hi", &[HOUR, 2 * HOUR])).await;
    place.pass(HOUR);
    let taken = first.take(due(&first).await).await.unwrap();
    let process = first.process();
    drop((first, taken));
    let second = place.schedules();
    gone(second.records(), process).await;
    place.pass(5 * HOUR);
    let late = due(&second).await;
    assert!(second.unless_late(late).await.is_none());
    let fates = fates(&second, &id).await;
    assert!(
        matches!(fates[..], [Fate::Unknown, Fate::Missed(_)]),
        "{fates:?}"
    );
}

#[tokio::test]
async fn a_process_hears_of_what_it_keeps_itself() {
    let place = Place::disk();
    let schedules = place.schedules();
    kept(&schedules, place.wish("hi", &[HOUR])).await;
    let forever = Duration::from_secs(3_600);
    let heard = schedules.changed_within(forever);
    let heard = tokio::time::timeout(Duration::from_secs(10), heard).await;
    assert!(heard.is_ok());
}

#[tokio::test]
async fn nothing_that_people_wrote_is_in_the_file() {
    let place = Place::disk();
    let schedules = place.schedules();
    let secret = "the secret plan of the unicorn";
    let mut wish = place.wish(secret, &[HOUR]);
    wish.title = Some("a secret space of the unicorn".to_owned());
    kept(&schedules, wish).await;
    schedules.records().store().flush().await.unwrap();
    for file in std::fs::read_dir(place.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let has = bytes.windows(7).any(|piece| piece == b"unicorn");
            assert!(!has, "{}", path.display());
        }
    }
}
