//! Turns the tables of the configuration into servers.

use std::sync::Arc;

use super::scopes;
use super::selection::Unknown;
use super::{
    AskBefore, AuthenticationChoice, Catalogue, Definition, Otherwise, Selection, ServerLimits,
    built_in,
};
use crate::config::tables::{Confirm, ServerTable, WithoutElicitation};
use crate::config::{AuthMode, Config, ConfigError, Layers};

/// Every server of this configuration: first the built-in ones, changed by the tables with their
/// slugs, then those that only a table describes, sorted by slug.
///
/// # Errors
/// A word that names no tool, or a table that leaves no tools; each with its line.
pub fn definitions(
    config: &Config,
    layers: &Layers,
    catalogue: &Catalogue,
) -> Result<Vec<Definition>, ConfigError> {
    let mut definitions = built_in(catalogue);
    for (slug, table) in &config.servers {
        let refuse = |key: &str, reason: String| {
            Err(layers.refuse(&format!("servers.{slug}.{key}"), reason))
        };
        let place = definitions
            .iter()
            .position(|definition| *definition.slug == **slug);
        let place = place.unwrap_or_else(|| {
            definitions.push(Definition::new(slug, slug));
            definitions.len() - 1
        });
        let definition = &mut definitions[place];
        describe(definition, table);
        if let Err((key, unknown)) = select(definition, table, catalogue) {
            return refuse(key, unknown.to_string());
        }
        if let Some(scope) = &table.scope {
            match scopes::scope(scope) {
                Ok(scope) => definition.scope = Some(scope),
                Err((key, reason)) => return refuse(&format!("scope.{key}"), reason),
            }
        }
        if !catalogue.has_any(definition) {
            let key = match table.exclude {
                Some(_) => "exclude",
                None => "read_only",
            };
            return refuse(key, "it leaves the server without any tool".to_owned());
        }
    }
    Ok(definitions)
}

/// Applies everything that a table sets besides tools.
fn describe(definition: &mut Definition, table: &ServerTable) {
    let text = |text: &Option<String>| text.as_deref().map(Arc::<str>::from);
    if let Some(title) = text(&table.title) {
        definition.title = title;
    }
    if let Some(description) = text(&table.description) {
        definition.description = Some(description);
    }
    definition.instructions = text(&table.instructions);
    definition.authentication = match table.authentication {
        None => AuthenticationChoice::Inherit,
        Some(AuthMode::Static) => AuthenticationChoice::Static,
        Some(AuthMode::Passthrough) => AuthenticationChoice::Passthrough,
        Some(AuthMode::Broker) => AuthenticationChoice::Broker,
        Some(AuthMode::Jwt) => AuthenticationChoice::Jwt,
    };
    definition.limits = ServerLimits {
        calls_per_minute: table.calls_per_minute,
        concurrent_calls: table.concurrent_calls.map(Into::into),
    };
    definition.ask = match table.confirm {
        None | Some(Confirm::Destroy) => AskBefore::Destroy,
        Some(Confirm::Write) => AskBefore::Write,
        Some(Confirm::Never) => AskBefore::Never,
    };
    definition.otherwise = table.without_elicitation.map(|choice| match choice {
        WithoutElicitation::Token => Otherwise::Token,
        WithoutElicitation::Refuse => Otherwise::Refuse,
    });
}

fn select(
    definition: &mut Definition,
    table: &ServerTable,
    catalogue: &Catalogue,
) -> Result<(), (&'static str, Unknown)> {
    let mut selection: Selection = std::mem::take(&mut definition.selection);
    let entries = catalogue.entries();
    if let Some(words) = &table.tools {
        let chosen = selection.including(words, entries);
        selection = chosen.map_err(|unknown| ("tools", unknown))?;
    }
    if let Some(words) = &table.exclude {
        let chosen = selection.excluding(words, entries);
        selection = chosen.map_err(|unknown| ("exclude", unknown))?;
    }
    definition.selection = selection.read_only(table.read_only.unwrap_or(false));
    definition.is_filtered =
        table.tools.is_some() || table.exclude.is_some() || table.read_only == Some(true);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Loaded};
    use crate::servers::VirtualServer;
    use crate::tool::{Effect, Kind};

    fn servers(file: &str) -> Result<Vec<Arc<VirtualServer>>, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s.toml");
        std::fs::write(&path, file).unwrap();
        let loaded = Loaded::read(Some(&path), &Environment::default(), vec![]);
        let catalogue = Catalogue::whole();
        let definitions = loaded
            .and_then(|loaded| definitions(&loaded.config, &loaded.layers, &catalogue))
            .map_err(|error| {
                let told = error.to_string();
                told.replace(&format!("{}", path.display()), "s.toml")
            })?;
        let served = definitions.iter();
        Ok(served
            .map(|definition| catalogue.serve(definition, Otherwise::Refuse))
            .collect())
    }

    #[test]
    fn a_table_makes_a_server_and_changes_only_what_it_sets() {
        let servers = servers(
            "[servers.desk]\ntitle = \"Desk\"\ntools = [\"messages\"]\nexclude = [\"webex-delete-*\"]\n\
             confirm = \"write\"\nwithout_elicitation = \"token\"\nauthentication = \"passthrough\"\n\
             calls_per_minute = 60\nconcurrent_calls = 4\n\
             [servers.webex]\nread_only = true\n[servers.plain]\n",
        )
        .unwrap();
        let slugs: Vec<_> = servers.iter().map(|server| &*server.slug).collect();
        let [messaging, .., webex, desk, plain] = servers.as_slice() else {
            panic!("{slugs:?}");
        };
        assert_eq!(slugs.len(), built_in(&Catalogue::whole()).len() + 2);
        assert_eq!(
            [&messaging.slug, &webex.slug, &desk.slug, &plain.slug].map(|slug| &**slug),
            ["webex-messaging", "webex", "desk", "plain"]
        );
        assert!(servers.iter().all(|server| server.scope.is_none()));
        // What a table does not set stays as it was.
        assert_eq!(webex.description.as_deref(), Some("Every tool."));
        assert_eq!(
            (messaging.tools.len(), messaging.is_filtered()),
            (24, false)
        );
        assert_eq!(messaging.confirmation.otherwise, Otherwise::Refuse);
        let reads = |tool: &Arc<_>| {
            let tool: &crate::servers::listed::Listed = tool;
            tool.entry.policy.effect == Effect::Read
        };
        assert!(webex.tools.iter().all(reads) && webex.is_filtered());
        assert_eq!((&*webex.title, &*webex.id), ("Webex", "mcp_webex"));
        assert!(desk.find(Kind::Tool, "webex-create-message").is_some());
        assert!(desk.find(Kind::Tool, "webex-delete-message").is_none());
        assert!(desk.find(Kind::Tool, "webex-get-space").is_none());
        assert_eq!((&*desk.title, &*desk.id), ("Desk", "mcp_desk"));
        assert_eq!(desk.confirmation.ask, AskBefore::Write);
        assert_eq!(desk.confirmation.otherwise, Otherwise::Token);
        assert_eq!(desk.authentication, AuthenticationChoice::Passthrough);
        assert_eq!(desk.limits.calls_per_minute.unwrap().get(), 60);
        assert_eq!(desk.limits.concurrent_calls, Some(4));
        assert_eq!((&*plain.title, plain.is_filtered()), ("plain", false));
    }

    #[test]
    fn a_compact_server_takes_no_token_whatever_its_table_says() {
        for table in [
            "title = \"Few\"",
            "without_elicitation = \"token\"",
            "confirm = \"never\"",
        ] {
            let servers = servers(&format!("[servers.webex-compact]\n{table}\n")).unwrap();
            let compact = servers.iter().find(|one| &*one.slug == "webex-compact");
            let confirmation = compact.unwrap().confirmation;
            assert_eq!(confirmation.otherwise, Otherwise::Refuse, "{table}");
            assert!(confirmation.asks(Effect::Destroy), "{table}");
            assert!(!confirmation.takes_token(Effect::Destroy, None), "{table}");
        }
    }

    #[test]
    fn each_mistake_is_told_with_its_line_and_the_nearest_name() {
        for (file, told) in [
            (
                "[servers.desk]\ntools = [\"mesages\"]",
                "s.toml, line 2: `servers.desk.tools`: `mesages` is not a tool, noun or effect; did you mean `messages`?",
            ),
            (
                "[servers.desk]\ntitle = \"d\"\nexclude = [\"webex-get-spaces\"]",
                "line 3: `servers.desk.exclude`: `webex-get-spaces` is not a tool, noun or effect; did you mean `webex-get-space`?",
            ),
            (
                "[servers.desk]\nexclude = [\"*\"]",
                "line 2: `servers.desk.exclude`: it leaves the server without any tool",
            ),
            (
                "[servers.desk]\nexclude = [\"*\"]\n[servers.desk.scope]\ndomains = [\"example.com\"]",
                "line 2: `servers.desk.exclude`: it leaves the server without any tool",
            ),
            (
                "[servers.desk]\ntools = [\"webex-create-space\"]\nread_only = true",
                "line 3: `servers.desk.read_only`: it leaves the server without any tool",
            ),
            (
                "[servers.desk.scope]\nspaces = [\"Project Unicorn\"]",
                "line 2: `servers.desk.scope.spaces`: `Project Unicorn` is not the id or the link of a space",
            ),
            (
                "[servers.desk]\n[servers.desk.scope]\ndirect_mesages = true",
                "line 3: there is no setting `servers.desk.scope.direct_mesages`; did you mean `servers.desk.scope.direct_messages`?",
            ),
            (
                "[servers.desk.scope]\nauthors = []",
                "line 2: `servers.desk.scope.authors`: it shows nobody; leave it out, or name the organization or a domain",
            ),
            (
                "[servers.desk.scope]\nauthors = [\"everyone\"]",
                "`everyone` is not \"organization\" or a domain such as example.com",
            ),
            (
                "[servers.desk.scope]\nmax_audience = 20\nask_above = 20",
                "line 3: `servers.desk.scope.ask_above`: it has to be lower than max_audience, 20, which refuses",
            ),
            (
                "[servers.desk.scope]\nmention_all = \"maybe\"",
                "true, false or \"ask\"",
            ),
            (
                "[servers.desk]\nscope = 5",
                "its scope is a table, [servers.<slug>.scope]",
            ),
        ] {
            let error = servers(file).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
