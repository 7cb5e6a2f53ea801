//! The key that signs a webhook's deliveries.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::CallError;

/// As long as the hash that it keys is wide, and more.
const SECRET_BYTES: usize = 32;

/// A new secret, in letters that every configuration file takes.
pub fn make() -> Result<String, CallError> {
    let mut bytes = [0; SECRET_BYTES];
    rand::fill(&mut bytes).map_err(CallError::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_new_and_whole() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_ne!(one, other);
        assert_eq!(URL_SAFE_NO_PAD.decode(one).unwrap().len(), SECRET_BYTES);
    }
}
