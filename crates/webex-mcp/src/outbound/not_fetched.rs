//! Why there is no document. The sentences hold no URL: it may carry a secret, and others wrote it.

use std::time::Duration;

use http::StatusCode;
use webex::transport::Obstacle;

/// Why a document was not fetched, as a clause about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFetched {
    /// Nothing was sent to it.
    #[error(transparent)]
    Refused(Refusal),
    /// Nothing was sent to where it redirects.
    #[error("it redirects to a URL that is not fetched: {0}")]
    RedirectedTo(Refusal),
    /// A form is not sent on.
    #[error(
        "it redirects elsewhere, and a form is sent to no other URL; give the URL that answers"
    )]
    Redirected,
    #[error("it redirects {}; give the URL that answers", how_far(*.0))]
    TooManyRedirects(usize),
    #[error("its host's name is not found; check the name, or this machine's DNS")]
    NotResolved,
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    #[error("it did not arrive within {} seconds; try again later", .0.as_secs_f32())]
    TooSlow(Duration),
    #[error("too many documents are being fetched at the same time; try again in a few seconds")]
    Busy,
    #[error("its server answered with status {}", .0.as_u16())]
    Status(StatusCode),
    #[error("it is compressed, although that was not asked for")]
    Compressed,
    #[error("the credential for it fits no header; copy it again, without line breaks")]
    Credential,
    #[error("{0}")]
    Failed(Obstacle),
}

/// What is wrong with a URL, or with the addresses of its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("its URL must start with https://")]
    NotHttps,
    #[error("its URL must not contain a user name or password")]
    UserInfo,
    #[error("its URL cannot be one: its host is no name, or it is too long")]
    Malformed,
    #[error("its host is private, local or reserved; it has to be one of the internet")]
    Private,
    #[error(
        "its host is not in outbound.proxy_hosts, and only those are fetched through the proxy"
    )]
    NotListed,
}

fn how_far(most: usize) -> String {
    match most {
        0 => "elsewhere".to_owned(),
        most => format!("more than {most} times"),
    }
}

impl From<Refusal> for NotFetched {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
