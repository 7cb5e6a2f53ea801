//! Keys for stored data: envelopes of private records, and the signature of the journal's head.
//!
//! An envelope is `key id ‖ wrapped data key ‖ sealed content`. The data key is random and used for
//! one content only. The deployment's secret wraps it, so a new secret rewraps 32 bytes of each
//! record and never touches the content.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

use super::{CryptographyFailed, KEY_ID_BYTES, Secret, Unopened, key_id, subkey};

const DATA_KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const WRAPPED_BYTES: usize = NONCE_LEN + DATA_KEY_BYTES + TAG_BYTES;
const HEAD_BYTES: usize = KEY_ID_BYTES + WRAPPED_BYTES;

/// The keys that wrap data keys: of the current secret and of the previous one.
pub struct RecordKeys {
    current: WrappingKey,
    previous: Option<WrappingKey>,
}

struct WrappingKey {
    id: [u8; KEY_ID_BYTES],
    key: RandomizedNonceKey,
}

/// An opened content, and whether it should be rewrapped under the current secret.
pub struct Unwrapped {
    pub content: Zeroizing<Vec<u8>>,
    pub is_current: bool,
}

impl std::fmt::Debug for RecordKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordKeys(…)")
    }
}

impl std::fmt::Debug for Unwrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unwrapped(…)")
    }
}

/// The labels of the subkeys: what is sealed for one purpose does not open for another.
const RECORDS: &[u8] = b"webex-mcp records 1";
const LOGIN: &[u8] = b"webex-mcp login 1";

impl RecordKeys {
    pub fn new(secret: &Secret, previous: Option<&Secret>) -> Result<Self, CryptographyFailed> {
        RecordKeys::labelled(RECORDS, secret, previous)
    }

    /// The keys for the sign-in of the person whose machine this is.
    pub fn for_login(
        secret: &Secret,
        previous: Option<&Secret>,
    ) -> Result<Self, CryptographyFailed> {
        RecordKeys::labelled(LOGIN, secret, previous)
    }

    fn labelled(
        label: &[u8],
        secret: &Secret,
        previous: Option<&Secret>,
    ) -> Result<Self, CryptographyFailed> {
        let derive = |secret| WrappingKey::derive(label, secret);
        Ok(RecordKeys {
            current: derive(secret)?,
            previous: previous.map(derive).transpose()?,
        })
    }

    /// The beginning of an envelope that was made or rewrapped under the current secret.
    pub fn current_id(&self) -> &[u8] {
        &self.current.id
    }

    /// Seals `content`; it opens only with the same `bound`.
    pub fn seal(&self, bound: &[u8], content: &[u8]) -> Result<Vec<u8>, CryptographyFailed> {
        let mut data_key = Zeroizing::new([0; DATA_KEY_BYTES]);
        rand::fill(data_key.as_mut_slice()).map_err(|_| CryptographyFailed)?;
        let mut whole = Vec::with_capacity(HEAD_BYTES + NONCE_LEN + content.len() + TAG_BYTES);
        self.current.wrap(bound, data_key.as_slice(), &mut whole)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, data_key.as_slice())
            .map_err(|_| CryptographyFailed)?;
        append_sealed(&key, bound, content, &mut whole)?;
        Ok(whole)
    }

    /// The content of an envelope that was sealed with the same `bound` under either secret.
    pub fn open(&self, bound: &[u8], envelope: &[u8]) -> Result<Unwrapped, Unopened> {
        let (data_key, is_current) = self.data_key(bound, envelope)?;
        let sealed = envelope.get(HEAD_BYTES..).ok_or(Unopened::Foreign)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, data_key.as_slice())
            .map_err(|_| Unopened::Foreign)?;
        Ok(Unwrapped {
            content: open_sealed(&key, bound, sealed)?,
            is_current,
        })
    }

    /// The same envelope under the current secret; the sealed content does not change.
    pub fn rewrap(&self, bound: &[u8], envelope: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (data_key, _) = self.data_key(bound, envelope)?;
        let mut whole = Vec::with_capacity(envelope.len());
        self.current
            .wrap(bound, &data_key, &mut whole)
            .map_err(|_| Unopened::Foreign)?;
        whole.extend_from_slice(&envelope[HEAD_BYTES..]);
        Ok(whole)
    }

    fn data_key(
        &self,
        bound: &[u8],
        envelope: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, bool), Unopened> {
        let head = envelope.get(..HEAD_BYTES).ok_or(Unopened::Foreign)?;
        let (id, wrapped) = head.split_at(KEY_ID_BYTES);
        let by = std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.id == id)
            .ok_or(Unopened::Foreign)?;
        let data_key = open_sealed(&by.key, bound, wrapped)?;
        Ok((data_key, by.id == self.current.id))
    }
}

impl WrappingKey {
    fn derive(label: &[u8], secret: &Secret) -> Result<Self, CryptographyFailed> {
        let key = Zeroizing::new(subkey(secret, label)?);
        Ok(WrappingKey {
            id: key_id(secret)?,
            key: RandomizedNonceKey::new(&AES_256_GCM, key.as_slice())
                .map_err(|_| CryptographyFailed)?,
        })
    }

    fn wrap(
        &self,
        bound: &[u8],
        data_key: &[u8],
        whole: &mut Vec<u8>,
    ) -> Result<(), CryptographyFailed> {
        whole.extend_from_slice(&self.id);
        append_sealed(&self.key, bound, data_key, whole)
    }
}

fn append_sealed(
    key: &RandomizedNonceKey,
    bound: &[u8],
    content: &[u8],
    whole: &mut Vec<u8>,
) -> Result<(), CryptographyFailed> {
    let mut sealed = Vec::with_capacity(content.len() + TAG_BYTES);
    sealed.extend_from_slice(content);
    let nonce = key
        .seal_in_place_append_tag(Aad::from(bound), &mut sealed)
        .map_err(|_| CryptographyFailed)?;
    whole.extend_from_slice(nonce.as_ref());
    whole.extend_from_slice(&sealed);
    Ok(())
}

fn open_sealed(
    key: &RandomizedNonceKey,
    bound: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let (nonce, body) = sealed
        .split_at_checked(NONCE_LEN)
        .ok_or(Unopened::Foreign)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened::Foreign)?;
    let mut body = Zeroizing::new(body.to_vec());
    let length = key
        .open_in_place(nonce, Aad::from(bound), body.as_mut_slice())
        .map_err(|_| Unopened::Foreign)?
        .len();
    body.truncate(length);
    Ok(body)
}

/// Signs the journal's head. Its key is derived from the secret, so a new secret gives a new key.
pub struct HeadSigner(Ed25519KeyPair);

impl std::fmt::Debug for HeadSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeadSigner(…)")
    }
}

impl HeadSigner {
    pub fn new(secret: &Secret) -> Result<Self, CryptographyFailed> {
        let seed = Zeroizing::new(subkey(secret, b"webex-mcp journal head 1")?);
        Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
            .map(HeadSigner)
            .map_err(|_| CryptographyFailed)
    }

    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }

    /// Whether the owner of `public_key` signed `message` with `signature`.
    pub fn is_signed(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, public_key)
            .verify(message, signature)
            .is_ok()
    }
}

/// A keyed hash of people's text. Its key never changes, so neither does a digest.
#[derive(Clone)]
pub struct DigestKey(hmac::Key);

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DigestKey(…)")
    }
}

impl DigestKey {
    pub fn new(key: &[u8]) -> Self {
        DigestKey(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    pub fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            // The lengths keep `ab, c` and `a, bc` apart.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8, previous: Option<u8>) -> RecordKeys {
        let secret = |byte| Secret::new(Box::new([byte; 32]));
        RecordKeys::new(&secret(byte), previous.map(secret).as_ref()).unwrap()
    }

    #[test]
    fn an_envelope_opens_only_for_its_own_record() {
        let sealed = keys(1, None).seal(b"record 1", b"content").unwrap();
        let opened = keys(1, None).open(b"record 1", &sealed).unwrap();
        assert_eq!(opened.content.as_slice(), b"content");
        assert!(keys(1, None).open(b"record 2", &sealed).is_err());
        assert!(keys(2, None).open(b"record 1", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys(1, None).open(b"record 1", &changed).is_err(), "{at}");
            assert!(keys(1, None).open(b"record 1", &sealed[..at]).is_err());
        }
    }

    #[test]
    fn what_is_sealed_for_one_purpose_does_not_open_for_another() {
        let secret = Secret::new(Box::new([1; 32]));
        let login = RecordKeys::for_login(&secret, None).unwrap();
        let sealed = login.seal(b"same", b"content").unwrap();
        assert!(login.open(b"same", &sealed).is_ok());
        assert!(keys(1, None).open(b"same", &sealed).is_err());
    }

    #[test]
    fn a_rolled_secret_opens_and_rewraps_what_the_previous_one_sealed() {
        let old = keys(1, None).seal(b"r", b"content").unwrap();
        let rolled = keys(2, Some(1));
        let opened = rolled.open(b"r", &old).unwrap();
        assert!(!opened.is_current);
        let new = rolled.rewrap(b"r", &old).unwrap();
        assert_eq!(new[HEAD_BYTES..], old[HEAD_BYTES..]);
        // The previous secret is no longer needed.
        let opened = keys(2, None).open(b"r", &new).unwrap();
        assert_eq!(opened.content.as_slice(), b"content");
        assert!(opened.is_current);
    }

    #[test]
    fn a_signature_holds_for_its_message_and_key_only() {
        let signer = |byte| HeadSigner::new(&Secret::new(Box::new([byte; 32]))).unwrap();
        let (one, two) = (signer(1), signer(2));
        let signature = one.sign(b"head");
        assert!(HeadSigner::is_signed(one.public_key(), b"head", &signature));
        assert!(!HeadSigner::is_signed(
            two.public_key(),
            b"head",
            &signature
        ));
        assert!(!HeadSigner::is_signed(
            one.public_key(),
            b"heap",
            &signature
        ));
    }
}
