//! Keys on NIST's curves (`crypto/ecdsa`, `crypto/internal/fips140/nistec`).

use num_bigint::BigUint;
use p256::ecdsa::signature::Signer;

use crate::certificates::der::{
    bit_string, context, integer, object_identifier, octet_string, sequence, unsigned,
};
use crate::certificates::failure::Failure;
use crate::certificates::identifiers;
use crate::certificates::randomness::Randomness;

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::certificates) enum Curve {
    /// Its keys are read, but neither made nor used: no stable crate computes on it.
    P224,
    P256,
    P384,
    P521,
}

/// A curve's numbers in hexadecimal figures: y² = x³ - 3x + b modulo a prime, with so many points.
struct Numbers {
    prime: &'static str,
    b: &'static str,
    order: &'static str,
}

const P224: Numbers = Numbers {
    prime: "ffffffffffffffffffffffffffffffff000000000000000000000001",
    b: "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
    order: "ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
};
const P256: Numbers = Numbers {
    prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
};
const P384: Numbers = Numbers {
    prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe\
            ffffffff0000000000000000ffffffff",
    b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a\
        c656398d8a2ed19d2a85c8edd3ec2aef",
    order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf\
            581a0db248b0a77aecec196accc52973",
};
const P521: Numbers = Numbers {
    prime: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
            ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109\
        e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    order: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
            51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
};

impl Curve {
    /// The curve that an object identifier names.
    pub(in crate::certificates) fn of(identifier: &[u8]) -> Option<Self> {
        [Curve::P224, Curve::P256, Curve::P384, Curve::P521]
            .into_iter()
            .find(|curve| curve.identifier() == identifier)
    }

    pub(in crate::certificates) fn identifier(self) -> &'static [u8] {
        match self {
            Curve::P224 => identifiers::P224,
            Curve::P256 => identifiers::P256,
            Curve::P384 => identifiers::P384,
            Curve::P521 => identifiers::P521,
        }
    }

    /// The bytes of a coordinate, and of a private key.
    fn size(self) -> usize {
        match self {
            Curve::P224 => 28,
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    fn numbers(self) -> &'static Numbers {
        match self {
            Curve::P224 => &P224,
            Curve::P256 => &P256,
            Curve::P384 => &P384,
            Curve::P521 => &P521,
        }
    }
}

fn hexadecimal(figures: &str) -> BigUint {
    BigUint::parse_bytes(figures.as_bytes(), 16).unwrap_or_default()
}

/// Whether bytes are a point of a curve, not compressed.
pub(in crate::certificates) fn check_point(curve: Curve, bytes: &[u8]) -> Result<(), Failure> {
    let Some((4, coordinates)) = bytes.split_first() else {
        return Err(Failure::new("ecdsa: invalid uncompressed public key"));
    };
    if coordinates.len() != 2 * curve.size() {
        return Err(Failure::new(format!("invalid {curve:?} point encoding")));
    }
    let Numbers { prime, b, .. } = curve.numbers();
    let prime = hexadecimal(prime);
    let [x, y] = [0, curve.size()].map(|at| BigUint::from_bytes_be(&coordinates[at..at + curve.size()]));
    if x >= prime || y >= prime {
        // Go computes on this one curve with code of its own, and with words of its own.
        let space = if curve == Curve::P256 { " element" } else { "Element" };
        return Err(Failure::new(format!("invalid {curve:?}{space} encoding")));
    }
    // The multiple of the prime keeps the difference from being negative.
    let right = &x * &x * &x + hexadecimal(b) + &prime * 3u8 - &x * 3u8;
    if (&y * &y) % &prime != right % &prime {
        return Err(Failure::new(format!("{curve:?} point not on curve")));
    }
    Ok(())
}

/// A private key: a number from 1 on that is less than the order.
#[derive(Clone, Debug)]
pub(in crate::certificates) struct PrivateKey {
    curve: Curve,
    /// As many bytes as a coordinate has.
    scalar: Vec<u8>,
}

const UNSUPPORTED: &str = "x509: unsupported elliptic curve";

impl PrivateKey {
    /// A new key on P-256.
    pub(super) fn generate(randomness: &mut Randomness) -> Self {
        loop {
            if let Ok(key) = Self::new(Curve::P256, &randomness.bytes::<32>()) {
                return key;
            }
        }
    }

    /// A key from its bytes. Too few of them, or zeros before them, are accepted.
    pub(super) fn new(curve: Curve, bytes: &[u8]) -> Result<Self, Failure> {
        let excess = bytes.len().saturating_sub(curve.size());
        if bytes[..excess].iter().any(|byte| *byte != 0) {
            return Err(Failure::new("x509: invalid private key length"));
        }
        let bytes = &bytes[excess..];
        let (scalar, order) = (BigUint::from_bytes_be(bytes), hexadecimal(curve.numbers().order));
        if &scalar % &order == BigUint::ZERO {
            // Go looks at the public key first, which is the point at infinity.
            return Err(Failure::new("ecdsa: invalid public key encoding"));
        }
        if scalar >= order {
            return Err(Failure::new("input overflows the modulus"));
        }
        Ok(Self { curve, scalar: [&vec![0; curve.size() - bytes.len()], bytes].concat() })
    }

    pub(super) fn curve(&self) -> Curve {
        self.curve
    }

    /// The public key.
    pub(super) fn point(&self) -> Result<Vec<u8>, Failure> {
        let scalar = &*self.scalar;
        let point = match self.curve {
            Curve::P224 => None,
            Curve::P256 => p256::ecdsa::SigningKey::from_slice(scalar)
                .ok()
                .map(|key| key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
            Curve::P384 => p384::ecdsa::SigningKey::from_slice(scalar)
                .ok()
                .map(|key| key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
            Curve::P521 => p521::ecdsa::SigningKey::from_slice(scalar)
                .ok()
                .map(|key| key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
        };
        point.ok_or_else(|| Failure::new(UNSUPPORTED))
    }

    pub(super) fn to_sec1(&self) -> Result<Vec<u8>, Failure> {
        Ok(sequence(&[
            integer(1),
            octet_string(&self.scalar),
            context(0, &object_identifier(self.curve.identifier())),
            context(1, &bit_string(&self.point()?)),
        ]))
    }

    /// The algorithm of the key's signatures.
    pub(super) fn signature_algorithm(&self) -> Result<&'static [u8], Failure> {
        match self.curve {
            Curve::P224 => Err(Failure::new(UNSUPPORTED)),
            Curve::P256 => Ok(identifiers::ECDSA_WITH_SHA256),
            Curve::P384 => Ok(identifiers::ECDSA_WITH_SHA384),
            Curve::P521 => Ok(identifiers::ECDSA_WITH_SHA512),
        }
    }

    /// A signature with the hash that goes with the curve. It needs no randomness (RFC 6979).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let scalar = &*self.scalar;
        let signature = match self.curve {
            Curve::P224 => None,
            Curve::P256 => p256::ecdsa::SigningKey::from_slice(scalar)
                .and_then(|key| key.try_sign(message))
                .map(|signature: p256::ecdsa::Signature| signature.to_bytes().to_vec())
                .ok(),
            Curve::P384 => p384::ecdsa::SigningKey::from_slice(scalar)
                .and_then(|key| key.try_sign(message))
                .map(|signature: p384::ecdsa::Signature| signature.to_bytes().to_vec())
                .ok(),
            Curve::P521 => p521::ecdsa::SigningKey::from_slice(scalar)
                .and_then(|key| key.try_sign(message))
                .map(|signature: p521::ecdsa::Signature| signature.to_bytes().to_vec())
                .ok(),
        };
        let signature = signature.ok_or_else(|| Failure::new(UNSUPPORTED))?;
        let (r, s) = signature.split_at(signature.len() / 2);
        Ok(sequence(&[unsigned(r), unsigned(s)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_keys_are_on_their_curves() {
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            let key = PrivateKey::new(curve, &[7]).unwrap();
            let mut point = key.point().unwrap();
            assert_eq!(check_point(curve, &point), Ok(()));
            point[curve.size()] ^= 1;
            let error = check_point(curve, &point).unwrap_err().text();
            assert_eq!(error, format!("{curve:?} point not on curve"));
        }
    }

    #[test]
    fn the_smallest_curve_is_only_read() {
        let key = PrivateKey::new(Curve::P224, &[7]).unwrap();
        assert_eq!(key.sign(b"text").unwrap_err().text(), "x509: unsupported elliptic curve");
        assert_eq!(key.point().unwrap_err().text(), "x509: unsupported elliptic curve");
    }

    /// From RFC 6979, A.2.5.
    #[test]
    fn signatures_are_deterministic() {
        let bytes = |figures: &str| hexadecimal(figures).to_bytes_be();
        let key = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let r = bytes("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
        let s = bytes("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
        let key = PrivateKey::new(Curve::P256, &key).unwrap();
        assert_eq!(key.sign(b"sample"), Ok(sequence(&[unsigned(&r), unsigned(&s)])));
    }

    #[test]
    fn private_keys_have_bounds() {
        let order = hexadecimal(P521.order).to_bytes_be();
        let error = |bytes: &[u8]| PrivateKey::new(Curve::P521, bytes).unwrap_err().text();
        assert_eq!(error(&[0]), "ecdsa: invalid public key encoding");
        assert_eq!(error(&order), "ecdsa: invalid public key encoding");
        assert_eq!(error(&[0xff; 66]), "input overflows the modulus");
        assert_eq!(error(&[1; 67]), "x509: invalid private key length");
        assert_eq!(PrivateKey::new(Curve::P256, &[&[0; 9], &[1; 32][..]].concat()).unwrap().scalar, [1; 32]);
    }
}
