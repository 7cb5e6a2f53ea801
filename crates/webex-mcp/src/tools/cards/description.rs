//! A card as a caller describes it in few words, and the Adaptive Card that is made of it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use webex::messages::Attachment;

use crate::error::CallError;
use crate::limits::{
    CARD_BUTTONS_MAX, CARD_CHOICES_MAX, CARD_FACTS_MAX, CARD_FALLBACK_MAX_BYTES,
    CARD_INPUT_ID_MAX_CHARS, CARD_INPUTS_MAX,
};
use crate::tools::messages::writing::card::{check_address, check_shown, checked};

/// The newest version that Webex shows.
const VERSION: &str = "1.3";

/// What is on the card, as arguments have it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// Heading.
    title: String,
    /// Markdown.
    text: Option<String>,
    /// At most 50 rows.
    #[schemars(length(max = CARD_FACTS_MAX))]
    facts: Option<Vec<Fact>>,
    /// At most 30 fields to fill in; they need a button that sends them.
    #[schemars(length(max = CARD_INPUTS_MAX))]
    inputs: Option<Vec<Input>>,
    /// At most 5. With an https url it opens a page; else it sends the inputs, and data.
    #[schemars(length(max = CARD_BUTTONS_MAX))]
    buttons: Option<Vec<Button>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fact {
    name: String,
    value: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Input {
    /// Key in the answer, such as rating.
    #[schemars(length(max = CARD_INPUT_ID_MAX_CHARS))]
    id: String,
    label: String,
    kind: InputKind,
    #[schemars(length(max = CARD_CHOICES_MAX))]
    choices: Option<Vec<String>>,
    is_required: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum InputKind {
    Text,
    Number,
    Date,
    Toggle,
    Choice,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Button {
    title: String,
    url: Option<String>,
    data: Option<Map<String, Value>>,
}

impl Description {
    /// The card, within the bounds of every card.
    ///
    /// # Errors
    /// `invalid_arguments`, naming what cannot be shown, filled in or sent.
    pub fn card(&self) -> Result<Attachment, CallError> {
        check_words("title", &self.title)?;
        let mut body = vec![json!({
            "type": "TextBlock", "text": self.title, "size": "Large", "weight": "Bolder",
            "wrap": true,
        })];
        if let Some(text) = &self.text {
            check_words("text", text)?;
            body.push(json!({"type": "TextBlock", "text": text, "wrap": true}));
        }
        let facts = self.facts.iter().flatten().enumerate();
        let facts: Vec<_> = facts
            .map(|(at, fact)| fact.element(at))
            .collect::<Result<_, _>>()?;
        if !facts.is_empty() {
            body.push(json!({"type": "FactSet", "facts": facts}));
        }
        for (at, input) in self.inputs.iter().flatten().enumerate() {
            let before = self.inputs.iter().flatten().take(at);
            let is_used = before.into_iter().any(|other| other.id == input.id);
            body.push(input.element(at, is_used)?);
        }
        let buttons = self.buttons.iter().flatten().enumerate();
        let actions: Vec<_> = buttons
            .map(|(at, button)| button.element(at))
            .collect::<Result<_, _>>()?;
        self.check_sends()?;
        let mut card = json!({"type": "AdaptiveCard", "version": VERSION, "body": body});
        if !actions.is_empty() {
            card["actions"] = actions.into();
        }
        checked("card", card)
    }

    /// Inputs that nobody can send are a mistake.
    fn check_sends(&self) -> Result<(), CallError> {
        let has_inputs = self.inputs.iter().flatten().next().is_some();
        let mut buttons = self.buttons.iter().flatten();
        match has_inputs && !buttons.any(|button| button.url.is_none()) {
            true => Err(CallError::invalid(
                "buttons",
                "inputs need a button that sends them: one with a title and without url",
            )),
            false => Ok(()),
        }
    }

    /// What stands in place of the card where none is shown.
    pub fn fallback(&self) -> String {
        let mut words = self.title.trim().to_owned();
        let facts = self.facts.iter().flatten();
        let facts = facts.map(|fact| format!("{}: {}", fact.name, fact.value));
        for line in self.text.clone().into_iter().chain(facts) {
            if words.len() > CARD_FALLBACK_MAX_BYTES {
                break;
            }
            words.push('\n');
            words.push_str(&line);
        }
        if words.len() > CARD_FALLBACK_MAX_BYTES {
            words.truncate(words.floor_char_boundary(CARD_FALLBACK_MAX_BYTES));
            words.push('…');
        }
        words
    }
}

impl Fact {
    fn element(&self, at: usize) -> Result<Value, CallError> {
        check_words(&format!("facts[{at}].name"), &self.name)?;
        check_shown(&format!("facts[{at}].value"), &self.value)?;
        Ok(json!({"title": self.name, "value": self.value}))
    }
}

impl Input {
    fn element(&self, at: usize, is_used: bool) -> Result<Value, CallError> {
        let place = |field: &str| format!("inputs[{at}].{field}");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if self.id.is_empty() || !self.id.bytes().all(is_plain) {
            let right = "it has to be a word of letters, digits, _ and -, such as rating";
            return Err(CallError::invalid(&place("id"), right));
        }
        if is_used {
            let right = "another input has this id; give each its own";
            return Err(CallError::invalid(&place("id"), right));
        }
        check_words(&place("label"), &self.label)?;
        let choices = self.choices.as_deref().unwrap_or_default();
        if (self.kind == InputKind::Choice) == choices.is_empty() {
            let right = match self.kind {
                InputKind::Choice => "kind choice needs the texts to choose from",
                _ => "they go with kind choice only",
            };
            return Err(CallError::invalid(&place("choices"), right));
        }
        for (number, choice) in choices.iter().enumerate() {
            check_words(&place(&format!("choices[{number}]")), choice)?;
        }
        let mut input = match self.kind {
            InputKind::Text => json!({"type": "Input.Text", "isMultiline": true}),
            InputKind::Number => json!({"type": "Input.Number"}),
            InputKind::Date => json!({"type": "Input.Date"}),
            // Its words stand beside the box.
            InputKind::Toggle => json!({"type": "Input.Toggle", "title": self.label}),
            InputKind::Choice => {
                let choice = |choice: &String| json!({"title": choice, "value": choice});
                let choices: Vec<_> = choices.iter().map(choice).collect();
                json!({"type": "Input.ChoiceSet", "choices": choices})
            }
        };
        input["id"] = self.id.as_str().into();
        if self.kind != InputKind::Toggle {
            input["label"] = self.label.as_str().into();
        }
        if self.is_required == Some(true) {
            input["isRequired"] = true.into();
            // Told where it is missing: the label is in the card's own language.
            input["errorMessage"] = self.label.as_str().into();
        }
        Ok(input)
    }
}

impl Button {
    fn element(&self, at: usize) -> Result<Value, CallError> {
        check_words(&format!("buttons[{at}].title"), &self.title)?;
        let title = &self.title;
        match (&self.url, &self.data) {
            (Some(_), Some(_)) => Err(CallError::invalid(
                &format!("buttons[{at}]"),
                "give url or data, not both: a button opens a page or sends values",
            )),
            (Some(url), None) => {
                check_address(&format!("buttons[{at}].url"), url)?;
                Ok(json!({"type": "Action.OpenUrl", "title": title, "url": url}))
            }
            (None, Some(data)) => {
                Ok(json!({"type": "Action.Submit", "title": title, "data": data}))
            }
            (None, None) => Ok(json!({"type": "Action.Submit", "title": title})),
        }
    }
}

/// Words that are shown on the card.
fn check_words(field: &str, words: &str) -> Result<(), CallError> {
    match words.trim().is_empty() {
        true => Err(CallError::invalid(field, "it is blank; give it words")),
        false => check_shown(field, words),
    }
}
