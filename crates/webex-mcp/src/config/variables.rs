//! Variables that are passed over, and what was probably meant.

use super::environment::Environment;
use super::error::{UnknownVariable, WrongProxyVariable};
use super::settings::{self, PREFIX, SETTINGS, Setting};
use crate::limits;

/// A variable with our prefix that is not a setting.
pub(super) fn unknown_variable(name: &str) -> UnknownVariable {
    // The prefix is the same everywhere and would make every name look similar.
    let nearest = settings::nearest(
        name.trim_start_matches(PREFIX),
        SETTINGS
            .iter()
            .map(|setting| setting.variable()[PREFIX.len()..].to_owned()),
    );
    UnknownVariable {
        name: name.to_owned(),
        nearest: nearest.map(|near| format!("{PREFIX}{near}")),
    }
}

/// A variable without our whole prefix that is written almost as one of ours. Other programs have
/// variables that begin with WEBEX_ too.
pub(super) fn slip(name: &str) -> Option<UnknownVariable> {
    let aliases = || SETTINGS.iter().filter_map(|setting| setting.alias);
    // A second account's variable, such as WEBEX_ACCESS_TOKEN_2, is meant so.
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let is_meant = name.starts_with(PREFIX) || aliases().any(|alias| alias == bare);
    if is_meant || !name.starts_with("WEBEX_") {
        return None;
    }
    let full = SETTINGS.iter().map(Setting::variable);
    let all = full.chain(aliases().map(str::to_owned));
    let near = all.map(|known| (strsim::osa_distance(name, &known), known));
    let (slips, nearest) = near.min()?;
    (slips <= limits::VARIABLE_SLIPS_MAX).then(|| UnknownVariable {
        name: name.to_owned(),
        nearest: Some(nearest),
    })
}

/// The variable of a proxy that cannot be one, if calls would pass it over.
pub(super) fn wrong_proxy(environment: &Environment) -> Option<WrongProxyVariable> {
    for pair in [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]] {
        let mut set = pair
            .into_iter()
            .filter(|name| environment.names().any(|it| it == *name));
        // As the client looks for it: the first one that is there counts, even if it is empty.
        let set = set
            .next()
            .and_then(|name| Some((name, environment.get(name)?)));
        match set {
            Some((_, text)) if webex::transport::is_proxy(text) => return None,
            Some((name, _)) => return Some(WrongProxyVariable(name)),
            None => {}
        }
    }
    None
}
