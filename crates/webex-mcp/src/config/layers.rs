//! The layers of the configuration: defaults, then the file, then the environment, then flags. Each
//! value remembers its origin.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::clients;
use super::environment::Environment;
use super::error::{ConfigError, Origin, UnknownVariable, WrongProxyVariable};
use super::settings::{self, Kind, SETTINGS, Setting};
use super::tables::{self, Tables};
use super::variables::{slip, unknown_variable, wrong_proxy};

/// The defaults, which are also the documentation of the settings.
pub const DEFAULTS: &str = include_str!("../../config.default.toml");

/// A configuration file has a few kilobytes; a larger file is something else.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// The key of `[broker]` that holds the tables of clients.
const CLIENTS: &str = "clients";

/// What a flag on the command line sets.
#[derive(Debug, Clone)]
pub struct Flag {
    pub flag: &'static str,
    pub section: &'static str,
    pub key: &'static str,
    pub value: Value,
}

/// The value of each setting that is set, by `section.key`, with its origin.
#[derive(Default)]
pub struct Layers {
    values: BTreeMap<String, (Value, Origin)>,
    /// Variables with our prefix that are not settings.
    pub unknown: Vec<UnknownVariable>,
    pub wrong_proxy: Option<WrongProxyVariable>,
    /// The keys of the file that are not settings.
    misspelt: Vec<ConfigError>,
}

/// Values may be secret: names only.
impl std::fmt::Debug for Layers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Layers {
    pub fn read(
        file: Option<&Path>,
        environment: &Environment,
        flags: Vec<Flag>,
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::default();
        layers.lay_text(DEFAULTS, |_| Origin::Default)?;
        if let Some(path) = file {
            let text = read_file(path)?;
            layers.lay_text(&text, |line| Origin::File {
                path: path.to_owned(),
                line,
            })?;
            layers.misspelt.sort_by_key(ConfigError::line);
            ConfigError::all(std::mem::take(&mut layers.misspelt))?;
        }
        layers.lay_environment(environment)?;
        for flag in flags {
            layers.set(flag.section, flag.key, flag.value, Origin::Flag(flag.flag));
        }
        layers.check_blanks()?;
        Ok(layers)
    }

    /// A blank path would be the current directory, and no text means anything blank.
    fn check_blanks(&self) -> Result<(), ConfigError> {
        let texts = SETTINGS.iter().filter(|it| it.kind == Kind::Text);
        let texts = texts.map(Setting::name);
        let of_clients = self.names(&clients::TABLES).flat_map(|id| {
            let keys = clients::TEXTS.iter();
            keys.map(move |key| format!("{}.{id}.{key}", clients::TABLES.prefix))
        });
        let is_blank = |name: &String| {
            let text = self.get(name).and_then(Value::as_str);
            text.is_some_and(|text| text.trim().is_empty())
        };
        let blank = texts.chain(of_clients).filter(is_blank);
        let refused = blank.map(|name| {
            self.refuse(
                &name,
                "it is empty; write what it is, or leave the setting out",
            )
        });
        ConfigError::all(refused.collect())
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).map(|(value, _)| value)
    }

    /// The origin of the setting's value; the default where it has none.
    pub fn origin(&self, name: &str) -> Origin {
        self.values
            .get(name)
            .map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// Removes a secret from the values, so that it cannot be shown with them.
    pub fn take_text(&mut self, name: &str) -> Option<(String, Origin)> {
        match self.values.remove(name)? {
            (Value::String(text), origin) => Some((text, origin)),
            _ => None,
        }
    }

    /// A mistake in this setting, with its origin.
    pub fn refuse(&self, name: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::Refused {
            place: self.origin(name),
            name: name.to_owned(),
            reason: reason.into(),
        }
    }

    /// All values as one table of sections.
    pub fn table(&self) -> Table {
        let mut table = Table::new();
        for setting in SETTINGS {
            let section = table
                .entry(setting.section)
                .or_insert_with(|| Value::Table(Table::new()));
            if let (Value::Table(section), Some(value)) = (section, self.get(&setting.name())) {
                section.insert(setting.key.to_owned(), value.clone());
            }
        }
        let named = |tables: &Tables| -> Value {
            let all = self.tables(tables);
            Value::Table(
                all.map(|(name, it)| (name.to_owned(), it.clone()))
                    .collect(),
            )
        };
        table.insert(tables::SECTION.to_owned(), named(&tables::TABLES));
        if let Some(Value::Table(broker)) = table.get_mut("broker") {
            broker.insert(CLIENTS.to_owned(), named(&clients::TABLES));
        }
        table
    }

    /// The names of the tables of a kind.
    pub fn names(&self, tables: &Tables) -> impl Iterator<Item = &str> {
        self.tables(tables).map(|(name, _)| name)
    }

    /// The tables of a kind, by their names.
    fn tables(&self, tables: &Tables) -> impl Iterator<Item = (&str, &Value)> {
        let prefix = tables.prefix;
        self.values.iter().filter_map(move |(name, (value, _))| {
            let name = name.strip_prefix(prefix)?.strip_prefix('.')?;
            (!name.contains('.')).then_some((name, value))
        })
    }

    fn set(&mut self, section: &str, key: &str, value: Value, origin: Origin) {
        self.values
            .insert(format!("{section}.{key}"), (value, origin));
    }

    fn lay_text(&mut self, text: &str, at: impl Fn(usize) -> Origin) -> Result<(), ConfigError> {
        let line_of = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count();
        let malformed = |error: toml::de::Error| ConfigError::Malformed {
            place: at(line_of(error.span().map_or(0, |span| span.start))),
            reason: error.message().trim_end_matches('.').to_owned(),
        };
        let places = toml::de::DeTable::parse(text).map_err(malformed)?;
        let values: Table = toml::from_str(text).map_err(malformed)?;
        for (section, body) in places.get_ref() {
            let place = at(line_of(section.span().start));
            let name: &str = section.get_ref();
            let (Some(Value::Table(values)), Some(keys)) =
                (values.get(name), body.get_ref().as_table())
            else {
                self.misspelt.push(unknown_key(place, name, None));
                continue;
            };
            if name == tables::SECTION {
                let at = |offset| at(line_of(offset));
                self.lay_tables(&tables::TABLES, values, keys, at)?;
                continue;
            }
            if !SETTINGS.iter().any(|setting| setting.section == name) {
                self.misspelt.push(unknown_key(place, name, None));
                continue;
            }
            for key in keys.keys() {
                let place = at(line_of(key.span().start));
                let key: &str = key.get_ref();
                if (name, key) == ("broker", CLIENTS) {
                    self.lay_clients(values, keys, |offset| at(line_of(offset)))?;
                    continue;
                }
                let Some(setting) = settings::find(name, key) else {
                    self.misspelt.push(unknown_key(place, name, Some(key)));
                    continue;
                };
                if setting.kind == Kind::Secret {
                    return Err(secret_in_file(place, setting));
                }
                if let Some(value) = values.get(key) {
                    self.set(name, key, value.clone(), place);
                }
            }
        }
        Ok(())
    }

    fn lay_clients(
        &mut self,
        values: &Table,
        keys: &toml::de::DeTable<'_>,
        at: impl Fn(usize) -> Origin,
    ) -> Result<(), ConfigError> {
        let names = keys.iter().find(|(key, _)| key.get_ref() == CLIENTS);
        let Some((key, body)) = names else {
            return Ok(());
        };
        match (values.get(CLIENTS), body.get_ref().as_table()) {
            (Some(Value::Table(values)), Some(names)) => {
                self.lay_tables(&clients::TABLES, values, names, at)
            }
            _ => Err(ConfigError::Refused {
                place: at(key.span().start),
                name: clients::TABLES.prefix.to_owned(),
                reason: clients::TABLES.shape.to_owned(),
            }),
        }
    }

    fn lay_tables(
        &mut self,
        tables: &Tables,
        values: &Table,
        names: &toml::de::DeTable<'_>,
        at: impl Fn(usize) -> Origin,
    ) -> Result<(), ConfigError> {
        for (key, body) in names {
            let place = at(key.span().start);
            let key: &str = key.get_ref();
            let name = format!("{}.{key}", tables.prefix);
            let refused = |reason: &str| ConfigError::Refused {
                place: place.clone(),
                name: name.clone(),
                reason: reason.to_owned(),
            };
            let (Some(Value::Table(values)), Some(keys)) =
                (values.get(key), body.get_ref().as_table())
            else {
                return Err(refused(tables.shape));
            };
            if let Some(fault) = (tables.fault)(key) {
                return Err(refused(fault));
            }
            if self.tables(tables).count() >= tables.most {
                return Err(refused(tables.too_many));
            }
            self.values
                .insert(name.clone(), (Value::Table(values.clone()), place.clone()));
            let Some((inner, inner_keys)) = tables.inner else {
                self.lay_table(&name, values, keys, tables.keys, &at)?;
                continue;
            };
            let known = [tables.keys, &[inner]].concat();
            self.lay_table(&name, values, keys, &known, &at)?;
            let inside = keys.get(inner).map(|inside| inside.get_ref().as_table());
            match (values.get(inner), inside) {
                (Some(Value::Table(values)), Some(Some(keys))) => {
                    let name = format!("{name}.{inner}");
                    self.lay_table(&name, values, keys, inner_keys, &at)?;
                }
                (None, _) => {}
                _ => return Err(refused("its scope is a table, [servers.<slug>.scope]")),
            }
        }
        Ok(())
    }

    fn lay_table(
        &mut self,
        name: &str,
        values: &Table,
        keys: &toml::de::DeTable<'_>,
        known: &[&str],
        at: impl Fn(usize) -> Origin,
    ) -> Result<(), ConfigError> {
        for key in keys.keys() {
            let place = at(key.span().start);
            let key: &str = key.get_ref();
            if !known.contains(&key) {
                let nearest = settings::nearest(key, known);
                self.misspelt.push(ConfigError::UnknownKey {
                    place,
                    name: format!("{name}.{key}"),
                    nearest: nearest.map(|near| format!("{name}.{near}")),
                });
                continue;
            }
            if let Some(value) = values.get(key) {
                self.set(name, key, value.clone(), place);
            }
        }
        Ok(())
    }

    fn lay_environment(&mut self, environment: &Environment) -> Result<(), ConfigError> {
        let is_known = |name: &str| SETTINGS.iter().any(|setting| setting.variable() == name);
        let unknown = environment.own_names().filter(|name| !is_known(name));
        let slips = environment.names().filter_map(slip);
        self.unknown = unknown.map(unknown_variable).chain(slips).collect();
        self.wrong_proxy = wrong_proxy(environment);
        for setting in SETTINGS {
            let variable = setting.variable();
            let canonical = environment.get(&variable);
            let alias = setting
                .alias
                .and_then(|alias| Some((alias, environment.get(alias)?)));
            let (variable, text) = match (canonical, alias) {
                (Some(one), Some((alias, two))) if one != two => {
                    return Err(ConfigError::Refused {
                        place: Origin::Variable(variable),
                        name: setting.name(),
                        reason: format!("{alias} has another value; set one of them"),
                    });
                }
                (Some(text), _) => (variable, text),
                (None, Some((alias, text))) => (alias.to_owned(), text),
                (None, None) => continue,
            };
            let origin = Origin::Variable(variable);
            let value = setting.typed(text).map_err(|reason| ConfigError::Refused {
                place: origin.clone(),
                name: setting.name(),
                reason: reason.to_owned(),
            })?;
            self.set(setting.section, setting.key, value, origin);
        }
        Ok(())
    }
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if metadata.len() > FILE_MAX_BYTES {
        return Err(unreadable("it is larger than 1 MiB".to_owned()));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}

fn unknown_key(place: Origin, section: &str, key: Option<&str>) -> ConfigError {
    let (name, nearest) = match key {
        None => {
            let known = SETTINGS.iter().map(|setting| setting.section);
            let known = known.chain([tables::SECTION]);
            (section.to_owned(), settings::nearest(section, known))
        }
        Some(key) => {
            let siblings = SETTINGS.iter().filter(|setting| setting.section == section);
            let nearest = settings::nearest(key, siblings.map(|setting| setting.key));
            let nearest = nearest.map(|near| format!("{section}.{near}"));
            (format!("{section}.{key}"), nearest)
        }
    };
    ConfigError::UnknownKey {
        place,
        name,
        nearest,
    }
}

fn secret_in_file(place: Origin, setting: &Setting) -> ConfigError {
    let variable = setting
        .alias
        .map_or_else(|| setting.variable(), str::to_owned);
    ConfigError::Refused {
        place,
        name: setting.name(),
        reason: format!(
            "a secret does not belong into this file; set {variable}, or {}_file to a file that holds it",
            setting.key
        ),
    }
}
