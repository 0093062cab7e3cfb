// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// EventKind is what an event tells of. A newer server may know more of them.
type EventKind string

// The kinds of events.
const (
	EventStage  EventKind = "stage"
	EventStdout EventKind = "stdout"
	EventStderr EventKind = "stderr"
	EventUsage  EventKind = "usage"
	EventTest   EventKind = "test"
	EventResult EventKind = "result"
)

// Event is one thing that happened to a run. Of the pointers, the one of its kind is set.
type Event struct {
	ID     int64 // from 1, without gaps
	Kind   EventKind
	Data   json.RawMessage
	Stage  *StageEvent
	Output *OutputEvent // of stdout and stderr
	Usage  *UsageEvent
	Test   *TestEvent
	Result *Result // always the last
}

// StageEvent is the beginning or the end of a stage.
type StageEvent struct {
	Stage   StageName `json:"stage"`
	State   string    `json:"state"`   // started, ended
	Outcome Outcome   `json:"outcome"` // at the end
}

// OutputEvent is a piece of what a stage writes.
type OutputEvent struct {
	Stage    StageName `json:"stage"`
	Text     string    `json:"text"`
	Encoding Encoding  `json:"encoding"`
}

// Bytes are the piece as it was written.
func (e *OutputEvent) Bytes() ([]byte, error) { return decode(e.Text, e.Encoding) }

// UsageEvent is what a stage has used so far, and, where the pointers are set, what it uses at the moment.
type UsageEvent struct {
	Stage            StageName `json:"stage"`
	WallMS           float64   `json:"wall_ms"`
	CPUMS            float64   `json:"cpu_ms"`
	ThrottledMS      float64   `json:"throttled_ms"`
	MemoryPeakBytes  int64     `json:"memory_peak_bytes"`
	MemoryLimitBytes int64     `json:"memory_limit_bytes"`
	PIDsLimit        int64     `json:"pids_limit"`
	MemoryBytes      *int64    `json:"memory_bytes"`
	HeapBytes        *int64    `json:"heap_bytes"`
	CacheBytes       *int64    `json:"cache_bytes"`
	FilesBytes       *int64    `json:"files_bytes"`
	Processes        *int64    `json:"processes"`
}

// TestEvent is a step of a test, or of its package where Test is "".
type TestEvent struct {
	Action    string   `json:"action"` // start, run, pass, fail, skip, ...
	Package   string   `json:"package"`
	Test      string   `json:"test"`
	ElapsedMS *float64 `json:"elapsed_ms"`
}

// EventOptions choose what Events tells.
type EventOptions struct {
	// After is the id of the last event that is known already; 0: from the beginning.
	After int64
	// OmitOutput leaves stdout and stderr out of the result, which has them as events.
	OmitOutput bool
}

// Events follows a run. It is used as a bufio.Scanner is, by one goroutine:
//
//	for events.Next() {
//		event := events.Event()
//	}
//	err := events.Err()
//
// A connection that breaks is made again, behind the last event seen.
type Events struct {
	client   *Client
	ctx      context.Context
	path     string
	query    url.Values
	last     int64
	event    Event
	stream   *stream // nil: not connected
	failures int     // since the last event
	done     bool
	err      error
}

// Events tells what happens to a run, as it happens, from its beginning to its result. Nothing is asked before the
// first Next. When ctx ends, Next ends; the run goes on. Close it.
func (c *Client) Events(ctx context.Context, id string, options EventOptions) *Events {
	events := &Events{client: c, ctx: ctx, path: runPath(id) + "/events", last: options.After}
	if options.OmitOutput {
		events.query = url.Values{"omit": {"stdout,stderr"}}
	}
	return events
}

// Next waits for the next event. It is false behind the result, and where Err says why there is none.
func (e *Events) Next() bool {
	for !e.done {
		if e.stream == nil && !e.connect() {
			return false
		}
		message, err := e.stream.next()
		if err != nil {
			e.lost(err)
			continue
		}
		if message.id == 0 || message.id <= e.last {
			continue // nothing of ours, or known already
		}
		if e.event, err = readEvent(message); err != nil {
			e.end(err)
			return false
		}
		e.last, e.failures = message.id, 0
		if e.event.Result != nil {
			e.end(nil)
		}
		return true
	}
	return false
}

// Event is what the last Next found.
func (e *Events) Event() Event { return e.event }

// Err is why Next ended before the result; nil behind it.
func (e *Events) Err() error { return e.err }

// Close lets go of the connection. The run goes on.
func (e *Events) Close() { e.end(e.err) }

func (e *Events) end(err error) {
	e.done, e.err = true, err
	e.disconnect()
}

func (e *Events) disconnect() {
	if e.stream != nil {
		e.stream.close()
		e.stream = nil
	}
}

func (e *Events) connect() bool {
	ctx, cancel := context.WithCancel(e.ctx)
	header := http.Header{"Accept": {"text/event-stream"}}
	if e.last > 0 {
		header.Set("Last-Event-ID", strconv.FormatInt(e.last, 10))
	}
	answer, err := e.client.do(ctx, &call{method: http.MethodGet, path: e.path, query: e.query, header: header})
	if err != nil {
		cancel()
		e.end(err)
		return false
	}
	e.stream = newStream(answer.Body, cancel, e.client.silence, e.client.answerLimit)
	return true
}

// lost waits before the connection is made again, or ends where that has been in vain too often.
func (e *Events) lost(err error) {
	e.disconnect()
	if e.ctx.Err() != nil {
		e.end(e.ctx.Err())
		return
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	wait := backoff(e.failures)
	if e.failures >= e.client.retries || errors.Is(err, errTooLong) {
		e.end(fmt.Errorf("gobox: the events of a run ended without its result: %w", err))
		return
	}
	e.failures++
	if err := e.client.sleep(e.ctx, wait); err != nil {
		e.end(err)
	}
}

func readEvent(message message) (Event, error) {
	event := Event{ID: message.id, Kind: EventKind(message.kind), Data: message.data}
	var into any
	switch event.Kind {
	case EventStage:
		event.Stage = new(StageEvent)
		into = event.Stage
	case EventStdout, EventStderr:
		event.Output = new(OutputEvent)
		into = event.Output
	case EventUsage:
		event.Usage = new(UsageEvent)
		into = event.Usage
	case EventTest:
		event.Test = new(TestEvent)
		into = event.Test
	case EventResult:
		event.Result = new(Result)
		into = event.Result
	default:
		return event, nil
	}
	if err := json.Unmarshal(message.data, into); err != nil {
		return event, fmt.Errorf("gobox: event %d, %s: %w", message.id, message.kind, err)
	}
	return event, nil
}
