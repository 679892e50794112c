//! RSA keys: new ones, PKCS #1, and signatures (`crypto/rsa`).

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use crypto_primes::hazmat::SetBits;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use super::primes::random_prime;
use crate::certificates::der::{integer, null, object_identifier, octet_string, sequence, unsigned};
use crate::certificates::failure::Failure;
use crate::certificates::identifiers;
use crate::certificates::randomness::Randomness;

/// A modulus and an exponent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::certificates) struct PublicKey {
    pub(in crate::certificates) modulus: BigUint,
    pub(in crate::certificates) exponent: BigUint,
}

impl PublicKey {
    pub(in crate::certificates) fn to_pkcs1(&self) -> Vec<u8> {
        sequence(&[number(&self.modulus), number(&self.exponent)])
    }
}

/// A private key whose parts belong together.
#[derive(Clone, Debug)]
pub(in crate::certificates) struct PrivateKey {
    pub(super) public: PublicKey,
    pub(super) exponent: BigUint,
    /// Two, of old keys sometimes more. Each is greater than 1.
    pub(super) primes: Vec<BigUint>,
}

/// The public exponent of new keys.
const EXPONENT: u32 = 65_537;

impl PrivateKey {
    /// A new key whose modulus has so many bits.
    pub(super) fn generate(bits: u32, randomness: &mut Randomness) -> Self {
        let exponent = BigUint::from(EXPONENT);
        loop {
            let [p, q] = [(); 2].map(|()| random_prime(bits / 2, SetBits::TwoMsb, randomness));
            if p == q {
                continue;
            }
            let (before_p, before_q) = (&p - 1u8, &q - 1u8);
            let least_multiple = &before_p * &before_q / greatest_divisor(before_p, before_q);
            if let Some(private) = exponent.modinv(&least_multiple) {
                let public = PublicKey { modulus: &p * &q, exponent };
                return Self { public, exponent: private, primes: vec![p, q] };
            }
        }
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The numbers that shorten computations with the key come along, computed anew.
    pub(super) fn to_pkcs1(&self) -> Vec<u8> {
        let PublicKey { modulus, exponent } = &self.public;
        let mut out = vec![
            integer(u8::from(self.primes.len() > 2)),
            number(modulus),
            number(exponent),
            number(&self.exponent),
        ];
        out.extend(self.primes.iter().take(2).map(number));
        out.extend(self.primes.iter().take(2).map(|prime| number(&self.exponent_below(prime))));
        if let [first, second, more @ ..] = &*self.primes {
            out.push(number(&second.modinv(first).unwrap_or_default()));
            let mut product = first * second;
            let more = more.iter().map(|prime| {
                let coefficient = product.modinv(prime).unwrap_or_default();
                product *= prime;
                sequence(&[number(prime), number(&self.exponent_below(prime)), number(&coefficient)])
            });
            let more: Vec<_> = more.collect();
            if !more.is_empty() {
                out.push(sequence(&more));
            }
        }
        sequence(&out)
    }

    /// The private exponent, as far as one of the primes is concerned.
    fn exponent_below(&self, prime: &BigUint) -> BigUint {
        &self.exponent % (prime - 1u8)
    }

    /// A signature by PKCS #1 version 1.5 over SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let bits = self.public.modulus.bits();
        if bits < 1024 {
            return Err(Failure::new(format!(
                "crypto/rsa: {bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
            )));
        }
        let size = self.public.modulus.to_bytes_be().len();
        let padded = pad(message, size);
        let signature = self.power(&padded).ok_or_else(|| Failure::new("crypto/rsa: verification error"))?;
        let opened = BigUint::from_bytes_be(&signature).modpow(&self.public.exponent, &self.public.modulus);
        if opened != BigUint::from_bytes_be(&padded) {
            return Err(Failure::new(
                "x509: signature returned by signer is invalid: crypto/rsa: verification error",
            ));
        }
        // The computation's words may be more than the modulus has bytes.
        Ok(signature[signature.len().saturating_sub(size)..].to_vec())
    }

    /// A number, which is as long as the modulus, to the private exponent. How long it takes doesn't tell the key.
    fn power(&self, number: &[u8]) -> Option<Box<[u8]>> {
        let modulus = BoxedUint::from_be_slice_vartime(&self.public.modulus.to_bytes_be());
        let precision = modulus.bits_precision();
        let modulus = BoxedMontyParams::new(Option::<Odd<_>>::from(Odd::new(modulus))?);
        let base = BoxedUint::from_be_slice(number, precision).ok()?;
        let exponent = BoxedUint::from_be_slice(&self.exponent.to_bytes_be(), precision).ok()?;
        Some(BoxedMontyForm::new(base, &modulus).pow(&exponent).retrieve().to_be_bytes())
    }
}

fn number(value: &BigUint) -> Vec<u8> {
    unsigned(&value.to_bytes_be())
}

fn greatest_divisor(mut a: BigUint, mut b: BigUint) -> BigUint {
    while b != BigUint::ZERO {
        (a, b) = (b.clone(), a % b);
    }
    a
}

/// The digest of a message with its algorithm, behind ones up to the size of the modulus.
fn pad(message: &[u8], size: usize) -> Vec<u8> {
    let algorithm = sequence(&[object_identifier(identifiers::SHA256), null()]);
    let digest = sequence(&[algorithm, octet_string(&Sha256::digest(message))]);
    let ones = vec![0xff; size.saturating_sub(digest.len() + 3)];
    [&[0, 1], &*ones, &[0], &digest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_sign() {
        let key = PrivateKey::generate(1024, &mut Randomness::seeded(7));
        let PublicKey { modulus, exponent } = key.public();
        assert_eq!(modulus.bits(), 1024);
        assert_eq!(*modulus, &key.primes[0] * &key.primes[1]);
        let signature = key.sign(b"text").unwrap();
        assert_eq!(signature.len(), 128);
        let opened = BigUint::from_bytes_be(&signature).modpow(exponent, modulus);
        assert_eq!(opened, BigUint::from_bytes_be(&pad(b"text", 128)));
    }

    #[test]
    fn weak_keys_do_not() {
        let key = PrivateKey::generate(512, &mut Randomness::seeded(7));
        assert!(key.sign(b"text").unwrap_err().text().starts_with("crypto/rsa: 512-bit keys are insecure"));
    }
}
