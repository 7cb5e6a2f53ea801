//! Forms as OAuth's clients send them: bounded, each field once.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::broker::Refused;
use crate::limits;

/// The fields of a form. They hold secrets, so they are not printed.
pub struct Form(HashMap<String, Zeroizing<String>>);

impl Form {
    /// # Errors
    /// `invalid_request`, with what is wrong.
    pub async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refused> {
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refused::invalid_request(
                "Send the parameters as application/x-www-form-urlencoded.",
            ));
        }
        let bytes = collected(body, limits::TOKEN_FORM_MAX_BYTES).await?;
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(&bytes) {
            let value = Zeroizing::new(value.into_owned());
            if fields.insert(name.into_owned(), value).is_some() {
                return Err(Refused::invalid_request("A parameter is given twice."));
            }
        }
        Ok(Form(fields))
    }

    /// A field; an empty one counts as absent.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let value = self.0.remove(name).filter(|value| !value.is_empty())?;
        Some(value.as_str().to_owned())
    }

    /// The client that sends the form, by the header or by the fields, and its secret.
    ///
    /// # Errors
    /// `invalid_request` for both at once, or a header that is none.
    pub fn client(
        &mut self,
        headers: &HeaderMap,
    ) -> Result<(Option<String>, Option<SecretString>), Refused> {
        let id = self.take("client_id");
        let secret = self.take("client_secret").map(SecretString::from);
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok((id, secret));
        };
        let wrong =
            || Refused::invalid_request("The Authorization header is not a client's (Basic).");
        let (named, proof) = basic(value.to_str().ok()).ok_or_else(wrong)?;
        if secret.is_some() || id.is_some_and(|id| id != named) {
            return Err(Refused::invalid_request(
                "The client is named in the header and in the form; use one of them.",
            ));
        }
        Ok((Some(named), Some(proof)))
    }
}

/// The body, if it is not too large and comes in time.
///
/// # Errors
/// `invalid_request`.
pub async fn collected(body: Body, most: usize) -> Result<Bytes, Refused> {
    let arriving = Limited::new(body, most).collect();
    let patience = Duration::from_secs(limits::SIGN_IN_FORM_SECONDS);
    match tokio::time::timeout(patience, arriving).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(Refused::invalid_request(
            "The request is too large, or was cut off.",
        )),
        Err(_elapsed) => Err(Refused::invalid_request(
            "The request did not arrive in time.",
        )),
    }
}

/// Id and secret of a Basic header, which are encoded like fields of a form (RFC 6749, 2.3.1).
fn basic(value: Option<&str>) -> Option<(String, SecretString)> {
    let (scheme, encoded) = value?.split_once(' ')?;
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let text = Zeroizing::new(std::str::from_utf8(&decoded).ok()?.to_owned());
    let (id, secret) = text.split_once(':')?;
    let plain = |text: &str| {
        let pair = format!("x={text}");
        let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
        Some(pairs.next()?.1.into_owned())
    };
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    is_basic.then_some((plain(id)?, SecretString::from(plain(secret)?)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn form_type() -> HeaderMap {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        HeaderMap::from_iter([(header::CONTENT_TYPE, kind)])
    }

    async fn read(body: &'static str) -> Result<Form, Refused> {
        Form::read(&form_type(), Body::from(body)).await
    }

    #[tokio::test]
    async fn fields_are_read_once_each() {
        let mut form = read("a=1&b=x+y%26&c=").await.unwrap();
        assert_eq!(form.take("b").as_deref(), Some("x y&"));
        assert_eq!((form.take("b"), form.take("c")), (None, None));
        assert!(read("a=1&a=2").await.is_err());
        let json = HeaderMap::new();
        assert!(Form::read(&json, Body::from("{}")).await.is_err());
        let long = vec![b'a'; limits::TOKEN_FORM_MAX_BYTES + 1];
        assert!(Form::read(&form_type(), Body::from(long)).await.is_err());
    }

    #[tokio::test]
    async fn a_client_is_named_in_one_way() {
        let header = |text: &str| {
            let value = format!("Basic {}", STANDARD.encode(text));
            let value = HeaderValue::from_str(&value).unwrap();
            HeaderMap::from_iter([(header::AUTHORIZATION, value)])
        };
        let mut form = read("x=1").await.unwrap();
        let (id, secret) = form.client(&header("a%3Ab:c%20d")).unwrap();
        assert_eq!(id.as_deref(), Some("a:b"));
        assert_eq!(secret.unwrap().expose_secret(), "c d");
        let mut form = read("client_id=a&client_secret=b").await.unwrap();
        assert!(form.client(&header("a:b")).is_err());
        let mut form = read("client_id=b").await.unwrap();
        assert!(form.client(&header("a:b")).is_err());
        for wrong in ["Basic", "Basic !", "Bearer YTpi", "Basic YQ=="] {
            let value = HeaderValue::from_static(wrong);
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
            let mut form = read("client_id=a").await.unwrap();
            assert!(form.client(&headers).is_err(), "{wrong}");
        }
    }
}
