// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What errors.Is finds in an *Error, by its status.
var (
	ErrMalformed    = errors.New("the request is malformed")             // 400
	ErrUnauthorized = errors.New("no token, or an unknown one")          // 401
	ErrForbidden    = errors.New("the caller may not do that")           // 403
	ErrNotFound     = errors.New("there is no such thing")               // 404
	ErrConflict     = errors.New("the run is not in a state for that")   // 409
	ErrTooLarge     = errors.New("the request is too large")             // 413
	ErrInvalid      = errors.New("a field of the request is not valid")  // 422
	ErrQueueFull    = errors.New("the queue is full")                    // 429
	ErrUnavailable  = errors.New("the server takes no runs at the time") // 503
)

var byStatus = map[int64]error{
	http.StatusBadRequest:            ErrMalformed,
	http.StatusUnauthorized:          ErrUnauthorized,
	http.StatusForbidden:             ErrForbidden,
	http.StatusNotFound:              ErrNotFound,
	http.StatusConflict:              ErrConflict,
	http.StatusRequestEntityTooLarge: ErrTooLarge,
	http.StatusUnprocessableEntity:   ErrInvalid,
	http.StatusTooManyRequests:       ErrQueueFull,
	http.StatusServiceUnavailable:    ErrUnavailable,
}

// Error is a refusal by the server.
type Error struct {
	Problem
	// RetryAfter is how long the server asks to wait; 0 where it says nothing.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	text := fmt.Sprintf("gobox: %d %s", e.Status, e.Title)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Is compares with the Err values of this package.
func (e *Error) Is(target error) bool {
	known, ok := byStatus[e.Status]
	return ok && known == target
}

const mostProblem = 64 << 10

// refusal reads an answer that is none: RFC 9457, or whatever a proxy in between wrote.
func refusal(answer *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(answer.Body, mostProblem))
	refused := &Error{RetryAfter: retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/problem+json") {
		_ = json.Unmarshal(body, &refused.Problem) // what is missing is filled in below
	} else {
		refused.Detail = strings.TrimSpace(string(body))
	}
	refused.Status = int64(answer.StatusCode)
	if refused.Title == "" {
		refused.Title = http.StatusText(answer.StatusCode)
	}
	return refused
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}
