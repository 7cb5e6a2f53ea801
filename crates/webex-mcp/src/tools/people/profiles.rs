//! Accounts that are changed: one by its id, or many from a list, which are planned, compared with
//! the directory, and changed one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use webex::people::{self as api, ListPeople};

use super::Person;
use super::account::{COLUMNS, Changes, Updated, change, check_whole, whole};
use super::render_profiles::Changed;
use super::update::{Answered, Arguments};
use crate::error::{CallError, Code};
use crate::limits::{PLANNED_ABOVE_ITEMS, PROFILES_MAX_LINES};
use crate::tool::plan::{self, Plan};
use crate::tool::table::{Faults, Table};
use crate::tool::{Context, Item, Question, Theirs, Through, counted, email_address};

/// What a list wants, and whom it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profiles {
    pub people: Vec<Profile>,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub email: String,
    /// Its other cells, by their columns.
    cells: BTreeMap<String, String>,
    /// `None`: nobody in the directory has this address.
    pub person_id: Option<String>,
    pub name: Option<String>,
    /// The columns that say something else than the directory does.
    pub fields: Vec<String>,
}

impl Arguments {
    /// Whether a list or its plan is meant.
    ///
    /// # Errors
    /// `invalid_arguments` for what does not go together.
    pub fn is_of_many(&self) -> Result<bool, CallError> {
        let is_list = self.csv.is_some() || self.upload_id.is_some();
        let is_one = self.person_id.is_some() || self.changes != Changes::default();
        match (&self.plan_id, is_list, is_one) {
            (None, false, _) => Ok(false),
            (None, true, false) | (Some(_), false, false) => Ok(true),
            (None, true, true) => Err(CallError::invalid(
                "personId",
                "a list says whom it is about and what is to change; leave out the rest",
            )),
            (Some(_), ..) => Err(plan::stands_alone()),
        }
    }

    /// # Errors
    /// `invalid_arguments` for what is missing or wrong; else whatever Webex refuses.
    pub async fn one(self, context: &Context) -> Result<Answered, CallError> {
        let Some(id) = &self.person_id else {
            let missing = "whose account is meant; give it, or a list";
            return Err(CallError::invalid("personId", missing));
        };
        self.changes.check()?;
        let (person, already_so) = change(context, id, self.changes).await?;
        let updated = Updated {
            already_so,
            first_name: person.first_name.as_deref().map(Theirs::from),
            last_name: person.last_name.as_deref().map(Theirs::from),
            person: Person::whole(person),
        };
        Ok(Answered {
            one: Some(updated),
            many: None,
        })
    }

    /// # Errors
    /// `invalid_arguments` for what is wrong with the list; else what ends the whole work.
    pub async fn many(self, context: &Context) -> Result<Answered, CallError> {
        let changed = match &self.plan_id {
            Some(id) => plan::apply::<Profiles>(context, id).await?,
            None => {
                let profiles = self.listed(context).await?.again(context).await?;
                match profiles.is_planned() {
                    true => profiles.shown(context, None).await?,
                    false => profiles.applied(context).await?,
                }
            }
        };
        context.forget_list(self.upload_id.as_deref()).await;
        Ok(Answered {
            one: None,
            many: Some(changed),
        })
    }

    /// What a list changes without a plan; `None` where it plans, and for a single account.
    ///
    /// # Errors
    /// As of [`Arguments::many`].
    pub async fn at_once(&self, context: &Context) -> Result<Option<Profiles>, CallError> {
        if !self.is_of_many()? {
            return Ok(None);
        }
        let listed = self.listed(context).await?;
        if listed.is_long() {
            return Ok(None);
        }
        let profiles = listed.again(context).await?;
        Ok((!profiles.is_planned()).then_some(profiles))
    }

    /// The list, before anybody was looked up.
    async fn listed(&self, context: &Context) -> Result<Profiles, CallError> {
        let (csv, upload_id) = (self.csv.as_deref(), self.upload_id.as_deref());
        let table = context.table(csv, upload_id, &COLUMNS, PROFILES_MAX_LINES);
        let table = table.await?;
        let table = table.ok_or_else(|| CallError::invalid("csv", "it is missing"))?;
        Profiles::new(&table)
    }
}

impl Profiles {
    fn new(table: &Table) -> Result<Self, CallError> {
        let (mut people, mut faults) = (Vec::new(), Faults::of(table.field));
        let mut seen = BTreeSet::new();
        for line in &table.lines {
            let Some(email) = line.get("email").and_then(email_address) else {
                faults.line(line.number, "it has no e-mail address");
                continue;
            };
            if let Err(why) = Changes::of_line(line) {
                faults.line(line.number, why);
            }
            if !seen.insert(email.clone()) {
                faults.line(line.number, "its address stands in a line before");
            }
            let cells = line.cells().filter(|(name, _)| *name != "email");
            people.push(Profile {
                email,
                cells: cells
                    .map(|(name, text)| (name.to_owned(), text.to_owned()))
                    .collect(),
                person_id: None,
                name: None,
                fields: Vec::new(),
            });
        }
        faults.none()?;
        match people.is_empty() {
            true => Err(CallError::invalid(
                table.field,
                "it has no line but the first",
            )),
            false => Ok(Profiles { people }),
        }
    }

    /// Whether it is to be looked at before it is done: it is long, or locks somebody out who may
    /// sign in now.
    fn is_planned(&self) -> bool {
        self.is_long() || !self.blocked().is_empty()
    }

    fn is_long(&self) -> bool {
        self.people.len() > PLANNED_ABOVE_ITEMS
    }

    /// Who may sign in now, and then no more.
    fn blocked(&self) -> Vec<&str> {
        let is_blocked = |one: &&Profile| {
            let changes = one.changes();
            one.fields.iter().any(|field| field == "loginEnabled")
                && changes.is_ok_and(|changes| changes.blocks_sign_in())
        };
        let blocked = self.people.iter().filter(is_blocked);
        blocked.map(|one| one.email.as_str()).collect()
    }
}

impl Plan for Profiles {
    type Outcome = Changed;

    fn question(&self) -> Question {
        let people = self.people.iter().filter(|one| !one.fields.is_empty());
        let count = counted(people.clone().count(), "person");
        let fields: BTreeSet<_> = people.clone().flat_map(|one| &one.fields).collect();
        let fields: Vec<_> = fields.into_iter().map(String::as_str).collect();
        let question = Question::new("Change the accounts of ")
            .and(&count)
            .and("?");
        let question = question.listing("They are", people.map(|one| one.email.as_str()));
        let question = question.listing("What changes", fields);
        question.listing("May not sign in any more", self.blocked())
    }

    /// Looks everybody up.
    async fn again(&self, context: &Context) -> Result<Self, CallError> {
        let mut people = Vec::with_capacity(self.people.len());
        for profile in &self.people {
            people.push(profile.looked_up(context).await?);
        }
        Ok(Profiles { people })
    }

    /// Everybody of an earlier plan is in this one too.
    async fn shown(self, context: &Context, before: Option<Self>) -> Result<Changed, CallError> {
        let is_nothing = self.people.iter().all(|one| one.fields.is_empty());
        let plan_id = match is_nothing {
            true => None,
            false => Some(context.keep_plan(&self).await?),
        };
        Ok(Changed::planned(self.people, plan_id, before.is_some()))
    }

    async fn applied(self, context: &Context) -> Result<Changed, CallError> {
        let through = context.each(&self.people, async |profile: &Profile| {
            let key = format!("account {}", profile.email);
            let (found, make) = (|| profile.found(context), || profile.make(context));
            context.once(&key, found, make).await
        });
        let Through {
            outcomes,
            ended_because,
        } = through.await?;
        let outcomes = self.people.into_iter().zip(outcomes);
        Ok(Changed::of(outcomes, ended_because))
    }
}

impl Item for Profile {
    type Made = bool;

    fn name(&self) -> &str {
        &self.email
    }
}

impl Profile {
    fn changes(&self) -> Result<Changes, CallError> {
        let cells = self.cells.iter();
        let cells = cells.map(|(name, text)| (name.as_str(), text.as_str()));
        Changes::of_cells(cells).map_err(CallError::internal)
    }

    async fn looked_up(&self, context: &Context) -> Result<Self, CallError> {
        let query = ListPeople {
            email: Some(self.email.clone()),
            calling_data: Some(true),
            exclude_status: Some(true),
            ..ListPeople::default()
        };
        let page = context.webex.people().list(&query).await?;
        let has_address = |person: &&api::Person| {
            let mut emails = person.emails.iter().flatten();
            emails.any(|email| email.eq_ignore_ascii_case(&self.email))
        };
        let Some(person) = page.items.iter().find(has_address) else {
            return Ok(Profile {
                person_id: None,
                name: None,
                fields: Vec::new(),
                ..self.clone()
            });
        };
        check_whole(person)?;
        let is_other = |name: &str, text: &str| {
            let changes = Changes::of_cells([(name, text)].into_iter());
            changes.is_ok_and(|changes| changes.made_to(person, None) != whole(person))
        };
        let other = self
            .cells
            .iter()
            .filter(|(name, text)| is_other(name, text));
        Ok(Profile {
            fields: other.map(|(name, _)| name.clone()).collect(),
            person_id: Some(person.id.clone()),
            name: person.display_name.clone(),
            ..self.clone()
        })
    }

    /// Whether it was so before.
    async fn make(&self, context: &Context) -> Result<bool, CallError> {
        let id = self.person_id.as_deref().ok_or_else(nobody)?;
        let (_, already_so) = change(context, id, self.changes()?).await?;
        Ok(already_so)
    }

    /// Whether an earlier run of this work had made the change.
    async fn found(&self, context: &Context) -> Result<Option<bool>, CallError> {
        let Some(id) = &self.person_id else {
            return Ok(None);
        };
        let person = context.webex.people().get_with_calling(id).await?;
        let is_made = self.changes()?.made_to(&person, None) == whole(&person);
        Ok(is_made.then_some(false))
    }
}

pub(super) fn nobody() -> CallError {
    CallError::new(
        Code::NotFound,
        "Nobody in the directory has this address.",
        "Correct the address, or leave the line out.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::update::UpdatePerson;
    use crate::error::Code::{Conflict, Forbidden, InvalidArguments, NotFound};
    use crate::limits::PLANNED_ABOVE_ITEMS;
    use crate::tool::Tool as _;
    use crate::tools::check::{World, alice, by, check, with};

    async fn update(world: &World, arguments: Value) -> Value {
        world.facts("ada", UpdatePerson::NAME, arguments).await
    }

    async fn title(world: &World, who: &str) -> Option<String> {
        let people = world.client("ada");
        people.people().get(&world.person(who)).await.unwrap().title
    }

    #[tokio::test]
    async fn a_short_list_is_done_at_once_and_each_line_is_told() {
        let world = World::new();
        let csv = "email,title,department,loginEnabled\n\
            Bob@example.com,Lead,Search,\n\
            nobody@example.com,Lead,,\n\
            carol@example.com,,UX,yes\n";
        let people = json!([
            {"email": "bob@example.com", "became": "changed", "name": "Bob Smith", "fields": ["department", "title"]},
            {"email": "nobody@example.com", "became": "notFound", "name": null},
            {"email": "carol@example.com", "became": "changed", "fields": ["department"]},
        ]);
        let done = json!({"status": "finished", "changed": 2, "failed": 1, "people": people});
        let again = json!({"changed": 0, "failed": 1, "people": [{"became": "alreadySo", "fields": null},
            {"became": "notFound"}, {"became": "alreadySo"}]});
        check::<UpdatePerson>(
            &world,
            [
                by("ada", json!({"csv": csv})).answers(done),
                by("ada", json!({"csv": csv})).answers(again),
            ],
        )
        .await;
        assert_eq!(title(&world, "bob").await.as_deref(), Some("Lead"));
    }

    #[tokio::test]
    async fn a_list_that_locks_somebody_out_is_planned_however_short_it_is() {
        let world = World::new();
        let csv = "email,title,loginEnabled\nbob@example.com,Lead,\ncarol@example.com,,no\n";
        let plan = update(&world, json!({"csv": csv})).await;
        assert_eq!(plan["status"], "planned", "{plan}");
        let carol = world.person("carol");
        let people = world.client("ada");
        let may_sign_in = async || people.people().get(&carol).await.unwrap().login_enabled;
        assert_ne!(may_sign_in().await, Some(false));
        let apply = json!({"planId": plan["planId"]});
        let asked = world.call("ada", UpdatePerson::NAME, apply.clone()).await;
        let asked = serde_json::to_value(asked.unwrap_err().body()).unwrap();
        assert_eq!(
            asked["question"],
            "Change the accounts of 2 people? They are: bob@example.com, carol@example.com. What changes: loginEnabled, title. May not sign in any more: carol@example.com."
        );
        let done = json!({"status": "finished", "changed": 2});
        check::<UpdatePerson>(&world, [by("ada", apply).confirmed().answers(done)]).await;
        assert_eq!(may_sign_in().await, Some(false));
        // Who is locked out already is not locked out by it.
        let csv = "email,title,loginEnabled\ncarol@example.com,Lead,no\n";
        let again = json!({"status": "finished", "changed": 1});
        check::<UpdatePerson>(&world, [by("ada", json!({"csv": csv})).answers(again)]).await;
    }

    #[tokio::test]
    async fn a_long_list_is_planned_and_applied_once() {
        let world = World::new();
        let mut csv = "email;title\nbob@example.com;Lead\n".to_owned();
        for number in 0..PLANNED_ABOVE_ITEMS {
            csv.push_str(&format!("nobody{number}@example.com;Lead\n"));
        }
        let plan = update(&world, json!({"csv": csv})).await;
        assert_eq!(
            (&plan["status"], &plan["failed"]),
            (&json!("planned"), &json!(PLANNED_ABOVE_ITEMS))
        );
        assert_ne!(title(&world, "bob").await.as_deref(), Some("Lead"));
        let apply = json!({"planId": plan["planId"]});
        let look = json!({"workId": plan["planId"]});
        check::<UpdatePerson>(
            &world,
            [
                alice(apply.clone()).refused(NotFound, "`planId`"),
                by("ada", with(apply.clone(), "title", "Other"))
                    .refused(InvalidArguments, "`planId`"),
                by("ada", look).refused(NotFound, "`workId`"),
                by("ada", apply.clone())
                    .confirmed()
                    .answers(json!({"status": "finished", "changed": 1})),
                by("ada", apply).refused(Conflict, "`planId`"),
            ],
        )
        .await;
        assert_eq!(title(&world, "bob").await.as_deref(), Some("Lead"));
    }

    #[tokio::test]
    async fn a_plan_of_another_directory_is_shown_again() {
        let world = World::new();
        let mut csv = "email,title\nbob@example.com,Lead\ncarol@example.com,Lead\n".to_owned();
        for number in 0..PLANNED_ABOVE_ITEMS {
            csv.push_str(&format!("nobody{number}@example.com,Lead\n"));
        }
        let plan = update(&world, json!({"csv": csv})).await;
        assert_eq!(plan["people"][0]["became"], "planned");
        update(
            &world,
            json!({"personId": "bob@example.com", "title": "Lead"}),
        )
        .await;
        let apply = json!({"planId": plan["planId"]});
        let again = json!({"status": "planned", "hasChanged": true, "planId": "*"});
        check::<UpdatePerson>(&world, [by("ada", apply).confirmed().answers(again)]).await;
        assert_ne!(title(&world, "carol").await.as_deref(), Some("Lead"));
        update(
            &world,
            json!({"personId": "carol@example.com", "title": "Lead"}),
        )
        .await;
        let nothing = update(&world, json!({"csv": csv})).await;
        assert_eq!(
            (&nothing["planId"], &nothing["people"][0]["became"]),
            (&Value::Null, &json!("alreadySo"))
        );
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_list_is_told_by_line() {
        let world = World::new();
        let wrong =
            |csv: &str, told: &str| by("ada", json!({"csv": csv})).refused(InvalidArguments, told);
        let list = json!({"csv": "email,title\nbob@example.com,Lead"});
        check::<UpdatePerson>(
            &world,
            [
                wrong(
                    "email,title\nbob,Lead\n",
                    "line 2: it has no e-mail address",
                ),
                wrong(
                    "email,title\nbob@example.com,\n",
                    "line 2: it changes nothing",
                ),
                wrong(
                    "email,loginEnabled\nbob@example.com,perhaps\n",
                    "line 2: loginEnabled",
                ),
                wrong(
                    "email,phoneNumbers\nbob@example.com,+1|\n",
                    "line 2: its telephone",
                ),
                wrong(
                    "email,title\nbob@example.com,A\nBob@example.com,B\n",
                    "line 3: its address",
                ),
                wrong("email,roles\nbob@example.com,admin\n", "column 2"),
                wrong("email,title\n", "`csv`: it has no line"),
                by("ada", with(list.clone(), "title", "Other"))
                    .refused(InvalidArguments, "`personId`"),
                by("ada", with(list.clone(), "uploadId", "1")).refused(InvalidArguments, "`csv`"),
                alice(list).refused(Forbidden, "Only administrators"),
            ],
        )
        .await;
    }
}
