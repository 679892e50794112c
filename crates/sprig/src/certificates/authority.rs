//! What Sprig's functions ask of a new certificate, and how they make it.

use std::net::IpAddr;

use gostd::fmt;
use gostd::time::{Duration, Time};
use gostd::value::{Arena, ObjectField, Value};
use gotemplate::{Call, CallError};

use super::STEPS_OF_RSA_2048;
use super::failure::Failure;
use super::keys::{self, PrivateKey};
use super::object::Certificate;
use super::pem;
use super::randomness::Randomness;
use super::x509::{self, Issuer, Template};
use crate::args::{Elements, any, int, text};
use crate::table::Answer;

/// Where the key of a new certificate comes from.
pub(super) enum Origin<'r> {
    New,
    /// A PEM text.
    Given(&'r [u8]),
}

/// What a new certificate is to say.
pub(super) struct Request<'r> {
    common_name: &'r [u8],
    /// Nil, or lists of what should be texts.
    addresses: Value<'r>,
    names: Value<'r>,
    days: i64,
    is_authority: bool,
}

impl<'r> Request<'r> {
    /// The arguments of the functions for authorities.
    pub(super) fn authority(args: &[Value<'r>]) -> Self {
        Self {
            common_name: text(args, 0),
            addresses: Value::Nil,
            names: Value::Nil,
            days: int(args, 1),
            is_authority: true,
        }
    }

    /// The arguments of the other functions.
    pub(super) fn server(args: &[Value<'r>]) -> Self {
        Self {
            common_name: text(args, 0),
            addresses: any(args, 1),
            names: any(args, 2),
            days: int(args, 3),
            is_authority: false,
        }
    }

    /// The certificate with its key, as a value. It signs itself if no other signs it.
    pub(super) fn answer(
        &self,
        call: &Call<'_, 'r>,
        function: &'static str,
        origin: Origin<'r>,
        signer: Option<Value<'r>>,
    ) -> Answer<'r> {
        // What is given is looked at before anything is made: the errors are the same, and come at once.
        let given = match origin {
            Origin::New => None,
            Origin::Given(text) => {
                Some(keys::parse(text).map_err(|error| error.within("parsing private key"))?)
            }
        };
        let signer = signer.map(|signer| Signer::of(signer, call.arena)).transpose()?;
        let addresses = self.addresses(call)?;
        let names = self.names(call)?;

        let mut randomness = Randomness::of(call, function)?;
        let (seconds, nanos) = call.world.now(function)?;
        let not_before = Time::unix(seconds, i64::from(nanos));
        // Go multiplies in the same way.
        let not_after = not_before.add(Duration((24 * Duration::HOUR.0).wrapping_mul(self.days)));
        let key = match given {
            Some(key) => key,
            None => {
                call.budget.step(STEPS_OF_RSA_2048)?;
                PrivateKey::generate_rsa(2048, &mut randomness)
            }
        };
        let template = Template {
            serial: randomness.bytes(),
            common_name: self.common_name,
            addresses,
            names,
            not_before,
            not_after,
            is_authority: self.is_authority,
        };
        let issuer = match &signer {
            None => Issuer::Itself,
            Some(Signer { certificate, key }) => Issuer::Other { certificate, key },
        };
        let signing_key = signer.as_ref().map_or(&key, |signer| &signer.key);
        call.budget.step(signing_key.steps_of_signing())?;
        let certificate = x509::create(&template, &key, &issuer)
            .map_err(|error| error.within("error creating certificate"))?;
        Ok(Certificate::value(call.arena, &pem::encode("CERTIFICATE", &certificate), &key.to_pem()?))
    }

    fn addresses(&self, call: &Call<'_, 'r>) -> Result<Vec<IpAddr>, CallError> {
        let refused = |text: &[u8]| CallError::failed([b"error parsing ip: ", text].concat());
        let mut addresses = Vec::new();
        for value in elements(self.addresses, call)? {
            let text = text_of(value).map_err(|problem| refused(&problem))?;
            let address = str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            addresses.push(address.ok_or_else(|| refused(text))?);
        }
        Ok(addresses)
    }

    fn names(&self, call: &Call<'_, 'r>) -> Result<Vec<&'r [u8]>, CallError> {
        let refused =
            |text: &[u8]| CallError::failed([b"error processing alternate dns name: ", text].concat());
        let values = elements(self.names, call)?.into_iter();
        values.map(|value| text_of(value).map_err(|problem| refused(&problem))).collect()
    }
}

/// The elements of a list, which errors may print; nil has none.
fn elements<'r>(list: Value<'r>, call: &Call<'_, 'r>) -> Result<Vec<Value<'r>>, CallError> {
    if matches!(list, Value::Nil) {
        return Ok(Vec::new());
    }
    call.check_texts(&[list], 0)?;
    Ok(Elements::of(list).map_err(|other| other.error("", " is no slice"))?.to_vec(call.arena))
}

/// A plain string, or what is wrong with anything else.
fn text_of(value: Value<'_>) -> Result<&[u8], Vec<u8>> {
    match value {
        Value::String(text) => Ok(text),
        other => {
            let mut problem = Vec::new();
            fmt::append_value(&mut problem, other);
            problem.extend_from_slice(b" is not a string");
            Err(problem)
        }
    }
}

/// A certificate whose key signs others.
struct Signer {
    certificate: x509::Certificate,
    key: PrivateKey,
}

impl Signer {
    fn of<'r>(value: Value<'r>, arena: &'r Arena) -> Result<Self, Failure> {
        let field = |name: &[u8]| match value {
            Value::Object(object) => match object.field(name, arena) {
                ObjectField::Concrete(Value::String(text)) => text,
                _ => &[],
            },
            _ => &[],
        };
        let block =
            pem::decode(field(b"Cert")).ok_or_else(|| Failure::new("unable to decode certificate"))?;
        let certificate = x509::parse(&block.bytes)
            .map_err(|error| error.within("error parsing certificate: decodedSignerCert.Bytes"))?;
        let key = keys::parse(field(b"Key")).map_err(|error| error.within("error parsing private key"))?;
        Ok(Self { certificate, key })
    }
}
