//! Clients whose id is the address of a document about them (Client ID Metadata Documents).

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::Broker;
use super::clients::{Client, Vouched, check_redirects, shortened};
use super::known::Limits;
use super::refusal::Refused;
use crate::limits;
use crate::outbound::{Bounds, NotFetched};

/// A document as it was read, for as long as its server lets it be kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    client: Client,
    until: Instant,
}

/// The part of a client's document that we read.
#[derive(Debug, Deserialize)]
struct Described {
    client_id: String,
    client_name: Option<String>,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
}

impl Broker {
    /// Whether a client with this id is described by a document.
    pub(super) fn has_document(id: &str) -> bool {
        id.starts_with("https://")
    }

    /// The client with this address, from its document.
    ///
    /// # Errors
    /// `invalid_client`, with what is wrong with the address or the document;
    /// `temporarily_unavailable` where its server does not answer now.
    pub(super) async fn described(&self, id: &str) -> Result<Client, Refused> {
        let kept = self.0.documents.get(id);
        if let Some(kept) = kept.filter(|kept| Instant::now() < kept.until) {
            return Ok(kept.client);
        }
        let url = address(id).map_err(refused)?;
        let bounds = Bounds {
            bytes: limits::CLIENT_DOCUMENT_MAX_BYTES,
            within: limits::CLIENT_DOCUMENT_WITHIN,
            // Its address is its id, so it is nowhere else.
            redirects: 0,
        };
        let document = self.0.outbound.get(&url, bounds).await;
        let document = document.map_err(not_read)?;
        let client = client(id, &url, &document.body).map_err(refused)?;
        let fresh = document.fresh_for.unwrap_or_default();
        let fresh = fresh.clamp(
            Duration::from_secs(limits::CLIENT_DOCUMENT_KEPT_AT_LEAST_SECONDS),
            Duration::from_secs(limits::CLIENT_DOCUMENT_KEPT_AT_MOST_SECONDS),
        );
        let kept = Kept {
            client: client.clone(),
            until: Instant::now() + fresh,
        };
        self.0.documents.insert(id.to_owned(), kept);
        Ok(client)
    }
}

/// The address of a document. One in the root could be anybody's default page.
fn address(id: &str) -> Result<Url, String> {
    let is_plain = |url: &Url| {
        url.as_str() == id && url.path() != "/" && url.query().is_none() && url.fragment().is_none()
    };
    Url::parse(id).ok().filter(is_plain).ok_or_else(|| {
        "A client's id that is an address needs a path, and may have no query and no fragment."
            .to_owned()
    })
}

fn client(id: &str, url: &Url, document: &[u8]) -> Result<Client, String> {
    let Described {
        client_id,
        client_name,
        redirect_uris,
        token_endpoint_auth_method,
    } = serde_json::from_slice(document).map_err(|_| {
        "The client's document is not JSON with client_id and redirect_uris.".to_owned()
    })?;
    if client_id != id {
        return Err("The client's document has another client_id than its own address.".to_owned());
    }
    if token_endpoint_auth_method.is_some_and(|method| method != "none") {
        return Err(
            "The client's document wants an authentication that is not offered; only none is."
                .to_owned(),
        );
    }
    check_redirects(&redirect_uris)?;
    Ok(Client {
        id: id.to_owned(),
        name: shortened(client_name.as_deref()),
        redirect_uris,
        secret: None,
        vouched: Vouched::Host(url.host_str().unwrap_or_default().to_owned()),
        limits: Limits::default(),
    })
}

/// A server that does not answer now says nothing about its client.
fn not_read(why: NotFetched) -> Refused {
    let words = format!("The client's document was not read: {why}.");
    let is_passing = match why {
        NotFetched::Busy | NotFetched::TooSlow(_) | NotFetched::Failed(_) => true,
        NotFetched::Status(status) => status.is_server_error(),
        _ => false,
    };
    match is_passing {
        true => Refused::new("temporarily_unavailable", words),
        false => refused(words),
    }
}

fn refused(why: String) -> Refused {
    Refused::new("invalid_client", why)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "https://agent.example.com/client.json";

    #[test]
    fn an_address_is_plain_and_has_a_path() {
        for (id, is_one) in [
            (ID, true),
            ("https://agent.example.com/", false),
            ("https://agent.example.com", false),
            ("https://agent.example.com/a?b=c", false),
            ("https://agent.example.com/a#b", false),
            ("https://AGENT.example.com/a", false),
            ("https://agent.example.com:443/a", false),
            ("https://agent.example.com/x/../a", false),
        ] {
            assert_eq!(address(id).is_ok(), is_one, "{id}");
        }
    }

    #[test]
    fn a_document_describes_the_client_at_its_own_address() {
        let whole = || {
            json!({
                "client_id": ID,
                "client_name": "Agent",
                "redirect_uris": ["http://127.0.0.1/callback"],
                "logo_uri": "https://agent.example.com/logo.png",
            })
        };
        let with = |field: &str, value: Value| {
            let mut document = whole();
            document[field] = value;
            document
        };
        let read = |document: Value| {
            let document = document.to_string();
            client(ID, &Url::parse(ID).unwrap(), document.as_bytes())
        };
        let known = read(whole()).unwrap();
        assert_eq!((&*known.name, &*known.id), ("Agent", ID));
        assert_eq!(known.vouched, Vouched::Host("agent.example.com".to_owned()));
        let post = json!("client_secret_post");
        for wrong in [
            json!(null),
            json!([]),
            with("client_id", json!("https://other.example.com/client.json")),
            with("client_id", json!(null)),
            with("redirect_uris", json!([])),
            with("redirect_uris", json!(["javascript:alert(1)"])),
            with("token_endpoint_auth_method", post),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(client(ID, &Url::parse(ID).unwrap(), b"<html>").is_err());
    }
}
