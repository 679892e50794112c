//! Certificates and private keys. What makes new ones needs randomness; `buildCustomCert` only checks.

mod der;
mod object;
mod pem;

use gostd::value::Value;
use gotemplate::{Call, CallError, Function};

use crate::args::text;
use crate::encoding::decode_base64;
use crate::table::{Answer, CERTIFICATE, INT, LIST, STRING, fixed};

use der::is_certificate;
use object::Certificate;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("buildCustomCert", &[STRING, STRING], CERTIFICATE, build_custom),
    fixed("genPrivateKey", &[STRING], STRING, gen_private_key),
    fixed("genCA", &[STRING, INT], CERTIFICATE, |call, _| generate(call, "genCA")),
    fixed("genCAWithKey", &[STRING, INT, STRING], CERTIFICATE, |call, args| {
        check_own_key(text(args, 2))?;
        generate(call, "genCAWithKey")
    }),
    fixed("genSelfSignedCert", &[STRING, LIST, LIST, INT], CERTIFICATE, |call, _| {
        generate(call, "genSelfSignedCert")
    }),
    fixed("genSelfSignedCertWithKey", &[STRING, LIST, LIST, INT, STRING], CERTIFICATE, |call, args| {
        check_own_key(text(args, 4))?;
        generate(call, "genSelfSignedCertWithKey")
    }),
    fixed("genSignedCert", &[STRING, LIST, LIST, INT, CERTIFICATE], CERTIFICATE, |call, _| {
        generate(call, "genSignedCert")
    }),
    fixed(
        "genSignedCertWithKey",
        &[STRING, LIST, LIST, INT, CERTIFICATE, STRING],
        CERTIFICATE,
        |call, args| {
            check_own_key(text(args, 5))?;
            generate(call, "genSignedCertWithKey")
        },
    ),
];

/// Asks for the randomness that every new certificate and key needs. Beyond that nothing is made yet.
fn generate<'r>(call: &Call<'_, 'r>, function: &'static str) -> Answer<'r> {
    call.world.entropy(function, &mut [0; 32])?;
    Err(CallError::Unimplemented)
}

fn gen_private_key<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    match text(args, 0) {
        b"" | b"rsa" | b"dsa" | b"ecdsa" | b"ed25519" => generate(call, "genPrivateKey"),
        other => Ok(call.arena.string([b"Unknown type ", other].concat())),
    }
}

fn check_own_key(key: &[u8]) -> Result<(), CallError> {
    check_private_key(key).map_err(|error| CallError::failed(format!("parsing private key: {error}")))
}

/// Puts a certificate and a key together that are given in base64 over PEM.
fn build_custom<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let certificate =
        decode_base64(text(args, 0)).map_err(|_| CallError::failed("unable to decode base64 certificate"))?;
    let key =
        decode_base64(text(args, 1)).map_err(|_| CallError::failed("unable to decode base64 private key"))?;
    let block = pem::decode(&certificate).ok_or_else(|| CallError::failed("unable to decode certificate"))?;
    if !is_certificate(&block.bytes) {
        let text = "error parsing certificate: decodedCert.Bytes: x509: malformed certificate";
        return Err(CallError::failed(text));
    }
    check_private_key(&key)
        .map_err(|error| CallError::failed(format!("error parsing private key: {error}")))?;
    Ok(Certificate::value(call.arena, &certificate, &key))
}

/// Whether a PEM text holds a private key of a kind that sprig knows; an error is sprig's text.
fn check_private_key(text: &[u8]) -> Result<(), String> {
    let block = pem::decode(text).ok_or("no PEM data in input")?;
    let kind = String::from_utf8_lossy(&block.kind);
    let prefix = match kind.strip_suffix("PRIVATE KEY") {
        Some("") => "decoding PEM as PKCS#8",
        Some("RSA ") => "parsing RSA private key from PEM",
        Some("EC ") => "parsing EC private key from PEM",
        Some("DSA ") => "parsing DSA private key from PEM",
        Some(other) if other.ends_with(' ') => {
            return Err(format!("invalid private key type {}", other.trim_end()));
        }
        _ => return Err(format!("no private key data in PEM block of type {kind}")),
    };
    if der::is_key(&block.bytes) {
        Ok(())
    } else {
        Err(format!("{prefix}: asn1: structure error: not a private key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_type() {
        for (text, error) in [
            ("", "no PEM data in input"),
            (
                "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
                "no private key data in PEM block of type CERTIFICATE",
            ),
            (
                "-----BEGIN X PRIVATE KEY-----\nMAA=\n-----END X PRIVATE KEY-----\n",
                "invalid private key type X",
            ),
        ] {
            assert_eq!(check_private_key(text.as_bytes()), Err(error.to_owned()));
        }
        let key = "-----BEGIN EC PRIVATE KEY-----\nMAMCAQE=\n-----END EC PRIVATE KEY-----\n";
        assert_eq!(check_private_key(key.as_bytes()), Ok(()));
    }
}
