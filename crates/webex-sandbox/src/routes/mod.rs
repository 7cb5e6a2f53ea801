//! Webex's routes, one module for each noun: each reads a request, applies the rules and shows
//! rows.

pub(crate) mod attachment_actions;
pub(crate) mod authorizations;
pub(crate) mod contents;
pub(crate) mod events;
pub(crate) mod invitees;
pub(crate) mod meeting_summaries;
pub(crate) mod meetings;
pub(crate) mod memberships;
pub(crate) mod messages;
pub(crate) mod participants;
pub(crate) mod people;
pub(crate) mod recordings;
pub(crate) mod rooms;
pub(crate) mod team_memberships;
pub(crate) mod teams;
pub(crate) mod transcripts;
pub(crate) mod webhooks;
