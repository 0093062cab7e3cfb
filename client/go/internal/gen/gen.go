// SPDX-License-Identifier: Apache-2.0

// Package gen makes the client's Go types from the OpenAPI document that sandbox-api embeds and serves.
//
// It knows the part of JSON Schema which that document uses, and refuses what it does not know. Of what may be null,
// numbers, booleans and objects become pointers; strings and arrays become their zero value.
package gen

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"
)

// Generate is the source of types_gen.go.
func Generate(document []byte) ([]byte, error) {
	root, err := parse(document)
	if err != nil {
		return nil, err
	}
	g := &generator{bodies: map[string]string{}, values: map[string][]string{}, prefixes: map[string]string{}}
	schemas := root.object("components").object("schemas")
	for _, name := range schemas.keys {
		g.declare(name, schemas.object(name), schemas.object(name).text("description"))
	}
	g.declareAnswers(root.object("paths"))
	if g.err != nil {
		return nil, g.err
	}
	return format.Source(g.source())
}

type generator struct {
	order    []string          // names of structs, as they are met
	bodies   map[string]string // what stands between their braces, and the comment before
	enums    []string
	values   map[string][]string // of enumerations
	prefixes map[string]string
	raw      bool // encoding/json is needed
	err      error
}

func (g *generator) fail(where, why string) {
	if g.err == nil {
		g.err = fmt.Errorf("%s: %s", where, why)
	}
}

// declareAnswers names the objects that only an answer holds after the operation that gives it.
func (g *generator) declareAnswers(paths *node) {
	for _, path := range paths.keys {
		for _, method := range paths.object(path).keys {
			operation := paths.object(path).object(method)
			schema := operation.object("responses").object("200").object("content").object("application/json").object("schema")
			if schema.has("properties") {
				about := "The answer to " + strings.ToUpper(method) + " " + path + "."
				g.declare(goName(operation.text("operationId"))+"Answer", schema, about)
			}
		}
	}
}

// declare adds a struct, with what is said about it. Where there is one of the name already, both must be alike.
func (g *generator) declare(name string, schema *node, about string) {
	if !schema.has("properties") {
		g.fail(name, "is not an object with properties")
		return
	}
	if _, met := g.bodies[name]; !met {
		g.order = append(g.order, name)
		g.bodies[name] = "" // its place, before those of its parts
	}
	body := comment(about) + fmt.Sprintf("type %s struct {\n", name)
	required := map[string]bool{}
	for _, each := range schema.texts("required") {
		required[each] = true
	}
	properties := schema.object("properties")
	for _, key := range properties.keys {
		body += g.field(name, key, properties.object(key), required[key])
	}
	body += extras[name] + "}\n"
	if before := g.bodies[name]; before != "" && before != body {
		g.fail(name, "stands for two objects that differ")
	}
	g.bodies[name] = body
}

func (g *generator) field(owner, key string, schema *node, required bool) string {
	kind := g.typeOf(owner, key, schema)
	tag := key
	if !required {
		tag += ",omitempty"
		if zeroMeans(schema, kind) {
			kind = "*" + kind
		}
	}
	text := schema.text("description")
	if values := schema.texts("enum"); len(values) > 0 && kind == "string" && text == "" {
		text = "One of " + strings.Join(values, ", ") + "."
	}
	return comment(text) + fmt.Sprintf("%s %s `json:%q`\n", goName(key), kind, tag)
}

// zeroMeans says whether an optional field's zero value is something else than its absence.
func zeroMeans(schema *node, kind string) bool {
	switch kind {
	case "int64", "float64":
		least, ok := schema.number("minimum")
		return !ok || least <= 0
	case "bool":
		return schema.members["default"] == true
	}
	plain := strings.HasPrefix(kind, "*") || strings.HasPrefix(kind, "[]") || strings.HasPrefix(kind, "map[")
	structure := schema.has("$ref") || schema.has("properties")
	return structure && !plain
}

func (g *generator) typeOf(owner, key string, schema *node) string {
	where := owner + "." + key
	if kind, ok := written[where]; ok {
		return kind
	}
	if reference := schema.text("$ref"); reference != "" {
		return reference[strings.LastIndex(reference, "/")+1:]
	}
	if schema.has("enum") {
		return g.enumOf(where, schema.texts("enum"))
	}
	if schema.has("const") {
		return "string"
	}
	if choices := schema.objects("oneOf"); len(choices) > 0 {
		if len(choices) == 2 && choices[1].text("type") == "null" {
			return "*" + strings.TrimPrefix(g.typeOf(owner, key, choices[0]), "*")
		}
		return "any"
	}
	return g.typeNamed(owner, key, schema)
}

// typeNamed is the type of a schema that says "type".
func (g *generator) typeNamed(owner, key string, schema *node) string {
	types := schema.texts("type")
	star := ""
	if len(types) == 2 && types[1] == "null" {
		star = "*"
	} else if len(types) > 1 {
		return "any"
	}
	switch {
	case len(types) == 0:
		g.fail(owner+"."+key, "has no type")
		return "any"
	case types[0] == "string":
		return "string"
	case types[0] == "integer":
		return star + "int64"
	case types[0] == "number":
		return star + "float64"
	case types[0] == "boolean":
		return star + "bool"
	case types[0] == "array":
		return "[]" + g.typeOf(owner, key, schema.object("items"))
	case types[0] == "object" && schema.has("properties"):
		name := structNames[owner+"."+key]
		if name == "" {
			name = owner + goName(key)
		}
		g.declare(name, schema, "") // what is said of it stands at the field
		return star + name
	case types[0] == "object" && len(schema.object("additionalProperties").keys) > 0:
		return "map[string]" + g.typeOf(owner, key, schema.object("additionalProperties"))
	case types[0] == "object":
		g.raw = true
		return "json.RawMessage"
	}
	g.fail(owner+"."+key, "has the type "+types[0])
	return "any"
}

func (g *generator) enumOf(where string, values []string) string {
	named, ok := enumNames[where]
	if !ok {
		return "string"
	}
	if _, met := g.values[named.name]; !met {
		g.enums = append(g.enums, named.name)
		g.prefixes[named.name] = named.prefix
	}
	for _, value := range values {
		if value != "null" && !contains(g.values[named.name], value) {
			g.values[named.name] = append(g.values[named.name], value)
		}
	}
	return named.name
}

func contains(values []string, wanted string) bool {
	for _, value := range values {
		if value == wanted {
			return true
		}
	}
	return false
}

func (g *generator) source() []byte {
	var out bytes.Buffer
	out.WriteString("// SPDX-License-Identifier: Apache-2.0\n\n" +
		"// Code generated by internal/gen from api/server/openapi.json. DO NOT EDIT.\n\npackage gobox\n\n")
	if g.raw {
		out.WriteString("import \"encoding/json\"\n\n")
	}
	for _, name := range g.enums {
		fmt.Fprintf(&out, "type %s string\n\nconst (\n", name)
		for _, value := range g.values[name] {
			fmt.Fprintf(&out, "%s%s %s = %q\n", g.prefixes[name], goName(value), name, value)
		}
		out.WriteString(")\n\n")
	}
	for _, name := range g.order {
		out.WriteString(g.bodies[name] + "\n")
	}
	return out.Bytes()
}

func comment(text string) string {
	if text == "" {
		return ""
	}
	return "// " + strings.ReplaceAll(text, "\n", "\n// ") + "\n"
}
