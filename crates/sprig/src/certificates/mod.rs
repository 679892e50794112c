//! Certificates and private keys. What makes new ones needs randomness; `buildCustomCert` only checks.

mod authority;
mod der;
mod failure;
mod identifiers;
mod keys;
mod object;
mod pem;
mod randomness;
mod x509;

use gostd::value::Value;
use gotemplate::{Call, CallError, Function};

use crate::args::{any, text};
use crate::encoding::decode_base64;
use crate::table::{Answer, CERTIFICATE, INT, LIST, STRING, fixed};

use authority::{Origin, Request};
use failure::Failure;
use keys::PrivateKey;
use object::Certificate;
use randomness::Randomness;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("buildCustomCert", &[STRING, STRING], CERTIFICATE, build_custom),
    fixed("genPrivateKey", &[STRING], STRING, gen_private_key),
    fixed("genCA", &[STRING, INT], CERTIFICATE, |call, args| {
        Request::authority(args).answer(call, "genCA", Origin::New, None)
    }),
    fixed("genCAWithKey", &[STRING, INT, STRING], CERTIFICATE, |call, args| {
        Request::authority(args).answer(call, "genCAWithKey", Origin::Given(text(args, 2)), None)
    }),
    fixed("genSelfSignedCert", &[STRING, LIST, LIST, INT], CERTIFICATE, |call, args| {
        Request::server(args).answer(call, "genSelfSignedCert", Origin::New, None)
    }),
    fixed("genSelfSignedCertWithKey", &[STRING, LIST, LIST, INT, STRING], CERTIFICATE, |call, args| {
        let key = Origin::Given(text(args, 4));
        Request::server(args).answer(call, "genSelfSignedCertWithKey", key, None)
    }),
    fixed("genSignedCert", &[STRING, LIST, LIST, INT, CERTIFICATE], CERTIFICATE, |call, args| {
        Request::server(args).answer(call, "genSignedCert", Origin::New, Some(any(args, 4)))
    }),
    fixed(
        "genSignedCertWithKey",
        &[STRING, LIST, LIST, INT, CERTIFICATE, STRING],
        CERTIFICATE,
        |call, args| {
            let key = Origin::Given(text(args, 5));
            Request::server(args).answer(call, "genSignedCertWithKey", key, Some(any(args, 4)))
        },
    ),
];

/// What a new key takes off the budget, in steps: about what else would run in the same time.
const STEPS_OF_RSA_2048: u64 = 8_000_000;
const STEPS_OF_LONG_KEYS: u64 = 40_000_000;
const STEPS_OF_CURVES: u64 = 20_000;

fn gen_private_key<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let randomness = || Randomness::of(call, "genPrivateKey");
    let key = match text(args, 0) {
        b"" | b"rsa" => {
            let mut randomness = randomness()?;
            call.budget.step(STEPS_OF_LONG_KEYS)?;
            PrivateKey::generate_rsa(4096, &mut randomness)
        }
        b"dsa" => {
            let mut randomness = randomness()?;
            call.budget.step(STEPS_OF_LONG_KEYS)?;
            return Ok(call.arena.string(keys::generate_dsa(&mut randomness)));
        }
        b"ecdsa" => {
            let mut randomness = randomness()?;
            call.budget.step(STEPS_OF_CURVES)?;
            PrivateKey::generate_p256(&mut randomness)
        }
        b"ed25519" => {
            let mut randomness = randomness()?;
            call.budget.step(STEPS_OF_CURVES)?;
            PrivateKey::generate_ed25519(&mut randomness)
        }
        other => return Ok(call.arena.string([b"Unknown type ", other].concat())),
    };
    Ok(call.arena.string(key.to_pem()?))
}

/// Puts a certificate and a key together that are given in base64 over PEM.
fn build_custom<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let certificate =
        decode_base64(text(args, 0)).map_err(|_| CallError::failed("unable to decode base64 certificate"))?;
    let key =
        decode_base64(text(args, 1)).map_err(|_| CallError::failed("unable to decode base64 private key"))?;
    let block = pem::decode(&certificate).ok_or_else(|| Failure::new("unable to decode certificate"))?;
    x509::parse(&block.bytes)
        .map_err(|error| error.within("error parsing certificate: decodedCert.Bytes"))?;
    keys::parse(&key).map_err(|error| error.within("error parsing private key"))?;
    Ok(Certificate::value(call.arena, &certificate, &key))
}

#[cfg(test)]
mod tests {
    use gostd::value::{Arena, ListType};
    use gotemplate::{Body, Budget, Host, Refusal, Site, World};

    use super::*;

    /// Randomness that is the same byte again and again, or none.
    struct Seeded(Option<u8>);

    impl World for Seeded {
        fn now(&self, _: &'static str) -> Result<(i64, u32), Refusal> {
            Ok((1_790_000_000, 0))
        }

        fn entropy(
            &self,
            function: &'static str,
            _: Option<&Site<'_>>,
            buffer: &mut [u8],
        ) -> Result<(), Refusal> {
            let byte = self.0.ok_or(Refusal { function, asked_for: "randomness" })?;
            buffer.fill(byte);
            Ok(())
        }
    }

    struct NoHost;

    impl<'r> Host<'r> for NoHost {
        fn call(&self, name: &'static str, _: &Call<'_, 'r>, _: &[Value<'r>]) -> Answer<'r> {
            Err(CallError::failed(name))
        }
    }

    fn run<'r>(arena: &'r Arena, seed: Option<u8>, name: &str, args: &[Value<'r>]) -> Answer<'r> {
        let (world, budget) = (Seeded(seed), Budget::default());
        let function = FUNCTIONS.iter().find(|function| function.name == name).unwrap();
        let Body::Plain(body) = function.body else { panic!("{name} is a plain function") };
        body(&Call::new(arena, &world, &budget, &NoHost), args)
    }

    fn fields(certificate: Value<'_>) -> String {
        let mut out = Vec::new();
        gostd::fmt::append_value(&mut out, certificate);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_seed_leads_to_the_same_certificates() {
        let arena = Arena::new();
        let chain = |seed| {
            let authority =
                run(&arena, Some(seed), "genCA", &[Value::String(b"ca"), Value::int(365)]).unwrap();
            let args = [Value::String(b"host"), Value::Nil, Value::Nil, Value::int(30), authority];
            let signed = run(&arena, Some(seed + 1), "genSignedCert", &args).unwrap();
            fields(authority) + &fields(signed)
        };
        let certificates = chain(1);
        assert_eq!(certificates.matches("-----BEGIN CERTIFICATE-----\n").count(), 2);
        assert_eq!(certificates.matches("-----BEGIN RSA PRIVATE KEY-----\n").count(), 2);
        assert_eq!(certificates, chain(1));
        assert_ne!(certificates, chain(2));
    }

    #[test]
    fn keys_are_of_their_kinds() {
        let arena = Arena::new();
        for (kind, block) in [("", "RSA"), ("rsa", "RSA"), ("dsa", "DSA"), ("ecdsa", "EC"), ("ed25519", "")] {
            let key = run(&arena, Some(3), "genPrivateKey", &[Value::String(kind.as_bytes())]).unwrap();
            let text = key.as_bytes().unwrap();
            assert_eq!(
                pem::decode(text).unwrap().kind,
                format!("{block} PRIVATE KEY").trim_start().as_bytes()
            );
            keys::parse(text).unwrap();
        }
    }

    #[test]
    fn without_randomness_there_is_nothing() {
        let arena = Arena::new();
        let key = PrivateKey::Ed25519([7; 32]).to_pem().unwrap();
        let authority = [Value::String(b"x"), Value::int(1), Value::String(&key)];
        let certificate = run(&arena, Some(1), "genCAWithKey", &authority).unwrap();
        let (x, key) = (Value::String(b"x"), Value::String(&key));
        let server = [x, Value::Nil, Value::Nil, Value::int(1)];
        for (name, args) in [
            ("genPrivateKey", vec![Value::String(b"rsa")]),
            ("genCA", vec![x, Value::int(1)]),
            ("genCAWithKey", authority.to_vec()),
            ("genSelfSignedCert", server.to_vec()),
            ("genSelfSignedCertWithKey", [&server[..], &[key]].concat()),
            ("genSignedCert", [&server[..], &[certificate]].concat()),
            ("genSignedCertWithKey", [&server[..], &[certificate, key]].concat()),
        ] {
            match run(&arena, None, name, &args) {
                Err(CallError::Refused(refusal)) => assert_eq!(refusal.function, name),
                other => panic!("{name} gave {other:?}"),
            }
        }
    }

    #[test]
    fn names_and_addresses_are_texts() {
        let arena = Arena::new();
        let one = Value::List(arena.list(ListType::Any, &[Value::int(1)]));
        let word = Value::List(arena.list(ListType::Any, &[Value::String(b"a.b")]));
        for (addresses, names, error) in [
            (one, Value::Nil, "error parsing ip: 1 is not a string"),
            (word, Value::Nil, "error parsing ip: a.b"),
            (Value::Nil, one, "error processing alternate dns name: 1 is not a string"),
        ] {
            let args = [Value::String(b"x"), addresses, names, Value::int(1)];
            let text = run(&arena, Some(1), "genSelfSignedCert", &args).unwrap_err().text();
            assert_eq!(String::from_utf8_lossy(&text), error);
        }
    }
}
