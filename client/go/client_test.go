// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// script answers a server's calls one after the other, and the last one for ever.
type script struct {
	mutex    sync.Mutex
	answers  []http.HandlerFunc
	requests []*http.Request
	bodies   []string
}

func (s *script) ServeHTTP(to http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	s.mutex.Lock()
	number := len(s.requests)
	s.requests = append(s.requests, request)
	s.bodies = append(s.bodies, string(body))
	s.mutex.Unlock()
	if number >= len(s.answers) {
		number = len(s.answers) - 1
	}
	s.answers[number](to, request)
}

func (s *script) seen() []*http.Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]*http.Request(nil), s.requests...)
}

func (s *script) sent() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.bodies...)
}

// against is a client of a scripted server, which notes how long it would have slept.
func against(t *testing.T, options []Option, answers ...http.HandlerFunc) (*Client, *script, *[]time.Duration) {
	t.Helper()
	steps := &script{answers: answers}
	server := httptest.NewServer(steps)
	t.Cleanup(server.Close)
	client, err := New(server.URL, options...)
	if err != nil {
		t.Fatal(err)
	}
	slept := &[]time.Duration{}
	client.sleep = func(ctx context.Context, wait time.Duration) error {
		*slept = append(*slept, wait)
		return ctx.Err()
	}
	return client, steps, slept
}

func refuse(status int, after, detail string) http.HandlerFunc {
	return func(to http.ResponseWriter, _ *http.Request) {
		to.Header().Set("Content-Type", "application/problem+json")
		if after != "" {
			to.Header().Set("Retry-After", after)
		}
		to.WriteHeader(status)
		fmt.Fprintf(to, `{"type":"about:blank","title":"T","status":%d,"detail":%q,"pointer":"/p"}`, status, detail)
	}
}

func answer(body string) http.HandlerFunc {
	return func(to http.ResponseWriter, _ *http.Request) { io.WriteString(to, body) }
}

const okResult = `{"id": "r", "outcome": "ok", "stdout": "hello\n", "stdout_encoding": "utf-8", "signal": null}`

func TestRefusalsThatPassAreTriedAgainAfterAsLongAsTheServerSays(t *testing.T) {
	client, steps, slept := against(t, []Option{WithToken("secret")},
		refuse(429, "3", "full"), refuse(503, "", "draining"), answer(okResult))
	result, err := client.Run(context.Background(), RunRequest{Source: "package main"})
	if err != nil || !result.OK() {
		t.Fatal(result, err)
	}
	if len(*slept) != 2 || (*slept)[0] < 3*time.Second || (*slept)[0] > 4*time.Second || (*slept)[1] >= time.Second {
		t.Errorf("slept %v", *slept)
	}
	for i, body := range steps.sent() {
		if body != `{"source":"package main"}` || steps.seen()[i].Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("call %d: %s %v", i, body, steps.seen()[i].Header)
		}
	}
}

func TestPatienceEnds(t *testing.T) {
	in := func(d time.Duration) context.Context {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		t.Cleanup(cancel)
		return ctx
	}
	for name, c := range map[string]struct {
		ctx    context.Context
		option Option
		after  string
		calls  int
	}{
		"after so many retries":                    {context.Background(), WithRetries(2, time.Minute), "1", 3},
		"where none is wanted":                     {context.Background(), WithRetries(0, time.Minute), "1", 1},
		"where the server asks for more":           {context.Background(), WithRetries(9, time.Second), "2", 1},
		"where the context would end while asleep": {in(time.Minute), WithRetries(9, time.Hour), "120", 1},
	} {
		client, steps, _ := against(t, []Option{c.option}, refuse(429, c.after, "full"))
		_, err := client.Run(c.ctx, RunRequest{Source: "x"})
		var refused *Error
		if !errors.As(err, &refused) || !errors.Is(err, ErrQueueFull) || refused.RetryAfter == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if len(steps.seen()) != c.calls {
			t.Errorf("%s: %d calls", name, len(steps.seen()))
		}
	}
}

func TestOtherRefusalsAreErrorsAtOnce(t *testing.T) {
	for status, known := range byStatus {
		if known == ErrQueueFull || known == ErrUnavailable {
			continue
		}
		client, steps, _ := against(t, nil, refuse(int(status), "", "because"))
		_, err := client.Run(context.Background(), RunRequest{Source: "x"})
		var refused *Error
		if !errors.Is(err, known) || !errors.As(err, &refused) || errors.Is(err, ErrQueueFull) {
			t.Fatalf("%d: %v", status, err)
		}
		if refused.Pointer != "/p" || refused.Detail != "because" || len(steps.seen()) != 1 {
			t.Errorf("%d: %+v", status, refused)
		}
	}
}

func TestWhatAProxyInBetweenAnswersIsAnErrorToo(t *testing.T) {
	client, _, _ := against(t, []Option{WithRetries(0, 0)}, func(to http.ResponseWriter, _ *http.Request) {
		http.Error(to, "<h1>Bad Gateway</h1>", http.StatusBadGateway)
	})
	err := client.Ready(context.Background())
	if err == nil || err.Error() != "gobox: 502 Bad Gateway: <h1>Bad Gateway</h1>" {
		t.Error(err)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "99999999999999999999": 0,
		now.Add(time.Minute).Format(http.TimeFormat):  time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if is := retryAfter(text, now); is != want {
			t.Errorf("%q: %v", text, is)
		}
	}
}

func hangUp(to http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }

// A run that may have happened is not asked for twice; what only looks is.
func TestABrokenConnectionIsMadeAgainWhereNothingIsDoneTwice(t *testing.T) {
	client, steps, _ := against(t, nil, hangUp, answer(okResult))
	if _, err := client.Run(context.Background(), RunRequest{Source: "x"}); err == nil || len(steps.seen()) != 1 {
		t.Errorf("%d calls: %v", len(steps.seen()), err)
	}
	client, steps, _ = against(t, nil, hangUp, answer(okResult))
	if result, _, err := client.Get(context.Background(), "r"); err != nil || result == nil || len(steps.seen()) != 2 {
		t.Errorf("%d calls: %v", len(steps.seen()), err)
	}
}

func TestAnAnswerIsReadUpToItsBound(t *testing.T) {
	for limit, fits := range map[int64]bool{int64(len(okResult)): true, int64(len(okResult)) - 1: false} {
		client, _, _ := against(t, []Option{WithAnswerLimit(limit)}, answer(okResult))
		if _, err := client.Run(context.Background(), RunRequest{Source: "x"}); (err == nil) != fits {
			t.Errorf("%d: %v", limit, err)
		}
	}
}

func TestAddressesOfServers(t *testing.T) {
	for address, fits := range map[string]bool{
		"http://127.0.0.1:8080": true, "https://example.com/sandbox/": true, "127.0.0.1:8080": false, "": false,
		"ftp://example.com": false, "http://": false, "http://a/?b": false, "http://a b": false,
	} {
		if _, err := New(address); (err == nil) != fits {
			t.Errorf("%q: %v", address, err)
		}
	}
	client, err := New("https://example.com/sandbox/")
	if err != nil {
		t.Fatal(err)
	}
	request, err := client.request(context.Background(), &call{method: "GET", path: runPath("a/b")})
	if err != nil || request.URL.String() != "https://example.com/sandbox/v1/runs/a%2Fb" {
		t.Error(request, err)
	}
}

func TestRequestsAsTheServerReadsThem(t *testing.T) {
	for want, request := range map[string]RunRequest{
		`{"source":"a","grace_ms":0,"limits":{"run":{"memory_bytes":67108864}}}`: {
			Source: "a", GraceMS: Ptr(int64(0)), Limits: &Limits{Run: &StageLimits{MemoryBytes: 64 << 20}}},
		`{"files":{"a.go":"package a","b.bin":{"base64":"AP8="}}}`: {
			Files: map[string]File{"a.go": "package a", "b.bin": "\x00\xff"}},
		`{"artifacts":["*.png"],"source":"a"}`: {Source: "a", Extra: map[string]any{"artifacts": []string{"*.png"}}},
	} {
		text, err := json.Marshal(request)
		if err != nil || string(text) != want {
			t.Errorf("%s, and should be %s (%v)", text, want, err)
		}
	}
	if text, err := json.Marshal(RunRequest{Source: "a", Extra: map[string]any{"source": 1}}); err == nil {
		t.Errorf("a field given twice is sent: %s", text)
	}
}

func TestFilesKeepTheirBytes(t *testing.T) {
	for _, file := range []File{"", "text", "\x00\xff\xfe", "<&>\u2028"} {
		text, err := json.Marshal(file)
		var back File
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		if err != nil || back != file {
			t.Errorf("%q became %q by way of %s (%v)", file, back, text, err)
		}
	}
}

func TestInputKeepsItsBytes(t *testing.T) {
	var request RunRequest
	for _, input := range []string{"", "text", "\xff\x00"} {
		request.SetStdin([]byte(input))
		if back, err := decode(request.Stdin, request.StdinEncoding); err != nil || string(back) != input {
			t.Errorf("%q became %q (%v)", input, back, err)
		}
	}
}

func TestInputWaitsForAProgramThatDoesNotRead(t *testing.T) {
	feed := func(taken int, open bool) http.HandlerFunc {
		return answer(fmt.Sprintf(`{"accepted_bytes": %d, "open": %v}`, taken, open))
	}
	client, steps, slept := against(t, nil, feed(3, true), feed(0, true), feed(2, true), feed(0, false))
	input := client.Stdin(context.Background(), "r")
	if n, err := input.Write([]byte("hello")); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(steps.sent(), ","); got != "hello,lo,lo," || len(*slept) != 1 {
		t.Errorf("%s, slept %v", got, *slept)
	}
	if query := steps.seen()[3].URL.RawQuery; query != "eof=true" {
		t.Error(query)
	}
	if _, err := input.Write([]byte("more")); err != io.ErrClosedPipe {
		t.Error(err)
	}
}
