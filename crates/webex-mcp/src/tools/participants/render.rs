//! What answers about participants tell a reader.

use super::admit::Admitted;
use super::change::Changed;
use super::entrants::{Entrant, Outcome};
use super::{Participant, Participants};
use crate::tool::{Lines, Render, counted, render_rows};

impl Participant {
    /// What the person is and does, to go on with.
    fn render_state(&self, out: &mut Lines) {
        if self.host == Some(true) {
            out.add(&[", host"]);
        }
        if self.co_host == Some(true) {
            out.add(&[", cohost"]);
        }
        if self.invitee == Some(false) && self.host.is_none() {
            out.add(&[", not invited"]);
        }
        match self.state.as_deref() {
            Some("lobby") => out.add(&[", waits in the lobby"]),
            Some("joined") => out.add(&[", is in the meeting"]),
            Some("breakoutSession") => out.add(&[", is in a breakout session"]),
            Some("end") => out.add(&[", has left"]),
            _ => {}
        }
        if self.muted == Some(true) {
            out.add(&[", muted"]);
        }
    }
}

impl Render for Participant {
    fn render(&self, out: &mut Lines) {
        if let Some(name) = &self.display_name {
            out.theirs(name);
        }
        out.line(&[self.email.as_deref().unwrap_or("of unknown address")]);
        self.render_state(out);
        match (&self.joined_time, &self.left_time) {
            (Some(joined), Some(left)) => out.line(&["from ", joined, " to ", left]),
            (Some(joined), None) => out.line(&["since ", joined]),
            (None, _) => {}
        }
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Participants {
    fn render(&self, out: &mut Lines) {
        if let Some(start) = &self.meeting_start {
            out.line(&["In the meeting that started at ", start, ":"]);
        }
        let none = match self.page.cursor {
            Some(_) => "Nobody so far; the list goes on.",
            None => "Nobody.",
        };
        render_rows(out, &self.participants, none);
        out.fact("meeting", self.meeting_id.as_ref());
        self.page.render(out);
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        match self.done {
            true => out.line(&["Done; the participant is now:"]),
            false => out.line(&[
                "Webex accepted it, and has not done it yet: read the participant again. It is now:",
            ]),
        }
        self.participant.render(out);
        if let Some(meeting) = &self.meeting {
            out.line(&["of the meeting:"]);
            out.theirs(meeting);
        }
    }
}

impl Render for Entrant {
    fn render(&self, out: &mut Lines) {
        if let Some(name) = &self.display_name {
            out.theirs(name);
        }
        out.line(&[self.email.as_deref().unwrap_or(&self.id)]);
        out.add(&[match self.outcome {
            Outcome::Admitted => "",
            Outcome::AlreadyIn => ", was in the meeting already",
            Outcome::HasLeft => ", has left",
            Outcome::NotFound => ", is not among the participants that were looked at",
        }]);
    }
}

impl Render for Admitted {
    fn render(&self, out: &mut Lines) {
        let admitted = counted(self.admitted, "participant");
        match (self.admitted, self.participants.is_empty()) {
            (0, true) => out.line(&["Nobody waits in the lobby of the meeting"]),
            (0, false) => out.line(&["Nobody was let into the meeting"]),
            (_, _) => out.line(&["Let ", &admitted, " into the meeting"]),
        }
        if let Some(meeting) = &self.meeting {
            out.add(&[":"]);
            out.theirs(meeting);
        }
        out.gap();
        for entrant in &self.participants {
            entrant.render(out);
        }
        if self.still_waiting > 0 {
            let waiting = counted(self.still_waiting, "participant");
            out.line(&["Still in the lobby: ", &waiting, "."]);
        }
        if !self.saw_all {
            out.line(&["The meeting has more participants than were looked at."]);
        }
    }
}
