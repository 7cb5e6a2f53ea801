//! What answers about meetings tell a reader.

use super::changes::Outcome;
use super::create::Created;
use super::delete::Deleted;
use super::guests::Invited;
use super::join::Links;
use super::people::{People, Person};
use super::status::Status;
use super::summary::Summary;
use super::update::Changed;
use super::{Meeting, Meetings};
use crate::tool::{Lines, Render, counted, render_rows};

/// What it is, in words; another kind of Webex's is told as it is.
fn kind(meeting: &Meeting) -> &str {
    match (meeting.meeting_type.as_deref(), &meeting.recurrence) {
        (Some("meetingSeries"), Some(_)) => "a series",
        (Some("meetingSeries"), None) => "a single meeting",
        (Some("scheduledMeeting"), _) => "one occurrence",
        (Some("meeting") | None, _) => "a meeting",
        (Some(other), _) => other,
    }
}

/// Its state, in words that go on after its kind.
fn state(state: &str) -> &str {
    match state {
        "active" => "",
        "scheduled" => ", still to come",
        "ready" => ", can be joined now",
        "lobby" => ", people wait in its lobby",
        "inProgress" => ", running now",
        "ended" => ", took place and is over",
        "missed" => ", nobody came",
        "expired" => ", over",
        other => other,
    }
}

impl Render for Meeting {
    fn render(&self, out: &mut Lines) {
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        out.line(&[kind(self)]);
        if let Some(given) = &self.state {
            out.add(&[state(given)]);
        }
        if let Some(start) = &self.start {
            out.line(&[start]);
        }
        if let Some(end) = &self.end {
            out.add(&[" to ", end]);
        }
        if let Some(zone) = &self.timezone {
            out.add(&[" (", zone, ")"]);
        }
        out.fact("repeats", self.recurrence.as_ref());
        if let Some(agenda) = &self.agenda {
            out.line(&["Its agenda:"]);
            out.theirs(agenda);
        }
        out.fact("host", self.host_email.as_ref());
        out.fact("number", self.meeting_number.as_ref());
        out.fact("link", self.web_link.as_ref());
        for (has, words) in [
            (self.has_recording, "has a recording"),
            (self.has_transcription, "has a transcript"),
            (self.has_summary, "has a summary"),
        ] {
            if has == Some(true) {
                out.line(&[words]);
            }
        }
        out.fact("series", self.meeting_series_id.as_ref());
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Meetings {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.meetings, &self.none);
        self.page.render(out);
    }
}

impl Invited {
    fn render(&self, out: &mut Lines) {
        let total = counted(self.total, "person");
        if self.total == 0 {
            out.line(&["Nobody is invited."]);
            return;
        }
        out.line(&["Invited ", &total, ": ", &self.addresses.join(", ")]);
        match self.named - self.addresses.len() {
            0 => {}
            more => out.add(&[" and ", &more.to_string(), " more"]),
        }
        for (count, words) in [
            (self.of_team, " of the team"),
            (self.of_space, " of the space"),
        ] {
            if let Some(count) = count {
                let comma = if self.named > 0 { ", " } else { "" };
                out.add(&[comma, &count.to_string(), words]);
            }
        }
        if let Some(title) = &self.title {
            out.add(&[":"]);
            out.theirs(title);
        }
    }
}

impl Render for Created {
    fn render(&self, out: &mut Lines) {
        out.line(&["Scheduled:"]);
        self.meeting.render(out);
        self.invited.render(out);
    }
}

impl Render for Outcome {
    fn render(&self, out: &mut Lines) {
        out.line(&[&self.email, ": ", self.outcome.words()]);
        if let Some(problem) = &self.problem {
            out.add(&["; ", problem]);
        }
        if let Some(words) = &self.webex_message {
            out.theirs(words);
        }
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        for outcome in &self.invitees {
            outcome.render(out);
        }
        out.line(&["The meeting is now:"]);
        self.meeting.render(out);
    }
}

impl Render for Deleted {
    fn render(&self, out: &mut Lines) {
        let what = match self.meeting_type.as_deref() {
            Some("scheduledMeeting") => "Deleted one occurrence of:",
            _ if self.is_series => "Deleted with all its dates:",
            _ => "Deleted the meeting:",
        };
        out.line(&[what]);
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        out.fact("start", self.start.as_ref());
    }
}

impl Render for Person {
    fn render(&self, out: &mut Lines) {
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        out.line(&[self.email.as_deref().unwrap_or("of unknown address")]);
        if let Some(state) = &self.state {
            out.add(&[match state.as_str() {
                "end" => ", has left",
                _ => "",
            }]);
        }
        out.line(&["participant: ", &self.participant_id]);
    }
}

impl Render for People {
    fn render(&self, out: &mut Lines) {
        let has_left = |one: &Person| one.state.as_deref() == Some("end");
        let present = self.participants.as_deref().unwrap_or_default();
        let waiting = self.waiting.as_deref().unwrap_or_default();
        let is_over = !present.is_empty() && present.iter().all(has_left) && waiting.is_empty();
        for (people, none, some) in [
            (&self.waiting, "Nobody waits in the lobby.", "In the lobby:"),
            (
                &self.participants,
                "Nobody is in it.",
                match is_over {
                    true => "Nobody is in it any more. Who was:",
                    false => "In it:",
                },
            ),
        ] {
            match people.as_deref() {
                None => {}
                Some([]) if is_over => {}
                Some([]) => out.line(&[none]),
                Some(people) => {
                    out.line(&[some]);
                    people.iter().for_each(|person| person.render(out));
                }
            }
        }
        if self.not_told == Some(true) {
            out.line(&["Who is in it is not told: it has not started, or the user is no host."]);
        }
        if self.has_more == Some(true) {
            out.line(&["There are more: webex-get-meeting-participant."]);
        }
    }
}

impl Render for Status {
    fn render(&self, out: &mut Lines) {
        self.meeting.render(out);
        out.fact("password", self.password.as_ref());
        if let Some(next) = &self.next {
            out.line(&["Runs or comes next:"]);
            next.render(out);
        }
        self.people.render(out);
    }
}

impl Render for Summary {
    fn render(&self, out: &mut Lines) {
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        out.fact("start", self.start.as_ref());
        if let Some(notes) = &self.notes {
            out.line(&["Notes:"]);
            out.theirs(notes);
        }
        match self.action_items.as_slice() {
            [] => out.line(&["No action items."]),
            items => {
                out.line(&["Action items:"]);
                items.iter().for_each(|item| out.theirs(item));
            }
        }
        out.line(&["id: ", &self.meeting_id]);
    }
}

impl Render for Links {
    fn render(&self, out: &mut Lines) {
        out.fact("join", self.join_link.as_ref());
        out.fact("start as host", self.start_link.as_ref());
        match &self.expiration {
            Some(time) => out.line(&["Valid until ", time, ", for the user alone."]),
            None => out.line(&["For the user alone."]),
        }
    }
}
