//! Keys for stored data: envelopes of private records, and the signature of the journal's head.
//!
//! An envelope is `key id ‖ wrapped data key ‖ sealed content`. The data key is random and used for
//! one content only. A key of the vault wraps it, and the deployment's secret seals the keys of the
//! vault. So a new key of the vault rewraps 32 bytes of each record and never touches the content,
//! and a new secret touches no record at all.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

use super::{CryptographyFailed, KEY_ID_BYTES, Secret, Unopened, key_id, subkey};

const DATA_KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const WRAPPED_BYTES: usize = NONCE_LEN + DATA_KEY_BYTES + TAG_BYTES;
const HEAD_BYTES: usize = KEY_ID_BYTES + WRAPPED_BYTES;

/// Names a key without revealing it.
pub type KeyId = [u8; KEY_ID_BYTES];

/// The keys that wrap data keys. The first one is current: it wraps what is sealed now.
pub struct RecordKeys(Vec<Arc<WrappingKey>>);

struct WrappingKey {
    id: KeyId,
    key: RandomizedNonceKey,
}

/// An opened content, and whether it should be rewrapped under the current key.
pub struct Unwrapped {
    pub content: Zeroizing<Vec<u8>>,
    pub is_current: bool,
}

/// A key of the vault. It exists in this form only between its storage and its use.
pub struct VaultKey {
    pub id: KeyId,
    key: Zeroizing<Vec<u8>>,
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

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey(…)")
    }
}

/// The labels of the subkeys: what is sealed for one purpose does not open for another.
const VAULT: &[u8] = b"webex-mcp vault 1";
const RECORDS: &[u8] = b"webex-mcp records 1";
const LOGIN: &[u8] = b"webex-mcp login 1";

impl VaultKey {
    pub fn random() -> Result<Self, CryptographyFailed> {
        let (mut id, mut key) = ([0; KEY_ID_BYTES], Zeroizing::new(vec![0; DATA_KEY_BYTES]));
        rand::fill(&mut id).map_err(|_| CryptographyFailed)?;
        rand::fill(key.as_mut_slice()).map_err(|_| CryptographyFailed)?;
        Ok(VaultKey { id, key })
    }

    /// The key of records that were written before the vault had keys of its own: it is derived from
    /// their secret.
    pub fn of_secret(secret: &Secret) -> Result<Self, CryptographyFailed> {
        Ok(VaultKey {
            id: key_id(secret)?,
            key: Zeroizing::new(Zeroizing::new(subkey(secret, RECORDS)?).to_vec()),
        })
    }

    /// As it is stored: sealed under the secret, and bound to its number, which says how new it is.
    pub fn seal(&self, number: u64, secret: &RecordKeys) -> Result<Vec<u8>, CryptographyFailed> {
        secret.seal(&VaultKey::bound(self.id, number), &self.key)
    }

    /// Opens what [`VaultKey::seal`] made.
    pub fn open(
        (id, number): (KeyId, u64),
        secret: &RecordKeys,
        sealed: &[u8],
    ) -> Result<Self, Unopened> {
        let opened = secret.open(&VaultKey::bound(id, number), sealed)?;
        let key = opened.content;
        Ok(VaultKey { id, key })
    }

    fn bound(id: KeyId, number: u64) -> Vec<u8> {
        [&id[..], &number.to_be_bytes()].concat()
    }
}

impl RecordKeys {
    /// Of the vault; the first one is current.
    pub fn new(keys: &[VaultKey]) -> Result<Self, CryptographyFailed> {
        RecordKeys(Vec::new()).with_newer(keys)
    }

    /// These keys too, of which the first one is current then.
    pub fn with_newer(&self, keys: &[VaultKey]) -> Result<Self, CryptographyFailed> {
        let keys = keys.iter();
        let newer = keys.map(|key| WrappingKey::new(key.id, &key.key));
        let known = self.0.iter().cloned().map(Ok);
        newer.chain(known).collect::<Result<_, _>>().map(RecordKeys)
    }

    /// What seals the keys of the vault.
    pub fn for_vault(
        secret: &Secret,
        previous: Option<&Secret>,
    ) -> Result<Self, CryptographyFailed> {
        RecordKeys::labelled(VAULT, secret, previous)
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
        let derive = |secret| {
            let key = Zeroizing::new(subkey(secret, label)?);
            WrappingKey::new(key_id(secret)?, key.as_slice())
        };
        let secrets = [Some(secret), previous].into_iter().flatten();
        let keys = secrets.map(derive).collect::<Result<_, _>>();
        keys.map(RecordKeys)
    }

    /// Whether the key is here that the envelope names.
    pub fn has_key_of(&self, envelope: &[u8]) -> bool {
        self.key_of(envelope).is_ok()
    }

    /// Whether an envelope was made or rewrapped under the current key.
    pub fn is_current(&self, envelope: &[u8]) -> bool {
        self.key_of(envelope)
            .is_ok_and(|(_, is_current)| is_current)
    }

    /// Seals `content`; it opens only with the same `bound`.
    pub fn seal(&self, bound: &[u8], content: &[u8]) -> Result<Vec<u8>, CryptographyFailed> {
        let mut data_key = Zeroizing::new([0; DATA_KEY_BYTES]);
        rand::fill(data_key.as_mut_slice()).map_err(|_| CryptographyFailed)?;
        let mut whole = Vec::with_capacity(HEAD_BYTES + NONCE_LEN + content.len() + TAG_BYTES);
        self.wrap(bound, data_key.as_slice(), &mut whole)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, data_key.as_slice())
            .map_err(|_| CryptographyFailed)?;
        append_sealed(&key, bound, content, &mut whole)?;
        Ok(whole)
    }

    /// The content of an envelope that was sealed with the same `bound` under one of these keys.
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

    /// The same envelope under the current key; the sealed content does not change.
    pub fn rewrap(&self, bound: &[u8], envelope: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (data_key, _) = self.data_key(bound, envelope)?;
        let mut whole = Vec::with_capacity(envelope.len());
        self.wrap(bound, &data_key, &mut whole)
            .map_err(|_| Unopened::Foreign)?;
        whole.extend_from_slice(&envelope[HEAD_BYTES..]);
        Ok(whole)
    }

    fn data_key(
        &self,
        bound: &[u8],
        envelope: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, bool), Unopened> {
        let (by, is_current) = self.key_of(envelope)?;
        let wrapped = envelope.get(KEY_ID_BYTES..HEAD_BYTES);
        let data_key = open_sealed(&by.key, bound, wrapped.ok_or(Unopened::Foreign)?)?;
        Ok((data_key, is_current))
    }

    /// The key that an envelope names, and whether it is the current one.
    fn key_of(&self, envelope: &[u8]) -> Result<(&WrappingKey, bool), Unopened> {
        let mut keys = self.0.iter().enumerate();
        let by = keys.find(|(_, key)| envelope.starts_with(&key.id));
        by.map(|(at, key)| (&**key, at == 0))
            .ok_or(Unopened::Foreign)
    }

    fn wrap(
        &self,
        bound: &[u8],
        data_key: &[u8],
        whole: &mut Vec<u8>,
    ) -> Result<(), CryptographyFailed> {
        let current = self.0.first().ok_or(CryptographyFailed)?;
        whole.extend_from_slice(&current.id);
        append_sealed(&current.key, bound, data_key, whole)
    }
}

impl WrappingKey {
    fn new(id: KeyId, key: &[u8]) -> Result<Arc<Self>, CryptographyFailed> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| CryptographyFailed)?;
        Ok(Arc::new(WrappingKey { id, key }))
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
        RecordKeys::for_vault(&secret(byte), previous.map(secret).as_ref()).unwrap()
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
    fn a_key_of_the_vault_opens_under_its_id_number_and_secret_only() {
        let key = VaultKey::random().unwrap();
        let sealed = key.seal(7, &keys(1, None)).unwrap();
        let opened = VaultKey::open((key.id, 7), &keys(1, None), &sealed).unwrap();
        let envelope = RecordKeys::new(&[key]).unwrap().seal(b"r", b"c").unwrap();
        let id = opened.id;
        let opened = RecordKeys::new(&[opened]).unwrap();
        assert_eq!(opened.open(b"r", &envelope).unwrap().content[..], b"c"[..]);
        assert!(VaultKey::open((id, 8), &keys(1, None), &sealed).is_err());
        assert!(VaultKey::open(([0; 4], 7), &keys(1, None), &sealed).is_err());
        assert!(VaultKey::open((id, 7), &keys(2, None), &sealed).is_err());
    }

    #[test]
    fn no_key_is_shown() {
        let secret = Secret::new(Box::new([0xab; 32]));
        let key = VaultKey::of_secret(&secret).unwrap();
        let bytes = format!("{:?}", key.key.as_slice());
        let keys = RecordKeys::for_vault(&secret, None).unwrap();
        let sealed = key.seal(1, &keys).unwrap();
        let opened = keys.open(&VaultKey::bound(key.id, 1), &sealed).unwrap();
        let shown = format!("{secret:?} {key:?} {keys:?} {opened:?}");
        assert!(!shown.contains(bytes.trim_matches(['[', ']'])), "{shown}");
        assert!(!shown.contains("171"), "{shown}");
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
