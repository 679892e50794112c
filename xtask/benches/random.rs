//! The functions that draw randomness or are slow on purpose, a call each: ours, and Helm's SDK beside it.
//!
//! `cargo bench -p xtask --bench random [-- --oracle PATH]`: `--oracle` is the built `crates/helm/tests/oracle`. The
//! times are those of a processor, the mean of some calls: how long a search for primes takes is a matter of luck.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

mod measure;

use std::fs;
use std::path::Path;
use std::time::Duration;

use helm::{Refusal, Site, World};
use mimalloc::MiMalloc;
use serde_json::json;

use measure::{Arguments, Case, Oracle, Spent};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Clock and entropy, as `template` has them.
struct Live;

impl World for Live {
    fn now(&self, _: &'static str) -> Result<(i64, u32), Refusal> {
        Ok((1_800_000_000, 0))
    }

    fn entropy(
        &self,
        function: &'static str,
        _: Option<&Site<'_>>,
        buffer: &mut [u8],
    ) -> Result<(), Refusal> {
        getrandom::fill(buffer).map_err(|_| Refusal { function, asked_for: "randomness" })
    }
}

/// What is called, and how often.
const CALLS: &[(&str, u32)] = &[
    ("1", 2000),
    (r#"genPrivateKey "rsa""#, 3),
    (r#"genPrivateKey "ecdsa""#, 200),
    (r#"genPrivateKey "ed25519""#, 200),
    (r#"genCA "ca" 365"#, 5),
    (r#"genSignedCert "name" nil nil 365 $ca"#, 5),
    (r#"bcrypt "password""#, 5),
    (r#"htpasswd "user" "password""#, 5),
    (r#"derivePassword 1 "long" "password" "user" "example.com""#, 5),
    ("randAlphaNum 32", 2000),
    ("uuidv4", 2000),
];

/// A chart that does nothing but call.
#[expect(clippy::disallowed_methods, reason = "the directory is a temporary one")]
fn chart(directory: &Path, expression: &str, count: u32) -> Case {
    let authority = r#"{{ $ca := genCAWithKey "ca" 365 (genPrivateKey "ecdsa") }}"#;
    let authority = if expression.contains("$ca") { authority } else { "" };
    let text = format!(
        "{authority}{{{{ range until {count} }}}}{{{{ $made := {expression} | toString }}}}{{{{ end }}}}"
    );
    fs::create_dir_all(directory.join("templates")).expect("a directory");
    fs::write(directory.join("Chart.yaml"), "apiVersion: v2\nname: calls\nversion: 0.1.0\n").expect("a file");
    fs::write(directory.join("templates/calls.yaml"), text).expect("a file");
    let case = json!({
        "id": expression, "chart_path": directory.display().to_string(), "release": "r", "namespace": "n", "status": "ok",
    });
    serde_json::from_value(case).expect("a case")
}

fn main() {
    let arguments = Arguments::read();
    let mut oracle = arguments.path("oracle").map(|path| Oracle::start(&path));
    for (expression, count) in CALLS {
        let directory = tempfile::tempdir().expect("a directory");
        let case = chart(directory.path(), expression, *count);
        let chart = case.load();
        let mut rendered = None;
        let ours = Spent::by(|| rendered = case.render(&chart, &Live));
        assert!(rendered.is_some(), "{expression} fails");
        print!("{expression}: ours {:.1?}", ours.processor / *count);
        if let Some(oracle) = &mut oracle {
            let theirs = oracle.measure(&case, 1).warm.processor;
            let ratio = theirs.as_secs_f64() / ours.processor.max(Duration::from_nanos(1)).as_secs_f64();
            print!(", Helm's SDK {:.1?}: {ratio:.1} times", theirs / *count);
        }
        println!();
    }
}
