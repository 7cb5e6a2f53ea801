//! What waits: nobody takes the places of all.

use std::net::{IpAddr, Ipv4Addr};

use secrecy::ExposeSecret as _;

use super::*;
use crate::broker::places::{KIND, Places};

/// Few enough for a test.
const PLACES: Places = Places {
    kind: "sign-in",
    each: 3,
    in_all: 5,
};

fn from(host: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, host).into()
}

impl World {
    /// A record from this address that waits for ten minutes; whether there was a place for it.
    async fn waits(&self, id: &str, address: u8) -> Result<Option<String>, &'static str> {
        let (broker, until) = (&self.broker, self.place.records.now() + 600_000);
        let name = waiting(id);
        let holder = broker.holder_at(Some(from(address)));
        let place = broker.take_place(&PLACES, holder.as_deref(), &name, until);
        let place = place.await.map_err(|refused| refused.error)?;
        let records = &broker.0.records;
        records.put_until(&name, 0, b"", Some(until)).await.unwrap();
        // The next one is later.
        self.place.advance(Duration::from_secs(1));
        Ok(place)
    }

    /// Those that still wait.
    async fn waiting(&self) -> String {
        let all = self
            .broker
            .0
            .records
            .list("", PLACES.kind, "")
            .await
            .unwrap();
        all.iter().map(|record| &*record.id).collect()
    }
}

fn waiting(id: &str) -> RecordName {
    RecordName {
        tenant: String::new(),
        kind: PLACES.kind.to_owned(),
        id: id.to_owned(),
    }
}

#[tokio::test]
async fn who_has_all_their_places_loses_the_oldest_and_nobody_else_does() {
    let world = World::new();
    world.waits("z", 1).await.unwrap();
    for id in ["a", "b", "c", "d", "e"] {
        world.waits(id, 2).await.unwrap();
    }
    assert_eq!(world.waiting().await, "cdez");
    // Only all together fill what there is; who has none then is refused, and who has some goes on.
    world.waits("y", 1).await.unwrap();
    assert_eq!(world.waits("x", 3).await, Err("temporarily_unavailable"));
    world.waits("f", 2).await.unwrap();
    assert_eq!(world.waiting().await, "defyz");
    // Nothing of an address is readable in what is kept of it.
    let places = world.broker.0.records.list("", KIND, "").await;
    assert!(places.unwrap().iter().all(|it| !it.id.contains("192.0.2")));
}

#[tokio::test]
async fn a_place_ends_with_what_has_it_or_by_itself() {
    let world = World::new();
    let place = world.waits("a", 1).await.unwrap();
    for id in ["b", "c"] {
        world.waits(id, 1).await.unwrap();
    }
    let records = &world.broker.0.records;
    records.delete(&waiting("a"), 1).await.unwrap();
    world.broker.leave_place(place.as_deref()).await;
    world.waits("d", 1).await.unwrap();
    assert_eq!(world.waiting().await, "bcd");
    world.place.advance(11 * MINUTE);
    world.broker.sweep().await;
    assert_eq!(
        (world.count("place").await, &*world.waiting().await),
        (0, "")
    );
}

/// Every sign-in has its place until it is back.
#[tokio::test]
async fn sign_ins_registrations_and_sessions_have_places() {
    let world = World::new();
    let registration = json!({"client_name": "Agent", "redirect_uris": [REDIRECT]});
    let registration = serde_json::from_value(registration).unwrap();
    let registered = world.broker.register(registration, Some(from(1))).await;
    let registered = serde_json::to_value(registered.unwrap()).unwrap();
    let client = registered["client_id"].as_str().unwrap();
    assert_eq!(world.count("place").await, 1);
    let (asked, ..) = world
        .broker
        .ask(world.question(client), offer)
        .await
        .unwrap();
    let agreed = world.broker.agreed(asked, "browser", Some(from(1)));
    let back = world.place.approve(&agreed.await.unwrap(), "bob").await;
    assert_eq!(world.count("place").await, 2);
    let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
    let told = pairs(&there(world.broker.returned(returned, "browser").await));
    assert!(told.contains_key("code"));
    // The sign-in is over, and the client was used.
    assert_eq!(world.count("place").await, 0);
    let wanted = world.broker.account_wanted("browser", Some(from(1)));
    let back = world.place.approve(&wanted.await.unwrap(), "bob").await;
    let returned = serde_json::from_value(json!(pairs(&back))).unwrap();
    let Ok(Arrived::Account(word)) = world.broker.returned(returned, "browser").await else {
        panic!("Bob is not signed in");
    };
    assert_eq!(world.count("place").await, 1);
    world.broker.close_session(word.expose_secret()).await;
    assert_eq!(world.count("place").await, 0);
}

#[tokio::test]
async fn a_person_is_signed_in_in_so_many_browsers() {
    let world = World::new();
    let grant = world.place.signed_in("bob").await;
    let owner = Owner::of(&grant.person);
    let mut words = Vec::new();
    for _ in 0..=limits::SESSIONS_PER_PERSON {
        words.push(world.broker.open_session(owner.clone()).await.unwrap());
        world.place.advance(Duration::from_secs(1));
    }
    let is_in = async |word: &str| world.broker.session(word).await.unwrap().is_some();
    assert!(!is_in(&words[0]).await && is_in(&words[1]).await);
    assert_eq!(world.count("session").await, limits::SESSIONS_PER_PERSON);
    world.broker.close_sessions(&owner).await.unwrap();
    assert_eq!(
        (world.count("session").await, world.count("place").await),
        (0, 0)
    );
}
