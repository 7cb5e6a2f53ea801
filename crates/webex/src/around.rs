//! Code that runs around every operation of a client: it is asked before anything is sent, and
//! informed once the outcome is known.
//!
//! It is for programs that must allow, count or record what is done in Webex, or that manage the
//! token themselves. Each operation is asked about and reported once, however often its request is
//! sent; each page of a list is an operation by itself. A client made from a token has no such code
//! around it.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use futures::future::BoxFuture;
//! use webex::around::{About, Admitted, Around, Outcome, Withheld};
//! use webex::{AccessToken, Repeat, Webex};
//!
//! /// Allows no changes.
//! #[derive(Debug)]
//! struct ReadOnly(AccessToken);
//!
//! impl Around for ReadOnly {
//!     fn before<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Result<Admitted, Withheld>> {
//!         Box::pin(async move {
//!             match about.operation.repeat {
//!                 Repeat::Read => Ok(Admitted { token: self.0.clone(), ticket: 0 }),
//!                 Repeat::Write => Err(Withheld("nothing may be changed here".into())),
//!             }
//!         })
//!     }
//!
//!     fn renew<'a>(&'a self, _: &'a About<'a>) -> BoxFuture<'a, Option<AccessToken>> {
//!         Box::pin(async { None })
//!     }
//!
//!     fn after(&self, about: &About<'_>, _ticket: u64, outcome: Outcome<'_>) {
//!         println!("{}: {outcome:?}", about.operation.name);
//!     }
//! }
//!
//! # async fn example(token: AccessToken) -> Result<(), webex::WebexError> {
//! let webex = Webex::new("https://webexapis.com/v1")?;
//! let client = webex.client_around(Arc::new(ReadOnly(token)));
//! client.people().me().await?;
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::Response;
use tokio::time::{Instant, timeout_at};

use crate::client::Client;
use crate::error::{WebexError, tracking_id};
use crate::operation::{Answer, Call, CallBody, Operation};
use crate::token::AccessToken;
use crate::transport::{Body, BoxError};

/// Code around every operation of a client: it runs before anything is sent, and after the outcome
/// is known.
pub trait Around: Send + Sync + fmt::Debug {
    /// Asked before anything is sent; returns the token to send with.
    ///
    /// The operation's deadline applies: if it passes first, this future is dropped, nothing is
    /// sent, [`Around::after`] is not called, and the caller gets [`WebexError::TimedOut`].
    ///
    /// # Errors
    /// [`Withheld`]: nothing is sent, and the caller gets [`WebexError::Withheld`].
    fn before<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Result<Admitted, Withheld>>;

    /// Webex refused the token (401), so nothing was done. Returns a new token for one more
    /// attempt, or `None` to report the refusal to the caller.
    ///
    /// Called at most once for each operation, within its deadline.
    fn renew<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Option<AccessToken>>;

    /// Webex refused an attempt (429) and asked to wait so long, where it said. The client itself
    /// waits and sends again where the deadline allows; this is for those who send something else.
    fn throttled(&self, _about: &About<'_>, _wait: Option<Duration>) {}

    /// Whether [`Around::answered`] wants to see answers; if not, they pass unseen.
    fn sees_answers(&self) -> bool {
        false
    }

    /// May change a JSON answer before the caller gets it, such as leave out rows of a list. Called
    /// after [`Around::after`], within the deadline.
    ///
    /// # Errors
    /// [`Withheld`]: the caller gets [`WebexError::Withheld`] in place of the answer, and of a write,
    /// which is done by now, [`WebexError::Unreadable`].
    fn answered<'a>(
        &'a self,
        _about: &'a About<'a>,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Bytes, Withheld>> {
        Box::pin(async { Ok(body) })
    }

    /// Reports the outcome. Called exactly once for each admitted `before`, with its ticket.
    ///
    /// It runs on the caller's task, sometimes while that task is being dropped: it must not block
    /// or panic.
    fn after(&self, about: &About<'_>, ticket: u64, outcome: Outcome<'_>);
}

/// Identifies an operation. [`Operation::repeat`] says whether it changes something.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The description of the operation.
    pub operation: &'a Operation,
    /// The path below the base URL, with its ids and without the query.
    pub path: &'a str,
    /// The query, without its question mark.
    pub query: &'a str,
    /// What is sent with it.
    pub content: Content<'a>,
}

/// What an operation sends. `Debug` leaves it out, because people wrote it.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// No body, or one that is secret.
    Nothing,
    /// A JSON document.
    Json(&'a [u8]),
    /// The text fields of a form, as names and values; a file follows them.
    Fields(&'a [(String, String)]),
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Json(_) => "Json",
            Self::Fields(_) => "Fields",
        })
    }
}

/// Permission to send.
#[derive(Debug)]
pub struct Admitted {
    /// The token to send with.
    pub token: AccessToken,
    /// Passed to [`Around::after`], to match it with this operation.
    pub ticket: u64,
}

/// Why the operation must not be sent. The caller finds it in [`WebexError::Withheld`].
#[derive(Debug)]
pub struct Withheld(pub BoxError);

/// The outcome of an operation. `Debug` leaves out the body, which has what people wrote.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// Webex did it. For a file, this is reported once the head of the answer has arrived.
    Done {
        /// The HTTP status, which is a success.
        status: u16,
        /// The tracking id, for Webex support.
        tracking_id: Option<&'a str>,
        /// The JSON answer as Webex sent it, if there is one. The caller may still find that it is
        /// not a valid answer of this operation.
        body: Option<&'a [u8]>,
    },
    /// There is no answer; [`WebexError::maybe_applied`] says whether it may still have been done.
    Failed(&'a WebexError),
    /// The caller left before the end: a write may have been done.
    Dropped,
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { status, .. } => write!(formatter, "Done({status})"),
            Self::Failed(error) => formatter.debug_tuple("Failed").field(error).finish(),
            Self::Dropped => formatter.write_str("Dropped"),
        }
    }
}

impl Client {
    /// Like [`Client::send`], with `around` asked before and informed after.
    pub(crate) async fn send_around(
        &self,
        around: &dyn Around,
        call: &Call<'_>,
        deadline: Instant,
    ) -> Result<Response<Body>, WebexError> {
        let about = About {
            operation: call.operation,
            path: call.path(),
            query: call.query_text(),
            content: match &call.body {
                CallBody::Empty | CallBody::Pairs(_) => Content::Nothing,
                CallBody::Json(bytes) => Content::Json(bytes),
                CallBody::Form(form) => Content::Fields(form.fields()),
            },
        };
        let late = WebexError::TimedOut {
            maybe_applied: false,
        };
        if Instant::now() >= deadline {
            return Err(late);
        }
        let Ok(admitted) = timeout_at(deadline, around.before(&about)).await else {
            return Err(late);
        };
        let Admitted { token, ticket } =
            admitted.map_err(|Withheld(source)| WebexError::Withheld { source })?;
        let untold = Untold {
            around,
            about: &about,
            ticket,
        };
        let between = Between {
            around,
            about: &about,
        };
        let answer = self
            .send_until(call, Some(&token.header()), Some(between), deadline)
            .await;
        match &answer {
            Ok(answer) => {
                let tracking_id = tracking_id(answer.headers());
                let body = answer.body().bytes();
                untold.tell(Outcome::Done {
                    status: answer.status().as_u16(),
                    tracking_id: tracking_id.as_deref(),
                    body: (call.answer == Answer::Json && !body.is_empty()).then_some(body),
                });
            }
            Err(error) => untold.tell(Outcome::Failed(error)),
        }
        let is_seen = around.sees_answers() && call.answer == Answer::Json;
        match answer {
            Ok(answer) if is_seen => seen(around, &about, answer, call.is_write(), deadline).await,
            answer => answer,
        }
    }
}

/// The answer as `around` passes it on.
async fn seen(
    around: &dyn Around,
    about: &About<'_>,
    answer: Response<Body>,
    is_write: bool,
    deadline: Instant,
) -> Result<Response<Body>, WebexError> {
    let (head, body) = answer.into_parts();
    let bytes = Bytes::copy_from_slice(body.bytes());
    match timeout_at(deadline, around.answered(about, bytes)).await {
        Ok(Ok(bytes)) => Ok(Response::from_parts(head, Body::full(bytes))),
        Ok(Err(_)) if is_write => Err(WebexError::Unreadable {
            problem: "it was withheld".into(),
            tracking_id: tracking_id(&head.headers),
            maybe_applied: true,
        }),
        Ok(Err(Withheld(source))) => Err(WebexError::Withheld { source }),
        Err(_late) => Err(WebexError::TimedOut {
            maybe_applied: is_write,
        }),
    }
}

/// What an operation tells and asks between its attempts.
#[derive(Clone, Copy)]
pub(crate) struct Between<'a> {
    around: &'a dyn Around,
    about: &'a About<'a>,
}

impl Between<'_> {
    /// Tells that Webex limits the rate.
    pub fn throttled(self, wait: Option<Duration>) {
        self.around.throttled(self.about, wait);
    }

    /// A token in place of the refused one, if there is one before the deadline. An operation asks
    /// once.
    pub async fn renewed_token(self, deadline: Instant) -> Option<AccessToken> {
        let renewed = timeout_at(deadline, self.around.renew(self.about)).await;
        renewed.ok().flatten()
    }
}

/// An admitted operation that was not reported yet. Dropping it reports it as dropped.
struct Untold<'a> {
    around: &'a dyn Around,
    about: &'a About<'a>,
    ticket: u64,
}

impl Untold<'_> {
    fn tell(self, outcome: Outcome<'_>) {
        // It owns nothing, so not dropping it leaks nothing, and nothing is reported twice.
        let told = std::mem::ManuallyDrop::new(self);
        told.around.after(told.about, told.ticket, outcome);
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        self.around.after(self.about, self.ticket, Outcome::Dropped);
    }
}
