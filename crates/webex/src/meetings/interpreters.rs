//! Simultaneous interpretation: whether a meeting has it, and who interprets.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::error::WebexError;
use crate::meetings::{Meetings, scheduled};
use crate::operation::{Operation, Repeat};
use crate::page::Page;

/// `PUT /meetings/{meetingId}/simultaneousInterpretation`.
pub static UPDATE_ALL: Operation = Operation {
    name: "meeting_interpreters.update_all",
    method: Method::PUT,
    path: "/meetings/{meetingId}/simultaneousInterpretation",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `POST /meetings/{meetingId}/interpreters`.
pub static CREATE: Operation = Operation {
    name: "meeting_interpreters.create",
    method: Method::POST,
    path: "/meetings/{meetingId}/interpreters",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `GET /meetings/{meetingId}/interpreters`.
pub static LIST: Operation = Operation {
    name: "meeting_interpreters.list",
    method: Method::GET,
    path: "/meetings/{meetingId}/interpreters",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `GET /meetings/{meetingId}/interpreters/{interpreterId}`.
pub static GET: Operation = Operation {
    name: "meeting_interpreters.get",
    method: Method::GET,
    path: "/meetings/{meetingId}/interpreters/{interpreterId}",
    repeat: Repeat::Read,
    scopes: &["meeting:schedules_read"],
};

/// `PUT /meetings/{meetingId}/interpreters/{interpreterId}`.
pub static UPDATE: Operation = Operation {
    name: "meeting_interpreters.update",
    method: Method::PUT,
    path: "/meetings/{meetingId}/interpreters/{interpreterId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// `DELETE /meetings/{meetingId}/interpreters/{interpreterId}`.
pub static DELETE: Operation = Operation {
    name: "meeting_interpreters.delete",
    method: Method::DELETE,
    path: "/meetings/{meetingId}/interpreters/{interpreterId}",
    repeat: Repeat::Write,
    scopes: &["meeting:schedules_write"],
};

/// A meeting's interpretation.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SimultaneousInterpretation {
    /// Whether it is interpreted.
    pub enabled: bool,
    /// The interpreters.
    pub interpreters: Option<Vec<Interpreter>>,
}

/// An interpreter between two languages; several may share a pair.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interpreter {
    /// The interpreter's id; assigned by Webex.
    pub id: Option<String>,
    /// One language (ISO 639-1).
    #[serde(rename = "languageCode1")]
    pub language_code_1: String,
    /// The other language (ISO 639-1).
    #[serde(rename = "languageCode2")]
    pub language_code_2: String,
    /// The address; absent if there is no interpreter yet.
    pub email: Option<String>,
    /// The name.
    pub display_name: Option<String>,
}

/// An interpreter to add or to change.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteInterpreter {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// Whether Webex mails them.
    pub send_email: Option<bool>,
    /// The interpreter, without an id.
    #[serde(flatten)]
    pub interpreter: Interpreter,
}

impl WriteInterpreter {
    fn check(&self) -> Result<(), WebexError> {
        let codes = [
            ("languageCode1", &self.interpreter.language_code_1),
            ("languageCode2", &self.interpreter.language_code_2),
        ];
        for (field, code) in codes {
            if code.is_empty() {
                return Err(WebexError::invalid(
                    field,
                    "it must be a language's code (ISO 639-1), such as en",
                ));
            }
        }
        Ok(())
    }
}

/// The complete new interpretation of a meeting.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateInterpretation {
    /// The host on whose behalf the call acts; for admins. It is in Cisco's example, but not in its
    /// schema.
    pub host_email: Option<String>,
    /// The interpretation.
    #[serde(flatten)]
    pub interpretation: SimultaneousInterpretation,
}

/// The options for removing an interpreter.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteInterpreter {
    /// The host on whose behalf the call acts; for admins.
    pub host_email: Option<String>,
    /// Whether Webex mails them (Webex's default: yes).
    pub send_email: Option<bool>,
}

impl Meetings<'_> {
    /// Replaces a meeting's interpretation with all its interpreters.
    /// Scope: `meeting:schedules_write`.
    pub async fn update_interpretation(
        &self,
        meeting_id: &str,
        interpretation: &UpdateInterpretation,
    ) -> Result<SimultaneousInterpretation, WebexError> {
        let call = scheduled(&UPDATE_ALL, meeting_id)?.json(interpretation)?;
        self.0.reply(call).await
    }

    /// Adds an interpreter. Scope: `meeting:schedules_write`.
    pub async fn create_interpreter(
        &self,
        meeting_id: &str,
        interpreter: &WriteInterpreter,
    ) -> Result<Interpreter, WebexError> {
        interpreter.check()?;
        let call = scheduled(&CREATE, meeting_id)?.json(interpreter)?;
        self.0.reply(call).await
    }

    /// Lists interpreters. Scope: `meeting:schedules_read`.
    pub async fn list_interpreters(
        &self,
        meeting_id: &str,
        host_email: Option<&str>,
    ) -> Result<Page<Interpreter>, WebexError> {
        let call = LIST.call().id(meeting_id)?;
        self.0.page(call.query(&[("hostEmail", host_email)])?).await
    }

    /// Reads one interpreter. Scope: `meeting:schedules_read`.
    pub async fn get_interpreter(
        &self,
        meeting_id: &str,
        interpreter_id: &str,
        host_email: Option<&str>,
    ) -> Result<Interpreter, WebexError> {
        let call = GET.call().id(meeting_id)?.id(interpreter_id)?;
        self.0
            .reply(call.query(&[("hostEmail", host_email)])?)
            .await
    }

    /// Replaces one interpreter; without an address, the place stays empty.
    /// Scope: `meeting:schedules_write`.
    pub async fn update_interpreter(
        &self,
        meeting_id: &str,
        interpreter_id: &str,
        interpreter: &WriteInterpreter,
    ) -> Result<Interpreter, WebexError> {
        interpreter.check()?;
        let call = scheduled(&UPDATE, meeting_id)?.id(interpreter_id)?;
        self.0.reply(call.json(interpreter)?).await
    }

    /// Removes one interpreter. Scope: `meeting:schedules_write`.
    pub async fn delete_interpreter(
        &self,
        meeting_id: &str,
        interpreter_id: &str,
        query: &DeleteInterpreter,
    ) -> Result<(), WebexError> {
        let call = scheduled(&DELETE, meeting_id)?.id(interpreter_id)?;
        self.0.done(call.query(query)?).await
    }
}
