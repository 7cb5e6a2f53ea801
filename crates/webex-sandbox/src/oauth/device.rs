//! Sign-in for devices without a browser: the device shows a code and polls, and a person types the
//! code in elsewhere.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Sandbox;
use crate::oauth::authorize::{Answer, too_many};
use crate::oauth::pages::{self, Asking};
use crate::oauth::tokens::{Tokens, grant};
use crate::oauth::{DEVICE_PAGE_PATH, basic_credentials};
use crate::pages::form_token::{self, FormToken};
use crate::pages::random;
use crate::problem::{Problem, Result};
use crate::request::{API_PATH, Form, Query, base};
use crate::rows::PersonKey;
use crate::rows::integration::DEVICE_REDIRECTS;
use crate::rows::oauth::{Consent, Decision, Device};
use crate::world::registry::{MAX_WAITING, Registry, later};

/// As in Webex's example.
const DEVICE_LIFETIME_SECS: i64 = 300;

/// A device that polls faster gets `slow_down`.
const INTERVAL_SECS: i64 = 2;

/// User codes have six digits.
const USER_CODES: u128 = 1_000_000;

/// At most a thousand of a million codes are in use, so the first try almost always finds a free
/// one.
const MAX_TRIES: usize = 100;

#[derive(Debug, Deserialize)]
pub(super) struct Ask {
    client_id: Option<String>,
    scope: Option<String>,
}

/// POST `/device/authorize`: a device starts to wait.
pub(super) async fn authorize(
    State(sandbox): State<Sandbox>,
    uri: Uri,
    headers: HeaderMap,
    Form(ask): Form<Ask>,
) -> Result<Json<Value>> {
    let base = base(sandbox.base_url(), &uri, &headers);
    sandbox.write_apart(|world| {
        let application = world.oauth.asking(ask.client_id.as_deref())?;
        let integration = world.oauth.integration(application)?;
        let is_registered = |uri: &&str| integration.redirect_uris.iter().any(|known| known == uri);
        let reason = "unauthorized_client: Register the four redirect URIs of the device helper.";
        Problem::bad_request(reason).unless(DEVICE_REDIRECTS.iter().all(is_registered))?;
        let scopes = integration.allowed(ask.scope.as_deref().unwrap_or_default());
        let scopes = scopes.filter(|scopes| !scopes.has("openid"));
        let reason =
            "invalid_scope: Ask for scopes that the integration registered, without openid.";
        let scopes = scopes.ok_or_else(|| Problem::bad_request(reason))?;
        let now = world.now;
        world.oauth.sweep(now);
        too_many().when(world.oauth.devices.len() >= MAX_WAITING)?;
        let (device_code, user_code) = (random(), world.oauth.free_user_code()?);
        let device = Device {
            application,
            scopes,
            user_code: user_code.clone(),
            decision: Decision::Pending,
            last_asked: None,
            expires: later(now, DEVICE_LIFETIME_SECS),
        };
        world.oauth.devices.insert(device_code.clone(), device);
        let page = format!("{base}{API_PATH}{DEVICE_PAGE_PATH}");
        Ok(Json(json!({
            "device_code": device_code,
            "expires_in": DEVICE_LIFETIME_SECS,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?userCode={user_code}"),
            "interval": INTERVAL_SECS,
        })))
    })
}

impl Registry {
    fn free_user_code(&self) -> Result<String> {
        let random = |_| format!("{:06}", Uuid::new_v4().as_u128() % USER_CODES);
        let is_free = |code: &String| self.devices.values().all(|it| it.user_code != *code);
        let mut codes = (0..MAX_TRIES).map(random);
        codes.find(is_free).ok_or_else(too_many)
    }
}

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[derive(Debug, Deserialize)]
pub(super) struct Poll {
    grant_type: Option<String>,
    device_code: Option<String>,
}

/// POST `/device/token`: the device polls for the result.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    uri: Uri,
    headers: HeaderMap,
    Form(poll): Form<Poll>,
) -> Result<Tokens> {
    let issuer = base(sandbox.base_url(), &uri, &headers);
    sandbox.write_apart(|world| {
        let application = world.oauth.authenticate(basic_credentials(&headers))?;
        Problem::bad_request(format!("unsupported_grant_type: Use {GRANT_TYPE}."))
            .unless(poll.grant_type.as_deref() == Some(GRANT_TYPE))?;
        let (now, device_code) = (world.now, poll.device_code.as_deref().unwrap_or_default());
        let device = world.oauth.devices.get_mut(device_code);
        let device = device.filter(|device| device.application == application);
        let reason = "invalid_grant: The device code is invalid or was used.";
        let device = device.ok_or_else(|| Problem::bad_request(reason))?;
        let (outcome, scopes) = (device.outcome(now), device.scopes.clone());
        if !device.waits(now) {
            world.oauth.devices.remove(device_code);
        }
        let consent = Consent {
            application,
            person: outcome?,
            scopes,
            nonce: None,
        };
        grant(world, consent, &issuer)
    })
}

impl Device {
    /// Whether a person can still answer.
    fn waits(&self, now: Timestamp) -> bool {
        self.decision == Decision::Pending && now < self.expires
    }

    /// The person who consented, or why there are no tokens yet.
    fn outcome(&mut self, now: Timestamp) -> Result<PersonKey> {
        Problem::bad_request("expired_token: Nobody answered in time. Ask for a new device code.")
            .when(self.expires <= now)?;
        let last_asked = self.last_asked.replace(now);
        if let Decision::Granted(person) = self.decision {
            return Ok(person);
        }
        Problem::bad_request("access_denied: The person declined.")
            .when(self.decision == Decision::Denied)?;
        Problem::bad_request("slow_down: Wait for the interval between two questions.")
            .when(last_asked.is_some_and(|last| now < later(last, INTERVAL_SECS)))?;
        let pending = "authorization_pending: The person has not answered yet.";
        Err(Problem {
            message: Some("The request is waiting for a person's authorization."),
            ..Problem::new(StatusCode::PRECONDITION_REQUIRED, pending)
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Typed {
    user_code: Option<String>,
}

impl Typed {
    /// Whether a device shows this user code and still waits for an answer.
    fn means(&self, device: &Device, now: Timestamp) -> bool {
        let typed = self.user_code.as_deref().map(str::trim);
        typed == Some(&device.user_code) && device.waits(now)
    }
}

/// GET `/device`: the page for the code; with a code, the consent page.
pub(super) async fn ask(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(typed): Query<Typed>,
) -> Result<Response> {
    let now = sandbox.clock().now();
    sandbox.read(|world| {
        let mut devices = world.oauth.devices.values();
        let Some(device) = devices.find(|device| typed.means(device, now)) else {
            return Ok(pages::user_code(typed.user_code.is_some()));
        };
        let integration = world.oauth.integration(device.application)?;
        let asking = Asking {
            name: &integration.name,
            host: &format!("on a device that shows {}", device.user_code),
            back: "Either way the device goes on by itself.",
            scopes: &device.scopes,
            hint: None,
        };
        Ok(pages::consent(world, &asking, &FormToken::of(&headers)))
    })
}

/// POST `/device?userCode=…`: takes the person's answer.
pub(super) async fn decide(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(typed): Query<Typed>,
    Form(answer): Form<Answer>,
) -> Result<Response> {
    form_token::check(&headers, answer.form_token.as_deref())?;
    sandbox.write_apart(|world| {
        let (now, person) = (world.now, answer.person(world));
        let mut devices = world.oauth.devices.values_mut();
        let Some(device) = devices.find(|device| typed.means(device, now)) else {
            return Ok(pages::user_code(true));
        };
        let person = person?;
        device.decision = person.map_or(Decision::Denied, Decision::Granted);
        Ok(pages::done(person.is_some()))
    })
}
