//! Reading private keys (Sprig's `parsePrivateKeyPEM`, and of `crypto/x509` what it calls).

use num_bigint::{BigInt, BigUint, Sign};

use super::ec::{self, Curve};
use super::rsa;
use super::{PrivateKey, RsaPublicKey};
use crate::certificates::der::{Asn1Error, Fields, dotted};
use crate::certificates::failure::Failure;
use crate::certificates::{identifiers, pem};

impl From<Asn1Error> for Failure {
    fn from(error: Asn1Error) -> Self {
        Failure::new(error.to_string())
    }
}

/// The private key in the first block of a PEM text.
pub(in crate::certificates) fn parse(text: &[u8]) -> Result<PrivateKey, Failure> {
    let block = pem::decode(text).ok_or_else(|| Failure::new("no PEM data in input"))?;
    if block.kind == b"PRIVATE KEY" {
        return parse_pkcs8(&block.bytes).map_err(|error| error.within("decoding PEM as PKCS#8"));
    }
    match block.kind.strip_suffix(b" PRIVATE KEY") {
        Some(b"RSA") => {
            let key = parse_pkcs1(&block.bytes);
            key.map(PrivateKey::Rsa).map_err(|error| error.within("parsing RSA private key from PEM"))
        }
        Some(b"EC") => {
            let key = parse_sec1(None, &block.bytes);
            key.map(PrivateKey::Ec).map_err(|error| error.within("parsing EC private key from PEM"))
        }
        Some(b"DSA") => {
            let key = read_dsa(&block.bytes).map_err(Failure::from);
            key.map(|()| PrivateKey::Dsa).map_err(|error| error.within("parsing DSA private key from PEM"))
        }
        Some(other) => Err(Failure::new([b"invalid private key type ", other].concat())),
        None => Err(Failure::new([b"no private key data in PEM block of type ", &*block.kind].concat())),
    }
}

/// The fields of an RSA key in PKCS #1, in their order.
struct Pkcs1 {
    version: i64,
    modulus: BigInt,
    public_exponent: i64,
    exponent: BigInt,
    /// The first two.
    primes: [BigInt; 2],
    /// The private exponent modulo one less than either prime, and the second prime's inverse.
    shortcuts: [Option<BigInt>; 3],
    more_primes: Vec<BigInt>,
}

fn read_pkcs1(bytes: &[u8]) -> Result<(Pkcs1, &[u8]), Asn1Error> {
    let mut outer = Fields::new(bytes);
    let mut fields = outer.structure("pkcs1PrivateKey")?;
    let version = fields.int()?;
    let modulus = fields.big_int()?;
    let public_exponent = fields.int()?;
    let exponent = fields.big_int()?;
    let primes = [fields.big_int()?, fields.big_int()?];
    let shortcuts = [fields.optional_big_int()?, fields.optional_big_int()?, fields.optional_big_int()?];
    let mut more_primes = Vec::new();
    for mut more in fields.optional_structures()? {
        more_primes.push(more.big_int()?);
        more.big_int()?;
        more.big_int()?;
    }
    let key = Pkcs1 { version, modulus, public_exponent, exponent, primes, shortcuts, more_primes };
    Ok((key, outer.rest()))
}

/// The fields of a key in SEC 1.
struct Sec1<'a> {
    version: i64,
    key: &'a [u8],
    curve: Option<&'a [u8]>,
}

fn read_sec1(bytes: &[u8]) -> Result<Sec1<'_>, Asn1Error> {
    let mut fields = Fields::new(bytes).structure("ecPrivateKey")?;
    let version = fields.int()?;
    let key = fields.octets()?;
    let curve = fields.optional_identifier_in(0)?;
    fields.optional_bits_in(1)?;
    Ok(Sec1 { version, key, curve })
}

/// The fields of a key in PKCS #8.
struct Pkcs8<'a> {
    algorithm: &'a [u8],
    parameters: &'a [u8],
    key: &'a [u8],
}

fn read_pkcs8(bytes: &[u8]) -> Result<Pkcs8<'_>, Asn1Error> {
    let mut fields = Fields::new(bytes).structure("pkcs8")?;
    fields.int()?;
    let mut identifier = fields.structure("AlgorithmIdentifier")?;
    let algorithm = identifier.object_identifier()?;
    let parameters = identifier.optional_any()?;
    Ok(Pkcs8 { algorithm, parameters, key: fields.octets()? })
}

/// Of a DSA key nothing is used.
fn read_dsa(bytes: &[u8]) -> Result<(), Asn1Error> {
    let mut fields = Fields::new(bytes).structure("DSAKeyFormat")?;
    fields.int()?;
    for _ in 0..5 {
        fields.big_int()?;
    }
    Ok(())
}

/// What Go says of a key in the format of another function.
fn use_instead(function: &str) -> Failure {
    Failure::new(format!("x509: failed to parse private key (use {function} instead for this key format)"))
}

fn parse_pkcs8(bytes: &[u8]) -> Result<PrivateKey, Failure> {
    let Pkcs8 { algorithm, parameters, key } = read_pkcs8(bytes).map_err(|error| {
        if read_sec1(bytes).is_ok() {
            use_instead("ParseECPrivateKey")
        } else if read_pkcs1(bytes).is_ok() {
            use_instead("ParsePKCS1PrivateKey")
        } else {
            error.into()
        }
    })?;
    match algorithm {
        identifiers::RSA => parse_pkcs1(key)
            .map(PrivateKey::Rsa)
            .map_err(|error| error.within("x509: failed to parse RSA private key embedded in PKCS#8")),
        identifiers::ECDSA => {
            let curve = Fields::new(parameters).object_identifier().ok();
            parse_sec1(curve, key)
                .map(PrivateKey::Ec)
                .map_err(|error| error.within("x509: failed to parse EC private key embedded in PKCS#8"))
        }
        identifiers::ED25519 => {
            let key = read_octets("Ed25519", parameters, key)?;
            let length = key.len();
            let seed = key
                .try_into()
                .map_err(|_| Failure::new(format!("x509: invalid Ed25519 private key length: {length}")))?;
            Ok(PrivateKey::Ed25519(seed))
        }
        identifiers::X25519 => {
            let key = read_octets("X25519", parameters, key)?;
            if key.len() != 32 {
                return Err(Failure::new("crypto/ecdh: invalid private key size"));
            }
            Ok(PrivateKey::X25519)
        }
        other => Err(Failure::new(format!(
            "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
            dotted(other)
        ))),
    }
}

/// A key of this kind, which is a string of bytes without parameters.
fn read_octets<'a>(kind: &str, parameters: &[u8], key: &'a [u8]) -> Result<&'a [u8], Failure> {
    if !parameters.is_empty() {
        return Err(Failure::new(format!("x509: invalid {kind} private key parameters")));
    }
    let octets = Fields::new(key).octets();
    octets.map_err(|error| Failure::from(error).within(&format!("x509: invalid {kind} private key")))
}

/// A key in SEC 1; what stands around it may name the curve.
fn parse_sec1(curve: Option<&[u8]>, bytes: &[u8]) -> Result<ec::PrivateKey, Failure> {
    let key = read_sec1(bytes).map_err(|error| {
        if read_pkcs8(bytes).is_ok() {
            use_instead("ParsePKCS8PrivateKey")
        } else if read_pkcs1(bytes).is_ok() {
            use_instead("ParsePKCS1PrivateKey")
        } else {
            Failure::from(error).within("x509: failed to parse EC private key")
        }
    })?;
    if key.version != 1 {
        let version = key.version;
        return Err(Failure::new(format!("x509: unknown EC private key version {version}")));
    }
    let curve = curve
        .or(key.curve)
        .and_then(Curve::of)
        .ok_or_else(|| Failure::new("x509: unknown elliptic curve"))?;
    ec::PrivateKey::new(curve, key.key)
}

fn parse_pkcs1(bytes: &[u8]) -> Result<rsa::PrivateKey, Failure> {
    let (key, rest) = read_pkcs1(bytes).map_err(|error| {
        if read_sec1(bytes).is_ok() {
            use_instead("ParseECPrivateKey")
        } else if read_pkcs8(bytes).is_ok() {
            use_instead("ParsePKCS8PrivateKey")
        } else {
            error.into()
        }
    })?;
    if !rest.is_empty() {
        return Err(Asn1Error::Syntax("trailing data").into());
    }
    if key.version > 1 {
        return Err(Failure::new("x509: unsupported private key version"));
    }
    let not_positive = || Failure::new("x509: private key contains zero or negative value");
    let modulus = positive(&key.modulus).ok_or_else(not_positive)?;
    let exponent = positive(&key.exponent).ok_or_else(not_positive)?;
    let mut primes = Vec::new();
    for prime in &key.primes {
        primes.push(positive(prime).ok_or_else(not_positive)?);
    }
    let mut shortcuts = Vec::new();
    for shortcut in key.shortcuts.iter().flatten() {
        shortcuts.push(positive(shortcut).ok_or_else(not_positive)?);
    }
    for prime in &key.more_primes {
        let prime = positive(prime)
            .ok_or_else(|| Failure::new("x509: private key contains zero or negative prime"))?;
        primes.push(prime);
    }
    check_rsa(&modulus, key.public_exponent, &exponent, &primes, &shortcuts)
        .map_err(|text| Failure::new(text.to_owned()))?;
    // Positive, or the check had failed.
    let public_exponent = BigUint::from(key.public_exponent.unsigned_abs());
    let public = RsaPublicKey { modulus, exponent: public_exponent };
    Ok(rsa::PrivateKey { public, exponent, primes })
}

fn positive(number: &BigInt) -> Option<BigUint> {
    (number.sign() == Sign::Plus).then(|| number.magnitude().clone())
}

/// Whether a number is less than a modulus; Go tells numbers that don't even fit the modulus's words.
fn check_below(number: &BigUint, modulus: &BigUint) -> Result<(), &'static str> {
    if number.bits().div_ceil(64) > modulus.bits().div_ceil(64) {
        return Err("input overflows the modulus size");
    }
    if number >= modulus { Err("input overflows the modulus") } else { Ok(()) }
}

/// Whether the parts of an RSA key belong together (`crypto/rsa`: `Precompute` and `Validate`).
fn check_rsa(
    modulus: &BigUint,
    public_exponent: i64,
    exponent: &BigUint,
    primes: &[BigUint],
    shortcuts: &[BigUint],
) -> Result<(), &'static str> {
    let one = BigUint::from(1u8);
    let is_pair = primes.len() == 2;
    let moduli = [modulus].into_iter().chain(primes.iter().filter(|_| is_pair));
    if moduli.into_iter().any(|modulus| *modulus <= one) {
        return Err("modulus must be > 1");
    }
    check_below(exponent, modulus)?;
    let [p, q] = primes else {
        check_rsa_public(modulus, public_exponent)?;
        return check_many_primes(primes);
    };
    let computed;
    let [dp, dq, q_inverse] = match shortcuts {
        [dp, dq, q_inverse] => {
            check_below(q_inverse, p)?;
            [dp, dq, q_inverse]
        }
        _ => {
            computed = compute_shortcuts(exponent, p, q)?;
            computed.each_ref()
        }
    };
    let public_exponent = check_rsa_public(modulus, public_exponent)?;
    if p >= modulus || q >= modulus {
        return Err("crypto/rsa: invalid prime");
    }
    if (p * q) % modulus != BigUint::ZERO {
        return Err("crypto/rsa: p * q != n");
    }
    for (prime, exponent) in [(p, dp), (q, dq)] {
        let before = prime - 1u8;
        if before <= one {
            return Err("crypto/rsa: invalid prime");
        }
        if *exponent >= before || (exponent * public_exponent) % before != one {
            return Err("crypto/rsa: invalid CRT exponent");
        }
    }
    if (q_inverse * q) % p != one {
        return Err("crypto/rsa: invalid CRT coefficient");
    }
    if exponent % (p - 1u8) != *dp {
        return Err("crypto/rsa: d does not match dP");
    }
    if exponent % (q - 1u8) != *dq {
        return Err("crypto/rsa: d does not match dQ");
    }
    if p == q {
        return Err("crypto/rsa: p == q");
    }
    let difference = if p > q { p - q } else { q - p };
    // Primes that are neighbours are found by trying.
    if difference.bits() + 100 <= modulus.bits() / 2 {
        return Err("crypto/rsa: |p - q| too small");
    }
    if exponent.bits() <= modulus.bits() / 2 {
        return Err("crypto/rsa: d too small");
    }
    Ok(())
}

fn check_rsa_public(modulus: &BigUint, exponent: i64) -> Result<u32, &'static str> {
    if !modulus.bit(0) {
        return Err("crypto/rsa: public modulus is even");
    }
    if exponent < 2 {
        return Err("crypto/rsa: public exponent too small or negative");
    }
    if exponent % 2 == 0 {
        return Err("crypto/rsa: public exponent is even");
    }
    match i32::try_from(exponent) {
        Ok(exponent) => Ok(exponent.cast_unsigned()),
        Err(_) => Err("crypto/rsa: public exponent too large"),
    }
}

/// The numbers that a key may leave out.
fn compute_shortcuts(exponent: &BigUint, p: &BigUint, q: &BigUint) -> Result<[BigUint; 3], &'static str> {
    let one = BigUint::from(1u8);
    let (before_p, before_q) = (p - &one, q - &one);
    if before_p <= one || before_q <= one {
        return Err("modulus must be > 1");
    }
    if !p.bit(0) {
        return Err("crypto/rsa: p is even");
    }
    // The inverse, if it is a prime; else the check finds out.
    let q_inverse = (q % p).modpow(&(p - 2u8), p);
    Ok([exponent % before_p, exponent % before_q, q_inverse])
}

/// Old keys of more than two primes get off lightly.
fn check_many_primes(primes: &[BigUint]) -> Result<(), &'static str> {
    if primes.iter().any(|prime| *prime <= BigUint::from(1u8)) {
        return Err("crypto/rsa: prime factor is <= 1");
    }
    let [first, second, more @ ..] = primes else { return Err("crypto/rsa: missing primes") };
    let not_prime = "crypto/rsa: prime factors are not relatively prime";
    second.modinv(first).ok_or(not_prime)?;
    let mut product = first * second;
    for prime in more {
        product.modinv(prime).ok_or(not_prime)?;
        product *= prime;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::der::{integer, sequence};
    use crate::certificates::randomness::Randomness;

    #[test]
    fn new_keys_can_be_read() {
        let mut randomness = Randomness::seeded(3);
        for key in [
            PrivateKey::generate_rsa(1024, &mut randomness),
            PrivateKey::generate_p256(&mut randomness),
            PrivateKey::generate_ed25519(&mut randomness),
        ] {
            let text = key.to_pem().unwrap();
            let again = parse(&text).unwrap();
            assert_eq!(again.public(), key.public());
            assert_eq!(again.to_pem().unwrap(), text);
        }
        assert!(matches!(parse(&super::super::generate_dsa(&mut randomness)), Ok(PrivateKey::Dsa)));
    }

    #[test]
    fn other_texts_are_no_keys() {
        let block = |kind: &str, bytes: &[u8]| pem::encode(kind, bytes);
        let sec1 = sequence(&[integer(1), vec![4, 1, 1]]);
        for (text, error) in [
            (vec![], "no PEM data in input"),
            (block("CERTIFICATE", &[]), "no private key data in PEM block of type CERTIFICATE"),
            (block("X PRIVATE KEY", &[]), "invalid private key type X"),
            (
                block("DSA PRIVATE KEY", &[]),
                "parsing DSA private key from PEM: asn1: syntax error: sequence truncated",
            ),
            (
                block("RSA PRIVATE KEY", &sec1),
                "parsing RSA private key from PEM: x509: failed to parse private key \
                 (use ParseECPrivateKey instead for this key format)",
            ),
            (block("EC PRIVATE KEY", &sec1), "parsing EC private key from PEM: x509: unknown elliptic curve"),
        ] {
            assert_eq!(parse(&text).unwrap_err().text(), error);
        }
    }
}
