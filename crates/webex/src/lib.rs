//! A client for the Webex REST API: typed, bounded, and precise about errors.
//!
//! One [`Webex`] for each upstream holds connections and settings; one [`Client`] for each access
//! token makes the calls, which are grouped by noun. Every call ends by a deadline, repeats only
//! what is safe to repeat, never follows a redirect and never sends the token to another host.
//!
//! ```no_run
//! use webex::messages::{CreateMessage, Destination, ListMessages};
//! use webex::{AccessToken, Webex};
//!
//! # async fn example(room_id: String) -> Result<(), webex::WebexError> {
//! let webex = Webex::new("https://webexapis.com/v1")?;
//! let client = webex.client(AccessToken::new("the-token")?);
//!
//! let mut message = CreateMessage::to(Destination::Room(room_id.clone()));
//! message.markdown = Some("**Deployed** 1.4.2".to_owned());
//! client.messages().create(&message).await?;
//!
//! let newest = client.messages().list(&ListMessages::in_room(room_id)).await?;
//! for message in newest.items {
//!     println!("{}", message.text().unwrap_or("(no text)"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! To allow, count or record what is done, put code [`around`] a client.
//!
//! A new operation needs its [`Operation`] as a constant in the noun's file, the structs that it
//! sends and receives, and one short method.

mod base;
mod client;
mod deletion;
mod error;
mod lenient;
mod multipart;
mod nouns;
mod open_enum;
mod operation;
mod page;
mod place;
mod send;
mod settings;
mod token;

pub mod around;
pub mod attachment_actions;
pub mod authorizations;
pub mod contents;
pub mod events;
pub mod id;
pub mod invitees;
pub mod limits;
pub mod meeting_summaries;
pub mod meetings;
pub mod memberships;
pub mod messages;
pub mod oauth;
pub mod operations;
pub mod participants;
pub mod people;
pub mod recordings;
pub mod rooms;
pub mod scopes;
pub mod team_memberships;
pub mod teams;
pub mod timestamp;
pub mod transcripts;
pub mod transport;
pub mod webhooks;

pub use client::{Client, Webex};
pub use deletion::Deletion;
pub use error::{ErrorDetail, FieldError, FieldErrors, WebexError};
pub use multipart::Upload;
pub use operation::{Operation, Repeat};
pub use page::{Asked, NextPage, Page};
pub use settings::Settings;
pub use token::AccessToken;
pub use transport::Transport;
