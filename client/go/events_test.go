// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func frame(id int, kind, data string) string {
	return fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, kind, data)
}

// events answers with these frames and then breaks the connection off.
func events(frames ...string) http.HandlerFunc {
	return func(to http.ResponseWriter, _ *http.Request) {
		to.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(to, strings.Join(frames, ""))
		to.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func started(id int) string { return frame(id, "stage", `{"stage":"run","state":"started"}`) }
func printed(id int, text string) string {
	return frame(id, "stdout", fmt.Sprintf(`{"stage":"run","text":%q,"encoding":"utf-8"}`, text))
}
func ended(id int) string { return frame(id, "result", okResult) }

func TestABrokenStreamGoesOnBehindTheLastEvent(t *testing.T) {
	client, steps, _ := against(t, nil,
		events(started(1), ": still running\n\n", printed(2, "a"), "id: 3\nevent: stdout\ndata: {\"sta"),
		refuse(503, "1", "restarting"), hangUp,
		events(printed(2, "a"), printed(3, "b"), ended(4)))
	stream := client.Events(context.Background(), "r", EventOptions{OmitOutput: true})
	defer stream.Close()
	var ids []int64
	var text string
	for stream.Next() {
		event := stream.Event()
		ids = append(ids, event.ID)
		if event.Output != nil {
			text += event.Output.Text
		}
	}
	if stream.Err() != nil || fmt.Sprint(ids) != "[1 2 3 4]" || text != "ab" || !stream.Event().Result.OK() {
		t.Fatal(ids, text, stream.Err())
	}
	if stream.Next() {
		t.Error("there is something behind the result")
	}
	for i, want := range []string{"", "2", "2", "2"} {
		request := steps.seen()[i]
		if got := request.Header.Get("Last-Event-ID"); got != want || request.URL.RawQuery != "omit=stdout%2Cstderr" {
			t.Errorf("call %d: Last-Event-ID %q, %s", i, got, request.URL)
		}
	}
}

func TestAStreamThatNeverGetsAnywhereEnds(t *testing.T) {
	client, steps, _ := against(t, []Option{WithRetries(3, time.Minute)}, events(started(1)))
	_, err := client.Wait(context.Background(), "r")
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(steps.seen()) != 4 {
		t.Errorf("%d calls: %v", len(steps.seen()), err)
	}
}

func TestWaitSaysThatThereIsNoSuchRun(t *testing.T) {
	client, _, _ := against(t, nil, refuse(404, "", "there is no run r"))
	if _, err := client.Wait(context.Background(), "r"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// hang sends what there is and then nothing, until the other end lets go.
func hang(frames ...string) http.HandlerFunc {
	return func(to http.ResponseWriter, request *http.Request) {
		io.WriteString(to, strings.Join(frames, ""))
		to.(http.Flusher).Flush()
		<-request.Context().Done()
	}
}

func TestASilentConnectionIsMadeAgain(t *testing.T) {
	client, _, _ := against(t, []Option{WithSilence(50 * time.Millisecond)}, hang(started(1)), events(ended(2)))
	if result, err := client.Wait(context.Background(), "r"); err != nil || !result.OK() {
		t.Error(err)
	}
}

func TestAStreamEndsWithItsContext(t *testing.T) {
	client, _, _ := against(t, nil, hang(started(1)))
	ctx, cancel := context.WithCancel(context.Background())
	stream := client.Events(ctx, "r", EventOptions{})
	defer stream.Close()
	if !stream.Next() {
		t.Fatal(stream.Err())
	}
	cancel()
	if stream.Next() || !errors.Is(stream.Err(), context.Canceled) {
		t.Error(stream.Err())
	}
}

func TestEventsOfALaterServerAreHandedOn(t *testing.T) {
	client, _, _ := against(t, nil, events("retry: 10\nid: 1\nevent: weather\ndata: 1\ndata: 2\n\n", ended(2)))
	stream := client.Events(context.Background(), "r", EventOptions{})
	defer stream.Close()
	if !stream.Next() || stream.Event().Kind != "weather" || string(stream.Event().Data) != "1\n2" {
		t.Error(stream.Event(), stream.Err())
	}
}

func TestAnEventIsReadUpToTheBoundOfAnAnswer(t *testing.T) {
	client, steps, _ := against(t, []Option{WithAnswerLimit(100 << 10)}, events(printed(1, strings.Repeat("x", 200<<10))))
	if _, err := client.Wait(context.Background(), "r"); !errors.Is(err, errTooLong) || len(steps.seen()) != 1 {
		t.Errorf("%d calls: %v", len(steps.seen()), err)
	}
}
