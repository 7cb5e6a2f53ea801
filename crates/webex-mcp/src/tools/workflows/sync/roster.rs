//! Who is to be a member, as the arguments of a synchronization say it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Arguments;
use super::members::Place;
use crate::error::CallError;
use crate::limits::SYNC_MAX_MEMBERS;
use crate::tool::table::{Faults, Table};
use crate::tool::{Context, email_address, plan};

/// What a list says about somebody, by their address.
pub type Roster = BTreeMap<String, Wish>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// As the list has it: Webex has its own.
    pub name: Option<String>,
    /// `None` where the list does not say: then a role stays as it is.
    pub is_moderator: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// The members are to be these.
    Members {
        place: Place,
        people: Roster,
        keeps_others: bool,
    },
    /// One person is to leave these spaces.
    Gone {
        email: String,
        room_ids: Vec<String>,
    },
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

    /// # Errors
    /// `invalid_arguments` for what is missing, wrong, or would remove by mistake.
    pub async fn wanted(self, context: &Context) -> Result<Wanted, CallError> {
        let listed = self.listed(context).await?;
        let wrong = |field: &str, wrong: &str| Err(CallError::invalid(field, wrong));
        if let Some(email) = self.remove_email {
            let others = self.room_id.is_some() || self.team_id.is_some() || listed.is_some();
            let mut seen = BTreeSet::new();
            let mut room_ids = self.room_ids.unwrap_or_default();
            room_ids.retain(|id| seen.insert(id.clone()));
            return match (others, email_address(&email), room_ids.is_empty()) {
                (true, ..) => wrong("removeEmail", "it goes with roomIds alone"),
                (_, None, _) => wrong("removeEmail", "it has to be an e-mail address"),
                (.., true) => wrong(
                    "roomIds",
                    "the spaces that the person is to leave are missing",
                ),
                (false, Some(email), false) => Ok(Wanted::Gone { email, room_ids }),
            };
        }
        if self.room_ids.is_some() {
            return wrong(
                "roomIds",
                "it goes with removeEmail; for the members of one space give roomId",
            );
        }
        let place = match (self.room_id, self.team_id) {
            (Some(id), None) => Place::Space(id),
            (None, Some(id)) => Place::Team(id),
            (None, None) => {
                return wrong(
                    "roomId",
                    "a space or team is missing; give roomId or teamId",
                );
            }
            (Some(_), Some(_)) => return wrong("roomId", "give roomId or teamId, not both"),
        };
        let Some((field, people)) = listed else {
            return wrong(
                "emails",
                "the members are missing; give emails, csv or uploadId",
            );
        };
        if people.is_empty() && self.allow_empty != Some(true) {
            return wrong(
                field,
                "an empty list would remove everybody but you; if that is meant, add allowEmpty: true",
            );
        }
        Ok(Wanted::Members {
            place,
            people,
            keeps_others: self.keep_others == Some(true),
        })
    }

    /// Who is listed, and by which argument.
    async fn listed(&self, context: &Context) -> Result<Option<(&'static str, Roster)>, CallError> {
        let (csv, upload_id) = (self.csv.as_deref(), self.upload_id.as_deref());
        let table = context.table(csv, upload_id, &COLUMNS, SYNC_MAX_MEMBERS);
        let Some(emails) = &self.emails else {
            let table = table.await?;
            let read = table.map(|table| Ok((table.field, roster(&table)?)));
            return read.transpose();
        };
        if csv.is_some() || upload_id.is_some() {
            return Err(CallError::invalid(
                "emails",
                "give one of emails, csv and uploadId",
            ));
        }
        if let Some(index) = emails
            .iter()
            .position(|email| email_address(email).is_none())
        {
            let field = format!("emails[{index}]");
            return Err(CallError::invalid(&field, "it has to be an e-mail address"));
        }
        let people = emails.iter().filter_map(|email| email_address(email));
        let people = people.map(|email| (email, Wish::default()));
        Ok(Some(("emails", people.collect())))
    }
}

/// The columns of a list of members.
const COLUMNS: [&str; 3] = ["email", "displayName", "moderator"];

fn roster(table: &Table) -> Result<Roster, CallError> {
    let (mut people, mut faults) = (Roster::new(), Faults::of(table.field));
    for line in &table.lines {
        let email = line.get("email").and_then(email_address);
        let moderator = line.get("moderator").map(yes_or_no);
        match (email, moderator) {
            (None, _) => faults.line(line.number, "it has no e-mail address"),
            (_, Some(None)) => faults.line(line.number, "moderator is neither true nor false"),
            (Some(email), moderator) => {
                let wish = Wish {
                    name: line.get("displayName").map(str::to_owned),
                    is_moderator: moderator.flatten(),
                };
                if people.insert(email, wish).is_some() {
                    faults.line(line.number, "its address stands in a line before");
                }
            }
        }
    }
    faults.none()?;
    Ok(people)
}

fn yes_or_no(text: &str) -> Option<bool> {
    match &*text.to_lowercase() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::SyncMemberships;
    use crate::error::Code::{InvalidArguments, NotFound, TooLarge};
    use crate::limits::{CSV_FILE_MAX_BYTES, CSV_TEXT_MAX_CHARS};
    use crate::tool::Tool as _;
    use crate::tools::check::{Case, Upload, World, alice, bob, check, with};

    /// A space of Alice's, with Bob and Carol beside her.
    async fn space(world: &World) -> String {
        let made = json!({"title": "Launch"});
        let made = world.facts("alice", "webex-create-space", made).await;
        for email in ["bob@example.com", "carol@example.com"] {
            let add = json!({"roomId": made["id"], "personEmail": email});
            world.facts("alice", "webex-add-membership", add).await;
        }
        made["id"].as_str().unwrap().to_owned()
    }

    async fn sync(world: &World, arguments: Value) -> Value {
        let synced = world.facts("alice", SyncMemberships::NAME, arguments);
        synced.await
    }

    #[tokio::test]
    async fn a_list_gives_members_and_their_roles() {
        let world = World::new();
        let room = space(&world).await;
        let csv = "E-Mail;Display Name;Moderator\n\
            Bob@example.com;Bob;yes\n\
            dave@example.com;Dave Miller;true\n\
            erin@example.com;;\n";
        let plan = sync(&world, json!({"roomId": room, "csv": csv})).await;
        let told: Vec<_> = plan["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    one["email"].as_str().unwrap(),
                    one["change"].as_str().unwrap(),
                    one["name"].as_str(),
                )
            })
            .collect();
        assert_eq!(told.len(), 4, "{plan}");
        assert!(
            told.contains(&("bob@example.com", "makeModerator", Some("Bob Smith"))),
            "{told:?}"
        );
        assert!(
            told.contains(&("dave@example.com", "add", Some("Dave Miller"))),
            "{told:?}"
        );
        assert!(
            told.contains(&("erin@example.com", "add", None)),
            "{told:?}"
        );
        assert!(
            told.iter()
                .any(|one| (one.0, one.1) == ("carol@example.com", "remove"))
        );
        let done =
            json!({"added": 2, "removed": 1, "rolesChanged": 1, "failed": 0, "status": "finished"});
        let apply = json!({"planId": plan["planId"]});
        check::<SyncMemberships>(&world, [alice(apply).confirmed().answers(done)]).await;
        // Whose role the list leaves open keeps it; one that it names otherwise loses it.
        let again = sync(&world, json!({"roomId": room, "csv": csv})).await;
        assert_eq!((&again["staying"], &again["added"]), (&json!(4), &json!(0)));
        let fewer = "email,moderator\nbob@example.com,no\ndave@example.com,\nerin@example.com,\n";
        let fewer = sync(&world, json!({"roomId": room, "csv": fewer})).await;
        assert_eq!(fewer["status"], "planned", "{fewer}");
        assert_eq!(fewer["changes"][0]["change"], "makeMember");
        let apply = json!({"planId": fewer["planId"]});
        let asked = world.call("alice", SyncMemberships::NAME, apply.clone());
        let asked = serde_json::to_value(asked.await.unwrap_err().body()).unwrap();
        let question = asked["question"].as_str().unwrap();
        let demoted = "? No moderator any more: bob@example.com.";
        assert!(question.ends_with(demoted), "{question}");
        let done = json!({"rolesChanged": 1, "status": "finished"});
        check::<SyncMemberships>(&world, [alice(apply).confirmed().answers(done)]).await;
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_by_line_and_reaches_nobody() {
        let world = World::new();
        let room = space(&world).await;
        let list = |csv: &str| json!({"roomId": room, "csv": csv});
        let wrong = |csv: &str, told: &str| alice(list(csv)).refused(InvalidArguments, told);
        let only_header = list("email\n");
        check::<SyncMemberships>(
            &world,
            [
                wrong(
                    "email\nbob\n\nann@example.com\n",
                    "line 2: it has no e-mail address",
                ),
                wrong(
                    "email,moderator\nbob@example.com,maybe",
                    "line 2: moderator is neither",
                ),
                wrong(
                    "email\nbob@example.com\nBOB@example.com",
                    "line 3: its address",
                ),
                wrong("email,pay\nbob@example.com,1", "column 2"),
                wrong(&format!("email\n{}", "x\n".repeat(20)), "; and 10 more"),
                alice(only_header.clone()).refused(InvalidArguments, "`csv`: an empty list"),
                alice(with(list("email\n"), "emails", json!([])))
                    .refused(InvalidArguments, "`emails`"),
                alice(with(list("email\n"), "uploadId", "1")).refused(InvalidArguments, "`csv`"),
                alice(list(&"x".repeat(CSV_TEXT_MAX_CHARS + 1))).refused(InvalidArguments, "`csv`"),
                alice(json!({"planId": "0", "csv": "email"})).refused(InvalidArguments, "`planId`"),
                alice(with(only_header, "allowEmpty", true))
                    .answers(json!({"status": "planned", "planId": "*"})),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn an_uploaded_list_is_its_owners_and_goes_once_it_is_planned() {
        let list = Upload::of("members.csv", "text/csv");
        let world = World::with_inbox(list.clone());
        let room = space(&world).await;
        let uploaded = json!({"roomId": room, "uploadId": "1"});
        let missing = |case: Case| case.refused(NotFound, "not here");
        check::<SyncMemberships>(&world, [missing(alice(uploaded.clone()))]).await;
        list.arrive("email\nnobody");
        check::<SyncMemberships>(
            &world,
            [
                missing(bob(uploaded.clone())),
                alice(uploaded.clone()).refused(InvalidArguments, "`uploadId`: line 2"),
            ],
        )
        .await;
        assert!(list.is_there(), "it can be looked at again");
        list.arrive(&"x".repeat(CSV_FILE_MAX_BYTES as usize + 1));
        check::<SyncMemberships>(
            &world,
            [alice(uploaded.clone()).refused(TooLarge, "`uploadId`")],
        )
        .await;
        list.arrive("email\nbob@example.com\n");
        let plan = sync(&world, uploaded).await;
        assert_eq!(
            (&plan["status"], &plan["staying"]),
            (&json!("planned"), &json!(2))
        );
        assert!(!list.is_there());
    }
}
