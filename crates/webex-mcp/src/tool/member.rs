//! Members of a space or a team: what the answers about both have in common.

use schemars::JsonSchema;
use serde::Serialize;
use webex::WebexError;

use super::{Context, Lines, Render, ShortId, Theirs};
use crate::error::CallError;

/// What people are members of, with its name where that is known.
pub trait Group: Serialize + JsonSchema {
    /// What it is, in a word.
    const WORD: &'static str;
    /// How a text calls the id of a membership of it.
    const ID: &'static str;

    fn name(&self) -> Option<&Theirs>;
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Space {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<Theirs>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Team {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Theirs>,
}

impl Group for Space {
    const WORD: &'static str = "space";
    const ID: &'static str = "membershipId";

    fn name(&self) -> Option<&Theirs> {
        self.space.as_ref()
    }
}

impl Group for Team {
    const WORD: &'static str = "team";
    const ID: &'static str = "id";

    fn name(&self) -> Option<&Theirs> {
        self.team.as_ref()
    }
}

/// Whom and which space or team a write was about, as far as that is known.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member<G> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Theirs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_email: Option<String>,
    #[serde(flatten)]
    pub of: G,
}

/// A person who was added, or was a member before.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added<G> {
    /// The membership's, where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ShortId>,
    /// Was one before; nothing changed.
    pub already_member: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_moderator: bool,
    #[serde(flatten)]
    pub member: Member<G>,
}

/// A person who was taken out, or left.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Removed<G> {
    pub removed: bool,
    #[serde(skip)]
    pub is_own: bool,
    #[serde(flatten)]
    pub member: Member<G>,
}

impl<G: Group> Member<G> {
    /// Somebody who was a member before, as far as the arguments told who that is.
    pub fn asked_for(
        context: &Context,
        person_id: Option<&str>,
        person_email: Option<String>,
        of: G,
    ) -> Self {
        let met = person_id.and_then(|id| context.met(id));
        Member {
            name: met.map(|met| met.name.clone()),
            person_email: person_email.or_else(|| met?.email.clone()),
            of,
        }
    }

    /// Who, then where: `preposition` leads to the space or team.
    fn render(&self, out: &mut Lines, preposition: &str) {
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        if let Some(address) = &self.person_email {
            out.line(&[address]);
        }
        if let Some(name) = self.of.name() {
            out.line(&[preposition, " the ", G::WORD, ":"]);
            out.theirs(name);
        }
    }
}

impl<G: Group> Render for Added<G> {
    fn render(&self, out: &mut Lines) {
        match self.already_member {
            true => {
                out.line(&["Nothing changed: this person is a member already."]);
                self.member.render(out, "of");
            }
            false => {
                let role = if self.is_moderator {
                    " as a moderator"
                } else {
                    ""
                };
                out.line(&["Added", role, ":"]);
                self.member.render(out, "to");
            }
        }
        out.fact(G::ID, self.id.as_ref());
    }
}

impl<G: Group> Render for Removed<G> {
    fn render(&self, out: &mut Lines) {
        match (self.is_own, self.member.of.name()) {
            (true, Some(name)) => {
                out.line(&["You left the ", G::WORD, ":"]);
                out.theirs(name);
            }
            (true, None) => out.line(&["You left the ", G::WORD, "."]),
            (false, _) => {
                out.line(&["Removed:"]);
                self.member.render(out, "from");
            }
        }
    }
}

/// Who a member is: the name, and the address or else the id.
pub fn render_who(
    out: &mut Lines,
    name: Option<&Theirs>,
    address: Option<&str>,
    person_id: Option<&ShortId>,
) {
    match name {
        Some(name) => out.theirs(name),
        None => out.line(&["Somebody without a name."]),
    }
    match (address, person_id) {
        (Some(address), _) => out.line(&[address]),
        (None, Some(id)) => out.line(&["person ", id]),
        (None, None) => out.line(&["of unknown address"]),
    }
}

/// Webex's 404 to somebody who is to be added: of the person, where the space or team could be read.
pub fn not_there<G: Group>(error: WebexError, of: &G) -> CallError {
    let error = CallError::from(error);
    match of.name() {
        Some(_) => error.advise(
            "Nobody has this id or e-mail address: check it, or give the full name as personId. Nobody was added.",
        ),
        None => error.advise(format!(
            "Check the {0} and the person: either you are not in this {0}, or nobody has this id or e-mail address.",
            G::WORD
        )),
    }
}
