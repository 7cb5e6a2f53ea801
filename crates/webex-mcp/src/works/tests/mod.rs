//! Tests of long work: what its owner sees, and what is kept. What other processes do, and
//! what its owner is asked, is beside.

mod asking;
mod processes;

use std::time::Duration;

use serde_json::{Map, json};

use super::*;
use crate::error::Code;
use crate::identity::Absentee;
use crate::stores::records::tests::place::{Place, START, damaged, gone};
use crate::tool::{Facts, Ledger, Noted, Plans as _, Total};

impl Place {
    /// The works of one more process.
    fn works(&self) -> Works {
        Works::new(self.records().0)
    }
}

/// What a process finds that starts, and makes its own.
async fn claimed(works: &Works) -> Vec<Orphan> {
    let mut claimed = Vec::new();
    for orphan in works.orphans().await.unwrap() {
        claimed.extend(works.claim(orphan).await);
    }
    claimed
}

fn who(name: &str) -> (Tenant, Principal) {
    (Tenant::single(), Principal::new(name))
}

fn new(name: &str, digest: u8, is_lasting: bool) -> New {
    let (tenant, principal) = who(name);
    New {
        id: Uuid::now_v7(),
        tenant,
        principal,
        server: "webex".into(),
        tool: "webex-broadcast-message".into(),
        arguments: Map::from_iter([("text".to_owned(), json!("hi"))]),
        digest: [digest; 32],
        is_agreed: true,
        policy_version: "rules 1".into(),
        credential: CredentialTag::new("sign-in"),
        is_lasting,
        is_shared: false,
        is_askable: true,
        signals: Signals::default(),
    }
}

fn answer(text: &str) -> Result<Answer, CallError> {
    Ok(Answer {
        text: text.to_owned(),
        facts: Facts::of(&json!({"sent": 2})).unwrap(),
        blocks: Vec::new(),
    })
}

const TOOL: &str = "webex-broadcast-message";

fn owner<'a>((tenant, principal): (&'a Tenant, &'a Principal), tool: &'a str) -> Owner<'a> {
    Owner {
        tenant,
        principal,
        tool,
        server: None,
    }
}

async fn look(works: &Works, name: &str, tool: &str, id: Uuid) -> Result<Looked, Code> {
    let (tenant, principal) = who(name);
    let id = id.to_string();
    let looked = works.look(owner((&tenant, &principal), tool), &id);
    looked.await.map_err(|error| error.code)
}

#[tokio::test]
async fn its_owner_sees_how_far_it_is_and_how_it_ended() {
    let place = Place::disk();
    let works = place.works();
    let running = works.begin(new("alice", 1, true)).await.unwrap();
    Ledger::reached(&*running, 3, Total::Exactly(12));
    let looked = look(&works, "alice", TOOL, running.id).await;
    let Ok(Looked::Running(Reached { done, total, .. })) = looked else {
        panic!("{looked:?}");
    };
    assert_eq!((done, total), (3, Total::Exactly(12)));
    for (name, tool) in [("bob", TOOL), ("alice", "webex-export-space")] {
        let looked = look(&works, name, tool, running.id).await;
        assert_eq!(looked.unwrap_err(), Code::NotFound, "{name} {tool}");
    }
    assert_eq!(
        look(&works, "alice", TOOL, Uuid::now_v7())
            .await
            .unwrap_err(),
        Code::NotFound
    );
    works.finish(&running, &answer("sent")).await;
    for _ in 0..2 {
        let looked = look(&works, "alice", TOOL, running.id).await;
        let Ok(Looked::Over(Ok(answer))) = looked else {
            panic!("{looked:?}");
        };
        assert_eq!(
            (&*answer.text, answer.facts.to_value()),
            ("sent", json!({"sent": 2}))
        );
    }
    assert_eq!(
        look(&works, "bob", TOOL, running.id).await.unwrap_err(),
        Code::NotFound
    );
}

#[tokio::test]
async fn an_error_is_kept_with_its_advice() {
    let place = Place::disk();
    let works = place.works();
    let running = works.begin(new("alice", 1, true)).await.unwrap();
    let error = CallError::new(Code::Forbidden, "You may not.", "Ask.");
    works.finish(&running, &Err(error)).await;
    let looked = look(&works, "alice", TOOL, running.id).await;
    let Ok(Looked::Over(Err(error))) = looked else {
        panic!("{looked:?}");
    };
    assert_eq!(
        (error.code, &*error.message, &*error.advice),
        (Code::Forbidden, "You may not.", "Ask.")
    );
}

#[tokio::test]
async fn the_same_call_is_the_same_work_and_there_are_only_so_many() {
    let place = Place::disk();
    let works = place.works();
    let mut all = Vec::new();
    for digest in 0..limits::WORKS_RUNNING_PER_PRINCIPAL {
        let digest = u8::try_from(digest).unwrap();
        all.push(works.begin(new("alice", digest, true)).await.unwrap());
    }
    let refused = works.begin(new("alice", 99, true)).await.unwrap_err();
    assert_eq!(refused.code, Code::RateLimited);
    works.begin(new("bob", 1, true)).await.unwrap();
    let (tenant, alice) = who("alice");
    let same = works
        .same(owner((&tenant, &alice), TOOL), &[3; 32])
        .unwrap();
    assert_eq!(same.id, all[3].id);
    assert!(
        works
            .same(owner((&tenant, &alice), TOOL), &[99; 32])
            .is_none()
    );
    assert!(
        works
            .same(owner((&tenant, &alice), "webex-export-space"), &[3; 32])
            .is_none()
    );
    works.finish(&all[3], &answer("done")).await;
    assert!(
        works
            .same(owner((&tenant, &alice), TOOL), &[3; 32])
            .is_none()
    );
    assert!(all[3].ends_within(Duration::ZERO).await && !all[4].ends_within(Duration::ZERO).await);
    works.begin(new("alice", 99, true)).await.unwrap();
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_with_its_items() {
    let place = Place::disk();
    let works = place.works();
    let old = works.begin(new("alice", 1, true)).await.unwrap();
    for item in ["a", "b"] {
        old.begin(item).await.unwrap();
    }
    works.finish(&old, &answer("done")).await;
    place.pass((limits::WORK_KEPT_SECONDS + 1) * 1_000);
    works.begin(new("bob", 1, true)).await.unwrap();
    assert_eq!(
        look(&works, "alice", TOOL, old.id).await.unwrap_err(),
        Code::NotFound
    );
    let tenant = Tenant::single();
    let items = works
        .0
        .records
        .list(tenant.as_str(), ITEM, "")
        .await
        .unwrap();
    assert!(items.is_empty(), "{items:?}");
}

#[tokio::test]
async fn a_page_with_a_record_that_does_not_open_is_not_the_last() {
    let place = Place::memory();
    let works = place.works();
    let (records, tenant) = (&works.0.records, Tenant::single());
    let of = |kind: &str, id: String| RecordName {
        tenant: tenant.as_str().to_owned(),
        kind: kind.to_owned(),
        id,
    };
    let put = async |kind, ids: Vec<String>| {
        let names: Vec<_> = ids.into_iter().map(|id| of(kind, id)).collect();
        let puts = names.iter().map(|name| records.put(name, 0, b""));
        for put in futures::future::join_all(puts).await {
            put.unwrap();
        }
    };
    let all = limits::RECORDS_PAGE_ROWS;
    // The items of a work that ended long ago: none of them outlives it.
    let old = works.begin(new("alice", 1, true)).await.unwrap();
    let item = |number: usize| format!("{}/{number:05}", old.id);
    damaged(records, of(ITEM, item(0)), None).await;
    put(ITEM, (1..=all).map(item).collect()).await;
    works.finish(&old, &answer("done")).await;
    place.pass((limits::WORK_KEPT_SECONDS + 1) * 1_000);
    for expected in [true, false] {
        works
            .begin(new("bob", u8::from(expected), true))
            .await
            .unwrap();
        let items = records.list(tenant.as_str(), ITEM, "").await.unwrap();
        assert!(items.is_empty(), "{}", items.len());
        let kept = works.stored(&tenant, old.id).await.unwrap();
        assert_eq!(kept.is_some(), expected);
    }
    // The works of a tenant.
    damaged(records, of(KIND, "0".to_owned()), None).await;
    put(KIND, (1..=all).map(|it| format!("0{it:05}")).collect()).await;
    let listed = works.list(tenant.as_str()).await.unwrap().len();
    assert_eq!(listed, all + 2);
}

#[tokio::test]
async fn whoever_began_it_there_can_ask_about_it_for_a_day_by_its_id_alone() {
    let place = Place::disk();
    let works = place.works();
    let running = works.begin(new("alice", 1, true)).await.unwrap();
    let id = running.id.to_string();
    let later = || place.pass(1_000);
    later();
    Ledger::reached(&*running, 3, Total::Exactly(12));
    let of = async |name: &str, server: &str| {
        let (tenant, principal) = who(name);
        works.of((&tenant, &principal), server, &id).await
    };
    let seen = of("alice", "webex").await.unwrap();
    let at = |seen: &Seen| {
        let began = seen.began_at.as_millisecond();
        (began, seen.changed_at.as_millisecond() - began)
    };
    assert_eq!((at(&seen), &*seen.tool), ((START, 1_000), TOOL));
    later();
    running.cancel();
    works.finish(&running, &answer("sent")).await;
    let seen = of("alice", "webex").await.unwrap();
    assert_eq!((at(&seen), seen.is_cancelled), ((START, 2_000), true));
    for (name, server) in [("bob", "webex"), ("alice", "desk")] {
        let refused = of(name, server).await.unwrap_err();
        assert_eq!(refused.code, Code::NotFound, "{name} {server}");
    }
    let kept = limits::WORK_KEPT_SECONDS * 1_000;
    place.pass(kept);
    assert!(of("alice", "webex").await.is_ok());
    later();
    let refused = of("alice", "webex").await.unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
}

/// A plan that a newer one took the place of is gone; one that a work applies stays for that work.
#[tokio::test]
async fn a_plan_is_forgotten_by_its_owner_before_it_is_begun() {
    let place = Place::disk();
    let works = place.works();
    let ((tenant, alice), (_, bob)) = (who("alice"), who("bob"));
    let plans = |who, work| works.plans(owner((&tenant, who), TOOL), "webex", work);
    let work = Some(Uuid::now_v7());
    for (who, is_begun, stays) in [
        (&alice, false, false),
        (&bob, false, true),
        (&alice, true, true),
    ] {
        let own = plans(&alice, work);
        let id = own.keep(json!({})).await.unwrap();
        if is_begun {
            own.begin(&id).await.unwrap();
        }
        plans(who, work).forget(&id).await;
        assert_eq!(own.kept(&id).await.is_ok(), stays, "{is_begun}");
    }
}

#[tokio::test]
async fn a_plan_belongs_to_one_principal_and_tool_and_is_applied_by_one_work() {
    let place = Place::disk();
    let works = place.works();
    let (tenant, alice) = who("alice");
    let bob = who("bob").1;
    let plans = |who, tool, work| works.plans(owner((&tenant, who), tool), "webex", work);
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    let kept = plans(&alice, TOOL, Some(one)).keep(json!({"to": 3})).await;
    let id = kept.unwrap();
    for (who, tool) in [(&bob, TOOL), (&alice, "webex-sync-memberships")] {
        let found = plans(who, tool, Some(two)).kept(&id).await;
        assert_eq!(found.unwrap_err().code, Code::NotFound);
        let begun = plans(who, tool, Some(two)).begin(&id).await;
        assert_eq!(begun.unwrap_err().code, Code::NotFound);
    }
    let (first, second) = (
        plans(&alice, TOOL, Some(one)),
        plans(&alice, TOOL, Some(two)),
    );
    assert!(!first.kept(&id).await.unwrap().is_begun);
    let begun = futures::future::join(first.begin(&id), second.begin(&id)).await;
    let (winner, loser, work) = match begun {
        (Ok(()), Err(_)) => (first, second, one),
        (Err(_), Ok(())) => (second, first, two),
        both => panic!("{both:?}"),
    };
    // It outlives other plans, because a work that was cut off needs it again.
    place.pass((limits::PLAN_KEPT_SECONDS + 1) * 1_000);
    plans(&alice, TOOL, None).keep(json!({})).await.unwrap();
    assert!(winner.kept(&id).await.unwrap().is_begun);
    winner.begin(&id).await.unwrap();
    for other in [&loser, &plans(&alice, TOOL, None)] {
        let refused = other.kept(&id).await.unwrap_err();
        assert_eq!(refused.code, Code::Conflict);
        assert!(refused.advice.contains(&work.to_string()), "{refused:?}");
    }
}

#[tokio::test]
async fn an_outcome_that_cannot_be_written_is_told_all_the_same() {
    let place = Place::disk();
    let works = place.works();
    let running = works.begin(new("alice", 1, true)).await.unwrap();
    let deleted = works.0.records.delete(&running.name(), 1).await;
    deleted.unwrap();
    assert!(!works.finish(&running, &answer("sent")).await);
    let looked = look(&works, "alice", TOOL, running.id).await;
    assert!(matches!(looked, Ok(Looked::Over(Ok(_)))), "{looked:?}");
    // The same call is a new one by now.
    works.begin(new("alice", 1, true)).await.unwrap();
}

#[tokio::test]
async fn the_same_call_twice_at_the_same_time_begins_one_work() {
    let place = Place::disk();
    let works = place.works();
    let (one, two) = tokio::join!(
        works.begin(new("alice", 1, true)),
        works.begin(new("alice", 1, true))
    );
    let (begun, refused) = match (one, two) {
        (Ok(begun), Err(refused)) | (Err(refused), Ok(begun)) => (begun, refused),
        both => panic!("{both:?}"),
    };
    assert_eq!(refused.code, Code::Conflict);
    assert!(refused.advice.contains(&begun.id.to_string()));
    let shared = New {
        is_shared: true,
        ..new("alice", 1, true)
    };
    works.begin(shared).await.unwrap();
}

#[tokio::test]
async fn a_server_with_a_scope_sees_only_what_was_begun_through_it() {
    let place = Place::disk();
    let works = place.works();
    let running = works.begin(new("alice", 1, true)).await.unwrap();
    let id = running.id.to_string();
    let (tenant, alice) = who("alice");
    let through = |server| Owner {
        server: Some(server),
        ..owner((&tenant, &alice), TOOL)
    };
    let keeping = works.plans(through("webex"), "webex", None);
    let plan = keeping.keep(json!({})).await.unwrap();
    for is_over in [false, true] {
        if is_over {
            works.finish(&running, &answer("sent")).await;
        }
        assert!(works.look(through("webex"), &id).await.is_ok());
        let refused = works.look(through("desk"), &id).await;
        assert_eq!(refused.unwrap_err().code, Code::NotFound);
        let refused = works.cancel(through("desk"), &id).await;
        assert_eq!(refused.unwrap_err().code, Code::NotFound);
    }
    assert!(!running.is_cancelled());
    let refused = works.plans(through("desk"), "desk", None).kept(&plan).await;
    assert_eq!(refused.unwrap_err().code, Code::NotFound);
    assert!(keeping.kept(&plan).await.is_ok());
}
