// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

const jsonType = "application/json"

func runPath(id string) string { return "/v1/runs/" + url.PathEscape(id) }

// Run compiles and runs a program, and returns when it has ended. When ctx ends, so does the run.
func (c *Client) Run(ctx context.Context, request RunRequest) (*Result, error) {
	to, err := submission(request, true)
	if err != nil {
		return nil, err
	}
	return c.result(ctx, to)
}

// Start asks for a run and returns at once. The run goes on whatever becomes of ctx and of the connection; Wait,
// Events and Get find it by its id, and Cancel ends it.
func (c *Client) Start(ctx context.Context, request RunRequest) (*RunState, error) {
	to, err := submission(request, false)
	if err != nil {
		return nil, err
	}
	return c.accepted(ctx, to)
}

func submission(request RunRequest, wait bool) (*call, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("gobox: the request: %w", err)
	}
	to := &call{method: http.MethodPost, path: "/v1/runs"}
	if !wait {
		to.query = url.Values{"wait": {"false"}}
	}
	to.withBytes(jsonType, body)
	return to, nil
}

func (c *Client) result(ctx context.Context, to *call) (*Result, error) {
	result := new(Result)
	if _, err := c.json(ctx, to, result); err != nil {
		return nil, err
	}
	return result, nil
}

func (c *Client) accepted(ctx context.Context, to *call) (*RunState, error) {
	state := new(RunState)
	if _, err := c.json(ctx, to, state); err != nil {
		return nil, err
	}
	return state, nil
}

// Get is the result of a run that has ended, or else its state; the other is nil.
func (c *Client) Get(ctx context.Context, id string) (*Result, *RunState, error) {
	var answer json.RawMessage
	if err := c.get(ctx, runPath(id), &answer); err != nil {
		return nil, nil, err
	}
	return readRun(answer)
}

// readRun tells the two kinds of answer apart: a Result has an outcome, a RunState a state.
func readRun(answer []byte) (*Result, *RunState, error) {
	var both struct {
		Outcome *string `json:"outcome"`
	}
	if err := json.Unmarshal(answer, &both); err != nil {
		return nil, nil, fmt.Errorf("gobox: the state of a run: %w", err)
	}
	if both.Outcome == nil {
		state := new(RunState)
		return nil, state, json.Unmarshal(answer, state)
	}
	result := new(Result)
	if err := json.Unmarshal(answer, result); err != nil {
		return nil, nil, fmt.Errorf("gobox: the result of a run: %w", err)
	}
	return result, nil, nil
}

// Wait returns the result of a run as soon as there is one. When ctx ends, the run goes on.
func (c *Client) Wait(ctx context.Context, id string) (*Result, error) {
	events := c.Events(ctx, id, EventOptions{})
	defer events.Close()
	for events.Next() {
		if result := events.Event().Result; result != nil {
			return result, nil
		}
	}
	return nil, events.Err()
}

// Cancel ends a run; its outcome becomes "canceled". A run that has ended stays as it is.
func (c *Client) Cancel(ctx context.Context, id string) error {
	_, err := c.json(ctx, &call{method: http.MethodDelete, path: runPath(id)}, nil)
	return err
}

// Runs lists the caller's own runs, of that state where one is named. Who has no token on a server that knows
// tokens has no list (ErrForbidden).
func (c *Client) Runs(ctx context.Context, state State) ([]RunState, error) {
	to := &call{method: http.MethodGet, path: "/v1/runs"}
	if state != "" {
		to.query = url.Values{"state": {string(state)}}
	}
	var answer ListRunsAnswer
	_, err := c.json(ctx, to, &answer)
	return answer.Runs, err
}

// Toolchains lists the server's Go toolchains, the default first.
func (c *Client) Toolchains(ctx context.Context) ([]Toolchain, error) {
	var answer Toolchains
	err := c.get(ctx, "/v1/toolchains", &answer)
	return answer.Toolchains, err
}

// Policies lists what runs get, and what they may ask for.
func (c *Client) Policies(ctx context.Context) ([]Policy, error) {
	var answer Policies
	err := c.get(ctx, "/v1/policies", &answer)
	return answer.Policies, err
}

// Modules lists what the server keeps of other people's modules.
func (c *Client) Modules(ctx context.Context) (*Modules, error) {
	answer := new(Modules)
	if err := c.get(ctx, "/v1/modules", answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// Workers lists what takes runs off the queue of a front end; a server that runs everything itself has none.
func (c *Client) Workers(ctx context.Context) ([]Worker, error) {
	var answer Workers
	err := c.get(ctx, "/v1/workers", &answer)
	return answer.Workers, err
}

// Ready is nil when the server takes runs, and says else why it does not. It asks once.
func (c *Client) Ready(ctx context.Context) error {
	_, err := c.json(ctx, &call{method: http.MethodGet, path: "/readyz", once: true}, nil)
	return err
}

// WaitReady asks until the server takes runs, or ctx ends; then the last answer is the error.
func (c *Client) WaitReady(ctx context.Context) error {
	for {
		err := c.Ready(ctx)
		if err == nil {
			return nil
		}
		var refused *Error
		if errors.As(err, &refused) && refused.Status != http.StatusServiceUnavailable {
			return err
		}
		if ctx.Err() != nil || passes(ctx, firstBackoff) {
			return err
		}
		if c.sleep(ctx, firstBackoff) != nil {
			return err
		}
	}
}
