//! The rules: what may be done with rows, who may do it, and its consequences. Nothing here knows
//! HTTP.

pub(crate) mod attachment_actions;
pub(crate) mod caller;
pub(crate) mod contents;
pub(crate) mod events;
pub(crate) mod meetings;
pub(crate) mod memberships;
pub(crate) mod messages;
pub(crate) mod people;
pub(crate) mod rooms;
pub(crate) mod shown;
pub(crate) mod sight;
pub(crate) mod team_memberships;
pub(crate) mod teams;
pub(crate) mod webhooks;
