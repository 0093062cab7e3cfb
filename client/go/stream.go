// SPDX-License-Identifier: Apache-2.0

package gobox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"time"
)

var errTooLong = errors.New("an event is longer than an answer may be")

// message is one event of a stream, as the WHATWG HTML standard has it ("Server-sent events"). Its id is 0 where
// it has none.
type message struct {
	id   int64
	kind string
	data []byte
}

// stream reads messages from a connection.
type stream struct {
	source io.ReadCloser
	reader *bufio.Reader
	cancel context.CancelFunc
	timer  *time.Timer
	limit  int64
}

func newStream(body io.ReadCloser, cancel context.CancelFunc, silence time.Duration, limit int64) *stream {
	timer := time.AfterFunc(silence, cancel)
	quiet := &silenced{body: body, timer: timer, after: silence}
	return &stream{source: body, reader: bufio.NewReaderSize(quiet, 64<<10), cancel: cancel, timer: timer, limit: limit}
}

func (s *stream) close() {
	s.timer.Stop()
	s.cancel()
	s.source.Close()
}

// next is the next message that is complete. What a broken connection cut off is none.
func (s *stream) next() (message, error) {
	var found message
	lines := 0
	for {
		line, err := s.line(s.limit - int64(len(found.data)))
		if err != nil {
			return message{}, err
		}
		if len(line) == 0 {
			if lines > 0 {
				return found, nil
			}
			found = message{}
			continue
		}
		field, value := cut(line)
		switch field {
		case "id":
			found.id, _ = strconv.ParseInt(string(value), 10, 64) // one that is no number is not ours
		case "event":
			found.kind = string(value)
		case "data":
			if lines > 0 {
				found.data = append(found.data, '\n')
			}
			found.data = append(found.data, value...)
			lines++
		}
	}
}

// line reads up to a line feed, which it leaves out, and a carriage return before it.
func (s *stream) line(limit int64) ([]byte, error) {
	var whole []byte
	for {
		part, err := s.reader.ReadSlice('\n')
		if int64(len(whole)+len(part)) > limit {
			return nil, errTooLong
		}
		if err == bufio.ErrBufferFull {
			whole = append(whole, part...)
			continue
		}
		if err != nil {
			return nil, err
		}
		whole = append(whole, part...)
		return bytes.TrimSuffix(whole[:len(whole)-1], []byte("\r")), nil
	}
}

func cut(line []byte) (field string, value []byte) {
	before, after, found := bytes.Cut(line, []byte(":"))
	if !found {
		return string(line), nil
	}
	return string(before), bytes.TrimPrefix(after, []byte(" "))
}

// silenced ends a connection that says nothing for too long: one whose other end has gone without a word.
type silenced struct {
	body  io.ReadCloser
	timer *time.Timer
	after time.Duration
}

func (s *silenced) Read(into []byte) (int, error) {
	s.timer.Reset(s.after)
	defer s.timer.Stop() // who takes long over an event is not the server's fault
	return s.body.Read(into)
}
