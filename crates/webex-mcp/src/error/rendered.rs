//! The text of an error: what is wrong, what to do next, what Webex said, and what the next call
//! needs.

use super::ErrorBody;
use crate::text::{Lines, Render, ShortId};

impl Render for ErrorBody<'_> {
    fn render(&self, out: &mut Lines) {
        out.line(&[self.message]);
        out.line(&[self.advice]);
        for candidate in self.candidates.unwrap_or_default() {
            out.gap();
            out.theirs(&candidate.name);
            if let Some(address) = &candidate.email {
                out.line(&[address]);
            }
            if let Some(detail) = &candidate.detail {
                out.line(&[detail]);
            }
            out.line(&["id: ", &ShortId::from(&*candidate.id)]);
        }
        if let Some(confirmation) = self.confirmation {
            out.theirs(&confirmation.question);
            out.line(&["confirmationToken: ", &confirmation.confirmation_token]);
        }
        if let Some(said) = self.webex_message {
            out.line(&["Webex said:"]);
            out.theirs(said);
        }
        if let Some(scopes) = self.missing_scopes {
            out.line(&["missing scopes: ", &scopes.join(", ")]);
        }
        if let Some(ids) = self.made_ids {
            out.line(&["made in Webex before it failed: ", &ids.join(", ")]);
        }
        if let Some(url) = self.url {
            out.line(&["page to open: ", url]);
        }
        out.gap();
        out.line(&["code: ", self.code]);
        if let Some(seconds) = self.retry_after_seconds {
            out.add(&[", retryAfterSeconds: ", &seconds.to_string()]);
        }
        if let Some(id) = self.tracking_id {
            out.add(&[", trackingId: ", id]);
        }
    }
}
