// Command oracle renders cases with the Helm SDK: a line of JSON in, a line of JSON out, in the order of the
// lines. See README.md.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// request is a case.
type request struct {
	// Files of the chart by path.
	Files map[string]string `json:"files"`
	// FilesB64 are more files, those whose contents JSON can't hold.
	FilesB64  map[string][]byte `json:"files_b64"`
	Values    map[string]any    `json:"values"`
	Release   string            `json:"release"`
	Namespace string            `json:"namespace"`
	// Mode is "templates" (each template's text) or "release" (manifest, hooks and notes).
	Mode string `json:"mode"`
}

// answer is what Helm made of a case; contents are base64 in JSON.
type answer struct {
	Rendered map[string][]byte `json:"rendered,omitzero"`
	Manifest []byte            `json:"manifest,omitempty"`
	Hooks    []hook            `json:"hooks,omitempty"`
	Notes    []byte            `json:"notes,omitempty"`
	Error    []byte            `json:"error,omitempty"`
	// Panic is a panic that Helm itself didn't recover.
	Panic string `json:"panic,omitempty"`
	// Timeout says that Helm was still at it when the time was up.
	Timeout bool `json:"timeout,omitempty"`
}

type hook struct {
	Path     string `json:"path"`
	Manifest []byte `json:"manifest"`
}

func main() {
	limit := flag.Duration("timeout", 5*time.Second, "time for a case")
	workers := flag.Int("workers", runtime.NumCPU(), "cases rendered at once")
	isBench := flag.Bool("bench", false, "measure charts instead: see bench.go")
	flag.Parse()
	time.Local = time.UTC
	// Of the Go that the recorded cases come from; it shows in .Capabilities.
	common.DefaultCapabilities.HelmVersion.GoVersion = "go1.26.6"
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if *isBench {
		bench()
		return
	}
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(1 << 30)

	// Each case has a channel of its own; the queue of channels keeps the order.
	queue := make(chan chan []byte, 4**workers)
	done := make(chan struct{})
	go print(queue, done)
	slots := make(chan struct{}, *workers)
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			result := make(chan []byte, 1)
			queue <- result
			slots <- struct{}{}
			go func() {
				result <- encode(bounded(line, *limit))
				<-slots
			}()
		}
		if err != nil {
			break
		}
	}
	close(queue)
	<-done
}

// print writes the answers, flushing whenever none is at hand.
func print(queue <-chan chan []byte, done chan<- struct{}) {
	defer close(done)
	output := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer output.Flush()
	for {
		var next chan []byte
		var open bool
		select {
		case next, open = <-queue:
		default:
			output.Flush()
			next, open = <-queue
		}
		if !open {
			return
		}
		select {
		case line := <-next:
			output.Write(line)
		default:
			output.Flush()
			output.Write(<-next)
		}
	}
}

func encode(a answer) []byte {
	line, err := json.Marshal(a)
	if err != nil {
		line, _ = json.Marshal(answer{Panic: err.Error()})
	}
	return append(line, '\n')
}

// bounded gives up waiting when the time is up; Go can't stop the render, which goes on beside the next ones.
func bounded(line []byte, limit time.Duration) answer {
	result := make(chan answer, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				result <- answer{Panic: fmt.Sprint(r)}
			}
		}()
		result <- render(line)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-result:
		return a
	case <-timer.C:
		return answer{Timeout: true}
	}
}

func render(line []byte) answer {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return answer{Panic: "not a case: " + err.Error()}
	}
	if r.Values == nil {
		r.Values = map[string]any{}
	}
	files := make([]*archive.BufferedFile, 0, len(r.Files)+len(r.FilesB64))
	add := func(name string, data []byte) {
		// Helm's loaders of directories and archives drop the mark; this one gets what they read.
		data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
		files = append(files, &archive.BufferedFile{Name: name, Data: data})
	}
	for name, text := range r.Files {
		add(name, []byte(text))
	}
	for name, data := range r.FilesB64 {
		add(name, data)
	}
	loaded, err := loader.LoadFiles(files)
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	if r.Mode == "release" {
		return install(loaded, r)
	}
	return templates(loaded, r)
}

// templates is `helm template` up to the engine.
func templates(loaded *chart.Chart, r request) answer {
	if err := chartutil.ProcessDependencies(loaded, r.Values); err != nil {
		return answer{Error: []byte("chart dependencies processing failed: " + err.Error())}
	}
	options := common.ReleaseOptions{Name: r.Release, Namespace: r.Namespace, Revision: 1, IsInstall: true}
	values, err := util.ToRenderValues(loaded, r.Values, options, common.DefaultCapabilities.Copy())
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	rendered, err := engine.Render(loaded, values)
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	a := answer{Rendered: make(map[string][]byte, len(rendered))}
	for name, text := range rendered {
		a.Rendered[name] = []byte(text)
	}
	return a
}

// install is `helm template` up to printing.
func install(loaded *chart.Chart, r request) answer {
	client := action.NewInstall(action.NewConfiguration())
	client.DryRunStrategy = action.DryRunClient
	client.ReleaseName = r.Release
	client.Namespace = r.Namespace
	installed, err := client.RunWithContext(context.Background(), loaded, r.Values)
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	made, ok := installed.(*release.Release)
	if !ok {
		return answer{Panic: fmt.Sprintf("an unknown release: %T", installed)}
	}
	a := answer{Manifest: []byte(made.Manifest), Notes: []byte(made.Info.Notes)}
	for _, h := range made.Hooks {
		a.Hooks = append(a.Hooks, hook{Path: h.Path, Manifest: []byte(h.Manifest)})
	}
	return a
}
