// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestServerTellsEventsInOrder(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	state, err := client.Start(soon(t), RunRequest{
		Source: program("print(\"err\"); os.Stdout.Write([]byte{255}); time.Sleep(300*time.Millisecond)", "os", "time")})
	if err != nil {
		t.Fatal(err)
	}
	stream := client.Events(soon(t), state.ID, EventOptions{OmitOutput: true})
	defer stream.Close()
	var printed [2][]byte
	kinds := map[EventKind]int{}
	for want := int64(1); stream.Next(); want++ {
		event := stream.Event()
		if event.ID != want {
			t.Fatalf("event %d comes at place %d", event.ID, want)
		}
		kinds[event.Kind]++
		into := map[EventKind]any{EventStage: new(StageEvent), EventStdout: new(OutputEvent), EventStderr: new(OutputEvent),
			EventUsage: new(UsageEvent), EventResult: new(Result)}[event.Kind]
		decodeStrictly(t, event.Data, into)
		if event.Output != nil {
			piece, err := event.Output.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			which := 0
			if event.Kind == EventStderr {
				which = 1
			}
			printed[which] = append(printed[which], piece...)
		}
	}
	if stream.Err() != nil || string(printed[0]) != "\xff" || string(printed[1]) != "err" {
		t.Errorf("%q %v", printed, stream.Err())
	}
	if kinds[EventStage] != 4 || kinds[EventUsage] < 2 || kinds[EventResult] != 1 {
		t.Error(kinds)
	}
	if result := stream.Event().Result; !result.OK() || result.Stdout != "" || result.Stderr != "" {
		t.Errorf("%+v", result)
	}
}

func TestServerTellsOfEachTest(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	state, err := client.Start(soon(t), RunRequest{Kind: KindTest, Files: map[string]File{"go.mod": "module m\n",
		"a_test.go": "package m\nimport \"testing\"\nfunc TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Skip() }\n"}})
	if err != nil {
		t.Fatal(err)
	}
	stream := client.Events(soon(t), state.ID, EventOptions{})
	defer stream.Close()
	seen := map[string]bool{}
	for stream.Next() {
		if test := stream.Event().Test; test != nil {
			decodeStrictly(t, stream.Event().Data, new(TestEvent))
			seen[test.Action+" "+test.Test] = true
		}
	}
	if stream.Err() != nil || !seen["pass TestA"] || !seen["skip TestB"] {
		t.Fatal(seen, stream.Err())
	}
	tests := stream.Event().Result.Tests
	if len(tests) != 1 || len(tests[0].Tests) != 2 || tests[0].Tests[0].Outcome != TestPass {
		t.Errorf("%+v", tests)
	}
}

// breaking passes bytes on to a server, and cuts the first connection after so many of the server's bytes, the second
// after twice as many, and so on: however large an event is, it comes through.
func breaking(t *testing.T, address string, after int64) (string, *int64) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	connections := new(int64)
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
			if err != nil {
				near.Close()
				continue
			}
			most := after * atomic.AddInt64(connections, 1)
			go io.Copy(far, near)
			go func() {
				io.CopyN(near, far, most)
				near.Close()
				far.Close()
			}()
		}
	}()
	return "http://" + listener.Addr().String(), connections
}

func TestServerGoesOnWhereAStreamBroke(t *testing.T) {
	direct := serverAt(t, "GOBOX_SERVER")
	state, err := direct.Start(soon(t), RunRequest{
		Source: program("for i := 0; i < 200; i++ { fmt.Println(i); time.Sleep(time.Millisecond) }", "fmt", "time")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := direct.Wait(soon(t), state.ID); err != nil {
		t.Fatal(err)
	}
	address, connections := breaking(t, os.Getenv("GOBOX_SERVER"), 1500)
	client, err := New(address, WithRetries(20, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	client.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	stream := client.Events(soon(t), state.ID, EventOptions{OmitOutput: true})
	defer stream.Close()
	var text, want string
	for i := 0; i < 200; i++ {
		want += fmt.Sprintln(i)
	}
	for stream.Next() {
		if output := stream.Event().Output; output != nil {
			text += output.Text
		}
	}
	if stream.Err() != nil || text != want || atomic.LoadInt64(connections) < 3 {
		t.Errorf("%d connections, %q, %v", atomic.LoadInt64(connections), text, stream.Err())
	}
}

func TestServerTakesInputWhileItRuns(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	state, err := client.Start(soon(t), RunRequest{Stdin: "first ", StdinOpen: true,
		Source: program("time.Sleep(200*time.Millisecond); io.Copy(os.Stdout, os.Stdin)", "io", "os", "time")})
	if err != nil {
		t.Fatal(err)
	}
	input := client.Stdin(soon(t), state.ID)
	text := strings.Repeat("0123456789abcdef", 20_000)
	if n, err := io.Copy(input, strings.NewReader(text)); err != nil || n != int64(len(text)) {
		t.Fatal(n, err)
	}
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	result, err := client.Wait(soon(t), state.ID)
	if err != nil || !result.OK() || result.Stdout != "first "+text {
		t.Errorf("%v, %d bytes", err, len(result.Stdout))
	}
	if _, err := client.Feed(soon(t), state.ID, []byte("late"), false); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}
