//! Templates: text and actions of every kind.

use super::super::choices::Choices;
use super::expressions::{Expressions, Scope};
use super::functions::Taste;

/// Writes templates.
pub(super) struct Statements<'c> {
    expressions: Expressions<'c>,
    out: String,
    named: u32,
}

impl<'c> Statements<'c> {
    /// For a template that may include the ones named.
    pub(super) fn new(choices: &'c mut Choices, wildness: u32, templates: Vec<String>) -> Self {
        let scope = Scope { variables: Vec::new(), root: ".Values", dot: None, templates };
        let expressions = Expressions { choices, scope, wildness };
        Self { expressions, out: String::new(), named: 0 }
    }

    /// A whole template.
    pub(super) fn template(mut self) -> String {
        self.block(3);
        self.out
    }

    fn choose(&mut self, bound: u32) -> u32 {
        self.expressions.choices.below(bound)
    }

    fn block(&mut self, depth: u32) {
        let variables = self.expressions.scope.variables.len();
        let most = if depth == 3 { 5 } else { 3 };
        for _ in 0..1 + self.choose(most) {
            self.statement(depth);
        }
        self.expressions.scope.variables.truncate(variables);
    }

    fn statement(&mut self, depth: u32) {
        let kinds = if depth == 0 { 7 } else { 16 };
        match self.choose(kinds) {
            0..3 => self.print(depth),
            3 => self.text(),
            4 => self.declare(),
            5 => self.assign(),
            6 => self.data(),
            7 | 8 => self.branch("if", depth),
            9 | 10 => self.branch("with", depth),
            11 | 12 => self.range(depth),
            13 if !self.expressions.scope.templates.is_empty() => self.include(),
            13 | 14 => self.nest(depth),
            _ if self.expressions.wildness > 0 && self.choose(4) == 3 => self.odd(),
            _ => self.data(),
        }
    }

    fn open(&mut self) {
        let text = self.expressions.choices.text(&["{{ ", "{{ ", "{{- ", "{{", "{{-\n"]);
        self.out.push_str(text);
    }

    fn close(&mut self) {
        let text = self.expressions.choices.text(&[" }}", " }}", " -}}", "}}", "\t-}}", "\n}}"]);
        self.out.push_str(text);
    }

    fn action(&mut self, inside: &str) {
        self.open();
        self.out.push_str(inside);
        self.close();
    }

    fn text(&mut self) {
        let text = self.expressions.choices.text(&[
            "\n",
            "x",
            " ",
            "a: ",
            "\n  ",
            "- ",
            "é ",
            "}}",
            "\t",
            "\r\n",
            "# c\n",
            "<no value>",
            "\u{a0}",
            "{ ",
            "---\n",
        ]);
        self.out.push_str(text);
    }

    fn print(&mut self, depth: u32) {
        let taste = self.expressions.choices.one(b"asalndbs");
        let text = self.expressions.pipeline(taste, 1 + depth.min(2));
        self.action(&text);
    }

    /// The data functions on everything, which prints types and order.
    fn data(&mut self) {
        let value = self.expressions.argument(b'a', 2);
        let wrapped = match self.choose(6) {
            0 => format!("toJson {value}"),
            1 => format!("toYaml {value}"),
            2 => format!("printf \"%v %T\" {value} {value}"),
            3 => format!("printf \"%#v\" {value}"),
            4 => format!("printf \"%q\" {value}"),
            _ => format!("toYaml {value} | nindent 2"),
        };
        self.action(&wrapped);
    }

    fn declare(&mut self) {
        let taste = self.expressions.choices.one(b"sindlab");
        let value = self.expressions.pipeline(taste, 2);
        let name = format!("$v{}", self.expressions.scope.variables.len());
        self.action(&format!("{name} := {value}"));
        self.expressions.scope.variables.push((name, taste));
    }

    fn assign(&mut self) {
        let Some((name, taste)) = self.expressions.scope.variables.first().cloned() else {
            return self.declare();
        };
        let value = self.expressions.pipeline(taste, 2);
        self.action(&format!("{name} = {value}"));
    }

    fn branch(&mut self, keyword: &str, depth: u32) {
        let condition = self.condition();
        let declares = keyword == "with" && self.choose(4) == 3;
        let variables = self.expressions.scope.variables.len();
        if declares {
            let name = format!("$w{variables}");
            self.action(&format!("{keyword} {name} := {condition}"));
            self.expressions.scope.variables.push((name, b'a'));
        } else {
            self.action(&format!("{keyword} {condition}"));
        }
        self.body(keyword == "with", b'a', depth);
        while self.choose(4) == 3 {
            let condition = self.condition();
            self.action(&format!("else {keyword} {condition}"));
            self.body(keyword == "with", b'a', depth);
        }
        if self.choose(2) == 1 {
            self.action("else");
            self.block(depth - 1);
        }
        self.expressions.scope.variables.truncate(variables);
        self.action("end");
    }

    fn condition(&mut self) -> String {
        let taste = self.expressions.choices.one(b"abas");
        self.expressions.pipeline(taste, 2)
    }

    /// A block in which the dot may be another.
    fn body(&mut self, changes_dot: bool, dot: Taste, depth: u32) {
        let scope = &mut self.expressions.scope;
        let before = (scope.root, scope.dot);
        if changes_dot {
            (scope.root, scope.dot) = ("$.Values", Some(dot));
        }
        self.block(depth - 1);
        let scope = &mut self.expressions.scope;
        (scope.root, scope.dot) = before;
    }

    fn range(&mut self, depth: u32) {
        let over = match self.choose(6) {
            0..3 => self.expressions.pipeline(b'l', 2),
            3 => self.expressions.pipeline(b'd', 2),
            4 => self
                .expressions
                .choices
                .text(&[
                    "3",
                    "0",
                    "-1",
                    "(int64 2)",
                    "nil",
                    "(until 3)",
                    "2.0",
                    "\"ab\"",
                    "true",
                    "$.Values.n",
                ])
                .to_owned(),
            // What isn't iterable; numbers among it could be huge.
            _ => self
                .expressions
                .choices
                .text(&[
                    "$.Values.d",
                    "$.Values.l",
                    "$.Values.w",
                    "$.Values.z",
                    "$.Values.s",
                    "$.Chart.Keywords",
                    "$.Files",
                ])
                .to_owned(),
        };
        let count = self.expressions.scope.variables.len();
        match self.choose(4) {
            0 | 1 => self.action(&format!("range {over}")),
            2 => {
                self.action(&format!("range $r{count} := {over}"));
                self.expressions.scope.variables.push((format!("$r{count}"), b'a'));
            }
            _ => {
                self.action(&format!("range $i{count}, $r{count} := {over}"));
                self.expressions.scope.variables.push((format!("$i{count}"), b'k'));
                self.expressions.scope.variables.push((format!("$r{count}"), b'a'));
            }
        }
        self.body(true, b'a', depth);
        if self.choose(5) == 4 {
            let condition = self.condition();
            let stop = self.expressions.choices.text(&["break", "continue"]);
            self.action(&format!("if {condition}"));
            self.action(stop);
            self.action("end");
            self.print(0);
        }
        if self.choose(4) == 3 {
            self.action("else");
            self.block(depth - 1);
        }
        self.expressions.scope.variables.truncate(count);
        self.action("end");
    }

    fn include(&mut self) {
        let context = self.expressions.context();
        let name = match self.expressions.scope.templates.as_slice() {
            [] => "none".to_owned(),
            [first, ..] => first.clone(),
        };
        let action = match self.choose(4) {
            0 | 1 => format!("include \"{name}\" {context} | nindent 2"),
            2 => format!("template \"{name}\" {context}"),
            _ => format!("template \"{name}\""),
        };
        self.action(&action);
    }

    fn nest(&mut self, depth: u32) {
        self.named += 1;
        let context = self.expressions.context();
        let name = format!("n{}-{depth}", self.named);
        self.action(&format!("block \"{name}\" {context}"));
        let scope = &mut self.expressions.scope;
        let outer = std::mem::take(&mut scope.variables);
        let before = (scope.root, scope.dot);
        (scope.root, scope.dot) = match context.as_str() {
            "." | "$" => (".Values", None),
            _ => ("$.Values", Some(b'a')),
        };
        self.block(depth - 1);
        let scope = &mut self.expressions.scope;
        scope.variables = outer;
        (scope.root, scope.dot) = before;
        self.action("end");
    }

    /// What is rarely written, or wrong.
    fn odd(&mut self) {
        let text = self.expressions.choices.text(&[
            "{{/* a comment */}}",
            "{{- /* trimmed }} */ -}}",
            "{{ $.Chart }}",
            "{{ break }}",
            "{{ continue }}",
            "{{ nil }}",
            "{{ . | }}",
            "{{ $x }}",
            "{{ undefined }}",
            "{{ 1 2 }}",
            "{{ \"a\" \"b\" }}",
            "{{ .Values.s.x }}",
            "{{ .Values.nope.x.y }}",
            "{{ (.Values.s).x }}",
            "{{ .Values.d.k 1 }}",
            "{{ template \"none\" }}",
            "{{ $.Values.n | printf \"%d\" }}",
            "{{ define \"in\" }}{{ end }}",
            "{{ .Capabilities.Nope }}",
            "{{ .Capabilities.APIVersions.Has \"v1\" }}",
            "{{ .Capabilities.KubeVersion }}",
            "{{ $y = 1 }}",
            "{{ true.x }}",
            "{{ 1.x }}",
            "{{ (1).x }}",
            "{{ \"s\".x }}",
            "{{ .Values | typeOf }}",
            "{{ printf }}",
            "{{ ( 1 ) }}",
            "{{ ((((1)))) }}",
            "{{ end }}",
            "{{ else }}",
            "{{ if }}{{ end }}",
            "{{ range }}{{ end }}",
            "{{ .. }}",
            "{{ .a..b }}",
            "{{ $.Values.Table }}",
            "{{ .Values.AsMap.s }}",
            "{{ .Values.YAML }}",
            "{{ .Files.Get }}",
            "{{ .Release.Name.x }}",
            "{{ 'ab' }}",
            "{{ \"a\nb\" }}",
            "{{ .Template }}",
            "{{ .Release }}",
            "{{ len nil }}",
            "{{ not }}",
            "{{ and }}",
            "{{ eq 1 }}",
            "{{ eq 1 1.0 }}",
            "{{ eq .Values.d .Values.d }}",
            "{{ index .Values.l 1.0 }}",
            "{{ index .Values.l \"a\" }}",
            "{{ index nil 1 }}",
            "{{ call .Values.s }}",
            "{{ slice \"abc\" 1 }}",
            "{{ with $q := 1 }}{{ $q }}{{ end }}{{ $q }}",
            "{{ range $a, $b := 3 }}{{ end }}",
            "{{ - 1 }}",
            "{{-1}}",
            "{{3-}}",
            "{{ .Values.s -}}  x",
            "{{ .Values.PathValue \"d.a\" }}",
            "{{ .Values.Table \"s\" }}",
            "{{ if 1 }}{{ else }}{{ else }}{{ end }}",
            "{{ if 1 }}{{ else with 1 }}{{ end }}",
            "{{ with 1 }}{{ else if 1 }}{{ end }}",
            "{{ range 2 }}{{ else if 1 }}{{ end }}",
            "{{ template 1 }}",
            "{{ block \"x\" }}{{ end }}",
            "{{ .Values.d | set }}",
            "{{ true | not | not }}",
            "{{ 1 | 2 }}",
            "{{ nil | quote }}",
            "{{ `a\nb` | quote }}",
            "{{ .Values.l | first | upper }}",
            "{{ $a := 1 }}{{ $a := \"x\" }}{{ $a }}",
            "{{ $a, $b := 1 }}",
            "{{ if $c := 1 }}{{ $c }}{{ end }}",
            "{{ .Values.n.x }}",
            "{{ .Values.l.x }}",
            "{{ .Values.z.x }}",
            "{{ .Chart.Nope.x }}",
            "{{ .Subcharts.x.y }}",
            "{{ .Files.a }}",
            "{{ .é }}",
            "{{ .Values.é }}",
            "{{ ._x }}",
        ]);
        self.out.push_str(text);
    }
}
