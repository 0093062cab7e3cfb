// SPDX-License-Identifier: Apache-2.0

// Package gobox calls sandbox-api: it compiles and runs Go programs that nobody trusts, and says exactly how they
// ended.
//
//	client, err := gobox.New("http://127.0.0.1:8080")
//	result, err := client.Run(ctx, gobox.RunRequest{Source: source})
//	fmt.Println(result.Outcome, result.Stdout)
//
// How a program ends, a compile error included, is never an error of a call: it is in the Result. Errors are
// refusals of the server (*Error, which errors.Is compares with ErrInvalid, ErrQueueFull and others), a context that
// ended, or a connection that failed.
//
// Every call takes a context and ends with it. Refusals that pass (429, 503) are tried again, as often and as long
// as WithRetries says; so are connections that fail, where nothing was asked for that a second call would do twice.
//
// A Client is safe for use by several goroutines at once. An Events and a Stdin belong to one.
package gobox

//go:generate go run ./internal/gen/generate -in ../../api/server/openapi.json -out types_gen.go
