//! Reads the participants of one meeting page by page, for those that fit, and can go on later.

use jiff::Timestamp;
use webex::participants::{
    ListParticipants, MeetingStart, Participant as Present, QueryParticipants,
};
use webex::{Page, WebexError};

use super::get::Arguments;
use super::{Participant, Participants, hosts_see};
use crate::error::CallError;
use crate::limits::{LIST_MAX_ENTRIES, PARTICIPANTS_READ_MAX_PAGES};
use crate::tool::{Context, Part, Place, Rows};
use crate::tools::meetings::{Kind, not_of_kind};

impl Arguments {
    /// Checks that they name one participant, or one list that can have entries.
    ///
    /// # Errors
    /// `invalid_arguments`, naming the argument.
    pub fn check(&self) -> Result<(), CallError> {
        let (from, to) = (self.from, self.to);
        let narrows = from.or(to).is_some() || self.state.is_some() || self.emails.is_some();
        let is_list = self.meeting_id.is_some() || narrows || self.part != Part::default();
        let wrong = |field: &str, wrong: &str| Err(CallError::invalid(field, wrong));
        let meeting = match (&self.participant_id, &self.meeting_id) {
            (Some(_), _) if is_list => {
                let other = "it names one participant; leave out every other argument, or leave it out for a list";
                return wrong("participantId", other);
            }
            (Some(_), _) => return Ok(()),
            (None, None) => {
                return wrong("meetingId", "a meeting is missing; or give participantId");
            }
            (None, Some(meeting)) => meeting,
        };
        if from.is_some() && to.is_some() && from >= to {
            return wrong(
                "from",
                "it has to be earlier than to; no meeting starts between them",
            );
        }
        if from.or(to).is_some() && Kind::of(meeting) == Kind::Instance {
            let needed = "a series or of one occurrence is needed for from and to";
            return Err(not_of_kind(Kind::Instance, needed));
        }
        Ok(())
    }
}

/// The participants of one meeting.
///
/// # Errors
/// Whatever Webex refuses.
pub async fn listed(context: &Context, arguments: Arguments) -> Result<Participants, CallError> {
    let meeting = arguments.meeting_id.unwrap_or_default();
    let window = (arguments.from, arguments.to);
    let sought = Sought::new(&meeting, window, arguments.emails);
    let Part { cursor, .. } = &arguments.part;
    let start = context.position(cursor.as_deref())?.unwrap_or_default();
    let state = arguments.state;
    let fits = |one: &Present| state.is_none() || one.state == state;
    let scan = scan(context, &sought, start, arguments.part.entries(), fits).await;
    let scan = scan.map_err(hosts_see)?;
    let (id, start) = scan.instance.unzip();
    Ok(Participants {
        page: context.page(scan.participants.len(), scan.next.as_ref())?,
        participants: scan.participants,
        meeting_id: id.filter(|id| *id != meeting),
        meeting_start: start.flatten().map(|start| start.to_string()),
    })
}

/// Whose participants are wanted, and which of them.
#[derive(Debug)]
struct Sought {
    list: ListParticipants,
    /// The same with addresses, which Webex takes in another request.
    query: Option<QueryParticipants>,
}

impl Sought {
    fn new(
        meeting_id: &str,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        emails: Option<Vec<String>>,
    ) -> Self {
        let meeting_start = MeetingStart {
            meeting_start_time_from: from,
            meeting_start_time_to: to,
        };
        let query = emails.map(|emails| QueryParticipants {
            meeting_id: meeting_id.to_owned(),
            meeting_start: meeting_start.clone(),
            emails,
            ..QueryParticipants::default()
        });
        Sought {
            list: ListParticipants {
                // One size for every call: places are counted in pages of it. The other request
                // has none.
                max: query.is_none().then_some(LIST_MAX_ENTRIES),
                meeting_id: meeting_id.to_owned(),
                meeting_start,
                ..ListParticipants::default()
            },
            query,
        }
    }

    /// The page at a place.
    async fn page(&self, context: &Context, at: &Place) -> Result<Page<Present>, CallError> {
        let participants = context.webex.participants();
        let list = &self.list;
        match &self.query {
            Some(query) => {
                let first = || participants.query(query);
                context.webex_page(query, list, at, first).await
            }
            None => {
                let first = || participants.list(list);
                context.webex_page(list, list, at, first).await
            }
        }
    }
}

/// What was found.
#[derive(Debug)]
struct Scan {
    participants: Vec<Participant>,
    /// The instance that they are or were in, and its start.
    instance: Option<(String, Option<Timestamp>)>,
    /// Where to go on, unless everything was read.
    next: Option<Place>,
}

/// Up to `max` participants that fit, from `start` on.
///
/// # Errors
/// Whatever Webex refuses.
async fn scan(
    context: &Context,
    sought: &Sought,
    start: Place,
    max: u32,
    fits: impl Fn(&Present) -> bool,
) -> Result<Scan, CallError> {
    let mut found = Rows::new(max);
    let mut instance = None;
    let mut next = Some(start);
    for _ in 0..PARTICIPANTS_READ_MAX_PAGES {
        let Some(mut at) = next else { break };
        let page = sought.page(context, &at).await?;
        next = match &page.next {
            Some(next) => Some(Place::at(next, &sought.list)?),
            None => None,
        };
        for (index, one) in page.items.into_iter().enumerate().skip(at.skip) {
            if found.is_full() {
                at.skip = index;
                next = Some(at);
                break;
            }
            if instance.is_none() {
                instance = one
                    .meeting_id
                    .clone()
                    .map(|id| (id, one.meeting_start_time));
            }
            if fits(&one) {
                found.push(one.into());
            }
        }
        if found.is_full() {
            break;
        }
    }
    Ok(Scan {
        participants: found.rows,
        instance,
        next,
    })
}

/// Everybody in a meeting, as far as one call reads, and whether these are all.
///
/// # Errors
/// Whatever Webex refuses.
pub async fn everybody(
    context: &Context,
    meeting_id: &str,
) -> Result<(Vec<Present>, bool), WebexError> {
    let query = ListParticipants {
        meeting_id: meeting_id.to_owned(),
        max: Some(LIST_MAX_ENTRIES),
        ..ListParticipants::default()
    };
    let mut page = context.webex.participants().list(&query).await?;
    let mut all = page.items;
    for _ in 1..PARTICIPANTS_READ_MAX_PAGES {
        let Some(next) = page.next else { break };
        page = context.webex.next_page(&query, &next).await?;
        all.append(&mut page.items);
    }
    Ok((all, page.next.is_none()))
}
