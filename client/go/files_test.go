// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func write(t *testing.T, root, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, root, name, target string) {
	t.Helper()
	if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}

// unpack lists an archive: "name", "name/", "name -> target", with "*" behind what can be executed.
func unpack(t *testing.T, from io.Reader) []string {
	t.Helper()
	pressed, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for reader := tar.NewReader(pressed); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		name := header.Name
		if header.Linkname != "" {
			name += " -> " + header.Linkname
		} else if header.Typeflag == tar.TypeReg {
			text, _ := io.ReadAll(reader)
			name += fmt.Sprintf(" %q", text)
			if header.Mode&0o100 != 0 {
				name += "*"
			}
		}
		names = append(names, name)
	}
}

func sampleTree(t *testing.T) string {
	root := t.TempDir()
	write(t, root, "go.mod", "module m\n", 0o644)
	write(t, root, "cmd/api/main.go", "package main\n", 0o600)
	write(t, root, "run.sh", "#!/bin/sh\n", 0o755)
	write(t, root, ".git/config", "secret", 0o644)
	write(t, root, "sub/.git/config", "secret", 0o644)
	write(t, root, "node_modules/x.js", "", 0o644)
	write(t, root, "out/log.txt", "", 0o644)
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	link(t, root, "cmd/mod", "../go.mod")
	link(t, root, "etc", "/etc")
	link(t, root, "cmd/out", "../../x")
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestATreeTravelsAsTheContractSaysIt(t *testing.T) {
	left := map[string]string{}
	tree := Tree{Dir: sampleTree(t), Exclude: []string{"node_modules", "out/*.txt"},
		LeftOut: func(path, why string) { left[path] = why }}
	client, steps, _ := against(t, nil, refuse(429, "1", "full"), answer(okResult))
	result, err := client.RunTree(context.Background(), RunRequest{Package: "./cmd/api"}, tree)
	if err != nil || !result.OK() {
		t.Fatal(err)
	}
	if steps.sent()[0] != steps.sent()[1] {
		t.Error("the second try sends something else")
	}
	kind, parameters, err := mime.ParseMediaType(steps.seen()[1].Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || steps.seen()[1].ContentLength != int64(len(steps.sent()[1])) {
		t.Fatal(kind, err)
	}
	form := multipart.NewReader(strings.NewReader(steps.sent()[1]), parameters["boundary"])
	part, err := form.NextPart()
	if err != nil || part.FormName() != "request" || part.Header.Get("Content-Type") != "application/json" {
		t.Fatal(part, err)
	}
	if text, _ := io.ReadAll(part); string(text) != `{"package":"./cmd/api"}` {
		t.Errorf("%s", text)
	}
	part, err = form.NextPart()
	if err != nil || part.FormName() != "tree" || part.Header.Get("Content-Type") != "application/gzip" {
		t.Fatal(part, err)
	}
	want := []string{"cmd/", "cmd/api/", `cmd/api/main.go "package main\n"`, "cmd/mod -> ../go.mod", "empty/",
		`go.mod "module m\n"`, "out/", `run.sh "#!/bin/sh\n"*`, "sub/"}
	if names := unpack(t, part); strings.Join(names, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", names)
	}
	for _, name := range []string{".git", "sub/.git", "node_modules", "out/log.txt", "etc", "cmd/out", "pipe"} {
		if left[name] == "" {
			t.Errorf("%s is not named among what is left out: %v", name, left)
		}
	}
	if len(left) != 7 {
		t.Errorf("left out: %v", left)
	}
}

func TestTreesThatAreNotSent(t *testing.T) {
	client, steps, _ := against(t, nil, answer(okResult))
	root := sampleTree(t)
	for name, c := range map[string]struct {
		request RunRequest
		tree    Tree
	}{
		"with a source beside it": {RunRequest{Source: "x"}, Tree{Dir: root}},
		"not there":               {RunRequest{}, Tree{Dir: root + "/missing"}},
		"a file":                  {RunRequest{}, Tree{Dir: root + "/go.mod"}},
		"too large":               {RunRequest{}, Tree{Dir: root, MaxBytes: 10}},
		"with a bad pattern":      {RunRequest{}, Tree{Dir: root, Exclude: []string{"["}}},
	} {
		if _, err := client.StartTree(context.Background(), c.request, c.tree); err == nil {
			t.Errorf("%s: is sent", name)
		}
	}
	if len(steps.seen()) != 0 {
		t.Error("something was sent")
	}
}

func artifactsOf(texts map[string]string) (*Result, http.HandlerFunc) {
	result := &Result{ID: "r"}
	for name, text := range texts {
		sum := sha256.Sum256([]byte(text))
		result.Artifacts = append(result.Artifacts, Artifact{Name: name, Bytes: int64(len(text)), SHA256: hex.EncodeToString(sum[:])})
	}
	return result, func(to http.ResponseWriter, request *http.Request) {
		name := strings.TrimPrefix(request.URL.Path, "/v1/runs/r/artifacts/")
		io.WriteString(to, texts[name])
	}
}

func TestArtifactsAreWrittenBelowTheDirectory(t *testing.T) {
	texts := map[string]string{"cover.out": "mode: set\n", "out/a b/%2e.png": "\x00\xff", "..odd": ""}
	result, serve := artifactsOf(texts)
	client, _, _ := against(t, nil, serve)
	directory := filepath.Join(t.TempDir(), "new")
	if err := client.SaveArtifacts(context.Background(), result, directory); err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		if got, err := os.ReadFile(filepath.Join(directory, name)); err != nil || string(got) != text {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if err := client.SaveArtifacts(context.Background(), result, directory); !os.IsExist(unwrapAll(err)) {
		t.Errorf("what is there is written over: %v", err)
	}
}

func unwrapAll(err error) error {
	for {
		wrapped, ok := err.(interface{ Unwrap() error })
		if _, isPath := err.(*os.PathError); isPath || !ok {
			return err
		}
		err = wrapped.Unwrap()
	}
}

func TestArtifactsThatAreNotWhatTheResultSaysAreNotKept(t *testing.T) {
	change := map[string]func(*Artifact){
		"size": func(a *Artifact) { a.Bytes-- }, "longer": func(a *Artifact) { a.Bytes++ },
		"sum": func(a *Artifact) { a.SHA256 = strings.Repeat("0", 64) },
		"up":  func(a *Artifact) { a.Name = "../a" }, "root": func(a *Artifact) { a.Name = "/tmp/a" },
		"dots": func(a *Artifact) { a.Name = "b/../../a" }, "self": func(a *Artifact) { a.Name = "." },
	}
	for name, spoil := range change {
		result, serve := artifactsOf(map[string]string{"a": "text"})
		spoil(&result.Artifacts[0])
		client, _, _ := against(t, nil, serve)
		directory := filepath.Join(t.TempDir(), "d")
		if err := client.SaveArtifacts(context.Background(), result, directory); err == nil {
			t.Errorf("%s: is taken", name)
		}
		if left, _ := filepath.Glob(filepath.Join(directory, "*")); len(left) != 0 {
			t.Errorf("%s: leaves %v", name, left)
		}
	}
}
