//! Spaces, who is in them and what is said: random lives of three people, a bot and the officer.
//!
//! The rules: members see a space, and the compliance officer sees all of them. A moderated space is
//! changed by its moderators only. Everybody sees every message of a space they are in, also those
//! before their time; a bot sees in groups only what it wrote or is mentioned in.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use webex_sandbox::Sandbox;

use crate::model::pick;
use crate::{Person, person, start, text};

/// None of them talks with another in the demo company.
pub(super) const NAMES: [&str; 5] = ["carol", "erin", "frank", "ci-bot", "grace"];
pub(super) const BOT: usize = 3;
pub(super) const OFFICER: usize = 4;
const MAX_EDITS: u32 = 10;

/// Few, so that much happens in each.
const MAX_ROOMS: usize = 5;

/// Between two steps, so that no two things happen at one moment.
const STEP: Duration = Duration::from_secs(1);

/// Somebody does something; rooms and messages are meant by their number among those so far.
#[derive(Debug, Clone)]
pub(super) struct Step {
    who: usize,
    /// Somebody of the room in question, or the author of the message to edit.
    is_insider: bool,
    deed: Deed,
}

#[derive(Debug, Clone)]
enum Deed {
    Open(Modes),
    Change(usize, Modes),
    Close(usize),
    Add(usize, usize, bool),
    Appoint(usize, usize, bool),
    Remove(usize, usize),
    Send(usize),
    Say(usize, Option<usize>, bool),
    Reply(usize, usize),
    Edit(usize, u32, Option<usize>),
    Delete(usize),
}

#[derive(Debug, Clone, Copy)]
struct Modes {
    locked: bool,
    announces: bool,
    public: bool,
    described: bool,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let who = 0..NAMES.len();
    let (room, message) = (any::<usize>(), any::<usize>());
    let flag = any::<bool>();
    let modes = any::<[bool; 4]>().prop_map(|[locked, announces, public, described]| Modes {
        locked,
        announces,
        public,
        described,
    });
    // Nobody's number stands for everybody.
    let mentions = prop::option::weighted(0.4, 0..NAMES.len() + 1);
    let is_file = prop::bool::weighted(0.2);
    let deed = prop_oneof![
        2 => modes.clone().prop_map(Deed::Open),
        1 => (room, modes).prop_map(|(room, modes)| Deed::Change(room, modes)),
        1 => room.prop_map(Deed::Close),
        4 => (room, who.clone(), flag).prop_map(|(room, whom, is)| Deed::Add(room, whom, is)),
        1 => (room, who.clone(), flag).prop_map(|(room, whom, is)| Deed::Appoint(room, whom, is)),
        2 => (room, who.clone()).prop_map(|(room, whom)| Deed::Remove(room, whom)),
        1 => who.clone().prop_map(Deed::Send),
        4 => (room, mentions.clone(), is_file).prop_map(|(room, whom, is)| Deed::Say(room, whom, is)),
        4 => (room, message).prop_map(|(room, message)| Deed::Reply(room, message)),
        3 => (message, 1..MAX_EDITS + 3, mentions).prop_map(|(it, times, whom)| Deed::Edit(it, times, whom)),
        2 => message.prop_map(Deed::Delete),
    ];
    let is_insider = prop::bool::weighted(0.7);
    (who, is_insider, deed).prop_map(|(who, is_insider, deed)| Step {
        who,
        is_insider,
        deed,
    })
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    /// The membership's id; a later one is a later membership.
    pub(super) id: String,
    pub(super) since: usize,
    pub(super) moderates: bool,
}

#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: String,
    pub(super) direct: bool,
    pub(super) locked: bool,
    pub(super) announces: bool,
    pub(super) public: bool,
    pub(super) creator: usize,
    pub(super) members: BTreeMap<usize, Member>,
    /// The step at which something was last said in it.
    pub(super) active: usize,
    pub(super) gone: bool,
}

impl Room {
    pub(super) fn has(&self, who: usize) -> bool {
        !self.gone && self.members.contains_key(&who)
    }

    pub(super) fn is_known_to(&self, who: usize) -> bool {
        self.has(who) || (who == OFFICER && !self.gone)
    }

    fn moderates(&self, who: usize) -> bool {
        self.members
            .get(&who)
            .is_some_and(|member| member.moderates)
    }

    fn people(&self) -> Vec<usize> {
        self.members.keys().copied().collect()
    }

    /// Why somebody in the room may not change who is in it, if so.
    fn refuses_to_manage(&self, who: usize) -> Option<u16> {
        match () {
            () if self.direct => Some(400),
            () if self.locked && who != OFFICER && !self.moderates(who) => Some(403),
            () => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) room: usize,
    pub(super) author: usize,
    pub(super) parent: Option<usize>,
    pub(super) words: String,
    pub(super) mentions: Option<usize>,
    pub(super) file: bool,
    pub(super) edits: u32,
    pub(super) gone: bool,
}

/// What happened: an entry in the officer's log, and whom webhooks tell of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Happened {
    pub(super) resource: &'static str,
    pub(super) event: &'static str,
    pub(super) actor: usize,
    pub(super) id: String,
    pub(super) audience: Vec<usize>,
}

pub(super) struct Model {
    pub(super) sandbox: Sandbox,
    pub(super) people: Vec<Person>,
    pub(super) ids: Vec<String>,
    /// The demo company's rooms, of which the model knows nothing.
    pub(super) others: Vec<String>,
    pub(super) rooms: Vec<Room>,
    pub(super) messages: Vec<Message>,
    pub(super) log: Vec<Happened>,
    pub(super) steps: usize,
}

impl Model {
    pub(super) async fn new() -> Self {
        let (sandbox, _) = start();
        let people: Vec<Person> = NAMES.iter().map(|name| person(&sandbox, name)).collect();
        let (mut ids, mut others) = (Vec::new(), Vec::new());
        for person in &people {
            ids.push(person.id().await);
            others.extend(person.ids("/v1/rooms").await);
        }
        others.extend(people[0].ids("/v1/rooms?orgPublicSpaces=true").await);
        let (rooms, messages, log) = (Vec::new(), Vec::new(), Vec::new());
        sandbox.clock().advance(STEP);
        let mut model = Model {
            sandbox,
            people,
            ids,
            others,
            rooms,
            messages,
            log,
            steps: 0,
        };
        let modes = Modes {
            locked: false,
            announces: false,
            public: false,
            described: false,
        };
        if let Some(room) = model.open(0, modes).await {
            for whom in 1..OFFICER {
                model.add(0, room, whom, false).await;
            }
        }
        model
    }

    fn note(
        &mut self,
        resource: &'static str,
        event: &'static str,
        actor: usize,
        id: &str,
        audience: Vec<usize>,
    ) {
        let id = id.to_owned();
        self.log.push(Happened {
            resource,
            event,
            actor,
            id,
            audience,
        });
    }

    /// Does one step on both sides; the model says which status must come. Gives the room it was about.
    pub(super) async fn apply(&mut self, step: &Step) -> Option<usize> {
        self.sandbox.clock().advance(STEP);
        self.steps += 1;
        let who = step.who;
        match step.deed {
            Deed::Open(_) if self.rooms.len() >= MAX_ROOMS => return None,
            Deed::Open(modes) => return self.open(who, modes).await,
            Deed::Send(whom) => return self.send(who, whom).await,
            _ => {}
        }
        let (room, message) = self.meant(&step.deed)?;
        let who = match step.deed {
            _ if !step.is_insider => who,
            Deed::Edit(..) => self.messages[message?].author,
            _ => self.one_of(room, who).unwrap_or(who),
        };
        match step.deed {
            Deed::Open(_) | Deed::Send(_) => {}
            Deed::Change(_, modes) => self.change(who, room, modes).await,
            Deed::Close(_) => self.close(who, room).await,
            Deed::Add(_, whom, moderates) => self.add(who, room, whom, moderates).await,
            Deed::Appoint(_, whom, moderates) => {
                let whom = self.one_of(room, whom)?;
                self.appoint(who, room, whom, moderates).await;
            }
            Deed::Remove(_, whom) => {
                let whom = self.one_of(room, whom)?;
                self.remove(who, room, whom).await;
            }
            Deed::Say(_, mentions, file) => self.say(who, room, None, mentions, file).await,
            Deed::Reply(..) => self.say(who, room, message, None, false).await,
            Deed::Edit(_, times, mentions) => {
                for _ in 0..times {
                    self.edit(who, message?, mentions).await;
                }
            }
            Deed::Delete(_) => self.delete(who, message?).await,
        }
        Some(room)
    }

    /// One of the people in a room, by number.
    fn one_of(&self, room: usize, number: usize) -> Option<usize> {
        let people = self.rooms[room].people();
        pick(&people, number).map(|at| people[at])
    }

    /// The room and the message that a deed is about, where there are any yet.
    fn meant(&self, deed: &Deed) -> Option<(usize, Option<usize>)> {
        let room = match *deed {
            Deed::Open(_) | Deed::Send(_) => return None,
            Deed::Change(room, _)
            | Deed::Close(room)
            | Deed::Add(room, ..)
            | Deed::Appoint(room, ..)
            | Deed::Remove(room, _)
            | Deed::Say(room, ..) => return Some((pick(&self.rooms, room)?, None)),
            // One reply in four goes to any room, not to that of the message.
            Deed::Reply(room, _) if room % 4 == 0 => pick(&self.rooms, room / 4),
            Deed::Reply(..) | Deed::Edit(..) | Deed::Delete(_) => None,
        };
        let (Deed::Reply(_, message) | Deed::Edit(message, ..) | Deed::Delete(message)) = *deed
        else {
            return None;
        };
        let message = pick(&self.messages, message)?;
        Some((room.unwrap_or(self.messages[message].room), Some(message)))
    }

    async fn open(&mut self, who: usize, modes: Modes) -> Option<usize> {
        let Modes {
            locked,
            announces,
            public,
            described,
        } = modes;
        let is_refused = (announces && !locked) || (public && !described);
        let body = json!({"title": "R", "isLocked": locked, "isAnnouncementOnly": announces,
                          "isPublic": public, "description": described.then_some("d")});
        let status = if is_refused { 400 } else { 200 };
        let answer = self.people[who].post("/v1/rooms", body).await.json(status);
        if is_refused {
            return None;
        }
        let room = self.opened(text(&answer["id"]), who, modes, false);
        // Who opens a moderated space moderates it.
        self.joined(who, room, who, locked).await;
        let id = self.rooms[room].id.clone();
        self.note("rooms", "created", who, &id, vec![who]);
        Some(room)
    }

    fn opened(&mut self, id: String, creator: usize, modes: Modes, direct: bool) -> usize {
        let Modes {
            locked,
            announces,
            public,
            ..
        } = modes;
        let (members, active) = (BTreeMap::new(), self.steps);
        self.rooms.push(Room {
            id,
            direct,
            locked,
            announces,
            public,
            creator,
            members,
            active,
            gone: false,
        });
        self.rooms.len() - 1
    }

    /// Notes that somebody came into a room, after looking the membership up.
    async fn joined(&mut self, actor: usize, room: usize, whom: usize, moderates: bool) {
        let path = format!(
            "/v1/memberships?roomId={}&personId={}",
            self.rooms[room].id, self.ids[whom]
        );
        let id = self.people[actor].ids(&path).await.remove(0);
        let since = self.log.len();
        self.rooms[room].members.insert(
            whom,
            Member {
                id: id.clone(),
                since,
                moderates,
            },
        );
        self.note(
            "memberships",
            "created",
            actor,
            &id,
            self.rooms[room].people(),
        );
    }

    async fn change(&mut self, who: usize, room: usize, modes: Modes) {
        let Modes {
            locked, announces, ..
        } = modes;
        let it = &mut self.rooms[room];
        let status = match () {
            () if !it.is_known_to(who) => 404,
            () if it.direct => 400,
            () if it.locked && who != OFFICER && !it.moderates(who) => 403,
            () if announces && !locked => 400,
            () => 200,
        };
        let body = json!({"title": "R", "isLocked": locked, "isAnnouncementOnly": announces});
        let path = format!("/v1/rooms/{}", it.id);
        self.people[who].put(&path, body).await.json(status);
        if status != 200 {
            return;
        }
        // An unlocked space has no moderators; who locks it becomes the first.
        if it.locked != locked {
            for (person, member) in &mut it.members {
                member.moderates = locked && (member.moderates || *person == who);
            }
        }
        (it.locked, it.announces) = (locked, announces);
        let (id, people) = (it.id.clone(), it.people());
        self.note("rooms", "updated", who, &id, people);
    }

    /// Moderators, and creators of spaces that are not moderated, delete a space; others leave it.
    async fn close(&mut self, who: usize, room: usize) {
        let it = &mut self.rooms[room];
        let status = match () {
            () if !it.has(who) => 404,
            () if it.direct => 400,
            () => 204,
        };
        self.people[who]
            .delete(&format!("/v1/rooms/{}", it.id))
            .await
            .json(status);
        if status != 204 {
            return;
        }
        if !it.moderates(who) && (it.locked || it.creator != who) {
            return self.left(who, room, who);
        }
        it.gone = true;
        let id = it.id.clone();
        for message in self
            .messages
            .iter_mut()
            .filter(|message| message.room == room)
        {
            message.gone = true;
        }
        self.note("rooms", "deleted", who, &id, Vec::new());
    }

    async fn add(&mut self, who: usize, room: usize, whom: usize, moderator: bool) {
        let it = &self.rooms[room];
        // Anyone joins a public space.
        let joins = it.public && !it.gone && who == whom && !moderator;
        let status = match it.refuses_to_manage(who).filter(|_| !joins) {
            _ if !it.is_known_to(who) && !joins => 404,
            Some(status) => status,
            None if it.has(whom) => 409,
            None => 200,
        };
        let body = json!({"roomId": it.id, "personId": self.ids[whom], "isModerator": moderator});
        self.people[who]
            .post("/v1/memberships", body)
            .await
            .json(status);
        if status == 200 {
            self.joined(who, room, whom, moderator).await;
        }
    }

    async fn appoint(&mut self, who: usize, room: usize, whom: usize, moderator: bool) {
        let it = &mut self.rooms[room];
        let Some(member) = it.members.get(&whom).cloned() else {
            return;
        };
        let status = match it.refuses_to_manage(who) {
            _ if !it.is_known_to(who) => 404,
            Some(status) if member.moderates != moderator => status,
            _ => 200,
        };
        let body = json!({"isModerator": moderator, "isRoomHidden": false});
        let path = format!("/v1/memberships/{}", member.id);
        self.people[who].put(&path, body).await.json(status);
        if status == 200 {
            it.members.insert(
                whom,
                Member {
                    moderates: moderator,
                    ..member.clone()
                },
            );
            let people = it.people();
            self.note("memberships", "updated", who, &member.id, people);
        }
    }

    async fn remove(&mut self, who: usize, room: usize, whom: usize) {
        let it = &self.rooms[room];
        let Some(member) = it.members.get(&whom) else {
            return;
        };
        let status = match it.refuses_to_manage(who) {
            _ if !it.is_known_to(who) => 404,
            _ if it.direct => 400,
            Some(status) if who != whom && who != OFFICER => status,
            _ => 204,
        };
        let path = format!("/v1/memberships/{}", member.id);
        self.people[who].delete(&path).await.json(status);
        if status == 204 {
            self.left(who, room, whom);
        }
    }

    /// Who leaves is told of it as well.
    fn left(&mut self, actor: usize, room: usize, whom: usize) {
        let people = self.rooms[room].people();
        if let Some(member) = self.rooms[room].members.remove(&whom) {
            self.note("memberships", "deleted", actor, &member.id, people);
        }
    }

    /// The first message to a person opens the direct room of the two.
    async fn send(&mut self, who: usize, whom: usize) -> Option<usize> {
        let status = if who == whom { 400 } else { 200 };
        let words = format!("direct {}", self.steps);
        let body = json!({"toPersonId": self.ids[whom], "text": words});
        let answer = self.people[who]
            .post("/v1/messages", body)
            .await
            .json(status);
        if who == whom {
            return None;
        }
        let is_theirs = |room: &Room| room.direct && room.has(who) && room.has(whom);
        let room = match self.rooms.iter().position(is_theirs) {
            Some(room) => room,
            None => {
                let modes = Modes {
                    locked: false,
                    announces: false,
                    public: false,
                    described: false,
                };
                let room = self.opened(text(&answer["roomId"]), who, modes, true);
                self.joined(who, room, who, false).await;
                self.joined(who, room, whom, false).await;
                let id = self.rooms[room].id.clone();
                self.note("rooms", "created", who, &id, self.rooms[room].people());
                room
            }
        };
        self.said(who, room, None, words, None, false, &answer);
        Some(room)
    }

    async fn say(
        &mut self,
        who: usize,
        room: usize,
        parent: Option<usize>,
        mentions: Option<usize>,
        file: bool,
    ) {
        let it = &self.rooms[room];
        let answered = parent.map(|parent| &self.messages[parent]);
        let status = match answered {
            _ if !it.has(who) => 404,
            _ if it.announces && !it.moderates(who) => 403,
            // A thread has one level, in one room, below a message that is there.
            Some(parent) if parent.gone || parent.room != room || parent.parent.is_some() => 400,
            _ => 200,
        };
        let words = format!("words {}", self.steps);
        let mut body = self.body(room, &words, mentions);
        body["parentId"] = answered.map(|parent| parent.id.clone()).into();
        body["files"] = file
            .then_some("https://example.com/a.pdf")
            .into_iter()
            .collect();
        let answer = self.people[who]
            .post("/v1/messages", body)
            .await
            .json(status);
        if status == 200 {
            self.said(who, room, parent, words, mentions, file, &answer);
        }
    }

    fn body(&self, room: usize, words: &str, mentions: Option<usize>) -> Value {
        let mention = match mentions {
            None => String::new(),
            Some(whom) if whom < NAMES.len() => format!(" <@personId:{}|X>", self.ids[whom]),
            Some(_) => " <@all>".to_owned(),
        };
        json!({"roomId": self.rooms[room].id, "markdown": format!("{words}{mention}")})
    }

    #[allow(clippy::too_many_arguments)]
    fn said(
        &mut self,
        who: usize,
        room: usize,
        parent: Option<usize>,
        words: String,
        mentions: Option<usize>,
        file: bool,
        answer: &Value,
    ) {
        self.rooms[room].active = self.steps;
        let mentions = self.mentioned(room, mentions);
        let id = text(&answer["id"]);
        self.messages.push(Message {
            id: id.clone(),
            room,
            author: who,
            parent,
            words,
            mentions,
            file,
            edits: 0,
            gone: false,
        });
        self.note_message("created", who, self.messages.len() - 1);
    }

    /// Only members of a group can be mentioned.
    fn mentioned(&self, room: usize, mentions: Option<usize>) -> Option<usize> {
        let it = &self.rooms[room];
        mentions.filter(|whom| !it.direct && (*whom == NAMES.len() || it.has(*whom)))
    }

    fn note_message(&mut self, event: &'static str, actor: usize, message: usize) {
        let it = &self.messages[message];
        let members = self.rooms[it.room].people().into_iter();
        // Of edits no webhook is told.
        let told = members.filter(|who| event != "updated" && self.sees(*who, message));
        let (id, told) = (it.id.clone(), told.collect());
        self.note("messages", event, actor, &id, told);
    }

    /// Whether somebody sees a message as a member of its room.
    fn sees(&self, who: usize, message: usize) -> bool {
        let it = &self.messages[message];
        let room = &self.rooms[it.room];
        let is_heard = who != BOT || room.direct || it.author == who || it.mentions == Some(who);
        !it.gone && room.has(who) && is_heard
    }

    pub(super) fn may_read(&self, who: usize, message: usize) -> bool {
        self.sees(who, message) || (who == OFFICER && !self.messages[message].gone)
    }

    async fn edit(&mut self, who: usize, message: usize, mentions: Option<usize>) {
        let it = &self.messages[message];
        let room = &self.rooms[it.room];
        let status = match () {
            () if !self.may_read(who, message) => 404,
            () if it.author != who => 403,
            () if room.announces && !room.moderates(who) => 403,
            () if it.file || it.edits >= MAX_EDITS => 400,
            () => 200,
        };
        let words = format!("edit {} {}", self.steps, it.edits);
        let body = self.body(it.room, &words, mentions);
        let path = format!("/v1/messages/{}", it.id);
        self.people[who].put(&path, body).await.json(status);
        if status == 200 {
            let mentions = self.mentioned(it.room, mentions);
            let it = &mut self.messages[message];
            (it.words, it.mentions, it.edits) = (words, mentions, it.edits + 1);
            self.note_message("updated", who, message);
        }
    }

    async fn delete(&mut self, who: usize, message: usize) {
        let it = &self.messages[message];
        let status = match () {
            () if !self.may_read(who, message) => 404,
            () if it.author != who && who != OFFICER && !self.rooms[it.room].moderates(who) => 403,
            () => 204,
        };
        self.people[who]
            .delete(&format!("/v1/messages/{}", it.id))
            .await
            .json(status);
        if status == 204 {
            self.note_message("deleted", who, message);
            self.messages[message].gone = true;
        }
    }
}
