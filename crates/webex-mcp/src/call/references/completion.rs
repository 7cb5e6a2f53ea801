//! Completes what somebody types where a reference is wanted. A value is accepted as the reference:
//! a name that no other thing has, else an address or an id.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::forms::{as_id, link_target};
use super::meetings::is_title;
use super::names::{Kind, Named, Seen};
use super::{Beside, Looking};
use crate::error::{CallError, Code};
use crate::identity::{Caller, CredentialTag, Principal};
use crate::limits;
use crate::text;
use crate::tool::is_addressable;

/// The values for what was typed, best first.
#[derive(Debug)]
pub(in crate::call) struct Completed {
    pub values: Vec<String>,
    /// Whether these are all there are.
    pub is_whole: bool,
}

impl Default for Completed {
    fn default() -> Self {
        Completed {
            values: Vec::new(),
            is_whole: true,
        }
    }
}

/// Lists of names for completion, as long as found names are remembered. Otherwise each letter would
/// read them again.
#[derive(Debug)]
pub struct Lists(moka::sync::Cache<Key, Arc<Kept>>);

/// A narrow token, or a server with a scope, must not show what another one found. Only people are
/// looked up by what was typed.
type Key = (Principal, CredentialTag, Arc<str>, Kind, String);

#[derive(Debug)]
struct Kept {
    choices: Vec<Choice>,
    is_whole: bool,
}

#[derive(Debug)]
struct Choice {
    /// The name, to be compared.
    folded: String,
    value: String,
}

impl Default for Lists {
    fn default() -> Self {
        let weight = |key: &Key, kept: &Arc<Kept>| {
            let choices: usize = kept.choices.iter().map(Choice::bytes).sum();
            // An empty list has a weight as well.
            let bytes = size_of::<(Key, Kept)>() + key.4.len() + choices;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Lists(
            moka::sync::Cache::builder()
                .max_capacity(limits::COMPLETION_LISTS_MAX_BYTES)
                .weigher(weight)
                .time_to_live(Duration::from_secs(limits::NAME_MEMORY_SECONDS))
                .build(),
        )
    }
}

impl Choice {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.folded.len() + self.value.len()
    }
}

impl Looking<'_> {
    /// Everything whose name has what was typed; those that begin with it first.
    ///
    /// # Errors
    /// Whatever Webex refuses.
    pub(in crate::call) async fn complete(
        &self,
        lists: &Lists,
        policy: &Arc<str>,
        kind: Kind,
        typed: &str,
    ) -> Result<Completed, CallError> {
        let typed = text::fold(typed);
        let asked = match kind {
            // Webex lists people only by the beginning of their name.
            Kind::Person if typed.is_empty() => return Ok(Completed::default()),
            Kind::Person => typed.clone(),
            _ => String::new(),
        };
        let Caller {
            principal,
            credential_tag,
            ..
        } = self.caller;
        let (principal, tag) = (principal.clone(), credential_tag.clone());
        let key = (principal, tag, policy.clone(), kind, asked);
        let kept = match lists.0.get(&key) {
            Some(kept) => kept,
            None => {
                let kept = Arc::new(self.choices(kind, &typed).await?);
                lists.0.insert(key, kept.clone());
                kept
            }
        };
        let fits = |choice: &&Choice| kind == Kind::Person || choice.folded.contains(&typed);
        let mut fitting: Vec<_> = kept.choices.iter().filter(fits).collect();
        fitting.sort_by_key(|choice| !choice.folded.starts_with(&typed));
        Ok(Completed {
            values: fitting.iter().map(|choice| choice.value.clone()).collect(),
            is_whole: kept.is_whole,
        })
    }

    async fn choices(&self, kind: Kind, typed: &str) -> Result<Kept, CallError> {
        let seen = match kind {
            Kind::Space => self.look_at_spaces(None).await?,
            Kind::Team => self.look_at_teams(None).await?,
            Kind::Meeting => self.look_at_meetings("", None).await?.1,
            Kind::Person => match self.look_at_people(typed, Beside::default()).await {
                Ok(seen) => seen,
                // Nobody nearby has such a name, and the directory is closed to the token.
                Err(error) if matches!(error.code, Code::Forbidden) => Seen::of(true),
                Err(error) => return Err(error),
            },
        };
        let folded: Vec<_> = seen
            .fitting
            .iter()
            .map(|one| text::fold(&one.name))
            .collect();
        let mut with_name: HashMap<&str, usize> = HashMap::new();
        for name in &folded {
            *with_name.entry(name).or_default() += 1;
        }
        let is_known = seen.whole || kind != Kind::Person;
        let only: Vec<_> = folded
            .iter()
            .map(|name| is_known && with_name.get(name.as_str()) == Some(&1))
            .collect();
        let choices = seen.fitting.into_iter().zip(folded).zip(only);
        Ok(Kept {
            choices: choices
                .map(|((named, folded), is_only)| Choice {
                    value: value(kind, named, is_only),
                    folded,
                })
                .collect(),
            is_whole: seen.whole,
        })
    }
}

/// What stands for the thing: it is resolved to this thing and no other.
fn value(kind: Kind, named: Named, is_only: bool) -> String {
    let name = text::one_line(&named.name).trim().to_owned();
    let is_same = text::fold(&name) == text::fold(&named.name);
    match is_only && is_same && is_name(kind, &name) {
        true => name,
        false => named.email.unwrap_or(named.id),
    }
}

/// Whether a reference of this form is looked up as a name.
fn is_name(kind: Kind, name: &str) -> bool {
    let is_other = match kind {
        Kind::Person => name == "me" || name.contains('@'),
        Kind::Meeting => !is_title(name),
        Kind::Space | Kind::Team => false,
    };
    is_addressable(name)
        && !is_other
        && name.chars().count() <= limits::ARGUMENT_MAX_CHARS
        && matches!(as_id(kind, name), Ok(None))
        && link_target(kind, name).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_name_only_where_it_is_read_as_one() {
        let uuid = "bbceb1ad-43f1-3b58-9147-f14bb0c4d154";
        let person_id = webex::id::encode("us", "PEOPLE", uuid);
        let long = "x".repeat(limits::ARGUMENT_MAX_CHARS + 1);
        for (kind, name, is_value) in [
            (Kind::Space, "Engineering", true),
            (Kind::Space, "CI/CD 100%", true),
            (Kind::Space, "a@b", true),
            (Kind::Space, uuid, false),
            (Kind::Space, &person_id, false),
            (Kind::Space, "..", false),
            (Kind::Space, "", false),
            (Kind::Space, &long, false),
            (Kind::Team, "me", true),
            (Kind::Person, "me", false),
            (Kind::Person, "Bob Smith", true),
            (Kind::Person, "bob@example.com", false),
            (Kind::Meeting, "Design Review", true),
            (Kind::Meeting, "Design Review 2026-01-06", false),
            (Kind::Meeting, "2512 555 1234", false),
            (Kind::Meeting, "https://a.webex.com/m/1", false),
        ] {
            let named = Named::thing(name.to_owned(), "ID".to_owned());
            let expected = if is_value { name } else { "ID" };
            assert_eq!(value(kind, named, true), expected, "{name}");
            let named = Named::thing(name.to_owned(), "ID".to_owned());
            assert_eq!(value(kind, named, false), "ID");
        }
        let mut person = Named::thing("Bob\nSmith".to_owned(), "ID".to_owned());
        person.email = Some("bob@example.com".to_owned());
        assert_eq!(value(Kind::Person, person, true), "bob@example.com");
    }
}
