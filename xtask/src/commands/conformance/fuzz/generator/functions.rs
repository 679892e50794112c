//! The functions that templates call, with a taste for each parameter.

/// What an argument should be; wrong ones are mixed in on purpose.
///
/// | taste | | taste | |
/// |---|---|---|---|
/// | `a` | anything that prints the same twice | `b` | bool |
/// | `s` | string | `i` | int |
/// | `c` | a small int, never another: it costs time or memory | `n` | number of any type |
/// | `S` | scalar, never another | `d` | dict |
/// | `D` | a dict of its own, never another | `l` | list |
/// | `k` | key | `r` | regular expression |
/// | `R` | replacement | `f` | time layout |
/// | `t` | time, never another: the rest reads the clock | `z` | time zone |
/// | `m` | duration | `v` | version |
/// | `x` | version constraint | `y` | YAML |
/// | `j` | JSON | `o` | TOML |
/// | `u` | URL | `U` | dict of URL parts |
/// | `p` | path | `F` | format of printf |
/// | `T` | type name | `K` | kind name |
/// | `e` | base64 or base32 | | |
pub(super) type Taste = u8;

/// A function: its name, the tastes of its parameters (`*`: the last once more, up to three times) and of its
/// result.
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [u8],
    pub(super) result: Taste,
}

const fn f(name: &'static str, parameters: &'static str, result: &'static str) -> Signature {
    Signature { name, parameters: parameters.as_bytes(), result: result.as_bytes()[0] }
}

/// All functions whose result depends on nothing but their arguments. `dict`, `set`, `keys`, `values`, `dig`,
/// `include` and `tpl` stand in the grammar itself; those of certificates, passwords, randomness and the clock
/// are left to recorded cases.
pub(super) const FUNCTIONS: &[Signature] = &[
    // Builtins of text/template
    f("print", "aa*", "s"),
    f("println", "aa*", "s"),
    f("printf", "Fa*", "s"),
    f("and", "aa*", "a"),
    f("or", "aa*", "a"),
    f("not", "a", "b"),
    f("eq", "aa*", "b"),
    f("eq", "nn", "b"),
    f("eq", "ss", "b"),
    f("ne", "aa", "b"),
    f("lt", "nn", "b"),
    f("le", "ss", "b"),
    f("gt", "nn", "b"),
    f("ge", "ss", "b"),
    f("html", "aa*", "s"),
    f("js", "aa*", "s"),
    f("urlquery", "aa*", "s"),
    f("index", "li", "a"),
    f("index", "dk", "a"),
    f("index", "lii", "a"),
    f("len", "s", "i"),
    f("len", "l", "i"),
    f("len", "a", "i"),
    f("call", "aa", "a"),
    // Helm's own
    f("required", "sa", "a"),
    f("fail", "s", "s"),
    f("lookup", "ssss", "d"),
    f("toYaml", "a", "s"),
    f("toYaml", "d", "s"),
    f("toYaml", "l", "s"),
    f("toYamlPretty", "a", "s"),
    f("toYamlPretty", "d", "s"),
    f("mustToYaml", "a", "s"),
    f("fromYaml", "y", "d"),
    f("fromYamlArray", "y", "l"),
    f("toJson", "a", "s"),
    f("mustToJson", "a", "s"),
    f("fromJson", "j", "d"),
    f("fromJsonArray", "j", "l"),
    f("toToml", "d", "s"),
    f("toToml", "a", "s"),
    f("mustToToml", "d", "s"),
    f("fromToml", "o", "d"),
    f("getHostByName", "s", "s"),
    // Strings
    f("hello", "", "s"),
    f("abbrev", "is", "s"),
    f("abbrevboth", "iis", "s"),
    f("trunc", "is", "s"),
    f("trim", "s", "s"),
    f("upper", "s", "s"),
    f("lower", "s", "s"),
    f("title", "s", "s"),
    f("untitle", "s", "s"),
    f("substr", "iis", "s"),
    f("repeat", "cs", "s"),
    f("trimall", "ss", "s"),
    f("trimAll", "ss", "s"),
    f("trimSuffix", "ss", "s"),
    f("trimPrefix", "ss", "s"),
    f("nospace", "s", "s"),
    f("initials", "s", "s"),
    f("swapcase", "s", "s"),
    f("snakecase", "s", "s"),
    f("camelcase", "s", "s"),
    f("kebabcase", "s", "s"),
    f("wrap", "cs", "s"),
    f("wrapWith", "css", "s"),
    f("contains", "ss", "b"),
    f("hasPrefix", "ss", "b"),
    f("hasSuffix", "ss", "b"),
    f("quote", "aa*", "s"),
    f("squote", "aa*", "s"),
    f("cat", "aa*", "s"),
    f("indent", "cs", "s"),
    f("nindent", "cs", "s"),
    f("replace", "sss", "s"),
    f("plural", "ssi", "s"),
    f("sha1sum", "s", "s"),
    f("sha256sum", "s", "s"),
    f("sha512sum", "s", "s"),
    f("adler32sum", "s", "s"),
    f("toString", "a", "s"),
    f("toStrings", "l", "l"),
    f("split", "ss", "a"),
    f("splitList", "ss", "l"),
    f("splitn", "sis", "a"),
    f("join", "sl", "s"),
    f("join", "sa", "s"),
    f("sortAlpha", "l", "l"),
    f("b64enc", "s", "s"),
    f("b64dec", "e", "s"),
    f("b32enc", "s", "s"),
    f("b32dec", "e", "s"),
    // Numbers
    f("atoi", "s", "i"),
    f("int", "n", "i"),
    f("int", "a", "i"),
    f("int64", "n", "n"),
    f("int64", "s", "n"),
    f("float64", "n", "n"),
    f("float64", "a", "n"),
    f("toDecimal", "a", "n"),
    f("seq", "cc*", "s"),
    f("until", "c", "l"),
    f("untilStep", "ccc", "l"),
    f("add1", "n", "n"),
    f("add", "nn*", "n"),
    f("sub", "nn", "n"),
    f("div", "nn", "n"),
    f("mod", "nn", "n"),
    f("mul", "nn*", "n"),
    f("add1f", "n", "n"),
    f("addf", "nn*", "n"),
    f("subf", "nn*", "n"),
    f("divf", "nn*", "n"),
    f("mulf", "nn*", "n"),
    f("biggest", "nn*", "n"),
    f("max", "nn*", "n"),
    f("min", "nn*", "n"),
    f("maxf", "nn*", "n"),
    f("minf", "nn*", "n"),
    f("ceil", "n", "n"),
    f("floor", "n", "n"),
    f("round", "ni", "n"),
    f("round", "nin", "n"),
    f("duration", "a", "s"),
    f("durationRound", "m", "s"),
    f("randInt", "56", "i"),
    // Defaults and reflection
    f("default", "aa", "a"),
    f("empty", "a", "b"),
    f("coalesce", "aa*", "a"),
    f("all", "aa*", "b"),
    f("any", "aa*", "b"),
    f("ternary", "aab", "a"),
    f("deepCopy", "a", "a"),
    f("mustDeepCopy", "a", "a"),
    f("typeOf", "a", "s"),
    f("typeIs", "Ta", "b"),
    f("typeIsLike", "Ta", "b"),
    f("kindOf", "a", "s"),
    f("kindIs", "Ka", "b"),
    f("deepEqual", "aa", "b"),
    // JSON of Sprig
    f("mustFromJson", "j", "a"),
    f("toPrettyJson", "a", "s"),
    f("toRawJson", "a", "s"),
    f("mustToPrettyJson", "a", "s"),
    f("mustToRawJson", "a", "s"),
    // Lists
    f("list", "aa*", "l"),
    f("tuple", "aa*", "l"),
    f("append", "la", "l"),
    f("mustAppend", "la", "l"),
    f("push", "la", "l"),
    f("mustPush", "la", "l"),
    f("prepend", "la", "l"),
    f("mustPrepend", "la", "l"),
    f("first", "l", "a"),
    f("mustFirst", "l", "a"),
    f("rest", "l", "l"),
    f("mustRest", "l", "l"),
    f("last", "l", "a"),
    f("mustLast", "l", "a"),
    f("initial", "l", "l"),
    f("mustInitial", "l", "l"),
    f("reverse", "l", "l"),
    f("mustReverse", "l", "l"),
    f("uniq", "l", "l"),
    f("mustUniq", "l", "l"),
    f("compact", "l", "l"),
    f("mustCompact", "l", "l"),
    f("without", "la*", "l"),
    f("mustWithout", "la*", "l"),
    f("has", "al", "b"),
    f("mustHas", "al", "b"),
    f("slice", "li*", "l"),
    f("mustSlice", "li*", "l"),
    f("concat", "ll*", "l"),
    f("chunk", "cl", "l"),
    f("mustChunk", "cl", "l"),
    // Dicts
    f("get", "dk", "a"),
    f("unset", "Dk", "d"),
    f("hasKey", "dk", "b"),
    f("pluck", "kd*", "l"),
    f("pick", "dk*", "d"),
    f("omit", "dk*", "d"),
    f("merge", "DD*", "d"),
    f("mustMerge", "DD*", "d"),
    f("mergeOverwrite", "DD*", "d"),
    f("mustMergeOverwrite", "DD*", "d"),
    // Paths and URLs
    f("base", "p", "s"),
    f("dir", "p", "s"),
    f("clean", "p", "s"),
    f("ext", "p", "s"),
    f("isAbs", "p", "b"),
    f("osBase", "p", "s"),
    f("osDir", "p", "s"),
    f("osClean", "p", "s"),
    f("osExt", "p", "s"),
    f("osIsAbs", "p", "b"),
    f("urlParse", "u", "d"),
    f("urlJoin", "U", "s"),
    // Regular expressions
    f("regexMatch", "rs", "b"),
    f("mustRegexMatch", "rs", "b"),
    f("regexFind", "rs", "s"),
    f("mustRegexFind", "rs", "s"),
    f("regexFindAll", "rsi", "l"),
    f("mustRegexFindAll", "rsi", "l"),
    f("regexReplaceAll", "rsR", "s"),
    f("mustRegexReplaceAll", "rsR", "s"),
    f("regexReplaceAllLiteral", "rsR", "s"),
    f("mustRegexReplaceAllLiteral", "rsR", "s"),
    f("regexSplit", "rsi", "l"),
    f("mustRegexSplit", "rsi", "l"),
    f("regexQuoteMeta", "s", "s"),
    // Versions
    f("semverCompare", "xv", "b"),
    // Time
    f("date", "ft", "s"),
    f("date_in_zone", "ftz", "s"),
    f("dateInZone", "ftz", "s"),
    f("htmlDate", "t", "s"),
    f("htmlDateInZone", "tz", "s"),
    f("unixEpoch", "g", "s"),
    // What fails before anything random happens
    f("decryptAES", "ss", "s"),
    f("buildCustomCert", "ss", "a"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tastes_are_known() {
        for function in FUNCTIONS {
            for taste in function.parameters {
                assert!(b"absicnSdDlkrRftzmvxyjouUpFTKeg56*".contains(taste), "{}", function.name);
            }
            assert!(b"asbindl".contains(&function.result), "{}", function.name);
        }
    }
}
