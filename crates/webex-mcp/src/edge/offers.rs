//! What a virtual server offers to those who sign in for it: the scopes of its tools, as far as the
//! integration at Webex was registered with them.

use std::collections::BTreeSet;

use webex::scopes::needs_role;

use crate::broker::Offer;
use crate::identity::{SIGN_IN_SCOPES, has_scope};
use crate::servers::VirtualServer;

/// The base has no scope of a tool that is for administrators or compliance officers: their other
/// scopes are no use to anybody else.
pub fn offer(server: &VirtualServer, registered: &[String]) -> Offer {
    let is_registered = |scope: &&str| has_scope(registered, scope);
    let (mut base, mut all) = (BTreeSet::new(), BTreeSet::new());
    for tool in server.every_tool() {
        let scopes = tool.entry.policy.scopes();
        if !scopes.iter().any(|scope| needs_role(scope)) {
            base.extend(scopes.iter().copied());
        }
        all.extend(scopes);
    }
    let is_closed = !all.is_empty() && !all.iter().any(|scope| has_scope(registered, scope));
    let chosen = |scopes: BTreeSet<&'static str>| -> Vec<String> {
        let always = SIGN_IN_SCOPES.into_iter().collect();
        let scopes = scopes.union(&always).copied().filter(is_registered);
        scopes.map(str::to_owned).collect()
    };
    Offer {
        slug: server.slug.to_string(),
        title: server.title.to_string(),
        base: chosen(base),
        all: chosen(all),
        is_closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::{Catalogue, Otherwise, built_in};

    fn offered(slug: &str, registered: &str) -> Offer {
        let catalogue = Catalogue::whole();
        let definitions = built_in(&catalogue);
        let definition = definitions.iter().find(|it| &*it.slug == slug).unwrap();
        let server = catalogue.serve(definition, Otherwise::Refuse);
        let registered: Vec<_> = registered.split(' ').map(str::to_owned).collect();
        offer(&server, &registered)
    }

    #[test]
    fn the_base_is_what_everybody_can_use_of_what_is_registered() {
        for (slug, registered, base, all) in [
            (
                "webex-messaging",
                "spark:people_read spark:kms spark:rooms_read meeting:schedules_read",
                "spark:kms spark:people_read spark:rooms_read",
                "spark:kms spark:people_read spark:rooms_read",
            ),
            (
                "webex-directory",
                "spark:people_read spark-admin:people_read spark-admin:people_write",
                "spark:people_read",
                "spark-admin:people_read spark-admin:people_write spark:people_read",
            ),
        ] {
            let offer = offered(slug, registered);
            assert_eq!((&*offer.base.join(" "), &*offer.all.join(" ")), (base, all));
            assert!(!offer.is_closed, "{slug}");
        }
        let whole = offered("webex-messaging", "spark:all");
        assert!(whole.base.contains(&"spark:messages_write".to_owned()));
        assert!(!whole.base.contains(&"spark:all".to_owned()), "{whole:?}");
    }

    #[test]
    fn a_server_whose_scopes_are_not_registered_is_closed() {
        let only = "spark:people_read spark:kms";
        for (slug, is_closed) in [
            ("webex-meeting", true),
            ("webex-compliance", true),
            ("webex-directory", false),
        ] {
            assert_eq!(offered(slug, only).is_closed, is_closed, "{slug}");
        }
    }
}
