// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

const (
	document  = "../../../../api/server/openapi.json"
	generated = "../../types_gen.go"
)

// What is committed is what the document that the server embeds makes.
func TestTheCommittedTypesAreThoseOfTheServersDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if os.IsNotExist(err) {
		t.Skip("the server's sources are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	made, err := Generate(text)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, committed) {
		t.Error("client/go/types_gen.go is not what api/server/openapi.json makes; in client/go: go generate")
	}
}

func generate(t *testing.T, schemas string) string {
	t.Helper()
	source, err := Generate([]byte(`{"components": {"schemas": ` + schemas + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(source)), " ")
}

func expect(t *testing.T, source string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(source, line) {
			t.Errorf("%q is not in:\n%s", line, source)
		}
	}
}

func TestWhatMayBeNullOrAbsentIsToldFromZero(t *testing.T) {
	source := generate(t, `{"A": {"type": "object", "required": ["n", "s", "b", "o", "list"], "properties": {
		"n": {"type": ["integer", "null"]}, "s": {"type": ["string", "null"]}, "b": {"type": "boolean"},
		"o": {"oneOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]},
		"list": {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
		"grace_ms": {"type": "integer", "minimum": 0}, "wall_ms": {"type": "integer", "minimum": 1},
		"write": {"type": "boolean", "default": true}, "race": {"type": "boolean", "default": false},
		"part": {"$ref": "#/components/schemas/B"}, "gogc": {"type": ["integer", "string"]}}},
		"B": {"type": "object", "properties": {"x": {"type": "string", "description": "An x."}}}}`)
	expect(t, source, "N *int64 `json:\"n\"`", "S string `json:\"s\"`", "B bool `json:\"b\"`", "O *B `json:\"o\"`",
		"List []B `json:\"list\"`", "GraceMS *int64 `json:\"grace_ms,omitempty\"`",
		"WallMS int64 `json:\"wall_ms,omitempty\"`", "Write *bool `json:\"write,omitempty\"`",
		"Race bool `json:\"race,omitempty\"`", "Part *B `json:\"part,omitempty\"`", "GOGC any `json:\"gogc,omitempty\"`",
		"// An x. X string")
}

func TestObjectsWithoutANameAreCalledAfterWhereTheyStand(t *testing.T) {
	source := generate(t, `{"A": {"type": "object", "properties": {
		"part": {"type": "object", "properties": {"x": {"type": "string"}}},
		"free": {"type": "object"}, "words": {"type": "object", "additionalProperties": {"type": "string"}}}}}`)
	expect(t, source, "Part *APart", "type APart struct", "Free json.RawMessage", "Words map[string]string")
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	for _, schemas := range []string{
		`{"A": {"type": "string"}}`,
		`{"A": {"type": "object", "properties": {"x": {}}}}`,
		`{"A": {"type": "object", "properties": {"x": {"type": "tuple"}}}}`,
		`{"Stage": {"type": "object", "properties": {"exceeded": {"type": "object", "properties": {"a": {"type": "string"}}}}},
		  "Result": {"type": "object", "properties": {"exceeded": {"type": "object", "properties": {"b": {"type": "string"}}}}}}`,
	} {
		if source, err := Generate([]byte(`{"components": {"schemas": ` + schemas + `}}`)); err == nil {
			t.Errorf("%s made:\n%s", schemas, source)
		}
	}
}
