// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	mostInput  = 64 << 10              // what waits for a program at most
	firstPause = 20 * time.Millisecond // where a program does not read
	mostPause  = time.Second
)

// Feed sends a run that was started with StdinOpen more of its standard input, and, where eof is set, the end of it.
// It says how much was taken: less than all where the program has not read what waits. The input stays open then, and
// the rest is to be sent again. Stdin does all of that.
func (c *Client) Feed(ctx context.Context, id string, input []byte, eof bool) (int, error) {
	to := &call{method: http.MethodPost, path: runPath(id) + "/stdin"}
	if eof {
		to.query = url.Values{"eof": {"true"}}
	}
	to.withBytes("application/octet-stream", input)
	var answer FeedRunAnswer
	_, err := c.json(ctx, to, &answer)
	return int(answer.AcceptedBytes), err
}

// Stdin is the standard input of a run that was started with StdinOpen. Write returns when all has been taken, and
// waits for a program that does not read until ctx or the run ends (ErrNotFound). Close ends the input. Of one
// goroutine.
func (c *Client) Stdin(ctx context.Context, id string) *Stdin {
	return &Stdin{client: c, ctx: ctx, id: id}
}

// Stdin is an io.WriteCloser.
type Stdin struct {
	client *Client
	ctx    context.Context
	id     string
	closed bool
}

var _ io.WriteCloser = (*Stdin)(nil)

func (s *Stdin) Write(input []byte) (int, error) {
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	sent, pause := 0, firstPause
	for sent < len(input) {
		part := input[sent:]
		if len(part) > mostInput {
			part = part[:mostInput]
		}
		taken, err := s.client.Feed(s.ctx, s.id, part, false)
		sent += taken
		if err != nil {
			return sent, err
		}
		if taken > 0 {
			pause = firstPause
			continue
		}
		if err := s.client.sleep(s.ctx, pause); err != nil {
			return sent, err
		}
		if pause *= 2; pause > mostPause {
			pause = mostPause
		}
	}
	return sent, nil
}

// Close ends the input. That of a run that has ended is closed already.
func (s *Stdin) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	_, err := s.client.Feed(s.ctx, s.id, nil, true)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}
