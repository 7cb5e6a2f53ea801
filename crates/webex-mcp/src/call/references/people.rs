//! Finds people by name or address: in Webex's directory, or, where the token may not read it,
//! among the members of the caller's spaces and the invitees of the meeting that is named.

use webex::WebexError;
use webex::id::ResourceId;
use webex::invitees::ListInvitees;
use webex::memberships::{ListMemberships, Membership};
use webex::people::ListPeople;
use webex::rooms::{ListRooms, RoomType};

use super::names::{Found, Named, Seen};
use super::{Beside, Looking};
use crate::error::{CallError, Code};
use crate::limits;
use crate::text;

impl Looking<'_> {
    pub(super) async fn by_email(
        &self,
        email: &str,
        beside: Beside<'_>,
    ) -> Result<Found, CallError> {
        let query = ListPeople {
            email: Some(email.to_owned()),
            ..ListPeople::default()
        };
        let found = match self.client.people().list(&query).await {
            Ok(page) => page.items.into_iter().next(),
            Err(error) if may_not(&error) => {
                let is_meant = |member: &Member| member.email.eq_ignore_ascii_case(email);
                let (near, _) = self.nearby(beside).await?;
                let found = near.into_iter().find(is_meant).map(Named::from);
                return found.map(Found::Named).ok_or_else(people_read_is_missing);
            }
            Err(error) => return Err(error.into()),
        };
        let named = found.map(|person| Named {
            id: person.id,
            name: person.display_name.unwrap_or_default(),
            // Of several addresses, keeps the one that was given.
            email: Some(email.to_owned()),
            org_id: person.org_id,
            detail: None,
        });
        named.map(Found::Named).ok_or_else(nobody_has_it)
    }

    /// Webex itself finds people by the beginning of their name.
    pub(super) async fn look_at_people(
        &self,
        name: &str,
        beside: Beside<'_>,
    ) -> Result<Seen, CallError> {
        let query = ListPeople {
            display_name: Some(name.to_owned()),
            exclude_status: Some(true),
            ..ListPeople::default()
        };
        let page = match self.client.people().list(&query).await {
            Err(error) if may_not(&error) => {
                return self.look_nearby(name, beside).await;
            }
            answer => answer?,
        };
        let mut seen = Seen::of(page.next.is_none());
        seen.take(None, page.items, |person| {
            Some(Named {
                id: person.id,
                name: person.display_name?,
                email: person.emails.and_then(|emails| emails.into_iter().next()),
                org_id: person.org_id,
                detail: None,
            })
        });
        Ok(seen)
    }

    async fn look_nearby(&self, name: &str, beside: Beside<'_>) -> Result<Seen, CallError> {
        let (near, whole) = self.nearby(beside).await?;
        let mut seen = Seen::of(whole);
        seen.take(Some(name), near, |member| Some(member.into()));
        if seen.fitting.is_empty() {
            seen = self.look_at_direct_spaces(name).await?;
        }
        if seen.fitting.is_empty() {
            return Err(people_read_is_missing());
        }
        Ok(seen)
    }

    /// A direct space has the name of the other person in it.
    async fn look_at_direct_spaces(&self, name: &str) -> Result<Seen, CallError> {
        let query = ListRooms {
            room_type: Some(RoomType::Direct),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListRooms::default()
        };
        let page = match self.client.rooms().list(&query).await {
            Err(error) if may_not(&error) => return Err(people_read_is_missing()),
            answer => answer?,
        };
        let wanted = text::fold(name);
        let mut seen = Seen::of(page.next.is_none());
        seen.read = page.items.len();
        let fitting = page.items.into_iter().filter_map(|room| {
            let title = room.title().map(text::fold)?;
            title.contains(&wanted).then_some((title, room.id))
        });
        let mut fitting: Vec<_> = fitting.collect();
        // Beside an exact name, the others do not count.
        if fitting.iter().any(|(title, _)| *title == wanted) {
            fitting.retain(|(title, _)| *title == wanted);
        }
        seen.whole &= fitting.len() <= limits::AMBIGUOUS_MAX_CANDIDATES;
        for (title, room_id) in fitting.into_iter().take(limits::AMBIGUOUS_MAX_CANDIDATES) {
            let (members, _) = self.members_nearby(Some(&room_id)).await?;
            let other = members
                .into_iter()
                .find(|member| text::fold(&member.name) == title);
            // Somebody who cannot be named may be the one who is meant.
            seen.whole &= other.is_some();
            seen.fitting.extend(other.map(Named::from));
        }
        Ok(seen)
    }

    /// The id of the caller.
    pub(super) async fn own_id(&self) -> Result<String, CallError> {
        match self.client.people().me().await {
            Ok(me) => return Ok(me.id),
            Err(error) if may_not(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let own = self.own_membership().await?.person_id;
        own.ok_or_else(people_read_is_missing)
    }

    /// The cluster of the caller's own id.
    pub(super) async fn own_cluster(&self) -> Result<String, CallError> {
        let own = ResourceId::parse(&self.own_id().await?);
        Ok(own.map_or_else(|| text::USUAL_CLUSTER.to_owned(), |id| id.cluster))
    }

    /// The caller's organization.
    pub(super) async fn own_org_id(&self) -> Result<String, CallError> {
        let org_id = match self.client.people().me().await {
            Ok(me) => me.org_id,
            Err(error) if may_not(&error) => self.own_membership().await?.person_org_id,
            Err(error) => return Err(error.into()),
        };
        org_id.ok_or_else(people_read_is_missing)
    }

    /// Without a space in the query Webex lists the caller's own memberships.
    async fn own_membership(&self) -> Result<Membership, CallError> {
        let query = ListMemberships {
            max: Some(1),
            ..ListMemberships::default()
        };
        let page = match self.client.memberships().list(&query).await {
            Err(error) if may_not(&error) => return Err(people_read_is_missing()),
            answer => answer?,
        };
        page.items
            .into_iter()
            .next()
            .ok_or_else(people_read_is_missing)
    }

    /// The people of the space or meeting that the call names, and whether these are all.
    async fn nearby(&self, beside: Beside<'_>) -> Result<(Vec<Member>, bool), CallError> {
        match (beside.room_id, beside.meeting_id) {
            (None, Some(meeting_id)) => self.invited(meeting_id).await,
            (room_id, _) => self.members_nearby(room_id).await,
        }
    }

    /// The invitees of a meeting. Webex tells no ids of them, so their addresses stand for them: what
    /// takes a meeting with a person accepts both.
    async fn invited(&self, meeting_id: &str) -> Result<(Vec<Member>, bool), CallError> {
        let query = ListInvitees {
            meeting_id: meeting_id.to_owned(),
            max: Some(limits::MEETING_LOOKUP_PAGE_ENTRIES),
            host_email: None,
            panelist: None,
        };
        let page = match self.client.invitees().list(&query).await {
            Err(error) if may_not(&error) => return Ok((Vec::new(), true)),
            answer => answer?,
        };
        let whole = page.next.is_none();
        let invited = page.items.into_iter().filter_map(|invitee| {
            let email = invitee.email?;
            Some(Member {
                id: email.clone(),
                name: invitee.display_name.unwrap_or_default(),
                email,
                org_id: None,
            })
        });
        Ok((invited.collect(), whole))
    }

    /// Why a person is not to be written to by name alone; `None` for a colleague.
    pub(super) async fn may_be_a_stranger(
        &self,
        one: &Named,
    ) -> Result<Option<&'static str>, CallError> {
        let Some(org_id) = &one.org_id else {
            return Ok(Some(
                "Whether the person of this name belongs to your organization is not known.",
            ));
        };
        let is_colleague = *org_id == self.own_org_id().await?;
        Ok((!is_colleague)
            .then_some("The person of this name does not belong to your organization."))
    }

    /// The members of the space that the call names, and whether these are all; no members where it
    /// names none.
    async fn members_nearby(
        &self,
        room_id: Option<&str>,
    ) -> Result<(Vec<Member>, bool), CallError> {
        let Some(room_id) = room_id else {
            return Ok((Vec::new(), true));
        };
        let query = ListMemberships {
            room_id: Some(room_id.to_owned()),
            max: Some(limits::NAME_LOOKUP_PAGE_ENTRIES),
            ..ListMemberships::default()
        };
        let page = match self.client.memberships().list(&query).await {
            Err(error) if may_not(&error) => return Ok((Vec::new(), true)),
            answer => answer?,
        };
        let whole = page.next.is_none();
        let members = page.items.into_iter().filter_map(|member| {
            Some(Member {
                id: member.person_id?,
                name: member.person_display_name.unwrap_or_default(),
                email: member.person_email.unwrap_or_default(),
                org_id: member.person_org_id,
            })
        });
        Ok((members.collect(), whole))
    }
}

/// A person who shares a space or a meeting with the caller.
struct Member {
    id: String,
    name: String,
    email: String,
    org_id: Option<String>,
}

impl From<Member> for Named {
    fn from(member: Member) -> Self {
        Named {
            id: member.id,
            name: member.name,
            email: Some(member.email).filter(|email| !email.is_empty()),
            org_id: member.org_id,
            detail: None,
        }
    }
}

/// Whether the token lacks the right to look there, as opposed to an error that may pass.
fn may_not(error: &WebexError) -> bool {
    matches!(error, WebexError::Refused { status: 403, .. })
        || matches!(error, WebexError::Withheld { source } if source
            .downcast_ref::<CallError>()
            .is_some_and(|error| error.code == Code::Forbidden))
}

fn nobody_has_it() -> CallError {
    CallError::new(
        Code::NotFound,
        "No person has this e-mail address.",
        "Check the address, or give the full name.",
    )
}

fn people_read_is_missing() -> CallError {
    CallError::new(
        Code::Forbidden,
        "No person with this name or address was found in what was searched, and the token may not read the directory.",
        "Pass the person's id or, where the tool has it, the e-mail address; or ask the user to sign in with the scope spark:people_read.",
    )
}
