//! Consent on another device: a code that the person types in there, and polling for the answer.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::{DEVICE_AUTHORIZE, DEVICE_TOKEN, Integration, Tokens, joined};
use crate::error::WebexError;
use crate::limits::{DEVICE_SLOW_DOWN, MAX_DEVICE_INTERVAL, MAX_DEVICE_WAIT, MIN_DEVICE_INTERVAL};

/// The redirect URIs that an integration must have registered for devices.
pub const DEVICE_REDIRECTS: [&str; 4] = [
    "https://oauth-helper-a.wbx2.com/helperservice/v1/actions/device/callback",
    "https://oauth-helper-r.wbx2.com/helperservice/v1/actions/device/callback",
    "https://oauth-helper-k.wbx2.com/helperservice/v1/actions/device/callback",
    "https://oauth-helper-d.wbx2.com/helperservice/v1/actions/device/callback",
];

/// A request for consent on another device.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Answer")]
pub struct DeviceConsent {
    /// The code for polling.
    pub device_code: SecretString,
    /// The code that the person types in.
    pub user_code: String,
    /// Where the person types the code in.
    pub verification_uri: String,
    /// The same URL with the code in it, for a QR code.
    pub verification_uri_complete: Option<String>,
    /// How much time the person has from now on (5 minutes).
    pub expires_in: Duration,
    /// How long to wait before each poll (2 s).
    pub interval: Duration,
}

#[derive(Deserialize)]
struct Answer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    #[serde(default)]
    interval: u64,
}

impl From<Answer> for DeviceConsent {
    fn from(answer: Answer) -> Self {
        Self {
            device_code: answer.device_code.into(),
            user_code: answer.user_code,
            verification_uri: answer.verification_uri,
            verification_uri_complete: answer.verification_uri_complete,
            expires_in: Duration::from_secs(answer.expires_in),
            interval: Duration::from_secs(answer.interval),
        }
    }
}

/// The answer to a poll.
#[derive(Clone, Debug)]
pub enum DeviceAnswer {
    /// The person has not answered yet.
    Pending,
    /// Like pending, and the polls are too frequent.
    SlowDown,
    /// The person consented.
    Granted(Box<Tokens>),
    /// The person declined.
    Denied,
    /// Nobody answered in time; start a new request.
    Expired,
}

#[derive(Serialize)]
struct Ask<'a> {
    client_id: &'a str,
    scope: &'a str,
}

#[derive(Serialize)]
struct Poll<'a> {
    grant_type: &'static str,
    device_code: &'a str,
    client_id: &'a str,
}

impl Integration {
    /// Requests consent on another device. The integration must have registered Webex's four
    /// redirect URIs for devices.
    ///
    /// # Errors
    /// [`WebexError::Invalid`] without scopes, or with OpenID scopes, which do not work here.
    pub async fn device_consent(&self, scopes: &[String]) -> Result<DeviceConsent, WebexError> {
        let scope = joined(scopes)?;
        if scopes.iter().any(|scope| scope == "openid") {
            return Err(WebexError::invalid(
                "scope",
                "Webex does not support openid for devices; leave it out",
            ));
        }
        let ask = Ask {
            client_id: &self.client_id,
            scope: &scope,
        };
        let call = DEVICE_AUTHORIZE.call().pairs(&ask)?;
        self.anonymous().reply(call).await
    }

    /// Polls once for the person's answer. Webex answers 428 while there is none.
    ///
    /// # Errors
    /// [`WebexError::Refused`] where Webex does not know the code or the integration.
    pub async fn device_answer(&self, consent: &DeviceConsent) -> Result<DeviceAnswer, WebexError> {
        let poll = Poll {
            grant_type: "urn:ietf:params:oauth:grant-type:device_code",
            device_code: consent.device_code.expose_secret(),
            client_id: &self.client_id,
        };
        let call = DEVICE_TOKEN.call().pairs(&poll)?;
        match self.authenticated()?.reply(call).await {
            Ok(tokens) => Ok(DeviceAnswer::Granted(Box::new(tokens))),
            Err(error) => no_tokens(error),
        }
    }

    /// Polls until the person has answered or the time is up; never returns `Pending` or
    /// `SlowDown`.
    ///
    /// Dropping the future stops it at any time.
    ///
    /// # Errors
    /// [`WebexError::Refused`] as for [`Integration::device_answer`]; transient errors are retried.
    pub async fn device_wait(&self, consent: &DeviceConsent) -> Result<DeviceAnswer, WebexError> {
        let end = Instant::now() + consent.expires_in.min(MAX_DEVICE_WAIT);
        let mut interval = consent.interval.max(MIN_DEVICE_INTERVAL);
        loop {
            sleep(interval).await;
            if Instant::now() >= end {
                return Ok(DeviceAnswer::Expired);
            }
            interval = match self.device_answer(consent).await {
                Ok(DeviceAnswer::Pending) => interval,
                Ok(DeviceAnswer::SlowDown) => interval + DEVICE_SLOW_DOWN,
                Err(
                    WebexError::Unavailable { .. }
                    | WebexError::Unreachable { .. }
                    | WebexError::TimedOut { .. }
                    | WebexError::Throttled { .. },
                ) => interval * 2,
                answer => return answer,
            };
            interval = interval.min(MAX_DEVICE_INTERVAL);
        }
    }
}

/// Finds out why there are no tokens, from Webex's form or that of RFC 8628.
fn no_tokens(error: WebexError) -> Result<DeviceAnswer, WebexError> {
    let says = |word| error.detail().is_some_and(|detail| detail.says(word));
    match error.status() {
        Some(428) => Ok(DeviceAnswer::Pending),
        Some(400..=499) if says("authorization_pending") => Ok(DeviceAnswer::Pending),
        Some(400..=499) if says("slow_down") => Ok(DeviceAnswer::SlowDown),
        Some(400..=499) if says("access_denied") => Ok(DeviceAnswer::Denied),
        Some(400..=499) if says("expired_token") => Ok(DeviceAnswer::Expired),
        _ => Err(error),
    }
}
