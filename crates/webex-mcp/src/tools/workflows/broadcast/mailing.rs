//! One message on its way to many: planned, compared with the world, and sent to each once.

use serde::{Deserialize, Serialize};
use webex::messages::{self, ListDirectMessages, ListMessages, Message};

use super::Arguments;
use super::destinations::{Destination, Named, Place, Posted};
use super::render::{Became, Broadcast, Delivery, Outcome};
use crate::error::CallError;
use crate::limits::{BROADCAST_MAX_DESTINATIONS, PLANNED_ABOVE_ITEMS};
use crate::tool::plan::{self, Plan};
use crate::tool::{Container, Context, Foreseen, Question, Reasons, Through, counted};
use crate::tools::messages::explained;
use crate::tools::messages::writing::{Mentions, Words, Written};

/// What is to be sent, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailing {
    named: Named,
    text: Option<String>,
    markdown: Option<String>,
    pub destinations: Vec<Destination>,
    #[serde(default)]
    reasons: Reasons,
}

impl Arguments {
    /// The plan to apply.
    ///
    /// # Errors
    /// `invalid_arguments` where others stand beside its id.
    pub fn plan(&self) -> Result<Option<&str>, CallError> {
        plan::named(&self.plan_id, self, |plan_id| Arguments {
            plan_id,
            ..Arguments::default()
        })
    }
}

impl Mailing {
    /// Sends it, or plans it where it has to be looked at first.
    ///
    /// # Errors
    /// As of [`Mailing::addressed`]; else what ends the whole work.
    pub async fn begun(context: &Context, arguments: Arguments) -> Result<Broadcast, CallError> {
        let is_dry = arguments.dry_run == Some(true);
        let mailing = Mailing::addressed(context, arguments).await?;
        let mailing = mailing.foreseen(context).await?;
        match is_dry || mailing.is_planned() {
            true => mailing.shown(context, None).await,
            false => plan::apply_at_once(context, mailing).await,
        }
    }

    /// What such a call sends without a plan; `None` where it plans.
    ///
    /// # Errors
    /// As of [`Mailing::begun`].
    pub async fn at_once(
        context: &Context,
        arguments: Arguments,
    ) -> Result<Option<Self>, CallError> {
        if arguments.dry_run == Some(true) {
            return Ok(None);
        }
        let mailing = Mailing::addressed(context, arguments).await?;
        match mailing.is_planned() {
            true => Ok(None),
            false => mailing.foreseen(context).await.map(Some),
        }
    }

    fn is_planned(&self) -> bool {
        self.destinations.len() > PLANNED_ABOVE_ITEMS
    }

    /// # Errors
    /// `invalid_arguments` where words or destinations are missing or wrong.
    async fn addressed(context: &Context, arguments: Arguments) -> Result<Self, CallError> {
        let named = Named {
            room_ids: arguments.room_ids.unwrap_or_default(),
            emails: arguments.to_person_emails.unwrap_or_default(),
            team_id: arguments.team_id,
        };
        named.check()?;
        let words = Words::new(arguments.text, arguments.markdown)?;
        if words.text.is_none() && words.markdown.is_none() {
            return Err(CallError::invalid(
                "text",
                "the message is missing; give text or markdown",
            ));
        }
        Ok(Mailing {
            destinations: named.destinations(context).await?,
            named,
            text: words.text,
            markdown: words.markdown,
            reasons: Reasons::default(),
        })
    }

    /// The same, with what a person has to agree to: whom it reaches altogether, and whom it mentions.
    async fn foreseen(self, context: &Context) -> Result<Self, CallError> {
        let (mut containers, mut directly) = (Vec::new(), Vec::new());
        for destination in &self.destinations {
            match &destination.place {
                Place::Space(id) => containers.push(Container::Space(id.clone())),
                Place::Person(email) => directly.push(email.as_str()),
            }
        }
        let words = [&self.text, &self.markdown].into_iter().flatten();
        let changes = Foreseen {
            containers,
            directly,
            words: words.map(String::as_str).collect(),
            ..Foreseen::default()
        };
        let reasons = context.foresee(&changes).await?;
        Ok(Mailing { reasons, ..self })
    }

    /// The words for this place, where mentions have become those of its members.
    async fn written(&self, context: &Context, place: &Place) -> Result<Written, CallError> {
        let words = Words::new(self.text.clone(), self.markdown.clone())?;
        let room_id = match place {
            Place::Space(id) => Some(id.as_str()),
            Place::Person(_) => None,
        };
        words.written(context, room_id).await
    }

    /// Whom the words mention as they were given: a plan reads no members.
    fn given_mentions(&self) -> Result<Vec<String>, CallError> {
        Words::new(self.text.clone(), self.markdown.clone())?.given_mentions()
    }

    async fn post(&self, context: &Context, place: &Place) -> Result<Posted, CallError> {
        let written = self.written(context, place).await?;
        let mut message = place.message();
        message.text = written.text;
        message.markdown = written.markdown;
        let sent = context.webex.messages().create(&message).await;
        let sent = sent.map_err(|error| explained(error, &message))?;
        Ok(posted(context, sent, written.mentions).await)
    }

    /// The message, if an earlier run of this work had sent it.
    async fn found(&self, context: &Context, place: &Place) -> Result<Option<Posted>, CallError> {
        let me = context.webex.people().me().await?.id;
        let messages = context.webex.messages();
        let recent = match place {
            Place::Space(id) => {
                messages
                    .list(&ListMessages::in_room(id.clone()))
                    .await?
                    .items
            }
            Place::Person(email) => {
                let direct = ListDirectMessages {
                    person_email: Some(email.clone()),
                    ..ListDirectMessages::default()
                };
                messages.list_direct(&direct).await?.items
            }
        };
        let began = context.began()?;
        let written = self.written(context, place).await?;
        let is_it = |message: &messages::Message| {
            let is_since = message.created.is_some_and(|created| created >= began);
            let says = match &written.markdown {
                Some(markdown) => message.markdown() == Some(markdown),
                None => message.text() == written.text.as_deref(),
            };
            is_since && says && message.person_id.as_deref() == Some(&me)
        };
        match recent.into_iter().find(is_it) {
            Some(sent) => Ok(Some(posted(context, sent, written.mentions).await)),
            None => Ok(None),
        }
    }
}

async fn posted(context: &Context, sent: Message, mentions: Mentions) -> Posted {
    let told = mentions.told(context, &sent).await;
    Posted {
        id: sent.id,
        mentions: told.mentions,
        mentions_nobody: told.mentions_nobody,
    }
}

impl Plan for Mailing {
    type Outcome = Broadcast;

    fn question(&self) -> Question {
        let words = self.markdown.as_deref().or(self.text.as_deref());
        let count = counted(self.destinations.len(), "destination");
        let question = Question::new("Send ").quote(words.unwrap_or_default());
        let question = question.and(" to ").and(&count).and(": ");
        let to = self.destinations.iter();
        let question = question.first_of(to, |question, one| match (&one.place, &one.title) {
            (Place::Person(email), _) => question.and(email),
            (Place::Space(_), Some(title)) => question.quote(title.as_str()),
            (Place::Space(_), None) => question.and("a space"),
        });
        question.and("?")
    }

    fn reasons(&self) -> &Reasons {
        &self.reasons
    }

    async fn again(&self, context: &Context) -> Result<Self, CallError> {
        let now = Mailing {
            destinations: self.named.destinations(context).await?,
            ..self.clone()
        };
        now.foreseen(context).await
    }

    /// A plan that reaches nobody needs no agreement.
    async fn shown(self, context: &Context, before: Option<Self>) -> Result<Broadcast, CallError> {
        let plan_id = match self.destinations.is_empty() {
            true => None,
            false => Some(context.keep_plan(&self).await?),
        };
        let (has_changed, mentions) = (before.is_some(), self.given_mentions()?);
        let mut fallen = before.map_or_else(Vec::new, |plan| plan.destinations);
        fallen.retain(|one| !self.destinations.iter().any(|now| now.place == one.place));
        // No answer tells of more.
        fallen.truncate(BROADCAST_MAX_DESTINATIONS - self.destinations.len());
        let planned = self.destinations.into_iter().map(Delivery::planned);
        let deliveries = planned.chain(fallen.into_iter().map(Delivery::fallen));
        Ok(Broadcast::planned(
            plan_id,
            has_changed,
            mentions,
            deliveries.collect(),
        ))
    }

    async fn applied(self, context: &Context) -> Result<Broadcast, CallError> {
        let through = context.each(&self.destinations, |destination| {
            let place = &destination.place;
            context.once(
                place.key(),
                || self.found(context, place),
                || self.post(context, place),
            )
        });
        let Through {
            outcomes,
            ended_because,
        } = through.await?;
        let each = self.destinations.into_iter().zip(outcomes);
        let deliveries = each.map(|(destination, became)| {
            let not_sent = || Outcome::plain(Became::NotSent);
            Delivery::new(destination, became.map_or_else(not_sent, Outcome::from))
        });
        Ok(Broadcast::of(deliveries.collect(), ended_because))
    }
}
