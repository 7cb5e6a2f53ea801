//! What answers about meetings tell a reader.

use super::Meeting;
use super::changes::Outcome;
use super::create::Created;
use super::delete::Deleted;
use super::guests::Invited;
use super::list::Meetings;
use super::update::Changed;
use crate::tool::{Lines, Render, counted, render_rows};

/// In words; another one of Webex's is told as it is.
fn kind(meeting_type: Option<&str>) -> &str {
    match meeting_type {
        Some("meetingSeries") => "series or single meeting",
        Some("scheduledMeeting") => "one date",
        Some("meeting") => "took or takes place",
        other => other.unwrap_or("meeting"),
    }
}

impl Render for Meeting {
    fn render(&self, out: &mut Lines) {
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        out.line(&[kind(self.meeting_type.as_deref())]);
        if let Some(state) = &self.state {
            out.add(&[", ", state]);
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
        render_rows(out, &self.meetings, "No meetings.");
        self.page.render(out);
    }
}

impl Invited {
    fn render(&self, out: &mut Lines) {
        let total = counted(self.total, "person").replace("persons", "people");
        if self.total == 0 {
            out.line(&["Nobody is invited."]);
            return;
        }
        out.line(&[
            "Invited ",
            &total,
            ": ",
            &self.named.to_string(),
            " by name",
        ]);
        for (count, words) in [
            (self.of_team, " of the team"),
            (self.of_space, " of the space"),
        ] {
            if let Some(count) = count {
                out.add(&[", ", &count.to_string(), words]);
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
            Some("scheduledMeeting") => "Deleted one date of:",
            _ => "Deleted with all its dates:",
        };
        out.line(&[what]);
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        out.fact("start", self.start.as_ref());
    }
}
