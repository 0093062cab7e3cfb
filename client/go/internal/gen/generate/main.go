// SPDX-License-Identifier: Apache-2.0

// Command generate writes the client's types: generate -in openapi.json -out types_gen.go.
package main

import (
	"flag"
	"log"
	"os"

	"gobox/client/internal/gen"
)

func main() {
	log.SetFlags(0)
	in := flag.String("in", "", "the OpenAPI document")
	out := flag.String("out", "", "the Go file to write")
	flag.Parse()
	document, err := os.ReadFile(*in)
	if err != nil {
		log.Fatal(err)
	}
	source, err := gen.Generate(document)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*out, source, 0o644); err != nil {
		log.Fatal(err)
	}
}
