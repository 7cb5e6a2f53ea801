//! Grants are renewed before they end: once, whoever asks and whatever happens meanwhile.

use super::*;

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let place = Place::new();
    let vault = place.process();
    let (tenant, id) = kept(&place, &vault, "alice").await;
    let first = vault.token(&tenant, &id).await.unwrap();
    assert!(place.accepts(&first).await);
    assert_eq!(place.asked(), 1);
    place.advance(14 * DAY - Duration::from_secs(60));
    let second = vault.token(&tenant, &id).await.unwrap();
    assert_ne!(first.expose(), second.expose());
    assert!(place.accepts(&second).await);
    assert_eq!(
        vault.token(&tenant, &id).await.unwrap().expose(),
        second.expose()
    );
    assert_eq!(place.asked(), 2);
    // Another process reads what was kept.
    let other = place.process().token(&tenant, &id).await.unwrap();
    assert_eq!(other.expose(), second.expose());
    assert_eq!(place.asked(), 2);
}

#[tokio::test]
async fn many_calls_in_three_processes_renew_it_once() {
    let place = Place::new();
    let processes = [place.process(), place.process(), place.process()];
    let (tenant, id) = kept(&place, &processes[0], "alice").await;
    place.advance(15 * DAY);
    let slow = Fault::Slow { delay_ms: 300 };
    place.sandbox.faults().next_on(1, "POST", TOKENS, slow);
    let calls = (0..30).map(|number| {
        let (vault, tenant, id) = (processes[number % 3].clone(), tenant.clone(), id.clone());
        tokio::spawn(async move { vault.token(&tenant, &id).await.unwrap() })
    });
    let calls: Vec<_> = calls.collect();
    let mut tokens = Vec::new();
    for call in calls {
        tokens.push(call.await.unwrap());
    }
    let first = tokens[0].expose();
    assert!(tokens.iter().all(|token| token.expose() == first));
    assert_eq!(place.asked(), 2);
}

#[tokio::test]
async fn a_rotation_of_the_key_while_three_processes_renew_fails_no_call() {
    const GRANTS: usize = 60;
    let place = Place::new();
    let processes = [place.process(), place.process(), place.process()];
    let mut grants = Vec::new();
    for _ in 0..GRANTS {
        grants.push(kept(&place, &processes[0], "alice").await);
    }
    place.advance(15 * DAY);
    let calls = (0..GRANTS * 3).map(|number| {
        let vault = processes[number % 3].clone();
        let (tenant, id) = grants[number / 3].clone();
        tokio::spawn(async move { vault.token(&tenant, &id).await.map(drop) })
    });
    let calls: Vec<_> = calls.collect();
    let (operator, _) = place.records.records();
    for _ in 0..2 {
        let mut rotation = operator.rotation().await.unwrap();
        while rotation.step().await.unwrap() {
            tokio::task::yield_now().await;
        }
        assert_eq!(rotation.stuck, 0);
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(place.asked(), GRANTS * 2, "each was renewed once");
    let other = place.process();
    for (tenant, id) in &grants {
        other.token(tenant, id).await.unwrap();
    }
    assert_eq!(place.asked(), GRANTS * 2);
}

#[tokio::test]
async fn a_renewal_whose_process_was_killed_is_begun_again_at_once() {
    let place = Place::new();
    let (killed, other) = (place.process(), place.process());
    let (tenant, id) = kept(&place, &killed, "alice").await;
    place.advance(15 * DAY);
    place
        .sandbox
        .faults()
        .next_on(1, "POST", TOKENS, Fault::Hang);
    let (vault, of, grant) = (killed.clone(), tenant.clone(), id.clone());
    let waiting = tokio::spawn(async move { vault.token(&of, &grant).await.is_ok() });
    while place.asked() < 2 {
        tokio::task::yield_now().await;
    }
    let (told, gone) = std::sync::mpsc::channel();
    killed.records().send(Job::Crash(told));
    gone.recv().unwrap();
    // Neither the clock nor the lease has to pass.
    let token = other.token(&tenant, &id).await.unwrap();
    assert!(place.accepts(&token).await);
    assert_eq!(place.asked(), 3);
    waiting.abort();
}

#[tokio::test]
async fn while_webex_is_out_of_reach_a_valid_token_is_used() {
    let place = Place::new();
    let vault = place.process();
    let (tenant, id) = kept(&place, &vault, "alice").await;
    let first = vault.token(&tenant, &id).await.unwrap();
    place.advance(14 * DAY - Duration::from_secs(60));
    let down = Fault::status(503);
    place.sandbox.faults().next_on(1, "POST", TOKENS, down);
    let same = vault.token(&tenant, &id).await.unwrap();
    assert_eq!(first.expose(), same.expose());
    // And where it is over, the caller is told to try again.
    place.advance(Duration::from_secs(120));
    let down = Fault::status(503);
    place.sandbox.faults().next_on(1, "POST", TOKENS, down);
    assert_eq!(refused(&vault, &tenant, &id).await, Code::Unavailable);
    let renewed = vault.token(&tenant, &id).await.unwrap();
    assert!(place.accepts(&renewed).await);
}

#[tokio::test]
async fn a_token_that_webex_refused_is_renewed_once() {
    let place = Place::new();
    let vault = place.process();
    let (tenant, id) = kept(&place, &vault, "alice").await;
    let first = vault.token(&tenant, &id).await.unwrap();
    let second = vault.renew(&tenant, &id, &first).await.unwrap();
    assert_ne!(first.expose(), second.expose());
    // A call that was refused with the token of before gets the one that was renewed already.
    let same = vault.renew(&tenant, &id, &first).await.unwrap();
    assert_eq!(same.expose(), second.expose());
    assert_eq!(place.asked(), 2);
}

#[tokio::test]
async fn a_refused_token_that_another_call_reads_again_is_renewed_all_the_same() {
    let place = Place::new();
    let vault = place.process();
    let (tenant, id) = kept(&place, &vault, "alice").await;
    let first = vault.token(&tenant, &id).await.unwrap();
    let again = u64::try_from(limits::GRANT_READ_AGAIN_SECONDS).unwrap();
    place.advance(Duration::from_secs(again));
    // The first of the two reads while the second one waits.
    let (read, renewed) =
        tokio::join!(vault.token(&tenant, &id), vault.renew(&tenant, &id, &first));
    assert_eq!(read.unwrap().expose(), first.expose());
    assert_ne!(renewed.unwrap().expose(), first.expose());
}

#[tokio::test]
async fn a_cancelled_call_loses_no_token() {
    let place = Place::new();
    let vault = place.process();
    let (tenant, id) = kept(&place, &vault, "alice").await;
    place.advance(15 * DAY);
    let slow = Fault::Slow { delay_ms: 200 };
    place.sandbox.faults().next_on(1, "POST", TOKENS, slow);
    let hasty = tokio::time::timeout(Duration::from_millis(50), vault.token(&tenant, &id));
    assert!(hasty.await.is_err());
    let token = vault.token(&tenant, &id).await.unwrap();
    assert!(place.accepts(&token).await);
    assert_eq!(place.asked(), 2);
}

#[tokio::test]
async fn a_grant_that_is_replaced_while_another_process_renews_it_stays_replaced() {
    let place = Place::new();
    let (here, there) = (place.process(), place.process());
    let (tenant, id) = kept(&place, &here, "alice").await;
    place.advance(14 * DAY - Duration::from_secs(60));
    let wider = place.signed_in("alice").await;
    let wanted = wider.access_token().expose().to_owned();
    let slow = Fault::Slow { delay_ms: 100 };
    place.sandbox.faults().next_on(1, "POST", TOKENS, slow);
    let (renewed, replaced) =
        tokio::join!(there.token(&tenant, &id), here.replace(&tenant, &id, wider));
    renewed.unwrap();
    replaced.unwrap();
    let known = here.token(&tenant, &id).await.unwrap();
    assert_eq!(known.expose(), wanted);
    // The other process reads it again.
    assert!(there.alive(&tenant, &id).await.unwrap().is_some());
    assert_eq!(there.token(&tenant, &id).await.unwrap().expose(), wanted);
    here.delete(&tenant, &id).await.unwrap();
    let gone = here
        .replace(&tenant, &id, place.signed_in("alice").await)
        .await;
    assert_eq!(gone.unwrap_err().code, Code::Unauthorized);
}
