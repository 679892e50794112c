//! `template` with charts that mean harm, in a process whose address space is limited.

use std::fmt::Write as _;

use crate::harness::{Repo, Run, Sandbox};

/// The address space that each run has, in KiB. What is printed takes far less; threads and stacks reserve more than
/// they use.
const ADDRESS_SPACE: u32 = 3_000_000;

const CHART: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// A repository with a chart, where runs are limited.
struct Home<'s> {
    sandbox: &'s Sandbox,
    repo: Repo<'s>,
}

impl<'s> Home<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let repo = sandbox.init("home");
        repo.write("c/Chart.yaml", CHART);
        Self { sandbox, repo }
    }

    fn template(&self, options: &[&str]) -> Run {
        let arguments = [&["template", "r", "c", "--kube-version", "1.33.4"], options].concat();
        let binary = self.repo.command(&arguments);
        let mut limited = self.sandbox.command("sh");
        let script = format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\"");
        limited.args(["-c", &script]).arg(binary.get_program()).args(binary.get_args());
        Run::of(limited.current_dir(&self.repo.path))
    }

    /// The chart ends in an error that says why.
    #[track_caller]
    fn refuses(&self, options: &[&str], says: &[&str]) {
        let run = self.template(options);
        run.failed(1).says(says).says_nothing_of(&["panicked", "stack backtrace", "memory allocation"]);
        assert_eq!(run.stdout, "");
    }

    #[track_caller]
    fn refuses_template(&self, text: &str, says: &[&str]) {
        self.repo.write("c/templates/t.yaml", text);
        self.refuses(&[], says);
    }
}

#[test]
fn templates_that_ask_for_too_much() {
    let sandbox = Sandbox::new();
    let home = Home::new(&sandbox);
    let bytes = "the render needs more than the 536870912 bytes that it may use";
    let levels = "the render needs more than the 120000 levels of nesting that it may use";
    let doubled = "{{ $l := list 1 }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}";
    home.refuses_template("{{ range until 1000000000 }}{{ end }}", &[bytes, "c/templates/t.yaml:1:"]);
    home.refuses_template("{{ printf `%999999d` (until 100000) }}", &[bytes]);
    home.refuses_template(&format!("{doubled}{{{{ toYaml $l }}}}"), &[bytes]);
    home.refuses_template(&format!("{doubled}{{{{ $l }}}}"), &[bytes]);
    home.refuses_template(
        "{{ define `a` }}{{ tpl `{{ template \"a\" . }}` . }}{{ end }}{{ template `a` . }}",
        &[levels],
    );
    home.refuses_template(
        "{{ define `a` }}{{ include `a` . }}{{ end }}{{ include `a` . }}",
        &["nested reference name: a"],
    );
    home.refuses_template(&"{{ if 1 }}".repeat(100_000), &["unexpected EOF"]);
    home.refuses_template(&format!("{{{{ {}", "(".repeat(1_000_000)), &["max expression depth exceeded"]);
    home.refuses_template(&"x".repeat(10_000_000), &["larger than the maximum file size 5242880"]);
    home.refuses_template(&format!("kind: A\na: {}", "[".repeat(100_000)), &["exceeded max depth of 10000"]);
}

#[test]
fn values_that_ask_for_too_much() {
    let sandbox = Sandbox::new();
    let home = Home::new(&sandbox);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{aliases}]");
    }
    home.repo.write("bomb.yaml", bomb);
    home.refuses(&["-f", "bomb.yaml"], &["document contains excessive aliasing"]);
    home.refuses(&["-f", "/dev/zero"], &["more than the 67108864 bytes that it may"]);
    home.refuses(&["--set-file", "a=/dev/zero"], &["more than the 67108864 bytes that it may"]);
    let lists: Vec<String> = (0..2_000).map(|index| format!("a{index}[65536]=1")).collect();
    home.refuses(&["--set", &lists.join(",")], &["values take more than 536870912 bytes"]);
}

#[test]
fn directories_that_never_end() {
    use std::os::unix::fs::symlink;

    let sandbox = Sandbox::new();
    let home = Home::new(&sandbox);
    // Each directory shows the next one under two names.
    for level in 0..30 {
        let directory = home.repo.path.join(format!("c/files/d{level}"));
        std::fs::create_dir_all(&directory).unwrap();
        for name in ["a", "b"] {
            symlink(format!("../d{}", level + 1), directory.join(name)).unwrap();
        }
    }
    std::fs::create_dir(home.repo.path.join("c/files/d30")).unwrap();
    home.refuses(&[], &["the chart has more than 10000 links to directories"]);
    std::fs::remove_dir_all(home.repo.path.join("c/files")).unwrap();
    symlink("/dev/zero", home.repo.path.join("c/.helmignore")).unwrap();
    home.refuses(&[], &[".helmignore", "not a regular file"]);
    home.repo.remove("c/.helmignore");
    symlink("/dev/zero", home.repo.path.join("c/zero")).unwrap();
    home.refuses(&[], &["cannot load irregular file"]);
    home.repo.remove("c/zero");
    // Charts that depend on one another twice.
    let depends =
        "dependencies:\n- { name: s, version: 0.1.0, alias: a }\n- { name: s, version: 0.1.0, alias: b }\n";
    for level in 0..30 {
        let metadata = CHART.replace("name: c", if level == 0 { "name: c" } else { "name: s" });
        home.repo
            .write(&format!("c/{}Chart.yaml", "charts/s/".repeat(level)), format!("{metadata}{depends}"));
    }
    home.repo.write(&format!("c/{}Chart.yaml", "charts/s/".repeat(30)), CHART.replace("name: c", "name: s"));
    home.refuses(&[], &["the dependencies come to more than 5000 charts"]);
}
