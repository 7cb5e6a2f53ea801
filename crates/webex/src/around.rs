//! What stands around every operation of a client: it is asked before anything is sent, and told
//! after the outcome is known.
//!
//! It is for whoever must allow, count or note what is done in Webex, or keeps the token itself. One
//! operation is asked about and told once, however often its request is sent; each page of a list that
//! is read is an operation of its own. A client made from a token has nothing around it.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use futures::future::BoxFuture;
//! use webex::around::{About, Admitted, Around, Outcome, Withheld};
//! use webex::{AccessToken, Repeat, Webex};
//!
//! /// Lets nothing be changed.
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

use futures::future::BoxFuture;
use http::Response;
use tokio::time::{Instant, timeout_at};

use crate::client::Client;
use crate::error::{WebexError, tracking_id};
use crate::operation::{Answer, Call, Operation};
use crate::token::AccessToken;
use crate::transport::{Body, BoxError};

/// What stands around every operation of a client: before anything is sent, and after its outcome is
/// known.
pub trait Around: Send + Sync + fmt::Debug {
    /// Asked before anything is sent; gives the token to send with.
    ///
    /// It has the operation's deadline: where that passes first, this future is dropped, nothing is
    /// sent, [`Around::after`] is not called, and the caller gets [`WebexError::TimedOut`].
    ///
    /// # Errors
    /// [`Withheld`]: nothing is sent and the caller gets [`WebexError::Withheld`].
    fn before<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Result<Admitted, Withheld>>;

    /// Webex refused the token (401), so nothing was done. Gives a new token to send once more with,
    /// or `None` to tell the refusal.
    ///
    /// Asked at most once an operation, and within its deadline.
    fn renew<'a>(&'a self, about: &'a About<'a>) -> BoxFuture<'a, Option<AccessToken>>;

    /// What became of it. Called exactly once for each `before` that admitted, with its ticket.
    ///
    /// It runs on the caller's task, at times while that is being dropped: it must not block or panic.
    fn after(&self, about: &About<'_>, ticket: u64, outcome: Outcome<'_>);
}

/// Which operation it is. [`Operation::repeat`] tells whether it changes something.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// What is known about the operation.
    pub operation: &'a Operation,
    /// The path below the base URL with its ids, without the query.
    pub path: &'a str,
}

/// Leave to send.
#[derive(Debug)]
pub struct Admitted {
    /// What to send with.
    pub token: AccessToken,
    /// Handed to [`Around::after`], so that it knows which operation it is told about.
    pub ticket: u64,
}

/// Why nothing may be sent. The caller finds it in [`WebexError::Withheld`].
#[derive(Debug)]
pub struct Withheld(pub BoxError);

/// What became of an operation. `Debug` leaves out the body, which has what people wrote.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// Webex did it. Of a file, this is told once the head of the answer is there.
    Done {
        /// The HTTP status, a success.
        status: u16,
        /// For Webex's support.
        tracking_id: Option<&'a str>,
        /// The JSON answer as Webex gave it, where there is one. The caller may still find that it
        /// is not what the operation answers.
        body: Option<&'a [u8]>,
    },
    /// It has no answer; [`WebexError::maybe_applied`] tells whether it may have been done all the same.
    Failed(&'a WebexError),
    /// The caller went away in the middle: a write may have been done.
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
    /// As [`Client::send`], with `around` asked before and told after.
    pub(crate) async fn send_around(
        &self,
        around: &dyn Around,
        call: &Call<'_>,
        deadline: Instant,
    ) -> Result<Response<Body>, WebexError> {
        let about = About {
            operation: call.operation,
            path: call.path(),
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
        let renewal = Renewal {
            around,
            about: &about,
        };
        let answer = self
            .send_until(call, Some(&token.header()), Some(renewal), deadline)
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
        answer
    }
}

/// The one new token that an operation may have.
pub(crate) struct Renewal<'a> {
    around: &'a dyn Around,
    about: &'a About<'a>,
}

impl Renewal<'_> {
    /// A token in place of the one that was refused, if there is one in time.
    pub async fn token(self, deadline: Instant) -> Option<AccessToken> {
        let renewed = timeout_at(deadline, self.around.renew(self.about)).await;
        renewed.ok().flatten()
    }
}

/// An operation that was admitted and not told yet: dropped like this, it is told as dropped.
struct Untold<'a> {
    around: &'a dyn Around,
    about: &'a About<'a>,
    ticket: u64,
}

impl Untold<'_> {
    fn tell(self, outcome: Outcome<'_>) {
        // Nothing is owned here, so not being dropped costs nothing, and nothing is told twice.
        let told = std::mem::ManuallyDrop::new(self);
        told.around.after(told.about, told.ticket, outcome);
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        self.around.after(self.about, self.ticket, Outcome::Dropped);
    }
}
