// SPDX-License-Identifier: Apache-2.0

package gobox

// Against a real server: GOBOX_SERVER is its address. GOBOX_NARROW_SERVER is another one that runs one program at a
// time, lets one wait, and wants GOBOX_TOKEN. tests/clients starts both.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"gobox/client/internal/gen"
)

// Examples cannot say that they are skipped.
func TestMain(m *testing.M) {
	flag.Parse()
	if chosen := flag.Lookup("test.run"); os.Getenv("GOBOX_SERVER") == "" && chosen.Value.String() == "" {
		fmt.Fprintln(os.Stderr, "GOBOX_SERVER names no server: examples and the tests that call one are left out")
		_ = chosen.Value.Set("^Test")
	}
	os.Exit(m.Run())
}

func serverAt(t *testing.T, variable string, options ...Option) *Client {
	t.Helper()
	address := os.Getenv(variable)
	if address == "" {
		t.Skip(variable + " is not set")
	}
	client, err := New(address, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func narrow(t *testing.T, options ...Option) *Client {
	return serverAt(t, "GOBOX_NARROW_SERVER", append(options, WithToken(os.Getenv("GOBOX_TOKEN")))...)
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func program(body string, imports ...string) string {
	text := "package main\n"
	for _, each := range imports {
		text += fmt.Sprintf("import %q\n", each)
	}
	return text + "func main() {\n" + body + "\n}\n"
}

var forever = RunRequest{Source: program("println(1); time.Sleep(time.Hour)", "time")}

// documentOf is the OpenAPI document of the server.
func documentOf(t *testing.T, client *Client) []byte {
	t.Helper()
	var document json.RawMessage
	if err := client.get(soon(t), "/openapi.json", &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func TestServerDocumentMakesTheTypesOfThisClient(t *testing.T) {
	made, err := gen.Generate(documentOf(t, serverAt(t, "GOBOX_SERVER")))
	if err != nil {
		t.Fatal(err)
	}
	if here, err := os.ReadFile("types_gen.go"); err != nil || !bytes.Equal(made, here) {
		t.Error("the server's /openapi.json makes other types than types_gen.go has", err)
	}
}

// decodeStrictly fails for fields that the type does not have.
func decodeStrictly(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Errorf("%v in %s", err, text)
	}
}

func TestServerSaysHowEachProgramEnded(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	small := &Limits{Run: &StageLimits{MemoryBytes: 32 << 20}}
	short := &Limits{Run: &StageLimits{WallMS: 500}}
	for name, c := range map[string]struct {
		request RunRequest
		outcome Outcome
		stage   StageName
	}{
		"ok":      {RunRequest{Source: program("println(1)")}, OutcomeOK, StageRun},
		"compile": {RunRequest{Source: program("x")}, OutcomeCompileError, StageCompile},
		"exited":  {RunRequest{Source: program("os.Exit(3)", "os")}, OutcomeExited, StageRun},
		"oom": {RunRequest{Limits: small,
			Source: program("for b := []byte{}; ; b = append(b, make([]byte, 1<<20)...) {}")}, OutcomeOOM, StageRun},
		"timeout": {RunRequest{Limits: short, GraceMS: Ptr(int64(0)), Source: program("for {}")}, OutcomeTimeout, StageRun},
		"violation": {RunRequest{Policy: "strict", Source: program("syscall.RawSyscall(syscall.SYS_UNSHARE, ^uintptr(0), 0, 0)",
			"syscall")}, OutcomePolicyViolation, StageRun},
		"leaked": {RunRequest{Source: program(`exec.Command("/proc/self/exe", "x").Start()
			if len(os.Args) > 1 { time.Sleep(time.Hour) }`, "os", "os/exec", "time")}, OutcomeLeakedProcesses, StageRun},
		"txtar": {RunRequest{Txtar: "-- go.mod --\nmodule m\n-- main.go --\n" + program("println(2)")}, OutcomeOK, StageRun},
		"test": {RunRequest{Kind: KindTest, Test: &TestFlags{Run: "A", Count: Ptr(int64(2))}, Files: map[string]File{
			"go.mod":    "module m\n",
			"a_test.go": "package m\nimport \"testing\"\nfunc TestA(t *testing.T) {}\n"}}, OutcomeOK, StageTest},
		"build": {RunRequest{Kind: KindBuild, Source: program("println(1)")}, OutcomeOK, StageCompile},
	} {
		c := c
		t.Run(name, func(t *testing.T) {
			to, err := submission(c.request, true)
			if err != nil {
				t.Fatal(err)
			}
			var text json.RawMessage
			if _, err := client.json(soon(t), to, &text); err != nil {
				t.Fatal(err)
			}
			var result Result
			decodeStrictly(t, text, &result)
			if result.Outcome != c.outcome || result.Stage != c.stage || result.Message == "" || result.ID == "" {
				t.Errorf("%s in %s: %s", result.Outcome, result.Stage, result.Message)
			}
			if stage := result.FindStage(c.stage); stage == nil || stage.Outcome != c.outcome {
				t.Errorf("of %d stages none is it: %s", len(result.Stages), result.Message)
			}
		})
	}
}

func TestServerGivesBytesAsTheyWere(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	request := RunRequest{Source: program("io.Copy(os.Stdout, os.Stdin); os.Stderr.WriteString(os.Args[1]+os.Getenv(\"A\")); os.Exit(7)",
		"io", "os"), Args: []string{"<&>"}, Env: map[string]string{"A": "\u2028"}}
	input := []byte{0, 1, 254, 255, '\n'}
	request.SetStdin(input)
	result, err := client.Run(soon(t), request)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := result.StdoutBytes(); err != nil || !bytes.Equal(out, input) {
		t.Errorf("%q %v", out, err)
	}
	if text, err := result.StderrBytes(); err != nil || string(text) != "<&>\u2028" || *result.ExitCode != 7 {
		t.Errorf("%q %v", text, err)
	}
}

func TestServerNamesTheFieldThatIsWrong(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	_, err := client.Run(soon(t), RunRequest{Source: "package main", Policy: "missing"})
	var refused *Error
	if !errors.As(err, &refused) || !errors.Is(err, ErrInvalid) || refused.Pointer != "/policy" {
		t.Error(err)
	}
	if _, _, err := client.Get(soon(t), "missing"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestServerCancelsRuns(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	state, err := client.Start(soon(t), forever)
	if err != nil {
		t.Fatal(err)
	}
	if result, state, err := client.Get(soon(t), state.ID); err != nil || result != nil || state.State == StateFinished {
		t.Error(result, state, err)
	}
	if err := client.Cancel(soon(t), state.ID); err != nil {
		t.Fatal(err)
	}
	result, err := client.Wait(soon(t), state.ID)
	if err != nil || result.Outcome != OutcomeCanceled {
		t.Error(result, err)
	}
	if again, _, err := client.Get(soon(t), state.ID); err != nil || again.Outcome != OutcomeCanceled {
		t.Error(again, err)
	}
	if err := client.Cancel(soon(t), state.ID); err != nil {
		t.Error("a run that has ended:", err)
	}
}

// awaitEmpty asks until the caller has no run that is not finished.
func awaitEmpty(t *testing.T, client *Client) {
	t.Helper()
	ctx := soon(t)
	for {
		runs, err := client.Runs(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		active := 0
		for _, run := range runs {
			if run.State != StateFinished {
				active++
			}
		}
		if active == 0 {
			return
		}
		if err := sleep(ctx, firstPause); err != nil {
			t.Fatal(runs)
		}
	}
}

func TestServerEndsARunWithItsContext(t *testing.T) {
	client := narrow(t)
	ctx, cancel := context.WithCancel(soon(t))
	ended := make(chan error)
	go func() {
		_, err := client.Run(ctx, forever)
		ended <- err
	}()
	for running := false; !running; {
		runs, err := client.Runs(soon(t), StateRunning)
		if err != nil {
			t.Fatal(err)
		}
		running = len(runs) == 1
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	awaitEmpty(t, client)
}

func TestServerSaysWhatIsThere(t *testing.T) {
	client := serverAt(t, "GOBOX_SERVER")
	if err := client.WaitReady(soon(t)); err != nil {
		t.Error(err)
	}
	if toolchains, err := client.Toolchains(soon(t)); err != nil || len(toolchains) == 0 || !toolchains[0].Default {
		t.Error(toolchains, err)
	}
	if policies, err := client.Policies(soon(t)); err != nil || len(policies) == 0 || policies[0].Limits.Run.MemoryBytes == 0 {
		t.Error(policies, err)
	}
	if workers, err := client.Workers(soon(t)); err != nil || len(workers) != 0 {
		t.Error(workers, err)
	}
	if modules, err := client.Modules(soon(t)); err != nil || modules.Enabled {
		t.Error(modules, err)
	}
}

func TestServerKnowsItsCallersByTheirTokens(t *testing.T) {
	client := serverAt(t, "GOBOX_NARROW_SERVER", WithToken("wrong"))
	if _, err := client.Toolchains(soon(t)); !errors.Is(err, ErrUnauthorized) {
		t.Error(err)
	}
	if err := client.Ready(soon(t)); err != nil {
		t.Error(err)
	}
	_, err := narrow(t).Run(soon(t), RunRequest{Source: program("println(1)"), Policy: "strict"})
	if !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
}

func TestServerWithAFullQueueTakesARunLater(t *testing.T) {
	client := narrow(t)
	ctx := soon(t)
	var ids []string
	for i := 0; i < 2; i++ {
		state, err := client.Start(ctx, forever)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, state.ID)
		if i > 0 {
			continue
		}
		for running := false; !running; { // the second one is to wait
			_, now, err := client.Get(ctx, state.ID)
			if err != nil || now == nil {
				t.Fatal(now, err)
			}
			running = now.State == StateRunning
		}
	}
	_, err := narrow(t, WithRetries(0, 0)).Run(ctx, RunRequest{Source: program("println(3)")})
	var refused *Error
	if !errors.As(err, &refused) || !errors.Is(err, ErrQueueFull) || refused.RetryAfter < time.Second {
		t.Fatal(err)
	}
	patient := narrow(t)
	slept := 0
	patient.sleep = func(context.Context, time.Duration) error { // instead of sleeping, make room
		slept++
		for _, id := range ids {
			if err := client.Cancel(ctx, id); err != nil {
				t.Error(err)
			}
		}
		awaitEmpty(t, client)
		return nil
	}
	result, err := patient.Run(ctx, RunRequest{Source: program("println(3)")})
	if err != nil || result.Stderr != "3\n" || slept != 1 {
		t.Error(result, err, slept)
	}
}

// A connection of its own for each call would cost more than many a run.
func TestServerIsCalledOverConnectionsThatStay(t *testing.T) {
	dialed := 0
	transport := newTransport()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed++
		return dial(ctx, network, address)
	}
	client := serverAt(t, "GOBOX_SERVER", WithHTTPClient(&http.Client{Transport: transport}))
	for i := 0; i < 3; i++ {
		if _, err := client.Run(soon(t), RunRequest{Source: program("println(1)")}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := client.Get(soon(t), "missing"); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
	}
	if dialed != 1 {
		t.Errorf("%d connections for six calls", dialed)
	}
}
