//! What everybody sees of the model's meetings, compared with what the sandbox shows them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::model::{
    Instance, Model, NAMES, Occurrence, PROCESSING_MINUTES, Presence, Series, email,
};
use crate::text;

fn moment(value: &Value) -> Timestamp {
    text(value).parse().unwrap()
}

/// The fields that all three kinds of meeting have.
fn shown(meeting: &Value) -> Value {
    let (start, end) = (moment(&meeting["start"]), moment(&meeting["end"]));
    json!([
        meeting["state"],
        meeting["title"],
        start,
        end,
        meeting["isModified"]
    ])
}

impl Model {
    /// Everybody looks at one series, its occurrences and its instances.
    pub(super) async fn compare_series(&self, at: usize) {
        let it = &self.series[at];
        for who in 0..NAMES.len() {
            self.compare_details(who, it).await;
            self.compare_occurrences(who, it).await;
            self.compare_instances(who, it).await;
        }
    }

    async fn compare_details(&self, who: usize, it: &Series) {
        let path = format!("/v1/meetings/{}", it.id);
        let answer = self.people[who].get(&path).await;
        if it.is_gone || !it.knows(who) {
            answer.json(404);
            return;
        }
        let end = it.start + SignedDuration::from_mins(it.minutes);
        let expected = json!([it.state(self.now), it.title, it.start, end, Value::Null]);
        let meeting = answer.json(200);
        assert_eq!(
            shown(&meeting),
            expected,
            "a series as {} sees it",
            NAMES[who]
        );
        assert_eq!(
            meeting["recurrence"],
            json!(it.rule.map(super::rule::Rule::text))
        );
        // Where it is asked for, the meeting that runs or comes next, if there is one.
        let current = self.people[who]
            .get(&format!("{path}?current=true"))
            .await
            .json(200);
        let mut to_come = it.occurrences().into_iter();
        let next = to_come.find(|one| one.end() > self.now);
        let next = next.map_or(it.id.clone(), |one| it.occurrence_id(one.name));
        assert_eq!(current["id"], next.as_str());
    }

    fn occurrence(&self, it: &Series, one: &Occurrence) -> Value {
        let state = it.occurrence_state(one, self.now);
        json!([state, one.title, one.start, one.end(), one.is_modified])
    }

    async fn compare_occurrences(&self, who: usize, it: &Series) {
        let list = format!(
            "/v1/meetings?meetingSeriesId={}&meetingType=scheduledMeeting&max=40",
            it.id
        );
        let found = self.people[who].all(&list).await;
        let occurrences = if it.knows(who) {
            it.occurrences()
        } else {
            Vec::new()
        };
        let ids: Vec<String> = found.iter().map(|one| text(&one["id"])).collect();
        let expected = occurrences.iter().map(|one| it.occurrence_id(one.name));
        assert_eq!(
            ids,
            expected.collect::<Vec<_>>(),
            "occurrences of {}",
            it.title
        );
        let found: Vec<Value> = found.iter().map(shown).collect();
        let expected = occurrences.iter().map(|one| self.occurrence(it, one));
        assert_eq!(
            found,
            expected.collect::<Vec<_>>(),
            "occurrences of {}",
            it.title
        );
    }

    fn instance(&self, it: &Instance) -> Value {
        let state = match (it.ended, it.was_joined) {
            (Some(_), _) => "ended",
            (None, true) => "inProgress",
            (None, false) => "lobby",
        };
        json!([
            state,
            it.title,
            it.started,
            it.ended.unwrap_or(it.planned_end),
            Value::Null
        ])
    }

    async fn compare_instances(&self, who: usize, it: &Series) {
        let list = format!(
            "/v1/meetings?meetingSeriesId={}&meetingType=meeting&max=40",
            it.id
        );
        let found = self.people[who].all(&list).await;
        let instances = it.instances.iter();
        let instances: Vec<&Instance> = instances
            .filter(|one| it.knows(who) && one.is_readable(self.now))
            .collect();
        let expected: Vec<Value> = instances.iter().map(|one| self.instance(one)).collect();
        assert_eq!(
            found.iter().map(shown).collect::<Vec<_>>(),
            expected,
            "instances of {}",
            it.title
        );
        for (one, found) in instances.iter().zip(&found) {
            assert_eq!(
                found["scheduledMeetingId"],
                it.occurrence_id(one.name).as_str()
            );
            self.compare_participants(who, it, one, &text(&found["id"]))
                .await;
        }
    }

    /// Hosts see who came; the transcript of what was said appears minutes after the end.
    async fn compare_participants(&self, who: usize, it: &Series, one: &Instance, id: &str) {
        let list = format!("/v1/meetingParticipants?meetingId={id}&max=3");
        let transcripts = format!("/v1/meetingTranscripts?meetingId={id}");
        let transcripts = self.people[who].all(&transcripts).await.len();
        if !it.is_hosted_by(who) {
            self.people[who].get(&list).await.json(404);
            assert_eq!(transcripts, 0);
            return;
        }
        let is_processed =
            |ended| self.now >= ended + SignedDuration::from_mins(PROCESSING_MINUTES);
        let is_there = one.was_talk && one.ended.is_some_and(is_processed);
        assert_eq!(
            transcripts,
            usize::from(is_there),
            "transcripts of {}",
            it.title
        );
        let found = self.people[who].all(&list).await;
        let found = found
            .iter()
            .map(|one| json!([one["email"], one["state"], one["muted"]]));
        let expected = one.participants.iter().map(|one| {
            let state = match one.presence {
                Presence::Lobby => "lobby",
                Presence::Joined => "joined",
                Presence::Left => "end",
            };
            json!([email(one.who), state, one.muted])
        });
        assert_eq!(
            found.collect::<Vec<_>>(),
            expected.collect::<Vec<_>>(),
            "participants"
        );
    }

    /// Everybody lists what lies in a window, of each of the three kinds, in the order of its start.
    pub(super) async fn compare_window(&self, from: Timestamp, to: Timestamp) {
        for (who, name) in NAMES.iter().enumerate() {
            let mut known = Vec::new();
            let mut series = Vec::new();
            let mut instances = Vec::new();
            for it in self.series.iter().filter(|it| it.knows(who)) {
                let inside = it.occurrences().into_iter();
                let mut inside: Vec<_> = inside
                    .filter(|one| one.end() > from && one.start < to)
                    .collect();
                let all = it.occurrences();
                let next = all.iter().find(|one| one.end() > self.now);
                let start = next.map_or(it.start, |one| one.start);
                series.extend(inside.first().map(|_| (start, it.id.clone())));
                known.extend(
                    inside
                        .drain(..)
                        .map(|one| (one.start, it.occurrence_id(one.name))),
                );
                let inside = it.instances.iter();
                let inside = inside.filter(|one| one.is_readable(self.now));
                let inside = inside.filter(|one| one.started >= from && one.started < to);
                instances.extend(inside.map(|one| (one.started, it.occurrence_id(one.name))));
            }
            for (kind, field, mut expected) in [
                ("meetingSeries", "id", series),
                ("scheduledMeeting", "id", known),
                ("meeting", "scheduledMeetingId", instances),
            ] {
                let list = format!("/v1/meetings?meetingType={kind}&from={from}&to={to}&max=4");
                let found = self.people[who].all(&list).await;
                let found = found
                    .iter()
                    .map(|one| (moment(&one["start"]), text(&one[field])));
                let ours = |id: &str| self.series.iter().any(|it| id.starts_with(&it.id));
                let found: Vec<_> = found.filter(|(_, id)| ours(id)).collect();
                assert!(
                    found.is_sorted_by_key(|(start, _)| *start),
                    "{kind} out of order"
                );
                let mut sorted = found.clone();
                sorted.sort();
                expected.sort();
                assert_eq!(sorted, expected, "{kind} of {} from {from} to {to}", name);
            }
        }
    }
}
