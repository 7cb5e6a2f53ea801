//! Random lives of a few people in a few rooms, against a small model of the rules.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use crate::{Person, items, person, start, text};

const NAMES: [&str; 3] = ["alice", "bob", "carol"];
const MAX_EDITS: u32 = 10;

#[derive(Debug, Clone)]
enum Step {
    Open {
        who: usize,
        locked: bool,
    },
    Add {
        who: usize,
        room: usize,
        whom: usize,
        moderator: bool,
    },
    Remove {
        who: usize,
        room: usize,
        whom: usize,
    },
    Post {
        who: usize,
        room: usize,
    },
    Reply {
        who: usize,
        message: usize,
    },
    Edit {
        who: usize,
        message: usize,
        times: u32,
    },
    Delete {
        who: usize,
        message: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..NAMES.len();
    let which = 0..1_000_usize;
    prop_oneof![
        1 => (who.clone(), any::<bool>()).prop_map(|(who, locked)| Step::Open { who, locked }),
        3 => (who.clone(), which.clone(), who.clone(), any::<bool>())
            .prop_map(|(who, room, whom, moderator)| Step::Add { who, room, whom, moderator }),
        1 => (who.clone(), which.clone(), who.clone()).prop_map(|(who, room, whom)| Step::Remove { who, room, whom }),
        4 => (who.clone(), which.clone()).prop_map(|(who, room)| Step::Post { who, room }),
        4 => (who.clone(), which.clone()).prop_map(|(who, message)| Step::Reply { who, message }),
        3 => (who.clone(), which.clone(), 1..7_u32).prop_map(|(who, message, times)| Step::Edit { who, message, times }),
        2 => (who, which).prop_map(|(who, message)| Step::Delete { who, message }),
    ]
}

#[derive(Debug, Default)]
struct Room {
    id: String,
    locked: bool,
    /// Person to membership id and whether they moderate.
    members: BTreeMap<usize, (String, bool)>,
}

impl Room {
    fn moderates(&self, who: usize) -> bool {
        self.members
            .get(&who)
            .is_some_and(|(_, moderator)| *moderator)
    }
}

#[derive(Debug)]
struct Message {
    id: String,
    room: usize,
    author: usize,
    is_reply: bool,
    edits: u32,
    is_deleted: bool,
}

struct Model {
    people: Vec<Person>,
    rooms: Vec<Room>,
    messages: Vec<Message>,
}

impl Model {
    /// Does one step on both sides; the model says which status must come.
    async fn apply(&mut self, step: &Step) {
        match *step {
            Step::Open { who, locked } => self.open(who, locked).await,
            Step::Add {
                who,
                room,
                whom,
                moderator,
            } if !self.rooms.is_empty() => {
                self.add(who, room % self.rooms.len(), whom, moderator)
                    .await;
            }
            Step::Remove { who, room, whom } if !self.rooms.is_empty() => {
                self.remove(who, room % self.rooms.len(), whom).await;
            }
            Step::Post { who, room } if !self.rooms.is_empty() => {
                self.post(who, room % self.rooms.len(), None).await;
            }
            Step::Reply { who, message } if !self.messages.is_empty() => {
                let message = message % self.messages.len();
                self.post(who, self.messages[message].room, Some(message))
                    .await;
            }
            Step::Edit {
                who,
                message,
                times,
            } if !self.messages.is_empty() => {
                for _ in 0..times {
                    self.edit(who, message % self.messages.len()).await;
                }
            }
            Step::Delete { who, message } if !self.messages.is_empty() => {
                self.delete(who, message % self.messages.len()).await;
            }
            _ => {}
        }
    }

    async fn open(&mut self, who: usize, locked: bool) {
        let body = json!({"title": "R", "isLocked": locked});
        let id = text(&self.people[who].post("/v1/rooms", body).await.json(200)["id"]);
        let own = self.people[who]
            .get(&format!("/v1/memberships?roomId={id}"))
            .await
            .json(200);
        let membership = text(&own["items"][0]["id"]);
        let members = BTreeMap::from([(who, (membership, locked))]);
        self.rooms.push(Room {
            id,
            locked,
            members,
        });
    }

    async fn add(&mut self, who: usize, room: usize, whom: usize, moderator: bool) {
        let room = &mut self.rooms[room];
        let status = match () {
            () if !room.members.contains_key(&who) => 404,
            () if room.locked && !room.moderates(who) => 403,
            () if room.members.contains_key(&whom) => 409,
            () => 200,
        };
        let email = format!("{}@example.com", NAMES[whom]);
        let body = json!({"roomId": room.id, "personEmail": email, "isModerator": moderator});
        let answer = self.people[who]
            .post("/v1/memberships", body)
            .await
            .json(status);
        if status == 200 {
            room.members.insert(whom, (text(&answer["id"]), moderator));
        }
    }

    async fn remove(&mut self, who: usize, room: usize, whom: usize) {
        let room = &mut self.rooms[room];
        let Some((membership, _)) = room.members.get(&whom).cloned() else {
            return;
        };
        let status = match () {
            () if !room.members.contains_key(&who) => 404,
            () if who != whom && room.locked && !room.moderates(who) => 403,
            () => 204,
        };
        self.people[who]
            .delete(&format!("/v1/memberships/{membership}"))
            .await
            .json(status);
        if status == 204 {
            room.members.remove(&whom);
        }
    }

    async fn post(&mut self, who: usize, room: usize, parent: Option<usize>) {
        let parent = parent.map(|at| &self.messages[at]);
        let status = match parent {
            _ if !self.rooms[room].members.contains_key(&who) => 404,
            Some(parent) if parent.is_deleted || parent.is_reply => 400,
            _ => 200,
        };
        let parent_id = parent.map(|parent| parent.id.clone());
        let body = json!({"roomId": self.rooms[room].id, "parentId": parent_id, "text": "x"});
        let answer = self.people[who]
            .post("/v1/messages", body)
            .await
            .json(status);
        if status == 200 {
            self.messages.push(Message {
                id: text(&answer["id"]),
                room,
                author: who,
                is_reply: parent_id.is_some(),
                edits: 0,
                is_deleted: false,
            });
        }
    }

    async fn edit(&mut self, who: usize, message: usize) {
        let message = &mut self.messages[message];
        let room = &self.rooms[message.room];
        let status = match () {
            () if message.is_deleted || !room.members.contains_key(&who) => 404,
            () if message.author != who => 403,
            () if message.edits >= MAX_EDITS => 400,
            () => 200,
        };
        let body = json!({"roomId": room.id, "text": "y"});
        self.people[who]
            .put(&format!("/v1/messages/{}", message.id), body)
            .await
            .json(status);
        message.edits += u32::from(status == 200);
    }

    async fn delete(&mut self, who: usize, message: usize) {
        let message = &mut self.messages[message];
        let room = &self.rooms[message.room];
        let status = match () {
            () if message.is_deleted || !room.members.contains_key(&who) => 404,
            () if message.author != who && !room.moderates(who) => 403,
            () => 204,
        };
        self.people[who]
            .delete(&format!("/v1/messages/{}", message.id))
            .await
            .json(status);
        message.is_deleted |= status == 204;
    }

    /// Everybody sees in every room what the model says, newest first, in pages of three.
    async fn compare(&self) {
        for (at, room) in self.rooms.iter().enumerate() {
            let left = self.messages.iter().rev();
            let left = left.filter(|message| message.room == at && !message.is_deleted);
            let expected: Vec<&str> = left.map(|message| message.id.as_str()).collect();
            for (who, person) in self.people.iter().enumerate() {
                let mut next = Some(format!("/v1/messages?roomId={}&max=3", room.id));
                if !room.members.contains_key(&who) {
                    person.get(next.as_deref().unwrap()).await.json(404);
                    continue;
                }
                let mut seen = Vec::new();
                while let Some(path) = next {
                    let answer = person.get(&path).await;
                    seen.extend(
                        items(&answer.json(200))
                            .iter()
                            .map(|item| text(&item["id"])),
                    );
                    next = answer.next();
                }
                assert_eq!(seen, expected);
            }
        }
    }
}

proptest! {
    // A case makes some hundred requests; this many take about a second.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_life_follows_the_rules(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (sandbox, _) = start();
            let people = NAMES.iter().map(|name| person(&sandbox, name)).collect();
            let mut model = Model { people, rooms: Vec::new(), messages: Vec::new() };
            for step in &steps {
                model.apply(step).await;
            }
            model.compare().await;
        });
    }
}
