//! The vocabulary of a generated world: plain ASCII, so that nothing has to be escaped.

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'static"))]
pub(super) struct Words {
    pub(super) first_names: List,
    pub(super) last_names: List,
    pub(super) jobs: List,
    pub(super) towns: List,
    pub(super) departments: List,
    pub(super) projects: List,
    pub(super) topics: List,
    pub(super) openings: List,
    pub(super) objects: List,
    pub(super) verbs: List,
    pub(super) endings: List,
    pub(super) answers: List,
}

type List = Vec<&'static str>;

impl Words {
    pub(super) fn read() -> Self {
        serde_json::from_str(include_str!("words.json")).unwrap_or_default()
    }
}
