//! Private keys, what certificates say of them, and their signatures.

mod dsa;
mod ec;
mod parse;
mod primes;
mod rsa;

use crate::certificates::der::{bit_string, integer, null, object_identifier, octet_string, sequence};
use crate::certificates::failure::Failure;
use crate::certificates::randomness::Randomness;
use crate::certificates::{identifiers, pem};

pub(super) use dsa::generate as generate_dsa;
pub(super) use ec::{Curve, check_point};
pub(super) use parse::parse;
pub(super) use rsa::PublicKey as RsaPublicKey;

/// A private key.
#[derive(Clone, Debug)]
pub(super) enum PrivateKey {
    Rsa(rsa::PrivateKey),
    Ec(ec::PrivateKey),
    Ed25519([u8; 32]),
    /// Nothing is kept of keys that sign no certificate and are in none.
    X25519,
    Dsa,
}

/// What a certificate says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa(rsa::PublicKey),
    /// The point isn't compressed.
    Ec(Curve, Vec<u8>),
    Ed25519(Vec<u8>),
    /// Certificates with such keys are read, not made.
    Dsa,
}

/// What is wrong with keys that sign nothing.
const NO_SIGNER: &str = "x509: certificate private key does not implement crypto.Signer";

impl PrivateKey {
    /// A new RSA key whose modulus has so many bits.
    pub(super) fn generate_rsa(bits: u32, randomness: &mut Randomness) -> Self {
        PrivateKey::Rsa(rsa::PrivateKey::generate(bits, randomness))
    }

    /// A new key on the curve P-256.
    pub(super) fn generate_p256(randomness: &mut Randomness) -> Self {
        PrivateKey::Ec(ec::PrivateKey::generate(randomness))
    }

    /// A new Ed25519 key.
    pub(super) fn generate_ed25519(randomness: &mut Randomness) -> Self {
        PrivateKey::Ed25519(randomness.bytes())
    }

    /// The key in PEM, in the format that Sprig chooses for its kind.
    pub(super) fn to_pem(&self) -> Result<Vec<u8>, Failure> {
        Ok(match self {
            PrivateKey::Rsa(key) => pem::encode("RSA PRIVATE KEY", &key.to_pkcs1()),
            PrivateKey::Ec(key) => pem::encode("EC PRIVATE KEY", &key.to_sec1()?),
            PrivateKey::Ed25519(seed) => {
                let algorithm = sequence(&[object_identifier(identifiers::ED25519)]);
                let pkcs8 = [integer(0), algorithm, octet_string(&octet_string(seed))];
                pem::encode("PRIVATE KEY", &sequence(&pkcs8))
            }
            PrivateKey::X25519 | PrivateKey::Dsa => return Err(Failure::new(NO_SIGNER)),
        })
    }

    /// What a certificate says of the key.
    pub(super) fn public(&self) -> Result<PublicKey, Failure> {
        Ok(match self {
            PrivateKey::Rsa(key) => PublicKey::Rsa(key.public().clone()),
            PrivateKey::Ec(key) => PublicKey::Ec(key.curve(), key.point()?),
            PrivateKey::Ed25519(seed) => PublicKey::Ed25519(ed25519(seed).pk.to_vec()),
            PrivateKey::X25519 => return Err(unsupported("*ecdh.PublicKey")),
            PrivateKey::Dsa => return Err(unsupported("*dsa.PublicKey")),
        })
    }

    /// The algorithm of the key's signatures, as certificates name it.
    pub(super) fn signature_algorithm(&self) -> Result<Vec<u8>, Failure> {
        Ok(match self {
            PrivateKey::Rsa(_) => sequence(&[object_identifier(identifiers::SHA256_WITH_RSA), null()]),
            PrivateKey::Ec(key) => sequence(&[object_identifier(key.signature_algorithm()?)]),
            PrivateKey::Ed25519(_) => sequence(&[object_identifier(identifiers::ED25519)]),
            PrivateKey::X25519 | PrivateKey::Dsa => return Err(Failure::new(NO_SIGNER)),
        })
    }

    /// What a signature takes, in steps of a budget: about what else would run in the same time.
    pub(super) fn steps_of_signing(&self) -> u64 {
        match self {
            // Twice the bits take eight times as long.
            PrivateKey::Rsa(key) => (key.public().modulus.bits() / 64).saturating_pow(3).saturating_mul(16),
            PrivateKey::Ec(_) => 200_000,
            PrivateKey::Ed25519(_) => 20_000,
            PrivateKey::X25519 | PrivateKey::Dsa => 0,
        }
    }

    /// The signature of a message.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        match self {
            PrivateKey::Rsa(key) => key.sign(message),
            PrivateKey::Ec(key) => key.sign(message),
            PrivateKey::Ed25519(seed) => Ok(ed25519(seed).sk.sign(message, None).to_vec()),
            PrivateKey::X25519 | PrivateKey::Dsa => Err(Failure::new(NO_SIGNER)),
        }
    }
}

/// A key that no certificate is made for, by the name of its Go type.
fn unsupported(kind: &str) -> Failure {
    Failure::new(format!("x509: unsupported public key type: {kind}"))
}

fn ed25519(seed: &[u8; 32]) -> ed25519_compact::KeyPair {
    ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new(*seed))
}

impl PublicKey {
    /// The bytes of the key alone.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            PublicKey::Rsa(key) => key.to_pkcs1(),
            PublicKey::Ec(_, bytes) | PublicKey::Ed25519(bytes) => bytes.clone(),
            PublicKey::Dsa => Vec::new(),
        }
    }

    /// The key with its algorithm (`SubjectPublicKeyInfo`).
    pub(super) fn to_pkix(&self) -> Result<Vec<u8>, Failure> {
        let algorithm = match self {
            PublicKey::Rsa(_) => sequence(&[object_identifier(identifiers::RSA), null()]),
            PublicKey::Ec(curve, _) => {
                sequence(&[object_identifier(identifiers::ECDSA), object_identifier(curve.identifier())])
            }
            PublicKey::Ed25519(_) => sequence(&[object_identifier(identifiers::ED25519)]),
            PublicKey::Dsa => return Err(unsupported("*dsa.PublicKey")),
        };
        Ok(sequence(&[algorithm, bit_string(&self.bytes())]))
    }
}
