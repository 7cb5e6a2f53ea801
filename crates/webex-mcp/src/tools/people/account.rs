//! What an administrator may change of an account, and how it goes into the whole that Webex wants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use webex::people::{self as api, AccountView, PhoneNumber};

use super::Person;
use crate::error::{CallError, Code};
use crate::limits::PHONE_NUMBERS_MAX;
use crate::tool::table::Line;
use crate::tool::{Context, Question, Theirs, tell_arguments};

/// What is named here is changed, everything else stays.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Full name.
    display_name: Option<String>,
    /// First name; displayName stays.
    first_name: Option<String>,
    /// Last name; displayName stays.
    last_name: Option<String>,
    /// New e-mail address.
    #[schemars(extend("format" = "email"))]
    email: Option<String>,
    /// Job title; empty clears it.
    #[schemars(length(min = 0))]
    title: Option<String>,
    /// Department; empty clears it.
    #[schemars(length(min = 0))]
    department: Option<String>,
    /// The manager: id, exact name or e-mail.
    pub manager_id: Option<String>,
    /// One outside the directory; empty: none.
    #[schemars(length(min = 0))]
    manager: Option<String>,
    /// All work numbers: ["+49 30 123456"]; Webex Calling.
    #[schemars(length(max = PHONE_NUMBERS_MAX))]
    phone_numbers: Option<Vec<String>>,
    /// Extension; empty clears it.
    #[schemars(length(min = 0))]
    extension: Option<String>,
    /// false: may not sign in.
    login_enabled: Option<bool>,
    /// true: empty phoneNumbers removes all.
    allow_empty: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Updated {
    /// Was so before; nothing changed.
    pub(super) already_so: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_name: Option<Theirs>,
    #[serde(flatten)]
    pub(super) person: Person,
}

/// The columns of a list of accounts: whose account it is, and what may be changed of many. An empty
/// cell changes nothing.
pub const COLUMNS: [&str; 10] = [
    "email",
    "displayName",
    "firstName",
    "lastName",
    "title",
    "department",
    "manager",
    "phoneNumbers",
    "extension",
    "loginEnabled",
];

impl Changes {
    /// What one line of a list wants.
    ///
    /// # Errors
    /// What is wrong with it, in words of ours.
    pub fn of_line(line: &Line) -> Result<Self, &'static str> {
        let cells = line.cells().filter(|(name, _)| *name != "email");
        Changes::of_cells(cells)
    }

    /// # Errors
    /// As of [`Changes::of_line`].
    pub fn of_cells<'n, 't>(
        cells: impl Iterator<Item = (&'n str, &'t str)>,
    ) -> Result<Self, &'static str> {
        let mut fields = Map::new();
        for (name, text) in cells {
            let value = match (name, &*text.to_lowercase()) {
                ("loginEnabled", "true" | "yes" | "1") => true.into(),
                ("loginEnabled", "false" | "no" | "0") => false.into(),
                ("loginEnabled", _) => return Err("loginEnabled is neither true nor false"),
                ("phoneNumbers", _) => {
                    let numbers = text.split([',', ';', '|']).map(str::trim);
                    numbers.map(Value::from).collect()
                }
                _ => text.into(),
            };
            fields.insert(name.to_owned(), value);
        }
        if fields.is_empty() {
            return Err("it changes nothing");
        }
        let changes: Changes = serde_json::from_value(fields.into())
            .map_err(|_| "it cannot be read as changes of an account")?;
        let numbers = changes.phone_numbers.as_ref().map_or(0, Vec::len);
        match numbers > PHONE_NUMBERS_MAX || changes.check().is_err() {
            true => Err("its telephone numbers are too many, or one is blank"),
            false => Ok(changes),
        }
    }

    /// What is asked before somebody may be locked out; `None` where nobody is.
    ///
    /// # Errors
    /// As of [`change`]: who may not do it is not asked.
    pub async fn question(
        &self,
        context: &Context,
        person_id: Option<&str>,
    ) -> Result<Option<Question>, CallError> {
        let locks_out = self.blocks_sign_in() || self.email.is_some();
        let Some(person_id) = person_id.filter(|_| locks_out) else {
            return Ok(None);
        };
        self.check()?;
        let person = context.webex.people().get_with_calling(person_id).await?;
        check_whole(&person)?;
        let address = person.emails.iter().flatten().next();
        let who = |question: Question| {
            question.person(person.display_name.as_deref(), address.map(String::as_str))
        };
        let question = match &self.email {
            None => who(Question::new("Block ")).and(" from signing in?"),
            Some(email) => {
                let question = who(Question::new("Change the address with which "));
                let question = question.and(" signs in to ").and(email);
                question.and(match self.blocks_sign_in() {
                    true => ", and block them from signing in?",
                    false => "?",
                })
            }
        };
        let others = Changes {
            email: None,
            login_enabled: None,
            ..self.clone()
        };
        let others = serde_json::to_value(others).map_err(CallError::internal)?;
        Ok(Some(tell_arguments(context, question, &others).await))
    }

    pub fn blocks_sign_in(&self) -> bool {
        self.login_enabled == Some(false)
    }

    /// # Errors
    /// `invalid_arguments` for what changes nothing, contradicts itself, or removes by mistake.
    pub fn check(&self) -> Result<(), CallError> {
        let is_blank =
            |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
        let numbers = self.phone_numbers.as_deref();
        let nothing = Changes {
            allow_empty: self.allow_empty,
            ..Changes::default()
        };
        let names = [
            ("displayName", &self.display_name),
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
        ];
        let (field, right) = if *self == nothing {
            (
                "displayName",
                "there is nothing to change; give it, or what else is to change",
            )
        } else if let Some((field, _)) = names.into_iter().find(|(_, name)| is_blank(name)) {
            (field, "a name cannot be blank; leave it out to keep it")
        } else if self.manager.is_some() && self.manager_id.is_some() {
            ("managerId", "give managerId or manager, not both")
        } else if numbers.is_some_and(<[_]>::is_empty) && self.allow_empty != Some(true) {
            (
                "phoneNumbers",
                "an empty list would remove all numbers; if that is meant, add allowEmpty: true",
            )
        } else if numbers.is_some_and(|all| all.iter().any(|one| one.trim().is_empty())) {
            ("phoneNumbers", "one of the numbers is blank")
        } else {
            return Ok(());
        };
        Err(CallError::invalid(field, right))
    }

    /// The whole account with these changes; `manager` is the name of the person of managerId.
    pub fn made_to(self, present: &api::Person, manager: Option<String>) -> api::UpdatePerson {
        let mut whole = whole(present);
        if let Some(name) = self.display_name {
            whole.display_name = name;
        }
        whole.first_name = self.first_name.or(whole.first_name);
        whole.last_name = self.last_name.or(whole.last_name);
        whole.emails = self.email.map(|email| vec![email]).or(whole.emails);
        whole.title = kept(self.title, whole.title);
        whole.department = kept(self.department, whole.department);
        whole.extension = kept(self.extension, whole.extension);
        whole.login_enabled = self.login_enabled.or(whole.login_enabled);
        // A manager has a name, and an id where they are in the directory: both are of one person.
        if self.manager_id.is_some() {
            (whole.manager_id, whole.manager) = (self.manager_id, kept(manager, None));
        } else if self.manager.is_some() {
            (whole.manager_id, whole.manager) = (None, kept(self.manager, None));
        }
        if let Some(numbers) = self.phone_numbers {
            let work = |value: String| PhoneNumber {
                number_type: Some("work".to_owned()),
                value: Some(value),
                primary: None,
            };
            whole.phone_numbers = Some(numbers.into_iter().map(work).collect());
        }
        whole
    }
}

/// Changes one account, and gives it as it is then; whether it was so before.
///
/// # Errors
/// `forbidden` for who is no administrator; else whatever Webex refuses.
pub async fn change(
    context: &Context,
    person_id: &str,
    changes: Changes,
) -> Result<(api::Person, bool), CallError> {
    let api = context.webex.people();
    let person = api.get_with_calling(person_id).await?;
    check_whole(&person)?;
    let manager = match &changes.manager_id {
        Some(id) => match context.met(id) {
            Some(met) => Some(met.name.as_str().to_owned()),
            None => api.get(id).await?.display_name,
        },
        None => None,
    };
    let wanted = changes.made_to(&person, manager);
    if wanted == whole(&person) {
        return Ok((person, true));
    }
    let view = AccountView {
        calling_data: Some(true),
        ..AccountView::default()
    };
    let sent = api.update(person_id, &wanted, &view).await;
    let sent = sent.map_err(|error| match error.status() {
        Some(400 | 409) => CallError::from(error).advise("Webex may have changed a part of it all the same: read the person with webex-get-person before you try again."),
        _ => error.into(),
    })?;
    Ok((sent, false))
}

/// The account as it is, in the form in which it is sent back.
pub fn whole(present: &api::Person) -> api::UpdatePerson {
    let mut whole = api::UpdatePerson::of(present);
    // Webex takes one address, and keeps those of an account that is sent without.
    if whole
        .emails
        .as_ref()
        .is_some_and(|emails| emails.len() != 1)
    {
        whole.emails = None;
    }
    whole
}

/// A text that was given, or else the present one; an empty one clears it.
fn kept(given: Option<String>, present: Option<String>) -> Option<String> {
    match given {
        Some(text) => Some(text).filter(|text| !text.trim().is_empty()),
        None => present,
    }
}

/// Webex removes what is not sent, so an account that was not read whole is not sent back.
///
/// # Errors
/// `forbidden` where the caller is shown no administrative fields, or lockdown withholds what the
/// account has; `unavailable` where Webex could not deliver some of it.
pub fn check_whole(present: &api::Person) -> Result<(), CallError> {
    let is_shown =
        present.roles.is_some() || present.licenses.is_some() || present.login_enabled.is_some();
    if !is_shown {
        return Err(CallError::new(
            Code::Forbidden,
            "Only administrators of this person's organization change an account.",
            "Ask an administrator to do it, or to sign in here; nothing was changed.",
        ));
    }
    // Webex knows no account without a name, so what this one has was taken out on the way.
    if present.display_name.is_none() {
        return Err(CallError::new(
            Code::Forbidden,
            "What this account has now cannot be told here, and a change would remove it.",
            "Ask an administrator to change it in Control Hub; nothing was changed.",
        ));
    }
    if present
        .errors
        .as_ref()
        .is_some_and(|errors| !errors.is_empty())
    {
        return Err(CallError::new(
            Code::Unavailable,
            "Webex could not deliver all fields of this account, and a change would remove those that are missing.",
            "Repeat the call in a minute; nothing was changed.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn present() -> api::Person {
        let person = json!({
            "id": "P", "emails": ["bob@example.com"], "displayName": "Bob Smith", "firstName": "Bob",
            "lastName": "Smith", "nickName": "Bob", "avatar": "https://a.example.com/b.png", "orgId": "O",
            "department": "Search", "manager": "Harold Weber", "managerId": "H", "title": "Engineer",
            "addresses": [{"type": "work", "country": "DE"}], "extension": "133", "locationId": "L",
            "phoneNumbers": [{"type": "work", "value": "+1", "primary": true}, {"type": "mobile", "value": "+2"}],
            "roles": ["R"], "licenses": ["L1", "L2"], "siteUrls": ["s.webex.com"], "loginEnabled": "true",
            "status": "active", "created": "2026-01-05T09:00:00Z", "invitePending": "false", "type": "person",
        });
        serde_json::from_value(person).unwrap()
    }

    fn sent(changes: Value) -> Value {
        let changes: Changes = serde_json::from_value(changes).unwrap();
        changes.check().unwrap();
        let whole = changes.made_to(&present(), Some("Ada Okafor".to_owned()));
        serde_json::to_value(whole).unwrap()
    }

    #[test]
    fn what_was_not_named_is_sent_as_it_was() {
        let whole = serde_json::to_value(whole(&present())).unwrap();
        let all = [
            "emails",
            "displayName",
            "firstName",
            "lastName",
            "avatar",
            "orgId",
            "department",
            "manager",
            "managerId",
            "title",
            "addresses",
            "extension",
            "locationId",
            "phoneNumbers",
            "roles",
            "licenses",
            "siteUrls",
            "loginEnabled",
        ];
        for field in all {
            assert!(!whole[field].is_null(), "{field}: {whole}");
        }
        for (changes, changed) in [
            (json!({"title": "Lead"}), json!({"title": "Lead"})),
            (
                json!({"title": "", "department": " "}),
                json!({"title": null, "department": null}),
            ),
            (
                json!({"displayName": "Bobby"}),
                json!({"displayName": "Bobby"}),
            ),
            (
                json!({"firstName": "R", "lastName": "S"}),
                json!({"firstName": "R", "lastName": "S"}),
            ),
            (
                json!({"email": "b@example.com"}),
                json!({"emails": ["b@example.com"]}),
            ),
            (
                json!({"managerId": "A"}),
                json!({"managerId": "A", "manager": "Ada Okafor"}),
            ),
            (
                json!({"manager": "Zoe"}),
                json!({"managerId": null, "manager": "Zoe"}),
            ),
            (
                json!({"manager": ""}),
                json!({"managerId": null, "manager": null}),
            ),
            (
                json!({"phoneNumbers": ["+3"]}),
                json!({"phoneNumbers": [{"type": "work", "value": "+3"}]}),
            ),
            (
                json!({"phoneNumbers": [], "allowEmpty": true}),
                json!({"phoneNumbers": []}),
            ),
            (
                json!({"extension": "200", "loginEnabled": false}),
                json!({"extension": "200", "loginEnabled": false}),
            ),
        ] {
            let mut expected = whole.clone();
            for (field, value) in changed.as_object().unwrap() {
                match value {
                    Value::Null => expected.as_object_mut().unwrap().remove(field),
                    value => expected
                        .as_object_mut()
                        .unwrap()
                        .insert(field.clone(), value.clone()),
                };
            }
            assert_eq!(sent(changes.clone()), expected, "{changes}");
        }
    }

    #[test]
    fn several_addresses_are_not_sent_and_so_stay() {
        let mut person = present();
        person
            .emails
            .as_mut()
            .unwrap()
            .push("robert@example.com".to_owned());
        assert_eq!(whole(&person).emails, None);
    }

    #[test]
    fn an_account_that_was_not_read_whole_is_not_sent() {
        check_whole(&present()).unwrap();
        let mut person = present();
        (person.roles, person.licenses, person.login_enabled) = (None, None, None);
        assert_eq!(check_whole(&person).unwrap_err().code, Code::Forbidden);
        let mut person = present();
        person.display_name = None;
        assert_eq!(check_whole(&person).unwrap_err().code, Code::Forbidden);
        let mut person = present();
        person.errors = Some([("title".to_owned(), webex::FieldError::default())].into());
        assert_eq!(check_whole(&person).unwrap_err().code, Code::Unavailable);
    }
}
