//! Expressions: arguments, calls and pipelines of a wanted taste, and now and then of another.

use super::super::choices::Choices;
use super::functions::{FUNCTIONS, Signature, Taste};
use super::literals::{self, go_string};
use super::yaml;

/// Tastes that any argument may have instead of the wanted one.
const WRONG: &[u8] = b"snidlbaNkA";

/// Tastes that are never exchanged: another value would be random, endless or circular.
const STRICT: &[u8] = b"ctSDg56";

/// What an expression can refer to at its place.
pub(super) struct Scope {
    /// Variables with their tastes.
    pub(super) variables: Vec<(String, Taste)>,
    /// Where the values are: `.Values` where the dot is the root, else `$.Values`.
    pub(super) root: &'static str,
    /// What the dot is, if it isn't the root.
    pub(super) dot: Option<Taste>,
    /// Templates that may be included.
    pub(super) templates: Vec<String>,
}

/// Writes expressions.
pub(super) struct Expressions<'c> {
    pub(super) choices: &'c mut Choices,
    pub(super) scope: Scope,
    /// One argument in so many is of a wrong type; 0 for none.
    pub(super) wildness: u32,
}

impl Expressions<'_> {
    /// A pipeline: what stands in an action.
    pub(super) fn pipeline(&mut self, taste: Taste, depth: u32) -> String {
        if depth == 0 || !self.choices.chance(1, 3) {
            return self.command(taste, depth);
        }
        let Some(last) = self.function(taste, |signature| {
            !signature.parameters.is_empty() && !STRICT.contains(last_taste(signature))
        }) else {
            return self.command(taste, depth);
        };
        let piped = self.pipeline(*last_taste(last), depth - 1);
        let mut arguments = self.arguments(last, depth - 1);
        arguments.pop();
        let bar = self.choices.text(&[" | ", " | ", "|", "  |\t"]);
        format!("{piped}{bar}{}", [vec![last.name.to_owned()], arguments].concat().join(" "))
    }

    /// A call without parentheses, or a plain operand.
    fn command(&mut self, taste: Taste, depth: u32) -> String {
        if depth > 0
            && self.choices.below(3) > 0
            && let Some(call) = self.call(taste, depth)
        {
            return call;
        }
        let operand = self.operand(taste);
        // Alone it is an error, which `odd` statements have often enough.
        if operand == "nil" { self.scope.root.to_owned() + ".nope" } else { operand }
    }

    /// An argument: an operand, or a pipeline in parentheses.
    pub(super) fn argument(&mut self, taste: Taste, depth: u32) -> String {
        if self.wildness > 0 && self.choices.chance(1, 15 * self.wildness) {
            return self.choices.text(literals::MALFORMED).to_owned();
        }
        let taste = if self.wildness > 0 && !STRICT.contains(&taste) && self.choices.chance(1, self.wildness)
        {
            self.choices.one(WRONG)
        } else {
            taste
        };
        if depth == 0 || STRICT.contains(&taste) || self.choices.below(2) == 0 {
            return self.operand(taste);
        }
        let inner = self.pipeline(taste, depth - 1);
        let field = if taste == b'a' && self.choices.chance(1, 12) { ".a" } else { "" };
        format!("({inner}){field}")
    }

    fn function(&mut self, result: Taste, fits: impl Fn(&Signature) -> bool) -> Option<&'static Signature> {
        // Anything is fine where anything is wanted; tastes of strings are made by functions of strings.
        let result = match result {
            b'a' | b'A' => None,
            b'i' | b'n' | b'b' | b'd' | b'l' | b's' => Some(result),
            _ => return None,
        };
        let fitting: Vec<&'static Signature> = FUNCTIONS
            .iter()
            .filter(|signature| result.is_none_or(|result| signature.result == result) && fits(signature))
            .collect();
        (!fitting.is_empty()).then(|| self.choices.one(&fitting))
    }

    fn call(&mut self, taste: Taste, depth: u32) -> Option<String> {
        if self.choices.chance(1, 5) {
            return self.special(taste, depth);
        }
        let signature = self.function(taste, |_| true)?;
        let mut arguments = self.arguments(signature, depth - 1);
        if self.wildness > 0 && self.choices.chance(1, 4 * self.wildness) {
            if self.choices.below(2) == 0 {
                arguments.pop();
            } else if !signature.parameters.iter().any(|taste| STRICT.contains(taste)) {
                arguments.push(self.argument(b'a', 0));
            }
        }
        Some([vec![signature.name.to_owned()], arguments].concat().join(" "))
    }

    fn arguments(&mut self, signature: &Signature, depth: u32) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut last = b'a';
        for &taste in signature.parameters {
            if taste == b'*' {
                for _ in 0..self.choices.below(4) {
                    arguments.push(self.argument(last, depth));
                }
            } else {
                last = taste;
                arguments.push(self.argument(taste, depth));
            }
        }
        arguments
    }

    /// What has a rule of its own, to stay the same from run to run and to end.
    fn special(&mut self, taste: Taste, depth: u32) -> Option<String> {
        let below = depth - 1;
        Some(match taste {
            b's' => match self.choices.below(8) {
                0 | 7 if !self.scope.templates.is_empty() => self.include(below),
                0 | 1 | 7 => format!("tpl {} {}", self.template_text(), self.context()),
                2 if self.wildness > 0 => format!("include {} {}", self.argument(b's', 0), self.context()),
                3 => {
                    let method = self.choices.text(&["Get", "Lines", "GetBytes", "AsConfig", "AsSecrets"]);
                    let argument = if method.starts_with("As") { String::new() } else { self.file_name() };
                    format!("{}.Files.{method} {argument}", self.at_root())
                }
                2 | 4 => self.field_chain(),
                5 => {
                    let shown = self.choices.text(&["AsConfig", "AsConfig", "AsSecrets"]);
                    format!("({}.Files.Glob {}).{shown}", self.at_root(), self.glob())
                }
                _ => format!(
                    "date {} (toDate {} {})",
                    self.argument(b'f', 0),
                    self.argument(b'f', 0),
                    self.operand(b'w')
                ),
            },
            b'd' => match self.choices.below(5) {
                0 => format!("dict {}", self.pairs(below)),
                1 => format!(
                    "set {} {} {}",
                    self.argument(b'D', below),
                    self.argument(b'k', 0),
                    self.argument(b'S', below)
                ),
                2 => format!("fromYaml (toYaml {})", self.argument(b'd', below)),
                3 => format!("fromToml (toToml {})", self.argument(b'd', below)),
                _ => format!("fromJson (toJson {})", self.argument(b'd', below)),
            },
            b'l' => match self.choices.below(4) {
                0 => format!("keys {} | sortAlpha", self.argument(b'd', below)),
                1 => format!("values (dict {} {})", self.argument(b'k', 0), self.argument(b'a', below)),
                2 => format!("regexSplit {} {} -1", self.argument(b'r', 0), self.argument(b's', below)),
                _ => format!("splitList {} {}", self.operand(b'h'), self.argument(b's', below)),
            },
            b'a' => match self.choices.below(5) {
                0 => format!(
                    "dig {} {} {} {}",
                    self.argument(b'k', 0),
                    self.argument(b'k', 0),
                    self.argument(b'a', below),
                    self.argument(b'd', below)
                ),
                1 => format!(
                    "dig {} {} {}",
                    self.argument(b'k', 0),
                    self.argument(b'a', below),
                    self.argument(b'd', below)
                ),
                2 => self.field_chain(),
                3 => {
                    let part = self.choices.text(&[
                        "Major",
                        "Minor",
                        "Patch",
                        "Prerelease",
                        "Metadata",
                        "Original",
                        "String",
                        "IncMinor.String",
                        "IncPatch.String",
                        "IncMajor.String",
                    ]);
                    format!("(semver {}).{part}", self.argument(b'v', 0))
                }
                _ => {
                    let method = self.choices.text(&[
                        "Year",
                        "Month",
                        "Day",
                        "Hour",
                        "Weekday",
                        "YearDay",
                        "Unix",
                        "UTC.Nanosecond",
                        "IsZero",
                        "Minute",
                        "UnixMilli",
                        "Nanosecond",
                    ]);
                    format!("(toDate {} {}).{method}", self.argument(b'f', 0), self.operand(b'w'))
                }
            },
            _ => return None,
        })
    }

    fn include(&mut self, depth: u32) -> String {
        let bound = u32::try_from(self.scope.templates.len()).unwrap_or(1);
        let name = self.scope.templates[self.choices.below(bound) as usize].clone();
        let context = if self.choices.chance(1, 4) { self.argument(b'a', depth) } else { self.context() };
        format!("include \"{name}\" {context}")
    }

    /// What templates get for a dot.
    pub(super) fn context(&mut self) -> String {
        let root = if self.scope.dot.is_none() { "." } else { "$" };
        if self.choices.chance(1, 8) { self.argument(b'a', 0) } else { root.to_owned() }
    }

    fn at_root(&self) -> &'static str {
        if self.scope.root == ".Values" { "" } else { "$" }
    }

    fn template_text(&mut self) -> String {
        if self.choices.chance(1, 2) {
            return self.operand(b's');
        }
        let body = self.choices.text(&[
            "{{ .Values.s }}",
            "{{ .Values }}",
            "x{{ 1 }}y",
            "{{ include \"a0\" . }}",
            "{{ define \"t1\" }}T{{ . }}{{ end }}{{ include \"t1\" 1 }}",
            "{{ .Values.nope.x }}",
            "{{",
            "{{ .Template.Name }}",
            "{{ fail \"f\" }}",
            "{{ required \"r\" nil }}",
            "{{ template \"a0\" . }}",
            "{{ nofunc }}",
            "{{ tpl \"{{ .Values.n }}\" . }}",
            "a\n{{ .Values.l.x }}",
            "{{ range $i, $v := .Values.l }}{{ $i }}={{ $v }},{{ end }}",
            "{{ define \"a0\" }}over{{ end }}{{ include \"a0\" . }}",
            "{{ $.Values.d }}",
            "{{/* c */}}",
            "{{ .Values.z }}",
            "{{ if }}",
            "{{ block \"b1\" . }}B{{ end }}",
            "{{ .x }}",
            "{{ end }}",
            "{{ tpl \"{{\" . }}",
            "{{ include \"none\" . }}",
            "{{ index .Values.l 99 }}",
        ]);
        go_string(self.choices, body)
    }

    fn file_name(&mut self) -> String {
        self.choices
            .text(&[
                "\"a.txt\"",
                "\"conf/b.yaml\"",
                "\"empty.txt\"",
                "\"none\"",
                "\"./a.txt\"",
                "\"conf/c.ini\"",
                "\"values.yaml\"",
                "\"\"",
            ])
            .to_owned()
    }

    fn glob(&mut self) -> String {
        let mut pattern = String::new();
        for _ in 0..1 + self.choices.below(5) {
            pattern.push_str(self.choices.text(&[
                "*",
                "**",
                "a",
                "conf",
                "/",
                ".txt",
                ".ini",
                "?",
                "c",
                "b.yaml",
                ".",
                "[a-c]",
                "[!a]",
                "{a,conf}",
                "{",
                "}",
                ",",
                "*.{yaml,ini}",
                "[",
                "]",
                "-",
                "\\",
                "[ab",
                "[a-",
                "é",
                "!",
                "empty",
                "{*,b}",
                "{a*,**}",
            ]));
        }
        go_string(self.choices, &pattern)
    }

    fn pairs(&mut self, depth: u32) -> String {
        let mut pairs = Vec::new();
        for _ in 0..1 + self.choices.below(4) {
            pairs.push(self.argument(b'k', 0));
            pairs.push(self.argument(b'a', depth));
        }
        if self.wildness > 0 && self.choices.chance(1, 20) {
            pairs.pop();
        }
        pairs.join(" ")
    }

    /// Fields of fields, there or not.
    fn field_chain(&mut self) -> String {
        let start = match self.choices.below(4) {
            0 | 1 => self.scope.root.to_owned(),
            2 => {
                self.at_root().to_owned()
                    + self.choices.text(&[
                        ".Chart",
                        ".Release",
                        ".Template",
                        ".Files",
                        ".Subcharts",
                        ".Nope",
                        ".Values.global",
                        ".Chart.Maintainers",
                        ".Chart.Annotations",
                    ])
            }
            _ => match self.scope.variables.is_empty() {
                true => "$".to_owned(),
                false => self.variable(),
            },
        };
        // The root itself holds pointers, which print as addresses.
        let mut chain = if start == "$" { self.scope.root.to_owned() } else { start };
        for _ in 0..self.choices.below(4) {
            let field = self.choices.text(&[
                "d",
                "a",
                "s",
                "l",
                "n",
                "z",
                "x",
                "nope",
                "b",
                "key1",
                "Name",
                "Get",
                "Version",
                "Values",
                "Table",
                "Table \"d\"",
                "AsMap",
            ]);
            chain.push('.');
            chain.push_str(field);
        }
        let stays = self.choices.below(6);
        match stays {
            0 if chain.matches('.').count() > 1 && !chain.contains(' ') => {
                let (first, last) = chain.rsplit_once('.').unwrap_or((&chain, "a"));
                format!("({first}).{last}")
            }
            _ if chain.ends_with(".Subcharts") => chain + ".Name",
            _ => chain,
        }
    }

    fn variable(&mut self) -> String {
        let bound = u32::try_from(self.scope.variables.len()).unwrap_or(1);
        self.scope.variables[self.choices.below(bound) as usize].0.clone()
    }

    /// A literal, a value or a variable.
    fn operand(&mut self, taste: Taste) -> String {
        if !STRICT.contains(&taste) && self.choices.chance(1, 4) {
            let fitting: Vec<String> = self
                .scope
                .variables
                .iter()
                .filter(|(_, of)| *of == taste || taste == b'a')
                .map(|(name, _)| name.clone())
                .collect();
            if !fitting.is_empty() {
                let bound = u32::try_from(fitting.len()).unwrap_or(1);
                return fitting[self.choices.below(bound) as usize].clone();
            }
        }
        let root = self.scope.root;
        let from_values = |field: &str| format!("{root}.{field}");
        match taste {
            b's' => match self.choices.below(8) {
                0..4 => {
                    let text = self.choices.text(literals::TEXTS);
                    go_string(self.choices, text)
                }
                4 => self.choices.text(literals::STRING_SOURCES).to_owned(),
                5 => from_values(self.choices.text(&["s", "t", "d.s"])),
                6 if self.scope.dot == Some(b's') => ".".to_owned(),
                _ => format!(
                    "{}.{}",
                    self.at_root(),
                    self.choices.text(&[
                        "Release.Name",
                        "Chart.Name",
                        "Chart.Version",
                        "Template.Name",
                        "Capabilities.KubeVersion.Version",
                        "Release.Namespace",
                        "Chart.AppVersion",
                        "Template.BasePath"
                    ])
                ),
            },
            b'i' => match self.choices.below(6) {
                0..5 => self.choices.text(literals::INTS).to_owned(),
                _ => format!("(int {root}.i)"),
            },
            b'n' | b'N' => match self.choices.below(6) {
                0 | 1 => self.choices.text(literals::INTS).to_owned(),
                2 | 3 => self.choices.text(literals::NUMBERS).to_owned(),
                4 => from_values(self.choices.text(&["n", "i", "d.n"])),
                _ => self.operand(b's'),
            },
            b'b' => match self.choices.below(4) {
                0 | 1 => "true".to_owned(),
                2 => "false".to_owned(),
                _ => from_values("b"),
            },
            b'c' => self.choices.text(literals::SMALL).to_owned(),
            b'5' => self.choices.text(&["5", "6", "7"]).to_owned(),
            b'6' => self.choices.text(&["6", "5"]).to_owned(),
            b'S' => match self.choices.below(3) {
                0 => self.operand(b'i'),
                1 => self.choices.text(literals::NUMBERS).to_owned(),
                _ => {
                    let text = self.choices.text(literals::TEXTS);
                    go_string(self.choices, text)
                }
            },
            b'd' => match self.choices.below(5) {
                0 | 1 => from_values("d"),
                2 => "(dict)".to_owned(),
                3 => format!("(dict {})", self.pairs(0)),
                _ => from_values(self.choices.text(&["w", "global", "e"])),
            },
            b'D' => match self.choices.below(3) {
                0 => "(dict)".to_owned(),
                1 => format!("(dict {})", self.pairs(0)),
                _ => format!("(deepCopy {root}.d)"),
            },
            b'U' => {
                let part = self
                    .choices
                    .text(&["host", "scheme", "path", "query", "opaque", "fragment", "userinfo", "hostname"]);
                format!("(dict \"scheme\" \"http\" \"host\" \"h:1\" \"{part}\" {})", self.argument(b's', 0))
            }
            b'l' => match self.choices.below(5) {
                0 | 1 => from_values(self.choices.text(&["l", "m"])),
                2 => "(list)".to_owned(),
                3 => format!("(list {} {})", self.argument(b'a', 0), self.argument(b'a', 0)),
                _ => format!("(list {})", self.argument(b's', 0)),
            },
            b'k' => match self.choices.below(8) {
                7 => self.operand(b'a'),
                _ => {
                    let key = self.choices.text(literals::KEYS);
                    go_string(self.choices, key)
                }
            },
            b'a' | b'A' => match self.choices.below(9) {
                0 => self.operand(b'i'),
                1 => self.operand(b's'),
                2 => from_values(self.choices.text(&["d", "l", "w", "z", "nope", "n", "s", "e", "m"])),
                3 => self.operand(b'n'),
                4 => self.operand(b'b'),
                5 => self.operand(b'd'),
                6 => self.operand(b'l'),
                7 if self.scope.dot.is_some() => ".".to_owned(),
                7 => "nil".to_owned(),
                _ => self
                    .choices
                    .text(&[
                        "nil",
                        "\"\"",
                        "false",
                        "(int64 3)",
                        "(float64 3)",
                        "(list nil)",
                        "(dict \"a\" nil)",
                        "(until 3)",
                        "(splitList \",\" \"b,a\")",
                    ])
                    .to_owned(),
            },
            b't' => match self.choices.below(4) {
                0 | 1 => format!("(toDate {} {})", self.argument(b'f', 0), self.operand(b'w')),
                2 => {
                    format!("(dateModify {} (toDate \"2006-01-02\" \"2020-02-29\"))", self.argument(b'm', 0))
                }
                _ => self
                    .choices
                    .text(&["0", "1", "1700000000", "-1", "(int64 253402300800)", "951782400"])
                    .to_owned(),
            },
            b'g' => format!("(toDate \"2006-01-02\" {})", self.operand(b'w')),
            b'y' | b'j' | b'o' => self.data_text(taste),
            _ => {
                let pool = match taste {
                    b'r' => literals::REGEXPS,
                    b'R' => literals::REPLACEMENTS,
                    b'f' => literals::LAYOUTS,
                    b'w' => literals::DATES,
                    b'z' => literals::ZONES,
                    b'm' => literals::DURATIONS,
                    b'v' => literals::VERSIONS,
                    b'x' => literals::CONSTRAINTS,
                    b'u' => literals::URLS,
                    b'p' => literals::PATHS,
                    b'e' => literals::ENCODED,
                    b'F' => literals::FORMATS,
                    b'T' => literals::TYPES,
                    b'K' => literals::KINDS,
                    b'h' => &[",", "", "a", " ", "/", "-", "\n"],
                    _ => literals::TEXTS,
                };
                let text = self.choices.text(pool);
                go_string(self.choices, text)
            }
        }
    }

    /// Text of a data format, from the pool or damaged, or YAML of a grammar.
    fn data_text(&mut self, taste: Taste) -> String {
        let mut text = match taste {
            b'y' if self.choices.chance(2, 3) => yaml::document(self.choices),
            b'o' => self.choices.text(literals::TOMLS).to_owned(),
            _ => self.choices.text(literals::JSONS).to_owned(),
        };
        yaml::damage(
            self.choices,
            &mut text,
            &["\"", "{", "[", ",", "1", "=", "\\", ".", "]", "}", ":", "e", "-", "\n", "u"],
            6,
        );
        go_string(self.choices, &text)
    }
}

/// The taste of the last parameter, which is what comes through a pipe.
fn last_taste(signature: &Signature) -> &Taste {
    signature.parameters.iter().rev().find(|taste| **taste != b'*').unwrap_or(&b'a')
}
