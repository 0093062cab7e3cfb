// SPDX-License-Identifier: Apache-2.0

// Formats Go files as gofmt does and, where asked, adds and removes imports of the standard library.
// Reads {"root","imports","files":[{"name","data"}]} on standard input and writes {"files","error"}.
// It runs in a sandbox of its own for every request, because the sources are a stranger's.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path"
	"sort"
	"strconv"
	"strings"
)

type file struct {
	Name string `json:"name"`
	Data string `json:"data"`
}

type request struct {
	Root    string `json:"root"`
	Imports bool   `json:"imports"`
	Files   []file `json:"files"`
}

type answer struct {
	Files []file `json:"files"`
	Error string `json:"error"`
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := answer{Files: asked.Files}
	for i, f := range asked.Files {
		if path.Ext(f.Name) != ".go" {
			continue
		}
		data, err := formatFile(f, asked)
		if err != nil {
			out.Error = f.Name + ":" + err.Error()
			break
		}
		out.Files[i].Data = data
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		os.Exit(1)
	}
}

func formatFile(f file, asked request) (string, error) {
	source := f.Data
	if asked.Imports {
		fixed, err := fixImports(f, asked)
		if err != nil {
			return "", err
		}
		source = fixed
	}
	data, err := format.Source([]byte(source))
	return string(data), err
}

// packageName guesses what a path's package is called: its last part that is no version.
func packageName(importPath string) string {
	base := path.Base(importPath)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(importPath))
	}
	return base
}

func fixImports(f file, asked request) (string, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, "", f.Data, parser.ParseComments)
	if err != nil {
		return "", err
	}
	used := usedPackages(tree)
	declared := declaredBeside(f, asked)
	imported := map[string]bool{}
	var unused []*ast.ImportSpec
	for _, spec := range tree.Imports {
		importPath, _ := strconv.Unquote(spec.Path.Value)
		name := packageName(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imported[name] = true
		if name != "_" && name != "." && importPath != "C" && used[name] == nil {
			unused = append(unused, spec)
		}
	}
	var missing []string
	for name, symbols := range used {
		if imported[name] || declared[name] {
			continue
		}
		if found := findPackage(asked.Root, name, symbols); found != "" {
			missing = append(missing, found)
		}
	}
	sort.Strings(missing)
	return rewrite(f.Data, set, tree, unused, missing), nil
}

// usedPackages maps what stands before a dot, and is declared nowhere in the file, to what is
// selected from it.
func usedPackages(tree *ast.File) map[string][]string {
	used := map[string][]string{}
	ast.Inspect(tree, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if name, ok := selector.X.(*ast.Ident); ok && name.Obj == nil {
			used[name.Name] = append(used[name.Name], selector.Sel.Name)
		}
		return true
	})
	return used
}

// declaredBeside: what the other files of the same directory declare is no package.
func declaredBeside(f file, asked request) map[string]bool {
	names := map[string]bool{}
	for _, other := range asked.Files {
		if other.Name == f.Name || path.Ext(other.Name) != ".go" || path.Dir(other.Name) != path.Dir(f.Name) {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), "", other.Data, 0)
		if err != nil || tree.Scope == nil {
			continue
		}
		for name := range tree.Scope.Objects {
			names[name] = true
		}
	}
	return names
}

// Where several packages of the standard library have one name and all that is asked of it, people
// mean these.
var preferred = map[string]string{"rand": "math/rand", "template": "text/template", "scanner": "text/scanner", "pprof": "runtime/pprof", "trace": "runtime/trace"}

func findPackage(root, name string, symbols []string) string {
	for _, symbol := range symbols {
		if !ast.IsExported(symbol) {
			return ""
		}
	}
	var candidates []string
	if first, ok := preferred[name]; ok {
		candidates = append(candidates, first)
	}
	candidates = append(candidates, packagesNamed(root+"/src", "", name)...)
	for _, candidate := range candidates {
		if exportsAll(root+"/src/"+candidate, symbols) {
			return candidate
		}
	}
	return ""
}

func packagesNamed(root, below, name string) []string {
	entries, err := os.ReadDir(root + "/" + below)
	if err != nil {
		return nil
	}
	var found []string
	for _, entry := range entries {
		switch base := entry.Name(); {
		case !entry.IsDir() || base == "internal" || base == "vendor" || base == "cmd" || base == "testdata":
		case base == name:
			found = append(found, path.Join(below, base))
			fallthrough
		default:
			found = append(found, packagesNamed(root, path.Join(below, base), name)...)
		}
	}
	return found
}

func exportsAll(directory string, symbols []string) bool {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return false
	}
	have := map[string]bool{}
	for _, entry := range entries {
		name := entry.Name()
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), directory+"/"+name, nil, 0)
		if err != nil || tree.Scope == nil || tree.Name.Name == "main" {
			continue
		}
		for object := range tree.Scope.Objects {
			have[object] = true
		}
	}
	for _, symbol := range symbols {
		if !have[symbol] {
			return false
		}
	}
	return true
}

// rewrite works on the text, so that comments stay where they are; format.Source sorts what it added.
func rewrite(source string, set *token.FileSet, tree *ast.File, unused []*ast.ImportSpec, missing []string) string {
	if len(unused) == 0 && len(missing) == 0 {
		return source
	}
	offset := func(position token.Pos) int { return set.Position(position).Offset }
	type edit struct {
		from, to int
		text     string
	}
	var edits []edit
	remove := map[ast.Spec]bool{}
	for _, spec := range unused {
		remove[spec] = true
	}
	lines := ""
	for _, name := range missing {
		lines += "\t" + strconv.Quote(name) + "\n"
	}
	for _, declaration := range tree.Decls {
		imports, ok := declaration.(*ast.GenDecl)
		if !ok || imports.Tok != token.IMPORT {
			break
		}
		kept := ""
		gone := 0
		for _, spec := range imports.Specs {
			if remove[spec] {
				gone++
				from, to := offset(spec.Pos()), offset(spec.End())
				for to < len(source) && source[to] != '\n' && strings.TrimSpace(source[to:to+1]) == "" {
					to++
				}
				if to < len(source) && source[to] == '\n' && imports.Lparen.IsValid() {
					to++
				}
				if imports.Lparen.IsValid() {
					edits = append(edits, edit{from, to, ""})
				}
			} else {
				kept += "\t" + source[offset(spec.Pos()):offset(spec.End())] + "\n"
			}
		}
		switch {
		case gone == len(imports.Specs) && len(imports.Specs) > 0:
			for len(edits) > 0 && edits[len(edits)-1].from >= offset(imports.Pos()) {
				edits = edits[:len(edits)-1]
			}
			text := ""
			if lines != "" {
				text = "import (\n" + lines + ")"
				lines = ""
			}
			edits = append(edits, edit{offset(imports.Pos()), offset(imports.End()), text})
		case lines != "" && imports.Lparen.IsValid():
			at := offset(imports.Lparen) + 1
			edits = append(edits, edit{at, at, "\n" + strings.TrimSuffix(lines, "\n")})
			lines = ""
		case lines != "":
			edits = append(edits, edit{offset(imports.Pos()), offset(imports.End()), "import (\n" + lines + kept + ")"})
			lines = ""
		}
	}
	if lines != "" {
		at := offset(tree.Name.End())
		text := "\n\nimport (\n" + lines + ")"
		if len(missing) == 1 {
			text = "\n\nimport " + strconv.Quote(missing[0])
		}
		edits = append(edits, edit{at, at, text})
	}
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].from > edits[j].from })
	for _, each := range edits {
		source = source[:each.from] + each.text + source[each.to:]
	}
	return source
}
