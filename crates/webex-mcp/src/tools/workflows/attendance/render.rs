//! What a report on attendance tells a reader.

use super::report::{Counts, MeetingRow, PersonRow, Report};
use crate::limits::ATTENDANCE_STAYS_SHOWN;
use crate::tool::{Lines, Render, counted};

impl Render for Report {
    fn render(&self, out: &mut Lines) {
        self.meetings.iter().for_each(|one| one.render(out));
        out.gap();
        let is_one = self.meetings.len() + self.meetings_not_read == 1;
        for person in &self.people {
            person.tell(out, is_one);
        }
        if self.people.is_empty() {
            out.line(&["Nobody was invited, and nobody came."]);
        }
        out.gap();
        if self.more_people > 0 {
            let more = counted(self.more_people, "more person");
            out.line(&["In the file only: ", &more, "."]);
        }
        if self.has_more_meetings {
            out.line(&["More meetings took place in that time; ask for a shorter one."]);
        }
        if self.meetings_not_read > 0 {
            let count = counted(self.meetings_not_read, "meeting");
            out.line(&["Not read, since only hosts may: ", &count, "."]);
        }
        if self.invitees_unknown {
            out.line(&["The invitees could not be read: who was absent is not known."]);
        }
        if self.has_more_participants {
            out.line(&["A meeting had more participants than were read: "]);
            out.add(&["of those who are not among them, it is not known who came."]);
        }
        match &self.csv {
            Some(csv) => {
                out.line(&["All of it as a file:"]);
                csv.render(out);
            }
            None => out.line(&["This server keeps no files, so there is none."]),
        }
    }
}

impl Counts {
    fn tell(&self, out: &mut Lines) {
        let mut before = "";
        for (count, word) in [
            (self.attended, " attended"),
            (self.uninvited, " uninvited"),
            (self.absent, " absent"),
            (self.unknown, " not known"),
        ] {
            if count > 0 {
                out.add(&[before, &count.to_string(), word]);
                before = ", ";
            }
        }
    }
}

impl Render for MeetingRow {
    fn render(&self, out: &mut Lines) {
        if let Some(title) = &self.title {
            out.theirs(title);
        }
        out.line(&[self.start.as_deref().unwrap_or("meeting"), ": "]);
        self.counts.tell(out);
        out.add(&["; id ", &self.id]);
    }
}

impl PersonRow {
    fn tell(&self, out: &mut Lines, is_one_meeting: bool) {
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        out.line(&[self.email.as_deref().unwrap_or("of unknown address"), ": "]);
        match (is_one_meeting, &self.counts) {
            (true, Counts { absent: 1, .. }) => out.add(&["absent"]),
            (true, Counts { unknown: 1, .. }) => out.add(&["not known whether they came"]),
            (true, Counts { uninvited: 1, .. }) => out.add(&["came uninvited"]),
            (true, _) => out.add(&["attended"]),
            (false, counts) => counts.tell(out),
        }
        if self.is_host {
            out.add(&[", host"]);
        }
        if self.joins > 0 {
            let (minutes, joins) = (self.minutes.to_string(), counted(self.joins, "join"));
            out.add(&[", ", &minutes, " min in ", &joins]);
        }
        let mut before = ": ";
        for stay in &self.stays {
            let left = stay.left.as_deref().unwrap_or("unknown");
            out.add(&[before, &stay.joined, " to ", left]);
            before = ", ";
        }
        if !self.stays.is_empty() && self.joins > ATTENDANCE_STAYS_SHOWN {
            out.add(&[", …"]);
        }
    }
}
