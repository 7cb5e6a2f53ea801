//! Schedules a meeting of half an hour, moves it, asks for a link to join and deletes it again.
//!
//! `WEBEX_ACCESS_TOKEN=… cargo run -p webex --example meetings -- <title>`; another Webex than
//! `https://webexapis.com/v1`, such as a sandbox, is named by `WEBEX_BASE_URL`.

use std::env;
use std::error::Error;

use jiff::{SignedDuration, Timestamp};
use webex::meetings::join::{JoinMeeting, MeetingReference};
use webex::meetings::{CreateMeeting, DeleteMeeting, ListMeetings, PatchMeeting};
use webex::{AccessToken, Webex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let base_url = env::var("WEBEX_BASE_URL");
    let base_url = base_url.as_deref().unwrap_or("https://webexapis.com/v1");
    let token = env::var("WEBEX_ACCESS_TOKEN").map_err(|_| "set WEBEX_ACCESS_TOKEN")?;
    let title = env::args().nth(1).ok_or("usage: meetings <title>")?;

    let client = Webex::new(base_url)?.client(AccessToken::new(token)?);
    let meetings = client.meetings();
    let start = Timestamp::now() + SignedDuration::from_hours(24);
    let end = start + SignedDuration::from_mins(30);
    let meeting = meetings
        .create(&CreateMeeting::new(title, start, end))
        .await?;
    eprintln!("scheduled {} for {start}", meeting.id);

    let later = PatchMeeting {
        start: Some(start + SignedDuration::from_hours(1)),
        end: Some(end + SignedDuration::from_hours(1)),
        ..Default::default()
    };
    meetings.patch(&meeting.id, &later).await?;
    for meeting in meetings.list(&ListMeetings::default()).await?.items {
        let title = meeting.title.as_deref().unwrap_or("(no title)");
        eprintln!("{:?}: {title}", meeting.start);
    }

    let join = JoinMeeting::new(MeetingReference::MeetingId(meeting.id.clone()));
    let links = meetings.join(&join).await?;
    eprintln!("a link to join is valid until {:?}", links.expiration);
    let deleted = meetings
        .delete(&meeting.id, &DeleteMeeting::default())
        .await;
    Ok(deleted?)
}
