//! What a work asks its owner, and whose answer counts.

use super::*;

const QUESTION: &str = "Do it again?";

/// A work that asks, and what it hears.
struct Asking {
    running: Arc<Running>,
    heard: tokio::task::JoinHandle<bool>,
}

async fn begun(works: &Works, new: New) -> Asking {
    Asking::of(works.begin(new).await.unwrap())
}

impl Asking {
    fn of(running: Arc<Running>) -> Self {
        let heard = tokio::spawn({
            let running = running.clone();
            async move { running.ask(Question::new(QUESTION)).await }
        });
        Asking { running, heard }
    }

    async fn opened(self) -> Self {
        self.running.asks().await;
        self
    }
}

async fn answer_of(works: &Works, name: &str, id: Uuid, is_agreed: bool) -> Result<(), Code> {
    let (tenant, principal) = who(name);
    let (owner, id) = (owner((&tenant, &principal), TOOL), id.to_string());
    let answered = works.answer(owner, &id, is_agreed).await;
    answered.map_err(|error| error.code)
}

async fn is_asked(works: &Works, id: Uuid) -> bool {
    match look(works, "alice", TOOL, id).await.unwrap() {
        Looked::Asks(_, question) => {
            assert_eq!(question.as_str(), QUESTION);
            true
        }
        Looked::Running(_) => false,
        Looked::Over(outcome) => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn its_owner_answers_and_the_first_answer_counts() {
    let place = Place::disk();
    let works = place.works();
    let asking = begun(&works, new("alice", 1, true)).await.opened().await;
    let id = asking.running.id;
    assert!(!asking.running.ends_within(Duration::from_secs(600)).await);
    assert!(is_asked(&works, id).await);
    let foreign = answer_of(&works, "bob", id, true).await;
    assert_eq!(foreign, Err(Code::NotFound));
    assert!(is_asked(&works, id).await);
    let (yes, no) = tokio::join!(
        answer_of(&works, "alice", id, true),
        answer_of(&works, "alice", id, false)
    );
    assert_eq!((yes, no), (Ok(()), Ok(())));
    let heard = asking.heard.await.unwrap();
    assert!(!is_asked(&works, id).await);
    for later in [true, false] {
        answer_of(&works, "alice", id, later).await.unwrap();
        assert_eq!(asking.running.is_agreed(), heard);
    }
    // It asks once, whatever it would ask next.
    assert_eq!(asking.running.ask(Question::new("And now?")).await, heard);
    works.finish(&asking.running, &answer("sent")).await;
    assert_eq!(answer_of(&works, "alice", id, true).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_in_time_it_goes_on_without() {
    let place = Place::disk();
    let works = place.works();
    let asking = begun(&works, new("alice", 1, true)).await;
    let began = tokio::time::Instant::now();
    let id = asking.running.id;
    assert!(!asking.heard.await.unwrap());
    assert!(began.elapsed() >= limits::WORK_QUESTION_WAIT);
    assert!(!is_asked(&works, id).await);
    answer_of(&works, "alice", id, true).await.unwrap();
    assert!(!asking.running.is_agreed());
}

#[tokio::test]
async fn where_nobody_could_answer_nobody_is_asked() {
    let place = Place::disk();
    let works = place.works();
    let nobody = New {
        is_askable: false,
        ..new("alice", 1, true)
    };
    let asking = begun(&works, nobody).await;
    assert!(!asking.heard.await.unwrap());
    assert!(!is_asked(&works, asking.running.id).await);
    // A question that cannot be kept would not be found.
    let unkept = works.begin(new("alice", 2, true)).await.unwrap();
    works.0.records.delete(&unkept.name(), 1).await.unwrap();
    assert!(!unkept.ask(Question::new(QUESTION)).await);
}

#[tokio::test]
async fn who_stops_it_is_not_asked_any_more() {
    let place = Place::disk();
    let works = place.works();
    let asking = begun(&works, new("alice", 1, true)).await.opened().await;
    let (tenant, alice) = who("alice");
    let id = asking.running.id;
    let owner = owner((&tenant, &alice), TOOL);
    let looked = works.cancel(owner, &id.to_string()).await;
    assert!(matches!(looked, Ok(Looked::Running(_))), "{looked:?}");
    assert!(!asking.heard.await.unwrap());
    answer_of(&works, "alice", id, true).await.unwrap();
    assert!(!asking.running.is_agreed());
}

#[tokio::test]
async fn another_process_takes_the_answer() {
    let place = Place::disk();
    let (first, second) = (place.works(), place.works());
    let asking = begun(&first, new("alice", 1, true)).await.opened().await;
    let id = asking.running.id;
    assert!(is_asked(&second, id).await);
    let foreign = answer_of(&second, "bob", id, true).await;
    assert_eq!(foreign, Err(Code::NotFound));
    answer_of(&second, "alice", id, true).await.unwrap();
    assert!(!is_asked(&second, id).await);
    // It came first, although the process that asks does not know it yet.
    answer_of(&first, "alice", id, false).await.unwrap();
    assert!(asking.heard.await.unwrap());
}

#[tokio::test]
async fn another_process_stops_one_that_asks() {
    let place = Place::disk();
    let (first, second) = (place.works(), place.works());
    let asking = begun(&first, new("alice", 1, true)).await.opened().await;
    let (tenant, alice) = who("alice");
    let owner = owner((&tenant, &alice), TOOL);
    let id = asking.running.id.to_string();
    second.cancel(owner, &id).await.unwrap();
    assert!(!asking.heard.await.unwrap());
    assert!(asking.running.is_cancelled());
}

#[tokio::test]
async fn a_server_that_ends_does_not_wait_and_the_next_one_asks_again() {
    let place = Place::disk();
    let first = place.works();
    let asking = begun(&first, new("alice", 1, true)).await.opened().await;
    let id = asking.running.id;
    asking.running.signals.drain.cancel();
    assert!(!asking.heard.await.unwrap());
    assert!(asking.running.is_to_be_continued());
    let stopped = Err(CallError::new(Code::Cancelled, "", ""));
    assert!(first.finish(&asking.running, &stopped).await);
    let process = first.process();
    drop((first, asking.running));
    let second = place.works();
    gone(&second.0.records, process).await;
    assert!(is_asked(&second, id).await);
    let mut orphans = claimed(&second).await;
    let adopted = second.adopt(orphans.remove(0), Signals::default());
    let asking = Asking::of(adopted).opened().await;
    assert!(is_asked(&second, id).await);
    answer_of(&second, "alice", id, true).await.unwrap();
    assert!(asking.heard.await.unwrap());
}

#[tokio::test]
async fn an_answer_that_came_between_two_processes_is_known_to_the_next() {
    let place = Place::disk();
    let first = place.works();
    let asking = begun(&first, new("alice", 1, true)).await.opened().await;
    let id = asking.running.id;
    let process = first.process();
    asking.heard.abort();
    assert!(asking.heard.await.is_err());
    drop((first, asking.running));
    let second = place.works();
    gone(&second.0.records, process).await;
    answer_of(&second, "alice", id, true).await.unwrap();
    let mut orphans = claimed(&second).await;
    let adopted = second.adopt(orphans.remove(0), Signals::default());
    assert!(adopted.is_agreed());
    assert!(Asking::of(adopted).heard.await.unwrap());
}

#[test]
fn the_record_of_an_older_work_opens() {
    let stored = Stored::new(&new("alice", 1, true), Uuid::now_v7(), 0);
    let mut older = serde_json::to_value(&stored).unwrap();
    older.as_object_mut().unwrap().remove("asked").unwrap();
    let opened: Stored = serde_json::from_value(older).unwrap();
    assert!(opened.open_question().is_none() && opened.is_agreed().is_none());
}
