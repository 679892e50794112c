//! Repositories that mean harm: nothing that they bring is run, followed out of its place, or let into what is said.

use std::fs;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, image, script};

/// A source whose configuration, hooks and attributes would each leave a trace if they were obeyed.
fn trapped<'s>(sandbox: &'s Sandbox, name: &str) -> Repo<'s> {
    let source = sandbox.shop_at(name);
    source.write("helm/files/a.txt", "a\r\nb\r\n");
    source.commit("More");
    let trap = sandbox.path("trap");
    let program = sandbox.path("trap.sh");
    script(&program, &format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", trap.display()));
    let program = program.to_str().unwrap();
    let git = source.path.join(".git");
    for hook in [
        "post-checkout",
        "pre-commit",
        "post-commit",
        "post-index-change",
        "reference-transaction",
        "pre-push",
        "post-update",
        "fsmonitor-watchman",
        "post-rewrite",
    ] {
        script(&git.join("hooks").join(hook), &format!("#!/bin/sh\necho {hook} >> {}\n", trap.display()));
    }
    for (key, value) in [
        ("core.fsmonitor", program),
        ("core.sshCommand", program),
        ("core.pager", program),
        ("core.editor", program),
        ("core.askPass", program),
        ("core.gitProxy", program),
        ("core.alternateRefsCommand", program),
        ("credential.helper", program),
        ("diff.external", program),
        ("gpg.program", program),
        ("commit.gpgSign", "true"),
        ("filter.trap.clean", program),
        ("filter.trap.smudge", program),
        ("filter.trap.process", program),
        ("filter.trap.required", "true"),
        ("uploadpack.packObjectsHook", program),
        ("core.autocrlf", "true"),
        ("alias.rev-parse", &format!("!{program}")),
        ("protocol.ext.allow", "always"),
        ("remote.origin.url", &format!("ext::{program}")),
        ("remote.origin.uploadpack", program),
        ("url.ext::sh.insteadOf", "https://"),
    ] {
        source.git(&["config", key, value]);
    }
    fs::create_dir_all(git.join("info")).unwrap();
    source.write(".git/info/attributes", "* filter=trap text eol=crlf diff=trap\n");
    source
}

#[test]
fn nothing_of_a_source_is_run() {
    let sandbox = Sandbox::new();
    let source = trapped(&sandbox, "source");
    let revision = source.head();
    let shop = sandbox.shop();
    shop.remove("helm");
    shop.commit("Policy alone");
    let trap = sandbox.path("trap");
    // The fixture's own commands must not have sprung it, or nothing would be shown.
    let _ = fs::remove_file(&trap);
    shop.freeze_with(&revision, &["--source", source.path.to_str().unwrap()]);
    shop.promote("staging");
    shop.leaves_all(&["audit"]);
    assert!(!trap.exists(), "{}", fs::read_to_string(&trap).unwrap_or_default());
    assert_eq!(shop.show("main", "freight/shop/current/helm/files/a.txt"), "a\r\nb\r\n");
    // It would have been run by Git's own commands there.
    source.write("helm/values.yaml", "touched: true\n");
    source.try_git(&["status"]);
    assert!(trap.exists(), "the trap is one");
}

#[test]
fn objects_are_taken_from_where_a_source_borrows_them() {
    let sandbox = Sandbox::new();
    let origin = sandbox.shop_at("origin");
    sandbox.git(&["clone", "--quiet", "--shared", "--", origin.path.to_str().unwrap(), "borrower"]);
    let borrower = sandbox.repo("borrower");
    let revision = borrower.head();
    let shop = sandbox.shop();
    shop.freeze_with(&revision, &["--source", "../borrower"]);
    // The copy is the shop's own.
    origin.remove(".git/objects");
    shop.promote("staging");
    shop.git(&["fsck", "--no-dangling"]);
    // Alternates that lead nowhere are said, and write nothing.
    shop.refuses(&["freeze", "--image", &image(&"1".repeat(40)), "--source", "../borrower"], 1, &[]);
}

#[test]
fn attributes_and_carriage_returns_change_neither_package_nor_manifests() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("helm/files/dos.txt", "a\r\nb\r\n");
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: files}\ndata:\n  lengths: \"{{ len (.Files.Get `files/dos.txt`) }} {{ len (.Files.Get `files/unix.txt`) }}\"\n";
    shop.write("helm/files/unix.txt", "a\nb\n");
    shop.write("helm/templates/files.yaml", text);
    let revision = shop.commit("Both line endings");
    let manifest = {
        shop.freeze(&revision);
        shop.promote("staging");
        shop.show("stage/staging", "manifests/staging/configmap-shop.yaml")
    };
    for setting in ["true", "input", "false"] {
        let clone = sandbox.clone(&["--config", &format!("core.autocrlf={setting}")], &shop, setting);
        clone.git(&["branch", "--force", "stage/staging", "origin/stage/staging"]);
        clone.xtask(&["promote", "staging"]).ok().says(&["nothing changed"]);
        assert_eq!(clone.show("stage/staging", "manifests/staging/configmap-shop.yaml"), manifest);
        assert_eq!(clone.rev("main:freight/shop/current/helm"), clone.rev(&format!("{revision}:helm")));
        clone.xtask(&["audit"]).ok();
        // Candidates are rendered from what was frozen, and written as they are.
        clone.xtask(&["render"]).ok();
        for path in clone.paths("main:rendered") {
            let written = fs::read(clone.path.join("rendered").join(&path)).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), clone.show("main", &format!("rendered/{path}")));
        }
    }
}

#[test]
fn names_lead_nowhere_else() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    for name in [
        "../x",
        "a/../../b",
        "/etc",
        "-x",
        "--upload-pack=touch x",
        "a\nb",
        ".",
        "..",
        "a.lock",
        "@{u}",
        "x y",
    ] {
        for arguments in [
            &["promote", "--", name][..],
            &["promote", "staging", "--freight", name],
            &["render", "--stage", name],
            &["promote", "staging", "--main", name],
            &["--pipeline", name, "status"],
        ] {
            // Values that look like options can't stand behind one.
            let run = shop.xtask(arguments);
            assert!(matches!(run.status, Some(1 | 2)), "{}", run.transcript());
            assert!(!run.stderr.contains("panicked"), "{}", run.transcript());
        }
    }
    for (key, old, new) in [
        ("stage", "  staging:\n    from", "  ../escape:\n    from"),
        ("branch", "    promote: review", "    promote: review\n    branch: ../../HEAD"),
        ("path", "stages:\n", "paths: { rendered: ../outside }\nstages:\n"),
        ("package", "package: helm", "package: ../helm"),
        ("git", "package: helm", "package: .git"),
    ] {
        let policy = shop.read("envs/pipeline.yaml");
        shop.edit("envs/pipeline.yaml", old, new);
        shop.commit(key);
        shop.refuses(&["promote", "staging"], 1, &["envs/pipeline.yaml:"]);
        shop.write("envs/pipeline.yaml", policy);
        shop.commit("Back");
    }
    // Names of objects become names of files.
    for name in ["../../escape", "/etc/passwd", "a/b"] {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \"{name}\"}}\n");
        shop.write("helm/templates/extra.yaml", text);
        shop.freeze(&shop.commit("Names")).says(&["unsafe file name"]);
    }
    assert!(!sandbox.path("escape").exists() && !sandbox.path("outside").exists());
}

#[test]
#[cfg(unix)]
fn a_symlink_in_the_work_tree_is_not_written_through() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let outside = sandbox.path("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, shop.path.join("rendered")).unwrap();
    let run = shop.xtask(&["freeze", "--image", &image(&shop.head())]);
    assert!(!run.stderr.contains("panicked"), "{}", run.transcript());
    let _ = shop.xtask(&["render"]);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn credentials_in_a_remotes_address_are_said_nowhere() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    for url in [
        "https://ada:t0psecret@127.0.0.1:1/shop.git",
        "https://t0psecret@127.0.0.1:1/shop.git",
        "http://127.0.0.1:1/shop.git?private_token=t0psecret",
        "ssh://ada:t0psecret@127.0.0.1:1/shop.git",
    ] {
        let _ = shop.try_git(&["remote", "remove", "origin"]);
        shop.git(&["remote", "add", "origin", url]);
        for arguments in [
            &["promote", "staging", "--push"][..],
            &["promote", "staging", "--push", "--json"],
            &["freeze", "--image", &image(&shop.head()), "--push"],
            &["status", "--json"],
            &["status"],
            &["audit"],
            &["promote", "staging", "--push", url],
            &["promote", "staging", &format!("--push={url}")],
            &["freeze", "--image", &image(&shop.head()), "--source", url],
        ] {
            let run = shop.xtask(arguments);
            run.says_nothing_of(&["t0psecret"]);
            assert!(!run.stderr.contains("panicked"), "{}", run.transcript());
        }
    }
}

#[test]
fn what_a_chart_says_moves_no_terminal() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let is_plain = |run: &crate::harness::Run| {
        let is_hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        assert!(!run.stderr.contains(is_hidden) && !run.stdout.contains(is_hidden), "{run:?}");
    };
    shop.write("helm/templates/fail.yaml", r#"{{ fail "\u001b[31mred\u0007" }}"#);
    let run = shop.freeze(&shop.commit("Paint it red"));
    run.says(&[r"\u{1b}[31mred\u{7}"]);
    is_plain(&run);
    let run = shop.refuses(&["render"], 1, &[r"\u{1b}[31mred\u{7}"]);
    is_plain(&run);
    // Helm's own words are Helm's, where no terminal shows them.
    let run = shop.xtask(&["template", "shop", "helm"]);
    run.failed(1).says(&["\x1b[31mred\x07"]);

    shop.write(
        "helm/templates/fail.yaml",
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a\u0000\u001b[2Jb"}}"#,
    );
    let run = shop.freeze(&shop.commit("Name it so"));
    run.says(&[r"\u{1b}[2Jb"]);
    is_plain(&run);

    shop.remove("helm/templates/fail.yaml");
    shop.freeze(&shop.commit("Back"));
    shop.promote("staging");
    shop.git(&["switch", "--quiet", "stage/staging"]);
    shop.write("manifests/staging/configmap-shop.yaml", "kind: Other\n");
    shop.commit("\x1b[31mred");
    shop.git(&["switch", "--quiet", "main"]);
    let run = shop.xtask(&["history", "staging"]);
    run.ok().says(&[r"\u{1b}[31mred"]);
    is_plain(&run);
}
