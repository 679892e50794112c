//! What the fixtures can't show: structured errors, limits, deep nesting, sharing and renaming of programs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod data;

use std::sync::Arc;

use gostd::value::{Arena, Value};
use gotemplate::{
    Budget, Call, CallError, ExecError, Function, FunctionTable, Limit, MissingKey, Reason, Template,
    TemplateSet,
};

fn functions() -> Arc<FunctionTable> {
    let unimplemented = [Function::unimplemented("later")];
    let table = FunctionTable::new(&[&data::functions(), &unimplemented]);
    Arc::new(table.with_methods(&data::methods()))
}

fn set(texts: &[(&str, &str)]) -> TemplateSet<'static> {
    let mut set = TemplateSet::new("gotpl", functions(), MissingKey::Zero);
    for (name, text) in texts {
        set.parse(name, text).unwrap();
    }
    set
}

fn execute(set: &TemplateSet<'_>, name: &str, budget: &Budget) -> Result<String, ExecError> {
    let arena = Arena::new();
    let call = Call::new(&arena, &data::NoWorld, budget, &data::Embedding).with_templates(set);
    call.execute(name, data::data(&arena)).map(|out| String::from_utf8(out).unwrap())
}

fn fail(texts: &[(&str, &str)]) -> ExecError {
    execute(&set(texts), texts[0].0, &Budget::default()).unwrap_err()
}

#[test]
fn an_error_keeps_its_chain_as_data() {
    let error = fail(&[
        ("a.yaml", "é\n{{ include \"outer\" . }}"),
        ("_h.tpl", "{{ define \"outer\" }}\n  {{ tpl \"{{ .s.x }}\" . }}{{ end }}"),
    ]);
    let levels: Vec<_> = error.levels().filter_map(ExecError::failure).collect();
    let places: Vec<_> = levels
        .iter()
        .map(|level| (level.location.file(), level.location.line, level.location.column))
        .collect();
    assert_eq!(places, [(&b"a.yaml"[..], 2, 3), (b"_h.tpl", 2, 5), (b"gotpl", 1, 5)]);
    assert_eq!(levels[0].node, b"include \"outer\" .");
    assert_eq!(levels[1].template, b"outer");
    let location = &levels[1].location;
    let span = location.span.start as usize..location.span.end as usize;
    assert_eq!(&location.source()[span], b"tpl \"{{ .s.x }}\" .");
    let Reason::Message(message) = &error.root().failure().unwrap().reason else { panic!("{error}") };
    assert_eq!(message, b"can't evaluate field x in type interface {}");
}

#[test]
fn spans_cover_what_nodes_are_written_as() {
    let span = |text: &str| {
        let error = fail(&[("f", text)]);
        let span = error.failure().unwrap().location.span.clone();
        text[span.start as usize..span.end as usize].to_owned()
    };
    assert_eq!(span("{{ print 1 .m.k.x }}"), ".m.k.x");
    assert_eq!(span("{{ $v := .s }}{{ $v.x.y }}"), "$v.x.y");
    assert_eq!(span("{{ (nothing).x }}{{ fails (print 1) | len }}"), "fails (print 1)");
    assert_eq!(span("a{{ template \"d\" .s }}"), "\"d\" .s");
}

#[test]
fn parse_errors_know_the_part_that_is_amiss() {
    // The part is marked by «».
    for (marked, message) in [
        ("é {{ «frobnicate» 1 }}", "function \"frobnicate\" not defined"),
        ("a\n  {{ if «}}»", "missing value for if"),
        ("{{ print «$x» }}", "undefined variable \"$x\""),
        ("{{ print 1 | «2» }}", "non executable command in pipeline stage 2"),
        ("{{ true«.x» }}", "unexpected . after term \"true\""),
        ("{{ «1_x» }}", "bad number syntax: \"1_x\""),
        ("a\n{{ «\"b }}»\nc", "unterminated quoted string"),
        ("{{ foo«@»bar }}", "bad character U+0040 '@'"),
        ("a\n«{{» print\n 1", "unclosed action started at f:2"),
        ("{{«/* a */» }}\nb", "comment ends before closing delimiter"),
        ("{{ print («)» }}", "missing value for parenthesized pipeline"),
        ("a {{ «end» }}", "unexpected {{end}}"),
        ("a {{ «else» }}", "unexpected {{else}}"),
        ("{{ if .s }}{{ else }}\n{{ «else» }}{{ end }}", "expected end; found {{else}}"),
        ("{{ «if» .s }}\n{{ range .s }}{{ end }}\n", "unexpected EOF"),
        ("{{ if .s }}{{ else «if» .s }}{{ else }}", "unexpected EOF"),
        ("{{ «define» \"d\" }}", "unexpected EOF"),
        ("{{ «break» }}", "{{break}} outside {{range}}"),
        (
            "{{ define \"d\" }}x{{ end }}\n{{ define «\"d\"» }}y{{ end }}",
            "template: multiple definition of template \"d\"",
        ),
    ] {
        let start = marked.find('«').unwrap();
        let end = marked.find('»').unwrap() - '«'.len_utf8();
        let text = marked.replace(['«', '»'], "");
        let error = Template::parse("f", &text, &functions()).unwrap_err();
        assert_eq!(String::from_utf8_lossy(&error.message), message, "{marked}");
        let place = &error.place;
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let found = (place.line as usize, place.column as usize, place.width as usize);
        let wanted = (1 + text[..start].matches('\n').count(), start - line_start, end.min(line_end) - start);
        assert_eq!(found, wanted, "{marked}");
        assert_eq!(place.source_line, &text.as_bytes()[line_start..line_end], "{marked}");
        assert_eq!(error.note.is_some(), message == "unexpected EOF", "{marked}");
    }
}

#[test]
fn a_missing_template_is_an_error_of_its_own() {
    let error = execute(&set(&[]), "nope", &Budget::default()).unwrap_err();
    assert!(matches!(&error, ExecError::NoTemplate { name, .. } if **name == *b"nope"));
    assert_eq!(error.to_string(), "template: no template \"nope\" associated with template \"gotpl\"");
}

#[test]
fn an_unimplemented_function_fails_where_it_is_reached() {
    let unreached = set(&[("f", "{{ if .fb }}{{ later 1 2 }}{{ end }}ok")]);
    assert_eq!(execute(&unreached, "f", &Budget::default()).unwrap(), "ok");
    let error = fail(&[("f", "{{ later .nope.x }}")]);
    let Reason::Call { name, error } = &error.failure().unwrap().reason else { panic!("{error}") };
    assert_eq!(name, b"later");
    assert!(matches!(error, CallError::Unimplemented));
}

fn exceeded(text: &str, budget: &Budget) -> Limit {
    let error = execute(&set(&[("f", text)]), "f", budget).unwrap_err();
    match &error.root().failure().unwrap().reason {
        Reason::Budget(exceeded) => exceeded.limit,
        _ => panic!("{error}"),
    }
}

#[test]
fn the_budget_ends_what_would_not_end() {
    let small = || Budget::new(10_000, 100_000);
    assert_eq!(exceeded("{{ range 1000000000 }}{{ end }}", &small()), Limit::Steps);
    assert_eq!(exceeded("{{ range 5000 }}some text that is long enough{{ end }}", &small()), Limit::Bytes);
    assert_eq!(
        exceeded(
            "{{ range 5000 }}{{ $x := print .  \"0123456789012345678901234567890\" }}{{ end }}",
            &Budget::new(100_000, 100_000)
        ),
        Limit::Bytes
    );
    let recursion = "{{ define \"r\" }}{{ tpl \"{{ template `r` . }}\" . }}{{ end }}{{ template \"r\" . }}";
    assert_eq!(exceeded(recursion, &Budget::default()), Limit::Depth);
    // What stopped one execution is no debt of the next.
    let budget = Budget::default();
    assert_eq!(exceeded(recursion, &budget), Limit::Depth);
    assert_eq!(execute(&set(&[("f", "ok")]), "f", &budget).unwrap(), "ok");
}

/// Runs on a stack as small as that of a thread pool, or smaller.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn depth_does_not_overflow_the_stack() {
    on_a_small_stack(|| {
        let ok = |text: String| execute(&set(&[("f", &text)]), "f", &Budget::default()).unwrap();
        let nested =
            |open: &str, close: &str, count| [&open.repeat(count), "x", &close.repeat(count)].concat();
        assert_eq!(ok(nested("{{ if true }}", "{{ end }}", 20_000)), "x");
        assert_eq!(ok(nested("{{ range 1 }}", "{{ end }}", 2_000)), "x");
        assert_eq!(ok(["{{ if .fb }}", &"{{ else if .fb }}".repeat(20_000), "{{ end }}"].concat()), "");
        assert_eq!(ok(["{{ ", &"(".repeat(9_999), "1", &")".repeat(9_999), " }}"].concat()), "1");
        let text = ["{{ ", &"(".repeat(10_001), "1", &")".repeat(10_001), " }}"].concat();
        let error = Template::parse("f", text, &functions()).unwrap_err();
        assert_eq!(error.message, b"max expression depth exceeded");
        // An error inside, whose text holds the whole nest.
        let text = ["{{ fails ", &"(".repeat(9_000), "1", &")".repeat(9_000), " }}"].concat();
        assert!(fail(&[("f", &text)]).text().len() > 18_000);
        // Templates that the host executes in turn, with no block around them.
        let recursion = "{{ define `r` }}{{ include `r` . }}{{ end }}{{ include `r` . }}";
        assert_eq!(exceeded(recursion, &Budget::default()), Limit::Depth);
    });
}

#[test]
fn programs_are_shared_between_threads() {
    let set = Arc::new(set(&[("f", "{{ range .li }}{{ . }}{{ end }}")]));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let set = Arc::clone(&set);
            std::thread::spawn(move || execute(&set, "f", &Budget::default()).unwrap())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), "456");
    }
}

#[test]
fn a_renamed_text_is_not_parsed_again() {
    let template = Template::parse("a", "{{ .s.x }}{{ define \"d\" }}{{ end }}", &functions()).unwrap();
    let renamed = template.renamed("b").unwrap();
    let mut set = TemplateSet::new("gotpl", functions(), MissingKey::Zero);
    set.add(&renamed);
    let error = execute(&set, "b", &Budget::default()).unwrap_err();
    assert!(error.to_string().starts_with("template: b:1:5: executing \"b\" at <.s.x>"));
    assert!(template.renamed("d").is_none());
}

#[test]
fn an_overlay_ends_with_its_borrow() {
    let base = set(&[("f", "{{ define \"d\" }}base{{ end }}")]);
    let text =
        Template::parse("t", "{{ template \"d\" }}{{ define \"d\" }}over{{ end }}", &functions()).unwrap();
    let overlay = base.overlay(&text);
    assert_eq!(execute(&overlay, "t", &Budget::default()).unwrap(), "over");
    assert_eq!(execute(&base, "d", &Budget::default()).unwrap(), "base");
    assert!(overlay.contains("f") && !base.contains("t"));
    assert_eq!(overlay.names(), [&b"d"[..], b"f", b"t"]);
}

#[test]
fn nil_data_is_no_value() {
    let set = set(&[("f", "{{ . }}{{ .x.y }}")]);
    let arena = Arena::new();
    let budget = Budget::default();
    let call = Call::new(&arena, &data::NoWorld, &budget, &data::Embedding).with_templates(&set);
    assert_eq!(call.execute("f", Value::Nil).unwrap(), b"<no value><no value>");
}
