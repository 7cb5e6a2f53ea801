//! Teams and their spaces: random lives of three people and the compliance officer.
//!
//! The rules: a team has a General space, whose people and moderators are the team's, whichever of the
//! two is changed. Moderators change a team, which keeps its last one. Its other spaces are archived
//! when they are deleted, or when the team is; nothing is posted there any more.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{live, lives, pick};
use crate::{Person, person, start, text};

const NAMES: [&str; 4] = ["alice", "bob", "carol", "grace"];
const OFFICER: usize = 3;

/// Few, so that much happens to each.
const MAX_TEAMS: usize = 3;

#[derive(Debug, Clone)]
struct Step {
    who: usize,
    /// Somebody of the team in question.
    is_insider: bool,
    team: usize,
    deed: Deed,
}

/// What is done in the team, or by way of its General space; people are meant by their number.
#[derive(Debug, Clone)]
enum Deed {
    Found,
    Rename,
    Dissolve,
    Enter {
        whom: usize,
        moderates: bool,
        in_space: bool,
    },
    Exit {
        whom: usize,
        in_space: bool,
    },
    Appoint {
        whom: usize,
        moderates: bool,
        in_space: bool,
    },
    CloseGeneral,
    Open,
    Close(usize),
    Post(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..NAMES.len();
    let (number, flag) = (any::<usize>(), any::<bool>());
    let person = (who.clone(), flag, flag);
    let deed = prop_oneof![
        2 => Just(Deed::Found),
        1 => Just(Deed::Rename),
        1 => Just(Deed::Dissolve),
        5 => person.clone().prop_map(|(whom, moderates, in_space)| Deed::Enter { whom, moderates, in_space }),
        3 => person.clone().prop_map(|(whom, _, in_space)| Deed::Exit { whom, in_space }),
        4 => person.prop_map(|(whom, moderates, in_space)| Deed::Appoint { whom, moderates, in_space }),
        1 => Just(Deed::CloseGeneral),
        2 => Just(Deed::Open),
        1 => number.prop_map(Deed::Close),
        2 => number.prop_map(Deed::Post),
    ];
    (who, prop::bool::weighted(0.7), number, deed).prop_map(|(who, is_insider, team, deed)| Step {
        who,
        is_insider,
        team,
        deed,
    })
}

#[derive(Debug)]
struct Team {
    id: String,
    name: String,
    general: String,
    /// Who is in it, and whether they moderate.
    members: BTreeMap<usize, bool>,
    is_gone: bool,
}

impl Team {
    fn has(&self, who: usize) -> bool {
        !self.is_gone && self.members.contains_key(&who)
    }

    fn is_known_to(&self, who: usize) -> bool {
        self.has(who) || (who == OFFICER && !self.is_gone)
    }

    fn moderates(&self, who: usize) -> bool {
        self.members.get(&who) == Some(&true)
    }

    fn is_last_moderator(&self, who: usize) -> bool {
        self.moderates(who)
            && self
                .members
                .values()
                .filter(|moderates| **moderates)
                .count()
                == 1
    }

    /// Whether somebody may change the team, where the officer's right counts or does not.
    fn refuses(&self, who: usize, is_officers: bool) -> Option<u16> {
        let is_officer = is_officers && who == OFFICER;
        let knows = if is_officer {
            self.is_known_to(who)
        } else {
            self.has(who)
        };
        match () {
            () if !knows => Some(404),
            () if !is_officer && !self.moderates(who) => Some(403),
            () => None,
        }
    }
}

/// A space of a team besides its General one, with nobody in it but who opened it.
#[derive(Debug)]
struct Space {
    id: String,
    team: usize,
    creator: usize,
    is_archived: bool,
}

struct Model {
    people: Vec<Person>,
    ids: Vec<String>,
    /// The demo company's teams, of which the model knows nothing.
    others: Vec<String>,
    teams: Vec<Team>,
    spaces: Vec<Space>,
}

impl Model {
    async fn new() -> Self {
        let (sandbox, _) = start();
        let people: Vec<Person> = NAMES.iter().map(|name| person(&sandbox, name)).collect();
        let (mut ids, mut others) = (Vec::new(), Vec::new());
        for person in &people {
            ids.push(person.id().await);
            others.extend(person.ids("/v1/teams").await);
        }
        let (teams, spaces) = (Vec::new(), Vec::new());
        let mut model = Model {
            people,
            ids,
            others,
            teams,
            spaces,
        };
        model.found(0).await;
        model.enter(0, 0, 1, false, false).await;
        model
    }

    async fn apply(&mut self, step: &Step) {
        if let Deed::Found = step.deed {
            if self.teams.len() < MAX_TEAMS {
                self.found(step.who).await;
            }
            return;
        }
        let Some(at) = pick(&self.teams, step.team) else {
            return;
        };
        let members: Vec<usize> = self.teams[at].members.keys().copied().collect();
        let insider = pick(&members, step.who).map(|at| members[at]);
        let who = insider.filter(|_| step.is_insider).unwrap_or(step.who);
        match step.deed {
            Deed::Found => {}
            Deed::Rename => self.rename(who, at).await,
            Deed::Dissolve => self.dissolve(who, at).await,
            Deed::Enter {
                whom,
                moderates,
                in_space,
            } => self.enter(who, at, whom, moderates, in_space).await,
            Deed::Exit { whom, in_space } => self.exit(who, at, whom, in_space).await,
            Deed::Appoint {
                whom,
                moderates,
                in_space,
            } => self.appoint(who, at, whom, moderates, in_space).await,
            Deed::CloseGeneral => self.close_general(who, at).await,
            Deed::Open => self.open(who, at).await,
            Deed::Close(number) => self.close(who, number).await,
            Deed::Post(number) => self.post(who, number).await,
        }
    }

    async fn found(&mut self, who: usize) {
        let name = format!("Team {}", self.teams.len());
        let team = self.people[who]
            .post("/v1/teams", json!({"name": name}))
            .await
            .json(200);
        let id = text(&team["id"]);
        let rooms = self.people[who]
            .all(&format!("/v1/rooms?teamId={id}"))
            .await;
        assert_eq!((rooms.len(), &rooms[0]["title"]), (1, &json!("General")));
        let general = text(&rooms[0]["id"]);
        let members = BTreeMap::from([(who, true)]);
        self.teams.push(Team {
            id,
            name,
            general,
            members,
            is_gone: false,
        });
    }

    async fn rename(&mut self, who: usize, at: usize) {
        let team = &mut self.teams[at];
        let status = team.refuses(who, false).unwrap_or(200);
        let name = format!("{}+", team.name);
        let path = format!("/v1/teams/{}", team.id);
        self.people[who]
            .put(&path, json!({"name": name}))
            .await
            .json(status);
        if status == 200 {
            team.name = name;
        }
    }

    async fn dissolve(&mut self, who: usize, at: usize) {
        let team = &mut self.teams[at];
        let status = team.refuses(who, false).unwrap_or(204);
        self.people[who]
            .delete(&format!("/v1/teams/{}", team.id))
            .await
            .json(status);
        if status == 204 {
            team.is_gone = true;
            let spaces = self.spaces.iter_mut().filter(|space| space.team == at);
            spaces.for_each(|space| space.is_archived = true);
        }
    }

    async fn enter(&mut self, who: usize, at: usize, whom: usize, moderates: bool, in_space: bool) {
        let team = &mut self.teams[at];
        let there = if team.has(whom) { 409 } else { 200 };
        let status = team.refuses(who, true).unwrap_or(there);
        let (path, field, id) = match in_space {
            true => ("/v1/memberships", "roomId", &team.general),
            false => ("/v1/team/memberships", "teamId", &team.id),
        };
        let body = json!({field: id, "personId": self.ids[whom], "isModerator": moderates});
        self.people[who].post(path, body).await.json(status);
        if status == 200 {
            team.members.insert(whom, moderates);
        }
    }

    /// The path of somebody's membership of a team or, which is another, of its General space.
    async fn membership(&self, at: usize, whom: usize, in_space: bool) -> Option<String> {
        let team = &self.teams[at];
        if !team.has(whom) {
            return None;
        }
        let (path, list) = match in_space {
            true => (
                "/v1/memberships",
                format!("/v1/memberships?roomId={}", team.general),
            ),
            false => (
                "/v1/team/memberships",
                format!("/v1/team/memberships?teamId={}", team.id),
            ),
        };
        let all = self.people[whom].all(&list).await;
        let mut all = all
            .iter()
            .filter(|one| one["personId"] == self.ids[whom].as_str());
        all.next().map(|one| format!("{path}/{}", text(&one["id"])))
    }

    async fn exit(&mut self, who: usize, at: usize, whom: usize, in_space: bool) {
        let Some(path) = self.membership(at, whom, in_space).await else {
            return;
        };
        let team = &mut self.teams[at];
        let leaves = if team.is_last_moderator(whom) {
            400
        } else {
            204
        };
        // Everybody may go.
        let status = team
            .refuses(who, true)
            .filter(|_| who != whom)
            .unwrap_or(leaves);
        self.people[who].delete(&path).await.json(status);
        if status == 204 {
            team.members.remove(&whom);
        }
    }

    async fn appoint(
        &mut self,
        who: usize,
        at: usize,
        whom: usize,
        moderates: bool,
        in_space: bool,
    ) {
        let Some(path) = self.membership(at, whom, in_space).await else {
            return;
        };
        let team = &mut self.teams[at];
        let demotes = if !moderates && team.is_last_moderator(whom) {
            400
        } else {
            200
        };
        let is_change = team.moderates(whom) != moderates;
        let status = match team.refuses(who, true) {
            // In a space nobody is asked where nothing changes.
            Some(403) if in_space && !is_change => 200,
            Some(status) => status,
            None => demotes,
        };
        let body = json!({"isModerator": moderates, "isRoomHidden": false});
        self.people[who].put(&path, body).await.json(status);
        if status == 200 {
            team.members.insert(whom, moderates);
        }
    }

    /// The General space cannot be deleted; who is no moderator leaves it, and with that the team.
    async fn close_general(&mut self, who: usize, at: usize) {
        let team = &mut self.teams[at];
        let status = match () {
            () if !team.has(who) => 404,
            () if team.moderates(who) => 400,
            () => 204,
        };
        self.people[who]
            .delete(&format!("/v1/rooms/{}", team.general))
            .await
            .json(status);
        if status == 204 {
            team.members.remove(&who);
        }
    }

    async fn open(&mut self, who: usize, at: usize) {
        let team = &self.teams[at];
        let status = if team.has(who) { 200 } else { 404 };
        let body = json!({"title": "Space", "teamId": team.id});
        let room = self.people[who].post("/v1/rooms", body).await.json(status);
        if status == 200 {
            let id = text(&room["id"]);
            self.spaces.push(Space {
                id,
                team: at,
                creator: who,
                is_archived: false,
            });
        }
    }

    async fn close(&mut self, who: usize, number: usize) {
        let Some(at) = pick(&self.spaces, number) else {
            return;
        };
        let space = &mut self.spaces[at];
        // What was left of a team that is gone is a space like others, and can be deleted for good.
        if self.teams[space.team].is_gone {
            return;
        }
        let status = if space.creator == who { 204 } else { 404 };
        self.people[who]
            .delete(&format!("/v1/rooms/{}", space.id))
            .await
            .json(status);
        space.is_archived |= status == 204;
    }

    async fn post(&mut self, who: usize, number: usize) {
        let Some(at) = pick(&self.spaces, number) else {
            return;
        };
        let space = &self.spaces[at];
        let status = match () {
            () if space.creator != who => 404,
            () if space.is_archived => 403,
            () => 200,
        };
        let body = json!({"roomId": space.id, "text": "x"});
        self.people[who]
            .post("/v1/messages", body)
            .await
            .json(status);
    }

    /// Everybody looks at their teams, who is in them, and the spaces.
    async fn compare(&self) {
        for (who, name) in NAMES.iter().enumerate() {
            let own = self.people[who].all("/v1/teams?max=2").await;
            let own = own
                .iter()
                .filter(|team| !self.others.contains(&text(&team["id"])));
            let own: Vec<Value> = own.map(|team| json!([team["id"], team["name"]])).collect();
            let expected = self.teams.iter().filter(|team| team.has(who));
            let expected: Vec<Value> = expected.map(|team| json!([team.id, team.name])).collect();
            assert_eq!(own, expected, "the teams of {}", name);
            for at in 0..self.teams.len() {
                self.compare_team(who, at).await;
            }
            for space in self.spaces.iter().filter(|space| space.creator == who) {
                let room = self.people[who]
                    .get(&format!("/v1/rooms/{}", space.id))
                    .await
                    .json(200);
                assert_eq!(room["isReadOnly"], space.is_archived);
                let team = &self.teams[space.team];
                assert_eq!(room["teamId"], json!((!team.is_gone).then_some(&team.id)));
            }
        }
    }

    async fn compare_team(&self, who: usize, at: usize) {
        let (team, person) = (&self.teams[at], &self.people[who]);
        let status = if team.is_known_to(who) { 200 } else { 404 };
        let in_team = format!("/v1/team/memberships?teamId={}&max=2", team.id);
        let in_general = format!("/v1/memberships?roomId={}&max=2", team.general);
        person
            .get(&format!("/v1/teams/{}", team.id))
            .await
            .json(status);
        person.get(&in_team).await.json(status);
        person.get(&in_general).await.json(status);
        person
            .get(&format!("/v1/rooms/{}", team.general))
            .await
            .json(status);
        if team.has(who) {
            // Of the team's spaces a member sees General and those they are in themselves.
            let own = self
                .spaces
                .iter()
                .filter(|space| space.team == at && space.creator == who);
            let mut expected: Vec<String> = own.map(|space| space.id.clone()).collect();
            expected.push(team.general.clone());
            let mut rooms = person.ids(&format!("/v1/rooms?teamId={}", team.id)).await;
            expected.sort();
            rooms.sort();
            assert_eq!(rooms, expected, "the spaces of {}", team.name);
        }
        if status == 404 {
            return;
        }
        let mut expected: Vec<Value> = Vec::new();
        for (member, moderates) in &team.members {
            expected.push(json!([self.ids[*member], moderates]));
        }
        for list in [in_team, in_general] {
            let shown = person.all(&list).await;
            let shown = shown
                .iter()
                .map(|one| json!([one["personId"], one["isModerator"]]));
            let mut shown: Vec<Value> = shown.collect();
            let place = |one: &Value| self.ids.iter().position(|id| one[0] == id.as_str());
            shown.sort_by_key(place);
            assert_eq!(shown, expected, "{list} as {} sees it", NAMES[who]);
        }
    }
}

proptest! {
    #![proptest_config(lives(16))]

    #[test]
    fn teams_and_their_general_spaces_are_one(steps in vec(step(), 1..60)) {
        live(async {
            let mut model = Model::new().await;
            for step in &steps {
                model.apply(step).await;
                model.compare().await;
            }
        });
    }
}
