// Run: --memory 64M --gomemlimit off
// Outcome: oom
// Cause: unbounded_append|map_growth
// Says: cat.items
// Not: with GOMEMLIMIT (--gomemlimit auto) it collects before the limit, and
package main

import (
	"encoding/json"
	"fmt"
	"io"
)

type item struct {
	Name string            `json:"name"`
	Tags []string          `json:"tags"`
	Attr map[string]string `json:"attr"`
}

type catalogue struct {
	items []*item
}

func (cat *catalogue) load(dec *json.Decoder) error {
	for dec.More() {
		it := new(item)
		if err := dec.Decode(it); err != nil {
			return err
		}
		cat.items = append(cat.items, it)
	}
	return nil
}

func produce(w *io.PipeWriter) {
	for i := 0; ; i++ {
		fmt.Fprintf(w, `{"name":"n%d","tags":["a%d","b%d"],"attr":{"k%d":"v%d"}}`+"\n", i, i, i, i, i)
	}
}

func main() {
	r, w := io.Pipe()
	go produce(w)
	cat := &catalogue{}
	if err := cat.load(json.NewDecoder(r)); err != nil {
		panic(err)
	}
}
