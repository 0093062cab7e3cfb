// SPDX-License-Identifier: Apache-2.0

package gobox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	gobox "gobox/client"
)

func newClient() *gobox.Client {
	client, err := gobox.New(os.Getenv("GOBOX_SERVER"))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func within(limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), limit)
}

// Run a program and look at how it ended.
func ExampleClient_Run() {
	client := newClient() // gobox.New("http://127.0.0.1:8080")
	ctx, cancel := within(time.Minute)
	defer cancel()
	result, err := client.Run(ctx, gobox.RunRequest{
		Source: "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(result.Outcome, ": ", result.Stdout)
	// Output: ok: hello
}

// A compile error is a result; a request that makes no sense is an error.
func ExampleError() {
	client := newClient()
	ctx, cancel := within(time.Minute)
	defer cancel()
	result, err := client.Run(ctx, gobox.RunRequest{Source: "package main\n\nfunc main() { x }\n"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Outcome)

	_, err = client.Run(ctx, gobox.RunRequest{Source: "package main", Toolchain: "go0.1"})
	var refused *gobox.Error
	if errors.As(err, &refused) && errors.Is(err, gobox.ErrInvalid) {
		fmt.Println(refused.Status, refused.Pointer)
	}
	// Output:
	// compile_error
	// 422 /toolchain
}

// Limits can be lowered, and raised as far as the policy lets.
func ExampleLimits() {
	client := newClient()
	ctx, cancel := within(time.Minute)
	defer cancel()
	result, err := client.Run(ctx, gobox.RunRequest{
		Source: "package main\n\nvar kept [][]byte\n\nfunc main() {\n\tfor {\n\t\tkept = append(kept, make([]byte, 1<<20))\n" +
			"\t\tkept[len(kept)-1][0] = 1\n\t}\n}\n",
		Limits: &gobox.Limits{Run: &gobox.StageLimits{MemoryBytes: 32 << 20}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Outcome, result.FindStage(gobox.StageRun).MemoryLimitBytes)
	// Output: oom 33554432
}

// Start a run, follow it, and print what it prints while it does.
func ExampleClient_Events() {
	client := newClient()
	ctx, cancel := within(time.Minute)
	defer cancel()
	run, err := client.Start(ctx, gobox.RunRequest{
		Source: "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfor i := 0; i < 3; i++ {\n\t\tfmt.Println(i)\n\t}\n}\n",
	})
	if err != nil {
		log.Fatal(err)
	}
	events := client.Events(ctx, run.ID, gobox.EventOptions{OmitOutput: true})
	defer events.Close()
	for events.Next() {
		switch event := events.Event(); event.Kind {
		case gobox.EventStdout:
			fmt.Print(event.Output.Text)
		case gobox.EventResult:
			fmt.Println(event.Result.Outcome)
		}
	}
	if err := events.Err(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 0
	// 1
	// 2
	// ok
}

// Feed a program while it runs.
func ExampleClient_Stdin() {
	client := newClient()
	ctx, cancel := within(time.Minute)
	defer cancel()
	run, err := client.Start(ctx, gobox.RunRequest{
		Source: "package main\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n",
		// Without it the input is what Stdin holds.
		StdinOpen: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	input := client.Stdin(ctx, run.ID)
	if _, err := io.Copy(input, strings.NewReader("one\ntwo\n")); err != nil {
		log.Fatal(err)
	}
	if err := input.Close(); err != nil {
		log.Fatal(err)
	}
	result, err := client.Wait(ctx, run.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(result.Stdout)
	// Output:
	// one
	// two
}

// Run the tests of a module.
func ExampleRunRequest_tests() {
	client := newClient()
	ctx, cancel := within(time.Minute)
	defer cancel()
	result, err := client.Run(ctx, gobox.RunRequest{
		Kind: gobox.KindTest,
		Files: map[string]gobox.File{
			"go.mod":      "module example.com/sum\n",
			"sum.go":      "package sum\n\nfunc Sum(a, b int) int { return a - b }\n",
			"sum_test.go": "package sum\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Fail()\n\t}\n}\n",
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, pkg := range result.Tests {
		for _, test := range pkg.Tests {
			fmt.Println(pkg.Package, test.Name, test.Outcome)
		}
	}
	// Output: example.com/sum TestSum fail
}
