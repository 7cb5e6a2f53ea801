//! What everybody sees of the model's spaces, compared with what the sandbox shows them.

use serde_json::{Value, json};

use super::model::{BOT, Model, NAMES, OFFICER, Room};
use crate::text;

/// The moment of a life's first step.
const FIRST_STEP: &str = "2026-01-05T09:00:01Z";

/// Small, so that lists have several pages.
const PAGE: &str = "max=3";

fn of(items: &[Value], fields: [&str; 2]) -> Vec<(Value, Value)> {
    let pairs = items.iter();
    let pairs = pairs.map(|item| (item[fields[0]].clone(), item[fields[1]].clone()));
    pairs.collect()
}

impl Model {
    /// Everybody looks at one room: its details, its people and what was said in it.
    pub(super) async fn compare_room(&self, room: usize) {
        for who in 0..NAMES.len() {
            self.compare_details(who, &self.rooms[room]).await;
            self.compare_members(who, &self.rooms[room]).await;
            self.compare_messages(who, room).await;
        }
    }

    async fn compare_details(&self, who: usize, room: &Room) {
        let answer = self.people[who]
            .get(&format!("/v1/rooms/{}", room.id))
            .await;
        if !room.is_known_to(who) && (room.gone || !room.public) {
            answer.json(404);
            return;
        }
        let shown = answer.json(200);
        let kind = if room.direct { "direct" } else { "group" };
        let expected = json!([
            kind,
            room.locked,
            room.announces,
            (!room.direct).then_some(room.public)
        ]);
        let fields = ["type", "isLocked", "isAnnouncementOnly", "isPublic"];
        let fields: Value = fields.iter().map(|field| shown[field].clone()).collect();
        assert_eq!(fields, expected, "{} sees another room", NAMES[who]);
    }

    /// In the order in which they came.
    async fn compare_members(&self, who: usize, room: &Room) {
        let path = format!("/v1/memberships?roomId={}&{PAGE}", room.id);
        if !room.is_known_to(who) {
            self.people[who].get(&path).await.json(404);
            return;
        }
        let mut members: Vec<_> = room.members.values().collect();
        members.sort_by_key(|member| member.since);
        let expected = members.into_iter();
        let expected = expected.map(|member| (json!(member.id), json!(member.moderates)));
        let shown = self.people[who].all(&path).await;
        let shown = of(&shown, ["id", "isModerator"]);
        assert_eq!(
            shown,
            expected.collect::<Vec<_>>(),
            "{} sees other people",
            NAMES[who]
        );
    }

    /// Newest first; a bot in a group has to ask for what mentions it.
    async fn compare_messages(&self, who: usize, room: usize) {
        let it = &self.rooms[room];
        let person = &self.people[who];
        let path = format!("/v1/messages?roomId={}&{PAGE}", it.id);
        let to_me = format!("{path}&mentionedPeople=me");
        if !it.is_known_to(who) {
            person.get(&path).await.json(404);
            person.get(&to_me).await.json(404);
            return;
        }
        let mine = self.messages.iter().rev();
        let mine = mine.filter(|message| message.room == room && !message.gone);
        let (mentioning, all): (Vec<_>, Vec<_>) = (
            mine.clone()
                .filter(|message| message.mentions == Some(who))
                .collect(),
            mine.collect(),
        );
        let pairs = |of: Vec<&super::model::Message>| -> Vec<(Value, Value)> {
            let pairs = of.into_iter();
            let pairs = pairs.map(|message| (json!(message.id), self.parent_id(message)));
            pairs.collect()
        };
        let shown = of(&person.all(&to_me).await, ["id", "parentId"]);
        assert_eq!(
            shown,
            pairs(mentioning),
            "{} is mentioned elsewhere",
            NAMES[who]
        );
        if who == BOT && !it.direct {
            person.get(&path).await.json(403);
            return;
        }
        let shown = of(&person.all(&path).await, ["id", "parentId"]);
        assert_eq!(shown, pairs(all), "{} hears something else", NAMES[who]);
    }

    fn parent_id(&self, message: &super::model::Message) -> Value {
        let parent = message.parent.map(|parent| &self.messages[parent]);
        parent.map(|parent| parent.id.clone()).into()
    }

    /// Everybody looks at everything: their rooms, each room, each message and each thread.
    pub(super) async fn compare(&self) {
        for room in 0..self.rooms.len() {
            self.compare_room(room).await;
        }
        for who in 0..NAMES.len() {
            self.compare_lists(who).await;
            for message in 0..self.messages.len() {
                self.compare_message(who, message).await;
            }
        }
        self.compare_log().await;
    }

    /// The rooms of a person, that where something was said last first, and the public ones.
    async fn compare_lists(&self, who: usize) {
        let person = &self.people[who];
        let ours = |ids: Vec<String>| {
            let ids = ids.into_iter().filter(|id| !self.others.contains(id));
            ids.collect::<Vec<String>>()
        };
        let mut rooms: Vec<&Room> = self.rooms.iter().filter(|room| room.has(who)).collect();
        for kind in ["direct", "group"] {
            let of_kind = rooms
                .iter()
                .filter(|room| room.direct == (kind == "direct"));
            let shown = ours(person.ids(&format!("/v1/rooms?type={kind}&max=1000")).await);
            assert_eq!(
                shown.len(),
                of_kind.count(),
                "{kind} rooms of {}",
                NAMES[who]
            );
        }
        rooms.sort_by_key(|room| std::cmp::Reverse(room.active));
        let rooms: Vec<String> = rooms.into_iter().map(|room| room.id.clone()).collect();
        assert_eq!(
            ours(person.ids("/v1/rooms?max=7").await),
            rooms,
            "rooms of {}",
            NAMES[who]
        );
        let public = self.rooms.iter().filter(|room| room.public && !room.gone);
        let mut public: Vec<String> = public.map(|room| room.id.clone()).collect();
        let mut shown = ours(person.ids("/v1/rooms?orgPublicSpaces=true&max=2").await);
        public.sort();
        shown.sort();
        assert_eq!(shown, public, "public rooms");
    }

    async fn compare_message(&self, who: usize, message: usize) {
        let (it, person) = (&self.messages[message], &self.people[who]);
        let answer = person.get(&format!("/v1/messages/{}", it.id)).await;
        if !self.may_read(who, message) {
            answer.json(404);
            return;
        }
        let shown = answer.json(200);
        let words = text(&shown["text"]);
        assert!(
            words.starts_with(&it.words),
            "{words} instead of {}",
            it.words
        );
        assert_eq!(shown["parentId"], self.parent_id(it));
        assert_eq!(shown["files"].is_array(), it.file);
        assert_eq!(shown["updated"].is_string(), it.edits > 0);
        let people = it.mentions.filter(|whom| *whom < NAMES.len());
        assert_eq!(
            shown["mentionedPeople"],
            json!(people.map(|whom| vec![&self.ids[whom]]))
        );
        let all = it.mentions.filter(|whom| *whom == NAMES.len());
        assert_eq!(shown["mentionedGroups"], json!(all.map(|_| vec!["all"])));
        // A bot in a group has no list of a thread.
        let room = &self.rooms[it.room];
        if it.parent.is_some() || (who == BOT && !room.direct) || !room.is_known_to(who) {
            return;
        }
        let replies = self.messages.iter().rev();
        let replies = replies.filter(|reply| reply.parent == Some(message) && !reply.gone);
        let replies: Vec<String> = replies.map(|reply| reply.id.clone()).collect();
        let thread = format!("/v1/messages?roomId={}&parentId={}&{PAGE}", room.id, it.id);
        assert_eq!(person.ids(&thread).await, replies, "a thread");
    }

    /// The compliance officer's log is the model's, newest first; others have none.
    async fn compare_log(&self) {
        let path = format!("/v1/events?from={FIRST_STEP}&max=100");
        for (who, person) in self.people.iter().enumerate() {
            if who != OFFICER {
                person.get(&path).await.json(403);
                continue;
            }
            let shown = person.all(&path).await;
            let shown: Vec<Value> = shown
                .iter()
                .map(|event| {
                    json!([
                        event["resource"],
                        event["type"],
                        event["actorId"],
                        event["data"]["id"]
                    ])
                })
                .collect();
            let log = self.log.iter().rev();
            let log = log.map(|it| json!([it.resource, it.event, self.ids[it.actor], it.id]));
            assert_eq!(shown, log.collect::<Vec<_>>());
        }
    }
}
