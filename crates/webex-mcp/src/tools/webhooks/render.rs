//! What answers about webhooks tell a reader.

use super::delete::Deleted;
use super::get::Webhooks;
use super::{Changed, Created, Webhook};
use crate::tool::{Lines, Render, render_rows};

/// What it is called, what it sends where, and whether it does.
impl Render for Webhook {
    fn render(&self, out: &mut Lines) {
        match &self.name {
            Some(name) => out.theirs(name),
            None => out.line(&["A webhook without a name."]),
        }
        let resource = self.resource.as_deref().unwrap_or("unknown");
        let event = self.event.as_deref().unwrap_or("unknown");
        let target = self.target_url.as_deref().unwrap_or("an unknown address");
        out.line(&["resource ", resource, ", event ", event, ", to ", target]);
        out.fact("filter", self.filter.as_ref());
        out.fact("ownedBy", self.owned_by.as_ref());
        out.fact("status", self.status.as_ref());
        if self.status.as_deref() == Some("inactive") {
            out.add(&[": Webex gave up delivering"]);
        }
        if self.is_received_here {
            out.line(&["Its deliveries come to this server"]);
            match &self.last_delivery {
                Some(at) => out.add(&["; the last came at ", at, "."]),
                None => out.add(&["; none is in its inbox."]),
            }
        }
        out.line(&["id: ", &self.id]);
    }
}

impl Render for Created {
    fn render(&self, out: &mut Lines) {
        out.line(&["Created the webhook:"]);
        self.webhook.render(out);
        if let Some(secret) = &self.secret {
            out.line(&["secret, told only now: ", secret]);
        }
    }
}

impl Render for Changed {
    fn render(&self, out: &mut Lines) {
        out.line(&["Changed the webhook; it is now:"]);
        self.0.render(out);
    }
}

impl Render for Deleted {
    fn render(&self, out: &mut Lines) {
        out.line(&["Deleted the webhook; there are no more deliveries. This makes it again, with a new secret:"]);
        if let Some(name) = &self.name {
            out.theirs(name);
        }
        out.fact("targetUrl", self.target_url.as_ref());
        out.fact("resource", self.resource.as_ref());
        out.fact("event", self.event.as_ref());
        out.fact("filter", self.filter.as_ref());
        out.fact("ownedBy", self.owned_by.as_ref());
    }
}

impl Render for Webhooks {
    fn render(&self, out: &mut Lines) {
        render_rows(out, &self.webhooks, "No webhooks.");
        self.page.render(out);
    }
}
