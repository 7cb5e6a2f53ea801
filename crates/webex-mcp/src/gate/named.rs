//! What a request names, held against the scope: what is named by its id alone is read first.

use std::sync::Arc;

use webex::meetings::ListMeetings;
use webex::recordings::GetRecording;

use super::asked::Asked;
use super::guard::{Agreement, Guard};
use super::learned::meeting_of;
use crate::error::{CallError, Code};
use crate::scope::reach::Subject;
use crate::scope::{Fact, Permission, Person, Scope};
use crate::tool::{Container, Reasons};

type Reached = Result<Option<Container>, CallError>;

impl Guard {
    /// What a change of the thing reaches, if it lies inside.
    pub(super) async fn subject(
        &self,
        subject: Subject,
        value: &str,
        asked: &Asked<'_>,
        is_write: bool,
    ) -> Reached {
        let scope = &self.scoped.scope;
        let is_inside = match subject {
            Subject::Direct => scope.direct_messages && self.anybody(value).await?,
            Subject::Person => self.anybody(value).await?,
            Subject::NewMember => return self.new_member(value).await.map(|()| None),
            Subject::Account => return self.account(value).await.map(|()| None),
            Subject::File => return self.file(value).map(|()| None),
            Subject::NewSpace => return self.new_space().map(|()| None),
            Subject::NewTeam => return self.new_team().map(|()| None),
            Subject::Transcript => return self.transcript(value).map(|()| None),
            Subject::WholeTranscript => return self.words(value).await.map(|()| None),
            Subject::NewMeeting => return self.new_meeting(asked).await.map(Some),
            Subject::Team | Subject::TeamMembership => {
                return self.of_team(subject, value, is_write).await;
            }
            Subject::Meeting
            | Subject::MeetingNumber
            | Subject::MeetingLink
            | Subject::Invitee
            | Subject::Participant
            | Subject::Recording => return self.of_meeting(subject, value, asked).await,
            Subject::Webhook | Subject::NewWebhook if !scope.limits_spaces() => true,
            Subject::Space
            | Subject::Message
            | Subject::Membership
            | Subject::Webhook
            | Subject::NewWebhook => {
                let space = self.space_of(subject, value, asked).await?;
                let space = space.ok_or_else(|| self.outside())?;
                return match self.space(&space, None).await? {
                    true => Ok(Some(Container::Space(space))),
                    false => Err(self.outside()),
                };
            }
        };
        is_inside.then_some(None).ok_or_else(|| self.outside())
    }

    /// The space that a thing is in; it is read where only its id is known.
    async fn space_of(
        &self,
        subject: Subject,
        value: &str,
        asked: &Asked<'_>,
    ) -> Result<Option<String>, CallError> {
        Ok(match subject {
            Subject::Message => self.reader().await?.messages().get(value).await?.room_id,
            Subject::Membership => {
                let one = self.reader().await?.memberships().get(value).await?;
                let (id, email) = (one.person_id.as_deref(), one.person_email.as_deref());
                match self.person(id, email).await? {
                    true => one.room_id,
                    false => None,
                }
            }
            Subject::Webhook => {
                let webhook = self.reader().await?.webhooks().get(value).await?;
                let resource = webhook.resource.as_ref().map(|resource| resource.as_str());
                Scope::space_of_webhook(resource, webhook.filter.as_deref())
            }
            Subject::NewWebhook => {
                let (resource, filter) = (asked.body("resource"), asked.body("filter"));
                let space = Scope::space_of_webhook(resource.as_deref(), filter.as_deref());
                Some(space.ok_or_else(|| {
                    self.refused(
                        "This server is limited to certain spaces, so a webhook must tell of one of them.",
                        "Use the resource messages, memberships or attachmentActions, with the filter roomId=<id of the space>.",
                    )
                })?)
            }
            _ => Some(value.to_owned()),
        })
    }

    async fn of_team(&self, subject: Subject, value: &str, is_write: bool) -> Reached {
        let team = match subject {
            Subject::TeamMembership => {
                let one = self.reader().await?.team_memberships().get(value).await?;
                let (id, email) = (one.person_id.as_deref(), one.person_email.as_deref());
                match self.person(id, email).await? {
                    true => one.team_id,
                    false => None,
                }
            }
            _ => Some(value.to_owned()),
        };
        let team = team.ok_or_else(|| self.outside())?;
        match self.team(&team).await? {
            false => Err(self.outside()),
            true if is_write && self.scoped.scope.names_spaces() => Err(self.refused(
                "This server is limited to certain spaces, and a change of a team reaches all of its spaces.",
                "Change the space itself or its members instead, or tell the user; the operator of this server decides it.",
            )),
            true => Ok(Some(Container::Team(team))),
        }
    }

    async fn of_meeting(&self, subject: Subject, value: &str, asked: &Asked<'_>) -> Reached {
        let host = asked.host();
        let host = host.as_deref();
        let (id, other) = match subject {
            Subject::Invitee => (self.invitee(value, asked).await?, None),
            Subject::Participant => (self.participant(value).await?, None),
            Subject::Recording => {
                let how = GetRecording {
                    host_email: host.map(str::to_owned),
                    ..GetRecording::default()
                };
                let one = self.reader().await?.recordings().get(value, &how).await?;
                (one.meeting_series_id, one.meeting_id)
            }
            Subject::MeetingNumber | Subject::MeetingLink => {
                return self.meeting_to_join(subject, value, host).await;
            }
            _ => (Some(value.to_owned()), None),
        };
        let ids = [id.as_deref(), other.as_deref()];
        let is_inside = self.meeting(&ids, host).await?;
        match (is_inside, id.or(other)) {
            (true, Some(id)) => Ok(Some(Container::Meeting(id))),
            _ => Err(self.outside()),
        }
    }

    /// The meeting of an invitee who lies inside; a new address has to lie inside as well.
    async fn invitee(&self, id: &str, asked: &Asked<'_>) -> Result<Option<String>, CallError> {
        let host = asked.host();
        let client = self.reader().await?;
        let one = client.invitees().get(id, host.as_deref()).await?;
        let present = one.email.as_deref();
        if !self.person(None, present).await? {
            return Ok(None);
        }
        let is_present = |new: &String| present.is_some_and(|old| old.eq_ignore_ascii_case(new));
        if let Some(new) = asked.body("email").filter(|new| !is_present(new)) {
            self.new_member(&new).await?;
        }
        Ok(one.meeting_id)
    }

    /// The meeting of a participant who lies inside.
    async fn participant(&self, id: &str) -> Result<Option<String>, CallError> {
        let read = Box::pin(self.read_participant(id));
        match self.fact(&participant_key(id), read).await? {
            Some(Fact::Participant(meeting_id)) => Ok(Some(meeting_id.to_string())),
            _ => Ok(None),
        }
    }

    /// A meeting by its number or its link; nothing is changed by them.
    async fn meeting_to_join(&self, subject: Subject, value: &str, host: Option<&str>) -> Reached {
        if !self.scoped.scope.limits_spaces() {
            return Ok(None);
        }
        let mut query = ListMeetings {
            host_email: host.map(str::to_owned),
            ..ListMeetings::default()
        };
        match subject {
            Subject::MeetingLink => query.web_link = Some(value.to_owned()),
            _ => query.meeting_number = Some(value.to_owned()),
        }
        let found = self.reader().await?.meetings().list(&query).await?.items;
        let found = found.into_iter().next().map(meeting_of);
        match found {
            Some(found) if self.met(&found).await? => Ok(None),
            _ => Err(self.outside()),
        }
    }

    fn file(&self, id: &str) -> Result<(), CallError> {
        let scope = &self.scoped.scope;
        let is_limited = scope.limits_spaces() || scope.is_locked();
        (!is_limited || self.seen(id)).then_some(()).ok_or_else(|| {
            self.told(
                Code::NotFound,
                "There is no such file within the reach of this server.",
                "Read the message that has the file with webex-get-message first, and call again with its fileUrl.",
            )
        })
    }

    fn transcript(&self, id: &str) -> Result<(), CallError> {
        let is_limited = self.scoped.scope.limits_spaces();
        (!is_limited || self.seen(&transcript_key(id))).then_some(()).ok_or_else(|| {
            self.told(
                Code::NotFound,
                "There is no such transcript within the reach of this server.",
                "List the transcripts of its meeting with webex-list-transcripts first, and call again with its id.",
            )
        })
    }

    fn seen(&self, key: &str) -> bool {
        self.scoped.seen.contains_key(&self.key(key))
    }

    /// All words of a transcript, which cannot be parted by who spoke them.
    async fn words(&self, id: &str) -> Result<(), CallError> {
        self.transcript(id)?;
        let scope = &self.scoped.scope;
        if !scope.limits_people() && !scope.is_locked() {
            return Ok(());
        }
        let read = Box::pin(self.read_speakers(id));
        match self.fact(&format!("speakers {id}"), read).await? {
            Some(Fact::Speakers(true)) => Ok(()),
            _ => Err(self.refused(
                "This server shows only what certain people say, and gives the whole text of a transcript only where all who speak in it are among them.",
                "Read what each of them says with webex-get-transcript-snippet.",
            )),
        }
    }

    fn new_space(&self) -> Result<(), CallError> {
        match self.scoped.scope.spaces {
            None => Ok(()),
            Some(_) => Err(self.refused(
                "This server is limited to certain spaces, so it makes no new ones.",
                "Use one of the spaces that webex-get-space lists.",
            )),
        }
    }

    fn new_team(&self) -> Result<(), CallError> {
        match self.scoped.scope.spaces {
            None => Ok(()),
            Some(_) => Err(self.refused(
                "This server is limited to certain spaces, so it makes no teams, which have new ones.",
                "Use one of the teams that webex-get-team lists.",
            )),
        }
    }

    async fn new_meeting(&self, asked: &Asked<'_>) -> Result<Container, CallError> {
        if self.scoped.scope.spaces.is_some() && asked.body("roomId").is_none() {
            return Err(self.refused(
                "This server is limited to certain spaces, so it schedules no meeting that belongs to none.",
                "Tell the user; the operator of this server decides it.",
            ));
        }
        if !self.scoped.scope.limits_people() {
            return Ok(Container::NewMeeting);
        }
        let is_inside = match asked.host() {
            Some(host) => self.person(None, Some(&host)).await?,
            None => match self.fact("me", Box::pin(self.read_me())).await? {
                Some(Fact::Person(own)) => {
                    self.person(own.id.as_deref(), own.email.as_deref()).await?
                }
                _ => false,
            },
        };
        is_inside.then_some(Container::NewMeeting).ok_or_else(|| {
            self.refused(
                "This server is limited to certain people, and the host of this meeting would be none of them.",
                "Tell the user; the operator of this server decides it.",
            )
        })
    }

    async fn new_member(&self, who: &str) -> Result<(), CallError> {
        if !self.anybody(who).await? {
            return Err(self.outside());
        }
        // Somebody has agreed, wherever they belong.
        let is_asked = self.scoped.scope.outside_people == Permission::Asked;
        if is_asked && self.agreement == Agreement::Given {
            return Ok(());
        }
        self.asks(&self.belongs(who).await?)
    }

    /// Why a person has to agree if this one is added.
    ///
    /// # Errors
    /// `forbidden` where only people of the caller's organization may be added.
    pub(super) async fn belongs(&self, who: &str) -> Result<Reasons, CallError> {
        let permission = self.scoped.scope.outside_people;
        if permission == Permission::Allowed {
            return Ok(Reasons::default());
        }
        let person = self.fact(who, Box::pin(self.read_person(who))).await?;
        let own = self.fact("me", Box::pin(self.read_me())).await?;
        let known = |fact| match fact {
            Some(Fact::Person(person)) => Some(person),
            _ => None,
        };
        let (person, own) = (known(person), known(own));
        let org = |person: &Option<Arc<Person>>| person.as_ref()?.org_id.clone();
        match (org(&person), org(&own)) {
            (Some(one), Some(own)) if one == own => Ok(Reasons::default()),
            _ if permission == Permission::Asked => {
                let address = person.as_ref().and_then(|person| person.email.as_deref());
                Ok(Reasons::outside(address.unwrap_or(who)))
            }
            _ => Err(self.refused(
                "Only people of your own organization may be added here.",
                "Tell the user; the operator of this server decides it.",
            )),
        }
    }

    /// An account is sent back whole, so a manager that is not shown would be removed.
    async fn account(&self, id: &str) -> Result<(), CallError> {
        if !self.anybody(id).await? {
            return Err(self.outside());
        }
        if !self.scoped.scope.limits_people() {
            return Ok(());
        }
        let person = self.reader().await?.people().get(id).await?;
        match self.shows_manager(person.manager_id.as_deref(), person.manager.as_deref()).await? {
            true => Ok(()),
            false => Err(self.refused(
                "This server is limited to certain people, and cannot tell that the manager of this account is one of them, so it does not change it.",
                "Tell the user; an administrator can change it elsewhere.",
            )),
        }
    }

    /// Whether the manager of an account, if it has one, lies inside.
    pub(super) async fn shows_manager(
        &self,
        id: Option<&str>,
        name: Option<&str>,
    ) -> Result<bool, CallError> {
        match (id, name) {
            (Some(id), _) => self.person(Some(id), None).await,
            // A name alone may be anybody's.
            (None, name) => Ok(name.is_none() || !self.scoped.scope.limits_people()),
        }
    }
}

pub(super) fn participant_key(id: &str) -> String {
    format!("participant {id}")
}

pub(super) fn transcript_key(id: &str) -> String {
    format!("transcript {id}")
}
