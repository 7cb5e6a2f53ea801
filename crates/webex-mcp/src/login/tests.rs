//! Tests of the sign-in: kept whole and unreadable, renewed once, and given up where Webex wants
//! that.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;
use webex_sandbox::Fault;
use zeroize::Zeroizing;

use parking_lot::Mutex;

use super::*;
use crate::error::Code;
use crate::grants::tests::Place as House;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const TOKENS: &str = "/v1/access_token";
const BASE: &str = "http://127.0.0.1/v1";
const CALLBACK: &str = "http://localhost:8487/callback";

/// A keyring of this test, which refuses on demand.
#[derive(Debug, Clone, Default)]
struct TestKeyring(Arc<Ring>);

#[derive(Debug, Default)]
struct Ring {
    entries: Mutex<HashMap<String, Vec<u8>>>,
    refuses: AtomicBool,
}

impl TestKeyring {
    fn check(&self) -> Result<(), Refused> {
        match self.0.refuses.load(Ordering::Relaxed) {
            true => Err(Refused),
            false => Ok(()),
        }
    }
}

impl Keyring for TestKeyring {
    fn get(&self, account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Refused> {
        self.check()?;
        let entries = self.0.entries.lock();
        Ok(entries.get(account).cloned().map(Zeroizing::new))
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), Refused> {
        self.check()?;
        let mut entries = self.0.entries.lock();
        entries.insert(account.to_owned(), secret.to_vec());
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), Refused> {
        self.check()?;
        self.0.entries.lock().remove(account);
        Ok(())
    }
}

/// A sandbox, whose clock is everybody's, and a data directory that several processes share.
struct Desk {
    house: House,
    directory: TempDir,
    keyring: TestKeyring,
}

impl std::ops::Deref for Desk {
    type Target = House;

    fn deref(&self) -> &House {
        &self.house
    }
}

impl Desk {
    fn new() -> Self {
        Desk {
            house: House::new(),
            directory: tempfile::tempdir().unwrap(),
            keyring: TestKeyring::default(),
        }
    }

    /// What another process with this key and this Webex has.
    fn process_with(&self, key: u8, base_url: &str) -> Login {
        let keys = RecordKeys::for_login(&Secret::new(Box::new([key; 32])), None).unwrap();
        let directory = self.directory.path().to_owned();
        let keeper = Keeper::new(directory, keys, self.keyring.clone());
        Login::with(keeper, (self.webex(), base_url), self.records.clock())
    }

    fn process(&self) -> Login {
        self.process_with(7, BASE)
    }

    /// What there is to keep after a person consented.
    async fn consented(&self, who: &str) -> Kept {
        Kept {
            base_url: BASE.to_owned(),
            client_id: "sandbox-integration".to_owned(),
            client_secret: "sandbox-integration-secret".to_owned().into(),
            callback: CALLBACK.to_owned(),
            grant: self.house.signed_in(who).await,
        }
    }

    /// A process for which a person has signed in.
    async fn signed_in(&self, wanted: Place) -> Login {
        let login = self.process();
        let kept = self.consented("alice").await;
        assert_eq!(login.keep(&kept, wanted).await.unwrap(), wanted);
        login
    }

    /// The names of what is in the directory, without the lock.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "login.lock").collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn it_is_renewed_before_it_ends_and_kept_where_it_was() {
    for place in [Place::File, Place::Keyring] {
        let desk = Desk::new();
        let login = desk.signed_in(place).await;
        let first = login.token().await.unwrap();
        assert!(desk.accepts(&first).await);
        desk.advance(14 * DAY - Duration::from_secs(60));
        let second = login.token().await.unwrap();
        assert_ne!(first.expose(), second.expose());
        assert!(desk.accepts(&second).await);
        // Another process reads what was kept.
        let other = desk.process();
        assert_eq!(other.token().await.unwrap().expose(), second.expose());
        assert_eq!(other.get().await.unwrap().unwrap().1, place);
        assert_eq!(desk.asked(), 2);
    }
}

#[tokio::test]
async fn many_calls_in_three_processes_renew_it_once() {
    let desk = Desk::new();
    desk.signed_in(Place::File).await;
    let processes = [desk.process(), desk.process(), desk.process()];
    desk.advance(15 * DAY);
    let slow = Fault::Slow { delay_ms: 300 };
    desk.sandbox.faults().next_on(1, "POST", TOKENS, slow);
    let calls = (0..30).map(|number| {
        let login = processes[number % 3].clone();
        tokio::spawn(async move { login.token().await.unwrap() })
    });
    let calls: Vec<_> = calls.collect();
    let mut tokens = Vec::new();
    for call in calls {
        tokens.push(call.await.unwrap());
    }
    let first = tokens[0].expose();
    assert!(tokens.iter().all(|token| token.expose() == first));
    assert_eq!(desk.asked(), 2);
}

#[tokio::test]
async fn the_file_is_for_its_user_and_its_key_and_holds_nothing_that_can_be_read() {
    let desk = Desk::new();
    let login = desk.signed_in(Place::File).await;
    assert_eq!(desk.files(), ["login.sealed"]);
    let path = desk.directory.path().join("login.sealed");
    let bytes = std::fs::read(&path).unwrap();
    let holds = |what: &str| {
        bytes
            .windows(what.len())
            .any(|part| part == what.as_bytes())
    };
    let token = login.token().await.unwrap();
    for secret in [token.expose(), "sandbox-integration", "alice", "spark:"] {
        assert!(!holds(secret), "{secret}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let other_key = desk.process_with(8, BASE).token().await.unwrap_err();
    assert_eq!(other_key.code, Code::Unauthorized);
    assert!(other_key.message.contains("another secret key"));
    for length in [0, 10, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let damaged = desk.process().token().await.unwrap_err();
        assert_eq!(damaged.code, Code::Unauthorized, "{length}");
    }
}

#[tokio::test]
async fn tokens_are_for_the_webex_that_gave_them() {
    let desk = Desk::new();
    desk.signed_in(Place::File).await;
    let elsewhere = desk.process_with(7, "https://webexapis.com/v1");
    let refused = elsewhere.token().await.unwrap_err();
    assert_eq!(refused.code, Code::Unauthorized);
    assert!(refused.advice.contains("--upstream"), "{refused:?}");
}

#[tokio::test]
async fn a_keyring_that_refuses_is_replaced_by_the_file() {
    let desk = Desk::new();
    let login = desk.process();
    let kept = desk.consented("alice").await;
    desk.keyring.0.refuses.store(true, Ordering::Relaxed);
    let place = login.keep(&kept, Place::Keyring).await.unwrap();
    assert_eq!(
        (place, desk.files()),
        (Place::File, vec!["login.sealed".to_owned()])
    );
    login.token().await.unwrap();

    // Later there is one: the next sign-in is only there, and it refuses the renewal.
    desk.keyring.0.refuses.store(false, Ordering::Relaxed);
    let place = login.keep(&kept, Place::Keyring).await.unwrap();
    assert_eq!(
        (place, desk.files()),
        (Place::Keyring, vec!["login.keyring".to_owned()])
    );
    let mark = std::fs::read_to_string(desk.directory.path().join("login.keyring")).unwrap();
    assert!(desk.keyring.0.entries.lock().contains_key(&mark));

    desk.keyring.0.refuses.store(true, Ordering::Relaxed);
    let locked = desk.process().token().await.unwrap_err();
    assert_eq!(locked.code, Code::Unavailable);
    assert!(locked.advice.contains("--keep-in file"), "{locked:?}");
    let place = login.keep(&kept, Place::File).await.unwrap();
    assert_eq!(
        (place, desk.files()),
        (Place::File, vec!["login.sealed".to_owned()])
    );
    desk.process().token().await.unwrap();
}

#[tokio::test]
async fn what_could_not_be_kept_is_not_used() {
    let desk = Desk::new();
    let login = desk.signed_in(Place::File).await;
    desk.advance(15 * DAY);
    let sealed = desk.directory.path().join("login.sealed");
    let before = std::fs::read(&sealed).unwrap();
    // Between Webex's answer and the disk, the name becomes one that no file can have.
    let slow = Fault::Slow { delay_ms: 300 };
    desk.sandbox.faults().next_on(1, "POST", TOKENS, slow);
    let calling = login.clone();
    let call = tokio::spawn(async move { calling.token().await });
    while desk.asked() < 2 {
        sleep(Duration::from_millis(5)).await;
    }
    std::fs::remove_file(&sealed).unwrap();
    std::fs::create_dir_all(sealed.join("in the way")).unwrap();
    let refused = call.await.unwrap().unwrap_err();
    assert_eq!(refused.code, Code::Unavailable, "{refused:?}");
    assert_eq!(desk.asked(), 2);
    // Nothing half is left beside it, and it goes on when the disk does.
    assert_eq!(desk.files(), ["login.sealed"]);
    std::fs::remove_dir_all(&sealed).unwrap();
    std::fs::write(&sealed, before).unwrap();
    let renewed = login.token().await.unwrap();
    assert!(desk.accepts(&renewed).await);
}

#[test]
fn a_renewal_that_dies_with_its_process_leaves_the_sign_in_whole() {
    let desk = Desk::new();
    let run = || tokio::runtime::Runtime::new().unwrap();
    let first = run();
    let login = first.block_on(desk.signed_in(Place::File));
    desk.advance(15 * DAY);
    let path = desk.directory.path().join("login.sealed");
    let before = std::fs::read(&path).unwrap();
    let slow = Fault::Slow { delay_ms: 60_000 };
    desk.sandbox.faults().next_on(1, "POST", TOKENS, slow);
    first.spawn(async move { login.token().await });
    first.block_on(async {
        while desk.asked() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
    });
    drop(first);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    // Half a file of a process that was killed does not count either.
    std::fs::write(desk.directory.path().join(".tmpKILLED"), &before[..9]).unwrap();
    run().block_on(async {
        let renewed = desk.process().token().await.unwrap();
        assert!(desk.accepts(&renewed).await);
    });
}

#[tokio::test]
async fn a_call_that_goes_away_does_not_take_the_new_token_with_it() {
    let desk = Desk::new();
    let login = desk.signed_in(Place::File).await;
    desk.advance(15 * DAY);
    let slow = Fault::Slow { delay_ms: 200 };
    desk.sandbox.faults().next_on(1, "POST", TOKENS, slow);
    let left = timeout(Duration::from_millis(50), login.token()).await;
    assert!(left.is_err());
    let renewed = login.token().await.unwrap();
    assert!(desk.accepts(&renewed).await);
    assert_eq!(desk.asked(), 2);
}

#[tokio::test]
async fn a_token_that_webex_refused_is_renewed_once() {
    let desk = Desk::new();
    let login = desk.signed_in(Place::Keyring).await;
    let first = login.token().await.unwrap();
    let second = login.renew(&first).await.unwrap();
    assert_ne!(first.expose(), second.expose());
    let same = login.renew(&first).await.unwrap();
    assert_eq!(same.expose(), second.expose());
    assert_eq!(desk.asked(), 2);
}

#[tokio::test]
async fn one_that_webex_gave_up_says_how_to_sign_in_again() {
    let desk = Desk::new();
    let login = desk.signed_in(Place::File).await;
    desk.advance(15 * DAY);
    // A refusal that is about the integration loses nothing.
    for status in [400, 401, 403] {
        let wrong = Fault::status(status);
        desk.sandbox.faults().next_on(1, "POST", TOKENS, wrong);
        assert_eq!(login.token().await.unwrap_err().code, Code::Unavailable);
    }
    let ada = desk
        .webex()
        .client(AccessToken::new("sandbox-ada").unwrap());
    let authorizations = ada.authorizations();
    let revoked = authorizations.delete_of_client("sandbox-integration", None);
    revoked.await.unwrap();
    for login in [&login, &login, &desk.process()] {
        let refused = login.token().await.unwrap_err();
        assert_eq!(refused.code, Code::Unauthorized);
        assert!(refused.advice.contains("webex-mcp login"), "{refused:?}");
    }
    assert_eq!(desk.asked(), 5);
    // Webex being out of reach is another thing: the sign-in stays.
    let login = desk.signed_in(Place::File).await;
    desk.advance(15 * DAY);
    let down = Fault::status(503);
    desk.sandbox.faults().next_on(1, "POST", TOKENS, down);
    assert_eq!(login.token().await.unwrap_err().code, Code::Unavailable);
    login.token().await.unwrap();
}

#[tokio::test]
async fn signing_out_leaves_nothing_and_is_noticed_elsewhere() {
    for place in [Place::File, Place::Keyring] {
        let desk = Desk::new();
        let login = desk.signed_in(place).await;
        let server = desk.process();
        server.token().await.unwrap();
        assert!(login.forget().await.unwrap());
        assert!(!login.forget().await.unwrap());
        assert!(desk.files().is_empty() && desk.keyring.0.entries.lock().is_empty());
        assert!(!Login::is_in(desk.directory.path()));
        assert_eq!(login.token().await.unwrap_err().code, Code::Unauthorized);
        desk.advance(Duration::from_secs(31));
        assert_eq!(server.token().await.unwrap_err().code, Code::Unauthorized);
    }
}
