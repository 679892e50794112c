//! Making a certificate as Go's `CreateCertificate` writes it.

use std::net::IpAddr;

use gostd::time::Time;
use gostd::{strconv, utf8};
use sha2::{Digest, Sha256};

use super::parse::Certificate;
use crate::certificates::der::{
    BIT_STRING, BOOLEAN, CONTEXT, GENERALIZED_TIME, PRINTABLE_STRING, SET, UTC_TIME, UTF8_STRING, bit_string,
    context, element, integer, is_printable, object_identifier, octet_string, sequence, unsigned,
};
use crate::certificates::failure::Failure;
use crate::certificates::identifiers;
use crate::certificates::keys::{PrivateKey, PublicKey};

/// What a certificate says.
pub(in crate::certificates) struct Template<'a> {
    pub(in crate::certificates) serial: [u8; 16],
    pub(in crate::certificates) common_name: &'a [u8],
    pub(in crate::certificates) addresses: Vec<IpAddr>,
    pub(in crate::certificates) names: Vec<&'a [u8]>,
    pub(in crate::certificates) not_before: Time,
    pub(in crate::certificates) not_after: Time,
    pub(in crate::certificates) is_authority: bool,
}

/// Who signs.
pub(in crate::certificates) enum Issuer<'a> {
    /// The certificate's own key.
    Itself,
    /// The key of another certificate.
    Other { certificate: &'a Certificate, key: &'a PrivateKey },
}

/// The last parts of the identifiers of extensions.
const SUBJECT_KEY_ID: u8 = 14;
const KEY_USAGE: u8 = 15;
const SUBJECT_ALT_NAME: u8 = 17;
const BASIC_CONSTRAINTS: u8 = 19;
const AUTHORITY_KEY_ID: u8 = 35;
const EXTENDED_KEY_USAGE: u8 = 37;

/// The certificate of a key, in DER.
pub(in crate::certificates) fn create(
    template: &Template<'_>,
    key: &PrivateKey,
    issuer: &Issuer<'_>,
) -> Result<Vec<u8>, Failure> {
    let signer = match issuer {
        Issuer::Itself => key,
        Issuer::Other { key, .. } => key,
    };
    let algorithm = signer.signature_algorithm()?;
    let public = key.public()?;
    let public_info = public.to_pkix()?;
    let subject = name(template.common_name)?;
    let issuer_name = match issuer {
        Issuer::Itself => &subject,
        Issuer::Other { certificate, .. } => &certificate.subject,
    };
    let mut authority_id: &[u8] = &[];
    if let Issuer::Other { certificate, key } = issuer {
        if *issuer_name != subject {
            authority_id = &certificate.subject_key_id;
        }
        if certificate.public_key.as_ref().is_some_and(|public| key.public().as_ref() != Ok(public)) {
            return Err(Failure::new("x509: provided PrivateKey doesn't match parent's PublicKey"));
        }
    }
    let extensions = extensions(template, &public, subject == sequence(&[]), authority_id)?;
    let contents = sequence(&[
        context(0, &integer(2)),
        unsigned(&template.serial),
        algorithm.clone(),
        issuer_name.clone(),
        sequence(&[time(&template.not_before)?, time(&template.not_after)?]),
        subject,
        public_info,
        context(3, &sequence(&extensions)),
    ]);
    let signature = signer.sign(&contents)?;
    Ok(sequence(&[contents, algorithm, bit_string(&signature)]))
}

/// A name that consists of a common name, or of nothing.
fn name(common_name: &[u8]) -> Result<Vec<u8>, Failure> {
    if common_name.is_empty() {
        return Ok(sequence(&[]));
    }
    let tag = if common_name.iter().all(|byte| is_printable(*byte)) {
        PRINTABLE_STRING
    } else if utf8::valid(common_name) {
        UTF8_STRING
    } else {
        return Err(Failure::new("asn1: string not valid UTF-8"));
    };
    let attribute = sequence(&[object_identifier(identifiers::COMMON_NAME), element(tag, common_name)]);
    Ok(sequence(&[element(SET, &attribute)]))
}

/// A time in the form that goes with its year.
fn time(time: &Time) -> Result<Vec<u8>, Failure> {
    let time = time.utc();
    match time.year() {
        1950..2050 => Ok(element(UTC_TIME, &time.format(b"060102150405Z"))),
        0..10_000 => Ok(element(GENERALIZED_TIME, &time.format(b"20060102150405Z"))),
        _ => Err(Failure::new("asn1: structure error: cannot represent time as GeneralizedTime")),
    }
}

fn extensions(
    template: &Template<'_>,
    public: &PublicKey,
    is_nameless: bool,
    authority_id: &[u8],
) -> Result<Vec<Vec<u8>>, Failure> {
    // Digital signature and key encipherment; for authorities certificate signing, too. The number before
    // the bits is that of the bits behind them.
    let usage: [u8; 2] = if template.is_authority { [2, 0xa4] } else { [5, 0xa0] };
    let purposes = [identifiers::SERVER_AUTH, identifiers::CLIENT_AUTH].map(object_identifier);
    let authority = if template.is_authority { element(BOOLEAN, &[0xff]) } else { Vec::new() };
    let mut extensions = vec![
        extension(KEY_USAGE, Weight::Critical, &element(BIT_STRING, &usage)),
        extension(EXTENDED_KEY_USAGE, Weight::Plain, &sequence(&purposes)),
        extension(BASIC_CONSTRAINTS, Weight::Critical, &sequence(&[authority])),
    ];
    if template.is_authority {
        // The first method of RFC 7093.
        let digest = Sha256::digest(public.bytes());
        extensions.push(extension(SUBJECT_KEY_ID, Weight::Plain, &octet_string(&digest[..20])));
    }
    if !authority_id.is_empty() {
        let id = sequence(&[element(CONTEXT, authority_id)]);
        extensions.push(extension(AUTHORITY_KEY_ID, Weight::Plain, &id));
    }
    let names = alternative_names(template)?;
    if !names.is_empty() {
        let weight = if is_nameless { Weight::Critical } else { Weight::Plain };
        extensions.push(extension(SUBJECT_ALT_NAME, weight, &sequence(&names)));
    }
    Ok(extensions)
}

/// Whether those who don't know an extension must refuse the certificate.
#[derive(Clone, Copy, PartialEq)]
enum Weight {
    Critical,
    Plain,
}

fn extension(number: u8, weight: Weight, value: &[u8]) -> Vec<u8> {
    let identifier = object_identifier(&[identifiers::EXTENSION, &[number]].concat());
    let critical = if weight == Weight::Critical { element(BOOLEAN, &[0xff]) } else { Vec::new() };
    sequence(&[identifier, critical, octet_string(value)])
}

fn alternative_names(template: &Template<'_>) -> Result<Vec<Vec<u8>>, Failure> {
    let mut names = Vec::new();
    for name in &template.names {
        if !name.is_ascii() {
            let quoted = strconv::quote(name);
            return Err(Failure::new([b"x509: ", &*quoted, b" cannot be encoded as an IA5String"].concat()));
        }
        names.push(element(CONTEXT | 2, name));
    }
    for address in &template.addresses {
        names.push(match address.to_canonical() {
            IpAddr::V4(address) => element(CONTEXT | 7, &address.octets()),
            IpAddr::V6(address) => element(CONTEXT | 7, &address.octets()),
        });
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::x509::parse;
    use crate::encoding::decode_base64;

    /// What Go 1.26 makes of the same keys and templates: an authority, a certificate that it signs, and one
    /// that signs itself. Ed25519 has but one signature for a text.
    const GO: &str = include_str!("../../../tests/data/certificates-go-1.26.txt");

    const DAY: i64 = 86_400;
    const NOW: i64 = 1_790_000_000;

    fn template(common_name: &str, days: i64) -> Template<'_> {
        Template {
            serial: std::array::from_fn(|index| if index == 0 { 0x80 } else { index as u8 }),
            common_name: common_name.as_bytes(),
            addresses: vec!["10.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
            names: vec![b"a.b", b"*.c"],
            not_before: Time::unix(NOW, 0),
            not_after: Time::unix(NOW + days * DAY, 0),
            is_authority: false,
        }
    }

    #[test]
    fn writes_the_bytes_that_go_writes() {
        let wanted: Vec<_> = GO.lines().map(|line| decode_base64(line.as_bytes()).unwrap()).collect();
        let key = PrivateKey::Ed25519([7; 32]);
        let authority = Template {
            addresses: Vec::new(),
            names: Vec::new(),
            is_authority: true,
            ..template("an authority", 36_500)
        };
        let authority = create(&authority, &key, &Issuer::Itself).unwrap();
        assert_eq!(authority, wanted[0]);

        let own_key = PrivateKey::Ed25519([9; 32]);
        let issuer = Issuer::Other { certificate: &parse(&authority).unwrap(), key: &key };
        assert_eq!(create(&template("*.müller.de", 30), &own_key, &issuer).unwrap(), wanted[1]);
        assert_eq!(create(&template("", 30), &own_key, &Issuer::Itself).unwrap(), wanted[2]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let key = PrivateKey::Ed25519([7; 32]);
        let error = |template: &Template<'_>| create(template, &key, &Issuer::Itself).unwrap_err().text();
        let names = Template { names: vec!["ä".as_bytes()], ..template("x", 1) };
        assert_eq!(error(&names), "x509: \"ä\" cannot be encoded as an IA5String");
        let common_name = Template { common_name: b"\xff", ..template("x", 1) };
        assert_eq!(error(&common_name), "asn1: string not valid UTF-8");
        let not_after = Template { not_after: Time::unix(1 << 38, 0), ..template("x", 1) };
        assert_eq!(error(&not_after), "asn1: structure error: cannot represent time as GeneralizedTime");

        let own = create(&template("x", 1), &key, &Issuer::Itself).unwrap();
        let other = PrivateKey::Ed25519([8; 32]);
        let issuer = Issuer::Other { certificate: &parse(&own).unwrap(), key: &other };
        let error = create(&template("y", 1), &key, &issuer).unwrap_err().text();
        assert_eq!(error, "x509: provided PrivateKey doesn't match parent's PublicKey");
        let error = create(&template("x", 1), &PrivateKey::Dsa, &Issuer::Itself).unwrap_err().text();
        assert_eq!(error, "x509: certificate private key does not implement crypto.Signer");
    }
}
