// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// node is a JSON object whose members keep their order: fields stand in the types as they stand in the document.
type node struct {
	keys    []string
	members map[string]any
}

func parse(document []byte) (*node, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	value, err := readValue(decoder)
	if err != nil {
		return nil, err
	}
	root, ok := value.(*node)
	if !ok {
		return nil, fmt.Errorf("the document is not an object")
	}
	return root, nil
}

func readValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return readObject(decoder)
	case json.Delim('['):
		return readArray(decoder)
	}
	return token, nil
}

func readObject(decoder *json.Decoder) (any, error) {
	object := &node{members: map[string]any{}}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		object.keys = append(object.keys, key.(string))
		object.members[key.(string)] = value
	}
	_, err := decoder.Token()
	return object, err
}

func readArray(decoder *json.Decoder) (any, error) {
	array := []any{}
	for decoder.More() {
		value, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := decoder.Token()
	return array, err
}

// object is the member of that name, empty where it is absent or something else.
func (n *node) object(key string) *node {
	if found, ok := n.members[key].(*node); ok {
		return found
	}
	return &node{}
}

func (n *node) has(key string) bool {
	_, ok := n.members[key]
	return ok
}

func (n *node) text(key string) string {
	text, _ := n.members[key].(string)
	return text
}

func (n *node) number(key string) (float64, bool) {
	number, ok := n.members[key].(float64)
	return number, ok
}

// texts are the strings of an array, or the one string that stands in its place; null is "null".
func (n *node) texts(key string) []string {
	if text, ok := n.members[key].(string); ok {
		return []string{text}
	}
	array, _ := n.members[key].([]any)
	var texts []string
	for _, each := range array {
		if each == nil {
			texts = append(texts, "null")
		} else if text, ok := each.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func (n *node) objects(key string) []*node {
	array, _ := n.members[key].([]any)
	var objects []*node
	for _, each := range array {
		if object, ok := each.(*node); ok {
			objects = append(objects, object)
		}
	}
	return objects
}
