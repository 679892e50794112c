//! The public key in a certificate.

use super::parse::is_positive;
use crate::certificates::der::{INTEGER, NULL, Reader, SEQUENCE};
use crate::certificates::failure::Failure;
use crate::certificates::identifiers;
use crate::certificates::keys::{Curve, PublicKey, RsaPublicKey, check_point};

/// A key of an algorithm; `None` where Go doesn't know the algorithm.
pub(super) fn parse(algorithm: &[u8], parameters: &[u8], key: &[u8]) -> Result<Option<PublicKey>, Failure> {
    Ok(Some(match algorithm {
        identifiers::RSA => parse_rsa(parameters, key)?,
        identifiers::ECDSA => {
            let curve = Reader::new(parameters)
                .object_identifier()
                .ok_or_else(|| Failure::new("x509: invalid ECDSA parameters"))?;
            let curve = Curve::of(curve).ok_or_else(|| Failure::new("x509: unsupported elliptic curve"))?;
            check_point(curve, key)?;
            PublicKey::Ec(curve, key.to_vec())
        }
        identifiers::ED25519 => {
            if !parameters.is_empty() {
                return Err(Failure::new("x509: Ed25519 key encoded with illegal parameters"));
            }
            if key.len() != 32 {
                return Err(Failure::new("x509: wrong Ed25519 public key size"));
            }
            PublicKey::Ed25519(key.to_vec())
        }
        identifiers::DSA => {
            check_dsa(parameters, key)?;
            PublicKey::Dsa
        }
        _ => return Ok(None),
    }))
}

fn parse_rsa(parameters: &[u8], key: &[u8]) -> Result<PublicKey, Failure> {
    if parameters != [NULL, 0] {
        return Err(Failure::new("x509: RSA key missing NULL parameters"));
    }
    let invalid = |what: &str| Failure::new(format!("x509: invalid RSA {what}"));
    let mut key = Reader::new(key).open(SEQUENCE).ok_or_else(|| invalid("public key"))?;
    let modulus = key.big_integer().ok_or_else(|| invalid("modulus"))?;
    let exponent = key.int64(INTEGER).ok_or_else(|| invalid("public exponent"))?;
    if !is_positive(&modulus) {
        return Err(Failure::new("x509: RSA modulus is not a positive number"));
    }
    if exponent <= 0 {
        return Err(Failure::new("x509: RSA public exponent is not a positive number"));
    }
    let modulus = modulus.into_parts().1;
    Ok(PublicKey::Rsa(RsaPublicKey { modulus, exponent: exponent.unsigned_abs().into() }))
}

fn check_dsa(parameters: &[u8], key: &[u8]) -> Result<(), Failure> {
    let key = Reader::new(key).big_integer().ok_or_else(|| Failure::new("x509: invalid DSA public key"))?;
    let mut numbers = vec![key];
    let invalid = || Failure::new("x509: invalid DSA parameters");
    let mut parameters = Reader::new(parameters).open(SEQUENCE).ok_or_else(invalid)?;
    for _ in 0..3 {
        numbers.push(parameters.big_integer().ok_or_else(invalid)?);
    }
    if numbers.iter().all(is_positive) {
        return Ok(());
    }
    Err(Failure::new("x509: zero or negative DSA parameter"))
}
