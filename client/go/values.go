// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// File is the content of a file; any bytes. What is no text travels as base64.
type File string

// MarshalJSON implements json.Marshaler.
func (f File) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(f)) {
		return json.Marshal(string(f))
	}
	return json.Marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(f))})
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *File) UnmarshalJSON(text []byte) error {
	var plain string
	if json.Unmarshal(text, &plain) == nil {
		*f = File(plain)
		return nil
	}
	var coded struct {
		Base64 []byte `json:"base64"`
	}
	if err := json.Unmarshal(text, &coded); err != nil {
		return err
	}
	*f = File(coded.Base64)
	return nil
}

// SetStdin gives the program these bytes, whatever they are.
func (r *RunRequest) SetStdin(input []byte) {
	if utf8.Valid(input) {
		r.Stdin, r.StdinEncoding = string(input), EncodingUTF8
		return
	}
	r.Stdin, r.StdinEncoding = base64.StdEncoding.EncodeToString(input), EncodingBase64
}

// MarshalJSON implements json.Marshaler: the fields, and those of Extra beside them.
func (r RunRequest) MarshalJSON() ([]byte, error) {
	type plain RunRequest
	known, err := json.Marshal(plain(r))
	if err != nil || len(r.Extra) == 0 {
		return known, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(known, &all); err != nil {
		return nil, err
	}
	for name, value := range r.Extra {
		if _, taken := all[name]; taken {
			return nil, fmt.Errorf("%s is given as a field and among Extra", name)
		}
		if all[name], err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	return json.Marshal(all)
}

// OK says that the program ended with 0 inside every limit.
func (r *Result) OK() bool { return r.Outcome == OutcomeOK }

// StdoutBytes is what the program wrote, byte for byte.
func (r *Result) StdoutBytes() ([]byte, error) { return decode(r.Stdout, r.StdoutEncoding) }

// StderrBytes is what the program wrote, byte for byte.
func (r *Result) StderrBytes() ([]byte, error) { return decode(r.Stderr, r.StderrEncoding) }

// FindStage is the first stage of that name, or nil.
func (r *Result) FindStage(name StageName) *Stage {
	for i := range r.Stages {
		if r.Stages[i].Name == name {
			return &r.Stages[i]
		}
	}
	return nil
}

func decode(text string, encoding Encoding) ([]byte, error) {
	if encoding == EncodingBase64 {
		return base64.StdEncoding.DecodeString(text)
	}
	return []byte(text), nil
}

// Ptr is a pointer to a value, for the fields whose zero means something: GraceMS: gobox.Ptr(int64(0)).
func Ptr[T any](value T) *T { return &value }
