//! A report on attendance: what the answer tells, and the rows of its file.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::attended::{Attendance, Sought};
use super::attendees::{Attendee, Status};
use crate::error::{CallError, Code};
use crate::limits::{ATTENDANCE_PEOPLE_SHOWN, ATTENDANCE_STAYS_SHOWN};
use crate::tool::{Artifact, ArtifactFile, ArtifactWriter, Context, Theirs};
use crate::tools::workflows::formats::{Format, csv_row};
use crate::tools::workflows::news::to_the_second;

const COLUMNS: [&str; 11] = [
    "meetingId",
    "title",
    "start",
    "name",
    "email",
    "status",
    "host",
    "minutes",
    "joins",
    "from",
    "stays",
];

#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub meetings: Vec<MeetingRow>,
    pub people: Vec<PersonRow>,
    /// Who is in the file only.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_people: usize,
    /// More meetings took place in that time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_more_meetings: bool,
    /// Meetings that you may not see into.
    #[serde(skip_serializing_if = "is_zero")]
    pub meetings_not_read: usize,
    /// Not all invitees can be read: who was absent is not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub invitees_unknown: bool,
    /// A meeting had more participants than were read: its unknown people may have come.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_more_participants: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv: Option<Artifact>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeetingRow {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(flatten)]
    pub counts: Counts,
}

#[derive(Debug, Default, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub attended: usize,
    pub uninvited: usize,
    pub absent: usize,
    /// Whether they came is not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub unknown: usize,
}

impl Counts {
    fn add(&mut self, status: Status) {
        *match status {
            Status::Attended => &mut self.attended,
            Status::Uninvited => &mut self.uninvited,
            Status::Absent => &mut self.absent,
            Status::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// A person, and in how many of the meetings they were.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Theirs>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_host: bool,
    #[serde(flatten)]
    pub counts: Counts,
    /// In all; what overlaps counts once.
    pub minutes: i64,
    pub joins: usize,
    /// Of one meeting, each time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<StayRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StayRow {
    pub joined: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
}

/// Reads the meetings one after the other; each goes into the file before the next is read.
///
/// # Errors
/// Whatever Webex refuses, and what ends the work.
pub async fn report(context: &Context, sought: &Sought) -> Result<Report, CallError> {
    let (meetings, has_more_meetings) = sought.meetings(context).await?;
    let mut report = Report {
        has_more_meetings,
        ..Report::default()
    };
    let total = meetings.len();
    let (mut file, mut people) = (begun(context).await?, People::default());
    let mut refused = None;
    for (done, meeting) in meetings.into_iter().enumerate() {
        context.reached(done, total);
        let attendance = match Attendance::of(context, meeting).await {
            Ok(attendance) => attendance,
            Err(error) if matches!(error.code, Code::NotFound | Code::Forbidden) => {
                report.meetings_not_read += 1;
                refused.get_or_insert(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        if let Some(file) = &mut file {
            file.write(&rows(&attendance)).await?;
        }
        report.add(attendance, &mut people);
    }
    if let (true, Some(error)) = (report.meetings.is_empty(), refused) {
        return Err(error);
    }
    context.reached(total, total);
    report.tell(people, total == 1);
    if let Some(file) = file {
        report.csv = Some(context.linked(file.finish().await?).await);
    }
    Ok(report)
}

/// The file with its first line; none where this server keeps no files.
async fn begun(context: &Context) -> Result<Option<ArtifactWriter>, CallError> {
    let format = Format::Csv;
    let file = ArtifactFile::new("Attendance", format.ending(), format.media_type());
    let mut file = match context.artifact(file) {
        Ok(file) => file,
        Err(error) if error.code == Code::NotConfigured => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut line = Vec::new();
    csv_row(&mut line, COLUMNS);
    file.write(&line).await?;
    Ok(Some(file))
}

/// One record for each person of a meeting.
fn rows(attendance: &Attendance) -> Vec<u8> {
    let (mut out, meeting) = (Vec::new(), &attendance.meeting);
    let text = |words: &Option<Theirs>| {
        words
            .as_ref()
            .map_or(String::new(), |words| words.as_str().to_owned())
    };
    let (title, start) = (text(&meeting.title), meeting.start.map(to_the_second));
    for one in &attendance.people {
        let stays = one.stays.iter().map(|stay| {
            let left = stay.left.map(to_the_second);
            format!(
                "{}/{}",
                to_the_second(stay.joined),
                left.unwrap_or_default()
            )
        });
        let from = one.stays.first().map(|stay| to_the_second(stay.joined));
        csv_row(
            &mut out,
            [
                meeting.id.as_str(),
                &title,
                start.as_deref().unwrap_or_default(),
                &text(&one.name),
                one.email.as_deref().unwrap_or_default(),
                one.status().word(),
                if one.is_host { "yes" } else { "no" },
                &minutes(one).to_string(),
                &one.stays.len().to_string(),
                from.as_deref().unwrap_or_default(),
                &stays.collect::<Vec<_>>().join(" "),
            ],
        );
    }
    out
}

fn minutes(one: &Attendee) -> i64 {
    let seconds = one.total().as_secs();
    seconds / 60 + i64::from(seconds % 60 >= 30)
}

/// Each person over all meetings, in the order in which they were met.
#[derive(Debug, Default)]
struct People {
    all: Vec<PersonRow>,
    places: HashMap<String, usize>,
}

impl Report {
    fn add(&mut self, attendance: Attendance, people: &mut People) {
        let mut counts = Counts::default();
        for one in attendance.people {
            counts.add(one.status());
            people.add(one);
        }
        self.invitees_unknown |= !attendance.knows_invited;
        self.has_more_participants |= attendance.has_more;
        self.meetings.push(MeetingRow {
            id: attendance.meeting.id,
            title: attendance.meeting.title,
            start: attendance.meeting.start.map(to_the_second),
            counts,
        });
    }

    /// Takes as many people as an answer has, those who were there most often first.
    fn tell(&mut self, people: People, is_one_meeting: bool) {
        let mut all = people.all;
        if !is_one_meeting {
            let came = |one: &PersonRow| one.counts.attended + one.counts.uninvited;
            all.sort_by_key(|one| std::cmp::Reverse((came(one), one.minutes)));
            all.iter_mut().for_each(|one| one.stays.clear());
        }
        self.more_people = all.len().saturating_sub(ATTENDANCE_PEOPLE_SHOWN);
        all.truncate(ATTENDANCE_PEOPLE_SHOWN);
        self.people = all;
    }
}

impl People {
    fn add(&mut self, one: Attendee) {
        let key = match (&one.email, &one.name) {
            (Some(email), _) => email.to_lowercase(),
            (None, name) => format!("name {}", name.as_ref().map_or("", Theirs::as_str)),
        };
        let place = *self.places.entry(key).or_insert_with(|| {
            self.all.push(PersonRow {
                email: one.email.clone(),
                name: one.name.clone(),
                is_host: false,
                counts: Counts::default(),
                minutes: 0,
                joins: 0,
                stays: Vec::new(),
            });
            self.all.len() - 1
        });
        let row = &mut self.all[place];
        row.is_host |= one.is_host;
        row.counts.add(one.status());
        row.minutes += minutes(&one);
        row.joins += one.stays.len();
        let shown = one.stays.iter().take(ATTENDANCE_STAYS_SHOWN);
        row.stays = shown
            .map(|stay| StayRow {
                joined: to_the_second(stay.joined),
                left: stay.left.map(to_the_second),
            })
            .collect();
    }
}
