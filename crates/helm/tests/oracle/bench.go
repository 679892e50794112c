package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"syscall"
	"time"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/cli"
	"helm.sh/helm/v4/pkg/cli/values"
	"helm.sh/helm/v4/pkg/getter"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// measurement asks how long a chart takes.
type measurement struct {
	Directory   string   `json:"directory"`
	ValuesFiles []string `json:"values_files"`
	Release     string   `json:"release"`
	Namespace   string   `json:"namespace"`
	// Rounds is how often it is rendered; the fastest one counts.
	Rounds int `json:"rounds"`
}

// measured is how long it took, in nanoseconds.
type measured struct {
	// Cold is from the directory to the manifest.
	Cold int64 `json:"cold"`
	// Warm is the same without reading the chart, which each round gets anew: installing changes it.
	Warm int64 `json:"warm"`
	// ColdCPU is what Cold took of processors, the garbage collector's work included.
	ColdCPU int64 `json:"cold_cpu"`
	// WarmCPU is what Warm took of processors.
	WarmCPU int64 `json:"warm_cpu"`
	// Bytes is the manifest's length, without hooks.
	Bytes int    `json:"bytes"`
	Error string `json:"error,omitempty"`
}

// bench answers a measurement a line, one after the other.
func bench() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var m measurement
			result := measured{}
			if err := json.Unmarshal(line, &m); err != nil {
				result.Error = err.Error()
			} else {
				result = measure(m)
			}
			answer, _ := json.Marshal(result)
			fmt.Println(string(answer))
		}
		if err != nil {
			return
		}
	}
}

func measure(m measurement) measured {
	result := measured{}
	for range m.Rounds {
		start, startCPU := time.Now(), processorTime()
		loaded, err := loader.Load(m.Directory)
		if err != nil {
			return measured{Error: err.Error()}
		}
		read, readCPU := time.Now(), processorTime()
		options := values.Options{ValueFiles: m.ValuesFiles}
		merged, err := options.MergeValues(getter.All(&cli.EnvSettings{}))
		if err != nil {
			return measured{Error: err.Error()}
		}
		client := action.NewInstall(action.NewConfiguration())
		client.DryRunStrategy = action.DryRunClient
		client.ReleaseName = m.Release
		client.Namespace = m.Namespace
		installed, err := client.RunWithContext(context.Background(), loaded, maps.Clone(merged))
		if err != nil {
			return measured{Error: err.Error()}
		}
		end, endCPU := time.Now(), processorTime()
		keepLeast(&result.Cold, end.Sub(start).Nanoseconds())
		keepLeast(&result.Warm, end.Sub(read).Nanoseconds())
		keepLeast(&result.ColdCPU, endCPU-startCPU)
		keepLeast(&result.WarmCPU, endCPU-readCPU)
		if made, ok := installed.(*release.Release); ok {
			result.Bytes = len(made.Manifest)
		}
	}
	return result
}

func keepLeast(least *int64, value int64) {
	if *least == 0 || value < *least {
		*least = value
	}
}

// processorTime is what the process has taken of processors so far, in nanoseconds.
func processorTime() int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
