// Package common has the types whose names and methods templates can see.
package common

import (
	"errors"
	"io"
)

// Values is a map with methods, which shadow its keys.
type Values map[string]any

// AsMap returns the map under its plain type.
func (v Values) AsMap() map[string]any { return v }

// Table returns the table under a key.
func (v Values) Table(name string) (Values, error) {
	if table, ok := v[name].(map[string]any); ok {
		return table, nil
	}
	return nil, errors.New(name + " is no table")
}

// Encode has a parameter that no template can supply.
func (v Values) Encode(w io.Writer) error { return nil }

// Capabilities is a struct that templates see through a pointer.
type Capabilities struct {
	KubeVersion KubeVersion
	Nothing     any
	Something   any
	hidden      string
}

// Greet is a method with an argument.
func (c *Capabilities) Greet(name string) string { return "hello " + name }

// KubeVersion prints through a method of its pointer.
type KubeVersion struct {
	Version, Major string
}

func (k *KubeVersion) String() string { return k.Version }

// Files is a map of bytes.
type Files map[string][]byte

// Get returns a file's text.
func (f Files) Get(name string) string { return string(f[name]) }
