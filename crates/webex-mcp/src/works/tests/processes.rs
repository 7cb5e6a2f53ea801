//! Works over several processes: one that ends, one that goes on, one that stops another's.

use super::*;
use crate::works::refusal::cancelled;

#[tokio::test]
async fn a_new_process_goes_on_with_what_a_dead_one_left_and_knows_its_items() {
    let place = Place::disk();
    let first = place.works();
    let running = first.begin(new("alice", 1, true)).await.unwrap();
    running.begin("space 1").await.unwrap();
    running.end("space 1", json!("sent")).await.unwrap();
    running.begin("space 2").await.unwrap();
    // While the process lives, nobody takes its work.
    let second = place.works();
    assert!(claimed(&second).await.is_empty());
    assert!(matches!(
        look(&second, "alice", TOOL, running.id).await,
        Ok(Looked::Running(_))
    ));
    let (id, process) = (running.id, first.process());
    drop((first, running));
    gone(&second.0.records, process).await;
    let mut orphans = claimed(&second).await;
    assert_eq!(orphans.len(), 1);
    let orphan = orphans.remove(0);
    assert_eq!((orphan.id, &*orphan.tool), (id, TOOL));
    assert_eq!(orphan.arguments["text"], "hi");
    // It is claimed once.
    assert!(claimed(&place.works()).await.is_empty());
    let adopted = second.adopt(orphan, Signals::default());
    assert_eq!(
        adopted.noted("space 1").await.unwrap(),
        Noted::Ended(json!("sent"))
    );
    assert_eq!(adopted.noted("space 2").await.unwrap(), Noted::Begun);
    assert_eq!(adopted.noted("space 3").await.unwrap(), Noted::Nothing);
    adopted.end("space 2", json!("sent")).await.unwrap();
    second.finish(&adopted, &answer("all sent")).await;
    assert!(matches!(
        look(&second, "alice", TOOL, id).await,
        Ok(Looked::Over(Ok(_)))
    ));
}

#[tokio::test]
async fn what_nobody_agreed_to_is_not_agreed_to_in_the_next_process() {
    let place = Place::disk();
    let first = place.works();
    let agreed = first.begin(new("alice", 1, true)).await.unwrap();
    let unasked = New {
        is_agreed: false,
        ..new("alice", 2, true)
    };
    let unasked = first.begin(unasked).await.unwrap().id;
    // As an older version of the server wrote it.
    let old = first.begin(new("alice", 3, true)).await.unwrap();
    let mut content: Value = serde_json::from_slice(&old.content().unwrap()).unwrap();
    let fields = content.as_object_mut().unwrap();
    assert!(fields.remove("is_call_agreed").is_some());
    assert!(fields.remove("policy_version").is_some());
    let content = serde_json::to_vec(&content).unwrap();
    let put = first.0.records.put(&old.name(), 1, &content).await;
    put.unwrap();
    let (ids, process) = ([agreed.id, unasked, old.id], first.process());
    drop((first, agreed, old));
    let second = place.works();
    gone(&second.0.records, process).await;
    let orphans = claimed(&second).await;
    for (id, expected) in ids
        .into_iter()
        .zip([(true, "rules 1"), (false, "rules 1"), (false, "")])
    {
        let orphan = orphans.iter().find(|one| one.id == id).unwrap();
        assert_eq!((orphan.is_agreed(), orphan.policy_version()), expected);
    }
}

#[tokio::test]
async fn without_a_lasting_credential_it_ends_honestly_with_its_process() {
    let place = Place::disk();
    let first = place.works();
    let one = first.begin(new("alice", 1, false)).await.unwrap().id;
    let two = first.begin(new("alice", 2, false)).await.unwrap().id;
    let process = first.process();
    drop(first);
    let second = place.works();
    gone(&second.0.records, process).await;
    let ended = |looked| {
        matches!(
            looked,
            Ok(Looked::Over(Err(CallError {
                code: Code::Unavailable,
                ..
            })))
        )
    };
    assert!(ended(look(&second, "alice", TOOL, one).await));
    assert!(claimed(&second).await.is_empty());
    assert!(ended(look(&second, "alice", TOOL, two).await));
}

#[tokio::test]
async fn another_process_can_stop_it() {
    let place = Place::disk();
    let (first, second) = (place.works(), place.works());
    let running = first.begin(new("alice", 1, true)).await.unwrap();
    let (tenant, bob) = who("bob");
    let id = running.id.to_string();
    let refused = second.cancel(owner((&tenant, &bob), TOOL), &id).await;
    assert_eq!(refused.unwrap_err().code, Code::NotFound);
    let alice = who("alice").1;
    second
        .cancel(owner((&tenant, &alice), TOOL), &id)
        .await
        .unwrap();
    assert!(!running.is_stopped());
    running.write(|_| ()).await;
    assert!(running.is_stopped() && running.is_cancelled());
    // What its owner stopped does not go on.
    first.finish(&running, &Err(cancelled())).await;
    let process = first.process();
    drop((first, running));
    gone(&second.0.records, process).await;
    assert!(claimed(&second).await.is_empty());
}

#[tokio::test]
async fn only_the_end_of_the_server_leaves_it_to_the_next_process() {
    let place = Place::disk();
    let works = place.works();
    let cut_off = works.begin(new("alice", 1, true)).await.unwrap();
    let failed = works.begin(new("alice", 2, true)).await.unwrap();
    let unknown = || Err(CallError::new(Code::OutcomeUnknown, "", ""));
    assert!(!works.finish(&failed, &unknown()).await);
    cut_off.signals.stop.cancel();
    // Some of its items were done.
    assert!(works.finish(&cut_off, &unknown()).await);
    let ids = (cut_off.id, failed.id);
    let process = works.process();
    drop((works, cut_off, failed));
    let next = place.works();
    gone(&next.0.records, process).await;
    let orphans = claimed(&next).await;
    assert_eq!(
        orphans.iter().map(|orphan| orphan.id).collect::<Vec<_>>(),
        [ids.0]
    );
    assert!(matches!(
        look(&next, "alice", TOOL, ids.1).await,
        Ok(Looked::Over(Err(_)))
    ));
}

#[tokio::test]
async fn works_of_everybody_are_found_with_whose_they_are_and_one_that_is_given_up_ends() {
    let place = Place::disk();
    let first = place.works();
    let elsewhere = New {
        tenant: Tenant::new("another organization"),
        credential: CredentialTag::new("another sign-in"),
        ..new("bob", 2, true)
    };
    let alices = first.begin(new("alice", 1, true)).await.unwrap().id;
    let bobs = first.begin(elsewhere).await.unwrap().id;
    let process = first.process();
    drop(first);
    let second = place.works();
    gone(&second.0.records, process).await;
    let mut orphans = second.orphans().await.unwrap();
    let found = orphans.iter().map(|orphan| {
        let Absentee {
            tenant,
            principal,
            credential,
        } = &orphan.owner;
        (
            orphan.id,
            tenant.as_str(),
            principal.as_str(),
            credential.as_str(),
        )
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            (bobs, "another organization", "bob", "another sign-in"),
            (alices, "default", "alice", "sign-in"),
        ]
    );
    // Nothing was written so far, so another process finds the same.
    assert_eq!(place.works().orphans().await.unwrap().len(), 2);
    let why = CallError::new(Code::Unauthorized, "Over.", "");
    second.give_up(orphans.remove(1), why).await;
    let looked = look(&second, "alice", TOOL, alices).await;
    let Ok(Looked::Over(Err(error))) = looked else {
        panic!("{looked:?}");
    };
    assert_eq!(error.code, Code::Unauthorized);
    assert_eq!(place.works().orphans().await.unwrap().len(), 1);
}

#[tokio::test]
async fn more_works_than_may_begin_go_on_after_a_restart() {
    let place = Place::disk();
    let processes = [place.works(), place.works()];
    for works in &processes {
        for digest in 0..limits::WORKS_RUNNING_PER_PRINCIPAL {
            let digest = u8::try_from(digest).unwrap();
            works.begin(new("alice", digest, true)).await.unwrap();
        }
    }
    let ids = processes.each_ref().map(Works::process);
    drop(processes);
    let next = place.works();
    for id in ids {
        gone(&next.0.records, id).await;
    }
    let (tenant, alice) = who("alice");
    let orphans = claimed(&next).await;
    assert_eq!(orphans.len(), 2 * limits::WORKS_RUNNING_PER_PRINCIPAL);
    for orphan in orphans {
        let id = orphan.id.to_string();
        next.adopt(orphan, Signals::default());
        assert!(next.here(owner((&tenant, &alice), TOOL), &id).is_some());
    }
}

#[tokio::test]
async fn who_stops_a_work_whose_process_is_gone_stops_it() {
    let place = Place::disk();
    let first = place.works();
    let id = first.begin(new("alice", 1, true)).await.unwrap().id;
    let process = first.process();
    drop(first);
    let second = place.works();
    gone(&second.0.records, process).await;
    let (tenant, alice) = who("alice");
    let stopped = second
        .cancel(owner((&tenant, &alice), TOOL), &id.to_string())
        .await;
    assert!(
        matches!(&stopped, Ok(Looked::Over(Err(error))) if error.code == Code::Cancelled),
        "{stopped:?}"
    );
    assert!(claimed(&second).await.is_empty());
}
