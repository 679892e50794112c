// Records what Go's text/template makes of the cases in the fixtures: `go run . ../fixtures/*.txt`.
package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/template"

	"baseline/common"
)

func data() any {
	return common.Values{
		"s": "str", "e": "", "html": "<a href=\"x\">é & 'q'</a>",
		"i": 3, "z": 0, "neg": -2, "i64": int64(7), "u8": uint8(200), "u64": uint64(18446744073709551615),
		"f": 1.5, "f3": 3.0, "big": 1e6, "c": complex(1, 2),
		"b": true, "fb": false, "n": nil,
		"m":  map[string]any{"k": "v", "n": nil, "i": 5, "m2": map[string]any{"k3": "v3"}},
		"em": map[string]any{}, "nm": map[string]any(nil), "ms": map[string]string{"a": "b", "c": "d"},
		"l": []any{"a", 1, nil, 2.5, map[string]any{"q": 1}}, "el": []any{}, "nl": []any(nil),
		"ls": []string{"x", "y"}, "li": []int{4, 5, 6}, "by": []byte("hi"),
		"ll": [][]any{{1, 2}, {"a"}}, "maps": []map[string]any{{"a": 1}, {"a": nil}},
		"Table": "shadowed",
		"vals":  common.Values{"t": map[string]any{"x": 1}, "s": "S"},
		"caps":  &common.Capabilities{KubeVersion: common.KubeVersion{Version: "v1.36", Major: "1"}, Something: "some"},
		"files": common.Files{"a.txt": []byte("A"), "b.txt": []byte("B")},
	}
}

func functions(t *template.Template, option string) template.FuncMap {
	return template.FuncMap{
		"str":     func(s string) string { return "<" + s + ">" },
		"int":     func(i int) int { return i },
		"int64":   func(i int64) int64 { return i },
		"int8":    func(i int8) int8 { return i },
		"uint8":   func(i uint8) uint8 { return i },
		"float":   func(f float64) float64 { return f },
		"float32": func(f float32) float32 { return f },
		"bool":    func(b bool) bool { return b },
		"complex": func(c complex128) complex128 { return c },
		"any":     func(a any) any { return a },
		"ints":    func(s string, n ...int) string { return fmt.Sprint(s, n) },
		"map":     func(m map[string]any) map[string]any { return m },
		"vals":    func(m common.Values) common.Values { return m },
		"anys":    func(l []any) []any { return l },
		"strs":    func(l []string) []string { return l },
		"caps":    func(c *common.Capabilities) string { return "caps" },
		"kube":    func(k common.KubeVersion) string { return k.Version },
		"fails":   func(a any) (any, error) { return a, errors.New("it failed") },
		"panics":  func() any { panic("it panicked") },
		"nothing": func() any { return nil },
		"typeOf":  func(a any) string { return fmt.Sprintf("%T", a) },
		"set":     func(m map[string]any, key string, value any) map[string]any { m[key] = value; return m },
		"list":    func(l ...any) []any { return append([]any{}, l...) },
		"include": func(name string, data any) (string, error) {
			var out strings.Builder
			err := t.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"tpl": func(text string, data any) (string, error) {
			t, err := t.Clone()
			if err != nil {
				return "", err
			}
			t.Option(option)
			t.Funcs(functions(t, option))
			t, err = t.New("gotpl").Parse(text)
			if err != nil {
				return "", fmt.Errorf("cannot parse %q: %w", text, err)
			}
			var out strings.Builder
			if err := t.Execute(&out, data); err != nil {
				return "", fmt.Errorf("cannot execute %q: %w", text, err)
			}
			return out.String(), nil
		},
	}
}

func run(option string, files []string) (kind, text string) {
	t := template.New("gotpl").Option(option)
	t.Funcs(functions(t, option))
	for i, file := range files {
		if _, err := t.New(fmt.Sprintf("f%d", i)).Parse(file); err != nil {
			return "parse error", err.Error()
		}
	}
	var out strings.Builder
	if err := t.ExecuteTemplate(&out, "f0", data()); err != nil {
		return "error", err.Error()
	}
	return "output", out.String()
}

var option = regexp.MustCompile(`missingkey=\w+`)

func record(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var out strings.Builder
	for i, block := range strings.Split(string(content), "### ") {
		if i == 0 {
			out.WriteString(block)
			continue
		}
		title, rest, _ := strings.Cut(block, "\n")
		texts, _, recorded := strings.Cut(rest, "\n>>> ")
		if !recorded {
			texts = strings.TrimSuffix(texts, "\n")
		}
		missing := "missingkey=zero"
		if found := option.FindString(title); found != "" {
			missing = found
		}
		kind, text := run(missing, strings.Split(texts, "\n+++\n"))
		fmt.Fprintf(&out, "### %s\n%s\n>>> %s\n%s\n", title, texts, kind, text)
	}
	return os.WriteFile(path, []byte(out.String()), 0o644)
}

func main() {
	for _, path := range os.Args[1:] {
		if err := record(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
