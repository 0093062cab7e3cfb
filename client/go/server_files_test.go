// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"errors"
	"os"
	"testing"
)

func TestServerRunsATree(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	root := t.TempDir()
	write(t, root, "go.mod", "module m\n", 0o644)
	write(t, root, "data/x", "\x00\xff", 0o644)
	write(t, root, "cmd/api/main.go", "package main\nimport (\"os\"; \"m/data\")\nfunc main() { os.Stdout.WriteString(data.X) }\n", 0o644)
	write(t, root, "data/x.go", "package data\nimport _ \"embed\"\n//go:embed x\nvar X string\n", 0o644)
	result, err := client.RunTree(soon(t), RunRequest{Package: "./cmd/api"}, Tree{Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := result.StdoutBytes(); err != nil || string(out) != "\x00\xff" {
		t.Errorf("%q %v: %s %s", out, err, result.Message, result.Stderr)
	}
	state, err := client.StartTree(soon(t), RunRequest{Package: "./cmd/api"}, Tree{Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	if result, err := client.Wait(soon(t), state.ID); err != nil || !result.OK() {
		t.Error(result, err)
	}
}

func TestServerHandsOutArtifacts(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	request := RunRequest{Artifacts: []string{"out/**"}, Source: program(
		`os.MkdirAll("out/a b", 0o755); os.WriteFile("out/a b/x.bin", []byte{0, 255}, 0o644)`, "os")}
	result, err := client.Run(soon(t), request)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	if err := client.SaveArtifacts(soon(t), result, directory); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(directory + "/out/a b/x.bin"); err != nil || string(got) != "\x00\xff" {
		t.Errorf("%q %v %+v", got, err, result.Artifacts)
	}
	if _, err := client.Artifact(soon(t), result.ID, "missing"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}
