//! Parses the address to listen on, in the forms in which people write it.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer};
use toml::Value;

/// `127.0.0.1:8484`, `[::1]:8484`, `localhost:8484`, or `8484` alone, which is this machine only.
///
/// # Errors
/// Any other form; the error lists the valid ones.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let port = text.strip_prefix("localhost:").unwrap_or(text);
    match port.parse::<u16>() {
        Ok(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
        Err(_) => Err(format!(
            "`{text}` is not an address to listen on; write 127.0.0.1:8484, [::1]:8484, localhost:8484 or 8484 for this \
             machine only, 0.0.0.0:8484 for all of its addresses"
        )),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SocketAddr, D::Error> {
    let address = match Value::deserialize(deserializer)? {
        Value::String(text) => listen_address(&text),
        // A port alone, as the flag takes it.
        other => listen_address(&other.to_string()),
    };
    address.map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_people_write_is_an_address() {
        for (text, expected) in [
            ("127.0.0.1:8484", Some("127.0.0.1:8484")),
            ("0.0.0.0:80", Some("0.0.0.0:80")),
            ("[::1]:8484", Some("[::1]:8484")),
            ("localhost:8484", Some("127.0.0.1:8484")),
            ("8484", Some("127.0.0.1:8484")),
            ("0", Some("127.0.0.1:0")),
            // It is not clear whether only this machine is meant.
            (":8484", None),
            ("localhost", None),
            ("127.0.0.1", None),
            ("example.com:8484", None),
            ("99999", None),
            ("", None),
        ] {
            let found = listen_address(text);
            match expected {
                Some(expected) => assert_eq!(found.unwrap().to_string(), expected, "{text}"),
                None => assert!(
                    found.unwrap_err().contains("localhost:8484 or 8484"),
                    "{text}"
                ),
            }
        }
    }
}
